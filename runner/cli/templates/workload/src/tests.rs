//! The plan and the report, without a server and without a sandbox.

use tachograph_sdk::{
    Workload,
    model::{ProfileName, Step, WorkloadContext, WorkloadStatus},
    serde_json::json,
};

use super::MyPlugin;

fn context(nonce: &str) -> WorkloadContext {
    WorkloadContext {
        workload: "w".into(),
        nonce: nonce.into(),
        profile: ProfileName::Quick,
        trials: 2,
        warmup: 1,
        max_tokens: None,
        max_context: None,
        tools: false,
    }
}

fn steps(nonce: &str) -> Vec<Step> {
    let params = json!({ "prompt_words": 32, "output_tokens": 8 });
    let mut session = MyPlugin::open(params, context(nonce), 7).unwrap();
    std::iter::from_fn(|| session.next(None).unwrap()).collect()
}

#[test]
fn the_plan_is_the_same_each_time() {
    let ids: Vec<String> = steps("n").into_iter().map(|step| step.id).collect();
    assert_eq!(ids, ["warmup-1", "trial-1", "trial-2"]);
    assert_eq!(steps("n"), steps("n"));
}

#[test]
fn no_two_prompts_begin_alike() {
    let text = |step: &Step| step.requests[0].messages[0].content.clone();
    let all: Vec<String> = steps("one").iter().chain(&steps("two")).map(text).collect();
    for (at, prompt) in all.iter().enumerate() {
        assert!(!all[..at].iter().any(|known| known[..12] == prompt[..12]), "{prompt}");
    }
}

#[test]
fn wrong_parameters_are_refused() {
    let failure = MyPlugin::open(json!({}), context("n"), 7).err().unwrap();
    assert_eq!(failure.code, "bad-params");
}

#[test]
fn without_answers_the_report_says_so() {
    let params = json!({ "prompt_words": 32, "output_tokens": 8 });
    let mut session = MyPlugin::open(params, context("n"), 7).unwrap();
    let report = session.report(Vec::new()).unwrap();
    assert_eq!(report.status, WorkloadStatus::Failed);
}
