//! GPUs on Linux without a vendor's tool: the kernel's own files.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tachograph_model::Accelerator;

use super::linux::read_text;
use crate::{command, gaps::Gaps, parse};

/// NVIDIA GPUs as the kernel module names them; `None` without the module.
pub(super) fn nvidia_from_module(root: &Path, gaps: &mut Gaps) -> Option<Vec<Accelerator>> {
    let module = root.join("proc/driver/nvidia");
    let driver =
        read_text(&module.join("version")).and_then(|text| parse::nvidia::proc_driver(&text));
    let mut names: Vec<String> = folders(&module.join("gpus"))
        .filter_map(|gpu| parse::nvidia::proc_model(&read_text(&gpu.join("information"))?))
        .collect();
    names.sort();
    for index in 0..names.len() {
        let reason = "neither NVML nor nvidia-smi answered, and the kernel module does not tell";
        gaps.note(&format!("accelerators[{index}].memory_bytes"), reason);
    }
    let gpus: Vec<Accelerator> = names
        .into_iter()
        .map(|name| Accelerator {
            name,
            memory_bytes: None,
            driver: driver.clone(),
            source: "nvidia kernel module".to_owned(),
            ..Accelerator::default()
        })
        .collect();
    (!gpus.is_empty()).then_some(gpus)
}

/// AMD and Intel GPUs from the kernel's display devices; `first` is the index
/// that the first of them gets.
///
/// The PCI device number names a product, not a specimen, so it may be shared.
pub(super) fn others(root: &Path, first: usize, gaps: &mut Gaps) -> Vec<Accelerator> {
    let mut cards: Vec<PathBuf> = folders(&root.join("sys/class/drm"))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.strip_prefix("card")
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
        .collect();
    cards.sort();
    let mut found = Vec::new();
    for card in cards {
        let device = card.join("device");
        let read = |file: &str| read_text(&device.join(file)).map(|text| text.trim().to_owned());
        let vendor = match read("vendor").as_deref() {
            Some("0x1002") => "AMD",
            Some("0x8086") => "Intel",
            // NVIDIA's are read elsewhere; the rest are displays of servers
            // and virtual machines.
            _ => continue,
        };
        let product = read("product_name").filter(|name| !name.is_empty());
        let name = product.unwrap_or_else(|| match read("device") {
            Some(number) => format!("{vendor} GPU (device {number})"),
            None => format!("{vendor} GPU"),
        });
        let name = if name.contains(vendor) { name } else { format!("{vendor} {name}") };
        // AMD's driver has the first, Intel's older one the second.
        let memory = read("mem_info_vram_total")
            .or_else(|| read_text(&card.join("lmem_total_bytes")))
            .and_then(|bytes| bytes.trim().parse::<u64>().ok());
        let driver = read("uevent").and_then(|text| {
            text.lines().find_map(|line| line.strip_prefix("DRIVER=").map(str::to_owned))
        });
        let index = first + found.len();
        found.push(Accelerator {
            name,
            memory_bytes: gaps.need(
                &format!("accelerators[{index}].memory_bytes"),
                memory,
                "the kernel does not tell",
            ),
            driver: gaps.need(
                &format!("accelerators[{index}].driver"),
                driver,
                "the kernel does not tell",
            ),
            source: "sysfs".to_owned(),
            vbios: read("vbios_version"),
            ..Accelerator::default()
        });
    }
    found
}

/// How long `rocm-smi` may take: it is a script that loads a lot.
const ROCM_LIMIT: Duration = Duration::from_secs(2);

/// Asks AMD's tool about its cards, where the kernel shows some. The tool
/// counts only when it lists as many as the kernel.
pub(super) fn ask_rocm(found: &mut [Accelerator], gaps: &mut Gaps) {
    let cards: Vec<usize> = (0..found.len())
        .filter(|&index| found[index].source == "sysfs" && found[index].name.starts_with("AMD"))
        .collect();
    if cards.is_empty() {
        return;
    }
    let Some(tool) = command::find_in_path("rocm-smi") else {
        gaps.note("accelerators.runtime", "rocm-smi was not found");
        return;
    };
    match command::output(&tool, parse::rocm::ARGS, ROCM_LIMIT) {
        Ok(text) => merge_rocm(found, &cards, parse::rocm::parse(&text), gaps),
        Err(error) => gaps.note("accelerators.runtime", format!("rocm-smi {}", error.reason())),
    }
}

