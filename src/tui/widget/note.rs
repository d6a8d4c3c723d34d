//! A message beneath the line it speaks of, as a compiler shows it: `^^ code: message`, in a few rows at most.
//!
//! Where it begins follows the place it speaks of, as far as there is room for words there; where there is none it
//! begins at the left and says `↑`, and for a place that is not on the screen `←` or `→`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text;
use crate::tui::widget::wrap::wrap_text;

/// How many rows one message takes at most.
pub const ROWS: usize = 3;

/// Fewer columns than this are no room for words.
const ROOM: usize = 24;

/// Something to be said beneath a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// The screen columns it speaks of, in the line, not in the view.
    pub columns: (usize, usize),
    /// What it says.
    pub text: &'a str,
    /// Whether it speaks of something that was changed since.
    pub faded: bool,
}

/// The rows of a note, and where they begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    /// The column in the view.
    pub x: usize,
    /// What stands in each, at most [`ROWS`] of them; none without any width.
    pub rows: Vec<String>,
}

/// The look of a note, and of its sign in the gutter.
pub fn style(faded: bool, theme: Theme) -> Style {
    match faded {
        true => theme.style(Tone::Faint),
        false => theme.style(Tone::Refused),
    }
}

/// Draws one row of a note at the column `x` of the row `area`.
pub fn draw_row(row: &str, x: usize, faded: bool, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let width = usize::from(area.width);
    let style = style(faded, theme).add_modifier(Modifier::ITALIC);
    // What begins beyond the area is cut to nothing there.
    let x = area.x.saturating_add(x.min(width) as u16);
    if buffer.area.contains((x, area.y).into()) && x < area.right() {
        buffer.set_stringn(x, area.y, row, usize::from(area.right() - x), style);
    }
}

/// Lays a note out in a view of `width` columns that begins at the column `left`.
pub fn laid_out(note: &Note<'_>, left: usize, width: usize) -> Laid {
    if width == 0 {
        return Laid::default();
    }
    let (start, end) = note.columns;
    if end.max(start + 1) <= left {
        return led("← ", note.text, 0, width);
    }
    if start >= left.saturating_add(width) {
        return led("→ ", note.text, 0, width);
    }
    let x = start.saturating_sub(left);
    let span = end.min(left + width).saturating_sub(left + x);
    let sign = if note.faded { "~" } else { "^" };
    let signs = sign.repeat(span.clamp(1, (width / 4).max(1)));
    let room = (width - x).saturating_sub(signs.len() + 1);
    let needed = match text::fits(note.text, width) {
        // A mark without a letter takes a column of its own behind a space.
        true => text::width(note.text).max(1),
        false => usize::MAX,
    };
    if needed <= room {
        return led(&format!("{signs} "), note.text, x, width);
    }
    let before = needed.saturating_add(1);
    if before <= x {
        let rows = vec![format!("{} {signs}", note.text)];
        return Laid {
            x: x - before,
            rows,
        };
    }
    match room >= ROOM.max(width / 2) {
        true => led(&format!("{signs} "), note.text, x, width),
        false => led("↑ ", note.text, 0, width),
    }
}

/// A text behind a lead, its further rows beneath its first.
fn led(lead: &str, said: &str, x: usize, width: usize) -> Laid {
    let indent = text::width(lead);
    let room = width.saturating_sub(x + indent).max(1);
    // What was cut from a u16 fits one.
    let lines = wrap_text(said, Style::new(), room as u16, ROWS);
    let mut rows: Vec<String> = lines
        .iter()
        .map(|line| format!("{:indent$}{line}", ""))
        .collect();
    match rows.first_mut() {
        Some(first) => first.replace_range(..indent, lead),
        None => rows.push(lead.trim_end().to_owned()),
    }
    Laid { x, rows }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Note, ROWS, laid_out};
    use crate::tui::widget::text::width;

    #[test]
    fn a_note_stands_where_it_can_be_read() {
        for (columns, left, width, expected) in [
            ((2, 4), 0, 20, (2, vec!["^^ too small"])),
            ((2, 2), 0, 20, (2, vec!["^ too small"])),
            ((2, 90), 0, 20, (2, vec!["^^^^^ too small"])),
            ((15, 17), 0, 20, (5, vec!["too small ^^"])),
            ((5, 6), 0, 12, (0, vec!["↑ too small"])),
            ((5, 6), 0, 8, (0, vec!["↑ too", "  small"])),
            ((4, 6), 0, 5, (0, vec!["↑ too", "  sma", "  ll"])),
            ((2, 4), 10, 20, (0, vec!["← too small"])),
            ((50, 54), 10, 20, (0, vec!["→ too small"])),
            ((2, 4), 2, 0, (0, vec![])),
        ] {
            let note = Note {
                columns,
                text: "too small",
                faded: false,
            };
            let laid = laid_out(&note, left, width);
            assert_eq!(
                (laid.x, laid.rows),
                (
                    expected.0,
                    expected.1.iter().map(|row| (*row).to_owned()).collect()
                ),
                "{columns:?} {left} {width}"
            );
        }
    }

    #[test]
    fn a_long_message_takes_rows_beneath_its_beginning() {
        let text = "changed since: unknown_currency: there is no such currency in ISO 4217, or none that is still in use today";
        let note = Note {
            columns: (4, 9),
            text,
            faded: true,
        };
        let laid = laid_out(&note, 0, 50);
        assert_eq!(
            laid.rows,
            [
                "~~~~~ changed since: unknown_currency: there",
                "      is no such currency in ISO 4217, or none",
                "      that is still in use today",
            ]
        );
        assert_eq!(laid.x, 4);
        let laid = laid_out(&note, 0, 30);
        assert_eq!((laid.x, laid.rows.len()), (0, ROWS));
        assert!(laid.rows[2].ends_with('…'));
    }

    #[test]
    fn a_mark_without_a_letter_has_its_column() {
        for room in 1..40 {
            for start in 0..room {
                let columns = (start, start);
                let note = Note {
                    columns,
                    text: "\u{20d0}",
                    faded: false,
                };
                let laid = laid_out(&note, 0, room);
                for row in &laid.rows {
                    assert!(
                        laid.x + width(row) <= room.max(4),
                        "{start} {room} {laid:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_note_keeps_within_its_view(
            text in any::<String>(), start in 0_usize..60, len in 0_usize..60, left in 0_usize..60, room in 0_usize..60, faded in any::<bool>(),
        ) {
            let text = crate::document::visible::visible(&text);
            let laid = laid_out(&Note { columns: (start, start + len), text: &text, faded }, left, room);
            assert!(laid.rows.len() <= ROWS && laid.rows.is_empty() == (room == 0));
            // A wide letter needs two columns wherever it stands.
            for row in &laid.rows {
                assert!(laid.x + width(row) <= room.max(4), "{laid:?}");
            }
        }
    }
}
