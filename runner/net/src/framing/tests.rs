use proptest::prelude::*;

use super::*;
use crate::Stamp;

/// The frames of a stream that came in one read, without `read`.
fn whole(framing: Framing, body: &[u8]) -> Vec<Frame> {
    frames(framing, body, &[Read { at: Stamp(0), len: body.len() as u32 }])
}

fn shown(framing: Framing, body: &[u8]) -> Vec<(String, String, FrameState)> {
    whole(framing, body)
        .into_iter()
        .map(|frame| {
            let data = String::from_utf8_lossy(&frame.data).into_owned();
            (frame.event.unwrap_or_default(), data, frame.state)
        })
        .collect()
}

fn frame(event: &str, data: &str, state: FrameState) -> (String, String, FrameState) {
    (event.to_owned(), data.to_owned(), state)
}

use FrameState::{Complete, Oversized, Unterminated};

#[test]
fn sse_follows_the_standard() {
    let body =
        b"\xEF\xBB\xBF: a comment\r\ndata: one\r\n\r\nevent: delta\ndata:two\ndata:  three\n\n\
        data\r\revent: lost\n\nid: 7\nretry: 3\ndata:\ndata:\n\nunknown: x\ndata: [DONE]\n\n";
    assert_eq!(
        shown(Framing::Sse, body),
        [
            frame("", "one", Complete),
            frame("delta", "two\n three", Complete),
            frame("", "", Complete),
            frame("", "\n", Complete),
            frame("", "[DONE]", Complete),
        ]
    );
}

#[test]
fn sse_keeps_an_unterminated_event_and_says_so() {
    assert_eq!(
        shown(Framing::Sse, b"data: a\n\ndata: {\"x\""),
        [frame("", "a", Complete), frame("", "{\"x\"", Unterminated)]
    );
    assert_eq!(shown(Framing::Sse, b"data: a\n"), [frame("", "a", Unterminated)]);
    assert_eq!(shown(Framing::Sse, b": only a comment"), []);
    assert_eq!(shown(Framing::Sse, b""), []);
}

#[test]
fn a_byte_order_mark_counts_only_at_the_start() {
    assert_eq!(
        shown(Framing::Sse, b"data: a\n\n\xEF\xBB\xBFdata: b\n\n"),
        [frame("", "a", Complete)]
    );
}

#[test]
fn ndjson_skips_blank_lines_and_keeps_the_last() {
    assert_eq!(
        shown(Framing::Ndjson, b"{\"a\":1}\r\n\n \t\r\n{\"b\":2}\n{\"c\":3}"),
        [
            frame("", "{\"a\":1}", Complete),
            frame("", "{\"b\":2}", Complete),
            frame("", "{\"c\":3}", Unterminated),
        ]
    );
}

#[test]
fn raw_is_one_frame() {
    assert_eq!(shown(Framing::Raw, b"a\n\nb"), [frame("", "a\n\nb", Complete)]);
    assert_eq!(shown(Framing::Raw, b""), []);
}

#[test]
fn a_line_at_the_cap_passes_and_one_past_it_does_not() {
    let mut body = vec![b'x'; MAX_FRAME];
    body.extend_from_slice(b"\nx");
    assert_eq!(whole(Framing::Ndjson, &body)[0].data.len(), MAX_FRAME);
    body.insert(0, b'x');
    let frames = shown(Framing::Ndjson, &body);
    assert_eq!(frames, [frame("", "", Oversized), frame("", "x", Unterminated)]);
}

#[test]
fn an_oversized_event_does_not_take_the_next_one_along() {
    let mut body = b"event: big\ndata: ".to_vec();
    body.resize(body.len() + MAX_FRAME + 1, b'x');
    body.extend_from_slice(b"\ndata: more\n\ndata: small\n\n");
    assert_eq!(
        shown(Framing::Sse, &body),
        [frame("big", "", Oversized), frame("", "small", Complete)]
    );
    // Many lines that are each small enough.
    let mut body = b"data: xxxxxxxxxxxxxxxx\n".repeat(MAX_FRAME / 16);
    body.extend_from_slice(b"\n");
    assert_eq!(shown(Framing::Sse, &body), [frame("", "", Oversized)]);
}

#[test]
fn bytes_beyond_the_reads_count_to_the_last_one() {
    let reads = [Read { at: Stamp(1), len: 2 }, Read { at: Stamp(2), len: 1 }];
    let frames = frames(Framing::Ndjson, b"a\nbc\n", &reads);
    assert_eq!(frames.iter().map(|frame| frame.read).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(super::frames(Framing::Ndjson, b"a\n", &[]).len(), 1);
}

/// Streams made of the pieces that matter to the parsers.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"data: "[..]),
        Just(&b"data:"[..]),
        Just(&b"event: e"[..]),
        Just(&b": c"[..]),
        Just(&b"\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\n\n"[..]),
        Just(&b"\r\n\r\n"[..]),
        Just(&b"\xEF\xBB\xBF"[..]),
        Just(&b"{\"t\":\"\xC3\xA9\"}"[..]),
        Just(&b" "[..]),
        Just(&b":"[..]),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(
        body in stream(),
        lengths in proptest::collection::vec(0_u32..9, 0..60),
        kind in 0_usize..3,
    ) {
        let framing = [Framing::Sse, Framing::Ndjson, Framing::Raw][kind];
        let mut reads: Vec<Read> = lengths.iter().map(|len| Read { at: Stamp(0), len: *len }).collect();
        let covered: usize = lengths.iter().map(|len| *len as usize).sum();
        reads.push(Read { at: Stamp(0), len: body.len().saturating_sub(covered) as u32 });

        let split = frames(framing, &body, &reads);
        let mut expected = whole(framing, &body);
        for frame in &mut expected {
            // The read that holds the byte that completed the frame.
            let mut seen = 0;
            let complete = frame.state == FrameState::Complete && framing != Framing::Raw;
            if complete {
                frame.read = reads.iter().position(|read| { seen += read.len as usize; seen >= frame.end }).unwrap();
            } else {
                frame.read = reads.len() - 1;
            }
        }
        prop_assert_eq!(split, expected);
    }

    #[test]
    fn no_bytes_break_it(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for framing in [Framing::Sse, Framing::Ndjson, Framing::Raw] {
            for frame in whole(framing, &body) {
                prop_assert!(frame.end <= body.len());
            }
        }
    }
}
