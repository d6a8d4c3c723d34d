//! Draws one row's part of a line that may be far longer than the row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::tui::theme::Theme;
use crate::tui::widget::glyph::{Glyph, glyph_at, glyphs, place_of_byte, place_of_column};
use crate::tui::widget::list::follow;

/// The screen column of a cursor before a byte of a line, and how many columns it covers.
pub fn cursor_columns(line: &str, byte: usize) -> (usize, usize) {
    let place = place_of_byte(line, byte);
    let covered = glyph_at(line, place.byte);
    (place.column, covered.map_or(1, |glyph| glyph.width))
}

/// The first column to draw, as near as can be to `from`, so that the cursor before a byte is in a view of `room`
/// columns, with a margin where there is text to see.
pub fn left_for(line: &str, byte: usize, from: usize, room: usize, margin: usize) -> usize {
    let (column, covered) = cursor_columns(line, byte);
    // As far as this matters, where the line ends: one column behind it is the cursor's.
    let end = place_of_column(line, column + covered + room).column + 1;
    follow(from, column, covered, room, margin).min(end.saturating_sub(room))
}

/// Draws the columns of a line from `left` on into the first row of `area`, each glyph as `style` says. Answers how
/// many glyphs were looked at, which is no more than there are columns, and one.
pub fn draw(
    line: &str,
    left: usize,
    area: Rect,
    buffer: &mut Buffer,
    mut style: impl FnMut(Glyph<'_>) -> Style,
) -> usize {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return 0;
    }
    let right = left.saturating_add(usize::from(area.width));
    let mut seen = 0;
    for glyph in glyphs(line, place_of_column(line, left)).take_while(|glyph| glyph.column < right)
    {
        seen += 1;
        draw_glyph(glyph, left, area, buffer, style(glyph));
    }
    seen
}

/// Draws what is visible of one glyph; of a wide letter that the edge cuts, only its room.
fn draw_glyph(glyph: Glyph<'_>, left: usize, area: Rect, buffer: &mut Buffer, style: Style) {
    let right = left + usize::from(area.width);
    let symbol = glyph.symbol();
    let whole = glyph.column >= left && glyph.column + glyph.width <= right;
    for (at, column) in (glyph.column..(glyph.column + glyph.width).min(right)).enumerate() {
        let Some(x) = column.checked_sub(left) else {
            continue;
        };
        // `x` is less than the area's width, a u16.
        let x = area.x + x as u16;
        let Some(cell) = buffer.cell_mut((x, area.y)) else {
            continue;
        };
        cell.reset();
        if glyph.is_placeholder() {
            // All signs of a placeholder are one column wide.
            cell.set_char(symbol.chars().nth(at).unwrap_or(' '));
        } else if whole && at == 0 {
            cell.set_symbol(&symbol);
        }
        cell.set_style(style);
    }
}

/// The cells of a row that show `width` columns from `column` on, in a view that begins at `left`.
pub fn cells(row: Rect, left: usize, column: usize, width: usize) -> Rect {
    let end = left.saturating_add(usize::from(row.width));
    let (from, to) = (column.clamp(left, end), (column + width).clamp(left, end));
    // Both lie within the row, whose width is a u16.
    Rect::new(
        row.x + (from - left) as u16,
        row.y,
        (to - from) as u16,
        row.height.min(1),
    )
}

/// Draws the cursor over what it covers. At a selection's end it would look like one more selected letter, so there it
/// is what is not reversed.
pub fn draw_cursor(covered: Rect, selecting: bool, buffer: &mut Buffer, theme: Theme) {
    let style = if selecting {
        Style::new()
            .remove_modifier(Modifier::REVERSED)
            .add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
    } else {
        theme.cursor(true)
    };
    buffer.set_style(covered, style);
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::{draw, left_for};

    #[test]
    fn a_part_of_a_line_is_drawn() {
        let line = "ab漢c\u{202e}d\te\u{301}";
        for (left, width, expected) in [
            (0, 6, "ab漢 c⟨"),
            (2, 4, "漢 c⟨"),
            // The wide letter is cut at the edge: its room stays empty.
            (3, 3, " c⟨"),
            (1, 2, "b "),
            (6, 9, "U+202E⟩d→"),
            (14, 5, "→ e\u{301}  "),
            (99, 2, "  "),
        ] {
            let area = Rect::new(0, 0, width, 1);
            let mut buffer = Buffer::empty(area);
            draw(line, left, area, &mut buffer, |_| Style::new());
            let row: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
            assert_eq!(row, expected, "{left} {width}");
        }
    }

    #[test]
    fn a_mebibyte_is_drawn_by_its_visible_part() {
        let line = "é".repeat(1 << 19);
        let area = Rect::new(0, 0, 80, 1);
        let mut buffer = Buffer::empty(area);
        assert_eq!(
            draw(&line, 300_000, area, &mut buffer, |_| Style::new()),
            80
        );
        assert_eq!(draw(&line, 0, Rect::ZERO, &mut buffer, |_| Style::new()), 0);
    }

    #[test]
    fn a_view_has_margins_only_where_there_is_text() {
        for (line, byte, from, room, expected) in [
            ("0123456789", 10, 0, 11, 0),
            ("0123456789", 10, 0, 6, 5),
            ("0123456789", 8, 0, 6, 5),
            ("0123456789", 5, 0, 6, 2),
            ("0123456789", 5, 9, 6, 3),
            ("0123456789", 0, 9, 6, 0),
            ("漢漢漢", 6, 0, 3, 3),
            ("漢漢漢", 9, 0, 3, 4),
            ("", 0, 7, 5, 0),
            ("0123456789", 5, 0, 0, 5),
        ] {
            let left = left_for(line, byte, from, room, 2);
            assert_eq!(left, expected, "{line} {byte} {from} {room}");
        }
    }
}
