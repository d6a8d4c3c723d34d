//! When it resets: a number, a span or a moment, told apart by how it is written.
//!
//! In this order: a unit suffix is a span (`6m0s`, Go's notation); a date is taken minus the server's `Date`; a number
//! below 1e8 is seconds from now, up to 1e11 epoch seconds, above epoch milliseconds. What does not come out between
//! 0 and 31 days is not understood; a moment that is past by no more than that is 0, for the window is over.

use jiff::Timestamp;

/// 31 days in seconds: no window is longer.
pub const LONGEST: i64 = 31 * 24 * 60 * 60;

/// What moments are compared with.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    moment: Timestamp,
    is_server: bool,
}

impl Clock {
    /// The server's own clock, from its `Date`; ours when it sent none that can be read.
    pub fn of(date: Option<&str>, now: Timestamp) -> Clock {
        match date.and_then(http_date) {
            Some(moment) => Clock {
                moment,
                is_server: true,
            },
            None => Clock {
                moment: now,
                is_server: false,
            },
        }
    }

    fn until(&self, moment: Timestamp) -> i64 {
        let milliseconds = moment
            .as_millisecond()
            .saturating_sub(self.moment.as_millisecond());
        milliseconds.div_euclid(1000) + i64::from(milliseconds.rem_euclid(1000) > 0)
    }
}

/// By which rule a value was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A number of seconds.
    Seconds,
    /// A number of milliseconds.
    Milliseconds,
    /// A number with a unit, or several.
    Duration,
    /// An HTTP-date or RFC 3339.
    Date,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
}

impl Rule {
    /// The rule in words, with the clock where one was needed.
    pub fn told(self, clock: &Clock) -> String {
        let against = if clock.is_server {
            "against the server's Date"
        } else {
            "against this machine's clock, for the server sent no Date"
        };
        match self {
            Rule::Seconds => "in seconds".to_owned(),
            Rule::Milliseconds => "in milliseconds".to_owned(),
            Rule::Duration => "a duration".to_owned(),
            Rule::Date => format!("a date {against}"),
            Rule::EpochSeconds => format!("epoch seconds {against}"),
            Rule::EpochMilliseconds => format!("epoch milliseconds {against}"),
        }
    }
}

/// Seconds from now, rounded up, between 0 and 31 days; and how they were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Seconds from now.
    pub seconds: u64,
    /// The rule that fired.
    pub rule: Rule,
}

fn within(seconds: i64, rule: Rule) -> Option<Reading> {
    (-LONGEST..=LONGEST).contains(&seconds).then(|| Reading {
        seconds: u64::try_from(seconds).unwrap_or(0),
        rule,
    })
}

/// Reads `Retry-After` (RFC 9110 10.2.3): digits are seconds, else an HTTP-date.
pub fn retry_after(value: &str, clock: &Clock) -> Option<Reading> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return within(value.parse().ok()?, Rule::Seconds);
    }
    within(clock.until(http_date(value)?), Rule::Date)
}

/// Reads a number of milliseconds, rounded up to seconds.
pub fn milliseconds(value: &str) -> Option<Reading> {
    within(whole(number(value.trim())? / 1e3)?, Rule::Milliseconds)
}

/// Reads a reset in any notation.
pub fn read(value: &str, clock: &Clock) -> Option<Reading> {
    let value = value.trim();
    if let Some(number) = number(value) {
        return moment_or_span(number, clock);
    }
    if let Some(seconds) = duration(value) {
        return within(whole(seconds)?, Rule::Duration);
    }
    let moment = value.parse().ok().or_else(|| http_date(value))?;
    within(clock.until(moment), Rule::Date)
}

fn moment_or_span(number: f64, clock: &Clock) -> Option<Reading> {
    if number < 1e8 {
        return within(whole(number)?, Rule::Seconds);
    }
    let (milliseconds, rule) = if number <= 1e11 {
        (number * 1e3, Rule::EpochSeconds)
    } else {
        (number, Rule::EpochMilliseconds)
    };
    let moment = Timestamp::from_millisecond(whole(milliseconds)?).ok()?;
    within(clock.until(moment), rule)
}

/// Digits with a fraction or without: no sign, no exponent, no `inf`.
fn number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (plain && text.starts_with(|first: char| first.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn whole(number: f64) -> Option<i64> {
    // Far above any moment or span that is understood, far below where f64 loses whole numbers.
    (number < 1e15).then(|| number.ceil() as i64)
}

/// Go's notation of a span, `1h6m0.5s`, in seconds.
fn duration(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        seconds += number(amount)? * unit_seconds(unit)?;
        rest = after;
    }
    (!text.is_empty()).then_some(seconds)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return None,
    })
}

