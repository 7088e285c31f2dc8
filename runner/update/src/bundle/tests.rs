use super::*;

fn open(bytes: &[u8]) -> Result<Bundle, UpdateError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bundle");
    std::fs::write(&path, bytes).unwrap();
    Bundle::open(&path)
}

#[test]
fn a_bundle_gives_back_its_files_by_their_names() {
    let digest = Digest::of(b"x");
    let (blob, suite) = (layout::blob(&digest), layout::suite(&digest));
    let files = [("root/1.toml", &b"one"[..]), (&blob, b""), (&suite, &[7; 700])];
    let bundle = open(&write_tar(files).unwrap()).unwrap();
    for (name, bytes) in files {
        let (mut reader, size) = bundle.reader(name).unwrap().unwrap();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!((read.as_slice(), size), (bytes, bytes.len() as u64), "{name}");
    }
    assert!(bundle.reader("root/2.toml").unwrap().is_none());
    assert_eq!(bundle.suites(), [digest]);
}

/// Nothing is unpacked, and still no name leads anywhere.
#[test]
fn names_that_no_bundle_has_are_refused() {
    for name in ["../root/1.toml", "/etc/passwd", "root/../../x", "root/1.toml ", "keys/root.key"] {
        let error = open(&write_tar([(name, &b"x"[..])]).unwrap()).unwrap_err();
        assert_eq!(error.code(), "bundle-invalid", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn what_is_damaged_is_refused() {
    let good = write_tar([("root/1.toml", &b"one"[..]), ("root/2.toml", b"two")]).unwrap();
    assert!(open(&good).is_ok());
    for end in (0..good.len()).step_by(100) {
        assert_eq!(open(&good[..end]).unwrap_err().code(), "bundle-invalid", "{end}");
    }
}
