//! JSON:API (jsonapi.org 1.1, "Error Objects") and Persona: `errors[].source.{pointer,parameter,header}`.

use crate::domain::api_error::answer::{Answer, error_at, extra, first_text, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::domain::field_path::notation::from_pointer;
use crate::domain::note::Notes;
use crate::json::value::Value;

/// Reads `{"errors":[…]}` where an error has a title, a detail or a source.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let list = root.get("errors").filter(|list| list.is_array())?;
    let known = ["title", "detail", "details", "source"];
    let speaks = |item: Value| known.iter().any(|name| item.get(name).is_some());
    if !answer.is_fixed && !list.children().any(|child| speaks(child.value)) {
        return None;
    }
    let mut notes = Notes::new();
    let errors = list
        .children()
        .map(|child| read_error(&child.value, &mut notes))
        .collect();
    Some(ErrorReport {
        errors,
        extra: extra(root, &["errors"]),
        not_understood: notes.into_lines(),
        ..ErrorReport::default()
    })
}

fn read_error(item: &Value, notes: &mut Notes) -> ApiError {
    let message = first_text(item, &["detail", "details", "message", "title"]);
    let said = message.as_ref().map_or("", |(name, _)| *name);
    let source = item.get("source").map(|source| read_source(&source, notes));
    ApiError {
        code: text(item, "code"),
        extra: extra(item, &["code", "source", said]),
        message: message.map(|(_, text)| text),
        ..source.unwrap_or_default()
    }
}

fn read_source(source: &Value, notes: &mut Notes) -> ApiError {
    let Some((name, text)) = first_text(source, &["pointer", "parameter", "header"]) else {
        notes.add(format!("the source {} names no place", source.raw()));
        return ApiError::default();
    };
    match name {
        "parameter" => error_at(Part::Query, vec![text]),
        "header" => error_at(Part::Header, vec![text]),
        _ => match from_pointer(&text) {
            Some(path) => error_at(Part::Body, path),
            None => {
                notes.add(format!("'{text}' is no JSON Pointer"));
                ApiError::default()
            }
        },
    }
}
