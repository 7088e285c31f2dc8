//! Processor time: `/proc/PID/stat` and `/proc/stat`.

#[cfg(any(target_os = "linux", test))]
use std::time::Duration;

/// Linux counts user-visible processor time in hundredths of a second on every
/// architecture that Rust supports.
#[cfg(any(target_os = "linux", test))]
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// What `/proc/PID/stat` says.
#[cfg(any(target_os = "linux", test))]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProcessStat {
    /// The parent.
    pub(crate) parent: u32,
    /// User and system time, all threads.
    pub(crate) cpu: Duration,
}

/// Reads `/proc/PID/stat`. The second field, the program's name in brackets,
/// may hold blanks and brackets itself, so the last bracket ends it.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn process(text: &str) -> Option<ProcessStat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let total = ticks(11)?.checked_add(ticks(12)?)?;
    Some(ProcessStat {
        parent: fields.get(1)?.parse().ok()?,
        cpu: TICK.checked_mul(u32::try_from(total).ok()?)?,
    })
}

/// Processor time of the whole machine, in ticks over all cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MachineTicks {
    /// All time, idle included.
    pub(crate) total: u64,
    /// Time in which a core was ready but a hypervisor ran somebody else.
    pub(crate) steal: u64,
}

/// Reads the first line of `/proc/stat`. Guest time is part of user time
/// already, so only the first eight fields are summed.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn machine(text: &str) -> Option<MachineTicks> {
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let steal = *ticks.get(7)?;
    let total = ticks.iter().take(8).try_fold(0_u64, |sum, &more| sum.checked_add(more))?;
    Some(MachineTicks { total, steal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let text = "42 (a) b (c) S 7 42 1 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 99 1 1";
        let stat = process(text).unwrap();
        assert_eq!(stat.parent, 7);
        assert_eq!(stat.cpu, Duration::from_secs(3));
    }

    #[test]
    fn short_or_foreign_text_is_refused() {
        for text in ["", "42 (x) S 1", "no brackets", "1 (x) S y 0 0 0 0 0 0 0 0 0 0 1 1"] {
            assert_eq!(process(text), None, "{text:?}");
        }
    }

    #[test]
    fn steal_is_the_eighth_field_and_guest_time_is_not_counted_twice() {
        let text = "cpu  100 5 30 800 10 0 2 53 40 1\ncpu0 1 2 3\n";
        assert_eq!(machine(text), Some(MachineTicks { total: 1000, steal: 53 }));
        assert_eq!(machine("cpu  1 2 3\n"), None, "kernels before 2.6.11 have no steal");
        assert_eq!(machine("intr 1\n"), None);
    }
}
