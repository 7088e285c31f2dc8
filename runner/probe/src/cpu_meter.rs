//! How much of the machine the harness itself used.

use std::time::{Duration, Instant};

use crate::{
    parse::stat::MachineTicks,
    platform::{self, Platform},
};

/// Below this wall time the kernel's ticks of 10 ms are too coarse for a share.
const SHORTEST: Duration = Duration::from_millis(100);

/// Measures the processor time of this process, and what a hypervisor took from
/// the machine, from [`CpuMeter::start`] to [`CpuMeter::stop`].
///
/// Everything that runs inside this process counts as the harness, a built-in
/// engine too; take that into account where one runs.
#[derive(Debug)]
pub struct CpuMeter {
    at: Instant,
    own: Option<Duration>,
    machine: Option<MachineTicks>,
}

/// What a [`CpuMeter`] saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuUse {
    /// Wall time between start and stop.
    pub wall: Duration,
    /// Processor time of this process in that time, over all its threads.
    pub own_time: Option<Duration>,
    /// Processor time of this process over wall time × usable cores, 0 to 1.
    /// `None` where the system does not tell or the wall time is under 100 ms.
    pub own_share: Option<f64>,
    /// Share of all processor time that a hypervisor gave to somebody else
    /// while this system was ready to run, 0 to 1; evidence that the host was
    /// starved. `None` where the system does not count it (only Linux does).
    pub steal_share: Option<f64>,
}

impl CpuMeter {
    /// Starts to measure.
    pub fn start() -> Self {
        let system = platform::current();
        Self { at: Instant::now(), own: system.own_cpu_time(), machine: system.machine_ticks() }
    }

    /// What was used since the start; may be asked more than once.
    pub fn stop(&self) -> CpuUse {
        let system = platform::current();
        let wall = self.at.elapsed();
        let own_time =
            self.own.zip(system.own_cpu_time()).map(|(from, to)| to.saturating_sub(from));
        let cores = platform::usable_cores();
        CpuUse {
            wall,
            own_time,
            own_share: own_time.zip(cores).and_then(|(own, cores)| share(own, wall, cores)),
            steal_share: self.machine.zip(system.machine_ticks()).and_then(stolen),
        }
    }
}

fn share(own: Duration, wall: Duration, cores: u32) -> Option<f64> {
    if wall < SHORTEST || cores == 0 {
        return None;
    }
    // Ticks are counted whole, so the quotient may pass 1 by a hair.
    Some((own.as_secs_f64() / (wall.as_secs_f64() * f64::from(cores))).min(1.0))
}

fn stolen((from, to): (MachineTicks, MachineTicks)) -> Option<f64> {
    let total = to.total.checked_sub(from.total).filter(|&ticks| ticks >= 10)?;
    let steal = to.steal.saturating_sub(from.steal);
    Some((steal as f64 / total as f64).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_time_over_wall_time_and_cores() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        assert_eq!(share(s(1), s(2), 2), Some(0.25));
        assert_eq!(share(s(5), s(2), 2), Some(1.0));
        assert_eq!(share(ms(10), ms(99), 2), None, "too short for ticks of 10 ms");
        assert_eq!(share(s(1), s(2), 0), None);
    }

    #[test]
    fn theft_is_a_share_of_all_ticks() {
        let ticks = |total, steal| MachineTicks { total, steal };
        assert_eq!(stolen((ticks(100, 5), ticks(300, 55))), Some(0.25));
        assert_eq!(stolen((ticks(100, 5), ticks(105, 5))), None, "too few ticks");
        assert_eq!(stolen((ticks(100, 5), ticks(90, 5))), None, "the counter went back");
    }

    #[test]
    fn work_shows_up_as_own_time() {
        let meter = CpuMeter::start();
        let mut sum = 0_u64;
        while meter.at.elapsed() < Duration::from_millis(250) {
            sum = sum.wrapping_mul(31).wrapping_add(7);
        }
        assert_ne!(std::hint::black_box(sum), 1);
        let used = meter.stop();
        assert!(used.wall >= Duration::from_millis(250));
        // Loose bounds: other work may share the processor.
        let own = used.own_time.unwrap();
        assert!(own >= Duration::from_millis(20), "{own:?}");
        let share = used.own_share.unwrap();
        assert!(share > 0.0 && share <= 1.0, "{share}");
    }
}
