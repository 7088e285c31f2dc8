//! Results: nothing panics, one spelling of the sealed bytes is accepted, and
//! whatever parses as a result can be shown and shared.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph_model::{AnonymousResult, RunResult, Submission};
use tachograph_report::{Detail, Style};
use tachograph_share::{SubmissionOptions, anonymous, submission};
use tachograph_trust::verify_result;

const GOOD: &[u8] = include_bytes!("../../fixtures/runs/mlx-lm/result.json");
const SEAL: &[u8] = include_bytes!("../../fixtures/runs/mlx-lm/result.json.minisig");

fuzz_target!(|data: &[u8]| {
    if verify_result(data, SEAL, "r.json").is_ok() {
        assert_eq!(data, GOOD, "other bytes were accepted");
    }
    if verify_result(GOOD, data, "r.json").is_ok() {
        assert_eq!(data, SEAL, "another spelling was accepted");
    }
    let Ok(result) = serde_json::from_slice::<RunResult>(data) else { return };
    for text in [
        tachograph_report::terminal(&result, Style { width: 80, color: false }, Detail::Full),
        tachograph_report::markdown(&result, None),
        tachograph_report::html(&result, None),
        tachograph_report::csv(&result, None),
    ] {
        assert!(!text.contains('\u{1b}'), "it steers a terminal");
    }
    // A number beyond 2^53 has no canonical form.
    if let Ok(bytes) = anonymous(&result) {
        let anonymous: AnonymousResult = serde_json::from_slice(&bytes).expect("it was written");
        assert_eq!(anonymous.fingerprint, result.fingerprint.hash);
    }
    let options = SubmissionOptions { anonymous: true, ..SubmissionOptions::default() };
    if let Ok(bytes) = submission(&result, &options) {
        let row: Submission = serde_json::from_slice(&bytes).expect("it was written");
        assert!(row.iterations > 0 && row.ram_total_bytes.is_none());
    }
});
