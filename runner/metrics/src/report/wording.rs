//! Numbers in words.

use tachograph_model::Metric;

/// The longest verdict, in characters.
const VERDICT: usize = 72;

/// A figure with three significant digits, thousands parted by commas:
/// `31.4`, `812`, `8,421`; `—` when it was not measured.
pub fn figure(metric: Option<&Metric>) -> String {
    metric.and_then(|m| m.value).map_or_else(|| "—".to_owned(), number)
}

fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(w, r)| (w, r));
    let mut out = if value < 0.0 { "-".to_owned() } else { String::new() };
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// One line of at most 72 characters; what is longer ends in `…`.
pub fn clamp_verdict(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= VERDICT {
        return line.to_owned();
    }
    let kept: String = line.chars().take(VERDICT - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let shown: Vec<String> = [8421.05, 812.4, 31.42, 0.5, 1_234_567.0, -12.34, 99.96]
            .into_iter()
            .map(number)
            .collect();
        assert_eq!(shown, ["8,421", "812", "31.4", "0.50", "1,234,567", "-12.3", "100.0"]);
        assert_eq!(figure(None), "—");
    }

    #[test]
    fn a_verdict_fits_its_line() {
        let long = "failed: ".to_owned() + &"very ".repeat(40);
        let line = clamp_verdict(&long);
        assert!(line.chars().count() <= 72 && line.ends_with('…'));
        assert_eq!(clamp_verdict("short\nsecond"), "short");
    }
}
