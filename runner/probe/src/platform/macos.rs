//! macOS.

use std::{env, time::Duration};

use tachograph_model::{Accelerator, Cpu, Memory, Os};

use super::{Platform, TreeMemory, portable::Portable};
use crate::gaps::Gaps;

/// macOS, on Apple's own chips or on Intel's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MacOs;

impl Platform for MacOs {
    fn cpu(&self, gaps: &mut Gaps) -> Cpu {
        Portable.cpu(gaps)
    }

    fn memory(&self, gaps: &mut Gaps) -> Memory {
        Portable.memory(gaps)
    }

    fn os(&self, gaps: &mut Gaps) -> Os {
        Portable.os(gaps)
    }

    /// Apple's chips carry their GPU; the tool that names others takes seconds.
    fn accelerators(&self, gaps: &mut Gaps) -> Vec<Accelerator> {
        let chip = Portable.cpu(&mut Gaps::default()).model;
        match chip.filter(|chip| chip.starts_with("Apple")) {
            Some(chip) => vec![integrated(&chip, gaps)],
            None => {
                let reason = if env::consts::ARCH == "aarch64" {
                    "the chip has no name from which its GPU follows"
                } else {
                    "GPUs of Intel Macs are not read"
                };
                gaps.note("accelerators", reason);
                Vec::new()
            }
        }
    }

    fn load_1m(&self, gaps: &mut Gaps) -> Option<f64> {
        Portable.load_1m(gaps)
    }

    fn own_cpu_time(&self) -> Option<Duration> {
        Portable.own_cpu_time()
    }

    fn tree_memory(&self, root: u32) -> Option<TreeMemory> {
        Portable.tree_memory(root)
    }
}

/// The GPU inside one of Apple's chips.
fn integrated(chip: &str, gaps: &mut Gaps) -> Accelerator {
    gaps.note("accelerators[0].memory_bytes", "the GPU shares the memory of the processor");
    gaps.note("accelerators[0].driver", "part of the operating system");
    Accelerator {
        name: format!("{chip} GPU"),
        memory_bytes: None,
        driver: None,
        source: "chip name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gpu_of_an_apple_chip_is_named_after_it() {
        let mut gaps = Gaps::default();
        let gpu = integrated("Apple M3 Max", &mut gaps);
        assert_eq!(gpu.name, "Apple M3 Max GPU");
        assert_eq!(gpu.memory_bytes, None);
        assert_eq!(gaps.into_sorted().len(), 2);
    }
}
