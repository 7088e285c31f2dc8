//! What servers say of GGUF files, by the names that people use.

use serde_json::Value;

/// The numbers of `llama_ftype` that are in use.
const NUMBERS: &[(u64, &str)] = &[
    (0, "F32"),
    (1, "F16"),
    (2, "Q4_0"),
    (3, "Q4_1"),
    (7, "Q8_0"),
    (8, "Q5_0"),
    (9, "Q5_1"),
    (10, "Q2_K"),
    (11, "Q3_K_S"),
    (12, "Q3_K_M"),
    (13, "Q3_K_L"),
    (14, "Q4_K_S"),
    (15, "Q4_K_M"),
    (16, "Q5_K_S"),
    (17, "Q5_K_M"),
    (18, "Q6_K"),
    (19, "IQ2_XXS"),
    (20, "IQ2_XS"),
    (21, "Q2_K_S"),
    (22, "IQ3_XS"),
    (23, "IQ3_XXS"),
    (24, "IQ1_S"),
    (25, "IQ4_NL"),
    (26, "IQ3_S"),
    (27, "IQ3_M"),
    (28, "IQ2_S"),
    (29, "IQ2_M"),
    (30, "IQ4_XS"),
    (31, "IQ1_M"),
    (32, "BF16"),
    (36, "TQ1_0"),
    (37, "TQ2_0"),
    (38, "MXFP4_MOE"),
];

/// The name of a file's type, for example `Q4_K_M`, from what llama.cpp and
/// servers on it call `ftype`: a number, or words such as `Q4_K - Medium`.
/// `None` for an unknown number.
pub fn file_type(ftype: &Value) -> Option<String> {
    if let Some(number) = ftype.as_u64() {
        let known = NUMBERS.iter().find(|(known, _)| *known == number);
        return known.map(|(_, name)| (*name).to_owned());
    }
    let words = ftype.as_str()?.trim();
    let words = words.strip_prefix("(guessed)").unwrap_or(words).trim();
    let words = words.strip_prefix("all ").unwrap_or(words);
    if words.is_empty() || words.starts_with("unknown") {
        return None;
    }
    Some(match words.split_once(" - ") {
        Some((base, "Small")) => format!("{base}_S"),
        Some((base, "Medium")) => format!("{base}_M"),
        Some((base, "Large")) => format!("{base}_L"),
        // `Q4_K - 4.5 bpw` and the like: the first word is the name.
        Some((base, _)) => base.to_owned(),
        None => words.to_owned(),
    })
}

/// The name of a file's type in a path such as `model-Q4_K_M.gguf`.
pub fn file_type_of_path(path: &str) -> Option<String> {
    let stem = path.rsplit(['/', '\\']).next()?.strip_suffix(".gguf")?;
    let last = stem.rsplit(['-', '.']).next()?.to_ascii_uppercase();
    NUMBERS.iter().find(|(_, name)| *name == last).map(|(_, name)| (*name).to_owned())
}

/// A fact of the metadata as JSON whose key begins with the architecture's
/// name, for example `context_length` for `llama.context_length`.
pub fn fact<'m>(metadata: &'m Value, key: &str) -> Option<&'m Value> {
    let architecture = metadata.get("general.architecture")?.as_str()?;
    metadata.get(format!("{architecture}.{key}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_words_name_the_same_types() {
        for (ftype, name) in [
            (json!(15), Some("Q4_K_M")),
            (json!("Q4_K - Medium"), Some("Q4_K_M")),
            (json!("(guessed) Q5_K - Small"), Some("Q5_K_S")),
            (json!("IQ4_XS - 4.25 bpw"), Some("IQ4_XS")),
            (json!("all F32"), Some("F32")),
            (json!("F16"), Some("F16")),
            (json!(999), None),
            (json!("unknown, may not work"), None),
            (json!(null), None),
        ] {
            assert_eq!(file_type(&ftype).as_deref(), name, "{ftype}");
        }
    }

    #[test]
    fn a_path_tells_when_its_last_word_is_a_type() {
        assert_eq!(file_type_of_path("/models/a-7B-Q4_K_M.gguf").as_deref(), Some("Q4_K_M"));
        assert_eq!(file_type_of_path("C:\\models\\a.q8_0.gguf").as_deref(), Some("Q8_0"));
        assert_eq!(file_type_of_path("/models/tiny.gguf"), None);
        assert_eq!(file_type_of_path("/models/Q8_0"), None);
    }

    #[test]
    fn facts_go_by_the_architecture() {
        let metadata = json!({ "general.architecture": "llama", "llama.context_length": 8192 });
        assert_eq!(fact(&metadata, "context_length"), Some(&json!(8192)));
        assert_eq!(fact(&metadata, "block_count"), None);
        assert_eq!(fact(&json!({ "llama.context_length": 8192 }), "context_length"), None);
        assert_eq!(fact(&json!(null), "context_length"), None);
    }
}
