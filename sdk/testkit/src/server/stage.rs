//! What a server plays, and with which faults.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Dialect,
    answer::{Answer, Carries, Message, Rendered},
    facts, render,
    script::Script,
};

use super::Asked;

/// What a server is.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    /// A server that speaks a dialect.
    Plays(Dialect),
    /// A server that a file describes.
    Follows(Box<Script>),
    /// No server of models: a page of HTML for everything.
    Page,
    /// `{}` for everything.
    Braces,
    /// 404 for everything.
    Nothing,
}

/// An answer that is no stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whole {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Whole {
    pub(crate) fn new(status: u16, kind: &str, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", &body.to_string())
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// How the bytes of a stream are cut into writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Cut {
    /// One write a message.
    #[default]
    Messages,
    /// One write a byte.
    Bytes,
    /// A cut inside every character of several bytes, with a pause.
    Characters,
}

/// What goes wrong with a stream, after so many pieces of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// A frame that is no JSON comes; then the stream goes on.
    Malformed(usize),
    /// The server says that it failed, and ends the stream in order.
    Error(usize),
    /// The body ends in order, without the end of the answer.
    Short(usize),
    /// The connection is closed inside the body.
    Cut(usize),
    /// The connection is reset.
    Reset(usize),
    /// Nothing more comes.
    Stall(usize),
}

/// A refusal in place of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// An error status.
    Status(u16),
    /// 429, and when to come again.
    RetryAfter(u64),
    /// 307 to another path.
    Redirect,
    /// 200 with a page of HTML.
    Page,
}

/// What a server does with requests that generate.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub answer: Answer,
    pub cut: Cut,
    /// Lines end in CRLF.
    pub crlf: bool,
    /// Comments lie between the events.
    pub comments: bool,
    pub fault: Fault,
    pub refusal: Option<Refusal>,
    /// Refusals before the first answer; `None` for always.
    pub refusals: Option<u32>,
}

impl Default for Scene {
    fn default() -> Self {
        Self::of(Answer {
            pieces: Vec::new(),
            tool: None,
            finish: crate::answer::Finish::Stop,
            counted: crate::answer::Counted::Truly,
            prompt_tokens: 1,
            cached_tokens: 0,
            opens_at_once: false,
            first: Duration::ZERO,
            gap: Duration::ZERO,
        })
    }
}

impl Scene {
    /// An answer without faults.
    pub(crate) fn of(answer: Answer) -> Self {
        Self {
            answer,
            cut: Cut::Messages,
            crlf: false,
            comments: false,
            fault: Fault::None,
            refusal: None,
            refusals: None,
        }
    }
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    Close,
    Reset,
    Stall,
}

/// What is to be sent.
#[derive(Debug)]
pub(super) enum Reply {
    Whole(Whole),
    Stream(Box<Rendered>, End),
}

impl Backend {
    /// Whether bodies end with their connection.
    pub(super) fn closes_after_body(&self) -> bool {
        matches!(self, Self::Plays(dialect) if dialect.closes_after_body())
    }

