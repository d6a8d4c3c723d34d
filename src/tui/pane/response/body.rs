//! The body of the answer, as rows of its document; behind the last one stands why it is not whole, when it is not.
//!
//! Rows are not broken: a document of any size is addressed by its rows. What is wider than the pane is scrolled
//! sideways, and ends in `…` where more of it follows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::row::{Row, Tint};
use crate::document::visible::visible;
use crate::domain::exchange::Response;
use crate::tui::message::Loaded;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, head, width};
use crate::tui::widget::wrap::wrap_text;

/// Where the view begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Corner {
    /// The first row.
    pub(crate) top: usize,
    /// The first column.
    pub(crate) left: usize,
}

/// How many rows it has.
pub(crate) fn rows(loaded: &Loaded, columns: u16) -> usize {
    let tail = loaded.exchange.outcome.response().map_or(0, |response| {
        tail(loaded, response, columns, Theme { colour: false }).len()
    });
    document_rows(loaded) + tail
}

fn document_rows(loaded: &Loaded) -> usize {
    loaded.body.as_ref().map_or(0, |body| body.lines())
}

/// Draws it.
pub(crate) fn draw(
    loaded: &Loaded,
    response: &Response,
    corner: Corner,
    area: Rect,
    theme: Theme,
    buffer: &mut Buffer,
) {
    let height = usize::from(area.height);
    let document = loaded
        .body
        .iter()
        .flat_map(|body| body_rows(body, corner.top, height));
    let document = document.map(|row| row_line(row, corner.left, area.width, theme));
    let passed = corner.top.saturating_sub(document_rows(loaded));
    let tail = tail(loaded, response, area.width, theme)
        .into_iter()
        .skip(passed);
    for (line, y) in document.chain(tail).zip(area.y..area.bottom()) {
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

/// What is to be said behind the last row.
fn tail(loaded: &Loaded, response: &Response, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let say = |text: &str, look: Style| wrap_text(&visible(text), look, columns, 8);
    let faint = theme.style(Tone::Faint);
    let mut lines = Vec::new();
    match &loaded.body {
        None if response.failure.is_none() => lines.extend(say("The answer has no body.", faint)),
        _ => {}
    }
    if let Some(failure) = &response.failure {
        let cause = failure.cause.as_deref();
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        let text = format!("! {}{cause}", failure.what);
        lines.extend(say(&text, theme.style(Tone::Doubt)));
    }
    lines
}

fn row_line<'a>(row: Row, left: usize, columns: u16, theme: Theme) -> Line<'a> {
    // By weight, not by hue: each hue means a class of outcome already.
    let tone = |tint: Tint| match tint {
        Tint::Key => Tone::Strong,
        Tint::Punctuation | Tint::Aside => Tone::Faint,
        Tint::String | Tint::Number | Tint::Literal | Tint::Plain => Tone::Plain,
    };
    let (mut skip, mut room) = (left, usize::from(columns));
    let mut line = Line::default();
    for piece in row.pieces {
        let behind = &piece.text[head(&piece.text, skip).len()..];
        skip = skip.saturating_sub(width(&piece.text));
        if behind.is_empty() || room == 0 {
            continue;
        }
        let shown = cut(behind, room).into_owned();
        room -= width(&shown).min(room);
        line.push_span(Span::styled(shown, theme.style(tone(piece.tint))));
    }
    line
}

fn body_rows(document: &crate::document::Document, first: usize, count: usize) -> Vec<Row> {
    let none = crate::document::view::Folds::none();
    let place = crate::document::walk::Walk::new(document)
        .at_line(first)
        .ok()
        .flatten();
    let mut view = crate::document::view::View::new(document, &none);
    place
        .and_then(|place| view.rows(place, count).ok())
        .unwrap_or_default()
}
