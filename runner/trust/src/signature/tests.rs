use std::panic;

use minisign::SignatureBox;
use proptest::prelude::*;

use super::*;
use crate::{SecretKey, fixture};

const COMMENT: &str = "kind=suite name=suite-x version=1.2.0";
const BYTES: &[u8] = b"kind = \"suite\"\n";

fn signed() -> (SecretKey, PublicKey, String) {
    let secret = fixture::key();
    let public = secret.public_key().unwrap();
    let text = secret.sign(BYTES, COMMENT).unwrap();
    (secret, public, text)
}

fn code(text: &str, key: &PublicKey) -> &'static str {
    verify(BYTES, text.as_bytes(), key).unwrap_err().code()
}

#[test]
fn a_signature_gives_its_comment() {
    let (_, public, text) = signed();
    let comment = verify(BYTES, text.as_bytes(), &public).unwrap();
    assert_eq!(comment.0, COMMENT);
    let fields = comment.fields();
    assert_eq!((fields["kind"], fields["name"], fields["version"]), ("suite", "suite-x", "1.2.0"));
}

#[test]
fn another_implementation_agrees() {
    let (_, public, text) = signed();
    let key = minisign_verify::PublicKey::from_base64(&public.to_text()).unwrap();
    let signature = minisign_verify::Signature::decode(&text).unwrap();
    key.verify(BYTES, &signature, false).unwrap();
    assert_eq!(signature.trusted_comment(), COMMENT);
    assert!(key.verify(b"other", &signature, false).is_err());
}

/// Written by minisign 0.11 for [`BYTES`], the second with `-l`.
#[test]
fn what_stock_minisign_writes_is_read_but_not_its_legacy_form() {
    const KEY: &str = "RWR7sbZSgndvJ/8XEsAda/g6dRh76D4QJmasAbZoZpQk82M1wCqIOQU5";
    const PREHASHED: &str = "\
untrusted comment: signature from minisign secret key\n\
RUR7sbZSgndvJ1TCopKahvlNnWL2hCk/HsfbNNH1jGHLocbFS9Imzmg+0z/TKjJ5j6Ud9r+lecLtePlcq6rV/R7YsuJX8VS2AQU=\n\
trusted comment: kind=suite name=suite-x version=1.2.0\n\
bopRU6QCLGHWL+/qEo2D5GB8bXUjfjB6/K7CxB9LMuRFoGplWM6ZnWgFgbHBV7nb3DH7COqx0If6uDwA1tC3DQ==\n";
    const LEGACY: &str = "\
untrusted comment: signature from minisign secret key\n\
RWR7sbZSgndvJ+c8o/OS2duAbl/0EFmqmSL+/Bs9JThnx9zbzEcmFxEyncxr+nBoQUgOoSW+HiNSf6lvhceD3PvbV3LRj+6vpQ0=\n\
trusted comment: x\n\
3yejX7nP+vBehk3qHsPnuWoAQpCH1I5SStruR88ZnrPghDn6S2p7cMMaR04eehixragOuZvm01njplFlUSO5Cw==\n";
    let key = PublicKey::parse(KEY).unwrap();
    assert_eq!(key.key_id(), "276F778252B6B17B");
    assert_eq!(verify(BYTES, PREHASHED.as_bytes(), &key).unwrap().0, COMMENT);
    assert_eq!(verify(BYTES, LEGACY.as_bytes(), &key), Err(SignatureError::Legacy));
}

/// Every other value of every byte, the line that no signature covers included.
#[test]
fn every_changed_byte_of_a_signature_is_refused() {
    let (_, public, text) = signed();
    for at in 0..text.len() {
        for change in 1..=255u8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= change;
            assert!(verify(BYTES, &bytes, &public).is_err(), "byte {at} ^ {change}");
        }
    }
}

#[test]
fn every_changed_bit_of_the_signed_bytes_is_refused() {
    let (_, public, text) = signed();
    for at in 0..BYTES.len() * 8 {
        let mut bytes = BYTES.to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        assert_eq!(verify(&bytes, text.as_bytes(), &public), Err(SignatureError::Mismatch));
    }
    assert!(verify(&BYTES[1..], text.as_bytes(), &public).is_err());
    assert!(verify(b"", text.as_bytes(), &public).is_err());
}

#[test]
fn every_shorter_and_longer_signature_is_refused() {
    let (_, public, text) = signed();
    for end in 0..text.len() {
        assert_eq!(code(&text[..end], &public), "signature-malformed", "{end} bytes");
    }
    for more in ["\n", " ", "a", "\0", "fifth line\n"] {
        assert_eq!(code(&format!("{text}{more}"), &public), "signature-malformed", "{more:?}");
    }
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes.remove(at);
        assert!(verify(BYTES, &bytes, &public).is_err(), "without byte {at}");
    }
}

/// The reason for checking the lengths first.
#[test]
fn the_crate_panics_on_a_short_fourth_line_and_the_wrapper_does_not() {
    let (_, public, text) = signed();
    let head: Vec<&str> = text.lines().take(3).collect();
    let short = format!("{}\nAAAA\n", head.join("\n"));
    let parsed = SignatureBox::from_string(&short).unwrap();
    let crate_alone = panic::catch_unwind(|| {
        minisign::verify(public.inner(), &parsed, Cursor::new(BYTES), true, false, false).is_ok()
    });
    assert!(crate_alone.is_err(), "the crate was mended; the guard may stay");
    assert_eq!(code(&short, &public), "signature-malformed");
}

