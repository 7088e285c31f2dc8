//! Linux's counters for telemetry.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    linux::{entries, read_bytes, read_text},
    sensors, tree,
};
use crate::{
    gaps::Gaps,
    parse::{
        counters::{self, ProcessUse},
        meminfo, stat,
    },
    telemetry::{Counters, Layout, Pace, Reading, SlowReading, TreeReading},
};

/// What finding the members of a tree and dividing shared pages may take of
/// one core, each: one part in this many. Both grow with the machine or with
/// the process, so they are done the more seldom the longer they take.
const SPARING: u32 = 500;

/// What dividing shared pages may take beyond that, so that small processes
/// are read from the start.
const DIVIDE_GRACE: Duration = Duration::from_millis(2);

/// What it may take after the end.
const DIVIDE_AT_CLOSE: Duration = Duration::from_millis(500);

/// The nanoseconds that dividing is expected to take for each KiB, until it
/// was measured; with pages of 4 KiB it took 15.
const DIVIDE_NS_PER_KIB: u64 = 20;

/// The most that is read of one file.
const FILE_CAP: usize = 4 << 20;

/// Nanoseconds of one tick.
const TICK_NS: u64 = 10_000_000;

/// A file that is read again and again through one handle. A handle on
/// `/proc/PID` goes on meaning that process, never a later one of that number.
#[derive(Debug)]
struct Again {
    file: File,
    bytes: Vec<u8>,
}

impl Again {
    fn open(path: &Path) -> Option<Self> {
        Some(Self { file: File::open(path).ok()?, bytes: vec![0; 4 << 10] })
    }

    /// The text of now; `None` when it cannot be read, as of an ended process.
    fn text(&mut self) -> Option<&str> {
        let mut filled = 0;
        loop {
            if filled == self.bytes.len() {
                if filled >= FILE_CAP {
                    break;
                }
                self.bytes.resize(filled * 2, 0);
            }
            let rest = self.bytes.get_mut(filled..)?;
            match self.file.read_at(rest, filled as u64).ok()? {
                0 => break,
                more => filled += more,
            }
        }
        std::str::from_utf8(self.bytes.get(..filled)?).ok()
    }
}

/// The counters of one machine, with the folder that stands for `/`.
#[derive(Debug)]
pub(super) struct LinuxCounters {
    root: PathBuf,
    stat: Option<Again>,
    meminfo: Option<Again>,
    vmstat: Option<Again>,
    page: Option<u64>,
    sensors: Vec<(String, Again)>,
    energy: Vec<(String, u64, Again)>,
    roots: Vec<u32>,
    members: BTreeMap<u32, Member>,
    searched: bool,
    search_due: Instant,
    begin: Instant,
    /// Spent on dividing so far.
    divided: Duration,
    divide_ns_per_kib: u64,
    unread: Gaps,
}

/// One process of the tree.
#[derive(Debug)]
struct Member {
    stat: Again,
    /// What it had used before it was followed.
    before: ProcessUse,
    /// What it had used at the last reading; kept when it has ended.
    last: ProcessUse,
    alive: bool,
}

impl LinuxCounters {
    pub(super) fn open(root: &Path, pids: &[u32]) -> Self {
        let mut unread = Gaps::default();
        let proc = |file: &str| Again::open(&root.join("proc").join(file));
        let sensors: Vec<(String, Again)> = sensors::find(root)
            .into_iter()
            .filter_map(|sensor| Some((sensor.name, Again::open(&sensor.file)?)))
            .collect();
        if sensors.is_empty() {
            unread.note("thermal", "the kernel shows no sensor of a processor");
        }
        let page =
            read_bytes(&root.join("proc/self/auxv")).and_then(|bytes| counters::page_size(&bytes));
        if page.is_none() {
            unread.note("processes.rss_bytes", "the kernel does not tell its page size");
        }
        let energy = energy(root, &mut unread);
        if throttled(root).is_none() {
            unread.note("cpu_throttle_events", "the kernel counts none for this processor");
        }
        let now = Instant::now();
        Self {
            stat: proc("stat"),
            meminfo: proc("meminfo"),
            vmstat: proc("vmstat"),
            root: root.to_owned(),
            page,
            sensors,
            energy,
            roots: pids.to_vec(),
            members: BTreeMap::new(),
            searched: false,
            search_due: now,
            begin: now,
            divided: Duration::ZERO,
            divide_ns_per_kib: DIVIDE_NS_PER_KIB,
            unread,
        }
    }

