//! This API's envelope: `{"code":"request_errors","data":{"errors":[{"code","message","path":["…"]}]}}`
//! (source: the API page, "Error codes").
//!
//! The page's prose speaks of title and details: they are read where a server sends them, beside the code or in `data`.
//! A server that nearly keeps to it is read as far as it goes: `data` missing, an error that is a string, a path that
//! is `null`, a string or has numbers in it.

use crate::domain::api_error::answer::{Answer, MOST_EXTRA, error_at, extra, text};
use crate::domain::api_error::{ApiError, ErrorReport, MOST};
use crate::domain::field_path::Part;
use crate::domain::field_path::notation::{from_brackets, from_pointer};
use crate::domain::note::Notes;
use crate::json::token::Kind;
use crate::json::value::Value;

const CODE: &str = "request_errors";

/// Reads the envelope. In an answer that is no error by its status only the exact one counts.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let code = root.get("code");
    let name = code.and_then(|code| code.as_string());
    let named = name.as_deref() == Some(CODE);
    // What is no error may be large, and is not looked through for the rest.
    if answer.is_success() && !named {
        return None;
    }
    let list = root.get("data").and_then(|data| data.get("errors"));
    let is_envelope = if answer.is_success() {
        list.is_some_and(|list| list.is_array())
    } else {
        named || list.is_some() || lists_beside(root)
    };
    if !is_envelope {
        return None;
    }
    let mut notes = Notes::new();
    if name.is_none() {
        notes.add(unlike("code", code, "a string"));
    }
    let errors = match list {
        Some(list) => read_list(&list, "data.errors", &mut notes),
        None => without_data(root, &mut notes),
    };
    Some(ErrorReport {
        code: name.map(|name| name.into_owned()),
        title: beside(root, &["title"]),
        details: beside(root, &["details", "detail"]),
        errors,
        extra: extra_of(root),
        not_understood: notes.into_lines(),
        ..ErrorReport::default()
    })
}

/// Whether a list like the envelope's stands at the root: its errors have a code and a path of their own, which those of
/// GraphQL have not.
fn lists_beside(root: &Value) -> bool {
    let list = root.get("errors").filter(Value::is_array);
    let like = |error: Value| {
        let code = error
            .get("code")
            .is_some_and(|code| code.as_string().is_some());
        code && error.get("path").is_some()
    };
    list.is_some_and(|list| list.children().take(MOST).any(|child| like(child.value)))
}

/// A text that stands beside the code, or in `data`.
fn beside(root: &Value, names: &[&str]) -> Option<String> {
    let data = root.get("data");
    let places = [Some(*root), data];
    let mut places = places.into_iter().flatten();
    places.find_map(|place| names.iter().find_map(|name| text(&place, name)))
}

/// What is known of neither level; a title or details that are no text are kept like it.
fn extra_of(root: &Value) -> Vec<(String, String)> {
    let read = |place: &Value, own: &[&'static str]| {
        let texts = ["title", "details", "detail"];
        let texts = texts.into_iter().filter(|name| text(place, name).is_some());
        let known: Vec<&str> = texts.chain(own.iter().copied()).collect();
        extra(place, &known)
    };
    let list_beside = root
        .get("data")
        .and_then(|data| data.get("errors"))
        .is_none();
    let own: &[&str] = if list_beside {
        &["code", "data", "errors"]
    } else {
        &["code", "data"]
    };
    let data = root.get("data").filter(Value::is_object);
    let within = data
        .map(|data| read(&data, &["errors"]))
        .unwrap_or_default();
    let within = within
        .into_iter()
        .map(|(name, value)| (format!("data.{name}"), value));
    read(root, own).into_iter().chain(within).collect()
}

/// The list is not where it belongs: it may stand beside the code.
fn without_data(root: &Value, notes: &mut Notes) -> Vec<ApiError> {
    match root.get("data") {
        Some(data) if data.is_object() => notes.add(unlike("data.errors", None, "a list")),
        data => notes.add(unlike("data", data, "an object")),
    }
    root.get("errors")
        .map(|list| read_list(&list, "errors", notes))
        .unwrap_or_default()
}

