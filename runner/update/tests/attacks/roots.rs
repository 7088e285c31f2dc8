//! Roots: thresholds of different keys, rotation, and stolen keys.

use std::fs;

use tachograph_model::Digest;
use tachograph_trust::{SecretKey, sign_document};
use tachograph_update::publish::{IndexChange, RootChange};

use crate::{
    client::{Client, code, options},
    keys::{key, public},
    mirror::{INDEX, Mirror, comment, now, stable},
    server::{Reply, Server},
};

const ROOT_2: &str = "root/2.toml";

fn nothing() -> RootChange {
    RootChange::default()
}

fn first_two(mirror: &Mirror) -> [&SecretKey; 2] {
    [&mirror.keys.root[0], &mirror.keys.root[1]]
}

/// What a client says to root 2, which it has to refuse.
fn refused(mirror: &Mirror) -> &'static str {
    let (client, server) = (Client::new(mirror), Server::new(mirror.path()));
    let code = code(client.update_at(server.address(), now()));
    assert_eq!(client.root(), 1);
    code
}

#[test]
fn a_root_that_two_of_three_keys_signed_is_followed() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    mirror.rotate(&nothing(), &[&mirror.keys.root[0], &mirror.keys.root[2]]);
    let report = client.update_at(server.address(), now()).unwrap();
    assert!(report.has_news());
    assert_eq!(client.root(), 2);
}

#[test]
fn one_key_alone_makes_no_root() {
    let (mirror, _) = Mirror::new();
    mirror.rotate(&nothing(), &[&mirror.keys.root[0]]);
    assert_eq!(refused(&mirror), "threshold-not-met");
}

/// A thief of one root key serves its signature under the names of two.
#[test]
fn one_key_that_signs_twice_is_one_voice() {
    let (mirror, _) = Mirror::new();
    let path = mirror.rotate(&nothing(), &[&mirror.keys.root[0]]);
    let bytes = fs::read(&path).unwrap();
    let again = sign_document(ROOT_2, &bytes, &mirror.keys.root[0]).unwrap();
    mirror.put_signature(ROOT_2, &public(&mirror.keys.root[1]), &again);
    assert_eq!(refused(&mirror), "threshold-not-met");
}

/// Signed by two keys of the old root, a root that lists one key twice would
/// let one person be two.
#[test]
fn a_root_that_lists_one_key_twice_is_refused() {
    let (mirror, _) = Mirror::new();
    let [one, two] = first_two(&mirror);
    let path = mirror.rotate(&nothing(), &[]);
    let text = fs::read_to_string(&path).unwrap();
    let (first, second) = (public(one).to_text(), public(two).to_text());
    sign_text(&mirror, &text.replace(&second, &first), &[one, two]);
    assert_eq!(refused(&mirror), "manifest-invalid");
}

/// Replaces root 2 by a text, signed as far as its form allows.
fn sign_text(mirror: &Mirror, text: &str, signers: &[&SecretKey]) {
    let comment = comment("root", "root", text);
    fs::write(mirror.file(ROOT_2), text).unwrap();
    for signer in signers {
        let signature = signer.sign(text.as_bytes(), &comment).unwrap();
        mirror.put_signature(ROOT_2, &public(signer), &signature);
    }
}

#[test]
fn a_root_with_a_signature_for_another_root_is_refused() {
    let (mirror, _) = Mirror::new();
    let path = mirror.rotate(&nothing(), &[]);
    let bytes = fs::read(&path).unwrap();
    for signer in first_two(&mirror) {
        let comment = "kind=root name=root version=1 expires=2028-01-05T12:00:00Z";
        let signature = signer.sign(&bytes, comment).unwrap();
        mirror.put_signature(ROOT_2, &public(signer), &signature);
    }
    assert_eq!(refused(&mirror), "comment-mismatch");
}

#[test]
fn a_root_that_skips_a_version_is_refused() {
    let (mirror, _) = Mirror::new();
    let path = mirror.rotate(&nothing(), &[]);
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replacen("version = 2\n", "version = 3\n", 1);
    sign_text(&mirror, &text, &first_two(&mirror));
    assert_eq!(refused(&mirror), "document-wrong");
}

/// The first root again, in the place of the second.
#[test]
fn a_root_that_is_served_again_is_refused() {
    let (mirror, _) = Mirror::new();
    fs::copy(mirror.file("root/1.toml"), mirror.file(ROOT_2)).unwrap();
    for signer in first_two(&mirror) {
        let name = tachograph_trust::signature_name("root/1.toml", &public(signer));
        mirror.put_signature(ROOT_2, &public(signer), &mirror.read(&name));
    }
    assert_eq!(refused(&mirror), "document-wrong");
}

#[test]
fn new_keys_alone_or_old_keys_alone_make_no_root() {
    let fresh = [key(), key(), key()];
    let change =
        RootChange { root_keys: fresh.iter().map(public).collect(), ..RootChange::default() };
    let (mirror, _) = Mirror::new();
    mirror.rotate(&change, &[&fresh[0], &fresh[1]]);
    assert_eq!(refused(&mirror), "threshold-not-met");

    let (mirror, _) = Mirror::new();
    mirror.rotate(&change, &first_two(&mirror));
    assert_eq!(refused(&mirror), "threshold-not-met");

    let (mirror, _) = Mirror::new();
    let [one, two] = first_two(&mirror);
    mirror.rotate(&change, &[one, two, &fresh[1], &fresh[2]]);
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.root(), 2);
    // From here on, the old keys have no say.
    mirror.rotate(&nothing(), &[&fresh[0], &fresh[1]]);
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.root(), 3);
}

