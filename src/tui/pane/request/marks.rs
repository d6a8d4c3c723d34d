//! Where the errors of an answer stand in the body of its request, as marks for the editor.

use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::exchange::Exchange;
use crate::domain::field_path::{Part, place};
use crate::tui::pane::request::draft::Draft;
use crate::tui::widget::editor::Editor;
use crate::tui::widget::mark::Mark;

/// Above this size the body is not searched again after each edit.
const LIVE: usize = 64 << 10;

/// At most so many errors are marked.
const MARKED: usize = 100;

/// A sent body as the pane shows it.
pub(crate) fn body_of_sent(exchange: &Exchange) -> String {
    let body = &exchange.request.body;
    match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{} bytes that are no text.", body.len()),
    }
}

/// The place of an error in the body that was sent.
pub(crate) fn span_of(exchange: &Exchange, error: usize) -> Option<(usize, usize)> {
    report(exchange)?.errors.get(error)?.place.span
}

fn report(exchange: &Exchange) -> Option<&ErrorReport> {
    exchange.outcome.response()?.report.as_ref()
}

/// The marks of a sent body.
pub(crate) fn marks_of_sent(exchange: &Exchange, body: &Editor) -> Vec<Mark> {
    let Some(report) = report(exchange) else {
        return Vec::new();
    };
    let placed = report
        .errors
        .iter()
        .take(MARKED)
        .filter(|error| !error.path.is_empty())
        .filter_map(|error| Some((error, error.place.span?)));
    placed
        .map(|(error, span)| mark(error, span, error.place.found != Some(false), body))
        .collect()
}

/// The marks of a draft's body: errors of the exchange it was made from whose field is still as it was sent.
pub(crate) fn marks_of_draft(draft: &Draft) -> Vec<Mark> {
    if draft.binary.is_some() {
        return Vec::new();
    }
    let Some((report, sent)) = draft.errors() else {
        return Vec::new();
    };
    let body = draft.body.text();
    if body.len() > LIVE && body.as_bytes() != sent {
        return Vec::new();
    }
    let of = |error: &ApiError| {
        let (span, found) = place_now(error, body.as_bytes(), sent)?;
        Some(mark(error, span, found, &draft.body))
    };
    report.errors.iter().take(MARKED).filter_map(of).collect()
}

/// Where the cursor goes for an error: to its field in the draft's body, or to the first error's.
pub(crate) fn place_in_draft(draft: &Draft, error: Option<usize>) -> Option<usize> {
    let (report, sent) = draft.errors()?;
    let body = draft.body.text();
    let error = report.errors.get(error.unwrap_or(0))?;
    place_now(error, body.as_bytes(), sent).map(|((start, _), _)| start)
}

/// Where an error stands in the body as it is now, and whether its field is there; `None` once the field has changed.
fn place_now(error: &ApiError, body: &[u8], sent: &[u8]) -> Option<((usize, usize), bool)> {
    if error.place.part != Part::Body || error.path.is_empty() {
        return None;
    }
    let before = error.place.span?;
    let now = place(&error.path, body, "application/json");
    let (start, end) = now.span?;
    match (error.place.found, now.found) {
        (Some(true), Some(true)) => {
            let same = sent.get(before.0..before.1)? == body.get(start..end)?;
            same.then_some(((start, end), true))
        }
        (Some(false), Some(false)) => Some(((start, end), false)),
        _ => None,
    }
}

fn mark(error: &ApiError, (start, end): (usize, usize), found: bool, body: &Editor) -> Mark {
    let code = error.code.as_deref().unwrap_or("error");
    let message = error.message.as_deref().unwrap_or("");
    // What is missing is said at the opening of the innermost place that exists.
    let end = if found { end } else { (start + 1).min(end) };
    let missing = match (found, error.path.last()) {
        (false, Some(step)) => format!("'{step}' is missing here: "),
        _ => String::new(),
    };
    let (line, start_col) = body.position_of_byte(start);
    let (end_line, end_col) = body.position_of_byte(end);
    let end_col = if end_line == line {
        end_col
    } else {
        start_col + 1
    };
    Mark {
        line,
        start_col,
        end_col,
        message: format!("{missing}{code}: {message}"),
    }
}
