//! The measurement: every thread passes over its own arrays at the same time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tachograph_metrics::roofline::BytesPerSecond;

use crate::kernel::Buffers;
use crate::{Kernel, ProbeError, last_level_caches, memory, plan};

/// The fewest passes of a kernel, however long they take.
const LEAST_ROUNDS: usize = 3;

/// How to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Threads; `None` for as many as the process may run on.
    pub threads: Option<NonZeroUsize>,
    /// What is measured, one after the other.
    pub kernels: Vec<Kernel>,
    /// The time after which no further pass begins. Each kernel has at least
    /// three passes even so, and filling the buffers is part of it.
    pub budget: Duration,
    /// Bytes of cache that the buffers must lie beyond; `None` for the
    /// last-level caches of this machine.
    pub cache_bytes: Option<u64>,
    /// Bytes of which half may be taken; `None` for what the system says.
    pub available_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: None,
            kernels: vec![Kernel::Read, Kernel::Triad],
            budget: Duration::from_secs(1),
            cache_bytes: None,
            available_bytes: None,
        }
    }
}

/// The memory bandwidth of this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bandwidth {
    /// Threads that ran at the same time.
    pub threads: u64,
    /// Bytes of each of the three arrays, all threads together.
    pub array_bytes: u64,
    /// Bytes of last-level cache that the threads can use; `None` where the
    /// system does not say, and 64 MiB were assumed.
    pub cache_bytes: Option<u64>,
    /// What was measured, in the order of the options.
    pub kernels: Vec<KernelFigure>,
    /// How long the probe took, buffers included, nanoseconds.
    pub wall_ns: u64,
}

/// What one kernel reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelFigure {
    /// The kernel.
    pub kernel: Kernel,
    /// Passes.
    pub n: u64,
    /// Bytes that count for one pass, all threads together.
    pub bytes: u64,
    /// The fastest pass, from the first thread's start to the last one's end,
    /// nanoseconds.
    pub best_ns: u64,
    /// The median pass, nanoseconds. Far above `best_ns`, something else used
    /// the processor or the memory.
    pub median_ns: u64,
    /// Bandwidth of the fastest pass in gigabytes (10⁹ bytes) per second.
    pub gb_per_s: f64,
    /// The same in gibibytes (2³⁰ bytes) per second.
    pub gib_per_s: f64,
    /// How often the system took a processor away during the fastest pass.
    /// Above 0 no pass was left alone, and the bandwidth is too low. `None`
    /// where the system does not say. What other cores, or other machines on
    /// the same host, take of the memory does not show.
    pub preemptions: Option<u64>,
}

impl Bandwidth {
    /// The bandwidth that decode is held against: the one of reading. `None`
    /// where that was not measured.
    pub fn roof(&self) -> Option<BytesPerSecond> {
        let read = self.kernels.iter().find(|figure| figure.kernel == Kernel::Read)?;
        Some(BytesPerSecond::from_gb(read.gb_per_s))
    }

    /// Whether the roof is too low because no pass of reading was left alone:
    /// a rate above such a roof is no reason for doubt. `None` where reading
    /// was not measured or the system does not say.
    pub fn is_disturbed(&self) -> Option<bool> {
        let read = self.kernels.iter().find(|figure| figure.kernel == Kernel::Read)?;
        Some(read.preemptions? > 0)
    }
}

impl KernelFigure {
    /// The figure of one kernel from its passes.
    fn new(kernel: Kernel, bytes: u64, mut rounds: Vec<Round>) -> Option<Self> {
        rounds.sort_unstable_by_key(|round| round.ns);
        let best = rounds.first()?;
        let best_ns = best.ns.max(1);
        let bandwidth = BytesPerSecond(bytes as f64 * 1e9 / best_ns as f64);
        Some(Self {
            kernel,
            n: rounds.len() as u64,
            bytes,
            best_ns,
            median_ns: rounds[rounds.len() / 2].ns,
            gb_per_s: bandwidth.as_gb(),
            gib_per_s: bandwidth.as_gib(),
            preemptions: best.preemptions,
        })
    }
}

