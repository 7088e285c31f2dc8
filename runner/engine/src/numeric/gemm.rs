//! The matrix kernel that everything runs on: rows times a packed panel of 32 columns.
//!
//! A matrix of `depth` × `columns` is stored as `columns / 32` panels, each `depth` rows of 32
//! consecutive columns. Vector lanes run along columns, so that each output is one chain of fused
//! multiply-adds over `depth`, in order. The weights, the transposed keys and the values of the
//! attention all have this shape.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Columns in one packed panel.
pub(crate) const PANEL: usize = 32;

/// Multiplies that are worth waking another thread for, in multiply-adds.
const PARALLEL_WORK: usize = 96 * 1024;

/// One product: `rows` rows of `a` times consecutive panels, written to `out`.
pub(crate) struct PanelProduct<'a> {
    /// The left side, row by row.
    pub(crate) a: &'a [f32],
    /// Distance between two rows of `a`, in floats.
    pub(crate) a_stride: usize,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Length of the sum; at most the depth of a panel.
    pub(crate) depth: usize,
    /// The panels, one after the other.
    pub(crate) panels: &'a [f32],
    /// Rows stored per panel; at least `depth`.
    pub(crate) panel_depth: usize,
    /// The result, overwritten.
    pub(crate) out: &'a mut [f32],
    /// Distance between two rows of `out`, in floats.
    pub(crate) out_stride: usize,
}

impl PanelProduct<'_> {
    /// Computes the product on the calling thread.
    pub(crate) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for PanelProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let panel_len = self.panel_depth * PANEL;
        for (index, panel) in self.panels.chunks_exact(panel_len).enumerate() {
            let (panel, _) = panel.as_chunks::<PANEL>();
            let panel = &panel[..self.depth];
            let mut row = 0;
            while row < self.rows {
                let a = &self.a[row * self.a_stride..];
                let out = &mut self.out[row * self.out_stride + index * PANEL..];
                row += match self.rows - row {
                    8.. => rows::<S, 8>(simd, a, self.a_stride, panel, out, self.out_stride),
                    6.. => rows::<S, 6>(simd, a, self.a_stride, panel, out, self.out_stride),
                    5 => rows::<S, 5>(simd, a, self.a_stride, panel, out, self.out_stride),
                    4.. => rows::<S, 4>(simd, a, self.a_stride, panel, out, self.out_stride),
                    3 => rows::<S, 3>(simd, a, self.a_stride, panel, out, self.out_stride),
                    2.. => rows::<S, 2>(simd, a, self.a_stride, panel, out, self.out_stride),
                    _ => rows::<S, 1>(simd, a, self.a_stride, panel, out, self.out_stride),
                };
            }
        }
    }
}

/// Picks how many registers wide a tile is, so that its sums stay in registers.
#[inline(always)]
fn rows<S: Simd, const ROWS: usize>(
    simd: S,
    a: &[f32],
    a_stride: usize,
    panel: &[[f32; PANEL]],
    out: &mut [f32],
    out_stride: usize,
) -> usize {
    match (S::F32_LANES, ROWS) {
        (16, _) => tile::<S, ROWS, 2>(simd, a, a_stride, panel, out, out_stride),
        (8, 6..) => tile::<S, ROWS, 1>(simd, a, a_stride, panel, out, out_stride),
        (8, 3..) => tile::<S, ROWS, 2>(simd, a, a_stride, panel, out, out_stride),
        (8, _) => tile::<S, ROWS, 4>(simd, a, a_stride, panel, out, out_stride),
        (4, 6..) => tile::<S, ROWS, 2>(simd, a, a_stride, panel, out, out_stride),
        (4, 3..) => tile::<S, ROWS, 4>(simd, a, a_stride, panel, out, out_stride),
        (4, _) => tile::<S, ROWS, 8>(simd, a, a_stride, panel, out, out_stride),
        _ => tile::<S, ROWS, 1>(simd, a, a_stride, panel, out, out_stride),
    }
    ROWS
}

/// `ROWS` × 32 outputs, `WIDTH` registers at a time.
#[inline(always)]
fn tile<S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    a: &[f32],
    a_stride: usize,
    panel: &[[f32; PANEL]],
    out: &mut [f32],
    out_stride: usize,
) {
    let depth = panel.len();
    let mut lines: [&[f32]; ROWS] = [&[]; ROWS];
    for (index, line) in lines.iter_mut().enumerate() {
        *line = &a[index * a_stride..][..depth];
    }
    let registers = PANEL / S::F32_LANES;
    let mut base = 0;
    while base < registers {
        let mut sums = [[simd.splat_f32s(0.0); WIDTH]; ROWS];
        for (k, weights) in panel.iter().enumerate() {
            let (weights, _) = S::as_simd_f32s(weights.as_slice());
            let weights = &weights[base..base + WIDTH];
            for (line, sums) in lines.iter().zip(&mut sums) {
                let x = simd.splat_f32s(line[k]);
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum = simd.mul_add_f32s(x, weight, *sum);
                }
            }
        }
        for (index, sums) in sums.iter().enumerate() {
            let (line, _) = S::as_mut_simd_f32s(&mut out[index * out_stride..][..PANEL]);
            line[base..base + WIDTH].copy_from_slice(sums);
        }
        base += WIDTH;
    }
}

