//! What is to be said about places of a text, while that text is edited.
//!
//! ```text
//!   Mark (bytes, words) ──Marks::new──▶ Placed (an anchor) ──apply(changes)──▶ stands, changed since, or gone
//! ```
//! A mark is placed once and then goes with the text (see [`Anchor`]); one that says that a key is missing holds on to
//! the bracket that its object opens with, and looks for the key in the lines that are edited. Words may come from a
//! server: they are shortened and made visible here. Not here: how a message looks (`note`).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::{Range, RangeInclusive};

use crate::document::visible::visible;
use crate::tui::widget::anchor::{Anchor, Notation, State};
use crate::tui::widget::change::{At, Change};
use crate::tui::widget::member::members;

/// How many bytes of a message are kept.
const MESSAGE_BYTES: usize = 1024;

/// Something to be said about a place of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// What it is known by to whoever sets it: the number of the error.
    pub of: usize,
    /// The bytes of the text that it speaks of; of a step that is missing, what it is missing in.
    pub span: Range<usize>,
    /// The step that is missing there, when one is.
    pub missing: Option<String>,
    /// What is said.
    pub message: String,
    /// How the text is written.
    pub notation: Notation,
}

/// A mark in its text.
#[derive(Clone, Debug)]
pub struct Placed {
    of: usize,
    message: String,
    missing: Option<String>,
    anchor: Anchor,
    awaited: Option<Awaited>,
}

/// A key that is missing in an object.
#[derive(Clone, Debug)]
struct Awaited {
    /// As JSON writes it.
    key: String,
    /// Where it stands by now.
    found: Option<At>,
}

impl Placed {
    /// What it is known by to whoever set it.
    pub fn of(&self) -> usize {
        self.of
    }

    /// Where it begins.
    pub fn start(&self) -> At {
        self.anchor.start()
    }

    /// Whether what it speaks of is as it was.
    pub fn state(&self) -> State {
        let is_there = |awaited: &Awaited| awaited.found.is_some();
        match self.anchor.state() {
            State::Stands if self.awaited.as_ref().is_some_and(is_there) => State::Changed,
            state => state,
        }
    }

    /// The bytes of its line that it is shown at: of what spans lines, or lacks something, the first letter.
    pub fn bytes_in(&self, line: &str) -> Range<usize> {
        let (start, end) = (self.anchor.start(), self.anchor.end());
        let one = line.get(start.byte..).and_then(|rest| rest.chars().next());
        let one = start.byte + one.map_or(0, char::len_utf8);
        let end = match start.row == end.row {
            true if self.missing.is_some() => end.byte.min(one),
            true => end.byte,
            false => one,
        };
        start.byte.min(line.len())..end.min(line.len())
    }

    /// What is said of it now.
    pub fn sentence(&self) -> Cow<'_, str> {
        match (self.state(), &self.missing) {
            (State::Stands, None) => Cow::Borrowed(&self.message),
            (State::Stands, Some(step)) => {
                Cow::Owned(format!("'{step}' is missing here: {}", self.message))
            }
            _ => Cow::Owned(format!("changed since: {}", self.message)),
        }
    }

    /// Goes with the changes of one deed.
    fn follow(&mut self, changes: &[Change], lines: &[String]) {
        for change in changes {
            self.anchor.follow(*change);
            if let Some(Awaited {
                found: Some(at), ..
            }) = &mut self.awaited
            {
                *at = change.moved(*at);
            }
        }
        self.anchor.look(lines);
    }
}

/// How many marks stand, and how many speak of what was changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What they speak of is as it was.
    pub standing: usize,
    /// It was changed, or its line was taken out.
    pub changed: usize,
}

/// The marks of a text, in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    all: Vec<Placed>,
    /// The keys that are missing somewhere.
    awaited: HashSet<String>,
    tally: Tally,
}

impl Marks {
    /// Places marks in a text.
    pub fn new(marks: Vec<Mark>, lines: &[String]) -> Self {
        let mut starts = Vec::with_capacity(lines.len());
        let mut start = 0;
        for line in lines {
            starts.push(start);
            start += line.len() + 1;
        }
        let at = |byte: usize| {
            let row = starts.partition_point(|start| *start <= byte).max(1) - 1;
            let line = lines.get(row).map_or("", String::as_str);
            let inside = byte - starts.get(row).copied().unwrap_or(0);
            At::new(row, line.floor_char_boundary(inside.min(line.len())))
        };
        let all = marks.into_iter().map(|mark| {
            let (start, end) = (at(mark.span.start), at(mark.span.end));
            placed(mark, start, end.max(start), lines)
        });
        let mut marks = Self {
            all: all.collect(),
            ..Self::default()
        };
        let awaited = marks.all.iter().filter_map(|mark| mark.awaited.as_ref());
        marks.awaited = awaited.map(|awaited| awaited.key.clone()).collect();
        marks.settle();
        marks
    }

