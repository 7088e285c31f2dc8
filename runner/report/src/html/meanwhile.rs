//! What the machine did meanwhile: heat, load, memory and GPUs over the run.

use tachograph_model::{GpuTelemetry, Telemetry, ThermalBand, ThermalTelemetry, Track};

use super::plots::Plot;
use crate::{
    number::fixed,
    svg::{Band, Trace, TraceChart},
    text::{clean, sentence},
};

/// The most traces of a plot.
const TRACES: usize = 3;
const GIB: f64 = (1u64 << 30) as f64;
const MIB: f64 = (1u64 << 20) as f64;

/// The bands of temperature.
const BANDS: &[Band] = &[
    Band { class: "band b1", name: "light", from: 40.0, to: Some(60.0) },
    Band { class: "band b2", name: "moderate", from: 60.0, to: Some(80.0) },
    Band { class: "band b3", name: "heavy", from: 80.0, to: Some(95.0) },
    Band { class: "band b4", name: "throttling likely", from: 95.0, to: None },
];

/// The plots of what was read; what was not has none.
pub(super) fn meanwhile(telemetry: &Telemetry) -> Vec<Plot> {
    let all = [
        heat(telemetry),
        load(telemetry),
        memory(telemetry),
        gpus(telemetry, "power of the GPU", "W", 1e-3, |gpu| gpu.power_mw.as_ref()),
        gpus(telemetry, "clock of the GPU", "MHz", 1.0, |gpu| gpu.core_mhz.as_ref()),
        gpus(telemetry, "load of the GPU", "%", 0.1, |gpu| gpu.busy_permille.as_ref()),
    ];
    all.into_iter().enumerate().filter_map(|(index, plot)| plot?.plot(index)).collect()
}

/// A plot before it is drawn.
struct Draft {
    title: String,
    more: String,
    up: &'static str,
    traces: Vec<Trace>,
    bands: &'static [Band],
}

impl Draft {
    fn plot(self, index: usize) -> Option<Plot> {
        let Self { title, more, up, traces, bands } = self;
        let chart = TraceChart { title: title.clone(), up: up.to_owned(), traces, bands };
        let caption = sentence(&title);
        let caption = if more.is_empty() { caption } else { format!("{caption}: {more}") };
        Some(Plot { svg: chart.svg(&format!("m{index}"))?, caption, wide: false })
    }
}

fn trace(name: &str, track: &Track, at_ns: &[u64], scale: f64) -> Trace {
    let points = at_ns.iter().zip(&track.points);
    let points =
        points.map(|(at, value)| (*at as f64 / 1e9, value.map(|value| value as f64 * scale)));
    Trace { name: clean(name), points: points.collect() }
}

/// The hottest sensors, GPUs among them.
fn heat(telemetry: &Telemetry) -> Option<Draft> {
    let zones =
        telemetry.thermal.iter().map(|zone| (zone.zone.clone(), zone, &telemetry.slow_at_ns));
    let gpus = telemetry
        .gpus
        .iter()
        .filter_map(|gpu| Some((gpu_name(telemetry, gpu), gpu.thermal.as_ref()?, &gpu.at_ns)));
    let mut sensors: Vec<(String, &ThermalTelemetry, &Vec<u64>)> = zones.chain(gpus).collect();
    sensors.sort_by_key(|(_, sensor, _)| std::cmp::Reverse(sensor.millicelsius.max));
    sensors.truncate(TRACES);
    let (name, hottest, _) = sensors.first()?;
    Some(Draft {
        title: "temperature".to_owned(),
        more: format!("{} {}", clean(name), peak(hottest)),
        up: "°C",
        traces: sensors
            .iter()
            .map(|(name, sensor, at)| trace(name, &sensor.millicelsius, at, 1e-3))
            .collect(),
        bands: BANDS,
    })
}

/// The peak of a sensor with its band, and its trend.
fn peak(sensor: &ThermalTelemetry) -> String {
    let band = match sensor.peak_band {
        ThermalBand::Cool => "cool",
        ThermalBand::Light => "idle to light load",
        ThermalBand::Moderate => "moderate load",
        ThermalBand::Heavy => "heavy load",
        ThermalBand::Throttling => "throttling likely",
    };
    let peak = fixed(sensor.millicelsius.max as f64 / 1e3, 1);
    let trend = match sensor.history_trend.or(sensor.trend) {
        Some(trend) if trend.rising => {
            let slope = fixed(trend.millicelsius_per_minute as f64 / 1e3, 1);
            format!(", rising {slope} °C a minute")
        }
        Some(_) => ", not rising".to_owned(),
        None => String::new(),
    };
    format!("peaks at {peak} °C ({band}){trend}")
}

fn load(telemetry: &Telemetry) -> Option<Draft> {
    let cpu = telemetry.cpu.as_ref()?;
    let at = &telemetry.at_ns;
    Some(Draft {
        title: "load of the processor".to_owned(),
        more: String::new(),
        up: "%",
        traces: vec![
            trace("busy", &cpu.busy_permille, at, 0.1),
            trace("taken by a hypervisor", &cpu.steal_permille, at, 0.1),
        ],
        bands: &[],
    })
}

fn memory(telemetry: &Telemetry) -> Option<Draft> {
    let tree = telemetry.processes.as_ref()?;
    let large = tree.rss_bytes.max as f64 >= GIB;
    let (unit, scale) = if large { ("GiB", 1.0 / GIB) } else { ("MiB", 1.0 / MIB) };
    let mut traces = vec![trace("resident", &tree.rss_bytes, &telemetry.at_ns, scale)];
    let shared = tree.pss_bytes.as_ref();
    traces.extend(shared.map(|track| trace("shared fairly", track, &telemetry.slow_at_ns, scale)));
    Some(Draft {
        title: "memory of the backend".to_owned(),
        more: String::new(),
        up: unit,
        traces,
        bands: &[],
    })
}

fn gpus(
    telemetry: &Telemetry,
    title: &str,
    up: &'static str,
    scale: f64,
    of: impl Fn(&GpuTelemetry) -> Option<&Track>,
) -> Option<Draft> {
    let traces = telemetry
        .gpus
        .iter()
        .filter_map(|gpu| Some(trace(&gpu_name(telemetry, gpu), of(gpu)?, &gpu.at_ns, scale)));
    let traces: Vec<Trace> = traces.take(TRACES).collect();
    (!traces.is_empty()).then(|| Draft {
        title: title.to_owned(),
        more: String::new(),
        up,
        traces,
        bands: &[],
    })
}

fn gpu_name(telemetry: &Telemetry, gpu: &GpuTelemetry) -> String {
    if telemetry.gpus.len() == 1 { "GPU".to_owned() } else { format!("GPU {}", gpu.index) }
}
