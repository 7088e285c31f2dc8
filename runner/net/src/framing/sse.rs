//! Server-sent events, as the WHATWG HTML standard parses them.
//!
//! `id` and `retry` fields are read over: they steer reconnection, which a measurement never does.

use super::lines::{Line, LineEnd, Lines};
use super::{Frame, FrameState, MAX_FRAME, Position};

#[derive(Debug)]
pub(super) struct Sse {
    lines: Lines,
    event: Event,
}

/// The event that is being put together.
#[derive(Debug, Default)]
struct Event {
    /// Whether a line was seen: a byte order mark is only looked for before the first one.
    begun: bool,
    name: Option<String>,
    data: Vec<u8>,
    has_data: bool,
    oversized: bool,
}

impl Default for Sse {
    fn default() -> Self {
        Sse { lines: Lines::new(LineEnd::Any), event: Event::default() }
    }
}

impl Sse {
    pub(super) fn push(&mut self, bytes: &[u8], at: Position, out: &mut Vec<Frame>) {
        let event = &mut self.event;
        self.lines.push(bytes, |line, end| {
            if event.line(line) {
                let at = Position { offset: at.offset + end, ..at };
                out.extend(event.dispatch(at, FrameState::Complete));
            }
        });
    }

    pub(super) fn finish(mut self, at: Position, out: &mut Vec<Frame>) {
        if let Some(rest) = self.lines.rest() {
            self.event.line(rest);
        }
        out.extend(self.event.dispatch(at, FrameState::Unterminated));
    }
}

impl Event {
    /// Takes one line; true if it is the blank one that ends the event.
    fn line(&mut self, line: Line<'_>) -> bool {
        let first = !std::mem::replace(&mut self.begun, true);
        let Line::Text(mut text) = line else {
            self.overflow();
            return false;
        };
        if first {
            text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        }
        if text.is_empty() {
            return true;
        }
        let (field, value) = match text.iter().position(|byte| *byte == b':') {
            Some(colon) => (&text[..colon], &text[colon + 1..]),
            None => (text, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => self.data(value),
            b"event" => self.name = Some(String::from_utf8_lossy(value).into_owned()),
            // Comments have an empty field name.
            _ => {}
        }
        false
    }

    fn data(&mut self, value: &[u8]) {
        if self.oversized {
            return;
        }
        if self.data.len() + value.len() + 1 > MAX_FRAME {
            self.overflow();
            return;
        }
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        self.has_data = true;
    }

    fn overflow(&mut self) {
        self.oversized = true;
        self.has_data = true;
        self.data = Vec::new();
    }

    /// Ends the event; `None` if it had no data, as the standard says.
    fn dispatch(&mut self, at: Position, state: FrameState) -> Option<Frame> {
        let event = self.name.take().filter(|name| !name.is_empty());
        let data = std::mem::take(&mut self.data);
        let oversized = std::mem::take(&mut self.oversized);
        let state = if oversized { FrameState::Oversized } else { state };
        let frame = Frame { event, data, read: at.read, end: at.offset, state };
        std::mem::take(&mut self.has_data).then_some(frame)
    }
}
