//! The error list: each error a line, opened to its code, message and path.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::document::visible::visible;
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::exchange::Response;
use crate::domain::field_path::Part;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, pad_right, width};

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// The line of an error.
    Head(usize),
    /// A line of an error that is open: the error, and which of its details.
    Detail(usize, usize),
    /// What was not understood.
    Unread(usize),
}

fn details(error: &ApiError) -> Vec<(String, String)> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".into());
    let mut list = vec![
        ("code".to_owned(), or_dash(&error.code)),
        ("message".to_owned(), or_dash(&error.message)),
        ("path".to_owned(), path_text(error)),
        ("place".to_owned(), place_text(error)),
    ];
    list.extend(error.extra.iter().cloned());
    list
}

fn path_text(error: &ApiError) -> String {
    let quoted: Vec<_> = error.path.iter().map(|step| format!("{step:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

fn place_text(error: &ApiError) -> String {
    let part = match error.place.part {
        Part::Body => "the body",
        Part::Query => "the query",
        Part::Header => "the headers",
        Part::Response => return "in the response, not in the request".into(),
        Part::Unknown => return "not said".into(),
    };
    let pointer = error
        .place
        .pointer
        .as_deref()
        .map(|p| format!("{p} in "))
        .unwrap_or_default();
    let missing = if error.place.found == Some(false) {
        ": missing there"
    } else {
        ""
    };
    format!("{pointer}{part}{missing}")
}

fn rows_of<'a>(
    report: &'a ErrorReport,
    open: &'a HashSet<usize>,
) -> impl Iterator<Item = Row> + 'a {
    let errors = report.errors.iter().enumerate().flat_map(|(at, error)| {
        let inside = if open.contains(&at) {
            details(error).len()
        } else {
            0
        };
        std::iter::once(Row::Head(at)).chain((0..inside).map(move |detail| Row::Detail(at, detail)))
    });
    errors.chain((0..report.not_understood.len()).map(Row::Unread))
}

/// How many rows the list has.
pub fn rows(report: &ErrorReport, open: &HashSet<usize>) -> usize {
    rows_of(report, open).count()
}

/// The error that a row belongs to.
pub fn error_at(report: &ErrorReport, open: &HashSet<usize>, row: usize) -> Option<usize> {
    match rows_of(report, open).nth(row)? {
        Row::Head(error) | Row::Detail(error, _) => Some(error),
        Row::Unread(_) => None,
    }
}

/// The row at which an error's line stands.
pub fn row_of(report: &ErrorReport, open: &HashSet<usize>, error: usize) -> usize {
    rows_of(report, open)
        .position(|row| row == Row::Head(error))
        .unwrap_or(0)
}

/// Draws the list from row `top` on, or why there is none.
pub(crate) fn draw(
    response: &Response,
    open: &HashSet<usize>,
    top: usize,
    area: Rect,
    theme: Theme,
    buffer: &mut Buffer,
) {
    let Some(report) = response
        .report
        .as_ref()
        .filter(|r| !r.errors.is_empty() || !r.not_understood.is_empty())
    else {
        return draw_none(response, theme, area, buffer);
    };
    for (row, y) in rows_of(report, open).skip(top).zip(area.y..area.bottom()) {
        let line = match row {
            Row::Head(at) => head_line(
                &report.errors[at],
                open.contains(&at),
                usize::from(area.width),
                theme,
            ),
            Row::Detail(at, detail) => detail_line(&report.errors[at], detail, theme),
            Row::Unread(at) => {
                let text = format!("not understood: {}", visible(&report.not_understood[at]));
                Line::styled(text, theme.style(Tone::Faint))
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

fn draw_none(response: &Response, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let text = match response.status {
        400.. if response.report.is_some() => {
            "The answer has the error envelope, and lists no error."
        }
        400.. => "The answer is not an error envelope that is known here: see Body ( ] ).",
        _ => "No errors: the answer is not a 4xx or 5xx.",
    };
    Paragraph::new(Line::styled(text, theme.style(Tone::Faint)))
        .wrap(Wrap { trim: true })
        .render(area, buffer);
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

fn detail_line<'a>(error: &ApiError, detail: usize, theme: Theme) -> Line<'a> {
    let Some((name, value)) = details(error).into_iter().nth(detail) else {
        return Line::default();
    };
    Line::from(vec![
        Span::styled(
            format!("    {} ", pad_right(&visible(&name), 8)),
            theme.style(Tone::Faint),
        ),
        Span::raw(visible(&value).into_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{error_at, row_of, rows};
    use crate::domain::api_error::{ApiError, ErrorReport};

    #[test]
    fn an_open_error_has_its_details_under_it() {
        let error = |code: &str| ApiError {
            code: Some(code.into()),
            ..ApiError::default()
        };
        let report = ErrorReport {
            errors: vec![error("a"), error("b")],
            ..ErrorReport::default()
        };
        let (closed, open) = (HashSet::new(), HashSet::from([0]));
        assert_eq!((rows(&report, &closed), rows(&report, &open)), (2, 6));
        assert_eq!(
            (row_of(&report, &closed, 1), row_of(&report, &open, 1)),
            (1, 5)
        );
        assert_eq!(
            (error_at(&report, &open, 4), error_at(&report, &open, 5)),
            (Some(0), Some(1))
        );
        assert_eq!(error_at(&report, &open, 6), None);
    }
}
