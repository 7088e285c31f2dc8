//! The time budget of a workload: what a step would take, from what was seen.

use std::time::{Duration, Instant};

use tachograph_model::{Sample, SampleStatus, Step};

/// How much dearer a step may be than the last rates say: attention grows with
/// the context, and a machine is not always as quick.
const CAUTION: f64 = 1.2;

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
}

impl Budget {
    /// A budget for one workload; rates seen before may come along.
    pub(crate) fn new(seconds: u32, earlier: Option<&Budget>) -> Self {
        Self {
            began: Instant::now(),
            allowed: Duration::from_secs(seconds.into()),
            seen: earlier.and_then(|budget| budget.seen),
        }
    }

    /// Why a step should be left out, if it should.
    pub(crate) fn refuses(&self, step: &Step) -> Option<String> {
        let left = self.allowed.saturating_sub(self.began.elapsed()).as_secs_f64();
        if left == 0.0 {
            return Some(format!("the time budget of {} s was used up", self.allowed.as_secs()));
        }
        let needed = self.estimate(step)?;
        (needed > left).then(|| {
            let allowed = self.allowed.as_secs();
            format!("would take about {needed:.0} s; {left:.0} s of its budget of {allowed} s were left")
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
        let growth = (longest / seen.prompt.max(1.0)).max(1.0);
        let prefill: f64 = step.requests.iter().map(fresh).sum::<f64>() / seen.prefill;
        let streams = f64::from(step.concurrency.max(1));
        let output: f64 = step.requests.iter().map(|r| f64::from(r.max_tokens)).sum();
        // In the worst case streams share one processor and slow each other down.
        let slower = (streams / seen.streams).max(1.0);
        let decode = output / streams / seen.decode * slower;
        // Long prompts cost more a token: half of the growth, since only
        // attention grows with the context.
        Some((prefill * (1.0 + (growth - 1.0) / 2.0).min(growth) + decode) * CAUTION)
    }
}
