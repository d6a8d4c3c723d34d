//! A line of bars in one row: how much of something there was, one cell a span of time, and where some of it went wrong.
//!
//! ```text
//!   ▁ ▂▅█▃ ▁      the tallest bar is the most there was; what was nothing is a gap
//!      ━          red and underlined where something of it went wrong, yellow where most of it was refused
//! ```
//!
//! A bar that went wrong is told by colour and by its underline, so that it reads without colour as well.

use ratatui::style::Modifier;
use ratatui::text::Span;

use crate::tui::theme::{Theme, Tone};

/// The bars, from the lowest up.
const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// One cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// How much there was.
    pub of: u64,
    /// How much of it was refused.
    pub refused: u64,
    /// How much of it went wrong.
    pub wrong: u64,
}

/// The cells, oldest first; nothing at all when there was nothing.
pub fn cells<'a>(bars: &[Bar], theme: Theme) -> Vec<Span<'a>> {
    let most = bars.iter().map(|bar| bar.of).max().unwrap_or(0);
    if most == 0 {
        return Vec::new();
    }
    let cell = |bar: &Bar| match (bar.of, bar.wrong) {
        (0, _) => Span::raw(" "),
        (of, 0) => {
            let mostly_refused = bar.refused.saturating_mul(2) > of;
            let tone = if mostly_refused {
                Tone::Refused
            } else {
                Tone::Success
            };
            Span::styled(height(of, most), theme.style(tone))
        }
        (of, _) => {
            let style = theme.style(Tone::Broken);
            Span::styled(height(of, most), style.add_modifier(Modifier::UNDERLINED))
        }
    };
    bars.iter().map(cell).collect()
}

/// The bar of this much; what is there at all is seen.
fn height(of: u64, most: u64) -> &'static str {
    // Rounded up, and at most the last one.
    let steps = (u128::from(of) * BARS.len() as u128).div_ceil(u128::from(most.max(1)));
    BARS[(steps as usize).clamp(1, BARS.len()) - 1]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use ratatui::style::Modifier;

    use crate::tui::theme::Theme;
    use crate::tui::widget::spark::{Bar, cells};

    fn drawn(bars: &[(u64, u64)]) -> String {
        let bars: Vec<Bar> = bars
            .iter()
            .map(|&(of, wrong)| Bar {
                of,
                wrong,
                refused: 0,
            })
            .collect();
        let cells = cells(&bars, Theme { colour: false });
        cells.iter().map(|cell| cell.content.as_ref()).collect()
    }

    #[test]
    fn the_most_is_the_tallest_and_little_is_still_seen() {
        for (bars, expected) in [
            (&[][..], ""),
            (&[(0, 0), (0, 0)], ""),
            (&[(1, 0), (0, 0), (8, 0), (4, 0)], "▁ █▄"),
            (&[(1, 0), (1_000_000, 0)], "▁█"),
            (&[(3, 3)], "█"),
        ] {
            assert_eq!(drawn(bars), expected, "{bars:?}");
        }
    }

    #[test]
    fn what_went_wrong_is_told_without_colour_too() {
        let bars = [0, 1].map(|wrong| Bar {
            of: 2,
            wrong,
            refused: 0,
        });
        let cells = cells(&bars, Theme { colour: false });
        let marked = |at: usize| cells[at].style.add_modifier.contains(Modifier::UNDERLINED);
        assert!(!marked(0) && marked(1));
    }

    proptest! {
        #[test]
        fn each_span_of_time_has_one_cell(bars in proptest::collection::vec(any::<(u64, u64)>(), 0..80)) {
            let line = drawn(&bars);
            let some = bars.iter().any(|(of, _)| *of > 0);
            prop_assert_eq!(line.chars().count(), if some { bars.len() } else { 0 });
            prop_assert!(!some || line.contains('█'));
        }
    }
}
