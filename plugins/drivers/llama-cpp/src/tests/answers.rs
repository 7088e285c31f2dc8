//! What streams become.

use tachograph_sdk::{
    Channel, CountSource, Driver, Usage,
    model::{CacheIntent, ServerTiming},
    serde_json::json,
    testing::{Recorder, request},
};

use super::{run, tape};
use crate::LlamaCpp;

const SIXTEEN: &str = "tadzredtocuumberseaq tk nhommwoyz afavg tk nholq";

#[test]
fn the_role_event_is_no_token_and_the_counts_come_last() {
    let (ended, turn) = run(&tape!("tapes/chat-cached"), &json!({}));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "tadzredtocu");
    assert_eq!((turn.deltas.len(), turn.deltas[0].frame), (4, 1));
    assert_eq!(turn.tokens(), None);
    assert_eq!(
        turn.usage,
        Some(Usage {
            prompt_tokens: Some(39),
            cached_tokens: Some(38),
            output_tokens: Some(4),
            reasoning_tokens: None,
            source: CountSource::Usage,
        })
    );
    assert_eq!(
        turn.timing,
        Some(ServerTiming {
            prompt_ns: Some(11_561_000),
            prompt_tokens: Some(1),
            decode_ns: Some(2_235_000),
            decode_gaps: Some(3),
            ..ServerTiming::default()
        })
    );
    assert_eq!(turn.finish.as_deref(), Some("length"));
    assert_eq!(turn.meta, Some(json!({ "system_fingerprint": "b1-0c1e57098" })));
}

#[test]
fn timings_count_where_usage_is_missing() {
    let (ended, turn) = run(&tape!("tapes/chat-without-usage"), &json!({}));
    ended.unwrap();
    let usage = turn.usage.unwrap();
    assert_eq!(usage.source, CountSource::Timings);
    assert_eq!((usage.prompt_tokens, usage.cached_tokens), (Some(39), Some(38)));
    assert_eq!(usage.output_tokens, Some(4));
}

#[test]
fn timings_in_every_event_count_as_it_goes_when_asked_for() {
    let asked = json!({ "extra_body": { "timings_per_token": true } });
    let (ended, turn) = run(&tape!("tapes/chat"), &asked);
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), SIXTEEN);
    assert_eq!(turn.tokens(), Some(16));
    assert!(turn.deltas.iter().all(|delta| delta.tokens == Some(1)));
    let (_, unasked) = run(&tape!("tapes/chat"), &json!({}));
    assert_eq!((unasked.tokens(), unasked.timing), (None, turn.timing));
}

#[test]
fn the_cache_is_asked_for_by_the_intent() {
    for (cache, asked) in [(CacheIntent::Cold, false), (CacheIntent::Reuse, true)] {
        let tape = tape!("tapes/chat-cached");
        let mut request = request("Hi", 4);
        request.cache = cache;
        LlamaCpp::generate(&tape, &request, &mut Recorder::default(), &json!({})).unwrap();
        let sent = &tape.sent()[0];
        assert_eq!(sent["cache_prompt"], asked);
        assert_eq!(sent["ignore_eos"], true);
        assert_eq!(sent.get("min_tokens"), None);
    }
}

#[test]
fn the_native_route_sends_tokens_and_counts_every_event() {
    let tape = tape!("tapes/render", "tapes/completion");
    let config = json!({ "route": "completion", "detected": { "build_info": "b1-0c1e57098" } });
    let (ended, turn) = run(&tape, &config);
    ended.unwrap();
    let sent = tape.sent();
    assert_eq!(sent[0]["messages"][0]["content"], "Hi");
    assert_eq!(sent[1]["content"], "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    assert_eq!(
        sent[2]["prompt"],
        json!([313, 298, 276, 291, 114, 3256, 312, 323, 396, 273, 374, 51])
    );
    assert_eq!((&sent[2]["n_predict"], &sent[2]["seed"]), (&json!(16), &json!(7)));
    assert_eq!(turn.text(Channel::Content), "odtana nttdxgutuetmvarm vjbelreyp vzfeyyazt");
    assert_eq!((turn.deltas.len(), turn.tokens()), (16, Some(16)));
    let usage = turn.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.cached_tokens), (Some(18), Some(0)));
    assert_eq!(
        turn.timing,
        Some(ServerTiming {
            prompt_ns: Some(3_361_000),
            prompt_tokens: Some(18),
            decode_ns: Some(10_451_000),
            decode_gaps: Some(15),
            ..ServerTiming::default()
        })
    );
    assert_eq!(turn.finish.as_deref(), Some("length"));
    assert_eq!(turn.meta.unwrap()["system_fingerprint"], "b1-0c1e57098");
}

#[test]
fn events_of_several_tokens_are_counted_by_the_running_count() {
    let (ended, turn) =
        run(&tape!("tapes/render", "tapes/completion-bytes"), &json!({"route": "completion"}));
    ended.unwrap();
    assert_eq!((turn.deltas.len(), turn.tokens()), (182, Some(200)));
    assert!(turn.deltas.iter().any(|delta| delta.tokens > Some(1)));
    assert_eq!(turn.usage.unwrap().output_tokens, Some(200));
    assert_eq!(turn.timing.unwrap().decode_gaps, Some(199));
}

#[test]
fn failures_have_codes() {
    let (ended, _) = run(&tape!("tapes/too-long"), &json!({}));
    let failure = ended.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.http_status), ("context-exceeded", Some(400)));
    for cut in [0, 50, 500, 1500] {
        for config in [json!({}), json!({ "route": "completion" })] {
            let tape =
                tape!("tapes/render", "tapes/completion", "tapes/chat-cached").cut_after(cut);
            let (ended, turn) = run(&tape, &config);
            assert_eq!(ended.unwrap_err().code, "connection-reset", "cut after {cut}");
            assert_eq!(turn.finish, None);
        }
    }
}
