//! Readings become telemetry; pure.

use tachograph_model::{
    CoreTelemetry, CpuTelemetry, EnergyDomain, MemoryTelemetry, ProcessTelemetry, SamplerCost,
    Telemetry, ThermalTelemetry,
};

use super::{
    CoreTicks, Layout, Reading, TreeReading,
    reading::SlowReading,
    stretch::{Open, Stretch},
    table::Table,
    thermal::{self, History},
};
use crate::gaps::Gaps;

/// The columns that are read at every reading.
const BUSY: usize = 0;
const STEAL: usize = 1;
const AVAILABLE: usize = 2;
const SWAP_USED: usize = 3;
const RSS: usize = 4;
const VMS: usize = 5;
const FAST: usize = 6;

/// The first column that is read once a second; the sensors follow it.
const PSS: usize = 0;

/// Puts readings together.
#[derive(Debug)]
pub(crate) struct Recorder {
    layout: Layout,
    fast: Table,
    slow: Table,
    readings: u64,
    last_at: u64,
    cores: Option<(Vec<CoreTicks>, Vec<CoreTicks>)>,
    /// The counters since which no interval has been made up.
    cores_before: Vec<CoreTicks>,
    tree: Option<TreeReading>,
    most_processes: u32,
    swap: Option<(SlowReading, SlowReading)>,
    energy: Vec<Option<Energy>>,
    histories: Vec<History>,
    throttled: Option<(u64, u64)>,
    open: Option<Open>,
    stretches: Vec<Stretch>,
}

#[derive(Debug, Clone, Copy)]
struct Energy {
    first_at: u64,
    last_at: u64,
    last: u64,
    used: u64,
}

impl Recorder {
    pub(crate) fn new(layout: Layout) -> Self {
        let (sensors, domains) = (layout.sensors.len(), layout.energy.len());
        Self {
            layout,
            fast: Table::new(FAST),
            slow: Table::new(1 + sensors),
            readings: 0,
            last_at: 0,
            cores: None,
            cores_before: Vec::new(),
            tree: None,
            most_processes: 0,
            swap: None,
            energy: vec![None; domains],
            histories: vec![History::default(); sensors],
            throttled: None,
            open: None,
            stretches: Vec::new(),
        }
    }

    /// Begins a stretch with the next reading; one that is open ends here.
    pub(crate) fn begin(&mut self, label: String, at_ns: u64) {
        self.end();
        let last = self.swap.as_ref().map(|(_, last)| last);
        let swap = last.and_then(|last| Some((last.swap_in?, last.swap_out?)));
        self.open = Some(Open::new(label, at_ns, swap));
    }

    /// Ends the open stretch with the last reading.
    pub(crate) fn end(&mut self) {
        self.stretches.extend(self.open.take().map(Open::end));
    }

    /// The stretches that have ended, in order.
    pub(crate) fn take_stretches(&mut self) -> Vec<Stretch> {
        self.end();
        std::mem::take(&mut self.stretches)
    }

    /// Takes a reading of this moment, in nanoseconds since the first.
    pub(crate) fn push(&mut self, at_ns: u64, reading: Reading) {
        self.readings += 1;
        self.last_at = at_ns;
        if let Some(open) = &mut self.open {
            open.take(at_ns, &reading);
        }
        let mut row = [None; FAST];
        row[AVAILABLE] = reading.available.map(signed);
        row[SWAP_USED] = reading.swap_used.map(signed);
        if let Some(tree) = reading.tree {
            row[RSS] = Some(signed(tree.rss));
            row[VMS] = Some(signed(tree.vms));
            self.most_processes = self.most_processes.max(tree.processes);
            self.tree = Some(tree);
        }
        if !reading.cores.is_empty() {
            if let Some((busy, steal)) = shares(&self.cores_before, &reading.cores) {
                row[BUSY] = Some(busy);
                row[STEAL] = Some(steal);
            }
            self.cores_before.clone_from(&reading.cores);
            match &mut self.cores {
                Some((_, last)) => *last = reading.cores,
                none => *none = Some((reading.cores.clone(), reading.cores)),
            }
        }
        self.fast.push(at_ns, &row);
        if let Some(slow) = reading.slow {
            self.push_slow(at_ns, slow);
        }
    }

