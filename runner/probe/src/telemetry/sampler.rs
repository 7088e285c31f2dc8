//! A thread that reads the machine's counters at a steady pace.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tachograph_model::{SamplerCost, Telemetry};

use super::{
    Layout, Pace, Reading,
    gpu::{GpuWatch, Gpus},
    recorder::Recorder,
};
use crate::{
    command,
    gaps::Gaps,
    platform::{self, Platform},
};

/// What is read once a second rather than at every reading.
const SLOW_EVERY: Duration = Duration::from_secs(1);

/// What a [`Sampler`] is to read.
#[derive(Debug, Clone)]
pub struct SamplerOptions {
    /// The time between two readings, 10 ms at least.
    pub interval: Duration,
    /// Processes to follow, each with its descendants.
    pub pids: Vec<u32>,
    /// Whether to ask NVIDIA's tool about GPUs, once a second, where it is
    /// installed.
    pub gpu: bool,
}

impl Default for SamplerOptions {
    /// Ten readings a second, no process, GPUs where there are some.
    fn default() -> Self {
        Self { interval: Duration::from_millis(100), pids: Vec::new(), gpu: true }
    }
}

/// Reads the machine's counters on a thread of its own, from
/// [`Sampler::start`] to [`Sampler::stop`].
///
/// A sampler that is dropped ends without an answer.
#[derive(Debug)]
pub struct Sampler {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<Telemetry>>,
}

impl Sampler {
    /// Starts to read; the first reading follows at once.
    ///
    /// # Errors
    /// The system's error when it gives no thread.
    pub fn start(options: SamplerOptions) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("telemetry".to_owned())
            .spawn(move || sample(&options, |left| wait(&stopped, left)))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Takes a last reading and gives everything that was seen; waits for the
    /// sampler's thread: a few milliseconds, and half a second at most while the
    /// kernel walks the page tables of followed processes (15 ms a GB). `None` when that thread panicked.
    pub fn stop(mut self) -> Option<Telemetry> {
        self.stop = None;
        self.thread.take()?.join().ok()
    }
}

/// Whether the sampler was stopped within this time.
fn wait(stopped: &mpsc::Receiver<()>, left: Duration) -> bool {
    !matches!(stopped.recv_timeout(left), Err(RecvTimeoutError::Timeout))
}

fn sample(options: &SamplerOptions, stopped: impl Fn(Duration) -> bool) -> Telemetry {
    let system = platform::current();
    let origin = Instant::now();
    let gpus = options.gpu.then(|| command::find_in_path("nvidia-smi")).flatten();
    let watch = gpus.map(|tool| GpuWatch::start(tool, origin));
    let (mut counters, whole_gap) = match system.counters(&options.pids) {
        Ok(counters) => (Some(counters), None),
        Err(reason) => (None, Some(reason)),
    };
    let layout = counters.as_ref().map_or_else(Layout::default, |counters| counters.layout());
    let interval = options.interval.max(Duration::from_millis(10));
    let mut recorder = Recorder::new(layout);
    let mut missed = 0;
    let mut read = |pace: Pace, recorder: &mut Recorder| {
        let at = origin.elapsed();
        let reading = counters.as_mut().map_or_else(Reading::default, |of| of.read(pace));
        recorder.push(nanos(at), reading);
    };
    let begin = origin.elapsed();
    read(Pace::Open, &mut recorder);
    let (mut due, mut slow_due) = (begin + interval, begin + SLOW_EVERY);
    loop {
        if stopped(due.saturating_sub(origin.elapsed())) {
            break;
        }
        let now = origin.elapsed();
        let slow = now >= slow_due;
        read(if slow { Pace::Slow } else { Pace::Fast }, &mut recorder);
        if slow {
            slow_due = now + SLOW_EVERY;
        }
        due += interval;
        // Readings that are over are not made up for: they would crowd.
        while due + interval <= origin.elapsed() {
            due += interval;
            missed += 1;
        }
    }
    // Before the closing reading, which falls on nobody's measurement.
    let mut cost = own_cost(&system, origin);
    read(Pace::Close, &mut recorder);
    let found = watch.map(GpuWatch::stop);
    cost.gpu_tool_cpu_ns = found.as_ref().and_then(|found| found.tool_cpu).map(nanos);
    let mut telemetry = recorder.finish(nanos(interval), missed, cost, !options.pids.is_empty());
    add_gpus(&mut telemetry, found, options.gpu);
    if let Some(reason) = whole_gap {
        let fields = ["cpu", "memory", "processes", "energy", "thermal", "cpu_throttle_events"];
        telemetry.unread.retain(|gap| !fields.contains(&gap.field.as_str()));
        note(&mut telemetry, &fields.map(|field| (field, reason)));
    }
    telemetry
}

