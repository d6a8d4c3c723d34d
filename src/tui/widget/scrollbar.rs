//! Where in something long the view is: a thicker piece of the pane's right border, only when there is more to see.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What the thumb is drawn with.
const THUMB: char = '┃';

/// Draws the thumb into the right border of a bordered `area`, for `visible` of `total` rows from `top` on.
pub fn draw(
    area: Rect,
    buffer: &mut Buffer,
    total: usize,
    top: usize,
    visible: usize,
    style: Style,
) {
    let Some((start, len)) = thumb(area.height.saturating_sub(2), total, top, visible) else {
        return;
    };
    for y in start..start + len {
        let at = (
            area.right().saturating_sub(1),
            area.y.saturating_add(1).saturating_add(y),
        );
        if let Some(cell) = buffer.cell_mut(at) {
            cell.set_char(THUMB).set_style(style);
        }
    }
}

/// Where on a track the thumb begins, and how long it is; nothing where everything is visible.
fn thumb(track: u16, total: usize, top: usize, visible: usize) -> Option<(u16, u16)> {
    let hidden = total.checked_sub(visible).filter(|hidden| *hidden > 0)?;
    if track == 0 {
        return None;
    }
    let scaled = |rows: usize, room: u16, of: usize| {
        // Not more than `room`, since `rows` is not more than `of`.
        (rows as u128 * u128::from(room) / of as u128) as u16
    };
    let len = scaled(visible, track, total).max(1);
    // At an end only when the view is.
    let room = track - len;
    let start = scaled(top.min(hidden), room, hidden);
    let start = if top == 0 {
        0
    } else {
        start.max(u16::from(room > 1))
    };
    Some((start, len))
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::{draw, thumb};

    #[test]
    fn the_thumb_shows_the_part() {
        for (track, total, top, visible, expected) in [
            (8, 10, 0, 10, None),
            (8, 0, 0, 10, None),
            (0, 100, 0, 10, None),
            (8, 16, 0, 8, Some((0, 4))),
            (8, 16, 4, 8, Some((2, 4))),
            (8, 16, 8, 8, Some((4, 4))),
            (8, 1_000_000, 0, 8, Some((0, 1))),
            (8, 1_000_000, 1, 8, Some((1, 1))),
            (8, 1_000_000, 999_991, 8, Some((6, 1))),
            (8, 1_000_000, 999_992, 8, Some((7, 1))),
            (8, 1_000_000, usize::MAX, 8, Some((7, 1))),
            (8, usize::MAX, usize::MAX / 2, 8, Some((3, 1))),
            (1, 10, 3, 0, Some((0, 1))),
        ] {
            let found = thumb(track, total, top, visible);
            assert_eq!(found, expected, "{track} {total} {top} {visible}");
        }
    }

    #[test]
    fn it_stands_in_the_border_at_any_size() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 6));
        draw(buffer.area, &mut buffer, 20, 0, 10, Style::new());
        let column: String = (0..6).map(|y| buffer[(3, y)].symbol()).collect();
        assert_eq!(column, " ┃┃   ");
        for width in 0..=10 {
            for height in 0..=10 {
                draw(
                    Rect::new(1, 1, width, height),
                    &mut buffer,
                    99,
                    50,
                    3,
                    Style::new(),
                );
            }
        }
    }
}
