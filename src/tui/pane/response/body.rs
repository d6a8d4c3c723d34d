//! The body of the answer, as rows of its document.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::row::{Row, Tint};
use crate::domain::exchange::Response;
use crate::tui::message::Loaded;
use crate::tui::pane::response::incomplete;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::human_bytes;

/// How many rows it has.
pub(crate) fn rows(loaded: &Loaded) -> usize {
    loaded.body.as_ref().map_or(0, |body| body.row_count()) + 1
}

/// Draws it from row `top` on; behind its last row stands why it is not whole, when it is not.
pub(crate) fn draw(
    loaded: &Loaded,
    response: &Response,
    top: usize,
    area: Rect,
    theme: Theme,
    buffer: &mut Buffer,
) {
    let mut lines: Vec<Line> = Vec::new();
    let mut all_shown = true;
    if let Some(body) = &loaded.body {
        let height = usize::from(area.height);
        lines.extend(
            body.rows(top, height)
                .into_iter()
                .map(|row| row_line(row, theme)),
        );
        all_shown = top + height > body.row_count();
        if body.unread() > 0 && all_shown {
            let text = format!(
                "… {} more: reqscope show {} --body",
                human_bytes(body.unread()),
                loaded.exchange.id
            );
            lines.push(Line::styled(text, theme.style(Tone::Faint)));
        }
    } else if response.failure.is_none() {
        lines.push(Line::styled(
            "The answer has no body.",
            theme.style(Tone::Faint),
        ));
    }
    lines.extend(incomplete(response, theme).filter(|_| all_shown));
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
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

fn row_line<'a>(row: Row, theme: Theme) -> Line<'a> {
    // By weight, not by hue: each hue means a class of outcome already.
    let tone = |tint: Tint| match tint {
        Tint::Key => Tone::Strong,
        Tint::Punctuation => Tone::Faint,
        Tint::String | Tint::Number | Tint::Literal | Tint::Plain => Tone::Plain,
    };
    row.pieces
        .into_iter()
        .map(|piece| Span::styled(piece.text, theme.style(tone(piece.tint))))
        .collect()
}
