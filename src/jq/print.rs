//! Results as text: JSON that every reader takes and no terminal obeys, and errors cut to a length.
//!
//! jaq's values are more than JSON has. As jq does: what is no number is `null`, what is endless is the largest number, a
//! number keeps its digits until it is calculated with, and one without a fraction is written without. Characters that a
//! terminal would obey, or not show, are escaped (`\u202e`): another spelling of the same text (RFC 8259 7).

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use jaq_json::{Num, Val};
use serde::de::IgnoredAny;

use crate::document::visible::is_hidden;

/// An error's message is cut after so many bytes.
const MESSAGE: usize = 1 << 10;

/// Each level of the pretty print.
const INDENT: &str = "  ";

/// Writes a value over lines of its own, a newline behind it.
///
/// # Errors
/// When `out` cannot be written; `InvalidData` when a name in an object is no text, which only jaq has.
pub fn print(out: &mut impl Write, value: &Val) -> io::Result<()> {
    item(out, value, 0)?;
    out.write_all(b"\n")
}

fn item(out: &mut impl Write, value: &Val, level: usize) -> io::Result<()> {
    match value {
        Val::Null => out.write_all(b"null"),
        Val::Bool(truth) => write!(out, "{truth}"),
        Val::Num(number) => print_number(out, number),
        Val::BStr(text) | Val::TStr(text) => print_text(out, text),
        Val::Arr(items) if items.is_empty() => out.write_all(b"[]"),
        Val::Obj(members) if members.is_empty() => out.write_all(b"{}"),
        Val::Arr(items) => {
            out.write_all(b"[")?;
            for (index, child) in items.iter().enumerate() {
                begin(out, index, level + 1)?;
                item(out, child, level + 1)?;
            }
            end(out, "]", level)
        }
        Val::Obj(members) => {
            out.write_all(b"{")?;
            for (index, (name, child)) in members.iter().enumerate() {
                begin(out, index, level + 1)?;
                print_name(out, name)?;
                out.write_all(b": ")?;
                item(out, child, level + 1)?;
            }
            end(out, "}", level)
        }
    }
}

fn begin(out: &mut impl Write, index: usize, level: usize) -> io::Result<()> {
    out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
    indent(out, level)
}

fn end(out: &mut impl Write, bracket: &str, level: usize) -> io::Result<()> {
    out.write_all(b"\n")?;
    indent(out, level)?;
    out.write_all(bracket.as_bytes())
}

fn indent(out: &mut impl Write, level: usize) -> io::Result<()> {
    (0..level).try_for_each(|_| out.write_all(INDENT.as_bytes()))
}

fn print_name(out: &mut impl Write, name: &Val) -> io::Result<()> {
    match name {
        Val::BStr(text) | Val::TStr(text) => print_text(out, text),
        other => {
            let what = format!(
                "a result has a name that is no text, which JSON cannot say: {}",
                bounded(other)
            );
            Err(io::Error::new(io::ErrorKind::InvalidData, what))
        }
    }
}

fn print_number(out: &mut impl Write, number: &Num) -> io::Result<()> {
    let float = match number {
        Num::Float(float) => *float,
        // Digits as they came; jaq reads some that JSON has not (`"01.0" | fromjson`).
        Num::Dec(digits) => match serde_json::from_str::<IgnoredAny>(digits) {
            Ok(_) => return out.write_all(digits.as_bytes()),
            Err(_) => digits.parse().unwrap_or(f64::NAN),
        },
        Num::Int(_) | Num::BigInt(_) => return write!(out, "{number}"),
    };
    // Up to here, every digit of a whole number is one of its own.
    const WHOLE: f64 = 1e17;
    match float {
        float if float.is_nan() => out.write_all(b"null"),
        float if float.fract() == 0.0 && float.abs() < WHOLE => write!(out, "{float}"),
        float => write!(out, "{}", Num::Float(float.clamp(-f64::MAX, f64::MAX))),
    }
}

/// Bytes that are no UTF-8 become U+FFFD.
fn print_text(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    for chunk in text.utf8_chunks() {
        print_characters(out, chunk.valid())?;
        if !chunk.invalid().is_empty() {
            out.write_all("\u{fffd}".as_bytes())?;
        }
    }
    out.write_all(b"\"")
}

fn print_characters(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut plain = 0;
    for (at, character) in text.char_indices() {
        let is_plain = match character {
            '"' | '\\' => false,
            ' '..='~' => true,
            other => !is_hidden(other),
        };
        if is_plain {
            continue;
        }
        out.write_all(&text.as_bytes()[plain..at])?;
        escape(out, character)?;
        plain = at + character.len_utf8();
    }
    out.write_all(&text.as_bytes()[plain..])
}

