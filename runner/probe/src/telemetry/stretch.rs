//! What was seen in one stretch of the readings, such as a step of a workload.

use serde::{Deserialize, Serialize};

use super::Reading;

/// The followed processes and the sensors over one stretch. What was not read
/// in it is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// What the stretch is of.
    pub label: String,
    /// From its first reading to its last, nanoseconds.
    pub duration_ns: u64,
    /// The process tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<TreeStretch>,
    /// Read back from swap by the whole machine, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_in_bytes: Option<u64>,
    /// Written to swap by the whole machine, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_out_bytes: Option<u64>,
    /// The hottest sensor's hottest reading, thousandths of a degree Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_millicelsius: Option<i64>,
}

/// A process tree over one stretch, bytes and counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeStretch {
    /// Resident at its beginning.
    pub rss_first: u64,
    /// Resident at its end.
    pub rss_last: u64,
    /// The least that was resident.
    pub rss_floor: u64,
    /// The most that was resident.
    pub rss_peak: u64,
    /// The most with shared pages divided; read once a second, so a short
    /// stretch may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pss_peak: Option<u64>,
    /// The largest address space.
    pub vms_peak: u64,
    /// Page faults without a disk.
    pub minor_faults: u64,
    /// Page faults that had to wait for a disk.
    pub major_faults: u64,
}

/// A stretch that has not ended.
#[derive(Debug)]
pub(crate) struct Open {
    seen: Stretch,
    began_ns: u64,
    /// Faults before it: minor, major.
    faults: Option<(u64, u64)>,
    /// Swap counters before it: in, out.
    swap: Option<(u64, u64)>,
}

impl Open {
    /// Begins at a reading. `swap` are the swap counters as last read.
    pub(crate) fn new(label: String, at_ns: u64, swap: Option<(u64, u64)>) -> Self {
        let seen = Stretch { label, ..Stretch::default() };
        Self { seen, began_ns: at_ns, faults: None, swap }
    }

    /// Takes in a reading.
    pub(crate) fn take(&mut self, at_ns: u64, reading: &Reading) {
        self.seen.duration_ns = at_ns.saturating_sub(self.began_ns);
        if let Some(tree) = reading.tree {
            let (minor, major) = *self.faults.get_or_insert((tree.minor, tree.major));
            let seen = self.seen.processes.get_or_insert(TreeStretch {
                rss_first: tree.rss,
                rss_floor: tree.rss,
                ..TreeStretch::default()
            });
            seen.rss_last = tree.rss;
            seen.rss_floor = seen.rss_floor.min(tree.rss);
            seen.rss_peak = seen.rss_peak.max(tree.rss);
            seen.vms_peak = seen.vms_peak.max(tree.vms);
            seen.minor_faults = tree.minor.saturating_sub(minor);
            seen.major_faults = tree.major.saturating_sub(major);
        }
        let Some(slow) = &reading.slow else { return };
        if let (Some(seen), Some(pss)) = (&mut self.seen.processes, slow.pss) {
            seen.pss_peak = seen.pss_peak.max(Some(pss));
        }
        if let (Some(read), Some(written)) = (slow.swap_in, slow.swap_out) {
            let (read_before, written_before) = *self.swap.get_or_insert((read, written));
            self.seen.swap_in_bytes = Some(read.saturating_sub(read_before));
            self.seen.swap_out_bytes = Some(written.saturating_sub(written_before));
        }
        let hottest = slow.temperatures.iter().flatten().max().copied();
        self.seen.peak_millicelsius = self.seen.peak_millicelsius.max(hottest);
    }

    /// All of it.
    pub(crate) fn end(self) -> Stretch {
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{SlowReading, TreeReading};

    fn reading(rss: u64, minor: u64, slow: Option<SlowReading>) -> Reading {
        let tree = TreeReading { processes: 1, rss, vms: 2 * rss, minor, major: 1, cpu_ns: 0 };
        Reading { tree: Some(tree), slow, ..Reading::default() }
    }

    #[test]
    fn a_stretch_counts_from_its_own_beginning() {
        let slow = |swap_in, celsius: i64| SlowReading {
            pss: Some(7),
            swap_in: Some(swap_in),
            swap_out: Some(0),
            temperatures: vec![None, Some(celsius * 1000)],
            ..SlowReading::default()
        };
        let mut open = Open::new("step".to_owned(), 5, Some((4096, 0)));
        open.take(5, &reading(100, 10, None));
        open.take(15, &reading(140, 12, Some(slow(8192, 61))));
        open.take(25, &reading(90, 15, Some(slow(8192, 59))));
        let seen = open.end();
        assert_eq!((seen.duration_ns, seen.peak_millicelsius), (20, Some(61_000)));
        assert_eq!((seen.swap_in_bytes, seen.swap_out_bytes), (Some(4096), Some(0)));
        let tree = seen.processes.unwrap();
        assert_eq!(
            (tree.rss_first, tree.rss_floor, tree.rss_peak, tree.rss_last),
            (100, 90, 140, 90)
        );
        assert_eq!((tree.minor_faults, tree.major_faults), (5, 0));
        assert_eq!((tree.vms_peak, tree.pss_peak), (280, Some(7)));
    }

    #[test]
    fn what_was_not_read_is_absent() {
        let mut open = Open::new("step".to_owned(), 0, None);
        open.take(9, &Reading::default());
        let seen = open.end();
        assert_eq!(
            seen,
            Stretch { label: "step".to_owned(), duration_ns: 9, ..Stretch::default() }
        );
        let text = serde_json::to_string(&seen).unwrap();
        assert_eq!(text, r#"{"label":"step","duration_ns":9}"#);
    }
}
