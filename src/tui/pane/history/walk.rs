//! How the selection goes through a history of which only a window is known, and where the window follows it.
//!
//! ```text
//!             ┌ lines of the window ──────────────────────────┐
//!   newer ◀── │ margin │                             │ margin │ ──▶ older
//!             └────────┴─────────────────────────────┴────────┘
//!               a selection inside a margin moves the window; one that would leave it waits for the rows: `Owed`
//! ```
//!
//! No key is lost and nothing jumps: what is pressed while rows are read is done, in its order, once they are there.

use crate::tui::message::{Place, REACH};
use crate::tui::pane::history::fold::Lines;
use crate::tui::session::listing::{End, Owed};
use crate::tui::session::{Selection, Session};

/// How many rows are read at most on each side, only because what is folded leaves room for them.
const MOST: usize = 5_000;

/// Moves by lines; beyond what is known, once that was read.
pub fn step(lines: &Lines, session: &mut Session, by: isize) {
    if let Some(owed) = &mut session.list.owed {
        owed.push(by);
        return;
    }
    let Some(last) = lines.len().checked_sub(1) else {
        return;
    };
    // Without a line of its own the selection is no place to count from.
    let by = if lines.position(session).is_some() {
        by
    } else {
        0
    };
    let to = signed(lines.position(session).unwrap_or(0)).saturating_add(by);
    let (within, beyond) = (to.clamp(0, signed(last)), to - to.clamp(0, signed(last)));
    if let Some(selection) = lines.selection(within.unsigned_abs(), session) {
        session.select(selection);
    }
    let list = &mut session.list;
    let more = (beyond > 0 && list.older) || (beyond < 0 && list.newer);
    if more && list.is_window() {
        // Who goes on where a search was stopped wants it to go on.
        list.stopped = None;
        list.owed = Some(Owed {
            end: None,
            steps: vec![beyond],
        });
    }
}

/// To an end of the history: at once where the window holds it.
pub fn to_end(lines: &Lines, session: &mut Session, end: End) {
    let list = &mut session.list;
    let (place, more, at) = match end {
        End::Newest => (Place::Newest, list.newer, 0),
        End::Oldest => (Place::Oldest, list.older, lines.len().saturating_sub(1)),
    };
    // While a search goes on, and where it was stopped, the end is the last row that was found.
    if more && list.is_window() && list.stopped.is_none() {
        list.go_to(place);
        list.reach = REACH;
        list.owed = Some(Owed {
            end: Some(end),
            steps: Vec::new(),
        });
    } else if let Some(selection) = lines.selection(at, session) {
        session.select(selection);
    }
}

/// What waited for the rows is done, now that they are there.
pub fn arrive(lines: &Lines, session: &mut Session) {
    if !session.list.is_whole() {
        return;
    }
    let Some(owed) = session.list.owed.take().filter(|_| lines.len() > 0) else {
        return;
    };
    if let Some(end) = owed.end {
        let at = match end {
            End::Newest => 0,
            End::Oldest => lines.len() - 1,
        };
        if let Some(selection) = lines.selection(at, session) {
            session.select(selection);
        }
    }
    // A step that leads beyond this window waits for the next one, and all that come after it.
    for by in owed.steps {
        step(lines, session, by);
    }
}

/// Asks for the window that the selection needs.
pub fn ask(lines: &Lines, folds: bool, session: &mut Session, height: usize) {
    if session.selection == Selection::Draft && session.list.newer {
        // It stands above them all.
        session.list.go_to(Place::Newest);
        return;
    }
    let list = &session.list;
    if !list.is_whole() || list.stopped.is_some() {
        return;
    }
    let asked = match (lines.position(session), selected(session)) {
        (None, Some(sought)) => seek(session, sought),
        (at, _) => widen(lines, at.unwrap_or(0), folds, session, height),
    };
    if !asked {
        session.list.owed = None;
    }
}

fn selected(session: &Session) -> Option<Place> {
    match &session.selection {
        Selection::Exchange(id) => Some(Place::Around(id.clone())),
        Selection::Draft | Selection::Nothing => None,
    }
}

/// The window around what is selected, unless that was looked for already.
fn seek(session: &mut Session, sought: Place) -> bool {
    let asks = session.list.place != sought;
    if asks {
        session.list.go_to(sought);
    }
    asks
}

/// A window in which the line `at` has enough of them on both sides. Says whether it is another one.
fn widen(lines: &Lines, at: usize, folds: bool, session: &mut Session, height: usize) -> bool {
    let margin = (2 * height).max(20);
    let list = &session.list;
    let lacks_older = list.older && lines.len() - at.min(lines.len()) <= margin;
    let lacks_newer = list.newer && at < margin;
    if !lacks_older && !lacks_newer {
        return false;
    }
    let place = selected(session).filter(|place| *place != session.list.place);
    // So few lines that moving the window would not bring more of them to this side: it has to grow.
    let is_short = lines.len() < 2 * margin;
    match place.filter(|_| !is_short) {
        Some(place) => {
            session.list.go_to(place);
            if !folds {
                session.list.reach = REACH;
            }
            true
        }
        None => session.list.grow(MOST),
    }
}

/// A place among lines; there are never so many that it would not fit.
fn signed(at: usize) -> isize {
    isize::try_from(at).unwrap_or(isize::MAX)
}
