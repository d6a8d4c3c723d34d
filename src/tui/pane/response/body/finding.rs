//! What is looked for in a body: the words for it, how far the search has come, and which match the cursor is at.
//!
//! The search itself runs beside the loop; what it knows so far comes as `Hits`, from which each match is found again.

use std::io;
use std::ops::Range;

use crate::document::Document;
use crate::document::Form;
use crate::document::find::hits::{Found, Hits};
use crate::document::find::needle::{Needle, Scope, Syntax, Wanted};
use crate::document::row::Row;
use crate::document::visible::visible;
use crate::document::walk::Walk;

/// More matches than this in one row are not marked.
const MOST_MARKS: usize = 400;

/// Rows with no more bytes than this between them are searched as one.
const CLOSE: usize = 4 << 10;

/// How much of a body is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    bytes: u64,
    is_whole: bool,
}

impl Extent {
    fn of(document: &Document) -> Extent {
        Extent {
            bytes: document.indexed() as u64,
            is_whole: document.is_whole(),
        }
    }
}

/// Something that is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    pub(super) text: String,
    pub(super) syntax: Syntax,
    pub(super) scope: Scope,
    /// Why it cannot be looked for.
    pub(super) mistake: Option<String>,
    /// Names the search that is under way, or was.
    pub(super) search: u64,
    pub(super) hits: Option<Hits>,
    /// Whether all was searched that is there.
    pub(super) is_done: bool,
    /// How much of the body it is asked to search.
    pub(super) extent: Extent,
    /// Which match the cursor was brought to, from 1.
    pub(super) number: Option<u64>,
    /// Whether the cursor still is to be brought to the first match that comes.
    pub(super) is_awaited: bool,
    /// Whether the last step went past an end of the body.
    pub(super) wrapped: bool,
}

impl Finding {
    /// For another document, or none: the words stay. What a search still tells is not about what comes now.
    pub(super) fn anew(&self) -> Finding {
        Finding {
            text: self.text.clone(),
            search: self.search + 1,
            syntax: self.syntax,
            scope: self.scope,
            ..Finding::default()
        }
    }

    /// The needle for it, when it is one.
    pub(super) fn needle(&mut self, document: &Document) -> Option<Needle> {
        self.hits = None;
        self.is_done = false;
        self.number = None;
        self.mistake = None;
        if self.text.is_empty() {
            return None;
        }
        let wanted = Wanted {
            text: &self.text,
            syntax: self.syntax,
            scope: self.scope,
            is_json: document.form() == Form::Json,
        };
        match Needle::new(&wanted) {
            Ok(needle) => {
                self.extent = Extent::of(document);
                Some(needle)
            }
            Err(mistake) => {
                self.mistake = Some(mistake.to_string());
                None
            }
        }
    }

    /// Whether a search runs, or was brought to its end.
    pub(super) fn is_on(&self) -> bool {
        self.hits.is_some() || self.is_awaited
    }

    /// Whether more may be found than is known.
    pub(super) fn may_grow(&self) -> bool {
        !(self.is_done && self.extent.is_whole)
    }

    /// Whether the search has to go on, since more of the body is there than it was asked to search.
    pub(super) fn falls_behind(&mut self, document: &Document) -> bool {
        let extent = Extent::of(document);
        let falls_behind = self.is_on() && extent != self.extent;
        if falls_behind {
            self.extent = extent;
            self.is_done = false;
        }
        falls_behind
    }

    /// Takes what the search knows by now.
    pub(super) fn take(&mut self, hits: Hits, is_done: bool) {
        // What it says of less of the body than is there by now, is not the end.
        self.is_done = is_done && hits.body() >= self.extent.bytes;
        self.hits = Some(hits);
    }

    /// The next match from a byte on, or the one before it.
    pub(super) fn step(
        &mut self,
        document: &Document,
        from: u64,
        forward: bool,
    ) -> io::Result<Option<usize>> {
        let Some(hits) = self.hits.as_ref().filter(|hits| hits.count() > 0) else {
            return Ok(None);
        };
        let source = &**document.source();
        let found = match (self.number, forward) {
            // From match to match, several of which may stand in one row.
            (Some(number), true) => self.numbered(document, number + 1)?,
            (Some(number), false) => self.numbered(document, number.saturating_sub(1))?,
            (None, true) => hits.next(source, from)?,
            (None, false) => hits.previous(source, from)?,
        };
        let Some(found) = found else { return Ok(None) };
        self.number = Some(found.number);
        self.wrapped = found.wrapped;
        Ok(usize::try_from(found.span.start).ok())
    }

