//! Manifests: TOML, read strictly.

use std::{fmt, str, sync::LazyLock};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tachograph_model::{PluginManifest, Suite, schema};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    ManifestError, Severity,
    lint::{self, Place},
    walk::{self, Fault},
};

/// The most bytes that a manifest may have: 1 MiB.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

static SUITE_SCHEMA: LazyLock<Value> = LazyLock::new(|| schema::find("suite").unwrap_or_default());
static PLUGIN_SCHEMA: LazyLock<Value> =
    LazyLock::new(|| schema::find("plugin").unwrap_or_default());

/// Reads a suite manifest. `file` is only for messages.
///
/// # Errors
/// Over 1 MiB, not UTF-8, a byte order mark or a carriage return, not TOML, an
/// unknown, duplicate or missing key, a value of the wrong type, or anything
/// that [`lint`](crate::lint) calls an error: the first of them, with its place.
pub fn read_suite(file: &str, bytes: &[u8]) -> Result<Suite, ManifestError> {
    let (suite, findings) = check(file, bytes)?;
    match findings.into_iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(suite),
        Some(finding) => Err(finding.error),
    }
}

/// One finding about a manifest, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether the manifest is refused for it.
    pub severity: Severity,
    /// What was found, and where.
    pub error: ManifestError,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { severity, error } = self;
        write!(f, "{severity}: {error}")
    }
}

/// Everything that is wrong or doubtful in a suite manifest, errors first; for
/// authors. What cannot be parsed has one finding.
pub fn lint_manifest(file: &str, bytes: &[u8]) -> Vec<Finding> {
    match check(file, bytes) {
        Ok((_, findings)) => findings,
        Err(error) => vec![Finding { severity: Severity::Error, error }],
    }
}

fn check(file: &str, bytes: &[u8]) -> Result<(Suite, Vec<Finding>), ManifestError> {
    let text = text_of(file, bytes)?;
    let (suite, document) = parse::<Suite>(file, text, &SUITE_SCHEMA)?;
    let placed = |lint: lint::Lint| {
        let mut fault = Fault::new(find(&document, &lint.place), lint.message).key(lint.key);
        fault.nearest = lint.nearest;
        Finding { severity: lint.severity, error: ManifestError::from_fault(file, text, fault) }
    };
    let findings = lint::lint(&suite).into_iter().map(placed).collect();
    Ok((suite, findings))
}

/// Reads a plugin manifest (`plugin.toml`). `file` is only for messages.
///
/// # Errors
/// As [`read_suite`], without the lint.
pub fn read_plugin(file: &str, bytes: &[u8]) -> Result<PluginManifest, ManifestError> {
    let text = text_of(file, bytes)?;
    let (plugin, document) = parse::<PluginManifest>(file, text, &PLUGIN_SCHEMA)?;
    let wrong = |key: &str, message: &str| {
        let place = vec![Place::Key(key.to_owned())];
        let fault = Fault::new(find(&document, &place), message).key(key);
        Err(ManifestError::from_fault(file, text, fault))
    };
    if plugin.kind != "plugin" {
        return wrong("kind", "a plugin manifest has kind \"plugin\"");
    }
    if plugin.schema != 1 {
        return wrong("schema", "this build reads schema 1");
    }
    Ok(plugin)
}

/// The text of a manifest, once its bytes pass.
pub(crate) fn text_of<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, ManifestError> {
    if bytes.len() > MAX_MANIFEST_BYTES {
        return Err(ManifestError::at_start(file, "it is larger than 1 MiB"));
    }
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let fault = Fault::new(good.len()..good.len(), "it is not UTF-8 from here on");
            return Err(ManifestError::from_fault(file, good, fault));
        }
    };
    if text.starts_with('\u{feff}') {
        return Err(ManifestError::at_start(file, "it begins with a byte order mark; remove it"));
    }
    if let Some(at) = text.find('\r') {
        let message = "it holds a carriage return; lines end with a line feed alone";
        return Err(ManifestError::from_fault(file, text, Fault::new(at..at, message)));
    }
    Ok(text)
}

/// The document with the place of every key and value.
pub(crate) fn document<'t>(
    file: &str,
    text: &'t str,
) -> Result<Spanned<DeTable<'t>>, ManifestError> {
    DeTable::parse(text).map_err(|error| toml_error(file, text, &error))
}

pub(crate) fn parse<'t, T: DeserializeOwned>(
    file: &str,
    text: &'t str,
    schema: &Value,
) -> Result<(T, Spanned<DeTable<'t>>), ManifestError> {
    let document = document(file, text)?;
    walk::check(document.get_ref(), document.span(), schema)
        .map_err(|fault| ManifestError::from_fault(file, text, fault))?;
    let value = toml::from_str(text).map_err(|error| toml_error(file, text, &error))?;
    Ok((value, document))
}

fn toml_error(file: &str, text: &str, error: &toml::de::Error) -> ManifestError {
    let message = error.message().lines().collect::<Vec<_>>().join("; ");
    let mut fault = Fault::new(error.span().unwrap_or(0..0), message);
    // Serde says: unknown variant `quik`, expected one of `quick`, `standard`.
    let quoted: Vec<&str> = error.message().split('`').skip(1).step_by(2).collect();
    if let [wrong, known @ ..] = &quoted[..]
        && error.message().starts_with("unknown ")
    {
        fault.key = Some((*wrong).to_owned());
        fault.nearest = walk::nearest(wrong, known.iter().copied());
    }
    ManifestError::from_fault(file, text, fault)
}

/// The span of a place, or of the nearest table around it.
pub(crate) fn find(document: &Spanned<DeTable<'_>>, place: &[Place]) -> std::ops::Range<usize> {
    let mut span = document.span();
    let mut table = Some(document.get_ref());
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for step in place {
        let next = match step {
            Place::Key(key) => {
                let entry = table.and_then(|table| table.get_key_value(key.as_str()));
                entry.map(|(key, value)| (key.span(), value))
            }
            Place::At(index) => value
                .and_then(|value| value.get_ref().as_array())
                .and_then(|items| items.get(*index))
                .map(|value| (value.span(), value)),
        };
        let Some((place, found)) = next else { break };
        span = place;
        table = found.get_ref().as_table();
        value = Some(found);
    }
    span
}

#[cfg(test)]
mod tests;
