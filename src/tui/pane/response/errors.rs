//! The error list: each error a line, opened to its code, message and path.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::exchange::Response;
use crate::tui::pane::response::place;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, pad_right, width};
use crate::tui::widget::wrap::wrap_text;

/// The columns before a detail: its indent and its name.
const NAME: u16 = 13;

/// A detail that is longer is cut: the body tab has it whole.
const MOST_ROWS: usize = 20;

/// The list as it is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    /// What the answer says.
    pub(crate) report: &'a ErrorReport,
    /// Which errors are open.
    pub(crate) open: &'a HashSet<usize>,
    /// How many columns it has: details are broken to them.
    pub(crate) columns: u16,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Row {
    /// The line of an error.
    Head(usize),
    /// A row of an error that is open: the error, the name of the detail on its first row, and the text.
    Detail(usize, String, String),
    /// What was not understood.
    Unread(usize),
}

fn details(error: &ApiError) -> Vec<(String, String)> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".into());
    let mut list = vec![
        ("code".to_owned(), or_dash(&error.code)),
        ("message".to_owned(), or_dash(&error.message)),
        ("path".to_owned(), path_text(error)),
        ("place".to_owned(), place::text(error)),
    ];
    list.extend(error.extra.iter().cloned());
    list
}

fn path_text(error: &ApiError) -> String {
    let quoted: Vec<_> = error.path.iter().map(|step| format!("{step:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

impl<'a> List<'a> {
    fn each_row(self) -> impl Iterator<Item = Row> + 'a {
        let errors = self.report.errors.iter().enumerate();
        let errors = errors.flat_map(move |(at, error)| {
            let inside = match self.open.contains(&at) {
                true => self.inside(at, error),
                false => Vec::new(),
            };
            std::iter::once(Row::Head(at)).chain(inside)
        });
        errors.chain((0..self.report.not_understood.len()).map(Row::Unread))
    }

    fn inside(self, at: usize, error: &ApiError) -> Vec<Row> {
        let columns = self.columns.saturating_sub(NAME).max(1);
        let detail = |(name, value): (String, String)| {
            let mut rows = wrap_text(&visible(&value), Style::new(), columns, MOST_ROWS);
            if rows.is_empty() {
                rows.push(Line::default());
            }
            let row = move |(slice, text): (usize, Line)| {
                let name = if slice == 0 {
                    name.clone()
                } else {
                    String::new()
                };
                Row::Detail(at, name, text.to_string())
            };
            rows.into_iter().enumerate().map(row).collect::<Vec<_>>()
        };
        details(error).into_iter().flat_map(detail).collect()
    }

    /// How many rows the list has.
    pub(crate) fn rows(self) -> usize {
        self.each_row().count()
    }

    /// The error that a row belongs to.
    pub(crate) fn error_at(self, row: usize) -> Option<usize> {
        match self.each_row().nth(row)? {
            Row::Head(error) | Row::Detail(error, ..) => Some(error),
            Row::Unread(_) => None,
        }
    }

    /// The row at which an error's line stands.
    pub(crate) fn row_of(self, error: usize) -> usize {
        self.each_row()
            .position(|row| row == Row::Head(error))
            .unwrap_or(0)
    }

    /// Draws the list from row `top` on.
    pub(crate) fn draw(self, top: usize, area: Rect, theme: Theme, buffer: &mut Buffer) {
        for (row, y) in self.each_row().skip(top).zip(area.y..area.bottom()) {
            let line = match row {
                Row::Head(at) => {
                    let (error, open) = (&self.report.errors[at], self.open.contains(&at));
                    head_line(error, open, usize::from(area.width), theme)
                }
                Row::Detail(_, name, text) => detail_line(&name, text, theme),
                Row::Unread(at) => {
                    let text = visible(&self.report.not_understood[at]);
                    Line::styled(format!("not understood: {text}"), theme.style(Tone::Faint))
                }
            };
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
}

/// Why there is no list.
pub(crate) fn none(response: &Response, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let text = match response.status {
        400.. if response.report.is_some() => {
            "The answer has the error envelope, and lists no error."
        }
        400.. => "The answer is not an error envelope that is known here: see Body ( ] ).",
        _ => "No errors: the answer is not a 4xx or 5xx.",
    };
    wrap_text(text, theme.style(Tone::Faint), columns, MOST_ROWS)
}

fn head_line<'a>(error: &ApiError, open: bool, columns: usize, theme: Theme) -> Line<'a> {
    let pointer = error
        .place
        .pointer
        .clone()
        .unwrap_or_else(|| error.path.join("."));
    let pointer = visible(&pointer).into_owned();
    let pointer = cut(&pointer, columns / 3).into_owned();
    let code = visible(error.code.as_deref().unwrap_or("—")).into_owned();
    let code = cut(&code, columns.saturating_sub(4 + width(&pointer))).into_owned();
    let room = columns.saturating_sub(2 + width(&code) + 2 + width(&pointer) + 1);
    let message = if open {
        String::new()
    } else {
        visible(error.message.as_deref().unwrap_or("")).into_owned()
    };
    let gap = columns.saturating_sub(2 + width(&code) + 2 + room);
    Line::from(vec![
        Span::styled(if open { "▾ " } else { "▸ " }, theme.style(Tone::Accent)),
        Span::styled(code, theme.style(Tone::Strong)),
        Span::raw("  "),
        Span::raw(pad_right(&cut(&message, room), room)),
        Span::raw(" ".repeat(gap.saturating_sub(width(&pointer)))),
        Span::styled(pointer, theme.style(Tone::Notice)),
    ])
}

fn detail_line<'a>(name: &str, text: String, theme: Theme) -> Line<'a> {
    let room = usize::from(NAME).saturating_sub(5);
    let name = pad_right(&cut(&visible(name), room), room);
    Line::from(vec![
        Span::styled(format!("    {name} "), theme.style(Tone::Faint)),
        Span::raw(text),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::List;
    use crate::domain::api_error::{ApiError, ErrorReport};

    #[test]
    fn an_open_error_has_its_details_under_it() {
        let error = |code: &str, message: &str| ApiError {
            code: Some(code.into()),
            message: Some(message.into()),
            ..ApiError::default()
        };
        let report = ErrorReport {
            errors: vec![error("a", "a long message of five words"), error("b", "")],
            ..ErrorReport::default()
        };
        let (none, first) = (HashSet::new(), HashSet::from([0]));
        let list = |open, columns| List {
            report: &report,
            open,
            columns,
        };
        assert_eq!((list(&none, 80).rows(), list(&first, 80).rows()), (2, 6));
        assert_eq!(
            (list(&none, 80).row_of(1), list(&first, 80).row_of(1)),
            (1, 5)
        );
        assert_eq!(list(&first, 80).error_at(4), Some(0));
        assert_eq!(list(&first, 80).error_at(5), Some(1));
        assert_eq!(list(&first, 80).error_at(6), None);
        // Narrow, the message takes more rows, and none of it is lost.
        assert!(list(&first, 30).row_of(1) > 5);
    }
}
