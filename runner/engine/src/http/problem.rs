//! Refusals, in the shape that OpenAI clients expect.

use http::StatusCode;
use serde_json::{Value, json};

/// A request that is not carried out.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    kind: &'static str,
    message: String,
    /// Prompt tokens and context, if the prompt is too long.
    overflow: Option<(usize, usize)>,
}

impl Problem {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub(super) fn context(prompt_tokens: usize, context: usize) -> Self {
        let message = format!(
            "the prompt has {prompt_tokens} tokens, and with at least one token of answer that \
             exceeds the context of {context}"
        );
        let problem = Self::new(StatusCode::BAD_REQUEST, "exceed_context_size_error", message);
        Self { overflow: Some((prompt_tokens, context)), ..problem }
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the request body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", message)
    }

    pub(super) fn not_found(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found_error", format!("there is no {path} here"))
    }

    pub(super) fn method(method: &str, path: &str) -> Self {
        let message = format!("{path} does not answer to {method}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", message)
    }

    pub(super) fn stopped() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", "the engine has stopped")
    }

    pub(super) fn body(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.status.as_u16(),
        });
        if let Some((prompt, context)) = self.overflow {
            error["n_prompt_tokens"] = json!(prompt);
            error["n_ctx"] = json!(context);
        }
        json!({ "error": error })
    }

    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), overflow: None }
    }
}
