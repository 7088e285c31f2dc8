//! Weights from a seed: the same bytes on every platform.

use sha2::{Digest, Sha256};

use crate::ModelShape;

/// One layer; every matrix is packed in panels of 32 columns.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    /// dim × (queries, keys, values).
    pub(crate) qkv: Vec<f32>,
    /// queries × dim.
    pub(crate) attention_out: Vec<f32>,
    pub(crate) ff_norm: Vec<f32>,
    /// dim × (gate, up).
    pub(crate) gate_up: Vec<f32>,
    /// ff × dim.
    pub(crate) down: Vec<f32>,
}

/// All weights of the model, in `f32`.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) shape: ModelShape,
    /// vocab × dim, row by row.
    pub(crate) embedding: Vec<f32>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) norm: Vec<f32>,
    /// dim × vocab, packed.
    pub(crate) head: Vec<f32>,
}

impl Weights {
    /// Generates the weights of `shape` from `seed`.
    ///
    /// Integers from SplitMix64 become floats by one exact conversion and one multiplication;
    /// scales come from square roots. No step depends on the platform.
    pub(crate) fn generate(shape: ModelShape, seed: u64) -> Self {
        let mut source = Source { seed, tensor: 0 };
        let dim = shape.dim;
        let embedding = source.matrix(1, shape.vocab * dim);
        let layers = (0..shape.layers)
            .map(|_| Layer {
                attention_norm: source.gain(dim),
                qkv: source.matrix(dim, dim * (shape.query_dim() + 2 * shape.kv_dim())),
                attention_out: source.matrix(shape.query_dim(), shape.query_dim() * dim),
                ff_norm: source.gain(dim),
                gate_up: source.matrix(dim, dim * 2 * shape.ff),
                down: source.matrix(shape.ff, shape.ff * dim),
            })
            .collect();
        let norm = source.gain(dim);
        let head = source.matrix(dim, dim * shape.vocab);
        Self { shape, embedding, layers, norm, head }
    }

    /// Returns the SHA-256 of all weights, little-endian, in the order they are generated.
    pub(crate) fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        let mut bytes = Vec::with_capacity(4 * 4096);
        for tensor in self.tensors() {
            for part in tensor.chunks(4096) {
                bytes.clear();
                bytes.extend(part.iter().flat_map(|value| value.to_le_bytes()));
                hash.update(&bytes);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn tensors(&self) -> impl Iterator<Item = &Vec<f32>> {
        let layers = self.layers.iter().flat_map(|layer| {
            [
                &layer.attention_norm,
                &layer.qkv,
                &layer.attention_out,
                &layer.ff_norm,
                &layer.gate_up,
                &layer.down,
            ]
        });
        std::iter::once(&self.embedding).chain(layers).chain([&self.norm, &self.head])
    }
}

/// A stream of pseudo-random tensors.
struct Source {
    seed: u64,
    tensor: u64,
}

impl Source {
    /// `count` values, uniform, with the variance that keeps a sum over `depth` at one.
    fn matrix(&mut self, depth: usize, count: usize) -> Vec<f32> {
        let bound = (3.0 / depth as f64).sqrt() as f32;
        self.uniform(count, 0.0, bound)
    }

    /// Gains of a normalisation: around one.
    fn gain(&mut self, count: usize) -> Vec<f32> {
        self.uniform(count, 1.0, 0.125)
    }

    fn uniform(&mut self, count: usize, centre: f32, bound: f32) -> Vec<f32> {
        self.tensor += 1;
        let mut state = self.seed ^ self.tensor.wrapping_mul(0xa076_1d64_78bd_642f);
        let unit = bound / (1 << 23) as f32;
        let value = |bits: u64| (((bits & 0xff_ffff) as i32 - (1 << 23)) as f32) * unit + centre;
        let mut values = Vec::with_capacity(count + 1);
        while values.len() < count {
            let bits = split_mix(&mut state);
            values.push(value(bits >> 40));
            values.push(value(bits >> 8));
        }
        values.truncate(count);
        values
    }
}

/// One step of SplitMix64.
pub(crate) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineOptions;

    #[test]
    fn the_default_weights_are_pinned() {
        let options = EngineOptions::default();
        let weights = Weights::generate(options.shape, options.seed);
        let count: usize = weights.tensors().map(Vec::len).sum();
        assert_eq!(count, options.shape.parameters());
        assert_eq!(
            weights.sha256(),
            "f98cc80857d5e03dc3e0f31ed6994cbddac9e19d1ff3bfdfa2c91a9b6ca0ca3e"
        );
    }

    #[test]
    fn another_seed_is_another_model() {
        let shape = ModelShape { layers: 1, vocab: 64, ..ModelShape::default() };
        let digest = |seed| Weights::generate(shape, seed).sha256();
        assert_eq!(digest(1), digest(1));
        assert_ne!(digest(1), digest(2));
    }

    #[test]
    fn values_have_the_intended_spread() {
        let values = Source { seed: 1, tensor: 0 }.matrix(256, 100_000);
        let variance = values.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / 100_000.0;
        assert!((variance * 256.0 - 1.0).abs() < 0.02, "{variance}");
    }
}
