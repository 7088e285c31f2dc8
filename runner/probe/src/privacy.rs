//! What names a machine or its user is planted wherever systems and tools keep
//! it, and looked for in the form that is shared.

use std::fs;

use crate::{fingerprint, parse, platform::linux::Linux};

/// The files of a laptop with everything in them that must stay there. Every
/// identifier holds one of [`MARKS`].
const FILES: &[(&str, &str)] = &[
    ("proc/sys/kernel/hostname", "planted-host\n"),
    ("etc/hostname", "planted-host\n"),
    ("etc/machine-id", "b1a9plantedid\n"),
    ("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 13\"\nBUILD_ID=plantedbuild\n"),
    ("proc/version", "Linux version 6.12 (planteduser@planted-host) (gcc) #1 SMP\n"),
    ("proc/sys/kernel/osrelease", "6.12.41\n"),
    ("proc/sys/kernel/random/boot_id", "planteduuid\n"),
    ("proc/cmdline", "root=UUID=planteduuid user=planteduser\n"),
    (
        "proc/cpuinfo",
        "model name : Some CPU\nflags : avx2\nSerial : 10000000planted\nHardware : planted\n",
    ),
    ("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 50 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"),
    ("proc/loadavg", "0.10 0.1 0.1 2/90 77\n"),
    ("proc/1/cgroup", "0::/docker/plantedcontainer\n"),
    ("sys/class/dmi/id/sys_vendor", "QEMU\n"),
    ("sys/class/dmi/id/product_serial", "planted-serial\n"),
    ("sys/class/dmi/id/product_uuid", "planteduuid\n"),
    ("sys/class/dmi/id/board_serial", "planted-serial\n"),
    ("sys/class/dmi/id/chassis_asset_tag", "planted-asset\n"),
    (
        "proc/driver/nvidia/gpus/0000:5e:00.0/information",
        "Model: \t NVIDIA H200\nGPU UUID: \t GPU-planteduuid\nBus Location: \t 0000:5e:00.0\n",
    ),
    (
        "proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  (planteduser@planted-host)\n",
    ),
    ("sys/class/drm/card0/device/vendor", "0x1002\n"),
    ("sys/class/drm/card0/device/device", "0x744c\n"),
    ("sys/class/drm/card0/device/unique_id", "planted\n"),
    ("sys/class/drm/card0/device/serial_number", "planted-serial\n"),
    ("sys/class/drm/card0/device/vbios_version", "113-D70401XT-A11\n"),
    ("sys/class/drm/card0/device/uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:5e:00.0\n"),
    ("sys/class/power_supply/BAT0/type", "Battery\n"),
    ("sys/class/power_supply/BAT0/status", "Discharging\n"),
    ("sys/class/power_supply/BAT0/capacity", "50\n"),
    ("sys/class/power_supply/BAT0/serial_number", "planted-serial\n"),
    ("sys/class/power_supply/BAT0/uevent", "POWER_SUPPLY_SERIAL_NUMBER=planted-serial\n"),
    ("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n"),
    ("sys/class/thermal/thermal_zone0/temp", "48000\n"),
    ("sys/class/net/eth0/address", "52:54:00:5e:00:00\n"),
    ("sys/devices/system/edac/mc/mc0/dimm0/size", "32768\n"),
    ("sys/devices/system/edac/mc/mc0/dimm0/dimm_location", "channel 0 slot 0\n"),
    ("sys/devices/system/edac/mc/mc0/dimm0/dimm_label", "planted-serial\n"),
];

const MARKS: &[&str] = &["planted", "5e:00", "0000:"];

fn assert_clean(text: &str) {
    let text = text.to_lowercase();
    for mark in MARKS {
        assert!(!text.contains(mark), "{mark} is in {text}");
    }
}

#[test]
fn the_shared_form_holds_nothing_that_names_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let found = fingerprint::read(&Linux::at(folder.path()));
    // The facts beside the identifiers were read.
    assert_eq!(found.cpu.model.as_deref(), Some("Some CPU"));
    assert_eq!(found.os.virtualization.as_deref(), Some("container"));
    assert_eq!(found.memory.channels, Some(1));
    assert_eq!(found.power.as_ref().unwrap().supply, "battery");
    assert_eq!(found.thermal[0].millicelsius, 48_000);
    assert!(found.accelerators.iter().any(|gpu| gpu.name.contains("AMD")));
    assert!(found.sources.contains_key("memory.channels"));
    assert!(!found.sources.contains_key("cpu.governor"), "it was not read");

    let text = serde_json::to_string(&found).unwrap();
    assert_clean(&text);
    let folder = folder.path().to_string_lossy();
    assert!(!text.contains(folder.as_ref()), "a path is in {text}");
}

#[test]
fn tools_are_not_asked_for_identifiers_and_what_they_add_is_left_behind() {
    let questions = parse::nvidia::SMI_FULL_ARGS
        .iter()
        .chain(parse::nvidia::SMI_ARGS)
        .chain(parse::smi_loop::QUERIES)
        .chain(parse::rocm::ARGS);
    for question in questions {
        for word in ["uuid", "serial", "bus", "uniqueid", "showid"] {
            assert!(!question.contains(word), "{question} asks for {word}");
        }
    }
    let rocm = r#"{"card0": {"Card Series": "Radeon RX 7900 XT", "Unique ID": "planted",
        "Serial Number": "planted-serial", "PCI Bus": "0000:5E:00.0", "GUID": "planted"}}"#;
    assert_clean(&serde_json::to_string(&parse::rocm::parse(rocm).unwrap()).unwrap());
    let apple = r#"{"SPDisplaysDataType": [{"sppci_model": "Apple M4", "spdisplays_device-id":
        "planted", "spdisplays_ndrvs": [{"_name": "planted-host",
        "_spdisplays_display-serial-number": "planted-serial"}]}]}"#;
    assert_clean(&serde_json::to_string(&parse::apple::displays(apple).unwrap()).unwrap());
    let pmset = "Now drawing from 'AC Power'\n -InternalBattery-0 (id=planted)\t83%; charged\n";
    assert_clean(&serde_json::to_string(&parse::apple::power(pmset, None).unwrap()).unwrap());
}
