//! One workload: steps out of the plugin, samples back in, a report at the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tachograph_model::{
    ChallengeUsed, Flag, Name, Outcome, Phase, Profile, ProfileName, RequestOutcome, Sample,
    SampleStatus, SteadyState, Step, WorkloadContext, WorkloadEntry, WorkloadReport,
    WorkloadResult, WorkloadStatus,
};
use tachograph_net::Stamp;
use tachograph_sandbox::{Host, Plugin, SandboxError, WorkloadSession, check_against};
use tachograph_trust::VerifiedSuite;

use crate::{
    Event, Observer, Seat, SessionError,
    budget::Budget,
    cost::Cost,
    evidence::{Examiner, Exhibit},
    harness::Harness,
    lane::{self, Driver, Turn},
    plan::PlanDigest,
    seat,
    watch::Watch,
    world::World,
};

/// A plan that has not ended by then is taken for one that never will.
pub(crate) const MAX_STEPS: u32 = 10_000;

/// The most streams that a step may hold at once.
const MAX_LANES: u32 = 1024;

/// What is kept of every step, across the workloads of a run.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// What the harness says of itself.
    pub harness: Harness,
    /// The checks of the evidence.
    pub examiner: Examiner,
}

/// What all workloads of a run share.
pub(crate) struct Stage<'a> {
    pub host: &'a Arc<Host>,
    pub world: &'a World,
    pub driver: &'a Driver,
    pub observer: &'a dyn Observer,
    /// The run's seat, when it takes turns with another.
    pub seat: Option<&'a Seat>,
    pub model: &'a str,
    /// What is known of the model, for workloads whose parameters ask for it.
    pub facts: Value,
    pub watch: &'a Watch,
    pub seed: u64,
    pub origin: Stamp,
    /// The challenge that the run answers.
    pub challenge: Option<&'a ChallengeUsed>,
}

/// What a workload may take.
pub(crate) struct Limits<'a> {
    pub budget: &'a mut Budget,
    pub cost: Option<&'a mut Cost>,
}

impl Limits<'_> {
    fn refuses(&self, step: &Step) -> Option<String> {
        let costs = self.cost.as_ref().and_then(|cost| cost.refuses(step));
        costs.or_else(|| self.budget.refuses(step))
    }

    fn learn(&mut self, samples: &[Sample]) {
        self.budget.learn(samples);
        if let Some(cost) = &mut self.cost {
            cost.add(samples);
        }
    }
}

/// Runs a workload. Whatever goes wrong with its plugin or the backend is in
/// the result; only the loss of the tape or of the replay's way is an error.
pub(crate) async fn run(
    stage: &Stage<'_>,
    entry: &WorkloadEntry,
    plugin: &Plugin,
    context: &WorkloadContext,
    limits: Limits<'_>,
    books: &mut Books,
) -> Result<WorkloadResult, SessionError> {
    let params = params(entry, context);
    let mut course = Course { plan: PlanDigest::new(stage.challenge), samples: Vec::new() };
    let opening = seat::turn(stage.seat).await;
    let opened = open(stage.host, plugin, &params, context, stage.seed, &stage.facts).await;
    drop(opening);
    let report = match opened {
        Ok(mut session) => {
            let ended = course.follow(stage, &mut session, entry, context, limits, books).await?;
            match ended {
                Ok(()) => {
                    let _reporting = seat::turn(stage.seat).await;
                    match session.report(&course.samples).await {
                        Ok(report) => report,
                        Err(error) => failed(entry, &error.to_string()),
                    }
                }
                Err(reason) => failed(entry, &reason),
            }
        }
        Err(error) => failed(entry, &error.to_string()),
    };
    let wall_ns = wall(&course.samples);
    // The reads are on the tape; a result keeps what identifies and sums them up.
    let samples = course.samples.into_iter().map(|s| Sample { reads: Vec::new(), ..s }).collect();
    let (plan, challenged_plan) = course.plan.finish();
    Ok(WorkloadResult {
        id: entry.id.clone(),
        plan,
        challenged_plan,
        report,
        samples,
        wall_ns,
        steadiness: None,
    })
}

/// Whether the machine kept its pace over the trials; a doubt where it did not.
pub(crate) fn judge_pace(result: &mut WorkloadResult) {
    let found = tachograph_metrics::steadiness(&result.samples);
    let code = match found.state {
        SteadyState::Drifting => Some("drifting"),
        SteadyState::Noisy => Some("noisy"),
        SteadyState::Steady | SteadyState::NotReached => None,
    };
    result.report.flags.extend(code.map(|code| Flag::new(code, found.reason.clone())));
    result.steadiness = Some(found);
}

