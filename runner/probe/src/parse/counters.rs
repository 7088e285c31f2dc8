//! Counters of Linux that are read again and again.

use crate::telemetry::CoreTicks;

/// The cores' lines of `/proc/stat`. Guest time is part of user time already,
/// so only the first eight fields are summed.
pub(crate) fn cores(text: &str) -> Vec<CoreTicks> {
    // The cores' lines stand together at the start, after the sum's line.
    text.lines()
        .skip(1)
        .map_while(|line| line.strip_prefix("cpu"))
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let core = words.next()?.parse().ok()?;
            let mut ticks = [0_u64; 8];
            for tick in &mut ticks {
                *tick = words.next()?.parse().ok()?;
            }
            Some(CoreTicks {
                core,
                total: ticks.iter().fold(0, |sum, &more| u64::saturating_add(sum, more)),
                idle: ticks[3].saturating_add(ticks[4]),
                steal: ticks[7],
            })
        })
        .collect()
}

/// One line of `/proc/vmstat`.
pub(crate) fn vmstat(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// What `/proc/PID/stat` says about the use of memory and processor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ProcessUse {
    /// Faults without a disk.
    pub(crate) minor: u64,
    /// Faults with a disk.
    pub(crate) major: u64,
    /// User and system time in ticks.
    pub(crate) ticks: u64,
    /// Address space, bytes.
    pub(crate) vms: u64,
    /// Resident pages.
    pub(crate) rss_pages: u64,
}

/// Reads `/proc/PID/stat`; the last bracket ends the program's name.
pub(crate) fn process(text: &str) -> Option<ProcessUse> {
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    // Counted from the field after the name; each `nth` goes on from the last.
    let minor = fields.nth(7)?.parse().ok()?;
    let major = fields.nth(1)?.parse().ok()?;
    let user: u64 = fields.nth(1)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let vms = fields.nth(7)?.parse().ok()?;
    let rss_pages = fields.next()?.parse().ok()?;
    Some(ProcessUse { minor, major, ticks: user.saturating_add(system), vms, rss_pages })
}

/// The page size in the auxiliary vector, `/proc/self/auxv`: pairs of words, of
/// which key 6 names it.
pub(crate) fn page_size(auxv: &[u8]) -> Option<u64> {
    const WORD: usize = size_of::<usize>();
    let word = |bytes: &[u8]| Some(usize::from_ne_bytes(bytes.try_into().ok()?));
    auxv.chunks_exact(2 * WORD).find_map(|pair| {
        let (key, value) = pair.split_at(WORD);
        (word(key)? == 6).then(|| word(value)).flatten().and_then(|size| u64::try_from(size).ok())
    })
}

/// The first number of `/proc/PID/schedstat`: nanoseconds on a core.
pub(crate) fn schedstat(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

/// `/proc/loadavg`: the threads that run or wait now, and all threads.
pub(crate) fn threads(loadavg: &str) -> Option<(u32, u32)> {
    let (runnable, all) = loadavg.split_ascii_whitespace().nth(3)?.split_once('/')?;
    Some((runnable.parse().ok()?, all.parse().ok()?))
}

/// The ten-second average of the `some` line of `/proc/pressure/cpu`, in
/// thousandths.
pub(crate) fn pressure(text: &str) -> Option<u32> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let percent: f64 =
        some.split_ascii_whitespace().find_map(|word| word.strip_prefix("avg10="))?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then(|| (percent * 10.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_cores() {
        let text = "cpu  1901375 290486 191722 1088226 4839 0 8262 870 0 0\n\
                    cpu0 946017 137671 90333 562646 1756 0 3571 416 7 0\n\
                    cpu3 1 2 3 4 5 6 7 8 9 10\n\
                    intr 15084768 0 0\nctxt 1\n";
        let found = cores(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].total, 946_017 + 137_671 + 90_333 + 562_646 + 1_756 + 3_571 + 416);
        assert_eq!(found[1], CoreTicks { core: 3, total: 36, idle: 9, steal: 8 });
        assert!(cores("cpu 1 2\ncpu0 1 2\n").is_empty(), "too few fields");
        assert!(cores("").is_empty());
    }

    #[test]
    fn a_process_with_a_hostile_name() {
        let text = "18882 (a) (cat) R 18873 18873 5758 0 -1 4194304 100 3 7 5 25 15 0 0 20 0 1 0 \
                    1747686 3133440 412 18446744073709551615 94327108792320 0\n";
        let want = ProcessUse { minor: 100, major: 7, ticks: 40, vms: 3_133_440, rss_pages: 412 };
        assert_eq!(process(text), Some(want));
        for text in ["", "1 (x) S 1 1", "no brackets"] {
            assert_eq!(process(text), None);
        }
    }

    #[test]
    fn swap_and_pressure_and_threads() {
        let vm = "nr_free_pages 10\npswpin 42\npswpout 7\n";
        assert_eq!((vmstat(vm, "pswpin"), vmstat(vm, "pswpout")), (Some(42), Some(7)));
        assert_eq!(vmstat(vm, "pswp"), None);
        let text = "some avg10=0.51 avg60=1.04 avg300=2.95 total=4293714232\nfull avg10=9.00\n";
        assert_eq!(pressure(text), Some(5));
        assert_eq!(pressure("full avg10=1.0\n"), None);
        assert_eq!(threads("2.00 1.62 1.94 3/110 16572\n"), Some((3, 110)));
        assert_eq!(threads("2.00\n"), None);
        assert_eq!(schedstat("441992626 108729732 47\n"), Some(441_992_626));
    }

    #[test]
    fn the_page_size_has_key_six() {
        let words = [33_usize, 1, 6, 16_384, 0, 0];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        assert_eq!(page_size(&bytes), Some(16_384));
        assert_eq!(page_size(&bytes[..3]), None);
    }
}
