//! The facts about a model that its files state.

use serde::{Deserialize, Serialize};

/// The format of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightsFormat {
    /// llama.cpp's format.
    Gguf,
    /// Hugging Face's format.
    Safetensors,
}

/// Where the name of the quantization comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuantizationSource {
    /// The file's own statement: `general.file_type` of a GGUF file.
    FileType,
    /// The quantization section of `config.json`.
    Config,
    /// The type that most weights have; nothing else is stated.
    Tensors,
}

/// A fact that is not known, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// The field of [`ModelFacts`], for example `parameters`.
    pub field: String,
    /// Why it is not known.
    pub reason: String,
}

/// What a model's files say of it. What they do not say is `None`, and
/// `unread` has the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFacts {
    /// The format of the weights.
    pub format: WeightsFormat,
    /// How many files hold the weights.
    pub files: u64,
    /// The size of these files together, bytes.
    pub file_bytes: u64,
    /// The architecture as the format names it, for example `llama` in GGUF and
    /// `LlamaForCausalLM` in `config.json`.
    pub architecture: Option<String>,
    /// The model's own name.
    pub name: Option<String>,
    /// Blocks of the network.
    pub layers: Option<u64>,
    /// Width of the hidden state.
    pub embedding_length: Option<u64>,
    /// Query heads of a layer; `None` if the layers differ.
    pub heads: Option<u64>,
    /// Key and value heads of a layer; `None` if the layers differ.
    pub kv_heads: Option<u64>,
    /// Width of a key head.
    pub head_dim: Option<u64>,
    /// Width of a value head.
    pub value_head_dim: Option<u64>,
    /// The longest context it was made for, tokens.
    pub context_length: Option<u64>,
    /// Tokens in the vocabulary.
    pub vocabulary: Option<u64>,
    /// Experts of a layer in a mixture of experts; `None` for a dense model too.
    pub experts: Option<u64>,
    /// Experts that a token goes through.
    pub experts_used: Option<u64>,
    /// The quantization, for example `Q4_K_M`, `BF16` or `4bit-g64`.
    pub quantization: Option<String>,
    /// Where its name comes from.
    pub quantization_source: Option<QuantizationSource>,
    /// The tensor type that holds the most weights, for example `Q4_K`.
    pub dominant_type: Option<String>,
    /// Weights in all tensors. Scales and zero points of a quantization are no
    /// weights.
    pub parameters: Option<u64>,
    /// Bytes of all tensors as they are stored.
    pub weight_bytes: Option<u64>,
    /// Bytes that one token takes in a KV cache of 16-bit numbers, see
    /// [`crate::kv_bytes_per_token`].
    pub kv_bytes_per_token: Option<u64>,
    /// What is not known, and why. A field that does not apply is not listed.
    pub unread: Vec<Unread>,
}

impl ModelFacts {
    /// Facts of which nothing is known yet.
    pub(crate) fn empty(format: WeightsFormat) -> ModelFacts {
        ModelFacts {
            format,
            files: 0,
            file_bytes: 0,
            architecture: None,
            name: None,
            layers: None,
            embedding_length: None,
            heads: None,
            kv_heads: None,
            head_dim: None,
            value_head_dim: None,
            context_length: None,
            vocabulary: None,
            experts: None,
            experts_used: None,
            quantization: None,
            quantization_source: None,
            dominant_type: None,
            parameters: None,
            weight_bytes: None,
            kv_bytes_per_token: None,
            unread: Vec::new(),
        }
    }

    /// Bits that a weight takes on average; `None` where either number is not
    /// known or there are no weights.
    pub fn bits_per_weight(&self) -> Option<f64> {
        let weights = self.parameters.filter(|count| *count > 0)?;
        Some(self.weight_bytes? as f64 * 8.0 / weights as f64)
    }

    /// Whether the stated quantization is of the type that most weights have.
    /// `None` where there is no type to compare with. `Some(false)` is a
    /// reason to look twice and no proof: small models fall back to other
    /// types where a row does not fill a block.
    pub fn quantization_agrees(&self) -> Option<bool> {
        if self.quantization_source? != QuantizationSource::FileType {
            return None;
        }
        let stated = self.quantization.as_deref()?;
        let most = self.dominant_type.as_deref()?;
        crate::gguf::types_of(stated).map(|types| types.contains(&most))
    }

    /// Notes a reason; the first one for a field stays.
    pub(crate) fn note(&mut self, field: &str, reason: &str) {
        if !self.unread.iter().any(|unread| unread.field == field) {
            self.unread.push(Unread { field: field.to_owned(), reason: reason.to_owned() });
        }
    }

    /// Gives every field that is still unknown its reason.
    pub(crate) fn finish(mut self) -> ModelFacts {
        let unknown: Vec<&str> = [
            ("architecture", self.architecture.is_none()),
            ("name", self.name.is_none()),
            ("layers", self.layers.is_none()),
            ("embedding_length", self.embedding_length.is_none()),
            ("heads", self.heads.is_none()),
            ("kv_heads", self.kv_heads.is_none()),
            ("head_dim", self.head_dim.is_none()),
            ("value_head_dim", self.value_head_dim.is_none()),
            ("context_length", self.context_length.is_none()),
            ("vocabulary", self.vocabulary.is_none()),
            ("quantization", self.quantization.is_none()),
            ("dominant_type", self.dominant_type.is_none()),
            ("parameters", self.parameters.is_none()),
            ("weight_bytes", self.weight_bytes.is_none()),
            ("kv_bytes_per_token", self.kv_bytes_per_token.is_none()),
        ]
        .into_iter()
        .filter_map(|(field, missing)| missing.then_some(field))
        .collect();
        for field in &unknown {
            self.note(field, "the model's files do not state it");
        }
        self.unread.retain(|unread| unknown.contains(&unread.field.as_str()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_null_and_has_a_reason() {
        let mut facts = ModelFacts::empty(WeightsFormat::Gguf);
        facts.layers = Some(4);
        facts.note("layers", "does not matter, for it is known");
        facts.note("name", "it is a secret");
        let facts = facts.finish();
        let reason = |field: &str| {
            facts.unread.iter().find(|unread| unread.field == field).map(|u| u.reason.as_str())
        };
        assert_eq!(reason("layers"), None);
        assert_eq!(reason("name"), Some("it is a secret"));
        assert_eq!(reason("parameters"), Some("the model's files do not state it"));
        let json = serde_json::to_value(&facts).unwrap();
        assert!(json["parameters"].is_null());
        assert_eq!(serde_json::from_value::<ModelFacts>(json).unwrap(), facts);
        assert_eq!(facts.bits_per_weight(), None);
    }

    #[test]
    fn a_stated_quantization_is_compared_with_the_tensors() {
        let mut facts = ModelFacts::empty(WeightsFormat::Gguf);
        facts.quantization = Some("Q4_K_M".to_owned());
        facts.dominant_type = Some("Q4_K".to_owned());
        assert_eq!(facts.quantization_agrees(), None);
        facts.quantization_source = Some(QuantizationSource::FileType);
        assert_eq!(facts.quantization_agrees(), Some(true));
        facts.dominant_type = Some("Q8_0".to_owned());
        assert_eq!(facts.quantization_agrees(), Some(false));
        facts.quantization = Some("Q9_X".to_owned());
        assert_eq!(facts.quantization_agrees(), None);
    }
}
