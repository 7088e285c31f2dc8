//! The types of GGUF tensors: how many weights a block has, and its bytes.

/// A type of tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TensorType {
    /// ggml's name.
    pub(crate) name: &'static str,
    /// Weights in a block.
    pub(crate) weights: u64,
    /// Bytes of a block.
    pub(crate) bytes: u64,
}

const fn tensor_type(name: &'static str, weights: u64, bytes: u64) -> TensorType {
    TensorType { name, weights, bytes }
}

/// The type with that number in ggml, also of those that newer versions of
/// ggml do not load any more.
pub(crate) fn by_number(number: u32) -> Option<TensorType> {
    Some(match number {
        0 => tensor_type("F32", 1, 4),
        1 => tensor_type("F16", 1, 2),
        2 => tensor_type("Q4_0", 32, 18),
        3 => tensor_type("Q4_1", 32, 20),
        6 => tensor_type("Q5_0", 32, 22),
        7 => tensor_type("Q5_1", 32, 24),
        8 => tensor_type("Q8_0", 32, 34),
        9 => tensor_type("Q8_1", 32, 40),
        10 => tensor_type("Q2_K", 256, 84),
        11 => tensor_type("Q3_K", 256, 110),
        12 => tensor_type("Q4_K", 256, 144),
        13 => tensor_type("Q5_K", 256, 176),
        14 => tensor_type("Q6_K", 256, 210),
        15 => tensor_type("Q8_K", 256, 292),
        16 => tensor_type("IQ2_XXS", 256, 66),
        17 => tensor_type("IQ2_XS", 256, 74),
        18 => tensor_type("IQ3_XXS", 256, 98),
        19 => tensor_type("IQ1_S", 256, 50),
        20 => tensor_type("IQ4_NL", 32, 18),
        21 => tensor_type("IQ3_S", 256, 110),
        22 => tensor_type("IQ2_S", 256, 82),
        23 => tensor_type("IQ4_XS", 256, 136),
        24 => tensor_type("I8", 1, 1),
        25 => tensor_type("I16", 1, 2),
        26 => tensor_type("I32", 1, 4),
        27 => tensor_type("I64", 1, 8),
        28 => tensor_type("F64", 1, 8),
        29 => tensor_type("IQ1_M", 256, 56),
        30 => tensor_type("BF16", 1, 2),
        31 => tensor_type("Q4_0_4_4", 32, 18),
        32 => tensor_type("Q4_0_4_8", 32, 18),
        33 => tensor_type("Q4_0_8_8", 32, 18),
        34 => tensor_type("TQ1_0", 256, 54),
        35 => tensor_type("TQ2_0", 256, 66),
        36 => tensor_type("IQ4_NL_4_4", 32, 18),
        37 => tensor_type("IQ4_NL_4_8", 32, 18),
        38 => tensor_type("IQ4_NL_8_8", 32, 18),
        39 => tensor_type("MXFP4", 32, 17),
        40 => tensor_type("NVFP4", 64, 36),
        41 => tensor_type("Q1_0", 128, 18),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_as_large_as_their_parts() {
        // Scales, minima and quants, from the definitions of the blocks.
        for (number, parts) in [
            (2, 2 + 16),
            (7, 2 + 2 + 4 + 16),
            (10, 2 + 2 + 16 + 64),
            (12, 2 + 2 + 12 + 128),
            (14, 128 + 64 + 16 + 2),
            (21, 2 + 64 + 32 + 8 + 4),
            (39, 1 + 16),
        ] {
            assert_eq!(by_number(number).unwrap().bytes, parts, "{number}");
        }
        for gone in [4, 5, 42, 1000] {
            assert_eq!(by_number(gone), None);
        }
    }
}
