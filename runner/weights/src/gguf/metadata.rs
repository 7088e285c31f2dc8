//! The metadata of a GGUF file: the few values that matter, and no others.

use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

use super::reader::Reader;
use crate::error::Fault;

/// Real files have some 30 to 60 keys.
const KEYS: u64 = 65_536;
/// The bound of the format.
const KEY_BYTES: u64 = 65_535;
/// Elements of an array. The largest vocabularies have some 300,000.
const ELEMENTS: u64 = 1 << 26;
/// Numbers of an array that is kept: one for each layer.
const KEPT_NUMBERS: u64 = 4096;

/// A value that is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A whole number that is not negative.
    Number(u64),
    /// A text, cut at 64 KiB.
    Text(String),
    /// Whole numbers that are not negative, one for each layer.
    Numbers(Vec<u64>),
    /// The length of any other array.
    Length(u64),
}

/// The values under their keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metadata(BTreeMap<String, Value>);

impl Metadata {
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        match self.0.get(key)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array, whatever they are.
    pub(crate) fn length(&self, key: &str) -> Option<u64> {
        match self.0.get(key)? {
            Value::Length(length) => Some(*length),
            Value::Numbers(numbers) => Some(numbers.len() as u64),
            _ => None,
        }
    }

    /// A number for each of the layers, from one number or an array of them.
    pub(crate) fn per_layer(&self, key: &str, layers: u64) -> Option<Vec<u64>> {
        if layers > KEPT_NUMBERS {
            return None;
        }
        match self.0.get(key)? {
            Value::Number(number) => Some(vec![*number; layers as usize]),
            Value::Numbers(numbers) if numbers.len() as u64 == layers => Some(numbers.clone()),
            _ => None,
        }
    }

    /// Whether any key begins so.
    pub(crate) fn any(&self, prefix: &str) -> bool {
        self.0.keys().any(|key| key.starts_with(prefix))
    }
}

/// The types of GGUF values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unsigned(u64),
    Signed(u64),
    /// Floats and booleans: no fact needs one.
    Other(u64),
    Text,
    Array,
}

fn kind(id: u32) -> Result<Kind, Fault> {
    Ok(match id {
        0 => Kind::Unsigned(1),
        1 => Kind::Signed(1),
        2 => Kind::Unsigned(2),
        3 => Kind::Signed(2),
        4 => Kind::Unsigned(4),
        5 => Kind::Signed(4),
        6 => Kind::Other(4),
        7 => Kind::Other(1),
        8 => Kind::Text,
        9 => Kind::Array,
        10 => Kind::Unsigned(8),
        11 => Kind::Signed(8),
        12 => Kind::Other(8),
        _ => return Fault::malformed(format!("there is no metadata type {id}")),
    })
}

/// Reads `count` keys with their values.
pub(crate) fn read<R: Read + Seek>(reader: &mut Reader<R>, count: u64) -> Result<Metadata, Fault> {
    Fault::bound("metadata keys", count, KEYS)?;
    let mut kept = BTreeMap::new();
    for _ in 0..count {
        let key = reader.text("a metadata key in bytes", KEY_BYTES)?;
        let value = value(reader, &key)?;
        // Keys that no fact needs are dropped, so they cost no memory.
        let Some(value) = value else { continue };
        if kept.contains_key(&key) {
            let shown = crate::clean::text(&key).unwrap_or_default();
            return Fault::malformed(format!("the key {shown} is there twice"));
        }
        kept.insert(key, value);
    }
    Ok(Metadata(kept))
}

/// Whether a fact may come from the key. Templates, merges and the like may not.
fn wanted(key: &str) -> bool {
    if let Some(rest) = key.strip_prefix("general.") {
        return matches!(rest, "architecture" | "name" | "basename" | "file_type" | "alignment");
    }
    if let Some(rest) = key.strip_prefix("tokenizer.") {
        return rest == "ggml.tokens";
    }
    // The rest belongs to the architecture or tells of a split.
    key.len() <= 128
}

fn value<R: Read + Seek>(reader: &mut Reader<R>, key: &str) -> Result<Option<Value>, Fault> {
    let kind = kind(reader.u32()?)?;
    Ok(match kind {
        Kind::Unsigned(width) | Kind::Signed(width) => {
            let number = number(reader, width, matches!(kind, Kind::Signed(_)))?;
            number.filter(|_| wanted(key)).map(Value::Number)
        }
        Kind::Other(width) => {
            reader.skip(width)?;
            None
        }
        // Texts are long: the few that are shown, and no others.
        Kind::Text if wanted(key) && key.starts_with("general.") => {
            Some(Value::Text(reader.long_text()?))
        }
        Kind::Text => {
            reader.skip_text()?;
            None
        }
        Kind::Array => array(reader, key)?,
    })
}

/// `None` for a negative number.
fn number<R: Read + Seek>(
    reader: &mut Reader<R>,
    width: u64,
    signed: bool,
) -> Result<Option<u64>, Fault> {
    let raw = match width {
        1 => u64::from(reader.array::<1>()?[0]),
        2 => u64::from(u16::from_le_bytes(reader.array()?)),
        4 => u64::from(reader.u32()?),
        _ => reader.u64()?,
    };
    let negative = signed && raw >> (8 * width - 1) == 1;
    Ok((!negative).then_some(raw))
}

fn array<R: Read + Seek>(reader: &mut Reader<R>, key: &str) -> Result<Option<Value>, Fault> {
    let kind = kind(reader.u32()?)?;
    let len = Fault::bound("array elements", reader.u64()?, ELEMENTS)?;
    let keep = wanted(key);
    let per_layer = keep && len <= KEPT_NUMBERS && key.contains(".attention.head_count");
    match kind {
        Kind::Array => return Fault::malformed("an array of arrays"),
        Kind::Text => {
            for _ in 0..len {
                reader.skip_text()?;
            }
        }
        Kind::Unsigned(width) | Kind::Signed(width) if per_layer => {
            let signed = matches!(kind, Kind::Signed(_));
            // Bounded by the check above: some ten thousand bytes.
            let mut numbers = Vec::with_capacity(len as usize);
            for _ in 0..len {
                numbers.push(number(reader, width, signed)?);
            }
            let numbers: Option<Vec<u64>> = numbers.into_iter().collect();
            return Ok(Some(numbers.map_or(Value::Length(len), Value::Numbers)));
        }
        Kind::Unsigned(width) | Kind::Signed(width) | Kind::Other(width) => {
            reader.skip(len * width)?;
        }
    }
    Ok(keep.then_some(Value::Length(len)))
}
