//! What is known of a body's matches: their number, and each of them at the price of searching one stretch again.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::document::find::needle::Needle;
use crate::document::find::part::{Matches, Part};
use crate::document::find::scan::{Scan, Seen, Start};
use crate::document::find::window::{Cut, Window};
use crate::document::source::Source;

/// How many stretches are shared as one by the copies of a `Hits`.
const CHUNK: usize = 256;

/// How many stretches at the end may be searched anew, since the body may grow: those are not shared.
const LOOSE: usize = 2;

/// What is known of one stretch.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// How many matches begin before it.
    pub before: u64,
    /// How many begin in it.
    pub count: u64,
    /// How it is searched again.
    pub start: Start,
    /// Its matches in parts, where all of it would be too slow to search again.
    pub parts: Option<Arc<[Part]>>,
}

/// Which matches of a stretch are of interest, its first ones excepted.
#[derive(Clone, Copy, Debug)]
enum From {
    /// The one of this number in it, from 1.
    Number(u64),
    /// The last one that begins at this offset or before it, and all behind that.
    Offset(u64),
}

/// A match, and which of all it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its bytes.
    pub span: Range<u64>,
    /// Its number, from 1.
    pub number: u64,
    /// Whether the body's end, or its beginning, lies between it and where it was looked for from.
    pub wrapped: bool,
}

/// The matches that were counted so far. A copy is cheap: at most 20 KiB, and a pointer for each 64 MiB.
#[derive(Clone, Debug)]
pub struct Hits {
    needle: Arc<Needle>,
    cut: Cut,
    sealed: Vec<Arc<[Stretch]>>,
    tail: Vec<Stretch>,
    count: u64,
    searched: u64,
    /// How long the body was. What came later must not be seen when a stretch is searched again.
    body: u64,
}

impl Hits {
    pub(in crate::document::find) fn new(needle: Arc<Needle>, cut: Cut) -> Hits {
        Hits {
            needle,
            cut,
            sealed: Vec::new(),
            tail: Vec::new(),
            count: 0,
            searched: 0,
            body: 0,
        }
    }

    /// What was looked for.
    pub fn needle(&self) -> &Needle {
        &self.needle
    }

    /// How many matches begin in what was searched.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many bytes of the body were searched, from its beginning on.
    pub fn searched(&self) -> u64 {
        self.searched
    }

    /// How long the body was that these are the matches of.
    pub fn body(&self) -> u64 {
        self.body
    }