fn read_list(list: &Value, name: &str, notes: &mut Notes) -> Vec<ApiError> {
    if list.is_object() {
        notes.add(unlike(name, Some(*list), "a list"));
        return read_error(list, name, notes).into_iter().collect();
    }
    if !list.is_array() {
        notes.add(unlike(name, Some(*list), "a list"));
    }
    // One more tells that there are more.
    list.children()
        .take(MOST + 1)
        .enumerate()
        .filter_map(|(at, child)| read_error(&child.value, &format!("{name}[{at}]"), notes))
        .collect()
}

fn read_error(value: &Value, name: &str, notes: &mut Notes) -> Option<ApiError> {
    if !value.is_object() {
        notes.add(unlike(name, Some(*value), "an object"));
        return value.as_string().map(|message| ApiError {
            message: Some(message.into_owned()),
            ..ApiError::default()
        });
    }
    let (mut code, mut message, mut path) = (None, None, None);
    let mut extra = Vec::new();
    for child in value.children() {
        match child.key.as_deref() {
            Some("code") => code = Some(child.value),
            Some("message") => message = Some(child.value),
            Some("path") => path = Some(child.value),
            Some(key) if extra.len() < MOST_EXTRA => {
                extra.push((key.to_owned(), child.value.raw().into_owned()));
            }
            Some(_) => {}
            None => notes.add(format!("{name} has a member without a readable key")),
        }
    }
    let code = member(code, &format!("{name}.code"), notes);
    let message = member(message, &format!("{name}.message"), notes);
    let path = read_path(path, &format!("{name}.path"), notes);
    Some(ApiError {
        code,
        message,
        extra,
        ..path.map_or_else(ApiError::default, |path| error_at(Part::Body, path))
    })
}

/// A member that should be a string; a number's digits will do.
fn member(value: Option<Value>, name: &str, notes: &mut Notes) -> Option<String> {
    let text = value.and_then(|value| value.as_text());
    if text.is_none() {
        notes.add(unlike(name, value, "a string"));
    }
    text.map(|text| text.into_owned())
}

/// `None`: the path says nothing, so the error is about nothing that we know.
fn read_path(value: Option<Value>, name: &str, notes: &mut Notes) -> Option<Vec<String>> {
    let Some(list) = value.filter(|value| value.is_array()) else {
        notes.add(unlike(name, value, "a list"));
        let text = value?.as_string()?;
        return Some(from_pointer(&text).unwrap_or_else(|| from_brackets(&text)));
    };
    let mut path = Vec::new();
    for (at, child) in list.children().enumerate() {
        let Some(step) = child.value.as_text() else {
            let what = unlike(&format!("{name}[{at}]"), Some(child.value), "a string");
            notes.add(format!("{what}; the path is read up to there"));
            break;
        };
        path.push(step.into_owned());
    }
    Some(path)
}

