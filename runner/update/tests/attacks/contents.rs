//! Mixed-up, renamed, respelled and swapped contents under good signatures.

use std::{fs, path::Path};

use tachograph_model::Digest;
use tachograph_trust::SecretKey;
use tachograph_update::publish::{IndexChange, RootChange};

use crate::{
    client::{Client, code},
    keys::public,
    mirror::{INDEX, Mirror, now},
    server::{Reply, Server},
};

fn refused(mirror: &Mirror, server: &Server) -> &'static str {
    let client = Client::new(mirror);
    let code = code(client.update_at(server.address(), now()));
    assert_eq!(client.version("suite-x"), None);
    code
}

/// The index of today with a suite of yesterday, both signed.
#[test]
fn an_index_with_a_suite_of_another_is_refused() {
    let (mirror, old) = Mirror::new();
    let new = mirror.publish("suite-x", "1.1.0");
    let server = Server::new(mirror.path());
    for end in ["", ".minisig"] {
        let bytes = fs::read(mirror.file(&format!("{}{end}", old.manifest_file()))).unwrap();
        server.reply(&format!("{}{end}", new.manifest_file()), Reply::Bytes(bytes));
    }
    assert_eq!(refused(&mirror, &server), "digest-mismatch");
}

#[test]
fn a_swapped_plugin_is_refused() {
    let (mirror, suite) = Mirror::new();
    let server = Server::new(mirror.path());
    let mut bytes = fs::read(mirror.file(&suite.blob_file())).unwrap();
    bytes.reverse();
    server.reply(&suite.blob_file(), Reply::Bytes(bytes.clone()));
    assert_eq!(refused(&mirror, &server), "digest-mismatch");
    // Shorter ones too, and ones that are not there.
    bytes.pop();
    server.reply(&suite.blob_file(), Reply::Bytes(bytes));
    assert_eq!(refused(&mirror, &server), "size-mismatch");
    server.reply(&suite.blob_file(), Reply::Status(404));
    assert_eq!(refused(&mirror, &server), "absent");
}

#[test]
fn an_index_that_lies_about_a_size_is_refused() {
    let (mirror, suite) = Mirror::new();
    let size = fs::metadata(mirror.file(&suite.manifest_file())).unwrap().len();
    for (lie, expected) in [(size - 1, "fetch-too-large"), (size + 1, "size-mismatch")] {
        let text = mirror.read(INDEX);
        mirror.forge_index(&mirror.keys.channel, |text| {
            text.replace(&format!("size = {size}"), &format!("size = {lie}"))
        });
        assert_eq!(refused(&mirror, &Server::new(mirror.path())), expected);
        mirror.forge_index(&mirror.keys.channel, |_| text);
    }
}

/// Asked for one thing, given another, each with good signatures.
#[test]
fn a_suite_under_another_name_or_version_is_refused() {
    for (from, to) in [("suite-x", "suite-y"), ("version = \"1.0.0\"", "version = \"2.0.0\"")] {
        let (mirror, _) = Mirror::new();
        mirror.forge_index(&mirror.keys.channel, |text| text.replace(from, to));
        assert_eq!(refused(&mirror, &Server::new(mirror.path())), "document-wrong");
    }
    let (mirror, suite) = Mirror::new();
    let client = Client::new(&mirror);
    let from = mirror.path().to_str().unwrap();
    let pin = format!("suite-y@{}", suite.digest);
    assert_eq!(code(client.import_pin(from, &pin)), "document-wrong");
}

/// The body has another name than the file, signed by the right key.
#[test]
fn an_index_of_another_name_is_refused() {
    let (mirror, _) = Mirror::new();
    mirror.forge_index(&mirror.keys.channel, |text| {
        text.replacen("name = \"stable\"", "name = \"beta\"", 1)
    });
    assert_eq!(refused(&mirror, &Server::new(mirror.path())), "document-wrong");
}

