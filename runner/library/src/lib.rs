//! Measure LLM backends from Rust, as `tacho` does.
//!
//! The same suites, clock, tape and seal: a run from here verifies, replays and
//! compares like one from the command line. Everything is kept under one folder;
//! the user's `tacho` can read it with `TACHO_HOME` set to that folder.
//!
//! ```no_run
//! use tachograph::{Bench, Measure, Target, figure, serve_if_engine};
//!
//! fn main() -> Result<(), tachograph::Error> {
//!     // The built-in engine is this very program, started a second time.
//!     if serve_if_engine()? {
//!         return Ok(());
//!     }
//!     let bench = Bench::open("measurements")?;
//!     let measure = Measure::quick("suite-v2", Target::BuiltIn).workloads(&["chat-short"]);
//!     let finished = bench.run_blocking(&measure)?;
//!     match figure(&finished.result, "chat-short", "decode_tps") {
//!         Ok(metric) => println!("{:?} {}", metric.value, metric.unit),
//!         Err(why) => println!("not measured: {why}"),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! What is beyond a local server or the built-in engine (hosted APIs, starting
//! servers, plugins of one's own) is in the crate `tachograph-session`, whose
//! [`RunOptions`] [`Bench::run_with`] takes.

mod bench;
mod engine;
mod error;
mod figure;
mod measure;

pub use bench::Bench;
pub use engine::serve_if_engine;
pub use error::Error;
pub use figure::figure;
pub use measure::{Measure, Target};
pub use tachograph_model::{Metric, ProfileName, RunResult, WorkloadReport, WorkloadResult};
pub use tachograph_session::{Event, Finished, Observer, RunOptions, SealedRun, Silent};
