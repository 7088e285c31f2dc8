//! Windows.

use std::time::Duration;

use tachograph_model::{Accelerator, Cpu, Memory, Os};

use super::{Platform, TreeMemory, portable::Portable};
use crate::gaps::Gaps;

/// Windows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows;

impl Platform for Windows {
    fn cpu(&self, gaps: &mut Gaps) -> Cpu {
        Portable.cpu(gaps)
    }

    fn memory(&self, gaps: &mut Gaps) -> Memory {
        Portable.memory(gaps)
    }

    fn os(&self, gaps: &mut Gaps) -> Os {
        Portable.os(gaps)
    }

    fn accelerators(&self, gaps: &mut Gaps) -> Vec<Accelerator> {
        Portable.accelerators(gaps)
    }

    /// Windows keeps no load average; what `sysinfo` gives there is its own
    /// estimate, which starts at zero.
    fn load_1m(&self, gaps: &mut Gaps) -> Option<f64> {
        gaps.note("load_1m", "Windows keeps no load average");
        None
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        Portable.sources()
    }

    fn own_cpu_time(&self) -> Option<Duration> {
        Portable.own_cpu_time()
    }

    fn tree_memory(&self, root: u32) -> Option<TreeMemory> {
        Portable.tree_memory(root)
    }
}
