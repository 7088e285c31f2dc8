//! How much memory may be taken.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes that are available to this process: what the system has left, or what
/// the limit of its container leaves if that is less. The container's file
/// cache counts as available, for the system gives it up. `None` where the
/// system does not say.
pub(crate) fn available_bytes() -> Option<u64> {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let system = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).ok()?;
    let available = system.available_memory();
    let limited = system.cgroup_limits().map(|l| l.total_memory.saturating_sub(l.rss));
    let least = limited.map_or(available, |left| available.min(left));
    (available > 0).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_has_memory() {
        let available = available_bytes().unwrap();
        assert!((1 << 20..1 << 48).contains(&available), "{available}");
    }
}
