//! Stripe, and those who write like it: `{"error":{"type","code","message","param","decline_code"}}`.

use crate::domain::api_error::answer::{Answer, error_at, extra, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::domain::field_path::notation::from_brackets;

/// Reads `error` where it is an object with a type.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let error = answer.root.get("error")?;
    let kind = error.get("type")?.as_string()?.into_owned();
    // A parameter stands in the body where there is one, and may stand in the query or the path where there is none.
    let part = if answer.request_has_body {
        Part::Body
    } else {
        Part::Unknown
    };
    let place = match text(&error, "param") {
        Some(param) => error_at(part, from_brackets(&param)),
        None => ApiError::default(),
    };
    Some(ErrorReport {
        code: Some(kind),
        errors: vec![ApiError {
            code: text(&error, "code"),
            message: text(&error, "message"),
            extra: extra(&error, &["type", "code", "message", "param"]),
            ..place
        }],
        not_understood: Vec::new(),
    })
}
