//! Hosted APIs, played by a scripted server: keys, limits and money.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use serde_json::Value;
use tachograph_tests::{
    Said, Tacho, everything, holds, json,
    scripted::{After, STREAM, Scripted, usage, usual},
};

const KEY: &str = "sk-planted-0123456789";

/// Runs a short chat through the preset `openai`, its address changed.
fn hosted(tacho: &Tacho, url: &str, more: &[&str]) -> Said {
    let args = "run suite-v2 --quick --backend openai --workload W1 --max-tokens 16 --no-canary";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.extend(["--json", "out.json", "--url", url]);
    args.extend(more);
    Said::of(tacho.command(&args).env("OPENAI_API_KEY", KEY))
}

fn answer(answer: &mut tachograph_tests::scripted::Answer) -> std::io::Result<After> {
    answer.send(STREAM)?;
    answer.tokens(16, 1)?;
    answer.finish(Some(usage(140, 16)))
}

/// S4.101: the key reaches the server, which plays it back wherever it can, and
/// is in no file, no log and no word of the program.
#[test]
fn a_key_reaches_the_server_and_is_kept_nowhere() {
    let keys = Arc::new(AtomicUsize::new(0));
    let seen = keys.clone();
    let server = Scripted::routes(move |request| {
        let bearer = format!("authorization: bearer {KEY}");
        seen.fetch_add(usize::from(request.head.contains(&bearer)), SeqCst);
        if !request.path.ends_with("/chat/completions") {
            return usual(request);
        }
        // The first is the warm-up.
        match request.number {
            1 => {
                let body = format!("{{\"error\":{{\"message\":\"bad key {KEY}\"}}}}");
                let headers = format!("content-type: application/json\r\nx-key: {KEY}\r\n");
                request.whole("401 Unauthorized", &headers, &body)
            }
            _ => {
                request.send(STREAM)?;
                request.event(tachograph_tests::scripted::delta("content", KEY))?;
                request.tokens(15, 1)?;
                request.finish(Some(usage(140, 16)))
            }
        }
    });
    let tacho = Tacho::new();
    let said = hosted(&tacho, &server.url(), &["-vv"]).expect(7);
    assert!(keys.load(SeqCst) >= 3, "the models and both chats were asked with the key");

    let mut files = everything(tacho.home());
    assert!(files.len() > 10);
    files.push(("stdout".into(), said.out.into_bytes()));
    files.push(("stderr".into(), said.err.into_bytes()));
    for (name, bytes) in files {
        assert!(!holds(&bytes, KEY), "the key is in {}", name.display());
    }
    let result = json(&tacho.home().join("out.json"));
    assert_eq!(result["backend"]["origin"], "hosted");
    assert_eq!(result["backend"]["preset"], "openai");
    let _ = tacho.run(&["replay", "latest"]).expect(0);
}

#[test]
fn without_its_key_a_hosted_api_is_not_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = asked.clone();
    let server = Scripted::routes(move |request| {
        seen.fetch_add(1, SeqCst);
        usual(request)
    });
    let tacho = Tacho::new();
    let url = server.url();
    let mut command = tacho.command(&["run", "--backend", "openai", "--url", &url]);
    let output = command.env_remove("OPENAI_API_KEY").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("OPENAI_API_KEY is not set"), "{said}");
    assert_eq!(asked.load(SeqCst), 0);
}

/// A 429 is waited for as long as the server says, and the sample says so.
#[test]
fn a_rate_limit_is_honoured() {
    let server = Scripted::start(|request| match request.number {
        1 => request.whole(
            "429 Too Many Requests",
            "content-type: application/json\r\nretry-after: 1\r\n",
            r#"{"error":{"message":"Rate limit reached"}}"#,
        ),
        _ => answer(request),
    });
    let tacho = Tacho::new();
    let began = std::time::Instant::now();
    let _ = hosted(&tacho, &server.url(), &[]).expect(0);
    assert!(began.elapsed().as_secs_f64() > 1.0);
    let result = json(&tacho.home().join("out.json"));
    let sample = &result["workloads"][0]["samples"][1];
    assert_eq!(sample["status"], "ok", "{sample}");
    assert_eq!(sample["flags"][0]["code"], "rate-limited", "{sample}");
    let ttft = sample["times"]["first_token_ns"].as_u64().unwrap()
        - sample["times"]["sent_ns"].as_u64().unwrap();
    assert!(ttft < 900_000_000, "the wait is no part of the TTFT: {ttft} ns");
    let replayed = tacho.run(&["replay", "latest"]).expect(0);
    assert!(replayed.out.contains("identical"), "{}", replayed.out);
}

/// What could cost too much is left out, and what was spent is in the result.
#[test]
fn a_run_ends_at_its_cost() {
    let tacho = Tacho::new();
    let server = Scripted::start(answer);
    let url = server.url();
    // A million dollars a million tokens: 140 + 16 tokens cost 156 USD.
    let price = ["--price", "1000000,1000000"];
    let said = hosted(&tacho, &url, &[&price[..], &["--max-cost", "500"]].concat());
    let result = json(&tacho.home().join("out.json"));
    let cost = &result["backend"]["cost"];
    let spent = cost["spent_usd"].as_f64().unwrap();
    assert!((spent - 156.0).abs() < 1e-6 || (spent - 312.0).abs() < 1e-6, "{cost}");
    assert_eq!(cost["limit_usd"], 500.0);
    assert!(said.out.contains("spent"), "{}", said.out);

    let said = hosted(&tacho, &url, &[&price[..], &["--max-cost", "1"]].concat());
    assert!(said.err.contains("may cost $"), "{}", said.err);
    let result: Value = json(&tacho.home().join("out.json"));
    assert_eq!(result["backend"]["cost"]["spent_usd"], 0.0);
    assert_eq!(result["workloads"][0]["samples"].as_array().unwrap().len(), 0);
    let _ = tacho.run(&["replay", "latest"]).expect(0);

    let said = hosted(&tacho, &url, &["--max-cost", "1"]).expect(2);
    assert!(said.err.contains("--price"), "{}", said.err);
}
