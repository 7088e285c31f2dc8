//! The arithmetic: one matrix kernel, the elementwise functions and the rotary table.
//!
//! Every sum is taken in an order that depends neither on the width of the SIMD registers nor on
//! the number of threads nor on what else is in the batch, and every product is fused into its
//! sum. Two machines that have a fused multiply-add therefore compute the same bits.

mod elementwise;
mod gemm;
mod rope;

pub(crate) use elementwise::{blend, exp, exp_sum_block, max_of, rms_norm, silu_product};
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