/// Multiplies `rows` dense rows of `depth` by a packed matrix on the calling thread.
pub(crate) fn multiply(a: &[f32], rows: usize, depth: usize, packed: &[f32], out: &mut [f32]) {
    let columns = packed.len() / depth;
    PanelProduct {
        a,
        a_stride: depth,
        rows,
        depth,
        panels: packed,
        panel_depth: depth,
        out,
        out_stride: columns,
    }
    .run();
}

/// Multiplies as [`multiply`] does, with the panels divided among the threads of the pool.
///
/// `scratch` holds at least `rows` × columns floats and is overwritten.
pub(crate) fn multiply_shared(
    a: &[f32],
    rows: usize,
    depth: usize,
    packed: &[f32],
    out: &mut [f32],
    scratch: &mut [f32],
) {
    let threads = rayon::current_num_threads();
    let columns = packed.len() / depth;
    if threads == 1 || rows * packed.len() < PARALLEL_WORK {
        return multiply(a, rows, depth, packed, out);
    }
    let panels = columns / PANEL;
    let share = panels.div_ceil(threads * 3).max(PARALLEL_WORK / 4 / (depth * PANEL * rows)).max(1);
    let single = rows == 1;
    let target = if single { &mut out[..columns] } else { &mut scratch[..rows * columns] };
    target
        .par_chunks_mut(share * rows * PANEL)
        .zip(packed.par_chunks(share * depth * PANEL))
        .for_each(|(out, packed)| multiply(a, rows, depth, packed, out));
    if !single {
        // Each share was written as a matrix of its own columns: put the rows back together.
        for (index, part) in scratch[..rows * columns].chunks(share * rows * PANEL).enumerate() {
            let width = part.len() / rows;
            for (row, line) in part.chunks_exact(width).enumerate() {
                out[row * columns + index * share * PANEL..][..width].copy_from_slice(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(matrix: &[f32], depth: usize, columns: usize) -> Vec<f32> {
        let mut packed = vec![0.0; depth * columns];
        for k in 0..depth {
            for c in 0..columns {
                packed[(c / PANEL * depth + k) * PANEL + c % PANEL] = matrix[k * columns + c];
            }
        }
        packed
    }

    fn naive(a: &[f32], rows: usize, depth: usize, matrix: &[f32], columns: usize) -> Vec<f32> {
        let mut out = vec![0.0f32; rows * columns];
        for r in 0..rows {
            for c in 0..columns {
                for k in 0..depth {
                    out[r * columns + c] =
                        a[r * depth + k].mul_add(matrix[k * columns + c], out[r * columns + c]);
                }
            }
        }
        out
    }

    fn values(seed: u64, count: usize) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                ((state >> 40) as i32 - (1 << 23)) as f32 / (1 << 23) as f32
            })
            .collect()
    }

    proptest! {
        #[test]
        fn equals_the_naive_product_to_the_bit(
            rows in 1usize..20, depth in 1usize..80, panels in 1usize..9, seed: u64,
        ) {
            let columns = panels * PANEL;
            let a = values(seed, rows * depth);
            let matrix = values(seed ^ 1, depth * columns);
            let packed = pack(&matrix, depth, columns);
            let expected = naive(&a, rows, depth, &matrix, columns);
            let mut out = vec![f32::NAN; rows * columns];
            multiply(&a, rows, depth, &packed, &mut out);
            prop_assert_eq!(&out, &expected);
        }
    }

    #[test]
    fn shared_product_equals_the_single_one() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for rows in [1, 3, 8, 13] {
            let (depth, columns) = (256, 1408);
            let a = values(7, rows * depth);
            let packed = values(8, depth * columns);
            let mut expected = vec![0.0; rows * columns];
            multiply(&a, rows, depth, &packed, &mut expected);
            let mut out = vec![f32::NAN; rows * columns];
            let mut scratch = vec![f32::NAN; rows * columns];
            pool.install(|| multiply_shared(&a, rows, depth, &packed, &mut out, &mut scratch));
            assert_eq!(out, expected, "{rows} rows");
        }
    }

    #[test]
    fn a_shorter_sum_reads_only_the_first_rows_of_a_panel() {
        let mut panels = values(3, 64 * PANEL);
        let a = values(4, 5 * 64);
        let mut first = vec![0.0; 5 * PANEL];
        let product = |panels: &[f32], out: &mut [f32]| {
            PanelProduct {
                a: &a,
                a_stride: 64,
                rows: 5,
                depth: 40,
                panels,
                panel_depth: 64,
                out,
                out_stride: PANEL,
            }
            .run();
        };
        product(&panels, &mut first);
        panels[40 * PANEL..].fill(f32::NAN);
        let mut second = vec![0.0; 5 * PANEL];
        product(&panels, &mut second);
        assert_eq!(first, second);
    }
}
