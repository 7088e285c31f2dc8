//! How many weights the tensors of a quantized model stand for.

use std::collections::BTreeMap;

use super::{
    config::{Config, Packing},
    header::Tensor,
};

/// The weights that a tensor stands for: none for scales and zero points.
/// `None` where that cannot be told, or on overflow.
pub(crate) fn weights(
    name: &str,
    tensor: &Tensor,
    all: &BTreeMap<&str, &Tensor>,
    packing: &Packing,
    config: Option<&Config>,
) -> Option<u64> {
    let (layer, part) = name.rsplit_once('.').unwrap_or(("", name));
    let beside = |part: &str| all.get(format!("{layer}.{part}").as_str()).copied();
    match packing {
        // Scales of FP8 weights lie beside them.
        Packing::None if part.contains("scale") && beside("weight").is_some() => Some(0),
        Packing::None => Some(tensor.elements),
        Packing::Mlx { group } => {
            let is_packed = |weight: &Tensor| weight.kind == "U32";
            if matches!(part, "scales" | "biases") && beside("weight").is_some_and(is_packed) {
                return Some(0);
            }
            if part != "weight" || !is_packed(tensor) {
                return Some(tensor.elements);
            }
            // The bits may differ from layer to layer; groups tell the width.
            let group = config.and_then(|config| config.group_of(layer)).unwrap_or(*group);
            beside("scales")?.elements.checked_mul(group)
        }
        Packing::Qweight { bits } => match part {
            "qweight" => tensor.elements.checked_mul(32 / bits),
            "scales" | "qzeros" | "g_idx" if beside("qweight").is_some() => Some(0),
            _ => Some(tensor.elements),
        },
        Packing::Unknown(_) => None,
    }
}
