//! What is embedded by `build.rs`, and how a name is put into it.

use super::AuthorError;

mod files {
    include!(concat!(env!("OUT_DIR"), "/plugin_sources.rs"));
}

/// Names that crates of a new plugin have already.
const TAKEN: [&str; 5] =
    ["tachograph-sdk", "tachograph-model", "tachograph-metrics", "serde", "serde-json"];

/// Words that are no name of a crate.
const RESERVED: [&str; 13] = [
    "alloc",
    "build",
    "const",
    "core",
    "crate",
    "deps",
    "examples",
    "extern",
    "incremental",
    "self",
    "std",
    "super",
    "test",
];

/// The files of a template with the name of the plugin in them, the SDK
/// included: path from the new folder, and text.
///
/// # Errors
/// [`AuthorError::Name`] when it cannot be the name of a plugin and a crate.
pub(super) fn files(template: &str, name: &str) -> Result<Vec<(String, String)>, AuthorError> {
    check(name)?;
    let mut written = Vec::new();
    for (path, text) in files::TEMPLATES {
        let Some((kind, path)) = path.split_once('/') else { continue };
        if kind == template || kind == "common" {
            let path = if path == "gitignore" { ".gitignore" } else { path };
            written.push((path.to_owned(), fill(text, name)));
        }
    }
    for (path, text) in files::SDK {
        written.push((format!("sdk/{path}"), (*text).to_owned()));
    }
    Ok(written)
}

fn fill(text: &str, name: &str) -> String {
    text.replace("my-plugin", name)
        .replace("MyPlugin", &type_name(name))
        .replace("TACHO_VERSION", env!("CARGO_PKG_VERSION"))
}

fn check(name: &str) -> Result<(), AuthorError> {
    let wrong = |reason| Err(AuthorError::Name { name: name.to_owned(), reason });
    if name.parse::<tachograph_model::Name>().is_err() {
        return wrong("names are 1 to 64 of a-z, 0-9 and -");
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.ends_with('-') {
        return wrong("it begins with a letter and ends with a letter or a digit");
    }
    if TAKEN.contains(&name) || RESERVED.contains(&name) {
        return wrong("that name is taken");
    }
    Ok(())
}

fn type_name(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    name.split('-').map(|word| -> String { capital(word) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_whole_and_has_the_name_in_it() {
        for template in ["driver-openai", "driver-own", "workload"] {
            let files = files(template, "acme-2-server").unwrap();
            let text = |path: &str| {
                let found = files.iter().find(|(known, _)| known == path);
                found.map(|(_, text)| text.as_str()).unwrap_or_else(|| panic!("{path}"))
            };
            for path in ["Cargo.toml", "README.md", "rust-toolchain.toml", ".gitignore"] {
                assert!(!text(path).is_empty());
            }
            let manifest = text("plugin.toml");
            let read = tachograph_trust::read_plugin("plugin.toml", manifest.as_bytes()).unwrap();
            assert_eq!(read.id.as_str(), "acme-2-server");
            assert!(text("src/lib.rs").contains("pub struct Acme2Server"));
            assert!(text("sdk/rust/src/lib.rs").contains("export_driver"));
            assert!(text("sdk/wit/v1/plugin.wit").contains("world driver"));
            for (path, text) in files.iter().filter(|(path, _)| !path.starts_with("sdk/")) {
                assert!(!text.to_lowercase().contains("my-plugin"), "{path}");
                assert!(!text.contains("MyPlugin") && !text.contains("TACHO_VERSION"), "{path}");
            }
        }
    }

    #[test]
    fn the_templates_are_short() {
        for (template, most) in [("driver-openai", 60), ("driver-own", 150)] {
            let files = files(template, "my-server").unwrap();
            let code =
                files.iter().filter(|(path, _)| path.starts_with("src/") && path != "src/tests.rs");
            let lines: usize = code.map(|(_, text)| text.lines().count()).sum();
            assert!(lines <= most, "{template}: {lines} lines");
        }
    }

    #[test]
    fn the_guide_shows_the_driver_that_is_written() {
        let files = files("driver-openai", "my-server").unwrap();
        let (_, driver) = files.iter().find(|(path, _)| path == "src/lib.rs").unwrap();
        let (driver, _) = driver.split_once("\n#[cfg(test)]").unwrap();
        assert!(include_str!("../../../../../sdk/README.md").contains(driver));
    }

    #[test]
    fn names_that_no_crate_can_have_are_refused() {
        for bad in ["", "A", "a_b", "../a", "1a", "-a", "a-", "test", "serde", "tachograph-sdk"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in ["a", "a1", "my-server", "a--b"] {
            assert!(check(good).is_ok(), "{good}");
        }
    }

    /// The SDK's own dependencies, in the versions that the checkout names.
    #[test]
    fn the_copied_sdk_asks_for_what_the_checkout_asks_for() {
        let table = |text: &str| text.parse::<toml::Table>().unwrap();
        let root = table(include_str!("../../../../../Cargo.toml"));
        let known = &root["workspace"]["dependencies"];
        let crates = [
            ("rust", include_str!("../../../../../sdk/rust/Cargo.toml")),
            ("model", include_str!("../../../../../runner/model/Cargo.toml")),
            ("metrics", include_str!("../../../../../runner/metrics/Cargo.toml")),
        ];
        for (name, original) in crates {
            let path = format!("{name}/Cargo.toml");
            let copy = files::SDK.iter().find(|(known, _)| *known == path).unwrap().1;
            let (original, copy) = (table(original), table(copy));
            assert_eq!(original["package"]["name"], copy["package"]["name"]);
            let features = |of: &toml::Table| -> Vec<String> {
                of.get("features")
                    .and_then(|f| f.as_table())
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone())
                    .collect()
            };
            assert_eq!(features(&original), features(&copy));
            let needed = |of: &toml::Table| {
                let mut all = of["dependencies"].as_table().unwrap().clone();
                if let Some(targets) = of.get("target").and_then(toml::Value::as_table) {
                    for (_, target) in targets {
                        all.extend(target["dependencies"].as_table().unwrap().clone());
                    }
                }
                all.retain(|_, asked| asked.get("optional").is_none());
                all
            };
            let (original, copy) = (needed(&original), needed(&copy));
            assert!(original.keys().eq(copy.keys()), "{name}");
            for (dependency, asked) in copy {
                if !dependency.starts_with("tachograph-") {
                    assert_eq!(asked, known[&dependency], "{name}: {dependency}");
                }
            }
        }
    }
}
