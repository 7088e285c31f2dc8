//! One reading of the machine's counters.

use tachograph_model::Unread;

/// How much is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// What may be read ten times a second.
    Fast,
    /// And what is read once a second.
    Slow,
    /// And what is read only at the start…
    Open,
    /// … and after the end, when time no longer matters so much.
    Close,
}

/// Reads the machine's counters again and again.
pub(crate) trait Counters: Send {
    /// What every reading holds.
    fn layout(&self) -> Layout;
    /// Reads them now.
    fn read(&mut self, pace: Pace) -> Reading;
}

/// The parts of a reading that do not change, in its order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Layout {
    /// Energy counters: the name, and the value after which they begin anew.
    pub(crate) energy: Vec<(String, u64)>,
    /// Thermal sensors.
    pub(crate) sensors: Vec<String>,
    /// What this machine does not tell.
    pub(crate) unread: Vec<Unread>,
}

/// What was read at one moment; counters are the machine's own, not differences.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reading {
    /// Processor time of each core.
    pub(crate) cores: Vec<CoreTicks>,
    /// Memory that is free for use, bytes.
    pub(crate) available: Option<u64>,
    /// Swap in use, bytes.
    pub(crate) swap_used: Option<u64>,
    /// The processes that are followed; `None` once all are gone.
    pub(crate) tree: Option<TreeReading>,
    /// What is read less often.
    pub(crate) slow: Option<SlowReading>,
}

/// Processor time of one core, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CoreTicks {
    /// Its number.
    pub(crate) core: u32,
    /// All time.
    pub(crate) total: u64,
    /// Idle time, waiting for disks included.
    pub(crate) idle: u64,
    /// Time that a hypervisor gave to somebody else.
    pub(crate) steal: u64,
}

/// A process tree. Faults and time are counted since the first reading.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeReading {
    /// Processes.
    pub(crate) processes: u32,
    /// Resident, bytes.
    pub(crate) rss: u64,
    /// Address space, bytes.
    pub(crate) vms: u64,
    /// Faults without a disk.
    pub(crate) minor: u64,
    /// Faults with a disk.
    pub(crate) major: u64,
    /// Processor time, nanoseconds.
    pub(crate) cpu_ns: u64,
}

/// What is read once a second, in the order of the [`Layout`].
#[derive(Debug, Default, Clone)]
pub(crate) struct SlowReading {
    /// Resident memory of the tree with shared pages divided, bytes.
    pub(crate) pss: Option<u64>,
    /// Whether that would have cost too much at this moment.
    pub(crate) pss_spared: bool,
    /// Read from swap since the machine began, bytes.
    pub(crate) swap_in: Option<u64>,
    /// Written to swap since the machine began, bytes.
    pub(crate) swap_out: Option<u64>,
    /// Energy counters, microjoules.
    pub(crate) energy: Vec<Option<u64>>,
    /// Temperatures, thousandths of a degree.
    pub(crate) temperatures: Vec<Option<i64>>,
    /// Times that a core was slowed down; only at the edges.
    pub(crate) throttled: Option<u64>,
}
