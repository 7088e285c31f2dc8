//! The form `octomil`: one row of the device-profiling API from one workload.

use tachograph_metrics::{Quantile, e2e, median, percentile};
use tachograph_model::{
    Phase, RunResult, Sample, SampleStatus, Submission, SubmissionSource, WorkloadResult,
};
use tachograph_trust::canonical_json;

use crate::ShareError;

/// Which workload, and how much of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubmissionOptions {
    /// The workload; without one, the first that fits.
    pub workload: Option<String>,
    /// Of the machine, keep platform and architecture alone.
    pub anonymous: bool,
    /// Whether a machine that builds and tests made it.
    pub ci: bool,
}

/// The canonical JSON of a row. docs/sharing.md has the table of figures.
///
/// # Errors
/// [`ShareError::NoRow`] for a model that ran elsewhere, and where no workload
/// (or not the named one) has requests of one kind that were answered.
pub fn submission(result: &RunResult, options: &SubmissionOptions) -> Result<Vec<u8>, ShareError> {
    let row = row(result, options)?;
    canonical_json(&row).map_err(|error| ShareError::Form { reason: error.to_string() })
}

fn row(result: &RunResult, options: &SubmissionOptions) -> Result<Submission, ShareError> {
    let no = |reason: String| Err(ShareError::NoRow { reason });
    if !result.backend.local {
        return no("the model did not run on this machine, and a row is about a device".into());
    }
    let (workload, samples) = match &options.workload {
        Some(name) => {
            let named = result.workloads.iter().find(|workload| workload.id.as_str() == name);
            let Some(workload) = named else { return no(format!("it has no workload `{name}`")) };
            match alike(workload) {
                Ok(samples) => (workload, samples),
                Err(reason) => return no(format!("`{name}` {reason}")),
            }
        }
        None => {
            let fits = |workload| Some((workload, alike(workload).ok()?));
            match result.workloads.iter().find_map(fits) {
                Some(found) => found,
                None => return no("no workload has answered requests of one kind".into()),
            }
        }
    };
    let machine = &result.fingerprint;
    let known = !options.anonymous;
    let value = |name: &str| workload.report.summary.get(name).and_then(|metric| metric.value);
    let latencies: Vec<f64> =
        samples.iter().filter_map(|sample| e2e(sample).ok()).map(|time| time.as_ms()).collect();
    let quantile = |which| percentile(&latencies, which).ok().map(rounded);
    let average = value("decode_tps").map(rounded);
    let quantization = Some(result.model.quantization.to_lowercase());
    Ok(Submission {
        model: result.model.id.clone(),
        model_size_bytes: result.model.size_bytes,
        quantization: quantization.filter(|text| text != "unknown"),
        backend: result.backend.driver.to_string(),
        platform: platform(&machine.os.family).to_owned(),
        arch: arch(&machine.cpu.arch).to_owned(),
        os_version: machine.os.name.clone().filter(|_| known),
        accelerator: machine.accelerators.first().map(|gpu| gpu.name.clone()).filter(|_| known),
        ram_total_bytes: Some(machine.memory.total_bytes).filter(|bytes| known && *bytes > 0),
        iterations: u32::try_from(samples.len()).unwrap_or(u32::MAX),
        prompt_tokens: tokens(&samples, |sample| sample.tokens.prompt),
        completion_tokens: tokens(&samples, |sample| sample.tokens.output),
        avg_latency_ms: mean(&latencies).map(rounded),
        min_latency_ms: latencies.iter().copied().reduce(f64::min).map(rounded),
        max_latency_ms: latencies.iter().copied().reduce(f64::max).map(rounded),
        p50_latency_ms: quantile(Quantile::P50),
        p90_latency_ms: quantile(Quantile::P90),
        p95_latency_ms: quantile(Quantile::P95),
        p99_latency_ms: quantile(Quantile::P99),
        ttft_ms: value("ttft_ms").map(rounded),
        tpot_ms: value("tpot_ms").map(rounded),
        avg_tokens_per_second: average,
        peak_tokens_per_second: peak(&samples).map(rounded).filter(|peak| Some(*peak) >= average),
        peak_memory_bytes: peak_memory(result),
        source: Some(if options.ci { SubmissionSource::Ci } else { SubmissionSource::Cli }),
    })
}

/// The measured requests of a workload, if they are all of one kind: one stream,
/// one length. Means over several kinds would describe none of them.
fn alike(workload: &WorkloadResult) -> Result<Vec<&Sample>, &'static str> {
    let measured =
        |sample: &&Sample| sample.phase == Phase::Measure && sample.status == SampleStatus::Ok;
    let samples: Vec<&Sample> = workload.samples.iter().filter(measured).collect();
    let Some(first) = samples.first() else { return Err("has no answered request") };
    match samples.iter().all(|s| s.concurrency == 1 && s.condition == first.condition) {
        true => Ok(samples),
        false => Err("has requests of several kinds, and a row has one"),
    }
}