fn merge_rocm(
    found: &mut [Accelerator],
    cards: &[usize],
    told: Option<Vec<Accelerator>>,
    gaps: &mut Gaps,
) {
    let Some(told) = told.filter(|told| told.len() == cards.len()) else {
        gaps.note("accelerators.runtime", "rocm-smi does not list the cards that the kernel shows");
        return;
    };
    for (&index, told) in cards.iter().zip(told) {
        let known = &mut found[index];
        *known = Accelerator {
            memory_bytes: told.memory_bytes.or(known.memory_bytes),
            driver: told.driver.clone().or_else(|| known.driver.take()),
            vbios: told.vbios.clone().or_else(|| known.vbios.take()),
            ..told
        };
    }
}

/// The entries of a folder; nothing when it cannot be read.
fn folders(path: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(path).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn amd_and_intel_cards_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "sys/class/drm/card1/device/vendor", "0x1002\n");
        write(root, "sys/class/drm/card1/device/device", "0x744c\n");
        write(root, "sys/class/drm/card1/device/mem_info_vram_total", "25753026560\n");
        write(root, "sys/class/drm/card1/device/uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03\n");
        write(root, "sys/class/drm/card1-DP-1/device/vendor", "0x1002\n");
        write(root, "sys/class/drm/card2/device/vendor", "0x8086\n");
        write(root, "sys/class/drm/card2/device/product_name", "Arc A770\n");
        write(root, "sys/class/drm/card3/device/vendor", "0x1a03\n");
        let mut gaps = Gaps::default();
        let found = others(root, 1, &mut gaps);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].name, "AMD GPU (device 0x744c)");
        assert_eq!(found[0].memory_bytes, Some(25_753_026_560));
        assert_eq!(found[0].driver.as_deref(), Some("amdgpu"));
        assert_eq!(found[1].name, "Intel Arc A770");
        let fields: Vec<String> = gaps.into_sorted().into_iter().map(|gap| gap.field).collect();
        assert_eq!(fields, ["accelerators[2].driver", "accelerators[2].memory_bytes"]);
    }

    #[test]
    fn the_tool_adds_to_what_the_kernel_knows() {
        let kernel = Accelerator {
            name: "AMD GPU (device 0x744c)".into(),
            memory_bytes: Some(9),
            driver: Some("amdgpu".into()),
            source: "sysfs".into(),
            ..Accelerator::default()
        };
        let told = parse::rocm::parse(r#"{"card0": {"Card Series": "Radeon RX 7900 XT"}}"#);
        let mut found = vec![kernel.clone()];
        merge_rocm(&mut found, &[0], told.clone(), &mut Gaps::default());
        assert_eq!(
            (found[0].name.as_str(), found[0].memory_bytes),
            ("AMD Radeon RX 7900 XT", Some(9))
        );
        assert_eq!(
            (found[0].driver.as_deref(), found[0].source.as_str()),
            (Some("amdgpu"), "rocm-smi")
        );
        let mut two = vec![kernel.clone(), kernel.clone()];
        let mut gaps = Gaps::default();
        merge_rocm(&mut two, &[0, 1], told, &mut gaps);
        assert_eq!(two, [kernel.clone(), kernel]);
        assert_eq!(gaps.into_sorted().len(), 1);
    }

    #[test]
    fn the_nvidia_module_without_its_tool() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(nvidia_from_module(root, &mut Gaps::default()), None);
        let gpu = "proc/driver/nvidia/gpus/0000:00:00.0/information";
        write(root, gpu, "Model: \t NVIDIA H200\nGPU UUID: \t GPU-1\n");
        let version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Mon Jan\n";
        write(root, "proc/driver/nvidia/version", version);
        let mut gaps = Gaps::default();
        let gpus = nvidia_from_module(root, &mut gaps).unwrap();
        assert_eq!(gpus[0].name, "NVIDIA H200");
        assert_eq!(gpus[0].driver.as_deref(), Some("570.86.15"));
        assert_eq!(gaps.into_sorted()[0].field, "accelerators[0].memory_bytes");
    }
}
