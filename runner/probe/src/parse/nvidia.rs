//! What NVIDIA's tool and kernel module say.

use tachograph_model::Accelerator;

/// The arguments of `nvidia-smi` that [`smi_full`] understands. Older drivers
/// refuse the whole question for the sake of one field, `compute_cap`.
pub(crate) const SMI_FULL_ARGS: &[&str] = &[
    "--query-gpu=name,memory.total,driver_version,vbios_version,power.limit,compute_cap",
    "--format=csv,noheader,nounits",
];

/// The arguments that [`places`] understands: for this machine's user only.
pub(crate) const PLACE_ARGS: &[&str] =
    &["--query-gpu=name,pci.bus_id", "--format=csv,noheader,nounits"];

/// The arguments with which it tells its versions, CUDA's among them.
pub(crate) const VERSION_ARGS: &[&str] = &["--version"];

/// The arguments of `nvidia-smi` that [`smi`] understands.
pub(crate) const SMI_ARGS: &[&str] =
    &["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"];

/// The most GPUs that are listed.
const MAX_GPUS: usize = 64;

/// Reads the answer of `nvidia-smi`: one line a GPU, memory in MiB.
///
/// `None` when no line has the three fields that were asked for, for example
/// when the tool prints an error to its standard output.
pub(crate) fn smi(text: &str) -> Option<Vec<Accelerator>> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut fields = line.rsplitn(3, ',').map(str::trim);
        let (driver, memory, name) = (fields.next()?, fields.next()?, fields.next()?);
        if name.is_empty() || !known(driver).is_none_or(is_version) {
            return None;
        }
        let mib = known(memory).map(str::parse::<u64>).transpose().ok()?;
        found.push(Accelerator {
            name: name.to_owned(),
            memory_bytes: mib.and_then(|mib| mib.checked_mul(1 << 20)),
            driver: known(driver).map(str::to_owned),
            source: "nvidia-smi".to_owned(),
            ..Accelerator::default()
        });
    }
    found.truncate(MAX_GPUS);
    (!found.is_empty()).then_some(found)
}

/// Reads the answer to [`SMI_FULL_ARGS`]: [`smi`] with the version of the
/// firmware, the power limit in watts and the compute capability behind.
pub(crate) fn smi_full(text: &str) -> Option<Vec<Accelerator>> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut fields = line.rsplitn(4, ',').map(str::trim);
        let (architecture, limit, vbios) = (fields.next()?, fields.next()?, fields.next()?);
        let mut gpus = smi(fields.next()?)?;
        let gpu = gpus.pop()?;
        let watts = known(limit).and_then(|watts| watts.parse::<f64>().ok());
        found.push(Accelerator {
            vbios: known(vbios).map(str::to_owned),
            power_limit_mw: watts
                .filter(|watts| (0.0..1e6).contains(watts))
                .map(|watts| (watts * 1_000.0).round() as u64),
            architecture: known(architecture).filter(|cap| is_version(cap)).map(str::to_owned),
            ..gpu
        });
    }
    found.truncate(MAX_GPUS);
    (!found.is_empty()).then_some(found)
}

/// Reads the answer to [`PLACE_ARGS`]: name and place of each GPU.
pub(crate) fn places(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| {
            let (name, bus_id) = line.trim().rsplit_once(',')?;
            let bus_id = known(bus_id.trim()).filter(|id| id.contains(':') && !id.contains(' '))?;
            Some((name.trim().to_owned(), bus_id.to_owned()))
        })
        .take(MAX_GPUS)
        .collect()
}

/// CUDA's version in the answer to [`VERSION_ARGS`], as the highest that the
/// driver offers.
pub(crate) fn cuda(text: &str) -> Option<String> {
    // Later tools call it `CUDA UMD Version`.
    let line = text.lines().find(|line| line.starts_with("CUDA") && line.contains("ersion"))?;
    let version = line.split_once(':')?.1.trim();
    is_version(version).then(|| format!("CUDA {version}"))
}

/// The `Model:` line of `/proc/driver/nvidia/gpus/*/information`, which also
/// holds identifiers that are left where they are.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn proc_model(text: &str) -> Option<String> {
    let model = text.lines().find_map(|line| line.strip_prefix("Model:"))?.trim();
    (!model.is_empty()).then(|| model.to_owned())
}

/// The version in `/proc/driver/nvidia/version`.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn proc_driver(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("NVRM version:"))?;
    line.split_whitespace().find(|word| is_version(word)).map(str::to_owned)
}

