//! What LM Studio adds to the last event of an answer.

use tachograph_sdk::{
    HttpResponse,
    model::ServerTiming,
    openai::Stream,
    serde_json::{self, Value},
};

/// The most bytes of one object that are kept.
const KEPT_BYTES: usize = 4096;

/// Keeps `stats`, `model_info` and `runtime` with the sample, and gives the
/// drafts of speculative decoding.
pub(crate) fn note(response: &HttpResponse, stream: &mut Stream<'_>) -> Option<ServerTiming> {
    let mut drafts = None;
    for frame in response.frames() {
        let Ok(event) = serde_json::from_slice::<Value>(frame.data) else { continue };
        for key in ["stats", "model_info", "runtime"] {
            let stated = event.get(key).filter(|stated| stated.is_object());
            if let Some(stated) = stated.filter(|stated| stated.to_string().len() <= KEPT_BYTES) {
                stream.note(key, stated.clone());
            }
        }
        // Some versions state them in one place, some in the other.
        let count = |key: &str| {
            let places = [event.get("stats"), event.get("usage")];
            places.into_iter().flatten().find_map(|place| place.get(key)?.as_u64())
        };
        if let Some(drafted) = count("total_draft_tokens_count") {
            drafts = Some(ServerTiming {
                draft_tokens: Some(drafted),
                draft_accepted: count("accepted_draft_tokens_count"),
                ..ServerTiming::default()
            });
        }
    }
    drafts
}
