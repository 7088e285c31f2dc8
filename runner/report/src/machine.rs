//! The machine in a few words.

use tachograph_model::{Accelerator, Fingerprint};

use crate::number::bytes;

/// The processor, memory and system: `AMD EPYC, 2 cores · 23.6 GiB · Debian 12 · vm`.
pub(crate) fn line(machine: &Fingerprint) -> String {
    let cpu = &machine.cpu;
    let model = cpu.model.clone().unwrap_or_else(|| format!("unnamed {} processor", cpu.arch));
    let cores = if cpu.logical_cores == 1 { "core" } else { "cores" };
    let mut parts = vec![format!("{model}, {} {cores}", cpu.logical_cores)];
    if machine.memory.total_bytes > 0 {
        parts.push(bytes(machine.memory.total_bytes));
    }
    parts.push(machine.os.name.clone().unwrap_or_else(|| machine.os.family.clone()));
    parts.extend(machine.os.virtualization.clone());
    parts.join(" · ")
}

/// One line for all accelerators of a kind: `2 × NVIDIA H200, 140 GiB, driver 570.86.15`.
pub(crate) fn accelerators(machine: &Fingerprint) -> Vec<String> {
    let mut kinds: Vec<(&Accelerator, usize)> = Vec::new();
    for gpu in &machine.accelerators {
        match kinds.iter_mut().find(|(kind, _)| *kind == gpu) {
            Some((_, n)) => *n += 1,
            None => kinds.push((gpu, 1)),
        }
    }
    kinds
        .into_iter()
        .map(|(gpu, n)| {
            let count = if n > 1 { format!("{n} × ") } else { String::new() };
            let memory = gpu.memory_bytes.map(|size| format!(", {}", bytes(size)));
            let driver = gpu.driver.as_ref().map(|version| format!(", driver {version}"));
            let (memory, driver) = (memory.unwrap_or_default(), driver.unwrap_or_default());
            format!("{count}{}{memory}{driver}", gpu.name)
        })
        .collect()
}
