//! Servers that a text file describes, for protocols that the kit does not know.
//!
//! ```text
//! # A TOML head: which exchange generates, and what is true of its answer.
//! generates = "POST /generate"
//! finish = { length = "limit", stop = "end" }
//!
//! === GET /about
//! 200
//! content-type: application/json
//!
//! {"name": "my server"}
//!
//! === POST /generate
//! 200
//! content-type: application/x-ndjson
//!
//! {"text": "{{text}}"}
//! {"done": true, "why": "{{finish}}", "tokens": {{output_tokens}}}
//! ```
//!
//! The body of the exchange that generates is cut into messages: events at
//! blank lines, anything else into lines. A message with `{{text}}` is sent once
//! for every piece of visible text, one with `{{reasoning}}` once for every piece
//! of thought; `{{prompt_tokens}}`, `{{output_tokens}}` and `{{finish}}` may stand
//! in any. Texts are escaped as inside a JSON string.
//!
//! A body without `{{text}}` is served as it was recorded. Its head then states
//! `text`, and `reasoning`, `prompt_tokens`, `output_tokens` and `reason` where
//! the answer has them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    TestkitError,
    answer::{Answer, Carries, Channel, Rendered, Truth, Writer},
    server::{Asked, Whole},
};

/// A server as a file describes it.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    head: Head,
    exchanges: Vec<Exchange>,
    /// The index of the exchange that generates.
    generates: usize,
    /// The messages of its body.
    messages: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Method and path.
    generates: String,
    /// The kit's words for the end of an answer, and the server's.
    #[serde(default)]
    finish: BTreeMap<String, String>,
    text: Option<String>,
    reasoning: Option<String>,
    prompt_tokens: Option<u64>,
    output_tokens: Option<u64>,
    /// The end that a recorded answer has, in the kit's words.
    reason: Option<String>,
}

#[derive(Debug, Clone)]
struct Exchange {
    method: String,
    path: String,
    whole: Whole,
}

