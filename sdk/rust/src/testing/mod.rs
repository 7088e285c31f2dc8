//! Recorded exchanges for native tests of drivers.
//!
//! [`Tape`] is an [`Http`](crate::Http) that answers from a text file;
//! [`Recorder`] is a [`Turn`](crate::Turn) that keeps what a driver said and
//! refuses what the host would refuse.

mod recorder;
mod sse;
mod tape;

pub use recorder::{Delta, Recorder};
pub use tape::Tape;

use serde_json::Value;
use tachograph_model::{CacheIntent, Failure, Message, PluginManifest, Request, Role};

use crate::Driver;

/// The exchanges of some files as one [`Tape`](crate::testing::Tape), each named by
/// its path from the folder of the crate, without `.tape`.
///
/// ```ignore
/// let tape = tape!("tapes/detect", "tapes/chat");
/// ```
#[macro_export]
macro_rules! tape {
    ($($path:literal),+) => {
        $crate::testing::Tape::parse("")
            $(.and(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path, ".tape"))))+
    };
}

/// Runs a request over a tape: how it ended, and what the driver said.
pub fn generate<D: Driver>(
    tape: &Tape,
    request: &Request,
    config: &Value,
) -> (Result<(), Failure>, Recorder) {
    let mut turn = Recorder::default();
    let ended = D::generate(tape, request, &mut turn, config);
    (ended, turn)
}

/// Holds what a driver says of itself against its manifest.
///
/// # Panics
/// Unless both give one id and one version, and the manifest describes each way to
/// start the backend that it promises.
pub fn assert_described<D: Driver>(manifest: &PluginManifest) {
    let description = D::describe();
    assert_eq!(
        (&manifest.id, &manifest.version),
        (&description.id, &description.version),
        "the description is of another plugin"
    );
    let described: Vec<_> = manifest.launch.iter().map(|recipe| &recipe.name).collect();
    let promised: Vec<_> = manifest.capabilities.launch.iter().collect();
    assert_eq!(described, promised, "capabilities.launch lists the recipes in their order");
}

/// A cold request of exact length with one user message.
pub fn request(prompt: &str, max_tokens: u32) -> Request {
    Request {
        id: "r0".into(),
        model: "m".into(),
        messages: vec![Message::text(Role::User, prompt)],
        tools: Vec::new(),
        max_tokens,
        exact_length: true,
        cache: CacheIntent::Cold,
        ideal_cached_tokens: 0,
        reference_prompt_tokens: 1,
        seed: 7,
        delay_ms: 0,
        condition: std::collections::BTreeMap::new(),
    }
}
