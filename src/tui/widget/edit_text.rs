//! A text that is being edited: tui-textarea keeps text, cursor and history, and everything else asks here.
//!
//! ```text
//!   editor, field ──▶ EditText: glyphs, selection, steps of undo ──▶ TextArea: lines, cursor, single edits
//! ```
//! What is added to the model: the cursor goes by glyphs, not by characters, and up and down by screen columns; several
//! edits undo as one step; no column or row is too far to go to (the model's own jump ends at 65 535); history has a
//! limit in bytes. Positions are (row, column), the column in characters. Not here: keys and drawing.

use std::cmp::Ordering;

use tui_textarea::{CursorMove, TextArea};

use crate::tui::widget::glyph::{byte_before, glyph_at, place_of_byte, place_of_column};

/// Beyond these bytes of remembered edits history begins anew, so that it never fills the memory.
const HISTORY_BYTES: usize = 64 * 1024 * 1024;

/// What an edit costs in history besides its text, in bytes, roughly.
const EDIT_BYTES: usize = 128;

/// Up to so many characters the cursor is moved step by step, since each step costs a pass over the line.
const NEAR: usize = 8;

/// Row and column, both from 0, the column in characters.
pub type Position = (usize, usize);

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
    area: TextArea<'static>,
    /// Where a selection began; its other end is the cursor.
    anchor: Option<Position>,
    /// The screen column that moves up and down keep.
    goal: Option<usize>,
    steps: Steps,
    revision: u64,
}

