//! Which rows of the history are on show: all of them, or an operation's behind its newest one.
//!
//! ```text
//!   flat            closed            open
//!   ✓ op_1          ▸ ✓ op_1  ×2      ▾ ✓ op_1  ×2
//!   ✗ op_2            ✗ op_2          └ ✗ op_1
//!   ✗ op_1                              ✗ op_2
//! ```
//!
//! The first line of a folded operation is its newest exchange, so that each line stands for one exchange and the list
//! is newest first at any depth. The lines are worked out once for each change of the rows, never while a frame is drawn.

use std::collections::{HashMap, HashSet};

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::tui::session::{Selection, Session};

/// How folded the history is: all of it or none, and the operations for which it is the other way round.
#[derive(Debug, Default)]
pub struct Fold {
    all: bool,
    except: HashSet<OperationId>,
    /// Grows with every change.
    revision: u64,
}

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The unsent draft.
    Draft,
    /// What is selected though the filter hides it.
    Aside,
    /// The row of this place among the session's.
    Row(usize, Branch),
}

/// How a row hangs together with its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// It stands for itself.
    Alone,
    /// The newest of a closed operation.
    Closed(Count),
    /// The newest of an open operation.
    Open(Count),
    /// An older one of an open operation, and whether it is the last.
    Older(bool),
}

/// How many exchanges an operation has in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Those that were read.
    pub read: usize,
    /// Whether older ones may not have been read yet.
    pub more: bool,
}

/// What the lines were worked out for.
type Stand = (u64, u64, bool);

/// The lines on show.
#[derive(Debug, Default)]
pub struct Lines {
    all: Vec<Line>,
    /// The line of each row.
    of_row: HashMap<ExchangeId, usize>,
    counts: HashMap<Class, u64>,
    /// Whether a row is pinned or noted.
    kept: bool,
    stand: Option<Stand>,
}

impl Fold {
    /// Folds everything, or nothing any more.
    pub fn turn_all(&mut self) {
        // With a single operation folded, the key that unfolds all unfolds that one.
        self.all = !self.all && self.except.is_empty();
        self.except.clear();
        self.revision += 1;
    }

    /// Folds or unfolds one operation.
    pub fn turn(&mut self, operation: &OperationId) {
        if !self.except.remove(operation) {
            self.except.insert(operation.clone());
        }
        self.revision += 1;
    }

    /// Whether anything may be folded: then the lines have room for its mark.
    pub fn is_on(&self) -> bool {
        self.all || !self.except.is_empty()
    }

