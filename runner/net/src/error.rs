//! What can go wrong before a request is on the wire.

use crate::WireError;

/// A failure of this crate. [`NetError::code`] is stable; the text is for people.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetError {
    /// `endpoint-url`: the address of an endpoint cannot be used.
    #[error("the address of endpoint '{name}' cannot be used: {reason}")]
    EndpointUrl {
        /// The endpoint's slot name.
        name: String,
        /// What is wrong with the address. Never quotes user information.
        reason: String,
    },
    /// `policy-denied`: the address, path or header is one that is always refused.
    #[error("{what} is refused: {reason}")]
    Denied {
        /// What was refused: `address 169.254.169.254`, `header 'host'`, `path '/../x'`.
        what: String,
        /// Which rule refused it.
        reason: String,
    },
    /// `secret-invalid`: a credential cannot be sent as a header. Never quotes it.
    #[error("the secret cannot be used: {reason}")]
    Secret {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `client-start`: the reader thread or the HTTP client could not be made.
    #[error("the HTTP client could not start: {reason}")]
    Start {
        /// What failed.
        reason: String,
    },
    /// The exchange itself failed; the code is the one of the [`WireError`].
    #[error("{0}")]
    Wire(WireError),
}

impl NetError {
    /// The documented code of this failure, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            NetError::EndpointUrl { .. } => "endpoint-url",
            NetError::Denied { .. } => "policy-denied",
            NetError::Secret { .. } => "secret-invalid",
            NetError::Start { .. } => "client-start",
            NetError::Wire(error) => &error.code,
        }
    }

    /// What the user can do next, if anything.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            NetError::EndpointUrl { .. } => {
                Some("give scheme, host and port, for example http://127.0.0.1:8080")
            }
            NetError::Denied { .. } => {
                Some("link-local, metadata, multicast and unspecified addresses are never allowed")
                    .filter(|_| self.is_address())
            }
            NetError::Secret { .. } => Some("check the variable or file that holds the secret"),
            NetError::Start { .. } => None,
            NetError::Wire(error) => error.hint(),
        }
    }

    fn is_address(&self) -> bool {
        matches!(self, NetError::Denied { what, .. } if what.starts_with("address "))
    }

    pub(crate) fn denied(what: impl Into<String>, reason: impl Into<String>) -> NetError {
        NetError::Denied { what: what.into(), reason: reason.into() }
    }
}