impl EditText {
    /// A text with its cursor at the beginning. Only a line feed ends a line; a carriage return before it stays.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(usize::MAX);
        // Masked, the model counts each character as one column: its columns are characters then, marks included.
        area.set_mask_char(' ');
        Self {
            area,
            anchor: None,
            goal: None,
            steps: Steps::new(HISTORY_BYTES),
            revision: 0,
        }
    }

    /// The lines; at least one.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// The whole text, lines joined by line feeds.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Grows with every change of the text.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Where the cursor stands.
    pub fn cursor(&self) -> Position {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// The line the cursor is in.
    pub fn line(&self) -> &str {
        self.lines().get(self.cursor().0).map_or("", String::as_str)
    }

    /// Where the cursor stands in its line, in bytes.
    pub fn cursor_byte(&self) -> usize {
        byte_of_column(self.line(), self.cursor().1)
    }

    /// The selected text's first position and the one behind its last.
    pub fn selection(&self) -> Option<(Position, Position)> {
        let (anchor, cursor) = (self.anchor?, self.cursor());
        match anchor.cmp(&cursor) {
            Ordering::Less => Some((anchor, cursor)),
            Ordering::Equal => None,
            Ordering::Greater => Some((cursor, anchor)),
        }
    }

    /// The selected text.
    pub fn selected(&self) -> Option<String> {
        let (start, end) = self.selection()?;
        let rows = self.lines().get(start.0..=end.0)?;
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
        self.go_to((usize::MAX, usize::MAX));
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
        self.anchor = None;
        self.goal = None;
        self.steps.seal();
        self.go_to(position);
    }

    /// Moves the cursor; with `select` the text moved over is selected.
    pub fn step(&mut self, motion: Motion, select: bool) {
        let selection = self.selection();
        self.anchor = match (select, self.anchor) {
            (true, None) => Some(self.cursor()),
            (true, anchor) => anchor,
            (false, _) => None,
        };
        self.steps.seal();
        let target = match (motion, selection) {
            // As everywhere: an arrow without shift leaves a selection at its own end.
            (Motion::Left, Some((start, _))) if !select => start,
            (Motion::Right, Some((_, end))) if !select => end,
            _ => self.target(motion),
        };
        if !matches!(motion, Motion::Up(_) | Motion::Down(_)) {
            self.goal = None;
        }
        self.go_to(target);
    }

    /// Puts a text in the selection's place, or at the cursor. Whether anything changed.
    pub fn insert(&mut self, text: &str, step: Step) -> bool {
        let before = self.cursor();
        let removed = self.remove_selection();
        if text.is_empty() {
            return removed;
        }
        match single(text) {
            Some(c) => self.area.insert_char(c),
            // Which says false for an empty text only.
            None => _ = self.area.insert_str(exact(text)),
        }
        let joins = removed || step == Step::Typing && self.steps.open;
        self.changed(text.len(), before, joins);
        // A word that is done is a step that is done.
        self.steps.open = step == Step::Typing && !text.ends_with(char::is_whitespace);
        true
    }

    /// Removes the selection, or what a motion would move over. Whether anything changed.
    pub fn delete(&mut self, motion: Motion) -> bool {
        if self.remove_selection() {
            return true;
        }
        let (from, to) = (self.cursor(), self.target(motion));
        self.remove(from.min(to), from.max(to))
    }

    /// Puts another text in the place of all, as one step of undo, the cursor as near as can be to where it was.
    pub fn replace_all(&mut self, text: &str) -> bool {
        if self.lines().iter().map(String::as_str).eq(text.split('\n')) {
            return false;
        }
        let cursor = self.cursor();
        self.select_all();
        self.insert(text, Step::New);
        self.steps.seal();
        self.go_to(cursor);
        true
    }

    /// Takes back the last step. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(done) = self.steps.undo() else {
            return false;
        };
        for _ in 0..done.edits {
            self.area.undo();
        }
        // Leaping there would write into the history that is being walked.
        if jump(self.nearest(done.before)).is_some() {
            self.go_to(done.before);
        }
        self.restored()
    }

    /// Does again what was taken back. Whether there was something.
    pub fn redo(&mut self) -> bool {
        let Some(edits) = self.steps.redo() else {
            return false;
        };
        for _ in 0..edits {
            self.area.redo();
        }
        self.restored()
    }

    /// Where a byte of the text stands; the end for one behind it.
    pub fn position_of_byte(&self, byte: usize) -> Position {
        let mut left = byte;
        for (row, line) in self.lines().iter().enumerate() {
            if left <= line.len() {
                return (row, column_of_byte(line, left));
            }
            left -= line.len() + 1;
        }
        let last = self.lines().len().saturating_sub(1);
        (last, self.lines().last().map_or(0, |line| char_len(line)))
    }

    /// Which byte of the text stands at a position, or at the nearest there is.
    pub fn byte_of(&self, (row, column): Position) -> usize {
        let before = self.lines().iter().take(row);
        let start: usize = before.map(|line| line.len() + 1).sum();
        match self.lines().get(row) {
            Some(line) => start + byte_of_column(line, column),
            // The last line has no line feed.
            None => start - 1,
        }
    }

    fn restored(&mut self) -> bool {
        self.anchor = None;
        self.goal = None;
        self.revision += 1;
        true
    }

    /// Notes one edit of the model, made with the cursor at `before`.
    fn changed(&mut self, bytes: usize, before: Position, joins: bool) {
        self.anchor = None;
        self.goal = None;
        self.revision += 1;
        if self.steps.record(bytes + EDIT_BYTES, before, joins) {
            self.area.set_max_histories(usize::MAX);
        }
    }

    fn remove_selection(&mut self) -> bool {
        let selection = self.selection();
        self.anchor = None;
        selection.is_some_and(|(start, end)| self.remove(start, end))
    }

    /// Removes from one position to another behind it, as a step of its own.
    fn remove(&mut self, start: Position, end: Position) -> bool {
        let count = self.chars_between(start, end);
        if count == 0 {
            return false;
        }
        let before = self.cursor();
        let bytes = self.byte_of(end) - self.byte_of(start);
        self.go_to(start);
        self.area.delete_str(count);
        self.changed(bytes, before, false);
        self.steps.open = false;
        true
    }

    /// How many characters stand between two positions, each line feed counted as one.
    fn chars_between(&self, start: Position, end: Position) -> usize {
        let rows = self.lines().get(start.0..end.0).unwrap_or_default();
        let whole: usize = rows.iter().map(|line| char_len(line) + 1).sum();
        (whole + end.1).saturating_sub(start.1)
    }

    /// Where a motion would put the cursor.
    fn target(&mut self, motion: Motion) -> Position {
        let row = self.cursor().0;
        let last = self.lines().len() - 1;
        let position = match motion {
            Motion::Left => self.left(),
            Motion::Right => self.right(),
            Motion::Up(count) => self.vertical(row.saturating_sub(count)),
            Motion::Down(count) => self.vertical(row.saturating_add(count).min(last)),
            Motion::WordLeft => self.word(CursorMove::WordBack),
            Motion::WordRight => self.word(CursorMove::WordForward),
            Motion::Home => (row, 0),
            Motion::End => (row, usize::MAX),
            Motion::Top => (0, 0),
            Motion::Bottom => (usize::MAX, usize::MAX),
        };
        self.nearest(position)
    }

    fn left(&self) -> Position {
        let ((row, column), byte) = (self.cursor(), self.cursor_byte());
        match byte_before(self.line(), byte) {
            Some(start) => (row, column - char_len(&self.line()[start..byte])),
            None if row > 0 => (row - 1, usize::MAX),
            None => (0, 0),
        }
    }

    fn right(&self) -> Position {
        let ((row, column), byte) = (self.cursor(), self.cursor_byte());
        let line = self.line();
        let Some(next) = line[byte..].chars().next() else {
            let end = row + 1 == self.lines().len();
            return if end { (row, column) } else { (row + 1, 0) };
        };
        // The cursor may stand within a glyph, where a mark was joined to what was typed.
        let start = byte_before(line, byte + next.len_utf8()).unwrap_or(byte);
        let end = glyph_at(line, start).map_or(line.len(), |glyph| glyph.end());
        (row, column + char_len(&line[byte..end]))
    }

    fn vertical(&mut self, row: usize) -> Position {
        let here = place_of_byte(self.line(), self.cursor_byte()).column;
        let goal = *self.goal.get_or_insert(here);
        let line = &self.lines()[row];
        (row, column_of_byte(line, place_of_column(line, goal).byte))
    }

    /// The model's own notion of a word; a word may begin with a mark there, but no glyph does.
    fn word(&mut self, motion: CursorMove) -> Position {
        self.area.move_cursor(motion);
        let (row, byte) = (self.cursor().0, self.cursor_byte());
        let line = self.line();
        (row, column_of_byte(line, place_of_byte(line, byte).byte))
    }

    /// The nearest position that exists.
    fn nearest(&self, (row, column): Position) -> Position {
        let row = row.min(self.lines().len() - 1);
        (row, column.min(char_len(&self.lines()[row])))
    }

    /// Moves the model's cursor, which has no way to be told a position beyond 65 535.
    fn go_to(&mut self, position: Position) {
        let (row, column) = self.nearest(position);
        let here = self.cursor();
        if row == here.0 && column.abs_diff(here.1) <= NEAR {
            self.walk(column);
        } else if let Some(jump) = jump((row, column)) {
            self.area.move_cursor(jump);
        } else {
            self.go_to_row(row);
            if column == char_len(self.line()) {
                self.area.move_cursor(CursorMove::End);
            } else if column <= 32 * NEAR {
                self.walk(column);
            } else {
                self.leap(column);
            }
        }
    }

    /// To a column of this row, character by character.
    fn walk(&mut self, column: usize) {
        let here = self.cursor().1;
        let motion = if column < here {
            CursorMove::Back
        } else {
            CursorMove::Forward
        };
        for _ in 0..column.abs_diff(here) {
            self.area.move_cursor(motion);
        }
    }

    /// To the beginning of any row.
    fn go_to_row(&mut self, row: usize) {
        if let Some(jump) = jump((row, 0)) {
            return self.area.move_cursor(jump);
        }
        if row.abs_diff(self.cursor().0) > self.lines().len() - row {
            self.area.move_cursor(CursorMove::Bottom);
        }
        self.area.move_cursor(CursorMove::Head);
        let here = self.cursor().0;
        let motion = if row < here {
            CursorMove::Up
        } else {
            CursorMove::Down
        };
        for _ in 0..row.abs_diff(here) {
            self.area.move_cursor(motion);
        }
    }

    /// To a far column of this row, from its beginning. The one thing of the model that puts its cursor anywhere is
    /// the undoing of a deletion; the price is that nothing can be redone afterwards.
    fn leap(&mut self, column: usize) {
        self.area.delete_str(column);
        self.area.undo();
        self.steps.redo.clear();
    }
}

