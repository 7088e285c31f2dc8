//! From the headers of a GGUF model to facts.

use std::collections::BTreeMap;

use super::{Header, file_type, metadata::Metadata, tensor_type};
use crate::{
    ModelFacts, QuantizationSource, WeightsFormat, clean, error::Fault, kv_bytes_per_token,
};

/// The facts of a model whose files have these headers, in their order.
pub(crate) fn facts(headers: &[Header]) -> Result<ModelFacts, Fault> {
    let mut facts = ModelFacts::empty(WeightsFormat::Gguf);
    let Some(first) = headers.first() else { return Ok(facts.finish()) };
    facts.files = headers.len() as u64;
    facts.file_bytes = headers.iter().map(|header| header.size).fold(0, u64::saturating_add);
    splits(headers, &mut facts)?;
    weights(headers, &mut facts)?;
    shape(&first.metadata, &mut facts);
    // An empty list of tokens is a gap, no vocabulary.
    let listed = || first.metadata.length("tokenizer.ggml.tokens").filter(|count| *count > 0);
    let embedded = || headers.iter().find_map(|header| header.tensors.embeddings);
    facts.vocabulary =
        facts.vocabulary.or_else(listed).or_else(embedded).filter(|count| *count > 0);
    quantization(&first.metadata, &mut facts);
    Ok(facts.finish())
}

/// A part of a split model states how many there are.
fn splits(headers: &[Header], facts: &mut ModelFacts) -> Result<(), Fault> {
    for (place, header) in headers.iter().enumerate() {
        let count = header.metadata.number("split.count").unwrap_or(1).max(1);
        let here = headers.len() as u64;
        if count != here {
            if here > 1 {
                return Fault::malformed(format!("it is one of {count} parts, not of {here}"));
            }
            let reason = format!("this is one of {count} files of the model");
            for field in ["parameters", "weight_bytes", "dominant_type"] {
                facts.note(field, &reason);
            }
        } else if count > 1 && header.metadata.number("split.no") != Some(place as u64) {
            return Fault::malformed(format!("it is not part {} of {count}", place + 1));
        }
    }
    Ok(())
}

fn weights(headers: &[Header], facts: &mut ModelFacts) -> Result<(), Fault> {
    if facts.unread.iter().any(|unread| unread.field == "parameters") {
        return Ok(());
    }
    let too_many = || Fault::Malformed("the tensors have more weights than can be counted".into());
    let mut by_type: BTreeMap<u32, u64> = BTreeMap::new();
    let mut parameters = 0_u64;
    let mut bytes = Some(0_u64);
    for tensors in headers.iter().map(|header| &header.tensors) {
        parameters = parameters.checked_add(tensors.parameters).ok_or_else(too_many)?;
        for (number, count) in &tensors.by_type {
            *by_type.entry(*number).or_default() += count;
        }
        bytes = match (bytes, tensors.bytes) {
            (Some(sum), Some(more)) => Some(sum.checked_add(more).ok_or_else(too_many)?),
            _ => None,
        };
    }
    if parameters == 0 {
        for field in ["parameters", "weight_bytes", "dominant_type"] {
            facts.note(field, "the file holds no weights");
        }
        return Ok(());
    }
    facts.parameters = Some(parameters);
    facts.weight_bytes = bytes;
    facts.note("weight_bytes", "a tensor is of a type that is not known here");
    let most = by_type.iter().max_by_key(|(_, count)| **count).map(|(number, _)| *number);
    facts.dominant_type = most.and_then(tensor_type::by_number).map(|known| known.name.to_owned());
    facts.note("dominant_type", "most weights are of a type that is not known here");
    Ok(())
}

fn shape(metadata: &Metadata, facts: &mut ModelFacts) {
    facts.name = metadata
        .text("general.name")
        .and_then(clean::text)
        .or_else(|| metadata.text("general.basename").and_then(clean::text));
    let Some(architecture) = metadata.text("general.architecture") else { return };
    facts.architecture = clean::text(architecture);
    let key = |rest: &str| format!("{architecture}.{rest}");
    // No model has zero of these: a zero is a gap in the file.
    let number = |rest: &str| metadata.number(&key(rest)).filter(|number| *number > 0);
    facts.layers = number("block_count");
    facts.embedding_length = number("embedding_length");
    facts.context_length = number("context_length");
    facts.vocabulary = number("vocab_size");
    facts.experts = number("expert_count");
    facts.experts_used = number("expert_used_count");

    let layers = facts.layers.unwrap_or(0);
    let heads = metadata.per_layer(&key("attention.head_count"), layers);
    let kv_heads = metadata.per_layer(&key("attention.head_count_kv"), layers);
    facts.heads = heads.as_deref().and_then(same);
    facts.kv_heads = match &kv_heads {
        Some(counts) => same(counts),
        // Without the key there is a pair of key and value heads for each query head.
        None if metadata.number(&key("attention.head_count_kv")).is_none() => facts.heads,
        None => None,
    };
    for (field, counts) in [("heads", &heads), ("kv_heads", &kv_heads)] {
        if counts.as_deref().is_some_and(|counts| same(counts).is_none()) {
            facts.note(field, "the layers differ");
        }
    }
    let width = || {
        let (embedding, heads) = (facts.embedding_length?, facts.heads?);
        (embedding % heads == 0).then_some(embedding / heads)
    };
    facts.head_dim = number("attention.key_length").or_else(width);
    facts.value_head_dim = number("attention.value_length").or_else(width);

    let every = || facts.kv_heads.filter(|_| layers <= 4096).map(|n| vec![n; layers as usize]);
    let counts = kv_heads.or_else(every);
    if let (Some(counts), Some(keys), Some(values)) = (counts, facts.head_dim, facts.value_head_dim)
    {
        // A state-space model keeps a state instead of keys and values, and only
        // per-layer head counts tell which layers do.
        if metadata.any(&key("ssm.")) && same(&counts).is_some() {
            facts.note("kv_bytes_per_token", "the file does not say which layers have attention");
        } else if number("attention.kv_lora_rank").is_some() {
            facts.note("kv_bytes_per_token", "keys and values are kept compressed");
        } else if layers > 0 {
            facts.kv_bytes_per_token = kv_bytes_per_token(&counts, keys, values);
        }
    }
}

/// The number, if it is the same and not zero in all layers.
fn same(counts: &[u64]) -> Option<u64> {
    let first = counts.first().copied().filter(|first| *first > 0)?;
    counts.iter().all(|count| *count == first).then_some(first)
}

fn quantization(metadata: &Metadata, facts: &mut ModelFacts) {
    if let Some(number) = metadata.number("general.file_type") {
        facts.quantization = file_type::name_of(number).map(str::to_owned);
        facts.quantization_source =
            facts.quantization.as_ref().map(|_| QuantizationSource::FileType);
        let reason = format!("general.file_type is {number}, which is not known here");
        facts.note("quantization", &reason);
    } else if let Some(most) = &facts.dominant_type {
        facts.quantization = Some(most.clone());
        facts.quantization_source = Some(QuantizationSource::Tensors);
    }
}
