//! The metric definitions, version 1: pure formulas over samples.
//!
//! Nothing here does I/O or reads a clock. The crate is compiled into the host
//! and into every workload plugin, so a figure has one definition.
//!
//! | what | where |
//! |---|---|
//! | TTFT, TTFO, E2E, response, connect | [`ttft`], [`ttfo`], [`e2e`], [`response`], [`connect`] |
//! | TPOT and decode rate | [`tpot`], [`decode_share`], [`server_decode_share`] |
//! | gaps between reads and tokens | [`icl`], [`itl`], [`tokens_per_read`] |
//! | prefill rate, by either clock | [`prefill_share`], [`server_prefill_share`], [`client_prefill_share`] |
//! | prefix cache | [`hit_rate`], [`ideal_hit_rate`], [`prefill_amplification`] |
//! | many streams | [`aggregate_share`], [`stream_rate`], [`efficiency`], [`peak_in_flight`] |
//! | statistics | [`percentile`], [`median`], [`bootstrap`], [`trials`] |
//! | drift and scatter of trials | [`steadiness`] |
//! | doubts | [`flags`] |
//! | two runs and more | [`compare`] |
//! | what the memory allows, and what a model takes of it | [`roofline`] |
//! | pieces of a workload's report | [`report`] |
//!
//! A function that cannot measure says why with [`Unmeasured`]; no function
//! gives zero in place of unknown.

pub mod bootstrap;
mod cache;
pub mod compare;
mod decode;
pub mod flags;
mod gaps;
mod latency;
mod percentile;
mod prefill;
mod random;
pub mod report;
pub mod roofline;
mod share;
mod steady;
mod throughput;
pub mod trials;
mod units;
mod unmeasured;

#[cfg(test)]
mod fixture;

pub use cache::{hit_rate, ideal_hit_rate, prefill_amplification};
pub use decode::{
    CountBasis, FirstRead, decode_share, first_read, is_coalesced, server_decode_share, tpot,
};
pub use gaps::{Gap, icl, itl, tokens_per_read};
pub use latency::{connect, e2e, response, ttfo, ttft};
pub use percentile::{Quantile, median, percentile, quantile_r7};
pub use prefill::{client_prefill_share, prefill_share, server_prefill_share};
pub use random::Random;
pub use share::Share;
pub use steady::steadiness;
pub use throughput::{aggregate_share, efficiency, peak_in_flight, step_wall, stream_rate};
pub use units::{Nanos, TokensPerSecond};
pub use unmeasured::{Measured, Unmeasured};

/// The version of the definitions in this crate, as suites name it.
pub const DEFINITIONS: &str = "1";