/// Measures the bandwidth of this machine's memory. Takes about the budget of
/// the options, one second by default, and all threads of the machine.
///
/// # Errors
///
/// [`ProbeError`] where memory is short, unknown or not given, where a thread
/// cannot be started, and where no kernel is asked for. It never measures
/// buffers that fit the cache.
pub fn measure(options: &Options) -> Result<Bandwidth, ProbeError> {
    let start = Instant::now();
    if options.kernels.is_empty() {
        return Err(ProbeError::NoKernel);
    }
    let threads = match options.threads {
        Some(threads) => threads.get(),
        None => thread::available_parallelism().map_or(1, NonZeroUsize::get),
    };
    let count = threads as u64;
    // So many threads run on at most so many caches at a time.
    let cache_bytes = options.cache_bytes.or_else(|| {
        let reached: u64 = last_level_caches().iter().take(threads).sum();
        (reached > 0).then_some(reached)
    });
    let available = match options.available_bytes {
        Some(bytes) => bytes,
        None => memory::available_bytes().ok_or(ProbeError::MemoryUnknown)?,
    };
    let part = plan::bytes_per_thread(cache_bytes, available, count)?;
    let array_bytes = part * count;

    let crew = Crew::new(threads, options, start);
    let spans = crew.run(part).map_err(|failure| match failure {
        Failure::Memory => ProbeError::Allocation { bytes: array_bytes * plan::ARRAYS },
        Failure::Threads(started) => ProbeError::Threads { started, wanted: threads },
    })?;
    let kernels = options.kernels.iter().enumerate().filter_map(|(k, &kernel)| {
        KernelFigure::new(kernel, kernel.counted(array_bytes), rounds(&spans, k))
    });
    Ok(Bandwidth {
        threads: count,
        array_bytes,
        cache_bytes,
        kernels: kernels.collect(),
        wall_ns: nanos(start.elapsed()),
    })
}

/// One thread's part in a pass.
struct Span {
    begin: Instant,
    end: Instant,
    preemptions: Option<u64>,
}

/// A thread's passes, by kernel.
type Spans = Vec<Vec<Span>>;

/// A pass of all threads.
struct Round {
    ns: u64,
    preemptions: Option<u64>,
}

/// The passes of kernel `k`: each from the first start to the last end.
fn rounds(threads: &[Spans], k: usize) -> Vec<Round> {
    let count = threads.iter().map(|spans| spans[k].len()).min().unwrap_or(0);
    let round = |round: usize| {
        let parts = || threads.iter().map(|spans| &spans[k][round]);
        let first = parts().map(|part| part.begin).min()?;
        let last = parts().map(|part| part.end).max()?;
        let preemptions = parts().map(|part| part.preemptions).sum();
        Some(Round { ns: nanos(last.duration_since(first)), preemptions })
    };
    (0..count).filter_map(round).collect()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How often the system took the processor from this thread so far. `None` on
/// systems other than Linux.
fn preemptions() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let count = status.lines().find_map(|l| l.strip_prefix("nonvoluntary_ctxt_switches:"))?;
    count.trim().parse().ok()
}

/// Why the threads came to nothing.
enum Failure {
    /// One of them got no memory.
    Memory,
    /// Only so many could be started.
    Threads(usize),
}

/// Threads that do every pass together.
struct Crew<'a> {
    threads: usize,
    options: &'a Options,
    start: Instant,
    barrier: Barrier,
    /// Set by one thread between two barriers, read by all after the second.
    stop: AtomicBool,
    no_memory: AtomicBool,
}

impl<'a> Crew<'a> {
    fn new(threads: usize, options: &'a Options, start: Instant) -> Self {
        let (stop, no_memory) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { threads, options, start, barrier: Barrier::new(threads), stop, no_memory }
    }

    /// Runs all passes over `part` bytes per array and thread.
    fn run(&self, part: u64) -> Result<Vec<Spans>, Failure> {
        let spans = thread::scope(|scope| {
            let mut crew = Vec::new();
            for index in 0..self.threads {
                // Nobody waits at the barrier before all have been started.
                let (go, wait) = mpsc::channel::<()>();
                let work = move || wait.recv().ok().and_then(|()| self.work(index == 0, part));
                match thread::Builder::new().name("bandwidth".into()).spawn_scoped(scope, work) {
                    Ok(handle) => crew.push((go, handle)),
                    Err(_) => return Err(Failure::Threads(crew.len())),
                }
            }
            for (go, _) in &crew {
                // A thread that is gone shows when it is joined.
                let _ = go.send(());
            }
            let joined = crew.into_iter().map(|(_, handle)| handle.join().ok().flatten());
            Ok(joined.collect::<Option<Vec<_>>>())
        })?;
        spans.ok_or(Failure::Memory)
    }

    /// The work of one thread; `None` where some thread got no memory.
    fn work(&self, leads: bool, part: u64) -> Option<Spans> {
        let buffers = Buffers::new(part);
        if buffers.is_none() {
            self.no_memory.store(true, Ordering::SeqCst);
        }
        self.barrier.wait();
        if self.no_memory.load(Ordering::SeqCst) {
            return None;
        }
        let mut buffers = buffers?;
        let spent = self.start.elapsed();
        let left = self.options.budget.saturating_sub(spent);
        let kernels = self.options.kernels.len() as u32;
        let mut spans = Vec::with_capacity(kernels as usize);
        for (index, &kernel) in (1..).zip(&self.options.kernels) {
            spans.push(self.rounds(&mut buffers, kernel, leads, spent + left * index / kernels));
        }
        Some(spans)
    }

