//! Pure parsers of what systems and tools print.

#[cfg(any(target_os = "linux", test))]
pub(crate) mod cpuinfo;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod meminfo;
pub(crate) mod nvidia;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod os_release;
pub(crate) mod stat;
#[cfg(any(target_os = "linux", test))]
pub(crate) mod virtualization;
