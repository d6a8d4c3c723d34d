//! A comparison as JSON: what `reqscope diff --json` prints. Members may be added, none may change.
//!
//! ```text
//!   {"left":"…","right":"…","same":false,"relation":"attempts","sections":[
//!     {"part":"request_body","form":"json","differences":1,"notes":[],"rows":[
//!       {"kind":"changed","name":"/amount","from":null,"left":-5,"right":5,"counts":true,"note":null}]}]}
//! ```
//!
//! Every section is there, in one order, and every row that is not the same on both sides. In a section of the form `json`
//! `left` and `right` are the values themselves, their numbers spelled as they were sent; elsewhere they are strings. What
//! stands on one side only is `null` on the other: `kind` tells it from a JSON `null`. `counts`: whether it made the two
//! different.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::compare::row::{Form, Row, RowKind, Section};
use crate::domain::compare::{Comparison, Relation};

/// The whole of it.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    left: &'a str,
    right: &'a str,
    same: bool,
    relation: &'static str,
    sections: Vec<Part<'a>>,
}

#[derive(Debug, Serialize)]
struct Part<'a> {
    part: &'static str,
    form: &'static str,
    differences: usize,
    notes: &'a [String],
    rows: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    kind: &'static str,
    name: &'a str,
    from: Option<&'a str>,
    left: Option<Text<'a>>,
    right: Option<Text<'a>>,
    counts: bool,
    note: Option<&'a str>,
}

/// What stands on one side.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Json(Box<RawValue>),
    Plain(&'a str),
}

/// A comparison; `all`: what is another at each send counts too.
pub fn comparison(comparison: &Comparison, all: bool) -> Document<'_> {
    Document {
        left: comparison.left.id.as_str(),
        right: comparison.right.id.as_str(),
        same: !comparison.differs(all),
        relation: relation(comparison.relation()),
        sections: comparison
            .sections
            .iter()
            .map(|one| part(one, all))
            .collect(),
    }
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Itself => "itself",
        Relation::Sends => "sends",
        Relation::Attempts => "attempts",
        Relation::Operations => "operations",
    }
}

fn part(section: &Section, all: bool) -> Part<'_> {
    let rows = section.rows.iter().filter(|row| row.kind != RowKind::Same);
    Part {
        part: section.part.word(),
        form: section.form.word(),
        differences: section.differences(all),
        notes: &section.notes,
        rows: rows.map(|row| line(row, section.form, all)).collect(),
    }
}

fn line(row: &Row, form: Form, all: bool) -> Line<'_> {
    Line {
        kind: row.kind.word(),
        name: &row.name,
        from: row.from.as_deref(),
        left: row.left.as_deref().map(|left| text(left, row, form)),
        right: row.right.as_deref().map(|right| text(right, row, form)),
        counts: row.counts(all),
        note: row.note.as_deref(),
    }
}

/// A row of a JSON body has a pointer; one about the whole body beside them has a name.
fn text<'a>(text: &'a str, row: &Row, form: Form) -> Text<'a> {
    let is_value = form == Form::Json && (row.name.is_empty() || row.name.starts_with('/'));
    let raw = is_value.then(|| RawValue::from_string(text.to_owned()).ok());
    match raw.flatten() {
        Some(raw) => Text::Json(raw),
        None => Text::Plain(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::part;
    use crate::domain::compare::row::{Form, Part, Row, Section};

    #[test]
    fn a_json_value_is_a_value_and_keeps_its_digits() {
        let rows = [
            Row::of("/n", Some("1.00000000000000000001"), Some("null")),
            Row::of("/m", None, Some("{\"a\":[]}")),
            Row::of("/same", Some("1"), Some("1")),
            Row::of("the whole body", Some("5 bytes"), Some("6 bytes")),
        ];
        let section = Section {
            part: Part::ResponseBody,
            form: Form::Json,
            notes: Vec::new(),
            rows: rows.into_iter().flatten().collect(),
        };
        let text = serde_json::to_string(&part(&section, false)).expect("JSON");
        assert!(
            text.contains(r#""left":1.00000000000000000001,"right":null"#),
            "{text}"
        );
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            (&value["part"], &value["differences"]),
            (&json!("response_body"), &json!(3))
        );
        assert_eq!(value["rows"].as_array().map(Vec::len), Some(3));
        assert_eq!(
            (&value["rows"][1]["kind"], &value["rows"][1]["left"]),
            (&json!("added"), &json!(null))
        );
        assert_eq!(value["rows"][2]["right"], "6 bytes");
    }
}
