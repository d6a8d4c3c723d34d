//! A place in a JSON body by its JSON Pointer (RFC 6901): read there, and a member put there by splicing bytes.
//!
//! ```text
//!   {"amount":5}  ──insert("/requestId", "op_1")──▶  {"requestId":"op_1","amount":5}
//! ```
//!
//! What a person wrote is never written anew: their numbers, blanks and order of members stay as they are. Not here:
//! the paths that errors name, which are looked up many at a time (`field_path`).

use std::fmt;

use crate::domain::field_path::notation::{array_index, from_pointer, pointer};
use crate::json::check::{Malformed, check};
use crate::json::value::Value;

/// A JSON Pointer to something inside a document, never to the whole of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    parents: Vec<String>,
    last: String,
}

/// Why a text is no pointer to something inside a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// RFC 6901 3: every step begins with a slash.
    #[error("a JSON Pointer begins with a slash: write one such as \"/meta/requestId\"")]
    Slash,
    /// RFC 6901 3: `~` stands in `~0` and `~1` only.
    #[error("in a JSON Pointer a ~ is written ~0, and a / inside a name ~1 (RFC 6901 3)")]
    Tilde,
}

/// Why a member cannot be put into a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// The body is no JSON.
    #[error("the body is no JSON ({0})")]
    Malformed(Malformed),
    /// What it would be a member of is not there.
    #[error("there is nothing at {0} to put it into")]
    NoParent(String),
    /// What it would be a member of is no object.
    #[error("{place} is {found}, not an object", place = whole(.at))]
    NoObject {
        /// The pointer to it; empty for the body itself.
        at: String,
        /// What it is.
        found: &'static str,
    },
}

fn whole(at: &str) -> String {
    if at.is_empty() {
        "the body".to_owned()
    } else {
        format!("what stands at {at}")
    }
}

impl Pointer {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none, or points to the whole document.
    pub fn parse(text: &str) -> Result<Pointer, PointerError> {
        if !text.starts_with('/') {
            return Err(PointerError::Slash);
        }
        let mut after = text.split('~').skip(1);
        if !after.all(|rest| rest.starts_with(['0', '1'])) {
            return Err(PointerError::Tilde);
        }
        let mut parents = from_pointer(text).ok_or(PointerError::Slash)?;
        let last = parents.pop().ok_or(PointerError::Slash)?;
        Ok(Pointer { parents, last })
    }

    /// To where these steps lead; `None` for no step, which is the whole document.
    pub fn of_path(steps: &[String]) -> Option<Pointer> {
        let (last, parents) = steps.split_last()?;
        Some(Pointer {
            parents: parents.to_vec(),
            last: last.clone(),
        })
    }

    /// What stands there in a JSON body; of duplicate keys the last counts. A broken body is read as far as it goes.
    pub fn find<'a>(&self, body: &'a [u8]) -> Option<Value<'a>> {
        self.find_in(Value::root(body)?)
    }

    /// What stands there, seen from this value.
    pub fn find_in<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        let parent = descend(root, &self.parents).ok()?;
        child(&parent, &self.last)
    }

    /// The body with a string put there as a member, first in its object and set apart as the first one was. Nothing
    /// else of it changes. What stands there already is to be looked for before ([`Pointer::find`]).
    ///
    /// # Errors
    /// When the body is no JSON, or has no object where the member belongs.
    pub fn insert(&self, body: &[u8], text: &str) -> Result<Vec<u8>, InsertError> {
        check(body).map_err(InsertError::Malformed)?;
        let root = Value::root(body).ok_or_else(|| InsertError::NoParent(String::new()))?;
        let parent = descend(root, &self.parents)
            .map_err(|depth| InsertError::NoParent(pointer(&self.parents[..=depth])))?;
        if !parent.is_object() {
            return Err(InsertError::NoObject {
                at: pointer(&self.parents),
                found: parent.kind_name(),
            });
        }
        let inside = parent.span().start + 1;
        let blank = body[inside..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let blank = &body[inside..inside + blank];
        let (name, value) = (json_string(&self.last), json_string(text));
        let colon = if blank.is_empty() { ":" } else { ": " };
        let mut spliced = body[..inside].to_vec();
        if parent.children().next().is_some() {
            spliced.extend_from_slice(blank);
            spliced.extend_from_slice(format!("{name}{colon}{value},").as_bytes());
        } else {
            spliced.extend_from_slice(format!("{name}:{value}").as_bytes());
        }
        spliced.extend_from_slice(&body[inside..]);
        Ok(spliced)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&pointer(&self.parents))?;
        f.write_str(&pointer(std::slice::from_ref(&self.last)))
    }
}

/// The value that these steps lead to, or which step leads nowhere.
fn descend<'a>(root: Value<'a>, steps: &[String]) -> Result<Value<'a>, usize> {
    let mut value = root;
    for (depth, step) in steps.iter().enumerate() {
        value = child(&value, step).ok_or(depth)?;
    }
    Ok(value)
}

