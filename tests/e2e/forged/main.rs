//! Forged evidence, one forgery each, with the check that catches it.
//!
//! The forger has read the source: the tape's chain is hashed anew, the result
//! is what a replay of the forged tape gives, and it is sealed with a key of the
//! forger's own. Seal, chain and replay therefore hold, and what is left is what
//! the tape says.
//!
//! What no check catches: a forger who writes a whole consistent tape. Then only
//! a challenge (who could have run what they were asked?) and a reproduction tell.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod forger;

use forger::Forger;
use serde_json::json;

/// Edited timestamps: every stream takes half the time. The server's own times
/// do not fit any more.
#[tokio::test]
async fn edited_timestamps_are_caught_by_tape_plausibility() {
    let mut forger = Forger::new();
    forger.exchanges("chat-short/", |exchange, _| {
        let written = exchange["timing"]["written"].as_u64().unwrap();
        let half = |stamp: &mut serde_json::Value| {
            let at = stamp.as_u64().unwrap();
            *stamp = json!(written + at.saturating_sub(written) / 2);
        };
        for name in ["headers", "first_byte", "last_byte", "end"] {
            half(&mut exchange["timing"][name]);
        }
        exchange["reads"].as_array_mut().unwrap().iter_mut().for_each(|read| half(&mut read["at"]));
    });
    forger.seal().await.caught_by("tape-plausibility", "the server worked");
}

/// Stamps from a formula instead of a clock.
#[tokio::test]
async fn made_up_timestamps_are_caught_by_tape_plausibility() {
    let mut forger = Forger::new();
    forger.exchanges("chat-short/", |exchange, _| {
        let first = exchange["timing"]["first_byte"].as_u64().unwrap();
        let mut last = first;
        for (index, read) in exchange["reads"].as_array_mut().unwrap().iter_mut().enumerate() {
            last = first + index as u64 * 500_000;
            read["at"] = json!(last);
        }
        exchange["timing"]["last_byte"] = json!(last);
        exchange["timing"]["end"] = json!(last + 90_000);
    });
    forger.seal().await.caught_by("tape-plausibility", "gaps have 1 lengths");
}

/// Dropped frames: most of a stream is gone, and the counts still claim it.
#[tokio::test]
async fn dropped_frames_are_caught_by_token_counts() {
    let mut forger = Forger::new();
    forger.exchanges("chat-short/trial-1/", |exchange, body| {
        let text = String::from_utf8(body.clone()).unwrap();
        let events: Vec<&str> = text.split_inclusive("\n\n").collect();
        let kept: Vec<&str> = [&events[..8], &events[events.len() - 8..]].concat();
        let stamps: Vec<serde_json::Value> =
            exchange["reads"].as_array().unwrap().iter().map(|read| read["at"].clone()).collect();
        let reads = kept.iter().enumerate().map(|(index, event)| {
            json!({ "at": stamps[index.min(stamps.len() - 1)], "len": event.len() })
        });
        let reads: Vec<serde_json::Value> = reads.collect();
        exchange["timing"]["last_byte"] = reads.last().unwrap()["at"].clone();
        exchange["reads"] = json!(reads);
        *body = kept.concat().into_bytes();
    });
    forger.seal().await.caught_by("token-counts", "frames are missing");
}

/// Inflated usage: twice the tokens that came.
#[tokio::test]
async fn inflated_usage_is_caught_by_token_counts() {
    let mut forger = Forger::new();
    forger.replace("chat-short/", "\"completion_tokens\":48", "\"completion_tokens\":96");
    forger.seal().await.caught_by("token-counts", "asked for 48");
}

/// A warm cache claimed cold: the server processed next to nothing of the prompt.
#[tokio::test]
async fn a_warm_cache_claimed_cold_is_caught_by_cold_cache() {
    let mut forger = Forger::new();
    for prompt in ["\"prompt_n\":297", "\"prompt_n\":273"] {
        forger.replace("chat-short/", prompt, "\"prompt_n\": 12");
    }
    forger.seal().await.caught_by("cold-cache", "12 of 297 tokens");
}

/// And one that the server itself calls warm.
#[tokio::test]
async fn a_warm_cache_that_shows_is_caught_by_cold_cache() {
    let mut forger = Forger::new();
    let (cold, warm) = ("\"cached_tokens\":0}", "\"cached_tokens\":290}");
    forger.replace("chat-short/", cold, warm);
    forger.replace("chat-short/", "\"cache_n\":0,", "\"cache_n\":290,");
    forger.seal().await.caught_by("cold-cache", "came from a cache");
}

