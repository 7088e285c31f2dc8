use std::io::Cursor;

use proptest::prelude::*;

use super::{build::Gguf, read_gguf_header};
use crate::{ModelFacts, QuantizationSource, WeightsError};

fn read(bytes: &[u8]) -> Result<ModelFacts, WeightsError> {
    read_gguf_header(Cursor::new(bytes), "m.gguf")
}

fn code(bytes: &[u8]) -> &'static str {
    read(bytes).unwrap_err().code()
}

#[test]
fn a_small_model_tells_everything() {
    let facts = read(&Gguf::tiny().bytes()).unwrap();
    assert_eq!(facts.architecture.as_deref(), Some("llama"));
    assert_eq!(facts.name.as_deref(), Some("tiny"));
    assert_eq!((facts.layers, facts.embedding_length), (Some(4), Some(256)));
    assert_eq!((facts.heads, facts.kv_heads), (Some(8), Some(4)));
    assert_eq!((facts.head_dim, facts.value_head_dim), (Some(32), Some(32)));
    assert_eq!((facts.context_length, facts.vocabulary), (Some(4096), Some(3)));
    assert_eq!(facts.quantization.as_deref(), Some("Q4_K_M"));
    assert_eq!(facts.quantization_source, Some(QuantizationSource::FileType));
    assert_eq!(facts.quantization_agrees(), Some(true));
    assert_eq!(facts.parameters, Some(256 * 3 + 256 * 256 + 256));
    assert_eq!(facts.weight_bytes, Some((3 + 256) * 144 + 256 * 4));
    assert_eq!(facts.kv_bytes_per_token, Some(2 * 4 * 4 * 32 * 2));
    assert_eq!((facts.experts, facts.files), (None, 1));
    assert_eq!(facts.unread, []);
}

#[test]
fn version_two_is_read_and_others_are_named() {
    let mut bytes = Gguf::tiny().bytes();
    bytes[4] = 2;
    assert!(read(&bytes).is_ok());
    for (version, named) in [
        ([1, 0, 0, 0], "unknown-version"),
        ([4, 0, 0, 0], "unknown-version"),
        ([0; 4], "unknown-version"),
        ([0, 0, 0, 3], "big-endian"),
    ] {
        bytes[4..8].copy_from_slice(&version);
        assert_eq!(code(&bytes), named, "{version:?}");
    }
    assert_eq!(code(b"GGU"), "wrong-format");
    assert_eq!(code(b"PK\x03\x04 and more"), "wrong-format");
    assert_eq!(code(b""), "wrong-format");
}

#[test]
fn every_cut_is_a_truncation() {
    let bytes = Gguf::tiny().bytes();
    // The header, and the end of the weights.
    for len in (4..1500).chain(bytes.len() - 40..bytes.len()) {
        assert_eq!(code(&bytes[..len]), "truncated", "{len}");
    }
}

#[test]
fn huge_counts_are_refused_before_anything_is_allocated() {
    let huge = |at: usize| {
        let mut bytes = Gguf::tiny().bytes();
        bytes[at..at + 8].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
        bytes
    };
    // Tensors, keys, and the length of the first key.
    for at in [8, 16, 24] {
        assert_eq!(code(&huge(at)), "too-large", "{at}");
    }
    let array = |kind: u32, len: u64| [&kind.to_le_bytes()[..], &len.to_le_bytes()].concat();
    for (value, named) in [
        (array(10, u64::MAX), "too-large"),
        (array(10, 1 << 26), "truncated"),
        (array(8, 1 << 20), "truncated"),
        (array(9, 1), "malformed"),
        (array(99, 1), "malformed"),
    ] {
        assert_eq!(code(&Gguf::default().raw("x", 9, &value).bytes()), named, "{value:?}");
    }
    let text = Gguf::default().raw("general.name", 8, &u64::MAX.to_le_bytes());
    assert_eq!(code(&text.bytes()), "too-large");
    let shape = [u64::MAX, 2];
    assert_eq!(code(&Gguf::default().tensor_of(&shape).bytes()), "malformed");
}

impl Gguf {
    /// A tensor of a type whose bytes nobody adds up.
    fn tensor_of(self, shape: &[u64]) -> Gguf {
        self.tensor("t", shape, 1000)
    }
}

#[test]
fn an_unknown_tensor_type_leaves_the_bytes_unknown() {
    let facts = read(&Gguf::tiny().tensor("t", &[1 << 20], 1000).bytes()).unwrap();
    assert_eq!(facts.parameters, Some(256 * 3 + 256 * 256 + 256 + (1 << 20)));
    assert_eq!((facts.weight_bytes, facts.dominant_type.as_deref()), (None, None));
    let unread: Vec<&str> = facts.unread.iter().map(|unread| unread.field.as_str()).collect();
    assert_eq!(unread, ["weight_bytes", "dominant_type"]);
}

