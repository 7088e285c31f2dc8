//! A figure's observations, taken from the samples of a result.
//!
//! The reads of a sample stay on the tape, so the tokens of the first read are
//! not known here: the decode phase is taken as N_out − 1 tokens. That puts the
//! same factor on both runs, and the ratio is set to that of the stated figures.

use std::collections::BTreeMap;

use tachograph_model::{MetricSource, Sample};

use crate::{
    Measured, Nanos, Random, Share, aggregate_share,
    bootstrap::{median_of_medians, rate_of_sums},
    client_prefill_share,
    compare::{RatioInterval, median_ratio, rate_ratio},
    e2e,
    report::trial_wall,
    response, server_decode_share, server_prefill_share, ttfo, ttft,
};

/// Observations by trial.
pub(crate) enum Observed {
    /// Their median in each trial counts, then the median over trials.
    Values(BTreeMap<u32, Vec<f64>>),
    /// Σ tokens ÷ Σ time.
    Shares(BTreeMap<u32, Vec<Share>>),
}

impl Observed {
    /// The observations behind a figure, over samples that were answered; none
    /// for figures that samples alone do not give.
    pub(crate) fn of(name: &str, source: MetricSource, done: &[&Sample]) -> Option<Self> {
        let times = |of: fn(&Sample) -> Measured<Nanos>| {
            values(done.iter().filter_map(|s| Some((s.trial, of(s).ok()?.as_ms()))))
        };
        let sums = |of: fn(&Sample) -> Option<Share>| shares(done, of);
        Some(match (name, source) {
            ("ttft_ms", _) => times(ttft),
            ("ttfo_ms", _) => times(ttfo),
            ("e2e_ms", _) => times(e2e),
            ("response_ms", _) => times(response),
            ("tpot_ms", _) => values(done.iter().filter_map(|s| {
                let share = decode(s)?;
                Some((s.trial, share.time.as_ms() / share.tokens as f64))
            })),
            ("decode_tps", _) => sums(decode),
            ("stream_tps", _) => {
                values(done.iter().filter_map(|s| Some((s.trial, decode(s)?.rate()?.0))))
            }
            ("stream_e2e_tps", _) => values(done.iter().filter_map(|s| {
                let share = Share { tokens: s.tokens.output?, time: e2e(s).ok()? };
                Some((s.trial, share.rate()?.0))
            })),
            ("prefill_tps", MetricSource::Server) | ("server_prefill_tps", _) => {
                sums(|s| server_prefill_share(s).ok())
            }
            ("prefill_tps" | "client_prefill_tps", _) => sums(|s| client_prefill_share(s).ok()),
            ("server_decode_tps", _) => sums(|s| server_decode_share(s).ok()),
            ("aggregate_tps", _) => {
                let steps = by_trial(done);
                let share = |step: Vec<&Sample>| aggregate_share(step).ok().into_iter().collect();
                Self::Shares(steps.into_iter().map(|(trial, step)| (trial, share(step))).collect())
            }
            ("wall_ms", _) => {
                let walls = trial_wall(done).into_iter();
                values(walls.filter_map(|(trial, wall)| Some((trial, wall.ok()?))))
            }
            ("model_ms", _) => {
                let total = |step: &Vec<&Sample>| {
                    step.iter().map(|s| e2e(s).map(Nanos::as_ms)).sum::<Measured<f64>>().ok()
                };
                let totals = by_trial(done).into_iter();
                values(totals.filter_map(|(trial, step)| Some((trial, total(&step)?))))
            }
            _ => return None,
        })
    }

    /// B ÷ A with its interval.
    pub(crate) fn ratio(
        a: &Self,
        b: &Self,
        random: Random,
    ) -> Option<(f64, Option<RatioInterval>)> {
        match (a, b) {
            (Self::Values(a), Self::Values(b)) => median_ratio(&rows(a), &rows(b), random),
            (Self::Shares(a), Self::Shares(b)) => rate_ratio(&rows(a), &rows(b), random),
            _ => None,
        }
    }

    /// One value a trial, where it has one.
    pub(crate) fn by_trial(&self) -> BTreeMap<u32, f64> {
        match self {
            Self::Values(trials) => each(trials, median_of_medians),
            Self::Shares(trials) => each(trials, rate_of_sums),
        }
    }
}

fn rows<T: Clone>(trials: &BTreeMap<u32, Vec<T>>) -> Vec<Vec<T>> {
    trials.values().cloned().collect()
}

fn each<T: Clone>(
    trials: &BTreeMap<u32, Vec<T>>,
    statistic: fn(&mut [Vec<T>]) -> Option<f64>,
) -> BTreeMap<u32, f64> {
    let filled = trials.iter().filter(|(_, trial)| !trial.is_empty());
    filled.filter_map(|(&at, trial)| Some((at, statistic(&mut [trial.clone()])?))).collect()
}

/// The decode phase without its reads: N_out − 1 tokens from the first to the
/// last token-bearing read.
fn decode(sample: &Sample) -> Option<Share> {
    let tokens = sample.tokens.output?.checked_sub(1).filter(|&tokens| tokens > 0)?;
    let time = Nanos::between(sample.times.first_token_ns?, sample.times.last_token_ns?)?;
    (time.0 > 0).then_some(Share { tokens, time })
}

fn values(observations: impl Iterator<Item = (u32, f64)>) -> Observed {
    let mut trials: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (trial, value) in observations {
        trials.entry(trial).or_default().push(value);
    }
    Observed::Values(trials)
}

fn shares(done: &[&Sample], of: fn(&Sample) -> Option<Share>) -> Observed {
    let trials = by_trial(done).into_iter();
    let each = |step: Vec<&Sample>| step.into_iter().filter_map(of).collect();
    Observed::Shares(trials.map(|(trial, step)| (trial, each(step))).collect())
}

fn by_trial<'a>(samples: &[&'a Sample]) -> BTreeMap<u32, Vec<&'a Sample>> {
    let mut trials: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        trials.entry(sample.trial).or_default().push(sample);
    }
    trials
}
