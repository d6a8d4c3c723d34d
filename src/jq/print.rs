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
