//! Where somebody is in a document: the row under the cursor, the first one on the screen, what is folded, how it is
//! laid out; and how each key moves that.
//!
//! ```text
//!   key ─▶ Reader ──a few blocks──▶ Document        every step is relative: nothing is counted from the top
//!              └─▶ rows on show
//! ```
//!
//! A spot is a line of the screen: where rows are wrapped, a part of one. It knows no colours and draws nothing.

use std::io;

use crate::document::outline::Path;
use crate::document::place::Place;
use crate::document::row::Row;
use crate::document::view::{Folds, View};
use crate::document::walk::Walk;
use crate::document::{Document, Form};
use crate::tui::pane::response::body::shown::parts;

/// How many levels of a path are told.
const LEVELS: usize = 32;

/// A line of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) place: Place,
    /// Which part of its row, from 0: more than one only where rows are wrapped.
    pub(super) part: usize,
}

impl From<Place> for Spot {
    fn from(place: Place) -> Spot {
        Spot { place, part: 0 }
    }
}

/// The room that rows have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// Columns of text, the gutter not among them.
    pub(super) columns: usize,
    pub(super) lines: usize,
}

/// Where somebody is.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    pub(super) cursor: Spot,
    pub(super) top: Spot,
    pub(super) folds: Folds,
    /// Whether rows are broken at the right edge.
    pub(super) wraps: bool,
    form: Form,
}

/// How far a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    /// Lines of the screen, down or up.
    Lines(isize),
    Top,
    Bottom,
    NextSibling,
    PreviousSibling,
    Parent,
}

impl Reader {
    /// Somebody who begins anew, and likes their rows as before.
    pub(super) fn anew(&self) -> Reader {
        Reader {
            wraps: self.wraps,
            ..Reader::default()
        }
    }

    /// Brings it up to date with a document that grew, or turned out to be something else.
    pub(super) fn settle(&mut self, document: &Document, room: Room) -> io::Result<()> {
        let mut walk = Walk::new(document);
        let Some(first) = walk.first() else {
            return Ok(());
        };
        if self.form != document.form() {
            self.form = document.form();
            self.folds = Folds::none();
            for spot in [&mut self.cursor, &mut self.top] {
                *spot = walk.at_offset(spot.place.at)?.unwrap_or(first).into();
            }
        }
        for spot in [&mut self.cursor, &mut self.top] {
            if spot.place.line == 0 {
                spot.place = Place {
                    slice: spot.place.slice,
                    ..first
                };
            }
        }
        self.keep_in_view(document, room)
    }

    fn way<'a>(&'a self, document: &'a Document, room: Room) -> Way<'a> {
        Way {
            view: View::new(document, &self.folds),
            columns: self.wraps.then_some(room.columns),
        }
    }

    /// Moves.
    pub(super) fn go(&mut self, document: &Document, motion: Motion, room: Room) -> io::Result<()> {
        let mut walk = Walk::new(document);
        let here = self.cursor.place;
        let to = match motion {
            Motion::Lines(lines) => Some(self.way(document, room).by(self.cursor, lines)?),
            Motion::Top => walk.first().map(Spot::from),
            Motion::Bottom => self.way(document, room).last()?,
            Motion::NextSibling => walk.next_sibling(here)?.map(Spot::from),
            Motion::PreviousSibling => walk.previous_sibling(here)?.map(Spot::from),
            Motion::Parent => match here.slice {
                0 => walk.parent(here)?.map(Spot::from),
                _ => Some(here.of_line().into()),
            },
        };
        if let Some(to) = to {
            self.cursor = to;
        }
        self.keep_in_view(document, room)
    }

    /// Goes to a place and unfolds what hides it.
    pub(super) fn show(&mut self, document: &Document, place: Place, room: Room) -> io::Result<()> {
        self.folds.reveal(document, place)?;
        self.cursor = place.into();
        self.keep_in_view(document, room)
    }

    /// Goes to the byte at `offset`.
    pub(super) fn show_byte(
        &mut self,
        document: &Document,
        offset: usize,
        room: Room,
    ) -> io::Result<()> {
        match Walk::new(document).at_offset(offset)? {
            Some(place) => self.show(document, place, room),
            None => Ok(()),
        }
    }

    /// Goes to the line numbered so, from 1.
    pub(super) fn show_line(
        &mut self,
        document: &Document,
        line: usize,
        room: Room,
    ) -> io::Result<()> {
        match Walk::new(document).at_line(line.saturating_sub(1))? {
            Some(place) => self.show(document, place, room),
            None => Ok(()),
        }
    }

    /// Folds the container under the cursor, or unfolds it; beside a scalar the one around it.
    pub(super) fn toggle(&mut self, document: &Document, room: Room) -> io::Result<()> {
        let at = self.folds.toggle(document, self.cursor.place)?;
        self.cursor = at.into();
        self.after_folding(document, room)
    }

    /// Folds everything inside the outermost, or unfolds everything.
    pub(super) fn toggle_all(&mut self, document: &Document, room: Room) -> io::Result<()> {
        self.folds = match self.folds.is_none() {
            true => Folds::from(outermost(document)),
            false => Folds::none(),
        };
        self.after_folding(document, room)
    }

