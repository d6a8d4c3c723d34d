//! The quota gauge: `████████░░ 42/60`.
//!
//! Readable without colour: the bar and the numbers say everything. What the server did not say is never drawn as full.

use ratatui::text::{Line, Span};

use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::cut;

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

    use super::{line, tone};
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

    proptest! {
        #[test]
        fn any_numbers_fit(limit in any::<Option<u64>>(), remaining in any::<Option<u64>>(), width in 0_u16..30) {
            assert!(line(limit, remaining, width, THEME).width() <= usize::from(width));
        }
    }
}
