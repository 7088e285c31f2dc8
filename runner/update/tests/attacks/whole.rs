//! The updates that have to work, and what is left when one does not.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tachograph_trust::SecretKey;
use tachograph_update::{
    Change, bundle, gc,
    publish::{IndexChange, RootChange},
};

use crate::{
    client::{Client, code},
    keys::{key, public},
    mirror::{INDEX, Mirror, now},
    server::{Reply, Server},
};

/// Old to new, from a folder and from a server, with a root between them.
#[test]
fn an_update_takes_old_to_new() {
    let (mirror, old) = Mirror::new();
    let server = Server::new(mirror.path());
    let (of_folder, of_server) = (Client::new(&mirror), Client::new(&mirror));
    let update = || {
        let one = of_folder.update(mirror.path()).unwrap();
        let other = of_server.update_at(server.address(), now()).unwrap();
        assert_eq!(one, other);
        one
    };
    let first = update();
    assert!(matches!(&first.changes[..], [Change::Index { old: None, .. }, Change::Suite { .. }]));

    let new = mirror.publish("suite-x", "1.10.0");
    mirror.publish("suite-x", "1.9.0");
    mirror.rotate(&RootChange::default(), &[&mirror.keys.root[1], &mirror.keys.root[2]]);
    let second = update();
    let [
        Change::Root { old: (1, _), new: (2, _) },
        Change::Index { old: Some(1), new: index, .. },
        suite,
    ] = &second.changes[..]
    else {
        panic!("{second:#?}");
    };
    assert_eq!(index.0, 3);
    let expected = Change::Suite {
        name: "suite-x".parse().unwrap(),
        old: Some(("1.0.0".to_owned(), old_digest(&first))),
        new: ("1.10.0".to_owned(), new.digest),
    };
    assert_eq!(*suite, expected);
    for client in [&of_folder, &of_server] {
        assert_eq!(client.version("suite-x").as_deref(), Some("1.10.0"));
        client.load(&format!("suite-x@{}", old.digest)).unwrap();
        assert_eq!(client.root(), 2);
    }
    assert!(!update().has_news());
}

fn old_digest(report: &tachograph_update::Report) -> tachograph_model::Digest {
    let digest = report.changes.iter().find_map(|change| match change {
        Change::Suite { new: (_, digest), .. } => Some(*digest),
        _ => None,
    });
    digest.unwrap()
}

#[test]
fn a_check_says_what_there_is_and_writes_nothing() {
    let (mirror, _) = Mirror::new();
    let client = Client::new(&mirror);
    assert!(client.check(mirror.path()).unwrap().has_news());
    assert!(!client.data().exists());
    client.update(mirror.path()).unwrap();
    assert!(!client.check(mirror.path()).unwrap().has_news());
    mirror.rotate(&RootChange::default(), &[&mirror.keys.root[0], &mirror.keys.root[1]]);
    mirror.publish("suite-x", "1.1.0");
    let record = fs::read(client.trust_folder().join("state.json")).unwrap();
    let report = client.check(mirror.path()).unwrap();
    assert_eq!(report.changes.len(), 3, "{report:#?}");
    assert_eq!(fs::read(client.trust_folder().join("state.json")).unwrap(), record);
    assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));
}

