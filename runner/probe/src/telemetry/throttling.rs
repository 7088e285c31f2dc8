//! Whether the machine held its clocks down; pure.

use tachograph_model::{Telemetry, ThermalBand, ThermalTelemetry};

/// Reasons of a GPU that mean it could not go as fast as its clocks allow.
/// Clocks that somebody set, and GPUs in step with each other, are no throttling.
const HELD_DOWN: &[&str] = &[
    "sw-power-cap",
    "hw-slowdown",
    "sw-thermal-slowdown",
    "hw-thermal-slowdown",
    "hw-power-brake",
];

/// From this share of readings on a GPU's reason counts, in thousandths: a
/// power cap that is touched now and then changes no result.
const LEAST_SHARE: u32 = 50;

/// The evidence that this machine throttled, as clauses; empty when there is
/// none. No evidence is no proof: see `unread` for what nobody could read.
///
/// Counts: slow-downs that the processor counted, a sensor at 95 °C or more,
/// and a GPU held down by power or heat in at least 5 % of its readings.
pub fn throttling(telemetry: &Telemetry) -> Vec<String> {
    let mut evidence = Vec::new();
    if let Some(events) = telemetry.cpu_throttle_events.filter(|&events| events > 0) {
        evidence.push(format!("the processor was slowed down by heat {events} times"));
    }
    let hot = |sensor: &&ThermalTelemetry| sensor.peak_band == ThermalBand::Throttling;
    let gpus = telemetry.gpus.iter().filter_map(|gpu| gpu.thermal.as_ref());
    for sensor in telemetry.thermal.iter().chain(gpus).filter(hot) {
        let degrees = sensor.millicelsius.max / 1_000;
        evidence.push(format!("{} reached {degrees} °C", sensor.zone));
    }
    for gpu in &telemetry.gpus {
        let reasons = gpu.throttle.iter().flatten();
        for reason in reasons.filter(|reason| {
            HELD_DOWN.contains(&reason.reason.as_str()) && reason.permille >= LEAST_SHARE
        }) {
            evidence.push(format!(
                "gpu {} was held down by {} in {} % of its readings",
                gpu.index,
                reason.reason,
                reason.permille / 10
            ));
        }
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachograph_model::{GpuTelemetry, SamplerCost, ThrottleReason, Track};

    fn sensor(zone: &str, peak: i64) -> ThermalTelemetry {
        ThermalTelemetry {
            zone: zone.into(),
            millicelsius: Track { max: peak, ..Track::default() },
            peak_band: crate::band(peak),
            trend: None,
            history_trend: None,
        }
    }

    fn quiet() -> Telemetry {
        let reason = |name: &str, permille| ThrottleReason { reason: name.into(), permille };
        Telemetry {
            duration_ns: 1,
            interval_ns: 1,
            readings: 1,
            missed: 0,
            cost: SamplerCost {
                cpu_ns: None,
                core_share_ppm: None,
                clock: None,
                gpu_tool_cpu_ns: None,
            },
            at_ns: vec![],
            slow_at_ns: vec![],
            cpu: None,
            memory: None,
            processes: None,
            energy: vec![],
            thermal: vec![sensor("x86_pkg_temp", 94_999)],
            cpu_throttle_events: Some(0),
            gpus: vec![GpuTelemetry {
                index: 0,
                at_ns: vec![],
                busy_permille: None,
                memory_used_bytes: None,
                core_mhz: None,
                memory_mhz: None,
                power_mw: None,
                microjoules: None,
                thermal: Some(sensor("gpu 0", 60_000)),
                throttle: Some(vec![
                    reason("application-clocks", 1_000),
                    reason("sw-power-cap", 49),
                ]),
            }],
            unread: vec![],
        }
    }

    #[test]
    fn clocks_that_were_set_and_rare_caps_are_no_evidence() {
        assert_eq!(throttling(&quiet()), Vec::<String>::new());
    }

    #[test]
    fn each_kind_of_evidence_is_named() {
        let mut found = quiet();
        found.cpu_throttle_events = Some(3);
        found.thermal[0] = sensor("x86_pkg_temp", 97_000);
        found.gpus[0].throttle =
            Some(vec![ThrottleReason { reason: "hw-thermal-slowdown".into(), permille: 250 }]);
        assert_eq!(
            throttling(&found),
            [
                "the processor was slowed down by heat 3 times",
                "x86_pkg_temp reached 97 °C",
                "gpu 0 was held down by hw-thermal-slowdown in 25 % of its readings",
            ]
        );
    }
}
