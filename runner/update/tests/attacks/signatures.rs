//! Arbitrary installation, role confusion, downgrade, and signatures that are
//! none: nothing is installed that the right keys did not sign.

use std::fs;

use tachograph_trust::{RunKey, SecretKey, sign_document, signature_name};

use crate::{
    client::{Client, code},
    keys::{key, public},
    mirror::{INDEX, Mirror},
    server::{Reply, Server},
};

/// Updates from a server on loopback, which has to be refused, and leaves the
/// client with nothing.
fn refused(mirror: &Mirror) -> &'static str {
    let (client, server) = (Client::new(mirror), Server::new(mirror.path()));
    let code = code(client.update_at(server.address(), crate::mirror::now()));
    assert_eq!(client.version("suite-x"), None);
    assert_eq!(client.counter(), None);
    code
}

#[test]
fn an_index_by_a_wrong_key_is_refused() {
    let (mirror, _) = Mirror::new();
    fs::remove_file(mirror.file(&mirror.index_signature())).unwrap();
    mirror.forge_index(&key(), |text| text);
    assert_eq!(refused(&mirror), "threshold-not-met");
}

/// The file is called like the right key's, and the signature is another's.
#[test]
fn an_index_by_a_wrong_key_under_the_name_of_the_right_one_is_refused() {
    let (mirror, _) = Mirror::new();
    let signature = sign_document(INDEX, mirror.read(INDEX).as_bytes(), &key()).unwrap();
    mirror.put_signature(INDEX, &public(&mirror.keys.channel), &signature);
    assert_eq!(refused(&mirror), "threshold-not-met");
}

#[test]
fn a_right_key_in_a_wrong_role_is_refused() {
    for wrong in 0..2 {
        let (mirror, _) = Mirror::new();
        fs::remove_file(mirror.file(&mirror.index_signature())).unwrap();
        let keys = &mirror.keys;
        let signer = [&keys.suite, &keys.root[0]][wrong];
        let signature = sign_document(INDEX, mirror.read(INDEX).as_bytes(), signer).unwrap();
        mirror.put_signature(INDEX, &public(&keys.channel), &signature);
        assert_eq!(refused(&mirror), "threshold-not-met");
    }
}

#[test]
fn what_is_not_signed_is_refused() {
    let (mirror, _) = Mirror::new();
    fs::remove_file(mirror.file(&mirror.index_signature())).unwrap();
    assert_eq!(refused(&mirror), "threshold-not-met");

    let (mirror, suite) = Mirror::new();
    fs::remove_file(mirror.file(&format!("{}.minisig", suite.manifest_file()))).unwrap();
    assert_eq!(refused(&mirror), "absent");
}

#[test]
fn a_signature_of_another_file_is_refused() {
    let (mirror, _) = Mirror::new();
    let old = mirror.read(&mirror.index_signature());
    mirror.publish("suite-y", "1.0.0");
    fs::write(mirror.file(&mirror.index_signature()), old).unwrap();
    assert_eq!(refused(&mirror), "signature-mismatch");

    let (mirror, suite) = Mirror::new();
    let other = mirror.publish("suite-y", "1.0.0");
    let signature = mirror.read(&format!("{}.minisig", other.manifest_file()));
    fs::write(mirror.file(&format!("{}.minisig", suite.manifest_file())), signature).unwrap();
    assert_eq!(refused(&mirror), "signature-mismatch");
}

/// One byte of every kind of file that a client reads.
#[test]
fn one_flipped_byte_is_refused() {
    let (mirror, suite) = Mirror::new();
    let files = [
        INDEX.to_owned(),
        mirror.index_signature(),
        suite.manifest_file(),
        format!("{}.minisig", suite.manifest_file()),
        suite.blob_file(),
    ];
    for file in files {
        let path = mirror.file(&file);
        let good = fs::read(&path).unwrap();
        for at in (0..good.len()).step_by((good.len() / 7).max(1)) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, bad).unwrap();
            let code = refused(&mirror);
            assert!(
                code.starts_with("signature-")
                    || matches!(code, "digest-mismatch" | "threshold-not-met" | "unknown-key"),
                "{file}, byte {at}: {code}"
            );
        }
        fs::write(&path, good).unwrap();
    }
    let client = Client::new(&mirror);
    client.update(mirror.path()).unwrap();
    assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));
}

#[test]
fn a_suite_served_as_an_index_is_refused() {
    // Signed by the suite key: that key has no say in a channel.
    let (mirror, suite) = Mirror::new();
    let server = Server::new(mirror.path());
    let manifest = mirror.read(&suite.manifest_file());
    let signature = mirror.read(&format!("{}.minisig", suite.manifest_file()));
    server.reply(INDEX, Reply::Bytes(manifest.clone().into_bytes()));
    server.reply(&mirror.index_signature(), Reply::Bytes(signature.into_bytes()));
    let client = Client::new(&mirror);
    let at = crate::mirror::now();
    assert_eq!(code(client.update_at(server.address(), at)), "threshold-not-met");

    // Signed by the channel key: the body says what it is.
    let keys = &mirror.keys;
    let comment = "kind=channel name=stable version=2 expires=2026-12-15T12:00:00Z";
    mirror.forge_bytes(&keys.channel, manifest.as_bytes(), comment);
    assert_eq!(refused(&mirror), "kind-wrong");
}

