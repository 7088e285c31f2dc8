//! The one form of archive that suites and evidence travel in: ustar with plain
//! files and nothing else, so that `tar tf` lists it and no parser has a choice.
//!
//! An archive has one spelling: what is not as [`write_tar`] writes it is refused,
//! and nothing is ever unpacked to disk.

use std::{
    collections::BTreeSet,
    io::{self, Read, Seek, SeekFrom},
};

/// The most files that an archive may have.
const MAX_FILES: usize = 10_000;

const BLOCK: usize = 512;
const NAME: std::ops::Range<usize> = 0..100;
const MODE: std::ops::Range<usize> = 100..108;
const IDS: std::ops::Range<usize> = 108..124;
const SIZE: std::ops::Range<usize> = 124..136;
const TIME: std::ops::Range<usize> = 136..148;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const KIND: usize = 156;
const MAGIC: std::ops::Range<usize> = 257..265;

/// A header is one spelling of a name and a size; `None` for a name or a size
/// that does not fit.
fn header(name: &str, size: u64) -> Option<[u8; BLOCK]> {
    let fits = (1..=NAME.len()).contains(&name.len()) && !name.contains('\0');
    if !fits || size >= 1 << 33 {
        return None;
    }
    let mut block = [0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[MODE].copy_from_slice(b"0000644\0");
    block[IDS].copy_from_slice(b"0000000\x000000000\0");
    block[SIZE].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[TIME].copy_from_slice(b"00000000000\0");
    block[KIND] = b'0';
    block[MAGIC].copy_from_slice(b"ustar\x0000");
    // The checksum counts itself as spaces.
    block[CHECKSUM].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TarEntry {
    /// Its name, as the archive spells it.
    pub name: String,
    /// Where its bytes begin, counted from the start of the archive.
    pub start: u64,
    /// How many they are.
    pub size: u64,
}

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Its end is missing.
    #[error("it ends in the middle")]
    Short,
    /// A link, a folder, a damaged header, or one that is spelled otherwise.
    #[error("it holds something that is no plain file, or not written as tacho writes it")]
    NotPlain,
    /// A name that an archive of this kind does not have.
    #[error("it holds `{name}`, which does not belong there")]
    Stranger {
        /// The name, as far as it can be shown.
        name: String,
    },
    /// Two files of one name.
    #[error("it holds `{name}` twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A file beyond its limit.
    #[error("`{name}` has {size} bytes, and {limit} are the most")]
    TooLarge {
        /// The name.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many files.
    #[error("it holds more than {MAX_FILES} files")]
    TooMany,
    /// Bytes behind its end.
    #[error("it does not end where its files do")]
    BehindEnd,
}

/// An archive of some files; `None` when a name has not 1 to 100 bytes without a
/// zero, or a file 8 GiB or more.
pub fn write_tar<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Option<Vec<u8>> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        archive.extend_from_slice(&header(name, bytes.len() as u64)?);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    Some(archive)
}

/// The files of an archive, in its order. `limit` is the most bytes of the file of
/// a name; `None` for a name that does not belong there.
///
/// # Errors
/// It is not an archive as [`write_tar`] makes it of files that belong there.
pub fn read_tar(
    archive: &mut (impl Read + Seek),
    limit: impl Fn(&str) -> Option<u64>,
) -> Result<Vec<TarEntry>, TarError> {
    let length = archive.seek(SeekFrom::End(0))?;
    let mut at = archive.seek(SeekFrom::Start(0))?;
    let (mut entries, mut names) = (Vec::new(), BTreeSet::new());
    loop {
        let block = read_block(archive)?;
        at += BLOCK as u64;
        if block == EMPTY {
            break;
        }
        let (name, size) = read_header(&block).ok_or(TarError::NotPlain)?;
        let Some(limit) = limit(&name) else {
            return Err(TarError::Stranger { name: printable(&name) });
        };
        if size > limit {
            return Err(TarError::TooLarge { name: printable(&name), size, limit });
        }
        let end = at.saturating_add(size).next_multiple_of(BLOCK as u64);
        if end > length {
            return Err(TarError::Short);
        }
        if !names.insert(name.clone()) {
            return Err(TarError::Twice { name: printable(&name) });
        }
        if names.len() > MAX_FILES {
            return Err(TarError::TooMany);
        }
        padding(archive, at + size, end)?;
        entries.push(TarEntry { name, start: at, size });
        at = end;
    }
    // Nothing may hide behind the end.
    match read_block(archive)? == EMPTY && at + BLOCK as u64 == length {
        true => Ok(entries),
        false => Err(TarError::BehindEnd),
    }
}

const EMPTY: [u8; BLOCK] = [0; BLOCK];

fn read_block(archive: &mut impl Read) -> Result<[u8; BLOCK], TarError> {
    let mut block = EMPTY;
    archive.read_exact(&mut block).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => TarError::Short,
        _ => TarError::Io(error),
    })?;
    Ok(block)
}

