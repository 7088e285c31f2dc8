//! From the headers and the configuration of a model folder to facts.

use std::collections::BTreeMap;

use super::{Config, Header, config::Packing, header::Tensor, packed};
use crate::{ModelFacts, QuantizationSource, WeightsFormat, error::Fault};

/// The facts of a model whose files have these headers.
pub(crate) fn facts(headers: &[Header], config: Option<&Config>) -> Result<ModelFacts, Fault> {
    let mut facts = ModelFacts::empty(WeightsFormat::Safetensors);
    facts.files = headers.len() as u64;
    facts.file_bytes = headers.iter().map(|header| header.size).fold(0, u64::saturating_add);
    match config {
        Some(config) => config.add_to(&mut facts),
        None => {
            for field in ["architecture", "layers", "heads", "kv_heads", "context_length"] {
                facts.note(field, "there is no config.json");
            }
        }
    }
    let mut all: BTreeMap<&str, &Tensor> = BTreeMap::new();
    for (name, tensor) in headers.iter().flat_map(|header| &header.tensors) {
        if all.insert(name, tensor).is_some() {
            let shown = crate::clean::text(name).unwrap_or_default();
            return Fault::malformed(format!("the tensor {shown} is in two files"));
        }
    }
    if all.is_empty() {
        for field in ["parameters", "weight_bytes", "dominant_type"] {
            facts.note(field, "the files hold no weights");
        }
        return Ok(facts.finish());
    }
    count(&all, config, &mut facts)?;
    if facts.quantization.is_none() && config.is_none_or(|config| config.packing() == Packing::None)
    {
        facts.quantization = facts.dominant_type.clone();
        facts.quantization_source = Some(QuantizationSource::Tensors);
    }
    Ok(facts.finish())
}

fn count(
    all: &BTreeMap<&str, &Tensor>,
    config: Option<&Config>,
    facts: &mut ModelFacts,
) -> Result<(), Fault> {
    let packing = config.map_or(Packing::None, Config::packing);
    let mut bytes = 0_u64;
    let mut parameters = Some(0_u64);
    let mut by_type: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, tensor) in all {
        let sum = bytes.checked_add(tensor.bytes);
        bytes = sum.ok_or_else(|| Fault::Malformed("the tensors have no size".to_owned()))?;
        let weights = packed::weights(name, tensor, all, &packing, config);
        parameters = parameters.and_then(|sum| sum.checked_add(weights?));
        let held = by_type.entry(&tensor.kind).or_default();
        *held = held.saturating_add(weights.unwrap_or(tensor.elements));
    }
    facts.weight_bytes = Some(bytes);
    facts.parameters = parameters;
    if let Packing::Unknown(method) = &packing {
        facts.note("parameters", &format!("the packing is not known here: {method}"));
    }
    facts.note("parameters", "a packed tensor has no scales");
    let most = by_type.iter().max_by_key(|(_, count)| **count);
    facts.dominant_type = most.map(|(kind, _)| (*kind).to_owned());
    Ok(())
}
