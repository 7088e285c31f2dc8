//! A thread that reads the machine's counters at a steady pace.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tachograph_model::{SamplerCost, Telemetry};

use super::{
    Layout, Pace, Reading,
    gpu::{GpuWatch, Gpus},
    recorder::Recorder,
    stretch::Stretch,
};
use crate::{
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
    /// Whether to ask NVIDIA's driver about GPUs, once a second, where there is
    /// one.
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
    /// Dropped to end it.
    marks: Option<Sender<Mark>>,
    thread: Option<JoinHandle<Seen>>,
}

/// Everything that a sampler saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The whole time.
    pub telemetry: Telemetry,
    /// The stretches that were marked, in order.
    pub stretches: Vec<Stretch>,
}

/// Where a stretch begins or ends.
#[derive(Debug)]
enum Mark {
    Begin(String),
    End,
}

/// Why the sampler's thread woke up.
enum Wake {
    Due,
    Marked(Mark),
    Stopped,
}

impl Sampler {
    /// Starts to read; the first reading follows at once.
    ///
    /// # Errors
    /// The system's error when it gives no thread.
    pub fn start(options: SamplerOptions) -> std::io::Result<Self> {
        let (marks, marked) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("telemetry".to_owned())
            .spawn(move || sample(&options, |left| wait(&marked, left)))?;
        Ok(Self { marks: Some(marks), thread: Some(thread) })
    }

    /// Begins a stretch; returns at once, and a reading is taken as soon as the
    /// sampler's thread gets a core. A stretch that is open ends there.
    pub fn begin(&self, label: impl Into<String>) {
        self.mark(Mark::Begin(label.into()));
    }

    /// Ends the stretch, likewise with a reading.
    pub fn end(&self) {
        self.mark(Mark::End);
    }

    fn mark(&self, mark: Mark) {
        if let Some(marks) = &self.marks {
            // A thread that panicked shows when it is joined.
            let _ = marks.send(mark);
        }
    }

    /// Takes a last reading and gives everything that was seen; waits for the
    /// sampler's thread: a few milliseconds, and half a second at most while the
    /// kernel walks the page tables of followed processes (15 ms a GB). `None` when
    /// that thread panicked.
    pub fn stop(mut self) -> Option<Seen> {
        self.marks = None;
        self.thread.take()?.join().ok()
    }
}

/// Waits for a mark, for the end, or until this time is over.
fn wait(marked: &Receiver<Mark>, left: Duration) -> Wake {
    match marked.recv_timeout(left) {
        Ok(mark) => Wake::Marked(mark),
        Err(RecvTimeoutError::Timeout) => Wake::Due,
        Err(RecvTimeoutError::Disconnected) => Wake::Stopped,
    }
}

fn sample(options: &SamplerOptions, wait: impl Fn(Duration) -> Wake) -> Seen {
    let system = platform::current();
    let origin = Instant::now();
    let watch = options.gpu.then(|| GpuWatch::start(origin)).flatten();
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
        match wait(due.saturating_sub(origin.elapsed())) {
            Wake::Due => {}
            Wake::Stopped => break,
            // Its first reading is of before anything happens in it; its last
            // one also reads what is read less often.
            Wake::Marked(Mark::Begin(label)) => {
                recorder.begin(label, nanos(origin.elapsed()));
                read(Pace::Fast, &mut recorder);
                continue;
            }
            Wake::Marked(Mark::End) => {
                read(Pace::Slow, &mut recorder);
                recorder.end();
                continue;
            }
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
    let stretches = recorder.take_stretches();
    let found = watch.map(GpuWatch::stop);
    cost.gpu_tool_cpu_ns = found.as_ref().and_then(|found| found.tool_cpu).map(nanos);
    let mut telemetry = recorder.finish(nanos(interval), missed, cost, !options.pids.is_empty());
    add_gpus(&mut telemetry, found, options.gpu);
    if let Some(reason) = whole_gap {
        let fields = ["cpu", "memory", "processes", "energy", "thermal", "cpu_throttle_events"];
        telemetry.unread.retain(|gap| !fields.contains(&gap.field.as_str()));
        note(&mut telemetry, &fields.map(|field| (field, reason)));
    }
    Seen { telemetry, stretches }
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
        Some(_) => "NVIDIA's driver gave no reading in that time",
        None if asked => "neither NVML nor nvidia-smi was found, and no other source is read",
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
        sampler.begin("block");
        let block = vec![7_u8; 32 << 20];
        thread::sleep(Duration::from_millis(300));
        sampler.end();
        drop(std::hint::black_box(block));
        let Seen { telemetry, stretches } = sampler.stop().unwrap();
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
            let [block] = stretches.as_slice() else { panic!("{stretches:?}") };
            let of_block = block.processes.unwrap();
            assert!(block.label == "block" && of_block.rss_peak >= 32 << 20, "{block:?}");
            assert!(of_block.pss_peak.is_some(), "{block:?}");
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
        let telemetry = Sampler::start(options).unwrap().stop().unwrap().telemetry;
        assert_eq!(telemetry.processes, None);
        let gaps: Vec<&str> = telemetry.unread.iter().map(|gap| gap.field.as_str()).collect();
        assert!(gaps.contains(&"processes") && gaps.contains(&"gpus"), "{gaps:?}");
    }

    #[test]
    fn telemetry_survives_its_json() {
        let telemetry =
            Sampler::start(SamplerOptions::default()).unwrap().stop().unwrap().telemetry;
        let text = serde_json::to_string(&telemetry).unwrap();
        assert_eq!(serde_json::from_str::<Telemetry>(&text).unwrap(), telemetry);
    }
}