    /// All of them.
    pub fn all(&self) -> &[Placed] {
        &self.all
    }

    /// How many stand and how many do not.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Those of one line, without those whose line is gone.
    pub fn of_line(&self, line: usize) -> impl DoubleEndedIterator<Item = &Placed> + Clone {
        let start = self.all.partition_point(|mark| mark.start().row < line);
        let end = self.all.partition_point(|mark| mark.start().row <= line);
        let marks = self.all[start..end].iter();
        marks.filter(|mark| mark.state() != State::Gone)
    }

    /// Whether a line has marks, and whether one of them stands.
    pub fn sign_of(&self, line: usize) -> Option<State> {
        let mut sign = None;
        for mark in self.of_line(line) {
            match mark.state() {
                State::Stands => return Some(State::Stands),
                state => sign = Some(state),
            }
        }
        sign
    }

    /// The next mark that stands, behind a place or before it, and whether it was looked for round the text's end.
    pub fn next(&self, from: At, forward: bool) -> Option<(&Placed, bool)> {
        let stands = |mark: &&Placed| mark.state() == State::Stands;
        if forward {
            let behind = self.all.partition_point(|mark| mark.start() <= from);
            let ahead = self.all[behind..].iter().find(stands);
            let round = || self.all.iter().find(stands).map(|mark| (mark, true));
            return ahead.map(|mark| (mark, false)).or_else(round);
        }
        let before = self.all.partition_point(|mark| mark.start() < from);
        let ahead = self.all[..before].iter().rfind(stands);
        let round = || self.all.iter().rfind(stands).map(|mark| (mark, true));
        let (mark, round) = ahead.map(|mark| (mark, false)).or_else(round)?;
        // Of several at one place it is the first, whichever way it was come from.
        let same = self
            .all
            .partition_point(|other| other.start() < mark.start());
        Some((self.all[same..].iter().find(stands).unwrap_or(mark), round))
    }

    /// Goes with what was changed in a text that reads like this now.
    pub fn apply(&mut self, changes: &[Change], lines: &[String]) {
        let Some(rows) = rows_of(changes) else { return };
        if self.all.is_empty() {
            return;
        }
        for mark in &mut self.all {
            mark.follow(changes, lines);
        }
        self.await_keys(rows, lines);
        self.settle();
    }

    /// Looks in the rows that were edited for the keys that are missing.
    fn await_keys(&mut self, rows: RangeInclusive<usize>, lines: &[String]) {
        if self.awaited.is_empty() {
            return;
        }
        let seen = members(lines, rows.clone(), |key| self.awaited.contains(key));
        let seen = seen
            .into_iter()
            .filter_map(|member| Some(((member.opening?, member.key), member.at)));
        let seen: HashMap<(At, &str), At> = seen.collect();
        for mark in &mut self.all {
            let opening = mark.anchor.start();
            let Some(awaited) = &mut mark.awaited else {
                continue;
            };
            if awaited.found.is_none_or(|at| rows.contains(&at.row)) {
                awaited.found = seen.get(&(opening, awaited.key.as_str())).copied();
            }
        }
    }

    fn settle(&mut self) {
        let place = |mark: &Placed| (mark.start(), mark.of);
        if !self.all.is_sorted_by_key(place) {
            self.all.sort_by_key(place);
        }
        let stands = |mark: &&Placed| mark.state() == State::Stands;
        let standing = self.all.iter().filter(stands).count();
        self.tally = Tally {
            standing,
            changed: self.all.len() - standing,
        };
    }
}

fn placed(mark: Mark, start: At, end: At, lines: &[String]) -> Placed {
    let line = lines.get(start.row).and_then(|line| line.get(start.byte..));
    let in_object = mark.notation == Notation::Json && line.is_some_and(|l| l.starts_with('{'));
    let awaited = mark.missing.as_ref().filter(|_| in_object);
    let end = match awaited {
        Some(_) => At::new(start.row, start.byte + 1),
        None => end,
    };
    Placed {
        of: mark.of,
        anchor: Anchor::new(lines, start, end, mark.notation),
        awaited: awaited.map(|step| Awaited {
            key: serde_json::Value::from(step.as_str()).to_string(),
            found: None,
        }),
        missing: mark.missing.map(|step| shortened(&step)),
        message: shortened(&mark.message),
    }
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(MESSAGE_BYTES);
    visible(&text[..end]).into_owned()
}

/// The rows that changes left their traces in, as they are counted after the last one.
fn rows_of(changes: &[Change]) -> Option<RangeInclusive<usize>> {
    let mut all: Option<(At, At)> = None;
    for change in changes {
        let (start, end) = (change.start, change.new_end);
        all = Some(match all {
            None => (start, end),
            Some((from, to)) => (change.held(from).min(start), change.moved(to).max(end)),
        });
    }
    all.map(|(from, to)| from.row..=to.row)
}

