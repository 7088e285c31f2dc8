//! Streams whose frames are JSON documents, in any protocol.

use serde_json::Value;
use tachograph_model::Failure;

use crate::{
    Frame, HttpResponse,
    openai::{malformed, protocol},
};

/// Gives every frame of a stream to `each`, as JSON, until `each` says with
/// `true` that this was the last one of the answer.
///
/// # Errors
/// What `each` returns; `protocol` for a frame that is no JSON and for an
/// answer that ends before its last event; the break of the connection where
/// it explains either.
pub fn read_json(
    response: &HttpResponse,
    mut each: impl FnMut(Frame<'_>, &Value) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    // The last frame of a broken stream may be cut in two.
    let explained = |failure: Failure| match &response.broken {
        Some(broken) if failure.code == "protocol" => broken.clone(),
        _ => failure,
    };
    for frame in response.frames() {
        let data = frame.data.trim_ascii();
        if data.is_empty() {
            continue;
        }
        let ended = serde_json::from_slice(data)
            .map_err(|_| malformed(data, "is not JSON"))
            .and_then(|event| each(frame, &event));
        if ended.map_err(explained)? {
            return Ok(());
        }
    }
    Err(explained(protocol("the answer ended before its last event")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(frames: &[&str]) -> HttpResponse {
        let mut response = HttpResponse::new(200, Vec::new());
        for (id, frame) in (0u64..).zip(frames) {
            response.push(id, None, frame.as_bytes());
        }
        response
    }

    fn read(response: &HttpResponse) -> (Result<(), Failure>, Vec<u64>) {
        let mut seen = Vec::new();
        let ended = read_json(response, |frame, event| {
            seen.push(frame.id);
            Ok(event.get("done").is_some())
        });
        (ended, seen)
    }

    #[test]
    fn frames_are_read_up_to_the_last_event() {
        let (ended, seen) = read(&response(&["{}", " \n", "{\"done\":1}", "not read"]));
        assert_eq!((ended, seen), (Ok(()), vec![0, 2]));
    }

    #[test]
    fn a_break_explains_a_cut_frame_and_a_missing_end() {
        let broken = Failure::new("connection-reset", "the connection was reset");
        for frames in [&["{}", "{\"do"][..], &["{}"][..], &[][..]] {
            let mut response = response(frames);
            assert_eq!(read(&response).0.unwrap_err().code, "protocol");
            response.broken = Some(broken.clone());
            assert_eq!(read(&response).0.unwrap_err(), broken);
        }
    }
}
