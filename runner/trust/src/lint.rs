//! What a suite manifest has to say beyond its schema.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use tachograph_model::{COMPONENT_MIB_MOST, PluginRef, ProfileName, Suite, WorkloadEntry};

use crate::walk;

/// The most bytes that a plugin of a suite may have.
const MAX_PLUGIN_BYTES: u64 = (COMPONENT_MIB_MOST as u64) << 20;

/// The most bytes that a text of a suite may have: 256 MiB.
const MAX_CORPUS_BYTES: u64 = 256 << 20;

/// Whether a manifest with this finding is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Read, with a word to the author.
    Warning,
    /// Refused.
    Error,
}

/// One finding about a suite manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Whether it is refused.
    pub severity: Severity,
    /// A stable code, for example `profile-missing` or `id-twice`.
    pub code: &'static str,
    /// The key it is about, for example `workload[1].id`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// The nearest good value, where there is one.
    pub nearest: Option<String>,
    pub(crate) place: Vec<Place>,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.severity, self.key, self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean \"{nearest}\"?"),
            None => Ok(()),
        }
    }
}

/// One step to a place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Key(String),
    At(usize),
}

/// Everything about a suite that its schema cannot say, errors first.
pub fn lint(suite: &Suite) -> Vec<Lint> {
    let mut found = Findings(Vec::new());
    head(suite, &mut found);
    profiles(suite, &mut found);
    workloads(suite, &mut found);
    drivers(suite, &mut found);
    plugins(suite, &mut found);
    let ids = suite.corpus.iter().map(|corpus| corpus.id.as_str());
    found.unique(ids.enumerate().map(|(at, id)| (format!("corpus[{at}].id"), id.to_owned())));
    for (at, corpus) in suite.corpus.iter().enumerate() {
        if corpus.size > MAX_CORPUS_BYTES {
            found.error(
                "corpus-large",
                &format!("corpus[{at}].size"),
                "a text has at most 256 MiB",
            );
        }
    }
    found.0.sort_by_key(|lint| std::cmp::Reverse(lint.severity));
    found.0
}

struct Findings(Vec<Lint>);

impl Findings {
    fn add(&mut self, severity: Severity, code: &'static str, key: &str, message: String) {
        let (key, place) = (key.to_owned(), place(key));
        self.0.push(Lint { severity, code, key, message, nearest: None, place });
    }

    fn error(&mut self, code: &'static str, key: &str, message: impl Into<String>) {
        self.add(Severity::Error, code, key, message.into());
    }

    fn warn(&mut self, code: &'static str, key: &str, message: impl Into<String>) {
        self.add(Severity::Warning, code, key, message.into());
    }

    fn unique(&mut self, named: impl Iterator<Item = (String, String)>) {
        let mut seen = BTreeMap::new();
        for (key, name) in named {
            // Ids are typed at a prompt, where case is easily lost.
            if let Some(first) = seen.insert(name.to_lowercase(), key.clone()) {
                self.error("id-twice", &key, format!("\"{name}\" is already used by {first}"));
            }
        }
    }
}

/// `workload[1].id` as steps.
pub(crate) fn place(key: &str) -> Vec<Place> {
    let mut steps = Vec::new();
    for part in key.split('.') {
        let (name, index) = part.split_once('[').unwrap_or((part, ""));
        steps.push(Place::Key(name.to_owned()));
        steps.extend(index.trim_end_matches(']').parse().ok().map(Place::At));
    }
    steps
}

fn head(suite: &Suite, found: &mut Findings) {
    if suite.kind != "suite" {
        found.error("kind-wrong", "kind", "a suite manifest has kind \"suite\"");
    }
    if suite.schema != 1 {
        found.error("schema-unknown", "schema", "this build reads schema 1");
    }
    if !is_version(&suite.version) {
        found.error("version-malformed", "version", "a version has three numbers: 2.0.0");
    }
    if !is_day(&suite.released) {
        found.error("day-malformed", "released", "a day is written YYYY-MM-DD");
    }
    if suite.metrics.is_empty() || !suite.metrics.bytes().all(|b| b.is_ascii_digit()) {
        found.error("metrics-malformed", "metrics", "metric definitions have a number: \"1\"");
    }
    let description = suite.description.trim();
    if description.is_empty() {
        found.error("description-empty", "description", "a suite says what it measures");
    } else if description.lines().count() > 2 || description.len() > 400 {
        found.warn("description-long", "description", "two lines and 400 bytes are enough");
    }
    if suite.description.chars().any(|c| c.is_control() && c != '\n') {
        found.error("description-control", "description", "it holds a control character");
    }
}

