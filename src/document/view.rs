//! What somebody reads of a document: its rows, but for those inside folded containers.
//!
//! ```text
//!   place ──next──▶ folded? ──index──▶ its closing bracket ─▶ the line after
//! ```
//!
//! Folds are a rule (from this indent on) and its exceptions, so folding everything costs nothing, and a fold stays
//! where it is while the document grows. A step looks at one container, whatever lies inside.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use crate::document::Document;
use crate::document::line::Line;
use crate::document::place::Place;
use crate::document::row::{Piece, Row, Tint};
use crate::document::walk::Walk;

/// Which containers are folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// From this indent on all are, but for the exceptions.
    from: Option<usize>,
    /// The lines whose containers are not as the rule says, by their first bytes.
    exceptions: BTreeMap<usize, Place>,
}

impl Folds {
    /// None are.
    pub fn none() -> Folds {
        Folds::default()
    }

    /// All that are indented by this at least.
    pub fn from(indent: usize) -> Folds {
        Folds {
            from: Some(indent),
            exceptions: BTreeMap::new(),
        }
    }

    /// The indent from which on all are folded, exceptions apart.
    pub fn level(&self) -> Option<usize> {
        self.from
    }

    /// Whether nothing is folded.
    pub fn is_none(&self) -> bool {
        *self == Folds::default()
    }

    fn holds(&self, place: Place, indent: usize) -> bool {
        let ruled = self.from.is_some_and(|from| indent >= from);
        ruled != self.exceptions.contains_key(&place.at)
    }

    fn flip(&mut self, place: Place) {
        if self.exceptions.remove(&place.at).is_none() {
            self.exceptions.insert(place.at, place);
        }
    }

    /// The first exception that folds in these bytes. What opens a container is indented by what is open before it.
    fn next_fold(&self, bytes: Range<usize>) -> Option<Place> {
        let folds = |fold: &&Place| self.from.is_none_or(|from| fold.depth < from);
        let mut inside = self.exceptions.range(bytes).map(|(_, place)| place);
        inside.find(folds).copied()
    }
}

/// Reads a document over its folds.
pub struct View<'a> {
    walk: Walk<'a>,
    folds: &'a Folds,
}

