//! What streams become.

use tachograph_sdk::{
    Channel, CountSource, Driver, Usage,
    model::Tool,
    serde_json::{Value, json},
    testing::{Recorder, request},
};

use super::{detected, run, tape};
use crate::OpenAiCompatible;

fn usage(prompt: u64, cached: Option<u64>, output: u64) -> Option<Usage> {
    Some(Usage {
        prompt_tokens: Some(prompt),
        cached_tokens: cached,
        output_tokens: Some(output),
        reasoning_tokens: None,
        source: CountSource::Usage,
    })
}

const SIXTEEN: &str = "tadzredtocuumberseaq tk nhommwoyz afavg tk nholq";

#[test]
fn vllm_gives_sixteen_tokens_in_sixteen_deltas() {
    let (ended, turn) = run(&tape!("tapes/vllm-chat"), &detected("vllm"));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), SIXTEEN);
    assert_eq!(turn.deltas.len(), 16);
    // The role-only event is frame 0; the finish reason rides on the last token.
    assert_eq!((turn.deltas[0].frame, turn.deltas[15].frame), (1, 16));
    assert_eq!(turn.tokens(), None);
    assert_eq!(turn.usage, usage(39, Some(0), 16));
    assert_eq!(turn.finish.as_deref(), Some("length"));
    assert_eq!(turn.timing, None);
    assert_eq!(turn.meta, Some(json!({ "system_fingerprint": "vllm-0.32.0-28d65d9a" })));
}

#[test]
fn vllm_counts_as_it_goes() {
    let (ended, turn) = run(&tape!("tapes/vllm-running-usage"), &detected("vllm"));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "tadzredtocu");
    let counts: Vec<_> = turn.deltas.iter().map(|delta| delta.tokens).collect();
    assert_eq!(counts, [Some(1); 4]);
    assert_eq!(turn.usage, usage(39, Some(0), 4));
}

#[test]
fn tokens_without_text_and_text_of_two_tokens_are_counted() {
    let (ended, turn) = run(&tape!("tapes/synthetic-running-bytes"), &detected("vllm"));
    ended.unwrap();
    let seen: Vec<_> = turn.deltas.iter().map(|d| (d.frame, d.text.as_str(), d.tokens)).collect();
    assert_eq!(
        seen,
        [(1, "", Some(1)), (2, "é", Some(1)), (3, " one two", Some(2)), (4, "", Some(1))]
    );
    assert_eq!(turn.tokens(), turn.usage.unwrap().output_tokens.map(|n| u32::try_from(n).unwrap()));
    // Without knowing the server a running usage is not read as one.
    let (_, unknown) = run(&tape!("tapes/synthetic-running-bytes"), &json!({}));
    assert_eq!(unknown.text(Channel::Content), "é one two");
    assert_eq!((unknown.deltas.len(), unknown.tokens()), (2, None));
}

#[test]
fn mlx_comments_and_repeated_roles_are_no_tokens() {
    let (ended, turn) = run(&tape!("tapes/mlx-cached"), &detected("mlx"));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "tadzredtocu");
    assert_eq!((turn.deltas.len(), turn.deltas[0].frame), (4, 0));
    assert_eq!(turn.usage, usage(39, Some(38), 4));
    assert_eq!(turn.finish.as_deref(), Some("length"));
    // The length was asked for, and this server cannot be made to give it.
    assert_eq!(turn.meta.unwrap()["exact_length"], Value::Bool(false));
}

#[test]
fn mlx_gives_sixteen_tokens() {
    let (ended, turn) = run(&tape!("tapes/mlx-chat"), &detected("mlx"));
    ended.unwrap();
    assert_eq!((turn.text(Channel::Content).as_str(), turn.deltas.len()), (SIXTEEN, 16));
    assert_eq!(turn.usage.unwrap().output_tokens, Some(16));
}