fn profiles(suite: &Suite, found: &mut Findings) {
    for (name, text) in PROFILES {
        let key = format!("profiles.{text}");
        let Some(profile) = suite.profiles.get(&name) else {
            let message = format!("profile \"{text}\" is missing; a suite has all three");
            found.error("profile-missing", "profiles", message);
            continue;
        };
        if profile.trials == 0 {
            let message = "a profile measures at least one trial";
            found.error("trials-zero", &format!("{key}.trials"), message);
        }
        if profile.budget_s == 0 {
            let message = "a profile has at least one second";
            found.error("budget-zero", &format!("{key}.budget_s"), message);
        }
        if profile.trials > 1000 || profile.warmup > 1000 {
            found.error("trials-many", &key, "a profile has at most 1000 trials and warm-ups");
        }
    }
}

const PROFILES: [(ProfileName, &str); 3] = [
    (ProfileName::Quick, "quick"),
    (ProfileName::Standard, "standard"),
    (ProfileName::Publish, "publish"),
];

fn workloads(suite: &Suite, found: &mut Findings) {
    if suite.workload.is_empty() {
        found.error("workload-none", "workload", "a suite has at least one workload");
    }
    let mut names = Vec::new();
    for (at, workload) in suite.workload.iter().enumerate() {
        names.push((format!("workload[{at}].id"), workload.id.to_string()));
        if let Some(alias) = &workload.alias {
            let key = format!("workload[{at}].alias");
            let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            if alias.is_empty() || alias.len() > 16 || !alias.bytes().all(good) {
                let message = "an alias is 1 to 16 letters, digits and -, for example \"W1\"";
                found.error("alias-malformed", &key, message);
            }
            names.push((key, alias.clone()));
        }
        changes(workload, at, found);
    }
    found.unique(names.into_iter());
}

/// Parameters that a profile changes are most likely set in `params` too.
fn changes(workload: &WorkloadEntry, at: usize, found: &mut Findings) {
    // These have their values in the profile itself.
    let known = ["trials", "warmup"].into_iter().chain(workload.params.keys().map(String::as_str));
    for (profile, text) in PROFILES {
        for param in workload.profile.get(&profile).into_iter().flat_map(BTreeMap::keys) {
            if known.clone().all(|known| known != param) {
                let key = format!("workload[{at}].profile.{text}.{param}");
                let message = format!("\"{param}\" is changed here but not set in params");
                found.warn("param-new", &key, message);
                if let Some(lint) = found.0.last_mut() {
                    lint.nearest = walk::nearest(param, known.clone());
                }
            }
        }
    }
}

fn drivers(suite: &Suite, found: &mut Findings) {
    if suite.driver.is_empty() {
        found.warn("driver-none", "driver", "the suite pins no driver, so none is official");
    }
    let ids = suite.driver.iter().map(|driver| driver.id.to_string());
    found.unique(ids.enumerate().map(|(at, id)| (format!("driver[{at}].id"), id)));
    for (at, driver) in suite.driver.iter().enumerate() {
        let asked = &driver.capabilities;
        let lists = [
            ("endpoints", &asked.endpoints),
            ("secrets", &asked.secrets),
            ("launch", &asked.launch),
        ];
        for (list, names) in lists {
            if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
                let key = format!("driver[{at}].capabilities.{list}");
                found.error("capability-twice", &key, "a name stands here twice");
            }
        }
    }
}

fn plugins(suite: &Suite, found: &mut Findings) {
    let workloads = suite.workload.iter().map(|entry| ("workload", &entry.plugin)).enumerate();
    let drivers = suite.driver.iter().map(|entry| ("driver", &entry.plugin)).enumerate();
    let mut by_id: BTreeMap<&str, (&'static str, &PluginRef)> = BTreeMap::new();
    for (at, (list, plugin)) in workloads.chain(drivers) {
        let key = format!("{list}[{at}].plugin");
        if !is_version(&plugin.version) {
            let message = "a version has three numbers: 1.0.0";
            found.error("version-malformed", &format!("{key}.version"), message);
        }
        if plugin.size > MAX_PLUGIN_BYTES {
            let message = "a plugin has at most 48 MiB";
            found.error("plugin-large", &format!("{key}.size"), message);
        }
        if !is_pinned(plugin) {
            let message = format!("plugin \"{}\" is not pinned; `tacho suite pin`", plugin.id);
            found.warn("not-pinned", &format!("{key}.sha256"), message);
        }
        match by_id.insert(plugin.id.as_str(), (list, plugin)) {
            Some((other, _)) if other != list => {
                let message = format!("\"{}\" is a workload and a driver", plugin.id);
                found.error("plugin-both", &format!("{key}.id"), message);
            }
            Some((_, first)) if first != plugin => {
                let message = format!("\"{}\" is pinned twice, differently", plugin.id);
                found.error("plugin-twice", &format!("{key}.id"), message);
            }
            _ => {}
        }
    }
}

/// Whether an entry names bytes; before `pin` it holds zeros.
pub(crate) fn is_pinned(plugin: &PluginRef) -> bool {
    plugin.size > 0 && plugin.sha256.as_bytes() != &[0; 32]
}

/// `1.2.3` as numbers, for comparing.
pub(crate) fn version_parts(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.').map(|part| {
        let plain = part.bytes().all(|b| b.is_ascii_digit());
        let short = part == "0" || !part.starts_with('0');
        if plain && short { part.parse().ok() } else { None }
    });
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

