//! llama.cpp's file types: what `general.file_type` stands for.

/// A file type: its number, its name, and the tensor types that may hold the
/// most weights under it.
struct FileType(u64, &'static str, &'static [&'static str]);

/// All numbers of `llama_ftype`, also of those that were given up.
const FILE_TYPES: &[FileType] = &[
    FileType(0, "F32", &["F32"]),
    FileType(1, "F16", &["F16"]),
    FileType(2, "Q4_0", &["Q4_0"]),
    FileType(3, "Q4_1", &["Q4_1"]),
    FileType(4, "Q4_1_SOME_F16", &["Q4_1", "F16"]),
    FileType(5, "Q4_2", &[]),
    FileType(6, "Q4_3", &[]),
    FileType(7, "Q8_0", &["Q8_0"]),
    FileType(8, "Q5_0", &["Q5_0"]),
    FileType(9, "Q5_1", &["Q5_1"]),
    FileType(10, "Q2_K", &["Q2_K", "Q3_K"]),
    FileType(11, "Q3_K_S", &["Q3_K"]),
    FileType(12, "Q3_K_M", &["Q3_K", "Q4_K"]),
    FileType(13, "Q3_K_L", &["Q3_K", "Q5_K"]),
    FileType(14, "Q4_K_S", &["Q4_K"]),
    FileType(15, "Q4_K_M", &["Q4_K"]),
    FileType(16, "Q5_K_S", &["Q5_K"]),
    FileType(17, "Q5_K_M", &["Q5_K"]),
    FileType(18, "Q6_K", &["Q6_K"]),
    FileType(19, "IQ2_XXS", &["IQ2_XXS"]),
    FileType(20, "IQ2_XS", &["IQ2_XS"]),
    FileType(21, "Q2_K_S", &["Q2_K"]),
    FileType(22, "IQ3_XS", &["IQ3_XXS", "IQ3_S"]),
    FileType(23, "IQ3_XXS", &["IQ3_XXS"]),
    FileType(24, "IQ1_S", &["IQ1_S"]),
    FileType(25, "IQ4_NL", &["IQ4_NL"]),
    FileType(26, "IQ3_S", &["IQ3_S"]),
    FileType(27, "IQ3_M", &["IQ3_S"]),
    FileType(28, "IQ2_S", &["IQ2_XS", "IQ2_S"]),
    FileType(29, "IQ2_M", &["IQ2_S"]),
    FileType(30, "IQ4_XS", &["IQ4_XS"]),
    FileType(31, "IQ1_M", &["IQ1_M"]),
    FileType(32, "BF16", &["BF16"]),
    FileType(33, "Q4_0_4_4", &["Q4_0_4_4"]),
    FileType(34, "Q4_0_4_8", &["Q4_0_4_8"]),
    FileType(35, "Q4_0_8_8", &["Q4_0_8_8"]),
    FileType(36, "TQ1_0", &["TQ1_0"]),
    FileType(37, "TQ2_0", &["TQ2_0"]),
    FileType(38, "MXFP4_MOE", &["MXFP4"]),
    FileType(39, "NVFP4", &["NVFP4"]),
    FileType(40, "Q1_0", &["Q1_0"]),
];

/// Set beside the number where the type was guessed from the tensors.
const GUESSED: u64 = 1024;

/// The name of a file type; `None` for a number that llama.cpp had not given
/// out when this was written.
pub(crate) fn name_of(number: u64) -> Option<&'static str> {
    let number = number & !GUESSED;
    FILE_TYPES.iter().find(|known| known.0 == number).map(|known| known.1)
}

/// The tensor types that may hold the most weights of a file of that type.
/// `None` for a name that is unknown or of which the types are.
pub(crate) fn types_of(name: &str) -> Option<&'static [&'static str]> {
    let known = FILE_TYPES.iter().find(|known| known.1 == name)?;
    (!known.2.is_empty()).then_some(known.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_name() {
        for (place, known) in FILE_TYPES.iter().enumerate() {
            assert_eq!(known.0, place as u64, "{}", known.1);
            assert_eq!(FILE_TYPES.iter().filter(|other| other.1 == known.1).count(), 1);
        }
        assert_eq!(name_of(15), Some("Q4_K_M"));
        assert_eq!(name_of(1024 + 15), Some("Q4_K_M"));
        assert_eq!(name_of(41), None);
        assert_eq!(name_of(u64::MAX), None);
    }

    #[test]
    fn the_types_of_a_file_are_types_of_tensors() {
        let names: Vec<&str> =
            (0..64).filter_map(crate::gguf::tensor_type::by_number).map(|t| t.name).collect();
        for known in FILE_TYPES {
            assert!(known.2.iter().all(|name| names.contains(name)), "{}", known.1);
        }
    }
}
