//! A text that is being edited: what keys do to it, without the keys.
//!
//! ```text
//!   editor, field ──▶ EditText: selection, motions ──▶ Model: text, cursor, steps of undo
//! ```
//! The cursor goes by glyphs, not by characters, and up and down by screen columns. Not here: keys and drawing.

use std::cmp::Ordering;

use crate::tui::widget::glyph::{byte_before, glyph_at, place_of_byte, place_of_column};
use crate::tui::widget::model::{Model, Position, byte_of_column, char_len, column_of_byte};

/// Where the cursor can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// A glyph back, over the line's beginning too.
    Left,
    /// A glyph on, over the line's end too.
    Right,
    /// So many lines up, keeping the screen column.
    Up(usize),
    /// So many lines down, keeping the screen column.
    Down(usize),
    /// To the beginning of a word.
    WordLeft,
    /// To the beginning of the next word.
    WordRight,
    /// To the line's beginning.
    Home,
    /// To the line's end.
    End,
    /// To the text's beginning.
    Top,
    /// To the text's end.
    Bottom,
}

/// Whether an edit undoes together with the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is a step of its own.
    New,
    /// It goes on with the step before it, unless something came between.
    Typing,
}

/// A text, its cursor, its selection and its history.
#[derive(Clone, Debug)]
pub struct EditText {
    model: Model,
    /// Where a selection began; its other end is the cursor.
    anchor: Option<Position>,
    /// The screen column that moves up and down keep.
    goal: Option<usize>,
    /// Whether typing may go on with the last step of undo.
    open: bool,
}

impl EditText {
    /// A text with its cursor at the beginning.
    pub fn new(text: &str) -> Self {
        Self {
            model: Model::new(text),
            anchor: None,
            goal: None,
            open: false,
        }
    }

    /// Text, cursor, history and the changes of the last deed, for reading.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The selected text's first position and the one behind its last.
    pub fn selection(&self) -> Option<(Position, Position)> {
        let (anchor, cursor) = (self.anchor?, self.model.cursor());
        match anchor.cmp(&cursor) {
            Ordering::Less => Some((anchor, cursor)),
            Ordering::Equal => None,
            Ordering::Greater => Some((cursor, anchor)),
        }
    }

    /// The selected text.
    pub fn selected(&self) -> Option<String> {
        let (start, end) = self.selection()?;
        let rows = self.model.lines().get(start.0..=end.0)?;
        let mut text = rows.join("\n");
        let behind = rows
            .last()
            .map_or(0, |line| line.len() - byte_of_column(line, end.1));
        text.truncate(text.len() - behind);
        text.drain(..byte_of_column(rows.first()?, start.1));
        Some(text)
    }

    /// Selects everything.
    pub fn select_all(&mut self) {
        self.set_cursor((usize::MAX, usize::MAX));
        self.anchor = Some((0, 0));
    }

    /// Drops the selection; whether there was one.
    pub fn deselect(&mut self) -> bool {
        let selected = self.selection().is_some();
        self.anchor = None;
        selected
    }

    /// Sends the cursor to a position, or to the nearest there is, and drops the selection.
    pub fn set_cursor(&mut self, position: Position) {
        self.settle();
        self.model.go_to(position);
    }

    /// Moves the cursor; with `select` the text moved over is selected.
    pub fn step(&mut self, motion: Motion, select: bool) {
        let selection = self.selection();
        let anchor = select.then(|| self.anchor.unwrap_or(self.model.cursor()));
        let target = match (motion, selection) {
            // As everywhere: an arrow without shift leaves a selection at its own end.
            (Motion::Left, Some((start, _))) if !select => start,
            (Motion::Right, Some((_, end))) if !select => end,
            _ => self.target(motion),
        };
        let goal = self.goal;
        self.set_cursor(target);
        self.anchor = anchor;
        if matches!(motion, Motion::Up(_) | Motion::Down(_)) {
            self.goal = goal;
        }
    }

    /// Puts a text in the selection's place, or at the cursor. Whether anything changed.
    pub fn insert(&mut self, text: &str, step: Step) -> bool {
        self.model.drop_changes();
        let open = self.open;
        let removed = self.remove_selection();
        if text.is_empty() {
            return removed;
        }
        self.model
            .insert(text, removed || step == Step::Typing && open);
        self.settle();
        // A word that is done is a step that is done.
        self.open = step == Step::Typing && !text.ends_with(char::is_whitespace);
        true
    }

    /// Removes the selection, or what a motion would move over. Whether anything changed.
    pub fn delete(&mut self, motion: Motion) -> bool {
        self.model.drop_changes();
        if self.remove_selection() {
            return true;
        }
        let from = self.model.cursor();
        let to = self.target(motion);
        self.settle();
        self.model.remove(from.min(to), from.max(to), from)
    }

