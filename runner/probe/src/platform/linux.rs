//! Linux: `/proc` and `/sys`.

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use tachograph_model::{Accelerator, Cpu, Load, Memory, Os, PowerState, Temperature};

use super::{
    Platform, TreeMemory, counters::LinuxCounters, drm, listener, nvidia, sensors, topology, tree,
    usable_cores,
};
use crate::{
    gaps::Gaps,
    parse::{
        counters,
        cpuinfo::{self, CpuInfo},
        meminfo, os_release,
        stat::{self, MachineTicks},
        virtualization,
    },
    telemetry::Counters,
};

/// The most that is read of one file; `/proc/cpuinfo` of 512 cores has 800 KB.
const FILE_CAP: u64 = 4 << 20;

/// Where the fields of the fingerprint come from.
const SOURCES: &[(&str, &str)] = &[
    ("cpu", "procfs cpuinfo"),
    ("cpu.caches", "sysfs cpu0 cache"),
    ("cpu.governor", "sysfs cpufreq"),
    ("cpu.logical_cores", "affinity and quota of the process"),
    ("cpu.max_mhz", "sysfs cpufreq"),
    ("cpu.numa_nodes", "sysfs node"),
    ("load", "procfs loadavg and pressure"),
    ("load_1m", "procfs loadavg"),
    ("memory", "procfs meminfo, limited by the control group"),
    ("memory.channels", "sysfs edac"),
    ("os.kernel", "procfs osrelease"),
    ("os.name", "os-release"),
    ("os.virtualization", "control group, cpuinfo flags, firmware vendor"),
    ("power", "sysfs power_supply"),
    ("thermal", "sysfs thermal and hwmon"),
];

/// Linux, with the folder that stands for `/`.
#[derive(Debug, Clone)]
pub(crate) struct Linux {
    root: PathBuf,
}

impl Linux {
    /// The system that runs this process.
    pub(crate) fn new() -> Self {
        Self { root: PathBuf::from("/") }
    }

    /// A system below some other folder.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn read(&self, path: &str) -> Option<String> {
        read_text(&self.root.join(path))
    }

    fn cpu_info(&self) -> CpuInfo {
        self.read("proc/cpuinfo").map(|text| cpuinfo::parse(&text)).unwrap_or_default()
    }

    fn virtualization(&self) -> Option<String> {
        let marked =
            [".dockerenv", "run/.containerenv"].iter().any(|file| self.root.join(file).exists());
        let grouped = self
            .read("proc/1/cgroup")
            .is_some_and(|text| virtualization::is_container_cgroup(&text));
        let hypervisor = || {
            self.cpu_info().hypervisor
                || self
                    .read("sys/class/dmi/id/sys_vendor")
                    .is_some_and(|vendor| virtualization::is_hypervisor_vendor(&vendor))
        };
        if marked || grouped {
            Some("container".to_owned())
        } else if hypervisor() {
            Some("vm".to_owned())
        } else {
            None
        }
    }

    /// The memory that the control group leaves to this process, where it sets
    /// a limit: version 2 first, then version 1, whose "no limit" is a number
    /// larger than any memory.
    fn memory_limit(&self) -> Option<u64> {
        ["sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"]
            .iter()
            .find_map(|file| self.read(file)?.trim().parse().ok())
    }

    /// Every process with its parent.
    fn parents(&self) -> Vec<(u32, u32)> {
        let Ok(entries) = fs::read_dir(self.root.join("proc")) else { return Vec::new() };
        entries
            .filter_map(|entry| {
                let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
                let stat = stat::process(&self.read(&format!("proc/{pid}/stat"))?)?;
                Some((pid, stat.parent))
            })
            .collect()
    }
}

