//! One phase, section by section.

use tachograph_metrics::compare::before;
use tachograph_model::RunResult;

use super::{
    change::Change,
    figures::{Figure, of},
    page::{Cell, Page},
};
use crate::{
    compare::short_id,
    date::utc,
    history::KeptRun,
    machine,
    number::{bytes, short},
    terminal::header,
};

/// The rows of a summary: name, workload, metric, unit.
const SUMMARY: [(&str, &str, &str, &str); 8] = [
    ("Single request", "throughput-modes", "single_tps", "tok/s"),
    ("Concurrent", "throughput-modes", "concurrent_tps", "tok/s"),
    ("TTFT", "prompt-latency", "ttft_ms", "ms"),
    ("TPOT", "prompt-latency", "tpot_ms", "ms"),
    ("Decode throughput", "prompt-latency", "decode_tps", "tok/s"),
    ("Best scalability", "scalability", "aggregate_tps", "tok/s"),
    ("Whole answer", "prompt-latency", "end_to_end_ms", "ms"),
    ("Decode forward", "breakdown", "decode_forward_ms", "ms"),
];

/// A phase and the one before it.
pub(super) struct Phase<'a> {
    pub(super) result: &'a RunResult,
    /// The run before, where the two may be compared.
    base: Option<&'a RunResult>,
    /// The head of the column of changes.
    against: Option<String>,
}

pub(super) fn phase(
    page: &mut Page,
    run: &KeptRun<'_>,
    before_it: Option<&KeptRun<'_>>,
    latest: bool,
) {
    let result = run.result;
    let when = utc(result.started_unix_s);
    let day = when.split(' ').next().unwrap_or_default();
    let name = name(run);
    let place = if latest { "Latest" } else { "Previous" };
    page.heading(1, &format!("{name} ({place} - {day}, run {})", short_id(&run.id)));
    let obstacles = before_it.map(|base| before(base.result, result, &[])).unwrap_or_default();
    let base = before_it.filter(|_| obstacles.is_empty());
    let against = base.map(|base| format!("vs {}", short_id(&base.id)));
    let phase = Phase { result, base: base.map(|base| base.result), against };
    configuration(page, run, day);
    if !run.notes.is_empty() {
        page.says("", &Cell::new("Notes:"), "");
        page.list(&run.notes);
    }
    if !obstacles.is_empty() {
        let reasons: Vec<String> = obstacles.into_iter().map(|o| o.message).collect();
        page.says("", &Cell::new("Not compared with the phase before:"), "");
        page.list(&reasons);
    }
    phase.limits(page);
    phase.throughput(page);
    phase.latency(page);
    phase.memory(page);
    phase.scalability(page);
    phase.breakdown(page);
    if let Some(base) = base {
        phase.summary(page, &short_id(&base.id), &short_id(&run.id));
    }
}

/// The backend with its version: what changes from phase to phase.
fn name(run: &KeptRun<'_>) -> String {
    let backend = header::backend(run.result);
    backend.split(" · ").next().unwrap_or_default().to_owned()
}

fn configuration(page: &mut Page, run: &KeptRun<'_>, day: &str) {
    let result = run.result;
    let model = &result.model;
    let mut device = machine::accelerators(&result.fingerprint);
    device.push(machine::line(&result.fingerprint));
    let size = model.size_bytes.ok_or_else(|| "nobody states the size of the weights".to_owned());
    let shape = model.shape.as_ref().and_then(|shape| {
        let parts = [
            shape.layers.map(|n| format!("{n} layers")),
            shape.heads.map(|n| format!("{n} heads")),
            shape.kv_heads.map(|n| format!("{n} KV heads")),
            shape.head_dim.map(|n| format!("{n} a head")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    });
    let no_shape = Err("the shape of the model is not known".to_owned());
    let dimensions = match shape {
        Some(shape) => Cell::new(shape),
        None => page.cell(&no_shape, |_| String::new()),
    };
    let size = page.cell(&size.map(|size| size as f64), |size| bytes(size as u64));
    let suite = format!("{} {:?}", result.suite.pin, result.suite.profile).to_lowercase();
    page.heading(2, "Test Configuration");
    let facts = vec![
        ("Device", Cell::new(device.join("; "))),
        ("Model", Cell::new(header::model(result))),
        ("Model Size", size),
        ("Dimensions", dimensions),
        ("Date", Cell::new(day)),
        ("Suite", Cell::new(suite)),
    ];
    page.facts(["Parameter", "Value"], facts);
}

impl<'a> Phase<'a> {
    /// Heads with the column of changes, where there is a base.
    pub(super) fn heads<'h>(&'h self, heads: &[&'h str]) -> Vec<&'h str> {
        heads.iter().copied().chain(self.against.as_deref()).collect()
    }

    /// A row with its change, where there is a base.
    pub(super) fn row(
        &self,
        mut cells: Vec<Cell>,
        figure: impl Fn(&'a RunResult) -> Figure,
    ) -> Vec<Cell> {
        if let Some(base) = self.base {
            cells.push(Change::between(&figure(base), &figure(self.result)).into());
        }
        cells
    }

    /// Both phases side by side, and what stands out.
    fn summary(&self, page: &mut Page, old: &str, new: &str) {
        let Some(base) = self.base else { return };
        let mut rows = Vec::new();
        let mut insights = Vec::new();
        for (name, workload, metric, unit) in SUMMARY {
            let sides = (of(base, workload, metric), of(self.result, workload, metric));
            let (Ok(a), Ok(b)) = sides else { continue };
            let change = Change::between(&Ok(a), &Ok(b));
            let show = |value: f64| Cell::new(format!("{} {unit}", short(value)));
            rows.push(vec![Cell::new(name), show(a), show(b), change.into()]);
            if let Change::By(share) = change
                && share.abs() >= 0.05
            {
                let goodness = if unit == "ms" { a / b } else { b / a };
                let better = goodness > 1.0;
                let (factor, word) =
                    if better { (goodness, "better") } else { (1.0 / goodness, "worse") };
                insights.push((better, name, format!("{name}: {factor:.2}× {word}")));
            }
        }
        if rows.is_empty() {
            return;
        }
        page.heading(2, &format!("{new} vs {old} Summary"));
        page.table(&["Metric", old, new, "Change"], &rows);
        if insights.is_empty() {
            return;
        }
        page.says("", &Cell::new("Key insights:"), "");
        let has = |better: bool, wanted: &str| {
            insights.iter().any(|(b, name, _)| *b == better && *name == wanted)
        };
        let split = has(true, "TPOT") && !has(true, "Single request");
        let mut lines: Vec<String> = insights.iter().map(|(.., line)| line.clone()).collect();
        if split {
            lines.push(
                "TPOT got better and the throughput of a request did not: something else \
                        than decode takes the time"
                    .to_owned(),
            );
        }
        page.list(&lines);
    }
}
