//! The table. Numbers are those of the makers' own sheets; several GPUs share
//! one row's name where a maker sells different memories under it.

use super::Gpu;

const NVIDIA: &str = "NVIDIA data sheet";
const GEFORCE: &str = "NVIDIA product page: width of the bus × data rate";
const AMD: &str = "AMD product page";
const APPLE: &str = "Apple technical specifications";
const INTEL: &str = "Intel product page: width of the bus × data rate";

/// A published bandwidth.
const fn stated(name: &'static str, gb_per_s: f64, source: &'static str) -> Gpu {
    Gpu { name, memory_gb: None, gb_per_s, source }
}

/// A bandwidth from the width of the bus and the megabits per second of a pin.
const fn bus(name: &'static str, bits: u32, megabits: u32, source: &'static str) -> Gpu {
    let gb_per_s = bits as f64 * megabits as f64 / 8_000.0;
    Gpu { name, memory_gb: None, gb_per_s, source }
}

/// The same, where the memory tells it from another of its name.
const fn with(memory_gb: u16, gpu: Gpu) -> Gpu {
    Gpu { memory_gb: Some(memory_gb), ..gpu }
}

/// GPUs and their published memory bandwidth. Laptop GPUs are left out: their
/// makers choose the memory.
pub const GPUS: &[Gpu] = &[
    stated("NVIDIA B300 SXM6 AC", 8000.0, NVIDIA),
    stated("NVIDIA GB300", 8000.0, NVIDIA),
    stated("NVIDIA B200", 8000.0, NVIDIA),
    stated("NVIDIA GB200", 8000.0, NVIDIA),
    stated("NVIDIA H200", 4800.0, NVIDIA),
    stated("NVIDIA H200 NVL", 4800.0, NVIDIA),
    stated("NVIDIA GH200 144G HBM3e", 4900.0, NVIDIA),
    stated("NVIDIA GH200 480GB", 4000.0, NVIDIA),
    stated("NVIDIA H100 80GB HBM3", 3350.0, NVIDIA),
    stated("NVIDIA H100 NVL", 3900.0, NVIDIA),
    stated("NVIDIA H100 PCIe", 2000.0, NVIDIA),
    stated("NVIDIA H800", 3350.0, NVIDIA),
    stated("NVIDIA H20", 4000.0, NVIDIA),
    stated("NVIDIA A100-SXM4-80GB", 2039.0, NVIDIA),
    stated("NVIDIA A100 80GB PCIe", 1935.0, NVIDIA),
    stated("NVIDIA A100-SXM4-40GB", 1555.0, NVIDIA),
    stated("NVIDIA A100-PCIE-40GB", 1555.0, NVIDIA),
    stated("NVIDIA A800-SXM4-80GB", 2039.0, NVIDIA),
    stated("NVIDIA A800 80GB PCIe", 1935.0, NVIDIA),
    stated("NVIDIA L40S", 864.0, NVIDIA),
    stated("NVIDIA L40", 864.0, NVIDIA),
    stated("NVIDIA L20", 864.0, NVIDIA),
    stated("NVIDIA L4", 300.0, NVIDIA),
    stated("NVIDIA A40", 696.0, NVIDIA),
    stated("NVIDIA A30", 933.0, NVIDIA),
    stated("NVIDIA A10", 600.0, NVIDIA),
    stated("NVIDIA A10G", 600.0, NVIDIA),
    stated("NVIDIA A2", 200.0, NVIDIA),
    stated("Tesla T4", 320.0, NVIDIA),
    stated("Tesla V100-SXM2-16GB", 900.0, NVIDIA),
    stated("Tesla V100-SXM2-32GB", 900.0, NVIDIA),
    stated("Tesla V100-PCIE-16GB", 900.0, NVIDIA),
    stated("Tesla V100-PCIE-32GB", 900.0, NVIDIA),
    stated("Tesla V100S-PCIE-32GB", 1134.0, NVIDIA),
    stated("Tesla P100-PCIE-16GB", 732.0, NVIDIA),
    stated("Tesla P100-SXM2-16GB", 732.0, NVIDIA),
    stated("Tesla P40", 346.0, NVIDIA),
    stated("NVIDIA GB10", 273.0, NVIDIA),
    stated("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 1792.0, NVIDIA),
    stated("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 1792.0, NVIDIA),
    stated("NVIDIA RTX PRO 6000 Blackwell Server Edition", 1597.0, NVIDIA),
    stated("NVIDIA RTX PRO 5000 Blackwell", 1344.0, NVIDIA),
    stated("NVIDIA RTX PRO 4500 Blackwell", 896.0, NVIDIA),
    stated("NVIDIA RTX PRO 4000 Blackwell", 672.0, NVIDIA),
    stated("NVIDIA RTX 6000 Ada Generation", 960.0, NVIDIA),
    stated("NVIDIA RTX 5880 Ada Generation", 960.0, NVIDIA),
    stated("NVIDIA RTX 5000 Ada Generation", 576.0, NVIDIA),
    stated("NVIDIA RTX 4500 Ada Generation", 432.0, NVIDIA),
    stated("NVIDIA RTX 4000 Ada Generation", 360.0, NVIDIA),
    stated("NVIDIA RTX 2000 Ada Generation", 224.0, NVIDIA),
    stated("NVIDIA RTX A6000", 768.0, NVIDIA),
    stated("NVIDIA RTX A5500", 768.0, NVIDIA),
    stated("NVIDIA RTX A5000", 768.0, NVIDIA),
    stated("NVIDIA RTX A4500", 640.0, NVIDIA),
    stated("NVIDIA RTX A4000", 448.0, NVIDIA),
    stated("NVIDIA RTX A2000", 288.0, NVIDIA),
    stated("Quadro RTX 8000", 672.0, NVIDIA),
    stated("Quadro RTX 6000", 672.0, NVIDIA),
    stated("Quadro RTX 5000", 448.0, NVIDIA),
    stated("NVIDIA TITAN RTX", 672.0, NVIDIA),
    stated("NVIDIA TITAN V", 653.0, NVIDIA),
    bus("NVIDIA GeForce RTX 5090", 512, 28_000, GEFORCE),
    bus("NVIDIA GeForce RTX 5090 D", 512, 28_000, GEFORCE),
    bus("NVIDIA GeForce RTX 5080", 256, 30_000, GEFORCE),
    bus("NVIDIA GeForce RTX 5070 Ti", 256, 28_000, GEFORCE),
    bus("NVIDIA GeForce RTX 5070", 192, 28_000, GEFORCE),
    bus("NVIDIA GeForce RTX 5060 Ti", 128, 28_000, GEFORCE),
    bus("NVIDIA GeForce RTX 5060", 128, 28_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4090", 384, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4090 D", 384, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4080 SUPER", 256, 23_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4080", 256, 22_400, GEFORCE),
    bus("NVIDIA GeForce RTX 4070 Ti SUPER", 256, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4070 Ti", 192, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4070 SUPER", 192, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4070", 192, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4070", 192, 20_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4060 Ti", 128, 18_000, GEFORCE),
    bus("NVIDIA GeForce RTX 4060", 128, 17_000, GEFORCE),
    bus("NVIDIA GeForce RTX 3090 Ti", 384, 21_000, GEFORCE),
    bus("NVIDIA GeForce RTX 3090", 384, 19_500, GEFORCE),
    bus("NVIDIA GeForce RTX 3080 Ti", 384, 19_000, GEFORCE),
    with(10, bus("NVIDIA GeForce RTX 3080", 320, 19_000, GEFORCE)),
    with(12, bus("NVIDIA GeForce RTX 3080", 384, 19_000, GEFORCE)),
    bus("NVIDIA GeForce RTX 3070 Ti", 256, 19_000, GEFORCE),
    bus("NVIDIA GeForce RTX 3070", 256, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 3060 Ti", 256, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 3060 Ti", 256, 19_000, GEFORCE),
    with(12, bus("NVIDIA GeForce RTX 3060", 192, 15_000, GEFORCE)),
    with(8, bus("NVIDIA GeForce RTX 3060", 128, 15_000, GEFORCE)),
    with(8, bus("NVIDIA GeForce RTX 3050", 128, 14_000, GEFORCE)),
    with(6, bus("NVIDIA GeForce RTX 3050", 96, 14_000, GEFORCE)),
    bus("NVIDIA GeForce RTX 2080 Ti", 352, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 2080 SUPER", 256, 15_500, GEFORCE),
    bus("NVIDIA GeForce RTX 2080", 256, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 2070 SUPER", 256, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 2070", 256, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 2060 SUPER", 256, 14_000, GEFORCE),
    bus("NVIDIA GeForce RTX 2060", 192, 14_000, GEFORCE),
    stated("AMD Instinct MI355X", 8000.0, AMD),
    stated("AMD Instinct MI350X", 8000.0, AMD),
    stated("AMD Instinct MI325X", 6000.0, AMD),
    stated("AMD Instinct MI300X", 5300.0, AMD),
    stated("AMD Instinct MI300X OAM", 5300.0, AMD),
    stated("AMD Instinct MI300A", 5300.0, AMD),
    stated("AMD Instinct MI250X", 3277.0, AMD),
    stated("AMD Instinct MI250", 3277.0, AMD),
    stated("AMD Instinct MI210", 1638.0, AMD),
    stated("AMD Instinct MI100", 1229.0, AMD),
    stated("AMD Radeon RX 9070 XT", 640.0, AMD),
    stated("AMD Radeon RX 9070", 640.0, AMD),
    stated("AMD Radeon RX 7900 XTX", 960.0, AMD),
    stated("AMD Radeon RX 7900 XT", 800.0, AMD),
    stated("AMD Radeon RX 7900 GRE", 576.0, AMD),
    stated("AMD Radeon RX 7800 XT", 624.0, AMD),
    stated("AMD Radeon RX 7700 XT", 432.0, AMD),
    stated("AMD Radeon RX 7600", 288.0, AMD),
    stated("AMD Radeon RX 6950 XT", 576.0, AMD),
    stated("AMD Radeon RX 6900 XT", 512.0, AMD),
    stated("AMD Radeon RX 6800 XT", 512.0, AMD),
    stated("AMD Radeon RX 6800", 512.0, AMD),
    stated("AMD Radeon PRO W7900", 864.0, AMD),
    stated("AMD Radeon PRO W6800", 512.0, AMD),
    stated("AMD Radeon AI PRO R9700", 640.0, AMD),
    stated("Apple M1", 68.25, APPLE),
    stated("Apple M1 Pro", 200.0, APPLE),
    stated("Apple M1 Max", 400.0, APPLE),
    stated("Apple M1 Ultra", 800.0, APPLE),
    stated("Apple M2", 100.0, APPLE),
    stated("Apple M2 Pro", 200.0, APPLE),
    stated("Apple M2 Max", 400.0, APPLE),
    stated("Apple M2 Ultra", 800.0, APPLE),
    stated("Apple M3", 100.0, APPLE),
    stated("Apple M3 Pro", 150.0, APPLE),
    stated("Apple M3 Max", 300.0, APPLE),
    stated("Apple M3 Max", 400.0, APPLE),
    stated("Apple M3 Ultra", 819.0, APPLE),
    stated("Apple M4", 120.0, APPLE),
    stated("Apple M4 Pro", 273.0, APPLE),
    stated("Apple M4 Max", 410.0, APPLE),
    stated("Apple M4 Max", 546.0, APPLE),
    stated("Apple M5", 153.0, APPLE),
    with(16, bus("Intel Arc A770 Graphics", 256, 17_500, INTEL)),
    with(8, bus("Intel Arc A770 Graphics", 256, 16_000, INTEL)),
    bus("Intel Arc A750 Graphics", 256, 16_000, INTEL),
    bus("Intel Arc B580 Graphics", 192, 19_000, INTEL),
    bus("Intel Arc B570 Graphics", 160, 19_000, INTEL),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What the makers state for the same GPUs.
    #[test]
    fn width_and_rate_give_the_stated_bandwidth() {
        for (name, memory, stated) in [
            ("NVIDIA GeForce RTX 5090", None, 1792.0),
            ("NVIDIA GeForce RTX 5080", None, 960.0),
            ("NVIDIA GeForce RTX 4090", None, 1008.0),
            ("NVIDIA GeForce RTX 4080", None, 716.8),
            ("NVIDIA GeForce RTX 3090", None, 936.0),
            ("NVIDIA GeForce RTX 3080", Some(10), 760.0),
            ("NVIDIA GeForce RTX 3060", Some(12), 360.0),
            ("NVIDIA GeForce RTX 2080 Ti", None, 616.0),
            ("Intel Arc A770 Graphics", Some(16), 560.0),
            ("Intel Arc B580 Graphics", None, 456.0),
        ] {
            let row = GPUS.iter().find(|row| row.name == name && row.memory_gb == memory);
            assert_eq!(row.map(|row| row.gb_per_s), Some(stated), "{name}");
        }
    }
}
