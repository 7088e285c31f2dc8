//! Runs side by side: what changed, how sure that is, and why not to ask.

use tachograph_metrics::compare::{
    Comparison, Difference, Direction, Figure, Overall, Pair, RunLabel, Tally, Verdict,
    WorkloadPair,
};
use tachograph_model::{Metric, MetricSource};

use crate::{
    date::utc,
    footnotes::Footnotes,
    names,
    number::{UNMEASURED, fixed, thousands},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{cut, cut_middle, hanging},
};

/// The figures that a short comparison shows.
const SHOWN: [&str; 13] = [
    "ttft_ms",
    "ttfo_ms",
    "prefill_tps",
    "decode_tps",
    "decode_p95_latency_ms",
    "aggregate_tps",
    "stream_tps",
    "e2e_ms",
    "model_ms",
    "prefill_kept_per_doubling",
    "decode_kept_per_doubling",
    "prefix_cache_hit_rate",
    "tool_call_validity",
];

/// A comparison as text. `full` shows every figure that both runs have.
pub fn comparison_text(comparison: &Comparison, full: bool, style: Style) -> String {
    let mut out = String::new();
    for (index, pair) in comparison.against.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&pair_text(&comparison.baseline, pair, letter(index + 1), full, style));
    }
    out
}

/// A comparison as indented JSON with a newline at its end.
pub fn comparison_json(comparison: &Comparison) -> String {
    // A comparison has only text keys, so it always has a JSON form.
    serde_json::to_string_pretty(comparison).map(|text| text + "\n").unwrap_or_default()
}

/// What runs are called: A, B, …; beyond 26, `?`.
fn letter(index: usize) -> char {
    u8::try_from(index).ok().filter(|&i| i < 26).map_or('?', |i| char::from(b'A' + i))
}

fn pair_text(a: &RunLabel, pair: &Pair, b: char, full: bool, style: Style) -> String {
    let mut out = String::new();
    if !pair.obstacles.is_empty() {
        out.push_str(&style.paint(Ink::Bad, "not comparable"));
        out.push('\n');
        for obstacle in &pair.obstacles {
            paragraph(&mut out, "  ! ", &obstacle.message, Ink::Bad, style);
        }
    }
    let mut heads = Table::new(vec![
        Column::left(""),
        Column::left(""),
        Column::left(""),
        Column::left("").name(),
        Column::left("").name(),
    ]);
    for (name, run) in [('A', a), (b, &pair.run)] {
        heads.row(vec![
            Cell::new(Ink::Strong, &name.to_string()),
            Cell::plain(short_id(&run.id)),
            Cell::plain(utc(run.started_unix_s).trim_end_matches(" UTC")),
            Cell::plain(cut(&run.backend, 24)),
            Cell::plain(cut_middle(&run.model, 40)),
        ]);
    }
    out.push_str(&heads.render(style, 0));
    if let Some(subject) = subject(a, pair, b) {
        paragraph(&mut out, "", &subject, Ink::Plain, style);
    }
    for note in &pair.notes {
        paragraph(&mut out, "  · ", &sided(note, b), Ink::Quiet, style);
    }
    let mut notes = Footnotes::default();
    for workload in &pair.workloads {
        out.push('\n');
        out.push_str(&workload_text(workload, b, full, &mut notes, style));
    }
    let notes = notes.render(style, 2);
    if !notes.is_empty() {
        out.push('\n');
        out.push_str(&notes);
    }
    if pair.obstacles.is_empty() {
        out.push('\n');
        let (ink, text) = overall(pair, b);
        paragraph(&mut out, "", &text, ink, style);
    }
    out
}

/// A note that speaks of B, for the letter that this run has.
fn sided(note: &str, b: char) -> String {
    if b == 'B' { note.to_owned() } else { note.replace(" in B", &format!(" in {b}")) }
}

/// The suite, where it is one, and what is compared.
fn subject(a: &RunLabel, pair: &Pair, b: char) -> Option<String> {
    let suite = if a.suite == pair.run.suite { format!("{}; ", a.suite) } else { String::new() };
    if pair.identical {
        return Some(format!("{suite}A and {b} are the same result"));
    }
    match &pair.differences[..] {
        [] if pair.obstacles.is_empty() => {
            Some(format!("{suite}nothing sets A and {b} apart but the time"))
        }
        [] => None,
        all => {
            let each = |d: &Difference| format!("{} ({} and {})", d.key, d.a, d.b);
            let each: Vec<String> = all.iter().map(each).collect();
            Some(format!("{suite}compared: {}", each.join(", ")))
        }
    }
}

