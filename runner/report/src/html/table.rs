//! Tables, their notes, and lists of facts.

use crate::{
    document::{Cell, Doubt, Fact, Table},
    markup::escape,
};

/// A table in a box of its own, which scrolls where the page is narrow. `id` is
/// unique on the page and names the section of the notes.
pub(super) fn table(table: &Table, id: &str, of: &str) -> String {
    let caption = escape(&table.caption);
    let label = escape(&format!("{}: {}", of, table.caption));
    let mut out = format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">\n\
         <table>\n<caption>{caption}</caption>\n<thead><tr>"
    );
    for column in &table.columns {
        let class = if column.figures { " class=\"figure\"" } else { "" };
        let unit = match column.unit.is_empty() {
            true => String::new(),
            false => format!(" <span class=\"unit\">{}</span>", escape(&column.unit)),
        };
        out.push_str(&format!("<th scope=\"col\"{class}>{}{unit}</th>", escape(&column.head)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (index, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            let class = if column.figures { " class=\"figure\"" } else { "" };
            let text = cell_text(cell, id);
            match index {
                0 => out.push_str(&format!("<th scope=\"row\"{class}>{text}</th>")),
                _ => out.push_str(&format!("<td{class}>{text}</td>")),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

fn cell_text(cell: &Cell, id: &str) -> String {
    let text = escape(&cell.text);
    match cell.note {
        Some(note) => {
            let number = note + 1;
            format!(
                "{text}<sup><a href=\"#{id}-n{number}\" aria-label=\"note {number}\">{number}\
                 </a></sup>"
            )
        }
        None => text,
    }
}

/// The notes of a section.
pub(super) fn notes(notes: &[String], id: &str) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let mut out = "<ol class=\"notes\">\n".to_owned();
    for (index, note) in notes.iter().enumerate() {
        out.push_str(&format!("<li id=\"{id}-n{}\">{}</li>\n", index + 1, escape(note)));
    }
    out + "</ol>\n"
}

/// Words and what is known of them.
pub(super) fn facts(facts: &[Fact]) -> String {
    let mut out = "<dl>\n".to_owned();
    for fact in facts {
        let (word, text) = (escape(&fact.word), escape(&fact.text));
        out.push_str(&format!("<div><dt>{word}</dt><dd>{text}</dd></div>\n"));
    }
    out + "</dl>\n"
}

/// Doubts, each with what to do about it.
pub(super) fn doubts(doubts: &[Doubt]) -> String {
    if doubts.is_empty() {
        return String::new();
    }
    let mut out = "<ul class=\"doubts\">\n".to_owned();
    for doubt in doubts {
        out.push_str(&format!("<li><strong>{}</strong>", escape(&doubt.code)));
        for message in &doubt.messages {
            out.push_str(&format!("<span>{}</span>", escape(message)));
        }
        if let Some(advice) = doubt.advice {
            out.push_str(&format!("<em>→ {}</em>", escape(advice)));
        }
        out.push_str("</li>\n");
    }
    out + "</ul>\n"
}
