//! What may be shown on this machine and must not leave it.

use std::time::Duration;

use tachograph_model::Temperature;

use crate::{
    command,
    gaps::Gaps,
    parse,
    platform::{self, Platform},
};

/// How long `nvidia-smi` may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Where a GPU sits. For the eyes of the machine's user: no part of any result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalGpu {
    /// The product, for example `NVIDIA H200`.
    pub name: String,
    /// The place on the PCI bus, for example `00000000:5E:00.0`.
    pub bus_id: String,
}

/// The places of NVIDIA's GPUs, in the order of `nvidia-smi`; empty where
/// there is no such tool or it does not answer.
pub fn local_gpus() -> Vec<LocalGpu> {
    command::find_in_path("nvidia-smi")
        .and_then(|tool| command::output(&tool, parse::nvidia::PLACE_ARGS, LIMIT).ok())
        .map(|text| parse::nvidia::places(&text))
        .unwrap_or_default()
        .into_iter()
        .map(|(name, bus_id)| LocalGpu { name, bus_id })
        .collect()
}

/// What the thermal sensors of the processor say now.
///
/// # Errors
/// The reason why there is nothing to read, as a clause.
pub fn temperatures() -> Result<Vec<Temperature>, String> {
    let mut gaps = Gaps::default();
    let found = platform::current().thermal(&mut gaps);
    match gaps.into_sorted().pop() {
        Some(gap) if found.is_empty() => Err(gap.reason),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures_are_told_or_the_reason_is() {
        match temperatures() {
            Ok(found) => assert!(found.iter().all(|one| !one.zone.is_empty())),
            Err(reason) => assert!(!reason.is_empty()),
        }
    }
}
