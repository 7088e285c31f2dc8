//! Framing: nothing panics, and the frames do not depend on where the network
//! cut the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph_net::{Frame, FrameState, Framer, Framing, Read, Stamp, frames};

fuzz_target!(|data: &[u8]| {
    // One byte says how many lengths of reads follow; the rest is the body.
    let Some((count, rest)) = data.split_first() else { return };
    let (lengths, body) = rest.split_at(rest.len().min(usize::from(*count % 64)));
    for framing in [Framing::Sse, Framing::Ndjson, Framing::Raw] {
        let whole = frames(framing, body, &reads(&[body.len()]));
        check(framing, body, &whole, 1);
        assert!(whole.iter().all(|frame| frame.read == 0));

        // The reads of the input. Some cover less than the body, some more, some nothing.
        let lengths: Vec<usize> = lengths.iter().map(|len| usize::from(*len)).collect();
        let split = frames(framing, body, &reads(&lengths));
        check(framing, body, &split, lengths.len());
        same(&split, &whole);
        for frame in split.iter().filter(|frame| whole_before_the_end(framing, frame)) {
            // The read in which the byte lies that completed the frame.
            let mut seen = 0;
            let read = lengths.iter().position(|len| {
                seen += len;
                seen >= frame.end
            });
            assert_eq!(frame.read, read.unwrap_or(lengths.len().saturating_sub(1)));
        }

        // Byte by byte: a frame is there as soon as its last byte is.
        let mut framer = Framer::new(framing);
        let mut single = Vec::new();
        for (at, byte) in body.iter().enumerate() {
            let before = single.len();
            framer.push(&[*byte], at, &mut single);
            assert!(single[before..].iter().all(|frame| frame.read == at && frame.end == at + 1));
        }
        framer.finish(&mut single);
        check(framing, body, &single, body.len());
        same(&single, &whole);
    }
});

fn reads(lengths: &[usize]) -> Vec<Read> {
    lengths.iter().map(|len| Read { at: Stamp(0), len: *len as u32 }).collect()
}

fn whole_before_the_end(framing: Framing, frame: &Frame) -> bool {
    frame.state == FrameState::Complete && framing != Framing::Raw
}

/// What holds of the frames of any body.
fn check(framing: Framing, body: &[u8], frames: &[Frame], reads: usize) {
    assert!(frames.iter().all(|frame| frame.read < reads.max(1)));
    assert!(frames.is_sorted_by_key(|frame| frame.read));
    assert!(frames.is_sorted_by_key(|frame| frame.end));
    assert!(frames.iter().all(|frame| (1..=body.len()).contains(&frame.end)));
    let unterminated = |frame: &Frame| frame.state == FrameState::Unterminated;
    let all_but_last = frames.len().saturating_sub(1);
    assert!(!frames[..all_but_last].iter().any(unterminated), "only the last is cut");
    // Data comes out of the body: a line feed is added for a `data` line only, which is longer,
    // and the name of an event may grow where it is not text.
    assert!(frames.iter().map(|frame| frame.data.len()).sum::<usize>() <= body.len());
    match framing {
        Framing::Raw => assert!(frames.len() <= 1 && frames.iter().all(|f| f.data == body)),
        Framing::Ndjson => {
            assert!(frames.iter().all(|f| f.event.is_none() && !f.data.contains(&b'\n')));
        }
        Framing::Sse => {
            assert!(frames.iter().all(|f| !f.data.contains(&b'\r')));
        }
    }
}

/// The same frames, whatever reads they came in.
fn same(some: &[Frame], other: &[Frame]) {
    assert_eq!(some.len(), other.len());
    for (a, b) in some.iter().zip(other) {
        assert_eq!((&a.event, &a.data, a.end, a.state), (&b.event, &b.data, b.end, b.state));
    }
}
