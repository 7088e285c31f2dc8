//! The plan of the trace: lengths, kinds, and that it only ever grows.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{CacheIntent, Role, Step},
    serde_json::{Value, json},
};
use tachograph_workload_text::{count, testing};
use workload_agent_trace::{AgentTrace, broken_prefix};

fn step(params: Value, tools: bool) -> Step {
    let mut context = testing::context("agent-trace", 1);
    context.tools = tools;
    AgentTrace::open(params, context, 7).unwrap().next(None).unwrap().unwrap()
}

/// The parts of the first prompt, each by itself.
#[test]
fn the_first_prompt_has_its_three_parts() {
    let first = &step(json!({}), true).requests[0];
    let tools: u64 =
        first.tools.iter().map(|t| count(&tachograph_sdk::serde_json::to_string(t).unwrap())).sum();
    assert_eq!(tools, 1920);
    assert_eq!(count(&first.messages[0].content), 1152);
    assert_eq!(count(&first.messages[1].content), 1024);
    let flat = &step(json!({}), false).requests[0];
    assert_eq!(count(&flat.messages[0].content), 1152 + 1920);
    assert_eq!(count(&flat.messages[1].content), 1024);
}

/// S4.56, S4.57, S4.58: ten turns, 103,168 prompt tokens, 3,392 output tokens,
/// 16,384 at the end, and 84.6 % that a perfect cache holds.
#[test]
fn the_numbers_of_the_trace() {
    for tools in [true, false] {
        let requests = step(json!({}), tools).requests;
        assert_eq!(requests.len(), 10);
        let sum = |of: fn(&tachograph_sdk::model::Request) -> u64| requests.iter().map(of).sum();
        let prompts: u64 = sum(|r| r.reference_prompt_tokens);
        let outputs: u64 = sum(|r| u64::from(r.max_tokens));
        let ideal: u64 = sum(|r| r.ideal_cached_tokens);
        assert_eq!((prompts, outputs, ideal), (103_168, 3392, 87_296), "tools: {tools}");
        assert!((ideal as f64 / prompts as f64 - 0.846).abs() < 0.0005);
        let last = requests.last().unwrap();
        assert_eq!(last.reference_prompt_tokens + u64::from(last.max_tokens), 16_384);
    }
}

/// S4.59: every prompt begins with the whole prompt before it.
#[test]
fn the_context_only_grows() {
    for tools in [true, false] {
        let mut requests = step(json!({}), tools).requests;
        assert_eq!(broken_prefix(&requests), None);
        for pair in requests.windows(2) {
            assert!(pair[1].messages.len() > pair[0].messages.len());
            assert_eq!(pair[1].ideal_cached_tokens, pair[0].reference_prompt_tokens);
        }
        requests[4].messages[1].content.push('!');
        assert_eq!(broken_prefix(&requests), Some(5), "a changed message is found");
    }
}

#[test]
fn tools_are_on_the_wire_or_the_profile_is_flat() {
    let with = step(json!({}), true).requests;
    assert!(with.iter().all(|r| r.tools.len() == 8));
    let last = &with[9].messages;
    assert_eq!(last.iter().filter(|m| m.role == Role::Tool).count(), 9);
    for pair in last.windows(2).filter(|pair| pair[1].role == Role::Tool) {
        assert_eq!(Some(&pair[0].tool_calls[0].id), pair[1].tool_call_id.as_ref());
        let arguments = &pair[0].tool_calls[0].function.arguments;
        let arguments: Value = tachograph_sdk::serde_json::from_str(arguments).unwrap();
        assert!(arguments.is_object());
    }
    for flat in [step(json!({}), false), step(json!({ "flat": true }), true)] {
        for request in flat.requests {
            assert!(request.tools.is_empty());
            assert!(request.messages.iter().all(|m| m.tool_calls.is_empty()));
            assert!(request.messages.iter().all(|m| m.role != Role::Tool));
        }
    }
}

/// Exact lengths only on plain-text turns; the nonce in the first user message.
#[test]
fn turns_ask_for_what_their_kind_allows() {
    let requests = step(json!({}), true).requests;
    let exact: Vec<usize> =
        (1..).zip(&requests).filter(|(_, r)| r.exact_length).map(|(i, _)| i).collect();
    assert_eq!(exact, [3, 5, 8, 10]);
    assert_eq!(requests[0].cache, CacheIntent::Cold);
    assert!(requests[1..].iter().all(|r| r.cache == CacheIntent::Reuse));
    let user = requests[0].messages.iter().find(|m| m.role == Role::User).unwrap();
    assert!(user.content.contains(tachograph_workload_text::PLACEHOLDER_NONCE));
    assert!(requests.iter().all(|r| r.delay_ms == 0), "ranked mode does not wait");
}

#[test]
fn paced_turns_wait_and_caps_spare_the_history() {
    let requests = step(json!({ "paced": true, "max_output_tokens": 64 }), true).requests;
    let delays: Vec<u64> = requests.iter().map(|r| r.delay_ms).collect();
    assert_eq!(delays, [0, 100, 100, 100, 5000, 100, 100, 5000, 100, 5000]);
    assert!(requests.iter().all(|r| r.max_tokens == 64));
    assert_eq!(requests[9].reference_prompt_tokens, 15_872);
}

#[test]
fn a_model_with_too_little_context_is_skipped_with_both_numbers() {
    let mut context = testing::context("agent-trace", 1);
    context.max_context = Some(8192);
    let mut session = AgentTrace::open(json!({}), context, 7).unwrap();
    assert_eq!(session.next(None).unwrap(), None);
    let report = session.report(vec![]).unwrap();
    assert_eq!(report.status, tachograph_sdk::model::WorkloadStatus::Skipped);
    let reason = report.reason.unwrap();
    assert!(reason.contains("16448") && reason.contains("8192"), "{reason}");
}

#[test]
fn unknown_parameters_are_refused() {
    let context = testing::context("agent-trace", 1);
    let why = AgentTrace::open(json!({ "pased": true }), context, 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
    assert!(AgentTrace::describe().params_schema["additionalProperties"] == json!(false));
}