/// The median of a count that every request has.
fn tokens(samples: &[&Sample], count: impl Fn(&Sample) -> Option<u64>) -> Option<u64> {
    let counts: Option<Vec<f64>> =
        samples.iter().map(|sample| count(sample).map(|tokens| tokens as f64)).collect();
    Some(median(&counts?)?.round() as u64)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The decode rate of the fastest request: tokens after the first over the time
/// after the first.
fn peak(samples: &[&Sample]) -> Option<f64> {
    let rate = |sample: &&Sample| {
        let times = &sample.times;
        let ns = times.last_token_ns?.checked_sub(times.first_token_ns?)?;
        let tokens = sample.tokens.output?.checked_sub(1)?;
        (ns > 0 && tokens > 0).then(|| tokens as f64 * 1e9 / ns as f64)
    };
    samples.iter().filter_map(rate).reduce(f64::max)
}

/// Known only where the run started the backend, whose processes it then
/// follows.
fn peak_memory(result: &RunResult) -> Option<u64> {
    let processes = result.telemetry.as_ref()?.processes.as_ref()?;
    u64::try_from(processes.rss_bytes.max).ok().filter(|bytes| *bytes > 0)
}

/// To the microsecond, or the thousandth of a token per second.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn platform(family: &str) -> &str {
    match family {
        "macos" => "darwin",
        family => family,
    }
}

fn arch(arch: &str) -> &str {
    match arch {
        "aarch64" => "arm64",
        arch => arch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn row_of(options: SubmissionOptions) -> Submission {
        row(&fixture::result(), &options).unwrap()
    }

    /// S0.31–S0.51, S0.81–S0.101: each field and where it comes from.
    #[test]
    fn the_row_of_a_run() {
        let bytes = submission(&fixture::result(), &SubmissionOptions::default()).unwrap();
        let row: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        insta::assert_snapshot!("row", format!("{row:#}"));
        assert!(crate::doubts(&serde_json::from_value(row).unwrap()).is_empty());
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let mut result = fixture::result();
        result.telemetry = None;
        result.model.size_bytes = None;
        result.model.quantization = "unknown".into();
        result.workloads[0].report.summary.remove("ttft_ms");
        result.workloads[0].samples[1].tokens.prompt = None;
        let bytes = submission(&result, &SubmissionOptions::default()).unwrap();
        let row: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for field in [
            "peak_memory_bytes",
            "model_size_bytes",
            "quantization",
            "ttft_ms",
            "prompt_tokens",
            // Five requests bear a median and no more.
            "p90_latency_ms",
            "p95_latency_ms",
            "p99_latency_ms",
        ] {
            assert!(row.get(field).is_none(), "{field} in {row}");
        }
        assert!(row.get("p50_latency_ms").is_some(), "{row}");
    }

    #[test]
    fn failed_requests_and_warm_up_are_not_counted() {
        let mut result = fixture::result();
        result.workloads[0].samples[1].status = SampleStatus::Failed;
        let row = row(&result, &SubmissionOptions::default()).unwrap();
        assert_eq!(row.iterations, 4);
        assert_eq!(row.p50_latency_ms, None);
    }

    /// S4.92.
    #[test]
    fn an_anonymous_row_has_platform_and_architecture_alone() {
        let row = row_of(SubmissionOptions { anonymous: true, ..Default::default() });
        assert_eq!((row.platform.as_str(), row.arch.as_str()), ("linux", "x86_64"));
        assert_eq!((row.os_version, row.accelerator, row.ram_total_bytes), (None, None, None));
    }

    #[test]
    fn a_ci_job_says_so() {
        let row = row_of(SubmissionOptions { ci: true, ..Default::default() });
        assert_eq!(row.source, Some(SubmissionSource::Ci));
    }

    #[test]
    fn what_is_no_row_says_why() {
        let reason = |result: &RunResult, workload: Option<&str>| {
            let workload = workload.map(str::to_owned);
            let options = SubmissionOptions { workload, ..Default::default() };
            row(result, &options).unwrap_err().to_string()
        };
        let mut result = fixture::result();
        assert!(reason(&result, Some("chat")).contains("no workload `chat`"));
        assert!(reason(&result, Some("concurrent-decode")).contains("several kinds"));
        result.workloads.remove(0);
        assert!(reason(&result, None).contains("no workload has answered requests of one kind"));
        result.backend.local = false;
        assert!(reason(&result, None).contains("did not run on this machine"));
    }

    #[test]
    fn systems_are_called_as_the_api_calls_them() {
        assert_eq!((platform("macos"), arch("aarch64")), ("darwin", "arm64"));
        assert_eq!((platform("windows"), arch("x86_64")), ("windows", "x86_64"));
    }
}
