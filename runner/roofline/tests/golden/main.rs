//! Figures that other tools have published, recomputed from their inputs.
//!
//! Published numbers are rounded. [`Rounded`] keeps the interval that a printed
//! number stands for, so that a test can say whether an output follows from its
//! inputs. Where it does not, the test has the right value and says why. The
//! ids are those of the feature inventory: S0 device profiles (Octomil), S1 a
//! profiling toolkit (Bit-Axon), S2 four phases of one engine (tinyvllm), S3
//! performance notes (Clocher), S4 a suite's requirements (llm-speed).
#![expect(clippy::unwrap_used, reason = "what these tests set up is constant")]

mod rounded;
mod s0_device_profile;
mod s1_memory;
mod s2_breakdown;
mod s2_deltas;
mod s2_latency;
mod s2_memory;
mod s2_throughput;
mod s3_notes;
mod s4_sample;

pub(crate) use rounded::Rounded;
