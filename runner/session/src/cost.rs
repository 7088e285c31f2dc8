//! What a hosted run may cost, and what it did.

use serde::{Deserialize, Serialize};
use tachograph_model::{CostSection, Prices, Sample, SampleStatus, Step};

/// Tokens of the server's tokenizer for one of the reference, at the worst that
/// a budget reckons with.
const DENSER: f64 = 2.0;
const PER_MILLION: f64 = 1e-6;

/// Prices, and the most that a run may cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostLimit {
    /// The prices of the model.
    pub prices: Prices,
    /// The most that the run may cost, USD; no limit when not set.
    pub limit_usd: Option<f64>,
}

/// What a run has cost so far.
#[derive(Debug, Clone)]
pub(crate) struct Cost {
    limit: CostLimit,
    spent_usd: f64,
    unknown_requests: u32,
}

impl Cost {
    pub(crate) fn new(limit: CostLimit) -> Self {
        Self { limit, spent_usd: 0.0, unknown_requests: 0 }
    }

    /// Why a step would cost too much, if it would.
    pub(crate) fn refuses(&self, step: &Step) -> Option<String> {
        let limit = self.limit.limit_usd?;
        let prices = self.limit.prices;
        let most: f64 = step
            .requests
            .iter()
            .map(|request| {
                let prompt = request.reference_prompt_tokens as f64 * DENSER;
                let output = f64::from(request.max_tokens);
                (prompt * prices.input + output * prices.output) * PER_MILLION
            })
            .sum();
        let left = limit - self.spent_usd;
        (most > left).then(|| {
            format!("may cost ${most:.4}, and ${:.4} of ${limit:.4} are left", left.max(0.0))
        })
    }

    /// Adds what the requests of a step cost. A request that failed before its
    /// tokens were stated is counted as unknown when it had reached the server.
    pub(crate) fn add(&mut self, samples: &[Sample]) {
        let prices = self.limit.prices;
        for sample in samples {
            let tokens = &sample.tokens;
            match (tokens.prompt, tokens.output) {
                (Some(prompt), Some(output)) => {
                    let cached = tokens.cached.unwrap_or(0).min(prompt);
                    let cached_price = prices.cached_input.unwrap_or(prices.input);
                    let input = (prompt - cached) as f64 * prices.input;
                    let cached = cached as f64 * cached_price;
                    self.spent_usd +=
                        (input + cached + output as f64 * prices.output) * PER_MILLION;
                }
                _ if sample.status == SampleStatus::Ok || sample.times.headers_ns.is_some() => {
                    self.unknown_requests += 1;
                }
                _ => {}
            }
        }
    }

    /// The section of the result.
    pub(crate) fn section(&self) -> CostSection {
        CostSection {
            prices: self.limit.prices,
            limit_usd: self.limit.limit_usd,
            spent_usd: self.spent_usd,
            unknown_requests: self.unknown_requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cost(limit_usd: f64) -> Cost {
        let prices = Prices { input: 2.0, cached_input: Some(0.5), output: 10.0 };
        Cost::new(CostLimit { prices, limit_usd: Some(limit_usd) })
    }

    fn step(prompt: u64, output: u32) -> Step {
        serde_json::from_value(json!({
            "id": "s", "phase": "measure", "trial": 0, "concurrency": 1, "requests": [{
                "id": "r", "model": "", "messages": [], "tools": [], "max_tokens": output,
                "exact_length": false, "cache": "cold", "ideal_cached_tokens": 0,
                "reference_prompt_tokens": prompt, "seed": 0, "delay_ms": 0, "condition": {}
            }]
        }))
        .unwrap()
    }

    fn sample(prompt: Option<u64>, cached: Option<u64>, output: Option<u64>) -> Sample {
        serde_json::from_value(json!({
            "step": "s", "request": "r", "lane": 0, "concurrency": 1, "phase": "measure",
            "trial": 0, "condition": {}, "status": "ok", "error": null,
            "times": {
                "scheduled_ns": 0, "sent_ns": 1, "connect_ns": null, "headers_ns": 2,
                "first_token_ns": null, "first_content_ns": null, "last_token_ns": null,
                "end_ns": 3, "rtt_floor_ns": null
            },
            "tokens": {
                "prompt": prompt, "cached": cached, "output": output, "reasoning": null,
                "requested": 1, "source": null, "reference_prompt": 1, "ideal_cached": 0
            },
            "reads": [], "server": null, "finish": null, "tool_calls": null,
            "text_sha256": null, "flags": []
        }))
        .unwrap()
    }

    /// 600 fresh tokens at 2, 400 cached at 0.5 and 100 output tokens at 10 USD a million.
    #[test]
    fn prices_are_per_million_tokens() {
        let mut cost = cost(1.0);
        cost.add(&[sample(Some(1000), Some(400), Some(100)), sample(None, None, None)]);
        let section = cost.section();
        assert!((section.spent_usd - 0.0024).abs() < 1e-12, "{}", section.spent_usd);
        assert_eq!(section.unknown_requests, 1);
    }

    #[test]
    fn a_step_that_could_cost_more_than_is_left_is_refused() {
        let mut cost = cost(0.01);
        // 2,000 tokens of a denser tokenizer at most, and 100 of output: 0.005 USD.
        assert_eq!(cost.refuses(&step(1000, 100)), None);
        cost.add(&[sample(Some(4000), None, Some(0))]);
        let reason = cost.refuses(&step(1000, 100)).unwrap();
        assert_eq!(reason, "may cost $0.0050, and $0.0020 of $0.0100 are left");
    }
}
