//! Was work on prompts repeated, or saved where it should not be?

use tachograph_model::RunResult;

use super::{Certainty, Outcome, rows, suspicion};
use crate::number::thousands;

/// Servers reuse whole blocks of up to this many tokens, so as much may be lost
/// of a prefix that was reused.
const BLOCK: f64 = 256.0;

/// Whether a turn of the agent trace computed again what the turn before had
/// computed.
pub(super) fn reprocessed(result: &RunResult) -> Outcome {
    let turns = rows::rows(result, "agent-trace", "turn");
    if turns.len() < 2 {
        return Outcome::Unknown("the agent trace has fewer than two turns here".to_owned());
    }
    let mut evidence = Vec::new();
    let mut seen = 0;
    for pair in turns.windows(2) {
        let [before, turn] = pair else { continue };
        let (Some(earlier), Some(cached)) =
            (rows::figure(before, "prompt_tokens"), rows::figure(turn, "cached_tokens"))
        else {
            continue;
        };
        seen += 1;
        if cached + BLOCK < earlier * 0.9 {
            let (cached, earlier) = (thousands(cached as u64), thousands(earlier as u64));
            evidence.push(format!(
                "turn {}: {cached} of the {earlier} tokens of the turn before were reused",
                turn.at
            ));
        }
    }
    if seen == 0 {
        return Outcome::Unknown(
            "the server does not state how much of a prompt came from its cache".to_owned(),
        );
    }
    if evidence.is_empty() {
        return Outcome::Clear(format!("{seen} turns reused the prompt of the turn before"));
    }
    let all = if evidence.len() == seen { "every turn" } else { "some turns" };
    suspicion(
        Certainty::Shown,
        format!("{all} of the agent trace processed again what was in the prompt before"),
        evidence,
        remedy(result),
    )
}

/// The setting that keeps prefixes, by driver.
fn remedy(result: &RunResult) -> &'static str {
    match result.backend.driver.as_str() {
        "llama-cpp" => "give each slot the whole conversation: a larger -c or a smaller -np",
        "vllm" => "leave --enable-prefix-caching on and give the KV cache more memory",
        "mlx" => "start mlx_lm.server without --prompt-cache-size 0",
        "sglang" => "start it without --disable-radix-cache, with a larger --mem-fraction-static",
        "ollama" => {
            "raise num_ctx above the conversation, and OLLAMA_NUM_PARALLEL no further than needed"
        }
        "anthropic" => "the API caches only what is marked, and only from its least length on",
        _ => "look for the server's prefix cache, its size and the context of one request",
    }
}

/// Whether prompts that should have been new were in a cache.
pub(super) fn warm(result: &RunResult) -> Outcome {
    let flagged: Vec<String> = result
        .workloads
        .iter()
        .flat_map(|workload| {
            let flags = workload.samples.iter().flat_map(|sample| &sample.flags);
            flags
                .filter(|flag| flag.code == "warm-cache")
                .map(move |flag| format!("{}: {}", workload.id, flag.message))
        })
        .take(4)
        .collect();
    let stated =
        result.workloads.iter().flat_map(|w| &w.samples).any(|s| s.tokens.cached.is_some());
    match (flagged.is_empty(), stated) {
        (true, true) => Outcome::Clear("no cold prompt had cached tokens".to_owned()),
        (true, false) => Outcome::Unknown("the server does not state cached tokens".to_owned()),
        (false, _) => suspicion(
            Certainty::Shown,
            "prompts that should have been new were partly cached, so TTFT and prefill flatter",
            flagged,
            "restart the server, or switch its prompt cache off for cold workloads",
        ),
    }
}
