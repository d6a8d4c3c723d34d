//! Going through a document from place to place: line after line within a block, over all that lies between by its
//! index.
//!
//! ```text
//!   place ──▶ its block ──lines──▶ found?            at most 64 lines and 2 KiB, or one wide line
//!                │ no
//!                └──▶ the next block that has it ──lines──▶ found
//! ```
//!
//! Whatever the size of the document, a step reads a few pages of it. What it is not: a reader of folds, which `view`
//! knows.

use std::io::{self, Write};

use crate::document::hex::WIDTH;
use crate::document::line::Line;
use crate::document::place::Place;
use crate::document::row::{Piece, Row};
use crate::document::window::Window;
use crate::document::{Document, Form, hex};

/// Goes through a document.
pub struct Walk<'a> {
    pub(super) document: &'a Document,
    window: Window<'a>,
    /// The block of the line that was looked for last.
    near: usize,
}

/// Whether a walk through lines goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Go {
    On,
    Stop,
}

impl<'a> Walk<'a> {
    /// Through this document.
    pub fn new(document: &'a Document) -> Walk<'a> {
        Walk {
            document,
            window: Window::new(&*document.source, document.end),
            near: 0,
        }
    }

    /// Some bytes of it; fewer where it ends.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn bytes(&mut self, range: std::ops::Range<usize>) -> io::Result<&[u8]> {
        self.window.slice(range)
    }

