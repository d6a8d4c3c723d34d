//! Values that mean a time: how long something took, and when it was.
//!
//! ```text
//!   >500ms   >=1.5s   <2m            ─▶ Took: a comparison and microseconds
//!   2h  30m  7d                      ─▶ When::Ago: seconds before now
//!   2026-01-02  …T03:04+02:00        ─▶ When::At: a date is midnight UTC, a time without an offset is UTC
//! ```
//!
//! UTC, because a filter is saved, sent to a colleague and read on another machine, and must mean the same there.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

/// A bound for the whole time of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// Which side of it.
    pub side: Side,
    /// In microseconds.
    pub micros: u64,
}

/// How a time lies to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

/// The sides and their signs, the longer ones first.
pub const SIDES: [(Side, &str); 4] = [
    (Side::AtLeast, ">="),
    (Side::AtMost, "<="),
    (Side::Above, ">"),
    (Side::Below, "<"),
];

/// A moment as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So many seconds before now.
    Ago(u32),
    /// Then.
    At(Timestamp),
}

/// Units of [`Took`], in microseconds, the largest first.
const SPANS: [(&str, u64); 3] = [("m", 60_000_000), ("s", 1_000_000), ("ms", 1000)];

/// Units of [`When::Ago`], in seconds, the largest first.
const AGES: [(&str, u32); 5] = [
    ("w", 604_800),
    ("d", 86_400),
    ("h", 3600),
    ("m", 60),
    ("s", 1),
];

impl Took {
    /// Reads `>500ms`.
    pub fn parse(text: &str) -> Option<Took> {
        let found = SIDES
            .iter()
            .find_map(|(side, sign)| Some((*side, text.strip_prefix(sign)?)));
        let (side, rest) = found?;
        let (number, unit) = rest.split_at(rest.find(|c: char| c.is_ascii_alphabetic())?);
        let (_, size) = SPANS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
        let micros = decimal(number, *size)?;
        Some(Took { side, micros })
    }

    /// Whether so many milliseconds are on its side.
    pub fn has(self, ms: f64) -> bool {
        let bound = self.ms();
        match self.side {
            Side::Above => ms > bound,
            Side::AtLeast => ms >= bound,
            Side::Below => ms < bound,
            Side::AtMost => ms <= bound,
        }
    }

    /// The bound in milliseconds.
    pub fn ms(self) -> f64 {
        self.micros as f64 / 1000.0
    }

    /// The sign of its side.
    pub fn sign(self) -> &'static str {
        let row = SIDES.iter().find(|(side, _)| *side == self.side);
        row.map_or("", |(_, sign)| sign)
    }
}

/// `1.5` times so many, when that is whole and no more than a year has.
fn decimal(text: &str, size: u64) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    let mut total = whole.parse::<u64>().ok()?.checked_mul(size)?;
    if !part.is_empty() {
        let scale = 10_u64.pow(part.len() as u32);
        let scaled = part.parse::<u64>().ok()?.checked_mul(size)?;
        if !scaled.is_multiple_of(scale) {
            return None;
        }
        total += scaled / scale;
    }
    (total <= 366 * 86_400 * 1_000_000).then_some(total)
}

impl When {
    /// Reads `2h`, `2026-01-02`, `2026-01-02T03:04`, or that with an offset.
    pub fn parse(text: &str) -> Option<When> {
        if let Some(at) = text.find(|c: char| c.is_ascii_alphabetic())
            && let Some((_, size)) = AGES
                .iter()
                .find(|(u, _)| u.eq_ignore_ascii_case(&text[at..]))
        {
            let number = &text[..at];
            let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            let count: u32 = number.parse().ok().filter(|_| digits)?;
            return count.checked_mul(*size).map(When::Ago);
        }
        // With a year of four digits only: what is printed is read again.
        if !text.as_bytes().first()?.is_ascii_digit() {
            return None;
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(When::At(at));
        }
        let local: civil::DateTime = text.parse().ok()?;
        let at = local.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(When::At(at))
    }

