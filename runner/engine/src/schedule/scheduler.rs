//! The loop of the compute thread.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use super::request::{Event, Finish, Generation, Stats};
use super::sampler::Sampler;
use super::slots::Slots;
use crate::model::{Forward, Row};
use crate::text::{Special, Tokenizer};

/// Most rows in one step.
const STEP_ROWS: usize = 512;

/// Most rows of prompts in a step that also decodes, so that running answers do not stall.
const MIXED_ROWS: usize = 256;

/// A request in a slot.
#[derive(Debug)]
struct Stream {
    slot: usize,
    request: Generation,
    sampler: Sampler,
    cached: usize,
    /// Tokens of the prompt that are in the cache.
    computed: usize,
    generated: usize,
    last: u32,
    started: Instant,
    first_token: Instant,
}

/// Runs requests until their sender is gone.
#[derive(Debug)]
pub(crate) struct Scheduler {
    forward: Forward,
    slots: Slots,
    tokenizer: Tokenizer,
    most_streams: usize,
    waiting: VecDeque<Generation>,
    streams: Vec<Stream>,
    rows: Vec<Row>,
}

impl Scheduler {
    pub(crate) fn new(
        forward: Forward,
        slots: Slots,
        tokenizer: Tokenizer,
        most_streams: usize,
    ) -> Self {
        Self {
            forward,
            slots,
            tokenizer,
            most_streams,
            waiting: VecDeque::new(),
            streams: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Serves `requests`; returns when every sender is dropped.
    pub(crate) fn run(mut self, requests: &Receiver<Generation>) {
        loop {
            if self.streams.is_empty() && self.waiting.is_empty() {
                match requests.recv() {
                    Ok(request) => self.waiting.push_back(request),
                    Err(_) => return,
                }
            }
            loop {
                match requests.try_recv() {
                    Ok(request) => self.waiting.push_back(request),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.drop_abandoned();
            self.admit();
            self.step();
        }
    }

    /// Frees what belongs to clients that hung up.
    fn drop_abandoned(&mut self) {
        self.waiting.retain(|request| !request.events.is_closed());
        let slots = &mut self.slots;
        self.streams.retain(|stream| {
            let abandoned = stream.request.events.is_closed();
            if abandoned {
                slots.release(stream.slot);
            }
            !abandoned
        });
    }

    fn admit(&mut self) {
        while self.streams.len() < self.most_streams
            && let Some(request) = self.waiting.front()
        {
            let length = request.prompt.len() + request.limits.max_tokens;
            let reuse = request.limits.cache_prompt;
            let Some((slot, cached)) = self.slots.admit(&request.prompt, length, reuse) else {
                return;
            };
            let Some(request) = self.waiting.pop_front() else { return };
            let now = Instant::now();
            self.streams.push(Stream {
                slot,
                sampler: Sampler::new(request.limits, self.tokenizer),
                request,
                cached,
                computed: cached,
                generated: 0,
                last: 0,
                started: now,
                first_token: now,
            });
        }
    }

    /// Computes one step: a token for every running answer and a part of the prompts.
    fn step(&mut self) {
        self.rows.clear();
        for stream in self.streams.iter().filter(|stream| stream.generated > 0) {
            self.rows.push(Row {
                slot: stream.slot,
                position: stream.request.prompt.len() + stream.generated - 1,
                token: stream.last,
                logits: true,
            });
        }
        let limit = if self.rows.is_empty() { STEP_ROWS } else { self.rows.len() + MIXED_ROWS };
        for stream in &mut self.streams {
            let prompt = &stream.request.prompt;
            let from = stream.computed;
            let to = prompt.len().min(from + limit.saturating_sub(self.rows.len()));
            self.rows.extend((from..to).map(|position| Row {
                slot: stream.slot,
                position,
                token: prompt[position],
                logits: position + 1 == prompt.len(),
            }));
            stream.computed = to;
        }
        if self.rows.is_empty() {
            return;
        }
        let vocab = self.forward.vocab();
        let logits = self.forward.step(&self.rows, &mut self.slots.caches);
        let mut logits = logits.chunks_exact(vocab);
        // Rows come in the order in which they were made: answers first, then prompts.
        let mut ended = Vec::new();
        for row in &self.rows {
            self.slots.extend(row.slot, &[row.token]);
            if !row.logits {
                continue;
            }
            let index = self.streams.iter().position(|stream| stream.slot == row.slot);
            if let (Some(index), Some(logits)) = (index, logits.next())
                && self.streams[index].advance(logits)
            {
                ended.push(row.slot);
            }
        }
        self.streams.retain(|stream| !ended.contains(&stream.slot));
        for slot in ended {
            self.slots.release(slot);
        }
    }
}

impl Stream {
    /// Takes the next token; returns whether the answer is over.
    fn advance(&mut self, logits: &[f32]) -> bool {
        let token = self.sampler.pick(logits, self.generated);
        let now = Instant::now();
        if self.generated == 0 {
            self.first_token = now;
        }
        let finish = if token == Special::End.id() {
            Some(Finish::Stop)
        } else {
            self.generated += 1;
            self.last = token;
            let _ = self.request.events.send(Event::Token(token));
            (self.generated >= self.request.limits.max_tokens).then_some(Finish::Length)
        };
        let Some(finish) = finish else { return false };
        let predicted_time = match self.generated {
            0 => Duration::ZERO,
            _ => now - self.first_token,
        };
        let stats = Stats {
            prompt_tokens: self.request.prompt.len(),
            cached_tokens: self.cached,
            completion_tokens: self.generated,
            prompt_time: self.first_token - self.started,
            predicted_time,
        };
        let _ = self.request.events.send(Event::Done(finish, stats));
        true
    }
}
