//! tui-textarea as the model of an edited text, without its limits.
//!
//! ```text
//!   EditText: selection, motions ──▶ Model: any position, steps of undo ──▶ TextArea: lines, cursor, single edits
//! ```
//! What is mended: several edits undo as one step; no column or row is too far to go to (its own jump ends at 65 535);
//! a carriage return at a line's end stays; history has a limit in bytes; each edit, and each that is taken back, is
//! told as a [`Change`]. Positions are (row, column), the column in characters. Not here: glyphs, selections, keys,
//! drawing.

use tui_textarea::{CursorMove, TextArea};

use crate::tui::widget::change::{At, Change};

/// Beyond these bytes of remembered edits history begins anew, so that it never fills the memory.
const HISTORY_BYTES: usize = 64 * 1024 * 1024;

/// What an edit costs in history besides its text, in bytes, roughly.
const EDIT_BYTES: usize = 192;

/// Up to so many characters the cursor is moved step by step, since each step costs a pass over the line.
const NEAR: usize = 8;

/// Row and column, both from 0, the column in characters.
pub type Position = (usize, usize);

/// A text, its cursor and its history.
#[derive(Clone, Debug)]
pub struct Model {
    area: TextArea<'static>,
    steps: Steps,
    revision: u64,
    /// What was changed since they were last dropped, in order.
    changes: Vec<Change>,
}

impl Model {
    /// A text with its cursor at the beginning. Only a line feed ends a line; a carriage return before it stays.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(usize::MAX);
        // Masked, the model counts each character as one column: its columns are characters then, marks included.
        area.set_mask_char(' ');
        Self {
            area,
            steps: Steps::new(HISTORY_BYTES),
            revision: 0,
            changes: Vec::new(),
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

    /// What was changed since [`Model::drop_changes`], in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Forgets what was changed so far: whoever wants to know has looked.
    pub fn drop_changes(&mut self) {
        self.changes.clear();
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

    /// Inserts at the cursor. The edit joins the last step of undo if `joins`, whatever that step was.
    pub fn insert(&mut self, text: &str, joins: bool) {
        if text.is_empty() {
            return;
        }
        let before = self.cursor();
        let change = Change::insertion(self.revision, self.at(before), text);
        match single(text) {
            Some(c) => self.area.insert_char(c),
            // Which says false for an empty text only.
            None => _ = self.area.insert_str(exact(text)),
        }
        self.changed(change, text.len(), before, joins);
    }

    /// Removes from one position to another behind it, as a step of undo of its own, which puts
    /// the cursor back to `before`. Whether there was anything.
    pub fn remove(&mut self, start: Position, end: Position, before: Position) -> bool {
        let count = self.chars_between(start, end);
        if count == 0 {
            return false;
        }
        let (from, to) = (self.at(start), self.at(end));
        let bytes = self.byte_of(end) - self.byte_of(start);
        self.go_to(start);
        self.area.delete_str(count);
        self.changed(
            Change::removal(self.revision, from, to),
            bytes,
            before,
            false,
        );
        true
    }

    /// Takes back the last step. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(done) = self.steps.undo() else {
            return false;
        };
        for change in done.edits.iter().rev() {
            self.area.undo();
            self.changes.push(change.inverse());
        }
        // Leaping there would write into the history that is being walked.
        if jump(self.nearest(done.before)).is_some() {
            self.go_to(done.before);
        }
        self.revision += 1;
        true
    }

    /// Does again what was taken back. Whether there was something.
    pub fn redo(&mut self) -> bool {
        let Some(edits) = self.steps.redo() else {
            return false;
        };
        for change in edits {
            self.area.redo();
            self.changes.push(change);
        }
        self.revision += 1;
        true
    }

    /// Moves by a word, in tui-textarea's own sense of it: back to a word's beginning, or on to the next one's.
    pub fn go_word(&mut self, back: bool) {
        self.area.move_cursor(if back {
            CursorMove::WordBack
        } else {
            CursorMove::WordForward
        });
    }

