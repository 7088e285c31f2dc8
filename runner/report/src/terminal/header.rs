//! What was measured, where and how, with everything that is known of it.

use tachograph_model::{BackendSection, CostSection, Name, RunResult};

use super::field;
use crate::{
    date::utc,
    machine,
    number::{bytes, duration, parameters},
    roof,
    style::{Ink, Style},
    text::{clean, cut, width},
};

/// The head of a result.
pub(super) fn header(result: &RunResult, style: Style) -> String {
    let mut out = title(result, style);
    out.push('\n');
    out.push_str(&field("backend", &backend(result), style));
    out.push_str(&field("origin", &origin(&result.backend), style));
    if let Some(cost) = &result.backend.cost {
        out.push_str(&field("cost", &spent(cost), style));
    }
    out.push_str(&field("model", &model(result), style));
    out.push_str(&field("", &identity(result), style));
    out.push_str(&field("machine", &machine::line(&result.fingerprint), style));
    for accelerator in machine::accelerators(&result.fingerprint) {
        out.push_str(&field("", &accelerator, style));
    }
    if let Some(roof) = &result.roof {
        out.push_str(&field("roof", &roof::line(roof), style));
    }
    out.push_str(&field("runner", &runner(result), style));
    let marks = marks(result);
    if !marks.is_empty() {
        out.push_str(&field("marked", &marks.join(" · "), style));
    }
    out
}

/// The suite, the profile and the date.
pub(super) fn title(result: &RunResult, style: Style) -> String {
    let suite = &result.suite;
    let name = format!("{}@{}", suite.pin.name, suite.pin.digest.short());
    let name = cut(&name, style.columns());
    let detail = format!(" · {} · {} profile", clean(&suite.version), profile(result));
    let date = utc(result.started_unix_s);
    let used = width(&name) + width(&detail) + width(&date);
    let mut out = style.paint(Ink::Strong, &name);
    // A long name takes a line of its own.
    if used + 2 <= style.columns() {
        out.push_str(&format!("{detail}{:1$}", "", style.columns() - used));
    } else {
        let room = style.columns().saturating_sub(width(&date) + 3);
        out.push_str(&format!("\n {}  ", cut(&detail, room)));
    }
    out.push_str(&style.paint(Ink::Quiet, &date));
    out.push('\n');
    out
}

/// The profile in a word.
pub(crate) fn profile(result: &RunResult) -> &'static str {
    use tachograph_model::ProfileName::{Publish, Quick, Standard};
    match result.suite.profile {
        Quick => "quick",
        Standard => "standard",
        Publish => "publish",
    }
}

/// The backend and its driver, each with its version.
pub(crate) fn backend(result: &RunResult) -> String {
    let backend = &result.backend;
    let named = backend_with_version(&backend.info.name, backend.info.version.as_deref());
    let plugin = result.plugins.iter().find(|plugin| plugin.id == backend.driver);
    let driver = plugin.map_or_else(
        || format!("driver {}", backend.driver),
        |plugin| format!("driver {} {}", plugin.id, plugin.version),
    );
    format!("{named} · {driver}")
}

/// Name and version; servers whose version repeats their name are named once.
fn backend_with_version(name: &str, version: Option<&str>) -> String {
    let Some(version) = version else { return name.to_owned() };
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], " ");
    let repeated = version.char_indices().find(|(_, c)| *c == ' ').is_some_and(|(at, _)| {
        let (head, _) = version.split_at(at);
        plain(head) == plain(name)
    });
    match repeated {
        true => format!("{name}{}", version.trim_start_matches(|c| c != ' ')),
        false => format!("{name} {version}"),
    }
}

/// Where the backend came from.
pub(crate) fn origin(backend: &BackendSection) -> String {
    match (backend.origin.as_str(), backend.local) {
        ("built-in", _) => "built in: the reference engine with generated weights".to_owned(),
        ("launched", _) => match &backend.launch {
            Some(launch) => {
                let after = duration(launch.load_ns);
                format!("launched for this run by {}, ready after {after}", launch.recipe)
            }
            None => "launched for this run, on this machine".to_owned(),
        },
        ("hosted", _) => match &backend.preset {
            Some(preset) => format!("hosted, by the preset {preset}"),
            None => "hosted".to_owned(),
        },
        ("found", true) => "found running on this machine".to_owned(),
        ("found", false) => "found running on another machine".to_owned(),
        (_, true) => "on this machine".to_owned(),
        (_, false) => "on another machine".to_owned(),
    }
}

/// What a run cost, at the prices that the user gave.
pub(crate) fn spent(cost: &CostSection) -> String {
    let limit = cost.limit_usd.map(|limit| format!(" of at most ${limit:.4}")).unwrap_or_default();
    let unknown = match cost.unknown_requests {
        0 => String::new(),
        1 => "; 1 request did not state its tokens".to_owned(),
        n => format!("; {n} requests did not state their tokens"),
    };
    format!("spent ${:.4}{limit}{unknown}", cost.spent_usd)
}

/// The model, its quantization and its size.
pub(crate) fn model(result: &RunResult) -> String {
    let model = &result.model;
    let mut parts = vec![model.id.clone(), format!("quantization {}", model.quantization)];
    parts.extend(model.parameters.map(|n| format!("{} parameters", parameters(n))));
    parts.extend(model.size_bytes.map(bytes));
    parts.join(" · ")
}

fn identity(result: &RunResult) -> String {
    let model = &result.model;
    match &model.digest {
        Some(digest) => format!("{} ({})", shortened(digest), model.digest_source),
        None => format!("no digest: {}", model.digest_source),
    }
}

/// A digest with its first twelve digits; other identities as they are.
fn shortened(digest: &str) -> String {
    match digest.split_once(':') {
        Some((kind, hex)) if hex.len() > 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{kind}:{}…", &hex[..12])
        }
        _ => digest.to_owned(),
    }
}

/// The runner and what it was built with.
pub(crate) fn runner(result: &RunResult) -> String {
    let runner = &result.runner;
    format!("tacho {} for {} · wasmtime {}", runner.version, runner.target, runner.wasmtime)
}

/// What sets this result apart from one that ranks.
pub(crate) fn marks(result: &RunResult) -> Vec<String> {
    let mut marks = Vec::new();
    if result.flags.iter().any(|flag| flag.code == "development-key") {
        marks.push("development key".to_owned());
    }
    let unofficial: Vec<&Name> =
        result.plugins.iter().filter(|plugin| !plugin.official).map(|plugin| &plugin.id).collect();
    for id in unofficial {
        let role = if *id == result.backend.driver { "driver" } else { "plugin" };
        marks.push(format!("unofficial {role} {id}"));
    }
    for (setting, value) in &result.suite.overrides {
        marks.push(format!("{setting} = {value}"));
    }
    marks
}
