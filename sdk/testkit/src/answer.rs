//! An answer of a model, free of any dialect, and what is true of it.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tachograph_model::ServerTiming;

/// What a piece of generated text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Content,
    Reasoning,
    Tool,
}

/// Text that one message of the stream brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub channel: Channel,
    pub text: String,
    pub tokens: u64,
}

/// A call of a tool, in the pieces in which its arguments come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolAnswer {
    pub name: &'static str,
    pub arguments: Vec<&'static str>,
}

/// Why the answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    Length,
    ToolCalls,
}

impl Finish {
    /// The word that turns use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool-calls",
        }
    }
}

/// What the server says of its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The truth, as the dialect has it.
    Truly,
    /// The truth in every event, growing, where the dialect can.
    Throughout,
    /// Nothing, where the dialect can leave it out.
    Never,
    /// This many output tokens.
    Falsely(u64),
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub pieces: Vec<Piece>,
    pub tool: Option<ToolAnswer>,
    pub finish: Finish,
    pub counted: Counted,
    /// Prompt tokens, cached ones included.
    pub prompt_tokens: u64,
    /// Those of them that came from a prefix cache.
    pub cached_tokens: u64,
    /// Whether what opens a stream comes at once, long before the first token.
    pub opens_at_once: bool,
    /// When the first token comes, after the request.
    pub first: Duration,
    /// What lies between two messages.
    pub gap: Duration,
}

impl Answer {
    /// All output tokens; each piece of a tool call's arguments is one.
    pub(crate) fn output_tokens(&self) -> u64 {
        let tool = self.tool.as_ref().map_or(0, |tool| tool.arguments.len() as u64);
        self.pieces.iter().map(|piece| piece.tokens).sum::<u64>() + tool
    }

    /// Output tokens spent on reasoning.
    pub(crate) fn reasoning_tokens(&self) -> u64 {
        let thoughts = self.pieces.iter().filter(|piece| piece.channel == Channel::Reasoning);
        thoughts.map(|piece| piece.tokens).sum()
    }

    /// The output tokens that the server states.
    pub(crate) fn stated_tokens(&self) -> u64 {
        match self.counted {
            Counted::Falsely(tokens) => tokens,
            _ => self.output_tokens(),
        }
    }
}

/// Whether a message brings something that was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries {
    /// No: a role, a ping, counts.
    Nothing,
    /// Something that a driver may or may not count, such as a tool's name.
    Maybe,
    /// Text.
    Text,
}

/// One message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub bytes: Vec<u8>,
    /// When it is due, after the request.
    pub at: Duration,
    pub carries: Carries,
    /// The text that it brings, on its channel.
    pub text: Option<(Channel, String)>,
}

/// A stream to be sent, and what is true of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rendered {
    pub content_type: &'static str,
    pub messages: Vec<Message>,
    pub truth: Truth,
}

/// What a driver should say of a stream besides its text; `None` where the
/// server does not state it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Truth {
    pub prompt: Option<u64>,
    pub cached: Option<u64>,
    pub output: Option<u64>,
    pub reasoning: Option<u64>,
    /// Tokens that were really generated.
    pub generated: u64,
    /// The words for its end, any of which is right; empty for any.
    pub finish: Vec<String>,
    pub tool: Option<(String, Value)>,
    pub timing: Option<ServerTiming>,
    /// What a script writes by itself; `None` for the kit's own servers.
    pub written: Option<Written>,
}

/// The numbers that a script writes into its answer, of which the kit cannot
/// know what they mean.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Written {
    /// Whether the kit puts texts of its own between them.
    pub template: bool,
    pub anywhere: BTreeSet<u64>,
    /// Those in messages that bring text.
    pub beside_text: BTreeSet<u64>,
    /// Whether those messages say how many tokens they bring.
    pub counts_pieces: bool,
}

impl Rendered {
    /// The text of one channel.
    pub(crate) fn text(&self, channel: Channel) -> String {
        let texts = self.messages.iter().filter_map(|message| message.text.as_ref());
        texts.filter(|(of, _)| *of == channel).map(|(_, text)| text.as_str()).collect()
    }

    /// The message that brings the piece of this number.
    pub(crate) fn message_of_piece(&self, number: usize) -> Option<usize> {
        let carrying = |(index, message): (usize, &Message)| {
            (message.carries == Carries::Text).then_some(index)
        };
        self.messages.iter().enumerate().filter_map(carrying).nth(number)
    }
}

/// Adds messages in the order and at the times of an answer.
#[derive(Debug)]
pub(crate) struct Writer {
    messages: Vec<Message>,
    now: Duration,
    first: Duration,
    gap: Duration,
    begun: bool,
}

impl Writer {
    /// A stream without a message.
    pub(crate) fn new(answer: &Answer) -> Self {
        let now = if answer.opens_at_once { Duration::ZERO } else { answer.first };
        Self { messages: Vec::new(), now, first: answer.first, gap: answer.gap, begun: false }
    }

    /// Adds a message that brings nothing, at the time of the one before it.
    pub(crate) fn nothing(&mut self, bytes: impl Into<Vec<u8>>) {
        self.push(bytes.into(), Carries::Nothing, None);
    }

    /// Adds a message that may count as generated.
    pub(crate) fn maybe(&mut self, bytes: impl Into<Vec<u8>>) {
        self.tick();
        self.push(bytes.into(), Carries::Maybe, None);
    }

    /// Adds a message with text, when it is due.
    pub(crate) fn text(&mut self, bytes: impl Into<Vec<u8>>, channel: Channel, text: &str) {
        self.tick();
        self.push(bytes.into(), Carries::Text, Some((channel, text.to_owned())));
    }

    /// The messages.
    pub(crate) fn finish(self) -> Vec<Message> {
        self.messages
    }

    fn tick(&mut self) {
        self.now = if self.begun { self.now + self.gap } else { self.first };
        self.begun = true;
    }

    fn push(&mut self, bytes: Vec<u8>, carries: Carries, text: Option<(Channel, String)>) {
        self.messages.push(Message { bytes, at: self.now, carries, text });
    }
}
