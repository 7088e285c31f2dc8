//! The cold-cache certificate: prompts that no cache can have held.

use tachograph_model::{CacheIntent, Check, CheckOutcome};

use super::Exhibit;

const NAME: &str = "cold-cache";
/// Bytes of a prompt within which the nonce has to begin.
const NEAR: usize = 256;
/// Tokens that the chat template of every prompt may share.
const TEMPLATE: u64 = 32;

/// Looks at every cold prompt.
#[derive(Debug, Default)]
pub(crate) struct ColdCache {
    cold: u32,
    told: u32,
    unmarked: Vec<String>,
    warm: Vec<String>,
    skipped: Vec<String>,
    most_cached: u64,
}

impl ColdCache {
    pub(super) fn see(&mut self, exhibit: &Exhibit<'_>) {
        let request = exhibit.request;
        if request.cache != CacheIntent::Cold || !exhibit.counts() {
            return;
        }
        self.cold += 1;
        let marked = request
            .messages
            .first()
            .and_then(|message| message.content.find(exhibit.nonce))
            .is_some_and(|at| at <= NEAR);
        if !marked || exhibit.nonce.is_empty() {
            self.unmarked.push(exhibit.name());
        }
        let tokens = &exhibit.sample.tokens;
        let prompt = tokens.prompt.unwrap_or(tokens.reference_prompt);
        if let Some(cached) = tokens.cached {
            self.told += 1;
            self.most_cached = self.most_cached.max(cached);
            if cached > TEMPLATE {
                self.warm.push(format!("{}: {cached} of {prompt} tokens", exhibit.name()));
            }
        }
        // What was neither cached nor processed was kept from the books.
        let processed = exhibit.sample.server.as_ref().and_then(|server| server.prompt_tokens);
        if let Some(processed) = processed {
            let missing = prompt.saturating_sub(processed + tokens.cached.unwrap_or(0));
            if missing > TEMPLATE.max(prompt / 10) {
                let name = exhibit.name();
                self.skipped.push(format!("{name}: {processed} of {prompt} tokens"));
            }
        }
    }

    pub(super) fn check(self) -> Check {
        let Self { cold, told, unmarked, warm, skipped, most_cached } = self;
        let example = |all: &[String]| all.first().cloned().unwrap_or_default();
        let (outcome, reason) = if cold == 0 {
            (CheckOutcome::Unknown, "no cold prompt was answered".to_owned())
        } else if !unmarked.is_empty() {
            let (n, one) = (unmarked.len(), example(&unmarked));
            (CheckOutcome::Fail, format!("{n} cold prompts do not begin with the nonce ({one})"))
        } else if !warm.is_empty() {
            let (n, one) = (warm.len(), example(&warm));
            (CheckOutcome::Fail, format!("{n} of {cold} cold prompts came from a cache ({one})"))
        } else if !skipped.is_empty() {
            let (n, one) = (skipped.len(), example(&skipped));
            (
                CheckOutcome::Fail,
                format!("{n} cold prompts were neither cached nor processed in full ({one})"),
            )
        } else if told == 0 {
            (
                CheckOutcome::Unknown,
                format!(
                    "all {cold} cold prompts begin with the nonce, and the server does not say \
                     what it took from a cache"
                ),
            )
        } else {
            (
                CheckOutcome::Pass,
                format!(
                    "all {cold} cold prompts begin with the nonce, and at most {most_cached} \
                     tokens of one came from a cache"
                ),
            )
        };
        let check = Check::new(NAME, outcome, reason).with("cold_prompts", f64::from(cold));
        match told {
            0 => check,
            _ => check.with("most_cached_tokens", most_cached as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use tachograph_model::ServerTiming;

    use super::*;
    use crate::evidence::fixture::{NONCE, Scene};

    fn outcome(scene: &Scene) -> (CheckOutcome, String) {
        let mut cold = ColdCache::default();
        scene.shown(|exhibit| cold.see(exhibit));
        let check = cold.check();
        (check.outcome, check.reason)
    }

    #[test]
    fn a_marked_prompt_that_no_cache_held_passes() {
        let mut scene = Scene::stream(16);
        scene.sample.tokens.cached = Some(0);
        assert_eq!(outcome(&scene).0, CheckOutcome::Pass);
        // A template that all prompts share is no warm prompt.
        scene.sample.tokens.cached = Some(26);
        assert_eq!(outcome(&scene).0, CheckOutcome::Pass);
        scene.sample.tokens.cached = None;
        assert_eq!(outcome(&scene).0, CheckOutcome::Unknown);
    }

    #[test]
    fn a_warm_prompt_fails() {
        let mut scene = Scene::stream(16);
        scene.sample.tokens.cached = Some(96);
        let (outcome, reason) = outcome(&scene);
        assert_eq!(outcome, CheckOutcome::Fail);
        assert!(reason.contains("96 of 128 tokens"), "{reason}");
    }

    #[test]
    fn a_prompt_that_nobody_processed_fails() {
        let mut scene = Scene::stream(16);
        scene.sample.tokens.cached = Some(0);
        let timing = ServerTiming { prompt_tokens: Some(12), ..ServerTiming::default() };
        scene.sample.server = Some(timing.clone());
        assert!(outcome(&scene).1.contains("12 of 128"), "{:?}", outcome(&scene));
        scene.sample.server = Some(ServerTiming { prompt_tokens: Some(128), ..timing });
        assert_eq!(outcome(&scene).0, CheckOutcome::Pass);
    }

    #[test]
    fn a_prompt_without_the_nonce_near_its_start_fails() {
        let mut scene = Scene::stream(16);
        scene.sample.tokens.cached = Some(0);
        scene.request.messages[0].content = format!("{}{NONCE}", "x".repeat(300));
        assert_eq!(outcome(&scene).0, CheckOutcome::Fail);
        scene.request.cache = CacheIntent::Reuse;
        assert_eq!(outcome(&scene).0, CheckOutcome::Unknown);
    }
}
