//! One step of the model over the rows of many sequences.

use std::cell::RefCell;
use std::sync::Arc;

use rayon::prelude::*;

use super::block::{Block, Division};
use super::cache::PagedSequence;
use super::scratch::{Scratch, sized};
use super::weights::Weights;
use crate::numeric::{RotaryTable, multiply_shared, rms_norm};

/// Most rows in a block that one thread carries.
const BLOCK_ROWS: usize = 32;

/// Up to this many rows, the threads share one block instead of taking one each.
const SHARED_ROWS: usize = 4;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// One token to be computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Index of its sequence.
    pub(crate) slot: usize,
    /// Position in the sequence; all earlier positions are in the cache or in this step.
    pub(crate) position: usize,
    pub(crate) token: u32,
    /// Whether the logits after this token are wanted.
    pub(crate) logits: bool,
}

/// The forward pass and its working memory.
#[derive(Debug)]
pub(crate) struct Forward {
    weights: Arc<Weights>,
    rotary: RotaryTable,
    blocks: Vec<Block>,
    scratch: Scratch,
    wanted: Vec<f32>,
    logits: Vec<f32>,
}

impl Forward {
    /// Prepares for sequences of at most `context` positions.
    pub(crate) fn new(weights: Arc<Weights>, context: usize) -> Self {
        let rotary = RotaryTable::new(weights.shape.head_dim, context);
        Self {
            weights,
            rotary,
            blocks: Vec::new(),
            scratch: Scratch::default(),
            wanted: Vec::new(),
            logits: Vec::new(),
        }
    }

    /// Returns the number of logits per row.
    pub(crate) fn vocab(&self) -> usize {
        self.weights.shape.vocab
    }

    /// Computes `rows`, adds them to the caches in `store` and returns the wanted logits.
    ///
    /// The rows of a sequence are consecutive and in order of position. The logits are
    /// (rows that want them, in order) × vocab. Runs on the pool of the calling thread.
    pub(crate) fn step(&mut self, rows: &[Row], store: &mut [PagedSequence]) -> &[f32] {
        for row in rows {
            store[row.slot].reserve(row.position + 1);
        }
        if rows.len() <= SHARED_ROWS {
            self.step_together(rows, store);
        } else {
            self.step_apart(rows, store);
        }
        self.finish_logits()
    }

    /// One block, all threads in it.
    fn step_together(&mut self, rows: &[Row], store: &mut [PagedSequence]) {
        self.resize_blocks(1);
        let (weights, scratch, block) = (&*self.weights, &mut self.scratch, &mut self.blocks[0]);
        block.load(rows, weights);
        for layer in 0..weights.layers.len() {
            block.project(weights, &self.rotary, layer, Division::AllThreads, scratch);
            block.store(weights, layer, store);
            block.complete(weights, layer, store, Division::AllThreads, scratch);
        }
    }

    /// Many blocks, one thread in each; the threads meet once per layer, to store the keys.
    fn step_apart(&mut self, rows: &[Row], store: &mut [PagedSequence]) {
        let threads = rayon::current_num_threads();
        let share = rows.len().div_ceil(threads);
        let share = if share > 8 { share.div_ceil(2).next_multiple_of(8) } else { share };
        let share = share.min(BLOCK_ROWS);
        self.resize_blocks(rows.len().div_ceil(share));
        let (weights, rotary) = (&*self.weights, &self.rotary);
        let layers = weights.layers.len();
        let work = |block: &mut Block, complete: Option<(usize, &[PagedSequence])>| {
            SCRATCH.with_borrow_mut(|scratch| {
                let next = complete.map_or(0, |(layer, _)| layer + 1);
                if let Some((layer, store)) = complete {
                    // The last layer matters only to rows whose logits are wanted.
                    if next < layers || block.rows.iter().any(|row| row.logits) {
                        block.complete(weights, layer, store, Division::OneThread, scratch);
                    }
                }
                if next < layers {
                    block.project(weights, rotary, next, Division::OneThread, scratch);
                }
            });
        };
        self.blocks.par_iter_mut().zip(rows.par_chunks(share)).for_each(|(block, rows)| {
            block.load(rows, weights);
            work(block, None);
        });
        for layer in 0..layers {
            for block in &self.blocks {
                block.store(weights, layer, store);
            }
            let store = &*store;
            self.blocks.par_iter_mut().for_each(|block| work(block, Some((layer, store))));
        }
    }

