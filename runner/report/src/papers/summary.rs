//! A screen of text on one workload of a run.

use tachograph_metrics::{
    Quantile, e2e, percentile,
    report::{answered, measured},
};
use tachograph_model::{RunResult, Sample, WorkloadResult, WorkloadStatus};

use super::figures::{Figure, of};
use crate::{
    footnotes::Footnotes,
    machine,
    number::{UNMEASURED, bytes, parameters, short},
    style::Style,
    terminal::header,
    text::{clean, hanging},
};

/// Workloads in the order in which one is taken: those of single streams first.
const PREFERRED: [&str; 4] = ["chat-short", "prompt-latency", "endurance", "chat-long"];

/// Latency, throughput, token timing and memory of one workload: the one named,
/// else the first that was measured out of the single-stream ones.
///
/// Latency is the time of a whole answer. A percentile without enough requests is a
/// dash with the number that it needs.
pub fn summary(result: &RunResult, workload: Option<&str>) -> String {
    let entry = chosen(result, workload);
    let id = entry.map_or("", |entry| entry.id.as_str());
    let samples = entry.map_or(Vec::new(), |entry| answered(&measured(&entry.samples)));
    let mut text = Text::default();
    let model = &result.model;
    let size = model.parameters.map(|n| format!(" ({} params)", parameters(n)));
    text.head("Model", &format!("{}{}", model.id, size.unwrap_or_default()));
    text.head("Engine", &header::backend(result));
    text.head("Platform", &platform(result));
    text.head("RAM", &bytes(result.fingerprint.memory.total_bytes));
    text.head("Workload", if id.is_empty() { UNMEASURED } else { id });
    text.head("Iterations", &samples.len().to_string());

    let times: Vec<f64> = samples.iter().filter_map(|s| Some(e2e(s).ok()?.as_ms())).collect();
    let mean = || times.iter().sum::<f64>() / times.len() as f64;
    let none = || "no request was answered".to_owned();
    text.section("Latency");
    text.figure("avg", if times.is_empty() { Err(none()) } else { Ok(mean()) }, ms);
    for (name, quantile) in [("p50", Quantile::P50), ("p95", Quantile::P95), ("p99", Quantile::P99)]
    {
        text.figure(name, percentile(&times, quantile).map_err(|why| why.to_string()), ms);
    }
    text.section("Throughput");
    text.figure("avg", of(result, id, "decode_tps"), rate);
    let peak = samples.iter().filter_map(|sample| speed(sample)).reduce(f64::max);
    text.figure("peak", peak.ok_or_else(none), rate);
    text.section("Token Timing");
    text.figure("TTFT", of(result, id, "ttft_ms"), ms);
    text.figure("TPOT", of(result, id, "tpot_ms"), ms);
    text.section("Memory");
    text.figure("peak", memory(result), |size| bytes(size as u64));
    text.done()
}

fn ms(value: f64) -> String {
    format!("{} ms", short(value))
}

fn rate(value: f64) -> String {
    format!("{} tok/s", short(value))
}

fn chosen<'r>(result: &'r RunResult, workload: Option<&str>) -> Option<&'r WorkloadResult> {
    let find = |id: &str| result.workloads.iter().find(|entry| entry.id.as_str() == id);
    let gave = |entry: &&WorkloadResult| {
        matches!(entry.report.status, WorkloadStatus::Measured | WorkloadStatus::Partial)
    };
    match workload {
        Some(id) => find(id),
        None => PREFERRED
            .iter()
            .filter_map(|id| find(id))
            .find(gave)
            .or_else(|| result.workloads.iter().find(gave)),
    }
}

/// `linux-x86_64 (AMD EPYC)`, with the accelerators where there are any.
fn platform(result: &RunResult) -> String {
    let machine = &result.fingerprint;
    let mut chips = machine::accelerators(machine);
    chips.extend(machine.cpu.model.clone());
    let place = format!("{}-{}", machine.os.family, machine.cpu.arch);
    match chips.is_empty() {
        true => place,
        false => format!("{place} ({})", chips.join("; ")),
    }
}

/// The decode rate of one answer: its tokens but the first, over the time from its
/// first token to its last.
fn speed(sample: &Sample) -> Option<f64> {
    let tokens = sample.tokens.output?.checked_sub(1).filter(|&tokens| tokens > 0)?;
    let time = sample.times.last_token_ns?.checked_sub(sample.times.first_token_ns?)?;
    (time > 0).then(|| tokens as f64 * 1e9 / time as f64)
}

/// The most that the backend's processes held at once.
fn memory(result: &RunResult) -> Figure {
    let tree = result.telemetry.as_ref().and_then(|telemetry| telemetry.processes.as_ref());
    match tree {
        Some(tree) => Ok(tree.rss_bytes.max as f64),
        None => Err("only the memory of a backend that the run started is watched".to_owned()),
    }
}

/// Lines of names and values, with the reasons for dashes at their end.
#[derive(Default)]
struct Text {
    out: String,
    reasons: Footnotes,
}

impl Text {
    fn head(&mut self, name: &str, value: &str) {
        for line in hanging(&format!("{:<12}", format!("{name}:")), &clean(value), 80) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    fn section(&mut self, name: &str) {
        self.out.push_str(&format!("\n{name}:\n"));
    }

    fn figure(&mut self, name: &str, figure: Figure, show: impl Fn(f64) -> String) {
        let value = match figure {
            Ok(value) => show(value),
            Err(reason) => format!("{UNMEASURED}{}", self.reasons.mark(&reason)),
        };
        self.out.push_str(&format!("  {:<10}{value}\n", format!("{name}:")));
    }

    fn done(mut self) -> String {
        let notes = self.reasons.render(Style::plain(80), 0);
        if !notes.is_empty() {
            self.out.push_str(&format!("\n{notes}"));
        }
        self.out
    }
}