/// Cut off before every single write: what was there runs, the record can be
/// read, and the next update goes through.
#[test]
fn an_update_that_is_cut_off_anywhere_leaves_something_that_runs() {
    let mut cut = 0;
    loop {
        let (mirror, old) = Mirror::new();
        let mut client = Client::new(&mirror);
        client.update(mirror.path()).unwrap();
        mirror.rotate(&RootChange::default(), &[&mirror.keys.root[0], &mirror.keys.root[1]]);
        mirror.publish("suite-x", "1.1.0");
        mirror.publish("suite-y", "1.0.0");
        let writes = Arc::new(AtomicUsize::new(0));
        let counted = writes.clone();
        client.set_crash(Some(Arc::new(move |_: &str| {
            match counted.fetch_add(1, Ordering::Relaxed) {
                write if write == cut => Err(std::io::Error::other("the lights went out")),
                _ => Ok(()),
            }
        })));
        let outcome = client.update(mirror.path());
        client.set_crash(None);
        // What a torn write leaves beside the files.
        fs::write(client.store().join("blobs/.torn.1-0.tmp"), b"half").unwrap();
        fs::write(client.trust_folder().join(".state.json.1-0.tmp"), b"half").unwrap();

        let version = client.version("suite-x").unwrap();
        assert!(["1.0.0", "1.1.0"].contains(&version.as_str()), "write {cut}");
        client.load(&old.pin()).unwrap();
        let expected = if outcome.is_ok() { 3 } else { 1 };
        assert_eq!(client.counter(), Some(expected), "write {cut}");

        client.update(mirror.path()).unwrap();
        assert_eq!(client.version("suite-x").as_deref(), Some("1.1.0"), "write {cut}");
        assert_eq!(client.version("suite-y").as_deref(), Some("1.0.0"), "write {cut}");
        assert_eq!((client.counter(), client.root()), (Some(3), 2), "write {cut}");
        if outcome.is_ok() {
            break;
        }
        cut += 1;
    }
    // Roots and signatures, record, blobs, suites, index, record.
    assert!(cut >= 10, "only {cut} writes were cut off");
}

/// The connection breaks at every file in turn.
#[test]
fn an_update_that_loses_its_server_anywhere_goes_through_later() {
    let (mirror, suite) = Mirror::new();
    for file in [
        INDEX.to_owned(),
        mirror.index_signature(),
        suite.manifest_file(),
        format!("{}.minisig", suite.manifest_file()),
        suite.blob_file(),
    ] {
        let (client, broken) = (Client::new(&mirror), Server::new(mirror.path()));
        broken.reply(&file, Reply::Half);
        assert_eq!(code(client.update_at(broken.address(), now())), "fetch-connection", "{file}");
        assert_eq!(client.counter(), None);
        let whole = Server::new(mirror.path());
        client.update_at(whole.address(), now()).unwrap();
        assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));
    }
}

#[test]
fn two_updates_at_once_take_turns() {
    let (mirror, _) = Mirror::new();
    for n in 1..20 {
        mirror.publish(&format!("suite-{n}"), "1.0.0");
    }
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    std::thread::scope(|scope| {
        let update = || client.update_at(server.address(), now()).unwrap();
        let threads = [scope.spawn(update), scope.spawn(update)];
        let news = threads.map(|thread| thread.join().unwrap().has_news());
        // One did it, and the other found it done.
        assert_eq!(news.iter().filter(|news| **news).count(), 1);
    });
    assert_eq!(client.counter(), Some(20));
    assert_eq!(client.version("suite-19").as_deref(), Some("1.0.0"));
}

/// A run holds the lock with other runs, and an update waits for all of them.
#[test]
fn an_update_waits_for_runs() {
    let (mirror, _) = Mirror::new();
    let client = Client::new(&mirror);
    let runs = [client.place().measure().unwrap(), client.place().measure().unwrap()];
    std::thread::scope(|scope| {
        let update = scope.spawn(|| client.update(mirror.path()));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!update.is_finished());
        drop(runs);
        update.join().unwrap().unwrap();
    });
}

