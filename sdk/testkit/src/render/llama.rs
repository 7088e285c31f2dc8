//! `/completion` of llama.cpp.

use serde_json::json;

use super::{event, timing};
use crate::answer::{Answer, Channel, Finish, Rendered, Truth, Writer};

/// This route has one channel and no tools; its counts are its timings.
pub(super) fn render(answer: &Answer) -> Rendered {
    let mut writer = Writer::new(answer);
    let mut predicted = 0;
    let prompt = answer.prompt_tokens;
    let mut texts: Vec<(String, u64)> =
        answer.pieces.iter().map(|piece| (piece.text.clone(), piece.tokens)).collect();
    if let Some(tool) = &answer.tool {
        texts.extend(tool.arguments.iter().map(|part| ((*part).to_owned(), 1)));
    }
    for (text, tokens) in texts {
        predicted += tokens;
        let piece = event(&json!({
            "index": 0, "content": text, "tokens": [predicted], "stop": false,
            "tokens_predicted": predicted, "tokens_evaluated": prompt,
        }));
        writer.text(piece, Channel::Content, &text);
    }
    let limit = answer.finish == Finish::Length;
    writer.nothing(event(&json!({
        "index": 0, "content": "", "tokens": [], "stop": true,
        "tokens_predicted": predicted, "tokens_evaluated": prompt,
        "stop_type": if limit { "limit" } else { "eos" },
        "timings": {
            "cache_n": answer.cached_tokens, "prompt_n": prompt - answer.cached_tokens,
            "prompt_ms": 40.0, "predicted_n": predicted,
            "predicted_ms": if predicted > 1 { (predicted - 1) as f64 * 10.0 } else { 0.001 },
        },
    })));
    let truth = Truth {
        prompt: Some(prompt),
        cached: Some(answer.cached_tokens),
        output: Some(predicted),
        generated: predicted,
        finish: vec![if limit { "length" } else { "stop" }.to_owned()],
        timing: Some(timing(answer)),
        ..Truth::default()
    };
    Rendered { content_type: "text/event-stream", messages: writer.finish(), truth }
}
