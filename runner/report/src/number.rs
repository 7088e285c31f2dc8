//! Figures for people: three to four digits, thousands apart, units named.

/// What stands for a figure that was not measured.
pub(crate) const UNMEASURED: &str = "—";

/// A whole number with its thousands apart: `12,345`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Decimals that show three to four digits of a value.
pub(crate) fn decimals(value: f64) -> usize {
    match value.abs() {
        v if v >= 1_000.0 || v == 0.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.1 => 3,
        v if v >= 0.01 => 4,
        _ => 5,
    }
}

/// A value with that many decimals, thousands apart.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    let sign =
        if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
    format!("{sign}{whole}{rest}")
}

/// A value with three to four digits: `8,421`, `812.4`, `31.2`, `4.05`, `0.0412`.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return UNMEASURED.to_owned();
    }
    fixed(value, decimals(value))
}

/// Tokens per second: `812.4 tok/s`.
pub fn rate(tokens_per_s: f64) -> String {
    format!("{} tok/s", short(tokens_per_s))
}

/// A share between 0 and 1: `84.6 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent == 0.0 || percent >= 99.95 { 0 } else { 1 };
    format!("{} %", fixed(percent, decimals))
}

/// Bytes in binary units: `4.68 GiB`.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if value < 1024 {
        return format!("{value} bytes");
    }
    let mut scaled = value as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if scaled < 1023.95 {
            break;
        }
        scaled /= 1024.0;
        unit = next;
    }
    let digits = match scaled {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        _ => 2,
    };
    format!("{} {unit}", fixed(scaled, digits))
}

/// A duration from nanoseconds: `41.2 µs`, `31.2 ms`, `12.3 s`, `3 min 05 s`.
pub fn duration(ns: u64) -> String {
    let value = ns as f64;
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{} µs", short(value / 1e3)),
        1_000_000..10_000_000_000 => format!("{} ms", short(value / 1e6)),
        10_000_000_000..120_000_000_000 => format!("{} s", short(value / 1e9)),
        _ => {
            let seconds = ns.saturating_add(500_000_000) / 1_000_000_000;
            format!("{} min {:02} s", thousands(seconds / 60), seconds % 60)
        }
    }
}

/// A count of parameters: `8.19 B`, `349.0 M`.
pub(crate) fn parameters(value: u64) -> String {
    let scaled = value as f64;
    match value {
        0..1_000_000 => thousands(value),
        1_000_000..1_000_000_000 => format!("{} M", short(scaled / 1e6)),
        _ => format!("{} B", short(scaled / 1e9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_to_four_digits() {
        let cases = [
            (8_421.4, "8,421"),
            (812.44, "812.4"),
            (31.24, "31.2"),
            (4.054, "4.05"),
            (0.0412, "0.0412"),
            (0.5, "0.500"),
            (0.0, "0"),
            (1_234_567.0, "1,234,567"),
            (-3.21, "-3.21"),
            (-0.0, "0"),
            (f64::NAN, "—"),
            (f64::INFINITY, "—"),
        ];
        for (value, want) in cases {
            assert_eq!(short(value), want, "{value}");
        }
    }

    #[test]
    fn units() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(percent(0.8461), "84.6 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.99949), "99.9 %");
        assert_eq!(bytes(1_023), "1023 bytes");
        assert_eq!(bytes(5_027_783_488), "4.68 GiB");
        assert_eq!(bytes(143_771 << 20), "140 GiB");
        assert_eq!(bytes((1 << 30) - 1), "1.00 GiB");
        assert_eq!(duration(41_200), "41.2 µs");
        assert_eq!(duration(999), "999 ns");
        assert_eq!(duration(31_200_000), "31.2 ms");
        assert_eq!(duration(12_345_000_000), "12.3 s");
        assert_eq!(duration(185_000_000_000), "3 min 05 s");
        assert_eq!(parameters(8_190_735_360), "8.19 B");
        assert_eq!(parameters(349_000_000), "349.0 M");
        assert_eq!(rate(812.44), "812.4 tok/s");
    }

    proptest::proptest! {
        #[test]
        fn thousands_lose_no_digit(value: u64) {
            proptest::prop_assert_eq!(thousands(value).replace(',', ""), value.to_string());
        }

        #[test]
        fn short_text_is_within_half_a_percent(value in 1e-3..1e9_f64) {
            let read: f64 = short(value).replace(',', "").parse().unwrap();
            proptest::prop_assert!((read - value).abs() <= value * 0.0051, "{value} {read}");
        }
    }
}
