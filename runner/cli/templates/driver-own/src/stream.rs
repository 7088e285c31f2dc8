//! What each line of an answer says.
//!
//! ```text
//! {"text": "Hel"}                      a piece of text
//! {"text": "lo there", "tokens": 2}    a piece of which the server says more
//! {"end": "length", "read": 9, "wrote": 3}
//! {"error": "no memory"}
//! ```

use tachograph_sdk::{Channel, Failure, HttpResponse, Turn, Usage, read_json};

/// Attributes every line to the turn. The host knows when each one arrived;
/// this says what it carried.
pub(crate) fn read(response: &HttpResponse, turn: &mut dyn Turn) -> Result<(), Failure> {
    read_json(response, |frame, line| {
        if let Some(error) = line["error"].as_str() {
            return Err(Failure::new("server-error", format!("the server said: {error}")));
        }
        // What a line does not state stays `None`; nothing is guessed.
        let tokens = line["tokens"].as_u64().and_then(|tokens| u32::try_from(tokens).ok());
        let text = line["text"].as_str().unwrap_or_default();
        // Text or tokens only: a line that brings neither is refused, so that
        // no empty piece can pass for a first token.
        if !text.is_empty() || tokens.unwrap_or(0) > 0 {
            turn.delta(frame.id, Channel::Content, text.as_bytes(), tokens)?;
        }
        let Some(reason) = line["end"].as_str() else { return Ok(false) };
        let usage = Usage {
            prompt_tokens: line["read"].as_u64(),
            output_tokens: line["wrote"].as_u64(),
            ..Usage::default()
        };
        turn.usage(frame.id, &usage)?;
        turn.finish(frame.id, reason)?;
        Ok(true)
    })
}
