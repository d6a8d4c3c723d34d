//! What a place of a text holds on to while the text is edited: it moves with what stands before it, and knows whether
//! the text it was set on still stands there.
//!
//! ```text
//!            a change inside                       its line taken out
//!   Stands ─────────────────▶ Changed    Stands ───────────────────────▶ Gone
//!      ▲  the very text again   │           ▲   that change taken back      │
//!      └────────────────────────┘           └───────────────────────────────┘
//! ```
//! Nothing is searched: a change far away costs a few additions, one nearby a comparison with a short text. A value of
//! a few letters is greedy: what is typed at its ends may be part of it, and is let go again when it is not (a comma, a
//! line's end). A long text is not kept; it comes back only when the change that touched it is taken back.

use std::sync::Arc;

use crate::tui::widget::change::{At, Change};

/// A text up to this length is kept for comparison, in bytes.
const KEPT: usize = 1024;

/// How many changes are remembered to be taken back.
const PAST: usize = 64;

/// In which notation a text is written: it says what ends a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// JSON.
    #[default]
    Json,
    /// Pairs with `=` and `&` between them.
    Form,
}

impl Notation {
    /// Whether a character is never part of a value that has no quotes.
    fn ends(self, c: char) -> bool {
        match self {
            Notation::Json => c.is_whitespace() || ",:{}[]\"".contains(c),
            Notation::Form => matches!(c, '&' | '='),
        }
    }

    fn is_blank(self, c: char) -> bool {
        self == Notation::Json && c.is_whitespace()
    }
}

/// Whether what an anchor was set on still stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Letter for letter.
    Stands,
    /// Something else stands there, or nothing.
    Changed,
    /// The line it stood in was taken out.
    Gone,
}

/// A span of a text that is followed.
#[derive(Clone, Debug)]
pub struct Anchor {
    start: At,
    end: At,
    state: State,
    /// The text it was set on; nothing when it is too long to be compared.
    was: Option<Arc<str>>,
    /// Whether what is typed at its ends may be part of it.
    greedy: bool,
    notation: Notation,
    /// Whether changes came so near that the text is to be looked at.
    near: bool,
    /// What it was before changes that cannot be reckoned back, the latest last.
    past: Vec<Past>,
}

#[derive(Clone, Copy, Debug)]
struct Past {
    change: u64,
    start: At,
    end: At,
    state: State,
}

impl Anchor {
    /// An anchor on what stands between two places of a text.
    pub fn new(lines: &[String], start: At, end: At, notation: Notation) -> Anchor {
        let was = text_between(lines, start, end, KEPT);
        let bracket = was.as_ref().is_none_or(|was| was.starts_with(['{', '[']));
        Anchor {
            start,
            end,
            state: State::Stands,
            greedy: start.row == end.row && !bracket,
            was: was.map(Into::into),
            notation,
            near: false,
            past: Vec::new(),
        }
    }

    /// Where it begins.
    pub fn start(&self) -> At {
        self.start
    }

    /// Where it ends.
    pub fn end(&self) -> At {
        self.end
    }

    /// Whether what it was set on still stands there.
    pub fn state(&self) -> State {
        self.state
    }

    /// Goes with a change. Once all changes of a deed were told, [`Anchor::look`] says how it stands then.
    pub fn follow(&mut self, change: Change) {
        if change.undoes && self.past.last().is_some_and(|p| p.change == change.id) {
            // The text is what it was then, so all of this is right again.
            if let Some(past) = self.past.pop() {
                (self.start, self.end, self.state) = (past.start, past.end, past.state);
            }
            self.near = false;
            return;
        }
        let touched = self.is_touched(change);
        if touched && (self.state == State::Stands || !self.holds(change)) {
            self.remember(change);
        }
        if touched && change.joins_lines() && self.is_swallowed(change) {
            self.state = State::Gone;
        }
        let greedy = self.greedy && self.state != State::Gone;
        let (start, end) = (self.start, self.end);
        self.start = match greedy {
            true => change.held(start),
            false => change.moved(start),
        };
        self.end = match greedy || start == end {
            true => change.moved(end),
            false => change.held(end),
        };
        if !greedy && start == end {
            self.end = self.start;
        }
        self.near |= touched;
    }

