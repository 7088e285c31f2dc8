//! Rollback, freeze and fast-forward: good signatures at the wrong time.

use std::fs;

use tachograph_update::publish::{IndexChange, RootChange};

use crate::{
    client::{Client, code},
    keys::{key, public},
    mirror::{INDEX, Mirror, now, stable},
    server::Server,
};

/// An index and its signature, to be served again later.
fn save(mirror: &Mirror) -> [(String, String); 2] {
    [INDEX.to_owned(), mirror.index_signature()].map(|name| {
        let text = mirror.read(&name);
        (name, text)
    })
}

fn restore(mirror: &Mirror, saved: &[(String, String); 2]) {
    for (name, text) in saved {
        fs::write(mirror.file(name), text).unwrap();
    }
}

#[test]
fn an_older_index_is_refused_and_the_newer_suite_stays() {
    let (mirror, _) = Mirror::new();
    let old = save(&mirror);
    mirror.publish("suite-x", "1.1.0");
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.counter(), Some(2));
    restore(&mirror, &old);
    // Every update reads the record anew, as after a restart.
    for _ in 0..2 {
        assert_eq!(code(client.update_at(server.address(), now())), "rollback");
        assert_eq!(client.version("suite-x").as_deref(), Some("1.1.0"));
        assert_eq!(client.counter(), Some(2));
    }
}

/// Whoever deletes the record gets the floor of the root in its place.
#[test]
fn an_index_under_the_floor_is_refused_when_the_record_is_gone() {
    let (mirror, _) = Mirror::new();
    let old = save(&mirror);
    mirror.publish("suite-x", "1.1.0");
    let change = RootChange { reset: vec![stable()], ..RootChange::default() };
    mirror.rotate(&change, &[&mirror.keys.root[0], &mirror.keys.root[1]]);
    mirror.index(&IndexChange::default(), now());
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    fs::remove_file(client.trust_folder().join("state.json")).unwrap();
    restore(&mirror, &old);
    assert_eq!(code(client.update_at(server.address(), now())), "rollback");
    // The suites that are here still run.
    assert_eq!(client.version("suite-x").as_deref(), Some("1.1.0"));
}

#[test]
fn an_equal_counter_with_other_bytes_is_refused() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();
    mirror.forge_index(&mirror.keys.channel, |text| format!("{text}\n# other bytes\n"));
    assert_eq!(code(client.update_at(server.address(), now())), "equivocation");
}

#[test]
fn the_same_index_again_is_no_news() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    assert!(client.update_at(server.address(), now()).unwrap().has_news());
    let again = client.update_at(server.address(), now()).unwrap();
    assert_eq!(again.changes, []);
}

#[test]
fn an_expired_index_is_refused() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let last = now().plus_days(14);
    assert_eq!(code(client.update_at(server.address(), last)), "expired");
    client.update_at(server.address(), now().plus_days(13)).unwrap();
}

/// An index cannot claim to be good for longer than 14 days.
#[test]
fn an_index_that_is_good_for_too_long_is_refused() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    mirror.forge_index(&mirror.keys.channel, |text| {
        text.replace("expires = \"2026-12-15T12:00:00Z\"", "expires = \"2026-12-15T12:00:01Z\"")
    });
    assert_eq!(code(client.update_at(server.address(), now())), "manifest-invalid");
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    // Before the index was made, also for a client that has seen nothing.
    let before = "2026-11-30T12:00:00Z".parse().unwrap();
    assert_eq!(code(client.update_at(server.address(), before)), "clock-back");
    // After the index was made, and before the last update.
    client.update_at(server.address(), now().plus_days(10)).unwrap();
    let back = now().plus_days(9);
    assert_eq!(code(client.update_at(server.address(), back)), "clock-back");
    client.update_at(server.address(), now().plus_days(11)).unwrap();
}

#[test]
fn a_clock_ten_years_ahead_refuses_everything_and_spoils_nothing() {
    let (mirror, _) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let ahead = now().plus_days(3653);
    assert_eq!(code(client.update_at(server.address(), ahead)), "expired");
    // Right again, the clock finds no trace of it.
    client.update_at(server.address(), now()).unwrap();
}

/// A thief of the channel key uses the numbers up, as far as one step goes; a
/// root with another channel key takes everybody back.
#[test]
fn a_counter_that_jumps_is_refused_and_a_new_root_recovers() {
    let (mirror, _) = Mirror::new();
    let honest = save(&mirror);
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    client.update_at(server.address(), now()).unwrap();

    let jump = |to: u64| {
        restore(&mirror, &honest);
        mirror.forge_index(&mirror.keys.channel, |text| {
            text.replacen("version = 1\n", &format!("version = {to}\n"), 1)
        });
        client.update_at(server.address(), now())
    };
    assert_eq!(code(jump(10_002)), "fast-forward");
    assert_eq!(code(jump(u64::MAX >> 1)), "fast-forward");
    jump(10_001).unwrap();
    assert_eq!(client.counter(), Some(10_001));

    // The maintainers go on from where they were.
    restore(&mirror, &honest);
    mirror.publish("suite-x", "1.1.0");
    assert_eq!(code(client.update_at(server.address(), now())), "rollback");

    let fresh = key();
    let change = RootChange {
        channel_keys: vec![public(&fresh)],
        reset: vec![stable()],
        ..RootChange::default()
    };
    mirror.rotate(&change, &[&mirror.keys.root[0], &mirror.keys.root[1]]);
    mirror.forge_index(&fresh, |text| text.replacen("version = 2\n", "version = 3\n", 1));
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.counter(), Some(3));
    assert_eq!(client.version("suite-x").as_deref(), Some("1.1.0"));
}