    /// The moment it means.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            When::At(at) => at,
            When::Ago(seconds) => {
                let before = now.checked_sub(SignedDuration::from_secs(seconds.into()));
                before.unwrap_or(Timestamp::MIN)
            }
        }
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SPANS
            .iter()
            .find(|(_, size)| self.micros > 0 && self.micros.is_multiple_of(*size));
        f.write_str(self.sign())?;
        match whole {
            Some((unit, size)) => write!(f, "{}{unit}", self.micros / size),
            None if self.micros == 0 => f.write_str("0ms"),
            None => {
                let (ms, rest) = (self.micros / 1000, self.micros % 1000);
                let part = format!("{rest:03}");
                write!(f, "{ms}.{}ms", part.trim_end_matches('0'))
            }
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Ago(seconds) => {
                let whole = AGES
                    .iter()
                    .find(|(_, size)| *seconds > 0 && seconds.is_multiple_of(*size));
                let (unit, size) = whole.unwrap_or(&("s", 1));
                write!(f, "{}{unit}", seconds / size)
            }
            When::At(at) => {
                let local = at.to_zoned(TimeZone::UTC).datetime();
                if local.time() == civil::Time::midnight() {
                    write!(f, "{}", local.date())
                } else {
                    write!(f, "{at}")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::domain::query::value::{Side, Took, When};

    #[test]
    fn a_bound_is_read_and_printed() {
        for (text, side, micros, printed) in [
            (">500ms", Side::Above, 500_000, ">500ms"),
            (">=1.5s", Side::AtLeast, 1_500_000, ">=1500ms"),
            ("<2M", Side::Below, 120_000_000, "<2m"),
            ("<=0.25ms", Side::AtMost, 250, "<=0.25ms"),
            (">0s", Side::Above, 0, ">0ms"),
            (">90s", Side::Above, 90_000_000, ">90s"),
        ] {
            let took = Took::parse(text).expect(text);
            assert_eq!((took.side, took.micros), (side, micros), "{text}");
            assert_eq!(took.to_string(), printed, "{text}");
        }
        for wrong in [
            "500ms",
            ">",
            ">ms",
            ">5",
            ">-5ms",
            ">5h",
            ">1.2.3s",
            ">9999999m",
            ">0.0001ms",
            "=5ms",
            ">+5ms",
        ] {
            assert_eq!(Took::parse(wrong), None, "{wrong}");
        }
        let half = Took::parse(">0.5s").expect("read");
        assert!(half.has(500.1) && !half.has(500.0));
    }

    #[test]
    fn a_moment_is_read_and_printed() {
        let now: Timestamp = "2026-01-10T00:00:00Z".parse().expect("a time");
        for (text, at, printed) in [
            ("2h", "2026-01-09T22:00:00Z", "2h"),
            ("48H", "2026-01-08T00:00:00Z", "2d"),
            ("90s", "2026-01-09T23:58:30Z", "90s"),
            ("0s", "2026-01-10T00:00:00Z", "0s"),
            ("1w", "2026-01-03T00:00:00Z", "1w"),
            ("2026-01-02", "2026-01-02T00:00:00Z", "2026-01-02"),
            (
                "2026-01-02T03:04",
                "2026-01-02T03:04:00Z",
                "2026-01-02T03:04:00Z",
            ),
            (
                "2026-01-02T03:04:05+02:00",
                "2026-01-02T01:04:05Z",
                "2026-01-02T01:04:05Z",
            ),
            (
                "2026-01-02T02:00+02:00",
                "2026-01-02T00:00:00Z",
                "2026-01-02",
            ),
        ] {
            let when = When::parse(text).expect(text);
            assert_eq!(when.at(now).to_string(), at, "{text}");
            assert_eq!(when.to_string(), printed, "{text}");
            assert_eq!(When::parse(printed), Some(when), "{text}");
        }
        for wrong in [
            "",
            "h",
            "2y",
            "-2h",
            "2026-13-01",
            "yesterday",
            "99999999999s",
            "9999999w",
            "+2h",
        ] {
            assert_eq!(When::parse(wrong), None, "{wrong}");
        }
    }
}
