//! Every official driver stays short: what a family of servers speaks is here,
//! in the SDK, and a driver holds what is one server's own.

#![expect(clippy::unwrap_used, reason = "a test may fail on a file that it cannot read")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The most lines of code of a driver.
const LIMIT: usize = 250;

/// The sources of a crate, but those of its tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Lines that are neither blank nor comment nor inside a module of tests. What
/// `#[cfg(test)]` stands before ends with its `;`, or with the brace that closes
/// it at the margin.
fn lines_of_code(source: &str) -> usize {
    let mut lines = source.lines();
    let mut count = 0;
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            let ends = |line: &str| line == "}" || (line.ends_with(';') && !line.starts_with(' '));
            lines.by_ref().find(|line| ends(line));
        } else if !line.trim().is_empty() && !line.trim_start().starts_with("//") {
            count += 1;
        }
    }
    count
}

#[test]
fn comments_and_tests_are_not_counted() {
    let source = "//! Doc.\n\nuse a::b;\n// Why.\nfn f() {\n    b();\n}\n\n#[cfg(test)]\nmod tests {\n    \
                  use super::*;\n    fn t() {\n    }\n}\n#[cfg(test)]\nmod properties;\nfn g() {}\n";
    assert_eq!(lines_of_code(source), 5);
}

#[test]
fn every_official_driver_is_short() {
    let drivers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/drivers");
    let mut counted = 0;
    for driver in fs::read_dir(drivers).unwrap() {
        let folder = driver.unwrap().path();
        if !folder.join("plugin.toml").is_file() {
            continue;
        }
        let files = sources(&folder.join("src"));
        let lines: usize =
            files.iter().map(|path| lines_of_code(&fs::read_to_string(path).unwrap())).sum();
        println!("{:20} {lines}", folder.file_name().unwrap().to_string_lossy());
        assert!((1..=LIMIT).contains(&lines), "{}: {lines} lines", folder.display());
        counted += 1;
    }
    assert!(counted >= 9, "only {counted} drivers were found");
}
