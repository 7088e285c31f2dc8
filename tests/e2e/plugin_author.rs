//! The author of a plugin: from nothing to a component that was checked, packed
//! and granted, outside of any workspace.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tachograph_tests::{Said, Tacho, checkout};

/// The crates of all new plugins are built in one place, so that each of their
/// dependencies is built once.
fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugins")
}

fn said(command: &mut Command) -> Said {
    let output = command.env("CARGO_TARGET_DIR", target()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Writes a new plugin, runs its own tests, builds it, and gives its folder and
/// its component.
fn made(tacho: &Tacho, args: &[&str], name: &str) -> (PathBuf, PathBuf) {
    let told = tacho.run(&[&["plugin", "new"], args].concat()).expect(0);
    let folder = tacho.home().join(name);
    assert!(told.out.contains("tacho plugin build"), "{}", told.out);
    let locked = versions(&folder);
    assert!(locked.iter().any(|package| package.starts_with("wit-bindgen ")), "{locked:?}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tested = said(Command::new(cargo).arg("test").current_dir(&folder)).expect(0);
    assert!(tested.out.contains("test result: ok"), "{}", tested.out);
    // A warning in a new plugin would be the first thing that its author reads.
    assert!(!tested.err.contains("warning"), "{}", tested.err);
    let built = said(&mut tacho.command(&["plugin", "build", name])).expect(0);
    assert!(!built.err.contains("warning"), "{}", built.err);
    // Whatever comes from a registry is what this checkout is tested with.
    let own = |package: &&String| package.starts_with("tachograph-") || package.ends_with(" 0.1.0");
    for package in versions(&folder).iter().filter(|package| !own(package)) {
        assert!(locked.contains(package), "{package}");
    }
    let component = PathBuf::from(built.out.lines().last().unwrap());
    assert!(component.is_file(), "{}", built.out);
    (folder, component)
}

/// Names and versions in the lock file of a folder.
fn versions(folder: &Path) -> Vec<String> {
    let lock = fs::read_to_string(folder.join("Cargo.lock")).unwrap();
    let value = |line: Option<&str>| Some(line?.split('"').nth(1)?.to_owned());
    let package = |text: &str| {
        let mut lines = text.lines();
        Some(format!("{} {}", value(lines.next())?, value(lines.next())?))
    };
    lock.split("[[package]]\n").skip(1).filter_map(package).collect()
}

fn inspected(tacho: &Tacho, component: &Path) -> Value {
    let path = component.to_str().unwrap();
    let said = tacho.run(&["plugin", "inspect", path, "--json"]).expect(0);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn a_new_driver_of_each_protocol_builds_and_passes_its_tests() {
    let tacho = Tacho::new();
    for (name, protocol) in [("acme", "openai"), ("acme-own", "own")] {
        let (folder, component) = made(&tacho, &["driver", name, "--protocol", protocol], name);
        let facts = inspected(&tacho, &component);
        assert_eq!((&facts["id"], &facts["role"]), (&name.into(), &"driver".into()));
        assert_eq!(facts["asks"][0].as_str().unwrap().split(':').next(), Some("endpoint `api`"));
        // Whoever gets the component learns nothing of the author's folders.
        let bytes = fs::read(&component).unwrap();
        let inside = |path: &str| bytes.windows(path.len()).any(|w| w == path.as_bytes());
        assert!(!inside(folder.to_str().unwrap()));
        if let Ok(home) = std::env::var("HOME") {
            assert!(!inside(&format!("{home}/")), "{home}");
        }
    }
    let again = tacho.run(&["plugin", "new", "driver", "acme"]).expect(2);
    assert!(again.err.contains("is not an empty folder"), "{}", again.err);
    let bad = tacho.run(&["plugin", "new", "driver", "No_Name"]).expect(2);
    assert!(bad.err.contains("hint: for example `my-server`"), "{}", bad.err);
}

#[test]
fn a_new_workload_builds_and_passes_its_tests() {
    let tacho = Tacho::new();
    let args = ["workload", "acme-load", "--dir", "there"];
    let (_, component) = made(&tacho, &args, "there");
    let facts = inspected(&tacho, &component);
    assert_eq!((&facts["id"], &facts["role"]), (&"acme-load".into(), &"workload".into()));
    assert_eq!(facts["asks"], Value::Array(Vec::new()));
}

#[test]
fn a_manifest_is_put_into_a_component_and_replaces_the_old_one() {
    let tacho = Tacho::new();
    let component = checkout().join("tests/fixtures/guests/hostile-driver.wasm");
    let before = inspected(&tacho, &component);
    let old = fs::read_to_string(checkout().join("tests/guests/hostile-driver/plugin.toml"));
    let text = old.unwrap().replace("hostile-driver", "packed-driver");
    fs::write(tacho.home().join("plugin.toml"), &text).unwrap();
    let path = component.to_str().unwrap();
    let said = tacho.run(&["plugin", "pack", path, "-o", "packed.wasm"]).expect(0);
    assert!(said.out.starts_with("packed-driver "), "{}", said.out);
    let after = inspected(&tacho, &tacho.home().join("packed.wasm"));
    assert_eq!((&after["id"], &after["imports"]), (&"packed-driver".into(), &before["imports"]));
    // What it made is no worse a component than what it got.
    let again = ["plugin", "pack", "packed.wasm", "--manifest", "plugin.toml", "-o", "two.wasm"];
    let _ = tacho.run(&again).expect(0);
    assert_eq!(inspected(&tacho, &tacho.home().join("two.wasm"))["sha256"], after["sha256"]);

    fs::write(tacho.home().join("plugin.toml"), text.replace("[capabilities]", "[wishes]"))
        .unwrap();
    let said = tacho.run(&["plugin", "pack", path, "-o", "no.wasm"]).expect(4);
    assert!(said.err.contains("plugin.toml:"), "{}", said.err);
    assert!(!tacho.home().join("no.wasm").exists());
}

#[test]
fn a_grant_is_for_exactly_these_bytes() {
    let tacho = Tacho::new();
    let component = checkout().join("tests/fixtures/guests/hostile-driver.wasm");
    let path = component.to_str().unwrap();
    let grants = tacho.home().join("config/grants.json");
    // Nobody is there to ask, so nothing is granted.
    let said = tacho.run(&["plugin", "grant", path]).expect(2);
    assert!(said.out.contains("endpoint `"), "{}", said.out);
    assert!(said.err.contains("add --yes"), "{}", said.err);
    assert!(!grants.exists());

    let _ = tacho.run(&["plugin", "grant", path, "--yes"]).expect(0);
    let digest = inspected(&tacho, &component)["sha256"].as_str().unwrap().to_owned();
    let listed = tacho.run(&["plugin", "list", "--json"]).expect(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["granted"][0]["sha256"], digest.as_str());
    assert!(listed["pinned"].as_array().unwrap().len() > 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&grants).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let _ = tacho.run(&["plugin", "revoke", &digest]).expect(0);
    let _ = tacho.run(&["plugin", "revoke", &digest]).expect(3);
    let listed = tacho.run(&["plugin", "list"]).expect(0).out;
    assert!(!listed.contains("granted"), "{listed}");
}

/// The files of the author's guide, as it names them in comments.
fn guide_files() -> Vec<(String, String)> {
    let guide = fs::read_to_string(checkout().join("sdk/README.md")).unwrap();
    let blocks = guide.split("\n<!-- ").skip(1);
    let file = |block: &str| {
        let (path, rest) = block.split_once(" -->\n\n```").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        let (text, _) = rest.split_once("\n```\n").unwrap();
        (path.to_owned(), format!("{text}\n"))
    };
    blocks.map(file).collect()
}

#[test]
fn the_guide_works_as_it_is_written() {
    let tacho = Tacho::new();
    let (folder, _) = made(&tacho, &["driver", "parrot", "--protocol", "own"], "parrot");
    let files = guide_files();
    assert_eq!(files.len(), 6);
    for (path, text) in files {
        assert!(folder.join(&path).is_file(), "{path}: the template has no such file");
        fs::write(folder.join(path), text).unwrap();
    }
    let run = |args: &[&str]| said(tacho.command(args).current_dir(&folder));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tested = said(Command::new(cargo).arg("test").current_dir(&folder)).expect(0);
    assert!(!tested.err.contains("warning"), "{}", tested.err);
    let built = run(&["plugin", "build"]).expect(0);
    assert!(built.out.starts_with("parrot 0.1.0, driver"), "{}", built.out);
    let report = run(&["plugin", "test", "--json"]).expect(0);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!((&report["plugin"], &report["dialect"]), (&"parrot".into(), &"script".into()));
    let component = built.out.lines().last().unwrap();
    let _ = run(&["plugin", "grant", component, "--yes"]).expect(0);
    assert!(run(&["plugin", "list"]).expect(0).out.contains("parrot"));
    let card = run(&["plugin", "inspect", component]).expect(0).out;
    assert!(card.contains("the compiler emits the wasi:* imports"), "{card}");
    // The next build has a grant of its own; the id takes both back.
    let mut manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
    manifest.push_str("\n# Another build.\n");
    fs::write(folder.join("again.toml"), manifest).unwrap();
    let pack = ["plugin", "pack", component, "--manifest", "again.toml", "-o", "again.wasm"];
    let _ = run(&pack).expect(0);
    let _ = run(&["plugin", "grant", "again.wasm", "--yes"]).expect(0);
    let revoked = run(&["plugin", "revoke", "parrot"]).expect(0);
    assert!(revoked.err.contains("2 grants were revoked"), "{}", revoked.err);
    let _ = run(&["plugin", "revoke", "parrot"]).expect(3);
}

#[test]
fn new_plugins_pass_the_conformance_kit() {
    let tacho = Tacho::new();
    for (name, protocol) in [("beta", "openai"), ("beta-own", "own")] {
        let _ = made(&tacho, &["driver", name, "--protocol", protocol], name);
        let tested = said(&mut tacho.command(&["plugin", "test", name]));
        assert_eq!(tested.code, Some(0), "{}\n{}", tested.out, tested.err);
        assert!(tested.out.lines().all(|line| line.chars().count() <= 80), "{}", tested.out);
    }
    // A count that a script writes itself is the script's fault.
    let script = fs::read_to_string(tacho.home().join("beta-own/server.script")).unwrap();
    assert!(script.contains("{{tokens}}"), "{script}");
    fs::write(tacho.home().join("one.script"), script.replace("{{tokens}}", "1")).unwrap();
    let tested =
        said(&mut tacho.command(&["plugin", "test", "beta-own", "--script", "one.script"]));
    assert_eq!(tested.code, Some(6), "{}\n{}", tested.out, tested.err);
    let words = tested.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("fault the script writes a count of its own"), "{}", tested.out);
    fs::write(tacho.home().join("one.script"), script.replace("{{tokens}}", "{{n}}")).unwrap();
    let tested =
        said(&mut tacho.command(&["plugin", "test", "beta-own", "--script", "one.script"]));
    assert_ne!(tested.code, Some(0), "{}", tested.out);
    assert!(tested.err.contains("`{{n}}` is no placeholder; there are"), "{}", tested.err);
    assert!(tested.err.contains("sdk/README.md"), "{}", tested.err);
}

#[test]
fn a_wrong_driver_fails_the_conformance_kit() {
    let tacho = Tacho::new();
    let wrong = checkout().join("tests/fixtures/guests/wrong-driver.wasm");
    let path = wrong.to_str().unwrap();
    let config = r#"{"fault":"drops-a-delta"}"#;
    let said = tacho.run(&["plugin", "test", path, "--dialect", "openai", "--config", config]);
    let said = said.expect(6);
    assert!(said.out.contains("conformance: none"), "{}", said.out);
    let said = tacho.run(&["plugin", "test", path, "--config", "[]"]).expect(2);
    assert!(said.err.contains("--config"), "{}", said.err);
}
