//! What the host offers to each role, and what it needs of each.

use tachograph_model::{PluginManifest, PluginRole};

use crate::error::{Drift, SandboxError};
use crate::functions::{cut, printable};

/// The newest plugin ABI that this host knows. Plugins of the same major and an equal or older
/// minor run.
pub const HOST_ABI: &str = "1.0";

const MAJOR: u32 = 1;
const MINORS: std::ops::RangeInclusive<u32> = 0..=0;

/// Interfaces of the contract, by role. `types` holds no function.
const DRIVER: [&str; 6] = ["types", "http", "turn", "config", "log", "probe"];
const WORKLOAD: [&str; 2] = ["types", "log"];
const OPTIONAL: [&str; 3] = ["tokenizer", "cache-control", "server-metrics"];

/// WASI that is linked with everything behind it denied.
const WASI: [&str; 20] = [
    "cli/environment",
    "cli/exit",
    "cli/stderr",
    "cli/stdin",
    "cli/stdout",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stderr",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "clocks/monotonic-clock",
    "clocks/wall-clock",
    "filesystem/preopens",
    "filesystem/types",
    "io/error",
    "io/poll",
    "io/streams",
    "random/insecure",
    "random/insecure-seed",
    "random/random",
];

/// Compares the ABI of the section with that of the manifest and of this host.
pub(super) fn check_abi(
    section: Option<&[u8]>,
    manifest: &PluginManifest,
) -> Result<String, SandboxError> {
    let unknown = |found: String| SandboxError::AbiUnknown { found, host: HOST_ABI };
    let Some(section) = section else {
        return Err(unknown("nothing (no section `tachograph:abi`)".to_owned()));
    };
    let found = printable(cut(&String::from_utf8_lossy(section), 32));
    let part = |text: &str| -> Option<u32> {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if plain { text.parse().ok() } else { None }
    };
    let version = found.split_once('.').and_then(|(a, b)| Some((part(a)?, part(b)?)));
    match version {
        Some((MAJOR, minor)) if MINORS.contains(&minor) => {}
        _ => return Err(unknown(format!("`{found}`"))),
    }
    if found != manifest.abi {
        let reason = format!("`abi` is {:?}, but the component says {found:?}", manifest.abi);
        return Err(SandboxError::BadManifest { reason });
    }
    Ok(found)
}

/// The difference between a component and the world of its role.
pub(super) fn drift(role: PluginRole, imports: &[String], exports: &[String]) -> Drift {
    let (offered, needed) = match role {
        PluginRole::Driver => (&DRIVER[..], "driver-api"),
        PluginRole::Workload => (&WORKLOAD[..], "workload-api"),
    };
    let undeclared = |name: &String| refused(name, offered).map(|why| (name.clone(), why));
    let mut drift =
        Drift { undeclared: imports.iter().filter_map(undeclared).collect(), missing: Vec::new() };
    if !exports.iter().any(|name| own(name) == Some(needed)) {
        drift.missing.push(format!("tachograph:plugin/{needed}@{HOST_ABI}.0"));
    }
    drift
}

/// The optional interfaces among some exports.
pub(super) fn optional(exports: &[String]) -> Vec<String> {
    let optional = |name: &&str| exports.iter().any(|export| own(export) == Some(*name));
    OPTIONAL.iter().copied().filter(|name| optional(name)).map(str::to_owned).collect()
}

/// Why an import is refused; `None` if it is offered.
fn refused(name: &str, offered: &[&str]) -> Option<&'static str> {
    if let Some(interface) = own(name) {
        let known = DRIVER.contains(&interface);
        return match offered.contains(&interface) {
            true => None,
            false if known => Some("workloads are pure: they have no such interface"),
            false => Some("this host does not know it"),
        };
    }
    let Some(wasi) = name.strip_prefix("wasi:") else {
        return Some("it is outside the contract");
    };
    if wasi.starts_with("sockets/") || wasi.starts_with("http/") {
        return Some("plugins have no network of their own");
    }
    match wasi.split_once('@') {
        Some((interface, version)) if version.starts_with("0.2.") => {
            if WASI.contains(&interface) {
                None
            } else {
                Some("plugins have no such capability")
            }
        }
        _ => Some("only WASI 0.2 is linked"),
    }
}

/// The interface of this contract that a name stands for.
fn own(name: &str) -> Option<&str> {
    let (interface, version) = name.strip_prefix("tachograph:plugin/")?.split_once('@')?;
    (version.split('.').next() == Some("1")).then_some(interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_beyond_the_world_are_named() {
        let imports = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let all = imports(&[
            "tachograph:plugin/http@1.0.0",
            "tachograph:plugin/log@1.0.0",
            "tachograph:plugin/exec@1.0.0",
            "wasi:io/poll@0.2.6",
            "wasi:io/poll@0.3.0",
            "wasi:sockets/tcp@0.2.6",
            "wasi:http/outgoing-handler@0.2.6",
            "wasi:nn/graph@0.2.0",
            "evil:backdoor/x",
            "f",
        ]);
        let drift = drift(PluginRole::Workload, &all, &[]);
        assert_eq!(
            drift.to_string(),
            "imports `tachograph:plugin/http@1.0.0` (workloads are pure: they have no such \
             interface), imports `tachograph:plugin/exec@1.0.0` (this host does not know it), \
             imports `wasi:io/poll@0.3.0` (only WASI 0.2 is linked), imports \
             `wasi:sockets/tcp@0.2.6` (plugins have no network of their own), imports \
             `wasi:http/outgoing-handler@0.2.6` (plugins have no network of their own), imports \
             `wasi:nn/graph@0.2.0` (plugins have no such capability), imports `evil:backdoor/x` \
             (it is outside the contract), imports `f` (it is outside the contract), lacks the \
             export `tachograph:plugin/workload-api@1.0.0`",
        );
    }
}
