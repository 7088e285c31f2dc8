//! Giving a result to others, and keeping what others gave.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tachograph_tests::{
    Said, Tacho,
    scripted::{After, STREAM, Scripted, delta, usage},
};

const KEY: &str = "planted-share-key-0123456789";
/// What the model answers: it is on the tape and nowhere else.
const ANSWER: &str = "sentinelanswer";

/// A `tacho` that has measured a server once.
fn measured() -> Tacho {
    let tacho = Tacho::new();
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.event(delta("content", ANSWER))?;
        answer.tokens(15, 1)?;
        answer.finish(Some(usage(140, 16)))
    });
    let url = server.url();
    let args = "run suite-v2 --quick --workload W1 --iterations 5 --max-tokens 16";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.extend(["--backend", "openai-compatible", "--url", &url]);
    let _ = tacho.run(&args).expect(0);
    tacho
}

/// `tacho share`, in an environment where nothing is said yet.
fn share(tacho: &Tacho, args: &[&str]) -> Command {
    let mut command = tacho.command(&[&["share", "latest"], args].concat());
    for name in ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "TACHO_API_KEY", "TACHO_SHARE_URL"] {
        command.env_remove(name);
    }
    command
}

/// What a server was asked: heads in lower case, and bodies.
type Asked = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server that answers everything with one status.
fn server(status: &'static str, headers: &'static str) -> (Scripted, Asked) {
    let asked = Asked::default();
    let seen = asked.clone();
    let server = Scripted::routes(move |request| {
        let body = request.request()?;
        seen.lock().unwrap().push((request.head.clone(), body));
        request.whole(status, headers, r#"{"said":"so"}"#)?;
        Ok(After::Close)
    });
    (server, asked)
}

/// S0.2, S0.78–S0.80, S0.120: what is shown is what is written and what is sent,
/// once, with the key.
#[test]
fn the_bytes_that_are_shown_are_the_bytes_that_leave() {
    let tacho = measured();
    for form in [&["--form", "full"][..], &["--anon"], &["--form", "octomil"]] {
        let shown = Said::of(share(&tacho, form).arg("--dry-run")).expect(0).out;
        let (server, asked) = server("201 Created", "");
        let to = server.url() + "/api/v1/benchmarks";
        let more = ["--to", &to, "--yes", "-o", "shared.json"];
        let said = Said::of(share(&tacho, form).args(more).env("TACHO_API_KEY", KEY)).expect(0);
        assert_eq!(said.out, shown);
        assert!(said.err.contains("permanent"), "{}", said.err);
        let written = std::fs::read_to_string(tacho.home().join("shared.json")).unwrap();
        assert_eq!(written, shown);
        let asked = asked.lock().unwrap();
        let [(head, body)] = &asked[..] else { panic!("asked {} times", asked.len()) };
        assert_eq!(String::from_utf8_lossy(body), shown);
        assert!(head.starts_with("post /api/v1/benchmarks http/1.1"), "{head}");
        assert!(head.contains(&format!("authorization: bearer {KEY}\r\n")), "{head}");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        // S0.52, S0.53.
        assert!(!shown.contains(ANSWER) && !shown.contains(KEY), "{shown}");
    }
}

/// S0.7, S4.110: whoever did not agree sends nothing.
#[test]
fn nothing_is_sent_that_nobody_agreed_to() {
    let tacho = measured();
    let (server, asked) = server("201 Created", "");
    let url = server.url();
    let try_it = |args: &[&str], environment: &[(&str, &str)]| {
        let args = [&["--form", "octomil", "--to", &url], args].concat();
        Said::of(share(&tacho, &args).envs(environment.iter().copied()))
    };
    let key = ("TACHO_API_KEY", KEY);
    assert!(try_it(&["--yes"], &[]).expect(40).err.contains("no key"));
    assert!(try_it(&[], &[key]).expect(40).err.contains("no terminal"));
    assert!(try_it(&["--yes"], &[key, ("CI", "true")]).expect(40).err.contains("CI job"));
    for keep in ["--local", "--no-upload"] {
        let said = try_it(&[keep, "--upload", "--yes"], &[key]).expect(0);
        assert!(said.err.contains("nothing was sent"), "{}", said.err);
    }
    assert!(try_it(&["--dry-run", "--upload"], &[key]).expect(0).err.is_empty());
    assert_eq!(asked.lock().unwrap().len(), 0);
    // And in a job that asks for it, it is sent; the row says where it is from.
    let said = try_it(&["--upload"], &[key, ("CI", "true")]).expect(0);
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap()["source"], "ci");
}

#[test]
fn plain_http_leaves_the_machine_never() {
    let tacho = measured();
    let args = ["--to", "http://192.0.2.1/api", "--upload"];
    let said = Said::of(&mut share(&tacho, &args)).expect(2);
    assert!(said.err.contains("neither https nor on this machine"), "{}", said.err);
}

/// S0.79, S0.80: every refusal has its words, and is asked for once.
#[test]
fn a_refusal_is_told_and_not_tried_again() {
    let tacho = measured();
    for (status, headers, words) in [
        ("401 Unauthorized", "", "is the key right"),
        ("415 Unsupported Media Type", "", "does the server take this --form?"),
        ("422 Unprocessable Entity", "", "what was sent is on standard output"),
        ("429 Too Many Requests", "retry-after: 30\r\n", "asks to wait 30 s"),
        ("503 Service Unavailable", "", "may have kept it"),
        ("302 Found", "location: /elsewhere\r\n", "redirects are not followed"),
    ] {
        let (server, asked) = server(status, headers);
        let args = ["--to", &server.url(), "--upload", "--api-key", KEY];
        let said = Said::of(&mut share(&tacho, &args)).expect(41);
        assert!(said.err.contains(words), "{status}: {}", said.err);
        assert!(said.err.contains(&status[..3]) && !said.err.contains(KEY), "{}", said.err);
        assert_eq!(asked.lock().unwrap().len(), 1, "{status}");
    }
    let args = ["--to", "http://127.0.0.1:1", "--upload"];
    let _ = Said::of(&mut share(&tacho, &args)).expect(41);
}

