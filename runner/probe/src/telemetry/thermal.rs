//! Temperatures: bands, the limit, the trend.

use std::collections::VecDeque;

use tachograph_model::{ThermalBand, ThermalTrend};

/// Readings of a sensor that are kept for the trend: one minute at one a second.
pub const HISTORY: usize = 60;

/// Readings that the short trend rests on.
pub const TREND_WINDOW: usize = 5;

/// From here on throttling is likely, thousandths of a degree Celsius.
pub const LIMIT_MILLICELSIUS: i64 = 95_000;

/// A slope below this is not called a rise, thousandths of a degree a minute:
/// a room warms a machine faster than that.
const LEAST_RISE: f64 = 500.0;

/// One-sided 95 % points of Student's t for 1, 2, … degrees of freedom.
const T95: [f64; 10] = [6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812];

/// That point for more degrees of freedom, rounded up.
const T95_BEYOND: f64 = 1.812;

/// The band of a temperature in thousandths of a degree Celsius: under 40 °C
/// cool, 40–60 light, 60–80 moderate, 80–95 heavy, 95 and more throttling.
/// A band holds its lower bound.
pub fn band(millicelsius: i64) -> ThermalBand {
    match millicelsius {
        ..40_000 => ThermalBand::Cool,
        40_000..60_000 => ThermalBand::Light,
        60_000..80_000 => ThermalBand::Moderate,
        80_000..LIMIT_MILLICELSIUS => ThermalBand::Heavy,
        _ => ThermalBand::Throttling,
    }
}

/// Whether a temperature is above a threshold, both in thousandths of a degree.
pub fn is_above(millicelsius: i64, threshold: i64) -> bool {
    millicelsius > threshold
}

/// The least-squares line through `(nanoseconds, thousandths of a degree)`.
///
/// The slope is Σ(t−t̄)(x−x̄) / Σ(t−t̄)². It is called a rise when it is at
/// least 0.5 °C a minute and beyond the one-sided 95 % bound of its standard
/// error, √(Σr² / (n−2) / Σ(t−t̄)²). `None` for fewer than three readings or
/// when all are of one moment.
pub fn trend(readings: &[(u64, i64)]) -> Option<ThermalTrend> {
    let &(origin, base) = readings.first()?;
    if readings.len() < 3 {
        return None;
    }
    const MINUTE: f64 = 60e9;
    let points: Vec<(f64, f64)> = readings
        .iter()
        .map(|&(at, value)| ((at as f64 - origin as f64) / MINUTE, (value - base) as f64))
        .collect();
    let n = points.len() as f64;
    let mean_t = points.iter().map(|(t, _)| t).sum::<f64>() / n;
    let mean_x = points.iter().map(|(_, x)| x).sum::<f64>() / n;
    let spread = points.iter().map(|(t, _)| (t - mean_t).powi(2)).sum::<f64>();
    if spread <= 0.0 {
        return None;
    }
    let slope = points.iter().map(|(t, x)| (t - mean_t) * (x - mean_x)).sum::<f64>() / spread;
    let residues =
        points.iter().map(|(t, x)| (x - mean_x - slope * (t - mean_t)).powi(2)).sum::<f64>();
    let error = (residues / (n - 2.0) / spread).sqrt();
    let bound = T95.get(points.len() - 3).copied().unwrap_or(T95_BEYOND);
    Some(ThermalTrend {
        millicelsius_per_minute: slope.round() as i64,
        readings: u32::try_from(points.len()).unwrap_or(u32::MAX),
        rising: slope >= LEAST_RISE && slope > bound * error,
    })
}

/// The last readings of one sensor.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(VecDeque<(u64, i64)>);

impl History {
    /// Takes a reading; the oldest goes once [`HISTORY`] are kept.
    pub(crate) fn push(&mut self, at_ns: u64, millicelsius: i64) {
        if self.0.len() >= HISTORY {
            self.0.pop_front();
        }
        self.0.push_back((at_ns, millicelsius));
    }

    /// The trend of the last [`TREND_WINDOW`] readings, and of all that are kept.
    pub(crate) fn trends(&self) -> (Option<ThermalTrend>, Option<ThermalTrend>) {
        let all: Vec<(u64, i64)> = self.0.iter().copied().collect();
        let window = all.len().saturating_sub(TREND_WINDOW);
        (trend(all.get(window..).unwrap_or(&all)), trend(&all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Whole degrees, one reading a second.
    fn course(degrees: &[i64]) -> Vec<(u64, i64)> {
        (0..).zip(degrees).map(|(at, &degree)| (at * SECOND, degree * 1_000)).collect()
    }

    #[test]
    fn a_ramp_rises_by_its_slope() {
        let found = trend(&course(&[50, 51, 52, 53, 54])).unwrap();
        assert_eq!(found.millicelsius_per_minute, 60_000);
        assert!(found.rising);
        assert_eq!(found.readings, 5);
        let falling = trend(&course(&[54, 53, 52, 51, 50])).unwrap();
        assert_eq!((falling.millicelsius_per_minute, falling.rising), (-60_000, false));
    }

    #[test]
    fn level_and_noisy_readings_do_not_rise() {
        for degrees in [[50, 50, 50, 50, 50], [50, 51, 50, 51, 50], [50, 50, 51, 50, 51]] {
            assert!(!trend(&course(&degrees)).unwrap().rising, "{degrees:?}");
        }
        let slope = trend(&course(&[50, 50, 51, 50, 51])).unwrap().millicelsius_per_minute;
        assert_eq!(slope, 12_000, "0.2 degrees a second, but within its error");
    }

    #[test]
    fn a_slow_creep_is_not_a_rise() {
        let creep: Vec<(u64, i64)> = (0..60).map(|i| (i * SECOND, 50_000 + i as i64 * 5)).collect();
        let found = trend(&creep).unwrap();
        assert_eq!((found.millicelsius_per_minute, found.rising), (300, false));
    }

    #[test]
    fn too_little_gives_no_trend() {
        assert_eq!(trend(&[]), None);
        assert_eq!(trend(&course(&[50, 60])), None);
        assert_eq!(trend(&[(5, 1), (5, 2), (5, 3)]), None);
    }

    #[test]
    fn bands_hold_their_lower_bound() {
        let bands = [39_999, 40_000, 59_999, 60_000, 80_000, 94_999, 95_000].map(band);
        use ThermalBand::{Cool, Heavy, Light, Moderate, Throttling};
        assert_eq!(bands, [Cool, Light, Light, Moderate, Heavy, Heavy, Throttling]);
        assert!(is_above(95_001, LIMIT_MILLICELSIUS) && !is_above(95_000, LIMIT_MILLICELSIUS));
    }

    #[test]
    fn the_history_is_a_ring() {
        let mut history = History::default();
        for at in 0..100 {
            history.push(at * SECOND, if at < 95 { 50_000 } else { 50_000 + at as i64 });
        }
        let (short, long) = history.trends();
        assert_eq!(short.unwrap().readings, 5);
        assert_eq!(long.unwrap().readings, 60);
        assert_eq!(short.unwrap().millicelsius_per_minute, 60);
    }

    proptest::proptest! {
        #[test]
        fn the_slope_of_a_line_is_found(start in -20_000_i64..90_000, step in -500_i64..500) {
            let line: Vec<(u64, i64)> =
                (0..20).map(|i| (i * SECOND, start + step * i as i64)).collect();
            let found = trend(&line).unwrap();
            proptest::prop_assert_eq!(found.millicelsius_per_minute, step * 60);
            proptest::prop_assert_eq!(found.rising, step * 60 >= 500);
        }
    }
}
