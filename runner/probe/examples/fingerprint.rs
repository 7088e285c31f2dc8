//! Prints this machine's fingerprint, and to standard error how long it took.

use std::{error::Error, io::Write, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let fingerprint = tachograph_probe::fingerprint();
    let took = begin.elapsed();
    serde_json::to_writer_pretty(std::io::stdout().lock(), &fingerprint)?;
    writeln!(std::io::stdout())?;
    writeln!(std::io::stderr(), "{} us", took.as_micros())?;
    Ok(())
}
