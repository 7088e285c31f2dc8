//! `config.json`: the shape of a model, under the names that its family uses.

use serde_json::Value;

use crate::{ModelFacts, QuantizationSource, clean, error::Fault, kv_bytes_per_token};

/// The longest configuration, bytes. Real ones have some 10 KiB; those of mixed
/// quantizations, which list layers, a few hundred.
pub(crate) const CONFIG_BYTES: u64 = 8 << 20;
/// Layers whose caches are added up.
const LAYERS: u64 = 4096;

/// A parsed configuration.
#[derive(Debug, Clone)]
pub(crate) struct Config(Value);

/// How weights are packed into fewer bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all, or one weight in one element.
    None,
    /// mlx: `U32` packs, with one scale for each group of that many weights.
    Mlx {
        /// Weights in a group, unless the layer has its own number.
        group: u64,
    },
    /// GPTQ and AWQ: `I32` packs of `32 / bits` weights.
    Qweight {
        /// Bits of a weight.
        bits: u64,
    },
    /// Something else; its name.
    Unknown(String),
}

impl Config {
    pub(crate) fn parse(json: &[u8]) -> Result<Config, Fault> {
        Fault::bound("a config in bytes", json.len() as u64, CONFIG_BYTES)?;
        match serde_json::from_slice(json) {
            Ok(value @ Value::Object(_)) => Ok(Config(value)),
            Ok(_) => Fault::malformed("it is not an object"),
            Err(error) => Fault::malformed(format!("line {}: not JSON", error.line())),
        }
    }

    /// The value under the first of the names that is there. Models that also
    /// see or hear keep the language part in a section of its own.
    fn find(&self, names: &[&str]) -> Option<&Value> {
        let sections = ["text_config", "llm_config", "language_config"];
        let mut places = vec![&self.0];
        places.extend(sections.iter().filter_map(|section| self.0.get(section)));
        places
            .into_iter()
            .flat_map(|place| names.iter().filter_map(|name| place.get(name)))
            .find(|value| !value.is_null())
    }

    /// A number; zero is a gap, no model has zero layers or heads.
    fn number(&self, names: &[&str]) -> Option<u64> {
        self.find(names)?.as_u64().filter(|number| *number > 0)
    }

    pub(crate) fn add_to(&self, facts: &mut ModelFacts) {
        let architectures = self.0.get("architectures").and_then(|list| list.get(0));
        facts.architecture = architectures
            .or_else(|| self.0.get("model_type"))
            .and_then(Value::as_str)
            .and_then(clean::text);
        // Some exports keep the hub's name; most keep nothing or a local path.
        let name = self.0.get("_name_or_path").and_then(Value::as_str);
        facts.name = name
            .filter(|name| !name.starts_with(['/', '.', '~', '\\']) && !name.contains(':'))
            .and_then(clean::text);
        facts.layers = self.number(&["num_hidden_layers", "n_layer", "num_layers", "n_layers"]);
        facts.embedding_length = self.number(&["hidden_size", "n_embd", "d_model", "dim"]);
        facts.heads = self.number(&["num_attention_heads", "n_head", "n_heads"]);
        let kv = [
            "num_key_value_heads",
            "num_kv_heads",
            "n_head_kv",
            "n_kv_heads",
            "multi_query_group_num",
        ];
        facts.kv_heads = match self.find(&kv) {
            Some(_) => self.number(&kv),
            None if self.find(&["multi_query"]) == Some(&Value::Bool(true)) => Some(1),
            // Without the key there is a pair of key and value heads for each query head.
            None => facts.heads,
        };
        let width = || {
            let (embedding, heads) = (facts.embedding_length?, facts.heads?);
            (embedding % heads == 0).then_some(embedding / heads)
        };
        facts.head_dim = self.number(&["head_dim", "kv_channels"]).or_else(width);
        facts.value_head_dim = self.number(&["v_head_dim"]).or(facts.head_dim);
        facts.context_length = self.number(&[
            "max_position_embeddings",
            "n_positions",
            "n_ctx",
            "max_seq_len",
            "seq_length",
        ]);
        facts.vocabulary = self.number(&["vocab_size", "padded_vocab_size"]);
        facts.experts = self.number(&["num_local_experts", "n_routed_experts", "num_experts"]);
        facts.experts_used = self
            .number(&["num_experts_per_tok", "num_experts_per_token", "top_k_experts"])
            .filter(|_| facts.experts.is_some());
        self.cache(facts);
        if let Some(name) = self.quantization() {
            facts.quantization = Some(name);
            facts.quantization_source = Some(QuantizationSource::Config);
        }
    }

