//! The headline figures that every workload gives.

use std::collections::{BTreeMap, BTreeSet};

use tachograph_model::{Metric, MetricSource, Sample, SampleStatus};

use super::table::{answered, ms, value_of};
use crate::{
    Measured, Nanos, Quantile, Random, Unmeasured, client_prefill_share, connect, decode_share,
    e2e, flags, hit_rate, itl, percentile, prefill_share, response, server_decode_share,
    server_prefill_share, step_wall, tpot, trials, ttfo, ttft,
};

/// The headline figures over the measured samples of a workload, by name.
///
/// Times are medians of trials; rates are Σ tokens ÷ Σ time. `prefill_tps`
/// prefers the server's clock and says so in its source; `decode_tps` is always
/// by the host's clock. `cold` says that no prompt shares a prefix with an
/// earlier one: there is then no hit rate to report.
pub fn headline(samples: &[&Sample], cold: bool, random: &Random) -> BTreeMap<String, Metric> {
    use MetricSource::{Client, Server};
    let done = answered(samples);
    let mut out = BTreeMap::new();
    let mut put = |name: &str, metric: Metric| {
        out.insert(name.to_owned(), metric);
    };
    let times = |of: fn(&Sample) -> Measured<Nanos>| {
        trials::of_values("ms", Client, done.iter().map(|s| ms(s, of(s))), random)
    };
    let counts = |of: fn(&Sample) -> Measured<u64>| {
        let counted = done.iter().map(|s| (s.trial, of(s).map(|n| n as f64)));
        let by_server = done.iter().all(|s| s.tokens.source.is_none_or(flags::ranks));
        let source = if by_server { Server } else { Client };
        trials::of_values("tokens", source, counted, random)
    };
    put("ttft_ms", times(ttft));
    put("tpot_ms", times(tpot));
    put("e2e_ms", times(e2e));
    put("response_ms", times(response));
    if done.iter().any(|s| thinks(s)) {
        put("ttfo_ms", times(ttfo));
    }
    if done.iter().any(|s| s.times.connect_ns.is_some()) {
        let opened = done.iter().filter(|s| s.times.connect_ns.is_some());
        let times = opened.map(|s| ms(s, connect(s)));
        put("connect_ms", trials::of_values("ms", Client, times, random));
    }
    put("prompt_tokens", counts(|s| s.tokens.prompt.ok_or(Unmeasured::PromptUncounted)));
    put("output_tokens", counts(|s| s.tokens.output.ok_or(Unmeasured::OutputUncounted)));

    let all_by_server = !done.is_empty() && done.iter().all(|s| server_prefill_share(s).is_ok());
    put(
        "prefill_tps",
        if all_by_server {
            let shares = done.iter().map(|s| (s.trial, prefill_share(s).0));
            trials::of_shares(Server, shares, random)
        } else {
            let shares = done.iter().map(|s| (s.trial, client_prefill_share(s)));
            trials::of_shares(Client, shares, random)
        },
    );
    let shares = done.iter().map(|s| (s.trial, client_prefill_share(s)));
    put("client_prefill_tps", trials::of_shares(Client, shares, random));
    let shares = done.iter().map(|s| (s.trial, decode_share(s)));
    put("decode_tps", trials::of_shares(Client, shares, random));
    if done.iter().any(|s| server_prefill_share(s).is_ok()) {
        let shares = done.iter().map(|s| (s.trial, server_prefill_share(s)));
        put("server_prefill_tps", trials::of_shares(Server, shares, random));
    }
    if done.iter().any(|s| server_decode_share(s).is_ok()) {
        let shares = done.iter().map(|s| (s.trial, server_decode_share(s)));
        put("server_decode_tps", trials::of_shares(Server, shares, random));
    }
    put("decode_p50_latency_ms", itl_metric(&done, Quantile::P50));
    put("decode_p95_latency_ms", itl_metric(&done, Quantile::P95));
    put("wall_ms", trials::of_values("ms", Client, trial_wall(samples), random));
    put(
        "prefix_cache_hit_rate",
        if cold {
            let why = Unmeasured::ColdByDesign.to_string();
            Metric::unmeasured("ratio", done.len(), Server, why)
        } else {
            value_of("ratio", done.len(), Server, hit_rate(done.iter().copied()))
        },
    );
    out.extend(request_counts(samples));
    out
}

/// `requests` that were answered and `failed_requests`, by name.
pub fn request_counts(samples: &[&Sample]) -> [(String, Metric); 2] {
    let with = |status| samples.iter().filter(|s| s.status == status).count();
    let count = |name: &str, n: usize| {
        let metric = Metric::measured(n as f64, "count", samples.len(), MetricSource::Client);
        (name.to_owned(), metric)
    };
    [
        count("requests", with(SampleStatus::Ok)),
        count("failed_requests", with(SampleStatus::Failed)),
    ]
}

