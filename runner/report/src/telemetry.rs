//! What the machine did during a run, in a line.

use tachograph_model::Telemetry;

use crate::number::{bytes, percent};

/// Processor, memory of the backend, energy and heat, as far as they were read,
/// and what reading them cost.
pub(crate) fn line(telemetry: &Telemetry) -> String {
    let mut parts = Vec::new();
    if let Some(cpu) = &telemetry.cpu {
        let busy = percent(cpu.busy_permille.mean as f64 / 1000.0);
        let stolen = percent(cpu.steal_permille.mean as f64 / 1000.0);
        parts.push(format!("processor {busy} busy, {stolen} stolen"));
    }
    if let Some(tree) = &telemetry.processes {
        let peak = u64::try_from(tree.rss_bytes.max).unwrap_or(0);
        parts.push(format!("backend {} at most", bytes(peak)));
    }
    for gpu in &telemetry.gpus {
        if let Some(busy) = &gpu.busy_permille {
            let busy = percent(busy.mean as f64 / 1000.0);
            parts.push(format!("gpu {} {busy} busy", gpu.index));
        }
    }
    for domain in &telemetry.energy {
        parts.push(format!("{} {:.1} W", domain.domain, domain.mean_milliwatts as f64 / 1000.0));
    }
    if let Some(hottest) = telemetry.thermal.iter().max_by_key(|zone| zone.millicelsius.max) {
        parts.push(format!("{} {} °C", hottest.zone, hottest.millicelsius.max / 1000));
    }
    let cost = telemetry.cost.core_share_ppm;
    let cost = cost.map(|ppm| format!(" for {:.2} % of a core", ppm as f64 / 10_000.0));
    let readings = telemetry.readings;
    format!("watched {readings} times{}: {}", cost.unwrap_or_default(), parts.join(", "))
}
