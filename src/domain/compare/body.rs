//! Two bodies, each compared as what it is: JSON by structure, a form by its fields, text by lines, anything else by bytes.
//!
//! ```text
//!   both JSON ──▶ json ──too many values──┐
//!   both a form ▶ field                   ▼
//!   both text ───────────────────────▶ text::lines ──too many lines──┐
//!   anything else ──────────────────────────────────────────────────▶ text::bytes
//! ```

use std::borrow::Cow;

use crate::domain::compare::field;
use crate::domain::compare::row::{Form, Part, Row, Section};
use crate::domain::compare::{json, text};
use crate::json::check::check;

/// Larger ones are compared as text: a body of this size is read by no person as a tree.
pub const MOST_JSON: usize = 8 << 20;

/// How much of a body is compared; of what lies beyond, whether it is the same.
pub const MOST: usize = 16 << 20;

/// A body as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body<'a> {
    /// Its bytes, at most [`MOST`].
    pub bytes: Cow<'a, [u8]>,
    /// What is not among them.
    pub beyond: Option<Beyond>,
}

/// The rest of a body that is too large to be compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// How many bytes the whole body has.
    pub len: u64,
    /// SHA-256 of the whole body.
    pub digest: [u8; 32],
}

impl<'a> Body<'a> {
    /// A body that is small enough.
    pub fn whole(bytes: impl Into<Cow<'a, [u8]>>) -> Body<'a> {
        Body {
            bytes: bytes.into(),
            beyond: None,
        }
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.beyond.is_none()
    }
}

/// Compares them. `form`: both say that they are a form's fields.
pub fn section(part: Part, left: &Body<'_>, right: &Body<'_>, form: bool) -> Section {
    let (form, mut rows, mut notes) = match (left.is_empty(), right.is_empty()) {
        (true, true) => (Form::Text, Vec::new(), Vec::new()),
        (one, other) => {
            let (form, rows, mut notes) = rows(&left.bytes, &right.bytes, form);
            for (is_empty, side) in [(one, "left"), (other, "right")] {
                notes.extend(is_empty.then(|| format!("no body on the {side}")));
            }
            (form, rows, notes)
        }
    };
    if left.beyond.is_some() || right.beyond.is_some() {
        let size = MOST >> 20;
        notes.push(format!("only the first {size} MiB are compared in detail"));
        rows.extend(rest(left, right));
    }
    Section {
        part,
        form,
        notes,
        rows,
    }
}

/// Whether bodies of which only the beginnings were compared are the same as a whole.
fn rest(left: &Body<'_>, right: &Body<'_>) -> Option<Row> {
    let told = |body: &Body<'_>| match body.beyond {
        None => format!("{} bytes", body.bytes.len()),
        Some(beyond) => {
            let digest: String = beyond
                .digest
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("{} bytes, SHA-256 {digest}…", beyond.len)
        }
    };
    Row::of("the whole body", Some(&told(left)), Some(&told(right)))
}

type Rows = (Form, Vec<Row>, Vec<String>);

fn rows(left: &[u8], right: &[u8], form: bool) -> Rows {
    let mut notes = Vec::new();
    let is_json = |body: &[u8]| body.is_empty() || check(body).is_ok();
    if is_json(left) && is_json(right) {
        match by_structure(left, right) {
            Ok((rows, notes)) => return (Form::Json, rows, notes),
            Err(why) => notes.push(format!("{why}: compared as text, not by structure")),
        }
    }
    if let (Ok(left), Ok(right)) = (std::str::from_utf8(left), std::str::from_utf8(right)) {
        if form {
            return (Form::Fields, field::query(left, right), notes);
        }
        if let Some(rows) = text::lines(left, right) {
            return (Form::Text, rows, notes);
        }
        notes.push("too many lines: compared byte by byte".to_owned());
    }
    (
        Form::Binary,
        text::bytes(left, right).into_iter().collect(),
        notes,
    )
}

