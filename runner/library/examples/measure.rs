//! Measures a server, or the built-in engine when none is named:
//!
//! ```sh
//! cargo run --release -p tachograph --example measure -- [URL]
//! ```
//!
//! The run is sealed in `measurements/`, where `TACHO_HOME=measurements tacho show`
//! prints the same figures.

#![expect(clippy::print_stdout, reason = "a program to be run by hand")]

use tachograph::{Bench, Error, Measure, Target, figure, serve_if_engine};

fn main() -> Result<(), Error> {
    if serve_if_engine()? {
        return Ok(());
    }
    let target = std::env::args().nth(1).map_or(Target::BuiltIn, Target::Url);
    let bench = Bench::open("measurements")?;
    let measure = Measure::quick("suite-v2", target).workloads(&["chat-short"]);
    let finished = bench.run_blocking(&measure)?;
    for name in ["ttft_ms", "prefill_tps", "decode_tps"] {
        match figure(&finished.result, "chat-short", name) {
            Ok(metric) => {
                println!("{name}: {:.1} {}", metric.value.unwrap_or(f64::NAN), metric.unit)
            }
            Err(why) => println!("{name}: not measured: {why}"),
        }
    }
    println!("sealed as {}", finished.run.run_id());
    Ok(())
}