impl<'a> View<'a> {
    /// Of this document, over these folds.
    pub fn new(document: &'a Document, folds: &'a Folds) -> View<'a> {
        View {
            walk: Walk::new(document),
            folds,
        }
    }

    /// Whether nothing is folded.
    pub fn is_plain(&self) -> bool {
        self.folds.is_none()
    }

    /// Up to `count` rows from `place` on.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn rows(&mut self, place: Place, count: usize) -> io::Result<Vec<Row>> {
        let (mut rows, mut here) = (Vec::with_capacity(count.min(512)), Some(place));
        while let Some(place) = here.filter(|_| rows.len() < count) {
            let Some(line) = self.walk.line(place)? else {
                break;
            };
            let mut row = self.walk.row_of(place, &line)?;
            here = if self.is_folded(place, &line) {
                self.fold(&mut row, place, &line)?
            } else {
                self.after(place, &line)?
            };
            rows.push(row);
        }
        Ok(rows)
    }

    /// Makes one row of the line that opens a container and the one that closes it. Says where the next one is.
    fn fold(&mut self, row: &mut Row, place: Place, line: &Line) -> io::Result<Option<Place>> {
        let end = row.span.end;
        let (close, items) = self.walk.count_to(place, line.indent)?;
        let text = match items {
            1 => " 1 item ".to_owned(),
            _ => format!(" {} items ", grouped(items)),
        };
        row.folded = Some(true);
        row.pieces.push(Piece::beside(Tint::Aside, text, end));
        let Some(close) = close else {
            // The end did not come, or not yet.
            row.pieces.push(Piece::beside(Tint::Aside, "…", end));
            return Ok(None);
        };
        let Some(line) = self.walk.line(close)? else {
            return Ok(None);
        };
        let bracket = self.walk.row_of(close, &line)?;
        let shown = bracket.pieces.into_iter();
        row.pieces
            .extend(shown.filter(|piece| !piece.span.is_empty()));
        self.walk.after(close, &line)
    }

    fn is_folded(&self, place: Place, line: &Line) -> bool {
        line.opens && self.folds.holds(place, line.indent)
    }

    /// Whether the container that the line of `place` opens is folded; `None` when it opens none.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn folded(&mut self, place: Place) -> io::Result<Option<bool>> {
        let line = self.walk.line(place)?.filter(|line| line.opens);
        Ok(line.map(|line| self.is_folded(place, &line)))
    }

    /// The row after that of `place`.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn next(&mut self, place: Place) -> io::Result<Option<Place>> {
        match self.walk.line(place)? {
            Some(line) => self.after(place, &line),
            None => Ok(None),
        }
    }

    fn after(&mut self, place: Place, line: &Line) -> io::Result<Option<Place>> {
        if self.is_folded(place, line) {
            return match self.walk.find_after(place, line.indent)? {
                Some(close) => self.walk.next(close),
                None => Ok(None),
            };
        }
        if place.slice + 1 < line.slices() {
            let slice = place.slice + 1;
            return Ok(Some(Place { slice, ..place }));
        }
        self.walk.after(place.of_line(), line)
    }

    /// The row before that of `place`, which is not inside a folded container.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn previous(&mut self, place: Place) -> io::Result<Option<Place>> {
        if let Some(slice) = place.slice.checked_sub(1) {
            return Ok(Some(Place { slice, ..place }));
        }
        match self.walk.previous(place)? {
            Some(before) => self.end_of(before),
            None => Ok(None),
        }
    }

    /// The last row.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn last(&mut self) -> io::Result<Option<Place>> {
        let Some(last) = self.walk.last()? else {
            return Ok(None);
        };
        let last = self.shown(last)?;
        self.end_of(last)
    }

    /// The last row that shows the line of `place`, which nothing but a fold that ends there can hide.
    fn end_of(&mut self, place: Place) -> io::Result<Option<Place>> {
        let Some(line) = self.walk.line(place)? else {
            return Ok(None);
        };
        if line.closes
            && let Some(open) = self.walk.find_before(place, line.indent)?
            && self.folded(open)? == Some(true)
        {
            return Ok(Some(open));
        }
        let slice = line.slices() - 1;
        // What a fold shows of its first line is its first row.
        let slice = if self.is_folded(place, &line) {
            0
        } else {
            slice
        };
        Ok(Some(Place { slice, ..place }))
    }

    /// The place itself, or the line of the outermost folded container that hides it.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn shown(&mut self, place: Place) -> io::Result<Place> {
        // Those that are folded by exception lie around those that are folded by rule.
        if let Some(fold) = self.excepted(place)? {
            return Ok(fold);
        }
        Ok(self.ruled(place)?.unwrap_or(place))
    }

    /// Looks at what is folded by exception before the place, outermost first.
    fn excepted(&mut self, place: Place) -> io::Result<Option<Place>> {
        let folds = self.folds;
        let mut next = folds.next_fold(0..place.at);
        while let Some(fold) = next {
            let line = self.walk.line(fold)?;
            // A bracket at the end of what had come may turn out to be one of an empty container.
            let Some(line) = line.filter(|line| line.opens) else {
                next = folds.next_fold(fold.at + 1..place.at);
                continue;
            };
            match self.walk.find_after(fold, line.indent)? {
                Some(close) if close.line < place.line => {
                    next = folds.next_fold(close.at..place.at);
                }
                _ => return Ok(Some(fold)),
            }
        }
        Ok(None)
    }

    /// Looks at the containers around the place that the rule folds, outermost first: one that is not excepted ends it.
    fn ruled(&mut self, place: Place) -> io::Result<Option<Place>> {
        for indent in self.folds.ruled(self.walk.line(place)?.as_ref()) {
            let Some(outer) = self.walk.find_before(place, indent)? else {
                break;
            };
            if self.folded(outer)? == Some(true) {
                return Ok(Some(outer));
            }
        }
        Ok(None)
    }
}

/// How many containers, one in another, are unfolded one by one to show what lies in them: each is looked up.
const MOST_REVEALED: usize = 32;

impl Folds {
    /// Folds the container that the line of `place` opens, or unfolds it; on any other line the one around it. Says
    /// where the row is then.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn toggle(&mut self, document: &Document, place: Place) -> io::Result<Place> {
        let mut walk = Walk::new(document);
        let Some(line) = walk.line(place)? else {
            return Ok(place);
        };
        let here = place.of_line();
        let at = match (line.opens, line.closes) {
            (true, _) => Some(here),
            (_, true) => walk.find_before(here, line.indent)?,
            _ => walk.parent(here)?,
        };
        let Some(at) = at else {
            return Ok(place);
        };
        self.flip(at);
        Ok(at)
    }

    /// Unfolds whatever hides the line of `place`; everything, where that is very many.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn reveal(&mut self, document: &Document, place: Place) -> io::Result<()> {
        while let Some(fold) = View::new(document, self).excepted(place)? {
            self.flip(fold);
        }
        if View::new(document, self).ruled(place)?.is_none() {
            return Ok(());
        }
        let mut walk = Walk::new(document);
        let ruled = self.ruled(walk.line(place)?.as_ref());
        if ruled.len() > MOST_REVEALED {
            *self = Folds::none();
            return Ok(());
        }
        for indent in ruled {
            if let Some(outer) = walk.find_before(place, indent)?
                && self.holds(outer, indent)
            {
                self.flip(outer);
            }
        }
        Ok(())
    }

    /// The indents of the containers around a line that the rule folds.
    fn ruled(&self, line: Option<&Line>) -> Range<usize> {
        // What closes a container lies inside of it.
        let inside = line.map_or(0, |line| line.indent + usize::from(line.closes));
        self.from.unwrap_or(inside).min(inside)..inside
    }
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
