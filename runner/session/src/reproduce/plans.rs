//! The plans of a claim, made again from its suite; nothing is sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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
    workload::{MAX_STEPS, entry, fault, open, params, profile},
};

/// What came of making the plans of a result again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plans {
    /// Workloads whose plan is the claimed one, and whose samples are of it.
    pub held: usize,
    /// One for each workload that does not hold.
    pub obstacles: Vec<Obstacle>,
    /// What is worth a word and voids nothing, a sentence each: steps that the
    /// claim left out, plans that cannot be made without the texts.
    pub notes: Vec<String>,
}

/// Runs the pinned workloads of a result again, without a server. What they plan
/// has to be what the claim says it planned, digest for digest; and its samples
/// have to be of these steps: none of a step that was left out, one for each
/// request of every other.
///
/// That the prompts of the plan are those that were sent is not shown here: it is
/// on the tape, and a replay shows it.
///
/// The plugins are told of each step whether it was left out, and what it counted,
/// from the samples. The texts are not in a result, so a plan that follows them
/// cannot be made again; those of the official suites do not.
///
/// # Errors
/// A plugin of the suite cannot be loaded, or the result asks for a setting that
/// this build does not know.
pub async fn plans(
    host: &Arc<Host>,
    suite: &VerifiedSuite,
    result: &RunResult,
) -> Result<Plans, SessionError> {
    let ask = Ask::of(result)?;
    let mut plans = Plans::default();
    for claimed in &result.workloads {
        let entry = entry(suite, &claimed.id)?;
        let context = context(suite, result, &ask, claimed)?;
        let again = |text| plan(host, suite, result, &ask, entry, &context, claimed, text);
        let made = again("").await?;
        if made.digests == (claimed.plan, claimed.challenged_plan) {
            match made.misfit(claimed) {
                Some(obstacle) => plans.obstacles.push(obstacle),
                None => plans.held += 1,
            }
            plans.notes.extend(made.left_out(claimed));
        } else if again("Another text, of more words.").await?.digests.0 == made.digests.0 {
            plans.obstacles.push(made.other(claimed));
        } else {
            plans.notes.push(format!(
                "the plan of {} follows what the model writes, and was not made again",
                claimed.id
            ));
        }
    }
    Ok(plans)
}

/// A plan that was made again.
#[derive(Debug)]
struct Made {
    /// The digest, and that of the challenged plan.
    digests: (Option<Digest>, Option<Digest>),
    /// The requests of each step.
    steps: BTreeMap<String, BTreeSet<String>>,
}

impl Made {
    /// That the claim is of another plan.
    fn other(&self, claimed: &WorkloadResult) -> Obstacle {
        let text =
            |plan: Option<Digest>| plan.map_or_else(|| "none".to_owned(), |plan| plan.short());
        let (what, original, here) = match self.digests.0 == claimed.plan {
            false => ("plan", text(claimed.plan), text(self.digests.0)),
            true => ("challenged plan", text(claimed.challenged_plan), text(self.digests.1)),
        };
        Obstacle {
            message: format!(
                "its {what} of {} is not what its suite plans: {original}, and {here} made again",
                claimed.id
            ),
            difference: Some(ReproductionDifference {
                what: format!("{what} of {}", claimed.id),
                original,
                here,
            }),
        }
    }

