//! Functions of one row: normalisation, activation, softmax.
//!
//! Sums run over sixteen lanes in a fixed order, whatever the registers are.

use pulp::{Arch, Simd, WithSimd};

/// Lanes of a sum, on every machine.
const LANES: usize = 16;

/// Below this, `exp` is zero; it keeps the results clear of denormal numbers.
const EXP_FLOOR: f32 = -87.0;

/// Writes `x / rms(x) * gain` to `out`.
pub(crate) fn rms_norm(x: &[f32], gain: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(RmsNorm { x, gain, out });
}

pub(super) struct RmsNorm<'a> {
    pub(super) x: &'a [f32],
    pub(super) gain: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl WithSimd for RmsNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut lanes = [0.0f32; LANES];
        let (chunks, rest) = self.x.as_chunks::<LANES>();
        for chunk in chunks {
            for (sum, value) in lanes.iter_mut().zip(chunk) {
                *sum = value.mul_add(*value, *sum);
            }
        }
        for (sum, value) in lanes.iter_mut().zip(rest) {
            *sum = value.mul_add(*value, *sum);
        }
        let mean = fold(lanes) / self.x.len() as f32;
        let scale = 1.0 / (mean + 1e-5).sqrt();
        for ((out, value), gain) in self.out.iter_mut().zip(self.x).zip(self.gain) {
            *out = value * scale * gain;
        }
    }
}

/// Writes `silu(gate) * up` to `out`.
pub(crate) fn silu_product(gate: &[f32], up: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(SiluProduct { gate, up, out });
}

pub(super) struct SiluProduct<'a> {
    pub(super) gate: &'a [f32],
    pub(super) up: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl WithSimd for SiluProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((out, gate), up) in self.out.iter_mut().zip(self.gate).zip(self.up) {
            *out = *gate / (1.0 + exp(-*gate)) * up;
        }
    }
}

/// Returns the largest value; negative infinity for no values.
pub(crate) fn max_of(values: &[f32]) -> f32 {
    Arch::new().dispatch(MaxOf(values))
}

struct MaxOf<'a>(&'a [f32]);

impl WithSimd for MaxOf<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let mut lanes = [f32::NEG_INFINITY; LANES];
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, &value) in lanes.iter_mut().zip(chunk) {
                *lane = if value > *lane { value } else { *lane };
            }
        }
        for (lane, &value) in lanes.iter_mut().zip(rest) {
            *lane = if value > *lane { value } else { *lane };
        }
        lanes.into_iter().fold(f32::NEG_INFINITY, |top, x| if x > top { x } else { top })
    }
}

/// Replaces the first `valid` scores by `exp(score - shift)`, the others by zero; returns the sum.
pub(crate) fn exp_sum_block(scores: &mut [f32], valid: usize, shift: f32) -> f32 {
    scores[valid..].fill(f32::NEG_INFINITY);
    Arch::new().dispatch(ExpSum { scores, shift })
}

pub(super) struct ExpSum<'a> {
    pub(super) scores: &'a mut [f32],
    pub(super) shift: f32,
}

impl WithSimd for ExpSum<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        for score in self.scores.iter_mut() {
            *score = exp(*score - self.shift);
        }
        let mut lanes = [0.0f32; LANES];
        let (chunks, rest) = self.scores.as_chunks::<LANES>();
        for chunk in chunks {
            for (sum, score) in lanes.iter_mut().zip(chunk) {
                *sum += *score;
            }
        }
        for (sum, score) in lanes.iter_mut().zip(rest) {
            *sum += *score;
        }
        fold(lanes)
    }
}

/// Adds `page`, the maximum, denominator and sums of later keys, to those of the earlier keys.
pub(crate) fn merge_softmax(
    state: &mut (f32, f32),
    out: &mut [f32],
    page: (f32, f32),
    page_out: &[f32],
) {
    Arch::new().dispatch(MergeSoftmax { state, out, page, page_out });
}

