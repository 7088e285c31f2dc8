//! Whether the frames that carried tokens, and no others, were counted.

use std::collections::BTreeSet;

use tachograph_net::Exchange;
use tachograph_session::TrialTurn;

use super::Judge;
use crate::{
    Level,
    answer::{Carries, Message},
    server::{Sent, Streamed},
};

/// How far the first token's time may lie before and after what the server
/// knows: its stamps are taken a little after the client's, and a busy machine
/// wakes the client late.
const BEFORE_NS: u64 = 2_000_000;
const AFTER_NS: u64 = 250_000_000;

impl Judge {
    pub(super) fn places(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        let deltas = &turn.record.deltas;
        let Some(exchange) =
            deltas.first().and_then(|delta| turn.record.exchanges.get(delta.exchange))
        else {
            return;
        };
        let frames = deltas.iter().map(|delta| (delta.exchange, delta.frame));
        let frames = frames.collect::<BTreeSet<_>>().len();
        let of = |carries| {
            let messages = streamed.rendered.messages.iter();
            messages.filter(|message| message.carries == carries).count()
        };
        let (sure, maybe) = (of(Carries::Text), of(Carries::Maybe));
        self.check(
            "frames",
            Level::Required,
            (sure..=sure + maybe).contains(&frames),
            match maybe {
                0 => format!("{sure} frames with tokens"),
                _ => format!("{sure} to {} frames with tokens", sure + maybe),
            },
            format!("{frames} frames"),
            match frames < sure {
                true => "a delta was dropped: a frame with text was not counted",
                false => {
                    "a frame without generated text, such as one with the role alone, was counted"
                }
            },
        );
        let sent = |(message, sent): (&Message, &Sent)| (message.carries, *sent);
        let sent: Vec<(Carries, Sent)> =
            streamed.rendered.messages.iter().zip(&streamed.sent).map(sent).collect();
        let counts = |(carries, _): &&(Carries, Sent)| *carries != Carries::Nothing;
        let sure = |(carries, _): &&(Carries, Sent)| *carries == Carries::Text;
        if let (Some((_, least)), Some((_, most))) =
            (sent.iter().find(counts), sent.iter().find(sure))
        {
            let reads = read_at(exchange, least.start)..=read_at(exchange, most.end - 1);
            let found = deltas.iter().map(|delta| delta.read).min().unwrap_or_default();
            self.check(
                "first-token",
                Level::Required,
                reads.contains(&found),
                format!("read {} of the stream", range(&reads)),
                format!("read {found}"),
                match found < *reads.start() {
                    true => {
                        "a frame before the first token was taken for it, such as the one with the \
                         role: the time to the first token is too short"
                    }
                    false => "the first token was taken for nothing: its time is too long",
                },
            );
        }
        if let (Some((_, least)), Some((_, most))) =
            (sent.iter().rfind(sure), sent.iter().rfind(counts))
        {
            let reads = read_at(exchange, least.start)..=read_at(exchange, most.end - 1);
            let found = deltas.last().map_or(0, |delta| delta.read);
            self.check(
                "last-token",
                Level::Required,
                reads.contains(&found),
                format!("read {} of the stream", range(&reads)),
                format!("read {found}"),
                match found < *reads.start() {
                    true => "a delta was dropped: the last token was not counted",
                    false => {
                        "a frame after the last token, such as the one with counts, was counted"
                    }
                },
            );
        }
    }

    /// The time of the first token against the server's own clock.
    pub(super) fn first_token_time(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        let first =
            streamed.rendered.message_of_piece(0).and_then(|first| streamed.sent.get(first));
        let times = &turn.sample.times;
        let (Some(first), Some(sent), Some(token)) = (first, times.sent_ns, times.first_token_ns)
        else {
            return;
        };
        let expected = first.began.since(streamed.asked);
        let found = token.saturating_sub(sent);
        let fits = found + BEFORE_NS >= expected && found <= expected + AFTER_NS;
        let ms = |ns: u64| format!("{:.1} ms", ns as f64 / 1e6);
        self.check(
            "first-token-time",
            Level::Required,
            fits,
            // A passed check says the same on every machine.
            if fits { "the server's time".to_owned() } else { ms(expected) },
            if fits { "the same".to_owned() } else { ms(found) },
            match found < expected {
                true => "the time to the first token is shorter than the server took",
                false => "the time to the first token is longer than the server took",
            },
        );
    }
}

fn range(reads: &std::ops::RangeInclusive<usize>) -> String {
    match reads.start() == reads.end() {
        true => reads.start().to_string(),
        false => format!("{} to {}", reads.start(), reads.end()),
    }
}

/// The read that brought the byte at this place of the body.
fn read_at(exchange: &Exchange, place: u64) -> usize {
    let mut end = 0;
    for (index, read) in exchange.reads.iter().enumerate() {
        end += u64::from(read.len);
        if place < end {
            return index;
        }
    }
    exchange.reads.len().saturating_sub(1)
}
