use super::*;
use crate::{
    fixture::{
        self,
        profile::{PHASE_6_2, PHASE_7, PHASE_7_4, TINYJIT, profile},
    },
    history::KeptRun,
};

fn kept<'a>(id: &str, result: &'a tachograph_model::RunResult, notes: &[&str]) -> KeptRun<'a> {
    let notes = notes.iter().map(|note| (*note).to_owned()).collect();
    KeptRun { id: format!("sha256:{}", id.repeat(16)), result, notes }
}

/// S2.1 to S2.55: four phases in one document, each against the one before.
#[test]
fn four_phases_in_one_document() {
    let results = [TINYJIT, PHASE_7_4, PHASE_7, PHASE_6_2].map(profile);
    let [jit, seven_four, seven, six] = &results;
    let runs = [
        kept("71a0", jit, &["TinyJit compilation for decode loop", "no custom kernels"]),
        kept("74bb", seven_four, &["phase 8 was attempted and stashed: net negative"]),
        kept("70cc", seven, &[]),
        kept("62dd", six, &[]),
    ];
    let text = phases(&runs);
    insta::assert_snapshot!("phases", text);
    for published in ["+188 %", "+31 %", "-19 %", "-59 %", "+141 %", "-55 %", "+62 %"] {
        assert!(text.contains(published), "{published}");
    }
    // S2.48: what was not timed has no section.
    let latest = text.split("\n---\n").next().unwrap();
    assert!(!latest.contains("Timing Breakdown") && text.contains("Timing Breakdown"));
}

/// Another model's phase is no base: there are no changes, and the reasons stand there.
#[test]
fn phases_of_two_models_have_no_changes() {
    let new = profile(TINYJIT);
    let mut old = profile(PHASE_7_4);
    old.model.id = "another".into();
    old.model.digest = None;
    old.model.parameters = None;
    old.model.quantization = "Q4_0".into();
    let text = phases(&[kept("71a0", &new, &[]), kept("74bb", &old, &[])]);
    assert!(text.contains("Not compared with the phase before"), "{text}");
    assert!(text.contains("quantization differs") && !text.contains("vs 74bb"), "{text}");
    assert!(!text.contains("+188 %"), "{text}");
}

/// S3.1 to S3.22, S3.46 to S3.54, T9: twelve columns, and no zero that was not read.
#[test]
fn notes_with_a_row_for_each_repetition() {
    let result = profile(TINYJIT);
    let text = performance_notes(&kept("71a0", &result, &["after the cache was rewritten"]));
    insta::assert_snapshot!("performance_notes", text);
    let head = text.lines().find(|line| line.starts_with("| Device")).unwrap();
    assert_eq!(head.matches('|').count(), 13, "twelve columns");
    assert!(!text.contains("0.000 MB"), "{text}");
}

/// S0.8 to S0.22, T4: units are named, and percentiles need their requests.
#[test]
fn a_screen_of_text() {
    let mut result = profile(TINYJIT);
    let endurance = result.workloads.iter_mut().find(|w| w.id.as_str() == "endurance").unwrap();
    endurance.samples = fixture::samples(10);
    let text = summary(&result, Some("endurance"));
    insta::assert_snapshot!("summary", fixture::fits(&text));
    assert!(text.contains("Iterations: 10") && text.contains("needs 59"), "{text}");
    let nothing = summary(&fixture::bare_result(), None);
    assert!(!nothing.contains("NaN") && nothing.contains("—"), "{nothing}");
}

/// S1.53, S1.55 to S1.60.
#[test]
fn a_table_over_lengths() {
    let text = length_table(&profile(TINYJIT)).unwrap();
    insta::assert_snapshot!("length_table", fixture::fits(&text));
    assert_eq!(length_table(&fixture::result()), None);
}

/// S2.9, S2.28, S2.34 to S2.38: the published figures come out of the formulas.
#[test]
fn sums_as_published() {
    let text = phases(&[kept("71a0", &profile(TINYJIT), &[])]);
    for line in [
        "| Memory bandwidth | 120.0 GB/s |",
        "| Most tok/s (memory-bound) | 54.5 tok/s |",
        "| Least TPOT | 18.3 ms |",
        "| single (1 request) | 4.90 | 9.0 % |",
        "Concurrent over sequential: **1.00×**",
        "| Decode throughput | 4.20 tok/s |",
        "| KV memory per token | 22.0 KiB |",
        "| 512 | 11.0 MiB |",
        "| 4096 | 88.0 MiB |",
        "Best throughput: **4.70 tok/s** at 4 concurrent requests",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn odd_names_break_no_table() {
    for result in [fixture::hostile_result(), fixture::bare_result()] {
        let run = kept("0f0f", &result, &["a|b <img> [x](http://y)"]);
        for text in [phases(std::slice::from_ref(&run)), performance_notes(&run)] {
            let mut cells = None;
            for line in text.lines() {
                assert!(!line.chars().any(char::is_control), "{line:?}");
                if !line.starts_with('|') {
                    cells = None;
                    continue;
                }
                let bars = line.replace("\\|", "").matches('|').count();
                assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
            }
            let bare = text.replace("\\<", "").replace("\\]", "");
            assert!(!bare.contains("<img") && !bare.contains("]("), "{text}");
        }
    }
}