/// Bytes that two parsers could read differently are read by none.
#[test]
fn other_spellings_of_an_index_are_refused() {
    let (mirror, _) = Mirror::new();
    let good = mirror.read(INDEX);
    let comment = {
        let signature = mirror.read(&mirror.index_signature());
        let line = signature.lines().nth(2).unwrap().to_owned();
        line.trim_start_matches("trusted comment: ").to_owned()
    };
    let head = "kind = \"channel\"\nschema = 1\nversion = 1\n";
    assert!(good.starts_with(head), "{good}");
    let edits = [
        ("a byte order mark", format!("\u{feff}{good}")),
        ("carriage returns", good.replace('\n', "\r\n")),
        ("an unknown key", good.replacen(head, &format!("{head}colour = \"red\"\n"), 1)),
        ("an unknown key below", format!("{good}colour = \"red\"\n")),
        ("a key that stands twice", good.replacen(head, &format!("{head}version = 1\n"), 1)),
        ("a table that stands twice", format!("{good}\n[x]\n[x]\n")),
        ("another order", good.replacen(head, "schema = 1\nkind = \"channel\"\nversion = 1\n", 1)),
        ("another format", good.replacen("schema = 1", "schema = 2", 1)),
        ("no format", good.replacen("schema = 1\n", "", 1)),
        ("a version that is a text", good.replacen("version = 1\n", "version = \"1\"\n", 1)),
        ("version 0", good.replacen("version = 1\n", "version = 0\n", 1)),
        ("a bare date", good.replace("\"2026-12-15T12:00:00Z\"", "2026-12-15T12:00:00Z")),
        ("a withdrawal without a reason", good.replace("\"active\"", "\"withdrawn\"")),
        ("an unknown status", good.replace("\"active\"", "\"aktive\"")),
        ("the end cut off", good[..good.len() - 9].to_owned()),
        ("not UTF-8", String::new()),
    ];
    for (what, text) in edits {
        let bytes = if what == "not UTF-8" {
            [good.as_bytes(), b"# \xff\n"].concat()
        } else {
            assert_ne!(text, good, "{what}");
            text.into_bytes()
        };
        mirror.forge_bytes(&mirror.keys.channel, &bytes, &comment);
        assert_eq!(refused(&mirror, &Server::new(mirror.path())), "manifest-invalid", "{what}");
    }
    mirror.forge_bytes(&mirror.keys.channel, good.as_bytes(), &comment);
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
}

/// Names become parts of paths, so nothing that is none gets that far.
#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../suite-x",
        "..",
        "/etc/passwd",
        "suite-x/../../x",
        "suite-x\\u0000",
        "Suite-X",
        "suıte-x",
        "suite-x ",
        "",
        "con.",
        "a\\\\b",
    ] {
        let (mirror, _) = Mirror::new();
        mirror.forge_index(&mirror.keys.channel, |text| {
            text.replacen("\"suite-x\"", &format!("\"{name}\""), 1)
        });
        let server = Server::new(mirror.path());
        assert_eq!(refused(&mirror, &server), "manifest-invalid", "{name:?}");
        assert!(server.asked().iter().all(|path| !path.contains("..")), "{name:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_mirror_are_not_followed() {
    let (mirror, suite) = Mirror::new();
    let outside = tempfile::tempdir().unwrap();
    for file in [INDEX.to_owned(), suite.manifest_file(), suite.blob_file()] {
        let (path, moved) = (mirror.file(&file), outside.path().join("moved"));
        fs::rename(&path, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &path).unwrap();
        let client = Client::new(&mirror);
        assert_eq!(code(client.update(mirror.path())), "io", "{file}");
        assert_eq!(client.version("suite-x"), None);
        fs::remove_file(&path).unwrap();
        fs::rename(&moved, &path).unwrap();
    }
}

/// What was checked when it came is checked again when it is used.
#[test]
fn a_file_that_is_swapped_after_the_check_is_refused() {
    let (mirror, suite) = Mirror::new();
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
    let blob = client.store().join(suite.blob_file());
    let good = fs::read(&blob).unwrap();
    fs::write(&blob, b"plugin of suite-x 6.6.6").unwrap();
    assert_eq!(client.load("suite-x").unwrap_err().code(), "store-changed");
    #[cfg(unix)]
    {
        let elsewhere = client.data().join("elsewhere");
        fs::write(&elsewhere, &good).unwrap();
        fs::remove_file(&blob).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &blob).unwrap();
        assert_eq!(client.load("suite-x").unwrap_err().code(), "store-io");
        fs::remove_file(&blob).unwrap();
    }
    fs::write(&blob, b"plugin of suite-x 6.6.6").unwrap();
    let manifest = client.store().join(suite.manifest_file());
    let signed = fs::read(&manifest).unwrap();
    fs::write(&manifest, [&signed[..], b"#"].concat()).unwrap();
    assert_eq!(client.load(&suite.pin()).unwrap_err().code(), "store-changed");
    fs::write(&manifest, signed).unwrap();
    // Another update mends what is broken.
    client.update(mirror.path()).unwrap();
    assert_eq!(fs::read(&blob).unwrap(), good);
    assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));
}

/// A plugin that no suite pins is listed, and neither fetched nor run: what is
/// outside a suite needs the user's word.
#[test]
fn a_plugin_that_no_suite_pins_is_not_installed() {
    let (mirror, suite) = Mirror::new();
    let extra = b"an extraneous plugin".to_vec();
    let change = IndexChange {
        plugins: vec![("driver-extra".parse().unwrap(), "1.0.0".to_owned(), extra.clone())],
        ..IndexChange::default()
    };
    mirror.index(&change, now());
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    let hex = Digest::of(&extra).hex();
    assert!(!server.asked().iter().any(|path| path.contains(&hex)));
    assert!(!client.store().join("blobs").join(&hex).exists());
    // It is in the index all the same, and so is its withdrawal.
    mirror.withdraw(Digest::of(&extra), "it lies");
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.load(&suite.pin()).unwrap().withdrawn, None);
}

