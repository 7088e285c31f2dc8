//! The program starts. As an integration test it also makes `cargo test` build
//! the program itself, which the end-to-end tests in `tests/` then drive.

use std::process::Command;

#[test]
fn the_program_says_its_version() {
    let said = Command::new(env!("CARGO_BIN_EXE_tacho")).arg("--version").output().unwrap();
    assert!(said.status.success());
    let version = String::from_utf8(said.stdout).unwrap();
    assert_eq!(version.trim(), format!("tacho {}", env!("CARGO_PKG_VERSION")));
}
