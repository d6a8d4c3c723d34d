//! A token: what stands where. It holds no text, only a span of the bytes it was read from.

use std::borrow::Cow;
use std::ops::Range;

use crate::json::escape::unescape;

/// What a token is (RFC 8259 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// A string, quotes included.
    String,
    /// A number that RFC 8259 6 allows.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// A run of bytes that is none of these: `NaN`, `0x1f`, `'text'`, a byte order mark.
    Unexpected,
}

/// One token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte, counted from the start of the input.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Whether a string holds a backslash, so that its text is not its bytes.
    pub escaped: bool,
    /// Whether the input ended inside it: a string without its closing quote, `tru`, `12.`.
    pub cut: bool,
}

impl Token {
    /// The bytes it covers.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Its bytes as they stand in the whole input; empty when `text` is not the input it came from.
    pub fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.span()).unwrap_or_default()
    }

    /// A string's bytes without its quotes; any other token's bytes as they are.
    pub fn content<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let raw = self.raw(text);
        if self.kind != Kind::String {
            return raw;
        }
        let inner = raw.strip_prefix(b"\"").unwrap_or(raw);
        if self.cut {
            return inner;
        }
        inner.strip_suffix(b"\"").unwrap_or(inner)
    }

    /// What a string says, escapes undone; any other token as it stands.
    pub fn text<'a>(&self, text: &'a [u8]) -> Cow<'a, str> {
        let content = self.content(text);
        if self.escaped {
            unescape(content)
        } else {
            String::from_utf8_lossy(content)
        }
    }
}