impl Platform for Linux {
    fn cpu(&self, gaps: &mut Gaps) -> Cpu {
        let info = self.cpu_info();
        let governor = self.read("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        let governor = governor.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let untold = "the kernel does not tell";
        Cpu {
            model: gaps.need("cpu.model", info.model, untold),
            arch: env::consts::ARCH.to_owned(),
            logical_cores: gaps.need("cpu.logical_cores", usable_cores(), untold).unwrap_or(1),
            physical_cores: gaps.need("cpu.physical_cores", info.physical_cores, untold),
            mhz: gaps.need("cpu.mhz", info.mhz, untold),
            features: info.features,
            governor: gaps.need("cpu.governor", governor, "the kernel shows no frequency scaling"),
            max_mhz: gaps.need(
                "cpu.max_mhz",
                topology::max_mhz(&self.root),
                "the kernel shows no frequency scaling",
            ),
            numa_nodes: gaps.need("cpu.numa_nodes", topology::numa_nodes(&self.root), untold),
            caches: {
                let caches = topology::caches(&self.root);
                if caches.is_empty() {
                    gaps.note("cpu.caches", untold);
                }
                caches
            },
        }
    }

    /// What this process may use: a container's limit counts, as it does for
    /// the cores.
    fn memory(&self, gaps: &mut Gaps) -> Memory {
        let limit = self.memory_limit().unwrap_or(u64::MAX);
        let text = self.read("proc/meminfo").unwrap_or_default();
        let channels = gaps.need(
            "memory.channels",
            topology::channels(&self.root),
            "only a controller with error correction shows them, and the kernel shows none",
        );
        let mut need = |field: &str, value: Option<u64>| {
            let reason = "the kernel does not tell; the zero stands for unknown";
            gaps.need(field, value, reason).unwrap_or(0)
        };
        Memory {
            total_bytes: need("memory.total_bytes", meminfo::bytes_of(&text, "MemTotal"))
                .min(limit),
            available_bytes: need(
                "memory.available_bytes",
                meminfo::bytes_of(&text, "MemAvailable"),
            )
            .min(limit),
            swap_used_bytes: need("memory.swap_used_bytes", meminfo::swap_used(&text)),
            channels,
        }
    }

    fn os(&self, gaps: &mut Gaps) -> Os {
        let release = ["etc/os-release", "usr/lib/os-release"];
        let name = release.iter().find_map(|file| os_release::pretty_name(&self.read(file)?));
        let kernel = self.read("proc/sys/kernel/osrelease").map(|text| text.trim().to_owned());
        Os {
            family: "linux".to_owned(),
            name: gaps.need("os.name", name, "the distribution does not tell"),
            kernel: gaps.need("os.kernel", kernel, "the kernel does not tell"),
            virtualization: self.virtualization(),
        }
    }

    fn accelerators(&self, gaps: &mut Gaps) -> Vec<Accelerator> {
        let mut found = nvidia::accelerators(gaps);
        if found.is_none() {
            found = drm::nvidia_from_module(&self.root, gaps);
        }
        let mut found = found.unwrap_or_default();
        found.extend(drm::others(&self.root, found.len(), gaps));
        drm::ask_rocm(&mut found, gaps);
        found
    }

    fn load_1m(&self, gaps: &mut Gaps) -> Option<f64> {
        let load = self
            .read("proc/loadavg")
            .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
            .filter(|load| load.is_finite() && *load >= 0.0);
        gaps.need("load_1m", load, "the kernel does not tell")
    }

    fn load(&self, gaps: &mut Gaps) -> Option<Load> {
        gaps.need("load", topology::load(&self.root), "the kernel does not tell")
    }

    fn power(&self, gaps: &mut Gaps) -> Option<PowerState> {
        let reason = "the kernel shows neither a charger nor a battery";
        gaps.need("power", topology::power(&self.root), reason)
    }

    fn thermal(&self, gaps: &mut Gaps) -> Vec<Temperature> {
        let found: Vec<Temperature> = sensors::find(&self.root)
            .into_iter()
            .filter_map(|sensor| {
                let millicelsius = sensors::parse(&read_text(&sensor.file)?)?;
                Some(Temperature { zone: sensor.name, millicelsius })
            })
            .collect();
        if found.is_empty() {
            gaps.note("thermal", "the kernel shows no sensor of a processor");
        }
        found
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        SOURCES
    }

    fn counters(&self, pids: &[u32]) -> Result<Box<dyn Counters>, &'static str> {
        Ok(Box::new(LinuxCounters::open(&self.root, pids)))
    }

