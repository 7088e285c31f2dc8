//! What a workload asks a backend to do, free of any dialect.

use serde::{Deserialize, Serialize};

/// One generation request, as workloads write it and drivers translate it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Unique in its step.
    pub id: String,
    /// The model as the backend names it; filled by the host.
    #[serde(default)]
    pub model: String,
    /// The conversation, oldest message first.
    pub messages: Vec<Message>,
    /// Tools on the wire; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Output tokens asked for.
    pub max_tokens: u32,
    /// Whether exactly `max_tokens` should come (`ignore_eos` and the like).
    pub exact_length: bool,
    /// What the prefix cache may do for this request.
    pub cache: CacheIntent,
    /// The part of the prompt, in reference tokens, that a perfect prefix
    /// cache would hold.
    #[serde(default)]
    pub ideal_cached_tokens: u64,
    /// The length of the prompt in reference tokens (o200k), without template.
    pub reference_prompt_tokens: u64,
    /// The seed for sampling; decoding is greedy.
    pub seed: u64,
    /// Milliseconds to wait before sending; outside every duration but wall time.
    #[serde(default)]
    pub delay_ms: u64,
    /// What sets this request apart, for example `context = 32768`, `turn = 3`.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub condition: std::collections::BTreeMap<String, i64>,
}

/// What the prefix cache may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CacheIntent {
    /// Nothing of the prompt may be cached: a nonce makes it new.
    Cold,
    /// Earlier turns of the same conversation may be cached.
    Reuse,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The user.
    User,
    /// The model, here always canned.
    Assistant,
    /// The result of a tool.
    Tool,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The text; may be empty beside tool calls.
    pub content: String,
    /// Calls that the assistant makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that a tool message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

impl Message {
    /// A message of text alone.
    pub fn text(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), tool_calls: Vec::new(), tool_call_id: None }
    }
}

/// A call of a tool by the assistant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Links the call to its result.
    pub id: String,
    /// The function and its arguments.
    pub function: FunctionCall,
}

/// A function's name and its arguments as JSON text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FunctionCall {
    /// The function's name.
    pub name: String,
    /// JSON text.
    pub arguments: String,
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The function's name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: serde_json::Value,
}
