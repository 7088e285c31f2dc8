//! Where the facts come from: one trait, one implementation a system.

use std::time::Duration;

use tachograph_model::{Accelerator, Cpu, Load, Memory, Os, PowerState, Temperature};

use crate::{gaps::Gaps, parse::stat::MachineTicks, telemetry::Counters};

#[cfg(target_os = "linux")]
mod counters;
#[cfg(target_os = "linux")]
mod drm;
#[cfg(target_os = "linux")]
pub(crate) mod linux;
#[cfg(target_os = "linux")]
mod listener;
#[cfg(any(target_os = "macos", test))]
mod macos;
mod nvidia;
#[cfg(any(target_os = "linux", target_os = "windows"))]
pub(crate) mod nvml;
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
#[path = "nvml_absent.rs"]
pub(crate) mod nvml;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;
#[cfg(target_os = "linux")]
mod sensors;
#[cfg(target_os = "linux")]
mod topology;
#[cfg(any(target_os = "windows", test))]
mod windows;

/// The reason for what nobody has written for a system.
const UNREAD_HERE: &str = "not read on this system";

/// Facts about the machine. Whatever cannot be read is noted in `gaps`.
pub(crate) trait Platform {
    /// The processor.
    fn cpu(&self, gaps: &mut Gaps) -> Cpu;
    /// The memory.
    fn memory(&self, gaps: &mut Gaps) -> Memory;
    /// The operating system.
    fn os(&self, gaps: &mut Gaps) -> Os;
    /// GPUs and other accelerators.
    fn accelerators(&self, gaps: &mut Gaps) -> Vec<Accelerator>;
    /// Load average over one minute.
    fn load_1m(&self, gaps: &mut Gaps) -> Option<f64>;
    /// Other work on the machine.
    fn load(&self, gaps: &mut Gaps) -> Option<Load> {
        gaps.note("load", UNREAD_HERE);
        None
    }
    /// What feeds the machine.
    fn power(&self, gaps: &mut Gaps) -> Option<PowerState> {
        gaps.note("power", UNREAD_HERE);
        None
    }
    /// What the thermal sensors say.
    fn thermal(&self, gaps: &mut Gaps) -> Vec<Temperature> {
        gaps.note("thermal", UNREAD_HERE);
        Vec::new()
    }
    /// Where fields or groups of fields are read, without paths.
    fn sources(&self) -> &'static [(&'static str, &'static str)];
    /// The counters behind telemetry, or why there are none.
    fn counters(&self, pids: &[u32]) -> Result<Box<dyn Counters>, &'static str> {
        let _ = pids;
        Err(UNREAD_HERE)
    }
    /// Processor time of the thread that asks, and the clock's name and resolution.
    fn thread_cpu_time(&self) -> Option<(Duration, &'static str)> {
        None
    }
    /// Processor time of a process so far.
    fn process_cpu_time(&self, pid: u32) -> Option<Duration> {
        let _ = pid;
        None
    }
    /// Processor time of this process so far, over all its threads.
    fn own_cpu_time(&self) -> Option<Duration>;
    /// Processor time of the machine so far, where the system counts theft.
    fn machine_ticks(&self) -> Option<MachineTicks> {
        None
    }
    /// The process that listens on a port of this machine.
    fn listener(&self, port: u16) -> Option<u32> {
        let _ = port;
        None
    }
    /// Resident memory of a process and its descendants.
    fn tree_memory(&self, root: u32) -> Option<TreeMemory>;
}

/// Resident memory of a process tree at one moment, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeMemory {
    /// The sum over the tree now.
    pub(crate) resident: u64,
    /// The sum of each process's own peak, where the system keeps it.
    pub(crate) high_water: Option<u64>,
    /// Processes in the tree.
    pub(crate) processes: u32,
}

/// The system that this build is for.
pub(crate) fn current() -> impl Platform + Send + Sync {
    #[cfg(target_os = "linux")]
    return linux::Linux::new();
    #[cfg(target_os = "macos")]
    return macos::MacOs;
    #[cfg(target_os = "windows")]
    return windows::Windows;
    #[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
    return portable::Portable;
}

/// Cores that this process may use: its affinity and its quota count.
pub(crate) fn usable_cores() -> Option<u32> {
    let cores = std::thread::available_parallelism().ok()?;
    u32::try_from(cores.get()).ok()
}

/// The descendants of a process, itself first, from `(process, parent)` pairs.
pub(crate) fn tree(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut members = vec![root];
    let mut next = 0;
    while let Some(&parent) = members.get(next) {
        let children = parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child);
        // A process that is its own parent, as process 0 is, must not loop.
        let fresh: Vec<u32> = children.filter(|child| !members.contains(child)).collect();
        members.extend(fresh);
        next += 1;
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_all_descendants_once() {
        let parents = [(1, 0), (5, 1), (6, 5), (7, 5), (8, 7), (9, 1), (0, 0)];
        assert_eq!(tree(5, &parents), [5, 6, 7, 8]);
        assert_eq!(tree(0, &parents), [0, 1, 5, 9, 6, 7, 8]);
        assert_eq!(tree(77, &parents), [77]);
    }

    #[test]
    fn every_system_answers_without_a_panic() {
        let systems: [&dyn Platform; 3] = [&portable::Portable, &macos::MacOs, &windows::Windows];
        for system in systems {
            let mut gaps = Gaps::default();
            assert!(system.cpu(&mut gaps).logical_cores >= 1);
            assert!(system.memory(&mut gaps).total_bytes > 0);
            assert!(!system.os(&mut gaps).family.is_empty());
            system.accelerators(&mut gaps);
            system.load(&mut gaps);
            system.power(&mut gaps);
            system.thermal(&mut gaps);
            assert!(!system.sources().is_empty());
            assert_eq!(system.counters(&[1]).err(), Some(UNREAD_HERE));
            assert!(system.own_cpu_time().is_some());
            let memory = system.tree_memory(std::process::id()).unwrap();
            assert!(memory.resident > 100_000 && memory.processes >= 1);
            assert!(gaps.into_sorted().iter().all(|gap| !gap.reason.is_empty()));
        }
    }
}
