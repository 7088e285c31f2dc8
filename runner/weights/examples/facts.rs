//! Prints what a model says of itself, and its digest:
//! `cargo run --release -p tachograph-weights --example facts -- MODEL`.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{error::Error, ops::ControlFlow, path::Path, time::Instant};

use tachograph_weights::{digest, read, weight_files};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: facts MODEL")?;
    let path = Path::new(&path);
    let begun = Instant::now();
    let facts = read(path)?;
    println!("{}\nread in {:?}", serde_json::to_string_pretty(&facts)?, begun.elapsed());
    let begun = Instant::now();
    let found = digest(&weight_files(path)?, None, &mut |_| ControlFlow::Continue(()))?;
    println!("{} ({})", found.digest, found.digest.truncated());
    println!("{} bytes in {:?}", found.bytes, begun.elapsed());
    Ok(())
}