/// The tool writes `[N/A]` and `[Not Supported]` for what it does not know.
fn known(field: &str) -> Option<&str> {
    (!field.starts_with('[') && !field.is_empty() && field != "N/A").then_some(field)
}

/// Dotted numbers, at least two of them.
fn is_version(word: &str) -> bool {
    let parts = word.split('.');
    parts.clone().count() >= 2
        && parts
            .into_iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_gpu() {
        let gpus = smi("NVIDIA H200, 143771, 570.86.15\nNVIDIA H200, 143771, 570.86.15\n").unwrap();
        assert_eq!(gpus.len(), 2);
        assert_eq!(gpus[0].name, "NVIDIA H200");
        assert_eq!(gpus[0].memory_bytes, Some(143_771 << 20));
        assert_eq!(gpus[0].driver.as_deref(), Some("570.86.15"));
        assert_eq!(gpus[0].source, "nvidia-smi");
    }

    #[test]
    fn the_full_question() {
        let text = "NVIDIA GeForce RTX 4090, 24564, 550.107.02, 95.02.3C.80.94, 450.00, 8.9\n\
                    NVIDIA GB10, [N/A], 580.142, [N/A], [N/A], 12.1\n";
        let gpus = smi_full(text).unwrap();
        assert_eq!(gpus[0].memory_bytes, Some(24_564 << 20));
        assert_eq!(gpus[0].vbios.as_deref(), Some("95.02.3C.80.94"));
        assert_eq!(gpus[0].power_limit_mw, Some(450_000));
        assert_eq!(gpus[0].architecture.as_deref(), Some("8.9"));
        assert_eq!((&gpus[1].vbios, gpus[1].power_limit_mw), (&None, None));
        assert_eq!(gpus[1].architecture.as_deref(), Some("12.1"));
        assert_eq!(smi_full("Field \"compute_cap\" is not a valid field to query.\n"), None);
    }

    #[test]
    fn places_are_read_for_the_eyes_of_the_user() {
        let text = "NVIDIA H200, 00000000:5E:00.0\nNVIDIA GB10, [N/A]\n";
        assert_eq!(places(text), [("NVIDIA H200".to_owned(), "00000000:5E:00.0".to_owned())]);
        assert_eq!(places("NVIDIA-SMI has failed, because: it could not\n"), []);
    }

    #[test]
    fn the_version_of_cuda() {
        let text = "NVIDIA-SMI version  : 570.86.15\nNVML version        : 570.86\n\
                    DRIVER version      : 570.86.15\nCUDA Version        : 12.8\n";
        assert_eq!(cuda(text).as_deref(), Some("CUDA 12.8"));
        assert_eq!(cuda("CUDA UMD Version    : 13.4\n").as_deref(), Some("CUDA 13.4"));
        assert_eq!(cuda("CUDA Version        : N/A\n"), None);
        assert_eq!(cuda("Invalid combination of input arguments.\n"), None);
    }

    #[test]
    fn what_the_tool_does_not_know_is_none() {
        let gpus = smi("NVIDIA GB10, [N/A], 580.95.05\n").unwrap();
        assert_eq!(gpus[0].memory_bytes, None);
        let gpus = smi("Tesla K80, with a comma, [Not Supported], [N/A]").unwrap();
        assert_eq!(gpus[0].name, "Tesla K80, with a comma");
        assert_eq!((gpus[0].memory_bytes, gpus[0].driver.as_deref()), (None, None));
    }

    #[test]
    fn errors_are_not_gpus() {
        for text in [
            "",
            "No devices were found\n",
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. \
             Make sure that the latest NVIDIA driver is installed and running.\n",
            "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.1",
            "a, b, c",
        ] {
            assert_eq!(smi(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_kernel_module_gives_a_name_and_a_version() {
        let information = "Model: \t\t NVIDIA H200\nIRQ:   \t\t 18\nGPU UUID: \t GPU-0000\n\
                           Bus Location: \t 0000:00:00.0\n";
        assert_eq!(proc_model(information).as_deref(), Some("NVIDIA H200"));
        assert_eq!(proc_model("IRQ: 1\n"), None);
        let version = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release \
                       Build  (dvs-builder)\nGCC version:  gcc version 12.2.0\n";
        assert_eq!(proc_driver(version).as_deref(), Some("570.86.15"));
        assert_eq!(proc_driver("GCC version: 12.2.0"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~\\n]{0,200}") {
            smi(&text);
            smi_full(&text);
            cuda(&text);
            proc_model(&text);
            proc_driver(&text);
        }
    }
}