fn by_structure(left: &[u8], right: &[u8]) -> Result<(Vec<Row>, Vec<String>), String> {
    if left.len().max(right.len()) > MOST_JSON {
        return Err(format!("JSON of more than {} MiB", MOST_JSON >> 20));
    }
    let one =
        |body: &[u8]| (!body.is_empty()).then(|| String::from_utf8_lossy(body).trim().to_owned());
    if left.is_empty() || right.is_empty() {
        let row = Row::of("", one(left).as_deref(), one(right).as_deref());
        return Ok((row.into_iter().collect(), Vec::new()));
    }
    json::rows(left, right).ok_or_else(|| "JSON of too many values, or nested too deep".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Beyond, Body, MOST, section};
    use crate::domain::compare::row::{Form, Part, RowKind};

    #[test]
    fn a_body_is_compared_as_what_it_is() {
        for (left, right, is_form, form, differences) in [
            ("", "", false, Form::Text, 0),
            ("{\"a\":1}", " {\"a\": 1.0}", false, Form::Json, 0),
            ("{\"a\":1}", "{\"a\":2}", false, Form::Json, 1),
            ("{\"a\":1}", "", false, Form::Json, 1),
            ("{\"a\":1}", "<html>", false, Form::Text, 1),
            ("a=1&b=2", "b=2&a=1", true, Form::Fields, 0),
            ("a=1&b=2", "b=2&a=1", false, Form::Text, 1),
            ("{\"a\":1", "{\"a\":1", false, Form::Text, 0),
        ] {
            let (left, right) = (Body::whole(left.as_bytes()), Body::whole(right.as_bytes()));
            let section = section(Part::RequestBody, &left, &right, is_form);
            assert_eq!(
                (section.form, section.differences(false)),
                (form, differences),
                "{section:?}"
            );
        }
        let (left, right) = (Body::whole(&b"\xff1"[..]), Body::whole(&b"\xff2"[..]));
        let section = section(Part::ResponseBody, &left, &right, false);
        assert_eq!(
            (section.form, section.differences(false)),
            (Form::Binary, 1)
        );
    }

    #[test]
    fn what_lies_beyond_is_the_same_or_not() {
        let body = |len, digest| Body {
            bytes: b"{}"[..].into(),
            beyond: Some(Beyond {
                len,
                digest: [digest; 32],
            }),
        };
        for (left, right, kind) in [
            (body(99, 1), body(99, 1), RowKind::Same),
            (body(99, 1), body(99, 2), RowKind::Changed),
            (body(99, 1), Body::whole(&b"{}"[..]), RowKind::Changed),
        ] {
            let section = section(Part::ResponseBody, &left, &right, false);
            assert_eq!(section.rows.last().map(|row| row.kind), Some(kind));
            assert!(section.notes[0].contains(&format!("{} MiB", MOST >> 20)));
        }
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_compared_as_text() {
        let large = |last: &str| format!("[\n\"{}\",\n{last}]", "x".repeat(super::MOST_JSON));
        let (one, other) = (large("1"), large("2"));
        let compared = section(
            Part::ResponseBody,
            &Body::whole(one.as_bytes()),
            &Body::whole(other.as_bytes()),
            false,
        );
        assert_eq!(
            (compared.form, compared.differences(false)),
            (Form::Text, 1)
        );
        assert!(compared.notes[0].contains("8 MiB"), "{:?}", compared.notes);
        // A hundred thousand levels with a difference at each: pointers alone would be gigabytes.
        let deep = |n: u8| {
            let open = format!("{{\"n\":{n},\"a\":").repeat(100_000);
            format!("{open}{n}{}", "}".repeat(100_000))
        };
        let (one, other) = (deep(1), deep(2));
        let compared = section(
            Part::ResponseBody,
            &Body::whole(one.as_bytes()),
            &Body::whole(other.as_bytes()),
            false,
        );
        assert_eq!(
            (compared.form, compared.differences(false)),
            (Form::Text, 1)
        );
        // With one difference at the bottom it is a pointer, however deep.
        let deep = |n: u8| format!("{}{n}{}", "[".repeat(100_000), "]".repeat(100_000));
        let (one, other) = (deep(1), deep(2));
        let compared = section(
            Part::ResponseBody,
            &Body::whole(one.as_bytes()),
            &Body::whole(other.as_bytes()),
            false,
        );
        assert_eq!((compared.form, compared.rows.len()), (Form::Json, 1));
        assert_eq!(compared.rows[0].name.len(), 200_000);
    }
}
