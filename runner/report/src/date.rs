//! Dates from seconds since 1970, in UTC.

use tachograph_model::Moment;

/// A moment as `2026-11-22 02:05 UTC`.
pub fn utc(unix_s: u64) -> String {
    let moment = Moment::from_unix_s(unix_s);
    let ((year, month, day), (hour, minute, _)) = (moment.day(), moment.time());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(utc(1_000_000_000), "2001-09-09 01:46 UTC");
        assert_eq!(utc(1_795_313_100), "2026-11-22 02:05 UTC");
        assert_eq!(utc(4_107_542_399), "2100-02-28 23:59 UTC");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00 UTC");
    }
}
