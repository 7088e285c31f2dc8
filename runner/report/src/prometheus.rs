//! The figures of a result as Prometheus text.

use std::collections::BTreeMap;

use tachograph_model::{Digest, Metric, RunResult};

use crate::{names, text::clean};

/// A result as text for Prometheus' textfile collector, valid as OpenMetrics
/// too. `run` is the run id, when it is known.
///
/// Every figure is a gauge `tacho_…` in base units (seconds, tokens per second,
/// bytes, ratio); those of a table's rows are `tacho_point_…` with the labels
/// `by` and `at`. The ends of intervals are `…_low_…` and `…_high_…`. What was
/// not measured has no sample; `tacho_unmeasured` names it with the reason.
pub fn prometheus(result: &RunResult, run: Option<&Digest>) -> String {
    let mut families = Families::default();
    let run = run.map_or_else(String::new, Digest::short);
    let info = &result.backend.info;
    families.add(
        "tacho_run_info",
        "",
        "What was measured; always 1",
        vec![
            ("run", run.clone()),
            ("suite", result.suite.pin.to_string()),
            ("profile", crate::terminal::header::profile(result).to_owned()),
            ("backend", clean(&info.name)),
            ("backend_version", clean(info.version.as_deref().unwrap_or_default())),
            ("model", clean(&result.model.id)),
            ("quantization", clean(&result.model.quantization)),
            ("runner", clean(&result.runner.version)),
        ],
        1.0,
    );
    let started = "When the run began, seconds since 1970";
    families.add(
        "tacho_run_started_timestamp_seconds",
        "seconds",
        started,
        vec![("run", run.clone())],
        result.started_unix_s as f64,
    );
    for entry in &result.workloads {
        let report = &entry.report;
        let of = vec![("run", run.clone()), ("workload", clean(entry.id.as_str()))];
        let mut status = of.clone();
        status.push(("status", crate::document::status_word(report.status).to_owned()));
        families.add("tacho_workload_info", "", "How a workload ended; always 1", status, 1.0);
        for (name, metric) in &report.summary {
            families.metric("tacho", name, metric, &of);
        }
        for part in &report.parts {
            for row in &part.rows {
                let mut at = of.clone();
                at.push(("by", clean(&part.key)));
                at.push(("at", row.at.to_string()));
                at.extend(row.label.as_deref().map(|label| ("kind", clean(label))));
                for (name, metric) in &row.metrics {
                    families.metric("tacho_point", name, metric, &at);
                }
            }
        }
    }
    families.text()
}

type Labels = Vec<(&'static str, String)>;

/// All samples of one name.
#[derive(Debug)]
struct Family {
    unit: String,
    help: String,
    samples: BTreeMap<String, f64>,
}

#[derive(Debug, Default)]
struct Families(BTreeMap<String, Family>);

impl Families {
    fn metric(&mut self, prefix: &str, name: &str, metric: &Metric, labels: &Labels) {
        let (unit, divisor) = base_unit(&metric.unit);
        let stem = stem(name, &metric.unit);
        let words = names::label(name);
        let Some(value) = metric.value.filter(|value| value.is_finite()) else {
            let mut labels = labels.clone();
            labels.push(("metric", clean(name)));
            labels.push(("reason", clean(metric.reason.as_deref().unwrap_or_default())));
            let help = "A figure that was not measured, and why; always 1";
            self.add("tacho_unmeasured", "", help, labels, 1.0);
            return;
        };
        let mut family = |middle: &str, help: &str, value: f64| {
            let parts = [prefix, &stem, middle, unit];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let mut labels = labels.clone();
            let named = parts.join("_");
            // Two figures that only differ in letters that a name cannot have.
            if self.has(&named, &labels) {
                labels.push(("metric", clean(name)));
            }
            self.add(&named, unit, help, labels, value / divisor);
        };
        family("", &words, value);
        if let Some(ends) = &metric.interval {
            family("low", &format!("{words}, lower end of the interval"), ends.low);
            family("high", &format!("{words}, upper end of the interval"), ends.high);
        }
    }

    fn has(&self, name: &str, labels: &Labels) -> bool {
        self.0.get(name).is_some_and(|family| family.samples.contains_key(&braces(labels)))
    }

    fn add(&mut self, name: &str, unit: &str, help: &str, labels: Labels, value: f64) {
        if !value.is_finite() {
            return;
        }
        let family = self.0.entry(name.to_owned()).or_insert_with(|| Family {
            unit: unit.to_owned(),
            help: clean(help),
            samples: BTreeMap::new(),
        });
        family.samples.entry(braces(&labels)).or_insert(value);
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, family) in &self.0 {
            out.push_str(&format!("# TYPE {name} gauge\n"));
            if !family.unit.is_empty() {
                out.push_str(&format!("# UNIT {name} {}\n", family.unit));
            }
            out.push_str(&format!("# HELP {name} {}\n", escaped(&family.help)));
            for (labels, value) in &family.samples {
                out.push_str(&format!("{name}{labels} {value:?}\n"));
            }
        }
        out + "# EOF\n"
    }
}

