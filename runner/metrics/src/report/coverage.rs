//! How much of a plan was measured.

use std::collections::BTreeMap;

use tachograph_model::{Flag, Sample, SampleStatus, SkippedPart, WorkloadStatus};

use crate::flags;

/// How much of a plan was measured.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Measured requests that were planned and not skipped.
    pub planned: usize,
    /// What was left out, and why.
    pub skipped: Vec<SkippedPart>,
}

impl Coverage {
    /// The status of the workload, and the reason when not all was measured.
    pub fn status(&self, samples: &[&Sample]) -> (WorkloadStatus, Option<String>) {
        let done = samples.iter().filter(|s| s.status == SampleStatus::Ok).count();
        let failed = samples.iter().find(|s| s.status == SampleStatus::Failed);
        let why_failed = failed.and_then(|s| s.error.as_ref()).map(|e| e.message.clone());
        let why_skipped = self.skipped.first().map(|s| format!("{}: {}", s.what, s.reason));
        if done == 0 {
            if failed.is_none() && self.planned == 0 && !self.skipped.is_empty() {
                return (WorkloadStatus::Skipped, why_skipped);
            }
            let why = why_failed.unwrap_or_else(|| "no request was answered".to_owned());
            return (WorkloadStatus::Failed, Some(why));
        }
        if done < self.planned {
            let why = why_failed.map(|why| format!("; the first failure: {why}"));
            let why = why.unwrap_or_default();
            let reason = format!("{done} of {} requests were answered{why}", self.planned);
            return (WorkloadStatus::Partial, Some(reason));
        }
        if !self.skipped.is_empty() {
            return (WorkloadStatus::Partial, why_skipped);
        }
        (WorkloadStatus::Measured, None)
    }
}

/// The doubts of all samples, one entry a code: its first message, and on how
/// many of the requests it was raised. `exact` tells for each sample whether
/// its length was to be exact.
pub fn collect_flags(samples: &[&Sample], exact: impl Fn(&Sample) -> bool) -> Vec<Flag> {
    let mut seen: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for sample in samples {
        let mut own = flags::of_sample(sample, exact(sample));
        for flag in &sample.flags {
            if !own.iter().any(|o| o.code == flag.code) {
                own.push(flag.clone());
            }
        }
        for flag in own {
            seen.entry(flag.code).or_insert((flag.message, 0)).1 += 1;
        }
    }
    let all = samples.len();
    let flag = |(code, (message, n)): (String, (String, usize))| match all {
        1 => Flag::new(code, message),
        _ => Flag::new(code, format!("{message} ({n} of {all} requests)")),
    };
    seen.into_iter().map(flag).collect()
}

#[cfg(test)]
mod tests {
    use tachograph_model::Failure;

    use super::*;
    use crate::fixture::sample;

    fn skipped() -> Vec<SkippedPart> {
        vec![SkippedPart { what: "context 131072".into(), reason: "too long".into() }]
    }

    #[test]
    fn status_follows_what_was_answered() {
        let ok = sample(5, 1, 1);
        let mut failed = ok.clone();
        failed.status = SampleStatus::Failed;
        failed.error = Some(Failure::new("timeout-first-byte", "no byte came in 30 s"));
        let of =
            |planned, skipped, samples: &[&Sample]| Coverage { planned, skipped }.status(samples);
        assert_eq!(of(1, vec![], &[&ok]), (WorkloadStatus::Measured, None));
        let (status, why) = of(2, vec![], &[&ok, &failed]);
        assert_eq!(status, WorkloadStatus::Partial);
        assert_eq!(
            why.unwrap(),
            "1 of 2 requests were answered; the first failure: no byte came in 30 s"
        );
        let (status, why) = of(1, vec![], &[&failed]);
        assert_eq!(
            (status, why.as_deref()),
            (WorkloadStatus::Failed, Some("no byte came in 30 s"))
        );
        let (status, why) = of(0, skipped(), &[]);
        assert_eq!(status, WorkloadStatus::Skipped);
        assert_eq!(why.as_deref(), Some("context 131072: too long"));
        assert_eq!(of(1, skipped(), &[&ok]).0, WorkloadStatus::Partial);
        assert_eq!(of(3, vec![], &[&ok]).0, WorkloadStatus::Partial, "two were never sent");
    }

    #[test]
    fn flags_are_counted_by_code() {
        let clean = sample(256, 1, 1000);
        let mut short = clean.clone();
        short.tokens.requested = 300;
        let flags = collect_flags(&[&clean, &short, &short], |_| true);
        assert_eq!(flags.len(), 1);
        assert_eq!(flags[0].message, "300 tokens asked, 256 came (2 of 3 requests)");
    }
}