#[test]
fn only_one_spelling_is_accepted() {
    let (_, public, text) = signed();
    let lines: Vec<&str> = text.lines().collect();
    let spelled = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n") + "\n"
    };
    let padded = format!("{} ", lines[2]);
    let long = format!("{}{}", lines[2], "x".repeat(300));
    let unpadded = lines[3].replace('=', "A");
    for (what, text) in [
        ("line ends of two bytes", text.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("another untrusted comment", spelled(0, "untrusted comment: mine")),
        ("no untrusted comment", spelled(0, "")),
        ("a space after the comment", spelled(2, &padded)),
        ("a long comment", spelled(2, &long)),
        ("a comment that is not ASCII", spelled(2, "trusted comment: é")),
        ("not base64", spelled(1, &"*".repeat(100))),
        ("padding as data", spelled(3, &unpadded)),
        ("an empty line between", text.replacen('\n', "\n\n", 1)),
        ("one kibibyte and more", format!("{text}{}", "\n".repeat(MAX_SIGNATURE_BYTES))),
    ] {
        assert_eq!(code(&text, &public), "signature-malformed", "{what}");
    }
}

/// The last digit of 74 and of 64 bytes in base64 has bits that mean nothing.
#[test]
fn idle_bits_of_base64_are_refused() {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (_, public, text) = signed();
    for line in [1, 3] {
        let lines: Vec<&str> = text.lines().collect();
        let mut bytes = lines[line].as_bytes().to_vec();
        let last = bytes.iter().rposition(|&b| b != b'=').unwrap();
        let value = DIGITS.iter().position(|&digit| digit == bytes[last]).unwrap();
        bytes[last] = DIGITS[value ^ 1];
        let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        lines[line] = String::from_utf8(bytes).unwrap();
        assert_eq!(code(&(lines.join("\n") + "\n"), &public), "signature-malformed");
    }
}

#[test]
fn legacy_signatures_are_refused() {
    let (_, public, text) = signed();
    let at = text.find('\n').unwrap() + 2;
    let mut legacy = text;
    // `ED` begins with `RU` in base64, and `Ed` with `RW`.
    assert_eq!(&legacy[at - 1..=at], "RU");
    legacy.replace_range(at..=at, "W");
    assert_eq!(verify(BYTES, legacy.as_bytes(), &public), Err(SignatureError::Legacy));
}

#[test]
fn other_keys_are_refused_even_with_the_same_id() {
    let (_, public, text) = signed();
    let other = fixture::key().public_key().unwrap();
    assert_eq!(code(&text, &other), "signature-wrong-key");
    // Anybody can give a key the id of another.
    let mut bytes = other.inner().to_bytes();
    bytes[2..10].copy_from_slice(&public.inner().to_bytes()[2..10]);
    let impostor = minisign::PublicKey::from_bytes(&bytes).unwrap().to_base64();
    let impostor = PublicKey::parse(&impostor).unwrap();
    assert_eq!(impostor.key_id(), public.key_id());
    assert_eq!(code(&text, &impostor), "signature-mismatch");
}

#[test]
fn a_signature_of_other_bytes_cannot_be_moved() {
    let (secret, public, text) = signed();
    let other = secret.sign(b"other", "kind=result").unwrap();
    assert_eq!(code(&other, &public), "signature-mismatch");
    // Nor its comment, or its fourth line alone.
    let (mine, theirs): (Vec<&str>, Vec<&str>) = (text.lines().collect(), other.lines().collect());
    for mixed in [[mine[0], mine[1], theirs[2], mine[3]], [mine[0], mine[1], theirs[2], theirs[3]]]
    {
        assert_eq!(code(&(mixed.join("\n") + "\n"), &public), "signature-mismatch");
    }
}

#[test]
fn the_signer_refuses_comments_that_the_reader_would() {
    let secret = fixture::key();
    for comment in ["a\nb", " a", "a ", "é", "\u{7f}", &"x".repeat(257)] {
        assert_eq!(secret.sign(BYTES, comment).unwrap_err().code(), "comment-malformed");
    }
    assert!(secret.sign(BYTES, &"x".repeat(256)).is_ok());
    assert!(secret.sign(BYTES, "").is_ok());
}

proptest! {
    #[test]
    fn whatever_the_bytes_nothing_panics_and_nothing_passes(
        text in prop::collection::vec(any::<u8>(), 0..400),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let public = development();
        prop_assert!(verify(&bytes, &text, public).is_err());
    }

    #[test]
    fn whatever_the_lines_nothing_panics(
        signature in "[A-Za-z0-9+/=]{96,104}",
        comment in "[ -~]{0,300}",
        global in "[A-Za-z0-9+/=]{0,92}",
    ) {
        let text = format!(
            "untrusted comment: {UNTRUSTED_COMMENT}\n{signature}\ntrusted comment: {comment}\n{global}\n"
        );
        prop_assert!(verify(BYTES, text.as_bytes(), development()).is_err());
    }
}

fn development() -> &'static PublicKey {
    crate::development_key().unwrap()
}
