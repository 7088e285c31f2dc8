//! Texts that give something away whatever machine they are of, known by their
//! shape.

use std::net::{IpAddr, SocketAddr};

/// What a piece of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An IP address that is not this machine's loopback.
    IpAddress,
    /// Six bytes of hardware address.
    HardwareAddress,
    /// The place of a device on a PCI bus.
    BusId,
    /// An id that is made to be unique.
    Uuid,
    /// A path below somebody's home folder.
    HomePath,
    /// A mail address.
    MailAddress,
    /// A private key.
    PrivateKey,
    /// An API key of a known maker.
    ApiKey,
}

impl Shape {
    /// Whether it opens a door: no place is the right one for it.
    pub(crate) const fn opens(self) -> bool {
        matches!(self, Self::PrivateKey | Self::ApiKey)
    }

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::IpAddress => "an IP address",
            Self::HardwareAddress => "a hardware address",
            Self::BusId => "the place of a device on its bus",
            Self::Uuid => "a unique id",
            Self::HomePath => "a path in a home folder",
            Self::MailAddress => "a mail address",
            Self::PrivateKey => "a private key",
            Self::ApiKey => "an API key",
        }
    }
}

/// How secret keys begin: those of minisign, with a password and without, and
/// the word in the first line of a PEM file.
const PRIVATE_KEYS: &[&str] = &["RWRTY0Iy", "RWQAAEIy", "PRIVATE KEY-----", "encrypted secret key"];

/// How the keys of hosted APIs begin.
const API_KEYS: &[&str] = &[
    "sk-",
    "hf_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "gsk_",
    "nvapi-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "AIza",
    "r8_",
    "pypi-",
];
/// Letters, digits, `-` and `_` that follow such a beginning at least.
const API_KEY_LENGTH: usize = 16;

/// What stands before the name of a user in a path.
const HOMES: &[&str] = &["/home/", "/users/", "\\users\\", "/root/"];

/// The shapes in a text, each once.
pub(crate) fn shapes(text: &str) -> Vec<Shape> {
    let mut found = Vec::new();
    let mut add = |shape: Shape| {
        if !found.contains(&shape) {
            found.push(shape);
        }
    };
    if PRIVATE_KEYS.iter().any(|mark| text.contains(mark)) {
        add(Shape::PrivateKey);
    }
    if API_KEYS.iter().any(|start| has_api_key(text, start)) {
        add(Shape::ApiKey);
    }
    let lower = text.to_lowercase();
    if HOMES.iter().any(|home| leads_on(&lower, home)) {
        add(Shape::HomePath);
    }
    if text.split(|c: char| c.is_whitespace() || "<>()[]\",;".contains(c)).any(is_mail_address) {
        add(Shape::MailAddress);
    }
    for run in numeric_runs(text) {
        numeric_shape(run).into_iter().for_each(&mut add);
    }
    found
}

fn has_api_key(text: &str, start: &str) -> bool {
    text.match_indices(start).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let rest = text[at + start.len()..].chars();
        let long = rest.take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).count();
        !before.is_some_and(char::is_alphanumeric) && long >= API_KEY_LENGTH
    })
}

/// Whether something follows the beginning of a path.
fn leads_on(text: &str, start: &str) -> bool {
    text.match_indices(start).any(|(at, _)| {
        text[at + start.len()..].chars().next().is_some_and(|c| c.is_alphanumeric() || c == '.')
    })
}

fn is_mail_address(word: &str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let Some((rest, top)) = host.trim_end_matches('.').rsplit_once('.') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let letters = top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic());
    !name.is_empty() && !rest.is_empty() && rest.chars().all(plain) && letters
}

/// The longest stretches of hexadecimal digits, `:`, `.` and `-` that no letter
/// or digit touches, without the punctuation around them.
fn numeric_runs(text: &str) -> impl Iterator<Item = &str> {
    let numeric = |c: char| c.is_ascii_hexdigit() || ":.-".contains(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(numeric)?;
            let end = rest[start..].find(|c| !numeric(c)).map_or(rest.len(), |len| start + len);
            let (before, run, after) = (&rest[..start], &rest[start..end], &rest[end..]);
            let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let (left, right) = (before.chars().next_back(), after.chars().next());
            rest = after;
            // `:` stands for something at the start of an IPv6 address.
            let bare = run.trim_start_matches(['.', '-']).trim_end_matches(['.', '-', ':']);
            let cut_left = !run.starts_with(bare) || run.starts_with([':', '.', '-']);
            let cut_right = !run.ends_with(bare);
            if (cut_left || !touches(left)) && (cut_right || !touches(right)) && !bare.is_empty() {
                return Some(bare);
            }
        }
    })
}

