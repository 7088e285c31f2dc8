//! What one client process measured, compared with what the server did.

use serde::{Deserialize, Serialize};
use tachograph_net::{Clock, Framing, Read, Stamp, frames};

use crate::Fallible;
use crate::anchor::Anchor;
use crate::schedule::{Schedule, TTFT};
use crate::usage;

/// One finished stream, from either client.
pub(crate) struct Stream {
    pub(crate) started: Stamp,
    pub(crate) reads: Vec<Read>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: Stamp,
}

/// Nanoseconds, but for shares and counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Reported TTFT less the server's: both ways through loopback, kernel and client.
    pub(crate) ttft_error: Option<Spread>,
    /// How long after the step began each request was sent.
    pub(crate) send_late: Spread,
    /// Absolute difference of each gap to the server's.
    pub(crate) gap_error: Option<Spread>,
    /// Mean share of the streams asked for that were in flight during the schedule.
    pub(crate) held: Option<f64>,
    pub(crate) events_per_s: f64,
    pub(crate) cpu_ns: Option<u64>,
    pub(crate) tokens: u64,
    pub(crate) peak_rss: Option<u64>,
    pub(crate) body_bytes: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

#[derive(Deserialize)]
struct Log {
    received: u64,
    sent: Vec<u64>,
}

/// CPU time up to the start of the measured part.
pub(crate) struct Meter {
    anchor: Anchor,
    begun: Stamp,
    cpu: Option<u64>,
}

impl Meter {
    pub(crate) fn start() -> Meter {
        let (anchor, cpu) = (Anchor::take(), usage::cpu_ns());
        Meter { anchor, begun: Clock::now(), cpu }
    }

    /// Sets when the requests should leave, if that is not at once.
    pub(crate) fn begins(&mut self, due: Stamp) {
        self.begun = due;
    }

    /// Call as soon as the last stream has ended.
    pub(crate) fn stop(self, schedule: Schedule, streams: &[Stream]) -> Fallible<Outcome> {
        let cpu_ns = usage::cpu_ns().zip(self.cpu).map(|(now, then)| now - then);
        let peak_rss = usage::peak_rss();
        if self.anchor.drift() > 5_000 {
            return Err("the wall clock was stepped during the run".into());
        }
        let first = streams.iter().map(|stream| stream.started).min().ok_or("no stream")?;
        let last = streams.iter().map(|stream| stream.end).max().ok_or("no stream")?;
        let tokens = (schedule.tokens * schedule.streams) as u64;
        let mut outcome = Outcome {
            ttft_error: None,
            send_late: Spread::of(
                streams.iter().map(|stream| stream.started.since(self.begun) as f64).collect(),
            ),
            gap_error: None,
            held: None,
            events_per_s: tokens as f64 / last.since(first) as f64 * 1e9,
            cpu_ns,
            tokens,
            peak_rss,
            body_bytes: streams.iter().map(|stream| stream.body.len() as u64).sum(),
        };
        if !schedule.is_flood() {
            outcome.held = Some(held(schedule, streams, first));
            self.errors(schedule, streams, &mut outcome)?;
        }
        Ok(outcome)
    }

    fn errors(
        &self,
        schedule: Schedule,
        streams: &[Stream],
        outcome: &mut Outcome,
    ) -> Fallible<()> {
        let (mut ttft, mut gaps) = (Vec::new(), Vec::new());
        for stream in streams {
            let mut found = frames(Framing::Sse, &stream.body, &stream.reads);
            let log = found.pop().ok_or("a stream without events")?;
            let log: Log = serde_json::from_slice(&log.data)?;
            if found.len() != schedule.tokens || log.sent.len() != schedule.tokens {
                return Err(format!("{} events came", found.len()).into());
            }
            let at: Vec<u64> =
                found.iter().map(|frame| self.anchor.shared(stream.reads[frame.read].at)).collect();
            let reported = at[0] - self.anchor.shared(stream.started);
            let real = log.sent[0] - log.received;
            ttft.push(reported as f64 - real as f64);
            for (seen, sent) in at.windows(2).zip(log.sent.windows(2)) {
                gaps.push((seen[1] - seen[0]).abs_diff(sent[1] - sent[0]) as f64);
            }
        }
        outcome.ttft_error = Some(Spread::of(ttft));
        outcome.gap_error = Some(Spread::of(gaps));
        Ok(())
    }
}

/// Mean share of streams in flight over the window in which all of them should be: from a tenth of
/// the TTFT after the first start until the shortest stream of the schedule is done.
fn held(schedule: Schedule, streams: &[Stream], first: Stamp) -> f64 {
    let (from, to) = (first.after(TTFT / 10), first.after(schedule.shortest()));
    let inside: u64 =
        streams.iter().map(|stream| stream.end.min(to).since(stream.started.max(from))).sum();
    inside as f64 / (to.since(from) * schedule.streams as u64) as f64
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Spread { mean, p50: quantile(&values, 0.50), p99: quantile(&values, 0.99) }
    }
}

/// Linear interpolation over sorted values.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
