//! What is kept of a stretch that is slow to search, so that none of its matches costs a search of all of it again.
//!
//! ```text
//!   stretch  ├─x─x──x─x┼xxxxxxxxxxxxxxx┼x┼──x────x──┤      x: a match
//!              kept      found again    kept   found again
//!                        from here             from here
//! ```
//!
//! A search for a pattern such as `a.*z|a` may read all that is at hand for each match. How long it took only the caller
//! can tell, who has a clock: whenever it says that it was long, a part ends. Few matches in a long time are kept
//! themselves, many are found again from where they began. So nothing of a part is ever searched for longer than that
//! again, and what is kept is little for the time it took.

use std::ops::Range;
use std::sync::Arc;

use crate::document::find::scan::Scan;
use crate::document::find::window::Cut;

/// Some matches of a stretch, one after the other.
#[derive(Clone, Debug)]
pub struct Part {
    /// How many of the stretch come before.
    pub before: u64,
    /// Where the first of them begins.
    pub at: u64,
    /// They.
    pub matches: Matches,
}

/// Matches that are known, or soon found.
#[derive(Clone, Debug)]
pub enum Matches {
    /// Each of them.
    Kept(Box<[Range<u64>]>),
    /// So many, from here on.
    Again(Box<Scan>, u64),
}

/// The parts of a stretch that is being searched.
#[derive(Debug)]
pub struct Parts {
    cut: Cut,
    ended: Vec<Part>,
    /// Where the part under way began to be searched.
    from: Scan,
    before: u64,
    count: u64,
    /// Its first matches: all, while they are few.
    first: Vec<Range<u64>>,
}

impl Parts {
    /// Of a stretch whose search begins like this.
    pub fn new(cut: Cut, scan: &Scan) -> Parts {
        Parts {
            cut,
            ended: Vec::new(),
            from: scan.clone(),
            before: 0,
            count: 0,
            first: Vec::new(),
        }
    }

    /// Takes a match, behind which the search goes on like this. `is_slow`: it took long to come to it.
    pub fn take(&mut self, span: Range<u64>, scan: &Scan, is_slow: bool) {
        // Who has found many does not know which of them was slow, but for the last one.
        if is_slow && self.first.len() as u64 == self.count && self.first.len() < self.cut.kept {
            self.first.push(span);
            self.count += 1;
            self.keep();
        } else if is_slow {
            self.end();
            self.first.push(span);
            self.count = 1;
            self.keep();
        } else {
            if self.first.len() < self.cut.kept {
                self.first.push(span);
            }
            self.count += 1;
            if self.count < self.cut.many {
                return;
            }
            self.end();
        }
        self.from = scan.clone();
    }

    /// Ends a part that is kept.
    fn keep(&mut self) {
        let kept = std::mem::take(&mut self.first);
        if let Some(first) = kept.first() {
            self.ended.push(Part {
                before: self.before,
                at: first.start,
                matches: Matches::Kept(kept.into()),
            });
        }
        self.before += std::mem::take(&mut self.count);
    }

    /// Ends a part that is soon found again.
    fn end(&mut self) {
        if let Some(first) = self.first.first() {
            self.ended.push(Part {
                before: self.before,
                at: first.start,
                matches: Matches::Again(Box::new(self.from.clone()), self.count),
            });
        }
        self.first.clear();
        self.before += std::mem::take(&mut self.count);
    }

    /// How many matches there are.
    pub fn count(&self) -> u64 {
        self.before + self.count
    }

    /// All parts, when there are several: a stretch of one is soon searched again from its beginning.
    pub fn all(mut self) -> Option<Arc<[Part]>> {
        if self.ended.is_empty() {
            return None;
        }
        self.end();
        Some(self.ended.into())
    }
}
