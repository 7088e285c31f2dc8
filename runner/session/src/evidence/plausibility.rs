//! Could this tape have been recorded? Stamps in order, sizes that add up, gaps
//! that a clock and a network give, and no time that the server says it needed
//! and the tape does not have.

use std::collections::BTreeSet;

use tachograph_model::{Check, CheckOutcome, Sample, Step};
use tachograph_net::{Exchange, Stamp};

use super::Exhibit;

const NAME: &str = "tape-plausibility";
/// Gaps of a stream below which its rhythm says nothing.
const RHYTHM: usize = 32;
/// Nanoseconds that the gaps of a stream scatter at least: no system wakes up
/// more regularly.
const LEAST_SCATTER: f64 = 2_000.0;
/// Stamps from which on it shows that all are round.
const MANY: u32 = 64;
/// Nanoseconds that a round stamp is a multiple of.
const ROUND: u64 = 1_000;
/// Nanoseconds, and the share of a stream, that may lie between its last byte
/// and its end.
const TAIL: (u64, f64) = (250_000_000, 0.25);
/// By how much a server's own times may pass the client's: share and nanoseconds.
const SERVER: (f64, u64) = (0.05, 10_000_000);
/// By how much the metered time of steps may pass that of their stamps, for what
/// guests do before and after: factor, and nanoseconds a step.
const METER: (f64, u64) = (1.5, 300_000_000);
/// By how much the stamps of steps may pass the metered time: share and nanoseconds.
const CLOCK: (f64, u64) = (0.02, 20_000_000);

/// Looks at every exchange of the workloads.
#[derive(Debug, Default)]
pub(crate) struct Plausibility {
    exchanges: u32,
    stamps: u32,
    round: u32,
    steps: u32,
    stamped_ns: u64,
    metered_ns: u64,
    faults: Vec<String>,
}

impl Plausibility {
    pub(super) fn see(&mut self, exhibit: &Exhibit<'_>) {
        let name = exhibit.name();
        for exchange in exhibit.exchanges {
            self.exchanges += 1;
            self.stamps += u32::try_from(exchange.reads.len()).unwrap_or(u32::MAX);
            let round = exchange.reads.iter().filter(|read| read.at.0 % ROUND == 0).count();
            self.round += u32::try_from(round).unwrap_or(u32::MAX);
            let found = [stamps(exchange), sizes(exchange)].into_iter().flatten();
            self.faults.extend(found.map(|fault| format!("{name}: {fault}")));
        }
        let outran = exhibit.counts().then(|| outran(exhibit.sample)).flatten();
        self.faults.extend(outran.map(|fault| format!("{name}: {fault}")));
    }

    /// Adds a step whose wall time was metered apart from its stamps.
    pub(super) fn step(&mut self, step: &Step, samples: &[&Sample], wall_ns: Option<u64>) {
        let waits = step.requests.iter().any(|request| request.delay_ms > 0);
        // A request that was sent again leaves its earlier tries out of its times.
        let again = samples.iter().any(|s| s.flags.iter().any(|f| f.code == "rate-limited"));
        let first = samples.iter().map(|sample| sample.times.scheduled_ns).min();
        let last = samples.iter().filter_map(|sample| sample.times.end_ns).max();
        let (Some(first), Some(last), Some(wall)) = (first, last, wall_ns) else { return };
        if waits || again || first == 0 {
            return;
        }
        self.steps += 1;
        self.stamped_ns += last.saturating_sub(first);
        self.metered_ns += wall;
    }

    pub(super) fn check(mut self) -> Check {
        if self.stamps >= MANY && self.round == self.stamps {
            let n = self.stamps;
            self.faults.push(format!("all {n} stamps are whole microseconds"));
        }
        self.faults.extend(self.against_the_meter());
        let n = self.exchanges;
        let (outcome, reason) = match (self.faults.first(), n) {
            (Some(first), _) => {
                let more = match self.faults.len() - 1 {
                    0 => String::new(),
                    more => format!("; and {more} more"),
                };
                (CheckOutcome::Fail, format!("{first}{more}"))
            }
            (None, 0) => (CheckOutcome::Unknown, "the tape holds no exchange".to_owned()),
            (None, n) => (
                CheckOutcome::Pass,
                format!("{n} exchanges: stamps in order, sizes that add up, gaps of a real clock"),
            ),
        };
        Check::new(NAME, outcome, reason)
            .with("exchanges", f64::from(n))
            .with("stamped_ns", self.stamped_ns as f64)
            .with("metered_ns", self.metered_ns as f64)
    }

