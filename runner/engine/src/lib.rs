//! The built-in reference engine: a small transformer with generated weights, served over HTTP.
//!
//! `tacho run` uses it when there is no other backend, and it is a fixed yardstick for the CPU of
//! a machine: the architecture is that of llama (RMSNorm, rotary positions, grouped-query
//! attention, SwiGLU), every matrix product is computed in `f32`, the KV cache grows with the
//! context, and the weights come from a seed. Its speed is real; its text means nothing.
//!
//! The tokens of an answer depend on the prompt alone: not on the number of threads, the vector
//! instruction set, the other requests in the batch, or what the cache already held.
//!
//! ```no_run
//! use tachograph_engine::{Engine, EngineOptions, serve};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(EngineOptions::default())?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! serve(engine, listener, std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```

mod engine;
mod error;
mod http;
mod model;
mod numeric;
mod options;
mod schedule;
mod text;

pub use engine::{Engine, MODEL_ID};
pub use error::EngineError;
pub use http::serve;
pub use options::{EngineOptions, ModelShape};