/// Opens a session, its parameters checked against the plugin's own schema.
pub(crate) async fn open(
    host: &Arc<Host>,
    plugin: &Plugin,
    params: &Value,
    context: &WorkloadContext,
    seed: u64,
    facts: &Value,
) -> Result<WorkloadSession, SandboxError> {
    let described = host.describe_workload(plugin).await?;
    let mut params = params.clone();
    let asks = described.params_schema.pointer("/properties/facts").is_some();
    if let (true, Value::Object(given)) = (asks, &mut params) {
        given.entry("facts").or_insert_with(|| facts.clone());
    }
    check_against(plugin.id(), "params", &described.params_schema, &params)?;
    host.open_workload(plugin, &params, context, seed).await
}

struct Course {
    plan: PlanDigest,
    samples: Vec<Sample>,
}

impl Course {
    /// Follows the plugin's plan. The inner error is the plugin's.
    async fn follow(
        &mut self,
        stage: &Stage<'_>,
        session: &mut WorkloadSession,
        entry: &WorkloadEntry,
        context: &WorkloadContext,
        mut limits: Limits<'_>,
        books: &mut Books,
    ) -> Result<Result<(), String>, SessionError> {
        let mut outcome = None;
        let mut ids = BTreeSet::new();
        for index in 0..MAX_STEPS {
            let _turn = seat::turn(stage.seat).await;
            let mut step = match session.next(outcome.as_ref()).await {
                Ok(Some(step)) => step,
                Ok(None) => break,
                Err(error) => return Ok(Err(error.to_string())),
            };
            if let Some(fault) = fault(&step, &mut ids) {
                return Ok(Err(format!("plugin `{}`: {fault}", entry.plugin.id)));
            }
            self.plan.add(&step, &context.nonce)?;
            for request in &mut step.requests {
                request.model = stage.model.to_owned();
            }
            let key = format!("{}/{index}", entry.id);
            let skipped = skip_reason(stage, &step, &key, &limits).await?;
            let turns = match &skipped {
                Some(reason) => {
                    stage.observer.event(Event::StepSkipped { id: &step.id, reason });
                    Vec::new()
                }
                None => measure(stage, entry, &step, &key, books).await?,
            };
            for (request, turn) in step.requests.iter().zip(&turns) {
                books.examiner.see(&Exhibit {
                    workload: entry.id.as_str(),
                    nonce: &context.nonce,
                    request,
                    sample: &turn.sample,
                    text_bytes: turn.text.len() as u64,
                    exchanges: &turn.exchanges,
                });
            }
            let samples: Vec<Sample> = turns.iter().map(|turn| turn.sample.clone()).collect();
            limits.learn(&samples);
            outcome = Some(outcome_of(&step, skipped, &turns));
            self.samples.extend(samples);
        }
        Ok(Ok(()))
    }
}

/// What is wrong with a step beyond its schema. Ids name records of the tape.
pub(crate) fn fault(step: &Step, ids: &mut BTreeSet<String>) -> Option<String> {
    let mut requests = BTreeSet::new();
    if !ids.insert(step.id.clone()) {
        Some(format!("it planned the step `{}` twice", step.id))
    } else if step.requests.is_empty() {
        Some(format!("its step `{}` has no request", step.id))
    } else if !(1..=MAX_LANES).contains(&step.concurrency) {
        Some(format!("its step `{}` asks for {} streams", step.id, step.concurrency))
    } else {
        let twice = step.requests.iter().find(|request| !requests.insert(&request.id));
        twice.map(|request| format!("its step `{}` has two requests `{}`", step.id, request.id))
    }
}

/// Why a step is left out, decided once and kept on the tape.
async fn skip_reason(
    stage: &Stage<'_>,
    step: &Step,
    key: &str,
    limits: &Limits<'_>,
) -> Result<Option<String>, SessionError> {
    let decide = async {
        match stage.world.live() {
            Some(live) if live.interrupted() => Some("the run was stopped".to_owned()),
            _ => limits.refuses(step),
        }
    };
    stage.world.fact(&format!("{key}/skip"), decide).await
}

