//! The header fields of the answer, in their order, each broken to the width.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::header::Headers;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::wrap;

/// A value takes at most so many rows.
const MOST_ROWS: usize = 20;

fn lines(headers: &Headers, columns: u16, theme: Theme) -> impl Iterator<Item = Line<'static>> {
    headers.iter().flat_map(move |(name, value)| {
        let line = Line::from(vec![
            Span::styled(format!("{}: ", visible(name)), theme.style(Tone::Strong)),
            Span::raw(visible(value).into_owned()),
        ]);
        wrap(&line, columns, MOST_ROWS)
    })
}

/// How many rows they take.
pub(crate) fn rows(headers: &Headers, columns: u16) -> usize {
    lines(headers, columns, Theme { colour: false }).count()
}

/// Draws them from row `top` on.
pub(crate) fn draw(headers: &Headers, top: usize, area: Rect, theme: Theme, buffer: &mut Buffer) {
    let lines = lines(headers, area.width, theme).skip(top);
    for (line, y) in lines.zip(area.y..area.bottom()) {
        line.render(
            Rect {
                y,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}
