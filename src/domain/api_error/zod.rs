//! Zod: `issues[].path` is a list of names and numbers, at the root or under `error`.

use crate::domain::api_error::answer::{Answer, error_at, extra, steps, text};
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::Part;
use crate::json::value::Value;

/// Reads `issues` where an issue has a path and a message.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    let root = &answer.root;
    let holder = root.get("error").filter(|error| error.is_object());
    let list = root.get("issues").or_else(|| holder?.get("issues"))?;
    let speaks = |item: Value| item.get("path").is_some() && item.get("message").is_some();
    if !list.children().any(|child| speaks(child.value)) {
        return None;
    }
    let name = text(root, "name").or_else(|| text(&holder?, "name"));
    Some(ErrorReport {
        code: name,
        errors: list
            .children()
            .map(|child| read_issue(&child.value))
            .collect(),
        not_understood: Vec::new(),
    })
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