    /// Whether a change may change what it holds.
    fn is_touched(&self, change: Change) -> bool {
        let (from, to) = (change.start, change.old_end);
        let near = self.greedy && self.state != State::Gone;
        if near && from <= self.end && to >= self.start {
            return true;
        }
        if self.start == self.end {
            return from < self.start && self.start <= to;
        }
        from < self.end && to > self.start
    }

    /// Whether a change stays within it, so that it can be reckoned back.
    fn holds(&self, change: Change) -> bool {
        let (from, to) = (change.start, change.old_end);
        match self.greedy {
            true => self.start <= from && to <= self.end,
            false => self.start < from && to < self.end,
        }
    }

    /// Whether a change takes all of it out, and what stood before it in its line.
    fn is_swallowed(&self, change: Change) -> bool {
        let (from, to) = (change.start, change.old_end);
        let before = from < self.start || self.start.byte == 0 && from == self.start;
        before && self.end <= to
    }

    fn remember(&mut self, change: Change) {
        if change.undoes {
            return;
        }
        // The oldest one is what it was set on: that is kept.
        if self.past.len() == PAST {
            self.past.remove(1);
        }
        self.past.push(Past {
            change: change.id,
            start: self.start,
            end: self.end,
            state: self.state,
        });
    }

    /// Looks whether what it was set on stands here, and where exactly, when a change came near.
    pub fn look(&mut self, lines: &[String]) {
        if !std::mem::take(&mut self.near) || self.state == State::Gone {
            return;
        }
        self.state = State::Changed;
        let Some(was) = self.was.clone() else { return };
        if !self.greedy {
            let now = text_between(lines, self.start, self.end, was.len());
            if now.is_some_and(|now| *now == *was) {
                self.state = State::Stands;
            }
            return;
        }
        let (from, to) = self.without_blanks(lines);
        if was.is_empty() && from == to {
            (self.start, self.end, self.state) = (from, to, State::Stands);
            return;
        }
        let first = At::new(from.row, from.byte + was.len());
        let last = to.byte.checked_sub(was.len());
        let last = last.map(|byte| At::new(to.row, byte));
        let some = !was.is_empty();
        if some && first <= to && self.is_at(lines, from, &was) {
            (self.start, self.end, self.state) = (from, first, State::Stands);
        } else if let Some(last) = last.filter(|last| some && *last >= from)
            && self.is_at(lines, last, &was)
        {
            (self.start, self.end, self.state) = (last, to, State::Stands);
        } else {
            (self.start, self.end) = (from, self.value_end(lines, from, to));
        }
    }

    /// Its ends moved inwards over blanks.
    fn without_blanks(&self, lines: &[String]) -> (At, At) {
        let (mut from, mut to) = (self.start, self.end);
        let blank = |c: &char| self.notation.is_blank(*c);
        while from < to {
            match rest(lines, from).chars().next() {
                Some(c) if blank(&c) => from.byte += c.len_utf8(),
                None if from.row < to.row => from = At::new(from.row + 1, 0),
                _ => break,
            }
        }
        while from < to {
            let head = lines.get(to.row).and_then(|line| line.get(..to.byte));
            match head.and_then(|head| head.chars().next_back()) {
                Some(c) if blank(&c) => to.byte -= c.len_utf8(),
                None if to.row > from.row => {
                    to = At::new(to.row - 1, lines.get(to.row - 1).map_or(0, String::len));
                }
                _ => break,
            }
        }
        (from, to)
    }

