//! Waiting until a machine has cooled down.

use std::time::{Duration, Instant};

use tachograph_model::Temperature;
use tokio::sync::watch;

use crate::{Event, Observer};

/// The longest wait before one workload.
const PATIENCE: Duration = Duration::from_secs(600);
/// The time between two looks at the sensors.
const PAUSE: Duration = Duration::from_secs(1);

/// Waits until the hottest sensor is at this temperature or below. A machine
/// without sensors, one that stays hot, and a stop by the user end the wait.
pub(crate) async fn wait(
    celsius: u32,
    mut interrupt: watch::Receiver<bool>,
    observer: &dyn Observer,
) {
    let began = Instant::now();
    let mut told = false;
    loop {
        let reading = tokio::task::spawn_blocking(tachograph_probe::temperatures).await;
        let hot = match reading {
            Ok(Ok(sensors)) => hotter(&sensors, celsius),
            Ok(Err(reason)) => {
                let note = format!("not waiting for {celsius} °C: {reason}");
                return observer.event(Event::Note(&note));
            }
            Err(_) => None,
        };
        let Some((zone, heat)) = hot else { return };
        if began.elapsed() > PATIENCE {
            let note = format!("{zone} is still at {heat} °C after ten minutes; going on");
            return observer.event(Event::Note(&note));
        }
        if !told {
            observer.event(Event::Note(&format!(
                "waiting for {zone} to cool from {heat} °C to {celsius} °C"
            )));
            told = true;
        }
        let stopped = interrupt.wait_for(|stop| *stop);
        if let Ok(Ok(_)) = tokio::time::timeout(PAUSE, stopped).await {
            return;
        }
    }
}

/// The hottest sensor, when it is above this; whole degrees, rounded up.
fn hotter(sensors: &[Temperature], celsius: u32) -> Option<(String, i64)> {
    let hottest = sensors.iter().max_by_key(|sensor| sensor.millicelsius)?;
    let limit = i64::from(celsius) * 1000;
    let degrees = (hottest.millicelsius + 999).div_euclid(1000);
    tachograph_probe::is_above(hottest.millicelsius, limit).then(|| (hottest.zone.clone(), degrees))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S1.44: a pause between workloads.
    #[test]
    fn only_a_hotter_sensor_is_waited_for() {
        let sensor = |zone: &str, millicelsius| Temperature { zone: zone.to_owned(), millicelsius };
        let sensors = [sensor("acpitz", 45_000), sensor("x86_pkg_temp", 71_250)];
        assert_eq!(hotter(&sensors, 70), Some(("x86_pkg_temp".to_owned(), 72)));
        assert_eq!(hotter(&sensors, 72), None);
        assert_eq!(hotter(&[], 20), None);
    }
}