/// An older tape under a new challenge: its prompts are older than that.
#[tokio::test]
async fn an_older_tape_under_a_new_challenge_is_caught_by_challenge() {
    let value = "0f".repeat(16);
    let mut forger = Forger::new();
    forger.fact("begin", |begin| {
        begin["challenge"] = json!({ "value": value, "fresh": "1e".repeat(16) });
    });
    let forged = forger.seal().await;
    forged.caught_by("challenge", "does not follow from the challenge");
    let said = forged.tacho.run(&["verify", forged.path(), "--challenge", &value]).expect(20);
    assert!(said.err.contains("does not follow"), "{}", said.err);
}

/// The same with a nonce that does follow: then the prompts do not.
#[tokio::test]
async fn an_older_tape_under_a_new_nonce_is_caught_by_the_replay() {
    let mut forger = Forger::new();
    forger.fact("begin", |begin| {
        begin["nonce"] = json!("autumn atlas ash arrow arch apple anchor amber");
    });
    // No answer of the tape is to these prompts, and nothing is left to claim.
    let forged = forger.seal().await;
    let result = tachograph_tests::json(&forged.folder().join("result.json"));
    for workload in result["workloads"].as_array().unwrap() {
        assert_eq!(workload["report"]["status"], "failed", "{}", workload["report"]);
        assert!(workload.to_string().contains("replay-diverged"));
    }
}

/// A figure of the result alone: the replay gives another.
#[tokio::test]
async fn an_edited_figure_is_caught_by_the_replay() {
    let mut forged = Forger::new().seal().await;
    forged.edit(|result| {
        let summary = &mut result.workloads[0].report.summary;
        summary.get_mut("decode_tps").unwrap().value = Some(99_999.0);
    });
    let said = forged.inspect(21);
    let line = said.out.lines().find(|line| line.contains(" replay ")).unwrap();
    assert!(line.contains("FAIL") && said.out.contains("decode_tps"), "{}", said.out);
}

/// Checks that the forger declares passed: they are made anew.
#[tokio::test]
async fn declared_checks_are_made_anew() {
    let mut forger = Forger::new();
    forger.replace("chat-short/", "\"completion_tokens\":48", "\"completion_tokens\":96");
    let mut forged = forger.seal().await;
    forged.edit(|result| {
        for check in &mut result.evidence.as_mut().unwrap().checks {
            check.outcome = tachograph_model::CheckOutcome::Pass;
        }
    });
    let said = forged.inspect(21);
    assert!(said.out.contains("asked for 48"), "{}", said.out);
}

/// Bytes of a tape that is not hashed anew: only the chain can tell.
#[test]
fn an_unhashed_edit_is_caught_by_the_chain() {
    let tacho = tachograph_tests::Tacho::new();
    let folder = tacho.home().join("run");
    std::fs::create_dir(&folder).unwrap();
    for name in ["result.json", "result.json.minisig", "run.tape"] {
        std::fs::copy(forger::recorded().join(name), folder.join(name)).unwrap();
    }
    let path = folder.join("run.tape");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let said = tacho.run(&["verify", folder.to_str().unwrap()]).expect(20);
    assert!(said.err.contains("run.tape"), "{}", said.err);
}

/// An honest tape under another key passes: nothing here cries wolf.
#[tokio::test]
async fn an_honest_tape_passes_every_check() {
    let said = Forger::new().seal().await.inspect(0);
    assert!(!said.out.contains("FAIL"), "{}", said.out);
}

/// More trials than were planned, and another plan than the pin's: told before
/// anybody's machine works on an answer.
#[tokio::test]
async fn a_claim_that_its_suite_does_not_plan_is_told_before_it_is_measured() {
    let mut forged = Forger::new().seal().await;
    forged.edit(|result| {
        let samples = &mut result.workloads[0].samples;
        for trial in 1..6 {
            let mut invented = samples.last().unwrap().clone();
            (invented.step, invented.trial) = (format!("invented-{trial}"), trial);
            samples.push(invented);
        }
    });
    let reproduce = ["reproduce", forged.path()];
    let said = forged.tacho.run(&reproduce).expect(22);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("the plan has no step `invented-1`"), "{}", said.out);
    assert!(said.err.contains("nothing was measured"), "{}", said.err);

    let mut forged = Forger::new().seal().await;
    forged.edit(|result| result.workloads[0].plan = Some(result.suite.pin.digest));
    let said = forged.tacho.run(&["reproduce", forged.path()]).expect(22);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("its plan of chat-short is not what its suite plans"), "{}", said.out);
    assert_eq!(forged.tacho.run_folders().len(), 0);
}
