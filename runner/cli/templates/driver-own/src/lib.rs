//! The driver for my-plugin, a server with a protocol of its own: lines of
//! JSON in answer to `POST /generate`.

mod stream;

use tachograph_sdk::{
    Driver, Failure, Framing, Http, HttpRequest, Turn,
    model::{BackendInfo, DriverDescription, Request, Role},
    model_named, openai,
    serde_json::{Value, json},
};

/// The driver. It keeps no state: every call may run in a fresh instance.
pub struct MyPlugin;

impl Driver for MyPlugin {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("my-plugin"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "my-plugin".into(),
            // What a user may set; the host adds `detected`.
            config_schema: json!({
                "type": "object",
                "additionalProperties": false,
                "properties": { "detected": {} }
            }),
        }
    }

    fn detect(http: &dyn Http, _config: &Value) -> Result<BackendInfo, Failure> {
        let (info, _) = openai::get_json(http, "/info").map_err(openai::not_this_backend)?;
        if info["server"] != "my-plugin" {
            return Err(Failure::new("not-this-backend", "/info names another server"));
        }
        let models = info["models"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ids = models.iter().filter_map(Value::as_str);
        Ok(BackendInfo {
            version: info["version"].as_str().map(str::to_owned),
            models: ids.map(model_named).collect(),
            // It goes on to `length` when told to, see `generate`.
            exact_length: true,
            ..BackendInfo::named("my-plugin")
        })
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        _config: &Value,
    ) -> Result<(), Failure> {
        let body = json!({
            "model": request.model,
            "prompt": prompt(request),
            "length": request.max_tokens,
            "until_length": request.exact_length,
            "seed": request.seed,
        });
        let response = http.send(HttpRequest::post("/generate", &body, Framing::Ndjson))?;
        if response.status != 200 {
            return Err(openai::failure_of(&response));
        }
        stream::read(&response, turn)
    }
}

/// The conversation as one text, for a server that knows no messages.
fn prompt(request: &Request) -> String {
    let mut text = String::new();
    for message in &request.messages {
        let who = match message.role {
            Role::System => "System",
            Role::User => "User",
            Role::Assistant => "Assistant",
            Role::Tool => "Tool",
        };
        text.push_str(&format!("{who}: {}\n", message.content));
    }
    text.push_str("Assistant:");
    text
}

tachograph_sdk::export_driver!(MyPlugin, "plugin.toml");

#[cfg(test)]
mod tests;
