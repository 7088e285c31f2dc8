//! macOS.

use std::{env, path::Path, time::Duration};

use tachograph_model::{Accelerator, Cpu, Memory, Os, PowerState, Temperature};

use super::{Platform, TreeMemory, portable::Portable};
use crate::{command, gaps::Gaps, parse::apple};

/// The tool that lists GPUs; in the folder of the system, not in `PATH`.
const PROFILER: &str = "/usr/sbin/system_profiler";

/// The tool that tells what feeds the machine.
const PMSET: &str = "/usr/bin/pmset";

/// How long each of them may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Where the fields of the fingerprint come from.
const SOURCES: &[(&str, &str)] = &[
    ("cpu", "sysinfo"),
    ("cpu.features", "the processor itself"),
    ("cpu.logical_cores", "affinity and quota of the process"),
    ("load_1m", "sysinfo"),
    ("memory", "sysinfo"),
    ("os", "sysinfo"),
    ("power", "pmset"),
];

fn told(tool: &str, args: &[&str]) -> Option<String> {
    command::output(Path::new(tool), args, LIMIT).ok()
}

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

    /// As `system_profiler` lists them; where it does not answer in time, the
    /// GPU inside of Apple's own chips follows from their name.
    fn accelerators(&self, gaps: &mut Gaps) -> Vec<Accelerator> {
        if let Some(found) =
            told(PROFILER, apple::DISPLAYS_ARGS).as_deref().and_then(apple::displays)
        {
            for (index, gpu) in found.iter().enumerate() {
                if gpu.memory_bytes.is_none() {
                    let reason = "the GPU shares the memory of the processor";
                    gaps.note(&format!("accelerators[{index}].memory_bytes"), reason);
                }
                let reason = "part of the operating system";
                gaps.note(&format!("accelerators[{index}].driver"), reason);
            }
            return found;
        }
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

    fn power(&self, gaps: &mut Gaps) -> Option<PowerState> {
        let batt = told(PMSET, &["-g", "batt"]);
        let therm = told(PMSET, &["-g", "therm"]);
        let power = batt.and_then(|batt| apple::power(&batt, therm.as_deref()));
        gaps.need("power", power, "pmset does not tell")
    }

    fn thermal(&self, gaps: &mut Gaps) -> Vec<Temperature> {
        gaps.note("thermal", "macOS lets only its administrator read sensors (powermetrics)");
        Vec::new()
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        SOURCES
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
        ..Accelerator::default()
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
