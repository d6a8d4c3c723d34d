//! All stretches searched, a few at a time: a caller may stop between two steps, and go on when the body has grown.
//!
//! ```text
//!   step ──▶ stretch, stretch, … ──▶ Progress ──▶ step ──▶ … ──▶ done ── the body grows ──▶ step ──▶ …
//! ```

use std::io;
use std::sync::Arc;

use crate::document::find::hits::Hits;
use crate::document::find::needle::Needle;
use crate::document::find::part::Parts;
use crate::document::find::scan::{Scan, Seen, Start};
use crate::document::find::window::{Cut, USUAL, Window};
use crate::document::source::Source;

/// How many stretches a step searches: 1 MiB.
const STRETCHES: usize = 4;

/// How many searches a step makes. A search usually ends at the next match; one for a pattern such as `a.*z|a` may read
/// all that is at hand for each, and a step must still end.
const SEARCHES: usize = 2048;

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes were searched, from the body's beginning on.
    pub searched: u64,
    /// Whether that is all there is now.
    pub is_done: bool,
}

/// A search through one body.
#[derive(Debug)]
pub struct Search {
    needle: Arc<Needle>,
    cut: Cut,
    searches: usize,
    hits: Hits,
    window: Window,
    /// How many stretches no growth of the body can change.
    settled: usize,
    /// How the next stretch begins.
    start: Start,
    underway: Option<Underway>,
}

/// A stretch that is not yet searched to its end.
#[derive(Debug)]
struct Underway {
    start: Start,
    scan: Scan,
    parts: Parts,
}

impl Search {
    /// A search that has not begun.
    pub fn new(needle: Needle) -> Search {
        Search::with_cut(needle, USUAL, SEARCHES)
    }

    pub(in crate::document::find) fn with_cut(needle: Needle, cut: Cut, searches: usize) -> Search {
        let needle = Arc::new(needle);
        Search {
            hits: Hits::new(Arc::clone(&needle), cut),
            window: Window::new(cut),
            settled: 0,
            start: Start::of_body(&needle),
            underway: None,
            needle,
            cut,
            searches,
        }
    }

    /// What is known so far. A copy of it is cheap.
    pub fn hits(&self) -> &Hits {
        &self.hits
    }

    /// Searches on, at most 1 MiB. The source must be the one of the steps before: it may only have grown at its end.
    ///
    /// # Errors
    /// When the source cannot be read; the next step tries that again.
    pub fn step(&mut self, source: &dyn Source) -> io::Result<Progress> {
        self.step_with(source, &mut || false)
    }

    /// The same. `is_slow` tells, asked after each match of a pattern, whether long has passed since it last said so:
    /// what was slow to find is kept, and no later question about a match takes longer than that.
    ///
    /// # Errors
    /// When the source cannot be read; the next step tries that again.
    pub fn step_with(
        &mut self,
        source: &dyn Source,
        is_slow: &mut dyn FnMut() -> bool,
    ) -> io::Result<Progress> {
        // The scanner of JSON counts in `usize`: where that has 32 bits, the first 4 GiB are searched.
        let length = source.len().min(usize::MAX as u64);
        let mut fuel = self.searches;
        for _ in 0..STRETCHES {
            let underway = match self.underway.take() {
                Some(underway) => underway,
                None => match self.begin(source, length)? {
                    Some(underway) => underway,
                    None => return Ok(self.progress(true)),
                },
            };
            if !self.run(underway, &mut fuel, is_slow) {
                return Ok(self.progress(false));
            }
        }
        Ok(self.progress(false))
    }

    fn progress(&self, is_done: bool) -> Progress {
        Progress {
            searched: self.hits.searched(),
            is_done,
        }
    }

    /// Reads the next stretch; `None` when there is none.
    fn begin(&mut self, source: &dyn Source, length: u64) -> io::Result<Option<Underway>> {
        if length > self.hits.body() {
            if let Some(start) = self.hits.forget(self.settled) {
                self.start = start;
            }
            self.hits.set_body(length);
        }
        let index = self.hits.stretches();
        let begins = self.cut.stretch(index).start;
        if begins >= length {
            return Ok(None);
        }
        self.window.load(source, self.hits.span(index))?;
        if self.window.end() <= begins {
            return Ok(None);
        }
        let start = self.start.clone();
        let scan = Scan::new(start.clone(), self.cut, index, &self.needle, &self.window);
        let parts = Parts::new(self.cut, &scan);
        Ok(Some(Underway { start, scan, parts }))
    }

    /// Searches a stretch, and tells whether it came to its end.
    fn run(
        &mut self,
        mut underway: Underway,
        fuel: &mut usize,
        is_slow: &mut dyn FnMut() -> bool,
    ) -> bool {
        // A literal is found in one pass over the bytes, however often.
        let may_be_slow = self.needle.fixed_length().is_none();
        loop {
            match underway.scan.next(&self.needle, &self.window, fuel) {
                Seen::Hit(span) => {
                    let is_slow = may_be_slow && is_slow();
                    underway.parts.take(span, &underway.scan, is_slow);
                }
                Seen::Pause => {
                    self.underway = Some(underway);
                    return false;
                }
                Seen::End => break,
            }
        }
        let index = self.hits.stretches();
        let (count, parts) = (underway.parts.count(), underway.parts.all());
        self.hits.push(underway.start, count, parts);
        self.start = underway.scan.after(&self.window);
        let end = self.window.end();
        self.hits.set_searched(self.cut.stretch(index).end.min(end));
        if end >= self.cut.window(index).end {
            self.settled = index + 1;
        }
        true
    }
}
