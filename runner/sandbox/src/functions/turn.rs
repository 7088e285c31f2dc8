//! `turn`: the only way to produce a measurement.

use serde_json::Value;
use tachograph_model::{Failure, ServerTiming, TokenSource};
use wasmtime::component::Resource;

use crate::Channel;
use crate::bindings::turn::{self, Usage};
use crate::bindings::types::Error;
use crate::call::Turn;
use crate::limits::{DELTAS, FINISH_BYTES, META_BYTES, TOOL_CALLS, TURN_TEXT_BYTES};
use crate::record::{Delta, ReportedToolCall, UsageRecord};
use crate::state::DriverState;

use super::refuse;

type Answer = wasmtime::Result<Result<(), Error>>;

impl turn::Host for DriverState {}

impl turn::HostTurn for DriverState {
    fn delta(
        &mut self,
        turn: Resource<Turn>,
        frame: u64,
        channel: turn::Channel,
        text: Vec<u8>,
        tokens: Option<u32>,
    ) -> Answer {
        // Deltas have a bound of their own, far above that of other host calls.
        self.answer(&turn, |state| state.add_delta(frame, channel, text, tokens))
    }

    fn usage(&mut self, turn: Resource<Turn>, frame: u64, usage: Usage) -> Answer {
        self.base.count()?;
        self.answer(&turn, |state| {
            state.call.name_frame(frame)?;
            let slot = &mut state.call.turn.record.usage;
            let before = *slot;
            let earlier = |field: fn(&UsageRecord) -> Option<u64>| before.as_ref().and_then(field);
            *slot = Some(UsageRecord {
                prompt: usage.prompt_tokens.or(earlier(|u| u.prompt)),
                cached: usage.cached_tokens.or(earlier(|u| u.cached)),
                output: usage.output_tokens.or(earlier(|u| u.output)),
                reasoning: usage.reasoning_tokens.or(earlier(|u| u.reasoning)),
                source: match usage.source {
                    turn::TokenSource::Usage => TokenSource::Usage,
                    turn::TokenSource::Timings => TokenSource::Timings,
                    turn::TokenSource::Tokenizer => TokenSource::Tokenizer,
                },
            });
            Ok(())
        })
    }

    fn server_timing(
        &mut self,
        turn: Resource<Turn>,
        frame: u64,
        timing: turn::ServerTiming,
    ) -> Answer {
        self.base.count()?;
        self.answer(&turn, |state| {
            state.call.name_frame(frame)?;
            state.call.turn.record.timing = Some(ServerTiming {
                prompt_ns: timing.prompt_ns,
                prompt_tokens: timing.prompt_tokens,
                decode_ns: timing.decode_ns,
                decode_gaps: timing.decode_gaps,
                queue_ns: timing.queue_ns,
                load_ns: timing.load_ns,
                draft_tokens: timing.draft_tokens,
                draft_accepted: timing.draft_accepted,
            });
            Ok(())
        })
    }

    fn tool_call(
        &mut self,
        turn: Resource<Turn>,
        frame: u64,
        name: String,
        arguments: String,
    ) -> Answer {
        self.base.count()?;
        self.answer(&turn, |state| {
            state.call.name_frame(frame)?;
            if state.call.turn.record.tool_calls.len() >= TOOL_CALLS {
                return Err(refuse("turn-too-large", "too many tool calls"));
            }
            state.take_text(name.len() + arguments.len())?;
            let valid_json = serde_json::from_str::<serde_json::Map<String, Value>>(&arguments);
            let call = ReportedToolCall { name, arguments, valid_json: valid_json.is_ok() };
            state.call.turn.record.tool_calls.push(call);
            Ok(())
        })
    }

    fn finish(&mut self, turn: Resource<Turn>, frame: u64, reason: String) -> Answer {
        self.base.count()?;
        self.answer(&turn, |state| {
            state.call.name_frame(frame)?;
            if reason.is_empty() || reason.len() > FINISH_BYTES {
                return Err(refuse("bad-finish", "a finish reason has 1 to 256 bytes"));
            }
            state.call.turn.record.finish = Some(super::printable(&reason));
            Ok(())
        })
    }

    fn meta(&mut self, turn: Resource<Turn>, json: String) -> Answer {
        self.base.count()?;
        self.answer(&turn, |state| {
            if json.len() > META_BYTES {
                return Err(refuse("meta-too-large", "extras have at most 16 KiB"));
            }
            match serde_json::from_str(&json) {
                Ok(meta @ Value::Object(_)) => state.call.turn.record.meta = Some(meta),
                _ => return Err(refuse("bad-meta", "extras are a JSON object")),
            }
            Ok(())
        })
    }

    fn drop(&mut self, turn: Resource<Turn>) -> wasmtime::Result<()> {
        self.base.table.delete(turn)?;
        Ok(())
    }
}

impl DriverState {
    /// Runs one statement about the turn and keeps the first refusal.
    fn answer(
        &mut self,
        turn: &Resource<Turn>,
        statement: impl FnOnce(&mut DriverState) -> Result<(), Error>,
    ) -> Answer {
        let stale = self.base.table.get(turn)?.call != self.call.number;
        let answer = match stale {
            true => Err(refuse("stale-turn", "this turn belongs to an earlier call")),
            false => statement(self),
        };
        if let Err(error) = &answer {
            let refused = &mut self.call.turn.refused;
            refused.get_or_insert_with(|| Failure::new(&*error.code, &*error.message));
        }
        Ok(answer)
    }

    fn add_delta(
        &mut self,
        frame: u64,
        channel: turn::Channel,
        text: Vec<u8>,
        tokens: Option<u32>,
    ) -> Result<(), Error> {
        if text.is_empty() && tokens.is_none_or(|tokens| tokens == 0) {
            return Err(refuse("delta-empty", "a delta has text or tokens"));
        }
        if frame < self.call.turn.last_delta {
            return Err(refuse("frame-backwards", "deltas name frames in the order they came"));
        }
        if self.call.turn.record.deltas.len() >= DELTAS {
            return Err(refuse("turn-too-large", "a turn has at most a million deltas"));
        }
        let arrival = self.call.name_frame(frame)?;
        self.take_text(text.len())?;
        let turn = &mut self.call.turn;
        turn.last_delta = frame;
        turn.record.deltas.push(Delta {
            exchange: arrival.exchange,
            read: arrival.read,
            channel: match channel {
                turn::Channel::Content => Channel::Content,
                turn::Channel::Reasoning => Channel::Reasoning,
                turn::Channel::Tool => Channel::Tool,
                turn::Channel::Other => Channel::Other,
            },
            text,
            tokens,
            frame,
        });
        Ok(())
    }

    fn take_text(&mut self, bytes: usize) -> Result<(), Error> {
        let total = &mut self.call.turn.text_bytes;
        if bytes > TURN_TEXT_BYTES - *total {
            return Err(refuse("turn-too-large", "a turn has at most 32 MiB of text"));
        }
        *total += bytes;
        Ok(())
    }
}
