//! The errors of an answer as marks in the body of its request.
//!
//! Each is placed once, when the body comes on show: where the report says, or, when the text is another than the one
//! that was stored (a secret that is still known stands in a draft and not in the history), where one pass over it
//! finds the paths. From then on the editor moves them.

use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::exchange::Exchange;
use crate::domain::field_path::{Part, Place, places};
use crate::domain::header::media_type;
use crate::tui::widget::anchor::Notation;
use crate::tui::widget::editor::Editor;
use crate::tui::widget::mark::Mark;

/// A sent body as the pane shows it.
pub(crate) fn body_of_sent(exchange: &Exchange) -> String {
    let body = &exchange.request.body;
    match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{} bytes that are no text.", body.len()),
    }
}

/// The errors of an exchange's answer.
pub(crate) fn report(exchange: &Exchange) -> Option<&ErrorReport> {
    exchange.outcome.response()?.report.as_ref()
}

/// The marks of a body that is what this exchange sent.
pub(crate) fn marks(exchange: &Exchange, body: &Editor) -> Vec<Mark> {
    let Some(report) = report(exchange) else {
        return Vec::new();
    };
    let sent = exchange.request.body.as_slice();
    let content_type = exchange.request.headers.get("content-type");
    let content_type = content_type.unwrap_or_default();
    let notation = match media_type(content_type).as_str() {
        "application/x-www-form-urlencoded" => Notation::Form,
        _ => Notation::Json,
    };
    let in_body: Vec<(usize, &ApiError)> = report.errors.iter().enumerate().collect();
    let in_body = in_body.into_iter().filter(|(_, error)| is_in_body(error));
    let as_sent = body.text().as_bytes() == sent;
    if as_sent {
        return in_body
            .filter_map(|(of, error)| mark(of, error, &error.place, notation))
            .collect();
    }
    if std::str::from_utf8(sent).is_err() {
        return Vec::new();
    }
    let in_body: Vec<(usize, &ApiError)> = in_body.collect();
    let paths: Vec<&[String]> = in_body.iter().map(|(_, e)| e.path.as_slice()).collect();
    let found = places(&paths, body.text().as_bytes(), content_type);
    let found = in_body.iter().zip(&found);
    found
        .filter_map(|((of, error), place)| mark(*of, error, place, notation))
        .collect()
}

/// An error about the whole body has no place in it that could be underlined.
fn is_in_body(error: &ApiError) -> bool {
    error.place.part == Part::Body && !error.path.is_empty()
}

fn mark(of: usize, error: &ApiError, place: &Place, notation: Notation) -> Option<Mark> {
    let (start, end) = place.span?;
    let step = error.path.last().filter(|_| place.found == Some(false));
    let said = [&error.code, &error.message];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    Some(Mark {
        of,
        span: start..end,
        missing: step.cloned(),
        message: match said.is_empty() {
            true => "an error without a code or a message".to_owned(),
            false => said.join(": "),
        },
        notation,
    })
}