fn workload_text(
    pair: &WorkloadPair,
    b: char,
    full: bool,
    notes: &mut Footnotes,
    style: Style,
) -> String {
    let mut figures: Vec<&Figure> = pair
        .figures
        .iter()
        .filter(|f| f.a.is_some() || f.b.is_some())
        .filter(|f| full || (f.rule.is_some() && SHOWN.contains(&f.metric.as_str())))
        .collect();
    let row = |figure: &Figure| figure.at.as_ref().map(|(_, at)| *at);
    figures.sort_by_key(|figure| (row(figure), names::position(&figure.metric)));
    let mut table = Table::new(vec![
        Column::left(&cut(&pair.workload, 22)).flexible(),
        Column::left(""),
        Column::right("A"),
        Column::right(&b.to_string()),
        Column::right("change"),
        Column::right("95 %"),
        Column::right("factor"),
        Column::left("verdict"),
    ]);
    for figure in figures {
        let (ink, word) = verdict(figure);
        let mut last = Cell::new(ink, word);
        if let Some(why) = &figure.reason {
            last = last.marked(&notes.mark(&sided(why, b)));
        }
        let (a, b, unit) = values(figure);
        table.row(vec![
            Cell::plain(name(figure)),
            Cell::new(Ink::Quiet, &unit),
            Cell::plain(a),
            Cell::plain(b),
            Cell::plain(figure.change.map_or_else(|| UNMEASURED.to_owned(), percent)),
            Cell::new(Ink::Quiet, &interval(figure)),
            Cell::plain(figure.factor.map_or_else(String::new, |f| format!("{}×", fixed(f, 2)))),
            last,
        ]);
    }
    table.render(style, 0)
}

/// The name of a figure behind the row that it is of: `32k decode`.
fn name(figure: &Figure) -> String {
    let label = match &figure.at {
        Some(_) => names::head(&figure.metric),
        None => names::label(&figure.metric),
    };
    match &figure.at {
        Some((_, at)) if *at >= 1024 && at % 1024 == 0 => format!("{}k {label}", at / 1024),
        Some((key, at)) if key == "streams" => format!("{at}× {label}"),
        Some((_, at)) => format!("{at} {label}"),
        None => label,
    }
}

/// Both values in one unit, and that unit.
fn values(figure: &Figure) -> (String, String, String) {
    let metric = |value: f64| Metric::measured(value, &figure.unit, 1, MetricSource::Client);
    let shown = |value: Option<f64>| names::value(&figure.metric, &metric(value?));
    let (a, b) = (shown(figure.a), shown(figure.b));
    match (a, b) {
        (Some((a, unit)), Some((b, other))) if unit == other => (a, b, unit),
        // Seconds beside milliseconds: both in milliseconds.
        (Some(_), Some(_)) => {
            let whole = |value: Option<f64>| {
                value.map_or_else(String::new, |value| thousands(value.round() as u64))
            };
            (whole(figure.a), whole(figure.b), figure.unit.clone())
        }
        (a, b) => {
            let unit = a.as_ref().or(b.as_ref()).map(|(_, unit)| unit.clone()).unwrap_or_default();
            let text = |side: Option<(String, String)>| {
                side.map_or_else(|| UNMEASURED.to_owned(), |(text, _)| text)
            };
            (text(a), text(b), unit)
        }
    }
}

/// A change as `+3.1 %`.
pub(crate) fn percent(change: f64) -> String {
    let percent = change * 100.0;
    let decimals = if percent.abs() >= 99.95 { 0 } else { 1 };
    let text = fixed(percent, decimals);
    let plus = percent > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    format!("{}{text} %", if plus { "+" } else { "" })
}

/// The ends of the change: `-11.2…-8.8`.
fn interval(figure: &Figure) -> String {
    let Some(interval) = &figure.interval else { return UNMEASURED.to_owned() };
    match interval.method {
        "identical" => String::new(),
        "range" => UNMEASURED.to_owned(),
        _ => {
            let end = |ratio: f64| percent(ratio - 1.0).trim_end_matches(" %").to_owned();
            format!("{}…{}", end(interval.low), end(interval.high))
        }
    }
}