/// A chain of good roots without an end: 32 at once, and no more.
#[test]
fn a_chain_of_roots_without_an_end_is_cut_off() {
    let (mirror, _) = Mirror::new();
    for _ in 0..32 {
        mirror.rotate(&nothing(), &first_two(&mirror));
    }
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.root(), 33);

    let mirror = Mirror::bare();
    for _ in 0..33 {
        mirror.rotate(&nothing(), &first_two(&mirror));
    }
    assert_eq!(refused(&mirror), "root-hops");
}

#[test]
fn a_root_that_takes_an_epoch_back_is_refused() {
    let (mirror, _) = Mirror::new();
    let path = mirror.rotate(&nothing(), &[]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("epoch = 1\n"));
    sign_text(&mirror, &text.replacen("epoch = 1\n", "epoch = 0\n", 1), &first_two(&mirror));
    assert_eq!(refused(&mirror), "rollback");
}

/// Roots are told to end 70 days before they do, and then accept nothing new;
/// what is here keeps running.
#[test]
fn a_root_that_has_expired_accepts_nothing_new() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    assert_eq!(client.update_at(server.address(), now()).unwrap().warnings, [""; 0]);
    for (day, warnings) in [(329, 0), (331, 1), (399, 1)] {
        let at = now().plus_days(day);
        mirror.index(&IndexChange::default(), at);
        assert_eq!(client.update_at(server.address(), at).unwrap().warnings.len(), warnings);
    }
    let late = now().plus_days(400);
    mirror.index(&IndexChange::default(), late);
    assert_eq!(code(client.update_at(server.address(), late)), "expired");
    assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));
    // A root that is good for longer than 400 days is none.
    let path = mirror.rotate(&nothing(), &[]);
    let text = fs::read_to_string(&path).unwrap();
    let longer = text.replace("2028-01-05T12:00:00Z", "2028-01-05T12:00:01Z");
    assert_ne!(longer, text);
    sign_text(&mirror, &longer, &first_two(&mirror));
    assert_eq!(code(client.update_at(server.address(), now())), "manifest-invalid");
}

#[test]
fn a_runner_that_is_too_old_is_told_so() {
    let (mirror, _) = Mirror::new();
    let change = RootChange { minimum_runner: Some("0.2.0".to_owned()), ..RootChange::default() };
    mirror.rotate(&change, &first_two(&mirror));
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    assert_eq!(code(client.update_at(server.address(), now())), "runner-old");
    let newer = tachograph_update::UpdateOptions { runner: "0.10.0".to_owned(), ..options(now()) };
    client.run(server.address(), newer).unwrap();
}

/// A stolen suite key: the root takes it away, what it signed before stays, the
/// thief's suite never gets in, and what was withdrawn is told.
#[test]
fn a_stolen_suite_key_is_taken_away_and_its_suites_stay() {
    let (mirror, honest) = Mirror::new();
    let bad = mirror.publish("suite-y", "6.6.6");
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();

    let fresh = key();
    let change = RootChange { suite_keys: vec![public(&fresh)], ..RootChange::default() };
    mirror.rotate(&change, &first_two(&mirror));
    mirror.withdraw(bad.digest, "made by a thief");
    // Made after the rotation, with the stolen key.
    let planted = mirror.plant("suite-x", "9.0.0", &mirror.keys.suite);
    mirror.list(&planted, "suite-x", "9.0.0");
    assert_eq!(code(client.update_at(server.address(), now())), "unknown-key");
    // Whatever else the thief holds back, the root is in force.
    assert_eq!(client.root(), 2);
    assert_eq!(client.load(&planted.pin()).unwrap_err().code(), "suite-not-found");
    assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));

    // Without the thief's line the update goes through.
    mirror.index(&IndexChange::default(), now());
    let text = mirror.read(INDEX);
    let cut = text.find(&planted.digest.to_string()).unwrap();
    let cut = text[..cut].rfind("[[suite]]").unwrap();
    mirror.forge_index(&mirror.keys.channel, |text| text[..cut].to_owned());
    client.update_at(server.address(), now()).unwrap();
    let why = |digest: &Digest| client.load(&digest.to_string()).unwrap().withdrawn;
    assert_eq!(why(&bad.digest).as_deref(), Some("made by a thief"));
    assert_eq!(why(&honest.digest), None);
}

/// A mirror that answers for a root with something else than yes or no.
#[test]
fn a_root_that_cannot_be_asked_for_is_no_end_of_the_chain() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    server.reply(ROOT_2, Reply::Status(500));
    assert_eq!(code(client.update_at(server.address(), now())), "fetch-status");
}

#[test]
fn a_channel_that_the_root_does_not_name_is_refused() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let beta = "beta".parse().unwrap();
    let wanted = tachograph_update::UpdateOptions { channel: beta, ..options(now()) };
    fs::copy(mirror.file(INDEX), mirror.file("channel/beta.toml")).unwrap();
    assert_eq!(code(client.run(server.address(), wanted.clone())), "channel-unknown");
    // The root names it, and the mirror serves another channel in its place.
    let change = RootChange { channels: vec![wanted.channel.clone()], ..RootChange::default() };
    mirror.rotate(&change, &first_two(&mirror));
    let signature = mirror.read(&mirror.index_signature());
    mirror.put_signature("channel/beta.toml", &public(&mirror.keys.channel), &signature);
    assert_eq!(code(client.run(server.address(), wanted)), "document-wrong");
    assert_eq!(client.place().state().unwrap().channel(&stable()), None);
}
