//! A record: a kind, a JSON document and byte strings.

use serde_json::Value;

use crate::{
    budget::{Budget, OverBudget},
    document,
    format::MAX_PAYLOAD,
};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something the host observed: a probe, a decision, a time.
    Fact,
    /// One HTTP request with everything that came back.
    Exchange,
    /// The last record of a tape that was closed in order.
    End,
}

impl Kind {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Fact => 1,
            Self::Exchange => 2,
            Self::End => 3,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Fact),
            2 => Some(Self::Exchange),
            3 => Some(Self::End),
            _ => None,
        }
    }
}

/// One entry of a tape.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What it is.
    pub kind: Kind,
    /// Its description.
    pub json: Value,
    /// Bytes that JSON should not carry, for example bodies.
    pub blobs: Vec<Vec<u8>>,
}

impl Record {
    /// A record without byte strings.
    pub fn new(kind: Kind, json: Value) -> Self {
        Self { kind, json, blobs: Vec::new() }
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        let json = self.json.to_string();
        let size = 4 + json.len() + self.blobs.iter().map(|blob| 4 + blob.len()).sum::<usize>();
        let mut payload = Vec::with_capacity(size);
        for part in std::iter::once(json.as_bytes()).chain(self.blobs.iter().map(Vec::as_slice)) {
            // Lengths above the cap are refused by the writer before they are read back.
            let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
            payload.extend_from_slice(&len.to_le_bytes());
            payload.extend_from_slice(part);
        }
        payload
    }

    /// Pays for what the record takes in memory.
    pub(crate) fn pay(&self, budget: &mut Budget) -> Result<(), OverBudget> {
        budget.part(0)?;
        self.blobs.iter().try_for_each(|blob| budget.part(blob.len()))?;
        budget.document(&self.json)
    }

    pub(crate) fn from_payload(
        kind: Kind,
        payload: &[u8],
        budget: &mut Budget,
    ) -> Result<Self, String> {
        if payload.len() > MAX_PAYLOAD {
            return Err("the payload is larger than the format allows".to_owned());
        }
        let mut json = None;
        let mut blobs = Vec::new();
        let mut rest = payload;
        while !rest.is_empty() {
            let (len, after) =
                rest.split_first_chunk::<4>().ok_or("a part has no whole length".to_owned())?;
            let len = u32::from_le_bytes(*len) as usize;
            let part = after.get(..len).ok_or("a part is shorter than its length".to_owned())?;
            if json.is_none() {
                budget.part(0).map_err(|e| e.to_string())?;
                json = Some(part);
            } else {
                budget.part(part.len()).map_err(|e| e.to_string())?;
                blobs.push(part.to_vec());
            }
            rest = &after[len..];
        }
        let json = json.ok_or("the payload is empty".to_owned())?;
        let json =
            document::parse(json, budget).map_err(|e| format!("its JSON is not valid: {e}"))?;
        Ok(Self { kind, json, blobs })
    }
}
