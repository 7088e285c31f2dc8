use tachograph_model::ExitCode;

use super::*;
use crate::{RunKey, SecretKey, fixture, seal};

const FILE: &str = "runs/1/result.json";

fn sealed() -> (RunKey, crate::Sealed) {
    let key = RunKey::ephemeral().unwrap();
    let sealed = seal(&fixture::result(), &key).unwrap();
    (key, sealed)
}

/// Seals bytes that [`seal`] would never write.
fn forge(key: &RunKey, text: &str) -> TrustError {
    let run = Digest::of(text.as_bytes());
    let comment = result_comment(&fixture::result(), &run);
    let signature = key.secret().sign(text.as_bytes(), &comment).unwrap();
    verify_result(text.as_bytes(), signature.as_bytes(), FILE).unwrap_err()
}

#[test]
fn what_is_sealed_verifies() {
    let (key, sealed) = sealed();
    let verified = verify_result(&sealed.bytes, sealed.signature_text.as_bytes(), FILE).unwrap();
    assert_eq!(verified.run_id, sealed.run_id);
    assert_eq!(verified.key_id, key.public_key().key_id());
    assert_eq!(verified.result.sealed_by, key.public_key().to_text());
    let fields = verified.trusted_comment.fields();
    assert_eq!(fields["kind"], "result");
    assert_eq!(fields["run"], sealed.run_id.hex());
    assert_eq!(fields["suite"], fixture::result().suite.pin.to_string());
    // Sealing is a function of the result and the key.
    assert_eq!(seal(&fixture::result(), &key).unwrap().bytes, sealed.bytes);
    assert_eq!(seal(&verified.result, &key).unwrap().bytes, sealed.bytes);
}

#[test]
fn stock_minisign_can_check_the_seal() {
    let (key, sealed) = sealed();
    let public = minisign_verify::PublicKey::from_base64(&key.public_key().to_text()).unwrap();
    let signature = minisign_verify::Signature::decode(&sealed.signature_text).unwrap();
    public.verify(&sealed.bytes, &signature, false).unwrap();
}

#[test]
fn every_changed_byte_of_a_result_is_refused_by_name() {
    let (_, sealed) = sealed();
    for at in 0..sealed.bytes.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128] {
            let mut bytes = sealed.bytes.clone();
            bytes[at] ^= change;
            let error = verify_result(&bytes, sealed.signature_text.as_bytes(), FILE).unwrap_err();
            assert!(error.to_string().contains(FILE), "byte {at} ^ {change}: {error}");
            assert_eq!(error.exit_code(), ExitCode::NotTrusted, "byte {at} ^ {change}: {error}");
        }
    }
    for end in 0..sealed.bytes.len() {
        let cut = &sealed.bytes[..end];
        assert!(verify_result(cut, sealed.signature_text.as_bytes(), FILE).is_err());
    }
}

#[test]
fn every_changed_byte_of_its_signature_is_refused_by_name() {
    let (_, sealed) = sealed();
    for at in 0..sealed.signature_text.len() {
        for change in [1, 2, 0x20, 0x80] {
            let mut signature = sealed.signature_text.clone().into_bytes();
            signature[at] ^= change;
            let error = verify_result(&sealed.bytes, &signature, FILE).unwrap_err();
            assert!(error.to_string().contains(FILE), "byte {at} ^ {change}: {error}");
        }
    }
}