    /// Finds processes that joined the tree.
    fn search(&mut self) {
        let begin = Instant::now();
        if begin < self.search_due || self.roots.is_empty() {
            return;
        }
        let found = descendants(&self.root, &self.roots);
        for pid in found {
            if self.members.get(&pid).is_some_and(|member| member.alive) {
                continue;
            }
            let Some(mut stat) = Again::open(&self.root.join(format!("proc/{pid}/stat"))) else {
                continue;
            };
            let Some(now) = stat.text().and_then(counters::process) else { continue };
            // Whatever began later did all of its work within that time.
            let before = if self.searched { ProcessUse::default() } else { now };
            self.members.insert(pid, Member { stat, before, last: now, alive: true });
        }
        self.searched = true;
        self.search_due = next(begin);
    }

    fn tree(&mut self) -> Option<TreeReading> {
        self.search();
        let page = self.page?;
        let mut sum = TreeReading::default();
        for member in self.members.values_mut() {
            if member.alive {
                match member.stat.text().and_then(counters::process) {
                    // An ended process that nobody waited for has no memory.
                    Some(now) if now.vms > 0 => {
                        member.last = now;
                        sum.processes += 1;
                        sum.rss = sum.rss.saturating_add(now.rss_pages.saturating_mul(page));
                        sum.vms = sum.vms.saturating_add(now.vms);
                    }
                    _ => member.alive = false,
                }
            }
            let (last, before) = (&member.last, &member.before);
            sum.minor += last.minor.saturating_sub(before.minor);
            sum.major += last.major.saturating_sub(before.major);
            let ticks = last.ticks.saturating_sub(before.ticks);
            sum.cpu_ns = sum.cpu_ns.saturating_add(ticks.saturating_mul(TICK_NS));
        }
        (sum.processes > 0).then_some(sum)
    }

    /// Whether dividing the shared pages of so much memory is cheap enough now.
    fn may_divide(&self, pace: Pace, rss: u64) -> bool {
        let expected = Duration::from_nanos((rss >> 10).saturating_mul(self.divide_ns_per_kib));
        if pace == Pace::Close {
            return expected <= DIVIDE_AT_CLOSE;
        }
        self.divided + expected <= self.begin.elapsed() / SPARING + DIVIDE_GRACE
    }

    /// Resident memory with shared pages divided; `None` when the kernel does
    /// not let us read it of every member.
    fn pss(&mut self, rss: u64) -> Option<u64> {
        let begin = Instant::now();
        let mut sum = None;
        for (pid, _) in self.members.iter().filter(|(_, member)| member.alive) {
            let text = read_text(&self.root.join(format!("proc/{pid}/smaps_rollup")))?;
            let part = meminfo::bytes_of(&text, "Pss")?;
            sum = Some(u64::saturating_add(sum.unwrap_or(0), part));
        }
        let took = begin.elapsed();
        self.divided += took;
        // Of little memory most of the time is overhead, which says nothing of more.
        if rss >= 1 << 30 {
            let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            self.divide_ns_per_kib = took / (rss >> 10);
        }
        sum
    }

