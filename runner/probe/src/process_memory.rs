//! Resident memory of a backend.

use crate::platform::{self, Platform};

/// Follows the resident memory of a process and its descendants.
///
/// Nothing runs in the background: call [`ProcessMemory::sample`] as often as
/// the peak should be exact, but not more often than a few times a second: one
/// sample reads a file for every process of the machine, which takes a
/// millisecond or two.
#[derive(Debug)]
pub struct ProcessMemory {
    root: u32,
    seen: Option<MemoryUse>,
}

/// What [`ProcessMemory`] saw, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUse {
    /// Resident at the last sample, summed over the tree. Pages that processes
    /// of the tree share count once for each.
    pub last_bytes: u64,
    /// The largest sum at any sample.
    pub sampled_peak_bytes: u64,
    /// The sum of every process's own peak since it began, as the kernel keeps
    /// it: exact for a single process, an upper bound for a tree. `None` where
    /// the system does not keep it (only Linux does).
    pub high_water_bytes: Option<u64>,
    /// The most processes in the tree at any sample.
    pub processes: u32,
    /// Samples that the peak rests on.
    pub samples: u32,
}

impl ProcessMemory {
    /// Follows the process with this id; nothing is read yet.
    pub fn of(pid: u32) -> Self {
        Self { root: pid, seen: None }
    }

    /// Reads the memory now; false when the process is gone or may not be read.
    pub fn sample(&mut self) -> bool {
        let Some(now) = platform::current().tree_memory(self.root) else { return false };
        let before = self.seen;
        let high_water = before.and_then(|seen| seen.high_water_bytes).max(now.high_water);
        self.seen = Some(MemoryUse {
            last_bytes: now.resident,
            sampled_peak_bytes: before.map_or(0, |seen| seen.sampled_peak_bytes).max(now.resident),
            high_water_bytes: high_water,
            processes: before.map_or(0, |seen| seen.processes).max(now.processes),
            samples: before.map_or(0, |seen| seen.samples).saturating_add(1),
        });
        true
    }

    /// What was seen so far; `None` before the first sample that succeeded.
    pub fn seen(&self) -> Option<MemoryUse> {
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_of_this_process_is_seen_and_kept() {
        let mut memory = ProcessMemory::of(std::process::id());
        assert_eq!(memory.seen(), None);
        assert!(memory.sample());
        let before = memory.seen().unwrap();
        let block = vec![7_u8; 64 << 20];
        assert!(memory.sample());
        let grown = memory.seen().unwrap();
        assert!(grown.last_bytes >= before.last_bytes + (32 << 20), "{before:?} {grown:?}");
        drop(std::hint::black_box(block));
        assert!(memory.sample());
        let after = memory.seen().unwrap();
        assert!(after.sampled_peak_bytes >= grown.last_bytes);
        assert_eq!(after.samples, 3);
        assert!(after.high_water_bytes.is_none_or(|peak| peak >= grown.last_bytes));
    }

    #[test]
    fn a_process_that_is_not_there_gives_nothing() {
        let mut memory = ProcessMemory::of(u32::MAX - 1);
        assert!(!memory.sample());
        assert_eq!(memory.seen(), None);
    }
}
