use super::*;
use crate::{development_key, fixture};

#[test]
fn the_roots_of_this_build_hold_and_trust_the_development_key() {
    let chain = TrustedRoot::embedded().unwrap();
    let root = chain.last().unwrap();
    assert!(root.root().development);
    assert_eq!(root.root().roles.root.threshold, 2);
    assert_eq!(root.root_keys().len(), 3);
    assert_eq!(root.suite_keys(), [development_key().unwrap().clone()]);
    assert_eq!(root.channel_entry(&"stable".parse().unwrap()).unwrap().epoch, 1);
    assert_eq!(builtin::floor("stable", 1), 1);
    assert_eq!(builtin::floor("stable", 2), 0);
}

#[test]
fn a_root_that_its_own_keys_did_not_sign_is_no_anchor() {
    let roots = fixture::Roots::new();
    let mut document = roots.document();
    assert!(TrustedRoot::anchor(document.clone()).is_ok());
    document.signatures.pop();
    assert_eq!(TrustedRoot::anchor(document).unwrap_err().code(), "threshold-not-met");
}

#[test]
fn a_signature_that_does_not_hold_is_no_voice_less_but_an_error() {
    let roots = fixture::Roots::new();
    let mut document = roots.document();
    let third = &roots.root[2];
    let other = third.sign(b"other bytes", "kind=root").unwrap();
    document.signatures.push(other.into_bytes());
    assert_eq!(TrustedRoot::anchor(document).unwrap_err().code(), "signature-mismatch");
}

#[test]
fn a_retired_key_signs_what_it_signed_and_no_more() {
    let roots = fixture::Roots::new();
    let old = fixture::key().public_key().unwrap();
    let digest = Digest::of(b"an old suite");
    let text = format!(
        "{}\n[[retired]]\nkey = \"{}\"\nsuites = [\"{digest}\"]\n",
        roots.text(),
        old.to_text()
    );
    let root = TrustedRoot::anchor(roots.sign(&text)).unwrap();
    assert!(root.suites().of(&digest).contains(&old));
    assert!(!root.suites().of(&Digest::of(b"a new suite")).contains(&old));
}
