//! Whether a machine kept its pace over the trials of a workload.
//!
//! Every step has one observation: the mean E2E of its requests, each over the
//! mean of all requests like it. A line is laid through these over time, within
//! each kind of step, so that a plan that goes through its conditions one after
//! another shows no false drift. The slope times the length of the workload is
//! the drift; what the line leaves is the scatter.

use std::collections::BTreeMap;

use tachograph_model::{Phase, Sample, Steadiness, SteadyState};

use crate::{compare::student_975, e2e};

/// Trials from which on a drift can be told from chance.
const LEAST_TRIALS: u32 = 5;
/// A drift below this share does not matter.
const LEAST_DRIFT: f64 = 0.05;
/// A scatter above this share is noise.
const MOST_SCATTER: f64 = 0.10;

/// One step: when it began, and its time over the mean of its kind.
struct Observed {
    at: f64,
    time: f64,
}

/// Whether the measured samples show a drift, a scatter, or neither.
///
/// `drift` is the least-squares slope over the length of the workload; it
/// counts when it is beyond the two-sided 95 % bound of its error (Student's t)
/// and at least 5 %. `scatter` is the residual standard deviation; it counts
/// from 10 % on.
pub fn steadiness(samples: &[Sample]) -> Steadiness {
    let measured: Vec<&Sample> = samples.iter().filter(|s| s.phase == Phase::Measure).collect();
    let trials = measured.iter().map(|s| s.trial + 1).max().unwrap_or(0);
    let kinds = kinds(&measured);
    match line(&kinds) {
        Some(line) if trials >= LEAST_TRIALS => line.judge(trials),
        _ => Steadiness {
            state: SteadyState::NotReached,
            trials,
            drift: None,
            scatter: None,
            reason: format!("{trials} trials; a drift shows from {LEAST_TRIALS} on"),
        },
    }
}

/// Steps of a kind: the same conditions and requests.
type Kind = (Vec<(String, i64)>, u32);