/// The model's own jump, which counts in u16.
fn jump((row, column): Position) -> Option<CursorMove> {
    let row = u16::try_from(row).ok()?;
    Some(CursorMove::Jump(row, u16::try_from(column).ok()?))
}

/// Several edits of the model that undo as one.
#[derive(Clone, Copy, Debug)]
struct Done {
    edits: usize,
    before: Position,
}

/// How the model's single edits group into steps.
#[derive(Clone, Debug)]
struct Steps {
    undo: Vec<Done>,
    redo: Vec<Done>,
    /// Whether typing may go on with the last step.
    open: bool,
    /// What is remembered, and how much may be.
    bytes: usize,
    limit: usize,
}

impl Steps {
    fn new(limit: usize) -> Self {
        Self {
            undo: Vec::new(),
            redo: Vec::new(),
            open: false,
            bytes: 0,
            limit,
        }
    }

    /// Notes an edit. Whether all is forgotten instead, because it became too much.
    fn record(&mut self, bytes: usize, before: Position, joins: bool) -> bool {
        self.bytes += bytes;
        if self.bytes > self.limit {
            *self = Self::new(self.limit);
            return true;
        }
        self.redo.clear();
        match self.undo.last_mut() {
            Some(last) if joins => last.edits += 1,
            _ => self.undo.push(Done { edits: 1, before }),
        }
        false
    }

