//! One flipped byte, anywhere: refused, with the name of the file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use tachograph_tests::Tacho;

fn flip(path: &Path, at: usize) -> Vec<u8> {
    let original = std::fs::read(path).unwrap();
    let mut bytes = original.clone();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
    original
}

#[test]
fn a_flipped_byte_of_a_result_a_seal_or_a_tape_is_refused() {
    let tacho = Tacho::new();
    let run = "run suite-v2 --quick --backend built-in --workload W1 --max-tokens 4";
    let _ = tacho.run(&run.split(' ').collect::<Vec<_>>()).expect(0);
    let folder = tacho.run_folders().pop().unwrap();
    for name in ["result.json", "result.json.minisig", "run.tape"] {
        let path = folder.join(name);
        let size = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
        // The lower crates flip every byte; here, some across each stored file.
        for at in (0..size).step_by((size / 12).max(1)) {
            let original = flip(&path, at);
            let said = tacho.run(&["verify", folder.to_str().unwrap()]).expect(20);
            assert!(said.err.contains(name), "byte {at}: {}", said.err);
            std::fs::write(&path, original).unwrap();
        }
    }
    let _ = tacho.run(&["verify", "latest"]).expect(0);
}
