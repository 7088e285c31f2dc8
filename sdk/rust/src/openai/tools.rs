//! Tool calls, put together from their pieces.

use std::collections::BTreeMap;

use serde_json::Value;

/// The calls of one answer by their index.
#[derive(Debug, Default)]
pub(super) struct ToolCalls {
    calls: BTreeMap<u64, Call>,
}

/// One call; both texts grow piece by piece.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: String,
}

/// What one frame adds.
pub(super) struct Piece {
    pub(super) name: String,
    pub(super) arguments: String,
}

impl ToolCalls {
    /// Takes the `tool_calls` of a delta and gives the pieces in order. A
    /// piece without an index is counted by its place in the list.
    pub(super) fn take(&mut self, deltas: &[Value]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (place, delta) in (0u64..).zip(deltas) {
            let index = delta.get("index").and_then(Value::as_u64).unwrap_or(place);
            let function = delta.get("function");
            let name = function
                .and_then(|function| function.get("name")?.as_str())
                .unwrap_or_default()
                .to_owned();
            // Some servers send the arguments whole, as an object.
            let arguments = match function.and_then(|function| function.get("arguments")) {
                Some(Value::String(text)) => text.clone(),
                Some(object @ Value::Object(_)) => object.to_string(),
                _ => String::new(),
            };
            let call = self.calls.entry(index).or_default();
            call.name.push_str(&name);
            call.arguments.push_str(&arguments);
            pieces.push(Piece { name, arguments });
        }
        pieces
    }

    /// The calls in the order of their index.
    pub(super) fn into_calls(self) -> impl Iterator<Item = Call> {
        self.calls.into_values()
    }
}