    /// Whether a value stands at a place, whole: neither its beginning nor its end goes on.
    fn is_at(&self, lines: &[String], at: At, was: &str) -> bool {
        let Some(behind) = rest(lines, at).strip_prefix(was) else {
            return false;
        };
        let line = lines.get(at.row).map_or("", String::as_str);
        let before = line.get(..at.byte).unwrap_or("").chars().next_back();
        let joins = |inside: Option<char>, outside: Option<char>| {
            let word = |c: Option<char>| c.is_some_and(|c| !self.notation.ends(c));
            word(inside) && word(outside)
        };
        let (first, last) = (was.chars().next(), was.chars().next_back());
        !joins(first, before) && !joins(last, behind.chars().next())
    }

    /// Where the value ends that begins at a place, at most at `most`.
    fn value_end(&self, lines: &[String], from: At, most: At) -> At {
        let text = rest(lines, from);
        let mut chars = text.char_indices();
        let len = match chars.next() {
            None => 0,
            Some((_, '"')) if self.notation == Notation::Json => quoted_len(text),
            Some((_, first)) if self.notation.ends(first) => first.len_utf8(),
            Some(_) => text.find(|c| self.notation.ends(c)).unwrap_or(text.len()),
        };
        At::new(from.row, from.byte + len).min(most)
    }
}

/// The length of the JSON string that a text begins with; the whole text when it is not ended.
fn quoted_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What stands behind a place in its line.
fn rest(lines: &[String], at: At) -> &str {
    let line = lines.get(at.row).and_then(|line| line.get(at.byte..));
    line.unwrap_or("")
}

