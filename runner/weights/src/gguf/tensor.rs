//! The tensor descriptions of a GGUF file, added up as they are read.

use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

use super::{reader::Reader, tensor_type};
use crate::error::Fault;

/// Tensors of a file. The largest models have some ten thousand.
const TENSORS: u64 = 1 << 20;
/// ggml takes 64 bytes; some converters wrote more.
const NAME_BYTES: u64 = 1024;
/// The bound of ggml.
const DIMENSIONS: u32 = 4;

/// All tensors of a file together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tensors {
    /// Weights.
    pub(crate) parameters: u64,
    /// Bytes; `None` where a type is not known.
    pub(crate) bytes: Option<u64>,
    /// Weights of each type.
    pub(crate) by_type: BTreeMap<u32, u64>,
    /// Rows of the token embedding.
    pub(crate) embeddings: Option<u64>,
    /// Where the last byte lies, from the beginning of the weights.
    pub(crate) end: Option<u64>,
}

/// Reads `count` descriptions.
pub(crate) fn read<R: Read + Seek>(
    reader: &mut Reader<R>,
    count: u64,
    alignment: u64,
) -> Result<Tensors, Fault> {
    Fault::bound("tensors", count, TENSORS)?;
    let mut all = Tensors { bytes: Some(0), end: Some(0), ..Tensors::default() };
    for _ in 0..count {
        tensor(reader, &mut all, alignment)?;
    }
    Ok(all)
}

fn tensor<R: Read + Seek>(
    reader: &mut Reader<R>,
    all: &mut Tensors,
    alignment: u64,
) -> Result<(), Fault> {
    let name = reader.text("a tensor's name in bytes", NAME_BYTES)?;
    let dimensions = reader.u32()?;
    Fault::bound("a tensor's dimensions", dimensions.into(), DIMENSIONS.into())?;
    let mut shape = [1_u64; DIMENSIONS as usize];
    for length in shape.iter_mut().take(dimensions as usize) {
        *length = reader.u64()?;
    }
    let number = reader.u32()?;
    let offset = reader.u64()?;
    if offset % alignment != 0 {
        return Fault::malformed("a tensor begins at an odd place");
    }
    let count = shape.iter().try_fold(1_u64, |product, length| product.checked_mul(*length));
    let add = |sum: u64, more: Option<u64>| more.and_then(|more| sum.checked_add(more));
    let too_many = || Fault::Malformed("the tensors have more weights than can be counted".into());
    all.parameters = add(all.parameters, count).ok_or_else(too_many)?;
    let count = count.ok_or_else(too_many)?;
    *all.by_type.entry(number).or_default() += count;
    if name == "token_embd.weight" && dimensions == 2 {
        all.embeddings = Some(shape[1]);
    }

    let Some(kind) = tensor_type::by_number(number) else {
        // A type of a newer ggml: the bytes are not known, and the rest is.
        (all.bytes, all.end) = (None, None);
        return Ok(());
    };
    if shape[0] % kind.weights != 0 {
        return Fault::malformed(format!("a row does not fill the blocks of {}", kind.name));
    }
    let bytes = (count / kind.weights).checked_mul(kind.bytes).ok_or_else(too_many)?;
    all.bytes = match all.bytes {
        Some(sum) => Some(sum.checked_add(bytes).ok_or_else(too_many)?),
        None => None,
    };
    let end = offset.checked_add(bytes).ok_or_else(too_many)?;
    all.end = all.end.map(|last| last.max(end));
    Ok(())
}