async fn measure(
    stage: &Stage<'_>,
    entry: &WorkloadEntry,
    step: &Step,
    key: &str,
    books: &mut Books,
) -> Result<Vec<Turn>, SessionError> {
    stage.observer.event(Event::StepBegins { id: &step.id, streams: step.concurrency });
    let warm = async {
        let streams = usize::try_from(step.concurrency).unwrap_or(1);
        match stage.world.live() {
            Some(live) => live.warm(streams).await,
            None => None,
        }
    };
    let rtt: Option<u64> = stage.world.fact(&format!("{key}/rtt-floor-ns"), warm).await?;
    let meter = books.harness.begin(stage.world);
    let running =
        lane::run_step(stage.world, stage.driver, entry.id.as_str(), step, stage.origin, rtt);
    stage.watch.begin(entry.id.as_str(), step);
    let turns = watched(stage, running).await;
    stage.watch.end();
    let turns = turns?;
    let samples: Vec<&Sample> = turns.iter().map(|turn| &turn.sample).collect();
    let wall_ns = books.harness.end(stage.world, key, meter, step, &samples).await?;
    books.examiner.step(step, &samples, wall_ns);
    Ok(turns)
}

/// Runs a step and tells the observer how far it is.
async fn watched<F>(stage: &Stage<'_>, running: F) -> Result<Vec<Turn>, SessionError>
where
    F: Future<Output = Result<Vec<Turn>, SessionError>>,
{
    let Some(live) = stage.world.live() else { return running.await };
    let streams = live.streams();
    let began = std::time::Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(250));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    tick.tick().await;
    tokio::pin!(running);
    loop {
        tokio::select! {
            turns = &mut running => return turns,
            _ = tick.tick() => {
                let reads = streams
                    .lock()
                    .map(|streams| streams.iter().map(|stream| stream.reads()).sum())
                    .unwrap_or(0);
                let elapsed_s = began.elapsed().as_secs_f64();
                stage.observer.event(Event::Tick { reads, elapsed_s });
            }
        }
    }
}

fn outcome_of(step: &Step, skipped: Option<String>, turns: &[Turn]) -> Outcome {
    let requests = turns
        .iter()
        .map(|Turn { sample, text, .. }| RequestOutcome {
            id: sample.request.clone(),
            status: sample.status,
            error: sample.error.clone(),
            prompt_tokens: sample.tokens.prompt,
            output_tokens: sample.tokens.output,
            text: text.clone(),
        })
        .collect();
    Outcome { step: step.id.clone(), skipped, requests }
}

/// A workload of a suite.
pub(crate) fn entry<'s>(
    suite: &'s VerifiedSuite,
    id: &Name,
) -> Result<&'s WorkloadEntry, SessionError> {
    let entry = suite.suite.workload.iter().find(|entry| entry.id == *id);
    entry.ok_or_else(|| SessionError::Unknown {
        what: "workload",
        name: id.to_string(),
        known: Vec::new(),
    })
}

/// A profile of a suite.
pub(crate) fn profile(suite: &VerifiedSuite, name: ProfileName) -> Result<&Profile, SessionError> {
    suite.suite.profiles.get(&name).ok_or_else(|| SessionError::Unknown {
        what: "profile",
        name: format!("{name:?}").to_lowercase(),
        known: Vec::new(),
    })
}

/// The parameters of a workload under a profile.
pub(crate) fn params(entry: &WorkloadEntry, context: &WorkloadContext) -> Value {
    let mut params = entry.params.clone();
    if let Some(changed) = entry.profile.get(&context.profile) {
        params.extend(changed.clone());
    }
    Value::Object(params.into_iter().collect())
}

fn failed(entry: &WorkloadEntry, reason: &str) -> WorkloadReport {
    WorkloadReport {
        workload: entry.id.to_string(),
        status: WorkloadStatus::Failed,
        reason: Some(reason.to_owned()),
        verdict: "failed".to_owned(),
        summary: BTreeMap::new(),
        parts: Vec::new(),
        skipped: Vec::new(),
        flags: Vec::new(),
    }
}

/// From the first send to the last byte of the measured samples.
fn wall(samples: &[Sample]) -> Option<u64> {
    let measured = || {
        samples
            .iter()
            .filter(|sample| sample.phase == Phase::Measure && sample.status == SampleStatus::Ok)
    };
    let first = measured().filter_map(|sample| sample.times.sent_ns).min()?;
    let last = measured().filter_map(|sample| sample.times.end_ns).max()?;
    Some(last.saturating_sub(first))
}
