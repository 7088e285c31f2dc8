//! The figures of a report that only the host can read: memory and heat of the
//! stretches in which a workload's steps ran.
//!
//! A workload's plugin names these figures and leaves them null. What a plugin
//! may have written in their place is overwritten.

use std::collections::BTreeSet;

use tachograph_model::{Metric, MetricSource, Phase, Row, Sample, WorkloadResult};
use tachograph_probe::{Stretch, TreeStretch};

use crate::watch::label;

/// The unit and the value of a figure over some stretches.
type Reading = (&'static str, Result<f64, &'static str>);

const NOT_FOLLOWED: &str = "the backend's processes were not followed";
const NO_SENSOR: &str = "no thermal sensor could be read";
const NO_SWAP: &str = "the system does not tell what was swapped";
const NO_PSS: &str =
    "not read in these steps: the kernel walks page tables for it, so it is read seldom";

/// Fills in what was observed while the workload's measured steps ran.
pub(crate) fn fill(workload: &mut WorkloadResult, stretches: &[Stretch]) {
    let WorkloadResult { id, report, samples, .. } = workload;
    let of = |samples: &mut dyn Iterator<Item = &Sample>| -> Vec<&Stretch> {
        let measured = samples.filter(|sample| sample.phase == Phase::Measure);
        let steps: BTreeSet<&str> = measured.map(|sample| sample.step.as_str()).collect();
        let labels: BTreeSet<String> =
            steps.into_iter().map(|step| label(id.as_str(), step)).collect();
        stretches.iter().filter(|stretch| labels.contains(&stretch.label)).collect()
    };
    let all = of(&mut samples.iter());
    if all.iter().any(|stretch| stretch.processes.is_some()) {
        let peak = Metric::unmeasured("bytes", 0, MetricSource::Client, "");
        report.summary.entry("rss_peak_bytes".to_owned()).or_insert(peak);
    }
    for (name, metric) in &mut report.summary {
        observe(name, metric, &all);
    }
    for part in &mut report.parts {
        for Row { at, metrics, .. } in &mut part.rows {
            let here = of(&mut samples.iter().filter(|sample| {
                let trial = part.key == "run" && i64::from(sample.trial) + 1 == *at;
                trial || sample.condition.get(&part.key) == Some(at)
            }));
            for (name, metric) in metrics {
                observe(name, metric, &here);
            }
        }
    }
}

fn observe(name: &str, metric: &mut Metric, stretches: &[&Stretch]) {
    let Some((unit, value)) = reading(name, stretches) else { return };
    *metric = match value {
        Ok(value) => Metric::measured(value, unit, stretches.len(), MetricSource::Client),
        Err(why) => Metric::unmeasured(unit, 0, MetricSource::Client, why),
    };
}