fn child<'a>(value: &Value<'a>, step: &str) -> Option<Value<'a>> {
    if value.is_array() {
        let element = value.children().nth(array_index(step)?);
        return element.map(|child| child.value);
    }
    value.get(step)
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Pointer, PointerError};

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).expect(text)
    }

    #[test]
    fn a_pointer_leads_into_a_document() {
        for good in ["/id", "/", "/a~1b/m~0n", "/data/0/id", "/ü"] {
            assert_eq!(pointer(good).to_string(), good);
        }
        for (bad, why) in [
            ("", PointerError::Slash),
            ("id", PointerError::Slash),
            ("#/id", PointerError::Slash),
            ("/a~", PointerError::Tilde),
            ("/a~2b", PointerError::Tilde),
        ] {
            assert_eq!(Pointer::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn what_stands_there_is_found() {
        for (body, at, expected) in [
            (r#"{"id":"pay_1"}"#, "/id", Some("pay_1")),
            (r#"{"id":7}"#, "/id", Some("7")),
            (
                r#"{"data":[{"id":"a"},{"id":"b"}]}"#,
                "/data/1/id",
                Some("b"),
            ),
            (r#"{"data":[{"id":"a"}]}"#, "/data/01/id", None),
            (r#"{"a/b":{"0":"x"}}"#, "/a~1b/0", Some("x")),
            (r#"{"id":"a","id":"b"}"#, "/id", Some("b")),
            (r#"{"id":null}"#, "/id", None),
            (r#"{"id":"a" broken"#, "/id", Some("a")),
            ("id=7", "/id", None),
            ("", "/id", None),
        ] {
            let found = pointer(at).find(body.as_bytes());
            let text = found.and_then(|value| value.as_text());
            assert_eq!(text.as_deref(), expected, "{body} {at}");
        }
    }

    /// A body, where, and the body with "op" there, or what is said.
    #[rustfmt::skip]
    const INSERTED: &[(&str, &str, Result<&str, &str>)] = &[
        (r#"{"a":1.50}"#, "/r", Ok(r#"{"r":"op","a":1.50}"#)),
        ("{\n  \"a\": 1\n}\n", "/r", Ok("{\n  \"r\": \"op\",\n  \"a\": 1\n}\n")),
        ("{}", "/r", Ok(r#"{"r":"op"}"#)),
        (" { }", "/r", Ok(r#" {"r":"op" }"#)),
        (r#"{"meta":{},"b":"}"}"#, "/meta/r", Ok(r#"{"meta":{"r":"op"},"b":"}"}"#)),
        (r#"{"meta":1,"meta":{"x":2}}"#, "/meta/r", Ok(r#"{"meta":1,"meta":{"r":"op","x":2}}"#)),
        (r#"[{"a":1}]"#, "/0/r", Ok(r#"[{"r":"op","a":1}]"#)),
        (r#"{"a":1}"#, "/q~1\"", Ok(r#"{"q/\"":"op","a":1}"#)),
        (r#"{"a":1}"#, "/meta/r", Err("nothing at /meta")),
        (r#"{"meta":{}}"#, "/meta/x/r", Err("nothing at /meta/x")),
        (r#"{"meta":"x"}"#, "/meta/r", Err("at /meta is a string")),
        ("[]", "/r", Err("the body is a list")),
        ("a=b", "/r", Err("no JSON")),
        ("{\"a\":}", "/r", Err("line 1, column 6")),
        ("", "/r", Err("no JSON")),
    ];

    #[test]
    fn a_member_is_spliced_in_and_the_rest_stays() {
        for (body, at, expected) in INSERTED {
            let got = pointer(at).insert(body.as_bytes(), "op");
            match (got, expected) {
                (Ok(got), Ok(expected)) => {
                    assert_eq!(String::from_utf8_lossy(&got), *expected, "{body}");
                    serde_json::from_slice::<serde_json::Value>(&got).expect(expected);
                }
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{body}: {error}");
                }
                (got, expected) => panic!("{body}: {got:?}, not {expected:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_put_in_is_found_and_the_rest_unchanged(name in any::<String>(), text in any::<String>(), old in any::<String>()) {
            let body = serde_json::json!({ "of old": { &old: 1 } });
            let mut expected = body.clone();
            let place = Pointer { parents: vec!["of old".into()], last: format!("{name}!{old}") };
            let spliced = place.insert(body.to_string().as_bytes(), &text).expect("an object");
            expected["of old"][format!("{name}!{old}")] = text.clone().into();
            let read: serde_json::Value = serde_json::from_slice(&spliced).expect("JSON");
            prop_assert_eq!(read, expected);
            let found = place.find(&spliced).and_then(|value| value.as_string());
            prop_assert_eq!(found.as_deref(), Some(text.as_str()));
            prop_assert_eq!(Pointer::parse(&place.to_string()), Ok(place));
        }
    }
}
