//! Problem details (RFC 9457), with `errors[].pointer` as in its section 3, `invalid-params` as in RFC 7807, and
//! ASP.NET's object of lists. Without a list, title and detail are the one error there is.

use crate::domain::api_error::answer::{Answer, container, error_at, extra, first_text, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::notation::{from_brackets, from_pointer};
use crate::domain::field_path::{Part, Place};
use crate::domain::note::Notes;
use crate::json::value::Value;

/// Where the list stands, in the order in which it is looked for.
const LISTS: [&str; 4] = ["errors", "invalid-params", "invalid_params", "violations"];

/// Reads an answer labelled `application/problem+json`.
pub fn read_labelled(answer: &Answer) -> Option<ErrorReport> {
    let labelled = answer.media_type == "application/problem+json";
    let root = answer.root.filter(|root| labelled && root.is_object())?;
    Some(read(&root, answer))
}

/// Reads an answer under another label that has a title, and a type or a status beside it; one of these is enough
/// where the profile says that it is a problem.
pub fn read_unlabelled(answer: &Answer) -> Option<ErrorReport> {
    let root = answer.root.filter(Value::is_object)?;
    let says = |name: &str| {
        root.get(name)
            .is_some_and(|value| value.as_text().is_some())
    };
    let beside = says("type") || says("status");
    let titled = root
        .get("title")
        .is_some_and(|title| title.as_string().is_some());
    let told = match answer.is_fixed {
        true => titled || says("type") || says("detail"),
        false => titled && beside,
    };
    told.then(|| read(&root, answer))
}

fn read(root: &Value, answer: &Answer) -> ErrorReport {
    let mut notes = Notes::new();
    let listed = LISTS
        .into_iter()
        .find_map(|name| Some((name, container(root, name)?)));
    let kind = text(root, "type").filter(|kind| kind != "about:blank");
    let code = text(root, "code").or(kind);
    let Some((name, list)) = listed else {
        return ErrorReport {
            code,
            errors: vec![read_whole(root)],
            ..ErrorReport::default()
        };
    };
    let errors = match list.is_array() {
        true => read_list(&list, answer, &mut notes),
        false => read_fields(&list, answer),
    };
    let coded = if root.get("code").is_some() {
        "code"
    } else {
        "type"
    };
    ErrorReport {
        code,
        title: text(root, "title"),
        details: text(root, "detail"),
        errors,
        extra: extra(root, &[coded, "title", "detail", name]),
        not_understood: notes.into_lines(),
        ..ErrorReport::default()
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

fn read_list(list: &Value, answer: &Answer, notes: &mut Notes) -> Vec<ApiError> {
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
                ..place(&item, answer, notes)
            }
        })
        .collect()
}

/// RFC 9457 3: `pointer` is a JSON Pointer as a URI fragment. RFC 7807's `name` says nothing of where it stands, nor
/// do the `field`s of others: it is known only where nothing but the query was sent, and has it.
fn place(item: &Value, answer: &Answer, notes: &mut Notes) -> ApiError {
    if let Some(pointer) = text(item, "pointer") {
        match from_pointer(&pointer) {
            Some(path) => return error_at(Part::Body, path),
            None => notes.add(format!("'{pointer}' is no JSON Pointer")),
        }
    }
    match (text(item, "parameter"), text(item, "header")) {
        (Some(parameter), _) => return error_at(Part::Query, vec![parameter]),
        (None, Some(header)) => return error_at(Part::Header, vec![header]),
        (None, None) => {}
    }
    match first_text(item, &["name", "field"]) {
        Some((_, name)) => somewhere(&name, answer),
        None => ApiError::default(),
    }
}

fn somewhere(name: &str, answer: &Answer) -> ApiError {
    let mut error = answer.at_parameter(name);
    if error.place.part == Part::Body {
        error.place = Place::outside(Part::Unknown);
    }
    error
}

/// ASP.NET: `{"$.amount": ["…"], "Limit": ["…"]}`. Only a `$` says that the body is meant.
fn read_fields(fields: &Value, answer: &Answer) -> Vec<ApiError> {
    let mut errors = Vec::new();
    for child in fields.children() {
        let field = child.key.unwrap_or_default();
        let at = || match field.starts_with('$') {
            true => error_at(Part::Body, from_brackets(&field)),
            false => somewhere(&field, answer),
        };
        let messages: Vec<Value> = if child.value.is_array() {
            child.value.children().map(|child| child.value).collect()
        } else {
            vec![child.value]
        };
        errors.extend(messages.iter().map(|message| ApiError {
            message: message.as_text().map(|text| text.into_owned()),
            ..at()
        }));
    }
    errors
}
