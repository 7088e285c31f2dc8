//! The page.

use tachograph_model::WorkloadStatus;

use super::{
    plots::{Plot, Plots},
    style, table,
};
use crate::{
    document::{Document, Section, status_word},
    markup::escape,
};

/// What the page may load: its own style, and images that are in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

pub(super) fn page(document: &Document, plots: &Plots) -> String {
    let title = escape(&document.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n\
         <style>{}</style>\n</head>\n<body>\n",
        style::sheet()
    );
    out.push_str("<header>\n");
    out.push_str(&format!(
        "<h1>{title}</h1>\n<p class=\"when\">Measured {}</p>\n",
        escape(&document.measured)
    ));
    out.push_str(&format!("<p class=\"verdict\">{}.</p>\n", escape(&document.verdict)));
    if !document.marks.is_empty() {
        let marks: Vec<String> = document.marks.iter().map(|mark| escape(mark)).collect();
        out.push_str(&format!("<p class=\"marks\">Marked: {}</p>\n", marks.join(" · ")));
    }
    out.push_str("</header>\n<main>\n");
    out.push_str(&verdicts(&document.sections));
    out.push_str("<section>\n<h2>Side by side</h2>\n");
    out.push_str(&table::table(&document.overview, "all", "Overview"));
    out.push_str(&table::notes(&document.overview_notes, "all"));
    out.push_str(&figures(&plots.overview, "Overview"));
    out.push_str("</section>\n");
    out.push_str("<section>\n<h2>What was measured</h2>\n");
    out.push_str(&table::facts(&document.facts));
    out.push_str("</section>\n");
    for (index, section) in document.sections.iter().enumerate() {
        let plots = plots.sections.get(index).map_or(&[][..], Vec::as_slice);
        out.push_str(&workload(section, index, plots));
    }
    out.push_str(&machine(plots));
    out.push_str("<section>\n<h2>The harness</h2>\n");
    out.push_str(&table::facts(&document.harness));
    if !document.evidence.is_empty() {
        out.push_str(&format!("<h3>Evidence</h3>\n<p>{}</p>\n", escape(document.claims)));
        out.push_str(&table::facts(&document.evidence));
    }
    if !document.doubts.is_empty() {
        out.push_str("<h3>Doubts about the whole run</h3>\n");
        out.push_str(&table::doubts(&document.doubts));
    }
    out.push_str("</section>\n");
    out.push_str(&checks(document));
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// The machine over the time of the run, where it was watched.
fn machine(plots: &Plots) -> String {
    if plots.machine.is_empty() {
        return String::new();
    }
    let mut out = "<section>\n<h2>The machine meanwhile</h2>\n".to_owned();
    out.push_str(&figures(&plots.machine, "The machine meanwhile"));
    if !plots.unread.is_empty() {
        out.push_str("<h3>Not read</h3>\n<ul>\n");
        for text in &plots.unread {
            out.push_str(&format!("<li>{}</li>\n", escape(text)));
        }
        out.push_str("</ul>\n");
    }
    out + "</section>\n"
}

/// One line a workload, which leads to it.
fn verdicts(sections: &[Section]) -> String {
    let mut out = "<nav aria-label=\"Workloads\">\n<ul class=\"verdicts\">\n".to_owned();
    for (index, section) in sections.iter().enumerate() {
        out.push_str(&format!(
            "<li><a href=\"#w{index}\">{}</a> {} <span>{}</span></li>\n",
            escape(&section.id),
            badge(section.status),
            escape(section.words.first().map_or("", String::as_str))
        ));
    }
    out + "</ul>\n</nav>\n"
}

fn badge(status: WorkloadStatus) -> String {
    let word = status_word(status);
    format!("<span class=\"badge {word}\">{word}</span>")
}

fn workload(section: &Section, index: usize, plots: &[Plot]) -> String {
    let id = format!("w{index}");
    let mut out = format!(
        "<section id=\"{id}\">\n<h2>{} {}</h2>\n",
        escape(&section.id),
        badge(section.status)
    );
    for words in &section.words {
        out.push_str(&format!("<p class=\"words\">{}</p>\n", escape(words)));
    }
    out.push_str(&figures(plots, &section.id));
    for each in &section.tables {
        out.push_str(&table::table(each, &id, &section.id));
    }
    out.push_str(&table::notes(&section.notes, &id));
    if !section.skipped.is_empty() {
        out.push_str("<h3>Left out</h3>\n<ul>\n");
        for text in &section.skipped {
            out.push_str(&format!("<li>{}</li>\n", escape(text)));
        }
        out.push_str("</ul>\n");
    }
    if !section.doubts.is_empty() {
        out.push_str("<h3>Doubts</h3>\n");
        out.push_str(&table::doubts(&section.doubts));
    }
    out + "</section>\n"
}

fn figures(plots: &[Plot], of: &str) -> String {
    if plots.is_empty() {
        return String::new();
    }
    let mut out = "<div class=\"plots\">\n".to_owned();
    for plot in plots {
        let caption = escape(&plot.caption);
        // A wide plot scrolls like a table does.
        let open = match plot.wide {
            true => {
                let label = escape(&format!("{of}: {}", plot.caption));
                format!(
                    "<figure class=\"wide\">\n<div class=\"scroll\" role=\"region\" \
                     tabindex=\"0\" aria-label=\"{label}\">\n{}</div>\n",
                    plot.svg
                )
            }
            false => format!("<figure>\n{}", plot.svg),
        };
        out.push_str(&format!("{open}<figcaption>{caption}</figcaption>\n</figure>\n"));
    }
    out + "</div>\n"
}

fn checks(document: &Document) -> String {
    let mut out = "<section>\n<h2>Check it</h2>\n\
                   <p>This page is a view. What counts is the sealed result: its bytes are \
                   signed, and every figure above can be derived again from the tape.</p>\n"
        .to_owned();
    for check in &document.checks {
        out.push_str(&format!(
            "<p>{}</p>\n<pre tabindex=\"0\"><code>{}</code></pre>\n",
            escape(check.what),
            escape(&check.command)
        ));
    }
    out.push_str(&format!("<p class=\"limits\">{}</p>\n</section>\n", escape(document.limits)));
    out
}
