//! A row: what one line of the screen shows of a document, safe to hand to the terminal.

use std::ops::Range;

use crate::document::place::Place;

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
    /// What is told beside the text: how much a fold hides.
    Aside,
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
    /// A text that stands for no byte, beside the one at `at`.
    pub fn beside(tint: Tint, text: impl Into<String>, at: usize) -> Piece {
        Piece {
            tint,
            text: text.into(),
            span: at..at,
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it is.
    pub place: Place,
    /// How many levels deep its line stands.
    pub indent: usize,
    /// Its bytes in the document, from its first to after its last; of a folded container those that are shown.
    pub span: Range<usize>,
    /// Whether the container that it opens is folded; `None` when it opens none.
    pub folded: Option<bool>,
    /// What it shows, left to right.
    pub pieces: Vec<Piece>,
}

impl Row {
    /// All of its text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|p| p.text.as_str()).collect()
    }
}
