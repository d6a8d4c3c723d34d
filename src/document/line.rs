//! A line as it is laid out: spans of the document's bytes, cut into slices that are each short enough to be a row.

use std::ops::Range;

use crate::document::row::{Piece, Row, Tint};

/// The most bytes of a document that one row shows. A minified megabyte is 256 rows, and no row costs more than this.
pub const SLICE: usize = 4096;

/// The widest indent in columns: a hostile depth of thousands leaves the text on the screen.
const WIDEST_INDENT: usize = 40;

/// How many parts a line has at most: key, colon, two brackets or a value, comma.
const PARTS: usize = 5;

/// A run of bytes of one tint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub tint: Tint,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A line and where the next one begins.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// How many levels deep it stands.
    pub indent: usize,
    parts: [Option<Part>; PARTS],
    /// Where the layout goes on.
    pub next: usize,
    /// How deep it goes on.
    pub next_depth: usize,
}

impl Line {
    /// An empty line this many levels deep.
    pub fn at_depth(depth: usize) -> Line {
        Line {
            indent: depth,
            next_depth: depth,
            ..Line::default()
        }
    }

    /// Adds a part at the end and moves `next` behind it.
    pub fn push(&mut self, tint: Tint, span: Range<usize>) {
        self.next = span.end;
        if let Some(free) = self.parts.iter_mut().find(|part| part.is_none()) {
            *free = Some(Part { tint, span });
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().flatten()
    }

    /// How many rows it makes: at least one.
    pub fn slices(&self) -> usize {
        let bytes: usize = self.parts().map(|part| part.span.len()).sum();
        bytes.div_ceil(SLICE).max(1)
    }

    /// The bytes that a slice shows, part by part.
    fn cut<'a>(&'a self, bytes: &'a [u8], slice: usize) -> impl Iterator<Item = Part> + 'a {
        let (from, to) = (slice * SLICE, (slice + 1) * SLICE);
        let mut before = 0;
        self.parts().filter_map(move |part| {
            let boundary = |at: usize| {
                let inside = at.saturating_sub(before).min(part.span.len());
                character_start(bytes, part.span.start + inside, &part.span)
            };
            let span = boundary(from)..boundary(to);
            before += part.span.len();
            (!span.is_empty()).then_some(Part {
                tint: part.tint,
                span,
            })
        })
    }

    /// The bytes from the first to after the last that a slice shows; empty at `next` for a line without any.
    pub fn span(&self, bytes: &[u8], slice: usize) -> Range<usize> {
        let mut parts = self.cut(bytes, slice);
        let Some(first) = parts.next() else {
            let start = self
                .parts()
                .next()
                .map_or(self.next, |part| part.span.start);
            return start..start;
        };
        let end = parts.last().map_or(first.span.end, |last| last.span.end);
        first.span.start..end
    }

    /// The row of a slice.
    pub fn row(&self, bytes: &[u8], number: usize, slice: usize) -> Row {
        let span = self.span(bytes, slice);
        let mut pieces = Vec::new();
        if slice == 0 && self.indent > 0 {
            pieces.push(Piece {
                tint: Tint::Plain,
                text: " ".repeat((self.indent * 2).min(WIDEST_INDENT)),
                span: span.start..span.start,
            });
        }
        for part in self.cut(bytes, slice) {
            let mut piece = Piece::of(part.tint, bytes, part.span);
            if piece.tint == Tint::Punctuation && piece.text == ":" {
                piece.text.push(' ');
            }
            pieces.push(piece);
        }
        Row {
            line: number,
            slice,
            span,
            pieces,
        }
    }
}

/// The start of the UTF-8 character that holds `at`, within `part`, so that no cut falls inside one. In what is no
/// UTF-8 it moves by three bytes at most.
fn character_start(bytes: &[u8], at: usize, part: &Range<usize>) -> usize {
    if at == part.end {
        return at;
    }
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let lowest = at.saturating_sub(3).max(part.start);
    (lowest..=at).rev().find(|at| !continues(*at)).unwrap_or(at)
}