    /// Whether an operation of several exchanges stands behind its newest one, and then whether it is open.
    fn state(&self, operation: &OperationId) -> Option<bool> {
        match (self.all, self.except.contains(operation)) {
            (true, open) => Some(open),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

impl Lines {
    /// Brings the lines up to date. Costs nothing when nothing has changed.
    pub fn settle(&mut self, fold: &Fold, session: &Session) {
        let stand = (
            session.list.revision,
            fold.revision,
            session.draft.is_some(),
        );
        if self.stand == Some(stand) {
            return;
        }
        *self = Lines::of(fold, session);
        self.stand = Some(stand);
    }

    fn of(fold: &Fold, session: &Session) -> Lines {
        let mut lines = Lines::default();
        if session.draft.is_some() && !session.list.newer {
            lines.all.push(Line::Draft);
        }
        let mut aside = session.list.aside.as_ref();
        lines.kept = aside.is_some_and(|row| row.pinned || row.note.is_some());
        let mut folded = gathered(fold, session);
        for (at, row) in session.list.rows.iter().enumerate() {
            *lines.counts.entry(row.class).or_default() += 1;
            lines.kept |= row.pinned || row.note.is_some();
            // It stands where it would stand without a filter.
            if aside.is_some_and(|aside| aside.started_at >= row.started_at) {
                lines.all.push(Line::Aside);
                aside = None;
            }
            match folded.get_mut(&row.operation) {
                None => lines.push(at, row, Branch::Alone),
                // Its newest one has brought it along.
                Some((members, _)) if members.is_empty() => {}
                Some((members, open)) => {
                    let members = std::mem::take(members);
                    lines.push_operation(&members, *open, session);
                }
            }
        }
        if aside.is_some() {
            lines.all.push(Line::Aside);
        }
        lines
    }

    fn push(&mut self, at: usize, row: &Summary, branch: Branch) {
        self.of_row.insert(row.id.clone(), self.all.len());
        self.all.push(Line::Row(at, branch));
    }

    fn push_operation(&mut self, members: &[usize], open: bool, session: &Session) {
        let rows = &session.list.rows;
        let mut members_rows = members.iter().filter_map(|at| Some((*at, rows.get(*at)?)));
        let Some((newest, row)) = members_rows.next() else {
            return;
        };
        let count = count(members, session);
        if !open {
            for (_, older) in members_rows {
                self.of_row.insert(older.id.clone(), self.all.len());
            }
            return self.push(newest, row, Branch::Closed(count));
        }
        self.push(newest, row, Branch::Open(count));
        for (at, row) in members_rows {
            self.push(at, row, Branch::Older(Some(&at) == members.last()));
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The line at this place.
    pub fn get(&self, at: usize) -> Option<Line> {
        self.all.get(at).copied()
    }

    /// Whether something among the rows is pinned or noted: then the lines have room for its mark.
    pub fn has_kept(&self) -> bool {
        self.kept
    }

    /// How many rows of this class were read.
    pub fn count(&self, class: Class) -> u64 {
        self.counts.get(&class).copied().unwrap_or(0)
    }

    /// The line of what is selected; `None` when it is older than the rows that were read.
    pub fn position(&self, session: &Session) -> Option<usize> {
        let at = |line: Line| self.all.iter().position(|other| *other == line);
        match &session.selection {
            Selection::Nothing => None,
            Selection::Draft => at(Line::Draft),
            Selection::Exchange(_) if session.list.aside.is_some() => at(Line::Aside),
            Selection::Exchange(id) => self.line_of(id),
        }
    }

    /// The exchange's row on this line.
    pub fn row<'a>(&self, at: usize, session: &'a Session) -> Option<&'a Summary> {
        match self.get(at)? {
            Line::Draft => None,
            Line::Aside => session.list.aside.as_ref(),
            Line::Row(row, _) => session.list.rows.get(row),
        }
    }

    /// The line that shows this exchange's row.
    pub fn line_of(&self, id: &ExchangeId) -> Option<usize> {
        self.of_row.get(id).copied()
    }

    /// What is selected on this line.
    pub fn selection(&self, at: usize, session: &Session) -> Option<Selection> {
        if self.get(at)? == Line::Draft {
            return Some(Selection::Draft);
        }
        let row = self.row(at, session)?;
        Some(Selection::Exchange(row.id.clone()))
    }
}

/// The rows of each operation that is folded, newest first, and whether it is open. One exchange alone folds nothing.
fn gathered<'a>(fold: &Fold, session: &'a Session) -> HashMap<&'a OperationId, (Vec<usize>, bool)> {
    let mut folded: HashMap<&OperationId, (Vec<usize>, bool)> = HashMap::new();
    if !fold.is_on() {
        return folded;
    }
    for (at, row) in session.list.rows.iter().enumerate() {
        if let Some(open) = fold.state(&row.operation) {
            let entry = folded.entry(&row.operation);
            entry.or_insert((Vec::new(), open)).0.push(at);
        }
    }
    folded.retain(|_, (members, _)| members.len() > 1);
    folded
}

fn count(members: &[usize], session: &Session) -> Count {
    let is_first = |row: &Summary| row.attempt == 1 && row.send == 1;
    let mut rows = members.iter().filter_map(|at| session.list.rows.get(*at));
    Count {
        read: members.len(),
        more: session.list.older && !rows.any(is_first),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use jiff::Timestamp;

    use super::{Branch, Count, Fold, Line, Lines};
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::id::{ExchangeId, OperationId};
    use crate::domain::operation::tests::summary;
    use crate::tui::message::Now;
    use crate::tui::session::{Selection, Session};

    /// Rows of these operations, newest first; each is named by its place.
    fn session(operations: &[&str]) -> Session {
        let mut session = Session::new(Now {
            steady: Instant::now(),
            wall: Timestamp::UNIX_EPOCH,
        });
        let rows = operations
            .iter()
            .enumerate()
            .map(|(at, operation)| Summary {
                id: ExchangeId::known(format!("e{at}")),
                operation: OperationId::known(*operation),
                send: (operations.len() - at) as u32,
                started_at: Timestamp::from_second(1000 - at as i64).expect("a time"),
                ..summary(None, Class::Success, Some(201))
            });
        session.list.rows = rows.collect();
        session
    }

    const fn counted(read: usize) -> Count {
        Count { read, more: false }
    }

    fn of(fold: &Fold, session: &Session) -> Vec<Line> {
        Lines::of(fold, session).all
    }

    #[test]
    fn an_operation_folds_behind_its_newest_exchange() {
        let session = session(&["a", "b", "a", "c", "b", "a"]);
        let alone = |at| Line::Row(at, Branch::Alone);
        let mut fold = Fold::default();
        assert_eq!(of(&fold, &session), [0, 1, 2, 3, 4, 5].map(alone));
        fold.turn(&OperationId::known("b"));
        let closed = |at, read| Line::Row(at, Branch::Closed(counted(read)));
        assert_eq!(
            of(&fold, &session),
            [alone(0), closed(1, 2), alone(2), alone(3), alone(5)]
        );
        fold.turn(&OperationId::known("b"));
        assert_eq!(of(&fold, &session).len(), 6);
        fold.turn_all();
        assert_eq!(of(&fold, &session), [closed(0, 3), closed(1, 2), alone(3)]);
        fold.turn(&OperationId::known("a"));
        let older = |at, last| Line::Row(at, Branch::Older(last));
        assert_eq!(
            of(&fold, &session),
            [
                Line::Row(0, Branch::Open(counted(3))),
                older(2, false),
                older(5, true),
                closed(1, 2),
                alone(3)
            ]
        );
    }

    #[test]
    fn the_key_for_all_undoes_what_was_folded_by_hand_first() {
        let mut fold = Fold::default();
        fold.turn(&OperationId::known("a"));
        assert!(fold.is_on());
        fold.turn_all();
        assert!(!fold.is_on());
        fold.turn_all();
        fold.turn(&OperationId::known("a"));
        fold.turn_all();
        assert!(!fold.is_on());
    }

    #[test]
    fn the_selection_stands_on_the_line_that_shows_it() {
        let mut session = session(&["a", "b", "a"]);
        session.selection = Selection::Exchange(ExchangeId::known("e2"));
        let mut fold = Fold::default();
        assert_eq!(Lines::of(&fold, &session).position(&session), Some(2));
        fold.turn_all();
        let lines = Lines::of(&fold, &session);
        assert_eq!(lines.position(&session), Some(0));
        let newest = Selection::Exchange(ExchangeId::known("e0"));
        assert_eq!(lines.selection(0, &session), Some(newest));
        assert_eq!(lines.selection(9, &session), None);
    }

    #[test]
    fn a_count_says_when_older_ones_may_be_missing() {
        let mut session = session(&["a", "a", "b", "b"]);
        session.list.older = true;
        let mut fold = Fold::default();
        fold.turn_all();
        let more = Count {
            read: 2,
            more: true,
        };
        let expected = [
            Line::Row(0, Branch::Closed(more)),
            // Its first send is there.
            Line::Row(2, Branch::Closed(counted(2))),
        ];
        assert_eq!(of(&fold, &session), expected);
    }

    #[test]
    fn what_the_filter_hides_stands_in_its_place() {
        let mut session = session(&["a", "b", "c"]);
        let hidden = session.list.rows.remove(1);
        session.selection = Selection::Exchange(hidden.id.clone());
        session.list.aside = Some(hidden);
        let lines = Lines::of(&Fold::default(), &session);
        assert_eq!(lines.get(1), Some(Line::Aside));
        assert_eq!((lines.len(), lines.position(&session)), (3, Some(1)));
        session.list.rows.clear();
        assert_eq!(of(&Fold::default(), &session), [Line::Aside]);
    }

    #[test]
    fn ten_thousand_rows_are_folded_once_for_each_change() {
        let names: Vec<String> = (0..10_000).map(|at| format!("op_{}", at / 3)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut session = session(&names);
        let (mut fold, mut lines) = (Fold::default(), Lines::default());
        fold.turn_all();
        lines.settle(&fold, &session);
        assert_eq!(lines.len(), 3334);
        session.list.rows.clear();
        lines.settle(&fold, &session);
        assert_eq!(lines.len(), 3334, "nothing said that they changed");
        session.list.revision += 1;
        lines.settle(&fold, &session);
        assert_eq!(lines.len(), 0);
    }
}
