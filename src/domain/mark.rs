//! Where `[redacted]` stands in a request that somebody wants to send: what a draft made of a recorded request has in
//! the place of each secret.
//!
//! ```text
//!   {"card":{"number":"[redacted]","exp":"1/30"}}  ──▶  /card/number, bytes 18..30
//!   /v1/x?token=%5Bredacted%5D&a=1                 ──▶  query:token, bytes 12..26
//! ```
//!
//! It is a mark where it is the whole of a value; `"was [redacted]"` is text like any other. Whether a secret belongs
//! in that place is not asked here.

use std::ops::Range;

use percent_encoding::percent_decode;

use crate::domain::field_path::notation::pointer;
use crate::domain::redact::REDACTED;
use crate::domain::secret_field::Found;
use crate::domain::secret_field::body::{Form, first_byte, form_of};
use crate::domain::secret_field::place::Place;
use crate::json::grammar::{Grammar, Role};
use crate::json::lexer::Tokens;
use crate::json::token::{Kind, Token};

/// Each mark in a body of this content type, in order. Of the parts of a multipart body none is told: which of them are
/// secrets is asked of `secret_field` alone.
pub fn in_body(body: &[u8], content_type: &str) -> Vec<Found> {
    match form_of(content_type, first_byte(body)) {
        Form::Json => in_json(body),
        Form::Form => in_pairs(body, 0..body.len(), |name, nth| Place::Form { name, nth }),
        Form::Multipart | Form::Other => Vec::new(),
    }
}

/// Each mark in a target's query, in order.
pub fn in_target(target: &str) -> Vec<Found> {
    let end = target.find('#').unwrap_or(target.len());
    let Some(question) = target[..end].find('?') else {
        return Vec::new();
    };
    let query = question + 1..end;
    in_pairs(target.as_bytes(), query, |name, nth| Place::Query {
        name,
        nth,
    })
}

/// The marks among `name=value` pairs; `nth` counts the fields of one name, from 0.
fn in_pairs(
    text: &[u8],
    within: Range<usize>,
    place: impl Fn(String, usize) -> Place,
) -> Vec<Found> {
    let (mut marks, mut start) = (Vec::new(), within.start);
    let mut names: Vec<String> = Vec::new();
    for pair in text[within].split(|byte| *byte == b'&') {
        let end = start + pair.len();
        let equals = memchr::memchr(b'=', pair);
        let name = decoded(&pair[..equals.unwrap_or(pair.len())]);
        if let Some(equals) = equals
            && decoded(&pair[equals + 1..]).trim() == REDACTED
        {
            let nth = names.iter().filter(|other| **other == name).count();
            marks.push(Found {
                place: place(name.clone(), nth),
                span: start + equals + 1..end,
            });
        }
        names.push(name);
        start = end + 1;
    }
    marks
}

