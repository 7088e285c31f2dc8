//! Endless, slow, packed and redirected answers: a server can waste a moment,
//! never a disk.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use tachograph_update::UpdateOptions;

use crate::{
    client::{Client, code, impatience, options, patience},
    mirror::{INDEX, Mirror, Published, now},
    server::{Reply, Server},
};

/// Everything that a client asks for, with its limit in bytes.
fn files(mirror: &Mirror, suite: &Published) -> Vec<(String, u64)> {
    let plugin = fs::metadata(mirror.file(&suite.blob_file())).unwrap().len();
    let manifest = fs::metadata(mirror.file(&suite.manifest_file())).unwrap().len();
    vec![
        ("root/2.toml".to_owned(), 64 << 10),
        (INDEX.to_owned(), 256 << 10),
        (mirror.index_signature(), 1 << 10),
        (suite.manifest_file(), manifest),
        (format!("{}.minisig", suite.manifest_file()), 1 << 10),
        (suite.blob_file(), plugin),
    ]
}

fn refused(reply: Reply, expected: &str) {
    let (mirror, suite) = Mirror::new();
    for (file, _) in files(&mirror, &suite) {
        let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
        // What is not there cannot be served slowly.
        if !mirror.file(&file).exists() && matches!(reply, Reply::Slow(_) | Reply::Half) {
            continue;
        }
        server.reply(&file, reply.clone());
        let slow = matches!(reply, Reply::Slow(_) | Reply::Silent);
        let patience = if slow { impatience() } else { patience() };
        let options = UpdateOptions { patience, ..options(now()) };
        let error = client.run(server.address(), options).unwrap_err();
        assert_eq!(error.code(), expected, "{file}");
        assert!(error.to_string().contains(&file), "{error}");
        assert_eq!(client.version("suite-x"), None, "{file}");
        assert!(leftovers(&client).is_empty(), "{file}: {:?}", leftovers(&client));
    }
}

/// Files that were begun and not finished.
fn leftovers(client: &Client) -> Vec<String> {
    let Ok(entries) = fs::read_dir(client.store().join("blobs")) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".tmp")).collect()
}

#[test]
fn a_body_without_an_end_is_cut_off() {
    refused(Reply::Endless, "fetch-too-large");
}

#[test]
fn a_length_over_the_limit_is_refused_before_the_body() {
    refused(Reply::Length(1 << 40, Vec::new()), "fetch-too-large");
}

#[test]
fn one_byte_more_than_allowed_is_refused() {
    let (mirror, suite) = Mirror::new();
    for (file, limit) in files(&mirror, &suite) {
        let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
        let bytes = vec![b'x'; usize::try_from(limit).unwrap() + 1];
        server.reply(&file, Reply::Bytes(bytes));
        assert_eq!(code(client.update_at(server.address(), now())), "fetch-too-large", "{file}");
    }
}

#[test]
fn one_byte_a_second_is_too_slow() {
    refused(Reply::Slow(Duration::from_secs(1)), "fetch-too-slow");
}

/// Steady, and always under the rate: no single byte comes late.
#[test]
fn a_trickle_is_too_slow() {
    refused(Reply::Slow(Duration::from_millis(10)), "fetch-too-slow");
}

#[test]
fn a_server_that_falls_silent_is_left() {
    refused(Reply::Silent, "fetch-too-slow");
}

#[test]
fn a_connection_that_breaks_is_told() {
    refused(Reply::Half, "fetch-connection");
}

/// A megabyte of zeros in a kilobyte: nothing is ever unpacked.
#[test]
fn what_is_packed_is_refused_unread() {
    let mut gzip = Command::new("gzip");
    let mut gzip = gzip.arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    gzip.stdin.take().unwrap().write_all(&vec![0; 1 << 20]).unwrap();
    let bomb = gzip.wait_with_output().unwrap().stdout;
    assert!(bomb.len() < 4096);
    refused(Reply::Gzip(bomb), "fetch-encoded");
}

/// Without the header, packed bytes are other bytes.
#[test]
fn packed_bytes_are_hashed_as_they_came() {
    let (mirror, suite) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let size = usize::try_from(fs::metadata(mirror.file(&suite.blob_file())).unwrap().len());
    server.reply(&suite.blob_file(), Reply::Bytes(vec![0x1f; size.unwrap()]));
    assert_eq!(code(client.update_at(server.address(), now())), "digest-mismatch");
}

#[test]
fn a_redirect_to_another_scheme_or_to_plain_text_elsewhere_is_refused() {
    for to in [
        "https://updates.example.org/",
        "http://updates.example.org/",
        "http://192.0.2.1/",
        "file:///etc/hostname",
        "ftp://127.0.0.1/",
    ] {
        refused(Reply::Redirect(to.to_owned()), "fetch-redirect");
    }
}

#[test]
fn a_redirect_within_the_scheme_is_followed_but_not_in_circles() {
    let (mirror, suite) = Mirror::new();
    let (client, server) = (Client::new(&mirror), Server::new(mirror.path()));
    let other = Server::new(mirror.path());
    let to = format!("{}{}", other.address(), suite.blob_file());
    server.reply(&suite.blob_file(), Reply::Redirect(to));
    client.update_at(server.address(), now()).unwrap();
    assert_eq!(client.version("suite-x").as_deref(), Some("1.0.0"));

    let circle = format!("{}{INDEX}", server.address());
    server.reply(INDEX, Reply::Redirect(circle));
    assert_eq!(code(client.update_at(server.address(), now())), "fetch-redirect");
}

#[test]
fn every_other_status_is_a_failure() {
    for status in [204, 206, 401, 403, 500, 503] {
        refused(Reply::Status(status), "fetch-status");
    }
}
