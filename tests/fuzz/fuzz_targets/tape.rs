//! Tapes: nothing panics, what is kept in memory is bounded by the size of the
//! file, a torn tape is a prefix of the whole one, and no byte can be changed.
#![no_main]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use libfuzzer_sys::fuzz_target;
use tachograph_tape::{MEMORY_BASE, MEMORY_RATIO, Tape, TapeError, format};

/// Counts what is allocated.
struct Counting;

static LIVE: AtomicU64 = AtomicU64::new(0);
static PEAK: AtomicU64 = AtomicU64::new(0);

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size() as u64, Relaxed) + layout.size() as u64;
        PEAK.fetch_max(live, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as u64, Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first_chunk::<3>() else { return };
    match mode[0] % 4 {
        // A file as it is.
        0 => {
            let _ = parse(rest);
        }
        // A file behind a good header.
        1 => {
            let _ = parse(&[&format::header()[..], rest].concat());
        }
        // Records whose chain holds, as one who makes a tape on purpose can make them.
        kind => {
            let bytes = forge(rest, kind == 3);
            let whole = parse(&bytes);
            let place = usize::from(u16::from_le_bytes([mode[1], mode[2]])) % bytes.len();
            torn(&bytes, &whole, place);
            changed(bytes, &whole, place);
        }
    }
});

/// Parses, and checks what holds of every tape.
fn parse(bytes: &[u8]) -> Result<Tape, TapeError> {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let tape = Tape::parse(Path::new("run.tape"), bytes);
    let taken = PEAK.load(Relaxed) - before;
    // What is kept, and the one payload that is being read.
    let most = MEMORY_BASE + MEMORY_RATIO * bytes.len() as u64 + format::MAX_PAYLOAD as u64;
    assert!(taken <= most + (1 << 20), "{taken} bytes for a tape of {}", bytes.len());
    match &tape {
        Ok(tape) => {
            assert!(tape.torn_bytes <= (bytes.len() - format::HEADER_LEN) as u64);
            assert!(!tape.complete || tape.torn_bytes == 0);
        }
        Err(TapeError::Damaged { offset, .. }) => assert!(*offset <= bytes.len() as u64),
        Err(error) => assert!(matches!(error, TapeError::NotATape { .. }), "{error}"),
    }
    tape
}

/// Makes a tape from a list of records: kind, form, length, bytes.
fn forge(mut script: &[u8], closed: bool) -> Vec<u8> {
    let mut bytes = format::header().to_vec();
    let mut link = format::first_link();
    let mut add = |kind: u8, packed: &[u8]| {
        let mut prefix = (packed.len() as u32).to_le_bytes().to_vec();
        prefix.push(kind);
        link = format::next_link(&link, &prefix, packed);
        bytes.extend(prefix.iter().chain(packed).chain(&link));
    };
    while let Some(([kind, form, low, high], rest)) = script.split_first_chunk::<4>() {
        let len = rest.len().min(usize::from(u16::from_le_bytes([*low, *high])));
        let (part, rest) = rest.split_at(len);
        script = rest;
        let pack = |payload: &[u8]| zstd::bulk::compress(payload, 1).expect("it packs");
        // The kinds that exist, mostly; an end only at the end, mostly.
        let kind = if *kind < 0xf0 { 1 + kind % 2 } else { kind - 0xf0 };
        match form % 4 {
            0 => add(kind, part),
            1 => add(kind, &pack(part)),
            2 => add(kind, &pack(&framed(part))),
            // Many times the same.
            _ => add(kind, &pack(&framed(&part.repeat(1 << (form >> 4))))),
        }
    }
    if closed {
        add(3, &zstd::bulk::compress(&framed(b"{}"), 1).expect("it packs"));
    }
    bytes
}

/// A payload of one part.
fn framed(part: &[u8]) -> Vec<u8> {
    [&(part.len() as u32).to_le_bytes()[..], part].concat()
}

/// Cuts the tape: its records are the first ones of the whole tape.
fn torn(bytes: &[u8], whole: &Result<Tape, TapeError>, place: usize) {
    match (parse(&bytes[..place]), whole) {
        (Ok(torn), Ok(whole)) => {
            assert!(!torn.complete);
            assert_eq!(torn.records[..], whole.records[..torn.records.len()]);
        }
        (Ok(torn), Err(TapeError::Damaged { record, .. })) => {
            assert!(torn.records.len() as u64 <= *record);
        }
        // Cut before the damage it would be whole, and the budget is smaller then.
        (Err(error), _) => assert!(
            place < format::HEADER_LEN || !matches!(error, TapeError::NotATape { .. }),
            "{error}"
        ),
        (Ok(_), Err(error)) => panic!("only the whole tape is refused: {error}"),
    }
}

/// Flips a bit: the tape is refused, or its digest tells.
fn changed(mut bytes: Vec<u8>, whole: &Result<Tape, TapeError>, place: usize) {
    bytes[place] ^= 1 << (place % 8);
    if let (Ok(changed), Ok(whole)) = (parse(&bytes), whole) {
        assert_ne!(changed.digest, whole.digest);
        assert!(!changed.complete);
        assert_eq!(changed.records[..], whole.records[..changed.records.len()]);
    }
}
