//! `tacho plugin revoke`: take a grant back.

use std::path::Path;

use clap::Args;
use tachograph_model::{Digest, ExitCode};
use tachograph_trust::{Grant, Grants};

use super::AuthorError;
use crate::{error::CliError, printer, world::World};

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// A component, a digest or the first digits of one, or the id of a plugin.
    #[arg(value_name = "FILE|DIGEST|ID")]
    what: String,
}

pub(super) fn run(command: &Revoke) -> Result<ExitCode, CliError> {
    let folder = World::open()?.home.config;
    let what = &command.what;
    // A file that is there is meant; the bytes need not be a plugin any more.
    let of_file = match std::fs::read(Path::new(what)) {
        Ok(bytes) => Some(Digest::of(&bytes)),
        Err(_) => None,
    };
    let removed = Grants::edit(&folder, |grants| {
        let digest = chosen(grants.iter(), what, of_file)?;
        grants.remove(&digest).ok_or_else(|| AuthorError::NotGranted(what.clone()))
    })??;
    printer::talk(&format!("revoked: {} {} {}", removed.id, removed.version, removed.sha256));
    Ok(ExitCode::Ok)
}

/// The one grant that a text names.
fn chosen<'g>(
    grants: impl Iterator<Item = &'g Grant>,
    what: &str,
    of_file: Option<Digest>,
) -> Result<Digest, AuthorError> {
    let digits = what.strip_prefix("sha256:").unwrap_or(what);
    let is_short = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = |grant: &&Grant| match of_file {
        Some(digest) => grant.sha256 == digest,
        None => {
            grant.id.as_str() == what
                || (is_short && grant.sha256.hex().starts_with(&digits.to_ascii_lowercase()))
        }
    };
    let found: Vec<Digest> = grants.filter(fits).map(|grant| grant.sha256).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(AuthorError::NotGranted(what.to_owned())),
        _ => Err(AuthorError::Several { id: what.to_owned(), count: found.len() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachograph_model::{Capabilities, LimitsAsked};

    fn grant(id: &str, bytes: &[u8]) -> Grant {
        Grant {
            id: id.parse().unwrap(),
            version: "1.0.0".into(),
            sha256: Digest::of(bytes),
            capabilities: Capabilities::default(),
            limits: LimitsAsked::default(),
            granted_unix_s: 1,
        }
    }

    #[test]
    fn a_grant_is_named_by_file_digest_or_id() {
        let all = [grant("a", b"1"), grant("b", b"2"), grant("b", b"3")];
        let named =
            |what: &str, of_file| chosen(all.iter(), what, of_file).map_err(|e| e.to_string());
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        assert_eq!(named("a", None), Ok(one));
        assert_eq!(named(&one.to_string(), None), Ok(one));
        assert_eq!(named(&two.short(), None), Ok(two));
        assert_eq!(named("a", Some(two)), Ok(two));
        assert!(named("b", None).is_err(), "two grants of one id");
        assert!(named(&one.hex()[..7], None).is_err(), "too short to be meant");
        assert!(named("a", Some(Digest::of(b"4"))).is_err(), "the file is meant");
        assert!(named("c", None).is_err());
    }
}
