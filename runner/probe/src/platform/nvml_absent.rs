//! NVML where NVIDIA has no driver: there is none to open.

use tachograph_model::Accelerator;

use crate::parse::smi_loop::GpuLine;

/// The library, which cannot exist here.
#[derive(Debug)]
pub(crate) enum Library {}

impl Library {
    /// Nothing to open.
    pub(crate) fn open() -> Option<Self> {
        None
    }

    /// What each GPU is.
    pub(crate) fn accelerators(&self) -> Vec<Accelerator> {
        match *self {}
    }

    /// Name and place on the bus of each GPU.
    pub(crate) fn places(&self) -> Vec<(String, String)> {
        match *self {}
    }

    /// What each GPU does now.
    pub(crate) fn readings(&self) -> Vec<GpuLine> {
        match *self {}
    }
}
