//! The quota gauge: `████████░░ 42/60`, and the spans of time beside it: `12 s`, `4 m 03 s`, `4 m ago`.
//!
//! Readable without colour: the bar and the numbers say everything. What the server did not say is never drawn as full.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, relative};

/// The widest bar, in columns.
const BAR: u16 = 10;

/// The narrowest bar that still says something.
const LEAST: u16 = 3;

/// The gauge in at most `width` columns; the bar gives way first.
pub fn line(limit: Option<u64>, remaining: Option<u64>, width: u16, theme: Theme) -> Line<'static> {
    let tone = tone(limit, remaining);
    let numbers = numbers(limit, remaining);
    let columns = usize::from(width);
    // Digits and ASCII words: a byte is a column.
    let room = usize::from(width).saturating_sub(numbers.len() + 1);
    let bar = u16::try_from(room).unwrap_or(BAR).min(BAR);
    match (limit, remaining) {
        (Some(limit), Some(remaining)) if limit > 0 && bar >= LEAST => {
            let full = usize::from(filled(limit, remaining, bar));
            let empty = usize::from(bar) - full;
            Line::from(vec![
                Span::styled("█".repeat(full), theme.style(tone)),
                Span::styled("░".repeat(empty), theme.style(tone)),
                Span::raw(" "),
                Span::styled(numbers, theme.style(tone)),
            ])
        }
        _ => Line::styled(cut(&numbers, columns).into_owned(), theme.style(tone)),
    }
}

fn numbers(limit: Option<u64>, remaining: Option<u64>) -> String {
    match (limit, remaining) {
        (Some(limit), Some(remaining)) => {
            // As wide as the limit, so that nothing jumps when a digit goes.
            let width = limit.to_string().len();
            format!("{remaining:>width$}/{limit}")
        }
        (None, Some(remaining)) => format!("{remaining} left"),
        (Some(limit), None) => format!("?/{limit}"),
        (None, None) => "quota unknown".to_owned(),
    }
}

/// A span that runs down, given in seconds: `12 s`, `4 m 03 s`, `2 h 05 m`, `11 d 13 h`. Nothing jumps when a digit goes.
pub fn countdown(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds:>2} s"),
        60..3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// A span that stands still, given in seconds, in the unit that servers think in: `60 s`, `5 m`, `1 h`, `30 d`.
pub fn length(seconds: u64) -> String {
    match seconds {
        0..=120 => format!("{seconds} s"),
        _ if seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} m", seconds / 60),
        _ => countdown(seconds),
    }
}

/// How many seconds a countdown reads the same.
pub fn countdown_holds(seconds: u64) -> u64 {
    match seconds {
        0..3600 => 1,
        3600..86_400 => seconds % 60 + 1,
        _ => seconds % 3600 + 1,
    }
}

/// How long ago something was, given in seconds: `just now`, `12 s ago`, `4 m ago`.
pub fn ago(seconds: u64) -> String {
    match relative(i64::try_from(seconds).unwrap_or(i64::MAX), 0).as_str() {
        "now" => "just now".to_owned(),
        past => format!("{past} ago"),
    }
}

/// When the first of these next reads otherwise: of something told so many milliseconds ago, how long ago that is, where
/// it is shown, and the countdowns that began then, each with the seconds that are left of it.
pub fn changes_in(
    milliseconds: u64,
    shows_age: bool,
    countdowns: impl IntoIterator<Item = u64>,
) -> Option<Duration> {
    let (seconds, past) = (milliseconds / 1000, milliseconds % 1000);
    // All began together, so all turn at the same fraction of a second.
    let turn = |holds: u64| Duration::from_millis(holds * 1000 - past);
    let age = match seconds {
        0..60 => 1,
        60..3600 => 60 - seconds % 60,
        _ => 3600 - seconds % 3600,
    };
    let counted = countdowns.into_iter().map(countdown_holds);
    counted.chain(shows_age.then_some(age)).min().map(turn)
}

/// A quarter left is a warning, nothing left is what a 429 comes from.
fn tone(limit: Option<u64>, remaining: Option<u64>) -> Tone {
    match (limit, remaining) {
        (_, Some(0)) => Tone::Broken,
        (Some(limit), Some(remaining)) if remaining <= limit / 4 => Tone::Refused,
        (_, Some(_)) => Tone::Plain,
        (_, None) => Tone::Faint,
    }
}