fn verdict(figure: &Figure) -> (Ink, &'static str) {
    let less = figure.rule.is_some_and(|rule| rule.direction == Direction::Lower);
    // A share is no speed.
    let share = figure.unit == "ratio";
    match figure.verdict {
        Some(Verdict::Faster) if share => (Ink::Good, if less { "less" } else { "better" }),
        Some(Verdict::Slower) if share => (Ink::Bad, if less { "more" } else { "worse" }),
        Some(Verdict::Faster) => (Ink::Good, "faster"),
        Some(Verdict::Slower) => (Ink::Bad, "slower"),
        Some(Verdict::Equivalent) => (Ink::Plain, "equivalent"),
        Some(Verdict::Unclear) => (Ink::Doubt, "unclear"),
        None if figure.reason.is_some() => (Ink::Quiet, UNMEASURED),
        None => (Ink::Quiet, ""),
    }
}

/// The line that ends a comparison.
fn overall(pair: &Pair, b: char) -> (Ink, String) {
    let Tally { faster, slower, equivalent, unclear } = pair.tally;
    let (ink, word) = match pair.overall {
        Overall::Faster => (Ink::Good, format!("{b} is faster than A")),
        Overall::Slower => (Ink::Bad, format!("{b} is slower than A")),
        Overall::Equivalent => (Ink::Good, format!("{b} and A are equivalent")),
        Overall::Mixed => (Ink::Doubt, format!("{b} is faster than A in part, slower in part")),
        Overall::Unclear => (Ink::Doubt, format!("{b} against A is unclear")),
    };
    let counts =
        [(faster, "faster"), (slower, "slower"), (equivalent, "equivalent"), (unclear, "unclear")];
    let named = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
    let named: Vec<String> = named.collect();
    let many = if pair.tally.total() == 1 { "figure" } else { "figures" };
    (ink, format!("{word}: of {} deciding {many}, {}", pair.tally.total(), named.join(", ")))
}

pub(crate) fn short_id(id: &str) -> String {
    id.strip_prefix("sha256:").unwrap_or(id).chars().take(8).collect()
}

