//! Working memory of a forward pass, kept from step to step.

use super::narrow::Partial;

/// Buffers of one thread. They only grow.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(super) normed: Vec<f32>,
    pub(super) attended: Vec<f32>,
    pub(super) delta: Vec<f32>,
    pub(super) gate_up: Vec<f32>,
    pub(super) hidden: Vec<f32>,
    pub(super) queries: Vec<f32>,
    pub(super) sums: Vec<f32>,
    pub(super) page_out: Vec<f32>,
    pub(super) scores: Vec<f32>,
    pub(super) softmax: Vec<(f32, f32)>,
    pub(super) gemm: Vec<f32>,
    pub(super) partials: Vec<Partial>,
}

/// Returns the first `len` floats, after making sure that they exist.
pub(super) fn sized(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

impl Scratch {
    /// Returns `len` floats for a divided product.
    pub(super) fn gemm(&mut self, len: usize) -> &mut [f32] {
        sized(&mut self.gemm, len)
    }
}
