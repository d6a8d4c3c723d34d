//! FastAPI: `detail[].loc` is `["body","items",0,"price"]`; its first step names the part of the request. `detail` may
//! be a sentence instead.

use crate::domain::api_error::answer::{Answer, error_at, extra, steps, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::domain::note::Notes;
use crate::json::value::Value;

/// Reads `{"detail": …}`, a list of objects with a `loc`, or a sentence.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let detail = answer.root.get("detail")?;
    if let Some(sentence) = detail.as_string() {
        return Some(ErrorReport {
            errors: vec![ApiError {
                message: Some(sentence.into_owned()),
                extra: extra(&answer.root, &["detail"]),
                ..ApiError::default()
            }],
            ..ErrorReport::default()
        });
    }
    if !detail
        .children()
        .any(|child| child.value.get("loc").is_some())
    {
        return None;
    }
    let mut notes = Notes::new();
    let errors = detail
        .children()
        .map(|child| read_error(&child.value, &mut notes))
        .collect();
    Some(ErrorReport {
        code: None,
        errors,
        not_understood: notes.into_lines(),
    })
}

fn read_error(item: &Value, notes: &mut Notes) -> ApiError {
    let code = text(item, "type");
    let mut path = item.get("loc").map(|loc| steps(&loc)).unwrap_or_default();
    let part = part(path.first().map(String::as_str));
    match part {
        Some(_) => {
            path.remove(0);
        }
        None => notes.add("a 'loc' does not begin with body, query, path, header or cookie"),
    }
    // The number behind `body` is then a character of a text that could not be read, not a step into it.
    if code.as_deref() == Some("json_invalid") {
        path.clear();
    }
    ApiError {
        message: text(item, "msg"),
        extra: extra(item, &["type", "msg", "loc"]),
        code,
        ..error_at(part.unwrap_or(Part::Unknown), path)
    }
}

fn part(first: Option<&str>) -> Option<Part> {
    Some(match first? {
        "body" => Part::Body,
        "query" => Part::Query,
        "header" | "cookie" => Part::Header,
        "path" => Part::Unknown,
        _ => return None,
    })
}