/// One plugin is fetched by the same index, and is what the index names.
#[test]
fn a_fetched_plugin_is_what_a_fresh_index_names() {
    let (mirror, _) = Mirror::new();
    let name = "driver-extra";
    let offer = |version: &str, bytes: &[u8]| IndexChange {
        plugins: vec![(name.parse().unwrap(), version.to_owned(), bytes.to_vec())],
        ..IndexChange::default()
    };
    mirror.index(&offer("1.2.0", b"the older one"), now());
    mirror.index(&offer("1.10.0", b"the newer one"), now());
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let fetch = |name: &str| client.fetch_plugin(server.address(), name);
    let fetched = fetch(name).unwrap();
    assert_eq!(
        (fetched.release.version.as_str(), &fetched.bytes[..]),
        ("1.10.0", &b"the newer one"[..])
    );
    assert_eq!(client.counter(), Some(3), "the index is remembered");

    let blob = format!("blobs/{}", Digest::of(b"the newer one").hex());
    server.reply(&blob, Reply::Bytes(b"an extra one!".to_vec()));
    assert_eq!(code(fetch(name)), "digest-mismatch");
    server.reply(&blob, Reply::Bytes(b"the newer one and more".to_vec()));
    assert_eq!(code(fetch(name)), "fetch-too-large");
    assert_eq!(code(fetch("driver-other")), "no-plugin");
}

/// What a fetch has seen holds for the next one: the newer root, the withdrawal.
#[test]
fn a_fetch_believes_no_older_root_and_no_older_index() {
    let (mirror, _) = Mirror::new();
    let bytes = b"a plugin".to_vec();
    let plugins = vec![("driver-extra".parse().unwrap(), "1.0.0".to_owned(), bytes.clone())];
    mirror.index(&IndexChange { plugins, ..IndexChange::default() }, now());
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let files = [INDEX.to_owned(), mirror.index_signature()];
    let old = files.map(|file| (fs::read(mirror.file(&file)).unwrap(), file));
    mirror.withdraw(Digest::of(&bytes), "it phones home");
    let fetch = || client.fetch_plugin(server.address(), "driver-extra");
    assert_eq!(code(fetch()), "no-plugin");
    for (bytes, file) in old {
        server.reply(&file, Reply::Bytes(bytes));
    }
    assert_eq!(code(fetch()), "rollback");

    // A root that takes the channel key away is in force at once.
    let (mirror, _) = Mirror::new();
    let plugins = vec![("driver-extra".parse().unwrap(), "1.0.0".to_owned(), bytes)];
    mirror.index(&IndexChange { plugins, ..IndexChange::default() }, now());
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let change = RootChange {
        channel_keys: vec![public(&SecretKey::generate().unwrap())],
        ..RootChange::default()
    };
    mirror.rotate(&change, &[&mirror.keys.root[0], &mirror.keys.root[1]]);
    let fetch = || client.fetch_plugin(server.address(), "driver-extra");
    assert_eq!(code(fetch()), "threshold-not-met");
    server.reply("root/2.toml", Reply::Status(404));
    assert_eq!((code(fetch()), client.root()), ("threshold-not-met", 2));
}

/// A suite that pins a withdrawn plugin is withdrawn with it.
#[test]
fn a_withdrawn_plugin_takes_its_suites_with_it() {
    let (mirror, suite) = Mirror::new();
    let bytes = fs::read(mirror.file(&suite.blob_file())).unwrap();
    let change = IndexChange {
        plugins: vec![("driver-llama-cpp".parse().unwrap(), "1.0.0".to_owned(), bytes)],
        withdraw: vec![(suite.plugin, "it miscounts".to_owned())],
        ..IndexChange::default()
    };
    mirror.index(&change, now());
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
    let why = client.load(&suite.pin()).unwrap().withdrawn.unwrap();
    assert!(why.ends_with("was withdrawn: it miscounts"), "{why}");
}

#[test]
fn a_mirror_that_is_not_there_is_told() {
    let (mirror, _) = Mirror::new();
    let client = Client::new(&mirror);
    assert_eq!(code(client.update(Path::new("/nowhere/at/all"))), "io");
    assert_eq!(code(client.update_at("http://127.0.0.1:1/", now())), "fetch-connection");
    assert_eq!(code(client.update_at("http://updates.example.org/", now())), "origin-invalid");
}