/// The unit at the end of a name, and what a value is divided by for it.
fn base_unit(unit: &str) -> (&'static str, f64) {
    match unit {
        "ms" => ("seconds", 1e3),
        "s" => ("seconds", 1.0),
        "tok/s" => ("tokens_per_second", 1.0),
        "tokens" => ("tokens", 1.0),
        "ratio" => ("ratio", 1.0),
        "bytes" => ("bytes", 1.0),
        _ => ("", 1.0),
    }
}

/// A figure's name without its unit, in the letters that a name may have.
fn stem(name: &str, unit: &str) -> String {
    let ends = match unit {
        "ms" => "_ms",
        "s" => "_s",
        "tok/s" => "_tps",
        "tokens" => "_tokens",
        "ratio" => "_ratio",
        "bytes" => "_bytes",
        _ => "",
    };
    let letter = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let stem: String = name.strip_suffix(ends).unwrap_or(name).chars().map(letter).collect();
    crate::text::cut(&stem, 100).trim_end_matches('…').to_owned()
}

fn braces(labels: &Labels) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

/// Backslashes, quotes and line ends as both formats escape them.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_result_in_base_units() {
        let mut result = fixture::result();
        result.workloads.truncate(3);
        insta::assert_snapshot!("prometheus", prometheus(&result, Some(&result.tape)));
    }

    /// Reads the text as both formats do, and counts samples.
    fn check(text: &str) -> usize {
        let name = |text: &str| {
            !text.is_empty()
                && !text.starts_with(|c: char| c.is_ascii_digit())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let body = text.strip_suffix("# EOF\n").unwrap();
        let (mut family, mut unit, mut seen, mut all) =
            (String::new(), String::new(), vec![], vec![]);
        for line in body.lines() {
            assert!(!line.chars().any(char::is_control), "{line:?}");
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.strip_suffix(" gauge").unwrap().to_owned();
                assert!(name(&family) && !seen.contains(&family), "{family}");
                seen.push(family.clone());
                unit.clear();
            } else if let Some(rest) = line.strip_prefix("# UNIT ") {
                unit = rest.strip_prefix(&format!("{family} ")).unwrap().to_owned();
                assert!(family.ends_with(&format!("_{unit}")), "{line}");
            } else if let Some(rest) = line.strip_prefix("# HELP ") {
                assert!(rest.starts_with(&format!("{family} ")));
            } else {
                let rest = line.strip_prefix(family.as_str()).unwrap();
                let (labels, value) = rest.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().unwrap().is_finite());
                if !labels.is_empty() {
                    let inside = labels.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
                    let plain = inside.replace("\\\\", "").replace("\\\"", "");
                    assert_eq!(plain.matches('"').count() % 2, 0, "{line}");
                    let names: Vec<&str> = plain
                        .split('"')
                        .step_by(2)
                        .map(|text| text.trim_matches(['=', ',']))
                        .filter(|text| !text.is_empty())
                        .collect();
                    let mut once = names.clone();
                    once.sort_unstable();
                    once.dedup();
                    assert_eq!(once.len(), names.len(), "a label twice: {line}");
                    assert!(names.into_iter().all(name), "{line}");
                }
                all.push(format!("{family}{labels}"));
            }
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "a sample twice");
        count
    }

    #[test]
    fn both_formats_read_it() {
        assert!(check(&prometheus(&fixture::result(), None)) > 100);
        check(&prometheus(&fixture::hostile_result(), None));
        assert!(check(&prometheus(&fixture::bare_result(), None)) >= 3);
    }

    #[test]
    fn names_that_look_alike_keep_both_values() {
        let mut result = fixture::bare_result();
        let metric =
            |value| Metric::measured(value, "x", 1, tachograph_model::MetricSource::Client);
        let summary = &mut result.workloads[0].report.summary;
        summary.insert("a b".into(), metric(1.0));
        summary.insert("a-b".into(), metric(2.0));
        let text = prometheus(&result, None);
        check(&text);
        assert!(text.contains("tacho_a_b{workload=\"chat-short\"} 1.0\n"), "{text}");
        assert!(text.contains("tacho_a_b{workload=\"chat-short\",metric=\"a-b\"} 2.0\n"));
    }

    #[test]
    fn what_was_not_measured_has_no_sample() {
        let text = prometheus(&fixture::result(), None);
        assert!(!text.contains("tacho_prefix_cache_hit_rate_ratio{workload=\"chat-short\""));
        assert!(text.contains(
            "tacho_unmeasured{workload=\"chat-short\",metric=\"prefix_cache_hit_rate\",\
             reason=\"the server does not report cached tokens\"} 1.0\n"
        ));
    }
}