    /// Puts another text in the place of all, as one step of undo, the cursor as near as can be to where it was.
    pub fn replace_all(&mut self, text: &str) -> bool {
        self.model.drop_changes();
        let lines = self.model.lines().iter();
        if lines.map(String::as_str).eq(text.split('\n')) {
            return false;
        }
        let cursor = self.model.cursor();
        let end = self.model.nearest((usize::MAX, usize::MAX));
        let removed = self.model.remove((0, 0), end, cursor);
        self.model.insert(text, removed);
        self.set_cursor(cursor);
        true
    }

    /// Takes back the last step. Whether there was one.
    pub fn undo(&mut self) -> bool {
        self.model.drop_changes();
        self.settle();
        self.model.undo()
    }

    /// Does again what was taken back. Whether there was something.
    pub fn redo(&mut self) -> bool {
        self.model.drop_changes();
        self.settle();
        self.model.redo()
    }

    /// Ends what goes on over several keys: a selection, a kept column, a typed word.
    fn settle(&mut self) {
        self.anchor = None;
        self.goal = None;
        self.open = false;
    }

    fn remove_selection(&mut self) -> bool {
        let selection = self.selection();
        let cursor = self.model.cursor();
        self.settle();
        selection.is_some_and(|(start, end)| self.model.remove(start, end, cursor))
    }

    /// Where a motion would put the cursor.
    fn target(&mut self, motion: Motion) -> Position {
        let row = self.model.cursor().0;
        let last = self.model.lines().len() - 1;
        let position = match motion {
            Motion::Left => self.left(),
            Motion::Right => self.right(),
            Motion::Up(count) => self.vertical(row.saturating_sub(count)),
            Motion::Down(count) => self.vertical(row.saturating_add(count).min(last)),
            Motion::WordLeft => self.word(true),
            Motion::WordRight => self.word(false),
            Motion::Home => (row, 0),
            Motion::End => (row, usize::MAX),
            Motion::Top => (0, 0),
            Motion::Bottom => (usize::MAX, usize::MAX),
        };
        self.model.nearest(position)
    }

    fn left(&self) -> Position {
        let ((row, column), byte) = (self.model.cursor(), self.model.cursor_byte());
        match byte_before(self.model.line(), byte) {
            Some(start) => (row, column - char_len(&self.model.line()[start..byte])),
            None if row > 0 => (row - 1, usize::MAX),
            None => (0, 0),
        }
    }

    fn right(&self) -> Position {
        let ((row, column), byte) = (self.model.cursor(), self.model.cursor_byte());
        let line = self.model.line();
        let Some(next) = line[byte..].chars().next() else {
            let end = row + 1 == self.model.lines().len();
            return if end { (row, column) } else { (row + 1, 0) };
        };
        // The cursor may stand within a glyph, where a mark was joined to what was typed.
        let start = byte_before(line, byte + next.len_utf8()).unwrap_or(byte);
        let end = glyph_at(line, start).map_or(line.len(), |glyph| glyph.end());
        (row, column + char_len(&line[byte..end]))
    }

    fn vertical(&mut self, row: usize) -> Position {
        let here = place_of_byte(self.model.line(), self.model.cursor_byte()).column;
        let goal = *self.goal.get_or_insert(here);
        let line = &self.model.lines()[row];
        (row, column_of_byte(line, place_of_column(line, goal).byte))
    }