/// What stands between two places, unless it is longer than `most` bytes.
fn text_between(lines: &[String], start: At, end: At, most: usize) -> Option<String> {
    let mut text = String::new();
    for (row, line) in lines.iter().enumerate().take(end.row + 1).skip(start.row) {
        let from = if row == start.row { start.byte } else { 0 };
        let to = if row == end.row { end.byte } else { line.len() };
        if row > start.row {
            text.push('\n');
        }
        let piece = line.get(from..to)?;
        if text.len() + piece.len() > most {
            return None;
        }
        text.push_str(piece);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::{Anchor, Notation, State};
    use crate::tui::widget::change::At;
    use crate::tui::widget::edit_text::{EditText, Motion, Step};

    /// A text that is edited, and an anchor on what stands between `‹` and `›` in it.
    struct Bench {
        edit: EditText,
        anchor: Anchor,
    }

    impl Bench {
        fn new(marked: &str, notation: Notation) -> Bench {
            let (head, rest) = marked.split_once('‹').expect("a beginning");
            let (inside, tail) = rest.split_once('›').expect("an end");
            let edit = EditText::new(&format!("{head}{inside}{tail}"));
            let at = |text: &str| {
                let line = text.rsplit('\n').next().unwrap_or("");
                At::new(text.matches('\n').count(), line.len())
            };
            let (start, end) = (at(head), at(&format!("{head}{inside}")));
            let anchor = Anchor::new(edit.model().lines(), start, end, notation);
            Bench { edit, anchor }
        }

        fn then(&mut self, deed: impl FnOnce(&mut EditText) -> bool) {
            deed(&mut self.edit);
            for change in self.edit.model().changes() {
                self.anchor.follow(*change);
            }
            self.anchor.look(self.edit.model().lines());
        }

        fn select(&mut self, from: usize, to: usize) {
            let place = |byte| self.edit.model().position_of_byte(byte);
            let (from, to) = (place(from), place(to));
            self.edit.set_cursor(from);
            while self.edit.model().cursor() != to {
                self.edit.step(Motion::Right, true);
            }
        }

        /// The text with the anchor in it, and how it stands.
        fn told(&self) -> (String, State) {
            let model = self.edit.model();
            let byte = |at: At| {
                let before = model.lines().iter().take(at.row);
                before.map(|line| line.len() + 1).sum::<usize>() + at.byte
            };
            let (start, end) = (byte(self.anchor.start()), byte(self.anchor.end()));
            let text = model.text();
            let told = format!("{}‹{}›{}", &text[..start], &text[start..end], &text[end..]);
            (told, self.anchor.state())
        }
    }

    use State::{Changed, Gone, Stands};

    /// Where the deed is done, from byte to byte, what is typed there, and what comes of it.
    #[rustfmt::skip]
    const DEEDS: &[(&str, usize, usize, &str, &str, State)] = &[
        // Where the deed is done, from byte to byte, what is typed there, and what comes of it.
        // Before it, behind it, and far away.
        ("{\"a\": ‹-5›, \"b\": 1}", 1, 1, "\"x\": 1,\n", "{\"x\": 1,\n\"a\": ‹-5›, \"b\": 1}", Stands),
        ("{\"a\": ‹-5›, \"b\": 1}", 15, 16, "22", "{\"a\": ‹-5›, \"b\": 22}", Stands),
        ("[\n‹\"é\"›\n]", 0, 1, "漢\n\n", "漢\n\n\n‹\"é\"›\n]", Stands),
        // At its ends: what ends a value is no part of it, what goes on is.
        ("{\"a\": ‹-5›}", 8, 8, ",\n", "{\"a\": ‹-5›,\n}", Stands),
        ("{\"a\": ‹-5›}", 8, 8, "0", "{\"a\": ‹-50›}", Changed),
        ("{\"a\": ‹-5›}", 6, 6, "1", "{\"a\": ‹1-5›}", Changed),
        ("{\"a\": ‹-5›}", 6, 6, "\n  ", "{\"a\": \n  ‹-5›}", Stands),
        ("[‹5›,6]", 1, 1, "4,", "[4,‹5›,6]", Stands),
        ("[‹5›,6]", 2, 3, "", "[‹5›6]", Changed),
        ("a=‹1,2›&b=3", 5, 5, ",3", "a=‹1,2,3›&b=3", Changed),
        ("a=‹›&b=3", 2, 2, "x", "a=‹x›&b=3", Changed),
        ("a=‹x›&b=3", 3, 3, "&c=1", "a=‹x›&c=1&b=3", Stands),
        // Inside it, over it, in its place.
        ("{\"a\": ‹\"XYZ\"›}", 7, 10, "EUR", "{\"a\": ‹\"EUR\"›}", Changed),
        ("{\"a\": ‹\"XYZ\"›}", 7, 10, "XYZ", "{\"a\": ‹\"XYZ\"›}", Stands),
        ("{\"a\": ‹-5›}", 6, 8, "12, \"b\": 3", "{\"a\": ‹12›, \"b\": 3}", Changed),
        ("{\"a\": ‹-5›}", 6, 8, "-5, \"b\": 3", "{\"a\": ‹-5›, \"b\": 3}", Stands),
        ("{\"a\": ‹-5›}", 6, 8, "", "{\"a\": ‹›}", Changed),
        ("{\"a\": ‹-5›}", 1, 8, "", "{‹›}", Changed),
        ("{\n\"a\": ‹-5›,\n}", 2, 11, "", "{\n‹›}", Gone),
        ("{\n\"a\": ‹-5›,\n}", 1, 10, "", "{‹›\n}", Gone),
        // Containers.
        ("{\"a\": ‹[1, 2]›}", 8, 8, "3", "{\"a\": ‹[13, 2]›}", Changed),
        ("{\"a\": ‹[1, 2]›}", 6, 6, " ", "{\"a\":  ‹[1, 2]›}", Stands),
        ("{\"a\": ‹[1, 2]›}", 12, 12, ",", "{\"a\": ‹[1, 2]›,}", Stands),
        ("{\"a\": ‹[\n1]›}", 10, 11, "", "{\"a\": ‹[\n1]›", Stands),
        ("{\"a\": ‹[\n1]›}", 9, 11, "", "{\"a\": ‹[\n1›", Changed),
    ];

    #[test]
    fn an_anchor_goes_with_its_value() {
        for (marked, from, to, typed, expected, state) in DEEDS {
            let (from, to, state) = (*from, *to, *state);
            let notation = if marked.starts_with("a=") {
                Notation::Form
            } else {
                Notation::Json
            };
            let mut bench = Bench::new(marked, notation);
            bench.select(from, to);
            bench.then(|edit| match *typed {
                "" => edit.delete(Motion::Left),
                _ => edit.insert(typed, Step::New),
            });
            assert_eq!(
                bench.told(),
                ((*expected).to_owned(), state),
                "{marked} {from} {to}"
            );
            bench.then(|edit| edit.undo());
            assert_eq!(
                bench.told(),
                ((*marked).to_owned(), Stands),
                "{marked} {from} {to} undone"
            );
            bench.then(|edit| edit.redo());
            assert_eq!(
                bench.told(),
                ((*expected).to_owned(), state),
                "{marked} redone"
            );
            bench.then(|edit| edit.undo());
            assert_eq!(
                bench.told(),
                ((*marked).to_owned(), Stands),
                "{marked} undone again"
            );
        }
    }

    #[test]
    fn a_value_typed_back_stands_again() {
        let mut bench = Bench::new("{\"a\": ‹\"XYZ\"›, \"b\": 1}", Notation::Json);
        bench.select(6, 11);
        bench.then(|edit| edit.delete(Motion::Left));
        for (typed, state) in [
            ("\"", Changed),
            ("X", Changed),
            ("YZ", Changed),
            ("\"", Stands),
            (" ", Stands),
        ] {
            bench.then(|edit| edit.insert(typed, Step::Typing));
            assert_eq!(bench.anchor.state(), state, "{typed}");
        }
        assert_eq!(bench.told().0, "{\"a\": ‹\"XYZ\"› , \"b\": 1}");
    }

    #[test]
    fn a_long_text_comes_back_by_undo_alone() {
        let mut bench = Bench::new(&format!("[‹\"{}\"›]", "x".repeat(5000)), Notation::Json);
        let before = bench.told();
        bench.select(100, 101);
        bench.then(|edit| edit.insert("x", Step::New));
        assert_eq!(bench.told(), (before.0.clone(), Changed));
        bench.then(|edit| edit.undo());
        assert_eq!(bench.told(), before);
    }

    fn deed() -> impl Strategy<Value = (u8, usize, usize, String)> {
        let typed = prop_oneof![Just("5".to_owned()), "[-5,\"\\n {}a=&]{0,6}"];
        (0_u8..5, 0_usize..40, 0_usize..12, typed)
    }

    proptest! {
        #[test]
        fn an_anchor_is_always_in_the_text_and_undo_brings_all_of_it_back(
            head in "[{}\\[,: \n\"a]{0,15}", value in "(-5|\"a\"|\\[1,\n2\\]|)", tail in "[{}\\[,: \n\"a5]{0,15}",
            deeds in proptest::collection::vec(deed(), 0..12), form in any::<bool>(),
        ) {
            let notation = if form { Notation::Form } else { Notation::Json };
            let mut bench = Bench::new(&format!("{head}‹{value}›{tail}"), notation);
            let before = bench.told();
            for (deed, at, len, typed) in deeds {
                let end = bench.edit.model().text().len();
                bench.select(at.min(end), (at + len).min(end));
                bench.then(|edit| match deed {
                    0 => edit.delete(Motion::Left),
                    1 => edit.undo(),
                    2 => edit.redo(),
                    _ => edit.insert(&typed, Step::New),
                });
                let _ = bench.told();
                assert!(bench.anchor.start() <= bench.anchor.end());
            }
            while { bench.then(|edit| edit.undo()); !bench.edit.model().changes().is_empty() } {}
            assert_eq!(bench.told(), before);
        }
    }
}
