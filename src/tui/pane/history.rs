//! The history: one row an exchange, newest first, the unsent draft above them all.
//!
//! ```text
//!   ┌ 1 History ─ status:4xx ──┐
//!   │ / status:4xx█            │  filter: the line that is typed, while it is
//!   │ ✎ draft  POST /v1/pay…   │
//!   │ ▸ ✗ 422  POST /v1/… ×3   │  fold: which rows are on show; row: what one looks like
//!   └──────────────────────────┘
//! ```

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::widgets::Block;

use crate::domain::exchange::{Failure, Summary};
use crate::domain::id::OperationId;
use crate::domain::query::Query;
use crate::tui::action::Action;
use crate::tui::pane::history::filter::FilterLine;
use crate::tui::pane::history::fold::{Fold, Lines};
use crate::tui::pane::history::view::View;
use crate::tui::session::listing::End;
use crate::tui::session::{Selection, Session};

mod age;
mod column;
mod completion;
mod draw;
mod filter;
mod fold;
mod frame;
pub mod row;
mod view;
mod walk;

/// The history's own state.
#[derive(Debug, Default)]
pub struct HistoryPane {
    view: View,
    fold: Fold,
    lines: Lines,
    /// The filter's line, while it is open.
    filter: Option<FilterLine>,
    /// What was listed and selected before one operation was shown alone.
    before: Option<(Query, Selection)>,
}

impl HistoryPane {
    /// Moves the selection, or folds.
    pub fn update(&mut self, action: Action, session: &mut Session, area: Rect) {
        self.lines.settle(&self.fold, session);
        let page = isize::try_from(self.list(area).height).unwrap_or(1).max(1);
        match action {
            Action::Down => walk::step(&self.lines, session, 1),
            Action::Up => walk::step(&self.lines, session, -1),
            Action::PageDown => walk::step(&self.lines, session, page),
            Action::PageUp => walk::step(&self.lines, session, -page),
            Action::Top => walk::to_end(&self.lines, session, End::Newest),
            Action::Bottom => walk::to_end(&self.lines, session, End::Oldest),
            Action::FoldAll => self.fold.turn_all(),
            _ => return,
        }
        self.settle(session, area);
    }

    /// Folds or unfolds the operation of the selected exchange. Says whether there is something to fold: an exchange
    /// that is alone in its operation is not.
    pub fn toggle(&mut self, session: &mut Session, area: Rect) -> bool {
        let selected = match &session.selection {
            Selection::Exchange(id) => session.list.rows.iter().find(|row| row.id == *id),
            Selection::Draft | Selection::Nothing => None,
        };
        let Some(operation) = selected.map(|row| row.operation.clone()) else {
            return false;
        };
        let of_it = session
            .list
            .rows
            .iter()
            .filter(|row| row.operation == operation);
        if of_it.take(2).count() < 2 {
            return false;
        }
        self.fold.turn(&operation);
        self.settle(session, area);
        true
    }

