//! The samples of a result as JSON lines.

use serde_json::{Value, json};
use tachograph_model::{Digest, RunResult};

/// A result's samples as JSON lines, one a request, in the order of the result:
/// an object with the run, what was measured, and the `sample` as the result
/// has it. `run` is the run id, when it is known.
///
/// Warm-up and failed requests are there too, and say so in `phase` and `status`.
pub fn jsonl(result: &RunResult, run: Option<&Digest>) -> String {
    let mut out = String::new();
    for entry in &result.workloads {
        for sample in &entry.samples {
            let line: Value = json!({
                "run": run,
                "started_unix_s": result.started_unix_s,
                "suite": result.suite.pin,
                "profile": result.suite.profile,
                "backend": result.backend.info.name,
                "backend_version": result.backend.info.version,
                "model": result.model.id,
                "quantization": result.model.quantization,
                "workload": entry.id,
                "sample": sample,
            });
            out.push_str(&line.to_string());
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use tachograph_model::{Phase, Sample, SampleStatus, Times, TokenCounts};

    fn sample(request: &str) -> Sample {
        Sample {
            step: "trial-0".into(),
            request: request.into(),
            lane: 0,
            concurrency: 1,
            phase: Phase::Measure,
            trial: 0,
            condition: Default::default(),
            status: SampleStatus::Ok,
            error: None,
            times: Times { sent_ns: Some(5), ..Times::default() },
            tokens: TokenCounts {
                prompt: Some(128),
                cached: None,
                output: Some(256),
                reasoning: None,
                requested: 256,
                source: None,
                reference_prompt: 128,
                ideal_cached: 0,
            },
            reads: vec![],
            server: None,
            finish: None,
            tool_calls: None,
            text_sha256: None,
            flags: vec![],
        }
    }

    #[test]
    fn a_line_a_sample_that_reads_back() {
        let mut result = fixture::result();
        result.workloads[0].samples = vec![sample("r1"), sample("a\nline\u{2028}break")];
        result.workloads[3].samples = vec![sample("r2")];
        let text = jsonl(&result, Some(&result.tape));
        let lines: Vec<Value> =
            text.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[2]["workload"], "concurrent-decode");
        let read: Sample = serde_json::from_value(lines[1]["sample"].clone()).unwrap();
        assert_eq!(read, result.workloads[0].samples[1]);
        insta::assert_snapshot!("jsonl_line", format!("{:#}", lines[0]));
        assert_eq!(jsonl(&fixture::bare_result(), None), "");
    }
}
