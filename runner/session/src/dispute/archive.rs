//! A tar archive of a few known files, written and read strictly.
//!
//! Nothing is ever unpacked to disk: names are looked up in [`FILES`], and an
//! archive with any other name, a link or a folder is refused.

use super::FILES;

const BLOCK: usize = 512;
/// Where the fields of a header are: offset and length.
const NAME: (usize, usize) = (0, 100);
const SIZE: (usize, usize) = (124, 12);
const SUM: (usize, usize) = (148, 8);
const KIND: usize = 156;
const MAGIC: (usize, usize) = (257, 8);

/// Appends a file.
pub(super) fn append(tar: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let mut header = [0; BLOCK];
    let mut put = |(at, _): (usize, usize), text: &str| {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    put(NAME, name);
    for (field, value) in [((100, 8), 0o644), ((108, 8), 0), ((116, 8), 0)] {
        put(field, &format!("{value:07o}"));
    }
    put(SIZE, &format!("{:011o}", bytes.len()));
    put((136, 12), &format!("{:011o}", 0));
    put(MAGIC, "ustar\u{0}00");
    header[KIND] = b'0';
    let sum = checksum(&header);
    header[SUM.0..SUM.0 + 7].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header[SUM.0 + 7] = b' ';
    tar.extend_from_slice(&header);
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}

/// Ends an archive.
pub(super) fn finish(tar: &mut Vec<u8>) {
    tar.resize(tar.len() + 2 * BLOCK, 0);
}

/// The files of an archive, in order.
pub(super) fn read(tar: &[u8]) -> Result<Vec<(&'static str, &[u8])>, String> {
    let mut files: Vec<(&'static str, &[u8])> = Vec::new();
    let mut rest = tar;
    loop {
        let (header, after) = rest.split_at_checked(BLOCK).ok_or("it ends within a header")?;
        if header.iter().all(|byte| *byte == 0) {
            let end = after.iter().all(|byte| *byte == 0);
            return if end { Ok(files) } else { Err("bytes follow its end".to_owned()) };
        }
        if octal(header, SUM)? != checksum(header) {
            return Err("a header's sum does not hold".to_owned());
        }
        let magic = &header[MAGIC.0..MAGIC.0 + 5] == b"ustar";
        if !magic || header[KIND] != b'0' {
            return Err("it holds something that is no plain file".to_owned());
        }
        let name = text(header, NAME)?;
        let (name, limit) = *FILES
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("it holds `{}`, which no dispute has", printable(name)))?;
        if files.iter().any(|(known, _)| *known == name) {
            return Err(format!("it holds {name} twice"));
        }
        let size = octal(header, SIZE)?;
        if size > limit {
            return Err(format!("{name} has {size} bytes, and {limit} are the most"));
        }
        let size = usize::try_from(size).map_err(|_| format!("{name} is too large"))?;
        let (bytes, _) = after.split_at_checked(size).ok_or(format!("{name} is cut short"))?;
        files.push((name, bytes));
        let padded = size.next_multiple_of(BLOCK);
        rest = after.get(padded..).ok_or(format!("{name} is cut short"))?;
    }
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// The sum of a header's bytes, its own field taken for blanks.
fn checksum(header: &[u8]) -> u64 {
    let own = SUM.0..SUM.0 + SUM.1;
    let byte = |(at, byte): (usize, &u8)| if own.contains(&at) { 32 } else { u64::from(*byte) };
    header.iter().enumerate().map(byte).sum()
}

fn text(header: &[u8], (at, len): (usize, usize)) -> Result<&str, String> {
    let field = header.get(at..at + len).unwrap_or_default();
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    std::str::from_utf8(&field[..end]).map_err(|_| "a header is not text".to_owned())
}

fn octal(header: &[u8], field: (usize, usize)) -> Result<u64, String> {
    let digits = text(header, field)?.trim();
    u64::from_str_radix(digits, 8).map_err(|_| "a header holds a number that is none".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        files.iter().for_each(|(name, bytes)| append(&mut tar, name, bytes));
        finish(&mut tar);
        tar
    }

    #[test]
    fn what_is_written_is_read() {
        let files: [(&str, &[u8]); 3] =
            [("dispute.json", b"{}"), ("run.tape", &[7; 1000]), ("driver.wasm", b"")];
        let tar = archive(&files);
        assert_eq!(read(&tar).unwrap(), files);
        assert_eq!(tar.len() % BLOCK, 0);
    }

    #[test]
    fn no_other_file_is_let_in() {
        for name in ["../evil", "/etc/passwd", "result.json/..", "run-0123.key"] {
            let error = read(&archive(&[(name, b"x")])).unwrap_err();
            assert!(error.contains("which no dispute has"), "{error}");
        }
        let twice = read(&archive(&[("run.tape", b"a"), ("run.tape", b"b")])).unwrap_err();
        assert!(twice.contains("twice"), "{twice}");
        let mut link = archive(&[("run.tape", b"")]);
        link[KIND] = b'2';
        assert!(read(&link).is_err());
    }

    proptest! {
        #[test]
        fn damage_is_an_error_and_never_a_panic(
            at in 0usize..3000, byte in any::<u8>(), cut in 0usize..3000,
        ) {
            let mut tar = archive(&[("dispute.json", b"{}"), ("run.tape", &[7; 1000])]);
            if let Some(place) = tar.get_mut(at) {
                *place = byte;
            }
            tar.truncate(cut);
            let _ = read(&tar);
        }
    }
}