    fn thread_cpu_time(&self) -> Option<(Duration, &'static str)> {
        if let Some(ns) =
            self.read("proc/thread-self/schedstat").and_then(|text| counters::schedstat(&text))
            // Kernels without scheduler statistics say zero.
            && ns > 0
        {
            return Some((Duration::from_nanos(ns), "schedstat, 1 ns"));
        }
        let time = stat::process(&self.read("proc/thread-self/stat")?)?.cpu;
        Some((time, "stat, 10 ms"))
    }

    fn process_cpu_time(&self, pid: u32) -> Option<Duration> {
        Some(stat::process(&self.read(&format!("proc/{pid}/stat"))?)?.cpu)
    }

    fn own_cpu_time(&self) -> Option<Duration> {
        Some(stat::process(&self.read("proc/self/stat")?)?.cpu)
    }

    fn machine_ticks(&self) -> Option<MachineTicks> {
        stat::machine(&self.read("proc/stat")?)
    }

    fn listener(&self, port: u16) -> Option<u32> {
        listener::listener(&self.root, port)
    }

    fn tree_memory(&self, root: u32) -> Option<TreeMemory> {
        let status = |pid: u32| self.read(&format!("proc/{pid}/status"));
        meminfo::bytes_of(&status(root)?, "VmRSS")?;
        let mut sum = TreeMemory { resident: 0, high_water: Some(0), processes: 0 };
        for text in tree(root, &self.parents()).into_iter().filter_map(status) {
            // Kernel threads and processes that are ending have no memory lines.
            let Some(resident) = meminfo::bytes_of(&text, "VmRSS") else { continue };
            let peak = meminfo::bytes_of(&text, "VmHWM");
            sum.resident = sum.resident.saturating_add(resident);
            sum.high_water = sum.high_water.zip(peak).map(|(a, b)| a.saturating_add(b));
            sum.processes += 1;
        }
        (sum.processes > 0).then_some(sum)
    }
}

/// The text of a file, at most [`FILE_CAP`] bytes; `None` when unreadable.
pub(super) fn read_text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&read_bytes(path)?).into_owned())
}

