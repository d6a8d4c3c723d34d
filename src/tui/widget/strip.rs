//! Draws one row's part of a line that may be far longer than the row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::widget::glyph::{Glyph, glyphs, place_of_column};

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

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::draw;

    #[test]
    fn a_part_of_a_line_is_drawn() {
        let line = "ab漢c\u{202e}d\te\u{301}";
        for (left, width, expected) in [
            (0, 6, "ab漢 c‹"),
            (2, 4, "漢 c‹"),
            // The wide letter is cut at the edge: its room stays empty.
            (3, 3, " c‹"),
            (1, 2, "b "),
            (6, 9, "U+202E›d→"),
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
}
