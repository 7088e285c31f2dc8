//! What the host knows of the call that runs.

use std::sync::Arc;

use tachograph_model::Failure;
use tachograph_net::{Exchange, Frame, FrameState, Framing, Head};

use crate::bindings::types::Error;
use crate::functions::refuse;
use crate::record::TurnRecord;
use crate::wire::WireResponse;

/// The host's side of the resource `endpoint`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Endpoint {
    pub(crate) slot: String,
}

/// The host's side of the resource `response`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Response {
    pub(crate) call: u64,
    pub(crate) index: usize,
}

/// The host's side of the resource `turn`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Turn {
    pub(crate) call: u64,
}

/// One call into a driver.
#[derive(Default)]
pub(crate) struct Call {
    /// Counts the calls of this store, so that a response of an earlier one is not taken for one
    /// of this.
    pub(crate) number: u64,
    pub(crate) invocation: String,
    pub(crate) requests: u32,
    pub(crate) turn: TurnState,
    open: Vec<Open>,
    /// The store-wide number of the first exchange of this call.
    first: u32,
}

/// A turn under way.
#[derive(Default)]
pub(crate) struct TurnState {
    pub(crate) record: TurnRecord,
    pub(crate) text_bytes: usize,
    pub(crate) last_delta: u64,
    /// The first thing that the host refused; a guest that goes on as if nothing had happened
    /// has failed all the same.
    pub(crate) refused: Option<Failure>,
}

/// An answer of the call that runs.
struct Open {
    framing: Framing,
    head: Head,
    stage: Stage,
}

enum Stage {
    Streaming(Box<dyn WireResponse>),
    /// Being waited for.
    Busy,
    Ended(Ended),
}

struct Ended {
    exchange: Arc<Exchange>,
    frames: Vec<Frame>,
    /// Frames that the guest was given.
    given: usize,
    /// Which frames a call of the turn named.
    named: Vec<bool>,
}

impl Ended {
    fn new(exchange: Arc<Exchange>, asked: Framing) -> Ended {
        let framing = if is_one_document(&exchange) { Framing::Raw } else { asked };
        let frames = tachograph_net::frames(framing, &exchange.body, &exchange.reads);
        let named = vec![false; frames.len()];
        Ended { exchange, frames, given: 0, named }
    }
}

/// An error's body and plain JSON are no stream, whatever was asked for: cut as
/// one, they would give no frame and the guest would not learn what is wrong.
fn is_one_document(exchange: &Exchange) -> bool {
    exchange.head.as_ref().is_some_and(|head| {
        let json = |kind: &str| kind.trim_start().starts_with("application/json");
        head.status >= 400 || head.header("content-type").is_some_and(json)
    })
}

/// Where a frame arrived.
pub(crate) struct Arrival {
    pub(crate) exchange: usize,
    pub(crate) read: usize,
}

impl Call {
    /// The state for the next call of the same store.
    pub(crate) fn next(&self, invocation: &str) -> Call {
        let used = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        Call {
            number: self.number + 1,
            invocation: invocation.to_owned(),
            first: self.first.saturating_add(used).max(1),
            ..Call::default()
        }
    }

    /// Keeps an answer whose headers came; gives its index.
    pub(crate) fn opened(&mut self, framing: Framing, response: Box<dyn WireResponse>) -> usize {
        let head = response.head().clone();
        self.open.push(Open { framing, head, stage: Stage::Streaming(response) });
        self.open.len() - 1
    }

    pub(crate) fn head(&self, index: usize) -> Option<&Head> {
        self.open.get(index).map(|open| &open.head)
    }

    /// Takes the answer out to wait for its end; `None` if it ended already.
    pub(crate) fn take_streaming(&mut self, index: usize) -> Option<Box<dyn WireResponse>> {
        let open = self.open.get_mut(index)?;
        if !matches!(open.stage, Stage::Streaming(_)) {
            return None;
        }
        match std::mem::replace(&mut open.stage, Stage::Busy) {
            Stage::Streaming(response) => Some(response),
            _ => None,
        }
    }

    pub(crate) fn ended(&mut self, index: usize, exchange: Arc<Exchange>) {
        if let Some(open) = self.open.get_mut(index) {
            open.stage = Stage::Ended(Ended::new(exchange, open.framing));
        }
    }

    /// The next frames of an answer that ended, at most one batch, with the index of the first.
    pub(crate) fn batch(
        &mut self,
        index: usize,
        most_bytes: usize,
        most_frames: usize,
    ) -> Option<Batch<'_>> {
        let id = self.id(index, 0);
        let Stage::Ended(ended) = &mut self.open.get_mut(index)?.stage else { return None };
        let from = ended.given;
        let mut bytes = 0;
        for frame in ended.frames[from..].iter().take(most_frames) {
            bytes += frame.data.len();
            // One that is too large is refused by itself, not with those before it.
            let alone = bytes > most_bytes || frame.state == FrameState::Oversized;
            if alone && ended.given > from {
                break;
            }
            ended.given += 1;
        }
        Some(Batch {
            first_id: id + from as u64,
            frames: &ended.frames[from..ended.given],
            last: ended.given == ended.frames.len(),
            exchange: &ended.exchange,
        })
    }

    fn id(&self, index: usize, frame: usize) -> u64 {
        (u64::from(self.first) + index as u64) << 32 | frame as u64
    }

    /// Finds a frame that the guest was given, and notes that it was named.
    pub(crate) fn name_frame(&mut self, id: u64) -> Result<Arrival, Error> {
        let unknown = || refuse("frame-unknown", "no frame of this id arrived in this call");
        let exchange = (id >> 32).checked_sub(u64::from(self.first)).ok_or_else(unknown)? as usize;
        let frame = (id & u64::from(u32::MAX)) as usize;
        let Some(Open { stage: Stage::Ended(ended), .. }) = self.open.get_mut(exchange) else {
            return Err(unknown());
        };
        if frame >= ended.given {
            return Err(unknown());
        }
        ended.named[frame] = true;
        Ok(Arrival { exchange, read: ended.frames[frame].read })
    }

    /// Answers that still stream, by index.
    pub(crate) fn streaming(&self) -> Vec<usize> {
        let streams = |open: &Open| matches!(open.stage, Stage::Streaming(_));
        (0..self.open.len()).filter(|index| streams(&self.open[*index])).collect()
    }

    /// The record of the turn, once the call is over. What still streams is cancelled.
    pub(crate) fn into_record(self) -> TurnRecord {
        let mut record = self.turn.record;
        // Where each answer is in the record; one that never ended is not in it.
        let mut places = Vec::with_capacity(self.open.len());
        for open in self.open {
            places.push(record.exchanges.len());
            if let Stage::Ended(ended) = open.stage {
                record.frames += ended.frames.len() as u64;
                record.unattributed += ended.named.iter().filter(|named| !**named).count() as u64;
                record.exchanges.push(ended.exchange);
            }
        }
        for delta in &mut record.deltas {
            delta.exchange = places[delta.exchange];
        }
        record.failure = record.failure.or(self.turn.refused);
        record
    }
}

/// Some frames of an answer.
pub(crate) struct Batch<'a> {
    pub(crate) first_id: u64,
    pub(crate) frames: &'a [Frame],
    /// Whether these are the last ones.
    pub(crate) last: bool,
    pub(crate) exchange: &'a Exchange,
}