#[test]
fn other_spellings_of_the_same_result_are_refused_even_when_signed() {
    let (key, sealed) = sealed();
    let text = String::from_utf8(sealed.bytes).unwrap();
    for (from, to) in [
        ("{\"backend\"", "{ \"backend\""),
        ("\"tiny\"", "\"\\u0074iny\""),
        ("0.25", "0.250"),
        ("\"self_test_n\":50", "\"self_test_n\":50,\"self_test_n\":50"),
        ("\"é\":[1,2.5]", "\"é\":[1,2.5],\"é\":[1,2.5]"),
        ("\"é\":[1,2.5]", "\"é\":[1.0,2.5]"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = forge(&key, &text.replacen(from, to, 1));
        assert!(
            ["result-not-canonical", "result-invalid"].contains(&error.code()),
            "{to}: {error}"
        );
    }
    let error = forge(&key, &format!("{text}\n"));
    assert_eq!(error.code(), "result-not-canonical");
    assert!(error.to_string().ends_with(&format!("first at byte {}", text.len())), "{error}");
}

#[test]
fn what_is_no_result_is_refused_with_the_failing_path() {
    let (key, sealed) = sealed();
    let text = String::from_utf8(sealed.bytes).unwrap();
    for (from, to, at) in [
        ("\"self_test_n\":50", "\"self_test_n\":-1", "/harness/self_test_n"),
        ("\"self_test_n\":50", "\"self_test_n\":\"50\"", "/harness/self_test_n"),
        ("\"local\":true", "\"locla\":true", "/backend"),
        ("\"kind\":\"result\"", "\"kind\":\"suite\"", "/kind"),
        ("\"schema\":1,", "\"schema\":2,", "/schema"),
        ("suite-x@sha256:", "suite-x@sha512:", "/suite/pin"),
        ("\"sealed_by\":\"RW", "\"sealed_by\":\"RX", "/sealed_by"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = forge(&key, &text.replacen(from, to, 1));
        let TrustError::Result { at: found, .. } = &error else { panic!("{to}: {error}") };
        assert_eq!(found, at, "{error}");
        assert!(error.to_string().contains(FILE), "{error}");
    }
    for text in ["", "{}", "[]", "null", "{\"a\":", &"[".repeat(100_000)] {
        assert_eq!(forge(&key, text).code(), "result-invalid", "{text:.20}");
    }
}

#[test]
fn nobody_else_can_seal_it() {
    let (_, sealed) = sealed();
    let other = RunKey::ephemeral().unwrap();
    let comment = result_comment(&fixture::result(), &sealed.run_id);
    let signature = other.secret().sign(&sealed.bytes, &comment).unwrap();
    let error = verify_result(&sealed.bytes, signature.as_bytes(), FILE).unwrap_err();
    assert_eq!(error.code(), "signature-wrong-key");
}

#[test]
fn the_signed_comment_has_to_be_that_of_the_body() {
    let (key, sealed) = sealed();
    let good = result_comment(&fixture::result(), &sealed.run_id);
    for comment in [
        good.replace("kind=result", "kind=suite"),
        good.replace("suite-x", "suite-y"),
        good.replace(&sealed.run_id.hex(), &Digest::of(b"other").hex()),
        format!("{good} more=1"),
        String::new(),
    ] {
        let signature = key.secret().sign(&sealed.bytes, &comment).unwrap();
        let error = verify_result(&sealed.bytes, signature.as_bytes(), FILE).unwrap_err();
        assert_eq!(error.code(), "comment-mismatch", "{comment}");
        assert!(error.to_string().contains(FILE), "{error}");
    }
}

#[test]
fn numbers_that_json_would_round_are_not_sealed() {
    let key = RunKey::ephemeral().unwrap();
    let mut result = fixture::result();
    result.started_unix_s = (1 << 53) + 1;
    assert!(seal(&result, &key).is_err());
    result.started_unix_s = 1 << 53;
    assert!(seal(&result, &key).is_ok());
    result.harness.cpu_share = Some(f64::NAN);
    assert!(seal(&result, &key).is_err());
}

#[test]
fn an_ephemeral_key_is_new_each_time() {
    let keys = [RunKey::ephemeral().unwrap(), RunKey::ephemeral().unwrap()];
    assert_ne!(keys[0].public_key(), keys[1].public_key());
    let _: SecretKey = keys[0].secret().clone();
}
