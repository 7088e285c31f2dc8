//! Prints a tape as JSON lines, byte strings as their lengths.
//!
//! `cargo run --release -p tachograph-tape --example dump -- run.tape`

use std::{error::Error, io::Write, path::PathBuf};

use tachograph_tape::Tape;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a tape")?;
    let tape = Tape::read(&path)?;
    let mut out = std::io::stdout().lock();
    for record in &tape.records {
        let blobs: Vec<usize> = record.blobs.iter().map(Vec::len).collect();
        writeln!(out, "{:?} {} {blobs:?}", record.kind, record.json)?;
    }
    let end = if tape.complete { "closed" } else { "not closed" };
    writeln!(out, "{} records, {end}, {}", tape.records.len(), tape.digest)?;
    Ok(())
}
