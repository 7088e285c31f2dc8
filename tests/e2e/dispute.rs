//! Handing over the evidence of a run, and checking what was handed over.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use tachograph_tests::{
    Tacho,
    scripted::{STREAM, Scripted, usage},
};

/// A key that is planted, and must be found nowhere.
const API_KEY: &str = "sk-planted-3f9c1e7a55d0";

fn contains(path: &Path, wanted: &str) -> bool {
    let bytes = std::fs::read(path).unwrap();
    bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

fn verdict<'a>(out: &'a str, name: &str) -> &'a str {
    let line = out.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
    line.unwrap_or_else(|| panic!("no {name} in {out}")).split_whitespace().next().unwrap()
}

/// S4.74, S4.75, S4.76: raw timings are kept, leave the machine only on request,
/// and then without a word of any prompt or output.
#[test]
fn without_outputs_a_bundle_holds_stamps_and_no_words() {
    let tacho = Tacho::new();
    let args = "run suite-v2 --quick --backend built-in --workload W1 --max-tokens 8";
    let _ = tacho.run(&args.split(' ').collect::<Vec<_>>()).expect(0);
    let said = tacho.run(&["dispute", "export", "latest", "-o", "d.tar"]).expect(0);
    assert!(said.err.contains("timings.json"), "{}", said.err);
    assert!(said.err.contains("left out: the tape"), "{}", said.err);
    let bundle = tacho.home().join("d.tar");
    // Words of every prompt, and of the tape's own format.
    for word in ["Continue", "TACHOTAP", "messages", "delta"] {
        assert!(!contains(&bundle, word), "{word}");
    }
    let seen = tacho.run(&["dispute", "inspect", "d.tar"]).expect(0).out;
    for name in ["files", "seal", "suite", "timings", "tape-plausibility"] {
        assert_eq!(verdict(&seen, name), "pass", "{seen}");
    }
    for name in ["chain", "replay", "cold-cache", "token-counts"] {
        assert_eq!(verdict(&seen, name), "unknown", "{seen}");
    }
}

#[test]
fn with_outputs_everything_is_checked_by_somebody_else() {
    let tacho = Tacho::new();
    let args = "run suite-v2 --quick --backend built-in --workload W1 --max-tokens 8";
    let _ = tacho.run(&args.split(' ').collect::<Vec<_>>()).expect(0);
    let _ = tacho.run(&["dispute", "export", "--with-outputs", "-o", "d.tar"]).expect(0);
    let other = Tacho::new();
    let bundle = tacho.home().join("d.tar");
    let said = other.run(&["dispute", "inspect", bundle.to_str().unwrap()]).expect(0);
    for name in
        ["files", "seal", "suite", "timings", "chain", "replay", "cold-cache", "token-counts"]
    {
        assert_eq!(verdict(&said.out, name), "pass", "{}", said.out);
    }
    // Stock tar opens it.
    let listed = std::process::Command::new("tar").arg("tf").arg(&bundle).output();
    if let Ok(listed) = listed {
        let names = String::from_utf8(listed.stdout).unwrap();
        assert!(names.starts_with("dispute.json\nresult.json\n"), "{names}");
    }
}

#[test]
fn a_changed_bundle_is_told_by_the_file_that_was_changed() {
    let tacho = Tacho::new();
    let args = "run suite-v2 --quick --backend built-in --workload W1 --max-tokens 4 --no-canary";
    let _ = tacho.run(&args.split(' ').collect::<Vec<_>>()).expect(0);
    let _ = tacho.run(&["dispute", "export", "-o", "d.tar"]).expect(0);
    let path = tacho.home().join("d.tar");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(9).position(|window| window == b"\"written\"").unwrap();
    bytes[at + 10] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let said = tacho.run(&["dispute", "inspect", "d.tar"]).expect(20);
    assert_eq!(verdict(&said.out, "files"), "FAIL", "{}", said.out);
    assert!(said.out.contains("timings.json was changed"), "{}", said.out);
    std::fs::write(&path, b"no archive").unwrap();
    let _ = tacho.run(&["dispute", "inspect", "d.tar"]).expect(4);
}

/// Neither the API key, which even a server that repeats it does not bring onto
/// the tape, nor the run key.
#[test]
fn no_key_is_ever_in_a_bundle() {
    let tacho = Tacho::new();
    let server = Scripted::start(|answer| {
        let repeated = answer.head.clone();
        answer.request()?;
        answer.send(STREAM)?;
        answer.event(tachograph_tests::scripted::delta("content", &repeated))?;
        answer.tokens(15, 1)?;
        answer.finish(Some(usage(128, 16)))
    });
    let url = server.url();
    let args = "run suite-v2 --quick --backend openai-compatible --workload W1 --max-tokens 16 \
                --api-key-env PLANTED --url";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.push(&url);
    let run = tacho.command(&args).env("PLANTED", API_KEY).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let _ = tacho.run(&["dispute", "export", "--with-outputs", "-o", "d.tar"]).expect(0);
    let keys = tacho.home().join("config/keys");
    let key = std::fs::read_dir(&keys)
        .unwrap()
        .flatten()
        .find(|file| file.path().extension().is_some_and(|ext| ext == "key"))
        .unwrap();
    let secret = std::fs::read_to_string(key.path()).unwrap();
    let secret = secret.lines().nth(1).unwrap();

    // The tape in the bundle is packed: what it holds is read, record by record.
    let folder = tacho.run_folders().pop().unwrap();
    let tape = tachograph_tape::Tape::read(&folder.join("run.tape")).unwrap();
    let mut words = String::new();
    for record in &tape.records {
        words.push_str(&record.json.to_string());
        record.blobs.iter().for_each(|blob| words.push_str(&String::from_utf8_lossy(blob)));
    }
    assert!(words.contains("authorization: bearer"), "the server did repeat the head");
    let bundle = tacho.home().join("d.tar");
    for key in [API_KEY, secret] {
        assert!(!words.contains(key) && !contains(&bundle, key), "{key}");
    }
}
