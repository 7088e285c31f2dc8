//! Keys of servers and private keys, planted wherever a user has them, and looked
//! for in everything that the commands leave: files, tapes, logs, exports, what is
//! shared, and what is printed. That of a hosted run alone is in `hosted.rs`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tachograph_tests::{
    Said, Tacho, checkout, everything, holds,
    scripted::{STREAM, Scripted, delta, usage, usual},
};

const BACKEND_KEY: &str = "sk-planted-backend-0123456789";
const SHARE_KEY: &str = "planted-share-key-0123456789";

/// Everything as loud as it goes, and every key where a user would have it.
fn loud(tacho: &Tacho, args: &[&str]) -> Said {
    let mut command = tacho.command(args);
    command.env("TACHO_LOG", "trace").env("RUST_LOG", "trace").env_remove("CI");
    command.env("OPENAI_API_KEY", BACKEND_KEY).env("TACHO_API_KEY", SHARE_KEY);
    Said::of(&mut command)
}

/// A server that plays its key back in its answers, its headers and its errors.
fn echoing() -> Scripted {
    Scripted::routes(|request| {
        let headers = format!("x-key: {BACKEND_KEY}\r\n");
        if request.path.ends_with("/api/v1/benchmarks") {
            let headers = format!("{headers}x-other: {SHARE_KEY}\r\n");
            let body = format!("no key like {SHARE_KEY}\r\n");
            return request.whole("401 Unauthorized", &headers, &body);
        }
        if !request.path.ends_with("/chat/completions") {
            return usual(request);
        }
        if request.number == 1 {
            return request.whole("401 Unauthorized", &headers, &format!("bad {BACKEND_KEY}"));
        }
        request.send(STREAM)?;
        request.event(delta("content", BACKEND_KEY))?;
        request.tokens(15, 1)?;
        request.finish(Some(usage(140, 16)))
    })
}

/// The secret line of a minisign key file.
fn secret(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap().lines().nth(1).unwrap().to_owned()
}

#[test]
fn keys_stay_where_their_owner_put_them() {
    let tacho = Tacho::new();
    let server = echoing();
    let url = server.url();
    let home = tacho.home();
    let mut said = Vec::new();

    // A suite of the user's own, with its key.
    std::fs::create_dir(home.join("suite")).unwrap();
    let manifest = home.join("suite/suite.toml");
    std::fs::copy(checkout().join("suites/suite-v2/suite.toml"), &manifest).unwrap();
    let key = tachograph_trust::SecretKey::generate().unwrap();
    let suite_key = home.join("suite.key");
    key.save(&suite_key).unwrap();
    said.push(
        loud(&tacho, &["-vv", "suite", "sign", "suite/suite.toml", "--key", "suite.key"]).expect(0),
    );

    let run =
        "-vv run suite-v2 --quick --backend openai --workload W1 --iterations 2 --max-tokens 16";
    let mut run: Vec<&str> = run.split(' ').collect();
    run.extend(["--json", "out.json", "--url", &url]);
    said.push(loud(&tacho, &run));
    for file in ["run.html", "run.md", "run.csv", "run.jsonl", "run.prom", "run.json"] {
        said.push(loud(&tacho, &["-vv", "export", "latest", "-o", file]).expect(0));
    }
    for args in [
        &["dispute", "export", "latest", "-o", "timings.tar"][..],
        &["dispute", "export", "latest", "-o", "all.tar", "--with-outputs"],
        &["dispute", "inspect", "timings.tar"],
    ] {
        said.push(loud(&tacho, &[&["-vv"], args].concat()).expect(0));
    }
    let to = url.clone() + "/api/v1/benchmarks";
    for args in [
        &["--dry-run"][..],
        &["-o", "shared.json"],
        &["--anon", "-o", "anon.json"],
        &["--to", &to, "--upload"],
        // On the command line, where a key does not belong.
        &["--to", &to, "--upload", "--api-key", SHARE_KEY],
        &["--to", "https://example.invalid/x?key=1", "--upload"],
    ] {
        said.push(loud(&tacho, &[&["-vv", "share", "latest"], args].concat()));
    }
    let codes: Vec<_> = said.iter().rev().take(3).map(|said| said.code).collect();
    assert_eq!(codes, [Some(2), Some(41), Some(41)], "{said:#?}");
    for args in [&["verify", "latest"][..], &["replay", "latest"], &["show", "latest"], &["runs"]] {
        said.push(loud(&tacho, &[&["-vv"], args].concat()).expect(0));
    }
    for args in [&["share", "--help"][..], &["run", "--help"]] {
        // A help text shows what variables hold, unless it is told not to.
        said.push(loud(&tacho, args).expect(0));
    }

    let keys = std::fs::read_dir(home.join("config/keys")).unwrap();
    let private = keys.map(|entry| entry.unwrap().path());
    let run_key =
        private.into_iter().find(|path| path.extension().is_some_and(|e| e == "key")).unwrap();
    let owned = [(run_key.clone(), secret(&run_key)), (suite_key.clone(), secret(&suite_key))];

    let mut found = everything(home);
    assert!(found.len() > 30, "{}", found.len());
    for said in said {
        found.push((PathBuf::from("standard output"), said.out.into_bytes()));
        found.push((PathBuf::from("standard error"), said.err.into_bytes()));
    }
    for (place, bytes) in &found {
        for key in [BACKEND_KEY, SHARE_KEY] {
            assert!(!holds(bytes, key), "{key} is in {}", place.display());
        }
        for (file, secret) in &owned {
            assert_eq!(holds(bytes, secret), place == file, "{}", place.display());
        }
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&run_key), mode(&suite_key)), (0o600, 0o600));
    assert_eq!(mode(run_key.parent().unwrap()), 0o700);
    for (place, _) in found.iter().filter(|(place, _)| place.is_file()) {
        assert_eq!(mode(place) & 0o022, 0, "others may write {}", place.display());
    }
}

/// A key that others may read seals nothing and signs nothing.
#[test]
fn a_key_that_others_may_read_is_not_used() {
    let tacho = Tacho::new();
    let run = "run suite-v2 --quick --backend built-in --workload W1 --iterations 1 --max-tokens 4";
    let run: Vec<&str> = run.split(' ').collect();
    let _ = tacho.run(&run).expect(0);
    let keys = std::fs::read_dir(tacho.home().join("config/keys")).unwrap();
    let mut keys = keys.map(|entry| entry.unwrap().path());
    let key = keys.find(|path| path.extension().is_some_and(|e| e == "key")).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = tacho.run(&run);
    assert_ne!(said.code, Some(0));
    assert!(!said.err.contains(&secret(&key)), "{}", said.err);
    assert_eq!(tacho.run_folders().len(), 1);
}