    /// How many of the matches begin before `offset`: what stands there is the next one.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn count_before(&self, source: &dyn Source, offset: u64) -> io::Result<u64> {
        let index = self.cut.index(offset);
        let Some(stretch) = self.stretch(index) else {
            return Ok(self.count);
        };
        let mut before = 0;
        if stretch.count > 0 && offset > self.cut.stretch(index).start {
            self.visit(source, index, From::Offset(offset), |number, span| {
                let is_before = span.start < offset;
                before = number - u64::from(!is_before);
                is_before
            })?;
        }
        Ok(stretch.before + before)
    }

    /// The match of a number (from 1). `None`: there are not as many, or the body is another now.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn by_number(&self, source: &dyn Source, number: u64) -> io::Result<Option<Range<u64>>> {
        let Some(index) = self.stretch_of(number) else {
            return Ok(None);
        };
        let number = number - self.stretch(index).map_or(0, |stretch| stretch.before);
        let mut found = None;
        self.visit(source, index, From::Number(number), |here, span| {
            if here == number {
                found = Some(span);
            }
            here < number
        })?;
        Ok(found)
    }

    /// The first match that begins at `offset` or behind it; behind the last one, the first of all.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn next(&self, source: &dyn Source, offset: u64) -> io::Result<Option<Found>> {
        let before = self.count_before(source, offset)?;
        let wrapped = before >= self.count;
        self.found(source, if wrapped { 1 } else { before + 1 }, wrapped)
    }

    /// The last match that begins before `offset`; before the first one, the last of all.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn previous(&self, source: &dyn Source, offset: u64) -> io::Result<Option<Found>> {
        let before = self.count_before(source, offset)?;
        let wrapped = before == 0;
        self.found(source, if wrapped { self.count } else { before }, wrapped)
    }

    /// The matches that have a byte in `range`, at most so many, in their order.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn within(
        &self,
        source: &dyn Source,
        range: Range<u64>,
        most: usize,
    ) -> io::Result<Vec<Range<u64>>> {
        let mut matches = Vec::new();
        if range.is_empty() || most == 0 {
            return Ok(matches);
        }
        let mut index = self.cut.index(range.start);
        let reaches_in = |stretch: &Stretch| stretch.start.from > range.start;
        if index > 0 && self.stretch(index).is_none_or(reaches_in) {
            index -= 1;
        }
        while let Some(stretch) = self.stretch(index) {
            if matches.len() >= most || self.cut.stretch(index).start >= range.end {
                break;
            }
            if stretch.count > 0 {
                self.visit(source, index, From::Offset(range.start), |_, span| {
                    let is_before_end = span.start < range.end;
                    if is_before_end && span.end > range.start {
                        matches.push(span);
                    }
                    is_before_end && matches.len() < most
                })?;
            }
            index += 1;
        }
        Ok(matches)
    }

    fn found(&self, source: &dyn Source, number: u64, wrapped: bool) -> io::Result<Option<Found>> {
        let span = self.by_number(source, number)?;
        Ok(span.map(|span| Found {
            span,
            number,
            wrapped,
        }))
    }

    /// Goes through the matches of a stretch and their numbers in it, as long as `each` wants to see more of them.
    fn visit(
        &self,
        source: &dyn Source,
        index: usize,
        from: From,
        mut each: impl FnMut(u64, Range<u64>) -> bool,
    ) -> io::Result<()> {
        let Some(stretch) = self.stretch(index) else {
            return Ok(());
        };
        let Some(parts) = &stretch.parts else {
            let window = self.window(source, index)?;
            let start = stretch.start.clone();
            let scan = Scan::new(start, self.cut, index, &self.needle, &window);
            self.again(scan, &window, 0..stretch.count, &mut each);
            return Ok(());
        };
        let behind = match from {
            From::Number(number) => parts.partition_point(|part| part.before < number),
            From::Offset(offset) => parts.partition_point(|part| part.at <= offset),
        };
        let mut window = None;
        for part in &parts[behind.saturating_sub(1)..] {
            let goes_on = match &part.matches {
                Matches::Kept(spans) => (part.before + 1..)
                    .zip(spans.iter())
                    .all(|(number, span)| each(number, span.clone())),
                Matches::Again(scan, count) => {
                    let window = match &mut window {
                        Some(window) => window,
                        none => none.insert(self.window(source, index)?),
                    };
                    let numbers = part.before..part.before + count;
                    scan.fits(window) && self.again(Scan::clone(scan), window, numbers, &mut each)
                }
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Searches on: these are how many matches come before each. Says whether more are wanted.
    fn again(
        &self,
        mut scan: Scan,
        window: &Window,
        before: Range<u64>,
        each: &mut impl FnMut(u64, Range<u64>) -> bool,
    ) -> bool {
        let mut fuel = usize::MAX;
        for before in before {
            match scan.next(&self.needle, window, &mut fuel) {
                Seen::Hit(span) if each(before + 1, span.clone()) => {}
                _ => return false,
            }
        }
        true
    }

    fn window(&self, source: &dyn Source, index: usize) -> io::Result<Window> {
        let mut window = Window::new(self.cut);
        window.load(source, self.span(index))?;
        Ok(window)
    }

    /// What is to be at hand for a stretch.
    pub(in crate::document::find) fn span(&self, index: usize) -> Range<u64> {
        let span = self.cut.window(index);
        span.start..span.end.min(self.body)
    }

    /// How many stretches there are.
    pub(in crate::document::find) fn stretches(&self) -> usize {
        self.sealed.len() * CHUNK + self.tail.len()
    }

    pub(in crate::document::find) fn stretch(&self, index: usize) -> Option<&Stretch> {
        match self.sealed.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.tail.get(index - self.sealed.len() * CHUNK),
        }
    }

    /// The stretch in which the match of a number begins.
    fn stretch_of(&self, number: u64) -> Option<usize> {
        if number == 0 || number > self.count {
            return None;
        }
        let is_before = |stretch: &Stretch| stretch.before < number;
        let chunk = self
            .sealed
            .partition_point(|chunk| chunk.first().is_some_and(is_before));
        let tail = self.tail.partition_point(is_before);
        if tail > 0 {
            return Some(self.sealed.len() * CHUNK + tail - 1);
        }
        let chunk = chunk.checked_sub(1)?;
        let within = self.sealed.get(chunk)?.partition_point(is_before);
        Some(chunk * CHUNK + within.checked_sub(1)?)
    }

    /// Takes what is known of the next stretch.
    pub(in crate::document::find) fn push(
        &mut self,
        start: Start,
        count: u64,
        parts: Option<Arc<[Part]>>,
    ) {
        if self.tail.len() == CHUNK + LOOSE {
            let rest = self.tail.split_off(CHUNK);
            self.sealed
                .push(std::mem::replace(&mut self.tail, rest).into());
        }
        self.tail.push(Stretch {
            before: self.count,
            count,
            start,
            parts,
        });
        self.count += count;
    }

    /// Forgets the stretches from `index` on, two at most, and tells where the first of them began.
    pub(in crate::document::find) fn forget(&mut self, index: usize) -> Option<Start> {
        let at = index.checked_sub(self.sealed.len() * CHUNK)?;
        let first = self.tail.get(at)?.clone();
        self.tail.truncate(at);
        self.count = first.before;
        self.searched = self.searched.min(self.cut.stretch(index).start);
        Some(first.start)
    }

    pub(in crate::document::find) fn set_searched(&mut self, searched: u64) {
        self.searched = searched;
    }

    pub(in crate::document::find) fn set_body(&mut self, length: u64) {
        self.body = length;
    }
}
