//! Google (AIP-193, google.rpc.Status): `error.details[].fieldViolations[].field`, written `a[1].b`.

use crate::domain::api_error::answer::{Answer, error_at, extra, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::domain::field_path::notation::{array_index, from_brackets};
use crate::domain::note::Notes;
use crate::json::token::Kind;
use crate::json::value::Value;

/// Reads `error` where it is an object with a numeric code and a status or details.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let error = answer.root.get("error")?;
    let numbered = error
        .get("code")
        .is_some_and(|code| code.kind() == Kind::Number);
    let detailed = error.get("status").or_else(|| error.get("details"));
    if !numbered || detailed.is_none() {
        return None;
    }
    let mut notes = Notes::new();
    let mut errors: Vec<ApiError> = error
        .get("details")
        .iter()
        .flat_map(|details| details.children())
        .filter_map(|detail| detail.value.get("fieldViolations"))
        .flat_map(|violations| violations.children())
        .map(|violation| read_violation(&violation.value, &mut notes))
        .collect();
    if errors.is_empty() {
        errors.push(ApiError {
            code: text(&error, "status"),
            message: text(&error, "message"),
            extra: extra(&error, &["status", "message"]),
            ..ApiError::default()
        });
    }
    Some(ErrorReport {
        code: text(&error, "status"),
        errors,
        not_understood: notes.into_lines(),
    })
}

fn read_violation(violation: &Value, notes: &mut Notes) -> ApiError {
    let field = text(violation, "field").unwrap_or_default();
    let path = from_brackets(&field);
    if path.iter().any(|step| array_index(step).is_some()) {
        notes.add(format!(
            "'{field}' may count from 0 or from 1 (Google's documents disagree); read as from 0"
        ));
    }
    ApiError {
        code: text(violation, "reason"),
        message: text(violation, "description"),
        extra: extra(violation, &["field", "reason", "description"]),
        ..error_at(Part::Body, path)
    }
}
