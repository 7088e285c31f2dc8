//! What NVIDIA's tool and kernel module say.

use tachograph_model::Accelerator;

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
        });
    }
    found.truncate(MAX_GPUS);
    (!found.is_empty()).then_some(found)
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
            proc_model(&text);
            proc_driver(&text);
        }
    }
}
