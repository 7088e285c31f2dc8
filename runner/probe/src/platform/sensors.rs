//! Thermal sensors of Linux.

use std::path::{Path, PathBuf};

use super::linux::{entries, read_text};

/// The most sensors that are read.
const MOST: usize = 16;

/// Drivers of `hwmon` that stand for a processor or a GPU. The others watch
/// disks, network cards and power supplies.
const CHIPS: &[&str] =
    &["coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal", "amdgpu", "i915", "xe"];

/// One sensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sensor {
    /// For example `x86_pkg_temp` or `k10temp Tctl`.
    pub(super) name: String,
    /// The file with its temperature.
    pub(super) file: PathBuf,
}

/// The sensors of this machine: the thermal zones, then the chips that belong
/// to processors and GPUs. Those of single cores are left out, since the
/// package's is the hottest of them.
pub(super) fn find(root: &Path) -> Vec<Sensor> {
    let mut found = Vec::new();
    for zone in entries(&root.join("sys/class/thermal"), "thermal_zone") {
        let Some(name) = label(&zone.join("type")) else { continue };
        found.push(Sensor { name, file: zone.join("temp") });
    }
    for chip in entries(&root.join("sys/class/hwmon"), "hwmon") {
        let Some(name) = label(&chip.join("name")).filter(|name| CHIPS.contains(&name.as_str()))
        else {
            continue;
        };
        for number in 1..=32 {
            let file = chip.join(format!("temp{number}_input"));
            if !file.exists() {
                continue;
            }
            let name = match label(&chip.join(format!("temp{number}_label"))) {
                Some(label) if label.starts_with("Core ") => continue,
                Some(label) => format!("{name} {label}"),
                None => name.clone(),
            };
            found.push(Sensor { name, file });
        }
    }
    found.retain(|sensor| read_text(&sensor.file).is_some_and(|text| parse(&text).is_some()));
    found.truncate(MOST);
    found
}

/// A temperature file: thousandths of a degree. Sensors that are off say 0 K
/// or an absurd value.
pub(super) fn parse(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|value| (-60_000..=200_000).contains(value))
}

fn label(file: &Path) -> Option<String> {
    let text = read_text(file)?;
    let text: String =
        text.trim().chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(40).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn processors_and_gpus_but_no_disks() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join("sys/class").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("thermal/thermal_zone0/type", "x86_pkg_temp\n");
        write("thermal/thermal_zone0/temp", "54000\n");
        write("thermal/thermal_zone1/type", "INT3400 Thermal\n");
        write("thermal/thermal_zone1/temp", "-274000\n");
        write("thermal/cooling_device0/type", "Processor\n");
        write("hwmon/hwmon0/name", "nvme\n");
        write("hwmon/hwmon0/temp1_input", "30000\n");
        write("hwmon/hwmon1/name", "coretemp\n");
        write("hwmon/hwmon1/temp1_label", "Package id 0\n");
        write("hwmon/hwmon1/temp1_input", "55000\n");
        write("hwmon/hwmon1/temp2_label", "Core 0\n");
        write("hwmon/hwmon1/temp2_input", "53000\n");
        write("hwmon/hwmon2/name", "amdgpu\n");
        write("hwmon/hwmon2/temp1_input", "41000\n");
        let names: Vec<String> = find(folder.path()).into_iter().map(|s| s.name).collect();
        assert_eq!(names, ["x86_pkg_temp", "coretemp Package id 0", "amdgpu"]);
        assert_eq!(parse("54000\n"), Some(54_000));
        assert_eq!(parse("hot"), None);
    }
}
