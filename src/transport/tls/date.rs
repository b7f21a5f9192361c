//! Moments: those of certificates, and how they are shown.

use core::fmt;

use rustls::pki_types::UnixTime;

use super::der;

/// From when to when something holds, both included, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Validity {
    /// For ever.
    pub(super) const ALWAYS: Validity = Validity { from: i64::MIN, until: i64::MAX };

    /// At no time.
    pub(super) const NEVER: Validity = Validity { from: i64::MAX, until: i64::MIN };

    /// That of a certificate (RFC 5280, section 4.1.2.5), if it can be read.
    pub(super) fn of(validity: &[u8]) -> Option<Validity> {
        let mut times = der::elements(der::content(validity)?).map(|time| seconds(&time));
        Some(Validity { from: times.next()??, until: times.next()?? })
    }

    /// Whether one of its ends is this moment.
    pub(super) fn has_end(&self, time: &UnixTime) -> bool {
        let time = whole_seconds(time);
        self.from == time || self.until == time
    }
}

/// A moment as [`Validity`] has it.
pub(super) fn whole_seconds(time: &UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A UTCTime or a GeneralizedTime in the one form that certificates may have: `YYMMDDHHMMSSZ`, with the century
/// before it in the second.
fn seconds(time: &der::Element<'_>) -> Option<i64> {
    const UTC: u8 = 0x17;
    const GENERALIZED: u8 = 0x18;
    let digits = time.content.strip_suffix(b"Z")?;
    let (year, rest) = match (time.tag(), digits.len()) {
        (UTC, 12) => match number(&digits[..2])? {
            year @ 50.. => (1900 + year, &digits[2..]),
            year => (2000 + year, &digits[2..]),
        },
        (GENERALIZED, 14) => (number(&digits[..4])?, &digits[4..]),
        _ => return None,
    };
    let mut parts = [0; 5];
    for (part, digits) in parts.iter_mut().zip(rest.chunks_exact(2)) {
        *part = number(digits)?;
    }
    let [month @ 1..=12, day @ 1..=31, hour @ 0..=23, minute @ 0..=59, second @ 0..=60] = parts
    else {
        return None;
    };
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

/// Days from 1970-01-01 to a Gregorian date. Years are counted from March, so that the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12; // 0 is March
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap + (153 * month + 2) / 5 + day - 1 - TO_1970
}

/// Days from 0000-03-01 to 1970-01-01.
const TO_1970: i64 = 719_468;

/// A moment as `2026-01-31 23:59:59 UTC`.
pub(super) struct Date(pub(super) i64);

impl Date {
    pub(super) fn of(time: &UnixTime) -> Date {
        Date(whole_seconds(time))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, clock) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = civil(day);
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

/// The Gregorian date of a day since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(TO_1970);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // 0 is March
    let day = day - (153 * month + 2) / 5 + 1;
    let january = i64::from(month >= 10);
    (era * 400 + year + january, month + 3 - 12 * january, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn dates_are_gregorian() {
        for (seconds, text) in [
            (-1, "1969-12-31 23:59:59 UTC"),
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (1_735_689_600, "2025-01-01 00:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(Date(seconds).to_string(), text);
        }
        for day in (-300_000..300_000).step_by(17) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
    }

    #[test]
    fn validities_are_read() {
        let of = |times: &[u8]| {
            let mut der = alloc::vec![der::SEQUENCE, times.len() as u8];
            der.extend(times);
            Validity::of(&der)
        };
        let both = of(b"\x17\x0d500101000000Z\x18\x0f99991231235959Z").unwrap();
        assert_eq!(Date(both.from).to_string(), "1950-01-01 00:00:00 UTC");
        assert_eq!(Date(both.until).to_string(), "9999-12-31 23:59:59 UTC");
        let recent = of(b"\x17\x0d000229120000Z\x17\x0d491231235959Z").unwrap();
        assert_eq!((recent.from, Date(recent.until).0), (951_825_600, 2_524_607_999));
        for bad in [
            &b"\x17\x0d500101000000Z"[..],
            b"\x17\x0b5001010000Z\x17\x0d491231235959Z",
            b"\x17\x0d501301000000Z\x17\x0d491231235959Z",
            b"\x17\x0d5001010000+0Z\x17\x0d491231235959Z",
            b"\x18\x0d500101000000Z\x17\x0d491231235959Z",
        ] {
            assert_eq!(of(bad), None);
        }
    }
}
