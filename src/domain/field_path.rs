//! From an error's path to the place in the request that it speaks of.
//!
//! ```text
//!   paths ──▶ Wanted (a tree of their steps) ──one pass over the body──▶ spans ──▶ Place each
//! ```
//!
//! All paths of an answer are looked up in one pass, so ten thousand errors cost one reading of the body. The rules are
//! RFC 6901's: at an object a step is a key even if it looks numeric (of duplicate keys the last wins), at an array
//! only `0|[1-9][0-9]*`; an empty path is the whole document.
//!
//! What it is not: a reader of error bodies (`api_error`), nor a judge of what the server meant by a path.

pub mod form;
pub mod json;
pub mod notation;
pub mod wanted;

use serde::{Deserialize, Serialize};

use crate::domain::field_path::notation::pointer;
use crate::domain::field_path::wanted::Wanted;
use crate::domain::header::media_type;
use crate::json::check::check;

/// Which part of the exchange an error is about. The words are the contract's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The request's body.
    Body,
    /// The request's query.
    Query,
    /// A header of the request.
    Header,
    /// The response (GraphQL).
    Response,
    /// Not said, or not understood.
    #[default]
    Unknown,
}

/// Where a path leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The part it lies in.
    pub part: Part,
    /// An RFC 6901 JSON Pointer into the request body; `None` when the error is not about the body.
    pub pointer: Option<String>,
    /// Whether that place exists there; `None` when that cannot be known.
    pub found: Option<bool>,
    /// The bytes of the body it stands at, start and end: the value itself, or the deepest parent that exists.
    pub span: Option<(usize, usize)>,
}

impl Place {
    /// A place outside the request body.
    pub fn outside(part: Part) -> Place {
        Place {
            part,
            ..Place::default()
        }
    }
}

/// The place of one path in a request body of this media type (a `Content-Type` value, parameters allowed).
pub fn place(path: &[String], body: &[u8], media_type: &str) -> Place {
    places(&[path], body, media_type)
        .pop()
        .unwrap_or_else(|| Place::outside(Part::Body))
}

/// The places of many paths, in their order, found in one pass over the body.
///
/// `found` is `Some(false)` only when it is certain: never in a body that is neither JSON nor a form, and never in one
/// that is broken, where what is missing may stand behind the fault. `span` is `None` where nothing could be read.
pub fn places(paths: &[&[String]], body: &[u8], media_type: &str) -> Vec<Place> {
    let mut wanted = Wanted::new(paths);
    let read = match Shape::of(body, media_type) {
        Shape::Json => Some(json::read(&mut wanted, body)),
        Shape::Form => Some(form::read(&mut wanted, body)),
        Shape::Other => None,
    };
    paths
        .iter()
        .map(|path| {
            let reached = wanted.reach(path);
            Place {
                part: Part::Body,
                pointer: Some(pointer(path)),
                found: read.and_then(|certain| certainty(reached.whole, certain)),
                span: read.map(|_| reached.span.unwrap_or((0, body.len()))),
            }
        })
        .collect()
}

fn certainty(found: bool, certain: bool) -> Option<bool> {
    (found || certain).then_some(found)
}

/// What a body can be read as.
enum Shape {
    Json,
    Form,
    Other,
}

impl Shape {
    /// By media type; an unlabelled or mislabelled body is JSON when it is an object or array without a fault.
    fn of(body: &[u8], content_type: &str) -> Shape {
        let media_type = media_type(content_type);
        if is_json(&media_type) {
            return Shape::Json;
        }
        if media_type == "application/x-www-form-urlencoded" {
            return Shape::Form;
        }
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            None if media_type.is_empty() => Shape::Json,
            Some(b'{' | b'[') if check(body).is_ok() => Shape::Json,
            _ => Shape::Other,
        }
    }
}

