//! What the `sysinfo` crate tells on any system.

use std::{env, time::Duration};

use sysinfo::{
    CpuRefreshKind, MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, RefreshKind,
    System, get_current_pid,
};
use tachograph_model::{Accelerator, Cpu, Memory, Os};

use super::{Platform, TreeMemory, UNREAD_HERE, nvidia, tree, usable_cores};
use crate::gaps::Gaps;

/// Where the fields of the fingerprint come from.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("cpu", "sysinfo"),
    ("cpu.features", "the processor itself"),
    ("cpu.logical_cores", "affinity and quota of the process"),
    ("load_1m", "sysinfo"),
    ("memory", "sysinfo"),
    ("os", "sysinfo"),
];

/// Any system that `sysinfo` knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

impl Platform for Portable {
    fn cpu(&self, gaps: &mut Gaps) -> Cpu {
        let kind = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_frequency());
        let system = System::new_with_specifics(kind).ok();
        let first = system.as_ref().and_then(|system| system.cpus().first());
        let model = first.map(|cpu| cpu.brand().trim()).filter(|brand| !brand.is_empty());
        let mhz = first.map(sysinfo::Cpu::frequency).filter(|&mhz| mhz > 0);
        let physical = System::physical_core_count().ok().and_then(|n| u32::try_from(n).ok());
        let logical = usable_cores().unwrap_or(1);
        gaps.note("cpu.governor", "this system has no frequency governor to read");
        for field in ["cpu.max_mhz", "cpu.numa_nodes", "cpu.caches"] {
            gaps.note(field, UNREAD_HERE);
        }
        Cpu {
            model: gaps.need("cpu.model", model.map(str::to_owned), "the system does not tell"),
            arch: env::consts::ARCH.to_owned(),
            logical_cores: logical,
            physical_cores: gaps.need("cpu.physical_cores", physical, "the system does not tell"),
            mhz: gaps.need("cpu.mhz", mhz, "the system does not tell"),
            features: detected_features(),
            governor: None,
            ..Cpu::default()
        }
    }

    fn memory(&self, gaps: &mut Gaps) -> Memory {
        let kind =
            RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram().with_swap());
        let Ok(system) = System::new_with_specifics(kind) else {
            gaps.note("memory", "the system does not tell; the zeros stand for unknown");
            return Memory::default();
        };
        gaps.note("memory.channels", UNREAD_HERE);
        Memory {
            total_bytes: system.total_memory(),
            available_bytes: system.available_memory(),
            swap_used_bytes: system.used_swap(),
            channels: None,
        }
    }

    fn os(&self, gaps: &mut Gaps) -> Os {
        gaps.note("os.virtualization", "not detected on this system");
        let told = |text: Result<String, sysinfo::Error>| text.ok().filter(|t| !t.is_empty());
        Os {
            family: env::consts::OS.to_owned(),
            name: gaps.need("os.name", told(System::long_os_version()), "the system does not tell"),
            kernel: gaps.need(
                "os.kernel",
                told(System::kernel_version()),
                "the system does not tell",
            ),
            virtualization: None,
        }
    }

    fn accelerators(&self, gaps: &mut Gaps) -> Vec<Accelerator> {
        nvidia::accelerators(gaps).unwrap_or_else(|| {
            gaps.note(
                "accelerators",
                "neither NVML nor nvidia-smi was found, and no other source is read",
            );
            Vec::new()
        })
    }

    fn load_1m(&self, gaps: &mut Gaps) -> Option<f64> {
        let load = System::load_average().ok().map(|load| load.one).filter(|one| one.is_finite());
        gaps.need("load_1m", load, "the system does not tell")
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        SOURCES
    }

    fn own_cpu_time(&self) -> Option<Duration> {
        let own = get_current_pid().ok()?;
        let mut system = System::new_with_specifics(RefreshKind::nothing()).ok()?;
        let kind = ProcessRefreshKind::nothing().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), true, kind);
        Some(Duration::from_millis(system.process(own)?.accumulated_cpu_time()))
    }

    fn tree_memory(&self, root: u32) -> Option<TreeMemory> {
        let mut system = System::new_with_specifics(RefreshKind::nothing()).ok()?;
        let kind = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        system.process(Pid::from_u32(root))?;
        let parents: Vec<(u32, u32)> = system
            .processes()
            .values()
            // Threads share the memory of their process.
            .filter(|process| process.thread_kind().is_none())
            .filter_map(|process| Some((process.pid().as_u32(), process.parent()?.as_u32())))
            .collect();
        let members = tree(root, &parents);
        let resident = members
            .iter()
            .filter_map(|&pid| system.process(Pid::from_u32(pid)))
            .map(sysinfo::Process::memory)
            .sum();
        let processes = u32::try_from(members.len()).unwrap_or(u32::MAX);
        Some(TreeMemory { resident, high_water: None, processes })
    }
}

/// Instruction sets that matter for inference, as the processor itself says.
fn detected_features() -> Vec<String> {
    let mut found: Vec<&str> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("sse4.2", std::arch::is_x86_feature_detected!("sse4.2")),
            ("avx", std::arch::is_x86_feature_detected!("avx")),
            ("f16c", std::arch::is_x86_feature_detected!("f16c")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
            ("avx512bw", std::arch::is_x86_feature_detected!("avx512bw")),
            ("avx512-vnni", std::arch::is_x86_feature_detected!("avx512vnni")),
            ("avx512-bf16", std::arch::is_x86_feature_detected!("avx512bf16")),
        ];
        found.extend(known.iter().filter(|(_, has)| *has).map(|(name, _)| name));
    }
    #[cfg(target_arch = "aarch64")]
    {
        let known = [
            ("neon", std::arch::is_aarch64_feature_detected!("neon")),
            ("fp16", std::arch::is_aarch64_feature_detected!("fp16")),
            ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
            ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
            ("bf16", std::arch::is_aarch64_feature_detected!("bf16")),
            ("sve", std::arch::is_aarch64_feature_detected!("sve")),
            ("sve2", std::arch::is_aarch64_feature_detected!("sve2")),
        ];
        found.extend(known.iter().filter(|(_, has)| *has).map(|(name, _)| name));
    }
    found.sort_unstable();
    found.into_iter().map(str::to_owned).collect()
}
