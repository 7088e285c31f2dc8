//! Deterministic text for workloads: English prose, code and logs of our own
//! making, in exact lengths by a reference tokenizer (o200k).
//!
//! Text follows from a seed alone, so every model gets the same bytes. No
//! tokenizer is needed at run time: [`count`] knows the cost of every piece
//! that the generators can write, and the tests hold it against the tokenizer.
//!
//! [`cold_opening`] makes a prompt new to every prefix cache; [`Plan`] walks
//! through the steps of a workload, and [`Batches`] writes whole plans of cold
//! requests. [`figures`] and [`schema`] are pieces of reports and of the schemas
//! of parameters.

mod batches;
mod code;
mod cold;
mod costs;
mod exact;
mod facts;
pub mod figures;
mod frames;
mod generated;
mod guide;
mod logs;
mod nonce;
mod plan;
mod prose;
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;
mod words;

pub use batches::{Batch, Batches, CONTINUE, LEAST_PROMPT, Prompt};
pub use code::{Language, code_lines};
pub use cold::{ColdRequest, TEMPLATE_SLACK, capped_output, too_long};
pub use costs::{count, pieces};
pub use exact::{Kind, text};
pub use facts::{Facts, host_side};
pub use nonce::{PLACEHOLDER_NONCE, cold_opening, nonce};
pub use plan::{Plan, PlannedStep, Repeats, bad_params, plugin_name};
pub use tachograph_metrics::Random;
