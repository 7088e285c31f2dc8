//! NVIDIA GPUs over time, once a second, through the driver's library, or else
//! its tool.
//!
//! One process of the tool runs all the time and prints a line a second for
//! every GPU: starting it anew each time would cost a hundred times more.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tachograph_model::{GpuTelemetry, ThermalTelemetry, ThrottleReason};

use super::{
    table::Table,
    thermal::{self, History},
};
use crate::{
    command,
    parse::smi_loop::{self, GpuLine},
    platform::{self, Platform, nvml::Library},
};

/// The time between two looks at the library.
const EVERY: Duration = Duration::from_secs(1);

const BUSY: usize = 0;
const MEMORY: usize = 1;
const CORE_MHZ: usize = 2;
const MEMORY_MHZ: usize = 3;
const POWER: usize = 4;
const HEAT: usize = 5;
const COLUMNS: usize = 6;

/// The readings, and the tool that runs for them.
#[derive(Debug)]
pub(super) struct GpuWatch {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    tool: Option<Child>,
    stopped: bool,
    gpus: BTreeMap<u32, Gpu>,
}

/// What was seen of all GPUs.
#[derive(Debug)]
pub(super) struct Gpus {
    /// Each of them.
    pub(super) gpus: Vec<GpuTelemetry>,
    /// Processor time of the tool.
    pub(super) tool_cpu: Option<Duration>,
}

impl GpuWatch {
    /// Reads through the driver's library, or else its tool; `None` where neither
    /// is there. Times are counted from `origin`.
    pub(super) fn start(origin: Instant) -> Option<Self> {
        match Library::open() {
            Some(library) => Some(Self::with_library(library, origin)),
            None => Some(Self::with_tool(command::find_in_path("nvidia-smi")?, origin)),
        }
    }

    fn with_library(library: Library, origin: Instant) -> Self {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let theirs = Arc::clone(&shared);
        // Never joined, as below: the library may wait for a driver.
        thread::Builder::new()
            .name("telemetry-gpu".to_owned())
            .spawn(move || {
                loop {
                    let at = nanos(origin.elapsed());
                    let readings = library.readings();
                    let mut shared = lock(&theirs);
                    if shared.stopped {
                        break;
                    }
                    for reading in readings {
                        shared.gpus.entry(reading.index).or_default().push(at, &reading);
                    }
                    drop(shared);
                    thread::sleep(EVERY);
                }
            })
            .ok();
        Self { shared }
    }

    /// Starts the tool.
    fn with_tool(tool: PathBuf, origin: Instant) -> Self {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let theirs = Arc::clone(&shared);
        // Never joined: should the tool leave its pipe open, the thread waits
        // alone and nobody else does.
        thread::Builder::new()
            .name("telemetry-gpu".to_owned())
            .spawn(move || {
                // Drivers differ in the name of one field and refuse others.
                for fields in smi_loop::QUERIES {
                    if follow(&tool, fields, origin, &theirs) {
                        break;
                    }
                }
            })
            .ok();
        Self { shared }
    }