    /// The exchanges' rows inside the window.
    pub fn rows_on_show<'a>(
        &'a self,
        session: &'a Session,
        area: Rect,
    ) -> impl Iterator<Item = &'a Summary> {
        let height = usize::from(self.list(area).height);
        let lines = self.view.lines(&self.lines, session, height);
        lines.filter_map(|line| self.lines.row(line, session))
    }

    /// Whether the filter is being typed.
    pub fn is_filtering(&self) -> bool {
        self.filter.is_some()
    }

    /// Opens the filter's line.
    pub fn open_filter(&mut self, session: &mut Session, area: Rect) {
        let mut line = FilterLine::open(session);
        line.follow(self.inner(area));
        self.filter = Some(line);
    }

    /// Closes the filter's line; what it asked for last stays.
    pub fn close_filter(&mut self) {
        self.filter = None;
    }

    /// Types into the filter. With Enter it stays, and the newest that fits is selected, unless what is selected fits.
    pub fn input(&mut self, key: &KeyEvent, session: &mut Session, area: Rect) {
        let (query, inner) = (session.list.query.clone(), self.inner(area));
        let Some(line) = &mut self.filter else {
            return;
        };
        if line.input(key, session, inner) {
            self.filter = None;
            session.land();
        }
        self.filtered_from(&query, session);
    }

    /// Pastes into the filter.
    pub fn paste(&mut self, text: &str, session: &mut Session, area: Rect) {
        let (query, inner) = (session.list.query.clone(), self.inner(area));
        if let Some(line) = &mut self.filter {
            line.paste(text, session, inner);
        }
        self.filtered_from(&query, session);
    }

    /// With another filter there is no way back to what was before one operation was shown alone.
    fn filtered_from(&mut self, query: &Query, session: &Session) {
        if session.list.query != *query {
            self.before = None;
        }
    }

    /// One level back: a selection in the filter's line, one operation alone, the filter. Says whether there was one.
    pub fn back(&mut self, session: &mut Session) -> bool {
        if self.filter.as_mut().is_some_and(FilterLine::deselect) {
            return true;
        }
        let typed = self.filter.take().is_some();
        if !typed && self.leave_operation(session) {
            return true;
        }
        self.before = None;
        let filtered = !session.list.query.is_empty();
        session.filter(Query::default());
        typed || filtered
    }

    /// Shows the operation of what is selected alone, or again what was there before.
    ///
    /// # Errors
    /// When nothing that was sent is selected.
    pub fn show_operation(&mut self, session: &mut Session) -> Result<(), Failure> {
        let Some(operation) = operation_of(session) else {
            let hint = "select an exchange in the history (1)";
            return Err(Failure::new("nothing that was sent is on show").hint(hint));
        };
        let alone = Query::of_operation(operation);
        if session.list.query == alone {
            if !self.leave_operation(session) {
                session.filter(Query::default());
            }
            return Ok(());
        }
        let now = (session.list.query.clone(), session.selection.clone());
        self.before.get_or_insert(now);
        session.filter(alone);
        Ok(())
    }

    /// Back to what was listed before one operation was shown alone; to what was selected then, too, when what is
    /// selected now would be hidden there.
    fn leave_operation(&mut self, session: &mut Session) -> bool {
        let Some((query, selection)) = self.before.take() else {
            return false;
        };
        session.filter(query);
        if session.list.aside.is_some() {
            session.select(selection);
        }
        true
    }

    /// Brings the lines up to date with the rows, moves what waited for them, keeps the selected one inside the view, and
    /// asks for the rows that are missing around it.
    pub fn settle(&mut self, session: &mut Session, area: Rect) {
        let height = usize::from(self.list(area).height);
        self.lines.settle(&self.fold, session);
        walk::arrive(&self.lines, session);
        walk::ask(&self.lines, self.fold.is_on(), session, height);
        self.lines.settle(&self.fold, session);
        self.view.settle(&self.lines, session, height);
    }

    fn inner(&self, area: Rect) -> Rect {
        Block::bordered().inner(area)
    }

    /// Where the rows stand, below the filter's line and the names of the columns.
    fn list(&self, area: Rect) -> Rect {
        let inner = self.inner(area);
        let typed = self.filter.as_ref().map_or(0, |_| filter::height(inner));
        let taken = typed + draw::header_height(inner);
        Rect {
            y: inner.y + taken,
            height: inner.height - taken,
            ..inner
        }
    }
}

/// The operation of what is on show.
fn operation_of(session: &Session) -> Option<OperationId> {
    let id = session.wanted()?;
    let known = session.list.rows.iter().chain(&session.list.aside);
    let mut rows = known.filter(|row: &&Summary| row.id == *id);
    match rows.next() {
        Some(row) => Some(row.operation.clone()),
        None => Some(session.exchange()?.operation.clone()),
    }
}