fn escape(out: &mut impl Write, character: char) -> io::Result<()> {
    match character {
        '"' => out.write_all(b"\\\""),
        '\\' => out.write_all(b"\\\\"),
        '\n' => out.write_all(b"\\n"),
        '\r' => out.write_all(b"\\r"),
        '\t' => out.write_all(b"\\t"),
        '\u{8}' => out.write_all(b"\\b"),
        '\u{c}' => out.write_all(b"\\f"),
        other => other
            .encode_utf16(&mut [0; 2])
            .iter()
            .try_for_each(|unit| write!(out, "\\u{unit:04x}")),
    }
}

/// What this says, cut when it is long: a message may hold a whole body.
pub fn bounded(what: &impl fmt::Display) -> String {
    let mut text = Bounded(String::new());
    if write!(text, "{what}").is_err() {
        text.0.push('…');
    }
    text.0
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = MESSAGE - self.0.len();
        let end = more.floor_char_boundary(room);
        self.0.push_str(&more[..end]);
        if end < more.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jaq_json::{Val, read};
    use proptest::prelude::{
        Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
    };
    use serde_json::{Map, Value};

    use crate::document::visible::is_hidden;
    use crate::jq::filter::Filter;
    use crate::jq::print::{bounded, print};

    fn printed(value: &Val) -> String {
        let mut out = Vec::new();
        print(&mut out, value).expect("it can be printed");
        String::from_utf8(out).expect("UTF-8")
    }

    fn results(filter: &str, body: &str) -> String {
        let mut out = Vec::new();
        let filter = Filter::compile(filter).expect(filter);
        let ran = filter.run(body.as_bytes(), |value| print(&mut out, value));
        ran.expect("results");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_value_stands_on_lines_of_its_own() {
        assert_eq!(
            results(".", r#"{"b":[1,{"c":null}],"a":{},"d":[],"":true} "x" []"#),
            "{\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"a\": {},\n  \"d\": [],\n  \"\": true\n}\n\"x\"\n[]\n"
        );
    }

    #[test]
    fn a_number_keeps_its_digits_until_it_is_calculated_with() {
        for (filter, body, expected) in [
            (".", "12345678901234567890123", "12345678901234567890123"),
            (".", "-0.10e+400", "-0.10e+400"),
            (".", "1.0", "1.0"),
            (
                ". + 1",
                "12345678901234567890123",
                "12345678901234567890124",
            ),
            (". + 0", "1.10", "1.1"),
            (". + 0", "9007199254740993", "9007199254740993"),
            (". / 2", "10", "5"),
            (". / 4", "10", "2.5"),
            (". * 1.0", "1e16", "10000000000000000"),
            (". * 1.0", "1e300", "1e300"),
            ("-.", "0.0", "-0.0"),
            (
                "nan, infinite, -infinite",
                "0",
                "null\n1.7976931348623157e308\n-1.7976931348623157e308",
            ),
            ("\"01.50\" | fromjson", "0", "1.5"),
            ("\"NaN\" | fromjson", "0", "null"),
        ] {
            assert_eq!(
                results(filter, body),
                format!("{expected}\n"),
                "{filter} of {body}"
            );
        }
    }

    #[test]
    fn what_json_cannot_say_is_said_otherwise_or_refused() {
        let bytes = Val::byte_str(b"a\xff\x1b".to_vec());
        assert_eq!(printed(&bytes), "\"a\u{fffd}\\u001b\"\n");
        let filter = Filter::compile("{(1): 2}").expect("jaq allows it");
        let refused = filter.run(b"0", |value| print(&mut Vec::new(), value));
        assert!(
            format!("{refused:?}").contains("a name that is no text"),
            "{refused:?}"
        );
    }

    #[test]
    fn a_message_of_any_length_is_cut_at_a_character() {
        assert_eq!(bounded(&"short"), "short");
        let cut = bounded(&"é".repeat(5_000));
        assert_eq!(cut, format!("{}…", "é".repeat(512)));
        assert_eq!(
            bounded(&format!("a{}", "é".repeat(512))).len(),
            1 + 2 * 511 + '…'.len_utf8()
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let text = "([ -~éя日😀\u{0}-\u{1f}\u{7f}-\u{9f}\u{202e}\u{200b}\u{e0041}]|\"|\\\\){0,6}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            // Eighths: serde_json reads no more than 53 bits of a fraction right.
            any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((text, inner), 0..5)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_reader_takes_what_is_printed_and_no_terminal_obeys_it(value in json()) {
            let text = value.to_string();
            let shown = printed(&read::parse_single(text.as_bytes()).expect("JSON"));
            // Members in their order, numbers with their digits.
            let again: Value = serde_json::from_str(&shown).expect("JSON");
            prop_assert_eq!(again.to_string(), text);
            prop_assert!(shown.chars().all(|shown| shown == '\n' || !is_hidden(shown)), "{:?}", shown);
        }
    }
}
