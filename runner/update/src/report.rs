//! What an update changed, old to new, with digests.

use tachograph_model::{Channel, Digest, Name, Release, ReleaseStatus};
use tachograph_trust::Catalog;

/// What an update did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The changes, in the order in which they were made.
    pub changes: Vec<Change>,
    /// What the user should know beside them.
    pub warnings: Vec<String>,
}

/// One change. A pair is a number or version and the digest of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A newer root.
    Root {
        /// The one before.
        old: (u64, Digest),
        /// The one in force now.
        new: (u64, Digest),
    },
    /// A newer index.
    Index {
        /// The channel.
        channel: Name,
        /// The counter of the one before, when there was one.
        old: Option<u64>,
        /// The counter and the digest of the new one.
        new: (u64, Digest),
    },
    /// A suite that was not here.
    Suite {
        /// Its name.
        name: Name,
        /// The newest one of that name before, when there was one.
        old: Option<(String, Digest)>,
        /// The new one.
        new: (String, Digest),
    },
    /// A suite that may not be run any more.
    Withdrawn {
        /// Its name.
        name: Name,
        /// Which one.
        suite: (String, Digest),
        /// Why.
        reason: String,
    },
}

impl Report {
    /// Whether anything changed that a user would notice. A newer index that
    /// lists the same is the daily proof of freshness, and no news.
    pub fn has_news(&self) -> bool {
        self.changes.iter().any(|change| !matches!(change, Change::Index { .. }))
    }

    pub(crate) fn index(&mut self, before: Option<&Channel>, now: &Channel, digest: Digest) {
        let old = before.map(|channel| channel.version);
        if old != Some(now.version) {
            let channel = now.name.clone();
            self.changes.push(Change::Index { channel, old, new: (now.version, digest) });
        }
    }

    pub(crate) fn suites(
        &mut self,
        before: Option<&Channel>,
        catalog: &Catalog,
        now: &Channel,
        missing: &[&Release],
    ) {
        for release in missing {
            // The newest that is here, whether an update or the program brought it.
            let here = catalog.list().into_iter().find(|here| here.pin.name == release.name);
            let old = here.map(|here| (here.version, here.pin.digest));
            let old = old.filter(|(_, digest)| *digest != release.sha256);
            let new = (release.version.clone(), release.sha256);
            self.changes.push(Change::Suite { name: release.name.clone(), old, new });
        }
        let withdrawn = |channel: &Channel, digest: &Digest| {
            channel.suite.iter().any(|release| {
                release.sha256 == *digest && release.status == ReleaseStatus::Withdrawn
            })
        };
        for release in &now.suite {
            let known = before.is_some_and(|channel| withdrawn(channel, &release.sha256));
            if let Some(reason) = release.reason.clone()
                && !known
            {
                let (name, suite) =
                    (release.name.clone(), (release.version.clone(), release.sha256));
                self.changes.push(Change::Withdrawn { name, suite, reason });
            }
        }
    }
}
