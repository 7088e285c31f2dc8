//! From values to places.

/// A linear scale from zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    top: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale that shows all values from zero to the largest, between two
    /// places. Values that are no finite, positive numbers do not stretch it.
    pub(super) fn from_zero(
        values: impl Iterator<Item = f64>,
        steps: u32,
        from: f64,
        to: f64,
    ) -> Self {
        let largest = values.filter(|value| value.is_finite()).fold(0.0, f64::max).min(1e300);
        let (top, step) = rounded(largest, steps);
        Self { top, step, from, to }
    }

    /// The place of a value; what lies outside stays at the edge.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = if value.is_finite() { (value / self.top).clamp(0.0, 1.0) } else { 0.0 };
        self.from + (self.to - self.from) * share
    }

    /// The values that are labelled, from zero on.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let n = (self.top / self.step).round().clamp(1.0, 12.0) as u32;
        (0..=n).map(|i| f64::from(i) * self.step).collect()
    }

    /// A tick as text, all with the decimals that the step needs.
    pub(super) fn label(&self, value: f64) -> String {
        if self.top >= 1e15 || self.step < 1e-4 {
            return if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") };
        }
        let decimals = (0..5).find(|&d| {
            let scaled = self.step * 10_f64.powi(d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        });
        crate::number::fixed(value, decimals.unwrap_or(4) as usize)
    }
}

/// The least round top at or above a value, and the step to it.
fn rounded(largest: f64, steps: u32) -> (f64, f64) {
    if largest < f64::MIN_POSITIVE * 1e16 {
        return (1.0, 1.0);
    }
    let raw = largest / f64::from(steps.max(1));
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * power);
    let top = (largest / step * (1.0 - 1e-9)).ceil().max(1.0) * step;
    (top, step)
}

/// Places of the points along a plot: by the logarithm where all are above
/// zero, else evenly in their order.
pub(super) fn along(values: &[f64], from: f64, to: f64) -> Vec<f64> {
    let positive = values.iter().all(|value| value.is_finite() && *value > 0.0);
    let keys: Vec<f64> = match positive {
        true => values.iter().map(|value| value.log2()).collect(),
        false => (0..values.len()).map(|index| index as f64).collect(),
    };
    let least = keys.iter().copied().fold(f64::INFINITY, f64::min);
    let most = keys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let place = |key: f64| match most > least {
        true => from + (to - from) * (key - least) / (most - least),
        false => (from + to) / 2.0,
    };
    keys.into_iter().map(place).collect()
}

/// A point of the axis as text: `32k` for 32,768.
pub(super) fn short_count(value: f64) -> String {
    let kibi = value / 1_024.0;
    if (1.0..1e6).contains(&kibi) && kibi.fract() == 0.0 {
        format!("{kibi}k")
    } else if value.fract() == 0.0 && value.abs() < 1e9 {
        crate::number::fixed(value, 0)
    } else {
        crate::document::value_text(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(largest: f64) -> Scale {
        Scale::from_zero([largest].into_iter(), 4, 0.0, 100.0)
    }

    #[test]
    fn tops_are_round_and_not_below_the_values() {
        let labels = |largest| {
            let scale = scale(largest);
            scale.ticks().iter().map(|tick| scale.label(*tick)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels(81.2), "0 25 50 75 100");
        assert_eq!(labels(31.2), "0 10 20 30 40");
        assert_eq!(labels(8_421.0), "0 2,500 5,000 7,500 10,000");
        assert_eq!(labels(0.3), "0.0 0.1 0.2 0.3");
        assert_eq!(labels(0.0), "0 1");
        assert_eq!(labels(1e300), "0 2.5e299 5.0e299 7.5e299 1.0e300");
    }

    #[test]
    fn places_stay_within_the_plot() {
        let scale = scale(50.0);
        assert_eq!(scale.place(0.0), 0.0);
        assert_eq!(scale.place(1e9), 100.0);
        assert_eq!(scale.place(-1.0), 0.0);
        assert_eq!(scale.place(f64::NAN), 0.0);
    }

    #[test]
    fn doublings_are_equally_far_apart() {
        assert_eq!(along(&[1.0, 2.0, 4.0, 8.0], 0.0, 30.0), [0.0, 10.0, 20.0, 30.0]);
        assert_eq!(along(&[0.0, 5.0, 6.0], 0.0, 30.0), [0.0, 15.0, 30.0]);
        assert_eq!(along(&[7.0], 0.0, 30.0), [15.0]);
        assert_eq!(short_count(32_768.0), "32k");
        assert_eq!(short_count(4.0), "4");
        assert_eq!(short_count(1_536.0), "1,536");
    }
}
