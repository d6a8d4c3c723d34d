//! The values of a body: one, or several one after the other (NDJSON), as jq takes them.
//!
//! ```text
//!   bytes ─▶ json::scan: the first fault, how deep ─▶ what stands before it ─▶ jaq's reader: values
//! ```
//!
//! jaq's own reader takes more than JSON (comments, NaN, names that are no strings) and keeps the digits of a number; the
//! scanner takes JSON, and tells a place.

use std::ops::Range;

use jaq_json::{Val, read};

use crate::json::check::{Malformed, fault, scan};
use crate::json::scan::{Lines, Scanner};

/// A body is nested no deeper: the reader of values recurses. jq has the same bound.
pub const DEEPEST: usize = 10_000;

/// What some write before UTF-8 (RFC 8259 8.1 lets a reader pass over it).
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The values of a body, as far as they are JSON; then, once, why the rest is none.
pub struct Values<'a> {
    read: Box<dyn Iterator<Item = Result<Val, read::Error>> + 'a>,
    fault: Option<String>,
    ended: bool,
}

impl<'a> Values<'a> {
    /// Of these bytes. Blank ones have no value, and no fault.
    pub fn of(body: &'a [u8]) -> Values<'a> {
        let text = body.strip_prefix(MARK).unwrap_or(body);
        let found = first_fault(text);
        let sound = found.as_ref().map_or(text.len(), |found| found.offset);
        Values {
            read: Box::new(read::parse_many(&text[..sound.min(text.len())])),
            fault: found.map(|found| found.to_string()),
            ended: false,
        }
    }
}

impl Iterator for Values<'_> {
    type Item = Result<Val, String>;

    fn next(&mut self) -> Option<Result<Val, String>> {
        if self.ended {
            return None;
        }
        let error = match self.read.next() {
            Some(Ok(value)) => return Some(Ok(value)),
            // The value that the fault cuts off.
            Some(Err(error)) => Some(self.fault.take().unwrap_or_else(|| error.to_string())),
            None => self.fault.take(),
        };
        self.ended = true;
        error.map(|error| Err(format!("the body is not JSON: {error}")))
    }
}

fn first_fault(text: &[u8]) -> Option<Malformed> {
    if text.trim_ascii().is_empty() {
        return None;
    }
    let mut depth = Depth::default();
    let read = scan(Scanner::of_stream(), text, &mut depth);
    match (depth.passed, read) {
        (Some(at), Ok(())) => Some(too_deep(text, at)),
        (Some(at), Err(found)) if at < found.offset => Some(too_deep(text, at)),
        (_, read) => read.err(),
    }
}

fn too_deep(text: &[u8], at: usize) -> Malformed {
    let what = format!("nested deeper than a filter can take ({DEEPEST} levels)");
    fault(text, at, what)
}

/// Where the nesting first gets too deep.
#[derive(Default)]
struct Depth {
    passed: Option<usize>,
}

impl Lines for Depth {
    fn line(&mut self, at: usize, depth: usize, _: bool) {
        if depth > DEEPEST && self.passed.is_none() {
            self.passed = Some(at);
        }
    }

    fn long(&mut self, _: Range<usize>) {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};
    use serde::de::IgnoredAny;

    use crate::jq::input::{DEEPEST, Values};

    fn read(body: &[u8]) -> (Vec<String>, Option<String>) {
        let (mut values, mut fault) = (Vec::new(), None);
        for value in Values::of(body) {
            assert!(fault.is_none(), "a fault is the last");
            match value {
                Ok(value) => values.push(value.to_string()),
                Err(error) => fault = Some(error),
            }
        }
        (values, fault)
    }

    #[test]
    fn values_come_until_the_fault() {
        for (body, values, told) in [
            ("", &[][..], None),
            (" \r\n\t", &[], None),
            ("\u{feff}{\"a\": 1}", &["{\"a\":1}"], None),
            ("1 2\n[3]", &["1", "2", "[3]"], None),
            ("{} {\"a\":}", &["{}"], Some("line 1, column 9")),
            (
                "{\"a\": 1}\n{\"a\": ",
                &["{\"a\":1}"],
                Some("ends too early"),
            ),
            (
                "[1, NaN]",
                &[],
                Some("expected a value at line 1, column 5"),
            ),
            ("# a comment\n1", &[], Some("line 1, column 1")),
            ("{1: 2}", &[], Some("expected a key")),
            ("<html>", &[], Some("line 1, column 1")),
        ] {
            let (found, fault) = read(body.as_bytes());
            assert_eq!(found, values, "{body}");
            match told {
                None => assert_eq!(fault, None, "{body}"),
                Some(told) => {
                    let fault = fault.unwrap_or_default();
                    assert!(fault.starts_with("the body is not JSON: "), "{fault}");
                    assert!(fault.contains(told), "{body}: {fault}");
                }
            }
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let deep = std::thread::Builder::new().stack_size(crate::jq::child::STACK);
        let read = deep.spawn(move || {
            let (values, fault) = read(nested(DEEPEST).as_bytes());
            assert_eq!((values.len(), fault), (1, None));
            read(nested(DEEPEST + 2).as_bytes())
        });
        let (values, fault) = read.expect("a thread").join().expect("no overflow");
        assert_eq!(values, [""; 0]);
        assert!(fault.expect("too deep").contains("10000 levels"));
    }

    proptest! {
        #[test]
        fn a_body_is_whole_when_serde_takes_it(text in r#"([\[\]{}:,] ?|"a"|true |NaN |1 |-0\.5e3 |x|\n){0,14}"#) {
            let (values, fault) = read(text.as_bytes());
            let serde: Result<Vec<IgnoredAny>, _> = serde_json::Deserializer::from_str(&text).into_iter().collect();
            prop_assert_eq!(fault.is_none(), serde.is_ok(), "{:?}", fault);
            if let Ok(serde) = serde {
                prop_assert_eq!(values.len(), serde.len());
            }
        }
    }
}