    /// Passes of one kernel until the probe has run for `until`.
    fn rounds(
        &self,
        buffers: &mut Buffers,
        kernel: Kernel,
        leads: bool,
        until: Duration,
    ) -> Vec<Span> {
        let mut spans = Vec::new();
        loop {
            let before = preemptions();
            self.barrier.wait();
            let begin = Instant::now();
            std::hint::black_box(buffers.run(kernel));
            let end = Instant::now();
            std::hint::black_box(&mut *buffers);
            let taken = preemptions().zip(before).map(|(now, then)| now.saturating_sub(then));
            spans.push(Span { begin, end, preemptions: taken });
            self.barrier.wait();
            if leads {
                let enough = spans.len() >= LEAST_ROUNDS && self.start.elapsed() >= until;
                self.stop.store(enough, Ordering::SeqCst);
            }
            self.barrier.wait();
            if self.stop.load(Ordering::SeqCst) {
                return spans;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small buffers, so that the test takes little: the figures are those of
    /// the cache and are not looked at.
    fn options(kernels: &[Kernel]) -> Options {
        Options {
            threads: NonZeroUsize::new(2),
            kernels: kernels.to_vec(),
            budget: Duration::from_millis(1),
            cache_bytes: Some(1),
            available_bytes: Some(1 << 30),
        }
    }

    #[test]
    fn every_kernel_has_its_passes_and_adds_up() {
        let found = measure(&options(&[Kernel::Read, Kernel::Copy, Kernel::Triad])).unwrap();
        assert_eq!((found.threads, found.array_bytes), (2, 64 << 20));
        assert_eq!(
            found.kernels.iter().map(|f| (f.kernel, f.bytes >> 20)).collect::<Vec<_>>(),
            [(Kernel::Read, 192), (Kernel::Copy, 128), (Kernel::Triad, 192)]
        );
        for figure in &found.kernels {
            assert!(figure.n >= 3 && figure.best_ns <= figure.median_ns, "{figure:?}");
            let bytes = figure.gb_per_s * figure.best_ns as f64;
            assert!((bytes / figure.bytes as f64 - 1.0).abs() < 1e-9, "{figure:?}");
            assert!((figure.gb_per_s / figure.gib_per_s - 1.073_741_824).abs() < 1e-9);
            assert!(figure.best_ns * figure.n <= found.wall_ns, "{figure:?} in {found:?}");
        }
        let roof = found.roof().unwrap();
        assert_eq!(roof.as_gb(), found.kernels[0].gb_per_s);
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Bandwidth>(&json).unwrap(), found);
    }

    #[test]
    fn there_is_no_roof_without_reading() {
        assert_eq!(measure(&options(&[Kernel::Copy])).unwrap().roof(), None);
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let short = Options { available_bytes: Some(383 << 20), ..options(&[Kernel::Read]) };
        let error = measure(&short).unwrap_err();
        assert_eq!(error.code(), "memory-short");
        assert_eq!(measure(&options(&[])), Err(ProbeError::NoKernel));
        // The system has no such memory, whatever the options say.
        let vast = Options {
            cache_bytes: Some(1 << 54),
            available_bytes: Some(u64::MAX),
            ..options(&[Kernel::Read])
        };
        assert_eq!(measure(&vast).unwrap_err().code(), "allocation-failed");
    }

    #[test]
    fn a_pass_lasts_from_the_first_start_to_the_last_end() {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let span = |begin, end, preemptions| Span { begin: at(begin), end: at(end), preemptions };
        let threads = |taken| {
            [vec![vec![span(1, 5, Some(2)), span(10, 12, Some(0))]], vec![vec![span(2, 7, taken)]]]
        };
        let found = rounds(&threads(Some(1)), 0);
        assert_eq!(
            found.iter().map(|r| (r.ns, r.preemptions)).collect::<Vec<_>>(),
            [(6_000_000, Some(3))]
        );
        assert_eq!(rounds(&threads(None), 0)[0].preemptions, None);
        assert_eq!(KernelFigure::new(Kernel::Read, 1, Vec::new()), None);
    }

    #[test]
    fn a_figure_is_that_of_the_fastest_pass() {
        let round = |ns, taken| Round { ns, preemptions: Some(taken) };
        let passes = vec![round(30, 9), round(10, 0), round(20, 4)];
        let figure = KernelFigure::new(Kernel::Read, 40, passes).unwrap();
        assert_eq!((figure.n, figure.best_ns, figure.median_ns), (3, 10, 20));
        assert_eq!((figure.gb_per_s, figure.preemptions), (4.0, Some(0)));
        let mut found = Bandwidth {
            threads: 1,
            array_bytes: 40,
            cache_bytes: None,
            kernels: vec![figure],
            wall_ns: 60,
        };
        assert_eq!(found.is_disturbed(), Some(false));
        found.kernels[0].preemptions = Some(1);
        assert_eq!(found.is_disturbed(), Some(true));
        found.kernels[0].preemptions = None;
        assert_eq!(found.is_disturbed(), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_counts_how_often_a_thread_was_preempted() {
        let before = preemptions().unwrap();
        assert!(preemptions().unwrap() >= before);
    }
}
