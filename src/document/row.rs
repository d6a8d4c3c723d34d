//! A row: what one line of the screen shows of a document, safe to hand to the terminal.

use std::ops::Range;

use crate::document::visible::visible;

/// What a piece of text is, so that it can be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tint {
    /// An object's key.
    Key,
    /// A string.
    String,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Literal,
    /// Brackets, colons, commas; offsets of a hex dump.
    Punctuation,
    /// Anything else.
    Plain,
}

/// Some text of one tint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub tint: Tint,
    /// What is shown: sanitised, no control and no hidden character in it.
    pub text: String,
    /// The bytes of the document it stands for; empty where it stands for none (an indent).
    pub span: Range<usize>,
}

impl Piece {
    /// The text of a document's bytes, made safe.
    pub fn of(tint: Tint, bytes: &[u8], span: Range<usize>) -> Piece {
        let raw = bytes.get(span.clone()).unwrap_or_default();
        Piece {
            tint,
            text: visible(&String::from_utf8_lossy(raw)).into_owned(),
            span,
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it belongs to, from 1.
    pub line: usize,
    /// Which slice of that line it is, from 0; more than one only where a line is longer than a slice may be.
    pub slice: usize,
    /// Its bytes in the document, from its first to after its last.
    pub span: Range<usize>,
    /// What it shows, left to right.
    pub pieces: Vec<Piece>,
}

impl Row {
    /// All of its text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|p| p.text.as_str()).collect()
    }
}
