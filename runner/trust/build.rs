//! Embeds the signed suites of `suites/`, the blobs that they pin, and the roots
//! of `suites/trust/root/`.
//!
//! A folder without both a manifest and a signature is left out: nothing here
//! judges a signature, that is done when a suite is asked for. The folder may
//! be empty.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let suites = here.join("../../suites");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", suites.display());

    let mut code = String::from("pub(super) const SUITES: &[Embedded] = &[\n");
    for folder in entries(&suites)? {
        let (manifest, signature) = (folder.join("suite.toml"), folder.join("suite.toml.minisig"));
        if manifest.is_file() && signature.is_file() {
            let name = file_name(&folder);
            let _ = writeln!(
                code,
                "    Embedded {{ folder: {name:?}, manifest: include_bytes!({manifest:?}), \
                 signature: include_bytes!({signature:?}) }},"
            );
        }
    }
    code.push_str("];\npub(super) const BLOBS: &[(&str, &[u8])] = &[\n");
    for blob in entries(&suites.join("blobs"))? {
        let name = file_name(&blob);
        let digest = name.split('.').next().unwrap_or_default();
        if blob.is_file() && digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            let _ = writeln!(code, "    ({name:?}, include_bytes!({blob:?})),");
        }
    }
    code.push_str("];\npub(super) const ROOTS: &[EmbeddedRoot] = &[\n");
    let files = entries(&suites.join("trust/root"))?;
    // 10 comes after 9.
    for version in 1.. {
        let name = format!("{version}.toml");
        let Some(root) = files.iter().find(|path| file_name(path) == name) else { break };
        let signature = |path: &&PathBuf| {
            let file = file_name(path);
            file.strip_prefix(&name).is_some_and(|rest| rest.ends_with(".minisig"))
        };
        let _ = write!(
            code,
            "    EmbeddedRoot {{ name: {name:?}, document: include_bytes!({root:?}), signatures: &["
        );
        for path in files.iter().filter(signature) {
            let _ = write!(code, "include_bytes!({path:?}), ");
        }
        code.push_str("] },\n");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("builtin.rs"), code)
}

/// The entries of a folder in the order of their names; none when it is absent.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
