//! Google (AIP-193, google.rpc.Status): `error.details[].fieldViolations[].field`, written `a[1].b`.

use crate::domain::api_error::answer::{Answer, container, error_at, extra, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::domain::field_path::notation::{array_index, from_brackets};
use crate::domain::note::Notes;
use crate::json::token::Kind;
use crate::json::value::Value;

/// Reads `error` where it is an object with a numeric code and a status or details.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let error = root.get("error")?;
    let numbered = error
        .get("code")
        .is_some_and(|code| code.kind() == Kind::Number);
    let detailed = error.get("status").or_else(|| error.get("details"));
    if !numbered || detailed.is_none() {
        return None;
    }
    let details: Vec<Value> = container(&error, "details")
        .iter()
        .flat_map(|details| details.children())
        .map(|detail| detail.value)
        .collect();
    let mut notes = Notes::new();
    let errors: Vec<ApiError> = details
        .iter()
        .filter_map(|detail| container(detail, "fieldViolations"))
        .flat_map(|violations| violations.children())
        .map(|violation| read_violation(&violation.value, &mut notes))
        .collect();
    let code = text(&error, "status");
    if errors.is_empty() {
        return Some(ErrorReport {
            errors: vec![ApiError {
                code: reason(&details).or_else(|| code.clone()),
                message: text(&error, "message"),
                extra: extra(&error, &["status", "message"]),
                ..ApiError::default()
            }],
            code,
            extra: extra(root, &["error"]),
            ..ErrorReport::default()
        });
    }
    let mut beside = extra(&error, &["status", "message", "details"]);
    beside.extend(others(&details));
    beside.extend(extra(root, &["error"]));
    Some(ErrorReport {
        code,
        title: text(&error, "message"),
        errors,
        extra: beside,
        not_understood: notes.into_lines(),
        ..ErrorReport::default()
    })
}

/// The `reason` of a google.rpc.ErrorInfo: a finer code than the status.
fn reason(details: &[Value]) -> Option<String> {
    let mut infos = details.iter().filter(|detail| kind(detail) == "ErrorInfo");
    infos.find_map(|info| text(info, "reason"))
}

/// The details that are no violations (RequestInfo, Help, …), by the name of their type.
fn others<'a>(details: &'a [Value]) -> impl Iterator<Item = (String, String)> + use<'a> {
    let others = details
        .iter()
        .filter(|detail| container(detail, "fieldViolations").is_none());
    others.map(|detail| (kind(detail), detail.raw().into_owned()))
}

fn kind(detail: &Value) -> String {
    let name = text(detail, "@type").unwrap_or_else(|| "details".to_owned());
    let short = name.rsplit(['.', '/']).next().map(str::to_owned);
    short.unwrap_or(name)
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