#[test]
fn layers_that_differ_are_added_up() {
    let file = Gguf::default()
        .text("general.architecture", "openelm")
        .u32("openelm.block_count", 3)
        .u32("openelm.embedding_length", 100)
        .u32("openelm.attention.key_length", 64)
        .u32("openelm.attention.value_length", 32)
        .numbers("openelm.attention.head_count", &[12, 16, 20])
        .numbers("openelm.attention.head_count_kv", &[3, 0, 5]);
    let facts = read(&file.bytes()).unwrap();
    assert_eq!((facts.heads, facts.kv_heads), (None, None));
    assert_eq!(facts.kv_bytes_per_token, Some(2 * 8 * (64 + 32)));
    let reason = facts.unread.iter().find(|unread| unread.field == "kv_heads").unwrap();
    assert_eq!(reason.reason, "the layers differ");
    assert_eq!(facts.parameters, None);
}

#[test]
fn a_cache_of_another_kind_is_not_guessed() {
    for key in ["llama.ssm.state_size", "llama.attention.kv_lora_rank"] {
        let file = Gguf::tiny().u32(key, 128);
        assert_eq!(read(&file.bytes()).unwrap().kv_bytes_per_token, None, "{key}");
    }
}

#[test]
fn an_empty_list_of_tokens_is_no_vocabulary() {
    let bare = || Gguf::default().texts("tokenizer.ggml.tokens", &[]);
    assert_eq!(read(&bare().bytes()).unwrap().vocabulary, None);
    let embedded = bare().tensor("token_embd.weight", &[8, 5], 0);
    assert_eq!(read(&embedded.bytes()).unwrap().vocabulary, Some(5));
}

#[test]
fn experts_are_counted_and_a_missing_file_type_is_taken_from_the_tensors() {
    let file = Gguf::default()
        .text("general.architecture", "qwen3moe")
        .u32("qwen3moe.expert_count", 128)
        .u32("qwen3moe.expert_used_count", 8)
        .tensor("a", &[32, 4], 8)
        .tensor("b", &[32], 0);
    let facts = read(&file.bytes()).unwrap();
    assert_eq!((facts.experts, facts.experts_used), (Some(128), Some(8)));
    assert_eq!(facts.quantization.as_deref(), Some("Q8_0"));
    assert_eq!(facts.quantization_source, Some(QuantizationSource::Tensors));
    assert_eq!(facts.quantization_agrees(), None);
}

#[test]
fn a_part_of_a_split_model_does_not_pass_for_the_whole() {
    let facts = read(&Gguf::tiny().u32("split.count", 3).u32("split.no", 0).bytes()).unwrap();
    assert_eq!((facts.parameters, facts.weight_bytes), (None, None));
    assert!(facts.unread.iter().any(|u| u.reason == "this is one of 3 files of the model"));
    assert_eq!(facts.quantization.as_deref(), Some("Q4_K_M"));
}

#[test]
fn odd_files_are_malformed() {
    let tiny = Gguf::tiny;
    for (file, why) in [
        (tiny().u32("llama.block_count", 4), "there twice"),
        (tiny().tensor("t", &[100], 12), "does not fill the blocks of Q4_K"),
        (tiny().u32("general.alignment", 33), "no small power of two"),
        (tiny().raw("k", 77, &[]), "no metadata type 77"),
    ] {
        let error = read(&file.bytes()).unwrap_err();
        assert_eq!(error.code(), "malformed");
        assert!(error.to_string().contains(why), "{error}");
    }
}

proptest! {
    /// Whatever is done to a header: an answer or a named error, and no number
    /// larger than the file can stand for without being stated.
    #[test]
    fn mutated_headers_do_no_harm(
        edits in prop::collection::vec((0_usize..1200, any::<u8>()), 1..12),
        cut in prop::option::of(0_usize..1200),
    ) {
        let mut bytes = Gguf::tiny().bytes();
        for (at, byte) in edits {
            bytes[at] = byte;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        match read(&bytes) {
            Ok(facts) => {
                prop_assert_eq!(facts.file_bytes, bytes.len() as u64);
                if let Some(weights) = facts.weight_bytes {
                    // Tensors may share their place, but none may end outside.
                    prop_assert!(weights <= 3 * bytes.len() as u64);
                }
                for text in [&facts.name, &facts.architecture].into_iter().flatten() {
                    prop_assert!(!text.chars().any(char::is_control));
                }
            }
            Err(error) => prop_assert!(error.to_string().starts_with("m.gguf ")),
        }
    }

    #[test]
    fn any_metadata_is_read_or_refused(value in prop::collection::vec(any::<u8>(), 0..64), kind in 0_u32..14) {
        let _ = read(&Gguf::default().raw("general.name", kind, &value).bytes());
    }
}