/// A text that hangs behind its head, painted.
pub(crate) fn paragraph(out: &mut String, head: &str, text: &str, ink: Ink, style: Style) {
    for line in hanging(head, text, style.columns()) {
        out.push_str(&style.paint(ink, &line));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use tachograph_metrics::compare::{Key, Obstacle, RatioInterval, Rule, rule};

    use super::*;
    use crate::fixture;

    fn label(id: &str, backend: &str) -> RunLabel {
        RunLabel {
            id: format!("sha256:{}", id.repeat(16)),
            started_unix_s: 1_795_313_100,
            backend: backend.into(),
            model: "qwen3-8b-q4_k_m.gguf".into(),
            quantization: "Q4_K_M".into(),
            suite: "suite-v2 standard".into(),
        }
    }

    fn figure(metric: &str, unit: &str, a: f64, b: f64, verdict: Verdict) -> Figure {
        let rule: Option<Rule> = rule(metric, unit);
        let ratio = b / a;
        let up = rule.is_some_and(|rule| rule.direction == Direction::Higher);
        Figure {
            metric: metric.into(),
            at: None,
            unit: unit.into(),
            a: Some(a),
            b: Some(b),
            ratio: Some(ratio),
            change: Some(ratio - 1.0),
            factor: Some(if up { ratio } else { 1.0 / ratio }),
            interval: Some(RatioInterval {
                low: ratio * 0.98,
                high: ratio * 1.02,
                method: "bootstrap-95",
            }),
            trials: 5,
            rule,
            verdict: rule.map(|_| verdict),
            more_trials: None,
            reason: (verdict == Verdict::Unclear)
                .then(|| "needs about 7 more trials in each run".into()),
        }
    }

    fn comparison() -> Comparison {
        let mut curve = figure("aggregate_tps", "tok/s", 1_412.0, 1_020.0, Verdict::Slower);
        curve.at = Some(("streams".into(), 16));
        let mut deep = figure("prefill_tps", "tok/s", 8_421.0, 8_400.0, Verdict::Equivalent);
        deep.at = Some(("context".into(), 131_072));
        let mut missing = figure("decode_p95_latency_ms", "ms", 13.0, 13.0, Verdict::Equivalent);
        (missing.b, missing.ratio, missing.change, missing.factor) = (None, None, None, None);
        (missing.interval, missing.verdict) = (None, None);
        missing.reason = Some("B: n = 47; p95 needs 59".into());
        let pair = Pair {
            run: label("c1", "llama.cpp b8000"),
            identical: false,
            differences: vec![Difference {
                key: Key::BackendVersion,
                a: "b7423".into(),
                b: "b8000".into(),
            }],
            obstacles: vec![],
            notes: vec!["chat-long is in A only".into(), "chat-short: warm-cache in B".into()],
            workloads: vec![
                WorkloadPair {
                    workload: "chat-short".into(),
                    figures: vec![
                        missing,
                        figure("decode_tps", "tok/s", 81.24, 73.1, Verdict::Slower),
                        figure("prompt_tokens", "tokens", 128.0, 128.0, Verdict::Equivalent),
                        figure("ttft_ms", "ms", 31.24, 15.4, Verdict::Faster),
                        figure("e2e_ms", "ms", 9_900.0, 10_100.0, Verdict::Unclear),
                    ],
                },
                WorkloadPair { workload: "long-context-decay".into(), figures: vec![deep] },
                WorkloadPair { workload: "concurrent-decode".into(), figures: vec![curve] },
            ],
            tally: Tally { faster: 1, slower: 2, equivalent: 1, unclear: 0 },
            overall: Overall::Mixed,
        };
        Comparison {
            kind: "comparison",
            schema: 1,
            baseline: label("0f", "llama.cpp b7423"),
            against: vec![pair],
        }
    }

    #[test]
    fn two_runs() {
        let text = comparison_text(&comparison(), false, Style::plain(80));
        insta::assert_snapshot!("compare", fixture::fits(&text));
        let full = comparison_text(&comparison(), true, Style::plain(80));
        assert!(fixture::fits(&full).contains("prompt tokens"), "{full}");
    }

    #[test]
    fn reasons_come_before_the_figures() {
        let mut refused = comparison();
        let pair = &mut refused.against[0];
        pair.workloads.truncate(1);
        pair.notes.clear();
        pair.obstacles = vec![
            Obstacle {
                code: "other-profile",
                workload: None,
                message: "the profiles differ: quick and standard".into(),
            },
            Obstacle {
                code: "too-few-trials",
                workload: None,
                message: "too few trials, 1 and 5: a verdict needs 5 in each run".into(),
            },
        ];
        let text = comparison_text(&refused, false, Style::plain(80));
        insta::assert_snapshot!("compare_refused", fixture::fits(&text));
        assert!(!text.contains("deciding"), "no verdict on what may not be compared");
    }

    #[test]
    fn the_json_has_every_figure() {
        let json: serde_json::Value =
            serde_json::from_str(&comparison_json(&comparison())).unwrap();
        assert_eq!(json["kind"], "comparison");
        let figure = &json["against"][0]["workloads"][0]["figures"][1];
        assert_eq!(
            (&figure["metric"], &figure["verdict"]),
            (&"decode_tps".into(), &"slower".into())
        );
        assert_eq!(figure["rule"]["direction"], "higher");
        assert_eq!(json["against"][0]["differences"][0]["key"], "backend-version");
    }

    #[test]
    fn colour_changes_no_position_and_odd_names_break_nothing() {
        let mut odd = comparison();
        let plain = comparison_text(&odd, true, Style::plain(80));
        let colored = comparison_text(&odd, true, Style { width: 80, color: true });
        assert_eq!(fixture::without_color(&colored), plain);
        odd.baseline.model = fixture::nasty("model");
        odd.baseline.backend = fixture::nasty("backend");
        odd.against[0].notes.push(fixture::nasty("note"));
        odd.against[0].differences[0].a = fixture::nasty("version");
        let first = &mut odd.against[0].workloads[0];
        first.workload = fixture::nasty("workload");
        first.figures[0].metric = fixture::nasty("metric");
        first.figures[0].reason = Some(fixture::nasty("reason"));
        first.figures[1].b = Some(1e300);
        fixture::fits(&comparison_text(&odd, true, Style::plain(80)));
    }

    #[test]
    fn signs() {
        let cases = [
            (0.031, "+3.1 %"),
            (-0.1, "-10.0 %"),
            (1.882, "+188 %"),
            (0.0, "0.0 %"),
            (-1e-9, "0.0 %"),
        ];
        for (change, want) in cases {
            assert_eq!(percent(change), want);
        }
    }
}