    /// A sample that the plan has no place for, or a step with some of its samples.
    fn misfit(&self, claimed: &WorkloadResult) -> Option<Obstacle> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for sample in &claimed.samples {
            found.entry(&sample.step).or_default().push(&sample.request);
        }
        let wrong = found.into_iter().find_map(|(id, mut requests)| {
            let Some(planned) = self.steps.get(id) else {
                return Some(format!("the plan has no step `{id}`"));
            };
            requests.sort_unstable();
            let fits = requests.iter().copied().eq(planned.iter().map(String::as_str));
            let (has, of) = (requests.len(), planned.len());
            (!fits).then(|| format!("the {has} of step `{id}` are not of its {of} requests"))
        })?;
        Some(Obstacle {
            message: format!("its samples of {} are not of its plan: {wrong}", claimed.id),
            difference: None,
        })
    }

    /// How much of the plan the claim has no samples of.
    fn left_out(&self, claimed: &WorkloadResult) -> Option<String> {
        let sampled: BTreeSet<&str> = claimed.samples.iter().map(|s| s.step.as_str()).collect();
        let out = self.steps.keys().filter(|id| !sampled.contains(id.as_str())).count();
        let of = self.steps.len();
        (out > 0).then(|| format!("{} has no sample of {out} of its {of} steps", claimed.id))
    }
}

