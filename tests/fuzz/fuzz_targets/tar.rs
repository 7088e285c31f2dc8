//! Archives of suites and of evidence: nothing panics, what is read lies inside,
//! and one archive is accepted for the files in it.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use tachograph_trust::{read_tar, write_tar};

const LIMIT: u64 = 4096;

fuzz_target!(|data: &[u8]| {
    let limit = |name: &str| (!name.starts_with('/')).then_some(LIMIT);
    match read_tar(&mut Cursor::new(data), limit) {
        Ok(entries) => {
            let files = entries.iter().map(|entry| {
                assert!(entry.size <= LIMIT);
                let start = usize::try_from(entry.start).expect("it lies inside");
                (entry.name.as_str(), &data[start..][..entry.size as usize])
            });
            let again = write_tar(files).expect("it was written");
            assert_eq!(again, data, "another spelling was accepted");
        }
        Err(error) => {
            assert!(!error.to_string().chars().any(char::is_control), "it steers a terminal");
        }
    }
});
