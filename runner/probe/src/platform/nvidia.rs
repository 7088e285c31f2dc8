//! NVIDIA GPUs through the tool of their driver.

use std::time::Duration;

use tachograph_model::Accelerator;

use crate::{command, gaps::Gaps, parse};

/// How long `nvidia-smi` may take; it is slow when the driver is not loaded yet.
const LIMIT: Duration = Duration::from_secs(2);

/// NVIDIA GPUs as `nvidia-smi` lists them; `None` where there is no such tool
/// or it does not answer, the latter with a note.
pub(crate) fn from_tool(gaps: &mut Gaps) -> Option<Vec<Accelerator>> {
    let tool = command::find_in_path("nvidia-smi")?;
    let gpus = match command::output(&tool, parse::nvidia::SMI_ARGS, LIMIT) {
        Ok(text) => match parse::nvidia::smi(&text) {
            Some(gpus) => gpus,
            None => {
                gaps.note("accelerators", "nvidia-smi lists no GPU");
                return None;
            }
        },
        Err(error) => {
            gaps.note("accelerators", format!("nvidia-smi {}", error.reason()));
            return None;
        }
    };
    for (index, gpu) in gpus.iter().enumerate() {
        if gpu.memory_bytes.is_none() {
            gaps.note(&format!("accelerators[{index}].memory_bytes"), "nvidia-smi does not tell");
        }
        if gpu.driver.is_none() {
            gaps.note(&format!("accelerators[{index}].driver"), "nvidia-smi does not tell");
        }
    }
    Some(gpus)
}