    /// The headers of every answer.
    pub(super) fn headers(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Plays(dialect) => facts::headers(*dialect).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn reply(&self, asked: &Asked, scene: &mut Scene) -> Reply {
        let rendered = match self {
            Self::Plays(dialect) => render::render(*dialect, asked, &scene.answer),
            Self::Follows(script) => script.render(asked, &scene.answer),
            Self::Page | Self::Braces | Self::Nothing => None,
        };
        let Some(mut rendered) = rendered else {
            return Reply::Whole(match self {
                Self::Plays(dialect) => facts::answer(*dialect, asked),
                Self::Follows(script) => script.whole(asked),
                Self::Page => page(),
                Self::Braces => Whole::json(200, &serde_json::json!({})),
                Self::Nothing => Whole::new(404, "text/plain", "not found"),
            });
        };
        if let Some(refusal) = scene.refusal
            && scene.refusals != Some(0)
        {
            scene.refusals = scene.refusals.map(|left| left - 1);
            return Reply::Whole(self.refuse(refusal));
        }
        let end = self.spoil(&mut rendered, scene);
        Reply::Stream(Box::new(rendered), end)
    }

    fn refuse(&self, refusal: Refusal) -> Whole {
        let body = |message: &str| match self {
            Self::Plays(dialect) => render::error_body(*dialect, message),
            _ => serde_json::json!({ "error": message }),
        };
        match refusal {
            Refusal::Status(status) => Whole::json(status, &body("refused by the kit")),
            Refusal::RetryAfter(seconds) => Whole::json(429, &body("too many requests"))
                .with("retry-after", &seconds.to_string()),
            Refusal::Redirect => {
                Whole::new(307, "text/plain", "").with("location", "/somewhere/else")
            }
            Refusal::Page => page(),
        }
    }

    /// Applies what the scene changes of a stream.
    fn spoil(&self, rendered: &mut Rendered, scene: &Scene) -> End {
        let (after, end, extra) = match scene.fault {
            Fault::None => (None, End::Whole, None),
            Fault::Malformed(pieces) => (Some(pieces), End::Whole, Some(self.malformed())),
            Fault::Error(pieces) => (Some(pieces), End::Whole, self.error_message()),
            Fault::Short(pieces) => (Some(pieces), End::Whole, None),
            Fault::Cut(pieces) => (Some(pieces), End::Close, None),
            Fault::Reset(pieces) => (Some(pieces), End::Reset, None),
            Fault::Stall(pieces) => (Some(pieces), End::Stall, None),
        };
        if let Some(pieces) = after {
            let last = pieces.checked_sub(1).and_then(|last| rendered.message_of_piece(last));
            let keep = last.map_or(0, |last| last + 1);
            let at = rendered.messages.get(keep.saturating_sub(1)).map(|last| last.at);
            let rest = rendered.messages.split_off(keep.min(rendered.messages.len()));
            if let Some(bytes) = extra {
                let at = at.unwrap_or_default();
                rendered.messages.push(Message {
                    bytes,
                    at,
                    carries: Carries::Nothing,
                    text: None,
                });
            }
            if matches!(scene.fault, Fault::Malformed(_)) {
                rendered.messages.extend(rest);
            }
        }
        if scene.comments {
            let mut commented = Vec::with_capacity(rendered.messages.len() * 2);
            for message in rendered.messages.drain(..) {
                commented.push(Message {
                    bytes: self.comment(),
                    at: message.at,
                    carries: Carries::Nothing,
                    text: None,
                });
                commented.push(message);
            }
            rendered.messages = commented;
        }
        if scene.crlf {
            for message in &mut rendered.messages {
                message.bytes = crlf(&message.bytes);
            }
        }
        end
    }

    /// What keeps a connection alive and means nothing.
    fn comment(&self) -> Vec<u8> {
        match self {
            Self::Plays(Dialect::Anthropic) => {
                b"event: ping\ndata: {\"type\": \"ping\"}\n\n".to_vec()
            }
            _ => b": still here\n\n".to_vec(),
        }
    }

    fn malformed(&self) -> Vec<u8> {
        let lines = match self {
            Self::Plays(dialect) => dialect.stream() == crate::dialect::Stream::Lines,
            Self::Follows(script) => script.streams_lines(),
            _ => false,
        };
        match (lines, self) {
            (true, _) => b"{\"broken\": \n".to_vec(),
            (false, Self::Plays(Dialect::Anthropic)) => {
                b"event: content_block_delta\ndata: {\"broken\": \n\n".to_vec()
            }
            (false, _) => b"data: {\"broken\": \n\n".to_vec(),
        }
    }

    fn error_message(&self) -> Option<Vec<u8>> {
        match self {
            Self::Plays(dialect) => Some(render::error_message(*dialect)),
            _ => None,
        }
    }
}

fn page() -> Whole {
    Whole::new(200, "text/html", "<!doctype html><title>Sign in</title><p>Sign in to go on.")
}

/// The same lines, ended by CRLF.
fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if *byte == b'\n' {
            changed.push(b'\r');
        }
        changed.push(*byte);
    }
    changed
}
