//! Days, instants and reporting periods, all in UTC.
//!
//! An event belongs to the day on which its instant falls in UTC, wherever it was sent from: two systems that see the
//! same event must put it into the same month. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Kind;

/// Why a day, an instant or a period was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Not an RFC 3339 instant.
    #[error("{text:?} is not an RFC 3339 instant with an offset, such as 2024-03-15T14:30:00Z")]
    Instant {
        /// The text as it came, cut after 64 characters.
        text: String,
    },
    /// Not a calendar day.
    #[error("{text:?} is not a calendar day such as 2024-03-15")]
    Day {
        /// The text as it came, cut after 64 characters.
        text: String,
    },
    /// A period that ends before it begins.
    #[error("a period cannot end on {end} before it starts on {start}")]
    Period {
        /// First day.
        start: Day,
        /// Last day.
        end: Day,
    },
}

impl TimeError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Instant { .. } => "time.instant",
            Self::Day { .. } => "time.day",
            Self::Period { .. } => "time.period",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Instant { .. } | Self::Day { .. } | Self::Period { .. } => Kind::Invalid,
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Finer digits of the sender are cut, never rounded up.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Instant(i64);

const DAY_MS: i64 = 86_400_000;

impl Instant {
    /// Returns the instant `ms` milliseconds after 1970-01-01T00:00:00Z, within the years 0000 to 9999.
    ///
    /// # Errors
    /// `Instant` outside.
    pub fn from_epoch_ms(ms: i64) -> Result<Self, TimeError> {
        let days = ms.div_euclid(DAY_MS);
        if (Day::MIN.0.into()..=Day::MAX.0.into()).contains(&days) {
            Ok(Self(ms))
        } else {
            Err(TimeError::Instant { text: format!("{ms} ms") })
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn epoch_ms(self) -> i64 {
        self.0
    }

    /// The day in UTC.
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY_MS) as i32)
    }

    /// Reads RFC 3339 bytes; an offset is required, a leap second is refused.
    ///
    /// # Errors
    /// `Instant`.
    pub fn parse_bytes(text: &[u8]) -> Result<Self, TimeError> {
        parse_rfc3339(text).ok_or_else(|| TimeError::Instant { text: shown(&String::from_utf8_lossy(text)) })
    }
}

/// `2024-03-15T14:30:00[.123456789](Z|+02:00)`; `t`, `z` and a space for `T` are allowed, as RFC 3339 says.
fn parse_rfc3339(text: &[u8]) -> Option<Instant> {
    let two = |at: usize| match text.get(at..at + 2) {
        Some([a, b]) if a.is_ascii_digit() && b.is_ascii_digit() => {
            Some(i64::from(a - b'0') * 10 + i64::from(b - b'0'))
        }
        _ => None,
    };
    let byte = |at: usize, any: &[u8]| text.get(at).is_some_and(|b| any.contains(b)).then_some(());
    let day = parse_day(text.get(..10)?)?;
    byte(10, b"Tt ")?;
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    byte(13, b":")?;
    byte(16, b":")?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut at = 19;
    let mut ms = 0;
    if text.get(at) == Some(&b'.') {
        let digits = text[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 18 {
            return None;
        }
        for i in 0..3 {
            let digit = if i < digits { text[at + 1 + i] - b'0' } else { 0 };
            ms = ms * 10 + i64::from(digit);
        }
        at += 1 + digits;
    }
    let offset_minutes = match text.get(at)? {
        b'Z' | b'z' if text.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if text.len() == at + 6 => {
            let (h, m) = (two(at + 1)?, two(at + 4)?);
            byte(at + 3, b":")?;
            if h > 23 || m > 59 {
                return None;
            }
            if *sign == b'-' { -(h * 60 + m) } else { h * 60 + m }
        }
        _ => return None,
    };
    let seconds = i64::from(day.0) * 86_400 + hour * 3600 + minute * 60 + second - offset_minutes * 60;
    Instant::from_epoch_ms(seconds * 1000 + ms).ok()
}

fn parse_day(text: &[u8]) -> Option<Day> {
    let digit = |b: u8| b.is_ascii_digit().then(|| i32::from(b - b'0'));
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *text else { return None };
    let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
    let (month, day) = (digit(e)? * 10 + digit(f)?, digit(g)? * 10 + digit(h)?);
    Day::new(year, month as u32, day as u32).ok()
}

impl FromStr for Instant {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse_bytes(text.as_bytes())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.rem_euclid(DAY_MS);
        let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        write!(f, "{}T{h:02}:{m:02}:{s:02}", self.day())?;
        if ms > 0 {
            write!(f, ".{ms:03}")?;
        }
        f.write_str("Z")
    }
}

/// A calendar day in UTC: days since 1970-01-01, proleptic Gregorian, years 0000 to 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day(i32);

