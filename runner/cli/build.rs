//! Embeds what `tacho plugin new` writes: the templates, the sources of the SDK,
//! which is on no registry, and the versions that it is tested with.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// Folders and files of the checkout, and where they go in a new plugin.
const SDK: [(&str, &str); 8] = [
    ("sdk/README.md", "README.md"),
    ("sdk/rust/src", "rust/src"),
    ("sdk/wit", "wit"),
    ("runner/model/src", "model/src"),
    ("runner/metrics/src", "metrics/src"),
    ("runner/cli/templates/sdk", ""),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
];

/// What the copied crates need of a registry; the optional parts are not copied.
const NEEDED: [&str; 4] = ["serde", "serde_json", "thiserror", "wit-bindgen"];

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let checkout = here.join("../..");
    println!("cargo::rerun-if-changed=build.rs");

    let mut sdk = Vec::new();
    for (from, to) in SDK {
        collect(&checkout.join(from), to, &mut sdk)?;
    }
    let mut templates = Vec::new();
    for kind in ["common", "driver-openai", "driver-own", "workload"] {
        collect(&here.join("templates").join(kind), kind, &mut templates)?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let lock = checkout.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let pruned = out.join("Cargo.lock");
    fs::write(&pruned, prune(&fs::read_to_string(&lock)?))?;
    templates.push(("common/Cargo.lock".to_owned(), pruned));
    let mut code = String::new();
    for (name, mut files) in [("SDK", sdk), ("TEMPLATES", templates)] {
        files.sort();
        let _ = writeln!(code, "pub(super) const {name}: &[(&str, &str)] = &[");
        for (to, from) in files {
            let _ = writeln!(code, "    ({to:?}, include_str!({from:?})),");
        }
        code.push_str("];\n");
    }
    fs::write(out.join("plugin_sources.rs"), code)
}

/// Every file at or below a path, under the name that it gets.
fn collect(from: &Path, to: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", from.display());
    if !from.is_dir() {
        files.push((to.to_owned(), from.to_owned()));
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // What an editor left behind is no source.
        if name.starts_with('.') || name.ends_with('~') || name.ends_with(".snap.new") {
            continue;
        }
        let slash = if to.is_empty() { "" } else { "/" };
        collect(&path, &format!("{to}{slash}{name}"), files)?;
    }
    Ok(())
}

/// The part of a lock file that the needed crates reach. Cargo adds the crates
/// of the plugin itself on its first build.
fn prune(lock: &str) -> String {
    // Git on Windows may have changed the ends of lines.
    let lock = lock.replace("\r\n", "\n");
    let packages: Vec<&str> = lock.split("[[package]]\n").skip(1).collect();
    let mut kept = BTreeSet::new();
    // The crates of the checkout say which version of each they need.
    let own = packages.iter().filter(|package| package.contains("name = \"tachograph-"));
    let is_needed = |wanted: &&str| NEEDED.contains(&wanted.split(' ').next().unwrap_or_default());
    let mut open: Vec<&str> = own.flat_map(|p| dependencies(p)).filter(is_needed).collect();
    while let Some(wanted) = open.pop() {
        // A dependency is a name, with a version where there are several.
        let (name, version) = wanted.split_once(' ').unwrap_or((wanted, ""));
        let is_it = |package: &&str| {
            value(package, "name") == Some(name)
                && (version.is_empty() || value(package, "version") == Some(version))
        };
        let Some(at) = packages.iter().position(is_it) else { continue };
        if kept.insert(at) {
            open.extend(dependencies(packages[at]));
        }
    }
    let mut text = "version = 4\n".to_owned();
    for at in kept {
        text.push_str("\n[[package]]\n");
        text.push_str(packages[at].trim_end());
        text.push('\n');
    }
    text
}

fn dependencies(package: &str) -> impl Iterator<Item = &str> {
    package.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","))
}

fn value<'p>(package: &'p str, key: &str) -> Option<&'p str> {
    let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
    line.strip_suffix('"')
}
