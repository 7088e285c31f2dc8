//! `/proc/meminfo` and the memory lines of `/proc/PID/status`.

/// The bytes of a `Key:  123 kB` line.
pub(crate) fn bytes_of(text: &str, key: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let mut words = rest.split_whitespace();
    let number = words.next()?.parse::<u64>().ok()?;
    match words.next() {
        Some("kB") => number.checked_mul(1024),
        _ => None,
    }
}

/// Bytes of swap in use.
pub(crate) fn swap_used(meminfo: &str) -> Option<u64> {
    bytes_of(meminfo, "SwapTotal")?.checked_sub(bytes_of(meminfo, "SwapFree")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "\
MemTotal:       24737380 kB
MemFree:         1203480 kB
MemAvailable:   20011112 kB
SwapCached:            0 kB
SwapTotal:       2097148 kB
SwapFree:        2000000 kB
HugePages_Total:       0
";

    #[test]
    fn meminfo_in_bytes() {
        assert_eq!(bytes_of(MEMINFO, "MemTotal"), Some(24_737_380 * 1024));
        assert_eq!(bytes_of(MEMINFO, "MemAvailable"), Some(20_011_112 * 1024));
        assert_eq!(swap_used(MEMINFO), Some(97_148 * 1024));
    }

    #[test]
    fn a_key_is_never_taken_for_another() {
        assert_eq!(bytes_of(MEMINFO, "Mem"), None);
        assert_eq!(bytes_of(MEMINFO, "Swap"), None);
        assert_eq!(bytes_of(MEMINFO, "HugePages_Total"), None, "no unit, so not bytes");
        assert_eq!(swap_used("SwapTotal: 1 kB\nSwapFree: 2 kB\n"), None);
    }

    #[test]
    fn memory_of_a_process() {
        let status = "Name:\tllama-server\nVmPeak:\t  900 kB\nVmHWM:\t  500 kB\nVmRSS:\t  400 kB\n";
        assert_eq!(bytes_of(status, "VmHWM"), Some(512_000));
        assert_eq!(bytes_of(status, "VmRSS"), Some(409_600));
        assert_eq!(bytes_of("Name:\tkthreadd\n", "VmRSS"), None);
    }
}