/// Goes to the end of a file; what fills its last block hides nothing.
fn padding(archive: &mut (impl Read + Seek), from: u64, to: u64) -> Result<(), TarError> {
    archive.seek(SeekFrom::Start(from))?;
    let mut fill = Vec::with_capacity(BLOCK);
    archive.take(to - from).read_to_end(&mut fill)?;
    match fill.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(TarError::NotPlain),
    }
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

/// The name and the size that a header says, when it is the one that `header`
/// makes of them.
fn read_header(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let name = &block[NAME];
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    let name = std::str::from_utf8(&name[..end]).ok()?;
    let octal = std::str::from_utf8(&block[SIZE]).ok()?.strip_suffix('\0')?;
    let size = u64::from_str_radix(octal, 8).ok()?;
    // Links, folders, other owners and other spellings all differ here.
    (header(name, size)? == *block).then(|| (name.to_owned(), size))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stock_tar_lists_and_unpacks_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.tar");
        let long = format!("suites/{}.toml.minisig", "0".repeat(64));
        let bytes = vec![7; 1000];
        std::fs::write(&file, write_tar([("root/1.toml", &b"one"[..]), (&long, &bytes)]).unwrap())
            .unwrap();
        let tar = |args: &[&str]| {
            let mut command = std::process::Command::new("tar");
            let output = command.current_dir(folder.path()).args(args).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(tar(&["tf", "x.tar"]), format!("root/1.toml\n{long}\n"));
        tar(&["xf", "x.tar"]);
        assert_eq!(std::fs::read(folder.path().join(long)).unwrap(), bytes);
    }

    fn read(archive: &[u8]) -> Result<Vec<TarEntry>, TarError> {
        read_tar(&mut io::Cursor::new(archive), |name| name.starts_with("root/").then_some(700))
    }

    #[test]
    fn files_are_found_by_where_they_lie() {
        let files = [("root/1", &b"one"[..]), ("root/empty", b""), ("root/long", &[7; 700])];
        let archive = write_tar(files).unwrap();
        let entries = read(&archive).unwrap();
        assert_eq!(entries.len(), files.len());
        for (entry, (name, bytes)) in entries.iter().zip(files) {
            let start = usize::try_from(entry.start).unwrap();
            assert_eq!((entry.name.as_str(), &archive[start..][..bytes.len()]), (name, bytes));
        }
        assert_eq!(read(&write_tar([]).unwrap()).unwrap(), []);
    }

    #[test]
    fn what_does_not_belong_there_is_refused() {
        let one = |name: &str, bytes: &[u8]| read(&write_tar([(name, bytes)]).unwrap());
        assert!(matches!(one("../root/1", b""), Err(TarError::Stranger { .. })));
        assert!(matches!(one("root/1", &[0; 701]), Err(TarError::TooLarge { size: 701, .. })));
        let steering = one("\x1b[2J", b"").unwrap_err().to_string();
        assert_eq!(steering, "it holds `[2J`, which does not belong there");
        let twice = write_tar([("root/1", &b""[..]), ("root/1", b"")]).unwrap();
        assert!(matches!(read(&twice), Err(TarError::Twice { .. })));

        let good = write_tar([("root/1", &b"one"[..])]).unwrap();
        let mut link = good.clone();
        link[KIND] = b'2';
        assert!(matches!(read(&link), Err(TarError::NotPlain)));
        let mut hidden = good.clone();
        hidden[BLOCK + 3] = b'!';
        assert!(matches!(read(&hidden), Err(TarError::NotPlain)));
        let mut behind = good.clone();
        *behind.last_mut().unwrap() = 1;
        assert!(matches!(read(&behind), Err(TarError::BehindEnd)));
        let longer = [good.as_slice(), &EMPTY].concat();
        assert!(matches!(read(&longer), Err(TarError::BehindEnd)));
        for end in 0..good.len() {
            assert!(matches!(read(&good[..end]), Err(TarError::Short)), "{end}");
        }
    }

    proptest! {
        #[test]
        fn headers_read_back(name in "[a-z0-9/.]{1,100}", size in 0u64..1 << 33) {
            let block = header(&name, size).unwrap();
            prop_assert_eq!(read_header(&block), Some((name, size)));
        }

        #[test]
        fn a_changed_byte_of_a_header_is_refused(at in 0usize..512, change in 1u8..) {
            let mut block = header("blobs/x", 42).unwrap();
            block[at] ^= change;
            prop_assert_eq!(read_header(&block), None);
        }
    }
}
