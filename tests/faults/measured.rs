//! One run against one server, with what must hold after every run.

use std::time::{Duration, Instant};

use serde_json::Value;
use tachograph_tests::{Said, Tacho, json, scripted::Scripted};

/// No scenario may keep a run busy for longer.
const AT_MOST: Duration = Duration::from_secs(30);

/// Exit codes of a run.
pub(crate) const MEASURED: i32 = 0;
pub(crate) const INCOMPLETE: i32 = 7;

/// What a run left.
pub(crate) struct Outcome {
    pub(crate) said: Said,
    pub(crate) result: Value,
}

/// Runs the short chat, 16 tokens, with a patience of one second.
pub(crate) fn measure(code: i32, server: &Scripted) -> Outcome {
    measure_workload(code, server, "W1")
}

/// Runs one workload and asserts what every run keeps: it ends in time with
/// its code, without a panic or a control character, and its result verifies
/// and replays to the byte.
pub(crate) fn measure_workload(code: i32, server: &Scripted, workload: &str) -> Outcome {
    let tacho = Tacho::new();
    let url = server.url();
    let args =
        "run suite-v2 --quick --backend openai-compatible --max-tokens 16 --timeout 1 --no-canary";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.extend(["--json", "out.json", "--url", &url, "--workload", workload]);
    let began = Instant::now();
    let said = tacho.run(&args).expect(code);
    assert!(began.elapsed() < AT_MOST, "it took {:?}", began.elapsed());

    let result = json(&tacho.home().join("out.json"));
    for text in [&said.out, &said.err, &result.to_string()] {
        for word in ["panicked", "backtrace", "BACKTRACE", "poisoned"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    for text in [&said.out, &said.err] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
    let _ = tacho.run(&["verify", "out.json"]).expect(0);
    let replayed = tacho.run(&["replay", "out.json"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
    Outcome { said, result }
}

impl Outcome {
    fn workload(&self) -> &Value {
        &self.result["workloads"][0]
    }

    pub(crate) fn report(&self) -> &Value {
        &self.workload()["report"]
    }

    pub(crate) fn samples(&self) -> &[Value] {
        self.workload()["samples"].as_array().unwrap()
    }

    /// The measured sample; the one before it is the warm-up.
    pub(crate) fn sample(&self) -> &Value {
        self.samples().iter().find(|sample| sample["phase"] == "measure").unwrap()
    }

    /// A headline figure; `None` for one that is null with a reason.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        let metric = &self.report()["summary"][name];
        assert!(metric.is_object(), "no {name}: {}", self.report()["summary"]);
        assert_ne!(metric["value"].is_null(), metric["reason"].is_null(), "{metric}");
        metric["value"].as_f64()
    }

    /// The codes of the doubts about the measured sample.
    pub(crate) fn flags(&self) -> Vec<&str> {
        let flags = self.sample()["flags"].as_array().unwrap();
        flags.iter().map(|flag| flag["code"].as_str().unwrap()).collect()
    }

    /// Nanoseconds from the written request to a moment of the measured sample.
    pub(crate) fn since_sent(&self, moment: &str) -> Option<u64> {
        let times = &self.sample()["times"];
        Some(times[moment].as_u64()? - times["sent_ns"].as_u64()?)
    }

    pub(crate) fn output(&self) -> Option<u64> {
        self.sample()["tokens"]["output"].as_u64()
    }

    /// Asserts that every request was answered, and the measured one without
    /// any doubt but these.
    pub(crate) fn is_ok_with(&self, flags: &[&str]) {
        for sample in self.samples() {
            assert_eq!(sample["status"], "ok", "{sample}");
            assert!(sample["error"].is_null(), "{sample}");
        }
        assert_eq!(self.report()["status"], "measured");
        assert_eq!(self.flags(), flags, "{}", self.sample());
    }

    /// Asserts that every request failed with this code and that nothing was
    /// measured; gives the failure of the measured one.
    pub(crate) fn failed_with(&self, code: &str) -> &Value {
        for sample in self.samples() {
            assert_eq!(sample["status"], "failed", "{sample}");
            assert_eq!(sample["error"]["code"], code, "{sample}");
            assert!(!sample["error"]["message"].as_str().unwrap().is_empty());
        }
        let report = self.report();
        assert_eq!(report["status"], "failed");
        assert!(report["reason"].is_string(), "{report}");
        assert_eq!(self.figure("failed_requests"), Some(1.0));
        for name in ["ttft_ms", "decode_tps", "e2e_ms", "output_tokens"] {
            assert_eq!(self.figure(name), None, "{name}");
        }
        &self.sample()["error"]
    }
}
