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

/// How far down a path the step that is missing is looked for; further down it is called by the path's last step.
const DEEPEST: usize = 32;

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
    let in_body: Vec<(usize, &ApiError)> = in_body.collect();
    let text = body.text();
    let found: Vec<Place> = if text.as_bytes() == sent {
        in_body.iter().map(|(_, e)| e.place.clone()).collect()
    } else if std::str::from_utf8(sent).is_err() {
        return Vec::new();
    } else {
        let paths: Vec<&[String]> = in_body.iter().map(|(_, e)| e.path.as_slice()).collect();
        places(&paths, text.as_bytes(), content_type)
    };
    let missing = missing_steps(&in_body, &found, text.as_bytes(), content_type);
    let found = in_body.iter().zip(&found).zip(missing);
    found
        .filter_map(|(((of, error), place), step)| mark(*of, error, place, step, notation))
        .collect()
}

/// An error about the whole body has no place in it that could be underlined.
fn is_in_body(error: &ApiError) -> bool {
    error.place.part == Part::Body && !error.path.is_empty()
}

/// A path's beginnings, the shortest first.
fn prefixes(path: &[String]) -> impl Iterator<Item = &[String]> {
    (1..=path.len().min(DEEPEST)).map(|steps| &path[..steps])
}

/// For each error whose field is missing, the first step of its path that is not there; all looked for in one pass.
fn missing_steps(
    errors: &[(usize, &ApiError)],
    found: &[Place],
    body: &[u8],
    content_type: &str,
) -> Vec<Option<String>> {
    let is_missing = |place: &Place| place.found == Some(false);
    let missing = errors
        .iter()
        .zip(found)
        .filter(|(_, place)| is_missing(place));
    let prefixes: Vec<&[String]> = missing
        .flat_map(|((_, error), _)| prefixes(&error.path))
        .collect();
    let mut there = places(&prefixes, body, content_type).into_iter();
    let first = |((_, error), place): (&(usize, &ApiError), &Place)| {
        let steps = error
            .path
            .iter()
            .take(DEEPEST)
            .filter(|_| is_missing(place));
        let judged: Vec<_> = steps.map(|step| (step, there.next())).collect();
        let is_there =
            |place: &Option<Place>| place.as_ref().is_some_and(|p| p.found == Some(true));
        let step = judged.iter().find(|(_, place)| !is_there(place));
        let deeper = error.path.last().filter(|_| is_missing(place));
        step.map(|(step, _)| *step).or(deeper).cloned()
    };
    errors.iter().zip(found).map(first).collect()
}

fn mark(
    of: usize,
    error: &ApiError,
    place: &Place,
    missing: Option<String>,
    notation: Notation,
) -> Option<Mark> {
    let (start, end) = place.span?;
    let said = [&error.code, &error.message];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    Some(Mark {
        of,
        span: start..end,
        missing,
        message: match said.is_empty() {
            true => "an error without a code or a message".to_owned(),
            false => said.join(": "),
        },
        notation,
    })
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, missing_steps};
    use crate::domain::api_error::ApiError;
    use crate::domain::api_error::answer::error_at;
    use crate::domain::field_path::{Part, places};

    fn error(path: &[&str]) -> ApiError {
        let path = path.iter().map(|step| (*step).to_owned()).collect();
        error_at(Part::Body, path)
    }

    #[test]
    fn the_first_step_that_is_not_there_is_the_one_that_is_missing() {
        let body = br#"{"a":{"b":{}},"items":[{}]}"#;
        let deep = ["x"; DEEPEST * 2];
        let deepest: Vec<String> = (0..DEEPEST * 2).map(|at| at.to_string()).collect();
        let deepest: Vec<&str> = deepest.iter().map(String::as_str).collect();
        let told = [
            (error(&["a", "b"]), None),
            (error(&["tax", "rate", "percent"]), Some("tax")),
            (error(&["a", "b", "c"]), Some("c")),
            (error(&["a", "c", "b"]), Some("c")),
            (error(&["items", "0", "price", "amount"]), Some("price")),
            (error(&["items", "0"]), None),
            (error(&deep), Some("x")),
            (error(&deepest), Some("0")),
        ];
        let errors: Vec<_> = told.iter().map(|(error, _)| error).enumerate().collect();
        let paths: Vec<&[String]> = told.iter().map(|(e, _)| e.path.as_slice()).collect();
        let found = places(&paths, body, "application/json");
        let missing = missing_steps(&errors, &found, body, "application/json");
        for ((error, expected), step) in told.iter().zip(missing) {
            assert_eq!(step.as_deref(), *expected, "{:?}", error.path);
        }
    }

    #[test]
    fn too_far_down_the_last_step_is_named() {
        let depth = DEEPEST + 2;
        let body = format!("{}null{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        let mut path = vec!["a"; depth];
        path.extend(["b", "c"]);
        let error = error(&path);
        let found = places(
            &[error.path.as_slice()],
            body.as_bytes(),
            "application/json",
        );
        let missing = missing_steps(&[(0, &error)], &found, body.as_bytes(), "application/json");
        assert_eq!(missing, [Some("c".to_owned())]);
    }
}
