//! Where lines break: JSON as pretty-printed, text at its line feeds.
//!
//! JSON is laid out from its bytes, token by token, with one look ahead; all that is kept from line to line is how deep
//! it stands. A string before a colon is a key, so no container needs to be remembered. Nothing is rewritten: numbers,
//! escapes, the order of keys and duplicate keys stand as they were sent.

use memchr::memchr;

use crate::document::line::Line;
use crate::document::row::Tint;
use crate::json::lexer::Tokens;
use crate::json::token::{Kind, Token};

/// How a document's lines are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// JSON, a value or a bracket a line.
    Json,
    /// Text as it is.
    Text,
}

impl Layout {
    /// The line that begins at `at`, `depth` levels deep. `None`: there is no more.
    pub fn line(self, bytes: &[u8], at: usize, depth: usize) -> Option<Line> {
        match self {
            Layout::Json => json(bytes, at, depth),
            Layout::Text => text(bytes, at),
        }
    }
}

fn text(bytes: &[u8], at: usize) -> Option<Line> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let length = memchr(b'\n', rest).unwrap_or(rest.len());
    let shown = rest[..length]
        .strip_suffix(b"\r")
        .unwrap_or(&rest[..length]);
    let mut line = Line::default();
    line.push(Tint::Plain, at..at + shown.len());
    line.next = (at + length + 1).min(bytes.len());
    Some(line)
}

fn json(bytes: &[u8], at: usize, depth: usize) -> Option<Line> {
    let first = token(bytes, at)?;
    let closes = matches!(first.kind, Kind::ObjectEnd | Kind::ArrayEnd);
    let indent = depth - usize::from(closes && depth > 0);
    let mut line = Line::at_depth(indent);
    let mut value = Some(first);
    if first.kind == Kind::String && peek(bytes, first.end, b":").is_some() {
        line.push(Tint::Key, first.span());
        push_if(&mut line, bytes, b":");
        value = token(bytes, line.next);
    }
    let Some(value) = value else {
        return Some(line);
    };
    line.push(tint(value.kind), value.span());
    let opens = matches!(value.kind, Kind::ObjectStart | Kind::ArrayStart);
    if opens && !push_if(&mut line, bytes, b"]}") {
        line.next_depth += 1;
        return Some(line);
    }
    push_if(&mut line, bytes, b",");
    Some(line)
}

fn token(bytes: &[u8], at: usize) -> Option<Token> {
    Tokens::starting_at(bytes, at).next()
}

/// Where the next byte that is no space stands, if it is one of these.
fn peek(bytes: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let found = at + rest.iter().position(|byte| !space(byte))?;
    wanted.contains(&bytes[found]).then_some(found)
}

/// Adds the punctuation that comes next, if it is one of these.
fn push_if(line: &mut Line, bytes: &[u8], wanted: &[u8]) -> bool {
    let found = peek(bytes, line.next, wanted);
    if let Some(at) = found {
        line.push(Tint::Punctuation, at..at + 1);
    }
    found.is_some()
}

fn tint(kind: Kind) -> Tint {
    match kind {
        Kind::String => Tint::String,
        Kind::Number => Tint::Number,
        Kind::True | Kind::False | Kind::Null => Tint::Literal,
        Kind::Unexpected => Tint::Plain,
        _ => Tint::Punctuation,
    }
}
