//! The measured HTTP client: endpoint policy, arrival stamps and framing.
//!
//! A [`Client`] owns one reader thread. Every measured response is drained there, eagerly, and
//! each read is stamped by one monotonic [`Clock`]; nothing else runs on that thread. What comes
//! out is an [`Exchange`]: plain data, which a tape can keep and which is interpreted after the
//! stream has ended. The speed of an interpreter can therefore never move a stamp.
//!
//! | module | what it decides |
//! |---|---|
//! | [`policy`] | which addresses, paths and headers are allowed at all |
//! | [`Endpoint`], [`Secret`] | the one scheme, host and port a user bound, and its credential |
//! | [`Client`], [`Pending`] | when a request leaves and how long it may take ([`Limits`]) |
//! | [`Exchange`], [`Timing`], [`Read`] | what arrived and when |
//! | [`framing`] | where one server-sent event or JSON line ends and the next begins |

mod client;
mod clock;
mod connect;
mod drive;
mod endpoint;
mod error;
mod exchange;
mod fault;
pub mod framing;
mod http_client;
mod limits;
mod marks;
mod outgoing;
mod pending;
pub mod policy;
mod progress;
mod reader;
mod record;
mod request;
mod resolve;
mod secret;
mod warm;
mod watch;
mod wire_error;

pub use client::Client;
pub use clock::{Clock, Stamp};
pub use endpoint::Endpoint;
pub use error::NetError;
pub use exchange::{Exchange, Head, Read, Timing};
pub use framing::{Frame, FrameState, Framer, Framing, frames};
pub use http_client::ClientOptions;
pub use limits::Limits;
pub use pending::Pending;
pub use progress::Progress;
pub use request::Request;
pub use secret::Secret;
pub use warm::Connect;
pub use wire_error::{WireCode, WireError};
