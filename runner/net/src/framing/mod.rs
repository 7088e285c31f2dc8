//! Where one event or line of a stream ends and the next begins.
//!
//! Framing is done once, natively, from the bytes and the reads of an exchange. The frames do not
//! depend on how the bytes were split into reads; only [`Frame::read`] does, and it is the one
//! link between a frame and a time.

mod lines;
mod ndjson;
mod sse;

use serde::{Deserialize, Serialize};

use crate::Read;
use ndjson::Ndjson;
use sse::Sse;

/// Bytes that one line or one event may have; 8 MiB.
pub const MAX_FRAME: usize = 8 << 20;

/// How a stream is cut into frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// Server-sent events (WHATWG). One frame per dispatched event.
    Sse,
    /// One JSON value per line. Blank lines are skipped.
    Ndjson,
    /// The whole body is one frame; an empty body is none.
    Raw,
}

/// One event, line or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The name of a server-sent event, if it has one.
    pub event: Option<String>,
    /// The data: `data` lines joined by line feeds, or the line without its end, or the body.
    /// Empty if the frame is [`FrameState::Oversized`].
    pub data: Vec<u8>,
    /// Index of the read that completed the frame: its arrival time is that read's stamp.
    pub read: usize,
    /// Bytes of the stream up to and including the one that completed the frame. For a line end
    /// of carriage return and line feed, that is the carriage return in server-sent events.
    pub end: usize,
    /// Whether the frame is whole.
    pub state: FrameState,
}

/// Whether a frame is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameState {
    /// It ended as the format says.
    Complete,
    /// The stream ended first. Servers that leave out the last line end are common, and so are
    /// streams that were cut: whether the data is whole shows only when it is read.
    Unterminated,
    /// It is larger than [`MAX_FRAME`]; its data was dropped.
    Oversized,
}

/// Cuts a stream into frames as its bytes come.
///
/// ```
/// use tachograph_net::{Framer, Framing};
///
/// let mut framer = Framer::new(Framing::Sse);
/// let mut frames = Vec::new();
/// framer.push(b"event: delta\ndata: he", 0, &mut frames);
/// assert!(frames.is_empty());
/// framer.push(b"llo\n\n", 1, &mut frames);
/// assert_eq!(frames[0].event.as_deref(), Some("delta"));
/// assert_eq!((frames[0].data.as_slice(), frames[0].read), (&b"hello"[..], 1));
/// framer.finish(&mut frames);
/// assert_eq!(frames.len(), 1);
/// ```
#[derive(Debug)]
pub struct Framer {
    kind: Kind,
    at: Position,
}

#[derive(Debug)]
enum Kind {
    Sse(Sse),
    Ndjson(Ndjson),
    Raw(Vec<u8>),
}

/// Where in the stream the framer is.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    /// Bytes before the slice that is being pushed.
    offset: usize,
    /// The read that slice belongs to.
    read: usize,
}

impl Framer {
    /// A framer at the start of a stream.
    #[must_use]
    pub fn new(framing: Framing) -> Framer {
        let kind = match framing {
            Framing::Sse => Kind::Sse(Sse::default()),
            Framing::Ndjson => Kind::Ndjson(Ndjson::default()),
            Framing::Raw => Kind::Raw(Vec::new()),
        };
        Framer { kind, at: Position::default() }
    }

    /// Takes the next bytes, which belong to the read of index `read`, and adds what they
    /// complete to `out`.
    pub fn push(&mut self, bytes: &[u8], read: usize, out: &mut Vec<Frame>) {
        self.at.read = read;
        match &mut self.kind {
            Kind::Sse(sse) => sse.push(bytes, self.at, out),
            Kind::Ndjson(ndjson) => ndjson.push(bytes, self.at, out),
            Kind::Raw(body) => body.extend_from_slice(bytes),
        }
        self.at.offset += bytes.len();
    }

    /// Takes the end of the stream.
    pub fn finish(self, out: &mut Vec<Frame>) {
        match self.kind {
            Kind::Sse(sse) => sse.finish(self.at, out),
            Kind::Ndjson(ndjson) => ndjson.finish(self.at, out),
            Kind::Raw(body) if body.is_empty() => {}
            Kind::Raw(data) => {
                let Position { offset: end, read } = self.at;
                out.push(Frame { event: None, data, read, end, state: FrameState::Complete });
            }
        }
    }
}

/// Cuts the body of an exchange into frames.
///
/// `reads` must cover `body`; bytes beyond them are counted to the last read.
#[must_use]
pub fn frames(framing: Framing, body: &[u8], reads: &[Read]) -> Vec<Frame> {
    let mut out = Vec::new();
    let mut framer = Framer::new(framing);
    let mut rest = body;
    for (index, read) in reads.iter().enumerate() {
        let (now, later) = rest.split_at(rest.len().min(read.len as usize));
        framer.push(now, index, &mut out);
        rest = later;
    }
    framer.push(rest, reads.len().saturating_sub(1), &mut out);
    framer.finish(&mut out);
    out
}

#[cfg(test)]
mod tests;
