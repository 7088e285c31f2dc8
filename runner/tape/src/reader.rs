//! Reading a tape, and refusing one that was changed.

use std::path::Path;

use tachograph_model::Digest;

use crate::{
    Kind, Record, TapeError,
    budget::Budget,
    format::{self, HEADER_LEN, LINK_LEN, MAX_PAYLOAD, PREFIX_LEN},
};

/// A tape in memory, its chain checked.
#[derive(Debug)]
pub struct Tape {
    /// The whole records, in order; the end record is not among them.
    pub records: Vec<Record>,
    /// The last link: the digest of the tape.
    pub digest: Digest,
    /// Whether the writer closed the tape in order.
    pub complete: bool,
    /// Bytes after the last whole record, left by a writer that was killed.
    pub torn_bytes: u64,
}

impl Tape {
    /// Reads a tape file.
    ///
    /// # Errors
    /// [`TapeError::Io`], [`TapeError::NotATape`], and [`TapeError::Damaged`]
    /// when a link does not hold. A torn end is not an error: see
    /// [`Tape::complete`] and [`Tape::torn_bytes`].
    pub fn read(path: &Path) -> Result<Self, TapeError> {
        let bytes = std::fs::read(path).map_err(|source| TapeError::Io {
            action: "read",
            file: path.to_owned(),
            source,
        })?;
        Self::parse(path, &bytes)
    }

    /// Reads a tape from its bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`Tape::read`], less the file system's.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TapeError> {
        let not_a_tape =
            |reason: &str| TapeError::NotATape { file: path.to_owned(), reason: reason.to_owned() };
        let header = bytes.get(..HEADER_LEN).ok_or_else(|| not_a_tape("it is too short"))?;
        if &header[..8] != format::MAGIC {
            return Err(not_a_tape("it does not begin with TACHOTAP"));
        }
        if header != format::header() {
            return Err(not_a_tape("its version is unknown; a newer tacho may read it"));
        }
        let mut tape = Self {
            records: Vec::new(),
            digest: Digest::from_bytes(format::first_link()),
            complete: false,
            torn_bytes: 0,
        };
        let mut budget = Budget::new();
        let mut offset = HEADER_LEN;
        while let Some((prefix, packed, link)) = split(&bytes[offset..]) {
            let damaged = |reason: String| TapeError::Damaged {
                file: path.to_owned(),
                record: tape.records.len() as u64,
                offset: offset as u64,
                reason,
            };
            if tape.complete {
                return Err(damaged("records follow the end record".to_owned()));
            }
            if format::next_link(tape.digest.as_bytes(), prefix, packed) != link {
                return Err(damaged("its link does not follow from the chain".to_owned()));
            }
            let kind = Kind::from_code(prefix[4])
                .ok_or_else(|| damaged(format!("its kind {} is unknown", prefix[4])))?;
            let payload = zstd::bulk::decompress(packed, MAX_PAYLOAD)
                .map_err(|e| damaged(format!("its payload cannot be unpacked: {e}")))?;
            budget.earn(packed.len());
            let record = Record::from_payload(kind, &payload, &mut budget).map_err(damaged)?;
            offset += PREFIX_LEN + packed.len() + LINK_LEN;
            tape.digest = Digest::from_bytes(link);
            match kind {
                Kind::End => tape.complete = true,
                Kind::Fact | Kind::Exchange => tape.records.push(record),
            }
        }
        tape.torn_bytes = (bytes.len() - offset) as u64;
        if tape.complete && tape.torn_bytes > 0 {
            return Err(TapeError::Damaged {
                file: path.to_owned(),
                record: tape.records.len() as u64,
                offset: offset as u64,
                reason: "bytes follow the end record".to_owned(),
            });
        }
        Ok(tape)
    }
}

