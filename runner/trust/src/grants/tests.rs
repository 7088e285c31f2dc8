use std::fs;

use super::*;
use crate::read_plugin;

const HEAD: &str = r#"
kind = "plugin"
schema = 1
id = "demo"
version = "1.0.0"
role = "driver"
abi = "1.0"
description = "A demonstration."
license = "MIT"
"#;

fn manifest(more: &str) -> PluginManifest {
    read_plugin("plugin.toml", format!("{HEAD}{more}").as_bytes()).unwrap()
}

fn greedy() -> PluginManifest {
    manifest(
        r#"
[capabilities]
endpoints = ["api"]
secrets = ["api-key"]
launch = ["server"]
wasi = ["clock", "environment", "files"]
[limits]
memory_mib = 128
component_mib = 48
[[launch]]
name = "server"
program = "serve"
args = ["--model", "{model}"]
ready_path = "/health"
ready_timeout_s = 60
[[launch]]
name = "never-asked-for"
program = "rm"
args = []
ready_path = "/"
ready_timeout_s = 1
[pull]
program = "fetch"
args = ["{model}"]
run = true
"#,
    )
}

#[test]
fn everything_asked_for_is_shown() {
    insta::assert_snapshot!(missing(&greedy(), None).join("\n"), @r"
    endpoint `api`: HTTP to the one address that you bind to it
    secret `api-key`: sent for it as a header; it never sees the bytes
    launch `server`: starts `serve --model {model}` when you ask for it
    pull: starts `fetch {model}` when you ask for a model
    wasi `clock`: a clock that stands still at zero
    wasi `environment`: no variables and no arguments
    wasi `files`: no folders
    memory: 128 MiB instead of 64 MiB
    size: a component of up to 48 MiB instead of 8 MiB
    ");
}

#[test]
fn a_grant_gives_what_it_names_and_nothing_else() {
    let asked = greedy();
    let whole = Grant::all_of(&asked, Digest::of(b"it"), 1);
    assert_eq!(missing(&asked, Some(&whole)), Vec::<String>::new());
    for (less, phrase) in [
        (Box::new(|g: &mut Grant| g.capabilities.endpoints.clear()) as Box<dyn Fn(&mut _)>, "end"),
        (Box::new(|g: &mut Grant| g.capabilities.secrets.clear()), "secret"),
        (Box::new(|g: &mut Grant| g.capabilities.launch.clear()), "launch"),
        (Box::new(|g: &mut Grant| g.capabilities.wasi.truncate(2)), "wasi `files`"),
        (Box::new(|g: &mut Grant| g.limits.memory_mib = Some(127)), "memory"),
        (Box::new(|g: &mut Grant| g.limits.component_mib = None), "size"),
    ] {
        let mut grant = whole.clone();
        less(&mut grant);
        let lacks = missing(&asked, Some(&grant));
        assert_eq!(lacks.len(), 1, "{lacks:?}");
        assert!(lacks[0].starts_with(phrase), "{lacks:?}");
    }
}

#[test]
fn who_asks_for_nothing_needs_no_grant() {
    assert!(missing(&manifest(""), None).is_empty());
    assert!(missing(&manifest("[limits]\nmemory_mib = 64\ncomponent_mib = 8"), None).is_empty());
}

#[test]
fn grants_are_kept_by_digest_and_can_be_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("config");
    let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
    assert!(Grants::load(&folder).unwrap().get(&one).is_none());
    for (digest, time) in [(two, 2), (one, 1), (one, 3)] {
        Grants::edit(&folder, |grants| grants.add(Grant::all_of(&greedy(), digest, time))).unwrap();
    }
    let grants = Grants::load(&folder).unwrap();
    assert_eq!(grants.iter().count(), 2);
    assert_eq!(grants.get(&one).unwrap().granted_unix_s, 3);
    assert!(grants.get(&Digest::of(b"other bytes")).is_none());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(grants.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(Grants::edit(&folder, |grants| grants.remove(&one)).unwrap().is_some());
    assert!(Grants::edit(&folder, |grants| grants.remove(&one)).unwrap().is_none());
    let left: Vec<Digest> = Grants::load(&folder).unwrap().iter().map(|g| g.sha256).collect();
    assert_eq!(left, [two]);
}

#[test]
fn processes_that_grant_together_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for byte in 0_u8..8 {
            let folder = folder.path();
            scope.spawn(move || {
                let grant = Grant::all_of(&manifest(""), Digest::of(&[byte]), 1);
                Grants::edit(folder, |grants| grants.add(grant)).unwrap();
            });
        }
    });
    assert_eq!(Grants::load(folder.path()).unwrap().iter().count(), 8);
}

#[test]
fn a_file_that_is_not_sound_grants_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grants.json");
    for bad in [
        "",
        "[]",
        r#"{"kind":"grants","schema":2,"grants":[]}"#,
        r#"{"kind":"grants","schema":1,"grants":[],"all":true}"#,
    ] {
        fs::write(&file, bad).unwrap();
        let error = Grants::load(folder.path()).unwrap_err();
        assert_eq!(error.code(), "grants-invalid", "{bad}: {error}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::write(&file, r#"{"kind":"grants","schema":1,"grants":[]}"#).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(Grants::load(folder.path()).unwrap_err().to_string().contains("other users"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(Grants::load(folder.path()).is_ok());
    }
}
