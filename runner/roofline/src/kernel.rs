//! The loops that move memory.

use serde::{Deserialize, Serialize};

use crate::plan::ARRAYS;

/// Bytes of one element.
const ELEMENT: u64 = size_of::<f64>() as u64;

/// The factor of the triad, as in STREAM.
const FACTOR: f64 = 3.0;

/// What is done with memory. Decode mostly reads, so `read` is its roof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// The sum of all three arrays: every byte is read once.
    Read,
    /// `c = a`, by the system's own `memcpy`. Bytes read and bytes written
    /// count, as in STREAM; a tool that counts a copied byte once shows half.
    Copy,
    /// `a = b + 3 · c`. Two reads and one write count, as in STREAM; a
    /// processor that reads a line before it writes it moves a third more.
    Triad,
}

impl Kernel {
    /// Its name as options and reports give it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Copy => "copy",
            Self::Triad => "triad",
        }
    }

    /// The bytes that count for one pass over arrays of `bytes` each.
    pub(crate) fn counted(self, bytes: u64) -> u64 {
        match self {
            Self::Read => ARRAYS * bytes,
            Self::Copy => 2 * bytes,
            Self::Triad => 3 * bytes,
        }
    }
}

/// The arrays of one thread.
pub(crate) struct Buffers {
    a: Vec<f64>,
    b: Vec<f64>,
    c: Vec<f64>,
}

impl Buffers {
    /// Arrays of `bytes` each, every page of them written by this thread, so
    /// that it lies in the memory next to it. `None` where the system has none.
    pub(crate) fn new(bytes: u64) -> Option<Self> {
        let length = usize::try_from(bytes / ELEMENT).ok()?;
        let filled = |value| {
            let mut array = Vec::new();
            array.try_reserve_exact(length).ok()?;
            array.resize(length, value);
            Some(array)
        };
        Some(Self { a: filled(1.0)?, b: filled(2.0)?, c: filled(0.5)? })
    }

    /// One pass. The result depends on every element, so that no read can be
    /// left out.
    pub(crate) fn run(&mut self, kernel: Kernel) -> f64 {
        match kernel {
            Kernel::Read => sum(&self.a, &self.b, &self.c),
            Kernel::Copy => {
                self.c.copy_from_slice(&self.a);
                self.c.last().copied().unwrap_or(0.0)
            }
            Kernel::Triad => {
                for ((a, b), c) in self.a.iter_mut().zip(&self.b).zip(&self.c) {
                    *a = b + FACTOR * c;
                }
                self.a.last().copied().unwrap_or(0.0)
            }
        }
    }
}

/// The sum of all elements of three arrays of one length, read side by side:
/// three streams keep more of the memory busy than one. In 32 partial sums, so
/// that no addition waits for the one before it.
fn sum(a: &[f64], b: &[f64], c: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 32];
    let (a, rest_a) = a.as_chunks::<32>();
    let (b, rest_b) = b.as_chunks::<32>();
    let (c, rest_c) = c.as_chunks::<32>();
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for (((lane, a), b), c) in lanes.iter_mut().zip(a).zip(b).zip(c) {
            *lane += a + b + c;
        }
    }
    lanes.iter().chain(rest_a).chain(rest_b).chain(rest_c).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_compute_what_they_say() {
        let mut buffers = Buffers::new(100 * ELEMENT).unwrap();
        assert_eq!(buffers.run(Kernel::Read), 350.0);
        assert_eq!(buffers.run(Kernel::Triad), 3.5);
        assert_eq!(buffers.a, [3.5; 100]);
        assert_eq!(buffers.run(Kernel::Copy), 3.5);
        assert_eq!(buffers.c, [3.5; 100]);
    }

    #[test]
    fn bytes_count_as_in_stream() {
        assert_eq!(Kernel::Read.counted(100), 300);
        assert_eq!(Kernel::Copy.counted(100), 200);
        assert_eq!(Kernel::Triad.counted(100), 300);
        assert_eq!(serde_json::to_value(Kernel::Triad).unwrap(), Kernel::Triad.name());
    }

    #[test]
    fn memory_that_is_not_there_is_no_panic() {
        assert!(Buffers::new(u64::MAX / 2).is_none());
    }
}
