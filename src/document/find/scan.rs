//! One stretch searched: match after match, paused and taken up again at any of them.

use std::ops::Range;

use crate::document::find::field::{Asked, Fields};
use crate::document::find::needle::{Needle, Scope};
use crate::document::find::window::{Cut, Window};
use crate::json::lexer::Lexer;

/// What is needed to search a stretch without what lies before it.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Where its first match may begin: behind the last match of the stretch before.
    pub from: u64,
    /// The scanner of JSON at the stretch's first byte, where only keys or values are searched.
    pub lexer: Option<Lexer>,
}

impl Start {
    /// The start of a body.
    pub fn of_body(needle: &Needle) -> Start {
        Start {
            from: 0,
            lexer: (needle.scope() != Scope::Anywhere).then(Lexer::new),
        }
    }
}

/// What came of looking for the next match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A match that begins in the stretch.
    Hit(Range<u64>),
    /// The fuel is used up.
    Pause,
    /// There is no further match.
    End,
}

/// A way through the matches of one stretch. Places are those among the bytes at hand.
#[derive(Clone, Debug)]
pub struct Scan {
    longest: usize,
    /// Where the next match may begin.
    at: usize,
    /// The end of the stretch.
    end: usize,
    /// What is searched now: all, or one key or value.
    hay: Option<Range<usize>>,
    fields: Option<Fields>,
    /// No match of a literal begins before this.
    floor: usize,
    /// How many bytes were at hand.
    hand: usize,
}

impl Scan {
    /// A search of the stretch `index`, whose bytes `window` holds.
    pub fn new(start: Start, cut: Cut, index: usize, needle: &Needle, window: &Window) -> Scan {
        let end = window.at(cut.stretch(index).end);
        let all = match needle.fixed_length() {
            Some(length) => (end + length - 1).min(window.bytes().len()),
            None => window.bytes().len(),
        };
        let fields = start.lexer.map(Fields::new);
        Scan {
            longest: cut.longest,
            at: window.at(start.from),
            end,
            hay: fields.is_none().then_some(0..all),
            fields,
            floor: 0,
            hand: window.bytes().len(),
        }
    }

    /// The next match. Each search takes one of the fuel: one may have to read all that is at hand.
    pub fn next(&mut self, needle: &Needle, window: &Window, fuel: &mut usize) -> Seen {
        loop {
            let Some(hay) = self.hay.take().or_else(|| self.field(needle, window)) else {
                return Seen::End;
            };
            self.at = self.at.max(hay.start);
            if *fuel == 0 {
                self.hay = Some(hay);
                return Seen::Pause;
            }
            *fuel -= 1;
            let found = needle.find_at(&window.bytes()[hay.clone()], self.at - hay.start);
            let Some(found) = found else { continue };
            let (start, stop) = (hay.start + found.start, hay.start + found.end);
            if start >= self.end {
                continue;
            }
            self.hay = Some(hay);
            if start == stop {
                self.at = start + 1;
                continue;
            }
            self.at = stop.min(start + self.longest);
            return Seen::Hit(window.offset(start)..window.offset(self.at));
        }
    }

    /// Whether as much is at hand as there was: a body that became another may have less.
    pub fn fits(&self, window: &Window) -> bool {
        self.hand == window.bytes().len()
    }

    /// How the stretch behind this one is to be searched. It is known when there is no further match.
    pub fn after(self, window: &Window) -> Start {
        Start {
            from: window.offset(self.at.max(self.end)),
            lexer: self.fields.map(Fields::after),
        }
    }

    /// The next key or value that may hold a match.
    fn field(&mut self, needle: &Needle, window: &Window) -> Option<Range<usize>> {
        let fields = self.fields.as_mut()?;
        loop {
            let behind = window.offset(self.floor.max(self.at));
            let asked = Asked {
                keys: needle.scope() == Scope::Keys,
                behind: usize::try_from(behind).unwrap_or(usize::MAX),
            };
            let content = fields.next(window, self.end, asked)?;
            let from = self.at.max(content.start);
            if needle.fixed_length().is_some() && self.floor < from {
                let found = needle.find_at(window.bytes(), from);
                self.floor = found.map_or(window.bytes().len(), |found| found.start);
            }
            if from < self.end && content.end > self.floor.max(from) {
                return Some(content);
            }
        }
    }
}
