//! Functions of one row: normalisation, activation, softmax.
//!
//! Sums run over sixteen lanes in a fixed order, whatever the registers are.

use pulp::Arch;

/// Lanes of a sum, on every machine.
const LANES: usize = 16;

/// Below this, `exp` is zero; it keeps the results clear of denormal numbers.
const EXP_FLOOR: f32 = -87.0;

/// Writes `x / rms(x) * gain` to `out`.
pub(crate) fn rms_norm(x: &[f32], gain: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut lanes = [0.0f32; LANES];
            let (chunks, rest) = x.as_chunks::<LANES>();
            for chunk in chunks {
                for (sum, value) in lanes.iter_mut().zip(chunk) {
                    *sum = value.mul_add(*value, *sum);
                }
            }
            for (sum, value) in lanes.iter_mut().zip(rest) {
                *sum = value.mul_add(*value, *sum);
            }
            let mean = fold(lanes) / x.len() as f32;
            let scale = 1.0 / (mean + 1e-5).sqrt();
            for ((out, value), gain) in out.iter_mut().zip(x).zip(gain) {
                *out = value * scale * gain;
            }
        },
    );
}

/// Writes `silu(gate) * up` over `gate`.
pub(crate) fn silu_product(gate: &mut [f32], up: &[f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (gate, up) in gate.iter_mut().zip(up) {
                *gate = *gate / (1.0 + exp(-*gate)) * up;
            }
        },
    );
}

/// Returns the largest value; negative infinity for no values.
pub(crate) fn max_of(values: &[f32]) -> f32 {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut lanes = [f32::NEG_INFINITY; LANES];
            let (chunks, rest) = values.as_chunks::<LANES>();
            for chunk in chunks {
                for (lane, &value) in lanes.iter_mut().zip(chunk) {
                    *lane = if value > *lane { value } else { *lane };
                }
            }
            for (lane, &value) in lanes.iter_mut().zip(rest) {
                *lane = if value > *lane { value } else { *lane };
            }
            lanes.into_iter().fold(f32::NEG_INFINITY, f32::max)
        },
    )
}

/// Replaces the first `valid` scores by `exp(score - shift)`, the others by zero; returns the sum.
pub(crate) fn exp_sum_block(scores: &mut [f32], valid: usize, shift: f32) -> f32 {
    scores[valid..].fill(f32::NEG_INFINITY);
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut lanes = [0.0f32; LANES];
            let (chunks, rest) = scores.as_chunks_mut::<LANES>();
            for chunk in chunks {
                for (sum, score) in lanes.iter_mut().zip(chunk) {
                    *score = exp(*score - shift);
                    *sum += *score;
                }
            }
            for (sum, score) in lanes.iter_mut().zip(rest) {
                *score = exp(*score - shift);
                *sum += *score;
            }
            fold(lanes)
        },
    )
}

/// `e^x` to about one unit in the last place; zero below -87, as if `x` were 88 above 88.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
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
        let mut gate: Vec<f32> = (-40..40).map(|i| i as f32 / 4.0).collect();
        let expected: Vec<f64> =
            gate.iter().map(|&g| f64::from(g) / (1.0 + (-f64::from(g)).exp()) * 2.0).collect();
        let up = vec![2.0; gate.len()];
        silu_product(&mut gate, &up);
        for (value, truth) in gate.iter().zip(expected) {
            assert!((f64::from(*value) - truth).abs() < 1e-5);
        }
    }
}