    /// A word may begin with a mark for the model, but no glyph does.
    fn word(&mut self, back: bool) -> Position {
        self.model.go_word(back);
        let line = self.model.line();
        let byte = place_of_byte(line, self.model.cursor_byte()).byte;
        (self.model.cursor().0, column_of_byte(line, byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::{EditText, Motion, Step};

    #[test]
    fn all_is_replaced_in_one_step() {
        for text in [
            "",
            "a",
            "a\n",
            "\n\n",
            "a\r\nb\r\n",
            "\r",
            "x\ry",
            "é\u{301}\n漢",
        ] {
            let mut edit = EditText::new(text);
            assert_eq!(edit.model().text(), text);
            edit.replace_all("something\nelse\r");
            assert_eq!(edit.model().text(), "something\nelse\r");
            edit.replace_all(text);
            assert_eq!(edit.model().text(), text, "{text:?} replaced");
            assert!(edit.undo() && edit.undo());
            assert_eq!(edit.model().text(), text);
            assert!(!edit.undo());
        }
    }

    #[test]
    fn the_cursor_goes_by_glyphs() {
        let mut edit = EditText::new("e\u{301}\u{302}漢🇩🇪\nab");
        let mut seen = Vec::new();
        for _ in 0..5 {
            edit.step(Motion::Right, false);
            seen.push(edit.model().cursor());
        }
        assert_eq!(seen, [(0, 3), (0, 4), (0, 6), (1, 0), (1, 1)]);
        for expected in [(1, 0), (0, 6), (0, 4), (0, 3), (0, 0), (0, 0)] {
            edit.step(Motion::Left, false);
            assert_eq!(edit.model().cursor(), expected);
        }
        assert!(edit.delete(Motion::Right));
        assert_eq!(edit.model().text(), "漢🇩🇪\nab");
    }

    #[test]
    fn up_and_down_keep_the_screen_column() {
        let mut edit = EditText::new("漢漢漢漢\nab\nabcdefgh");
        edit.set_cursor((0, 3));
        edit.step(Motion::Down(1), false);
        assert_eq!(edit.model().cursor(), (1, 2));
        edit.step(Motion::Down(1), false);
        assert_eq!(edit.model().cursor(), (2, 6));
        edit.step(Motion::Up(9), false);
        assert_eq!(edit.model().cursor(), (0, 3));
        edit.step(Motion::Down(usize::MAX), false);
        assert_eq!(edit.model().cursor(), (2, 6));
    }

    #[test]
    fn words_and_lines() {
        let mut edit = EditText::new("one \"two\": 3\nfour");
        edit.step(Motion::End, false);
        assert!(edit.delete(Motion::WordLeft));
        assert_eq!(edit.model().text(), "one \"two\": \nfour");
        edit.step(Motion::Home, false);
        edit.step(Motion::WordRight, false);
        assert_eq!(edit.model().cursor(), (0, 4));
        edit.step(Motion::Bottom, false);
        assert!(edit.delete(Motion::Home));
        assert!(edit.delete(Motion::Left));
        assert_eq!(edit.model().text(), "one \"two\": ");
        assert!(!edit.delete(Motion::Right));
    }

    #[test]
    fn a_selection_is_replaced_in_one_step() {
        let mut edit = EditText::new("one\ntwo\nthree");
        edit.set_cursor((0, 1));
        edit.step(Motion::Down(2), true);
        assert_eq!(edit.selection(), Some(((0, 1), (2, 1))));
        assert_eq!(edit.selected().as_deref(), Some("ne\ntwo\nt"));
        edit.insert("X", Step::Typing);
        edit.insert("Y", Step::Typing);
        assert_eq!(edit.model().text(), "oXYhree");
        assert_eq!(edit.selection(), None);
        assert!(edit.undo());
        assert_eq!(edit.model().text(), "one\ntwo\nthree");
        assert_eq!(edit.model().cursor(), (2, 1));
        assert!(edit.redo());
        assert_eq!(edit.model().text(), "oXYhree");
        edit.select_all();
        assert_eq!(edit.selected().as_deref(), Some("oXYhree"));
        edit.step(Motion::Left, false);
        assert_eq!((edit.model().cursor(), edit.selection()), ((0, 0), None));
    }

    #[test]
    fn typing_undoes_by_words() {
        let mut edit = EditText::new("");
        for c in ["a", "b", " ", "c", "d"] {
            edit.insert(c, Step::Typing);
        }
        edit.step(Motion::Left, false);
        edit.insert("x", Step::Typing);
        let mut seen = vec![edit.model().text()];
        while edit.undo() {
            seen.push(edit.model().text());
        }
        assert_eq!(seen, ["ab cxd", "ab cd", "ab ", ""]);
        while edit.redo() {}
        assert_eq!(edit.model().text(), "ab cxd");
        edit.undo();
        edit.insert("y", Step::New);
        assert!(!edit.redo());
    }

    fn motion() -> impl Strategy<Value = Motion> {
        prop_oneof![
            Just(Motion::Left),
            Just(Motion::Right),
            (0_usize..4).prop_map(Motion::Up),
            (0_usize..4).prop_map(Motion::Down),
            Just(Motion::WordLeft),
            Just(Motion::WordRight),
            Just(Motion::Home),
            Just(Motion::End),
            Just(Motion::Top),
            Just(Motion::Bottom),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_done_is_undone(
            text in "[a\u{301}漢\\n\\r\u{202e} \"]{0,40}",
            deeds in proptest::collection::vec((motion(), any::<bool>(), 0_u8..4, "[x\u{301}\\n\\r]{0,3}"), 0..30),
        ) {
            let mut edit = EditText::new(&text);
            let mut states = vec![text.clone()];
            for (motion, select, deed, piece) in deeds {
                edit.step(motion, select);
                let before = edit.model().text();
                let changed = match deed {
                    0 => edit.insert(&piece, Step::New),
                    1 => edit.delete(motion),
                    2 => edit.replace_all(&format!("{before}{piece}")),
                    _ => false,
                };
                assert!(changed || edit.model().text() == before);
                if changed {
                    states.push(edit.model().text());
                }
                let cursor = edit.model().cursor();
                assert_eq!(edit.model().position_of_byte(edit.model().byte_of(cursor)), cursor);
            }
            for state in states.iter().rev().skip(1) {
                assert!(edit.undo());
                assert_eq!(&edit.model().text(), state);
            }
            assert!(!edit.undo());
            for state in states.iter().skip(1) {
                assert!(edit.redo());
                assert_eq!(&edit.model().text(), state);
            }
        }
    }
}
