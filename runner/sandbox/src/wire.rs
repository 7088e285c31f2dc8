//! The host side of a driver's HTTP.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tachograph_model::Failure;
use tachograph_net::{Exchange, Framing, Head, Request};

/// Which request of which call into a driver.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId {
    /// The call, as its caller named it.
    pub invocation: String,
    /// The requests of that call before this one.
    pub ordinal: u32,
}

/// Where a driver's requests go: to a server and the tape, or to the tape alone.
pub trait Wire: Send + Sync {
    /// Sends a request to the server bound to `slot` and waits for status and headers.
    ///
    /// Method, path, query and headers were checked against [`tachograph_net::policy`] already,
    /// except for what depends on the bound secret.
    ///
    /// # Errors
    /// A [`Failure`] that the guest sees as it is.
    fn send(
        &self,
        call: CallId,
        slot: &str,
        request: Request,
        framing: Framing,
    ) -> BoxFuture<'_, Result<Box<dyn WireResponse>, Failure>>;
}

/// An answer whose headers came. Dropping it cancels the exchange.
pub trait WireResponse: Send {
    /// Status and headers.
    fn head(&self) -> &Head;

    /// Waits for the end of the stream, however it ends.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Arc<Exchange>>;
}

/// What a delta is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Text that the user sees.
    Content,
    /// Thinking before or between content.
    Reasoning,
    /// Arguments of a tool call.
    Tool,
    /// Anything else that was generated.
    Other,
}
