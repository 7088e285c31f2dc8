//! The header of a GGUF file.

use std::io::{Read, Seek};

use super::{
    metadata::{self, Metadata},
    reader::Reader,
    tensor::{self, Tensors},
};
use crate::{ModelFacts, WeightsError, error::Fault};

/// Where tensors begin unless the file says otherwise.
const ALIGNMENT: u64 = 32;

/// What the header of one file says.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) metadata: Metadata,
    pub(crate) tensors: Tensors,
    /// Bytes in the file.
    pub(crate) size: u64,
}

/// Reads the header of one GGUF file, version 2 or 3.
///
/// `file` is its name in messages. Nothing but the header is read, which ends
/// at 256 MiB at the latest; the size of the file is asked for to find
/// downloads that were cut off.
///
/// # Errors
/// Every [`WeightsError`] that a single file can have.
pub fn read_gguf_header(reader: impl Read + Seek, file: &str) -> Result<ModelFacts, WeightsError> {
    let header = read_header(reader).map_err(|fault| fault.of(file))?;
    super::facts(&[header]).map_err(|fault| fault.of(file))
}

pub(crate) fn read_header(reader: impl Read + Seek) -> Result<Header, Fault> {
    let mut reader = Reader::new(reader)?;
    let begin: Result<[u8; 4], Fault> = reader.array();
    match begin {
        Ok(magic) if &magic == b"GGUF" => {}
        Ok(_) | Err(Fault::Truncated { .. }) => return Err(Fault::WrongFormat("GGUF")),
        Err(fault) => return Err(fault),
    }
    match reader.u32()? {
        2 | 3 => {}
        // As llama.cpp tells it: a small number whose bytes are in the other order.
        version if version != 0 && version & 0xffff == 0 => return Err(Fault::BigEndian),
        version => return Err(Fault::Version(version)),
    }
    let tensor_count = reader.u64()?;
    let key_count = reader.u64()?;
    let metadata = metadata::read(&mut reader, key_count)?;
    let alignment = metadata.number("general.alignment").unwrap_or(ALIGNMENT);
    if !alignment.is_power_of_two() || alignment > 1 << 20 {
        return Fault::malformed("general.alignment is no small power of two");
    }
    let tensors = tensor::read(&mut reader, tensor_count, alignment)?;
    let (at, size) = (reader.at(), reader.size());
    if let Some(end) = tensors.end.filter(|end| *end > 0) {
        let needed = at.next_multiple_of(alignment).saturating_add(end);
        if needed > size {
            return Err(Fault::Truncated { needed, size });
        }
    }
    Ok(Header { metadata, tensors, size })
}