impl Script {
    /// Reads the text form.
    ///
    /// # Errors
    /// `bad-script`, with what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, TestkitError> {
        let wrong = |reason: String| TestkitError::Script { reason };
        let text = format!("\n{}", text.replace("\r\n", "\n"));
        let mut parts = text.split("\n=== ");
        let head = parts.next().unwrap_or_default();
        let head: Head = toml::from_str(head).map_err(|error| wrong(error.to_string()))?;
        let exchanges = parts
            .map(|part| {
                Exchange::parse(part).ok_or_else(|| {
                    let line = part.lines().next().unwrap_or_default();
                    wrong(format!("`=== {line}` is no exchange: it needs a status, headers, a blank line and a body"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let is_it = |exchange: &Exchange| {
            format!("{} {}", exchange.method, exchange.path) == head.generates
        };
        let generates = exchanges
            .iter()
            .position(is_it)
            .ok_or_else(|| wrong(format!("no exchange is `{}`", head.generates)))?;
        let whole = &exchanges[generates].whole;
        let body = String::from_utf8_lossy(&whole.body).into_owned();
        let messages: Vec<String> = match is_events(whole) {
            true => body
                .split("\n\n")
                .filter(|event| !event.trim().is_empty())
                .map(|event| format!("{}\n\n", event.trim_matches('\n')))
                .collect(),
            false => body
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| format!("{line}\n"))
                .collect(),
        };
        let script = Self { head, exchanges, generates, messages };
        if !script.is_template() && script.head.text.is_none() {
            return Err(wrong(
                "the answer has no `{{text}}`, so the head must state its `text`".to_owned(),
            ));
        }
        Ok(script)
    }

    /// Whether the kit can put texts of its own into the answer.
    pub(crate) fn is_template(&self) -> bool {
        self.has("{{text}}")
    }

    /// Whether the answer has a place for this.
    pub(crate) fn has(&self, place: &str) -> bool {
        self.messages.iter().any(|message| message.contains(place))
    }

    pub(crate) fn streams_lines(&self) -> bool {
        !is_events(&self.exchanges[self.generates].whole)
    }

    /// The stream that answers a request; `None` for another route.
    pub(crate) fn render(&self, asked: &Asked, answer: &Answer) -> Option<Rendered> {
        if format!("{} {}", asked.method, asked.path) != self.head.generates {
            return None;
        }
        let content_type =
            if self.streams_lines() { "application/x-ndjson" } else { "text/event-stream" };
        Some(match self.is_template() {
            true => Rendered { content_type, ..self.fill(answer) },
            false => Rendered { content_type, ..self.recorded(answer) },
        })
    }

    fn fill(&self, answer: &Answer) -> Rendered {
        let mut writer = Writer::new(answer);
        let finish = answer.finish.word();
        let theirs = self.head.finish.get(finish).map_or(finish, String::as_str);
        let common = |message: &str| {
            message
                .replace("{{prompt_tokens}}", &answer.prompt_tokens.to_string())
                .replace("{{output_tokens}}", &answer.stated_tokens().to_string())
                .replace("{{finish}}", theirs)
        };
        for message in &self.messages {
            let place = [("{{text}}", Channel::Content), ("{{reasoning}}", Channel::Reasoning)]
                .into_iter()
                .find(|(place, _)| message.contains(place));
            let Some((place, channel)) = place else {
                writer.nothing(common(message));
                continue;
            };
            for piece in answer.pieces.iter().filter(|piece| piece.channel == channel) {
                let text = Value::from(piece.text.as_str()).to_string();
                let inside = &text[1..text.len() - 1];
                writer.text(common(&message.replace(place, inside)), channel, &piece.text);
            }
        }
        let states = |place: &str| self.has(place);
        let truth = Truth {
            prompt: states("{{prompt_tokens}}").then_some(answer.prompt_tokens),
            output: states("{{output_tokens}}").then_some(answer.stated_tokens()),
            generated: answer.output_tokens(),
            finish: states("{{finish}}").then(|| finish.to_owned()).into_iter().collect(),
            ..Truth::default()
        };
        Rendered { content_type: "", messages: writer.finish(), truth }
    }

    /// The recorded messages. Which of them bring text is not known, so any may;
    /// the stated texts lie in the last.
    fn recorded(&self, answer: &Answer) -> Rendered {
        let mut writer = Writer::new(answer);
        for message in &self.messages {
            writer.maybe(message.clone());
        }
        let mut messages = writer.finish();
        let at = messages.last().map(|last| last.at).unwrap_or_default();
        for (channel, text) in
            [(Channel::Content, &self.head.text), (Channel::Reasoning, &self.head.reasoning)]
        {
            if let Some(text) = text {
                messages.push(crate::answer::Message {
                    bytes: Vec::new(),
                    at,
                    carries: Carries::Maybe,
                    text: Some((channel, text.clone())),
                });
            }
        }
        let truth = Truth {
            prompt: self.head.prompt_tokens,
            output: self.head.output_tokens,
            generated: self.head.output_tokens.unwrap_or_default(),
            finish: self.head.reason.clone().into_iter().collect(),
            ..Truth::default()
        };
        Rendered { content_type: "", messages, truth }
    }

    /// The recorded answer of another route.
    pub(crate) fn whole(&self, asked: &Asked) -> Whole {
        let found = self
            .exchanges
            .iter()
            .find(|known| known.method == asked.method && known.path == asked.path);
        match found {
            Some(exchange) => exchange.whole.clone(),
            None => Whole::json(404, &serde_json::json!({ "error": "no such route" })),
        }
    }
}

impl Exchange {
    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").or_else(|| Some((text.trim_end(), "")))?;
        let mut lines = head.lines();
        let (method, path) = lines.next()?.split_once(' ')?;
        let status = lines.next()?.trim().parse().ok()?;
        let headers = lines
            .map(|line| {
                line.split_once(':')
                    .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned()))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            method: method.to_owned(),
            path: path.trim().to_owned(),
            whole: Whole { status, headers, body: body.trim_end().as_bytes().to_vec() },
        })
    }
}

fn is_events(whole: &Whole) -> bool {
    whole
        .headers
        .iter()
        .any(|(name, value)| name == "content-type" && value.starts_with("text/event-stream"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::answer::{Counted, Finish, Piece};

    const LINES: &str = r#"# My server, 1.2.
generates = "POST /generate"
finish = { length = "limit" }

=== GET /about
200
content-type: application/json

{"name": "my server"}

=== POST /generate
200
content-type: application/x-ndjson

{"open": true}
{"text": "{{text}}"}
{"why": "{{finish}}", "tokens": {{output_tokens}}}
"#;

    fn asked(method: &str, path: &str) -> Asked {
        Asked { method: method.into(), path: path.into(), body: Vec::new(), json: Value::Null }
    }

    fn answer() -> Answer {
        let piece = |text: &str| Piece { channel: Channel::Content, text: text.into(), tokens: 1 };
        Answer {
            pieces: vec![piece("a \"b\""), piece("\n")],
            tool: None,
            finish: Finish::Length,
            counted: Counted::Truly,
            prompt_tokens: 3,
            cached_tokens: 0,
            opens_at_once: true,
            first: Duration::from_millis(5),
            gap: Duration::ZERO,
        }
    }

    #[test]
    fn a_template_is_filled_piece_by_piece() {
        let script = Script::parse(LINES).unwrap();
        let rendered = script.render(&asked("POST", "/generate"), &answer()).unwrap();
        let text: Vec<&str> = rendered
            .messages
            .iter()
            .map(|message| std::str::from_utf8(&message.bytes).unwrap())
            .collect();
        assert_eq!(
            text,
            [
                "{\"open\": true}\n",
                "{\"text\": \"a \\\"b\\\"\"}\n",
                "{\"text\": \"\\n\"}\n",
                "{\"why\": \"limit\", \"tokens\": 2}\n",
            ]
        );
        assert_eq!(rendered.content_type, "application/x-ndjson");
        assert_eq!(rendered.text(Channel::Content), "a \"b\"\n");
        assert_eq!(rendered.truth.output, Some(2));
        assert_eq!(rendered.truth.prompt, None, "the script does not state it");
        assert_eq!(rendered.truth.finish, ["length"]);
        assert!(script.render(&asked("GET", "/about"), &answer()).is_none());
        assert_eq!(script.whole(&asked("GET", "/about")).body, b"{\"name\": \"my server\"}");
        assert_eq!(script.whole(&asked("GET", "/else")).status, 404);
    }

    #[test]
    fn what_is_wrong_with_a_script_is_said() {
        let wrong = |text: &str| Script::parse(text).unwrap_err().to_string();
        assert!(wrong("generates = \"GET /a\"").contains("no exchange is `GET /a`"));
        assert!(wrong("nonsense = 1").contains("nonsense"));
        assert!(wrong("generates = \"GET /a\"\n=== GET /a\nabc\n\n").contains("is no exchange"));
        let recorded = "generates = \"GET /a\"\n=== GET /a\n200\n\n{}";
        assert!(wrong(recorded).contains("must state its `text`"));
        assert!(Script::parse(&format!("text = \"x\"\n{recorded}")).is_ok());
    }
}