/// Splits a whole record off the front; `None` where it is cut short.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8], [u8; LINK_LEN])> {
    let (prefix, rest) = bytes.split_at_checked(PREFIX_LEN)?;
    let len = u32::from_le_bytes(*prefix.first_chunk::<4>()?) as usize;
    let (packed, rest) = rest.split_at_checked(len)?;
    Some((prefix, packed, *rest.first_chunk::<LINK_LEN>()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::TapeWriter;

    fn written(records: &[Record]) -> (Vec<u8>, Digest) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.tape");
        let mut writer = TapeWriter::create(&path).unwrap();
        for record in records {
            writer.append(record).unwrap();
        }
        let digest = writer.finish().unwrap();
        (std::fs::read(path).unwrap(), digest)
    }

    fn sample() -> Vec<Record> {
        vec![
            Record::new(Kind::Fact, json!({"key": "begin", "value": 1})),
            Record {
                kind: Kind::Exchange,
                json: json!({"status": 200}),
                blobs: vec![b"request".to_vec(), Vec::new(), vec![0; 3000]],
            },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let (bytes, digest) = written(&sample());
        let tape = Tape::parse(Path::new("run.tape"), &bytes).unwrap();
        assert_eq!(tape.records, sample());
        assert_eq!(tape.digest, digest);
        assert!(tape.complete && tape.torn_bytes == 0);
    }

    #[test]
    fn every_flipped_byte_is_refused_or_changes_the_digest() {
        let (bytes, digest) = written(&sample());
        for at in 0..bytes.len() {
            for bit in [1, 128] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                match Tape::parse(Path::new("run.tape"), &changed) {
                    Err(error) => assert!(error.to_string().contains("run.tape"), "{error}"),
                    // A longer length makes the end look torn: the digest tells.
                    Ok(tape) => assert!(tape.digest != digest && !tape.complete, "byte {at}"),
                }
            }
        }
    }

    #[test]
    fn a_tape_cut_anywhere_is_readable_up_to_its_last_whole_record() {
        let (bytes, _) = written(&sample());
        let mut seen = 0;
        for end in HEADER_LEN..bytes.len() {
            let tape = Tape::parse(Path::new("run.tape"), &bytes[..end]).unwrap();
            assert!(!tape.complete);
            assert_eq!(tape.records[..], sample()[..tape.records.len()]);
            assert!(tape.records.len() >= seen);
            seen = tape.records.len();
        }
        assert_eq!(seen, 2);
    }

    /// A tape of one payload many times over, its chain whole.
    fn chained(payload: &[u8], times: usize) -> Vec<u8> {
        let packed = zstd::bulk::compress(payload, 3).unwrap();
        let mut prefix = (packed.len() as u32).to_le_bytes().to_vec();
        prefix.push(1);
        let mut link = format::first_link();
        let mut bytes = format::header().to_vec();
        for _ in 0..times {
            link = format::next_link(&link, &prefix, &packed);
            bytes.extend(prefix.iter().chain(&packed).chain(&link));
        }
        bytes
    }

    #[test]
    fn a_small_tape_that_unpacks_to_a_lot_is_refused() {
        let part = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
        let document = format!("[{}0]", "{\"\":0},".repeat(1 << 20));
        for (payload, times) in [
            (part(document.as_bytes()), 1),
            ([part(b"0"), vec![0; 32 << 20]].concat(), 1),
            ([part(b"0"), part(&vec![0; 64 << 20])].concat(), 8),
        ] {
            let bytes = chained(&payload, times);
            assert!(bytes.len() < 100_000, "{}", bytes.len());
            let error = Tape::parse(Path::new("run.tape"), &bytes).unwrap_err().to_string();
            assert!(error.contains("more memory than a tape of this size may"), "{error}");
        }
        // One large body alone is what a server may send.
        let bytes = chained(&[part(b"0"), part(&vec![0; 64 << 20])].concat(), 1);
        Tape::parse(Path::new("run.tape"), &bytes).unwrap();
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), whole in any::<bool>()) {
            if whole {
                bytes.splice(0..0, format::header());
            }
            let _ = Tape::parse(Path::new("x"), &bytes);
        }
    }
}