/// The same bytes, signed by the right key for another purpose.
#[test]
fn a_signature_for_another_purpose_is_refused() {
    let (mirror, _) = Mirror::new();
    let index = mirror.read(INDEX);
    for comment in [
        "kind=suite name=stable version=1",
        "kind=root name=root version=1 expires=2026-12-15T12:00:00Z",
        "kind=channel name=beta version=1 expires=2026-12-15T12:00:00Z",
        "kind=channel name=stable version=2 expires=2026-12-15T12:00:00Z",
        "kind=channel name=stable version=1 expires=2027-12-15T12:00:00Z",
    ] {
        mirror.forge_bytes(&mirror.keys.channel, index.as_bytes(), comment);
        assert_eq!(refused(&mirror), "comment-mismatch", "{comment}");
    }
}

/// A key that seals results is of nobody that may sign suites.
#[test]
fn a_suite_by_a_result_key_is_refused() {
    let mirror = Mirror::bare();
    let config = tempfile::tempdir().unwrap();
    let digest = tachograph_model::Digest::of(b"machine");
    let run_key = RunKey::load_or_create(config.path(), &digest).unwrap();
    let run_key = SecretKey::load(run_key.path()).unwrap();
    mirror.publish("suite-y", "1.0.0");
    let planted = mirror.plant("suite-x", "1.0.0", &run_key);
    mirror.list(&planted, "suite-x", "1.0.0");
    assert_eq!(refused(&mirror), "unknown-key");
}

/// A channel key that was stolen cannot mint suites.
#[test]
fn a_stolen_channel_key_mints_no_suites() {
    let (mirror, _) = Mirror::new();
    let planted = mirror.plant("suite-x", "9.0.0", &mirror.keys.channel);
    mirror.list(&planted, "suite-x", "9.0.0");
    assert_eq!(refused(&mirror), "unknown-key");
}

/// The old algorithm signs the bytes themselves and not their hash. Signatures
/// that really are old are in the tests of `tachograph-trust`.
#[test]
fn a_legacy_signature_is_refused() {
    let (mirror, _) = Mirror::new();
    let name = mirror.index_signature();
    let prehashed = mirror.read(&name);
    // The same signature under the name of the old algorithm: `Ed` for `ED`.
    let legacy = prehashed.replacen("\nRU", "\nRW", 1);
    assert_ne!(legacy, prehashed);
    fs::write(mirror.file(&name), legacy).unwrap();
    assert_eq!(refused(&mirror), "signature-legacy");
}

#[test]
fn what_is_no_signature_is_refused_without_a_panic() {
    let (mirror, _) = Mirror::new();
    let name = mirror.index_signature();
    let good = mirror.read(&name);
    let lines: Vec<&str> = good.lines().collect();
    let fourth_cut = format!("{}\n{}\n{}\n{}\n", lines[0], lines[1], lines[2], &lines[3][..8]);
    let huge = good.replacen("kind=channel", &format!("kind=channel{}", "x".repeat(300)), 1);
    for (bad, why) in [
        (fourth_cut, "fourth line cut"),
        (format!("{good}one more\n"), "five lines"),
        (lines[..3].join("\n") + "\n", "three lines"),
        (huge, "huge comment"),
        (good.replacen(lines[1], &"*".repeat(lines[1].len()), 1), "not base64"),
        (good.replace('\n', "\r\n"), "carriage returns"),
        (format!("\u{feff}{good}"), "byte order mark"),
        (String::new(), "empty"),
    ] {
        fs::write(mirror.file(&name), bad).unwrap();
        assert_eq!(refused(&mirror), "signature-malformed", "{why}");
    }
    // A longer file is not even read to its end.
    fs::write(mirror.file(&name), "x".repeat(1025)).unwrap();
    assert_eq!(refused(&mirror), "fetch-too-large");
}

/// Files are found by the ids of trusted keys; what else lies there is not read.
#[test]
fn signatures_by_others_beside_the_right_one_do_no_harm() {
    let (mirror, _) = Mirror::new();
    let stranger = key();
    let signature = sign_document(INDEX, mirror.read(INDEX).as_bytes(), &stranger).unwrap();
    mirror.put_signature(INDEX, &public(&stranger), &signature);
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), crate::mirror::now()).unwrap();
    let asked = format!("/{}", signature_name(INDEX, &public(&stranger)));
    assert!(!server.asked().contains(&asked));
}
