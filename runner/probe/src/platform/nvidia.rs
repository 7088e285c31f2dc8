//! NVIDIA GPUs: through the driver's library, or else its tool.

use std::{thread, time::Duration};

use tachograph_model::Accelerator;

use super::nvml::Library;
use crate::{
    command::{self, ToolError},
    gaps::Gaps,
    parse,
};

/// How long `nvidia-smi` may take; it is slow when the driver is not loaded yet.
const LIMIT: Duration = Duration::from_secs(2);

/// NVIDIA GPUs as NVML lists them, or else `nvidia-smi`; `None` where neither is
/// there or answers, the latter with a note.
pub(crate) fn accelerators(gaps: &mut Gaps) -> Option<Vec<Accelerator>> {
    let library = Library::open().map(|library| library.accelerators());
    let mut gpus = match library.filter(|gpus| !gpus.is_empty()) {
        Some(gpus) => gpus,
        None => from_tool(gaps)?,
    };
    for (index, gpu) in gpus.iter_mut().enumerate() {
        let absent = [
            ("runtime", gpu.runtime.is_none()),
            ("vbios", gpu.vbios.is_none()),
            ("power_limit_mw", gpu.power_limit_mw.is_none()),
            ("architecture", gpu.architecture.is_none()),
            ("memory_bytes", gpu.memory_bytes.is_none()),
            ("driver", gpu.driver.is_none()),
        ];
        for (field, _) in absent.iter().filter(|(_, absent)| *absent) {
            let reason = format!("{} does not tell", gpu.source);
            gaps.note(&format!("accelerators[{index}].{field}"), reason);
        }
    }
    Some(gpus)
}

fn from_tool(gaps: &mut Gaps) -> Option<Vec<Accelerator>> {
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
    for gpu in &mut gpus {
        gpu.runtime.clone_from(&cuda);
    }
    Some(gpus)
}
