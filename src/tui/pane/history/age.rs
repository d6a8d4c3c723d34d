//! When a row was sent, in few columns: how long ago while that is near, then the date; or the time itself.
//!
//! ```text
//!   relative   now  10 s  50 s  4 m  23 h  11-02  2025-11        by steps, so that nothing ticks between
//!   absolute   14:03:07     11-02 14:03      2025-11-02
//! ```

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::tui::session::Clock;

/// The steps of the first minute, in seconds.
const STEP: i64 = 10;
const BEHIND: i64 = -STEP;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How many columns a time takes at most.
pub fn columns(clock: Clock) -> usize {
    match clock {
        Clock::Relative => 7,
        Clock::Absolute => 11,
    }
}

/// When something was sent, as seen now.
pub fn text(clock: Clock, now: Timestamp, then: Timestamp, zone: &TimeZone) -> String {
    match clock {
        Clock::Relative => relative(now, then, zone),
        Clock::Absolute => absolute(now, then, zone),
    }
}

/// How long until that text changes; `None` when only the calendar changes it.
pub fn changes_in(clock: Clock, now: Timestamp, then: Timestamp) -> Option<Duration> {
    let milliseconds = now.as_millisecond();
    let (step, past) = match (clock, ago(now, then)) {
        (Clock::Absolute, _) | (Clock::Relative, DAY..) => return None,
        // Few rows are that young, and each has its own ten seconds.
        (Clock::Relative, ..MINUTE) => (STEP, milliseconds - then.as_millisecond()),
        (Clock::Relative, _) => (MINUTE, milliseconds),
    };
    let left = step * 1000 - past.rem_euclid(step * 1000);
    Some(Duration::from_millis(left.unsigned_abs()))
}

/// How many seconds ago. From a minute on both moments are taken by the minute, so that all rows change at once.
fn ago(now: Timestamp, then: Timestamp) -> i64 {
    let minute = |at: Timestamp| at.as_second().div_euclid(MINUTE) * MINUTE;
    match (now.as_millisecond() - then.as_millisecond()).div_euclid(1000) {
        young @ ..MINUTE => young.div_euclid(STEP) * STEP,
        _ => (minute(now) - minute(then)).max(MINUTE),
    }
}

fn relative(now: Timestamp, then: Timestamp, zone: &TimeZone) -> String {
    match ago(now, then) {
        // Two clocks may differ by that much.
        ..BEHIND => "ahead".to_owned(),
        BEHIND..STEP => "now".to_owned(),
        seconds @ ..MINUTE => format!("{seconds} s"),
        seconds @ ..HOUR => format!("{} m", seconds / MINUTE),
        seconds @ ..DAY => format!("{} h", seconds / HOUR),
        _ => {
            let (now, then) = (now.to_zoned(zone.clone()), then.to_zoned(zone.clone()));
            let format = if is_this_year(&now, &then) {
                "%m-%d"
            } else {
                "%Y-%m"
            };
            then.strftime(format).to_string()
        }
    }
}

fn absolute(now: Timestamp, then: Timestamp, zone: &TimeZone) -> String {
    let (now, then) = (now.to_zoned(zone.clone()), then.to_zoned(zone.clone()));
    let format = match (now.date() == then.date(), is_this_year(&now, &then)) {
        (true, _) => "%H:%M:%S",
        (false, true) => "%m-%d %H:%M",
        (false, false) => "%Y-%m-%d",
    };
    then.strftime(format).to_string()
}

fn is_this_year(now: &Zoned, then: &Zoned) -> bool {
    now.year() == then.year()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::{Offset, TimeZone};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use crate::tui::pane::history::age::{changes_in, columns, text};
    use crate::tui::session::Clock;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn near_times_are_distances_and_far_ones_dates() {
        let now = at("2026-11-28T03:04:05Z");
        for (then, relative, absolute) in [
            ("2026-11-28T03:04:05Z", "now", "03:04:05"),
            ("2026-11-28T03:03:59Z", "now", "03:03:59"),
            ("2026-11-28T03:03:42Z", "20 s", "03:03:42"),
            ("2026-11-28T03:03:11Z", "50 s", "03:03:11"),
            ("2026-11-28T03:03:06Z", "50 s", "03:03:06"),
            ("2026-11-28T03:03:04Z", "1 m", "03:03:04"),
            ("2026-11-28T03:02:30Z", "2 m", "03:02:30"),
            ("2026-11-28T02:04:59Z", "1 h", "02:04:59"),
            ("2026-11-27T03:05:00Z", "23 h", "11-27 03:05"),
            ("2026-11-27T03:04:00Z", "11-27", "11-27 03:04"),
            ("2026-01-02T23:59:59Z", "01-02", "01-02 23:59"),
            ("2025-11-28T03:04:05Z", "2025-11", "2025-11-28"),
            // Another machine's clock.
            ("2026-11-28T03:04:09Z", "now", "03:04:09"),
            ("2026-11-28T05:00:00Z", "ahead", "05:00:00"),
        ] {
            for (clock, expected) in [(Clock::Relative, relative), (Clock::Absolute, absolute)] {
                assert_eq!(
                    text(clock, now, at(then), &TimeZone::UTC),
                    expected,
                    "{then}"
                );
            }
        }
        let east = TimeZone::fixed(Offset::constant(9));
        let then = at("2026-11-27T15:30:00Z");
        assert_eq!(text(Clock::Absolute, now, then, &east), "00:30:00");
    }

    proptest! {
        /// A text stays what it is until the moment that was told, and fits its column.
        #[test]
        fn nothing_changes_between(seconds in 0..200_000_000_i64, ms in 0..1000_i64, ago in any::<u32>(), part in 0.0..1.0_f64) {
            let now = Timestamp::from_millisecond(1_700_000_000_000 + seconds * 1000 + ms).expect("a time");
            let then = now - std::time::Duration::from_millis(u64::from(ago) % 200_000_000);
            for clock in [Clock::Relative, Clock::Absolute] {
                let before = text(clock, now, then, &TimeZone::UTC);
                prop_assert!(before.chars().count() <= columns(clock), "{}", before);
                if let Some(left) = changes_in(clock, now, then) {
                    let later = now + left.mul_f64(part);
                    let close = left.mul_f64(part) + std::time::Duration::from_millis(1) >= left;
                    if !close {
                        prop_assert_eq!(text(clock, later, then, &TimeZone::UTC), before);
                    }
                }
            }
        }
    }
}
