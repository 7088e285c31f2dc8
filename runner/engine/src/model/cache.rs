//! The KV cache: pages of 256 positions, shared between sequences until one writes.

use std::sync::Arc;

use crate::ModelShape;
use crate::numeric::PANEL;

/// Positions per page, and keys per step of the attention.
pub(crate) const PAGE: usize = 256;

/// Keys and values of [`PAGE`] positions for every layer.
///
/// Per layer and KV head: the keys as `PAGE / 32` panels of `head_dim` × 32 positions, then the
/// values as `head_dim / 32` panels of `PAGE` × 32 channels. Both are right sides of the one
/// matrix kernel.
#[derive(Debug, Clone)]
struct Page {
    data: Vec<f32>,
}

/// The cache of one sequence. Cloning shares the pages; a write to a shared page copies it first.
#[derive(Debug, Clone)]
pub(crate) struct PagedSequence {
    shape: ModelShape,
    pages: Vec<Arc<Page>>,
}

impl PagedSequence {
    pub(crate) fn new(shape: ModelShape) -> Self {
        Self { shape, pages: Vec::new() }
    }

    /// Makes room for `positions` positions.
    pub(crate) fn reserve(&mut self, positions: usize) {
        let size = self.shape.layers * self.layer_len();
        while self.pages.len() * PAGE < positions {
            self.pages.push(Arc::new(Page { data: vec![0.0; size] }));
        }
    }

    /// Drops the pages that lie wholly after the first `positions` positions.
    pub(crate) fn truncate(&mut self, positions: usize) {
        self.pages.truncate(positions.div_ceil(PAGE));
    }

    pub(crate) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// Returns the keys and the values of one page.
    pub(crate) fn page(&self, page: usize, layer: usize, kv_head: usize) -> (&[f32], &[f32]) {
        let start = layer * self.layer_len() + kv_head * self.head_len();
        self.pages[page].data[start..start + self.head_len()].split_at(self.head_len() / 2)
    }

    /// Stores the key and the value of every head at `position`, which must be reserved.
    pub(crate) fn write(&mut self, layer: usize, position: usize, keys: &[f32], values: &[f32]) {
        let head_dim = self.shape.head_dim;
        let (head_len, start) = (self.head_len(), layer * self.layer_len());
        let at = position % PAGE;
        let page = &mut Arc::make_mut(&mut self.pages[position / PAGE]).data;
        let heads = page[start..].chunks_exact_mut(head_len);
        let parts = keys.chunks_exact(head_dim).zip(values.chunks_exact(head_dim));
        for (head, (key, value)) in heads.zip(parts) {
            let (key_panels, value_panels) = head.split_at_mut(head_len / 2);
            let panel = &mut key_panels[at / PANEL * head_dim * PANEL..][..head_dim * PANEL];
            for (line, key) in panel.chunks_exact_mut(PANEL).zip(key) {
                line[at % PANEL] = *key;
            }
            let lines = value_panels.chunks_exact_mut(PAGE * PANEL);
            for (panel, value) in lines.zip(value.chunks_exact(PANEL)) {
                panel[at * PANEL..][..PANEL].copy_from_slice(value);
            }
        }
    }

    fn head_len(&self) -> usize {
        2 * PAGE * self.shape.head_dim
    }

    fn layer_len(&self) -> usize {
        self.shape.kv_heads * self.head_len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> ModelShape {
        ModelShape { layers: 2, kv_heads: 2, head_dim: 64, ..ModelShape::default() }
    }

    #[test]
    fn a_written_position_is_found_in_its_panels() {
        let mut sequence = PagedSequence::new(shape());
        sequence.reserve(300);
        assert_eq!(sequence.page_count(), 2);
        let keys: Vec<f32> = (0..128).map(|i| i as f32).collect();
        let values: Vec<f32> = (0..128).map(|i| 1000.0 + i as f32).collect();
        sequence.write(1, 256 + 37, &keys, &values);
        let (k, v) = sequence.page(1, 1, 1);
        assert_eq!(k[(64 + 5) * PANEL + 5], 64.0 + 5.0);
        assert_eq!(v[PAGE * PANEL + 37 * PANEL + 3], 1000.0 + 64.0 + 35.0);
        assert!(sequence.page(1, 0, 1).0.iter().all(|&x| x == 0.0));
    }

    #[test]
    fn a_clone_shares_until_one_side_writes() {
        let mut first = PagedSequence::new(shape());
        first.reserve(256);
        first.write(0, 0, &[1.0; 128], &[1.0; 128]);
        let mut second = first.clone();
        assert!(Arc::ptr_eq(&first.pages[0], &second.pages[0]));
        second.write(0, 0, &[2.0; 128], &[2.0; 128]);
        assert_eq!(first.page(0, 0, 0).0[0], 1.0);
        assert_eq!(second.page(0, 0, 0).0[0], 2.0);
        first.truncate(0);
        assert_eq!(first.page_count(), 0);
    }
}
