//! Pure parsers of what systems and tools print.

#[cfg(any(target_os = "macos", test))]
pub(crate) mod apple;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod counters;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod cpuinfo;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod meminfo;
pub(crate) mod nvidia;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod os_release;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod rocm;
pub(crate) mod smi_loop;
pub(crate) mod stat;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod virtualization;
