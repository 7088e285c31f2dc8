//! `tacho plugin inspect`: what a component is and asks for.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tachograph_model::{ExitCode, ModelForm, PluginManifest, PluginRole};
use tachograph_report::printable;
use tachograph_sandbox::Preflight;

use super::read_component;
use crate::{error::CliError, printer};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The component, a .wasm file.
    component: PathBuf,
    /// Write it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Inspect) -> Result<ExitCode, CliError> {
    let (_, found) = read_component(&command.component)?;
    printer::data(&if command.json { document(&found) } else { card(&found) })?;
    Ok(ExitCode::Ok)
}

pub(super) fn role(role: PluginRole) -> &'static str {
    match role {
        PluginRole::Driver => "driver",
        PluginRole::Workload => "workload",
    }
}

fn document(found: &Preflight) -> String {
    let facts = json!({
        "id": found.manifest.id,
        "version": found.manifest.version,
        "role": found.manifest.role,
        "abi": found.abi,
        "sha256": found.digest,
        "size_bytes": found.size,
        "imports": found.imports,
        "exports": found.exports,
        "optional": found.optional,
        "asks": tachograph_trust::asks(&found.manifest).iter().map(ToString::to_string)
            .collect::<Vec<_>>(),
        "manifest": found.manifest,
    });
    format!("{facts:#}")
}

fn card(found: &Preflight) -> String {
    let facts = tachograph_report::PluginFacts {
        digest: found.digest,
        size: found.size,
        imports: found.imports.clone(),
        exports: found.exports.clone(),
    };
    let mut text = tachograph_report::plugin_card(&found.manifest, &facts, printer::style());
    text.push_str(emitted(&found.imports, &found.manifest).unwrap_or_default());
    text.push_str(&printable(&more(&found.manifest)));
    text
}

/// Why a component imports parts of WASI that it does not ask for.
fn emitted(imports: &[String], manifest: &PluginManifest) -> Option<&'static str> {
    let any = imports.iter().any(|import| import.starts_with("wasi:"));
    (any && manifest.capabilities.wasi.is_empty()).then_some(
        "the compiler emits the wasi:* imports; this plugin asks for none, so they reach nothing\n",
    )
}

/// What the card has no line for: what it asks for in words, and what is known
/// of its backend.
fn more(manifest: &PluginManifest) -> String {
    let mut text = String::new();
    let asks = tachograph_trust::asks(manifest);
    if !asks.is_empty() {
        text.push_str("asks for\n");
    }
    for ask in asks {
        text.push_str(&format!("  {ask}\n"));
    }
    if !manifest.launch.is_empty() {
        text.push_str("launch recipes\n");
    }
    for recipe in &manifest.launch {
        text.push_str(&format!("  {}: {}", recipe.name, recipe.program));
        for argument in &recipe.args {
            text.push_str(&format!(" {argument}"));
        }
        text.push_str(&format!(
            "\n    ready when {} answers, within {} s\n",
            recipe.ready_path, recipe.ready_timeout_s
        ));
        for (name, value) in &recipe.env {
            text.push_str(&format!("    with {name}={value}\n"));
        }
        let forms: Vec<String> = recipe.loads.iter().filter_map(word).collect();
        if !forms.is_empty() {
            text.push_str(&format!("    loads {}\n", forms.join(", ")));
        }
    }
    if !manifest.preset.is_empty() {
        text.push_str("presets, asked only when you name one\n");
    }
    for preset in &manifest.preset {
        let (name, title, url, key) = (&preset.name, &preset.title, &preset.url, &preset.key_env);
        text.push_str(&format!("  {name}: {title}, {url}, key in {key}\n"));
    }
    if let Some(pull) = &manifest.pull {
        let who = if pull.run { "tacho runs" } else { "you run" };
        text.push_str(&format!("models\n  {who} {} {}\n", pull.program, pull.args.join(" ")));
    }
    text
}

/// The word by which a manifest names a form.
fn word(form: &ModelForm) -> Option<String> {
    match serde_json::to_value(form) {
        Ok(Value::String(word)) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_says_beyond_the_card() {
        let text = r#"
kind = "plugin"
schema = 1
id = "demo"
version = "1.0.0"
role = "driver"
abi = "1.0"
description = "A demonstration."
license = "MIT"
[capabilities]
endpoints = ["api"]
launch = ["server"]
[[launch]]
name = "server"
program = "serve"
args = ["--model", "{model}"]
env = { LEVEL = "1" }
loads = ["gguf", "folder"]
ready_path = "/health"
ready_timeout_s = 60
[[preset]]
name = "hosted"
title = "Hosted"
url = "https://api.example"
key_env = "HOSTED_KEY"
[pull]
program = "fetch"
args = ["{model}"]
"#;
        let manifest = tachograph_trust::read_plugin("plugin.toml", text.as_bytes()).unwrap();
        insta::assert_snapshot!(more(&manifest));
        let imports = |name: &str| [name.to_owned()];
        let line = emitted(&imports("wasi:cli/environment@0.2.0"), &manifest).unwrap();
        assert!(line.ends_with("they reach nothing\n"), "{line}");
        assert_eq!(emitted(&imports("tachograph:plugin/log@1.0.0"), &manifest), None);
        let text = text.replace("[[launch]]", "wasi = [\"clock\"]\n[[launch]]");
        let asking = tachograph_trust::read_plugin("plugin.toml", text.as_bytes()).unwrap();
        assert_eq!(emitted(&imports("wasi:cli/environment@0.2.0"), &asking), None);
    }
}
