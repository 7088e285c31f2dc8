//! Performance notes: one run, with a row for each of its repetitions.

use tachograph_model::{Phase, Row, RunResult, SampleStatus};

use super::{
    figures::{Figure, at, of, part},
    page::{Cell, Page},
};
use crate::{
    date::utc,
    history::KeptRun,
    machine,
    number::{UNMEASURED, fixed, percent},
    terminal::header,
};

/// The workload that the notes are on.
const ID: &str = "endurance";
const MEGA: f64 = 1e6;
/// The columns of the comparative table behind device and run: metric, its unit in
/// the result over the one shown, and decimals.
const COLUMNS: [(&str, f64, usize); 10] = [
    ("total_output_tokens", 1.0, 0),
    ("wall_ms", 1e3, 3),
    ("true_tps", 1.0, 3),
    ("decode_p50_latency_ms", 1.0, 3),
    ("decode_p95_latency_ms", 1.0, 3),
    ("rss_peak_bytes", MEGA, 3),
    ("pss_peak_bytes", MEGA, 3),
    ("vms_peak_bytes", MEGA, 3),
    ("minor_faults", 1.0, 0),
    ("major_faults", 1.0, 0),
];
/// How an engine shares equal weights, and the files that it keeps for that.
const DEDUPLICATION: [&str; 4] =
    ["Policy", "Cache", "Artifacts (bytes)", "Artifacts (Σ) over model file"];
/// How an engine was started.
const PARAMETERS: [&str; 5] = ["Threads", "Batch", "Prefetch", "Pretranspose", "Affinity"];
const HEADS: [&str; 12] = [
    "Device",
    "Run",
    "Tokens",
    "Wall (s)",
    "TPS",
    "p50 (ms)",
    "p95 (ms)",
    "RSS peak (MB)",
    "PSS peak (MB)",
    "VMS peak (MB)",
    "minflt",
    "majflt",
];

/// Notes on one run of `endurance`: true tokens a second (Σ tokens ÷ Σ time), the
/// latency of a token, memory and what moved through it, the conditions, and a table
/// of twelve columns with a row for each repetition. Megabytes are 10⁶ bytes.
pub fn performance_notes(run: &KeptRun<'_>) -> String {
    let result = run.result;
    let mut page = Page::default();
    page.heading(1, "Performance Notes");
    page.says("_Last updated: ", &Cell::new(utc(result.started_unix_s)), "_");
    let device = device(result);
    let rate =
        page.cell(&of(result, ID, "true_tps"), |tps| format!("{device} — {}", fixed(tps, 3)));
    page.says("Best true TPS: ", &rate, ".");
    page.heading(2, &format!("{device} — Summary"));
    let values = [
        ("Runs", "runs", 1.0, 0, ""),
        ("Tokens generated (Σ)", "total_output_tokens", 1.0, 0, ""),
        ("Wall time (Σ)", "total_wall_ms", 1e3, 3, " s"),
        ("True TPS (Σ tokens / Σ time)", "true_tps", 1.0, 3, ""),
    ];
    values_of(&mut page, result, &values);
    page.heading(2, "Latency");
    let values = [
        ("p50 (mean across runs)", "decode_p50_mean_ms", 1.0, 3, " ms"),
        ("p95 (mean across runs)", "decode_p95_mean_ms", 1.0, 3, " ms"),
        ("p50 (over all tokens)", "decode_p50_latency_ms", 1.0, 3, " ms"),
        ("p95 (over all tokens)", "decode_p95_latency_ms", 1.0, 3, " ms"),
    ];
    values_of(&mut page, result, &values);
    memory(&mut page, result);
    conditions(&mut page, result);
    if !run.notes.is_empty() {
        page.heading(2, "Notes");
        page.list(&run.notes);
    }
    comparative(&mut page, result, &device);
    page.done()
}

/// The part of the machine that the run names: an accelerator, else the processor.
fn device(result: &RunResult) -> String {
    let machine = &result.fingerprint;
    match machine::accelerators(machine).first() {
        Some(first) => first.split(',').next().unwrap_or("GPU").to_owned(),
        None => machine.cpu.model.clone().unwrap_or_else(|| "CPU".to_owned()),
    }
}

fn values_of(page: &mut Page, result: &RunResult, values: &[(&str, &str, f64, usize, &str)]) {
    let mut shown = Vec::new();
    for (name, metric, over, decimals, unit) in values {
        let figure = of(result, ID, metric);
        let value = page.cell(&figure, |v| format!("{}{unit}", fixed(v / over, *decimals)));
        shown.push((*name, value));
    }
    page.values(&shown);
}

/// The mean and the largest of a column over the repetitions.
fn mean_and_max(page: &mut Page, rows: &[Row], metric: &str) -> Cell {
    let values: Result<Vec<f64>, String> = rows.iter().map(|row| at(row, metric)).collect();
    let both = values.and_then(|values| {
        let most = values.iter().copied().reduce(f64::max);
        let most = most.ok_or_else(|| "there is no repetition".to_owned())?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Ok((mean, most))
    });
    match both {
        Ok((mean, most)) => {
            Cell::new(format!("{} MB / {} MB", fixed(mean / MEGA, 3), fixed(most / MEGA, 3)))
        }
        Err(reason) => page.cell(&Err(reason), |_| String::new()),
    }
}

