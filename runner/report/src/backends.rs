//! The list of backends that were looked for.

use tachograph_model::{BackendInfo, ModelInfo};

use crate::{
    number::thousands,
    style::{Ink, Style},
    text::{clean, cut, hanging, width},
};

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectRow {
    /// What `--backend` takes.
    pub name: String,
    /// What is there.
    pub status: DetectStatus,
}

/// What there is of a backend.
#[derive(Debug, Clone, PartialEq)]
pub enum DetectStatus {
    /// A server that answers.
    Found {
        /// Its address.
        url: String,
        /// What it says of itself.
        info: Box<BackendInfo>,
    },
    /// No server, and a program that would be one.
    Installed {
        /// Why no server was found.
        reason: String,
        /// The program.
        program: String,
    },
    /// Nothing, and why.
    Absent(String),
    /// A hosted API, which is not asked.
    Hosted {
        /// The environment variable of its key.
        variable: String,
        /// Whether it is set.
        set: bool,
    },
}

/// Backends in the order given: a line or two each, with the models of servers
/// that answer below them.
pub fn backends_table(rows: &[DetectRow], style: Style) -> String {
    if rows.is_empty() {
        return "No driver to look with.\n".to_owned();
    }
    let mut out = String::new();
    for row in rows {
        let name = clean(&row.name);
        let (ink, head, text) = match &row.status {
            DetectStatus::Found { url, info } => {
                let head = cut(&format!("+ {name} at {}", clean(url)), style.columns());
                out.push_str(&format!("{}\n", style.paint(Ink::Good, &head)));
                let lines =
                    std::iter::once(found(info)).chain(info.models.iter().take(8).map(model));
                for line in lines.flat_map(|text| hanging("    ", &text, style.columns())) {
                    out.push_str(&format!("{}\n", style.paint(Ink::Good, &line)));
                }
                continue;
            }
            DetectStatus::Installed { reason, program } => {
                let text = format!("{reason}; {program} is installed: --launch starts it");
                (Ink::Plain, format!("- {name} not running: "), text)
            }
            DetectStatus::Absent(reason) => {
                (Ink::Quiet, format!("- {name} not detected; skipped: "), reason.clone())
            }
            DetectStatus::Hosted { variable, set: true } => {
                let text = format!("{variable} is set; measured only with --backend {name}");
                (Ink::Plain, format!("- {name} hosted: "), text)
            }
            DetectStatus::Hosted { variable, set: false } => {
                (Ink::Quiet, format!("- {name} hosted: "), format!("{variable} is not set"))
            }
        };
        let lines = match width(&head) + width(&clean(&text)) <= style.columns() {
            true => vec![format!("{head}{}", clean(&text))],
            false => hanging("  ", &format!("{head}{text}"), style.columns()),
        };
        for (n, line) in lines.into_iter().enumerate() {
            // The sign stands at the edge, and what follows it below itself.
            let line = if n == 0 { line.trim_start().to_owned() } else { line };
            out.push_str(&format!("{}\n", style.paint(ink, &line)));
        }
    }
    out
}

fn found(info: &BackendInfo) -> String {
    let version = info.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let mut text = format!("{}{version}", info.name);
    if let Some(slots) = info.slots {
        let requests = if slots == 1 { "request" } else { "requests" };
        text.push_str(&format!(", {slots} {requests} at once"));
    }
    match info.models.len() {
        0 => text.push_str("; no model"),
        n @ 9.. => text.push_str(&format!("; {n} models, the first 8:")),
        _ => {}
    }
    text
}

fn model(model: &ModelInfo) -> String {
    let quantization = model.quantization.as_deref().unwrap_or("quantization unknown");
    let context = match model.max_context {
        Some(tokens) => format!("context {} tokens", thousands(tokens)),
        None => "context unknown".to_owned(),
    };
    format!("{} · {quantization} · {context}", model.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn backends() {
        let mut many = fixture::backend();
        many.models = (0..9).map(|n| fixture::model_info(&format!("model-{n}"))).collect();
        many.slots = None;
        let found = |url: &str, info| DetectStatus::Found { url: url.into(), info: Box::new(info) };
        let nothing = |port: u16| format!("nothing listens on 127.0.0.1:{port}");
        let hosted = |set| DetectStatus::Hosted { variable: "OPENAI_API_KEY".into(), set };
        let rows = [
            ("llama-cpp", found("http://127.0.0.1:8080", fixture::backend())),
            ("ollama", DetectStatus::Absent(nothing(11434))),
            ("vllm", DetectStatus::Installed { reason: nothing(8000), program: "vllm".into() }),
            ("openai-compatible", found("http://a-machine-far-away.example.org:11434/v1", many)),
            ("openai", hosted(true)),
            ("openai", hosted(false)),
        ]
        .map(|(name, status)| DetectRow { name: name.into(), status });
        insta::assert_snapshot!(
            "backends",
            fixture::fits(&backends_table(&rows, Style::plain(80)))
        );
        insta::assert_snapshot!(
            "backends_none",
            fixture::fits(&backends_table(&[], Style::plain(80)))
        );
    }

    #[test]
    fn odd_names_break_no_list() {
        let mut info = fixture::backend();
        info.name = fixture::nasty("name");
        info.models = vec![fixture::model_info(&fixture::nasty("model"))];
        let row = |status| DetectRow { name: fixture::nasty("name"), status };
        let rows = [
            row(DetectStatus::Found { url: fixture::nasty("url"), info: Box::new(info) }),
            row(DetectStatus::Absent(fixture::nasty("reason"))),
        ];
        fixture::fits(&backends_table(&rows, Style::plain(80)));
    }
}