impl Day {
    /// 0000-01-01.
    pub const MIN: Self = Self(-719_528);
    /// 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// Returns the day of a calendar date.
    ///
    /// # Errors
    /// `Day` when there is no such date.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, TimeError> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => 0,
        };
        if !(0..=9999).contains(&year) || day == 0 || day > length {
            return Err(TimeError::Day { text: format!("{year:04}-{month:02}-{day:02}") });
        }
        // Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March.
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y - era * 400;
        let mp = (month as i32 + 9) % 12;
        let doy = (153 * mp + 2) / 5 + day as i32 - 1;
        Ok(Self(era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468))
    }

    /// Returns the day `days` after 1970-01-01.
    ///
    /// # Errors
    /// `Day` outside the years 0000 to 9999.
    pub fn from_epoch_days(days: i32) -> Result<Self, TimeError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&days) {
            Ok(Self(days))
        } else {
            Err(TimeError::Day { text: format!("day {days} of the epoch") })
        }
    }

    /// Adds the days of times since 1970-01-01T00:00:00Z, so many units a day, to `days`; false when one lies outside of the
    /// years 0000 to 9999.
    pub(crate) fn of_counts(counts: &[i64], per_day: i64, days: &mut Vec<Self>) -> bool {
        // A division by a constant is a multiplication, for the units that timestamps have.
        match per_day {
            86_400 => Self::of_units::<86_400>(counts, days),
            86_400_000 => Self::of_units::<86_400_000>(counts, days),
            86_400_000_000 => Self::of_units::<86_400_000_000>(counts, days),
            86_400_000_000_000 => Self::of_units::<86_400_000_000_000>(counts, days),
            _ => false,
        }
    }

    fn of_units<const PER_DAY: i64>(counts: &[i64], days: &mut Vec<Self>) -> bool {
        let (mut least, mut most) = (0, 0);
        days.extend(counts.iter().map(|&count| {
            let day = count.div_euclid(PER_DAY);
            (least, most) = (day.min(least), day.max(most));
            Self(day as i32)
        }));
        least >= Self::MIN.0.into() && most <= Self::MAX.0.into()
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    pub const fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z - era * 146_097;
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        (yoe + era * 400 + (month <= 2) as i32, month as u32, (doy - (153 * mp + 2) / 5 + 1) as u32)
    }

    /// The month, as whole months since 0000-01.
    pub const fn month_index(self) -> i32 {
        let (year, month, _) = self.ymd();
        year * 12 + month as i32 - 1
    }

    /// The first day of the month with this index.
    ///
    /// # Errors
    /// `Day` outside the years 0000 to 9999.
    pub fn of_month_index(index: i32) -> Result<Self, TimeError> {
        Self::new(index.div_euclid(12), index.rem_euclid(12) as u32 + 1, 1)
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl FromStr for Day {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        parse_day(text.as_bytes()).ok_or_else(|| TimeError::Day { text: shown(text) })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Days from `start` to `end`, both included, as in the `date_range` of a report.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Period {
    start: Day,
    end: Day,
}

impl Period {
    /// Returns the period of both days and all between.
    ///
    /// # Errors
    /// `Period` when it would end before it starts.
    pub fn new(start: Day, end: Day) -> Result<Self, TimeError> {
        if end < start { Err(TimeError::Period { start, end }) } else { Ok(Self { start, end }) }
    }

    /// First day.
    pub const fn start(self) -> Day {
        self.start
    }

    /// Last day.
    pub const fn end(self) -> Day {
        self.end
    }

    /// True when the day lies in the period.
    pub fn contains(self, day: Day) -> bool {
        self.start <= day && day <= self.end
    }

    /// How many days it has.
    pub const fn days(self) -> i32 {
        self.end.0 - self.start.0 + 1
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_instant_falls_on_its_utc_day() {
        for (text, day, shown) in [
            ("2024-03-15T14:30:00Z", "2024-03-15", "2024-03-15T14:30:00Z"),
            ("2025-01-01T00:30:00+02:00", "2024-12-31", "2024-12-31T22:30:00Z"),
            ("1969-12-31t23:59:59.9999z", "1969-12-31", "1969-12-31T23:59:59.999Z"),
            ("2024-02-29 12:00:00.5-00:00", "2024-02-29", "2024-02-29T12:00:00.500Z"),
        ] {
            let instant: Instant = text.parse().unwrap();
            assert_eq!(
                (instant.day().to_string(), instant.to_string()),
                (day.into(), shown.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "2024-03-15",
            "2024-03-15T14:30:00",
            "2024-13-15T14:30:00Z",
            "2023-02-29T00:00:00Z",
            "2024-03-15T24:00:00Z",
            "2024-03-15T23:59:60Z",
            "2024-03-15T14:30Z",
            "2024-03-15T14:30:00.Z",
            "2024-03-15T14:30:00+2:00",
            "2024-03-15T14:30:00+24:00",
            "2024-03-15T14:30:00Zjunk",
            "+024-03-15T14:30:00Z",
            "２０２４-03-15T14:30:00Z",
            "0000-01-01T00:00:00+01:00",
        ] {
            assert_eq!(text.parse::<Instant>().unwrap_err().code(), "time.instant", "{text}");
        }
    }

    #[test]
    fn a_period_counts_both_of_its_ends() {
        let day = |t: &str| t.parse::<Day>().unwrap();
        let year = Period::new(day("2024-01-01"), day("2024-12-31")).unwrap();
        assert_eq!(year.days(), 366);
        assert!(year.contains(day("2024-12-31")) && !year.contains(day("2025-01-01")));
        assert_eq!(Period::new(day("2024-01-02"), day("2024-01-01")).unwrap_err().code(), "time.period");
    }

    proptest! {
        #[test]
        fn every_day_has_one_date(days in Day::MIN.0..=Day::MAX.0) {
            let day = Day(days);
            let (y, m, d) = day.ymd();
            prop_assert_eq!(Day::new(y, m, d).unwrap(), day);
            prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
            prop_assert!(Day::of_month_index(day.month_index()).unwrap() <= day);
        }

        #[test]
        fn instants_agree_with_jiff(ms in -62_167_219_200_000i64..253_402_300_799_999) {
            let instant = Instant::from_epoch_ms(ms).unwrap();
            let text = jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
            prop_assert_eq!(instant.to_string().parse::<Instant>().unwrap(), instant);
            if !text.starts_with('-') {
                prop_assert_eq!(text.parse::<Instant>().unwrap(), instant);
            }
        }

        #[test]
        fn any_text_ends_in_an_instant_or_an_error(text in "\\PC{0,40}") {
            let _ = text.parse::<Instant>();
            let _ = text.parse::<Day>();
        }
    }
}
