//! The lines that `nvidia-smi` prints once a second.

/// The fields that [`line`] understands, in the order in which they are tried:
/// drivers before 535 know the last field by its older name only, some later
/// ones may drop that name, and very old ones know neither.
pub(crate) const QUERIES: &[&str] = &[
    "index,utilization.gpu,memory.used,clocks.sm,clocks.mem,power.draw,temperature.gpu,\
     clocks_throttle_reasons.active",
    "index,utilization.gpu,memory.used,clocks.sm,clocks.mem,power.draw,temperature.gpu,\
     clocks_event_reasons.active",
    "index,utilization.gpu,memory.used,clocks.sm,clocks.mem,power.draw,temperature.gpu",
];

/// Why a clock is held down, by bit. Bit 0, idle, is no throttling.
const REASONS: &[(u64, &str)] = &[
    (0x2, "application-clocks"),
    (0x4, "sw-power-cap"),
    (0x8, "hw-slowdown"),
    (0x10, "sync-boost"),
    (0x20, "sw-thermal-slowdown"),
    (0x40, "hw-thermal-slowdown"),
    (0x80, "hw-power-brake"),
    (0x100, "display-clocks"),
];

/// One GPU at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GpuLine {
    /// Its number.
    pub(crate) index: u32,
    /// Time in which a kernel ran.
    pub(crate) busy_permille: Option<i64>,
    /// Memory in use.
    pub(crate) memory_bytes: Option<i64>,
    /// The clock of its processors.
    pub(crate) core_mhz: Option<i64>,
    /// The clock of its memory.
    pub(crate) memory_mhz: Option<i64>,
    /// Power drawn.
    pub(crate) power_mw: Option<i64>,
    /// Temperature.
    pub(crate) millicelsius: Option<i64>,
    /// Why its clock was held down.
    pub(crate) throttle: Option<Vec<&'static str>>,
}

/// Reads one line; `None` when it is none of the tool's readings.
pub(crate) fn line(text: &str) -> Option<GpuLine> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    if !(7..=8).contains(&fields.len()) {
        return None;
    }
    // `[N/A]`, `[Not Supported]` and `[Unknown Error]` are no numbers either.
    let scaled = |index: usize, scale: f64| {
        let value: f64 = fields.get(index)?.parse().ok()?;
        (value.is_finite() && value.abs() < 1e9).then(|| (value * scale).round() as i64)
    };
    Some(GpuLine {
        index: fields.first()?.parse().ok()?,
        busy_permille: scaled(1, 10.0),
        memory_bytes: scaled(2, f64::from(1 << 20)),
        core_mhz: scaled(3, 1.0),
        memory_mhz: scaled(4, 1.0),
        power_mw: scaled(5, 1_000.0).filter(|&power| power >= 0),
        millicelsius: scaled(6, 1_000.0),
        throttle: fields.get(7).and_then(|field| reasons(field)),
    })
}

fn reasons(field: &str) -> Option<Vec<&'static str>> {
    let bits = u64::from_str_radix(field.strip_prefix("0x")?, 16).ok()?;
    Some(throttle_reasons(bits))
}

/// The reasons that the bits of the driver stand for.
pub(crate) fn throttle_reasons(bits: u64) -> Vec<&'static str> {
    REASONS.iter().filter(|(bit, _)| bits & bit != 0).map(|&(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_under_load() {
        let found = line("1, 97, 60210, 1980, 2619, 612.43, 64, 0x0000000000000044").unwrap();
        assert_eq!(found.index, 1);
        assert_eq!(found.busy_permille, Some(970));
        assert_eq!(found.memory_bytes, Some(60_210 << 20));
        assert_eq!((found.core_mhz, found.memory_mhz), (Some(1_980), Some(2_619)));
        assert_eq!((found.power_mw, found.millicelsius), (Some(612_430), Some(64_000)));
        assert_eq!(found.throttle.unwrap(), ["sw-power-cap", "hw-thermal-slowdown"]);
    }

    #[test]
    fn idle_is_no_throttling_and_unknown_is_none() {
        let idle = line("0, 0, 4, 345, 2619, 75.10, 31, 0x0000000000000001").unwrap();
        assert_eq!(idle.throttle, Some(vec![]));
        let little = line("0, 5, [N/A], 1200, [N/A], [N/A], 52, [N/A]").unwrap();
        assert_eq!((little.memory_bytes, little.power_mw, little.throttle), (None, None, None));
        assert_eq!(line("0, 5, 1, 1200, 1, 1.0, 52").unwrap().throttle, None);
    }

    #[test]
    fn other_text_is_no_reading() {
        for text in ["", "Field \"x\" is not a valid field to query.", "a, 1, 2, 3, 4, 5, 6, 0x1"] {
            assert_eq!(line(text), None, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~]{0,120}") {
            line(&text);
        }
    }
}
