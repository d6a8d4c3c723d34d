//! The body drawn from what was prepared: the rows with their gutter, what is said behind the last one, the line below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::document::{Document, Form};
use crate::tui::pane::response::body::shown::{Look, Shown};
use crate::tui::pane::response::body::subject::{FilterResult, Subject};
use crate::tui::pane::response::body::{BodyPane, status};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::cut;
use crate::tui::widget::wrap::wrap_text;

impl BodyPane {
    /// Draws it; says where the text cursor belongs, when something is written.
    pub fn draw(
        &self,
        subject: Subject<'_>,
        area: Rect,
        (theme, focused): (Theme, bool),
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let Parts { head, rows, bar } = self.parts(subject, area);
        if let Some(result) = subject.result {
            draw_head(&result.filter, theme, head, buffer);
        }
        let drawn = match subject.document() {
            Some(document) => self.draw_rows(document, rows, (theme, focused), buffer),
            None => 0,
        };
        let y = rows.y + drawn;
        let below = Rect {
            y,
            height: bar.y.saturating_sub(y),
            ..area
        };
        let trouble = self.screen.trouble.iter();
        let broken = theme.style(Tone::Broken);
        let trouble = trouble.flat_map(|trouble| say(trouble, broken, below.width));
        let tail = trouble.chain(tail(subject, below.width, theme));
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
            let mistake = self.filtering.mistake.as_ref();
            return prompt.draw((&self.finding, mistake), theme, bar, buffer);
        }
        if let Some(filter) = self.filtering.running() {
            status::draw_running(filter, (theme, focused), bar, buffer);
        } else if let Some(document) = subject.document() {
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
fn tail(subject: Subject<'_>, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    if let Some(result) = subject.result {
        return tail_of_result(result, columns, theme);
    }
    let response = subject.loaded.exchange.outcome.response();
    let failure = subject.loaded.exchange.outcome.failure();
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
    let Some(document) = subject.document() else {
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

/// Why there are no more results, or that there is none.
fn tail_of_result(result: &FilterResult, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    match &result.failure {
        Some(failure) => say(&format!("! {failure}"), theme.style(Tone::Doubt), columns),
        None if result.document.is_none() => {
            let text = "The filter gave no result.";
            say(text, theme.style(Tone::Faint), columns)
        }
        None => Vec::new(),
    }
}

/// Above a result: of which filter, and the way back.
fn draw_head(filter: &str, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let back = "Esc: the body";
    let room = usize::from(area.width);
    buffer.set_stringn(area.x, area.y, "jq ", room, theme.style(Tone::Accent));
    let left = room.saturating_sub(3 + back.len() + 2);
    let filter = cut(&visible(filter), left).into_owned();
    let strong = theme.style(Tone::Strong);
    buffer.set_stringn(area.x + 3, area.y, filter, left, strong);
    // At most the width, which is a u16.
    let taken = u16::try_from(back.len()).unwrap_or(area.width);
    if taken + 8 <= area.width {
        let x = area.right() - taken;
        buffer.set_string(x, area.y, back, theme.style(Tone::Faint));
    }
}

/// Where things stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// The line above the rows, of a result.
    head: Rect,
    pub(super) rows: Rect,
    /// The line below, and what is said of what is written there.
    bar: Rect,
}

impl BodyPane {
    /// Where things stand. What is said behind the last row stays in view: it takes a third at most.
    pub(super) fn parts(&self, subject: Subject<'_>, area: Rect) -> Parts {
        let above = u16::from(subject.result.is_some() && area.height >= 3);
        let bar = match &self.prompt {
            _ if area.height < 4 => 0,
            Some(prompt) => {
                let said = prompt.said(self.filtering.mistake.as_ref(), area.width);
                1 + said.min(area.height / 3)
            }
            None => 1,
        };
        let rest = area.height - above - bar;
        let said = tail(subject, area.width, Theme { colour: false }).len();
        let said = u16::try_from(said).unwrap_or(rest).min(rest / 3);
        let below = area.y + above;
        Parts {
            head: Rect {
                height: above,
                ..area
            },
            rows: Rect {
                y: below,
                height: rest - said,
                ..area
            },
            bar: Rect {
                y: below + rest,
                height: bar,
                ..area
            },
        }
    }
}
