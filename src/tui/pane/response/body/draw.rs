//! The body drawn from what was prepared: the rows with their gutter, what is said behind the last one, the line below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::document::{Document, Form};
use crate::domain::exchange::Response;
use crate::tui::message::Loaded;
use crate::tui::pane::response::body::shown::{Look, Shown};
use crate::tui::pane::response::body::{BodyPane, rows_area, status};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::wrap_text;

impl BodyPane {
    /// Draws it; says where the text cursor belongs, when something is written.
    pub fn draw(
        &self,
        loaded: &Loaded,
        response: Option<&Response>,
        area: Rect,
        (theme, focused): (Theme, bool),
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let rows = rows_area(area);
        let drawn = match &loaded.body {
            Some(document) => self.draw_rows(document, rows, (theme, focused), buffer),
            None => 0,
        };
        let below = Rect {
            y: rows.y + drawn,
            height: rows.height - drawn,
            ..rows
        };
        let tail = self.tail(loaded, response, below.width, theme);
        for (line, y) in tail.into_iter().zip(below.y..below.bottom()) {
            let place = Rect {
                y,
                height: 1,
                ..below
            };
            line.render(place, buffer);
        }
        let bar = Rect {
            y: rows.bottom(),
            height: area.height - rows.height,
            ..area
        };
        if bar.is_empty() {
            return None;
        }
        if let Some(prompt) = &self.prompt {
            return prompt.draw(&self.finding, theme, bar, buffer);
        }
        if let Some(document) = &loaded.body {
            let told = status::Told {
                path: &self.screen.path,
                fault: self.screen.fault.as_deref(),
                place: self.reader.cursor.place,
                found: &self.finding.told(),
            };
            status::draw(document, told, theme, bar, buffer);
        }
        None
    }

    /// Draws the rows; says how many lines they took.
    fn draw_rows(
        &self,
        document: &Document,
        area: Rect,
        (theme, focused): (Theme, bool),
        buffer: &mut Buffer,
    ) -> u16 {
        let gutter = self.gutter(document, area.width).min(area.width);
        let look = Look {
            theme,
            columns: usize::from(area.width - gutter),
            wraps: self.reader.wraps,
            left: self.left,
        };
        let (mut y, cursor) = (area.y, self.reader.cursor);
        for (number, shown) in self.screen.rows.iter().enumerate() {
            let first = if number == 0 { self.reader.top.part } else { 0 };
            for (part, line) in (first..).zip(shown.lines(look, first)) {
                if y >= area.bottom() {
                    return area.height;
                }
                let place = Rect {
                    y,
                    height: 1,
                    ..area
                };
                if part == 0 {
                    self.draw_gutter(document, shown, theme, place, gutter, buffer);
                }
                let text = Rect {
                    x: area.x + gutter,
                    width: area.width - gutter,
                    ..place
                };
                line.render(text, buffer);
                if shown.row.place == cursor.place && part == cursor.part {
                    buffer.set_style(place, theme.cursor(focused));
                }
                y += 1;
            }
        }
        y - area.y
    }

    fn draw_gutter(
        &self,
        document: &Document,
        shown: &Shown,
        theme: Theme,
        place: Rect,
        gutter: u16,
        buffer: &mut Buffer,
    ) {
        let faint = theme.style(Tone::Faint);
        let marks = if document.form() == Form::Json { 2 } else { 0 };
        let numbers = gutter.saturating_sub(marks);
        if numbers > 0 && shown.row.place.slice == 0 {
            let width = usize::from(numbers - 1);
            let text = format!("{:>width$}", shown.row.place.line + 1);
            buffer.set_stringn(place.x, place.y, text, width, faint);
        }
        let mark = match shown.row.folded {
            Some(true) => "▸",
            Some(false) => "▾",
            None => return,
        };
        let look = match shown.row.folded {
            Some(true) => theme.style(Tone::Accent),
            _ => faint,
        };
        buffer.set_stringn(place.x + numbers, place.y, mark, 1, look);
    }

    /// What is to be said behind the last row.
    fn tail(
        &self,
        loaded: &Loaded,
        response: Option<&Response>,
        columns: u16,
        theme: Theme,
    ) -> Vec<Line<'static>> {
        let say = |text: &str, look: Style| wrap_text(&visible(text), look, columns, 8);
        let mut lines = Vec::new();
        if let Some(trouble) = &self.screen.trouble {
            lines.extend(say(trouble, theme.style(Tone::Broken)));
        }
        let is_json = |document: &Document| document.form() == Form::Json;
        let cut = loaded.body.as_ref().is_some_and(is_json);
        if let Some(fault) = self.screen.fault.as_ref().filter(|_| cut) {
            lines.extend(say(fault, theme.style(Tone::Refused)));
        }
        let failure = response.and_then(|response| response.failure.as_ref());
        if let Some(failure) = failure {
            let cause = failure.cause.as_deref();
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            let text = format!("! {}{cause}", failure.what);
            lines.extend(say(&text, theme.style(Tone::Doubt)));
        } else if loaded.body.is_none() && response.is_some() {
            let faint = theme.style(Tone::Faint);
            lines.extend(say("The answer has no body.", faint));
        }
        lines
    }
}