pub(super) struct MergeSoftmax<'a> {
    pub(super) state: &'a mut (f32, f32),
    pub(super) out: &'a mut [f32],
    pub(super) page: (f32, f32),
    pub(super) page_out: &'a [f32],
}

impl WithSimd for MergeSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (state, page) = (self.state, self.page);
        let top = if page.0 > state.0 { page.0 } else { state.0 };
        let (old, new) = (exp(state.0 - top), exp(page.0 - top));
        *state = (top, state.1 * old + page.1 * new);
        for (out, page_out) in self.out.iter_mut().zip(self.page_out) {
            *out = *out * old + page_out * new;
        }
    }
}

/// `e^x` to about one unit in the last place; zero below -87, as if `x` were 88 above 88.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to an integer, which then sits in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x > 88.0 { 88.0 } else { x };
    let clamped = if clamped > EXP_FLOOR { clamped } else { EXP_FLOOR };
    let shifted = clamped.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the remainder keeps its low bits.
    let r = n.mul_add(-0.693_359_4, clamped);
    let r = n.mul_add(2.121_944_4e-4, r);
    let p = 1.987_569_1e-4f32;
    let p = p.mul_add(r, 1.398_199_9e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_5e-1);
    let p = p.mul_add(r, 0.5);
    let p = (p * r).mul_add(r, r) + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    let y = p * f32::from_bits(exponent);
    if x < EXP_FLOOR { 0.0 } else { y }
}

#[inline(always)]
fn fold(lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    let mut lanes = lanes;
    while width > 0 {
        for index in 0..width {
            lanes[index] += lanes[index + width];
        }
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exp_has_exact_anchors() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-100.0), 0.0);
        assert!(exp(1000.0).is_finite());
    }

    proptest! {
        #[test]
        fn exp_is_close_to_the_true_value(x in -86.0f32..87.0) {
            let truth = f64::from(x).exp();
            prop_assert!((f64::from(exp(x)) - truth).abs() <= 2e-7 * truth);
        }

        #[test]
        fn softmax_sums_to_its_denominator(
            scores in proptest::collection::vec(-20.0f32..20.0, 1..200), cut in 0.0f64..1.0,
        ) {
            let valid = 1 + ((scores.len() - 1) as f64 * cut) as usize;
            let top = max_of(&scores[..valid]);
            prop_assert_eq!(top, scores[..valid].iter().copied().fold(f32::MIN, f32::max));
            let mut weights = scores.clone();
            let sum = exp_sum_block(&mut weights, valid, top);
            let truth: f64 = scores[..valid].iter().map(|s| f64::from(s - top).exp()).sum();
            prop_assert!((f64::from(sum) - truth).abs() < 1e-5 * truth);
            prop_assert!(weights[valid..].iter().all(|&w| w == 0.0));
        }

        #[test]
        fn a_normalised_row_has_unit_mean_square(
            row in proptest::collection::vec(-8.0f32..8.0, 16..300),
        ) {
            prop_assume!(row.iter().any(|x| x.abs() > 0.5));
            let mut out = vec![0.0; row.len()];
            rms_norm(&row, &vec![1.0; row.len()], &mut out);
            let mean = out.iter().map(|x| f64::from(x * x)).sum::<f64>() / row.len() as f64;
            prop_assert!((mean - 1.0).abs() < 0.02, "{}", mean);
        }
    }

    #[test]
    fn silu_matches_its_definition() {
        let gate: Vec<f32> = (-40..40).map(|i| i as f32 / 4.0).collect();
        let expected: Vec<f64> =
            gate.iter().map(|&g| f64::from(g) / (1.0 + (-f64::from(g)).exp()) * 2.0).collect();
        let mut out = vec![0.0; gate.len()];
        silu_product(&gate, &vec![2.0; gate.len()], &mut out);
        for (value, truth) in out.iter().zip(expected) {
            assert!((f64::from(*value) - truth).abs() < 1e-5);
        }
    }
}