#[cfg(test)]
mod tests {
    use super::{Mark, Marks};
    use crate::tui::widget::anchor::{Notation, State};
    use crate::tui::widget::change::At;
    use crate::tui::widget::edit_text::{EditText, Step};

    fn lines(text: &str) -> Vec<String> {
        text.split('\n').map(str::to_owned).collect()
    }

    fn mark(of: usize, span: std::ops::Range<usize>, missing: Option<&str>) -> Mark {
        Mark {
            of,
            span,
            missing: missing.map(ToOwned::to_owned),
            message: format!("m{of}\u{1b}"),
            notation: Notation::Json,
        }
    }

    #[test]
    fn marks_are_placed_in_order() {
        let text = "{\n \"é\": -5,\n \"b\": [\n1]\n}";
        let lines = lines(text);
        let byte = |piece: &str| text.find(piece).expect(piece);
        let marks = Marks::new(
            vec![
                mark(0, byte("[")..byte("]") + 1, None),
                mark(1, 0..text.len(), Some("c")),
                mark(2, byte("-5")..byte("-5") + 2, None),
                mark(3, 999..1000, None),
                mark(4, byte("-5")..byte("-5") + 2, None),
            ],
            &lines,
        );
        let told: Vec<_> = marks
            .all()
            .iter()
            .map(|m| (m.of(), m.start().row))
            .collect();
        assert_eq!(told, [(1, 0), (2, 1), (4, 1), (0, 2), (3, 4)]);
        assert_eq!(marks.all()[0].bytes_in(&lines[0]), 0..1);
        assert_eq!(marks.all()[1].bytes_in(&lines[1]), 7..9);
        assert_eq!(marks.all()[3].bytes_in(&lines[2]), 6..7);
        assert_eq!(marks.all()[4].bytes_in(&lines[4]), 1..1);
        assert_eq!(marks.all()[0].sentence(), "'c' is missing here: m1␛");
        assert_eq!(marks.of_line(1).count(), 2);
        assert_eq!(
            (marks.sign_of(1), marks.sign_of(3)),
            (Some(State::Stands), None)
        );
        let next = |row, byte, forward| {
            let found = marks.next(At::new(row, byte), forward);
            found.map(|(mark, round)| (mark.of(), round))
        };
        assert_eq!(next(0, 0, true), Some((2, false)));
        assert_eq!(next(1, 7, true), Some((0, false)));
        assert_eq!(next(4, 1, true), Some((1, true)));
        assert_eq!(next(2, 6, false), Some((2, false)));
        assert_eq!(next(0, 0, false), Some((3, true)));
        assert!(Marks::default().next(At::default(), true).is_none());
    }

    /// What is typed where, and which of the missing keys are still missing then.
    #[test]
    fn a_missing_key_is_there_once_it_is_written_in_its_object() {
        let text = "{\n  \"items\": [\n    {\"a\": 1},\n    {\n      \"a\": 2\n    }\n  ]\n}";
        let marks = || {
            let byte = |piece: &str| text.find(piece).expect(piece);
            vec![
                mark(0, 0..text.len(), Some("b")),
                mark(1, byte("{\"a\"")..byte("},") + 1, Some("b")),
                mark(2, byte("{\n      ")..byte("}\n  ]") + 1, Some("b")),
            ]
        };
        for (row, column, typed, missing) in [
            (1, 2, "\"b\": 1,\n", vec![1, 2]),
            (0, 1, "\"b\":1,", vec![1, 2]),
            (7, 0, ",\"b\" :1", vec![1, 2]),
            (2, 5, "\"b\": 1, ", vec![0, 2]),
            (4, 12, ",\n \"b\": 3", vec![0, 1]),
            (5, 0, "\"b\": 3", vec![0, 1]),
            (5, 0, "\"x\": \"b\"", vec![0, 1, 2]),
            (5, 0, "\"bb\": 1", vec![0, 1, 2]),
            (2, 10, "\"b\": {", vec![0, 2]),
            (5, 4, "\"c\": {\"b\": 1}", vec![0, 1, 2]),
        ] {
            let mut edit = EditText::new(text);
            let mut marks = Marks::new(marks(), edit.model().lines());
            let standing = |marks: &Marks| {
                let standing = marks.all().iter().filter(|m| m.state() == State::Stands);
                let mut of: Vec<_> = standing.map(super::Placed::of).collect();
                of.sort_unstable();
                of
            };
            edit.set_cursor((row, column));
            edit.insert(typed, Step::New);
            marks.apply(edit.model().changes(), edit.model().lines());
            assert_eq!(standing(&marks), missing, "{typed} at {row}");
            assert_eq!(marks.tally().changed, 3 - missing.len());
            edit.undo();
            marks.apply(edit.model().changes(), edit.model().lines());
            assert_eq!(standing(&marks), [0, 1, 2], "{typed} at {row} undone");
            edit.redo();
            marks.apply(edit.model().changes(), edit.model().lines());
            assert_eq!(standing(&marks), missing, "{typed} at {row} redone");
        }
    }
}