    /// The line that a place is in.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn line(&mut self, place: Place) -> io::Result<Option<Line>> {
        let document = self.document;
        let Some(layout) = document.layout() else {
            let end = (place.at + WIDTH).min(document.end);
            let mut line = Line::default();
            line.push(crate::document::row::Tint::Plain, place.at..end);
            return Ok((place.at < document.end).then_some(line));
        };
        layout.line(&mut self.window, &document.index, place.at, place.depth)
    }

    /// The row at a place, whether it is folded or not.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn row(&mut self, place: Place) -> io::Result<Option<Row>> {
        let Some(line) = self.line(place)? else {
            return Ok(None);
        };
        self.row_of(place, &line).map(Some)
    }

    pub(super) fn row_of(&mut self, place: Place, line: &Line) -> io::Result<Row> {
        if self.document.form == Form::Binary {
            let shown = self.window.slice(place.at..place.at + WIDTH)?;
            return Ok(hex::row(place, shown));
        }
        let written = (self.document.charset, self.document.syntax);
        let mut pieces = Vec::new();
        let span = line.each(
            &mut self.window,
            written,
            place.slice,
            |tint, text, span| {
                let text = text.to_owned();
                pieces.push(Piece { tint, text, span });
                Ok(())
            },
        )?;
        Ok(Row {
            place,
            indent: line.indent,
            span,
            folded: line.opens.then_some(false),
            pieces,
        })
    }

    /// Writes what the row at a place shows.
    pub(super) fn write_row(
        &mut self,
        place: Place,
        line: &Line,
        to: &mut impl Write,
    ) -> io::Result<()> {
        if self.document.form == Form::Binary {
            return to.write_all(self.row_of(place, line)?.text().as_bytes());
        }
        let written = (self.document.charset, self.document.syntax);
        line.each(&mut self.window, written, place.slice, |_, text, _| {
            to.write_all(text.as_bytes())
        })?;
        Ok(())
    }

    /// The first place.
    pub fn first(&self) -> Option<Place> {
        self.block(0)
    }

    /// The last line's place.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn last(&mut self) -> io::Result<Option<Place>> {
        if self.document.form == Form::Binary {
            return Ok(self.numbered(self.document.lines().checked_sub(1)));
        }
        match self.document.index.blocks().checked_sub(1) {
            Some(block) => self.last_of(block),
            None => Ok(None),
        }
    }

    fn numbered(&self, row: Option<usize>) -> Option<Place> {
        row.filter(|row| *row < self.document.lines())
            .map(|row| Place {
                at: row * WIDTH,
                line: row,
                ..Place::default()
            })
    }

    /// The line after the one of `place`.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn next(&mut self, place: Place) -> io::Result<Option<Place>> {
        match self.line(place)? {
            Some(line) => self.after(place, &line),
            None => Ok(None),
        }
    }

    /// The line after this one, which is the line of `place`.
    pub(super) fn after(&mut self, place: Place, line: &Line) -> io::Result<Option<Place>> {
        if self.document.form == Form::Binary {
            return Ok(self.numbered(Some(place.line + 1)));
        }
        let number = place.line + 1;
        if number >= self.document.lines() {
            return Ok(None);
        }
        self.near = self.document.index.block_of_line_near(number, self.near);
        let block = self.block(self.near);
        // Between the lines lie spaces; where a block begins nobody has to look for the next one.
        if let Some(begins) = block.filter(|block| block.line == number) {
            return Ok(Some(begins));
        }
        let at = self.document.skip_space(&mut self.window, line.next)?;
        Ok(Some(Place {
            at,
            line: number,
            depth: line.next_depth,
            slice: 0,
        }))
    }

    /// The line before the one of `place`.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn previous(&mut self, place: Place) -> io::Result<Option<Place>> {
        match place.line.checked_sub(1) {
            Some(number) => self.at_line(number),
            None => Ok(None),
        }
    }

    /// The line numbered so, from 0; the last one behind the end.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn at_line(&mut self, number: usize) -> io::Result<Option<Place>> {
        let last = self.document.lines().checked_sub(1);
        let Some(number) = last.map(|last| last.min(number)) else {
            return Ok(None);
        };
        if self.document.form == Form::Binary {
            return Ok(self.numbered(Some(number)));
        }
        let Some(block) = self.document.index.block_of_line(number) else {
            return Ok(None);
        };
        let mut found = None;
        self.lines(block, |place, _| {
            found = Some(place);
            if place.line < number {
                Go::On
            } else {
                Go::Stop
            }
        })?;
        Ok(found)
    }

    /// The row that shows the byte at `offset`, or the one before it where none does (a space between tokens).
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn at_offset(&mut self, offset: usize) -> io::Result<Option<Place>> {
        if self.document.form == Form::Binary {
            let last = self.document.lines().checked_sub(1);
            return Ok(self.numbered(last.map(|last| (offset / WIDTH).min(last))));
        }
        let Some(block) = self.document.index.block_at(offset) else {
            return Ok(None);
        };
        let mut found = None;
        self.lines(block, |place, line| {
            if place.at <= offset || found.is_none() {
                let slice = line.slice_at(offset);
                found = Some(Place { slice, ..place });
            }
            if line.next <= offset {
                Go::On
            } else {
                Go::Stop
            }
        })?;
        Ok(found)
    }

    /// The first line after that of `place` which is indented by `indent` at most.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub(super) fn find_after(&mut self, place: Place, indent: usize) -> io::Result<Option<Place>> {
        self.count_to(place, indent).map(|(found, _)| found)
    }

    /// The same, and how many items begin between at the next indent.
    pub(super) fn count_to(
        &mut self,
        place: Place,
        indent: usize,
    ) -> io::Result<(Option<Place>, usize)> {
        let index = &self.document.index;
        let Some(first) = index.block_of_line(place.line) else {
            return Ok((None, 0));
        };
        let (mut found, mut items) = (None, 0);
        let look = |found: &mut Option<Place>, items: &mut usize, here: Place, line: &Line| {
            if here.line > place.line && line.indent <= indent {
                *found = Some(here);
                return Go::Stop;
            }
            *items += usize::from(!line.closes && line.indent == indent + 1);
            Go::On
        };
        self.lines_from(place, first, |here, line| {
            look(&mut found, &mut items, here, line)
        })?;
        if found.is_some() {
            return Ok((found, items));
        }
        let next = index.next_low(first + 1, indent);
        if let Some(next) = next {
            self.lines(next, |here, line| look(&mut found, &mut items, here, line))?;
        }
        let passed = first + 1..next.unwrap_or(index.blocks());
        Ok((found, items + index.items(passed, indent + 1)))
    }

    /// The last line before that of `place` which is indented by `indent` at most.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub(super) fn find_before(&mut self, place: Place, indent: usize) -> io::Result<Option<Place>> {
        let index = &self.document.index;
        let mut block = index.block_of_line(place.line);
        while let Some(number) = block {
            let mut found = None;
            self.lines(number, |here, line| {
                if here.line >= place.line {
                    return Go::Stop;
                }
                if line.indent <= indent {
                    found = Some(here);
                }
                Go::On
            })?;
            if found.is_some() {
                return Ok(found);
            }
            block = index.previous_low(number, indent);
        }
        Ok(None)
    }

    fn last_of(&mut self, block: usize) -> io::Result<Option<Place>> {
        let mut last = None;
        self.lines(block, |place, _| {
            last = Some(place);
            Go::On
        })?;
        Ok(last)
    }

    /// Where a block begins.
    fn block(&self, number: usize) -> Option<Place> {
        if self.document.form == Form::Binary {
            return self.numbered(Some(0));
        }
        let block = self.document.index.block(number)?;
        Some(Place {
            at: block.at,
            line: block.line,
            depth: block.depth as usize,
            slice: 0,
        })
    }

    /// The lines of a block, until it is told to stop.
    pub(super) fn lines(
        &mut self,
        block: usize,
        each: impl FnMut(Place, &Line) -> Go,
    ) -> io::Result<()> {
        match self.block(block) {
            Some(place) => self.lines_from(place, block, each),
            None => Ok(()),
        }
    }

    /// The lines of a block from `place` on, until it is told to stop.
    pub(super) fn lines_from(
        &mut self,
        place: Place,
        block: usize,
        mut each: impl FnMut(Place, &Line) -> Go,
    ) -> io::Result<()> {
        let index = &self.document.index;
        let end = index.block(block + 1).map_or(index.lines(), |b| b.line);
        let mut here = place.of_line();
        while here.line < end {
            let Some(line) = self.line(here)? else { break };
            if each(here, &line) == Go::Stop || here.line + 1 >= end {
                break;
            }
            here = Place {
                at: self.document.skip_space(&mut self.window, line.next)?,
                line: here.line + 1,
                depth: line.next_depth,
                slice: 0,
            };
        }
        Ok(())
    }
}