/// S0.6, S4.90: a name of this machine in the result stops it, and is not told.
#[test]
fn a_name_of_this_machine_stops_it() {
    let tacho = measured();
    let (server, asked) = server("201 Created", "");
    // The model of the scripted server is called `scripted`.
    let url = server.url();
    let to = ["--to", &url, "--upload", "-o", "shared.json", "--form", "octomil"];
    let said = Said::of(share(&tacho, &to).env("HOSTNAME", "Scripted")).expect(40);
    assert!(said.err.contains("/model holds the name of this machine"), "{}", said.err);
    assert!(said.out.is_empty() && !said.err.contains("cripted"), "{}", said.err);
    assert!(!tacho.home().join("shared.json").exists());
    assert_eq!(asked.lock().unwrap().len(), 0);
    // Seen and allowed, it passes; a key does not.
    let allow = [&to[..], &["--allow", "/model"]].concat();
    let _ = Said::of(share(&tacho, &allow).env("HOSTNAME", "scripted")).expect(0);
    let said = Said::of(share(&tacho, &allow).env("SOME_TOKEN", "scripted")).expect(40);
    assert!(said.err.contains("the key in the variable SOME_TOKEN"), "{}", said.err);
    let dry = Said::of(share(&tacho, &["--dry-run"]).env("SOME_TOKEN", "scripted")).expect(40);
    assert!(dry.out.is_empty(), "a key is not printed either");
}

/// The other side checks a shared result without the runs of this machine.
#[test]
fn a_shared_result_verifies_elsewhere_and_an_anonymous_one_says_less() {
    let tacho = measured();
    let _ = Said::of(&mut share(&tacho, &["-o", "shared.json"])).expect(0);
    let other = Tacho::new();
    let file = tacho.home().join("shared.json");
    let verified = other.run(&["verify", file.to_str().unwrap()]).expect(0);
    assert!(verified.out.contains("holds, by key"), "{}", verified.out);
    let _ = other.run(&["show", file.to_str().unwrap()]).expect(0);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"scripted\"", "\"stronger\"", 1)).unwrap();
    let _ = other.run(&["verify", file.to_str().unwrap()]).expect(20);

    let _ = Said::of(&mut share(&tacho, &["--anon", "-o", "anon.json"])).expect(0);
    let anonymous = tachograph_tests::json(&tacho.home().join("anon.json"));
    let run = &tacho.run(&["runs", "--json"]).expect(0).out;
    let run: Value = serde_json::from_str(run).unwrap();
    let result = tachograph_tests::json(&tacho.run_folders()[0].join("result.json"));
    assert_eq!(anonymous["fingerprint"], result["fingerprint"]["hash"]);
    let text = anonymous.to_string();
    for word in [&result["sealed_by"], &result["tape"], &result["nonce"], &run[0]["id"]] {
        assert!(!text.contains(word.as_str().unwrap()), "{word} is in {text}");
    }
    assert!(anonymous.get("seal").is_none());
}

/// A tape is no result, whatever it is called.
#[test]
fn a_tape_is_never_shared() {
    let tacho = measured();
    let tape = tacho.run_folders()[0].join("run.tape");
    let said = tacho.run(&["share", tape.to_str().unwrap(), "--dry-run"]);
    assert_ne!(said.code, Some(0));
    assert!(said.out.is_empty(), "{}", said.out);
}

/// Rows of others are kept as claims, apart, and compared with nothing.
#[test]
fn rows_of_others_are_claims() {
    let tacho = measured();
    let row = json!({
        "id": 7, "model": "phi-4-mini", "backend": "llama.cpp", "platform": "darwin",
        "arch": "arm64", "iterations": 10, "ttft_ms": 142.3, "tpot_ms": 25.8,
        "avg_tokens_per_second": 38.7, "peak_tokens_per_second": 42.1,
    });
    let mut wrong = row.clone();
    wrong["peak_tokens_per_second"] = json!(30.0);
    let file = tacho.home().join("rows.json");
    std::fs::write(&file, json!([row, wrong]).to_string()).unwrap();
    let said = tacho.run(&["import", "octomil", "rows.json"]).expect(4);
    assert!(said.err.contains("row 1: without its fields id"), "{}", said.err);
    assert!(said.err.contains("row 2 is left out: avg_tokens_per_second is above"), "{}", said.err);
    assert!(said.err.contains("1 of 2 rows kept as claims"), "{}", said.err);
    let id = said.out.trim();
    let listed = tacho.run(&["runs", "--imported"]).expect(0);
    assert!(listed.out.contains("phi-4-mini") && listed.out.contains("claimed"), "{}", listed.out);
    assert!(!tacho.run(&["runs"]).expect(0).out.contains("phi-4-mini"));
    let json = tacho.run(&["runs", "--imported", "--json"]).expect(0).out;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()[0]["id"], id);
    let _ = tacho.run(&["compare", "latest", id]).expect(3);

    // A row that this program made reads back.
    let own = Said::of(&mut share(&tacho, &["--form", "octomil", "-o", "own.json"])).expect(0);
    let _ = tacho.run(&["import", "octomil", "own.json"]).expect(0);
    let own: Value = serde_json::from_str(&own.out).unwrap();
    assert_eq!((&own["iterations"], &own["completion_tokens"]), (&json!(5), &json!(16)));
    assert_eq!(own["platform"], std::env::consts::OS.replace("macos", "darwin"));
}