fn memory(page: &mut Page, result: &RunResult) {
    page.heading(2, "Spatial Complexity (memory and cache)");
    let rows = part(result, ID, "run", "true_tps").map_or(&[][..], |part| &part.rows[..]);
    let peak = mean_and_max(page, rows, "rss_peak_bytes");
    let hits = page.cell(&cache(result), |_| cache_words(result));
    page.values(&[("RSS peak (mean / max)", peak), ("KV cache", hits)]);
    let values = [
        ("Bytes per token", "bytes_per_token", MEGA, 1, " MB/token"),
        ("Bytes touched (Σ)", "bytes_touched", 1e9, 1, " GB"),
        ("Working-set coverage (bytes per token / model)", "working_set_coverage", 1.0, 6, ""),
        ("Effective bandwidth", "effective_bandwidth", 1e9, 2, " GB/s"),
    ];
    values_of(page, result, &values);
    page.heading(3, "Memory Details");
    let details =
        [("PSS peak (mean / max)", "pss_peak_bytes"), ("VMS peak (mean / max)", "vms_peak_bytes")]
            .map(|(name, metric)| (name, mean_and_max(page, rows, metric)));
    page.values(&details);
    let values = [
        ("RSS floor", "rss_floor_bytes", MEGA, 3, " MB"),
        ("RSS delta vs baseline", "rss_delta_bytes", MEGA, 3, " MB"),
        ("Page faults, minor (Σ)", "minor_faults", 1.0, 0, ""),
        ("Page faults, major (Σ)", "major_faults", 1.0, 0, ""),
        ("Swap in (Σ)", "swap_in_bytes", MEGA, 1, " MB"),
        ("Swap out (Σ)", "swap_out_bytes", MEGA, 1, " MB"),
    ];
    values_of(page, result, &values);
    page.heading(3, "Deduplication");
    unstated(page, &DEDUPLICATION);
}

/// What no driver can ask a backend for yet: dashes, each with that reason.
fn unstated(page: &mut Page, names: &[&'static str]) {
    let why: Figure = Err("the backend does not state it".to_owned());
    let values: Vec<_> =
        names.iter().map(|name| (*name, page.cell(&why, |_| String::new()))).collect();
    page.values(&values);
}

/// Cached and all prompt tokens of the measured requests, where every one says.
fn tokens(result: &RunResult) -> Result<(u64, u64), String> {
    let entry = result.workloads.iter().find(|entry| entry.id.as_str() == ID);
    let samples = entry.map_or(&[][..], |entry| &entry.samples[..]);
    let done = samples.iter().filter(|s| s.phase == Phase::Measure && s.status == SampleStatus::Ok);
    let both = done.map(|s| s.tokens.cached.zip(s.tokens.prompt));
    let both: Option<Vec<(u64, u64)>> = both.collect();
    match both {
        Some(all) if !all.is_empty() => {
            Ok(all.iter().fold((0, 0), |(c, n), (cached, prompt)| (c + cached, n + prompt)))
        }
        _ => Err("the server does not say which prompt tokens came from its cache".to_owned()),
    }
}

fn cache(result: &RunResult) -> Figure {
    tokens(result).map(|(cached, _)| cached as f64)
}

fn cache_words(result: &RunResult) -> String {
    let (cached, all) = tokens(result).unwrap_or_default();
    let share = if all > 0 { cached as f64 / all as f64 } else { 0.0 };
    format!("{cached} of {all} prompt tokens reused ({})", percent(share))
}

fn conditions(page: &mut Page, result: &RunResult) {
    let suite = format!("{} {:?}", result.suite.pin, result.suite.profile).to_lowercase();
    let output = page.cell(&of(result, ID, "output_tokens"), |tokens| fixed(tokens, 0));
    page.heading(2, "Run Parameters and Conditions");
    let settings = &result.suite.overrides;
    let settings: Vec<String> = settings.iter().map(|(k, v)| format!("{k} = {v}")).collect();
    let settings = if settings.is_empty() { "none".to_owned() } else { settings.join(", ") };
    page.values(&[
        ("Engine", Cell::new(header::backend(result))),
        ("Origin", Cell::new(header::origin(&result.backend))),
        ("Suite", Cell::new(suite)),
        ("Precision", Cell::new(&result.model.quantization)),
        ("New tokens", output),
        ("Changed settings", Cell::new(settings)),
    ]);
    unstated(page, &PARAMETERS);
    let machine = &result.fingerprint;
    let unknown = |what: Option<&String>| what.map_or(UNMEASURED, String::as_str).to_owned();
    let size = result.model.size_bytes.ok_or_else(|| "nobody states it".to_owned());
    let size = page.cell(&size.map(|s| s as f64), |s| format!("{} GB", fixed(s / 1e9, 3)));
    page.heading(2, "System and Model");
    page.values(&[
        ("CPU", Cell::new(unknown(machine.cpu.model.as_ref()))),
        ("Logical cores", Cell::new(machine.cpu.logical_cores.to_string())),
        ("RAM", Cell::new(format!("{} GB", fixed(machine.memory.total_bytes as f64 / 1e9, 1)))),
        ("OS", Cell::new(unknown(machine.os.name.as_ref()))),
        ("Kernel", Cell::new(unknown(machine.os.kernel.as_ref()))),
        ("Model", Cell::new(header::model(result))),
        ("Model size", size),
    ]);
}

fn comparative(page: &mut Page, result: &RunResult, device: &str) {
    let Some(table) = part(result, ID, "run", "true_tps") else { return };
    page.heading(2, "Comparative Runs");
    let mut rows = Vec::new();
    for each in &table.rows {
        let mut cells = vec![Cell::new(device), Cell::new(each.at.to_string())];
        for (metric, over, decimals) in COLUMNS {
            cells.push(page.cell(&at(each, metric), |value| fixed(value / over, decimals)));
        }
        rows.push(cells);
    }
    page.table(&HEADS, &rows);
}
