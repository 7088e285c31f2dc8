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
//! of thought, and `{{tokens}}` is the count of that piece. The other placeholders
//! may stand in any. Texts are escaped as inside a JSON string.
//!
//! A body without `{{text}}` is served as it was recorded. Its head then states
//! `text`, and the counts and the `reason` where the answer has them. The
//! author's guide, `sdk/README.md`, lists every field and placeholder.

mod exchange;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    TestkitError,
    answer::{Answer, Carries, Channel, Rendered, Truth, Writer, Written},
    server::{Asked, Whole},
};
use exchange::Exchange;

/// The placeholders for text, each with its channel.
const TEXTS: [(&str, Channel); 2] =
    [(places::TEXT, Channel::Content), (places::REASONING, Channel::Reasoning)];

/// The kit's words for the end of an answer.
const ENDS: [&str; 2] = ["length", "stop"];

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
    cached_tokens: Option<u64>,
    output_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    /// The end that a recorded answer has, in the kit's words.
    reason: Option<String>,
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
        script.check().map_err(wrong)?;
        Ok(script)
    }

    /// Whether its placeholders and its head go together.
    fn check(&self) -> Result<(), String> {
        let template = self.is_template();
        let recorded = [&self.head.text, &self.head.reasoning];
        // A recorded text may have the form of a placeholder.
        let is_text = |place: &str| {
            !template
                && recorded.iter().any(|text| text.as_ref().is_some_and(|t| t.contains(place)))
        };
        for message in &self.messages {
            for place in places::places(message) {
                if is_text(place) {
                    continue;
                }
                if !places::ALL.contains(&place) {
                    let known = places::ALL.join(", ");
                    return Err(format!("`{place}` is no placeholder; there are {known}"));
                }
                if !template {
                    return Err(format!(
                        "`{place}` is filled in only in an answer with `{{{{text}}}}`"
                    ));
                }
                if place == places::TOKENS && !TEXTS.iter().any(|(text, _)| message.contains(text))
                {
                    return Err(format!(
                        "`{place}` is the count of a piece of text: it stands beside `{{{{text}}}}` \
                         or `{{{{reasoning}}}}`"
                    ));
                }
            }
        }
        if let Some(word) = self.head.finish.keys().find(|word| !ENDS.contains(&word.as_str())) {
            return Err(format!(
                "`finish` gives the server's words for `{}`; it has no `{word}`",
                ENDS.join("` and `")
            ));
        }
        if !template && self.head.text.is_none() {
            return Err(
                "the answer has no `{{text}}`, so the head must state its `text`".to_owned()
            );
        }
        Ok(())
    }

    /// Whether the kit can put texts of its own into the answer.
    pub(crate) fn is_template(&self) -> bool {
        self.has(places::TEXT)
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
        let cached = self.head.cached_tokens.unwrap_or(answer.cached_tokens);
        let counts = [
            (places::PROMPT, answer.prompt_tokens, self.head.prompt_tokens),
            (places::CACHED, cached, self.head.cached_tokens),
            (places::OUTPUT, answer.stated_tokens(), self.head.output_tokens),
            (places::THOUGHT, answer.reasoning_tokens(), self.head.reasoning_tokens),
        ];
        let common = |message: &str| {
            let filled = message.replace(places::FINISH, theirs);
            counts
                .iter()
                .fold(filled, |filled, (place, count, _)| filled.replace(place, &count.to_string()))
        };
        for message in &self.messages {
            let channels: Vec<Channel> = TEXTS
                .iter()
                .filter(|(place, _)| message.contains(place))
                .map(|(_, channel)| *channel)
                .collect();
            if channels.is_empty() {
                writer.nothing(common(message));
                continue;
            }
            for piece in answer.pieces.iter().filter(|piece| channels.contains(&piece.channel)) {
                let text = Value::from(piece.text.as_str()).to_string();
                let inside = &text[1..text.len() - 1];
                let mut filled = common(message).replace(places::TOKENS, &piece.tokens.to_string());
                for (place, channel) in TEXTS {
                    let own = if channel == piece.channel { inside } else { "" };
                    filled = filled.replace(place, own);
                }
                writer.text(filled, piece.channel, &piece.text);
            }
        }
        // What the body says by itself is true when the head says so.
        let stated = |place: &str| {
            let (_, filled, head) = counts.iter().find(|(known, ..)| *known == place)?;
            if self.has(place) { Some(*filled) } else { *head }
        };
        let truth = Truth {
            prompt: stated(places::PROMPT),
            cached: stated(places::CACHED),
            output: stated(places::OUTPUT),
            reasoning: stated(places::THOUGHT),
            generated: answer.output_tokens(),
            finish: self.has(places::FINISH).then(|| finish.to_owned()).into_iter().collect(),
            written: Some(self.written()),
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
            cached: self.head.cached_tokens,
            output: self.head.output_tokens,
            reasoning: self.head.reasoning_tokens,
            generated: self.head.output_tokens.unwrap_or_default(),
            finish: self.head.reason.clone().into_iter().collect(),
            written: Some(self.written()),
            ..Truth::default()
        };
        Rendered { content_type: "", messages, truth }
    }

    /// The numbers that stand in the answer itself.
    fn written(&self) -> Written {
        let with_text = |message: &&String| TEXTS.iter().any(|(place, _)| message.contains(place));
        let numbers = |messages: &mut dyn Iterator<Item = &String>| -> BTreeSet<u64> {
            messages.flat_map(|message| places::numbers(message)).collect()
        };
        Written {
            template: self.is_template(),
            anywhere: numbers(&mut self.messages.iter()),
            beside_text: numbers(&mut self.messages.iter().filter(with_text)),
            counts_pieces: self.has(places::TOKENS),
        }
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

    /// A script of one line of answer.
    fn one(head: &str, line: &str) -> Result<Script, String> {
        let text = format!("generates = \"POST /g\"\n{head}\n=== POST /g\n200\n\n{line}\n");
        Script::parse(&text).map_err(|error| error.to_string())
    }

    fn filled(script: &Script, answer: &Answer) -> (String, Truth) {
        let rendered = script.render(&asked("POST", "/g"), answer).unwrap();
        let bytes = rendered.messages.iter().flat_map(|message| message.bytes.clone()).collect();
        (String::from_utf8(bytes).unwrap(), rendered.truth)
    }

    #[test]
    fn counts_of_pieces_and_of_the_cache_are_filled_in() {
        let line = "{\"s\":\"{{text}}\",\"k\":{{tokens}}}\n{\"in\":{{prompt_tokens}},\"cached\":{{cached_tokens}}}";
        let script = one("", line).unwrap();
        let mut answer = answer();
        answer.pieces[1].tokens = 5;
        answer.cached_tokens = 2;
        let (text, truth) = filled(&script, &answer);
        assert_eq!(
            text,
            "{\"s\":\"a \\\"b\\\"\",\"k\":1}\n{\"s\":\"\\n\",\"k\":5}\n{\"in\":3,\"cached\":2}\n"
        );
        assert_eq!((truth.prompt, truth.cached, truth.output), (Some(3), Some(2), None));
        // What the head says stands for the placeholder.
        let (text, truth) = filled(&one("cached_tokens = 1", line).unwrap(), &answer);
        assert!(text.ends_with("\"cached\":1}\n"), "{text}");
        assert_eq!(truth.cached, Some(1));
    }

    #[test]
    fn one_message_may_have_a_place_for_text_and_one_for_thought() {
        let script = one("", "{\"s\":\"{{text}}\",\"r\":\"{{reasoning}}\"}").unwrap();
        let mut answer = answer();
        answer.pieces[0].channel = Channel::Reasoning;
        let (text, _) = filled(&script, &answer);
        assert_eq!(text, "{\"s\":\"\",\"r\":\"a \\\"b\\\"\"}\n{\"s\":\"\\n\",\"r\":\"\"}\n");
    }

    #[test]
    fn a_placeholder_that_is_none_is_refused_with_those_that_are() {
        let refused = |head, line| one(head, line).unwrap_err();
        let said = refused("", "{\"s\":\"{{text}}\",\"k\":{{token}}}");
        assert!(said.contains("`{{token}}` is no placeholder"), "{said}");
        for place in places::ALL {
            assert!(said.contains(place), "{said}");
        }
        let said = refused("", "{\"s\":\"{{text}}\"}\n{\"k\":{{tokens}}}");
        assert!(said.contains("beside `{{text}}`"), "{said}");
        let said = refused("text = \"a\"", "{\"s\":\"a\",\"out\":{{output_tokens}}}");
        assert!(said.contains("only in an answer with `{{text}}`"), "{said}");
        let said = refused("finish = { full = \"length\" }", "{\"s\":\"{{text}}\"}");
        assert!(said.contains("it has no `full`"), "{said}");
        // A recorded text may look like one.
        assert!(one("text = \"{{name}}\"", "{\"s\":\"{{name}}\"}").is_ok());
    }

    #[test]
    fn an_exchange_as_curl_prints_it() {
        let text = "generates = \"POST /g\"\n=== POST /g\nHTTP/1.1 200 OK\r\nContent-Type: \
                    text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\ndata: {{text}}\n\n";
        let script = Script::parse(text).unwrap();
        let rendered = script.render(&asked("POST", "/g"), &answer()).unwrap();
        assert_eq!(rendered.content_type, "text/event-stream");
        assert_eq!(rendered.messages[1].bytes, b"data: \\n\n\n");
    }
}
