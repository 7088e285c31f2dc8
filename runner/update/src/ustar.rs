//! The one form of archive that bundles use: ustar with plain files and nothing
//! else, so that `tar tf` lists a bundle and no parser here has a choice.

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
    if name.is_empty() || name.len() > NAME.len() || size >= 1 << 33 {
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

/// An archive of some files; `None` when a name or a size does not fit.
pub(crate) fn write<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Option<Vec<u8>> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        archive.extend_from_slice(&header(name, bytes.len() as u64)?);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    Some(archive)
}

/// The name and the size that a header says, when it is the one that `write`
/// makes of them.
pub(crate) fn read_header(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let name = &block[NAME];
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    let name = std::str::from_utf8(&name[..end]).ok()?;
    let octal = std::str::from_utf8(&block[SIZE]).ok()?.strip_suffix('\0')?;
    let size = u64::from_str_radix(octal, 8).ok()?;
    // Links, folders, other owners and other spellings all differ here.
    (header(name, size)? == *block).then(|| (name.to_owned(), size))
}

/// The bytes of a block.
pub(crate) const BLOCK_BYTES: usize = BLOCK;

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
        std::fs::write(&file, write([("root/1.toml", &b"one"[..]), (&long, &bytes)]).unwrap())
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
