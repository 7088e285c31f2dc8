use std::io::Cursor;

use proptest::prelude::*;

use super::{Config, facts, read_header, read_safetensors_header};
use crate::{ModelFacts, QuantizationSource, WeightsError};

/// A file with these tensors: name, type, shape, bytes.
fn file(tensors: &[(&str, &str, &[u64], u64)]) -> Vec<u8> {
    let mut at = 0;
    let entries: Vec<String> = tensors
        .iter()
        .map(|(name, kind, shape, bytes)| {
            let begin = at;
            at += bytes;
            format!(
                r#""{name}":{{"dtype":"{kind}","shape":{shape:?},"data_offsets":[{begin},{at}]}}"#
            )
        })
        .collect();
    raw(&format!(r#"{{"__metadata__":{{"format":"pt"}},{}}}"#, entries.join(",")), at)
}

fn raw(header: &str, data: u64) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.resize(bytes.len() + data as usize, 0);
    bytes
}

fn read(bytes: &[u8]) -> Result<ModelFacts, WeightsError> {
    read_safetensors_header(Cursor::new(bytes), "m.safetensors", None)
}

fn with(config: &str, bytes: &[u8]) -> ModelFacts {
    let config = Config::parse(config.as_bytes()).unwrap();
    facts(&[read_header(Cursor::new(bytes)).unwrap()], Some(&config)).unwrap()
}

fn plain() -> Vec<u8> {
    file(&[("a.weight", "BF16", &[8, 4], 64), ("norm.weight", "F32", &[4], 16)])
}

#[test]
fn a_plain_model_tells_everything() {
    let facts = with(
        r#"{"architectures":["LlamaForCausalLM"],"model_type":"llama","num_hidden_layers":4,
            "hidden_size":256,"num_attention_heads":8,"num_key_value_heads":4,"head_dim":32,
            "max_position_embeddings":131072,"vocab_size":4096,"torch_dtype":"bfloat16",
            "_name_or_path":"org/tiny"}"#,
        &plain(),
    );
    assert_eq!(facts.architecture.as_deref(), Some("LlamaForCausalLM"));
    assert_eq!(facts.name.as_deref(), Some("org/tiny"));
    assert_eq!((facts.layers, facts.embedding_length), (Some(4), Some(256)));
    assert_eq!((facts.heads, facts.kv_heads, facts.head_dim), (Some(8), Some(4), Some(32)));
    assert_eq!((facts.context_length, facts.vocabulary), (Some(131_072), Some(4096)));
    assert_eq!((facts.parameters, facts.weight_bytes), (Some(36), Some(80)));
    assert_eq!(facts.quantization.as_deref(), Some("BF16"));
    assert_eq!(facts.quantization_source, Some(QuantizationSource::Tensors));
    assert_eq!(facts.kv_bytes_per_token, Some(2 * 4 * 4 * 32 * 2));
    assert_eq!(facts.unread, []);
}

#[test]
fn without_a_configuration_the_tensors_speak() {
    let facts = read(&plain()).unwrap();
    assert_eq!((facts.parameters, facts.quantization.as_deref()), (Some(36), Some("BF16")));
    assert_eq!(facts.layers, None);
    let reason = facts.unread.iter().find(|unread| unread.field == "layers").unwrap();
    assert_eq!(reason.reason, "there is no config.json");
}

#[test]
fn packed_weights_of_mlx_are_counted_unpacked() {
    // 64 weights a row in 4 bits: 8 packs of 32 bits, and one group; a layer of 8 bits.
    let bytes = file(&[
        ("l.0.q.weight", "U32", &[2, 8], 64),
        ("l.0.q.scales", "F16", &[2, 1], 4),
        ("l.0.q.biases", "F16", &[2, 1], 4),
        ("l.1.q.weight", "U32", &[2, 16], 128),
        ("l.1.q.scales", "F16", &[2, 2], 8),
        ("l.1.q.biases", "F16", &[2, 2], 8),
        ("norm.weight", "F16", &[64], 128),
    ]);
    let facts = with(
        r#"{"quantization":{"group_size":64,"bits":4,"l.1.q":{"group_size":32,"bits":8}},
            "quantization_config":{"group_size":64,"bits":4}}"#,
        &bytes,
    );
    assert_eq!(facts.parameters, Some(128 + 128 + 64));
    assert_eq!(facts.quantization.as_deref(), Some("4bit-g64"));
    assert_eq!(facts.quantization_source, Some(QuantizationSource::Config));
    assert_eq!(facts.weight_bytes, Some(344));
}

