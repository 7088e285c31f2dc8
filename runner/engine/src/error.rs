//! What can go wrong when the engine starts or serves.

use std::io;
use std::net::SocketAddr;

/// An error of the reference engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The options contradict each other or leave their range.
    #[error("the engine's options are not valid: {reason}")]
    InvalidOptions {
        /// Which rule was broken.
        reason: String,
    },
    /// The operating system refused to start the compute threads.
    #[error("could not start the engine's compute threads")]
    Threads {
        /// Why, in the words of the thread pool.
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
    /// The listener can be reached from other machines.
    #[error("the engine serves loopback addresses only, not {address}")]
    NotLoopback {
        /// The address the listener is bound to.
        address: SocketAddr,
    },
    /// The listener failed in a way that no later connection can mend.
    #[error("the engine's listener failed")]
    Listen {
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The compute thread has ended, so no request can be answered.
    #[error("the engine has stopped")]
    Stopped,
}

impl EngineError {
    /// Returns the documented, stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidOptions { .. } => "engine-options-invalid",
            Self::Threads { .. } => "engine-threads-failed",
            Self::NotLoopback { .. } => "engine-not-loopback",
            Self::Listen { .. } => "engine-listen-failed",
            Self::Stopped => "engine-stopped",
        }
    }

    /// Returns what to do about it, if there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::InvalidOptions { .. } => Some("leave the option out to use its default"),
            Self::Threads { .. } => Some("ask for fewer threads"),
            Self::NotLoopback { .. } => Some("listen on 127.0.0.1"),
            Self::Listen { .. } => Some("choose another port"),
            Self::Stopped => Some("start the engine again"),
        }
    }
}