/// What the workload was told of the run.
fn context(
    suite: &VerifiedSuite,
    result: &RunResult,
    ask: &Ask,
    claimed: &WorkloadResult,
) -> Result<WorkloadContext, SessionError> {
    let profile = profile(suite, ask.profile)?;
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

/// One plan, as a run makes it, the model having written `text` to every request.
/// Where the plugin fails, the plan ends, as it does in a run.
#[expect(clippy::too_many_arguments, reason = "each is a separate part of the claim")]
async fn plan(
    host: &Arc<Host>,
    suite: &VerifiedSuite,
    result: &RunResult,
    ask: &Ask,
    entry: &WorkloadEntry,
    context: &WorkloadContext,
    claimed: &WorkloadResult,
    text: &str,
) -> Result<Made, SessionError> {
    let plugin = host.load(&suite.blob(&entry.plugin)?)?;
    let seed = ask.seed.unwrap_or(suite.suite.seed);
    let facts = identity::facts(&result.model, None);
    let (mut plan, mut steps) = (PlanDigest::new(result.challenge.as_ref()), BTreeMap::new());
    let opened = open(host, &plugin, &params(entry, context), context, seed, &facts).await;
    if let Ok(mut session) = opened {
        let (mut outcome, mut ids) = (None, BTreeSet::new());
        for _ in 0..MAX_STEPS {
            let Ok(Some(step)) = session.next(outcome.as_ref()).await else { break };
            if fault(&step, &mut ids).is_some() {
                break;
            }
            plan.add(&step, &context.nonce)?;
            outcome = Some(outcome_of(&step, &claimed.samples, text));
            let requests = step.requests.into_iter().map(|request| request.id);
            steps.insert(step.id, requests.collect());
        }
    }
    Ok(Made { digests: plan.finish(), steps })
}

/// What came of a step, as far as a result tells.
fn outcome_of(step: &Step, samples: &[Sample], text: &str) -> Outcome {
    let of_step = samples.iter().filter(|sample| sample.step == step.id);
    let requests: Vec<RequestOutcome> = of_step
        .map(|sample| RequestOutcome {
            id: sample.request.clone(),
            status: sample.status,
            error: sample.error.clone(),
            prompt_tokens: sample.tokens.prompt,
            output_tokens: sample.tokens.output,
            text: text.to_owned(),
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
    use crate::fixture::recorded;

    async fn plans_of(result: &RunResult) -> Plans {
        let host = Host::new(None).unwrap();
        let suite = Ask::suite(&Catalog::builtin(), result).unwrap();
        plans(&host, &suite, result).await.unwrap()
    }

    /// The one obstacle, which names the last workload.
    async fn obstacle_of(result: &RunResult) -> String {
        let found = plans_of(result).await.obstacles;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains(result.workloads.last().unwrap().id.as_str()));
        found[0].message.clone()
    }

    #[tokio::test]
    async fn the_plans_of_a_real_run_are_made_again() {
        let result = recorded();
        assert!(result.workloads.iter().all(|workload| workload.plan.is_some()));
        let held = result.workloads.len();
        assert_eq!(plans_of(&result).await, Plans { held, ..Plans::default() });
    }

    #[tokio::test]
    async fn a_plan_of_other_settings_is_told_by_its_workload() {
        let mut result = recorded();
        result.suite.overrides.insert("max_tokens".to_owned(), "3".to_owned());
        let found = plans_of(&result).await.obstacles;
        assert_eq!(found.len(), result.workloads.len(), "{found:?}");

        let mut result = recorded();
        result.workloads.last_mut().unwrap().plan = Some(Digest::of(b"another plan"));
        let message = obstacle_of(&result).await;
        assert!(message.contains("is not what its suite plans"), "{message}");
        let mut result = recorded();
        result.workloads.last_mut().unwrap().challenged_plan = Some(Digest::of(b"challenged"));
        let message = obstacle_of(&result).await;
        assert!(message.contains("its challenged plan of"), "{message}");
    }

    /// The digest of a plan is no secret: whoever copies it still has to have the
    /// samples of its steps.
    #[tokio::test]
    async fn samples_have_to_be_of_the_plan() {
        let edited = |edit: fn(&mut Vec<Sample>)| {
            let mut result = recorded();
            edit(&mut result.workloads.last_mut().unwrap().samples);
            result
        };
        let invented = edited(|samples| {
            let step = "trial-99".to_owned();
            samples.push(Sample { step, ..samples[0].clone() });
        });
        let message = obstacle_of(&invented).await;
        assert!(message.ends_with("the plan has no step `trial-99`"), "{message}");
        let twice = edited(|samples| samples.push(samples[0].clone()));
        let message = obstacle_of(&twice).await;
        assert!(message.contains("are not of its"), "{message}");
        let renamed = edited(|samples| samples[0].request = "r99".to_owned());
        let message = obstacle_of(&renamed).await;
        assert!(message.contains("are not of its"), "{message}");

        let fewer = edited(|samples| {
            let step = samples[0].step.clone();
            samples.retain(|sample| sample.step != step);
        });
        let Plans { obstacles, notes, .. } = plans_of(&fewer).await;
        assert_eq!(obstacles, []);
        assert!(notes[0].contains("has no sample of 1 of its"), "{notes:?}");
    }

    /// Every workload of every built-in suite: whatever the model writes, and however
    /// it counts, the plan is the same.
    #[tokio::test]
    async fn no_official_plan_follows_what_the_model_writes() {
        let (host, catalog) = (Host::new(None).unwrap(), Catalog::builtin());
        for listed in catalog.list() {
            let suite = catalog.resolve(&listed.pin.to_string()).unwrap();
            let mut result = recorded();
            // Room for the longest context of any of them.
            result.backend.info.models[0].max_context = Some(1 << 18);
            let ask = Ask::of(&result).unwrap();
            for entry in &suite.suite.workload {
                let mut claimed = result.workloads[0].clone();
                claimed.id = entry.id.clone();
                let context = context(&suite, &result, &ask, &claimed).unwrap();
                let one = claimed.samples[0].clone();
                let first = plan(&host, &suite, &result, &ask, entry, &context, &claimed, "")
                    .await
                    .unwrap();
                assert!(!first.steps.is_empty(), "{}", entry.id);
                let samples = first.steps.iter().flat_map(|(step, requests)| {
                    requests.iter().map(|request| Sample {
                        step: step.clone(),
                        request: request.clone(),
                        ..one.clone()
                    })
                });
                claimed.samples = samples.collect();
                for text in ["", "Another text, of more words."] {
                    let again = plan(&host, &suite, &result, &ask, entry, &context, &claimed, text);
                    assert_eq!(again.await.unwrap().digests, first.digests, "{}", entry.id);
                }
            }
        }
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
        let taken = outcome_of(&step(&samples[0].step), samples, "");
        assert_eq!((taken.skipped, taken.requests[0].status), (None, SampleStatus::Ok));
        assert!(outcome_of(&step("elsewhere"), samples, "").skipped.is_some());
    }
}
