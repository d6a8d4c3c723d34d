//! A line as it is laid out: spans of the document's bytes, cut into slices that are each short enough to be a row.

use std::io;
use std::ops::Range;

use crate::document::charset::Charset;
use crate::document::row::{Piece, Tint};
use crate::document::syntax::Syntax;
use crate::document::window::Window;

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
    /// Whether it opens a container that holds something.
    pub opens: bool,
    /// Whether it closes one.
    pub closes: bool,
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

    /// Its parts, left to right.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &Part> {
        self.parts.iter().flatten()
    }

    /// The key of a member, quotes included.
    pub fn key(&self) -> Option<Range<usize>> {
        let first = self.parts().next().filter(|part| part.tint == Tint::Key)?;
        Some(first.span.clone())
    }

    /// Its value: a scalar, or the bracket that opens or closes one.
    pub fn value(&self) -> Option<Range<usize>> {
        let skip = if self.key().is_some() { 2 } else { 0 };
        Some(self.parts().nth(skip)?.span.clone())
    }

    /// Where its value ends on this line: behind the second bracket of an empty container.
    pub fn value_end(&self) -> Option<usize> {
        let skip = if self.key().is_some() { 2 } else { 0 };
        let mut parts = self.parts().skip(skip);
        let value = parts.next()?;
        // A comma follows a scalar; two brackets in a row are a container's.
        let bracket = value.tint == Tint::Punctuation && !self.opens && !self.closes;
        let second = parts.next().filter(|_| bracket);
        Some(second.unwrap_or(value).span.end)
    }

    /// How many rows it makes: at least one.
    pub fn slices(&self) -> usize {
        let bytes: usize = self.parts().map(|part| part.span.len()).sum();
        bytes.div_ceil(SLICE).max(1)
    }

    /// The slice that shows the byte at `offset`, or the one before it where none does.
    pub fn slice_at(&self, offset: usize) -> usize {
        let before: usize = self
            .parts()
            .map(|part| offset.clamp(part.span.start, part.span.end) - part.span.start)
            .sum();
        (before / SLICE).min(self.slices() - 1)
    }

    /// The bytes that a slice shows, part by part.
    fn cut(
        &self,
        window: &mut Window<'_>,
        charset: Charset,
        slice: usize,
    ) -> io::Result<Vec<Part>> {
        let (from, to) = (slice * SLICE, (slice + 1) * SLICE);
        let (mut before, mut cut) = (0, Vec::with_capacity(PARTS));
        for part in self.parts() {
            let mut boundary = |at: usize| {
                let inside = at.saturating_sub(before).min(part.span.len());
                character_start(window, charset, part.span.start + inside, &part.span)
            };
            let span = boundary(from)?..boundary(to)?;
            before += part.span.len();
            if !span.is_empty() {
                cut.push(Part {
                    tint: part.tint,
                    span,
                });
            }
        }
        Ok(cut)
    }

    /// What a slice shows, and the bytes from its first to after its last; empty at the line's start for one without.
    pub(super) fn pieces(
        &self,
        window: &mut Window<'_>,
        (charset, syntax): (Charset, Syntax),
        slice: usize,
    ) -> io::Result<(Vec<Piece>, Range<usize>)> {
        let cut = self.cut(window, charset, slice)?;
        let start = self
            .parts()
            .next()
            .map_or(self.next, |part| part.span.start);
        let first = cut.first().map_or(start, |part| part.span.start);
        let last = cut.last().map_or(first, |part| part.span.end);
        let mut pieces = Vec::with_capacity(cut.len() + 1);
        if slice == 0 && self.indent > 0 {
            pieces.push(Piece::beside(Tint::Punctuation, indent(self.indent), first));
        }
        for part in cut {
            let bytes = window.slice(part.span.clone())?;
            if syntax != Syntax::Plain {
                let begins = slice == 0;
                let parts = syntax.parts(bytes, part.span.start, begins, charset);
                pieces.extend(parts.into_iter().map(|Part { tint, span }| {
                    let bytes = &bytes[span.start - part.span.start..span.end - part.span.start];
                    Piece::of(tint, charset, bytes, span)
                }));
                continue;
            }
            let mut piece = Piece::of(part.tint, charset, bytes, part.span);
            if piece.tint == Tint::Punctuation && piece.text == ":" {
                piece.text.push(' ');
            }
            pieces.push(piece);
        }
        Ok((pieces, first..last))
    }
}

/// An indent; a deep one has the depth as a number at its end.
fn indent(levels: usize) -> String {
    let columns = levels * 2;
    if columns <= WIDEST_INDENT {
        return " ".repeat(columns);
    }
    format!("{:>1$} ", format!("⋯{levels}"), WIDEST_INDENT - 1)
}

/// The start of the character that holds `at`, within `part`, so that no cut falls inside one.
fn character_start(
    window: &mut Window<'_>,
    charset: Charset,
    at: usize,
    part: &Range<usize>,
) -> io::Result<usize> {
    if at == part.start || at == part.end {
        return Ok(at);
    }
    let lowest = at.saturating_sub(3).max(part.start);
    let bytes = window.slice(lowest..at + 1)?;
    let Some((byte, before)) = bytes.split_last() else {
        return Ok(at);
    };
    Ok(charset.character_start(before, *byte, at, part.start))
}
