//! Problem details (RFC 9457), with `errors[].pointer` as in its section 3, `invalid-params` as in RFC 7807, and
//! ASP.NET's object of lists. Without a list, title and detail are the one error there is.

use crate::domain::api_error::answer::{Answer, error_at, extra, first_text, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::domain::field_path::notation::{from_brackets, from_pointer};
use crate::domain::note::Notes;
use crate::json::value::Value;

/// Reads an answer labelled `application/problem+json`.
pub fn read_labelled(answer: &Answer) -> Option<ErrorReport> {
    let labelled = answer.media_type == "application/problem+json";
    (labelled && answer.root.is_object()).then(|| read(&answer.root))
}

/// Reads an answer under another label that has a title, and a type or a status beside it.
pub fn read_unlabelled(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root;
    root.get("title")?.as_string()?;
    let beside = root.get("type").or_else(|| root.get("status"))?;
    beside.as_text().map(|_| read(root))
}

fn read(root: &Value) -> ErrorReport {
    let mut notes = Notes::new();
    let list = root
        .get("errors")
        .or_else(|| root.get("invalid-params"))
        .or_else(|| root.get("invalid_params"));
    let errors = match list {
        Some(list) if list.is_array() => read_list(&list, &mut notes),
        Some(list) if list.is_object() => read_fields(&list),
        _ => vec![read_whole(root)],
    };
    let kind = text(root, "type").filter(|kind| kind != "about:blank");
    ErrorReport {
        code: text(root, "code").or(kind),
        errors,
        not_understood: notes.into_lines(),
    }
}

fn read_whole(root: &Value) -> ApiError {
    let (title, detail) = (text(root, "title"), text(root, "detail"));
    let message = match (title, detail) {
        (Some(title), Some(detail)) if title != detail => {
            Some(format!("{}: {detail}", title.trim_end_matches('.')))
        }
        (title, detail) => detail.or(title),
    };
    ApiError {
        code: text(root, "code"),
        message,
        extra: extra(root, &["code", "title", "detail"]),
        ..ApiError::default()
    }
}

fn read_list(list: &Value, notes: &mut Notes) -> Vec<ApiError> {
    list.children()
        .map(|child| {
            let item = child.value;
            let message = first_text(&item, &["detail", "reason", "message", "title"]);
            let said = message.as_ref().map_or("", |(name, _)| *name);
            ApiError {
                code: text(&item, "code"),
                message: message
                    .map(|(_, text)| text)
                    .or_else(|| item.as_string().map(|text| text.into_owned())),
                extra: extra(&item, &["code", "pointer", said]),
                ..place(&item, notes)
            }
        })
        .collect()
}

/// RFC 9457 3: `pointer` is a JSON Pointer as a URI fragment. RFC 7807's `name` says nothing of where it stands.
fn place(item: &Value, notes: &mut Notes) -> ApiError {
    if let Some(pointer) = text(item, "pointer") {
        match from_pointer(&pointer) {
            Some(path) => return error_at(Part::Body, path),
            None => notes.add(format!("'{pointer}' is no JSON Pointer")),
        }
    }
    match text(item, "name") {
        Some(name) => error_at(Part::Unknown, from_brackets(&name)),
        None => ApiError::default(),
    }
}

/// ASP.NET: `{"$.amount": ["…"], "Limit": ["…"]}`. Only a `$` says that the body is meant.
fn read_fields(fields: &Value) -> Vec<ApiError> {
    let mut errors = Vec::new();
    for child in fields.children() {
        let field = child.key.unwrap_or_default();
        let part = if field.starts_with('$') {
            Part::Body
        } else {
            Part::Unknown
        };
        let messages: Vec<Value> = if child.value.is_array() {
            child.value.children().map(|child| child.value).collect()
        } else {
            vec![child.value]
        };
        errors.extend(messages.iter().map(|message| ApiError {
            message: message.as_text().map(|text| text.into_owned()),
            ..error_at(part, from_brackets(&field))
        }));
    }
    errors
}