pub(crate) fn is_version(text: &str) -> bool {
    version_parts(text).is_some()
}

fn is_day(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    if (year.len(), month.len(), day.len()) != (4, 2, 2)
        || ![year, month, day].map(digits).iter().all(|&d| d)
    {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) =
        (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>())
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture, read_suite};

    fn suite() -> Suite {
        read_suite("suite.toml", fixture::manifest().as_bytes()).unwrap()
    }

    fn codes(suite: &Suite) -> Vec<&'static str> {
        lint(suite).into_iter().map(|lint| lint.code).collect()
    }

    #[test]
    fn warnings_do_not_refuse() {
        let text = fixture::manifest();
        let zeros = format!("sha256:{}", "0".repeat(64));
        let digest = tachograph_model::Digest::of(fixture::PLUGIN).to_string();
        let unpinned = text.replace(&digest, &zeros);
        let suite = read_suite("suite.toml", unpinned.as_bytes()).unwrap();
        assert_eq!(codes(&suite), ["not-pinned", "not-pinned"]);
        assert_eq!(lint(&suite)[1].key, "driver[0].plugin.sha256");
    }

    #[test]
    fn a_profile_that_changes_an_unknown_parameter_is_doubted() {
        let mut suite = suite();
        let changes = BTreeMap::from([("prompt_token".to_owned(), serde_json::json!(4))]);
        suite.workload[0].profile.insert(ProfileName::Quick, changes);
        let found = lint(&suite);
        assert_eq!(found[0].code, "param-new");
        assert_eq!(found[0].key, "workload[0].profile.quick.prompt_token");
        assert_eq!(found[0].nearest.as_deref(), Some("prompt_tokens"));
    }

    #[test]
    fn trials_and_warmup_have_their_values_in_the_profile() {
        let mut suite = suite();
        let changes = BTreeMap::from([("warmup".to_owned(), serde_json::json!(0))]);
        suite.workload[0].profile.insert(ProfileName::Quick, changes);
        assert_eq!(codes(&suite), Vec::<&str>::new());
    }

    #[test]
    fn one_plugin_id_means_one_digest() {
        let mut suite = suite();
        let mut second = suite.workload[0].clone();
        second.id = "chat-long".parse().unwrap();
        second.alias = None;
        suite.workload.push(second);
        assert_eq!(codes(&suite), Vec::<&str>::new());
        suite.workload[1].plugin.size += 1;
        assert_eq!(codes(&suite), ["plugin-twice"]);
        suite.workload[1].plugin = suite.workload[0].plugin.clone();
        suite.workload[1].id = suite.workload[0].id.clone();
        assert_eq!(codes(&suite), ["id-twice"]);
    }

    #[test]
    fn errors_come_before_warnings() {
        let mut suite = suite();
        suite.driver.clear();
        suite.workload.clear();
        assert_eq!(codes(&suite), ["workload-none", "driver-none"]);
    }

    #[test]
    fn days_and_versions_are_real() {
        for (text, good) in [
            ("2026-11-22", true),
            ("2024-02-29", true),
            ("2100-02-29", false),
            ("2026-13-01", false),
            ("2026-00-01", false),
            ("2026-1-01", false),
            ("+026-01-01", false),
            ("2026-01-01-", false),
        ] {
            assert_eq!(is_day(text), good, "{text}");
        }
        for (text, good) in [
            ("2.0.0", true),
            ("0.10.3", true),
            ("2.0", false),
            ("2.0.0.1", false),
            ("02.0.0", false),
            ("2.0.+1", false),
            ("2..0", false),
            ("9999999999.0.0", false),
        ] {
            assert_eq!(is_version(text), good, "{text}");
        }
    }
}
