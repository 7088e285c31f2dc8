//! One prompt twice: does the server say that it had the second in its cache?

use tachograph_model::{Check, CheckOutcome, Sample, SampleStatus};

use super::probe::Probed;

const NAME: &str = "repeat-sample";
/// How many times as fast as two new prompts a repeated one is that must have
/// come from a cache.
const FASTER: f64 = 3.0;
/// Nanoseconds that it must have saved: below that, it says nothing.
const SAVED: u64 = 20_000_000;

pub(super) fn check(probed: &Probed) -> Check {
    let unknown = |why: &str| Check::new(NAME, CheckOutcome::Unknown, why.to_owned());
    let [first, again, other] = &probed.repeat[..] else {
        let why = probed.left_out.as_deref().unwrap_or("the server did not answer");
        return unknown(&format!("the prompt was not repeated: {why}"));
    };
    let waits = [first, again, other].map(wait);
    let [Some(first_ns), Some(again_ns), Some(other_ns)] = waits else {
        return unknown("the server did not answer all three prompts");
    };
    let fresh_ns = first_ns.min(other_ns);
    let times = fresh_ns as f64 / again_ns.max(1) as f64;
    let faster = times > FASTER && fresh_ns - again_ns.min(fresh_ns) > SAVED;
    let prompt = again.tokens.prompt.unwrap_or(again.tokens.reference_prompt);
    let (outcome, reason) = match again.tokens.cached {
        Some(0) if faster => (
            CheckOutcome::Fail,
            format!(
                "a repeated prompt was answered {times:.1} times as fast as two new ones, and \
                 the server says that none of it was cached"
            ),
        ),
        Some(0) => (
            CheckOutcome::Unknown,
            "a repeated prompt was no faster, and the server says that none of it was cached: \
             it keeps no prompts"
                .to_owned(),
        ),
        Some(cached) => (
            CheckOutcome::Pass,
            format!("{cached} of {prompt} tokens of a repeated prompt were seen as cached"),
        ),
        None => (
            CheckOutcome::Unknown,
            format!(
                "the server does not say what it caches; a repeated prompt was answered \
                 {times:.1} times as fast as two new ones"
            ),
        ),
    };
    let check = Check::new(NAME, outcome, reason)
        .with("first_ttft_ns", first_ns as f64)
        .with("again_ttft_ns", again_ns as f64)
        .with("other_ttft_ns", other_ns as f64);
    match again.tokens.cached {
        Some(cached) => check.with("cached_tokens", cached as f64),
        None => check,
    }
}

/// Nanoseconds to the first token of an answered prompt.
fn wait(sample: &Sample) -> Option<u64> {
    let times = &sample.times;
    let answered = sample.status == SampleStatus::Ok;
    Some(times.first_token_ns?.saturating_sub(times.sent_ns?)).filter(|_| answered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::fixture::Scene;

    fn probed(again_ms: u64, cached: Option<u64>) -> Probed {
        let sample = |ms: u64, cached| {
            let mut sample = Scene::stream(2).sample;
            let sent = sample.times.sent_ns.unwrap();
            sample.times.first_token_ns = Some(sent + ms * 1_000_000);
            sample.tokens.cached = cached;
            sample
        };
        let none = cached.map(|_| 0);
        let repeat = vec![sample(120, none), sample(again_ms, cached), sample(110, none)];
        Probed { repeat, ..Probed::default() }
    }

    #[test]
    fn a_cache_that_says_so_passes() {
        assert_eq!(check(&probed(20, Some(144))).outcome, CheckOutcome::Pass);
    }

    /// A server whose cache keeps quiet about itself.
    #[test]
    fn a_cache_that_denies_itself_fails() {
        let check = check(&probed(20, Some(0)));
        assert_eq!(check.outcome, CheckOutcome::Fail);
        assert!(check.reason.contains("5.5 times as fast"), "{}", check.reason);
    }

    #[test]
    fn no_cache_and_no_word_are_unknown() {
        assert_eq!(check(&probed(115, Some(0))).outcome, CheckOutcome::Unknown);
        assert_eq!(check(&probed(20, None)).outcome, CheckOutcome::Unknown);
        assert_eq!(check(&Probed::left_out("--no-canary")).outcome, CheckOutcome::Unknown);
    }
}
