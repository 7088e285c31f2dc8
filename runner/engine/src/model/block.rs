//! A block of rows that one thread carries through a layer, or all threads together.

use std::ops::Range;

use super::attention::{EMPTY, PageAttention, finish, merge};
use super::cache::{PAGE, PagedSequence};
use super::forward::Row;
use super::narrow::attend_shared;
use super::scratch::{Scratch, sized};
use super::weights::{Layer, Weights};
use crate::numeric::{RotaryTable, multiply, multiply_shared, rms_norm, silu_product};

/// Query rows that attend to a page together.
const ATTENTION_ROWS: usize = 32;

/// How the work of a block is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Division {
    /// The block belongs to one thread; other threads have other blocks.
    OneThread,
    /// There is one block, and each product in it is divided among the threads.
    AllThreads,
}

/// The activations of some rows.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) rows: Vec<Row>,
    /// Residual stream, rows × dim.
    pub(crate) x: Vec<f32>,
    /// Queries, keys and values, rows × (query_dim + 2 × kv_dim).
    qkv: Vec<f32>,
}

impl Block {
    /// Starts the block with the embeddings of `rows`.
    pub(crate) fn load(&mut self, rows: &[Row], weights: &Weights) {
        let dim = weights.shape.dim;
        self.rows.clear();
        self.rows.extend_from_slice(rows);
        self.x.clear();
        for row in rows {
            self.x.extend_from_slice(&weights.embedding[row.token as usize * dim..][..dim]);
        }
        let width = weights.shape.query_dim() + 2 * weights.shape.kv_dim();
        self.qkv.resize(rows.len() * width, 0.0);
    }

    /// Computes the rotated queries and keys and the values of a layer.
    pub(crate) fn project(
        &mut self,
        weights: &Weights,
        rotary: &RotaryTable,
        layer: usize,
        division: Division,
        scratch: &mut Scratch,
    ) {
        let shape = &weights.shape;
        let layer = &weights.layers[layer];
        let normed = sized(&mut scratch.normed, self.x.len());
        norm_rows(&self.x, &layer.attention_norm, normed);
        let product = Product { rows: self.rows.len(), division };
        product.run(normed, &layer.qkv, &mut self.qkv, &mut scratch.gemm);
        let width = self.qkv.len() / self.rows.len();
        let rotated = shape.query_dim() + shape.kv_dim();
        for (line, row) in self.qkv.chunks_exact_mut(width).zip(&self.rows) {
            rotary.rotate(&mut line[..rotated], row.position);
        }
    }

    /// Stores the keys and values of a layer.
    pub(crate) fn store(&self, weights: &Weights, layer: usize, store: &mut [PagedSequence]) {
        let shape = &weights.shape;
        let width = self.qkv.len() / self.rows.len().max(1);
        for (line, row) in self.qkv.chunks_exact(width.max(1)).zip(&self.rows) {
            let (keys, values) = line[shape.query_dim()..].split_at(shape.kv_dim());
            store[row.slot].write(layer, row.position, keys, values);
        }
    }

    /// Attends and does the rest of a layer.
    pub(crate) fn complete(
        &mut self,
        weights: &Weights,
        layer: usize,
        store: &[PagedSequence],
        division: Division,
        scratch: &mut Scratch,
    ) {
        let shape = &weights.shape;
        let rows = self.rows.len();
        let mut attended = std::mem::take(&mut scratch.attended);
        let attended_rows = sized(&mut attended, rows * shape.query_dim());
        match division {
            Division::OneThread => self.attend(weights, layer, store, attended_rows, scratch),
            Division::AllThreads => attend_shared(
                &self.rows,
                &self.qkv,
                shape,
                layer,
                store,
                attended_rows,
                &mut scratch.partials,
            ),
        }
        let layer = &weights.layers[layer];
        let delta = sized(&mut scratch.delta, self.x.len());
        let product = Product { rows, division };
        product.run(attended_rows, &layer.attention_out, delta, &mut scratch.gemm);
        add(&mut self.x, delta);
        scratch.attended = attended;
        self.feed_forward(layer, shape.ff, division, scratch);
    }

    fn feed_forward(
        &mut self,
        layer: &Layer,
        ff: usize,
        division: Division,
        scratch: &mut Scratch,
    ) {
        let rows = self.rows.len();
        let product = Product { rows, division };
        let normed = sized(&mut scratch.normed, self.x.len());
        norm_rows(&self.x, &layer.ff_norm, normed);
        let gate_up = sized(&mut scratch.gate_up, rows * 2 * ff);
        product.run(normed, &layer.gate_up, gate_up, &mut scratch.gemm);
        let hidden = sized(&mut scratch.hidden, rows * ff);
        for (hidden, line) in hidden.chunks_exact_mut(ff).zip(gate_up.chunks_exact(2 * ff)) {
            let (gate, up) = line.split_at(ff);
            silu_product(gate, up, hidden);
        }
        let delta = sized(&mut scratch.delta, self.x.len());
        product.run(hidden, &layer.down, delta, &mut scratch.gemm);
        add(&mut self.x, delta);
    }