    /// Unfolds one level more, or folds one more. Without folds it begins at the cursor's level.
    pub(super) fn change_level(
        &mut self,
        document: &Document,
        more: bool,
        room: Room,
    ) -> io::Result<()> {
        let indent = Walk::new(document)
            .line(self.cursor.place)?
            .map_or(0, |line| line.indent);
        let least = outermost(document);
        self.folds = match (self.folds.level(), more) {
            (Some(level), true) => Folds::from(level + 1),
            (Some(level), false) => Folds::from(level.saturating_sub(1).max(least)),
            (None, true) => Folds::none(),
            (None, false) => Folds::from(indent.max(least)),
        };
        self.after_folding(document, room)
    }

    fn after_folding(&mut self, document: &Document, room: Room) -> io::Result<()> {
        let mut view = View::new(document, &self.folds);
        let cursor = view.shown(self.cursor.place)?;
        let top = view.shown(self.top.place)?;
        if cursor != self.cursor.place {
            self.cursor = cursor.into();
        }
        if top != self.top.place {
            self.top = top.into();
        }
        self.keep_in_view(document, room)
    }

    /// Keeps the cursor on the screen.
    fn keep_in_view(&mut self, document: &Document, room: Room) -> io::Result<()> {
        let room = Room {
            lines: room.lines.max(1),
            columns: room.columns.max(1),
        };
        let mut way = self.way(document, room);
        let cursor = way.fit(self.cursor)?;
        let mut top = way.fit(self.top)?;
        if cursor < top {
            top = cursor;
        } else if !way.reaches(top, cursor, room.lines)? {
            top = way.by(
                cursor,
                1 - isize::try_from(room.lines).unwrap_or(isize::MAX),
            )?;
        }
        (self.cursor, self.top) = (cursor, top);
        Ok(())
    }

    /// Puts the cursor's line into the middle of the screen, where it would stand at its edge.
    pub(super) fn centre(&mut self, document: &Document, room: Room) -> io::Result<()> {
        let half = isize::try_from(room.lines / 2).unwrap_or(0);
        let mut way = self.way(document, room);
        let top = way.by(self.cursor, -half)?;
        self.top = top;
        self.keep_in_view(document, room)
    }

    /// The rows on show, the first one with the part it begins at.
    pub(super) fn rows(&self, document: &Document, room: Room) -> io::Result<Vec<Row>> {
        self.way(document, room)
            .view
            .rows(self.top.place, room.lines.max(1))
    }

    /// The way to the value under the cursor.
    pub(super) fn path(&self, document: &Document) -> io::Result<Path> {
        Walk::new(document).path(self.cursor.place, LEVELS)
    }
}

/// The least indent that is worth folding: everything folded still tells what is in the one document, and of several
/// one row each.
fn outermost(document: &Document) -> usize {
    usize::from(document.values() <= 1)
}

/// Goes from spot to spot.
struct Way<'a> {
    view: View<'a>,
    /// Where rows are broken; `None`: nowhere.
    columns: Option<usize>,
}

impl Way<'_> {
    fn parts(&mut self, place: Place) -> io::Result<usize> {
        let Some(columns) = self.columns else {
            return Ok(1);
        };
        let row = self.view.rows(place, 1)?.pop();
        Ok(row.map_or(1, |row| parts(&row, columns).len()))
    }

    /// The spot itself, or the last part that its row has.
    fn fit(&mut self, spot: Spot) -> io::Result<Spot> {
        let part = match spot.part {
            0 => 0,
            part => part.min(self.parts(spot.place)? - 1),
        };
        Ok(Spot { part, ..spot })
    }

    fn next(&mut self, spot: Spot) -> io::Result<Option<Spot>> {
        if self.columns.is_some() && spot.part + 1 < self.parts(spot.place)? {
            let part = spot.part + 1;
            return Ok(Some(Spot { part, ..spot }));
        }
        Ok(self.view.next(spot.place)?.map(Spot::from))
    }

    fn previous(&mut self, spot: Spot) -> io::Result<Option<Spot>> {
        if let Some(part) = spot.part.checked_sub(1) {
            return Ok(Some(Spot { part, ..spot }));
        }
        match self.view.previous(spot.place)? {
            Some(place) => self.end_of(place).map(Some),
            None => Ok(None),
        }
    }

    fn end_of(&mut self, place: Place) -> io::Result<Spot> {
        let part = self.parts(place)? - 1;
        Ok(Spot { place, part })
    }

    fn last(&mut self) -> io::Result<Option<Spot>> {
        match self.view.last()? {
            Some(place) => self.end_of(place).map(Some),
            None => Ok(None),
        }
    }

    /// So many lines further, or as far as it goes.
    fn by(&mut self, from: Spot, lines: isize) -> io::Result<Spot> {
        let mut here = from;
        for _ in 0..lines.unsigned_abs() {
            let next = match lines > 0 {
                true => self.next(here)?,
                false => self.previous(here)?,
            };
            match next {
                Some(next) => here = next,
                None => break,
            }
        }
        Ok(here)
    }

    /// Whether `to` is one of so many lines from `from` on.
    fn reaches(&mut self, from: Spot, to: Spot, lines: usize) -> io::Result<bool> {
        // A line of the screen is never less than a row: farther rows need no walk.
        let rows = to.place.line.saturating_sub(from.place.line);
        if rows >= lines && self.view.is_plain() {
            return Ok(false);
        }
        let mut here = from;
        for _ in 0..lines {
            if here >= to {
                return Ok(here == to);
            }
            match self.next(here)? {
                Some(next) => here = next,
                None => return Ok(false),
            }
        }
        Ok(false)
    }
}