#[test]
fn gptq_awq_fp8_and_unknown_packings() {
    let packed = file(&[
        ("q.qweight", "I32", &[8, 16], 512),
        ("q.scales", "F16", &[1, 16], 32),
        ("q.qzeros", "I32", &[1, 2], 8),
        ("norm.weight", "F16", &[64], 128),
    ]);
    for method in ["gptq", "awq"] {
        let config = format!(
            r#"{{"quantization_config":{{"quant_method":"{method}","bits":4,"group_size":128}}}}"#
        );
        let facts = with(&config, &packed);
        assert_eq!(facts.parameters, Some(8 * 16 * 8 + 64));
        assert_eq!(facts.quantization, Some(format!("{method}-4bit-g128")));
    }
    let fp8 = file(&[("q.weight", "F8_E4M3", &[8, 8], 64), ("q.weight_scale_inv", "F32", &[1], 4)]);
    let facts = with(r#"{"quantization_config":{"quant_method":"fp8"}}"#, &fp8);
    assert_eq!((facts.parameters, facts.quantization.as_deref()), (Some(64), Some("fp8")));

    let facts = with(
        r#"{"quantization_config":{"quant_method":"compressed-tensors","format":"pack-quantized"}}"#,
        &packed,
    );
    assert_eq!((facts.parameters, facts.quantization.as_deref()), (None, Some("pack-quantized")));
    assert_eq!(facts.weight_bytes, Some(680));
    let reason = facts.unread.iter().find(|unread| unread.field == "parameters").unwrap();
    assert_eq!(reason.reason, "the packing is not known here: compressed-tensors");
}

#[test]
fn the_language_part_of_a_model_that_sees_is_read() {
    let config = r#"{"architectures":["XForConditionalGeneration"],
        "text_config":{"num_hidden_layers":3,"hidden_size":64,"num_attention_heads":4,
        "num_local_experts":16,"num_experts_per_tok":1},"vision_config":{"num_hidden_layers":9}}"#;
    let facts = with(config, &plain());
    assert_eq!((facts.layers, facts.head_dim, facts.kv_heads), (Some(3), Some(16), Some(4)));
    assert_eq!((facts.experts, facts.experts_used), (Some(16), Some(1)));
}

#[test]
fn a_cache_of_another_kind_is_not_guessed() {
    let shape = r#""num_hidden_layers":2,"hidden_size":64,"num_attention_heads":4"#;
    for (more, known) in [
        (r#""kv_lora_rank":512"#, false),
        (r#""layer_types":["linear_attention","full_attention"]"#, false),
        (r#""layer_types":["sliding_attention","full_attention"]"#, true),
        (r#""layer_types":["full_attention"],"kv_lora_rank":512"#, false),
        (r#""x":0"#, true),
    ] {
        let facts = with(&format!("{{{shape},{more}}}"), &plain());
        assert_eq!(facts.kv_bytes_per_token.is_some(), known, "{more}");
    }
}

#[test]
fn one_pair_of_heads_for_all_queries() {
    let shape = r#""n_layer":2,"n_embd":64,"n_head":4"#;
    let heads = |more: &str| with(&format!("{{{shape}{more}}}"), &plain()).kv_heads;
    assert_eq!(heads(r#","multi_query":true"#), Some(1));
    assert_eq!(heads(r#","multi_query":true,"num_kv_heads":2"#), Some(2));
    assert_eq!(heads(r#","multi_query":false"#), Some(4));
}

#[test]
fn a_local_path_is_no_name() {
    for path in ["/home/ann/m", "./m", "C:\\\\m"] {
        assert_eq!(with(&format!(r#"{{"_name_or_path":"{path}"}}"#), &plain()).name, None);
    }
}

#[test]
fn bad_files_get_their_names() {
    let code = |bytes: &[u8]| read(bytes).unwrap_err().code();
    let good = plain();
    assert_eq!(code(&good[..good.len() - 1]), "truncated");
    assert_eq!(code(&good[..20]), "truncated");
    assert_eq!(code(&good[..7]), "wrong-format");
    assert_eq!(code(b"GGUF\x03\0\0\0 and more of it"), "wrong-format");
    let tensor = r#"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#;
    for header in [
        format!(r#"{{"a":{tensor},"a":{tensor}}}"#),
        r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#.to_owned(),
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#.to_owned(),
        r#"{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,8]}}"#.to_owned(),
        r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}"#.to_owned(),
        "{".to_owned(),
    ] {
        assert_eq!(code(&raw(&header, 8)), "malformed", "{header}");
    }
    assert_eq!(code(&raw("[]", 8)), "wrong-format");
}

proptest! {
    #[test]
    fn mutated_headers_do_no_harm(
        edits in prop::collection::vec((0_usize..200, any::<u8>()), 1..8),
        cut in prop::option::of(0_usize..260),
    ) {
        let mut bytes = plain();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        match read(&bytes) {
            Ok(facts) => prop_assert_eq!(facts.file_bytes, bytes.len() as u64),
            Err(error) => prop_assert!(error.to_string().starts_with("m.safetensors ")),
        }
    }

    #[test]
    fn any_configuration_is_read_or_refused(text in ".{0,80}", number in any::<i64>()) {
        let with = |config: &str| {
            read_safetensors_header(Cursor::new(plain()), "m.safetensors", Some(config.as_bytes()))
        };
        let _ = with(&text);
        let config = format!(
            r#"{{"num_hidden_layers":{number},"hidden_size":{number},"num_attention_heads":{number},"quantization":{{"bits":{number},"group_size":{number}}}}}"#
        );
        prop_assert_ne!(with(&config).unwrap().layers, Some(0));
    }
}
