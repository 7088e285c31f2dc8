//! What changed from one phase to the next.

use super::figures::Figure;
use crate::number::fixed;

/// (new − old) ÷ old.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// There is nothing to compare with.
    NoBase,
    /// Less than half a percent either way.
    Same,
    /// That share.
    By(f64),
}

impl Change {
    pub(super) fn between(old: &Figure, new: &Figure) -> Self {
        let (Ok(old), Ok(new)) = (old, new) else { return Self::NoBase };
        let share = (new - old) / old;
        match share.is_finite() {
            false => Self::NoBase,
            true if share.abs() < 0.005 => Self::Same,
            true => Self::By(share),
        }
    }

    /// As in a column: `+188 %`, `same`, `-`.
    pub(super) fn text(self) -> String {
        match self {
            Self::NoBase => "-".to_owned(),
            Self::Same => "same".to_owned(),
            Self::By(share) => {
                let plus = if share > 0.0 { "+" } else { "" };
                format!("{plus}{} %", fixed(share * 100.0, 0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S2.23 and S2.52, with the figures that were published.
    #[test]
    fn whole_percents_as_published() {
        let of = |old: f64, new: f64| Change::between(&Ok(old), &Ok(new)).text();
        assert_eq!(of(1.7, 4.9), "+188 %");
        assert_eq!(of(828.0, 670.0), "-19 %");
        assert_eq!(of(574.0, 238.0), "-59 %");
        assert_eq!(of(8857.0, 4019.0), "-55 %");
        assert_eq!(of(2.8, 2.9), "+4 %");
        assert_eq!(of(1.7, 1.7), "same");
        assert_eq!(of(100.0, 100.4), "same");
        assert_eq!(of(0.0, 4.0), "-", "nothing over zero");
        assert_eq!(Change::between(&Err("not measured".into()), &Ok(1.0)).text(), "-");
    }
}
