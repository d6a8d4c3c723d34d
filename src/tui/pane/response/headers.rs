//! The header fields of the answer, in their order.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::header::Headers;
use crate::tui::theme::{Theme, Tone};

/// Draws them from row `top` on.
pub(crate) fn draw(headers: &Headers, top: usize, area: Rect, theme: Theme, buffer: &mut Buffer) {
    for ((name, value), y) in headers.iter().skip(top).zip(area.y..area.bottom()) {
        let line = Line::from(vec![
            Span::styled(format!("{}: ", visible(name)), theme.style(Tone::Strong)),
            Span::raw(visible(value).into_owned()),
        ]);
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