/// From an empty store and one file, two versions and a rotation of root and
/// suite keys later.
#[test]
fn an_old_pin_runs_from_a_bundle_after_everything_moved_on() {
    let (mirror, old) = Mirror::new();
    let keeper = Client::new(&mirror);
    keeper.update(mirror.path()).unwrap();
    mirror.publish("suite-x", "1.1.0");
    mirror.publish("suite-x", "1.2.0");
    let (root, suite) = ([key(), key()], key());
    let [one, two] = [&mirror.keys.root[0], &mirror.keys.root[1]];
    let change = RootChange {
        root_keys: root.iter().map(public).collect(),
        suite_keys: vec![public(&suite)],
        ..RootChange::default()
    };
    mirror.rotate(&change, &[one, two, &root[0], &root[1]]);
    keeper.update(mirror.path()).unwrap();

    let pin = format!("suite-x@{}", old.digest);
    let state = keeper.place().state().unwrap();
    let bytes = bundle(state.chain(), &[keeper.load(&pin).unwrap()]).unwrap();
    let file = mirror.file("suite-x.bundle");
    fs::write(&file, &bytes).unwrap();

    let empty = Client::new(&mirror);
    assert_eq!(empty.load(&pin).unwrap_err().code(), "suite-not-found");
    let report = empty.import(&file).unwrap();
    assert_eq!(report.changes.len(), 2, "{report:#?}");
    let loaded = empty.load(&pin).unwrap();
    assert_eq!(loaded.raw, keeper.load(&pin).unwrap().raw);
    assert_eq!(empty.root(), 2);
    // Again, it is all there.
    assert_eq!(empty.import(&file).unwrap().changes, []);

    // Without the new root, the same file would not be trusted by its key.
    let without = bundle(&state.chain()[..1], &[keeper.load(&pin).unwrap()]).unwrap();
    fs::write(&file, without).unwrap();
    let other = Client::new(&mirror);
    other.import(&file).unwrap();
    assert_eq!(other.root(), 1);
}

/// A bundle goes through the same checks: every flipped byte of it.
#[test]
fn a_flipped_byte_of_a_bundle_is_refused() {
    let (mirror, suite) = Mirror::new();
    let keeper = Client::new(&mirror);
    keeper.update(mirror.path()).unwrap();
    let pin = suite.pin();
    let state = keeper.place().state().unwrap();
    let bytes = bundle(state.chain(), &[keeper.load(&pin).unwrap()]).unwrap();
    let file = mirror.file("x.bundle");
    let mut accepted = Vec::new();
    for at in (0..bytes.len()).step_by(97) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        fs::write(&file, bad).unwrap();
        let client = Client::new(&mirror);
        if client.import(&file).is_ok() {
            // Root 1 is known already and not read, nor are the gaps between files.
            assert_eq!(client.load(&pin).unwrap().raw, keeper.load(&pin).unwrap().raw);
            accepted.push(at);
        } else {
            assert!(client.load(&pin).is_err(), "byte {at}");
        }
    }
    assert!(accepted.len() * 2 < bytes.len() / 97, "{} accepted", accepted.len());
}

#[test]
fn a_pin_comes_from_a_mirror_a_server_or_a_bundle() {
    let (mirror, old) = Mirror::new();
    mirror.publish("suite-x", "1.1.0");
    let server = Server::new(mirror.path());
    let pin = format!("suite-x@{}", old.digest);
    for from in [mirror.path().to_str().unwrap(), server.address()] {
        let client = Client::new(&mirror);
        client.import_pin(from, &pin).unwrap();
        assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));
        let absent = format!("suite-x@{}", tachograph_model::Digest::of(b"nothing"));
        assert_eq!(code(client.import_pin(from, &absent)), "absent");
    }
}

#[test]
fn nothing_that_a_result_names_is_removed() {
    let (mirror, first) = Mirror::new();
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
    let second = mirror.publish("suite-x", "1.1.0");
    client.update(mirror.path()).unwrap();
    let third = mirror.publish("suite-x", "1.2.0");
    mirror.rotate(&RootChange::default(), &[&mirror.keys.root[0], &mirror.keys.root[1]]);
    client.update(mirror.path()).unwrap();
    fs::write(client.store().join("blobs/.torn.1-0.tmp"), b"half").unwrap();

    let named = BTreeSet::from([first.digest]);
    let would = gc(&client.place(), &named, true).unwrap();
    assert_eq!(would.suites, [format!("suite-x@{}", second.digest)]);
    client.load(&second.pin()).unwrap();
    assert_eq!(gc(&client.place(), &named, false).unwrap(), would);
    assert_eq!(client.load(&second.pin()).unwrap_err().code(), "suite-not-found");
    assert!(!client.store().join(second.blob_file()).exists());
    assert!(!client.store().join("blobs/.torn.1-0.tmp").exists());
    for kept in [&first, &third] {
        client.load(&kept.pin()).unwrap();
    }
    // The record still finds its documents.
    assert_eq!((client.root(), client.counter()), (2, Some(3)));
    // A pin that a result named once comes back from the mirror.
    let pin = format!("suite-x@{}", second.digest);
    client.import_pin(mirror.path().to_str().unwrap(), &pin).unwrap();
    client.load(&pin).unwrap();
}