    fn push_slow(&mut self, at_ns: u64, slow: SlowReading) {
        let mut row = vec![None; 1 + self.layout.sensors.len()];
        row[PSS] = slow.pss.map(signed);
        for (index, found) in slow.temperatures.iter().enumerate() {
            let (Some(cell), Some(history)) =
                (row.get_mut(1 + index), self.histories.get_mut(index))
            else {
                continue;
            };
            *cell = *found;
            if let Some(millicelsius) = *found {
                history.push(at_ns, millicelsius);
            }
        }
        self.slow.push(at_ns, &row);
        for ((kept, found), (_, range)) in
            self.energy.iter_mut().zip(&slow.energy).zip(&self.layout.energy)
        {
            let Some(now) = *found else { continue };
            match kept {
                Some(energy) => energy.advance(at_ns, now, *range),
                none => {
                    *none = Some(Energy { first_at: at_ns, last_at: at_ns, last: now, used: 0 });
                }
            }
        }
        if let Some(now) = slow.throttled {
            self.throttled = Some((self.throttled.map_or(now, |(first, _)| first), now));
        }
        match &mut self.swap {
            Some((_, last)) => *last = slow,
            none => *none = Some((slow.clone(), slow)),
        }
    }

    /// All of it. `asked_for_tree` tells whether processes were to be followed.
    pub(crate) fn finish(
        self,
        interval_ns: u64,
        missed: u64,
        cost: SamplerCost,
        asked_for_tree: bool,
    ) -> Telemetry {
        let mut gaps = Gaps::default();
        for gap in &self.layout.unread {
            gaps.note(&gap.field, gap.reason.as_str());
        }
        let cpu = self.cpu();
        if cpu.is_none() {
            gaps.note("cpu", "no two readings of the cores a tick apart");
        }
        let memory = self.memory();
        if memory.is_none() {
            gaps.note("memory", "the system does not tell");
        }
        let processes = self.processes();
        match &processes {
            None if asked_for_tree => {
                gaps.note("processes", "none of the processes was there to be read");
            }
            None => gaps.note("processes", "no process was named"),
            Some(tree) if tree.pss_bytes.is_none() => {
                let spared = self.swap.as_ref().is_some_and(|(_, last)| last.pss_spared);
                let reason = if spared {
                    "reading it of processes of that size would have cost too much"
                } else {
                    "the kernel lets only their owner read it"
                };
                gaps.note("processes.pss_bytes", reason);
            }
            Some(_) => {}
        }
        let energy = self.energy_domains();
        if energy.is_empty() && !self.layout.energy.is_empty() {
            gaps.note("energy", "no two readings of the counters");
        }
        if cost.cpu_ns.is_none() {
            gaps.note("cost.cpu_ns", "the system does not count the time of a thread");
        }
        Telemetry {
            duration_ns: self.last_at,
            interval_ns,
            readings: self.readings,
            missed,
            cost,
            at_ns: self.fast.axis(),
            slow_at_ns: self.slow.axis(),
            cpu,
            memory,
            processes,
            energy,
            thermal: self.thermal(),
            cpu_throttle_events: self.throttled.map(|(first, last)| last.saturating_sub(first)),
            gpus: Vec::new(),
            unread: gaps.into_sorted(),
        }
    }

    fn cpu(&self) -> Option<CpuTelemetry> {
        let (first, last) = self.cores.as_ref()?;
        let cores = last
            .iter()
            .filter_map(|now| {
                // A core may have come or gone in between.
                let before = first.iter().find(|before| before.core == now.core)?;
                let (busy, steal) = shares(&[*before], &[*now])?;
                Some(CoreTelemetry {
                    core: now.core,
                    busy_permille: u32::try_from(busy).ok()?,
                    steal_permille: u32::try_from(steal).ok()?,
                })
            })
            .collect();
        Some(CpuTelemetry {
            busy_permille: self.fast.track(BUSY)?,
            steal_permille: self.fast.track(STEAL)?,
            cores,
        })
    }

    fn memory(&self) -> Option<MemoryTelemetry> {
        let moved = |of: fn(&SlowReading) -> Option<u64>| {
            let (first, last) = self.swap.as_ref()?;
            Some(of(last)?.saturating_sub(of(first)?))
        };
        Some(MemoryTelemetry {
            available_bytes: self.fast.track(AVAILABLE)?,
            swap_used_bytes: self.fast.track(SWAP_USED),
            swap_in_bytes: moved(|slow| slow.swap_in),
            swap_out_bytes: moved(|slow| slow.swap_out),
        })
    }

