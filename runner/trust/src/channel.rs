//! A channel index that is trusted, and what a client remembers of one.

use tachograph_model::{
    Channel, ChannelEntry, Digest, Moment, Name, Release, ReleaseStatus, Suite,
};

use crate::{
    SignedDocument, Staleness, TrustError, TrustedRoot,
    document::{channel_comment, read_channel},
    staleness::SKEW_S,
    threshold::verify_threshold,
};

/// How far a counter may move in one step: a stolen channel key cannot use the
/// numbers up.
pub const MAX_STEP: u64 = 10_000;

/// An index whose signature holds. Whether it is fresh is another question.
#[derive(Debug, Clone)]
pub struct VerifiedChannel {
    channel: Channel,
    document: SignedDocument,
}

/// What a client remembers of the last index that it accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The epoch of the channel in the root of that time.
    pub epoch: u32,
    /// Its counter.
    pub counter: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// What time it is, and what time it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Read once, at the start.
    pub now: Moment,
    /// The last time that an update succeeded.
    pub last_success: Option<Moment>,
}

impl VerifiedChannel {
    /// Verifies an index by the channel keys of a root, then reads it.
    ///
    /// # Errors
    /// The root has no channel of that name; too few channel keys signed the
    /// index; it is not valid, of another name, or its signed comment and its
    /// body say different things.
    pub fn verify(
        root: &TrustedRoot,
        name: &Name,
        document: SignedDocument,
    ) -> Result<Self, TrustError> {
        entry(root, name)?;
        let found = verify_threshold(&document, root.channel_role())?.0;
        let channel = read_channel(&document.file, &document.bytes)?;
        if channel.name != *name {
            return Err(TrustError::WrongDocument {
                file: document.file,
                expected: format!("channel {name}"),
                found: format!("channel {}", channel.name),
            });
        }
        let expected = channel_comment(&channel);
        if found != expected {
            return Err(TrustError::Comment { file: document.file, expected, found });
        }
        Ok(Self { channel, document })
    }

    /// Checks that this is no old index, no future one and no other one of the
    /// same number. `floor` is the lowest counter that the program accepts.
    ///
    /// # Errors
    /// [`TrustError::Stale`], saying which.
    pub fn check_fresh(
        &self,
        root: &TrustedRoot,
        floor: u64,
        seen: Option<Seen>,
        times: Times,
    ) -> Result<(), TrustError> {
        let entry = entry(root, &self.channel.name)?;
        let stale = |source| Err(TrustError::Stale { file: self.document.file.clone(), source });
        let Times { now, last_success } = times;
        if let Some(before) = last_success.filter(|before| now.plus_s(SKEW_S) < *before) {
            return stale(Staleness::ClockBack { now, before });
        }
        if now.plus_s(SKEW_S) < self.channel.issued {
            return stale(Staleness::ClockBack { now, before: self.channel.issued });
        }
        if now >= self.channel.expires {
            return stale(Staleness::Expired { expires: self.channel.expires, now });
        }
        let counter = self.channel.version;
        // A root that raises the epoch makes clients forget.
        let seen = seen.filter(|seen| seen.epoch >= entry.epoch);
        let lowest = seen.map_or(0, |seen| seen.counter).max(floor).max(entry.floor);
        if counter < lowest {
            return stale(Staleness::Rollback { what: "counter", found: counter, lowest });
        }
        if counter > lowest.saturating_add(MAX_STEP) {
            return stale(Staleness::FastForward { found: counter, lowest });
        }
        if seen.is_some_and(|seen| seen.counter == counter && seen.digest != self.digest()) {
            return stale(Staleness::Equivocation { counter });
        }
        Ok(())
    }

    /// What a client remembers of it.
    ///
    /// # Errors
    /// The root has no such channel.
    pub fn seen(&self, root: &TrustedRoot) -> Result<Seen, TrustError> {
        let epoch = entry(root, &self.channel.name)?.epoch;
        Ok(Seen { epoch, counter: self.channel.version, digest: self.digest() })
    }

    /// What it says.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.document.bytes)
    }

    /// Its bytes and signatures.
    pub fn document(&self) -> &SignedDocument {
        &self.document
    }
}

/// Why an index calls a suite withdrawn: the suite itself, or a plugin that it
/// pins; `None` for every other suite.
pub(crate) fn withdrawn(channel: &Channel, digest: &Digest, suite: &Suite) -> Option<String> {
    if let Some(reason) = reason(&channel.suite, digest) {
        return Some(reason);
    }
    let workloads = suite.workload.iter().map(|entry| &entry.plugin);
    workloads.chain(suite.driver.iter().map(|entry| &entry.plugin)).find_map(|plugin| {
        let why = reason(&channel.plugin, &plugin.sha256)?;
        Some(format!("its plugin {} was withdrawn: {why}", plugin.id))
    })
}

/// Why a list calls something withdrawn.
pub(crate) fn reason(list: &[Release], digest: &Digest) -> Option<String> {
    let withdrawn = |release: &&Release| {
        release.sha256 == *digest && release.status == ReleaseStatus::Withdrawn
    };
    list.iter().find(withdrawn).and_then(|release| release.reason.clone())
}

fn entry<'r>(root: &'r TrustedRoot, name: &Name) -> Result<&'r ChannelEntry, TrustError> {
    root.channel_entry(name).ok_or_else(|| TrustError::UnknownChannel {
        file: root.document().file.clone(),
        name: name.to_string(),
        known: root.root().channel.iter().map(|entry| entry.name.to_string()).collect(),
    })
}

#[cfg(test)]
mod tests;
