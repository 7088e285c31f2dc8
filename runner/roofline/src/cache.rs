//! The last-level caches of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The sizes of the last-level caches, bytes, largest first: one number for
/// each cache, which several cores may share. Empty where the system does not
/// say, as on systems other than Linux. A virtual machine shows what its host
/// chose to show.
pub fn last_level_caches() -> Vec<u64> {
    read(Path::new("/sys/devices/system/cpu"))
}

/// Reads the caches below a folder laid out as Linux lays out its own.
fn read(cpus: &Path) -> Vec<u64> {
    // (level, cores that share it) -> bytes, so that a shared cache counts once.
    let mut caches = BTreeMap::new();
    for cpu in folders(cpus, "cpu") {
        for index in folders(&cpu.join("cache"), "index") {
            let text = |name| fs::read_to_string(index.join(name)).unwrap_or_default();
            let level = text("level").trim().parse::<u8>();
            let bytes = parse_size(&text("size"));
            if let (Ok(level), Some(bytes)) = (level, bytes)
                && text("type").trim() != "Instruction"
            {
                caches.insert((level, text("shared_cpu_list").trim().to_owned()), bytes);
            }
        }
    }
    let last = caches.keys().map(|(level, _)| *level).max();
    let mut sizes: Vec<u64> = caches
        .into_iter()
        .filter_map(|((level, _), bytes)| (Some(level) == last).then_some(bytes))
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

/// The folders in `parent` named `prefix` and a number.
fn folders(parent: &Path, prefix: &str) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(prefix));
            number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(|entry| entry.path())
        .collect()
}

/// `32768K` or `32M` in bytes.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(root: &Path, cpu: u32, index: u32, level: &str, kind: &str, size: &str, with: &str) {
        let folder = root.join(format!("cpu{cpu}/cache/index{index}"));
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in
            [("level", level), ("type", kind), ("size", size), ("shared_cpu_list", with)]
        {
            fs::write(folder.join(name), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn a_shared_cache_counts_once_and_lower_levels_do_not() {
        let root = tempfile::tempdir().unwrap();
        for cpu in 0..4 {
            cache(root.path(), cpu, 0, "1", "Data", "48K", &cpu.to_string());
            cache(root.path(), cpu, 1, "1", "Instruction", "32K", &cpu.to_string());
            let pair = if cpu < 2 { "0-1" } else { "2-3" };
            let size = if cpu < 2 { "32768K" } else { "96M" };
            cache(root.path(), cpu, 2, "3", "Unified", size, pair);
        }
        fs::create_dir_all(root.path().join("cpufreq")).unwrap();
        assert_eq!(read(root.path()), [96 << 20, 32 << 20]);
        assert_eq!(read(&root.path().join("none")), [0; 0]);
    }

    #[test]
    fn a_size_that_cannot_be_read_is_not_zero() {
        assert_eq!(parse_size("512K\n"), Some(512 << 10));
        assert_eq!(parse_size("1G"), Some(1 << 30));
        for text in ["", "K", "0K", "12X", "-1K", "99999999999999999999"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
