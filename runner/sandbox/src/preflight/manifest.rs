//! The manifest inside a component.

use tachograph_model::{PluginManifest, PluginRole};

use crate::SandboxError;
use crate::functions::{cut, printable};
use crate::limits::{COMPONENT_BYTES_MOST, MANIFEST_BYTES, MEMORY_BYTES_MOST};

/// Parses a manifest strictly and checks what a schema cannot say.
pub(super) fn parse(bytes: &[u8]) -> Result<PluginManifest, SandboxError> {
    let wrong = |reason: String| SandboxError::BadManifest { reason };
    if bytes.len() > MANIFEST_BYTES {
        return Err(wrong(format!("it has {} bytes; {MANIFEST_BYTES} are allowed", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| wrong(format!("no UTF-8: {error}")))?;
    let manifest: PluginManifest = toml::from_str(text)
        .map_err(|error| wrong(printable(cut(error.to_string().trim_end(), 2048))))?;
    match fault(&manifest) {
        Some(fault) => Err(wrong(fault)),
        None => Ok(manifest),
    }
}

fn fault(manifest: &PluginManifest) -> Option<String> {
    let PluginManifest { kind, schema, version, role, capabilities, limits, launch, .. } = manifest;
    if kind != "plugin" {
        return Some(format!("`kind` is {kind:?}, not \"plugin\""));
    }
    if *schema != 1 {
        return Some(format!("`schema` is {schema}; this host knows 1"));
    }
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    if !(1..=64).contains(&version.len()) || !version.chars().all(sound) {
        return Some("`version` is not a version".to_owned());
    }
    let most = |limit: usize| (limit >> 20) as u32;
    if limits.memory_mib.is_some_and(|mib| mib > most(MEMORY_BYTES_MOST)) {
        return Some(format!("`limits.memory_mib` is above {}", most(MEMORY_BYTES_MOST)));
    }
    if limits.component_mib.is_some_and(|mib| mib > most(COMPONENT_BYTES_MOST)) {
        return Some(format!("`limits.component_mib` is above {}", most(COMPONENT_BYTES_MOST)));
    }
    let asks = !capabilities.endpoints.is_empty()
        || !capabilities.secrets.is_empty()
        || !capabilities.launch.is_empty()
        || !launch.is_empty();
    if *role == PluginRole::Workload && asks {
        return Some("a workload asks for capabilities; workloads have none".to_owned());
    }
    let unknown = capabilities.launch.iter().find(|name| launch.iter().all(|l| l.name != **name));
    unknown.map(|name| format!("`capabilities.launch` names `{name}`, which has no recipe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        kind = "plugin"
        schema = 1
        id = "demo"
        version = "1.0.0"
        role = "workload"
        abi = "1.0"
        description = "A demonstration."
        license = "MIT"
    "#;

    #[test]
    fn a_good_one_and_its_faults() {
        assert_eq!(parse(GOOD.as_bytes()).unwrap().id.as_str(), "demo");
        for (from, to, reason) in [
            ("\"plugin\"", "\"suite\"", "`kind`"),
            ("schema = 1", "schema = 2", "`schema`"),
            ("1.0.0", "1.0 \\u0007", "`version`"),
            ("license", "licence", "unknown field `licence`"),
            ("\"demo\"", "\"../demo\"", "is not a name"),
            ("license = \"MIT\"", "license = \"MIT\"\nlimits.memory_mib = 4096", "memory_mib"),
            ("license = \"MIT\"", "license = \"MIT\"\ncapabilities.secrets = [\"k\"]", "workload"),
        ] {
            let error = parse(GOOD.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.code(), "bad-manifest");
            assert!(error.to_string().contains(reason), "{reason}: {error}");
        }
        assert!(parse(&[0xff]).is_err());
        assert!(parse(&vec![b'#'; MANIFEST_BYTES + 1]).is_err());
    }
}