    fn slow(&mut self, pace: Pace, rss: Option<u64>) -> SlowReading {
        let affordable = rss.filter(|&rss| self.may_divide(pace, rss));
        let pss = affordable.and_then(|rss| self.pss(rss));
        let vmstat = self.vmstat.as_mut().and_then(Again::text).unwrap_or_default();
        let moved = |key: &str| counters::vmstat(vmstat, key)?.checked_mul(self.page?);
        SlowReading {
            swap_in: moved("pswpin"),
            swap_out: moved("pswpout"),
            pss,
            pss_spared: rss.is_some() && affordable.is_none(),
            energy: self
                .energy
                .iter_mut()
                .map(|(_, _, file)| file.text()?.trim().parse().ok())
                .collect(),
            temperatures: self
                .sensors
                .iter_mut()
                .map(|(_, file)| file.text().and_then(sensors::parse))
                .collect(),
            throttled: (pace >= Pace::Open).then(|| throttled(&self.root)).flatten(),
        }
    }
}

impl Counters for LinuxCounters {
    fn layout(&self) -> Layout {
        Layout {
            energy: self.energy.iter().map(|(name, range, _)| (name.clone(), *range)).collect(),
            sensors: self.sensors.iter().map(|(name, _)| name.clone()).collect(),
            unread: self.unread.sorted(),
        }
    }

    fn read(&mut self, pace: Pace) -> Reading {
        let cores = self.stat.as_mut().and_then(Again::text).map(counters::cores);
        let meminfo = self.meminfo.as_mut().and_then(Again::text).unwrap_or_default();
        let mut reading = Reading {
            cores: cores.unwrap_or_default(),
            available: meminfo::bytes_of(meminfo, "MemAvailable"),
            swap_used: meminfo::swap_used(meminfo),
            tree: self.tree(),
            slow: None,
        };
        if pace >= Pace::Slow {
            reading.slow = Some(self.slow(pace, reading.tree.map(|tree| tree.rss)));
        }
        reading
    }
}

/// When to do something again that began then: after a second, or later when
/// it took long.
fn next(begin: Instant) -> Instant {
    begin + (begin.elapsed() * SPARING).max(Duration::from_secs(1))
}

/// The processes of the trees: by the kernel's lists of children where it
/// keeps them, else out of all processes.
fn descendants(root: &Path, roots: &[u32]) -> Vec<u32> {
    let mut members: Vec<u32> = roots.to_vec();
    let mut index = 0;
    while let Some(&pid) = members.get(index) {
        index += 1;
        let tasks = root.join(format!("proc/{pid}/task"));
        let Ok(threads) = fs::read_dir(&tasks) else { continue };
        for thread in threads.flatten() {
            let Some(text) = read_text(&thread.path().join("children")) else {
                // This kernel keeps no such lists.
                return by_parents(root, roots);
            };
            for child in text.split_ascii_whitespace().filter_map(|word| word.parse().ok()) {
                if !members.contains(&child) {
                    members.push(child);
                }
            }
        }
    }
    members
}

fn by_parents(root: &Path, roots: &[u32]) -> Vec<u32> {
    let Ok(all) = fs::read_dir(root.join("proc")) else { return roots.to_vec() };
    let parents: Vec<(u32, u32)> = all
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let text = read_text(&root.join(format!("proc/{pid}/stat")))?;
            Some((pid, stat::process(&text)?.parent))
        })
        .collect();
    let mut members: Vec<u32> = roots.iter().flat_map(|&root| tree(root, &parents)).collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// The energy counters that may be read: name, range, file.
fn energy(root: &Path, unread: &mut Gaps) -> Vec<(String, u64, Again)> {
    let folder = root.join("sys/class/powercap");
    let name = |zone: &Path| read_text(&zone.join("name")).map(|text| text.trim().to_owned());
    let zones: Vec<PathBuf> = entries(&folder, "intel-rapl:");
    let mut found = Vec::new();
    for zone in &zones {
        let file = zone.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(own) = name(zone) else { continue };
        // `intel-rapl:0:1` is a part of `intel-rapl:0`.
        let above = file.rsplit_once(':').filter(|(above, _)| above.contains(':'));
        let parent = above.and_then(|(above, _)| name(&folder.join(above)));
        let range =
            read_text(&zone.join("max_energy_range_uj")).and_then(|text| text.trim().parse().ok());
        let Some(mut counter) = Again::open(&zone.join("energy_uj")) else { continue };
        let readable = counter.text().and_then(|text| text.trim().parse::<u64>().ok()).is_some();
        if let (true, Some(range)) = (readable, range) {
            let name = parent.map_or_else(|| own.clone(), |parent| format!("{parent} {own}"));
            found.push((name, range, counter));
        }
    }
    if found.is_empty() {
        let reason = if zones.is_empty() {
            "the kernel shows no energy counter"
        } else {
            "the kernel lets only its administrator read the energy counters"
        };
        unread.note("energy", reason);
    }
    found
}

