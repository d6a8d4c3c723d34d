//! GraphQL (spec 7.1.2): `errors[].{message,locations,path,extensions}`. The path points into the RESPONSE, and an answer
//! with status 200 may hold errors.

use crate::domain::api_error::answer::{Answer, error_at, extra, steps, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::json::value::Value;

/// Reads a response map with errors: nothing beside `errors`, `data` and `extensions`, and every error has a message.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let list = root.get("errors").filter(|list| list.is_array())?;
    let members = ["errors", "data", "extensions"];
    let is_map = root
        .children()
        .all(|child| child.key.is_some_and(|key| members.contains(&key.as_ref())));
    let marks = ["locations", "path", "extensions"];
    let marked = |item: Value| marks.iter().any(|name| item.get(name).is_some());
    let told = answer.is_fixed
        || root.get("data").is_some()
        || answer.media_type == "application/graphql-response+json"
        || list.children().any(|child| marked(child.value));
    let says = |item: Value| {
        item.get("message")
            .is_some_and(|text| text.as_string().is_some())
    };
    let all_say = list.children().all(|child| says(child.value));
    if !is_map || !told || !all_say || list.children().next().is_none() {
        return None;
    }
    Some(ErrorReport {
        errors: list
            .children()
            .map(|child| read_error(&child.value))
            .collect(),
        // `data` is the answer itself, as far as there is one.
        extra: extra(root, &["errors", "data"]),
        ..ErrorReport::default()
    })
}

fn read_error(item: &Value) -> ApiError {
    let place = match item.get("path") {
        Some(path) if path.is_array() => error_at(Part::Response, steps(&path)),
        _ => ApiError::default(),
    };
    ApiError {
        code: item
            .get("extensions")
            .and_then(|extensions| text(&extensions, "code")),
        message: text(item, "message"),
        extra: extra(item, &["message", "path"]),
        ..place
    }
}
