//! The manifest inside a component.

use tachograph_model::{PluginManifest, PluginRole};
use tachograph_net::Endpoint;

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
    if let Some(url) = manifest.default_urls.iter().find(|url| !is_loopback(url)) {
        return Some(format!("`default_urls` has {url:?}, which is not on the loopback"));
    }
    if let Some(preset) = manifest.preset.iter().find(|preset| !is_https(&preset.url)) {
        return Some(format!("`preset` {} has {:?}, which is not https", preset.name, preset.url));
    }
    let asks = !capabilities.endpoints.is_empty()
        || !capabilities.secrets.is_empty()
        || !capabilities.launch.is_empty()
        || !launch.is_empty()
        || !manifest.preset.is_empty()
        || !manifest.default_urls.is_empty()
        || manifest.pull.is_some();
    if *role == PluginRole::Workload && asks {
        return Some("a workload asks for capabilities; workloads have none".to_owned());
    }
    let unknown = capabilities.launch.iter().find(|name| launch.iter().all(|l| l.name != **name));
    unknown.map(|name| format!("`capabilities.launch` names `{name}`, which has no recipe"))
}

/// Nobody outside this machine is asked because a plugin says so.
fn is_loopback(url: &str) -> bool {
    Endpoint::bind("default", url, None).is_ok_and(|endpoint| endpoint.is_loopback())
}

/// A key is not sent in the clear.
fn is_https(url: &str) -> bool {
    url.starts_with("https://") && Endpoint::bind("preset", url, None).is_ok()
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
            (
                "license",
                "default_urls = [\"http://192.168.1.1:80\"]\nlicense",
                "not on the loopback",
            ),
            (
                "license = \"MIT\"",
                "license = \"MIT\"\n[[preset]]\nname = \"p\"\ntitle = \"P\"\nkey_env = \"K\"\n\
                 url = \"http://api.example\"",
                "not https",
            ),
        ] {
            let error = parse(GOOD.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.code(), "bad-manifest");
            assert!(error.to_string().contains(reason), "{reason}: {error}");
        }
        assert!(parse(&[0xff]).is_err());
        assert!(parse(&vec![b'#'; MANIFEST_BYTES + 1]).is_err());
    }
}