    /// Attention of every row, one run of consecutive positions after the other.
    fn attend(
        &self,
        weights: &Weights,
        layer: usize,
        store: &[PagedSequence],
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let mut start = 0;
        while start < self.rows.len() {
            let first = self.rows[start];
            let count = self.rows[start..]
                .iter()
                .enumerate()
                .take_while(|(i, row)| row.slot == first.slot && row.position == first.position + i)
                .count();
            for kv_head in 0..weights.shape.kv_heads {
                self.attend_run(
                    weights,
                    layer,
                    &store[first.slot],
                    kv_head,
                    start..start + count,
                    out,
                    scratch,
                );
            }
            start += count;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the loop body of `attend`")]
    fn attend_run(
        &self,
        weights: &Weights,
        layer: usize,
        sequence: &PagedSequence,
        kv_head: usize,
        run: Range<usize>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let shape = &weights.shape;
        let (head_dim, query_dim) = (shape.head_dim, shape.query_dim());
        let group = shape.heads / shape.kv_heads;
        let width = self.qkv.len() / self.rows.len();
        let rows = run.len() * group;
        let queries = sized(&mut scratch.queries, rows * head_dim);
        let channel = kv_head * group * head_dim;
        gather_queries(&self.qkv[run.start * width..], width, channel, group, head_dim, queries);
        let sums = sized(&mut scratch.sums, rows * head_dim);
        sums.fill(0.0);
        scratch.softmax.clear();
        scratch.softmax.resize(rows, EMPTY);
        let first = self.rows[run.start].position;
        let last = first + run.len() - 1;
        let page_out = sized(&mut scratch.page_out, ATTENTION_ROWS * head_dim);
        let scores = sized(&mut scratch.scores, ATTENTION_ROWS * PAGE);
        let mut page_softmax = [EMPTY; ATTENTION_ROWS];
        for page in 0..=last / PAGE {
            let (keys, values) = sequence.page(page, layer, kv_head);
            let mut tile = 0;
            while tile < rows {
                let count = ATTENTION_ROWS.min(rows - tile);
                let mut visible = [0; ATTENTION_ROWS];
                for (index, visible) in visible[..count].iter_mut().enumerate() {
                    let position = first + (tile + index) / group;
                    *visible = (position + 1).saturating_sub(page * PAGE).min(PAGE);
                }
                if visible[count - 1] > 0 {
                    PageAttention {
                        queries: &queries[tile * head_dim..],
                        visible: &visible[..count],
                        head_dim,
                        keys,
                        values,
                        scores,
                        out: page_out,
                        softmax: &mut page_softmax[..count],
                    }
                    .run();
                    merge(
                        &mut scratch.softmax[tile..tile + count],
                        &mut sums[tile * head_dim..][..count * head_dim],
                        &page_softmax[..count],
                        page_out,
                    );
                }
                tile += count;
            }
        }
        finish(&scratch.softmax, sums);
        let lines = out[run.start * query_dim..].chunks_exact_mut(query_dim);
        for (line, sums) in lines.zip(sums.chunks_exact(group * head_dim)) {
            line[channel..][..group * head_dim].copy_from_slice(sums);
        }
    }
}

/// Copies the scaled queries of one KV head, token by token, head by head.
pub(crate) fn gather_queries(
    qkv: &[f32],
    width: usize,
    channel: usize,
    group: usize,
    head_dim: usize,
    queries: &mut [f32],
) {
    let scale = 1.0 / (head_dim as f32).sqrt();
    let wanted = group * head_dim;
    for (queries, line) in queries.chunks_exact_mut(wanted).zip(qkv.chunks(width)) {
        for (query, value) in queries.iter_mut().zip(&line[channel..][..wanted]) {
            *query = value * scale;
        }
    }
}

/// A matrix product of the block, divided as the block is.
#[derive(Debug, Clone, Copy)]
struct Product {
    rows: usize,
    division: Division,
}

impl Product {
    fn run(self, a: &[f32], packed: &[f32], out: &mut [f32], gemm: &mut Vec<f32>) {
        let depth = a.len() / self.rows;
        match self.division {
            Division::OneThread => multiply(a, self.rows, depth, packed, out),
            Division::AllThreads => {
                let scratch = sized(gemm, self.rows * packed.len() / depth);
                multiply_shared(a, self.rows, depth, packed, out, scratch);
            }
        }
    }
}

fn norm_rows(x: &[f32], gain: &[f32], out: &mut [f32]) {
    for (x, out) in x.chunks_exact(gain.len()).zip(out.chunks_exact_mut(gain.len())) {
        rms_norm(x, gain, out);
    }
}

fn add(x: &mut [f32], delta: &[f32]) {
    for (x, delta) in x.iter_mut().zip(delta) {
        *x += delta;
    }
}
