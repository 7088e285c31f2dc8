//! What macOS's `system_profiler` and `pmset` say.

use serde_json::Value;
use tachograph_model::{Accelerator, PowerState};

/// The arguments of `system_profiler` that [`displays`] understands.
pub(crate) const DISPLAYS_ARGS: &[&str] = &["SPDisplaysDataType", "-json"];

/// The GPUs in the answer; displays hang below them and are not looked at.
/// `None` when it names none.
pub(crate) fn displays(text: &str) -> Option<Vec<Accelerator>> {
    let all: Value = serde_json::from_str(text).ok()?;
    let found: Vec<Accelerator> = all
        .get("SPDisplaysDataType")?
        .as_array()?
        .iter()
        .filter_map(|gpu| {
            let text = |key: &str| Some(gpu.get(key)?.as_str()?.trim());
            let model = text("sppci_model").or_else(|| text("_name"))?;
            let family = text("spdisplays_mtlgpufamilysupport")
                .and_then(|family| family.strip_prefix("spdisplays_"));
            let metal = family.and_then(|family| family.strip_prefix("metal"));
            Some(Accelerator {
                name: if model.starts_with("Apple") {
                    format!("{model} GPU")
                } else {
                    model.to_owned()
                },
                memory_bytes: text("spdisplays_vram").and_then(bytes),
                source: "system_profiler".to_owned(),
                runtime: metal.map(|version| format!("Metal {version}")),
                architecture: family.map(str::to_owned),
                cores: text("sppci_cores").and_then(|cores| cores.parse().ok()),
                ..Accelerator::default()
            })
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// `4 GB`, `1536 MB`.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(' ')?;
    let unit: u64 = match unit {
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Reads `pmset -g batt` and `pmset -g therm`. The second prints a speed limit
/// only once heat has set one, and on Apple's own chips hardly ever.
pub(crate) fn power(batt: &str, therm: Option<&str>) -> Option<PowerState> {
    let line = batt.lines().find(|line| line.contains("drawing from"))?;
    let supply = match line.split('\'').nth(1)? {
        "AC Power" => "ac",
        "Battery Power" => "battery",
        _ => return None,
    };
    let percent = batt.lines().find_map(|line| {
        let (before, _) = line.split_once("%;")?;
        before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    });
    let limit = therm.and_then(|text| {
        let line = text.lines().find(|line| line.trim().starts_with("CPU_Speed_Limit"))?;
        line.split_once('=')?.1.trim().parse().ok()
    });
    Some(PowerState {
        supply: supply.to_owned(),
        battery_percent: percent,
        cpu_speed_limit_percent: limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apple_chip() {
        let text = r#"{ "SPDisplaysDataType" : [ { "_name" : "Apple M1 Pro",
            "spdisplays_mtlgpufamilysupport" : "spdisplays_metal3",
            "spdisplays_ndrvs" : [ { "_name" : "Color LCD",
              "_spdisplays_display-serial-number" : "fd626d62" } ],
            "spdisplays_vendor" : "sppci_vendor_Apple", "sppci_bus" : "spdisplays_builtin",
            "sppci_cores" : "16", "sppci_device_type" : "spdisplays_gpu",
            "sppci_model" : "Apple M1 Pro" } ] }"#;
        let found = displays(text).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].cores), ("Apple M1 Pro GPU", Some(16)));
        assert_eq!(found[0].runtime.as_deref(), Some("Metal 3"));
        assert!(!format!("{found:?}").contains("fd626d62"));
    }

    #[test]
    fn a_mac_with_two_gpus() {
        let text = r#"{"SPDisplaysDataType":[
            {"_name":"Intel Iris Pro","sppci_model":"Intel Iris Pro","spdisplays_vram_shared":"1536 MB"},
            {"sppci_model":"NVIDIA GeForce GT 750M","spdisplays_vram":"2 GB"},
            {"sppci_bus":"spdisplays_pcie_device"}]}"#;
        let found = displays(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].memory_bytes, found[1].memory_bytes), (None, Some(2 << 30)));
        assert_eq!(displays("{}"), None);
        assert_eq!(displays("not json"), None);
    }

    #[test]
    fn power_and_heat() {
        let batt = "Now drawing from 'Battery Power'\n \
            -InternalBattery-0 (id=22085731)\t83%; discharging; 5:12 remaining present: true\n";
        let therm = "Note: No thermal warning level has been recorded\n\
            CPU Power notify\n\tCPU_Scheduler_Limit \t= 100\n\tCPU_Available_CPUs \t= 8\n\
            \tCPU_Speed_Limit \t= 71\n";
        let found = power(batt, Some(therm)).unwrap();
        assert_eq!((found.supply.as_str(), found.battery_percent), ("battery", Some(83)));
        assert_eq!(found.cpu_speed_limit_percent, Some(71));
        let desk = power("Now drawing from 'AC Power'\n", None).unwrap();
        assert_eq!((desk.supply.as_str(), desk.battery_percent), ("ac", None));
        assert_eq!(power("", None), None);
    }
}
