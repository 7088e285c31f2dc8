//! The request: `/api/chat`.

use tachograph_sdk::{
    Failure, arguments_of,
    model::Request,
    openai::{self, Settings},
    serde_json::{Value, json},
    set_known,
};

/// The body of a greedy, streamed request.
///
/// Without `truncate` and `shift` a prompt that is too long is refused;
/// otherwise the server would shorten it and measure another one.
pub(crate) fn body(request: &Request, config: &Value) -> Result<Value, Failure> {
    let chat = openai::chat_body(request, &Settings::of(&Value::Null));
    let mut options = json!({
        "num_predict": request.max_tokens,
        "seed": chat.get("seed"),
        "temperature": 0,
    });
    // It is a setting of the loaded model: another one reloads it.
    set_known(&mut options, [("num_ctx", config.get("num_ctx"))]);
    let more = config.get("options").and_then(Value::as_object).into_iter().flatten();
    set_known(&mut options, more.map(|(name, value)| (name.as_str(), Some(value))));
    let mut messages = chat.get("messages").cloned().unwrap_or_default();
    // Here arguments are an object, not its text.
    for (wire, message) in messages.as_array_mut().into_iter().flatten().zip(&request.messages) {
        for (place, call) in message.tool_calls.iter().enumerate() {
            wire["tool_calls"][place]["function"]["arguments"] = arguments_of(call)?.into();
        }
    }
    let mut body = json!({
        "model": request.model,
        "messages": messages,
        "stream": true,
        "truncate": false,
        "shift": false,
        "options": options,
    });
    let set = ["keep_alive", "think"].map(|field| (field, config.get(field)));
    set_known(&mut body, set.into_iter().chain([("tools", chat.get("tools"))]));
    Ok(body)
}
