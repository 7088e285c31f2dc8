//! The roofline of decode: how fast a memory lets tokens be made, and what a
//! model takes of it.
//!
//! To make a token, a model reads its active weights and the keys and values of
//! the whole context. A memory of a known bandwidth therefore sets a highest
//! rate. Bytes are whole numbers, bandwidth is bytes per second; 1 GB is 10⁹
//! bytes and 1 GiB is 2³⁰, and a text always says which.
//!
//! | what | where |
//! |---|---|
//! | bandwidth and its units | [`BytesPerSecond`] |
//! | bytes that a token takes | [`TokenBytes`], [`least_active_weights`] |
//! | the roof | [`max_decode_rate`], [`max_aggregate_rate`], [`min_tpot`], [`utilization`] |
//! | what a run moved | [`bytes_touched`], [`effective_bandwidth`], [`working_set_coverage`] |
//! | rates above the roof | [`implausible`] |
//! | the KV cache | [`KvCache`] |
//! | memory that a context takes | [`Projection`], [`project`], [`overhead_bytes`] |

mod bandwidth;
mod kv;
mod plausible;
mod projection;
mod roof;
mod token_bytes;

pub use bandwidth::{
    BytesPerSecond, GB, GIB, bytes_touched, effective_bandwidth, working_set_coverage,
};
pub use kv::KvCache;
pub use plausible::{Claim, ROOF_TOLERANCE, implausible};
pub use projection::{Projection, overhead_bytes, project, weight_bytes};
pub use roof::{max_aggregate_rate, max_decode_rate, min_tpot, utilization};
pub use token_bytes::{TokenBytes, least_active_weights};
