//! Rows of others: nothing panics, what is read survives its JSON form and steers
//! no terminal, and a row without doubts agrees with itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph_model::Submission;
use tachograph_share::{MAX_ROWS, doubts, read_rows};

fuzz_target!(|data: &[u8]| {
    let Ok(rows) = read_rows(data, "rows.json") else { return };
    assert!((1..=MAX_ROWS).contains(&rows.len()));
    for row in rows.into_iter().flatten().map(|read| read.row) {
        let json = serde_json::to_string(&row).expect("a row is JSON");
        assert_eq!(serde_json::from_str::<Submission>(&json).expect("it was written"), row);
        for text in [&row.model, &row.backend, &row.platform, &row.arch] {
            assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
        }
        if doubts(&row).is_empty() {
            assert!(row.iterations > 0);
            let ordered = [row.p50_latency_ms, row.p95_latency_ms, row.p99_latency_ms];
            let ordered: Vec<f64> = ordered.into_iter().flatten().collect();
            assert!(ordered.is_sorted() && ordered.iter().all(|ms| *ms > 0.0));
            assert!(row.ttft_ms.is_none_or(|ms| ms.is_finite() && ms > 0.0));
        }
    }
});
