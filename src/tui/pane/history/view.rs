//! Which lines are on the screen: where the view was, however the rows around it come and go.
//!
//! At the very top it stays at the top, so that what is new is seen. Anywhere else the first row on show stays the
//! first, and what is new above it is counted.

use std::ops::Range;

use crate::domain::id::ExchangeId;
use crate::tui::pane::history::fold::Lines;
use crate::tui::session::Session;

/// Where the view begins.
#[derive(Debug, Default)]
pub struct View {
    /// The first line on show.
    top: usize,
    /// Its row, when it is an exchange's.
    first: Option<ExchangeId>,
    /// Whether it is the newest line there is.
    at_top: bool,
    /// The newest row when that was last on show.
    seen: Option<ExchangeId>,
}

impl View {
    /// Rights itself after the rows, the selection or the height changed.
    pub fn settle(&mut self, lines: &Lines, session: &Session, height: usize) {
        let list = &session.list;
        let stays_at_top = self.at_top && !list.newer;
        let first = self.first.as_ref().filter(|_| !stays_at_top);
        if let Some(line) = first.and_then(|id| lines.line_of(id)) {
            self.top = line;
        }
        self.top = window(self.top, lines.position(session), lines.len(), height);
        self.first = lines.row(self.top, session).map(|row| row.id.clone());
        self.at_top = self.top == 0 && !list.newer;
        if self.at_top {
            self.seen = list.rows.first().map(|row| row.id.clone());
        }
    }

    /// The lines on show in a room of this height.
    pub fn lines(&self, lines: &Lines, session: &Session, height: usize) -> Range<usize> {
        let at = lines.position(session);
        let top = window(self.top, at, lines.len(), height);
        top..(top + height).min(lines.len())
    }

    /// What stands above the view and was not seen yet; `None` when the newest row is on show, or nothing came since.
    pub fn above(&self, session: &Session) -> Option<Above> {
        if self.at_top {
            return None;
        }
        let list = &session.list;
        let now = session.now.wall;
        let newest = list.newest().filter(|row| list.query.fits(row, now));
        let mut newest = newest.map(|row| &row.id);
        let above = match &self.seen {
            None => Above::default(),
            Some(seen) => {
                let mut new = 0;
                let is_seen = |id: &ExchangeId| {
                    new += 1;
                    id == seen
                };
                let found = newest.any(is_seen);
                Above {
                    new: new - usize::from(found),
                    at_least: !found,
                }
            }
        };
        (above.new > 0 || list.newer).then_some(above)
    }
}

/// What came while the view was elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Above {
    /// How many rows.
    pub new: usize,
    /// Whether there may be more than that.
    pub at_least: bool,
}

/// The first line on show: where it was, moved no further than the selected one asks, and no line of room wasted.
fn window(top: usize, at: Option<usize>, count: usize, height: usize) -> usize {
    let top = top.min(count.saturating_sub(height));
    match at {
        Some(at) if at < top => at,
        Some(at) if height > 0 && at >= top + height => at + 1 - height,
        _ => top,
    }
}
