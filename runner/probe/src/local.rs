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

/// The places of NVIDIA's GPUs, in the driver's order; empty where neither NVML
/// nor `nvidia-smi` is there or answers.
pub fn local_gpus() -> Vec<LocalGpu> {
    let library = platform::nvml::Library::open().map(|library| library.places());
    let places = library.filter(|places| !places.is_empty()).or_else(|| {
        let tool = command::find_in_path("nvidia-smi")?;
        let text = command::output(&tool, parse::nvidia::PLACE_ARGS, LIMIT).ok()?;
        Some(parse::nvidia::places(&text))
    });
    let local = |(name, bus_id)| LocalGpu { name, bus_id };
    places.unwrap_or_default().into_iter().map(local).collect()
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

/// The process of this machine that listens on a port, for its memory to be
/// followed. `None` where the system does not tell, the process is another
/// user's, or it is a known forwarder such as `ssh`, whose memory says nothing
/// of the server behind it.
pub fn listener(port: u16) -> Option<u32> {
    platform::current().listener(port)
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
