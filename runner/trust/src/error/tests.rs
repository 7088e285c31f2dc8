use std::collections::BTreeSet;

use super::*;

fn one_of_each() -> Vec<TrustError> {
    let file = || "a/file".to_owned();
    let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
    vec![
        TrustError::Io { file: file(), source: io::ErrorKind::NotFound.into() },
        TrustError::Signature { file: file(), source: SignatureError::Mismatch },
        TrustError::UnknownKey { file: file(), found: "0123".into() },
        TrustError::Key { file: file(), source: KeyError::Encrypted },
        TrustError::Comment { file: file(), expected: "a".into(), found: "b".into() },
        TrustError::Manifest(ManifestError::at_start("a/file", "wrong")),
        TrustError::Store(StoreError::Changed { file: file(), found: one }),
        TrustError::Digest { file: file(), expected: one, found: two },
        TrustError::Size { file: file(), expected: 1, found: 2 },
        TrustError::BlobMissing { file: file(), what: "plugin x".into(), digest: one },
        TrustError::WrongSuite { file: file(), expected: "a".into(), found: "b".into() },
        TrustError::Result { file: file(), at: "/a".into(), message: "wrong".into() },
        TrustError::NotCanonical { file: file(), offset: 3 },
        TrustError::Grants { file: file(), message: "wrong".into() },
        TrustError::Threshold { file: file(), role: "root", found: 1, needed: 2 },
        TrustError::Kind { file: file(), expected: "channel", found: "suite".into() },
        TrustError::WrongDocument { file: file(), expected: "a".into(), found: "b".into() },
        TrustError::Stale { file: file(), source: Staleness::Equivocation { counter: 3 } },
        TrustError::UnknownChannel { file: file(), name: "a".into(), known: vec!["b".into()] },
        TrustError::OldRunner { file: file(), needed: "2.0.0".into(), found: "1.0.0".into() },
    ]
}

#[test]
fn every_message_begins_with_its_file_and_every_code_is_its_own() {
    let errors = one_of_each();
    for error in &errors {
        assert!(error.to_string().starts_with("a/file:"), "{error}");
        assert_ne!(error.exit_code(), ExitCode::Ok);
    }
    let codes: BTreeSet<&str> = errors.iter().map(TrustError::code).collect();
    assert_eq!(codes.len(), errors.len());
}

#[test]
fn whatever_was_changed_ends_with_not_trusted() {
    for error in one_of_each() {
        let trust = error.to_string().contains("not trusted");
        assert!(!trust || error.exit_code() == ExitCode::NotTrusted, "{error}");
    }
}