    /// Nothing joins the last step any more.
    fn seal(&mut self) {
        self.open = false;
    }

    fn undo(&mut self) -> Option<Done> {
        self.seal();
        let done = self.undo.pop()?;
        self.redo.push(done);
        Some(done)
    }

    fn redo(&mut self) -> Option<usize> {
        self.seal();
        let done = self.redo.pop()?;
        self.undo.push(done);
        Some(done.edits)
    }
}

/// The character, if a text is one that stays within its line.
fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next().filter(|c| !matches!(c, '\n' | '\r'))?;
    chars.next().is_none().then_some(first)
}

/// The model drops one carriage return at each line's end; so it is given one more.
fn exact(text: &str) -> String {
    let mut doubled = text.replace("\r\n", "\r\r\n");
    if doubled.ends_with('\r') {
        doubled.push('\r');
    }
    doubled
}

fn char_len(text: &str) -> usize {
    text.chars().count()
}

/// The byte a character column begins at; the line's end for one behind it.
pub fn byte_of_column(line: &str, column: usize) -> usize {
    if column >= line.len() {
        return line.len();
    }
    line.char_indices()
        .nth(column)
        .map_or(line.len(), |(at, _)| at)
}

/// The character column that holds a byte.
pub fn column_of_byte(line: &str, byte: usize) -> usize {
    char_len(&line[..line.floor_char_boundary(byte)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::{EDIT_BYTES, EditText, Motion, Step, Steps};

    #[test]
    fn texts_come_back_as_they_were_put_in() {
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
            assert_eq!(edit.text(), text);
            edit.replace_all("something\nelse\r");
            assert_eq!(edit.text(), "something\nelse\r");
            edit.replace_all(text);
            assert_eq!(edit.text(), text, "{text:?} replaced");
            assert!(edit.undo() && edit.undo());
            assert_eq!(edit.text(), text);
            assert!(!edit.undo());
        }
    }

    #[test]
    fn the_cursor_goes_by_glyphs() {
        let mut edit = EditText::new("e\u{301}\u{302}漢🇩🇪\nab");
        let mut seen = Vec::new();
        for _ in 0..5 {
            edit.step(Motion::Right, false);
            seen.push(edit.cursor());
        }
        assert_eq!(seen, [(0, 3), (0, 4), (0, 6), (1, 0), (1, 1)]);
        for expected in [(1, 0), (0, 6), (0, 4), (0, 3), (0, 0), (0, 0)] {
            edit.step(Motion::Left, false);
            assert_eq!(edit.cursor(), expected);
        }
        assert!(edit.delete(Motion::Right));
        assert_eq!(edit.text(), "漢🇩🇪\nab");
    }

    #[test]
    fn up_and_down_keep_the_screen_column() {
        let mut edit = EditText::new("漢漢漢漢\nab\nabcdefgh");
        edit.set_cursor((0, 3));
        edit.step(Motion::Down(1), false);
        assert_eq!(edit.cursor(), (1, 2));
        edit.step(Motion::Down(1), false);
        assert_eq!(edit.cursor(), (2, 6));
        edit.step(Motion::Up(9), false);
        assert_eq!(edit.cursor(), (0, 3));
        edit.step(Motion::Down(usize::MAX), false);
        assert_eq!(edit.cursor(), (2, 6));
    }

    #[test]
    fn words_and_lines() {
        let mut edit = EditText::new("one \"two\": 3\nfour");
        edit.step(Motion::End, false);
        assert!(edit.delete(Motion::WordLeft));
        assert_eq!(edit.text(), "one \"two\": \nfour");
        edit.step(Motion::Home, false);
        edit.step(Motion::WordRight, false);
        assert_eq!(edit.cursor(), (0, 4));
        edit.step(Motion::Bottom, false);
        assert!(edit.delete(Motion::Home));
        assert!(edit.delete(Motion::Left));
        assert_eq!(edit.text(), "one \"two\": ");
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
        assert_eq!(edit.text(), "oXYhree");
        assert_eq!(edit.selection(), None);
        assert!(edit.undo());
        assert_eq!(edit.text(), "one\ntwo\nthree");
        assert_eq!(edit.cursor(), (2, 1));
        assert!(edit.redo());
        assert_eq!(edit.text(), "oXYhree");
        edit.select_all();
        assert_eq!(edit.selected().as_deref(), Some("oXYhree"));
        edit.step(Motion::Left, false);
        assert_eq!((edit.cursor(), edit.selection()), ((0, 0), None));
    }

    #[test]
    fn typing_undoes_by_words() {
        let mut edit = EditText::new("");
        for c in ["a", "b", " ", "c", "d"] {
            edit.insert(c, Step::Typing);
        }
        edit.step(Motion::Left, false);
        edit.insert("x", Step::Typing);
        let mut seen = vec![edit.text()];
        while edit.undo() {
            seen.push(edit.text());
        }
        assert_eq!(seen, ["ab cxd", "ab cd", "ab ", ""]);
        while edit.redo() {}
        assert_eq!(edit.text(), "ab cxd");
        edit.undo();
        edit.insert("y", Step::New);
        assert!(!edit.redo());
    }

    #[test]
    fn no_place_is_too_far() {
        let long = format!("{}\n{}", "é".repeat(200_000), "x".repeat(100_000));
        let mut edit = EditText::new(&long);
        for position in [(0, 70_000), (1, 99_990), (0, 199_999), (0, 3), (1, 66_000)] {
            edit.set_cursor(position);
            assert_eq!(edit.cursor(), position);
            assert_eq!(edit.position_of_byte(edit.byte_of(position)), position);
        }
        edit.insert("!", Step::Typing);
        edit.set_cursor((0, 150_000));
        assert_eq!(edit.text().len(), long.len() + 1);
        // The leap's own deletion is never redone.
        assert!(!edit.redo());
        assert!(edit.undo());
        assert_eq!(edit.text(), long);

        let mut edit = EditText::new(&"abc\n".repeat(140_000));
        for position in [(70_000, 2), (139_999, 1), (100_000, 3), (70_001, 0), (5, 1)] {
            edit.set_cursor(position);
            assert_eq!(edit.cursor(), position);
        }
    }

    #[test]
    fn history_is_limited() {
        let mut edit = EditText::new("");
        edit.steps = Steps::new(3 * (EDIT_BYTES + 10));
        for _ in 0..3 {
            edit.insert("0123456789", Step::New);
        }
        assert!(edit.undo() && edit.redo());
        edit.insert("more", Step::New);
        assert!(!edit.undo());
        edit.insert("again", Step::New);
        assert!(edit.undo());
        assert!(!edit.undo());
        assert!(edit.text().ends_with("89more"));
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
                let before = edit.text();
                let changed = match deed {
                    0 => edit.insert(&piece, Step::New),
                    1 => edit.delete(motion),
                    2 => edit.replace_all(&format!("{before}{piece}")),
                    _ => false,
                };
                assert!(changed || edit.text() == before);
                if changed {
                    states.push(edit.text());
                }
                let cursor = edit.cursor();
                assert_eq!(edit.position_of_byte(edit.byte_of(cursor)), cursor);
            }
            for state in states.iter().rev().skip(1) {
                assert!(edit.undo());
                assert_eq!(&edit.text(), state);
            }
            assert!(!edit.undo());
            for state in states.iter().skip(1) {
                assert!(edit.redo());
                assert_eq!(&edit.text(), state);
            }
        }

        #[test]
        fn what_is_inserted_stands_at_the_cursor(text in any::<String>(), piece in any::<String>(), at in 0_usize..50) {
            let mut edit = EditText::new(&text);
            let position = edit.position_of_byte(at);
            edit.set_cursor(position);
            let byte = edit.byte_of(position);
            edit.insert(&piece, Step::New);
            assert_eq!(edit.text(), format!("{}{piece}{}", &text[..byte], &text[byte..]));
            assert_eq!(edit.byte_of(edit.cursor()), byte + piece.len());
        }
    }
}
