//! One JSON value per line.

use super::lines::{Line, LineEnd, Lines};
use super::{Frame, FrameState, Position};

#[derive(Debug)]
pub(super) struct Ndjson {
    lines: Lines,
}

impl Default for Ndjson {
    fn default() -> Self {
        Ndjson { lines: Lines::new(LineEnd::Lf) }
    }
}

impl Ndjson {
    pub(super) fn push(&mut self, bytes: &[u8], at: Position, out: &mut Vec<Frame>) {
        self.lines.push(bytes, |line, end| {
            let at = Position { offset: at.offset + end, ..at };
            out.extend(frame(line, at, FrameState::Complete));
        });
    }

    pub(super) fn finish(self, at: Position, out: &mut Vec<Frame>) {
        if let Some(rest) = self.lines.rest() {
            out.extend(frame(rest, at, FrameState::Unterminated));
        }
    }
}

/// The frame of a line; `None` if the line is blank.
fn frame(line: Line<'_>, at: Position, state: FrameState) -> Option<Frame> {
    let (data, state) = match line {
        Line::TooLong => (Vec::new(), FrameState::Oversized),
        Line::Text(text) => {
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                return None;
            }
            (text.to_vec(), state)
        }
    };
    Some(Frame { event: None, data, read: at.read, end: at.offset, state })
}
