//! NVIDIA GPUs through the tool of their driver.

use std::{thread, time::Duration};

use tachograph_model::Accelerator;

use crate::{
    command::{self, ToolError},
    gaps::Gaps,
    parse,
};

/// How long `nvidia-smi` may take; it is slow when the driver is not loaded yet.
const LIMIT: Duration = Duration::from_secs(2);

/// NVIDIA GPUs as `nvidia-smi` lists them; `None` where there is no such tool
/// or it does not answer, the latter with a note.
pub(crate) fn from_tool(gaps: &mut Gaps) -> Option<Vec<Accelerator>> {
    let tool = command::find_in_path("nvidia-smi")?;
    // The version comes without a look at the GPUs, so it is asked beside.
    let (answer, cuda) = thread::scope(|scope| {
        let version = scope.spawn(|| command::output(&tool, parse::nvidia::VERSION_ARGS, LIMIT));
        let full = command::output(&tool, parse::nvidia::SMI_FULL_ARGS, LIMIT);
        let answer = match full.as_deref().ok().and_then(parse::nvidia::smi_full) {
            Some(gpus) => Ok(Some(gpus)),
            None if full == Err(ToolError::TimedOut) => Err(ToolError::TimedOut),
            None => command::output(&tool, parse::nvidia::SMI_ARGS, LIMIT)
                .map(|text| parse::nvidia::smi(&text)),
        };
        let version = version.join().ok().and_then(Result::ok);
        (answer, version.and_then(|text| parse::nvidia::cuda(&text)))
    });
    let mut gpus = match answer {
        Ok(gpus) => match gpus {
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
    for (index, gpu) in gpus.iter_mut().enumerate() {
        gpu.runtime.clone_from(&cuda);
        let absent = [
            ("runtime", gpu.runtime.is_none()),
            ("vbios", gpu.vbios.is_none()),
            ("power_limit_mw", gpu.power_limit_mw.is_none()),
            ("architecture", gpu.architecture.is_none()),
        ];
        for (field, _) in absent.iter().filter(|(_, absent)| *absent) {
            gaps.note(&format!("accelerators[{index}].{field}"), "nvidia-smi does not tell");
        }
        if gpu.memory_bytes.is_none() {
            gaps.note(&format!("accelerators[{index}].memory_bytes"), "nvidia-smi does not tell");
        }
        if gpu.driver.is_none() {
            gaps.note(&format!("accelerators[{index}].driver"), "nvidia-smi does not tell");
        }
    }
    Some(gpus)
}