fn http_date(text: &str) -> Option<Timestamp> {
    let moment = httpdate::parse_http_date(text.trim()).ok()?;
    Timestamp::try_from(moment).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::{any, prop_assert, proptest};

    use crate::domain::rate_limit::reset::{Clock, LONGEST, Rule, milliseconds, read, retry_after};

    /// 2026-01-02T03:04:05Z on the server; the clock here is a year off.
    const DATE: &str = "Fri, 02 Jan 2026 03:04:05 GMT";

    fn clock() -> Clock {
        Clock::of(
            Some(DATE),
            "2025-01-01T00:00:00Z".parse().expect("a timestamp"),
        )
    }

    #[test]
    fn resets_in_every_notation() {
        for (value, seconds, rule) in [
            ("12", 12, Rule::Seconds),
            ("0", 0, Rule::Seconds),
            ("64.57", 65, Rule::Seconds),
            ("2678400", 2_678_400, Rule::Seconds),
            ("1767323065", 20, Rule::EpochSeconds),
            ("1767323064.5", 20, Rule::EpochSeconds),
            ("1767323040", 0, Rule::EpochSeconds),
            ("1767323064001", 20, Rule::EpochMilliseconds),
            ("1s", 1, Rule::Duration),
            ("6m0s", 360, Rule::Duration),
            ("12ms", 1, Rule::Duration),
            ("1h2m3.5s", 3724, Rule::Duration),
            ("2d", 172_800, Rule::Duration),
            ("250µs", 1, Rule::Duration),
            ("2026-01-02T03:05:05Z", 60, Rule::Date),
            ("2026-01-02T04:05:05.5+01:00", 61, Rule::Date),
            ("Fri, 02 Jan 2026 03:04:25 GMT", 20, Rule::Date),
        ] {
            let reading =
                read(value, &clock()).unwrap_or_else(|| panic!("not understood: {value}"));
            assert_eq!((reading.seconds, reading.rule), (seconds, rule), "{value}");
        }
        for value in [
            "",
            " ",
            "soon",
            "-1",
            "+5",
            "1e3",
            "inf",
            "NaN",
            "1.2.3",
            ".5",
            "s",
            "5x",
            "2678401",
            "99999999",
            "100000000",
            "99999999999999999999999",
            "1970-01-01T00:00:00Z",
            "9999-12-30T00:00:00Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "9999999999",
            "99999999999h",
            "9999-99-99",
        ] {
            assert_eq!(read(value, &clock()), None, "{value}");
        }
    }

    #[test]
    fn retry_after_is_digits_or_a_date() {
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("1000000", Some(1_000_000)),
            ("2678401", None),
            ("Fri, 02 Jan 2026 03:05:05 GMT", Some(60)),
            ("Fri, 02 Jan 2026 03:00:00 GMT", Some(0)),
            ("Friday, 02-Jan-26 03:04:15 GMT", Some(10)),
            ("1.5", None),
            ("-1", None),
            ("", None),
            ("99999999999999999999", None),
            ("2026-01-02T03:05:05Z", None),
        ] {
            assert_eq!(
                retry_after(value, &clock()).map(|r| r.seconds),
                seconds,
                "{value}"
            );
        }
        assert_eq!(milliseconds("1500").map(|r| r.seconds), Some(2));
        assert_eq!(milliseconds("-5"), None);
    }

    #[test]
    fn without_a_date_the_clock_here_must_do() {
        let here = Clock::of(Some("yesterday"), Timestamp::UNIX_EPOCH);
        assert_eq!(
            read("1970-01-01T00:00:09Z", &here).map(|r| r.seconds),
            Some(9)
        );
        assert!(Rule::Date.told(&here).contains("this machine"));
        assert!(Rule::Date.told(&clock()).contains("the server's Date"));
    }

    proptest! {
        #[test]
        fn any_text_is_within_bounds_or_not_understood(text in any::<String>(), number in "[0-9.smhd]{0,30}", date in any::<String>()) {
            let clock = Clock::of(Some(&date), Timestamp::MAX);
            for reading in [read(&text, &clock), read(&number, &clock), retry_after(&text, &clock), milliseconds(&number)].into_iter().flatten() {
                prop_assert!(reading.seconds <= LONGEST.unsigned_abs());
            }
        }
    }
}
