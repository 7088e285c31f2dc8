//! `tacho plugin revoke`: take a grant back.

use std::path::Path;

use clap::Args;
use tachograph_model::{Digest, ExitCode};
use tachograph_trust::{Grant, Grants};

use super::AuthorError;
use crate::{error::CliError, printer, world::World};

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// A component, a digest or the first digits of one, or the id of a plugin,
    /// of which every grant is taken back.
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
    let removed: Vec<Grant> = Grants::edit(&folder, |grants| {
        let found = chosen(grants.iter(), what, of_file)?;
        Ok::<_, AuthorError>(found.iter().filter_map(|digest| grants.remove(digest)).collect())
    })??;
    printer::talk(&told(&removed));
    Ok(ExitCode::Ok)
}

/// What was taken back: a line for each, and how many where there are several.
fn told(removed: &[Grant]) -> String {
    let mut lines: Vec<String> = removed
        .iter()
        .map(|grant| format!("revoked: {} {} {}", grant.id, grant.version, grant.sha256))
        .collect();
    if removed.len() > 1 {
        lines.push(format!("{} grants were revoked", removed.len()));
    }
    lines.join("\n")
}

/// The grants that a text names: one by file or digest, every one by id.
fn chosen<'g>(
    grants: impl Iterator<Item = &'g Grant>,
    what: &str,
    of_file: Option<Digest>,
) -> Result<Vec<Digest>, AuthorError> {
    let digits = what.strip_prefix("sha256:").unwrap_or(what);
    let is_short = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = digits.to_ascii_lowercase();
    let (mut of_id, mut of_digest) = (Vec::new(), Vec::new());
    for grant in grants {
        match of_file {
            Some(digest) if grant.sha256 == digest => of_digest.push(digest),
            Some(_) => {}
            None if grant.id.as_str() == what => of_id.push(grant.sha256),
            None if is_short && grant.sha256.hex().starts_with(&digits) => {
                of_digest.push(grant.sha256);
            }
            None => {}
        }
    }
    match (of_id.is_empty(), of_digest.len()) {
        // An id that looks like a digest is not guessed about.
        (false, 0) => Ok(of_id),
        (true, 1) => Ok(of_digest),
        (true, 0) => Err(AuthorError::NotGranted(what.to_owned())),
        (_, digests) => {
            Err(AuthorError::Several { id: what.to_owned(), count: of_id.len() + digests })
        }
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
        let three = Digest::of(b"3");
        assert_eq!(named("a", None), Ok(vec![one]));
        assert_eq!(named(&one.to_string(), None), Ok(vec![one]));
        assert_eq!(named(&two.short(), None), Ok(vec![two]));
        assert_eq!(named("a", Some(two)), Ok(vec![two]));
        assert_eq!(named("b", None), Ok(vec![two, three]), "every grant of an id");
        assert!(named(&one.hex()[..7], None).is_err(), "too short to be meant");
        assert!(named("a", Some(Digest::of(b"4"))).is_err(), "the file is meant");
        assert!(named("c", None).is_err());
    }

    #[test]
    fn what_was_revoked_is_told_and_counted() {
        let one = told(&[grant("a", b"1")]);
        assert_eq!(one, format!("revoked: a 1.0.0 {}", Digest::of(b"1")));
        let two = told(&[grant("b", b"2"), grant("b", b"3")]);
        assert_eq!(two.lines().count(), 3);
        assert!(two.ends_with("\n2 grants were revoked"), "{two}");
    }
}