/// The figures that the host knows by their names.
fn reading(name: &str, stretches: &[&Stretch]) -> Option<Reading> {
    let trees: Vec<&TreeStretch> = stretches.iter().filter_map(|s| s.processes.as_ref()).collect();
    let most = |of: fn(&TreeStretch) -> u64| trees.iter().map(|tree| of(tree)).max();
    let sum = |of: fn(&TreeStretch) -> u64| {
        (!trees.is_empty()).then(|| trees.iter().map(|tree| of(tree)).sum::<u64>())
    };
    let swapped = |of: fn(&Stretch) -> Option<u64>| {
        let moved: Vec<u64> = stretches.iter().filter_map(|stretch| of(stretch)).collect();
        (!moved.is_empty()).then(|| moved.iter().sum::<u64>())
    };
    let first = trees.first().map(|tree| tree.rss_first);
    let tree = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64).ok_or(NOT_FOLLOWED);
    Some(match name {
        "rss_peak_bytes" | "peak_memory_bytes" => ("bytes", tree(most(|tree| tree.rss_peak))),
        "active_memory_bytes" => ("bytes", tree(trees.last().map(|tree| tree.rss_last))),
        "rss_floor_bytes" => ("bytes", tree(trees.iter().map(|tree| tree.rss_floor).min())),
        "rss_delta_bytes" => {
            let delta =
                most(|tree| tree.rss_peak).zip(first).map(|(peak, at)| peak.saturating_sub(at));
            ("bytes", tree(delta))
        }
        "vms_peak_bytes" => ("bytes", tree(most(|tree| tree.vms_peak))),
        "pss_peak_bytes" if trees.is_empty() => ("bytes", Err(NOT_FOLLOWED)),
        "pss_peak_bytes" => {
            let peak = trees.iter().filter_map(|tree| tree.pss_peak).max();
            ("bytes", peak.map(|bytes| bytes as f64).ok_or(NO_PSS))
        }
        "minor_faults" => ("count", tree(sum(|tree| tree.minor_faults))),
        "major_faults" => ("count", tree(sum(|tree| tree.major_faults))),
        "swap_in_bytes" => {
            let moved = swapped(|stretch| stretch.swap_in_bytes);
            ("bytes", moved.map(|bytes| bytes as f64).ok_or(NO_SWAP))
        }
        "swap_out_bytes" => {
            let moved = swapped(|stretch| stretch.swap_out_bytes);
            ("bytes", moved.map(|bytes| bytes as f64).ok_or(NO_SWAP))
        }
        "temperature_c" => {
            let hottest = stretches.iter().filter_map(|stretch| stretch.peak_millicelsius).max();
            ("celsius", hottest.map(|heat| heat as f64 / 1000.0).ok_or(NO_SENSOR))
        }
        "kv_measured_bytes" => ("bytes", Err("no backend says how full its KV cache is")),
        "measured_bytes" if stretches.is_empty() => {
            ("bytes", Err("a projection: no sequence of this length was run"))
        }
        "measured_bytes" => ("bytes", tree(most(|tree| tree.rss_peak))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tachograph_model::{Part, WorkloadReport, WorkloadStatus};

    use super::*;

    fn stretch(label: &str, rss: [u64; 4], minor: u64) -> Stretch {
        let [rss_first, rss_floor, rss_peak, rss_last] = rss;
        let tree = TreeStretch {
            rss_first,
            rss_floor,
            rss_peak,
            rss_last,
            pss_peak: None,
            vms_peak: 2 * rss_peak,
            minor_faults: minor,
            major_faults: 0,
        };
        Stretch {
            label: label.to_owned(),
            processes: Some(tree),
            peak_millicelsius: Some(61_500),
            ..Stretch::default()
        }
    }

    fn sample(step: &str, phase: &str, trial: u32, length: i64) -> Sample {
        serde_json::from_value(json!({
            "step": step, "request": "r0", "lane": 0, "concurrency": 1, "phase": phase,
            "trial": trial, "condition": { "length": length }, "status": "ok", "error": null,
            "times": { "scheduled_ns": 0, "sent_ns": 0, "headers_ns": null, "first_token_ns": null,
                "first_content_ns": null, "last_token_ns": null, "end_ns": null,
                "connect_ns": null, "rtt_floor_ns": null },
            "tokens": { "prompt": null, "cached": null, "output": null, "reasoning": null,
                "requested": 1, "source": null, "reference_prompt": 1, "ideal_cached": 0 },
            "reads": [], "server": null, "finish": null, "tool_calls": null,
            "text_sha256": null, "flags": []
        }))
        .unwrap()
    }

    fn null(unit: &str) -> Metric {
        Metric::unmeasured(unit, 0, MetricSource::Client, "only the host can")
    }

    fn workload(samples: Vec<Sample>) -> WorkloadResult {
        let row = |at, names: &[&str]| Row {
            at,
            label: None,
            metrics: names.iter().map(|name| ((*name).to_owned(), null("bytes"))).collect(),
        };
        let part = |key: &str, rows| Part {
            title: key.to_owned(),
            key: key.to_owned(),
            columns: vec![],
            rows,
        };
        let memory = &["peak_memory_bytes", "active_memory_bytes", "temperature_c"];
        WorkloadResult {
            id: "sweep".parse().unwrap(),
            plan: None,
            challenged_plan: None,
            report: WorkloadReport {
                workload: "sweep".to_owned(),
                status: WorkloadStatus::Measured,
                reason: None,
                verdict: String::new(),
                summary: [("rss_delta_bytes".to_owned(), null("bytes"))].into(),
                parts: vec![
                    part("length", vec![row(128, memory), row(512, memory)]),
                    part("run", vec![row(1, &["minor_faults"]), row(2, &["minor_faults"])]),
                ],
                skipped: vec![],
                flags: vec![],
            },
            samples,
            wall_ns: None,
            steadiness: None,
        }
    }

    /// S1.58–S1.60, S3.10–S3.21: memory, faults and heat per length and per run.
    #[test]
    fn rows_have_the_memory_of_their_own_steps() {
        let mut workload = workload(vec![
            sample("a", "warmup", 0, 128),
            sample("b", "measure", 0, 128),
            sample("c", "measure", 1, 512),
        ]);
        let stretches = [
            stretch("sweep/a", [10, 10, 9999, 10], 500),
            stretch("sweep/b", [100, 90, 140, 120], 7),
            stretch("sweep/c", [120, 110, 300, 250], 11),
            stretch("other/b", [1, 1, 7777, 1], 1),
        ];
        fill(&mut workload, &stretches);
        let report = &workload.report;
        let cell =
            |part: usize, row: usize, name: &str| report.parts[part].rows[row].metrics[name].value;
        assert_eq!(cell(0, 0, "peak_memory_bytes"), Some(140.0), "warm-up is left out");
        assert_eq!(cell(0, 1, "peak_memory_bytes"), Some(300.0));
        assert_eq!(cell(0, 1, "active_memory_bytes"), Some(250.0));
        assert_eq!(cell(0, 0, "temperature_c"), Some(61.5));
        assert_eq!(
            (cell(1, 0, "minor_faults"), cell(1, 1, "minor_faults")),
            (Some(7.0), Some(11.0))
        );
        assert_eq!(report.summary["rss_delta_bytes"].value, Some(200.0));
        assert_eq!(report.summary["rss_peak_bytes"].value, Some(300.0), "every workload has it");
        assert_eq!(report.summary["rss_peak_bytes"].n, 2);
    }

    /// S3.17–S3.20 print zero for what was not measured; here it is null.
    #[test]
    fn without_a_followed_process_the_reason_stands() {
        let mut workload = workload(vec![sample("b", "measure", 0, 128)]);
        let bare = Stretch { label: "sweep/b".to_owned(), ..Stretch::default() };
        fill(&mut workload, &[bare]);
        let delta = &workload.report.summary["rss_delta_bytes"];
        assert_eq!((delta.value, delta.reason.as_deref()), (None, Some(NOT_FOLLOWED)));
        assert!(!workload.report.summary.contains_key("rss_peak_bytes"));
    }
}