fn kinds(samples: &[&Sample]) -> Vec<Vec<Observed>> {
    let kind_of = |s: &Sample| -> Kind {
        (s.condition.iter().map(|(name, at)| (name.clone(), *at)).collect(), s.concurrency)
    };
    let mut of_request: BTreeMap<(Kind, &str), Vec<(&Sample, f64)>> = BTreeMap::new();
    for sample in samples {
        if let Ok(time) = e2e(sample) {
            let seen = of_request.entry((kind_of(sample), &sample.request)).or_default();
            seen.push((sample, time.as_ms()));
        }
    }
    let mut steps: BTreeMap<(Kind, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for ((kind, _), seen) in &of_request {
        let mean = seen.iter().map(|(_, time)| time).sum::<f64>() / seen.len() as f64;
        for (sample, time) in seen {
            let at = sample.times.sent_ns.unwrap_or(sample.times.scheduled_ns) as f64;
            let step = steps.entry((kind.clone(), &sample.step)).or_default();
            step.push((at, time / mean));
        }
    }
    let mut kinds: BTreeMap<Kind, Vec<Observed>> = BTreeMap::new();
    for ((kind, _), seen) in steps {
        let n = seen.len() as f64;
        let at = seen.iter().map(|(at, _)| *at).fold(f64::INFINITY, f64::min);
        let time = seen.iter().map(|(_, time)| time).sum::<f64>() / n;
        kinds.entry(kind).or_default().push(Observed { at, time });
    }
    kinds.into_values().filter(|steps| steps.len() > 1).collect()
}

/// A common slope through all kinds, each with its own level.
struct Line {
    drift: f64,
    scatter: f64,
    /// The drift over the 95 % bound of its error.
    strength: f64,
}

fn line(kinds: &[Vec<Observed>]) -> Option<Line> {
    let all = || kinds.iter().flatten();
    let n = all().count();
    let freedom = n.checked_sub(kinds.len() + 1).filter(|&left| left > 0)? as f64;
    let first = all().map(|o| o.at).fold(f64::INFINITY, f64::min);
    let last = all().map(|o| o.at).fold(f64::NEG_INFINITY, f64::max);
    let length = last - first;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for kind in kinds {
        let n = kind.len() as f64;
        let mean_at = kind.iter().map(|o| o.at).sum::<f64>() / n;
        let mean_time = kind.iter().map(|o| o.time).sum::<f64>() / n;
        for o in kind {
            let (x, y) = ((o.at - mean_at) / length, o.time - mean_time);
            (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        }
    }
    if !(length > 0.0 && xx > 0.0) {
        return None;
    }
    let drift = xy / xx;
    let residual = (yy - drift * xy).max(0.0) / freedom;
    let bound = student_975(freedom) * (residual / xx).sqrt();
    let strength = if bound > 0.0 { drift.abs() / bound } else { f64::INFINITY };
    Some(Line { drift, scatter: residual.sqrt(), strength })
}

impl Line {
    fn judge(self, trials: u32) -> Steadiness {
        let Self { drift, scatter, strength } = self;
        let (state, reason) = if strength > 1.0 && drift.abs() >= LEAST_DRIFT {
            let word = if drift > 0.0 { "slower" } else { "faster" };
            let percent = drift.abs() * 100.0;
            (SteadyState::Drifting, format!("{percent:.0} % {word} at the end than at the start"))
        } else if scatter > MOST_SCATTER {
            let percent = scatter * 100.0;
            (SteadyState::Noisy, format!("trials differ by {percent:.0} % (standard deviation)"))
        } else {
            let percent = scatter * 100.0;
            (SteadyState::Steady, format!("no drift; trials differ by {percent:.1} %"))
        };
        Steadiness { state, trials, drift: Some(drift), scatter: Some(scatter), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Random, fixture};

    /// Trials of one request each, whose times are these, one after another.
    fn trials(times_ms: &[f64], condition: i64, from_ns: u64) -> Vec<Sample> {
        let mut at = from_ns;
        let mut out = Vec::new();
        for (trial, &ms) in (0..).zip(times_ms) {
            let ns = (ms * 1e6) as u64;
            let mut sample = fixture::sample(2, ns / 2, ns / 2);
            sample.trial = trial;
            sample.step = format!("{condition}/{trial}");
            sample.condition.insert("context".to_owned(), condition);
            let times = &mut sample.times;
            let base = times.sent_ns.unwrap();
            for t in [&mut times.sent_ns, &mut times.first_token_ns, &mut times.last_token_ns] {
                *t = t.map(|t| t - base + at);
            }
            at += ns;
            out.push(sample);
        }
        out
    }

    #[test]
    fn even_trials_are_steady() {
        let found = steadiness(&trials(&[100.0, 101.0, 99.0, 100.5, 99.5, 100.0], 1, 0));
        assert_eq!(found.state, SteadyState::Steady, "{found:?}");
        assert!(found.scatter.unwrap() < 0.02);
    }

    /// S0.119: later iterations are slower on a machine that gets hot.
    #[test]
    fn a_machine_that_slows_down_drifts() {
        let found = steadiness(&trials(&[100.0, 104.0, 109.0, 113.0, 118.0, 122.0], 1, 0));
        assert_eq!(found.state, SteadyState::Drifting);
        assert!((0.18..0.22).contains(&found.drift.unwrap()), "{found:?}");
        assert!(found.reason.ends_with("slower at the end than at the start"), "{found:?}");
    }

    #[test]
    fn uneven_trials_are_noisy() {
        let found = steadiness(&trials(&[100.0, 140.0, 90.0, 150.0, 80.0, 120.0], 1, 0));
        assert_eq!(found.state, SteadyState::Noisy, "{found:?}");
    }

    #[test]
    fn conditions_one_after_another_are_no_drift() {
        let mut samples = trials(&[100.0, 101.0, 99.0, 100.0, 100.0], 1, 0);
        samples.extend(trials(&[900.0, 905.0, 895.0, 900.0, 902.0], 2, 600_000_000));
        assert_eq!(steadiness(&samples).state, SteadyState::Steady);
    }

    #[test]
    fn few_trials_tell_nothing() {
        let found = steadiness(&trials(&[100.0, 150.0, 200.0], 1, 0));
        assert_eq!((found.state, found.drift), (SteadyState::NotReached, None));
        assert_eq!(steadiness(&[]).trials, 0);
    }

    /// Of seeded runs without a drift, about one in twenty is beyond the bound
    /// of chance; most of those are below 5 % and stay steady.
    #[test]
    fn chance_is_seldom_called_a_drift() {
        let mut random = Random::new(7);
        let mut drifting = 0;
        for _ in 0..400 {
            let mut uniform = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
            let times: Vec<f64> = (0..8).map(|_| 100.0 * (1.0 + 0.2 * uniform())).collect();
            let found = steadiness(&trials(&times, 1, 0));
            drifting += u32::from(found.state == SteadyState::Drifting);
        }
        assert!((5..=36).contains(&drifting), "{drifting} of 400");
    }
}