    fn processes(&self) -> Option<ProcessTelemetry> {
        let tree = self.tree?;
        Some(ProcessTelemetry {
            processes: self.most_processes,
            rss_bytes: self.fast.track(RSS)?,
            pss_bytes: self.slow.track(PSS),
            vms_bytes: self.fast.track(VMS)?,
            minor_faults: tree.minor,
            major_faults: tree.major,
            cpu_ns: tree.cpu_ns,
        })
    }

    fn energy_domains(&self) -> Vec<EnergyDomain> {
        let named = self.layout.energy.iter().zip(&self.energy);
        named
            .filter_map(|((name, _), energy)| {
                let energy = (*energy)?;
                let duration_ns =
                    energy.last_at.checked_sub(energy.first_at).filter(|&ns| ns > 0)?;
                // µJ / ns = kW, so mW takes a factor of a million.
                let power = u128::from(energy.used) * 1_000_000 / u128::from(duration_ns);
                Some(EnergyDomain {
                    domain: name.clone(),
                    microjoules: energy.used,
                    duration_ns,
                    mean_milliwatts: u64::try_from(power).ok()?,
                })
            })
            .collect()
    }

    fn thermal(&self) -> Vec<ThermalTelemetry> {
        let sensors = self.layout.sensors.iter().zip(&self.histories).enumerate();
        sensors
            .filter_map(|(index, (zone, history))| {
                let millicelsius = self.slow.track(1 + index)?;
                let (trend, history_trend) = history.trends();
                Some(ThermalTelemetry {
                    zone: zone.clone(),
                    peak_band: thermal::band(millicelsius.max),
                    millicelsius,
                    trend,
                    history_trend,
                })
            })
            .collect()
    }
}

impl Energy {
    /// The counter begins anew after `range`, at most once between readings.
    fn advance(&mut self, at_ns: u64, now: u64, range: u64) {
        let step = match now.checked_sub(self.last) {
            Some(step) => step,
            None => range.saturating_sub(self.last).saturating_add(now),
        };
        self.used = self.used.saturating_add(step);
        (self.last, self.last_at) = (now, at_ns);
    }
}

