//! Rows of the tables of a report.

use std::collections::BTreeMap;

use tachograph_model::{Metric, Part, Row, Sample};

use super::headline;
use crate::Random;

/// One row: the headline figures of its samples under the names of the columns.
pub fn row(at: i64, label: Option<String>, columns: &[&str], of: &BTreeMap<String, Metric>) -> Row {
    let kept = |name: &&str| Some(((*name).to_owned(), of.get(*name)?.clone()));
    Row { at, label, metrics: columns.iter().filter_map(kept).collect() }
}

/// One row a trial, where there is more than one.
pub fn trial_rows(samples: &[&Sample]) -> Option<Part> {
    const COLUMNS: &[&str] = &["ttft_ms", "prefill_tps", "decode_tps", "tpot_ms", "e2e_ms"];
    let mut trials: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        trials.entry(sample.trial).or_default().push(sample);
    }
    if trials.len() < 2 {
        return None;
    }
    // Within a trial nothing is drawn, so the seed does not matter.
    let random = Random::new(0);
    let figures = |(trial, samples): (&u32, &Vec<&Sample>)| {
        row(i64::from(*trial) + 1, None, COLUMNS, &headline(samples, true, &random))
    };
    Some(Part {
        title: "trials".to_owned(),
        key: "trial".to_owned(),
        columns: COLUMNS.iter().map(|&c| c.to_owned()).collect(),
        rows: trials.iter().map(figures).collect(),
    })
}
