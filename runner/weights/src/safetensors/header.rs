//! The header of a safetensors file: 8 bytes of length, then JSON.

use std::{
    collections::BTreeMap,
    fmt,
    io::{Read, Seek, SeekFrom},
};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use super::Config;
use crate::{ModelFacts, WeightsError, error::Fault};

/// The longest header. The format allows 100 MB; the longest real ones, of
/// models with some hundred thousand tensors, have some 15 MB.
const HEADER_BYTES: u64 = 64 << 20;
/// Tensors of one file.
const TENSORS: usize = 1 << 20;
/// Dimensions of a tensor.
const DIMENSIONS: usize = 16;

/// One tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tensor {
    /// For example `BF16`.
    pub(crate) kind: String,
    pub(crate) shape: Vec<u64>,
    /// Elements as they are stored: packed weights count once for a pack.
    pub(crate) elements: u64,
    pub(crate) bytes: u64,
}

/// The header of one file.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) tensors: BTreeMap<String, Tensor>,
    /// Bytes in the file.
    pub(crate) size: u64,
}

/// Reads the header of one safetensors file, and the `config.json` of its model.
///
/// `file` is its name in messages. Nothing but the header is read, which ends at
/// 64 MiB at the latest; the size of the file is asked for to find downloads that
/// were cut off.
///
/// # Errors
/// Every [`WeightsError`] that a single file can have.
pub fn read_safetensors_header(
    reader: impl Read + Seek,
    file: &str,
    config: Option<&[u8]>,
) -> Result<ModelFacts, WeightsError> {
    let config = config.map(Config::parse).transpose();
    let config = config.map_err(|fault| fault.of("config.json"))?;
    let header = read_header(reader).map_err(|fault| fault.of(file))?;
    super::facts(&[header], config.as_ref()).map_err(|fault| fault.of(file))
}

pub(crate) fn read_header(mut reader: impl Read + Seek) -> Result<Header, Fault> {
    let size = reader.seek(SeekFrom::End(0))?;
    reader.rewind()?;
    if size < 8 {
        return Err(Fault::WrongFormat("safetensors"));
    }
    let mut len = [0; 8];
    reader.read_exact(&mut len)?;
    let len = u64::from_le_bytes(len);
    if len > size - 8 && len > HEADER_BYTES {
        // A length that no file has: the bytes are of something else.
        return Err(Fault::WrongFormat("safetensors"));
    }
    Fault::bound("a header in bytes", len, HEADER_BYTES)?;
    let data = 8 + len;
    if data > size {
        return Err(Fault::Truncated { needed: data, size });
    }
    // Not more than the file has, see above.
    let mut json = vec![0; len as usize];
    reader.read_exact(&mut json)?;
    if !json.starts_with(b"{") {
        return Err(Fault::WrongFormat("safetensors"));
    }
    let Raw(raw) = serde_json::from_slice(&json).map_err(|error| {
        Fault::Malformed(crate::clean::text(&error.to_string()).unwrap_or_default())
    })?;
    let mut tensors = BTreeMap::new();
    let mut needed = data;
    for (name, raw) in raw {
        let (tensor, end) = raw.checked(&name)?;
        needed = needed.max(data.saturating_add(end));
        tensors.insert(name, tensor);
    }
    if needed > size {
        return Err(Fault::Truncated { needed, size });
    }
    Ok(Header { tensors, size })
}

#[derive(Deserialize)]
struct RawTensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

impl RawTensor {
    /// The tensor, and where it ends.
    fn checked(self, name: &str) -> Result<(Tensor, u64), Fault> {
        let wrong = |what: &str| {
            let shown = crate::clean::text(name).unwrap_or_default();
            Fault::malformed(format!("the tensor {shown} {what}"))
        };
        let [begin, end] = self.data_offsets;
        if self.shape.len() > DIMENSIONS {
            return wrong("has too many dimensions");
        }
        let product = self.shape.iter().try_fold(1_u64, |product, len| product.checked_mul(*len));
        let (Some(elements), Some(bytes)) = (product, end.checked_sub(begin)) else {
            return wrong("has no size");
        };
        if let Some(bits) = bits_of(&self.dtype)
            && elements.checked_mul(bits).is_none_or(|bits| bits.div_ceil(8) != bytes)
        {
            return wrong("is not as long as its shape");
        }
        let kind = crate::clean::text(&self.dtype).unwrap_or_default();
        Ok((Tensor { kind, shape: self.shape, elements, bytes }, end))
    }
}

/// Bits of an element; `None` for a type that is not known here.
fn bits_of(kind: &str) -> Option<u64> {
    Some(match kind {
        "F64" | "I64" | "U64" | "C64" => 64,
        "F32" | "I32" | "U32" => 32,
        "F16" | "BF16" | "I16" | "U16" => 16,
        "F8_E4M3" | "F8_E5M2" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" | "I8" | "U8"
        | "BOOL" => 8,
        "F6_E2M3" | "F6_E3M2" => 6,
        "F4" => 4,
        _ => return None,
    })
}

/// The tensors of a header, each once.
struct Raw(BTreeMap<String, RawTensor>);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        struct Tensors;
        impl<'de> Visitor<'de> for Tensors {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut tensors = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else if tensors.insert(name, map.next_value()?).is_some() {
                        return Err(A::Error::custom("a tensor is there twice"));
                    } else if tensors.len() > TENSORS {
                        return Err(A::Error::custom("there are too many tensors"));
                    }
                }
                Ok(Raw(tensors))
            }
        }
        deserializer.deserialize_map(Tensors)
    }
}
