//! Attention of a few rows, divided among all threads by page and KV head.

use rayon::prelude::*;

use super::attention::{EMPTY, PageAttention, finish, merge};
use super::block::gather_queries;
use super::cache::{PAGE, PagedSequence};
use super::forward::Row;
use crate::ModelShape;

/// Pages below which waking another thread costs more than it saves.
const PARALLEL_PAGES: usize = 4;

/// What one page adds to one row and one KV head.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    row: usize,
    kv_head: usize,
    page: usize,
    queries: Vec<f32>,
    scores: Vec<f32>,
    out: Vec<f32>,
    softmax: Vec<(f32, f32)>,
}

/// Writes the attention of each row to `out`, rows × query_dim.
pub(super) fn attend_shared(
    rows: &[Row],
    qkv: &[f32],
    shape: &ModelShape,
    layer: usize,
    store: &[PagedSequence],
    out: &mut [f32],
    partials: &mut Vec<Partial>,
) {
    let group = shape.heads / shape.kv_heads;
    let wanted = group * shape.head_dim;
    let width = qkv.len() / rows.len();
    let mut count = 0;
    for (index, row) in rows.iter().enumerate() {
        for kv_head in 0..shape.kv_heads {
            for page in 0..=row.position / PAGE {
                if partials.len() == count {
                    partials.push(Partial::default());
                }
                let partial = &mut partials[count];
                (partial.row, partial.kv_head, partial.page) = (index, kv_head, page);
                count += 1;
            }
        }
    }
    let partials = &mut partials[..count];
    let reduce = |partial: &mut Partial| {
        let row = rows[partial.row];
        partial.queries.resize(wanted, 0.0);
        partial.scores.resize(group * PAGE, 0.0);
        partial.out.resize(wanted, 0.0);
        partial.softmax.resize(group, EMPTY);
        let channel = partial.kv_head * wanted;
        let line = &qkv[partial.row * width..][..width];
        gather_queries(line, width, channel, group, shape.head_dim, &mut partial.queries);
        let visible = (row.position + 1 - partial.page * PAGE).min(PAGE);
        let (keys, values) = store[row.slot].page(partial.page, layer, partial.kv_head);
        PageAttention {
            queries: &partial.queries,
            visible: &vec![visible; group],
            head_dim: shape.head_dim,
            keys,
            values,
            scores: &mut partial.scores,
            out: &mut partial.out,
            softmax: &mut partial.softmax,
        }
        .run();
    };
    if count < PARALLEL_PAGES || rayon::current_num_threads() == 1 {
        partials.iter_mut().for_each(reduce);
    } else {
        let share = count.div_ceil(rayon::current_num_threads() * 3).max(PARALLEL_PAGES / 2);
        partials.par_chunks_mut(share).for_each(|part| part.iter_mut().for_each(reduce));
    }
    let mut softmax = vec![EMPTY; group];
    for run in partials.chunk_by(|a, b| (a.row, a.kv_head) == (b.row, b.kv_head)) {
        let start = run[0].row * shape.query_dim() + run[0].kv_head * wanted;
        let sums = &mut out[start..start + wanted];
        sums.fill(0.0);
        softmax.fill(EMPTY);
        for partial in run {
            merge(&mut softmax, sums, &partial.softmax, &partial.out);
        }
        finish(&softmax, sums);
    }
}
