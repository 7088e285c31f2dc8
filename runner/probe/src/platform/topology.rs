//! What Linux tells of caches, NUMA nodes, memory channels, power and load.

use std::{collections::BTreeSet, path::Path};

use tachograph_model::{Cache, Load, PowerState};

use super::linux::{entries, read_text};
use crate::parse::counters;

fn word(file: &Path) -> Option<String> {
    let text = read_text(file)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn number(file: &Path) -> Option<u64> {
    word(file)?.parse().ok()
}

/// The caches of the first core, from the nearest outwards.
pub(super) fn caches(root: &Path) -> Vec<Cache> {
    let folder = root.join("sys/devices/system/cpu/cpu0/cache");
    let mut found: Vec<Cache> = entries(&folder, "index")
        .iter()
        .filter_map(|index| {
            let shared = word(&index.join("shared_cpu_list"));
            Some(Cache {
                level: word(&index.join("level"))?.parse().ok()?,
                kind: word(&index.join("type"))?.to_ascii_lowercase(),
                bytes: size(&word(&index.join("size"))?)?,
                shared_by: shared.and_then(|list| list_length(&list)),
            })
        })
        .collect();
    found.sort_by(|a, b| (a.level, &a.kind).cmp(&(b.level, &b.kind)));
    found
}

/// `48K`, `2M`.
fn size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit {
        "K" => 1 << 10,
        "M" => 1 << 20,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// The length of a list such as `0-3,8`.
fn list_length(text: &str) -> Option<u32> {
    text.split(',').try_fold(0_u32, |sum, part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (u32, u32) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        sum.checked_add(to.checked_sub(from)?.checked_add(1)?)
    })
}

/// The number of NUMA nodes.
pub(super) fn numa_nodes(root: &Path) -> Option<u32> {
    list_length(&word(&root.join("sys/devices/system/node/online"))?)
}

/// Memory channels with a module in them, as the error-correcting controllers
/// know them.
pub(super) fn channels(root: &Path) -> Option<u32> {
    let mut found = BTreeSet::new();
    for controller in entries(&root.join("sys/devices/system/edac/mc"), "mc") {
        let modules = ["dimm", "rank"].iter().flat_map(|kind| entries(&controller, kind));
        for module in modules {
            if number(&module.join("size")).is_none_or(|mib| mib == 0) {
                continue;
            }
            let Some(place) = word(&module.join("dimm_location")) else { continue };
            // `csrow 0 channel 1` or `channel 0 slot 1`, with a socket before on some.
            let words: Vec<&str> = place.split_ascii_whitespace().collect();
            let channel = words.windows(2).find(|pair| pair[0] == "channel").map(|pair| pair[1]);
            if let Some(channel) = channel {
                found.insert((controller.clone(), channel.to_owned()));
            }
        }
    }
    u32::try_from(found.len()).ok().filter(|&n| n > 0)
}

/// The highest clock rate that the frequency driver would set.
pub(super) fn max_mhz(root: &Path) -> Option<u64> {
    let khz = number(&root.join("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"))?;
    (khz > 0).then_some(khz / 1_000)
}

/// What feeds the machine. A battery that is being discharged counts before a
/// charger that calls itself online; batteries of mice and keyboards do not count.
pub(super) fn power(root: &Path) -> Option<PowerState> {
    let (mut online, mut draining, mut percent) = (None, false, None);
    for supply in entries(&root.join("sys/class/power_supply"), "") {
        match word(&supply.join("type")).as_deref() {
            Some("Mains" | "USB") => {
                let on = word(&supply.join("online")).as_deref() == Some("1");
                online = Some(online.unwrap_or(false) || on);
            }
            Some("Battery") if word(&supply.join("scope")).as_deref() != Some("Device") => {
                let status = word(&supply.join("status"));
                draining |= status.as_deref() == Some("Discharging");
                let charge = number(&supply.join("capacity")).filter(|&n| n <= 100);
                percent = charge.and_then(|n| u32::try_from(n).ok());
            }
            _ => {}
        }
    }
    let supply = match (online, draining) {
        (_, true) => "battery",
        (Some(true), false) => "ac",
        (Some(false), false) if percent.is_some() => "battery",
        // A battery that is full or being charged.
        (None, false) if percent.is_some() => "ac",
        _ => return None,
    };
    Some(PowerState {
        supply: supply.to_owned(),
        battery_percent: percent,
        cpu_speed_limit_percent: None,
    })
}

/// Other work on the machine.
pub(super) fn load(root: &Path) -> Option<Load> {
    let (runnable, threads) = counters::threads(&read_text(&root.join("proc/loadavg"))?)?;
    let pressure = read_text(&root.join("proc/pressure/cpu"));
    Some(Load {
        // The thread that reads the file runs, too.
        runnable: runnable.saturating_sub(1),
        threads,
        cpu_pressure_permille: pressure.and_then(|text| counters::pressure(&text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn caches_from_the_nearest_outwards() {
        let base = "sys/devices/system/cpu/cpu0/cache";
        let file = |name: &str| format!("{base}/{name}");
        let files = [
            (file("index3/level"), "3\n"),
            (file("index3/type"), "Unified\n"),
            (file("index3/size"), "32768K\n"),
            (file("index3/shared_cpu_list"), "0-7,64-71\n"),
            (file("index0/level"), "1\n"),
            (file("index0/type"), "Data\n"),
            (file("index0/size"), "48K\n"),
            (file("index1/level"), "1\n"),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), *b)).collect();
        let found = caches(system(&files).path());
        assert_eq!(found.len(), 2, "the third tells no size");
        assert_eq!((found[0].kind.as_str(), found[0].bytes), ("data", 48 << 10));
        assert_eq!((found[1].level, found[1].bytes, found[1].shared_by), (3, 32 << 20, Some(16)));
    }

    #[test]
    fn lists_and_sizes() {
        assert_eq!(list_length("0"), Some(1));
        assert_eq!(list_length("0-3,8"), Some(5));
        assert_eq!(list_length("3-0"), None);
        assert_eq!((size("2M"), size("48"), size("K")), (Some(2 << 20), None, None));
    }

    #[test]
    fn channels_are_counted_once_and_empty_slots_not_at_all() {
        let dimm = |mc: u32, n: u32, file: &str| {
            format!("sys/devices/system/edac/mc/mc{mc}/dimm{n}/{file}")
        };
        let mut files = Vec::new();
        for (mc, n, size, place) in [
            (0, 0, "32768", "channel 0 slot 0 "),
            (0, 1, "32768", "channel 0 slot 1 "),
            (0, 2, "32768", "channel 1 slot 0 "),
            (1, 0, "32768", "csrow 0 channel 0 "),
            (1, 1, "0", "csrow 0 channel 1 "),
        ] {
            files.push((dimm(mc, n, "size"), size));
            files.push((dimm(mc, n, "dimm_location"), place));
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), *b)).collect();
        assert_eq!(channels(system(&files).path()), Some(3));
        assert_eq!(channels(system(&[]).path()), None);
    }

    #[test]
    fn what_feeds_the_machine() {
        let case = |files: &[(&str, &str)]| {
            let files: Vec<(String, &str)> = files
                .iter()
                .map(|(path, text)| (format!("sys/class/power_supply/{path}"), *text))
                .collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), *b)).collect();
            power(system(&files).path()).map(|state| (state.supply, state.battery_percent))
        };
        let battery = ("BAT0/type", "Battery\n");
        let (full, drain) = (("BAT0/status", "Full\n"), ("BAT0/status", "Discharging\n"));
        let charge = ("BAT0/capacity", "83\n");
        let mains = ("AC/type", "Mains\n");
        let (on, off) = (("AC/online", "1\n"), ("AC/online", "0\n"));
        assert_eq!(case(&[mains, on]), Some(("ac".into(), None)));
        assert_eq!(case(&[mains, on, battery, full, charge]), Some(("ac".into(), Some(83))));
        assert_eq!(case(&[mains, off, battery, drain, charge]), Some(("battery".into(), Some(83))));
        assert_eq!(case(&[mains, on, battery, drain, charge]), Some(("battery".into(), Some(83))));
        assert_eq!(case(&[battery, ("BAT0/scope", "Device\n"), charge]), None, "a mouse");
        assert_eq!(case(&[]), None);
    }

    #[test]
    fn load_and_nodes() {
        let folder = system(&[
            ("proc/loadavg", "1.25 0.8 0.5 4/200 4711\n"),
            ("proc/pressure/cpu", "some avg10=12.50 avg60=0 avg300=0 total=1\n"),
            ("sys/devices/system/node/online", "0-1\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3700000\n"),
        ]);
        let found = load(folder.path()).unwrap();
        assert_eq!((found.runnable, found.threads), (3, 200));
        assert_eq!(found.cpu_pressure_permille, Some(125));
        assert_eq!((numa_nodes(folder.path()), max_mhz(folder.path())), (Some(2), Some(3_700)));
    }
}
