//! `/proc/cpuinfo` of x86 and ARM.

use std::collections::BTreeSet;

/// Instruction sets that matter for inference: the kernel's flag and our name.
const FEATURES: &[(&str, &str)] = &[
    ("sse4_2", "sse4.2"),
    ("avx", "avx"),
    ("f16c", "f16c"),
    ("fma", "fma"),
    ("avx2", "avx2"),
    ("avx_vnni", "avx-vnni"),
    ("avx512f", "avx512f"),
    ("avx512bw", "avx512bw"),
    ("avx512_vnni", "avx512-vnni"),
    ("avx512_bf16", "avx512-bf16"),
    ("avx512_fp16", "avx512-fp16"),
    ("amx_tile", "amx-tile"),
    ("amx_int8", "amx-int8"),
    ("amx_bf16", "amx-bf16"),
    ("asimd", "neon"),
    ("asimdhp", "fp16"),
    ("asimddp", "dotprod"),
    ("i8mm", "i8mm"),
    ("bf16", "bf16"),
    ("sve", "sve"),
    ("sve2", "sve2"),
    ("sme", "sme"),
];

/// Part numbers of ARM cores, which Linux gives in place of a name.
const ARM_PARTS: &[(&str, &str, &str)] = &[
    ("0x41", "0xd08", "Cortex-A72"),
    ("0x41", "0xd0b", "Cortex-A76"),
    ("0x41", "0xd0c", "Neoverse N1"),
    ("0x41", "0xd40", "Neoverse V1"),
    ("0x41", "0xd49", "Neoverse N2"),
    ("0x41", "0xd4f", "Neoverse V2"),
    ("0x41", "0xd84", "Neoverse V3"),
    ("0x41", "0xd8e", "Neoverse N3"),
    ("0xc0", "0xac3", "AmpereOne"),
];

/// What `/proc/cpuinfo` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CpuInfo {
    /// The model name.
    pub(crate) model: Option<String>,
    /// Physical cores, where the file tells sockets and cores apart.
    pub(crate) physical_cores: Option<u32>,
    /// The highest clock rate of any core at the moment, MHz.
    pub(crate) mhz: Option<u64>,
    /// Instruction sets, in a fixed order.
    pub(crate) features: Vec<String>,
    /// Whether the processor says that a hypervisor runs it.
    pub(crate) hypervisor: bool,
}

/// Reads `/proc/cpuinfo`.
pub(crate) fn parse(text: &str) -> CpuInfo {
    let mut info = CpuInfo::default();
    let (mut implementer, mut socket) = (None, None);
    let mut cores = BTreeSet::new();
    let mut flags = BTreeSet::new();
    for (key, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let (key, value) = (key.trim(), value.trim());
        match key {
            "model name" if !value.is_empty() => {
                info.model.get_or_insert_with(|| squeeze(value));
            }
            "CPU implementer" => implementer = Some(value),
            "CPU part" if info.model.is_none() => {
                info.model = ARM_PARTS
                    .iter()
                    .find(|(by, part, _)| Some(*by) == implementer && *part == value)
                    .map(|(_, _, name)| (*name).to_owned());
            }
            "physical id" => socket = Some(value),
            "core id" => {
                cores.insert((socket, value));
            }
            "cpu MHz" => {
                let mhz = value.parse::<f64>().ok().filter(|mhz| (1.0..1e6).contains(mhz));
                info.mhz = info.mhz.max(mhz.map(|mhz| mhz.round() as u64));
            }
            "flags" | "Features" => flags.extend(value.split_whitespace()),
            _ => {}
        }
    }
    info.physical_cores = u32::try_from(cores.len()).ok().filter(|&n| n > 0);
    info.features = FEATURES
        .iter()
        .filter(|(flag, _)| flags.contains(flag))
        .map(|(_, name)| (*name).to_owned())
        .collect();
    info.hypervisor = flags.contains("hypervisor");
    info
}

/// Vendors pad model names with runs of blanks.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPYC: &str = "\
processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC    9554 64-Core Processor
cpu MHz\t\t: 2596.120
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu sse4_2 hypervisor avx f16c avx2 fma avx512f avx512bw avx512_vnni

processor\t: 1
model name\t: AMD EPYC    9554 64-Core Processor
cpu MHz\t\t: 3100.6
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu sse4_2 hypervisor avx f16c avx2 fma avx512f avx512bw avx512_vnni

processor\t: 2
cpu MHz\t\t: 2596.120
physical id\t: 1
core id\t\t: 0
";

    #[test]
    fn a_virtual_epyc() {
        let info = parse(EPYC);
        assert_eq!(info.model.as_deref(), Some("AMD EPYC 9554 64-Core Processor"));
        assert_eq!(info.physical_cores, Some(2), "two sockets with one core each");
        assert_eq!(info.mhz, Some(3101));
        assert!(info.hypervisor);
        let want = ["sse4.2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512-vnni"];
        assert_eq!(info.features, want);
    }

    #[test]
    fn an_arm_server_without_a_model_name() {
        let info = parse(
            "processor\t: 0\nBogoMIPS\t: 50.00\n\
             Features\t: fp asimd asimdhp asimddp i8mm bf16 sve\n\
             CPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd4f\n",
        );
        assert_eq!(info.model.as_deref(), Some("Neoverse V2"));
        assert_eq!(info.features, ["neon", "fp16", "dotprod", "i8mm", "bf16", "sve"]);
        assert_eq!((info.physical_cores, info.mhz, info.hypervisor), (None, None, false));
    }

    #[test]
    fn nonsense_gives_nothing() {
        assert_eq!(parse(""), CpuInfo::default());
        assert_eq!(parse("cpu MHz : fast\nmodel name :\nCPU part : 0xfff\n"), CpuInfo::default());
    }
}
