//! Moments: whole seconds of UTC, in one spelling.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

const SECONDS_OF_A_DAY: u64 = 86_400;
/// The first second of the year 10000, which has no spelling here.
const END_UNIX_S: u64 = 253_402_300_800;

/// A moment of UTC from 1970 to 9999, written `2026-11-22T02:05:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(u64);

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a moment: moments look like `2026-11-22T02:05:00Z`")]
pub struct InvalidMoment(String);

impl Moment {
    /// The moment this many seconds after the start of 1970; the last one that
    /// has a spelling when there are more.
    pub const fn from_unix_s(seconds: u64) -> Self {
        Self(if seconds < END_UNIX_S { seconds } else { END_UNIX_S - 1 })
    }

    /// Seconds since the start of 1970.
    pub const fn unix_s(self) -> u64 {
        self.0
    }

    /// The moment some seconds later.
    #[must_use]
    pub const fn plus_s(self, seconds: u64) -> Self {
        Self::from_unix_s(self.0.saturating_add(seconds))
    }

    /// The moment some days later.
    #[must_use]
    pub const fn plus_days(self, days: u64) -> Self {
        self.plus_s(days.saturating_mul(SECONDS_OF_A_DAY))
    }

    /// Seconds from another moment to this one; 0 when that one is later.
    pub const fn since_s(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month and day.
    pub fn day(self) -> (u64, u64, u64) {
        civil(self.0 / SECONDS_OF_A_DAY)
    }

    /// Hour, minute and second.
    pub const fn time(self) -> (u64, u64, u64) {
        let second = self.0 % SECONDS_OF_A_DAY;
        (second / 3600, second % 3600 / 60, second % 60)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), (hour, minute, second)) = (self.day(), self.time());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;
    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        let wrong = || InvalidMoment(text.chars().take(40).collect());
        if text.len() != 20 || !text.is_ascii() {
            return Err(wrong());
        }
        let number = |at: usize, digits: usize| {
            let part = &text[at..at + digits];
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten()
        };
        let moment = (|| {
            let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
            let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
            let days = days_until(year, month, day)?;
            Some(Self(days * SECONDS_OF_A_DAY + hour * 3600 + minute * 60 + second))
        })();
        // One spelling: whatever reads as another moment was none.
        moment.filter(|moment| moment.to_string() == text).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Moment {
    type Error = InvalidMoment;
    fn try_from(text: String) -> Result<Self, InvalidMoment> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_string()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
            "description": "A moment of UTC: 2026-11-22T02:05:00Z."
        })
    }
}

/// Days from 1970-01-01; `None` before it and for months that do not exist.
fn days_until(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    // Years are counted from March, as below.
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (365 * year + year / 4 - year / 100 + year / 400 + day_of_year).checked_sub(719_468)
}

/// Year, month and day of the proleptic Gregorian calendar, from days since
/// 1970-01-01. Years are counted from March, so that the leap day ends a year.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    // From 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let leap_days = day_of_era / 1_460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_800_years_follows_the_one_before_and_reads_back() {
        let length = |year: u64, month: u64| match month {
            2 if year.is_multiple_of(400) => 29,
            2 if year.is_multiple_of(4) && !year.is_multiple_of(100) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let mut want = (1970, 1, 1);
        for days in 0..292_194 {
            assert_eq!(civil(days), want);
            assert_eq!(days_until(want.0, want.1, want.2), Some(days));
            want = match want {
                (y, 12, 31) => (y + 1, 1, 1),
                (y, m, d) if d == length(y, m) => (y, m + 1, 1),
                (y, m, d) => (y, m, d + 1),
            };
        }
    }

    #[test]
    fn a_moment_has_one_spelling() {
        let text = "2024-02-29T23:59:59Z";
        assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        assert_eq!(Moment::from_unix_s(u64::MAX).to_string(), "9999-12-31T23:59:59Z");
        for bad in [
            "2023-02-29T00:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T23:59:60Z",
            "2024-02-29 23:59:59Z",
            "2024-02-29T23:59:59z",
            "2024-02-29T23:59:59+",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "+024-02-29T00:00:00Z",
            "2024-02-29T23:59:5é",
            "2024-02-29",
            "",
        ] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }
}
