//! The published memory bandwidth of well-known GPUs.

mod table;

pub use table::GPUS;

/// The peak memory bandwidth that a GPU's maker publishes. A kernel that only
/// reads reaches 80 to 95 % of it. A partition of a GPU (MIG) has a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gpu {
    /// The name as `nvidia-smi`, `rocm-smi` or `system_profiler` print it.
    pub name: &'static str,
    /// The memory as it is sold, GB, where GPUs of one name differ in it and in
    /// bandwidth.
    pub memory_gb: Option<u16>,
    /// Peak bandwidth in gigabytes (10⁹ bytes) per second.
    pub gb_per_s: f64,
    /// Where the number is from.
    pub source: &'static str,
}

/// Why the table gives no bandwidth.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GpuError {
    /// The table does not have it.
    #[error("the memory bandwidth of {name} is not in the table")]
    NotListed {
        /// The name that was looked up.
        name: String,
    },
    /// GPUs of this name differ in bandwidth, and its memory does not tell
    /// which it is.
    #[error(
        "{name} is sold with {lowest_gb} to {highest_gb} GB/s; which one this is, is not known"
    )]
    Ambiguous {
        /// The name that was looked up.
        name: String,
        /// The lowest bandwidth, GB/s.
        lowest_gb: f64,
        /// The highest bandwidth, GB/s.
        highest_gb: f64,
    },
}

impl GpuError {
    /// A stable code: `gpu-not-listed` or `gpu-ambiguous`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotListed { .. } => "gpu-not-listed",
            Self::Ambiguous { .. } => "gpu-ambiguous",
        }
    }
}

/// The GPU of this name. `memory_bytes`, where known, tells those apart that
/// share a name. The whole name has to match, as a laptop's GPU has the name of
/// a faster one and a word more; letter case, spaces, `(R)`, `(TM)` and the
/// maker's prefix do not matter.
///
/// # Errors
///
/// [`GpuError`] where the table has no or no single answer.
pub fn gpu(name: &str, memory_bytes: Option<u64>) -> Result<&'static Gpu, GpuError> {
    let wanted = normal(name);
    let fits = |row: &&Gpu| {
        normal(row.name) == wanted
            && row.memory_gb.zip(memory_bytes).is_none_or(|(gb, bytes)| is_sold_as(bytes, gb))
    };
    let mut rows = GPUS.iter().filter(fits);
    let Some(first) = rows.next() else {
        return Err(GpuError::NotListed { name: name.trim().to_owned() });
    };
    let (mut lowest_gb, mut highest_gb) = (first.gb_per_s, first.gb_per_s);
    for row in rows {
        lowest_gb = lowest_gb.min(row.gb_per_s);
        highest_gb = highest_gb.max(row.gb_per_s);
    }
    if lowest_gb < highest_gb {
        let name = name.trim().to_owned();
        return Err(GpuError::Ambiguous { name, lowest_gb, highest_gb });
    }
    Ok(first)
}

/// Whether a GPU that reports so many bytes is sold with `gb`: drivers and
/// error correction keep up to a tenth.
fn is_sold_as(bytes: u64, gb: u16) -> bool {
    let sold = f64::from(gb) * tachograph_metrics::roofline::GIB;
    (0.89..=1.03).contains(&(bytes as f64 / sold))
}

/// A name without what differs between drivers.
fn normal(name: &str) -> String {
    let lower = name.to_lowercase().replace("(r)", "").replace("(tm)", "");
    let words: Vec<&str> = lower.split_whitespace().collect();
    let maker = words.first().is_some_and(|word| *word == "nvidia" || *word == "amd");
    let words = &words[usize::from(maker)..];
    let tesla = words.first() == Some(&"tesla");
    words[usize::from(tesla)..].join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gb(name: &str) -> Result<f64, &'static str> {
        gpu(name, None).map(|row| row.gb_per_s).map_err(|error| error.code())
    }

    #[test]
    fn names_are_found_as_the_tools_print_them() {
        assert_eq!(gb("NVIDIA H200"), Ok(4800.0));
        assert_eq!(gb("NVIDIA H100 80GB HBM3"), Ok(3350.0));
        assert_eq!(gb("  nvidia  GeForce RTX 4090 "), Ok(1008.0));
        assert_eq!(gb("GeForce RTX 3090"), Ok(936.0), "drivers before 2021 leave the maker out");
        assert_eq!(gb("Tesla T4"), Ok(320.0));
        assert_eq!(gb("Apple M4"), Ok(120.0));
        assert_eq!(gb("Intel(R) Arc(TM) B580 Graphics"), Ok(456.0));
        assert_eq!(gb("AMD Instinct MI300X"), Ok(5300.0));
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_gpu() {
        assert_eq!(gb("NVIDIA GeForce RTX 4090 Laptop GPU"), Err("gpu-not-listed"));
        assert_eq!(gb("NVIDIA A100"), Err("gpu-not-listed"));
        assert_eq!(gb(""), Err("gpu-not-listed"));
        assert_eq!(gb("NVIDIA"), Err("gpu-not-listed"));
    }

    #[test]
    fn memory_tells_apart_what_shares_a_name() {
        let name = "NVIDIA GeForce RTX 3080";
        let error = gpu(name, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "NVIDIA GeForce RTX 3080 is sold with 760 to 912 GB/s; which one this is, is not known"
        );
        let of = |mib: u64| gpu(name, Some(mib << 20)).map(|row| row.gb_per_s);
        assert_eq!(of(10_240), Ok(760.0));
        assert_eq!(of(12_288), Ok(912.0));
        assert!(of(20_480).is_err());
        assert_eq!(gb("Apple M4 Max"), Err("gpu-ambiguous"), "32 or 40 cores");
    }

    #[test]
    fn every_row_can_be_looked_up_and_is_sane() {
        for row in GPUS {
            assert!((50.0..=10_000.0).contains(&row.gb_per_s), "{row:?}");
            let memory = row.memory_gb.map(|gb| u64::from(gb) << 30);
            match gpu(row.name, memory) {
                Ok(found) => assert_eq!(found.gb_per_s, row.gb_per_s, "{row:?}"),
                Err(GpuError::Ambiguous { lowest_gb, highest_gb, .. }) => {
                    assert!(row.gb_per_s == lowest_gb || row.gb_per_s == highest_gb, "{row:?}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
