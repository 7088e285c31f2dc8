//! Causal attention over one page of keys, and the merge of pages.
//!
//! Every page is reduced by itself, with its own maximum, and the pages are merged in order.
//! Which thread does a page, and whether one row or many share the work, changes nothing.

use super::cache::PAGE;
use crate::numeric::{PANEL, PanelProduct, exp_sum_block, max_of, merge_softmax};

/// Softmax state of a row before any key.
pub(crate) const EMPTY: (f32, f32) = (f32::NEG_INFINITY, 0.0);

/// The queries of one KV head that attend together, and what they gather.
pub(crate) struct PageAttention<'a> {
    /// Scaled queries, `rows` × `head_dim`.
    pub(crate) queries: &'a [f32],
    /// For each row, how many keys of this page it sees; 0 for none.
    pub(crate) visible: &'a [usize],
    pub(crate) head_dim: usize,
    pub(crate) keys: &'a [f32],
    pub(crate) values: &'a [f32],
    /// Scratch, `rows` × [`PAGE`].
    pub(crate) scores: &'a mut [f32],
    /// Result, `rows` × `head_dim`: sums not yet divided.
    pub(crate) out: &'a mut [f32],
    /// Result: maximum and denominator of each row.
    pub(crate) softmax: &'a mut [(f32, f32)],
}

impl PageAttention<'_> {
    /// Reduces the page; rows that see nothing come out as [`EMPTY`] and zeros.
    pub(crate) fn run(self) {
        let rows = self.visible.len();
        let most = self.visible.iter().copied().max().unwrap_or(0);
        let width = most.next_multiple_of(PANEL);
        let depth = self.head_dim;
        PanelProduct {
            a: self.queries,
            a_stride: depth,
            rows,
            depth,
            panels: &self.keys[..width * depth],
            panel_depth: depth,
            out: self.scores,
            out_stride: PAGE,
        }
        .run();
        let lines = self.scores.chunks_exact_mut(PAGE).zip(self.visible);
        for ((scores, &visible), softmax) in lines.zip(self.softmax.iter_mut()) {
            *softmax = if visible == 0 {
                scores[..width].fill(0.0);
                EMPTY
            } else {
                let top = max_of(&scores[..visible]);
                (top, exp_sum_block(&mut scores[..width], visible, top))
            };
        }
        PanelProduct {
            a: self.scores,
            a_stride: PAGE,
            rows,
            depth: width,
            panels: self.values,
            panel_depth: PAGE,
            out: self.out,
            out_stride: depth,
        }
        .run();
    }
}

/// Adds the result of a later page to what the earlier pages gave.
pub(crate) fn merge(
    softmax: &mut [(f32, f32)],
    out: &mut [f32],
    page_softmax: &[(f32, f32)],
    page_out: &[f32],
) {
    let depth = out.len() / softmax.len();
    let lines = out.chunks_exact_mut(depth).zip(page_out.chunks_exact(depth));
    let states = softmax.iter_mut().zip(page_softmax);
    for ((state, page), (out, page_out)) in states.zip(lines) {
        if page.1 > 0.0 {
            merge_softmax(state, out, *page, page_out);
        }
    }
}

/// Divides the sums of each row by its denominator.
pub(crate) fn finish(softmax: &[(f32, f32)], out: &mut [f32]) {
    let depth = out.len() / softmax.len();
    for (out, (_, sum)) in out.chunks_exact_mut(depth).zip(softmax) {
        let scale = 1.0 / sum;
        for value in out {
            *value *= scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelShape;
    use crate::model::cache::PagedSequence;
    use proptest::prelude::*;

    /// Attention of one query over `keys` positions, in `f64`.
    fn naive(query: &[f32], keys: &[Vec<f32>], values: &[Vec<f32>]) -> Vec<f64> {
        let dot = |k: &Vec<f32>| -> f64 {
            k.iter().zip(query).map(|(k, q)| f64::from(*k) * f64::from(*q)).sum()
        };
        let scores: Vec<f64> = keys.iter().map(dot).collect();
        let top = scores.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
        let sum: f64 = weights.iter().sum();
        (0..query.len())
            .map(|d| {
                weights.iter().zip(values).map(|(w, v)| w * f64::from(v[d])).sum::<f64>() / sum
            })
            .collect()
    }

    fn values(state: &mut u64, count: usize) -> Vec<f32> {
        let mut next =
            || (crate::model::weights::split_mix(state) >> 40) as f32 / (1 << 23) as f32 - 1.0;
        (0..count).map(|_| next()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn paged_attention_matches_the_definition(
            positions in 1usize..700, rows in 1usize..6, seed: u64,
        ) {
            let shape = ModelShape {
                layers: 1, kv_heads: 1, head_dim: 64, ..ModelShape::default()
            };
            let mut state = seed;
            let mut sequence = PagedSequence::new(shape);
            sequence.reserve(positions);
            let keys: Vec<_> = (0..positions).map(|_| values(&mut state, 64)).collect();
            let vals: Vec<_> = (0..positions).map(|_| values(&mut state, 64)).collect();
            for p in 0..positions {
                sequence.write(0, p, &keys[p], &vals[p]);
            }
            let queries = values(&mut state, rows * 64);
            let last: Vec<usize> =
                (0..rows).map(|row| positions.saturating_sub(1 + row * 3)).collect();
            let mut softmax = vec![EMPTY; rows];
            let mut out = vec![0.0; rows * 64];
            for page in 0..sequence.page_count() {
                let visible: Vec<usize> =
                    last.iter().map(|l| (l + 1).saturating_sub(page * PAGE).min(PAGE)).collect();
                let (k, v) = sequence.page(page, 0, 0);
                let (mut page_out, mut page_softmax) = (vec![0.0; rows * 64], vec![EMPTY; rows]);
                PageAttention {
                    queries: &queries, visible: &visible, head_dim: 64, keys: k, values: v,
                    scores: &mut vec![0.0; rows * PAGE], out: &mut page_out,
                    softmax: &mut page_softmax,
                }.run();
                merge(&mut softmax, &mut out, &page_softmax, &page_out);
            }
            finish(&softmax, &mut out);
            for row in 0..rows {
                let n = last[row] + 1;
                let truth = naive(&queries[row * 64..][..64], &keys[..n], &vals[..n]);
                for (value, truth) in out[row * 64..].iter().zip(truth) {
                    prop_assert!((f64::from(*value) - truth).abs() < 2e-5);
                }
            }
        }
    }
}
