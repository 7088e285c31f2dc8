//! The arithmetic: one matrix kernel, the elementwise functions and the rotary table.
//!
//! Every sum is taken in an order that depends neither on the width of the SIMD registers nor on
//! the number of threads nor on what else is in the batch, and every product is fused into its
//! sum. Two machines that have a fused multiply-add therefore compute the same bits.

mod elementwise;
mod gemm;
mod rope;

pub(crate) use elementwise::{exp_sum_block, max_of, merge_softmax, rms_norm, silu_product};
pub(crate) use gemm::{PANEL, PanelProduct, multiply, multiply_shared};
pub(crate) use rope::RotaryTable;

use pulp::Arch;

/// Returns the name of the vector instruction set in use, such as `x86-64-v4`.
pub(crate) fn instruction_set() -> String {
    match format!("{:?}", Arch::new()).split('(').next() {
        Some("V4") => "x86-64-v4 (AVX-512)".to_owned(),
        Some("V3") => "x86-64-v3 (AVX2, FMA)".to_owned(),
        Some(other) => other.to_lowercase(),
        None => "unknown".to_owned(),
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use pulp::x86::{V3, V4};
    use pulp::{Scalar, Simd};

    use super::elementwise::{ExpSum, MergeSoftmax, RmsNorm, SiluProduct};
    use super::*;

    fn noise(count: usize, mut state: u64) -> Vec<f32> {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f32 / (1 << 22) as f32 - 2.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// Runs every operation as one instruction set would, and returns all results.
    fn results<S: Simd>(simd: S) -> Vec<f32> {
        let (x, y) = (noise(11 * 96, 1), noise(96 * 128, 2));
        let mut product = vec![0.0; 11 * 128];
        simd.vectorize(PanelProduct {
            a: &x,
            a_stride: 96,
            rows: 11,
            depth: 96,
            panels: &y,
            panel_depth: 96,
            out: &mut product,
            out_stride: 128,
        });
        let mut normed = vec![0.0; 320];
        simd.vectorize(RmsNorm { x: &x[..320], gain: &y[..320], out: &mut normed });
        let mut activated = vec![0.0; 999];
        simd.vectorize(SiluProduct { gate: &x[..999], up: &y[..999], out: &mut activated });
        let mut weights = x[..250].to_vec();
        let sum = simd.vectorize(ExpSum { scores: &mut weights, shift: 1.9 });
        let (mut state, mut merged) = ((0.25, 3.5), x[..64].to_vec());
        simd.vectorize(MergeSoftmax {
            state: &mut state,
            out: &mut merged,
            page: (1.75, 9.0),
            page_out: &y[..64],
        });
        [product, normed, activated, weights, vec![sum, state.0, state.1], merged].concat()
    }

    #[test]
    fn every_instruction_set_computes_the_same_bits() {
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let expected = bits(results(Scalar));
        if let Some(simd) = V3::try_new() {
            assert_eq!(bits(results(simd)), expected, "AVX2");
        }
        if let Some(simd) = V4::try_new() {
            assert_eq!(bits(results(simd)), expected, "AVX-512");
        }
    }
}