fn unlike(name: &str, value: Option<Value>, wanted: &str) -> String {
    match value {
        None => format!("'{name}' is missing"),
        Some(value) if value.kind() == Kind::Unexpected => {
            format!("'{name}' is no JSON, where {wanted} belongs")
        }
        Some(value) => format!("'{name}' is {}, not {wanted}", value.kind_name()),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::api_error::answer::Answer;
    use crate::domain::api_error::asked::Asked;
    use crate::domain::api_error::envelope::read;
    use crate::domain::api_error::{Answered, ErrorReport};

    fn report(body: &str) -> Option<ErrorReport> {
        let asked = Asked {
            target: "/",
            lines: &[],
            body: b"{}",
        };
        let answered = Answered {
            status: 422,
            content_type: "application/json",
            body: body.as_bytes(),
        };
        read(&Answer::of(&answered, &asked, false))
    }

    /// The body; then title, details and the names of what is kept beside them.
    #[test]
    fn what_the_envelope_says_of_the_whole_is_kept() {
        for (body, title, details, extra) in [
            (
                r#"{"code":"request_errors","title":"Invalid","details":"Two fields","trace":"t1","data":{"errors":[],"page":{"n":1}}}"#,
                Some("Invalid"),
                Some("Two fields"),
                &[("trace", "\"t1\""), ("data.page", "{\"n\":1}")][..],
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[],"title":"Invalid","detail":"One"}}"#,
                Some("Invalid"),
                Some("One"),
                &[],
            ),
            (
                r#"{"code":"request_errors","title":["a"],"data":{"errors":[]},"errors":[1]}"#,
                None,
                None,
                &[("title", "[\"a\"]"), ("errors", "[1]")],
            ),
            (
                r#"{"code":"request_errors","errors":[],"data":null}"#,
                None,
                None,
                &[],
            ),
        ] {
            let report = report(body).unwrap_or_else(|| panic!("not recognised: {body}"));
            assert_eq!(
                (report.title.as_deref(), report.details.as_deref()),
                (title, details),
                "{body}"
            );
            let told: Vec<_> = report
                .extra
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            assert_eq!(told, extra, "{body}");
        }
    }

    /// Status 422, the body; then paths, and what was not understood.
    #[test]
    fn near_envelopes_are_read_as_far_as_they_go() {
        for (body, paths, notes) in [
            (r#"{"code":"request_errors"}"#, "", "'data' is missing"),
            (
                r#"{"code":"request_errors","data":null}"#,
                "",
                "'data' is null, not an object",
            ),
            (
                r#"{"code":"request_errors","data":{}}"#,
                "",
                "'data.errors' is missing",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":null}}"#,
                "",
                "'data.errors' is null, not a list",
            ),
            (
                r#"{"code":"request_errors","errors":[{"code":"a","message":"b","path":["x"]}]}"#,
                "x",
                "'data' is missing",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":{"code":"a","message":"b","path":["x"]}}}"#,
                "x",
                "'data.errors' is an object, not a list",
            ),
            (r#"{"data":{"errors":[]}}"#, "", "'code' is missing"),
            (
                r#"{"code":7,"data":{"errors":[]}}"#,
                "",
                "'code' is a number, not a string",
            ),
            (r#"{"code":"other","data":{"errors":[]}}"#, "", ""),
            (
                r#"{"code":"request_errors","data":{"errors":["bad",1,{"code":"a","message":"b","path":["x"]}]}}"#,
                "|x",
                "'data.errors[0]' is a string, not an object / 'data.errors[1]' is a number, not an object",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[{}]}}"#,
                "",
                "'data.errors[0].code' is missing / 'data.errors[0].message' is missing / 'data.errors[0].path' is missing",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[{"code":5,"message":true,"path":null}]}}"#,
                "",
                "'data.errors[0].message' is a boolean, not a string / 'data.errors[0].path' is null, not a list",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":"items[0].price"}]}}"#,
                "items 0 price",
                "'data.errors[0].path' is a string, not a list",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":"/items/0"}]}}"#,
                "items 0",
                "'data.errors[0].path' is a string, not a list",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":["items",0,"price"]}]}}"#,
                "items 0 price",
                "",
            ),
            (
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":["items",null,"price"]}]}}"#,
                "items",
                "'data.errors[0].path[1]' is null, not a string; the path is read up to there",
            ),
            (
                r#"{"code":"request_errors","code":"request_errors","data":1,"data":{"errors":[{"code":"a","message":"b","path":[],"path":["x"]}]}}"#,
                "x",
                "",
            ),
        ] {
            let report = report(body).unwrap_or_else(|| panic!("not recognised: {body}"));
            let told: Vec<String> = report
                .errors
                .iter()
                .map(|error| error.path.join(" "))
                .collect();
            assert_eq!(
                (
                    told.join("|").as_str(),
                    report.not_understood.join(" / ").as_str()
                ),
                (paths, notes),
                "{body}"
            );
        }
    }
}