/// Busy and stolen time between two readings, in thousandths of all time;
/// `None` when no tick passed.
fn shares(before: &[CoreTicks], now: &[CoreTicks]) -> Option<(i64, i64)> {
    let (mut total, mut idle, mut steal) = (0_u64, 0_u64, 0_u64);
    for core in now {
        let Some(then) = before.iter().find(|then| then.core == core.core) else { continue };
        // Kernels let the idle counter slip back by a tick now and then.
        total += core.total.saturating_sub(then.total);
        idle += core.idle.saturating_sub(then.idle);
        steal += core.steal.saturating_sub(then.steal);
    }
    if total == 0 {
        return None;
    }
    let busy = total.saturating_sub(idle).saturating_sub(steal);
    let permille = |part: u64| signed((part * 1_000 + total / 2) / total).min(1_000);
    Some((permille(busy), permille(steal)))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn cost() -> SamplerCost {
        SamplerCost { cpu_ns: Some(1), core_share_ppm: Some(1), clock: None, gpu_tool_cpu_ns: None }
    }

    fn core(core: u32, total: u64, idle: u64, steal: u64) -> CoreTicks {
        CoreTicks { core, total, idle, steal }
    }

    fn layout() -> Layout {
        Layout {
            energy: vec![("package-0".into(), 1_000)],
            sensors: vec!["x86_pkg_temp".into()],
            unread: vec![],
        }
    }

    #[test]
    fn cores_are_shares_of_the_time_between_readings() {
        let mut recorder = Recorder::new(Layout::default());
        let steps = [
            vec![core(0, 0, 0, 0), core(1, 0, 0, 0)],
            vec![core(0, 100, 50, 10), core(1, 100, 100, 0)],
            // The second core went away.
            vec![core(0, 200, 50, 10)],
        ];
        for (at, cores) in (0..).zip(steps) {
            recorder.push(at * SECOND, Reading { cores, ..Reading::default() });
        }
        let cpu = recorder.finish(SECOND, 0, cost(), false).cpu.unwrap();
        assert_eq!(cpu.busy_permille.points, [None, Some(200), Some(1_000)]);
        assert_eq!(cpu.steal_permille.points, [None, Some(50), Some(0)]);
        let whole = CoreTelemetry { core: 0, busy_permille: 700, steal_permille: 50 };
        assert_eq!(cpu.cores, [whole]);
    }

    #[test]
    fn energy_survives_the_end_of_its_counter() {
        let mut recorder = Recorder::new(layout());
        for (at, energy) in [(0, 900), (1, 990), (2, 40)] {
            let slow = SlowReading { energy: vec![Some(energy)], ..SlowReading::default() };
            recorder.push(at * SECOND, Reading { slow: Some(slow), ..Reading::default() });
        }
        let energy = recorder.finish(SECOND, 0, cost(), false).energy;
        assert_eq!(energy[0].microjoules, 90 + 10 + 40);
        assert_eq!(energy[0].duration_ns, 2 * SECOND);
        assert_eq!(energy[0].mean_milliwatts, 0, "70 µW");
    }

    #[test]
    fn power_is_energy_over_time() {
        let mut recorder =
            Recorder::new(Layout { energy: vec![("psys".into(), u64::MAX)], ..Layout::default() });
        for (at, energy) in [(0, 5), (2, 90_000_005)] {
            let slow = SlowReading { energy: vec![Some(energy)], ..SlowReading::default() };
            recorder.push(at * SECOND, Reading { slow: Some(slow), ..Reading::default() });
        }
        let energy = recorder.finish(SECOND, 0, cost(), false).energy;
        assert_eq!(energy[0].mean_milliwatts, 45_000, "90 J in 2 s are 45 W");
    }

    #[test]
    fn memory_swap_processes_and_heat() {
        let mut recorder = Recorder::new(layout());
        for at in 0..6_u64 {
            let tree = TreeReading {
                processes: 2,
                rss: 100 + at * 10,
                vms: 1_000,
                minor: at * 3,
                major: at,
                cpu_ns: at * 7,
            };
            let slow = SlowReading {
                pss: Some(90),
                pss_spared: false,
                swap_in: Some(4_096 * at),
                swap_out: Some(10),
                energy: vec![None],
                temperatures: vec![Some(60_000 + 1_000 * at as i64)],
                throttled: Some(4 + at),
            };
            recorder.push(
                at * SECOND,
                Reading {
                    available: Some(5_000 - at),
                    swap_used: Some(at),
                    tree: (at < 5).then_some(tree),
                    slow: Some(slow),
                    ..Reading::default()
                },
            );
        }
        let telemetry = recorder.finish(SECOND, 1, cost(), true);
        let memory = telemetry.memory.unwrap();
        assert_eq!((memory.available_bytes.min, memory.available_bytes.max), (4_995, 5_000));
        assert_eq!((memory.swap_in_bytes, memory.swap_out_bytes), (Some(5 * 4_096), Some(0)));
        let tree = telemetry.processes.unwrap();
        assert_eq!((tree.rss_bytes.min, tree.rss_bytes.max, tree.rss_bytes.n), (100, 140, 5));
        assert_eq!((tree.minor_faults, tree.major_faults, tree.cpu_ns), (12, 4, 28));
        assert_eq!(tree.rss_bytes.points[5], None, "the processes were gone");
        let thermal = &telemetry.thermal[0];
        assert_eq!(thermal.peak_band, tachograph_model::ThermalBand::Moderate);
        assert_eq!(thermal.trend.unwrap().millicelsius_per_minute, 60_000);
        assert_eq!(telemetry.cpu_throttle_events, Some(5));
        assert_eq!((telemetry.readings, telemetry.missed), (6, 1));
        let fields: Vec<&str> = telemetry.unread.iter().map(|gap| gap.field.as_str()).collect();
        assert_eq!(fields, ["cpu", "energy"]);
    }

    #[test]
    fn a_system_that_tells_nothing_gives_reasons() {
        let mut recorder = Recorder::new(Layout::default());
        recorder.push(0, Reading::default());
        let telemetry = recorder.finish(SECOND, 0, cost(), true);
        let fields: Vec<&str> = telemetry.unread.iter().map(|gap| gap.field.as_str()).collect();
        assert_eq!(fields, ["cpu", "memory", "processes"]);
        assert_eq!((telemetry.cpu, telemetry.cpu_throttle_events), (None, None));
    }
}
