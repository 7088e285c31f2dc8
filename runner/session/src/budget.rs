//! The time budget of a workload: what a step would take, from what was seen.

use std::time::{Duration, Instant};

use tachograph_model::{Phase, Sample, SampleStatus, Step};

/// How much dearer a step may be than the rates say: no machine is always as quick.
const CAUTION: f64 = 1.2;

/// The context at which attention is taken to cost as much as everything else
/// that a token needs. It differs between models; an estimate needs no better.
const ATTENTION_CROSSOVER: f64 = 16_384.0;

/// Rates seen in this run, in tokens of the plan a second.
#[derive(Debug, Clone, Copy)]
struct Rates {
    prefill: f64,
    decode: f64,
    /// The longest prompt that these rates were seen at.
    prompt: f64,
    streams: f64,
}

/// Decides whether a step still fits its workload's budget.
#[derive(Debug)]
pub(crate) struct Budget {
    began: Instant,
    allowed: Duration,
    seen: Option<Rates>,
    /// Whether the workload has a measured sample.
    measured: bool,
}

impl Budget {
    /// A budget for one workload; rates seen before may come along.
    pub(crate) fn new(seconds: u32, earlier: Option<&Budget>) -> Self {
        Self {
            began: Instant::now(),
            allowed: Duration::from_secs(seconds.into()),
            seen: earlier.and_then(|budget| budget.seen),
            measured: false,
        }
    }

    /// Why a step should be left out, if it should.
    pub(crate) fn refuses(&self, step: &Step) -> Option<String> {
        let spent = match self.measured {
            // A warm-up must not cost a workload its measurement.
            false => Duration::ZERO,
            true => self.began.elapsed(),
        };
        let left = self.allowed.saturating_sub(spent).as_secs_f64();
        let allowed = self.allowed.as_secs();
        if left == 0.0 {
            return Some(format!("the time budget of {allowed} s was used up"));
        }
        let needed = self.estimate(step)?;
        // A warm-up is worth its time only when the measurement still fits.
        let fits = match step.phase {
            Phase::Warmup => needed * 2.0 <= left,
            Phase::Measure => needed <= left,
        };
        (!fits).then(|| match self.measured {
            true => format!("needs about {needed:.0} s, and {left:.0} s of {allowed} s are left"),
            false => format!("needs about {needed:.0} s of a budget of {allowed} s"),
        })
    }

    /// Learns from the samples of a step.
    pub(crate) fn learn(&mut self, samples: &[Sample]) {
        let mut seen = self.seen;
        for sample in samples.iter().filter(|sample| sample.status == SampleStatus::Ok) {
            let times = &sample.times;
            let (Some(sent), Some(first), Some(last)) =
                (times.sent_ns, times.first_token_ns, times.last_token_ns)
            else {
                continue;
            };
            let prompt = sample.tokens.reference_prompt as f64;
            let fresh = prompt - sample.tokens.ideal_cached as f64;
            let seconds = |from: u64, to: u64| (to.saturating_sub(from) as f64 / 1e9).max(1e-6);
            let output = sample.tokens.output.unwrap_or(1).max(1) as f64;
            let streams = f64::from(sample.concurrency.max(1));
            // Prefill is shared by the streams of a step; decode is each stream's own.
            self.measured |= sample.phase == Phase::Measure;
            seen = Some(Rates {
                prefill: fresh.max(1.0) * streams / seconds(sent, first),
                decode: output / seconds(first, last),
                prompt,
                streams,
            });
        }
        self.seen = seen;
    }

    fn estimate(&self, step: &Step) -> Option<f64> {
        let seen = self.seen?;
        let fresh = |request: &tachograph_model::Request| {
            request.reference_prompt_tokens.saturating_sub(request.ideal_cached_tokens) as f64
        };
        let longest =
            step.requests.iter().map(|r| r.reference_prompt_tokens).max().unwrap_or(0) as f64;
        // The cost of a token at a context of n, relative to that at none.
        let at = |context: f64| 1.0 + context / ATTENTION_CROSSOVER;
        let growth = (at(longest) / at(seen.prompt)).max(1.0);
        let prefill: f64 = step.requests.iter().map(fresh).sum::<f64>() / seen.prefill;
        let streams = f64::from(step.concurrency.max(1));
        let output: f64 = step.requests.iter().map(|r| f64::from(r.max_tokens)).sum();
        // In the worst case streams share one processor and slow each other down.
        let slower = (streams / seen.streams).max(1.0);
        let decode = output / streams / seen.decode * slower;
        Some((prefill + decode) * growth * CAUTION)
    }
}

#[cfg(test)]
mod tests {
    use tachograph_model::{CacheIntent, Request, Times, TokenCounts};

    use super::*;

    fn request(prompt: u64, output: u32) -> Request {
        Request {
            id: "r".to_owned(),
            model: String::new(),
            messages: Vec::new(),
            tools: Vec::new(),
            max_tokens: output,
            exact_length: true,
            cache: CacheIntent::Cold,
            ideal_cached_tokens: 0,
            reference_prompt_tokens: prompt,
            seed: 0,
            delay_ms: 0,
            condition: Default::default(),
        }
    }

    fn step(streams: u32, prompt: u64, output: u32) -> Step {
        Step {
            id: "s".to_owned(),
            phase: Phase::Measure,
            trial: 0,
            concurrency: streams,
            requests: (0..streams).map(|_| request(prompt, output)).collect(),
        }
    }

    /// 1,000 prompt tokens in 1 s, then 100 tokens in 1 s.
    fn seen() -> Sample {
        let second = 1_000_000_000;
        Sample {
            step: "s".to_owned(),
            request: "r".to_owned(),
            lane: 0,
            concurrency: 1,
            phase: Phase::Measure,
            trial: 0,
            condition: Default::default(),
            status: SampleStatus::Ok,
            error: None,
            times: Times {
                sent_ns: Some(0),
                first_token_ns: Some(second),
                last_token_ns: Some(2 * second),
                ..Times::default()
            },
            tokens: TokenCounts {
                prompt: Some(1000),
                cached: None,
                output: Some(100),
                reasoning: None,
                requested: 100,
                source: None,
                reference_prompt: 1000,
                ideal_cached: 0,
            },
            reads: Vec::new(),
            server: None,
            finish: None,
            tool_calls: None,
            text_sha256: None,
            flags: Vec::new(),
        }
    }

    #[test]
    fn nothing_is_refused_before_anything_is_known() {
        assert_eq!(Budget::new(1, None).refuses(&step(16, 131_072, 256)), None);
    }

    #[test]
    fn the_estimate_follows_prompt_output_and_streams() {
        let mut budget = Budget::new(60, None);
        budget.learn(&[seen()]);
        let seconds = |step| budget.estimate(&step).unwrap() / CAUTION;
        assert!((seconds(step(1, 1000, 100)) - 2.0).abs() < 1e-9);
        // Four times the prompt: four times the prefill, and a little more for attention.
        let longer = seconds(step(1, 4000, 100));
        assert!((5.0..6.2).contains(&longer), "{longer}");
        // Four streams share one processor: four prefills, and decode four times as slow.
        assert!((seconds(step(4, 1000, 100)) - 8.0).abs() < 1e-9);
        assert_eq!(budget.refuses(&step(1, 1000, 100)), None);
        let reason = budget.refuses(&step(1, 131_072, 256)).unwrap();
        assert!(reason.contains("are left"), "{reason}");
    }
}