/// A percentile of the latencies of single output tokens, over all requests.
/// `n` is the number of tokens; a percentile that needs more is not given.
pub fn itl_metric(samples: &[&Sample], quantile: Quantile) -> Metric {
    let (mut latencies, mut why) = (Vec::new(), None);
    for sample in samples {
        match itl(sample) {
            Ok(tokens) => latencies.extend(tokens.iter().map(|ns| ns / 1e6)),
            Err(reason) => why = why.or(Some(reason)),
        }
    }
    let n = latencies.len();
    match (percentile(&latencies, quantile), why) {
        (Err(_), Some(why)) if n == 0 => {
            Metric::unmeasured("ms", 0, MetricSource::Client, why.to_string())
        }
        (Err(_), None) if n == 0 => {
            let why = Unmeasured::NoSamples.to_string();
            Metric::unmeasured("ms", 0, MetricSource::Client, why)
        }
        (value, _) => value_of("ms", n, MetricSource::Client, value),
    }
}

/// The wall time of each trial in milliseconds: the sum over its steps of the
/// time from the first send to the last byte, delays included. Time between
/// steps is the harness's own and is left out.
pub fn trial_wall(samples: &[&Sample]) -> Vec<(u32, Measured<f64>)> {
    let mut steps: BTreeMap<(u32, &str), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        steps.entry((sample.trial, &sample.step)).or_default().push(sample);
    }
    let all: BTreeSet<u32> = steps.keys().map(|(trial, _)| *trial).collect();
    let wall = |trial: u32| {
        let walls = steps.range((trial, "")..).take_while(|((t, _), _)| *t == trial);
        walls.map(|(_, step)| step_wall(step.iter().copied()).map(Nanos::as_ms)).sum()
    };
    all.into_iter().map(|trial| (trial, wall(trial))).collect()
}

/// Whether a response had hidden thinking before its content.
fn thinks(sample: &Sample) -> bool {
    sample.tokens.reasoning.is_some_and(|n| n > 0)
        || sample.times.first_content_ns != sample.times.first_token_ns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sample;

    fn trials_of(gaps_ms: &[u64]) -> Vec<Sample> {
        let each = gaps_ms.iter().zip(0..).map(|(gap, trial)| {
            let mut s = sample(256, 31_000_000, gap * 1_000_000);
            (s.trial, s.step) = (trial, format!("trial-{trial}"));
            s
        });
        each.collect()
    }

    /// Three trials at 10, 20 and 30 ms a token: Σ/Σ is 3·255 tokens in
    /// 255·60 ms = 50 tok/s, the median TPOT 20 ms.
    #[test]
    fn figures_by_hand() {
        let samples = trials_of(&[10, 20, 30]);
        let refs: Vec<_> = samples.iter().collect();
        let out = headline(&refs, true, &Random::new(1));
        let value = |name: &str| out[name].value.unwrap();
        assert!((value("decode_tps") - 50.0).abs() < 1e-9);
        assert_eq!(value("tpot_ms"), 20.0);
        assert_eq!(value("ttft_ms"), 31.0);
        assert_eq!(value("decode_p50_latency_ms"), 20.0);
        assert_eq!(value("decode_p95_latency_ms"), 30.0);
        assert_eq!(out["decode_p95_latency_ms"].n, 765);
        assert_eq!(value("prompt_tokens"), 128.0);
        assert_eq!(value("wall_ms"), 31.0 + 255.0 * 20.0 + 0.1);
        assert!((value("prefill_tps") - 128.0 / 0.03095).abs() < 1e-6);
        assert_eq!(out["prefill_tps"].source, MetricSource::Client);
    }

    #[test]
    fn a_cold_workload_has_no_hit_rate_and_never_zero() {
        let samples = trials_of(&[10]);
        let out = headline(&[&samples[0]], true, &Random::new(1));
        let rate = &out["prefix_cache_hit_rate"];
        assert_eq!(rate.value, None);
        assert!(rate.reason.as_deref().unwrap().starts_with("cold by design"));
        assert!(!out.contains_key("ttfo_ms"), "no reasoning, no TTFO");
        assert!(!out.contains_key("server_decode_tps"), "the server said nothing");
    }

    #[test]
    fn nothing_answered_gives_reasons_everywhere() {
        let mut samples = trials_of(&[10]);
        samples[0].status = SampleStatus::Failed;
        let out = headline(&[&samples[0]], false, &Random::new(1));
        assert_eq!(out["failed_requests"].value, Some(1.0));
        for (name, metric) in out.iter().filter(|(name, _)| !name.ends_with("requests")) {
            if name != "wall_ms" {
                assert!(metric.value.is_none() && metric.reason.is_some(), "{name}: {metric:?}");
            }
        }
    }
}