    fn against_the_meter(&self) -> Option<String> {
        let (stamped, metered) = (self.stamped_ns as f64, self.metered_ns as f64);
        let allowed = stamped * METER.0 + f64::from(self.steps) * METER.1 as f64;
        let least = metered * (1.0 + CLOCK.0) + f64::from(self.steps) * CLOCK.1 as f64;
        (self.steps > 0 && (metered > allowed || stamped > least)).then(|| {
            format!(
                "the stamps of {} steps span {:.2} s, and the harness metered {:.2} s",
                self.steps,
                stamped / 1e9,
                metered / 1e9
            )
        })
    }
}

/// What no clock could have stamped. The body is not looked at.
pub(crate) fn stamps(exchange: &Exchange) -> Option<String> {
    disorder(exchange).or_else(|| rhythm(exchange)).or_else(|| tail(exchange))
}

/// Stamps that go back.
fn disorder(exchange: &Exchange) -> Option<String> {
    let timing = &exchange.timing;
    let reads = exchange.reads.iter().map(|read| read.at);
    let course: Vec<Stamp> = std::iter::once(timing.started)
        .chain(timing.headers)
        .chain(reads)
        .chain([timing.end])
        .collect();
    let sent = timing.written.is_some_and(|written| written < timing.started);
    if sent || !course.is_sorted() {
        return Some("its stamps go back".to_owned());
    }
    let ends = |read: Option<&tachograph_net::Read>| read.map(|read| read.at);
    let named = (timing.first_byte, timing.last_byte);
    let seen = (ends(exchange.reads.first()), ends(exchange.reads.last()));
    (named != seen).then(|| "its first and last byte are not its reads'".to_owned())
}

/// Reads that do not add up to the body.
fn sizes(exchange: &Exchange) -> Option<String> {
    let read: u64 = exchange.reads.iter().map(|read| u64::from(read.len)).sum();
    let body = exchange.body.len() as u64;
    if read != body {
        return Some(format!("its reads hold {read} bytes and its body {body}"));
    }
    let stated = exchange.head.as_ref().and_then(|head| head.header("content-length"));
    let stated: u64 = stated?.trim().parse().ok()?;
    (exchange.error.is_none() && stated != body)
        .then(|| format!("its body has {body} bytes and was announced with {stated}"))
}

/// Gaps too regular for any clock.
fn rhythm(exchange: &Exchange) -> Option<String> {
    let gaps: Vec<u64> =
        exchange.reads.windows(2).map(|pair| pair[1].at.since(pair[0].at)).collect();
    if gaps.len() < RHYTHM {
        return None;
    }
    let n = gaps.len() as f64;
    let different = gaps.iter().collect::<BTreeSet<_>>().len();
    let mean = gaps.iter().map(|gap| *gap as f64).sum::<f64>() / n;
    let scatter = (gaps.iter().map(|gap| (*gap as f64 - mean).powi(2)).sum::<f64>() / n).sqrt();
    (different * 4 < gaps.len() || (scatter < LEAST_SCATTER && mean > 50.0 * LEAST_SCATTER)).then(
        || {
            let gaps = gaps.len();
            format!("{gaps} gaps have {different} lengths that scatter by {scatter:.0} ns")
        },
    )
}

/// Silence between the last byte and the end of a stream that was not cut.
fn tail(exchange: &Exchange) -> Option<String> {
    let timing = &exchange.timing;
    let (last, written) = (timing.last_byte?, timing.written?);
    let (tail, all) = (timing.end.since(last), timing.end.since(written));
    let long = tail > TAIL.0 && tail as f64 > all as f64 * TAIL.1;
    (long && exchange.error.is_none() && exchange.reads.len() >= 8).then(|| {
        let (tail, all) = (tail as f64 / 1e9, all as f64 / 1e9);
        format!("nothing came in the last {tail:.2} s of {all:.2} s: frames are missing")
    })
}

/// A server that worked longer than the client waited.
fn outran(sample: &Sample) -> Option<String> {
    let server = sample.server.as_ref()?;
    let worked = server.prompt_ns.unwrap_or(0).checked_add(server.decode_ns?)?;
    let waited = sample.times.end_ns?.saturating_sub(sample.times.sent_ns?);
    let allowed = waited as f64 * (1.0 + SERVER.0) + SERVER.1 as f64;
    (worked as f64 > allowed).then(|| {
        let (worked, waited) = (worked as f64 / 1e9, waited as f64 / 1e9);
        format!("the server worked {worked:.3} s for what arrived within {waited:.3} s")
    })
}

#[cfg(test)]
mod tests;
