//! `suite pin`: digests and sizes of the built plugins, written into a manifest.

use std::{collections::BTreeMap, ops::Range};

use tachograph_model::Digest;
use toml::de::{DeTable, DeValue};

use crate::{
    ManifestError,
    manifest::{self, read_suite},
    walk::Fault,
};

/// Rewrites `sha256` and `size` of every plugin entry whose bytes are given,
/// by plugin id. Comments, order and spacing stay as they are. `file` is only
/// for messages.
///
/// # Errors
/// The manifest is not valid before or after, an entry lacks `sha256` or
/// `size` (write zeros), or a plugin's bytes are not among `plugins`.
pub fn pin_suite(
    file: &str,
    manifest: &str,
    plugins: &BTreeMap<String, Vec<u8>>,
) -> Result<String, ManifestError> {
    let text = manifest::text_of(file, manifest.as_bytes())?;
    read_suite(file, text.as_bytes())?;
    let document = manifest::document(file, text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for list in ["workload", "driver"] {
        let entries = document.get_ref().get(list).and_then(|list| list.get_ref().as_array());
        for entry in entries.into_iter().flatten() {
            let plugin = entry.get_ref().as_table().and_then(|entry| entry.get("plugin"));
            let Some(plugin) = plugin else { continue };
            let Some(table) = plugin.get_ref().as_table() else { continue };
            edits.extend(
                pin_plugin(table, plugin.span(), plugins)
                    .map_err(|fault| ManifestError::from_fault(file, text, fault))?,
            );
        }
    }
    // From the end, so that earlier spans stay true.
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut pinned = text.to_owned();
    for (span, value) in edits {
        pinned.replace_range(span, &value);
    }
    read_suite(file, pinned.as_bytes())?;
    Ok(pinned)
}

fn pin_plugin(
    table: &DeTable<'_>,
    span: Range<usize>,
    plugins: &BTreeMap<String, Vec<u8>>,
) -> Result<[(Range<usize>, String); 2], Fault> {
    let missing = |key: &str| {
        Fault::new(span.clone(), format!("key \"{key}\" is missing in this plugin")).key(key)
    };
    let place = |key: &str| table.get(key).map(|v| v.span()).ok_or_else(|| missing(key));
    let value = table.get("id").ok_or_else(|| missing("id"))?;
    let DeValue::String(id) = value.get_ref() else { return Err(missing("id")) };
    let id = id.as_ref();
    let bytes = plugins.get(id).ok_or_else(|| {
        let message = format!("no built plugin \"{id}\" was given");
        let nearest = crate::walk::nearest(id, plugins.keys().map(String::as_str));
        Fault { span: value.span(), key: Some(id.to_owned()), nearest, message }
    })?;
    Ok([
        (place("sha256")?, format!("\"{}\"", Digest::of(bytes))),
        (place("size")?, bytes.len().to_string()),
    ])
}

/// The first plugin that is not pinned, as a sentence.
pub(crate) fn unpinned(suite: &tachograph_model::Suite) -> Option<String> {
    let workloads = suite.workload.iter().map(|entry| &entry.plugin);
    let drivers = suite.driver.iter().map(|entry| &entry.plugin);
    workloads.chain(drivers).find(|plugin| !crate::lint::is_pinned(plugin)).map(|plugin| {
        format!("plugin \"{}\" is not pinned; run `tacho suite pin` first", plugin.id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn plugins() -> BTreeMap<String, Vec<u8>> {
        BTreeMap::from([
            ("workload-chat".to_owned(), b"first".to_vec()),
            ("driver-llama-cpp".to_owned(), b"second one".to_vec()),
        ])
    }

    #[test]
    fn only_digests_and_sizes_change() {
        let text = fixture::manifest();
        let pinned = pin_suite("suite.toml", &text, &plugins()).unwrap();
        let changed: Vec<(&str, &str)> =
            text.lines().zip(pinned.lines()).filter(|(old, new)| old != new).collect();
        assert_eq!(text.lines().count(), pinned.lines().count());
        assert!(
            changed.iter().all(|(old, _)| old.starts_with("sha256") || old.starts_with("size"))
        );
        let suite = read_suite("suite.toml", pinned.as_bytes()).unwrap();
        assert_eq!(suite.workload[0].plugin.sha256, Digest::of(b"first"));
        assert_eq!(suite.workload[0].plugin.size, 5);
        assert_eq!(suite.driver[0].plugin.sha256, Digest::of(b"second one"));
        assert_eq!(suite.driver[0].plugin.size, 10);
        assert_eq!(pin_suite("suite.toml", &pinned, &plugins()).unwrap(), pinned);
    }

    #[test]
    fn inline_entries_are_pinned_too() {
        let text = fixture::manifest();
        let start = text.find("[workload.plugin]").unwrap();
        let end = text.find("\n[[driver]]").unwrap();
        let zeros = "0".repeat(64);
        let inline = format!(
            "plugin = {{ id = \"workload-chat\", version = \"1.0.0\", sha256 = \"sha256:{zeros}\", size = 0 }} # here\n"
        );
        let text = format!("{}{inline}{}", &text[..start], &text[end..]);
        let pinned = pin_suite("suite.toml", &text, &plugins()).unwrap();
        let digest = Digest::of(b"first");
        assert!(pinned.contains(&format!("sha256 = \"{digest}\", size = 5 }} # here")), "{pinned}");
    }

    #[test]
    fn a_plugin_without_bytes_is_named() {
        let mut plugins = plugins();
        let bytes = plugins.remove("workload-chat").unwrap();
        plugins.insert("workload-chad".to_owned(), bytes);
        let error = pin_suite("suite.toml", &fixture::manifest(), &plugins).unwrap_err();
        assert_eq!(
            error.to_string(),
            "suite.toml:20:6: no built plugin \"workload-chat\" was given; did you mean \"workload-chad\"?"
        );
    }

    #[test]
    fn what_is_not_pinned_is_not_signed() {
        let zeros = format!("sha256:{}", "0".repeat(64));
        let digest = Digest::of(fixture::PLUGIN).to_string();
        let text = fixture::manifest().replace(&digest, &zeros);
        let error = crate::sign_suite("suite.toml", text.as_bytes(), &fixture::key()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "suite.toml:1:1: plugin \"workload-chat\" is not pinned; run `tacho suite pin` first"
        );
    }
}