/// What a part of a form says (WHATWG URL 5.1: `+` is a blank).
fn decoded(part: &[u8]) -> String {
    let spaced: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

/// The marks of a JSON text, whatever its quality: a value that is the string, or the bare word in brackets.
fn in_json(body: &[u8]) -> Vec<Found> {
    let (mut grammar, mut path, mut marks) = (Grammar::new(), Path::default(), Vec::new());
    for token in Tokens::new(body) {
        match grammar.take(token.kind).role {
            Role::Key => path.key = Some(token),
            Role::Open => path.open(token),
            Role::Close => {
                let from = path.close();
                if from.is_some_and(|from| &body[from..token.end] == REDACTED.as_bytes()) {
                    let span = token.end - REDACTED.len()..token.end;
                    marks.extend(path.found(body, span));
                }
                path.next();
            }
            Role::Value => {
                if token.kind == Kind::String && token.text(body).trim() == REDACTED {
                    marks.extend(path.found(body, token.span()));
                }
                path.next();
            }
            Role::Separator | Role::Stray => {}
        }
    }
    marks
}

/// The steps to the value that is being read. No text is made of them before a mark is found there.
#[derive(Default)]
struct Path {
    above: Vec<Level>,
    key: Option<Token>,
    index: usize,
}

/// One container that is open: how it is reached in the one around it, and where it begins.
struct Level {
    key: Option<Token>,
    index: usize,
    start: usize,
}

impl Path {
    fn open(&mut self, token: Token) {
        self.above.push(Level {
            key: self.key.take(),
            index: std::mem::take(&mut self.index),
            start: token.start,
        });
    }

    /// Back in the container around; where the one that ended began.
    fn close(&mut self) -> Option<usize> {
        let level = self.above.pop()?;
        (self.key, self.index) = (level.key, level.index);
        Some(level.start)
    }

    fn next(&mut self) {
        self.key = None;
        self.index += 1;
    }

    /// What stands here; `None` for the whole document, which is in no place of a request.
    fn found(&self, body: &[u8], span: Range<usize>) -> Option<Found> {
        let step = |key: Option<Token>, index: usize| match key {
            Some(key) => key.text(body).into_owned(),
            None => index.to_string(),
        };
        let mut steps: Vec<String> = self
            .above
            .iter()
            .map(|level| step(level.key, level.index))
            .collect();
        steps.push(step(self.key, self.index));
        // The outermost value is in nothing.
        steps.remove(0);
        let place = pointer(&steps).parse().ok()?;
        Some(Found { place, span })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{in_body, in_target};

    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn a_mark_is_the_whole_of_a_value() {
        for (kind, body, expected) in [
            (
                JSON,
                r#"{"card":{"number":"[redacted]"}}"#,
                &[("/card/number", "\"[redacted]\"")][..],
            ),
            (
                JSON,
                r#"{"a":[1,{"b":"[redacted]"},"[redacted]"],"c":"x","d":"[redacted]"}"#,
                &[
                    ("/a/1/b", "\"[redacted]\""),
                    ("/a/2", "\"[redacted]\""),
                    ("/d", "\"[redacted]\""),
                ],
            ),
            (
                JSON,
                r#"{"p\u0061n" : " [reda\u0063ted]"}"#,
                &[("/pan", r#"" [reda\u0063ted]""#)],
            ),
            (
                JSON,
                r#"{"a":"[redacted]","a":"[redacted]"}"#,
                &[("/a", "\"[redacted]\""), ("/a", "\"[redacted]\"")],
            ),
            (JSON, r#"{"a":"was [redacted]","[redacted]":1}"#, &[]),
            (JSON, r#"{"a":[redacted],"b":[]}"#, &[("/a", "[redacted]")]),
            (
                JSON,
                r#"{"a":[[],[]],"b":"[redacted]"#,
                &[("/b", "\"[redacted]")],
            ),
            (
                JSON,
                "{\"a\":1}\n{\"b\":\"[redacted]\"}",
                &[("/b", "\"[redacted]\"")],
            ),
            (
                FORM,
                "a=1&pin=%5Bredacted%5D&pin=[redacted]",
                &[("form:pin", "%5Bredacted%5D"), ("form:pin#2", "[redacted]")],
            ),
            ("", "pin=[redacted]", &[("form:pin", "[redacted]")]),
            ("text/plain", "pin=[redacted]", &[]),
            (FORM, "a&=&[redacted]=x", &[]),
            (JSON, "", &[]),
        ] {
            let found = in_body(body.as_bytes(), kind);
            let found: Vec<_> = found
                .iter()
                .map(|f| (f.place.to_string(), &body[f.span.clone()]))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(p, t)| ((*p).to_owned(), *t))
                .collect();
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn a_mark_of_the_query_is_found_however_it_is_spelled() {
        for (target, expected) in [
            (
                "/v1?token=[redacted]&a=1",
                &[("query:token", "[redacted]")][..],
            ),
            (
                "/v1?a=%5bredacted%5D&a=[redacted]#x=[redacted]",
                &[("query:a", "%5bredacted%5D"), ("query:a#2", "[redacted]")],
            ),
            ("/v1/[redacted]?", &[]),
            ("/v1", &[]),
        ] {
            let found = in_target(target);
            let found: Vec<_> = found
                .iter()
                .map(|f| (f.place.to_string(), &target[f.span.clone()]))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(p, t)| ((*p).to_owned(), *t))
                .collect();
            assert_eq!(found, expected, "{target}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(body in any::<Vec<u8>>(), text in r#"[\[\]{}:,"redact\\ a]{0,40}"#, target in any::<String>()) {
            in_body(&body, JSON);
            in_body(&body, FORM);
            in_body(text.as_bytes(), JSON);
            in_target(&target);
        }
    }
}
