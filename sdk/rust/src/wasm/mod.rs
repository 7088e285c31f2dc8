//! The glue between the component boundary and the traits.

pub mod driver;
pub mod workload;

use serde::{Serialize, de::DeserializeOwned};
use tachograph_model::Failure;

/// Writes a document; fails with `plugin-fault` when a value cannot be JSON.
fn write<T: Serialize>(document: &T) -> Result<String, Failure> {
    serde_json::to_string(document)
        .map_err(|error| Failure::new("plugin-fault", format!("cannot write a document: {error}")))
}

/// Reads a document that the host sent.
fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Failure> {
    // From bytes like every other document: one reader, half the parser's size.
    serde_json::from_slice(text.as_bytes()).map_err(|error| {
        Failure::new("bad-document", format!("the host sent a {name} that does not parse: {error}"))
    })
}

/// Each world has its own twin of the `error` record.
macro_rules! error_record {
    ($record:ty) => {
        impl From<tachograph_model::Failure> for $record {
            fn from(failure: tachograph_model::Failure) -> Self {
                Self {
                    code: failure.code,
                    message: failure.message,
                    retryable: failure.retryable,
                    http_status: failure.http_status,
                    retry_after_ms: failure.retry_after_ms,
                    detail: failure.detail,
                }
            }
        }

        impl From<$record> for tachograph_model::Failure {
            fn from(error: $record) -> Self {
                Self {
                    code: error.code,
                    message: error.message,
                    retryable: error.retryable,
                    http_status: error.http_status,
                    retry_after_ms: error.retry_after_ms,
                    detail: error.detail,
                }
            }
        }
    };
}
use error_record;
