//! How much memory a tape may take, so that a small file cannot ask for a large
//! amount: zstd packs 96 MiB of one byte into a few kilobytes, and a JSON
//! document takes up to a hundred times its length once it is parsed.
//!
//! The budget is a base and a multiple of the packed bytes. Each record spends
//! an upper estimate of what it keeps. Writer and reader count alike, so that
//! what one writes the other reads.

use serde_json::Value;

/// What every tape may take, in bytes.
pub const MEMORY_BASE: u64 = 256 << 20;
/// Bytes that a tape may take besides, for each byte of packed payload. Lists of
/// reads need the most: in recorded runs up to 104 for a record, 66 for a tape.
pub const MEMORY_RATIO: u64 = 512;

/// A part of a payload. A list that grows by doubling takes three times its elements for the
/// moment in which they move, here vectors of 24 bytes.
const PART: u64 = 72;
/// An element of an array: three times the 32 bytes of a value.
const ELEMENT: u64 = 96;
/// An array that is not empty, whose first allocation is for four elements.
const ARRAY: u64 = 128;
/// An entry of an object, less its key's bytes.
const ENTRY: u64 = 192;
/// An object that is not empty, whose first node has room for eleven entries.
const OBJECT: u64 = 640;

/// What is left for the records to come.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: u64,
}

/// The budget does not allow for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it takes more memory than a tape of this size may")]
pub(crate) struct OverBudget;

impl Budget {
    pub(crate) fn new() -> Self {
        Self { left: MEMORY_BASE }
    }

    /// Adds what a record of `packed` bytes brings.
    pub(crate) fn earn(&mut self, packed: usize) {
        self.left = self.left.saturating_add((packed as u64).saturating_mul(MEMORY_RATIO));
    }

    fn spend(&mut self, bytes: u64) -> Result<(), OverBudget> {
        self.left = self.left.checked_sub(bytes).ok_or(OverBudget)?;
        Ok(())
    }

    /// Pays for a part of a payload, and for its bytes if they are kept as they are.
    pub(crate) fn part(&mut self, kept: usize) -> Result<(), OverBudget> {
        self.spend(PART + kept as u64)
    }

    /// Pays for the bytes of a string.
    pub(crate) fn string(&mut self, len: usize) -> Result<(), OverBudget> {
        self.spend(len as u64)
    }

    /// Pays for an element of an array.
    pub(crate) fn element(&mut self, first: bool) -> Result<(), OverBudget> {
        self.spend(if first { ARRAY + ELEMENT } else { ELEMENT })
    }

    /// Pays for an entry of an object.
    pub(crate) fn entry(&mut self, first: bool, key: usize) -> Result<(), OverBudget> {
        self.spend(if first { OBJECT + ENTRY } else { ENTRY } + key as u64)
    }

    /// Pays for a whole document.
    pub(crate) fn document(&mut self, value: &Value) -> Result<(), OverBudget> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
            Value::String(text) => self.string(text.len()),
            Value::Array(values) => values.iter().enumerate().try_for_each(|(index, value)| {
                self.element(index == 0)?;
                self.document(value)
            }),
            Value::Object(entries) => {
                entries.iter().enumerate().try_for_each(|(index, (key, value))| {
                    self.entry(index == 0, key.len())?;
                    self.document(value)
                })
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}
