//! FastAPI: `detail[].loc` is `["body","items",0,"price"]`; its first step names the part of the request. `detail` may
//! be a sentence or an object instead.

use crate::domain::api_error::answer::{Answer, error_at, extra, first_text, steps, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::{Field, Part};
use crate::domain::note::Notes;
use crate::json::value::Value;

/// Reads `{"detail": …}`: a list of objects with a `loc`, a sentence, or an object that says something.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let detail = root.get("detail")?;
    let beside = extra(root, &["detail"]);
    if detail.is_object() || detail.as_string().is_some() {
        return read_one(&detail).map(|error| ErrorReport {
            errors: vec![error],
            extra: beside,
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
        errors,
        extra: beside,
        not_understood: notes.into_lines(),
        ..ErrorReport::default()
    })
}

/// What `HTTPException(detail=…)` sends: a sentence, or an object of one's own making.
fn read_one(detail: &Value) -> Option<ApiError> {
    if let Some(sentence) = detail.as_string() {
        return Some(ApiError {
            message: Some(sentence.into_owned()),
            ..ApiError::default()
        });
    }
    let (said, message) = first_text(detail, &["message", "msg", "error", "detail", "title"])?;
    let code = first_text(detail, &["code", "type", "error_code"]);
    let named = code.as_ref().map_or("", |(name, _)| *name);
    Some(ApiError {
        message: Some(message),
        extra: extra(detail, &[said, named]),
        code: code.map(|(_, code)| code),
        ..ApiError::default()
    })
}

fn read_error(item: &Value, notes: &mut Notes) -> ApiError {
    let code = text(item, "type");
    let mut path = item.get("loc").map(|loc| steps(&loc)).unwrap_or_default();
    let part = path.first().and_then(|first| part(first));
    let cookie = path.first().is_some_and(|first| first == "cookie");
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
    let mut error = ApiError {
        message: text(item, "msg"),
        extra: extra(item, &["type", "msg", "loc"]),
        code,
        ..error_at(part.unwrap_or(Part::Unknown), path)
    };
    error.place.field = cookie.then(|| Field::named("Cookie"));
    error
}

fn part(first: &str) -> Option<Part> {
    Some(match first {
        "body" => Part::Body,
        "query" => Part::Query,
        "header" | "cookie" => Part::Header,
        "path" => Part::Unknown,
        _ => return None,
    })
}