    /// Moves the cursor to a position, or to the nearest there is.
    pub fn go_to(&mut self, position: Position) {
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

    /// The nearest position that exists.
    pub fn nearest(&self, (row, column): Position) -> Position {
        let row = row.min(self.lines().len() - 1);
        (row, column.min(char_len(&self.lines()[row])))
    }

    /// A position as the place that changes are told in.
    fn at(&self, (row, column): Position) -> At {
        let line = self.lines().get(row);
        At::new(row, line.map_or(0, |line| byte_of_column(line, column)))
    }

    fn changed(&mut self, change: Change, bytes: usize, before: Position, joins: bool) {
        self.revision += 1;
        self.changes.push(change);
        if self.steps.record(change, bytes + EDIT_BYTES, before, joins) {
            self.area.set_max_histories(usize::MAX);
        }
    }

    /// How many characters stand between two positions, each line feed counted as one.
    fn chars_between(&self, start: Position, end: Position) -> usize {
        let rows = self.lines().get(start.0..end.0).unwrap_or_default();
        let whole: usize = rows.iter().map(|line| char_len(line) + 1).sum();
        (whole + end.1).saturating_sub(start.1)
    }
}

/// The model's own jump, which counts in u16.
fn jump((row, column): Position) -> Option<CursorMove> {
    let row = u16::try_from(row).ok()?;
    Some(CursorMove::Jump(row, u16::try_from(column).ok()?))
}

/// Several edits of the model that undo as one.
#[derive(Clone, Debug)]
struct Done {
    edits: Vec<Change>,
    before: Position,
}

/// How the model's single edits group into steps.
#[derive(Clone, Debug)]
struct Steps {
    undo: Vec<Done>,
    redo: Vec<Done>,
    /// What is remembered, and how much may be.
    bytes: usize,
    limit: usize,
}

impl Steps {
    fn new(limit: usize) -> Self {
        Self {
            undo: Vec::new(),
            redo: Vec::new(),
            bytes: 0,
            limit,
        }
    }

    /// Notes an edit. Whether all is forgotten instead, because it became too much.
    fn record(&mut self, change: Change, bytes: usize, before: Position, joins: bool) -> bool {
        self.bytes += bytes;
        if self.bytes > self.limit {
            *self = Self::new(self.limit);
            return true;
        }
        self.redo.clear();
        match self.undo.last_mut() {
            Some(last) if joins => last.edits.push(change),
            // Half a step would undo to a text that never was.
            None if joins => return true,
            _ => self.undo.push(Done {
                edits: vec![change],
                before,
            }),
        }
        false
    }

    fn undo(&mut self) -> Option<Done> {
        let done = self.undo.pop()?;
        self.redo.push(done.clone());
        Some(done)
    }

    fn redo(&mut self) -> Option<Vec<Change>> {
        let done = self.redo.pop()?;
        let edits = done.edits.clone();
        self.undo.push(done);
        Some(edits)
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

/// The length in characters.
pub fn char_len(text: &str) -> usize {
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
    use proptest::prelude::{any, proptest};

    use super::{EDIT_BYTES, Model, Steps};

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
            assert_eq!(Model::new(text).text(), text);
            let mut model = Model::new("");
            model.insert(text, false);
            assert_eq!(model.text(), text, "{text:?} inserted");
            assert_eq!(model.undo(), !text.is_empty());
            assert!(model.is_empty());
            model.redo();
            assert_eq!(model.text(), text, "{text:?} redone");
        }
    }

    #[test]
    fn no_place_is_too_far() {
        let long = format!("{}\n{}", "é".repeat(200_000), "x".repeat(100_000));
        let mut model = Model::new(&long);
        for position in [(0, 70_000), (1, 99_990), (0, 199_999), (0, 3), (1, 66_000)] {
            model.go_to(position);
            assert_eq!(model.cursor(), position);
            assert_eq!(model.position_of_byte(model.byte_of(position)), position);
        }
        model.insert("!", false);
        model.go_to((0, 150_000));
        assert_eq!(model.text().len(), long.len() + 1);
        // The leap's own deletion is never redone.
        assert!(!model.redo());
        assert!(model.undo());
        assert_eq!(model.text(), long);

        let mut model = Model::new(&"abc\n".repeat(140_000));
        for position in [(70_000, 2), (139_999, 1), (100_000, 3), (70_001, 0), (5, 1)] {
            model.go_to(position);
            assert_eq!(model.cursor(), position);
        }
    }

    #[test]
    fn history_is_limited() {
        let mut model = Model::new("");
        model.steps = Steps::new(3 * (EDIT_BYTES + 10));
        for _ in 0..3 {
            model.insert("0123456789", false);
        }
        assert!(model.undo() && model.redo());
        model.insert("more", false);
        assert!(!model.undo());
        model.insert("again", false);
        assert!(model.undo());
        assert!(!model.undo());
        assert!(model.text().ends_with("89more"));
        // What joins a step that was forgotten is forgotten too: half a step would be neither text.
        model.steps = Steps::new(EDIT_BYTES);
        model.remove((0, 0), (0, 4), (0, 0));
        model.insert("x", true);
        assert!(!model.undo());
    }

    proptest! {
        #[test]
        fn what_is_inserted_stands_at_the_cursor(text in any::<String>(), piece in any::<String>(), at in 0_usize..50) {
            let mut model = Model::new(&text);
            let position = model.position_of_byte(at);
            model.go_to(position);
            let byte = model.byte_of(position);
            model.insert(&piece, false);
            assert_eq!(model.text(), format!("{}{piece}{}", &text[..byte], &text[byte..]));
            assert_eq!(model.byte_of(model.cursor()), byte + piece.len());
        }
    }
}