    fn numbered(&self, document: &Document, number: u64) -> io::Result<Option<Found>> {
        let Some(hits) = &self.hits else {
            return Ok(None);
        };
        let (wrapped, number) = match number {
            0 => (true, hits.count()),
            number if number > hits.count() => (true, 1),
            number => (false, number),
        };
        let span = hits.by_number(&**document.source(), number)?;
        Ok(span.map(|span| Found {
            span,
            number,
            wrapped,
        }))
    }

    /// The matches in each of these rows. Rows that stand close together are searched as one: asked for one by one,
    /// each would cost a search of the whole stretch that it lies in.
    pub(super) fn within(
        &self,
        document: &Document,
        rows: &[Row],
    ) -> io::Result<Vec<Vec<Range<u64>>>> {
        let Some(hits) = &self.hits else {
            return Ok(vec![Vec::new(); rows.len()]);
        };
        let is_close = |row: &Row, next: &Row| next.span.start <= row.span.end + CLOSE;
        let mut each = Vec::with_capacity(rows.len());
        for run in rows.chunk_by(is_close) {
            let ends = run.iter().map(|row| row.span.end as u64);
            let start = run.first().map_or(0, |row| row.span.start as u64);
            let span = start..ends.max().unwrap_or(start);
            // Never more matches than bytes: a screen's.
            let all = hits.within(&**document.source(), span, usize::MAX)?;
            for row in run {
                let (start, end) = (row.span.start as u64, row.span.end as u64);
                let first = all.partition_point(|found| found.end <= start);
                let inside = all[first..].iter().take_while(|found| found.start < end);
                let inside = inside.filter(|_| start < end).take(MOST_MARKS);
                each.push(inside.cloned().collect());
            }
        }
        Ok(each)
    }

    /// Where in the texts of a row's pieces these matches are.
    pub(super) fn marks(
        &self,
        document: &Document,
        row: &Row,
        found: &[Range<u64>],
    ) -> io::Result<Vec<(usize, Range<usize>)>> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut walk = Walk::new(document);
        let mut marks = Vec::new();
        for (number, piece) in row.pieces.iter().enumerate() {
            if piece.span.is_empty() || document.form() == Form::Binary {
                continue;
            }
            let bytes = walk.bytes(piece.span.clone())?;
            let text_at = |offset: u64| {
                let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                let inside = offset.clamp(piece.span.start, piece.span.end) - piece.span.start;
                let before = &bytes[..inside.min(bytes.len())];
                let shown = visible(&document.charset().decode(before)).len();
                floor(&piece.text, shown)
            };
            // They follow one another, and a row may have thousands of pieces.
            let first = found.partition_point(|span| span.end <= piece.span.start as u64);
            let inside = |span: &&Range<u64>| span.start < piece.span.end as u64;
            for span in found[first..].iter().take_while(inside) {
                let mark = text_at(span.start)..text_at(span.end);
                if !mark.is_empty() {
                    marks.push((number, mark));
                }
            }
        }
        Ok(marks)
    }

    /// How it went, in few words.
    pub(super) fn told(&self) -> String {
        if let Some(mistake) = &self.mistake {
            return mistake.clone();
        }
        let Some(hits) = &self.hits else {
            return String::new();
        };
        let more = if self.may_grow() { "…" } else { "" };
        let count = hits.count();
        match self.number {
            _ if count == 0 && !self.may_grow() => "nothing found".to_owned(),
            _ if count == 0 && self.is_done => "nothing found so far".to_owned(),
            _ if count == 0 => "searching…".to_owned(),
            Some(number) if self.wrapped => format!("{number} of {count}{more}, past the end"),
            Some(number) => format!("{number} of {count}{more}"),
            None => format!("{count}{more} found"),
        }
    }
}

/// The last boundary of a character that is not behind `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
