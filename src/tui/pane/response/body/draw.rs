//! The body drawn from what was prepared: the rows with their gutter, what is said behind the last one, the line below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::document::{Document, Form};
use crate::tui::message::Loaded;
use crate::tui::pane::response::body::shown::{Look, Shown};
use crate::tui::pane::response::body::{BodyPane, status};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::wrap_text;

impl BodyPane {
    /// Draws it; says where the text cursor belongs, when something is written.
    pub fn draw(
        &self,
        loaded: &Loaded,
        area: Rect,
        (theme, focused): (Theme, bool),
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let (rows, bar) = parts(loaded, area);
        let rest = Rect {
            height: area.height - bar.height,
            ..area
        };
        let drawn = match &loaded.body {
            Some(document) => self.draw_rows(document, rows, (theme, focused), buffer),
            None => 0,
        };
        let below = Rect {
            y: rest.y + drawn,
            height: rest.height - drawn,
            ..rest
        };
        let trouble = self.screen.trouble.iter();
        let broken = theme.style(Tone::Broken);
        let trouble = trouble.flat_map(|trouble| say(trouble, broken, below.width));
        let tail = trouble.chain(tail(loaded, below.width, theme));
        for (line, y) in tail.zip(below.y..below.bottom()) {
            let place = Rect {
                y,
                height: 1,
                ..below
            };
            line.render(place, buffer);
        }
        if bar.is_empty() {
            return None;
        }
        if let Some(prompt) = &self.prompt {
            return prompt.draw(&self.finding, theme, bar, buffer);
        }
        if let Some(document) = &loaded.body {
            let found = self.following.told();
            let told = status::Told {
                path: &self.screen.path,
                fault: self.screen.fault.as_deref(),
                place: self.reader.cursor.place,
                found: &found.unwrap_or_else(|| self.finding.told()),
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
}

fn say(text: &str, look: Style, columns: u16) -> Vec<Line<'static>> {
    wrap_text(&visible(text), look, columns, 8)
}

/// Why the body is not whole, or that there is none: said behind the last row.
fn tail(loaded: &Loaded, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let response = loaded.exchange.outcome.response();
    let failure = loaded.exchange.outcome.failure();
    if let Some(failure) = failure {
        let cause = failure.cause.as_deref();
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        let text = match response {
            Some(_) => format!("! {}{cause}", failure.what),
            None => format!(
                "! What came of the answer, which was never whole: {}",
                failure.what
            ),
        };
        return say(&text, theme.style(Tone::Doubt), columns);
    }
    let Some(document) = &loaded.body else {
        let faint = theme.style(Tone::Faint);
        let text = response.map(|_| "The answer has no body.");
        return text.map_or(Vec::new(), |text| say(text, faint, columns));
    };
    let fault = document.fault().filter(|fault| fault.cut);
    let fault = fault.filter(|_| document.form() == Form::Json);
    let text = fault.map(|fault| format!("✗ not whole: {}", fault.what));
    text.map_or(Vec::new(), |text| {
        say(&text, theme.style(Tone::Refused), columns)
    })
}

/// Where the rows stand, and the line below. What is said behind the last row stays in view: it takes a third at most.
pub(super) fn parts(loaded: &Loaded, area: Rect) -> (Rect, Rect) {
    let bar = u16::from(area.height >= 4);
    let rest = area.height - bar;
    let said = tail(loaded, area.width, Theme { colour: false }).len();
    let said = u16::try_from(said).unwrap_or(rest).min(rest / 3);
    let rows = Rect {
        height: rest - said,
        ..area
    };
    let bar = Rect {
        y: area.y + rest,
        height: bar,
        ..area
    };
    (rows, bar)
}