/// Times that the cores were slowed down by heat since the machine began,
/// summed over all cores; only Intel's processors count them.
fn throttled(root: &Path) -> Option<u64> {
    let cores = entries(&root.join("sys/devices/system/cpu"), "cpu");
    let counts = cores.iter().filter_map(|core| {
        let text = read_text(&core.join("thermal_throttle/core_throttle_count"))?;
        text.trim().parse::<u64>().ok()
    });
    counts.fold(None, |sum, count| Some(u64::saturating_add(sum.unwrap_or(0), count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct System(tempfile::TempDir);

    impl System {
        fn write(&self, path: &str, text: impl AsRef<[u8]>) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn process(&self, pid: u32, children: &str, faults: u64, pages: u64) {
            let stat = format!(
                "{pid} (x y) S 1 1 1 0 -1 0 {faults} 0 {faults} 0 5 5 0 0 20 0 1 \
                 0 9 8192000 {pages} 0 0"
            );
            self.write(&format!("proc/{pid}/stat"), stat);
            self.write(&format!("proc/{pid}/task/{pid}/children"), children);
            self.write(&format!("proc/{pid}/smaps_rollup"), format!("Rss: 8 kB\nPss: {pid} kB\n"));
        }
    }

    fn system() -> System {
        let system = System(tempfile::tempdir().unwrap());
        let auxv: Vec<u8> =
            [6_usize, 4_096, 0, 0].iter().flat_map(|word| word.to_ne_bytes()).collect();
        system.write("proc/self/auxv", auxv);
        system.write("proc/stat", "cpu  1 0 1 6 0 0 0 2 0 0\ncpu0 1 0 1 6 0 0 0 2 0 0\nintr 1\n");
        system.write("proc/meminfo", "MemAvailable: 10 kB\nSwapTotal: 5 kB\nSwapFree: 2 kB\n");
        system.write("proc/vmstat", "pswpin 3\npswpout 4\n");
        system
    }

    #[test]
    fn a_tree_is_followed_with_its_late_children() {
        let system = system();
        system.process(10, "11 ", 100, 5);
        system.process(11, "", 7, 3);
        system.process(12, "", 50, 1);
        let mut counters = LinuxCounters::open(system.0.path(), &[10]);
        let first = counters.read(Pace::Open);
        let tree = first.tree.unwrap();
        assert_eq!((tree.processes, tree.rss, tree.vms), (2, 8 * 4_096, 16_384_000));
        assert_eq!((tree.minor, tree.major, tree.cpu_ns), (0, 0, 0));
        let slow = first.slow.unwrap();
        assert_eq!(slow.pss, Some(21 * 1_024));
        assert_eq!((slow.swap_in, slow.swap_out), (Some(3 * 4_096), Some(4 * 4_096)));
        assert_eq!((first.available, first.swap_used), (Some(10_240), Some(3_072)));

        // A new child brings all of its faults along.
        system.process(10, "11 12", 130, 6);
        counters.search_due = Instant::now();
        let tree = counters.read(Pace::Fast).tree.unwrap();
        assert_eq!((tree.processes, tree.rss), (3, 10 * 4_096));
        assert_eq!((tree.minor, tree.major), (80, 80));
        assert_eq!(tree.cpu_ns, 100_000_000);

        // What has ended keeps its faults and loses its memory.
        system.write("proc/12/stat", "12 (x) Z 1");
        let tree = counters.read(Pace::Fast).tree.unwrap();
        assert_eq!((tree.processes, tree.rss, tree.minor), (2, 9 * 4_096, 80));
    }

    #[test]
    fn shared_pages_of_much_memory_are_divided_seldom() {
        let system = system();
        let mut counters = LinuxCounters::open(system.0.path(), &[]);
        assert!(counters.may_divide(Pace::Slow, 50 << 20), "1 ms is within the grace");
        assert!(!counters.may_divide(Pace::Slow, 10 << 30), "200 ms are not");
        assert!(counters.may_divide(Pace::Close, 10 << 30));
        assert!(!counters.may_divide(Pace::Close, 100 << 30));
        let Some(earlier) = counters.begin.checked_sub(Duration::from_secs(120)) else { return };
        counters.begin = earlier;
        assert!(counters.may_divide(Pace::Slow, 10 << 30), "240 ms in two minutes");
        counters.divided = Duration::from_millis(200);
        assert!(!counters.may_divide(Pace::Slow, 10 << 30), "they are spent");
    }

    #[test]
    fn without_lists_of_children_all_processes_are_asked() {
        let system = system();
        for (pid, parent) in [(10, 1), (11, 10), (12, 11), (13, 1)] {
            let stat = format!("{pid} (x) S {parent} 1 1 0 -1 0 0 0 0 0 5 5 0 0 20 0 1 0 9 8 1 0");
            system.write(&format!("proc/{pid}/stat"), stat);
            fs::create_dir_all(system.0.path().join(format!("proc/{pid}/task/{pid}"))).unwrap();
        }
        assert_eq!(descendants(system.0.path(), &[10, 11]), [10, 11, 12]);
    }

    #[test]
    fn energy_sensors_and_throttling() {
        let system = system();
        for (zone, name, energy) in [
            ("intel-rapl:0", "package-0", "1000\n"),
            ("intel-rapl:0:0", "core", "300\n"),
            ("intel-rapl:1", "psys", "secret\n"),
        ] {
            let base = format!("sys/class/powercap/{zone}");
            system.write(&format!("{base}/name"), format!("{name}\n"));
            system.write(&format!("{base}/energy_uj"), energy);
            system.write(&format!("{base}/max_energy_range_uj"), "262143328850\n");
        }
        system.write("sys/class/powercap/dtpm/name", "x");
        system.write("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n");
        system.write("sys/class/thermal/thermal_zone0/temp", "61000\n");
        for core in 0..2 {
            let base = format!("sys/devices/system/cpu/cpu{core}/thermal_throttle");
            system.write(&format!("{base}/core_throttle_count"), "4\n");
        }
        let mut counters = LinuxCounters::open(system.0.path(), &[]);
        let layout = counters.layout();
        let names: Vec<&str> = layout.energy.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["package-0", "package-0 core"]);
        assert_eq!((layout.sensors, layout.unread), (vec!["x86_pkg_temp".to_owned()], vec![]));
        let slow = counters.read(Pace::Open).slow.unwrap();
        assert_eq!(slow.energy, [Some(1_000), Some(300)]);
        assert_eq!((slow.temperatures, slow.throttled), (vec![Some(61_000)], Some(8)));
        assert_eq!(counters.read(Pace::Slow).slow.unwrap().throttled, None);
        assert!(counters.read(Pace::Fast).slow.is_none());
    }

    #[test]
    fn an_empty_system_reads_nothing_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let mut counters = LinuxCounters::open(folder.path(), &[1]);
        let reading = counters.read(Pace::Open);
        assert!(reading.cores.is_empty() && reading.tree.is_none());
        let fields: Vec<String> =
            counters.layout().unread.into_iter().map(|gap| gap.field).collect();
        assert_eq!(fields, ["cpu_throttle_events", "energy", "processes.rss_bytes", "thermal"]);
    }
}
