//! The list of backends that were looked for.

use tachograph_model::BackendInfo;

use crate::{
    style::{Ink, Style},
    text::{clean, cut, hanging, width},
};

/// One driver and the address where it looked.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectRow {
    /// The driver's id.
    pub driver: String,
    /// The address.
    pub url: String,
    /// What was there.
    pub status: DetectStatus,
}

/// What a driver found at an address.
#[derive(Debug, Clone, PartialEq)]
pub enum DetectStatus {
    /// A server.
    Found(Box<BackendInfo>),
    /// No server that it knows, and why it says so.
    Absent(String),
}

/// Backends in the order given: one line each, with its models below.
pub fn backends_table(rows: &[DetectRow], style: Style) -> String {
    if rows.is_empty() {
        return "No driver to look with.\n".to_owned();
    }
    let longest = |text: fn(&DetectRow) -> &str| {
        rows.iter().map(|row| width(&clean(text(row)))).max().unwrap_or(0)
    };
    let drivers = longest(|row| &row.driver).min(24);
    let urls = longest(|row| &row.url).min(28);
    let mut out = String::new();
    for row in rows {
        let (sign, ink, text) = match &row.status {
            DetectStatus::Found(info) => ("+", Ink::Good, found(info)),
            DetectStatus::Absent(reason) => ("-", Ink::Quiet, reason.clone()),
        };
        let (driver, url) = (clean(&row.driver), clean(&row.url));
        let head = format!("{sign} {driver:<drivers$}  {url:<urls$}  ");
        let fits = width(&head) + width(&clean(&text)) <= style.columns();
        // What was found is worth lines of its own; so is a long reason.
        let lines = if fits && matches!(row.status, DetectStatus::Absent(_)) {
            hanging(&head, &text, style.columns())
        } else {
            let address = format!("{driver:<drivers$}  {url}");
            let mut lines = vec![cut(&format!("{sign} {address}"), style.columns())];
            lines.extend(hanging("    ", &text, style.columns()));
            lines
        };
        for line in lines {
            out.push_str(&style.paint(ink, &line));
            out.push('\n');
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
    let models: Vec<&str> = info.models.iter().map(|model| model.id.as_str()).collect();
    match models.as_slice() {
        [] => text.push_str("; no model"),
        [first, second, rest @ ..] if rest.len() > 1 => {
            text.push_str(&format!("; {first}, {second} and {} more models", rest.len()));
        }
        few => text.push_str(&format!("; {}", few.join(", "))),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn backends() {
        let mut many = fixture::backend();
        many.models = (0..5).map(|n| fixture::model_info(&format!("model-{n}"))).collect();
        many.slots = None;
        let rows = [
            DetectRow {
                driver: "llama-cpp".into(),
                url: "http://127.0.0.1:8080".into(),
                status: DetectStatus::Found(Box::new(fixture::backend())),
            },
            DetectRow {
                driver: "openai-compatible".into(),
                url: "http://127.0.0.1:8000".into(),
                status: DetectStatus::Absent("nothing listens there".into()),
            },
            DetectRow {
                driver: "openai-compatible".into(),
                url: "http://a-machine-far-away.example.org:11434/v1".into(),
                status: DetectStatus::Found(Box::new(many)),
            },
        ];
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
        let row = |status| DetectRow {
            driver: fixture::nasty("driver"),
            url: fixture::nasty("url"),
            status,
        };
        let rows = [
            row(DetectStatus::Found(Box::new(info))),
            row(DetectStatus::Absent(fixture::nasty("reason"))),
        ];
        fixture::fits(&backends_table(&rows, Style::plain(80)));
    }
}