    fn finish_logits(&mut self) -> &[f32] {
        let weights = &*self.weights;
        let (dim, vocab) = (weights.shape.dim, weights.shape.vocab);
        let count = self.blocks.iter().flat_map(|block| &block.rows).filter(|row| row.logits);
        let count = count.count();
        if count == 0 {
            return &[];
        }
        let wanted = sized(&mut self.wanted, count * dim);
        let mut lines = wanted.chunks_exact_mut(dim);
        for block in &self.blocks {
            for (row, x) in block.rows.iter().zip(block.x.chunks_exact(dim)) {
                if row.logits
                    && let Some(line) = lines.next()
                {
                    rms_norm(x, &weights.norm, line);
                }
            }
        }
        let logits = sized(&mut self.logits, count * vocab);
        let scratch = self.scratch.gemm(count * vocab);
        multiply_shared(wanted, count, dim, &weights.head, logits, scratch);
        logits
    }

    fn resize_blocks(&mut self, count: usize) {
        self.blocks.truncate(count);
        self.blocks.resize_with(count, Block::default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelShape;

    struct Rig {
        pool: rayon::ThreadPool,
        forward: Forward,
    }

    impl Rig {
        fn new(threads: usize) -> Self {
            let shape = ModelShape { layers: 2, vocab: 128, ..ModelShape::default() };
            let weights = Arc::new(Weights::generate(shape, 5));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            Self { pool, forward: Forward::new(weights, 2048) }
        }

        fn sequences(&self, count: usize) -> Vec<PagedSequence> {
            vec![PagedSequence::new(self.forward.weights.shape); count]
        }

        fn step(&mut self, rows: &[Row], store: &mut [PagedSequence]) -> Vec<f32> {
            self.pool.install(|| self.forward.step(rows, store).to_vec())
        }
    }

    fn rows(slot: usize, from: usize, to: usize) -> Vec<Row> {
        let row = |position| Row {
            slot,
            position,
            token: ((position * 37 + slot * 11) % 128) as u32,
            logits: position + 1 == to,
        };
        (from..to).map(row).collect()
    }

    fn one_shot(slot: usize, length: usize) -> Vec<f32> {
        let mut rig = Rig::new(1);
        let mut store = rig.sequences(slot + 1);
        rig.step(&rows(slot, 0, length), &mut store)
    }

    #[test]
    fn chunks_and_threads_do_not_change_a_bit() {
        let expected = one_shot(0, 700);
        assert!(expected.iter().all(|x| x.is_finite()));
        assert!(expected.iter().any(|&x| x != expected[0]));
        for (threads, chunk) in [(1, 699), (2, 256), (3, 100), (2, 33), (2, 4), (3, 1)] {
            let mut rig = Rig::new(threads);
            let mut store = rig.sequences(1);
            let mut last = Vec::new();
            for from in (0..700).step_by(chunk) {
                last = rig.step(&rows(0, from, 700.min(from + chunk)), &mut store);
            }
            assert_eq!(last, expected, "{threads} threads, chunks of {chunk}");
        }
    }

    #[test]
    fn a_batch_equals_its_sequences_one_by_one() {
        let lengths = [300, 1, 257, 40, 5, 512, 77, 256, 9];
        let mut rig = Rig::new(2);
        let mut store = rig.sequences(lengths.len());
        for (slot, &length) in lengths.iter().enumerate() {
            rig.step(&rows(slot, 0, length), &mut store);
        }
        let batch: Vec<Row> =
            lengths.iter().enumerate().flat_map(|(slot, &n)| rows(slot, n, n + 1)).collect();
        let logits = rig.step(&batch, &mut store);
        for (slot, &length) in lengths.iter().enumerate() {
            assert_eq!(logits[slot * 128..][..128], one_shot(slot, length + 1), "slot {slot}");
        }
    }

    #[test]
    fn prompts_and_answers_mix_in_one_step() {
        let mut rig = Rig::new(2);
        let mut store = rig.sequences(3);
        rig.step(&rows(0, 0, 90), &mut store);
        rig.step(&rows(2, 0, 30), &mut store);
        let mut mixed = rows(0, 90, 91);
        mixed.extend(rows(1, 0, 130));
        mixed.extend(rows(2, 30, 31));
        let logits = rig.step(&mixed, &mut store);
        for (slot, length) in [(0, 91), (1, 130), (2, 31)] {
            assert_eq!(logits[slot * 128..][..128], one_shot(slot, length));
        }
    }

    #[test]
    fn a_shared_prefix_continues_as_a_cold_one() {
        let expected = one_shot(0, 600);
        let mut rig = Rig::new(2);
        let mut store = rig.sequences(1);
        rig.step(&rows(0, 0, 600), &mut store);
        // Another sequence writes over the same tail pages; the clone must not see it.
        let mut fork = store.clone();
        fork[0].truncate(300);
        store[0].truncate(300);
        let other: Vec<Row> =
            rows(0, 300, 600).into_iter().map(|row| Row { token: 3, ..row }).collect();
        rig.step(&other, &mut store);
        assert_eq!(rig.step(&rows(0, 300, 600), &mut fork), expected);
    }
}
