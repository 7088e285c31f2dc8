//! The tools on the wire.

use serde::Deserialize;
use tachograph_sdk::{
    Failure,
    model::Tool,
    serde_json::{self, Value},
};
use tachograph_workload_text::{Kind, Random, count, text};

use crate::script::TOOLS_TOKENS;

/// One tool a line, as JSON.
const TOOLS: &str = include_str!("../assets/tools.jsonl");

#[derive(Deserialize)]
struct Line {
    name: String,
    description: String,
    parameters: Value,
}

/// The tools, 1,920 reference tokens as JSON: each description ends with notes
/// of the team that fill it up to its share.
pub(crate) fn tools(random: &mut Random) -> Result<Vec<Tool>, Failure> {
    let mut tools = Vec::new();
    for line in TOOLS.lines() {
        let Line { name, description, parameters } = serde_json::from_str(line)
            .map_err(|why| Failure::new("plugin-error", format!("tools.jsonl: {why}")))?;
        tools.push(Tool { name, description, parameters });
    }
    let all = tools.len() as u64;
    for (i, tool) in (1..=all).zip(&mut tools) {
        // Shares are cut so that they add up to the whole.
        let share = TOOLS_TOKENS * i / all - TOOLS_TOKENS * (i - 1) / all;
        let notes = spaced_guide(share.saturating_sub(json_tokens(tool)), random);
        tool.description.push_str(&notes);
    }
    Ok(tools)
}

/// The reference tokens of a tool, as compact JSON.
pub(crate) fn json_tokens(tool: &Tool) -> u64 {
    serde_json::to_string(tool).map_or(0, |json| count(&json))
}

/// Notes of exactly `tokens` reference tokens with a space before them: a word
/// with a space may cost another number of tokens than one without.
fn spaced_guide(tokens: u64, random: &mut Random) -> String {
    let mut asked = tokens;
    for _ in 0..16 {
        // Inside JSON a line break would be an escape.
        let notes = format!(" {}", text(Kind::Guide, asked, random)).replace("\n\n", " ");
        match count(&notes) {
            got if got == tokens => return notes,
            got => asked = (asked + tokens).saturating_sub(got),
        }
    }
    String::new()
}
