//! What the harness says of itself: its processor share, how late it sent, and
//! whether it held the streams it was asked to hold.

use serde::{Deserialize, Serialize};
use tachograph_model::{Flag, HarnessSection, Sample, Step};
use tachograph_probe::CpuMeter;

use crate::{SessionError, self_test::SelfTest, world::World};

/// A share of the processors above which the client may be what was measured.
const CLIENT_BOUND: f64 = 0.25;
/// A share of stolen processor time above which the machine was starved.
const STARVED: f64 = 0.10;

/// What one step cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    /// Processor time of this process, nanoseconds.
    own_ns: Option<u64>,
    /// Wall time times cores, nanoseconds.
    capacity_ns: u64,
    /// Share of processor time that a hypervisor took.
    steal_share: Option<f64>,
    /// Wall time, nanoseconds; tapes of the first runs do not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wall_ns: Option<u64>,
}

/// Collects what the steps of a run cost.
#[derive(Debug, Default)]
pub(crate) struct Harness {
    own_ns: u64,
    capacity_ns: u64,
    unknown: bool,
    max_lateness_ns: Option<u64>,
    streams_held: Option<f64>,
    flags: Vec<Flag>,
}

impl Harness {
    /// Starts the meter of a step; a replay has none.
    pub(crate) fn begin(&self, world: &World) -> Option<CpuMeter> {
        world.live().map(|_| CpuMeter::start())
    }

    /// Takes in what a step cost and how its samples were sent; gives its wall
    /// time, nanoseconds.
    pub(crate) async fn end(
        &mut self,
        world: &World,
        key: &str,
        meter: Option<CpuMeter>,
        step: &Step,
        samples: &[&Sample],
    ) -> Result<Option<u64>, SessionError> {
        let cost: Cost = world.fact(&format!("{key}/cost"), async { cost(meter.as_ref()) }).await?;
        match cost.own_ns {
            Some(own) => {
                self.own_ns += own;
                self.capacity_ns += cost.capacity_ns;
                let share = own as f64 / cost.capacity_ns.max(1) as f64;
                if share > CLIENT_BOUND && cost.capacity_ns > 1_000_000_000 {
                    let percent = share * 100.0;
                    self.flag(
                        "client-bound",
                        step,
                        format!("used {percent:.0} % of the processors"),
                    );
                }
            }
            None => self.unknown = true,
        }
        if let Some(stolen) = cost.steal_share.filter(|share| *share > STARVED) {
            self.flag(
                "starved",
                step,
                format!("{:.0} % of processor time was stolen", stolen * 100.0),
            );
        }
        let late = |sample: &&Sample| {
            Some(sample.times.sent_ns?.saturating_sub(sample.times.scheduled_ns))
        };
        self.max_lateness_ns = self.max_lateness_ns.max(samples.iter().filter_map(late).max());
        let asked = f64::from(step.concurrency.max(1));
        let held = f64::from(tachograph_metrics::peak_in_flight(samples.iter().copied())) / asked;
        if step.concurrency > 1 && !samples.is_empty() {
            self.streams_held = Some(self.streams_held.map_or(held, |least| least.min(held)));
            if held < 0.99 {
                self.flag(
                    "streams-not-held",
                    step,
                    format!("held {:.0} % of the streams", held * 100.0),
                );
            }
        }
        Ok(cost.wall_ns)
    }

    fn flag(&mut self, code: &str, step: &Step, what: String) {
        self.flags.push(Flag::new(code, format!("{}: {what}", step.id)));
    }

    /// The section of the result, and the flags.
    pub(crate) fn finish(self, self_test: &SelfTest) -> (HarnessSection, Vec<Flag>) {
        let cpu_share = (!self.unknown && self.capacity_ns > 0)
            .then(|| self.own_ns as f64 / self.capacity_ns as f64);
        let section = HarnessSection {
            added_latency_p50_ns: self_test.p50_ns,
            added_latency_max_ns: self_test.max_ns,
            self_test_n: self_test.n,
            cpu_share,
            max_lateness_ns: self.max_lateness_ns,
            streams_held: self.streams_held,
        };
        (section, self.flags)
    }
}

fn cost(meter: Option<&CpuMeter>) -> Cost {
    let Some(meter) = meter else {
        return Cost { own_ns: None, capacity_ns: 0, steal_share: None, wall_ns: None };
    };
    let used = meter.stop();
    let nanos =
        |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    Cost {
        own_ns: used.own_time.map(nanos),
        capacity_ns: nanos(used.wall).saturating_mul(cores),
        steal_share: used.steal_share,
        wall_ns: Some(nanos(used.wall)),
    }
}