/// How many columns of a bar are full: none only for nothing, all only for all.
fn filled(limit: u64, remaining: u64, bar: u16) -> u16 {
    if remaining >= limit {
        return bar;
    }
    let exact = u128::from(remaining) * u128::from(bar) / u128::from(limit);
    // Less than `bar`, since less than the whole remains.
    let full = exact as u16;
    full.clamp(u16::from(remaining > 0), bar - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{ago, changes_in, countdown, countdown_holds, length, line, tone};
    use crate::tui::theme::{Theme, Tone};

    const THEME: Theme = Theme { colour: true };

    #[test]
    fn a_gauge_reads_without_colour() {
        for (limit, remaining, width, expected) in [
            (Some(60), Some(42), 16, "███████░░░ 42/60"),
            (Some(60), Some(42), 80, "███████░░░ 42/60"),
            (Some(60), Some(60), 16, "██████████ 60/60"),
            (Some(60), Some(59), 16, "█████████░ 59/60"),
            (Some(60), Some(1), 16, "█░░░░░░░░░  1/60"),
            (Some(60), Some(0), 16, "░░░░░░░░░░  0/60"),
            (Some(60), Some(75), 16, "██████████ 75/60"),
            (Some(60), Some(42), 10, "██░░ 42/60"),
            (Some(60), Some(42), 8, "42/60"),
            (Some(60), Some(42), 4, "42/…"),
            (Some(0), Some(0), 16, "0/0"),
            (Some(0), Some(5), 16, "5/0"),
            (Some(60), None, 16, "?/60"),
            (None, Some(42), 16, "42 left"),
            (None, None, 16, "quota unknown"),
            (None, None, 5, "quot…"),
            (None, None, 0, ""),
        ] {
            let drawn = line(limit, remaining, width, THEME).to_string();
            assert_eq!(drawn, expected, "{limit:?} {remaining:?} {width}");
        }
    }

    #[test]
    fn little_left_is_a_warning() {
        for (limit, remaining, expected) in [
            (Some(60), Some(16), Tone::Plain),
            (Some(60), Some(15), Tone::Refused),
            (Some(60), Some(0), Tone::Broken),
            (Some(0), Some(5), Tone::Plain),
            (None, Some(0), Tone::Broken),
            (Some(60), None, Tone::Faint),
        ] {
            assert_eq!(tone(limit, remaining), expected, "{limit:?} {remaining:?}");
        }
    }

    #[test]
    fn spans_read_as_people_say_them() {
        for (seconds, left, past) in [
            (0, " 0 s", "just now"),
            (9, " 9 s", "9 s ago"),
            (59, "59 s", "59 s ago"),
            (60, "1 m 00 s", "1 m ago"),
            (3599, "59 m 59 s", "59 m ago"),
            (3660, "1 h 01 m", "1 h ago"),
            (1_000_000, "11 d 13 h", "11 d ago"),
            (u64::MAX, "213503982334601 d 07 h", "106751991167300 d ago"),
        ] {
            assert_eq!(
                (countdown(seconds).as_str(), ago(seconds).as_str()),
                (left, past)
            );
        }
    }

    #[test]
    fn lengths_read_in_whole_units() {
        for (seconds, expected) in [
            (1, "1 s"),
            (60, "60 s"),
            (300, "5 m"),
            (330, "5 m 30 s"),
            (3600, "1 h"),
            (86_400, "1 d"),
            (90_000, "25 h"),
        ] {
            assert_eq!(length(seconds), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_said_to_hold_does(milliseconds in 0_u64..200_000_000, left in 1_u64..200_000_000) {
            let holds = countdown_holds(left);
            assert!(holds > left || countdown(left) == countdown(left + 1 - holds));
            assert!(holds > left || countdown(left) != countdown(left - holds));
            let turn = changes_in(milliseconds, true, []).expect("an age always changes");
            let then = milliseconds + u64::try_from(turn.as_millis()).expect("short");
            assert_eq!(ago(milliseconds / 1000), ago((then - 1) / 1000));
            assert!(then % 1000 == 0 && then > milliseconds);
        }
    }

    proptest! {
        #[test]
        fn any_numbers_fit(limit in any::<Option<u64>>(), remaining in any::<Option<u64>>(), width in 0_u16..30) {
            assert!(line(limit, remaining, width, THEME).width() <= usize::from(width));
        }
    }
}