    /// Ends the tool and gives what it said.
    pub(super) fn stop(self) -> Gpus {
        let mut shared = lock(&self.shared);
        shared.stopped = true;
        let tool_cpu = shared.tool.as_mut().and_then(|tool| {
            let time = platform::current().process_cpu_time(tool.id());
            tool.kill().ok();
            tool.wait().ok();
            time
        });
        let gpus = std::mem::take(&mut shared.gpus);
        Gpus { gpus: gpus.into_iter().map(|(index, gpu)| gpu.finish(index)).collect(), tool_cpu }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // A panic elsewhere leaves whole readings behind.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Follows one process of the tool to its end; false when these fields gave
/// nothing and others should be tried.
fn follow(tool: &Path, fields: &str, origin: Instant, shared: &Mutex<Shared>) -> bool {
    let stdout = {
        let mut shared = lock(shared);
        if shared.stopped {
            return true;
        }
        let spawned = Command::new(tool)
            .arg(format!("--query-gpu={fields}"))
            .args(["--format=csv,noheader,nounits", "-l", "1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = spawned else { return true };
        let stdout = child.stdout.take();
        shared.tool = Some(child);
        stdout
    };
    let Some(stdout) = stdout else { return true };
    let mut seen = false;
    for line in BufReader::new(stdout).lines() {
        let Ok(line) = line else { break };
        let at = nanos(origin.elapsed());
        let Some(found) = smi_loop::line(&line) else { continue };
        seen = true;
        let mut shared = lock(shared);
        if shared.stopped {
            return true;
        }
        if shared.gpus.len() < 64 || shared.gpus.contains_key(&found.index) {
            shared.gpus.entry(found.index).or_default().push(at, &found);
        }
    }
    let mut shared = lock(shared);
    if let Some(mut tool) = shared.tool.take() {
        // It closed its output, so it is at its end.
        tool.kill().ok();
        tool.wait().ok();
    }
    seen || shared.stopped
}

/// One GPU so far.
#[derive(Debug)]
struct Gpu {
    table: Table,
    history: History,
    power: Option<(u64, i64)>,
    /// Twice the energy in picojoules (mW · ns).
    energy: u128,
    throttle: BTreeMap<&'static str, u64>,
    throttle_readings: u64,
}

impl Default for Gpu {
    fn default() -> Self {
        Self {
            table: Table::new(COLUMNS),
            history: History::default(),
            power: None,
            energy: 0,
            throttle: BTreeMap::new(),
            throttle_readings: 0,
        }
    }
}

impl Gpu {
    fn push(&mut self, at_ns: u64, line: &GpuLine) {
        let mut row = [None; COLUMNS];
        row[BUSY] = line.busy_permille;
        row[MEMORY] = line.memory_bytes;
        row[CORE_MHZ] = line.core_mhz;
        row[MEMORY_MHZ] = line.memory_mhz;
        row[POWER] = line.power_mw;
        row[HEAT] = line.millicelsius;
        self.table.push(at_ns, &row);
        if let Some(millicelsius) = line.millicelsius {
            self.history.push(at_ns, millicelsius);
        }
        if let Some(power) = line.power_mw {
            if let Some((before, drawn)) = self.power {
                let both = u128::from((power + drawn).unsigned_abs());
                self.energy += both * u128::from(at_ns.saturating_sub(before));
            }
            self.power = Some((at_ns, power));
        }
        if let Some(reasons) = &line.throttle {
            self.throttle_readings += 1;
            for reason in reasons {
                *self.throttle.entry(reason).or_default() += 1;
            }
        }
    }

    fn finish(self, index: u32) -> GpuTelemetry {
        let power_mw = self.table.track(POWER);
        let energy = power_mw
            .as_ref()
            .filter(|power| power.n >= 2)
            .and_then(|_| u64::try_from(self.energy / 2 / 1_000_000).ok());
        let (trend, history_trend) = self.history.trends();
        let thermal = self.table.track(HEAT).map(|millicelsius| ThermalTelemetry {
            zone: format!("gpu {index}"),
            peak_band: thermal::band(millicelsius.max),
            millicelsius,
            trend,
            history_trend,
        });
        let readings = self.throttle_readings;
        let throttle = (readings > 0).then(|| {
            let share = |(reason, n): (&str, u64)| ThrottleReason {
                reason: reason.to_owned(),
                permille: u32::try_from(n * 1_000 / readings).unwrap_or(1_000),
            };
            self.throttle.into_iter().map(share).collect()
        });
        GpuTelemetry {
            index,
            at_ns: self.table.axis(),
            busy_permille: self.table.track(BUSY),
            memory_used_bytes: self.table.track(MEMORY),
            core_mhz: self.table.track(CORE_MHZ),
            memory_mhz: self.table.track(MEMORY_MHZ),
            power_mw,
            microjoules: energy,
            thermal,
            throttle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_is_the_area_under_the_power() {
        let mut gpu = Gpu::default();
        for (at, power) in [(0, 100_000), (1, 300_000), (3, 300_000)] {
            let line = GpuLine { power_mw: Some(power), ..GpuLine::default() };
            gpu.push(at * 1_000_000_000, &line);
        }
        let found = gpu.finish(0);
        assert_eq!(found.microjoules, Some(800_000_000), "200 W for 1 s and 300 W for 2 s");
        assert_eq!((found.throttle, found.thermal), (None, None));
    }

    #[test]
    fn throttling_is_a_share_of_the_readings() {
        let mut gpu = Gpu::default();
        for reasons in [vec![], vec!["sw-power-cap"], vec![], vec!["sw-power-cap"]] {
            let line = GpuLine { throttle: Some(reasons), ..GpuLine::default() };
            gpu.push(1, &line);
        }
        let throttle = gpu.finish(0).throttle.unwrap();
        assert_eq!(throttle, [ThrottleReason { reason: "sw-power-cap".into(), permille: 500 }]);
    }

    /// A tool that knows only some of the fields, and then prints for ever.
    #[cfg(unix)]
    #[test]
    fn the_tool_is_followed_and_ended() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join("nvidia-smi");
        let script = "#!/bin/sh\n\
             case \"$1\" in *throttle*) echo 'Field \"x\" is not a valid field to query.'; exit 2;; esac\n\
             while :; do echo '0, 40, 1024, 1980, 2619, 350.50, 55, 0x0000000000000004'; \
             sleep 0.05; done\n";
        std::fs::write(&tool, script).unwrap();
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
        let watch = GpuWatch::with_tool(tool, Instant::now());
        let deadline = Instant::now() + Duration::from_secs(10);
        let readings = || lock(&watch.shared).gpus.get(&0).map_or(0, |gpu| gpu.throttle_readings);
        while readings() < 3 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        let found = watch.stop();
        let gpu = &found.gpus[0];
        assert_eq!(gpu.busy_permille.as_ref().unwrap().mean, 400);
        assert_eq!(gpu.memory_used_bytes.as_ref().unwrap().max, 1 << 30);
        assert_eq!(gpu.thermal.as_ref().unwrap().millicelsius.last, 55_000);
        assert_eq!(gpu.throttle.as_ref().unwrap()[0].reason, "sw-power-cap");
        assert!(gpu.microjoules.unwrap() > 0);
    }
}
