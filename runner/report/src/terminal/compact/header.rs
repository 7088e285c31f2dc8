//! What was measured, where and how, a line each.

use tachograph_model::{BackendSection, Fingerprint, RunResult};

use super::field;
use crate::{
    machine,
    number::{duration, parameters},
    roof,
    style::Style,
    terminal::header::{backend, marks, spent, title},
    text::cut,
};

/// Digits of a digest that are shown.
const DIGITS: usize = 12;

/// The head of a result.
pub(in crate::terminal) fn header(result: &RunResult, style: Style) -> String {
    let mut out = title(result, style);
    let origin = origin(&result.backend);
    out.push_str(&field("backend", &format!("{} · {origin}", backend(result)), style));
    if let Some(cost) = &result.backend.cost {
        out.push_str(&field("cost", &spent(cost), style));
    }
    out.push_str(&field("model", &model(result), style));
    let mut machine = vec![processor(&result.fingerprint)];
    machine.extend(machine::accelerators(&result.fingerprint));
    for (index, line) in machine.iter().enumerate() {
        out.push_str(&field(if index == 0 { "machine" } else { "" }, line, style));
    }
    if let Some(roof) = result.roof.as_ref().and_then(roof::short) {
        out.push_str(&field("roof", &roof, style));
    }
    let mut marks = marks(result);
    // The flags themselves stand at the end, with what to do about them.
    for flag in &result.flags {
        let known = ["development-key", "unofficial-driver", "unofficial-plugin", "overrides"];
        if !known.contains(&flag.code.as_str()) && !marks.contains(&flag.code) {
            marks.push(flag.code.clone());
        }
    }
    if !marks.is_empty() {
        out.push_str(&field("marked", &marks.join(" · "), style));
    }
    out
}

fn origin(backend: &BackendSection) -> String {
    match (backend.origin.as_str(), backend.local) {
        ("built-in", _) => "built in".to_owned(),
        ("launched", _) => match &backend.launch {
            Some(launch) => format!("launched here in {}", duration(launch.load_ns)),
            None => "launched here".to_owned(),
        },
        ("hosted", _) => match &backend.preset {
            Some(preset) => format!("hosted ({preset})"),
            None => "hosted".to_owned(),
        },
        ("found", true) => "found here".to_owned(),
        ("found", false) => "found on another machine".to_owned(),
        (_, true) => "here".to_owned(),
        (_, false) => "on another machine".to_owned(),
    }
}

fn model(result: &RunResult) -> String {
    let model = &result.model;
    let mut parts = vec![model.id.clone(), model.quantization.clone()];
    parts.extend(model.parameters.map(|n| format!("{} parameters", parameters(n))));
    parts.push(match &model.digest {
        Some(digest) => short(digest),
        None => "no digest".to_owned(),
    });
    parts.join(" · ")
}

/// The first digits of a digest, without its kind; other identities cut.
fn short(digest: &str) -> String {
    let hex = digest.rsplit_once(':').map_or(digest, |(_, hex)| hex);
    match hex.len() > DIGITS && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => hex[..DIGITS].to_owned(),
        false => cut(digest, 2 * DIGITS),
    }
}

/// The machine without the code name of its system, and without words of the
/// processor's name that say nothing.
fn processor(machine: &Fingerprint) -> String {
    let mut machine = machine.clone();
    if let Some(name) =
        machine.cpu.model.as_deref().and_then(|name| name.strip_suffix(" Processor"))
    {
        let kept = name.rsplit_once(' ').filter(|(_, word)| word.ends_with("-Core"));
        machine.cpu.model = Some(kept.map_or(name, |(kept, _)| kept).to_owned());
    }
    if let Some(name) = &mut machine.os.name {
        let end = name.find(" (").unwrap_or(name.len());
        name.truncate(end);
    }
    machine::line(&machine)
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn digests_are_short_and_names_are_whole() {
        assert_eq!(short("sha256:bad0481a6bf23fbfe7c811be0cde9639"), "bad0481a6bf2");
        assert_eq!(short("bad0481a6bf23fbfe7c811be0cde9639"), "bad0481a6bf2");
        assert_eq!(short("ollama:qwen3"), "ollama:qwen3");
        assert_eq!(short("été"), "été");
    }
}
