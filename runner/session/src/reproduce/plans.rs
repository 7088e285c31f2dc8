//! The plans of a claim, made again from its suite; nothing is sent.

use std::{collections::BTreeSet, sync::Arc};

use tachograph_model::{
    Digest, Outcome, ReproductionDifference, RequestOutcome, RunResult, Sample, Step,
    WorkloadContext, WorkloadEntry, WorkloadResult,
};
use tachograph_sandbox::Host;
use tachograph_trust::VerifiedSuite;

use super::{Ask, Obstacle};
use crate::{
    SessionError, identity,
    plan::PlanDigest,
    workload::{MAX_STEPS, fault, open, params},
};

/// Runs the pinned workloads of a result again, without a server, and compares
/// the digests of what they plan with the claimed ones; an obstacle for each that
/// differs.
///
/// The plugins are told of each step whether it was left out, and what it
/// counted, from the samples of the claim. The texts are not in a result, so a
/// plan that follows them cannot be made again; those of the official suites do
/// not.
///
/// # Errors
/// A plugin of the suite cannot be loaded, or the result asks for a setting that
/// this build does not know.
pub async fn plans(
    host: &Arc<Host>,
    suite: &VerifiedSuite,
    result: &RunResult,
) -> Result<Vec<Obstacle>, SessionError> {
    let ask = Ask::of(result)?;
    let mut obstacles = Vec::new();
    for claimed in &result.workloads {
        let entry = suite.suite.workload.iter().find(|entry| entry.id == claimed.id);
        let entry = entry.ok_or_else(|| SessionError::Unknown {
            what: "workload",
            name: claimed.id.to_string(),
            known: Vec::new(),
        })?;
        let context = context(suite, result, &ask, claimed)?;
        let made = plan(host, suite, result, &ask, entry, &context, claimed).await?;
        if made != (claimed.plan, claimed.challenged_plan) {
            obstacles.push(obstacle(claimed, made.0));
        }
    }
    Ok(obstacles)
}

fn obstacle(claimed: &WorkloadResult, made: Option<Digest>) -> Obstacle {
    let text = |plan: Option<Digest>| plan.map_or_else(|| "none".to_owned(), |plan| plan.short());
    let (original, here) = (text(claimed.plan), text(made));
    Obstacle {
        message: format!(
            "its plan of {} is not what its suite plans: {original}, and {here} made again",
            claimed.id
        ),
        difference: Some(ReproductionDifference {
            what: format!("plan of {}", claimed.id),
            original,
            here,
        }),
    }
}

/// What the workload was told of the run.
fn context(
    suite: &VerifiedSuite,
    result: &RunResult,
    ask: &Ask,
    claimed: &WorkloadResult,
) -> Result<WorkloadContext, SessionError> {
    let profile = suite.suite.profiles.get(&ask.profile).ok_or_else(|| SessionError::Unknown {
        what: "profile",
        name: format!("{:?}", ask.profile).to_lowercase(),
        known: Vec::new(),
    })?;
    let info = &result.backend.info;
    let model = info.models.iter().find(|model| model.id == result.model.id);
    Ok(WorkloadContext {
        workload: claimed.id.to_string(),
        nonce: result.nonce.clone(),
        profile: ask.profile,
        trials: ask.iterations.unwrap_or(profile.trials),
        warmup: profile.warmup,
        max_tokens: ask.max_tokens,
        max_context: model.and_then(|model| model.max_context),
        tools: info.tools,
    })
}

/// The digests of one plan, as a run makes them. Where the plugin fails, the
/// plan ends, as it does in a run.
async fn plan(
    host: &Arc<Host>,
    suite: &VerifiedSuite,
    result: &RunResult,
    ask: &Ask,
    entry: &WorkloadEntry,
    context: &WorkloadContext,
    claimed: &WorkloadResult,
) -> Result<(Option<Digest>, Option<Digest>), SessionError> {
    let plugin = host.load(&suite.blob(&entry.plugin)?)?;
    let seed = ask.seed.unwrap_or(suite.suite.seed);
    let facts = identity::facts(&result.model, None);
    let mut plan = PlanDigest::new(result.challenge.as_ref());
    let opened = open(host, &plugin, &params(entry, context), context, seed, &facts).await;
    if let Ok(mut session) = opened {
        let (mut outcome, mut ids) = (None, BTreeSet::new());
        for _ in 0..MAX_STEPS {
            let Ok(Some(step)) = session.next(outcome.as_ref()).await else { break };
            if fault(&step, &mut ids).is_some() {
                break;
            }
            plan.add(&step, &context.nonce)?;
            outcome = Some(outcome_of(&step, &claimed.samples));
        }
    }
    Ok(plan.finish())
}

/// What came of a step, as far as a result tells.
fn outcome_of(step: &Step, samples: &[Sample]) -> Outcome {
    let of_step = samples.iter().filter(|sample| sample.step == step.id);
    let requests: Vec<RequestOutcome> = of_step
        .map(|sample| RequestOutcome {
            id: sample.request.clone(),
            status: sample.status,
            error: sample.error.clone(),
            prompt_tokens: sample.tokens.prompt,
            output_tokens: sample.tokens.output,
            text: String::new(),
        })
        .collect();
    let skipped = requests.is_empty().then(|| "the claim holds no sample of it".to_owned());
    Outcome { step: step.id.clone(), skipped, requests }
}

#[cfg(test)]
mod tests {
    use tachograph_model::SampleStatus;
    use tachograph_trust::Catalog;

    use super::*;

    /// A whole recorded run of a real server.
    fn recorded() -> RunResult {
        let run = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/runs/llama-server/result.json"
        );
        serde_json::from_slice(&std::fs::read(run).unwrap()).unwrap()
    }

    async fn plans_of(result: &RunResult) -> Vec<Obstacle> {
        let host = Host::new(None).unwrap();
        let suite = Ask::suite(&Catalog::builtin(), result).unwrap();
        plans(&host, &suite, result).await.unwrap()
    }

    #[tokio::test]
    async fn the_plans_of_a_real_run_are_made_again() {
        let result = recorded();
        assert!(result.workloads.iter().all(|workload| workload.plan.is_some()));
        assert_eq!(plans_of(&result).await, []);
    }

    #[tokio::test]
    async fn a_plan_of_other_settings_is_told_by_its_workload() {
        let mut result = recorded();
        result.suite.overrides.insert("max_tokens".to_owned(), "3".to_owned());
        let found = plans_of(&result).await;
        assert_eq!(found.len(), result.workloads.len(), "{found:?}");

        let mut result = recorded();
        let last = result.workloads.last_mut().unwrap();
        last.plan = Some(Digest::of(b"another plan"));
        let name = last.id.to_string();
        let found = plans_of(&result).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains(&name), "{found:?}");
    }

    #[test]
    fn a_step_without_samples_was_left_out() {
        let result = recorded();
        let samples = &result.workloads[0].samples;
        let step = |id: &str| Step {
            id: id.to_owned(),
            phase: samples[0].phase,
            trial: 0,
            concurrency: 1,
            requests: Vec::new(),
        };
        let taken = outcome_of(&step(&samples[0].step), samples);
        assert_eq!((taken.skipped, taken.requests[0].status), (None, SampleStatus::Ok));
        assert!(outcome_of(&step("elsewhere"), samples).skipped.is_some());
    }
}
