use super::*;
use crate::{fixture, sign_document};

const INDEX: &str = r#"kind = "channel"
schema = 1
version = 7
name = "stable"
issued = "2026-12-01T12:00:00Z"
expires = "2026-12-15T12:00:00Z"
"#;

fn stable() -> Name {
    "stable".parse().unwrap()
}

fn at(text: &str) -> Times {
    Times { now: text.parse().unwrap(), last_success: None }
}

fn verified() -> (TrustedRoot, VerifiedChannel) {
    let roots = fixture::Roots::new();
    let signature = sign_document("stable.toml", INDEX.as_bytes(), &roots.channel).unwrap();
    let document = SignedDocument {
        file: "stable.toml".to_owned(),
        bytes: INDEX.as_bytes().to_vec(),
        signatures: vec![signature.into_bytes()],
    };
    let root = TrustedRoot::anchor(roots.document()).unwrap();
    let index = VerifiedChannel::verify(&root, &stable(), document).unwrap();
    (root, index)
}

#[test]
fn the_floor_of_the_program_holds_without_a_record() {
    let (root, index) = verified();
    let times = at("2026-12-02T00:00:00Z");
    assert!(index.check_fresh(&root, 7, None, times).is_ok());
    let error = index.check_fresh(&root, 8, None, times).unwrap_err();
    assert_eq!(error.code(), "rollback");
    assert_eq!(
        error.to_string(),
        "stable.toml: not trusted: its counter is 7, and 8 was seen already"
    );
}

#[test]
fn good_clocks_may_be_five_minutes_apart() {
    let (root, index) = verified();
    let fresh = |times| index.check_fresh(&root, 1, None, times).map_err(|error| error.code());
    assert_eq!(fresh(at("2026-12-01T11:55:00Z")), Ok(()));
    assert_eq!(fresh(at("2026-12-01T11:54:59Z")), Err("clock-back"));
    assert_eq!(fresh(at("2026-12-15T11:59:59Z")), Ok(()));
    assert_eq!(fresh(at("2026-12-15T12:00:00Z")), Err("expired"));
    let last_success = Some("2026-12-03T00:05:00Z".parse().unwrap());
    assert_eq!(fresh(Times { last_success, ..at("2026-12-03T00:00:00Z") }), Ok(()));
    assert_eq!(fresh(Times { last_success, ..at("2026-12-02T23:59:59Z") }), Err("clock-back"));
}

#[test]
fn counters_go_up_by_no_more_than_a_step() {
    let (root, index) = verified();
    let after = |counter, epoch, digest| {
        let seen = Some(Seen { epoch, counter, digest });
        let times = at("2026-12-02T00:00:00Z");
        index.check_fresh(&root, 0, seen, times).map_err(|error| error.code())
    };
    let other = Digest::of(b"another index");
    assert_eq!(after(6, 1, other), Ok(()));
    assert_eq!(after(7, 1, other), Err("equivocation"));
    assert_eq!(after(7, 1, index.digest()), Ok(()));
    assert_eq!(after(8, 1, other), Err("rollback"));
    // What was seen in an earlier epoch is forgotten.
    assert_eq!(after(8, 0, other), Ok(()));
    let seen = index.seen(&root).unwrap();
    assert_eq!((seen.epoch, seen.counter, seen.digest), (1, 7, index.digest()));
}