fn numeric_shape(run: &str) -> Option<Shape> {
    let hex =
        |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_hexdigit());
    for separator in [':', '-'] {
        let parts: Vec<&str> = run.split(separator).collect();
        if parts.len() == 6 && parts.iter().all(|part| hex(part, 2)) {
            return Some(Shape::HardwareAddress);
        }
        if parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, len)| hex(part, len))
        {
            return Some(Shape::Uuid);
        }
    }
    if let [domain, bus, place] = run.split(':').collect::<Vec<_>>()[..] {
        let place = place.split_once('.');
        let fits = place.is_some_and(|(slot, function)| hex(slot, 2) && hex(function, 1));
        if fits && hex(bus, 2) && (hex(domain, 4) || hex(domain, 8)) {
            return Some(Shape::BusId);
        }
    }
    let names_somebody = |ip: IpAddr| !ip.is_loopback() && !ip.is_unspecified();
    let address = |text: &str| {
        let bare = text.parse::<IpAddr>().ok();
        bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
    };
    let pieces = std::iter::once(run).chain(run.split('-'));
    pieces.filter_map(address).any(names_somebody).then_some(Shape::IpAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_is_known() {
        for (text, shape) in [
            ("connect to 192.168.1.7:8080 failed", Shape::IpAddress),
            ("10.0.0.1-10.0.0.9", Shape::IpAddress),
            ("http://[2001:db8::7]:80/v1", Shape::IpAddress),
            ("fe80::1%eth0", Shape::IpAddress),
            ("by 203.0.113.9.", Shape::IpAddress),
            ("52:54:00:12:34:56", Shape::HardwareAddress),
            ("dev 52-54-00-ab-cd-ef up", Shape::HardwareAddress),
            ("0000:5e:00.0", Shape::BusId),
            ("at 00000000:5E:00.0 fell", Shape::BusId),
            ("GPU-9f0e1d2c-3b4a-5968-7786-95a4b3c2d1e0", Shape::Uuid),
            ("/home/ann/models/m.gguf", Shape::HomePath),
            ("C:\\Users\\ann\\m.gguf", Shape::HomePath),
            ("/Users/ann", Shape::HomePath),
            ("mail ann@example.org now", Shape::MailAddress),
            ("bad key sk-0123456789abcdef01", Shape::ApiKey),
            ("hf_abcdefghijklmnopqrst", Shape::ApiKey),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", Shape::PrivateKey),
            ("RWRTY0IyAAAA", Shape::PrivateKey),
        ] {
            assert_eq!(shapes(text), [shape], "{text}");
        }
    }

    #[test]
    fn what_results_hold_is_none_of_them() {
        for text in [
            "127.0.0.1:8080",
            "http://localhost:8080",
            "[::1]:80",
            "0.0.0.0",
            "570.86.15",
            "96.00.74.00.01",
            "v1.2.3.4",
            "1.2.3.4rc1",
            "10.0.22631.4317",
            "6.18.44-fc-v509",
            "sha256:7053ad5764f98dfd5de6fddc9cbc5705b8c10f7e36f86b6c2ef9f832aafa5df1",
            "suite-v2@sha256:1bed638f91d8c38d961cc868ddc36789d71b60a74dcd2b4004be2a6ad41c7c0e",
            "RWR3FLdY6KeesrJGXBwgC1TTN9bC8YYZhf5YvqSMAPfQ+t0I5Q5lSmX6",
            "untrusted comment: signature from minisign secret key",
            "std::fmt::Debug",
            "12:30:45",
            "task-oriented-model-v1-for-everybody",
            "streams-4/trial-1/r1",
            "Qwen/Qwen3-0.6B",
            "2026-11-22",
            "homely home/made",
        ] {
            assert_eq!(shapes(text), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_address_is_found_in_any_words(
            before in "[a-z ]{0,12}[ =/(]", ip in proptest::prelude::any::<[u8; 4]>(),
            after in "[ ),/][a-z ]{0,12}",
        ) {
            let ip = std::net::Ipv4Addr::from(ip);
            proptest::prop_assume!(!ip.is_loopback() && !ip.is_unspecified());
            let text = format!("{before}{ip}{after}");
            proptest::prop_assert!(shapes(&text).contains(&Shape::IpAddress), "{text}");
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,64}") {
            let _ = shapes(&text);
        }
    }
}
