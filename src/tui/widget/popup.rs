//! A titled box over the middle of the screen, as large as its content and no larger than the screen.
//!
//! ```text
//!   ╭ Send under a new key? ──────────╮
//!   │ It may act twice.               │
//!   ╰────────────────────── Esc: no ──╯
//! ```
//! The box clears what is below it and answers where its content goes; the caller draws that.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Widget};

use crate::document::visible::visible;
use crate::tui::theme::Theme;
use crate::tui::widget::text::{cut, grapheme_width, width as text_width};
use crate::tui::widget::wrap::wrap;

/// The smallest screen around which a margin is left, in columns and rows.
const ROOMY: (u16, u16) = (40, 12);

/// Lines wider than this are hard to read.
const WIDEST: u16 = 84;

/// A titled box.
#[derive(Clone, Copy, Debug)]
pub struct Popup<'a> {
    /// What it is about.
    pub title: &'a str,
    /// How it is left, at its lower edge; may be empty.
    pub hint: &'a str,
}

impl Popup<'_> {
    /// The box on this screen, for content of so many columns and rows.
    pub fn area(&self, screen: Rect, (columns, rows): (u16, u16)) -> Rect {
        let roomy = screen.width >= ROOMY.0 && screen.height >= ROOMY.1;
        let (across, down) = if roomy { (4, 2) } else { (0, 0) };
        let edge = text_width(self.title).max(text_width(self.hint));
        let edge = u16::try_from(edge).unwrap_or(u16::MAX);
        let wanted = columns.saturating_add(4).max(edge.saturating_add(6));
        let width = wanted.min(screen.width - across);
        let height = rows.saturating_add(2).min(screen.height - down);
        Rect::new(
            screen.x + (screen.width - width) / 2,
            screen.y + (screen.height - height) / 2,
            width,
            height,
        )
    }

    /// Where the content goes in a box; no border where there is no room for one.
    pub fn inner(&self, area: Rect) -> Rect {
        if area.width < 3 || area.height < 3 {
            return area;
        }
        Block::bordered().padding(padding(area)).inner(area)
    }

    /// How many columns a line of [`Popup::show`] may have before it is broken.
    pub fn room(&self, screen: Rect) -> usize {
        let border = if screen.width < 3 || screen.height < 3 {
            0
        } else {
            4
        };
        let margin = if screen.width < ROOMY.0 { 0 } else { 8 };
        usize::from(screen.width.saturating_sub(border + margin).min(WIDEST))
    }

    /// Draws the box with these lines in it, broken to its width. `last` stands at its lower end, and is what remains
    /// when there is no room for both.
    pub fn show(
        &self,
        lines: Vec<Line<'_>>,
        last: Vec<Line<'_>>,
        theme: Theme,
        screen: Rect,
        buffer: &mut Buffer,
    ) {
        let room = u16::try_from(self.room(screen)).unwrap_or(WIDEST);
        let most = usize::from(screen.height);
        let broken = |lines: &[Line<'_>]| -> Vec<Line<'static>> {
            lines
                .iter()
                .flat_map(|line| wrap(line, room, most))
                .collect()
        };
        let (mut rows, last) = (broken(&lines), broken(&last));
        let columns = rows.iter().chain(&last).map(Line::width).max().unwrap_or(0);
        let size = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let wanted = (size(columns), size(rows.len() + last.len()));
        let inner = self.draw(screen, wanted, buffer, theme);
        rows.truncate(usize::from(inner.height).saturating_sub(last.len()));
        for (row, y) in rows.into_iter().chain(last).zip(inner.y..inner.bottom()) {
            row.render(
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
                buffer,
            );
        }
    }

    /// Clears and draws the box, and answers where its content goes.
    pub fn draw(&self, screen: Rect, size: (u16, u16), buffer: &mut Buffer, theme: Theme) -> Rect {
        let area = self.area(screen, size).intersection(buffer.area);
        clear(area, buffer);
        if area.width < 3 || area.height < 3 {
            return area;
        }
        let room = usize::from(area.width).saturating_sub(4);
        let label = |text: &str| match cut(&visible(text), room) {
            shown if shown.is_empty() => String::new(),
            shown => format!(" {shown} "),
        };
        Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.border(true))
            .title_top(Line::styled(label(self.title), theme.title(true)))
            .title_bottom(Line::raw(label(self.hint)).right_aligned())
            .render(area, buffer);
        self.inner(area)
    }
}

fn padding(area: Rect) -> Padding {
    if area.width >= 10 {
        Padding::horizontal(1)
    } else {
        Padding::ZERO
    }
}

/// Empties an area. A wide letter that begins left of it would be drawn over its edge, so that goes too.
fn clear(area: Rect, buffer: &mut Buffer) {
    Clear.render(area, buffer);
    let Some(beside) = area.x.checked_sub(1) else {
        return;
    };
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((beside, y))
            && grapheme_width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::Popup;
    use crate::tui::theme::Theme;

    const THEME: Theme = Theme { colour: true };
    const POPUP: Popup<'static> = Popup {
        title: "Replay?",
        hint: "Esc no",
    };

    fn drawn(width: u16, height: u16, size: (u16, u16)) -> Vec<String> {
        let screen = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(screen);
        for y in 0..height {
            buffer.set_string(0, y, "漢".repeat(usize::from(width)), Style::new());
        }
        let inner = POPUP.draw(screen, size, &mut buffer, THEME);
        for y in inner.top()..inner.bottom() {
            buffer.set_stringn(
                inner.x,
                y,
                "content",
                usize::from(inner.width),
                Style::new(),
            );
        }
        (0..height)
            .map(|y| (0..width).map(|x| buffer[(x, y)].symbol()).collect())
            .collect()
    }

    #[test]
    fn a_box_fits_its_content() {
        // The wide letter that the left edge would cut is gone, and so is its room.
        assert_eq!(
            drawn(23, 3, (7, 1)),
            [
                "漢 漢  ╭ Replay? ──╮漢 漢  ",
                "漢 漢  │ content   │漢 漢  ",
                "漢 漢  ╰─── Esc no ╯漢 漢  ",
            ]
        );
    }

    #[test]
    fn a_small_screen_is_filled() {
        assert_eq!(
            drawn(20, 5, (60, 20)),
            [
                "╭ Replay? ─────────╮",
                "│ content          │",
                "│ content          │",
                "│ content          │",
                "╰────────── Esc no ╯",
            ]
        );
        assert_eq!(drawn(6, 3, (60, 20))[1], "│cont│");
        assert_eq!(drawn(2, 2, (60, 20)), ["co", "co"]);
    }

    #[test]
    fn a_large_screen_keeps_a_margin() {
        let area = POPUP.area(Rect::new(0, 0, 80, 24), (200, 200));
        assert_eq!(area, Rect::new(2, 1, 76, 22));
    }

    #[test]
    fn no_size_is_too_small() {
        for width in 0..=10 {
            for height in 0..=10 {
                drawn(width, height, (5, 5));
                let inner = POPUP.draw(
                    Rect::new(3, 3, width, height),
                    (0, 0),
                    &mut Buffer::empty(Rect::new(0, 0, 6, 6)),
                    THEME,
                );
                assert!(inner.width <= width && inner.height <= height);
            }
        }
    }
}
