//! A line as it is laid out: spans of the document's bytes, cut into slices that are each short enough to be a row.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use crate::document::charset::Charset;
use crate::document::row::Tint;
use crate::document::syntax::Syntax;
use crate::document::visible::visible;
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

    /// Tells what a slice shows, left to right: the tint of each piece, its text made safe, and the bytes it stands for.
    /// Answers the bytes from its first to after its last; empty at the line's start for a slice without.
    pub(super) fn each(
        &self,
        window: &mut Window<'_>,
        (charset, syntax): (Charset, Syntax),
        slice: usize,
        mut take: impl FnMut(Tint, &str, Range<usize>) -> io::Result<()>,
    ) -> io::Result<Range<usize>> {
        let (from, to) = (slice * SLICE, (slice + 1) * SLICE);
        let first = self.parts().next();
        let start = first.map_or(self.next, |part| part.span.start);
        if slice == 0 && self.indent > 0 {
            take(Tint::Punctuation, &indent(self.indent), start..start)?;
        }
        let (mut before, mut shown) = (0, None);
        for part in self.parts() {
            let mut boundary = |at: usize| {
                let inside = at.saturating_sub(before).min(part.span.len());
                character_start(window, charset, part.span.start + inside, &part.span)
            };
            let span = boundary(from)?..boundary(to)?;
            before += part.span.len();
            if span.is_empty() {
                continue;
            }
            shown.get_or_insert(span.clone()).end = span.end;
            let bytes = window.slice(span.clone())?;
            let mut tell = |tint: Tint, bytes: &[u8], span| {
                let text = charset.decode(bytes);
                match (tint, &*text) {
                    (Tint::Punctuation, ":") if syntax == Syntax::Plain => take(tint, ": ", span),
                    _ => take(tint, &visible(&text), span),
                }
            };
            if syntax == Syntax::Plain {
                tell(part.tint, bytes, span)?;
                continue;
            }
            for Part { tint, span: own } in syntax.parts(bytes, span.start, slice == 0, charset) {
                tell(
                    tint,
                    &bytes[own.start - span.start..own.end - span.start],
                    own,
                )?;
            }
        }
        Ok(shown.unwrap_or(start..start))
    }
}

/// An indent; a deep one has the depth as a number at its end.
fn indent(levels: usize) -> Cow<'static, str> {
    const BLANKS: &str = "                                        ";
    const { assert!(BLANKS.len() == WIDEST_INDENT) };
    match BLANKS.get(..levels * 2) {
        Some(blanks) => blanks.into(),
        None => format!("{:>1$} ", format!("⋯{levels}"), WIDEST_INDENT - 1).into(),
    }
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
