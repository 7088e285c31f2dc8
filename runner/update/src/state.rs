//! What a client remembers: one small record, and documents in the store that
//! it names by digest. The record is replaced whole, last, so that an update
//! that is cut off anywhere leaves the one before in force.

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize};
use tachograph_model::{Channel, Digest, Moment, Name};
use tachograph_trust::{
    MAX_CHANNEL_BYTES, MAX_ROOT_BYTES, MAX_SIGNATURE_BYTES, Seen, SignedDocument, Store, Successor,
    TrustedRoot, VerifiedChannel, read_channel, read_regular,
};

use crate::{Place, UpdateError};

/// The most bytes of the record.
const MAX_STATE_BYTES: u64 = 1 << 20;

/// The record as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    /// The roots after the anchor.
    roots: Vec<Kept>,
    channels: BTreeMap<Name, KeptIndex>,
    last_success: Option<Moment>,
}

/// A document in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    document: Digest,
    signatures: Vec<Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptIndex {
    epoch: u32,
    counter: u64,
    index: Digest,
}

/// What is known of roots and channels.
#[derive(Debug, Clone)]
pub struct State {
    /// The anchor, and every root after it.
    chain: Vec<TrustedRoot>,
    channels: BTreeMap<Name, (Seen, Channel)>,
    last_success: Option<Moment>,
}

impl State {
    pub(crate) fn load(place: &Place) -> Result<Self, UpdateError> {
        let path = place.state_path();
        let damaged =
            |reason: String| UpdateError::State { file: path.display().to_string(), reason };
        let mut state =
            Self { chain: place.anchor().to_vec(), channels: BTreeMap::new(), last_success: None };
        let bytes = match read_regular(&path, MAX_STATE_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(state),
            Err(error) => return Err(damaged(error.to_string())),
        };
        let record: Record =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if record.schema != 1 {
            return Err(damaged("this build reads schema 1".to_owned()));
        }
        let store = place.store()?;
        let get = |digest: &Digest, limit: usize| {
            store.get(digest, limit as u64).map_err(|error| damaged(error.to_string()))
        };
        for kept in &record.roots {
            let signatures = kept.signatures.iter().map(|text| get(text, MAX_SIGNATURE_BYTES));
            let document = SignedDocument {
                file: store.path(&kept.document).display().to_string(),
                bytes: get(&kept.document, MAX_ROOT_BYTES)?,
                signatures: signatures.collect::<Result<_, _>>()?,
            };
            // A newer program may begin with a root that was fetched before.
            if state.chain.iter().any(|root| root.digest() == kept.document) {
                continue;
            }
            let next = state.root().successor(document).and_then(Successor::confirm);
            state.chain.push(next.map_err(|error| damaged(error.to_string()))?);
        }
        for (name, kept) in record.channels {
            let KeptIndex { epoch, counter, index } = kept;
            // Its signature held when it was accepted, and its key may have been
            // replaced since: the digest says that it is the same.
            let bytes = get(&index, MAX_CHANNEL_BYTES)?;
            let file = store.path(&index).display().to_string();
            let channel =
                read_channel(&file, &bytes).map_err(|error| damaged(error.to_string()))?;
            state.channels.insert(name, (Seen { epoch, counter, digest: index }, channel));
        }
        state.last_success = record.last_success;
        Ok(state)
    }

    /// The root in force.
    pub fn root(&self) -> &TrustedRoot {
        // A place has an anchor, so the chain is never empty.
        &self.chain[self.chain.len() - 1]
    }

    /// The roots from the first one that is known to the one in force.
    pub fn chain(&self) -> &[TrustedRoot] {
        &self.chain
    }

    /// The channels that were followed: what was last seen of each.
    pub fn channels(&self) -> impl Iterator<Item = (&Name, Seen, &Channel)> {
        self.channels.iter().map(|(name, (seen, channel))| (name, *seen, channel))
    }

    /// The index of a channel, when one was ever accepted.
    pub fn channel(&self, name: &Name) -> Option<&Channel> {
        self.channels.get(name).map(|(_, channel)| channel)
    }

    /// When an update last succeeded.
    pub fn last_success(&self) -> Option<Moment> {
        self.last_success
    }

    pub(crate) fn seen(&self, name: &Name) -> Option<Seen> {
        self.channels.get(name).map(|(seen, _)| *seen)
    }

    pub(crate) fn add_root(&mut self, root: TrustedRoot) {
        self.chain.push(root);
    }

    pub(crate) fn accept(
        &mut self,
        index: &VerifiedChannel,
        now: Moment,
    ) -> Result<(), UpdateError> {
        let seen = index.seen(self.root())?;
        let channel = index.channel().clone();
        self.channels.insert(channel.name.clone(), (seen, channel));
        self.last_success = Some(now);
        Ok(())
    }

    /// Puts this state in force. The documents that it names come first; the
    /// indexes of channels are in the store already, or among `indexes`.
    pub(crate) fn save(
        &self,
        place: &Place,
        store: &Store,
        indexes: &[&VerifiedChannel],
    ) -> Result<(), UpdateError> {
        let mut record = Record { schema: 1, last_success: self.last_success, ..Record::default() };
        for root in &self.chain[place.anchor().len()..] {
            let document = root.document();
            let mut signatures = Vec::new();
            for text in &document.signatures {
                signatures.push(place.keep(store, text)?);
            }
            let document = place.keep(store, &document.bytes)?;
            record.roots.push(Kept { document, signatures });
        }
        for index in indexes {
            place.keep(store, &index.document().bytes)?;
        }
        for (name, (seen, _)) in &self.channels {
            let Seen { epoch, counter, digest } = *seen;
            record.channels.insert(name.clone(), KeptIndex { epoch, counter, index: digest });
        }
        let bytes = serde_json::to_vec_pretty(&record).map_err(|error| UpdateError::State {
            file: place.state_path().display().to_string(),
            reason: error.to_string(),
        })?;
        place.write_state(&bytes)
    }

    /// The blobs that the record names, which are no plugins and no texts.
    pub(crate) fn documents(&self, place: &Place) -> Vec<Digest> {
        let roots = self.chain[place.anchor().len()..].iter().flat_map(|root| {
            let signatures = root.document().signatures.iter().map(|text| Digest::of(text));
            signatures.chain([root.digest()])
        });
        roots.chain(self.channels.values().map(|(seen, _)| seen.digest)).collect()
    }
}
