//! Numbers as they were printed.

use std::ops::{Add, Div, Mul, Sub};

/// All values that print as one number: `4.2` stands for 4.15 to 4.25.
/// Arithmetic gives all values that the result can have; operands are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rounded {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Rounded {
    /// A printed number, as text so that its last digit is known.
    pub(crate) fn printed(text: &str) -> Self {
        let value: f64 = text.parse().unwrap();
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let half = 0.5 / 10_f64.powi(decimals as i32);
        Self { low: value - half, high: value + half }
    }

    /// A number that is exact.
    pub(crate) fn exact(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Whether both can stand for one value. The slack is for the last bit.
    pub(crate) fn meets(self, other: Self) -> bool {
        let slack = 1e-12 * self.high.abs().max(other.high.abs());
        self.low <= other.high + slack && other.low <= self.high + slack
    }
}

/// A result can lie anywhere between the extremes of its operands' corners.
fn corners(a: Rounded, b: Rounded, f: impl Fn(f64, f64) -> f64) -> Rounded {
    let all = [f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high)];
    let low = all.into_iter().fold(f64::INFINITY, f64::min);
    let high = all.into_iter().fold(f64::NEG_INFINITY, f64::max);
    Rounded { low, high }
}

impl Add for Rounded {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        corners(self, other, |a, b| a + b)
    }
}

impl Sub for Rounded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        corners(self, other, |a, b| a - b)
    }
}

impl Mul for Rounded {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        corners(self, other, |a, b| a * b)
    }
}

impl Div for Rounded {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        corners(self, other, |a, b| a / b)
    }
}

#[test]
fn a_printed_number_stands_for_an_interval() {
    let tpot = Rounded::printed("25.8");
    let rate = Rounded::exact(1000.0) / tpot;
    assert!(rate.meets(Rounded::printed("38.7")) && rate.meets(Rounded::printed("38.8")));
    assert!(!rate.meets(Rounded::printed("38.6")));
    assert!(Rounded::printed("2").meets(Rounded::exact(2.5)));
    assert!(!Rounded::printed("2").meets(Rounded::exact(2.501)));
}