    fn cache(&self, facts: &mut ModelFacts) {
        let mixed = [
            "layer_types",
            "layers_block_type",
            "hybrid_override_pattern",
            "linear_num_key_heads",
            "ssm_cfg",
            "mamba_d_state",
            "kv_lora_rank",
        ];
        let attention = |value: &Value| {
            value.as_array().is_some_and(|list| {
                list.iter().all(|kind| {
                    matches!(
                        kind.as_str(),
                        Some(
                            "full_attention"
                                | "sliding_attention"
                                | "attention"
                                | "chunked_attention"
                        )
                    )
                })
            })
        };
        let other = |name: &&str| self.find(&[*name]).is_some_and(|value| !attention(value));
        if mixed.iter().any(other) {
            let reason = "not every layer keeps plain keys and values";
            facts.note("kv_bytes_per_token", reason);
            return;
        }
        let (Some(layers), Some(heads), Some(keys), Some(values)) =
            (facts.layers, facts.kv_heads, facts.head_dim, facts.value_head_dim)
        else {
            return;
        };
        if layers <= LAYERS {
            let heads = vec![heads; layers as usize];
            facts.kv_bytes_per_token = kv_bytes_per_token(&heads, keys, values);
        }
    }

    /// The section that describes the quantization.
    fn section(&self) -> Option<&Value> {
        // mlx writes both, alike; its own word is the first.
        self.find(&["quantization", "quantization_config", "compression_config"])
            .filter(|section| section.is_object())
    }

    fn quantization(&self) -> Option<String> {
        let section = self.section()?;
        let text = |key: &str| section.get(key).and_then(Value::as_str).and_then(clean::text);
        let number = |key: &str| section.get(key).and_then(Value::as_u64);
        let bits = number("bits").map(|bits| format!("{bits}bit"));
        let group = number("group_size").map(|group| format!("g{group}"));
        let method = match text("quant_method") {
            Some(method) => Some(method),
            // mlx has modes beside its usual one, for example `mxfp4`.
            None => text("mode").filter(|mode| mode != "affine"),
        };
        let method = method.map(|method| match method.as_str() {
            "compressed-tensors" => text("format").unwrap_or(method),
            "bitsandbytes" if section.get("load_in_4bit") == Some(&Value::Bool(true)) => {
                "bitsandbytes-4bit".to_owned()
            }
            "bitsandbytes" if section.get("load_in_8bit") == Some(&Value::Bool(true)) => {
                "bitsandbytes-8bit".to_owned()
            }
            "modelopt" => text("quant_algo").unwrap_or(method),
            _ => method,
        });
        let parts: Vec<String> = [method, bits, group].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("-"))
    }

    pub(crate) fn packing(&self) -> Packing {
        let Some(section) = self.section() else { return Packing::None };
        let number = |key: &str| section.get(key).and_then(Value::as_u64).filter(|n| *n > 0);
        match section.get("quant_method").and_then(Value::as_str) {
            None => match number("group_size") {
                Some(group) if number("bits").is_some() => Packing::Mlx { group },
                _ => Packing::Unknown("one without a method".to_owned()),
            },
            // One weight in one element of 8 bits.
            Some("fp8" | "fbgemm_fp8") => Packing::None,
            Some("gptq" | "awq" | "gptq_v2") => match number("bits") {
                Some(bits @ (2 | 4 | 8)) => Packing::Qweight { bits },
                _ => Packing::Unknown("gptq or awq of odd bits".to_owned()),
            },
            Some(method) => Packing::Unknown(clean::text(method).unwrap_or_default()),
        }
    }

    /// The group of a layer that mlx quantized in its own way.
    pub(crate) fn group_of(&self, layer: &str) -> Option<u64> {
        self.section()?.get(layer)?.get("group_size")?.as_u64().filter(|group| *group > 0)
    }
}