/// The secret halves are in no file of a mirror and in no bundle.
#[test]
fn no_secret_key_is_ever_published() {
    let (mirror, suite) = Mirror::new();
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
    let state = client.place().state().unwrap();
    let bytes = bundle(state.chain(), &[client.load(&suite.pin()).unwrap()]).unwrap();
    fs::write(mirror.file("suite-x.bundle"), bytes).unwrap();
    let keys = &mirror.keys;
    let secrets: Vec<String> =
        keys.root.iter().chain([&keys.channel, &keys.suite]).map(secret_line).collect();
    let mut files = 0;
    for folder in ["", "root", "channel", "suites", "blobs"] {
        for entry in fs::read_dir(mirror.file(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains("secret key\nRW"), "{}", path.display());
                assert!(secrets.iter().all(|line| !text.contains(line)), "{}", path.display());
                files += 1;
            }
        }
    }
    assert!(files >= 8, "{files}");
}

fn secret_line(key: &SecretKey) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    key.save(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        SecretKey::load_private(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(SecretKey::load_private(&path).unwrap_err().code(), "key-exposed");
    }
    fs::read_to_string(&path).unwrap().lines().nth(1).unwrap().to_owned()
}

#[test]
fn drafts_that_clients_would_refuse_are_refused() {
    let mirror = Mirror::bare();
    let publish = |change: &IndexChange| {
        tachograph_update::publish::draft_index(
            mirror.path(),
            &crate::mirror::stable(),
            change,
            now(),
        )
    };
    // A suite by a key that the root does not name.
    let (source, suite) = mirror.write_suite("suite-x", "1.0.0", &key());
    let add = IndexChange { suites: vec![source.path().join("suite.toml")], ..Default::default() };
    assert_eq!(code(publish(&add)), "unknown-key");
    // Something that is not listed.
    let withdraw = vec![(suite.digest, "bad".to_owned())];
    assert_eq!(code(publish(&IndexChange { withdraw, ..Default::default() })), "publish-refused");
    // A root after one that too few have signed.
    let draft =
        |change: &RootChange| tachograph_update::publish::draft_root(mirror.path(), change, now());
    draft(&RootChange::default()).unwrap();
    assert_eq!(code(draft(&RootChange::default())), "publish-refused");
    // A key that has no say.
    let path = mirror.file("root/2.toml");
    assert_eq!(code(tachograph_update::publish::sign(&path, &key())), "publish-refused");
    let (_, voices) = tachograph_update::publish::sign(&path, &mirror.keys.root[0]).unwrap();
    let said: Vec<_> = voices.iter().map(|v| (v.role.as_str(), v.signed, v.needed)).collect();
    assert_eq!(said, [("root 1", 1, 2), ("root 2", 1, 2)]);
}

#[test]
fn a_damaged_record_is_told_and_nothing_is_guessed() {
    let (mirror, _) = Mirror::new();
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
    let path = client.trust_folder().join("state.json");
    let good = fs::read_to_string(&path).unwrap();
    for bad in [
        String::new(),
        good[..good.len() / 2].to_owned(),
        good.replace("\"schema\": 1", "\"schema\": 2"),
        good.replace("\"schema\": 1", "\"schema\": 1, \"more\": 1"),
    ] {
        assert_ne!(bad, good);
        fs::write(&path, bad).unwrap();
        assert_eq!(code(client.update(mirror.path())), "state-damaged");
    }
    fs::write(&path, &good).unwrap();
    client.update(mirror.path()).unwrap();
    // The hint: without the record, everything is fetched again.
    fs::remove_file(&path).unwrap();
    client.update(mirror.path()).unwrap();
}
