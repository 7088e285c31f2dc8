//! The transformer: generated weights, paged KV cache, forward pass.

mod attention;
mod block;
mod cache;
mod forward;
mod narrow;
mod scratch;
mod weights;

pub(crate) use cache::{PAGE, PagedSequence};
pub(crate) use forward::{Forward, Row};
pub(crate) use weights::{Weights, split_mix};
