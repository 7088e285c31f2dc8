use proptest::prelude::*;

use super::*;
use crate::{fixture, sign_document};

fn code(text: &str) -> &'static str {
    read_root("1.toml", text.as_bytes()).unwrap_err().code()
}

#[test]
fn a_good_root_is_read_and_its_comment_repeats_its_head() {
    let text = fixture::Roots::new().text();
    let root = read_root("1.toml", text.as_bytes()).unwrap();
    assert_eq!(root.version, 1);
    assert_eq!(root_comment(&root), "kind=root name=root version=1 expires=2028-01-05T12:00:00Z");
}

#[test]
fn roots_that_could_not_be_kept_to_are_refused() {
    let roots = fixture::Roots::new();
    let good = roots.text();
    let suite = roots.suite.public_key().unwrap().to_text();
    let channel = roots.channel.public_key().unwrap().to_text();
    for (from, to) in [
        ("threshold = 2", "threshold = 0"),
        ("threshold = 2", "threshold = 4"),
        // A suite has one signature file.
        ("[roles.suite]\nthreshold = 1", "[roles.suite]\nthreshold = 2"),
        ("version = 1\n", "version = 0\n"),
        ("expires = \"2028-01-05T12:00:00Z\"", "expires = \"2028-01-05T12:00:01Z\""),
        ("expires = \"2028-01-05T12:00:00Z\"", "expires = \"2026-12-01T12:00:00Z\""),
        ("minimum_runner = \"0.1.0\"", "minimum_runner = \"0.1\""),
        // One key in two roles could sign one thing and mean another.
        (&suite, &channel),
        (&suite, "RWQ"),
        (&suite, &format!("{suite}\\n")),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert_eq!(code(&bad), "manifest-invalid", "{to}");
    }
    let twice = format!("{good}\n[[channel]]\nname = \"stable\"\nepoch = 1\nfloor = 1\n");
    assert_eq!(code(&twice), "manifest-invalid");
    let retired = format!("{good}\n[[retired]]\nkey = \"{suite}\"\nsuites = []\n");
    assert_eq!(code(&retired), "manifest-invalid");
    assert_eq!(code(&good.replacen("\"root\"", "\"channel\"", 1)), "kind-wrong");
    assert_eq!(code(&format!("{good}{}", "#".repeat(MAX_ROOT_BYTES))), "manifest-invalid");
}

/// Ids name the files of signatures, and anybody can give a key any id.
#[test]
fn two_keys_of_one_id_are_refused() {
    let roots = fixture::Roots::new();
    let (one, two) = (roots.root[0].public_key().unwrap(), roots.root[1].public_key().unwrap());
    let mut bytes = two.inner().to_bytes();
    bytes[2..10].copy_from_slice(&one.inner().to_bytes()[2..10]);
    let impostor = minisign::PublicKey::from_bytes(&bytes).unwrap().to_base64();
    let text = roots.text().replacen(&two.to_text(), &impostor, 1);
    let error = read_root("1.toml", text.as_bytes()).unwrap_err().to_string();
    assert!(error.ends_with(&format!("two keys have the id {}", one.key_id())), "{error}");
}

#[test]
fn an_error_has_its_place() {
    let text = fixture::Roots::new().text().replacen("issued", "isued", 1);
    let error = read_root("1.toml", text.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "1.toml:4:1: unknown key \"isued\"; did you mean \"issued\"?");
}

#[test]
fn only_roots_and_indexes_are_signed_as_documents() {
    let key = fixture::key();
    let suite = sign_document("suite.toml", fixture::manifest().as_bytes(), &key);
    assert_eq!(suite.unwrap_err().code(), "kind-wrong");
    let root = fixture::Roots::new().text();
    assert!(sign_document("1.toml", root.as_bytes(), &key).is_ok());
}

proptest! {
    #[test]
    fn an_edited_root_is_read_or_refused_without_a_panic(
        at in 0usize..900,
        cut in 0usize..40,
        put in "[ -~\n\u{0}é]{0,20}",
    ) {
        let good = fixture::Roots::new().text();
        let (at, end) = (at.min(good.len()), (at + cut).min(good.len()));
        let text = format!("{}{put}{}", &good[..at], &good[end..]);
        if let Ok(root) = read_root("1.toml", text.as_bytes()) {
            prop_assert!(root.expires <= root.issued.plus_days(ROOT_DAYS));
            prop_assert!(root.roles.root.threshold as usize <= root.roles.root.keys.len());
        }
        let _ = read_channel("stable.toml", text.as_bytes());
    }
}
