//! Gives the end of a call its documented code.

use wasmtime::component::ResourceTableError;
use wasmtime::{Store, Trap};

use crate::SandboxError;
use crate::functions::{cut, printable};
use crate::limits::{FAILURE_TEXT, WORKLOAD_FUEL};
use crate::state::{Halt, HasBase};

/// Ends the guest's time and names what went wrong.
pub(crate) fn end<T: HasBase, R>(
    store: &mut Store<T>,
    call: &str,
    result: wasmtime::Result<R>,
) -> Result<R, SandboxError> {
    let base = store.data_mut().base();
    base.clock.pause();
    let words = base.words.text();
    let error = match result {
        Ok(value) => {
            if let Some(words) = words {
                tracing::info!(target: "plugin", plugin = base.plugin, "{words}");
            }
            return match base.undeclared {
                Some(part) => Err(SandboxError::Undeclared {
                    plugin: base.plugin.clone(),
                    call: call.to_owned(),
                    part,
                }),
                None => Ok(value),
            };
        }
        Err(error) => error,
    };
    let (plugin, call) = (base.plugin.clone(), call.to_owned());
    if let Some(halt) = error.downcast_ref::<Halt>() {
        return Err(match *halt {
            Halt::Timeout => {
                SandboxError::Timeout { plugin, call, seconds: base.clock.budget().as_secs() }
            }
            Halt::Flood { what, limit } => SandboxError::Flood { plugin, call, what, limit },
        });
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        let limit = base.limits.resources as u64;
        return Err(SandboxError::Flood { plugin, call, what: "resources", limit });
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            return Err(SandboxError::OutOfFuel { plugin, call, fuel: WORKLOAD_FUEL });
        }
        Some(Trap::StackOverflow) => return Err(SandboxError::StackOverflow { plugin, call }),
        _ => {}
    }
    // A guest that gets no memory aborts, so the refusal explains the trap.
    if base.limiter.refused {
        let limit = base.limiter.most as u64;
        return Err(SandboxError::OutOfMemory { plugin, call, limit });
    }
    let cause = error.root_cause().to_string();
    // The engine keeps the type of this one to itself.
    if cause.contains("fuel allocated for hostcalls") {
        let limit = base.limits.crossing as u64;
        return Err(SandboxError::ReturnTooLarge { plugin, call, limit });
    }
    let cause = match words {
        Some(words) => format!("{cause}; its last words: {words}"),
        None => cause,
    };
    Err(SandboxError::Trap { plugin, call, reason: printable(cut(&cause, FAILURE_TEXT)) })
}
