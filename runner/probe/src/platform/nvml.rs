//! NVIDIA GPUs through the driver's own library, NVML, which is loaded when it
//! is asked for. A machine without it has no such GPU, or its tool is asked.

use nvml_wrapper::{
    Device, Nvml, cuda_driver_version_major, cuda_driver_version_minor,
    enum_wrappers::device::{Clock, TemperatureSensor},
};
use tachograph_model::Accelerator;

use crate::parse::smi_loop::{self, GpuLine};

/// The most GPUs that are listed.
const MAX_GPUS: u32 = 64;

/// The library, opened.
#[derive(Debug)]
pub(crate) struct Library(Nvml);

impl Library {
    /// Opens it; `None` where there is none, or no driver behind it.
    pub(crate) fn open() -> Option<Self> {
        Nvml::init().ok().map(Self)
    }

    fn devices(&self) -> impl Iterator<Item = (u32, Device<'_>)> {
        let count = self.0.device_count().unwrap_or(0).min(MAX_GPUS);
        (0..count).filter_map(|index| Some((index, self.0.device_by_index(index).ok()?)))
    }

    /// What each GPU is.
    pub(crate) fn accelerators(&self) -> Vec<Accelerator> {
        let driver = self.0.sys_driver_version().ok();
        let runtime = self.0.sys_cuda_driver_version().ok().map(|version| {
            let minor = cuda_driver_version_minor(version);
            format!("CUDA {}.{minor}", cuda_driver_version_major(version))
        });
        let accelerator = |(_, gpu): (u32, Device<'_>)| {
            let capability = gpu.cuda_compute_capability().ok();
            Some(Accelerator {
                name: gpu.name().ok()?,
                memory_bytes: gpu.memory_info().ok().map(|memory| memory.total),
                driver: driver.clone(),
                source: "NVML".to_owned(),
                runtime: runtime.clone(),
                vbios: gpu.vbios_version().ok(),
                power_limit_mw: gpu.power_management_limit().ok().map(u64::from),
                architecture: capability.map(|of| format!("{}.{}", of.major, of.minor)),
                cores: None,
            })
        };
        self.devices().filter_map(accelerator).collect()
    }

    /// Name and place on the bus of each GPU, for this machine's user only.
    pub(crate) fn places(&self) -> Vec<(String, String)> {
        self.devices()
            .filter_map(|(_, gpu)| Some((gpu.name().ok()?, gpu.pci_info().ok()?.bus_id)))
            .collect()
    }

    /// What each GPU does now.
    pub(crate) fn readings(&self) -> Vec<GpuLine> {
        let reading = |(index, gpu): (u32, Device<'_>)| GpuLine {
            index,
            busy_permille: gpu.utilization_rates().ok().map(|busy| i64::from(busy.gpu) * 10),
            memory_bytes: gpu.memory_info().ok().and_then(|of| i64::try_from(of.used).ok()),
            core_mhz: gpu.clock_info(Clock::SM).ok().map(i64::from),
            memory_mhz: gpu.clock_info(Clock::Memory).ok().map(i64::from),
            power_mw: gpu.power_usage().ok().map(i64::from),
            millicelsius: gpu
                .temperature(TemperatureSensor::Gpu)
                .ok()
                .map(|degrees| i64::from(degrees) * 1000),
            throttle: gpu
                .current_throttle_reasons()
                .ok()
                .map(|reasons| smi_loop::throttle_reasons(reasons.bits())),
        };
        self.devices().map(reading).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a machine with the driver the library answers, and elsewhere it is
    /// told apart from a machine with GPUs that say nothing.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_library_answers_where_the_driver_is() {
        let driver = std::path::Path::new("/proc/driver/nvidia/version").exists();
        match Library::open() {
            Some(library) => {
                for gpu in library.accelerators() {
                    assert!(!gpu.name.is_empty() && gpu.driver.is_some(), "{gpu:?}");
                }
                assert_eq!(library.readings().len(), library.accelerators().len());
            }
            None => assert!(!driver, "the driver is loaded, and NVML does not open"),
        }
    }
}