/// The bytes of a file, at most [`FILE_CAP`]; `None` when unreadable.
pub(super) fn read_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(FILE_CAP).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The entries of a folder whose names are this prefix with a number behind it,
/// by number; with an empty prefix all entries, by name.
pub(super) fn entries(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(String, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            let rest = name.strip_prefix(prefix)?;
            let numbered = rest.starts_with(|c: char| c.is_ascii_digit());
            (prefix.is_empty() || numbered).then_some((name, path))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that looks like `/`.
    fn system(files: &[(&str, &str)]) -> (tempfile::TempDir, Linux) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = folder.path().to_owned();
        (folder, Linux { root })
    }

    #[test]
    fn an_empty_system_gives_reasons_in_place_of_facts() {
        let (_folder, linux) = system(&[]);
        let mut gaps = Gaps::default();
        let (cpu, memory, os) =
            (linux.cpu(&mut gaps), linux.memory(&mut gaps), linux.os(&mut gaps));
        assert_eq!((cpu.model, cpu.mhz, cpu.governor), (None, None, None));
        assert_eq!((memory.total_bytes, os.kernel, os.virtualization), (0, None, None));
        assert_eq!(linux.load_1m(&mut gaps), None);
        assert_eq!((linux.own_cpu_time(), linux.machine_ticks()), (None, None));
        let fields: Vec<String> = gaps.into_sorted().into_iter().map(|gap| gap.field).collect();
        assert_eq!(
            fields,
            [
                "cpu.caches",
                "cpu.governor",
                "cpu.max_mhz",
                "cpu.mhz",
                "cpu.model",
                "cpu.numa_nodes",
                "cpu.physical_cores",
                "load_1m",
                "memory.available_bytes",
                "memory.channels",
                "memory.swap_used_bytes",
                "memory.total_bytes",
                "os.kernel",
                "os.name",
            ]
        );
    }

    #[test]
    fn containers_come_before_virtual_machines() {
        let vm = ("proc/cpuinfo", "flags : fpu hypervisor\n");
        let case = |files: &[(&str, &str)]| {
            let (_folder, linux) = system(files);
            linux.os(&mut Gaps::default()).virtualization
        };
        assert_eq!(case(&[vm]).as_deref(), Some("vm"));
        assert_eq!(case(&[vm, (".dockerenv", "")]).as_deref(), Some("container"));
        assert_eq!(case(&[("run/.containerenv", "")]).as_deref(), Some("container"));
        assert_eq!(case(&[("proc/1/cgroup", "0::/kubepods/x\n")]).as_deref(), Some("container"));
        assert_eq!(case(&[("sys/class/dmi/id/sys_vendor", "QEMU\n")]).as_deref(), Some("vm"));
        assert_eq!(case(&[("proc/1/cgroup", "0::/init.scope\n")]), None);
        assert_eq!(case(&[]), None);
    }

    #[test]
    fn memory_is_summed_over_the_tree_and_nothing_else() {
        let stat = |parent: u32| format!("1 (x) S {parent} 0 0 0 0 0 0 0 0 0 0 1 1");
        let status = |hwm: u32, rss: u32| format!("VmHWM:\t{hwm} kB\nVmRSS:\t{rss} kB\n");
        let (_folder, linux) = system(&[
            ("proc/10/stat", &stat(1)),
            ("proc/10/status", &status(500, 400)),
            ("proc/11/stat", &stat(10)),
            ("proc/11/status", &status(70, 60)),
            ("proc/12/stat", &stat(11)),
            ("proc/12/status", "Name:\tending\n"),
            ("proc/13/stat", &stat(1)),
            ("proc/13/status", &status(9_000, 9_000)),
        ]);
        let memory = linux.tree_memory(10).unwrap();
        assert_eq!(
            memory,
            TreeMemory { resident: 460 * 1024, high_water: Some(570 * 1024), processes: 2 }
        );
        assert_eq!(linux.tree_memory(99), None);
    }

    #[test]
    fn a_container_sees_its_limit() {
        let meminfo = ("proc/meminfo", "MemTotal: 4000 kB\nMemAvailable: 3000 kB\n");
        let case = |files: &[(&str, &str)]| {
            let (_folder, linux) = system(files);
            let memory = linux.memory(&mut Gaps::default());
            (memory.total_bytes / 1024, memory.available_bytes / 1024)
        };
        let (v2, v1) = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes");
        assert_eq!(case(&[meminfo]), (4000, 3000));
        assert_eq!(case(&[meminfo, (v2, "max\n")]), (4000, 3000));
        assert_eq!(case(&[meminfo, (v2, "2048000\n")]), (2000, 2000));
        assert_eq!(case(&[meminfo, (v1, "9223372036854771712\n")]), (4000, 3000));
        assert_eq!(case(&[meminfo, (v1, "3584000\n")]), (3500, 3000));
    }

    #[test]
    fn governor_load_and_ticks() {
        let (_folder, linux) = system(&[
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("proc/loadavg", "1.25 0.8 0.5 1/200 4711\n"),
            ("proc/stat", "cpu  1 0 1 6 0 0 0 2 0 0\n"),
            ("usr/lib/os-release", "NAME=Void\n"),
        ]);
        let mut gaps = Gaps::default();
        assert_eq!(linux.cpu(&mut gaps).governor.as_deref(), Some("powersave"));
        assert_eq!(linux.load_1m(&mut gaps), Some(1.25));
        assert_eq!(linux.machine_ticks(), Some(MachineTicks { total: 10, steal: 2 }));
        assert_eq!(linux.os(&mut gaps).name.as_deref(), Some("Void"));
    }
}