#[test]
fn transformers_ends_without_done_and_counts_in_its_finish_event() {
    let (ended, turn) = run(&tape!("tapes/transformers-chat"), &detected("transformers"));
    ended.unwrap();
    assert!(turn.text(Channel::Content).starts_with("Qeujodmulhxedpeoaqk iiegh"));
    assert_eq!(turn.usage, usage(20, None, 16));
    assert_eq!(turn.finish.as_deref(), Some("length"));
    assert_eq!(turn.deltas.len(), 16);
}

#[test]
fn thinking_is_kept_apart_and_counted_once() {
    let (ended, turn) = run(&tape!("tapes/synthetic-reasoning"), &json!({}));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Reasoning), "First think. Then");
    assert_eq!(turn.text(Channel::Content), "answer.");
    assert_eq!(turn.usage.unwrap().reasoning_tokens, Some(6));
    assert_eq!(turn.finish.as_deref(), Some("stop"));
}

#[test]
fn tool_calls_are_put_together_by_index() {
    let (ended, turn) = run(&tape!("tapes/synthetic-tool-calls"), &json!({}));
    ended.unwrap();
    let call = |name: &str, arguments: &str| (name.to_owned(), arguments.to_owned());
    assert_eq!(
        turn.tool_calls,
        [call("read_file", r#"{"path":"src/a.rs"}"#), call("run", r#"{"n":3}"#)]
    );
    assert_eq!(turn.text(Channel::Tool), r#"{"path":"src/a.rs"}{"n":3}"#);
    assert_eq!(turn.text(Channel::Other), "read_filerun");
    assert_eq!(turn.text(Channel::Content), "");
    // The name is generated text too: the first token is where it begins.
    assert_eq!(turn.deltas[0].frame, 1);
    assert_eq!(turn.finish.as_deref(), Some("tool-calls"));
}

#[test]
fn a_zero_usage_never_hides_the_real_one() {
    let (ended, turn) = run(&tape!("tapes/synthetic-zero-usage"), &json!({}));
    ended.unwrap();
    assert_eq!(turn.usage, usage(5, None, 2));
    assert_eq!(turn.text(Channel::Content), "ab");
}

#[test]
fn how_the_bytes_were_split_changes_nothing() {
    let (_, whole) = run(&tape!("tapes/mlx-cached"), &detected("mlx"));
    for piece in [1, 2, 7, 64, 333, 4096] {
        let (ended, split) = run(&tape!("tapes/mlx-cached").in_pieces_of(piece), &detected("mlx"));
        ended.unwrap();
        assert_eq!((split.deltas, split.usage), (whole.deltas.clone(), whole.usage));
    }
}

#[test]
fn only_what_the_server_takes_is_sent() {
    for (dialect, extra) in [("vllm", "ignore_eos"), ("mlx", ""), ("transformers", "")] {
        let tape = tape!("tapes/vllm-chat");
        run(&tape, &detected(dialect)).0.unwrap();
        let sent = &tape.sent()[0];
        assert_eq!(sent.get("ignore_eos").is_some(), !extra.is_empty(), "{dialect}");
        assert_eq!(sent["stream_options"]["include_usage"], true);
    }
}

#[test]
fn a_burst_has_as_many_deltas_as_tokens() {
    let (ended, turn) = run(&tape!("tapes/vllm-starved"), &detected("vllm"));
    ended.unwrap();
    let usage = turn.usage.unwrap();
    assert_eq!((turn.deltas.len(), usage.output_tokens), (32, Some(32)));
}

#[test]
fn vllm_is_told_that_no_tool_is_called_where_the_length_is_forced() {
    let tool = Tool {
        name: "run".into(),
        description: "Runs.".into(),
        parameters: json!({ "type": "object" }),
    };
    for (dialect, exact, choice) in
        [("vllm", true, Some("none")), ("vllm", false, None), ("generic", true, None)]
    {
        let tape = tape!("tapes/vllm-chat");
        let mut request = request("hello", 16);
        request.exact_length = exact;
        request.tools.push(tool.clone());
        let mut turn = Recorder::default();
        OpenAiCompatible::generate(&tape, &request, &mut turn, &detected(dialect)).unwrap();
        let sent = tape.sent();
        assert_eq!(sent[0].get("tool_choice").and_then(Value::as_str), choice, "{dialect} {exact}");
    }
}