/// The processor time of this thread. It is counted only when the thread leaves
/// its core, hence the short sleep.
fn own_cost(system: &impl Platform, origin: Instant) -> SamplerCost {
    thread::sleep(Duration::from_millis(1));
    let wall = origin.elapsed();
    let found = system.thread_cpu_time();
    let share = |cpu: Duration| {
        let ppm = cpu.as_nanos() * 1_000_000 / wall.as_nanos().max(1);
        u64::try_from(ppm).unwrap_or(u64::MAX)
    };
    SamplerCost {
        cpu_ns: found.map(|(cpu, _)| nanos(cpu)),
        core_share_ppm: found.map(|(cpu, _)| share(cpu)),
        clock: found.map(|(_, clock)| clock.to_owned()),
        gpu_tool_cpu_ns: None,
    }
}

fn add_gpus(telemetry: &mut Telemetry, found: Option<Gpus>, asked: bool) {
    let reason = match found {
        Some(found) if !found.gpus.is_empty() => {
            telemetry.gpus = found.gpus;
            return;
        }
        Some(_) => "nvidia-smi gave no reading in that time",
        None if asked => "nvidia-smi was not found, and no other source is read",
        None => "not asked for",
    };
    note(telemetry, &[("gpus", reason)]);
}

fn note(telemetry: &mut Telemetry, reasons: &[(&str, &str)]) {
    let mut gaps = Gaps::default();
    for gap in telemetry.unread.drain(..) {
        gaps.note(&gap.field, gap.reason);
    }
    for (field, reason) in reasons {
        gaps.note(field, *reason);
    }
    telemetry.unread = gaps.into_sorted();
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_followed() {
        let options = SamplerOptions {
            interval: Duration::from_millis(20),
            pids: vec![std::process::id()],
            gpu: false,
        };
        let sampler = Sampler::start(options).unwrap();
        let block = vec![7_u8; 32 << 20];
        thread::sleep(Duration::from_millis(300));
        drop(std::hint::black_box(block));
        let telemetry = sampler.stop().unwrap();
        assert!(telemetry.duration_ns >= 300_000_000);
        // Other work may hold the thread up, but what it missed is counted.
        assert!(telemetry.readings >= 3, "{}", telemetry.readings);
        assert!(telemetry.readings + telemetry.missed >= 14, "{telemetry:?}");
        assert_eq!(telemetry.at_ns.len() as u64, telemetry.readings);
        assert!(telemetry.unread.iter().all(|gap| !gap.reason.is_empty()));
        if cfg!(target_os = "linux") {
            let tree = telemetry.processes.unwrap();
            assert!(tree.processes >= 1);
            assert!(tree.rss_bytes.max >= 32 << 20, "{:?}", tree.rss_bytes.max);
            assert!(tree.vms_bytes.min >= tree.rss_bytes.min);
            assert!(tree.pss_bytes.unwrap().max > 1 << 20);
            assert!(tree.minor_faults > 1_000, "touching 32 MiB faults: {}", tree.minor_faults);
            let cpu = telemetry.cpu.unwrap();
            assert!(!cpu.cores.is_empty() && cpu.busy_permille.max <= 1_000);
            assert!(telemetry.memory.unwrap().available_bytes.min > 0);
            assert!(telemetry.cost.cpu_ns.unwrap() > 0);
        }
    }

    #[test]
    fn a_process_that_is_not_there_is_a_reason() {
        let options = SamplerOptions { pids: vec![u32::MAX - 1], gpu: false, ..Default::default() };
        let telemetry = Sampler::start(options).unwrap().stop().unwrap();
        assert_eq!(telemetry.processes, None);
        let gaps: Vec<&str> = telemetry.unread.iter().map(|gap| gap.field.as_str()).collect();
        assert!(gaps.contains(&"processes") && gaps.contains(&"gpus"), "{gaps:?}");
    }

    #[test]
    fn telemetry_survives_its_json() {
        let telemetry = Sampler::start(SamplerOptions::default()).unwrap().stop().unwrap();
        let text = serde_json::to_string(&telemetry).unwrap();
        assert_eq!(serde_json::from_str::<Telemetry>(&text).unwrap(), telemetry);
    }
}
