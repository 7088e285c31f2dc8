//! What a plugin is and what it asks for.

use tachograph_model::{Digest, Name, PluginManifest, PluginRole, WasiPart};

use crate::{
    number::bytes,
    style::{Ink, Style},
    text::{clean, hanging},
};

/// What is known of a plugin's file beside its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFacts {
    /// The digest of the component.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
}

/// A plugin as a card: who it is, what it asks for, what it links with.
pub fn plugin_card(manifest: &PluginManifest, facts: &PluginFacts, style: Style) -> String {
    let role = match manifest.role {
        PluginRole::Driver => "driver",
        PluginRole::Workload => "workload",
    };
    let title = clean(&format!("{} {} · {role}", manifest.id, manifest.version));
    let mut out = String::new();
    for line in hanging("", &title, style.columns()) {
        out.push_str(&format!("{}\n", style.paint(Ink::Strong, &line)));
    }
    // Without a word before it the digest fits on one line of 80 columns.
    for line in hanging("  ", &facts.digest.to_string(), style.columns()) {
        out.push_str(&format!("{line}\n"));
    }
    let mut line = |word: &str, text: &str| {
        let head = format!("  {word:<12} ");
        for line in hanging(&head, text, style.columns()) {
            out.push_str(&line);
            out.push('\n');
        }
    };
    line("about", &manifest.description);
    line("license", &manifest.license);
    line("abi", &manifest.abi);
    line("size", &bytes(facts.size));
    line("endpoints", &listed(&manifest.capabilities.endpoints));
    if !manifest.default_urls.is_empty() {
        line("looks at", &manifest.default_urls.join(", "));
    }
    line("secrets", &listed(&manifest.capabilities.secrets));
    let launches: Vec<String> = manifest
        .launch
        .iter()
        .filter(|recipe| manifest.capabilities.launch.contains(&recipe.name))
        .map(|recipe| format!("{} (program {})", recipe.name, recipe.program))
        .collect();
    line("may start", &or_nothing(launches));
    if !manifest.capabilities.wasi.is_empty() {
        let parts = manifest.capabilities.wasi.iter().map(|part| match part {
            WasiPart::Clock => "clock (it stands still)",
            WasiPart::Environment => "environment (it is empty)",
            WasiPart::Files => "files (there are none)",
        });
        line("wasi", &parts.collect::<Vec<_>>().join(", "));
    }
    if !manifest.preset.is_empty() {
        let presets =
            manifest.preset.iter().map(|p| format!("{} ({}, key in {})", p.name, p.url, p.key_env));
        line("presets", &presets.collect::<Vec<_>>().join(", "));
    }
    let limits = [
        manifest.limits.memory_mib.map(|mib| format!("memory {mib} MiB")),
        manifest.limits.component_mib.map(|mib| format!("component {mib} MiB")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    line("limits", &if limits.is_empty() { "the defaults".to_owned() } else { limits.join(", ") });
    line("imports", &or_nothing(facts.imports.clone()));
    line("exports", &or_nothing(facts.exports.clone()));
    out
}

fn listed(names: &[Name]) -> String {
    or_nothing(names.iter().map(Name::to_string).collect())
}

fn or_nothing(items: Vec<String>) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use std::collections::BTreeMap;
    use tachograph_model::{Capabilities, LaunchRecipe, LimitsAsked, Preset};

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_driver_and_a_workload() {
        let facts = PluginFacts {
            digest: Digest::from_bytes([0xab; 32]),
            size: 109_568,
            imports: ["http", "turn", "log"].map(|i| format!("tachograph:plugin/{i}@1.0.0")).into(),
            exports: vec!["tachograph:plugin/driver@1.0.0".into()],
        };
        let mut manifest = PluginManifest {
            kind: "plugin".into(),
            schema: 1,
            id: name("llama-cpp"),
            version: "1.0.0".into(),
            role: PluginRole::Driver,
            abi: "1.0".into(),
            description: "llama.cpp's server, by its native and its OpenAI-style routes.".into(),
            license: "MIT OR Apache-2.0".into(),
            capabilities: Capabilities {
                endpoints: vec![name("api")],
                secrets: vec![name("token")],
                launch: vec![name("llama-server")],
                wasi: vec![WasiPart::Clock, WasiPart::Environment],
            },
            limits: LimitsAsked { memory_mib: Some(128), component_mib: None },
            default_urls: vec!["http://127.0.0.1:8080".into()],
            launch: vec![LaunchRecipe {
                name: name("llama-server"),
                program: "llama-server".into(),
                args: vec!["-m".into(), "{model}".into()],
                env: BTreeMap::new(),
                loads: Vec::new(),
                ready_path: "/health".into(),
                ready_timeout_s: 60,
            }],
            preset: vec![Preset {
                name: name("cloud"),
                title: "Cloud".into(),
                url: "https://api.cloud.example".into(),
                key_env: "CLOUD_API_KEY".into(),
                key_header: "authorization".into(),
                key_prefix: "Bearer ".into(),
                config: BTreeMap::new(),
            }],
            pull: None,
        };
        insta::assert_snapshot!(
            "plugin_driver",
            fixture::fits(&plugin_card(&manifest, &facts, Style::plain(80)))
        );
        manifest.role = PluginRole::Workload;
        manifest.capabilities = Capabilities::default();
        manifest.limits = LimitsAsked::default();
        manifest.preset.clear();
        manifest.default_urls.clear();
        let facts = PluginFacts { imports: vec![], ..facts };
        insta::assert_snapshot!(
            "plugin_workload",
            fixture::fits(&plugin_card(&manifest, &facts, Style::plain(80)))
        );
    }
}
