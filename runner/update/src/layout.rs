//! The names of files in a mirror and in a bundle, made from checked values.
//!
//! ```text
//! root/<N>.toml          root/<N>.toml.<KEY ID>.minisig
//! channel/<name>.toml    channel/<name>.toml.<KEY ID>.minisig
//! suites/<64 hex>.toml   suites/<64 hex>.toml.minisig
//! blobs/<64 hex>
//! ```

use tachograph_model::{Digest, Name};

/// A file of a mirror. Nothing that was fetched becomes part of one unchecked.
pub(crate) fn root(version: u64) -> String {
    format!("root/{version}.toml")
}

/// The index of a channel.
pub(crate) fn channel(name: &Name) -> String {
    format!("channel/{name}.toml")
}

/// A suite manifest.
pub(crate) fn suite(digest: &Digest) -> String {
    format!("suites/{}.toml", digest.hex())
}

/// The signature of a suite manifest.
pub(crate) fn suite_signature(digest: &Digest) -> String {
    format!("suites/{}.toml.minisig", digest.hex())
}

/// A plugin or a text.
pub(crate) fn blob(digest: &Digest) -> String {
    format!("blobs/{}", digest.hex())
}

/// Whether a name is one that this module makes.
pub(crate) fn is_name(text: &str) -> bool {
    let Some((folder, file)) = text.split_once('/') else { return false };
    let stem = |file: &'_ str, signed: fn(&str) -> bool| -> Option<String> {
        let (stem, rest) = file.split_once(".toml")?;
        (rest.is_empty() || signed(rest)).then(|| stem.to_owned())
    };
    match folder {
        "root" => stem(file, by_key).is_some_and(|stem| {
            stem.parse::<u64>().is_ok_and(|version| version > 0 && version.to_string() == stem)
        }),
        "channel" => stem(file, by_key).is_some_and(|stem| stem.parse::<Name>().is_ok()),
        "suites" => stem(file, |rest| rest == ".minisig").is_some_and(|stem| is_hex(&stem)),
        "blobs" => is_hex(file),
        _ => false,
    }
}

fn is_hex(text: &str) -> bool {
    format!("sha256:{text}").parse::<Digest>().is_ok()
}

/// `.<16 upper-case digits>.minisig`
fn by_key(rest: &str) -> bool {
    let id = rest.strip_prefix('.').and_then(|rest| rest.strip_suffix(".minisig"));
    id.is_some_and(|id| {
        let good = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        id.len() == 16 && id.bytes().all(good)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_layout_are_names() {
        let digest = Digest::of(b"x");
        let name: Name = "stable".parse().unwrap();
        for good in [
            root(1),
            format!("{}.0123456789ABCDEF.minisig", root(12)),
            channel(&name),
            format!("{}.0123456789ABCDEF.minisig", channel(&name)),
            suite(&digest),
            suite_signature(&digest),
            blob(&digest),
        ] {
            assert!(is_name(&good), "{good}");
        }
        let hex = digest.hex();
        for bad in [
            "",
            "/",
            "root/",
            "root/0.toml",
            "root/01.toml",
            "root/1.toml.key",
            "root/1.toml.0123456789abcdef.minisig",
            "root/../1.toml",
            "../root/1.toml",
            "/root/1.toml",
            "channel/../x.toml",
            "channel/Stable.toml",
            "channel/a\0b.toml",
            "channel/.toml",
            "suites/x.toml",
            "root-1.key",
            &format!("suites/{hex}.toml.0123456789ABCDEF.minisig"),
            &format!("blobs/{}", hex.to_uppercase()),
            &format!("blobs/{hex}.wasm"),
            &format!("blobs/../blobs/{hex}"),
            &format!("blobs/{hex}/"),
        ] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
