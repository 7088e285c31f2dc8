//! A plugin that passed the preflight and is compiled.

use std::sync::Arc;

use tachograph_model::PluginRole;
use wasmtime::component::InstancePre;

use crate::bindings::workload::WorkloadPre;
use crate::limits::Limits;
use crate::state::{DriverState, WorkloadState};
use crate::{Preflight, SandboxError};

/// A compiled plugin. Cheap to clone.
#[derive(Clone)]
pub struct Plugin(Arc<Inner>);

struct Inner {
    preflight: Preflight,
    code: Code,
}

/// The compiled code, linked for its world.
pub(crate) enum Code {
    Driver(InstancePre<DriverState>),
    Workload(WorkloadPre<WorkloadState>),
}

impl Plugin {
    pub(crate) fn new(preflight: Preflight, code: Code) -> Plugin {
        Plugin(Arc::new(Inner { preflight, code }))
    }

    /// What was known of it before it was compiled.
    #[must_use]
    pub fn preflight(&self) -> &Preflight {
        &self.0.preflight
    }

    /// The id in its manifest.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.preflight.manifest.id.as_str()
    }

    /// The bounds it runs under, after what its manifest asks for.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let manifest = &self.0.preflight.manifest;
        Limits::of(manifest.role, &manifest.limits)
    }

    pub(crate) fn driver(&self) -> Result<&InstancePre<DriverState>, SandboxError> {
        match &self.0.code {
            Code::Driver(code) => Ok(code),
            Code::Workload(_) => Err(self.wrong(PluginRole::Driver)),
        }
    }

    pub(crate) fn workload(&self) -> Result<&WorkloadPre<WorkloadState>, SandboxError> {
        match &self.0.code {
            Code::Workload(code) => Ok(code),
            Code::Driver(_) => Err(self.wrong(PluginRole::Workload)),
        }
    }

    fn wrong(&self, wanted: PluginRole) -> SandboxError {
        let wanted = match wanted {
            PluginRole::Driver => "driver",
            PluginRole::Workload => "workload",
        };
        SandboxError::WrongRole { plugin: self.id().to_owned(), wanted }
    }
}
