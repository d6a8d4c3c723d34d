//! Stripe, and those who write like it: `{"error":{"type","code","message","param","decline_code"}}`.

use crate::domain::api_error::answer::{Answer, extra, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::json::value::Value;

/// Reads `error` where it is an object with a type; with a message where the profile says that it is Stripe's.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let error = root.get("error").filter(Value::is_object)?;
    let kind = error.get("type").and_then(|kind| kind.as_string());
    if kind.is_none() && !(answer.is_fixed && text(&error, "message").is_some()) {
        return None;
    }
    let place = match text(&error, "param") {
        Some(param) => answer.at_parameter(&param),
        None => ApiError::default(),
    };
    Some(ErrorReport {
        code: kind.map(|kind| kind.into_owned()),
        errors: vec![ApiError {
            code: text(&error, "code"),
            message: text(&error, "message"),
            extra: extra(&error, &["type", "code", "message", "param"]),
            ..place
        }],
        extra: extra(root, &["error"]),
        ..ErrorReport::default()
    })
}