/// Whether a media type (without parameters, in lower case) is JSON's: `application/json`, `text/json`, `…+json` (RFC 6839 3.1).
pub fn is_json(media_type: &str) -> bool {
    matches!(media_type, "application/json" | "text/json") || media_type.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, proptest};

    use crate::domain::field_path::{Part, place, places};

    fn path(steps: &str) -> Vec<String> {
        steps.split_whitespace().map(str::to_owned).collect()
    }

    /// Pointer, found, and the text of the span.
    fn told(steps: &str, body: &str, media_type: &str) -> (String, Option<bool>, Option<String>) {
        let place = place(&path(steps), body.as_bytes(), media_type);
        assert_eq!(place.part, Part::Body);
        (
            place.pointer.unwrap_or_default(),
            place.found,
            place.span.map(|(start, end)| body[start..end].to_owned()),
        )
    }

    #[test]
    fn places_in_json() {
        let body = r#" {"amount":-5,"items":[{"price":1},[7]],"0":"zero","a/b":{"~":null},
            "\u0065sc":true,"amount": -6,"dup":{"x":1},"dup":{"y":2}} "#;
        for (steps, pointer, found, span) in [
            ("amount", "/amount", true, "-6"),
            ("items 0 price", "/items/0/price", true, "1"),
            ("items 1 0", "/items/1/0", true, "7"),
            ("items 2", "/items/2", false, r#"[{"price":1},[7]]"#),
            ("items 00", "/items/00", false, r#"[{"price":1},[7]]"#),
            ("items -", "/items/-", false, r#"[{"price":1},[7]]"#),
            (
                "items 99999999999999999999",
                "/items/99999999999999999999",
                false,
                r#"[{"price":1},[7]]"#,
            ),
            (
                "items 0 tax rate",
                "/items/0/tax/rate",
                false,
                r#"{"price":1}"#,
            ),
            ("0", "/0", true, "\"zero\""),
            ("a/b ~", "/a~1b/~0", true, "null"),
            ("esc", "/esc", true, "true"),
            ("amount x", "/amount/x", false, "-6"),
            ("dup x", "/dup/x", false, r#"{"y":2}"#),
            ("dup y", "/dup/y", true, "2"),
            ("currency", "/currency", false, body.trim()),
            ("", "", true, body.trim()),
        ] {
            assert_eq!(
                told(steps, body, "application/json; charset=utf-8"),
                (pointer.to_owned(), Some(found), Some(span.to_owned())),
                "{steps}"
            );
        }
    }

    #[test]
    fn a_duplicate_that_is_no_container_hides_what_stood_in_the_first() {
        assert_eq!(
            told("a b", r#"{"a":{"b":1},"a":2}"#, "application/json"),
            ("/a/b".to_owned(), Some(false), Some("2".to_owned()))
        );
    }

    #[test]
    fn bodies_that_are_broken_empty_or_something_else() {
        for (steps, body, media_type, found, span) in [
            (
                "a",
                r#"{"a":1,"b":[2"#,
                "application/json",
                Some(true),
                Some("1"),
            ),
            (
                "b 0",
                r#"{"a":1,"b":[2"#,
                "application/json",
                Some(true),
                Some("2"),
            ),
            (
                "b 1",
                r#"{"a":1,"b":[2"#,
                "application/json",
                None,
                Some("[2"),
            ),
            (
                "c",
                r#"{"a":1 "b":2}"#,
                "application/json",
                None,
                Some(r#"{"a":1 "b":2}"#),
            ),
            (
                "b",
                r#"{"a":1 "b":2}"#,
                "application/json",
                Some(true),
                Some("2"),
            ),
            ("a", "", "application/json", Some(false), Some("")),
            ("a", "", "", Some(false), Some("")),
            ("a", "{\"a\":1}", "", Some(true), Some("1")),
            ("a", "{\"a\":1}", "text/plain", Some(true), Some("1")),
            ("a", "{\"a\":1", "text/plain", None, None),
            ("a", "<a/>", "application/xml", None, None),
            ("a", "--x", "multipart/form-data; boundary=x", None, None),
            (
                "a",
                "[1]",
                "application/vnd.api+json",
                Some(false),
                Some("[1]"),
            ),
        ] {
            let (_, told_found, told_span) = told(steps, body, media_type);
            assert_eq!(
                (told_found, told_span.as_deref()),
                (found, span),
                "{steps} in {body}"
            );
        }
    }

    #[test]
    fn places_in_forms() {
        let body = "amount=-5&card[number]=42&card%5Bcvc%5D=1%202&items[0][price]=7&tag[]=x&tag[]=y&a[b]=&na+me=z&flag&amount=6";
        for (steps, pointer, found, span) in [
            ("amount", "/amount", true, "6"),
            ("card number", "/card/number", true, "42"),
            ("card cvc", "/card/cvc", true, "1%202"),
            (
                "card expiry",
                "/card/expiry",
                false,
                "card[number]=42&card%5Bcvc%5D=1%202",
            ),
            ("card", "/card", true, "card[number]=42&card%5Bcvc%5D=1%202"),
            ("items 0 price", "/items/0/price", true, "7"),
            ("tag 1", "/tag/1", true, "y"),
            ("a b", "/a/b", true, ""),
            ("flag", "/flag", true, ""),
            ("card[number]", "/card[number]", true, "42"),
            ("missing", "/missing", false, body),
            ("", "", true, body),
        ] {
            assert_eq!(
                told(steps, body, "application/x-www-form-urlencoded"),
                (pointer.to_owned(), Some(found), Some(span.to_owned())),
                "{steps}"
            );
        }
        let name = place(
            &["na me".to_owned()],
            body.as_bytes(),
            "application/x-www-form-urlencoded",
        );
        assert_eq!(name.found, Some(true));
    }

    #[test]
    fn ten_thousand_paths_cost_one_pass() {
        let body = format!("[{}1]", "{\"price\":1},".repeat(50_000));
        let paths: Vec<Vec<String>> = (0..10_000)
            .map(|index| vec![(index * 7).to_string(), "price".to_owned()])
            .collect();
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        let found = places(&paths, body.as_bytes(), "application/json")
            .iter()
            .filter(|place| place.found == Some(true))
            .count();
        assert_eq!(found, 50_000_usize.div_ceil(7));
    }

    proptest! {
        #[test]
        fn any_path_over_any_body_gives_a_span_inside_it(
            steps in vec("[a-c0-2]{0,2}", 0..5),
            body in r#"([\[\]{}:,&=] ?|"a"|"b"|"0"|a\[b\]|b\[\]|%5B|1|null|x){0,30}"#,
            kind in 0..3_usize,
        ) {
            let media_type = ["application/json", "application/x-www-form-urlencoded", ""][kind];
            let place = place(&steps, body.as_bytes(), media_type);
            if let Some((start, end)) = place.span {
                prop_assert!(start <= end && end <= body.len());
            }
            prop_assert!(place.pointer.is_some());
        }

        #[test]
        fn any_bytes_do_no_harm(steps in vec(any::<String>(), 0..4), body in any::<Vec<u8>>(), form in any::<bool>()) {
            let media_type = if form { "application/x-www-form-urlencoded" } else { "application/json" };
            let place = place(&steps, &body, media_type);
            if let Some((start, end)) = place.span {
                prop_assert!(start <= end && end <= body.len());
            }
        }

        #[test]
        fn serde_finds_the_same(steps in vec("[ab01]", 0..4), body in r#"(\{"a":|\{"b":|\{"0":|\[|\[1,|7\]|7\}|"x"\]|7,|"a":|\}|\]){0,12}"#) {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&body) {
                let place = place(&steps, body.as_bytes(), "application/json");
                let pointer = place.pointer.unwrap_or_default();
                let there = value.pointer(&pointer);
                prop_assert!(place.found == Some(there.is_some()));
                if let (Some(there), Some((start, end))) = (there, place.span) {
                    let read: serde_json::Value = serde_json::from_str(&body[start..end]).expect("a value");
                    prop_assert!(&read == there);
                }
            }
        }
    }
}
