//! Zod: `issues[].path` is a list of names and numbers, at the root, under `error`, or the bare list; and what `flatten()`
//! makes of them, `{"formErrors": ["…"], "fieldErrors": {"amount": ["…"]}}`.

use crate::domain::api_error::answer::{Answer, container, error_at, extra, steps, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::json::value::Value;

/// Reads a list of issues where one has a path and a message, or a flattened error.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root?;
    let error = container(root, "error");
    let holder = error.unwrap_or(*root);
    let errors = read_issues(&holder, answer).or_else(|| read_flat(&holder))?;
    let name = text(root, "name").or_else(|| text(&holder, "name"));
    let known = ["issues", "errors", "name", "formErrors", "fieldErrors"];
    let mut beside = extra(root, &[&known[..], &["error"]].concat());
    if let Some(error) = error.filter(Value::is_object) {
        beside.extend(extra(&error, &known));
    }
    Some(ErrorReport {
        code: name,
        errors,
        extra: beside,
        ..ErrorReport::default()
    })
}

/// `errors` is what version 3 called them as well; others use that name too, so it counts only where Zod is expected.
fn read_issues(holder: &Value, answer: &Answer) -> Option<Vec<ApiError>> {
    let named = || container(holder, "errors").filter(|_| answer.is_fixed);
    let list = match holder.is_array() {
        true => *holder,
        false => container(holder, "issues").or_else(named)?,
    };
    let speaks = |item: Value| item.get("path").is_some() && item.get("message").is_some();
    if !list.children().any(|child| speaks(child.value)) {
        return None;
    }
    let issues = list.children().map(|child| read_issue(&child.value));
    Some(issues.collect())
}

fn read_issue(item: &Value) -> ApiError {
    let path = item.get("path").filter(|path| path.is_array());
    let place = path.map(|path| error_at(Part::Body, steps(&path)));
    ApiError {
        code: text(item, "code"),
        message: text(item, "message"),
        extra: extra(item, &["code", "message", "path"]),
        ..place.unwrap_or_default()
    }
}

fn read_flat(holder: &Value) -> Option<Vec<ApiError>> {
    let fields = holder.get("fieldErrors").filter(Value::is_object)?;
    let form = container(holder, "formErrors");
    let whole = form
        .iter()
        .flat_map(|form| form.children())
        .map(|child| (Vec::new(), child.value));
    let of_field = fields.children().flat_map(|child| {
        let path = vec![child.key.unwrap_or_default().into_owned()];
        let messages = child.value.children();
        messages.map(move |message| (path.clone(), message.value))
    });
    let error = |(path, message): (Vec<String>, Value)| ApiError {
        message: message.as_text().map(|text| text.into_owned()),
        ..error_at(Part::Body, path)
    };
    Some(whole.chain(of_field).map(error).collect())
}
