//! The editor of a body: several lines, a gutter, a selection, and messages beneath the lines they speak of.
//!
//! ```text
//!   key ─▶ EditKey ─▶ EditText ─▶ changes ─▶ Marks ─▶ follow(area) ─▶ draw
//!
//!      1 {
//!   ✗  2   "amount": -5,
//!                    ^^ amount_not_positive: must be greater than zero
//!      3 }
//! ```
//! Keys that mean something everywhere (Esc, Ctrl-S, Ctrl-C, Ctrl-P) never do anything here. Where the view begins is
//! kept by [`Editor::follow`]; drawing works it out again from that and the area, so that the cursor is on the screen
//! even if nobody followed. Of a line, only the visible columns are drawn; finding them is one pass over what stands
//! left of them. Long lines are scrolled, not wrapped. Messages take rows of the view: how many lines it shows is counted
//! with them.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Constraint, Layout, Position as Point, Rect};
use ratatui::style::Modifier;

use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::anchor::State;
use crate::tui::widget::beneath::{Row, Sheet, beneath};
use crate::tui::widget::change::At;
use crate::tui::widget::edit_key::EditKey;
use crate::tui::widget::edit_text::{EditText, Motion, Step};
use crate::tui::widget::glyph::{Glyph, place_of_column};
use crate::tui::widget::json_tint::{tone_at, tones};
use crate::tui::widget::mark::{Mark, Marks};
use crate::tui::widget::model::{Position, byte_of_column, column_of_byte};
use crate::tui::widget::{note, strip};

/// What a level of JSON is indented by, and what Tab inserts.
const INDENT: &str = "  ";

/// How many columns stay visible left and right of the cursor in a long line, where there are some.
const SIDE_MARGIN: usize = 4;

/// A text with several lines that is being edited.
#[derive(Clone, Debug)]
pub struct Editor {
    text: EditText,
    marks: Marks,
    /// The first visible line and column.
    top: usize,
    left: usize,
    /// How many columns and rows there were to draw on when last told; a page.
    width: usize,
    height: usize,
}

impl Editor {
    /// An editor with the cursor at the text's beginning.
    pub fn new(text: &str) -> Self {
        Self {
            text: EditText::new(text),
            marks: Marks::default(),
            top: 0,
            left: 0,
            width: 80,
            height: 10,
        }
    }

    /// The whole text; what was put in and not edited comes out byte for byte.
    pub fn text(&self) -> String {
        self.text.model().text()
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.text.model().is_empty()
    }

    /// The lines; at least one.
    pub fn lines(&self) -> &[String] {
        self.text.model().lines()
    }

    /// Grows with every change of the text.
    pub fn revision(&self) -> u64 {
        self.text.model().revision()
    }

    /// The cursor's row and column, the column in characters.
    pub fn cursor(&self) -> Position {
        self.text.model().cursor()
    }

    /// Puts the cursor on a byte of the text.
    pub fn set_cursor(&mut self, byte: usize) {
        let position = self.text.model().position_of_byte(byte);
        self.text.set_cursor(position);
    }

    /// The row and column a byte of the text has; the end for one behind it.
    pub fn position_of_byte(&self, byte: usize) -> Position {
        self.text.model().position_of_byte(byte)
    }

    /// The byte of the text at a row and column, or at the nearest there is.
    pub fn byte_offset_of(&self, row: usize, column: usize) -> usize {
        self.text.model().byte_of((row, column))
    }

    /// The selected text.
    pub fn selected(&self) -> Option<String> {
        self.text.selected()
    }

    /// Drops the selection; whether there was one, so that Esc can do this first.
    pub fn deselect(&mut self) -> bool {
        self.text.deselect()
    }

    /// Selects everything.
    pub fn select_all(&mut self) {
        self.text.select_all();
    }

    /// The marks as they stand now.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Shows these marks instead of those before. They go with the text while it is edited.
    pub fn set_marks(&mut self, marks: Vec<Mark>) {
        self.marks = Marks::new(marks, self.lines());
    }

    /// Puts the cursor where the mark of this number stands, or stood; whether there is one.
    pub fn go_to_mark(&mut self, of: usize) -> bool {
        let mark = self.marks.all().iter().find(|mark| mark.of() == of);
        let start = mark.map(|mark| mark.start());
        start.is_some_and(|start| {
            self.go_to(start);
            true
        })
    }

    /// Puts the cursor on the next mark that stands, or the one before: its number, and whether it was looked for
    /// round the text's end.
    pub fn step_mark(&mut self, forward: bool) -> Option<(usize, bool)> {
        let model = self.text.model();
        let here = At::new(model.cursor().0, model.cursor_byte());
        let (mark, round) = self.marks.next(here, forward)?;
        let (of, start) = (mark.of(), mark.start());
        self.go_to(start);
        Some((of, round))
    }

    /// Puts the cursor on a place; one that is not on the screen comes with some lines around it.
    fn go_to(&mut self, at: At) {
        let line = self.lines().get(at.row).map_or("", String::as_str);
        self.text
            .set_cursor((at.row, column_of_byte(line, at.byte)));
        if !(self.top..self.top + self.height).contains(&at.row) {
            self.top = at.row.saturating_sub(self.height / 3);
        }
    }

    /// Does what a key means while a text is edited. Whether the text changed.
    pub fn input(&mut self, key: KeyEvent) -> bool {
        match EditKey::read(key) {
            Some(key) => self.edit(|editor| editor.press(key)),
            None => false,
        }
    }

    /// Inserts a text as it was pasted, with line feeds as its only line ends.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let pasted = pasted.replace("\r\n", "\n").replace('\r', "\n");
        self.edit(|editor| editor.text.insert(&pasted, Step::New))
    }

    /// Puts another text in the place of all; undo brings the old one back.
    pub fn replace_all(&mut self, text: &str) -> bool {
        self.edit(|editor| editor.text.replace_all(text))
    }

    /// Takes back the last step; whether there was one.
    pub fn undo(&mut self) -> bool {
        self.edit(|editor| editor.text.undo())
    }

    /// Does again what was taken back; whether there was something.
    pub fn redo(&mut self) -> bool {
        self.edit(|editor| editor.text.redo())
    }

    /// Keeps the cursor in view in this area, which is also what a page is from now on.
    pub fn follow(&mut self, area: Rect) {
        let view = self.view(area);
        self.top = view.top;
        self.left = view.left;
        self.width = usize::from(view.body.width);
        self.height = usize::from(area.height);
    }

    /// How many lines a page is from the cursor on, or back from it: as many as are on the screen with what is said
    /// beneath them, one of which is seen on both pages.
    pub fn page(&self, down: bool) -> usize {
        let row = self.cursor().0;
        let sheet = Sheet {
            left: self.left,
            width: self.width,
            height: self.height,
        };
        let lines = match down {
            true => self.fitting(row..self.lines().len(), sheet),
            false => self.fitting((0..row + 1).rev(), sheet),
        };
        lines.saturating_sub(1).max(1)
    }

    /// How many of these lines are on the screen together, from the first on.
    fn fitting(&self, lines: impl Iterator<Item = usize>, sheet: Sheet) -> usize {
        let mut rows = 0;
        let fit = |line: &usize| {
            rows += 1 + self.beneath(*line, sheet).len();
            rows <= sheet.height
        };
        lines.take_while(fit).count()
    }

    /// The rows beneath a line.
    fn beneath(&self, line: usize, sheet: Sheet) -> Vec<Row> {
        let model = self.text.model();
        let cursor = At::new(model.cursor().0, model.cursor_byte());
        let text = self.lines().get(line).map_or("", String::as_str);
        beneath(&self.marks, line, text, cursor, sheet)
    }

    /// Where in the area the cursor is, for the terminal's own one.
    pub fn cursor_point(&self, area: Rect) -> Option<Point> {
        let view = self.view(area);
        let row: usize = (view.top..self.cursor().0)
            .map(|line| 1 + self.beneath(line, view.sheet()).len())
            .sum();
        let x = self.cursor_columns().0.checked_sub(view.left)?;
        if row >= usize::from(view.body.height) || x >= usize::from(view.body.width) {
            return None;
        }
        // Both were just found to be less than a u16.
        Some(Point::new(view.body.x + x as u16, view.body.y + row as u16))
    }

    /// Lets `change` work on the text, and tells the marks what it did.
    fn edit(&mut self, change: impl FnOnce(&mut Self) -> bool) -> bool {
        let before = self.revision();
        let changed = change(self);
        if self.revision() != before {
            let model = self.text.model();
            self.marks.apply(model.changes(), model.lines());
        }
        changed
    }

    fn press(&mut self, key: EditKey) -> bool {
        let (motion, select) = match key {
            EditKey::Move(motion, select) => (motion, select),
            EditKey::PageUp(select) => (Motion::Up(self.page(false)), select),
            EditKey::PageDown(select) => (Motion::Down(self.page(true)), select),
            EditKey::Delete(motion) => return self.text.delete(motion),
            EditKey::Type(c) => {
                return self.text.insert(c.encode_utf8(&mut [0; 4]), Step::Typing);
            }
            EditKey::NewLine => return self.new_line(),
            EditKey::Indent => return self.text.insert(INDENT, Step::New),
            EditKey::Undo => return self.text.undo(),
            EditKey::Redo => return self.text.redo(),
        };
        self.text.step(motion, select);
        false
    }

    /// A new line begins under the beginning of the one it leaves, and one level deeper behind an opening bracket.
    fn new_line(&mut self) -> bool {
        let start = self
            .text
            .selection()
            .map_or(self.cursor(), |(start, _)| start);
        let line = &self.lines()[start.0];
        let head = &line[..byte_of_column(line, start.1)];
        let blank = head.len() - head.trim_start_matches([' ', '\t']).len();
        let deeper = head.trim_end().ends_with(['{', '[']);
        let indent = if deeper { INDENT } else { "" };
        let inserted = format!("\n{}{indent}", &head[..blank]);
        self.text.insert(&inserted, Step::New)
    }
}

/// What of a text is on the screen, and where.
#[derive(Clone, Copy, Debug)]
struct View {
    gutter: Rect,
    body: Rect,
    top: usize,
    left: usize,
}

impl View {
    fn sheet(&self) -> Sheet {
        Sheet {
            left: self.left,
            width: usize::from(self.body.width),
            height: usize::from(self.body.height),
        }
    }
}

/// How much a frame took, for tests that ask whether it is bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Work {
    lines: usize,
    glyphs: usize,
}

impl Editor {
    /// Draws the text, with the cursor if the editor has the focus.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: Theme, focused: bool) {
        self.paint(area, buffer, theme, focused);
    }

    fn paint(&self, area: Rect, buffer: &mut Buffer, theme: Theme, focused: bool) -> Work {
        let view = self.view(area.intersection(buffer.area));
        let mut work = Work::default();
        let mut rows = view.body.rows();
        let mut line = view.top;
        while line < self.lines().len() {
            let Some(row) = rows.next() else { break };
            self.draw_number(line, row, view, buffer, theme);
            work.glyphs += self.draw_line(line, row, view, buffer, theme);
            if focused && line == self.cursor().0 {
                let (column, width) = self.cursor_columns();
                let covered = strip::cells(row, view.left, column, width);
                let selecting = self.text.selection().is_some();
                strip::draw_cursor(covered, selecting, buffer, theme);
            }
            for said in self.beneath(line, view.sheet()) {
                let Some(row) = rows.next() else { break };
                note::draw_row(&said.text, said.x, said.faded, row, buffer, theme);
            }
            work.lines += 1;
            line += 1;
        }
        work
    }

    fn draw_number(&self, line: usize, row: Rect, view: View, buffer: &mut Buffer, theme: Theme) {
        let (x, width) = (view.gutter.x, usize::from(view.gutter.width));
        if width < 3 {
            return;
        }
        let number = format!(" {:>1$} ", line + 1, width - 2);
        let tone = if line == self.cursor().0 {
            Tone::Plain
        } else {
            Tone::Faint
        };
        buffer.set_stringn(x, row.y, number, width, theme.style(tone));
        match self.marks.sign_of(line) {
            Some(State::Stands) => buffer.set_string(x, row.y, "✗", note::style(false, theme)),
            Some(_) => buffer.set_string(x, row.y, "~", note::style(true, theme)),
            None => {}
        }
    }

    fn draw_line(
        &self,
        line: usize,
        row: Rect,
        view: View,
        buffer: &mut Buffer,
        theme: Theme,
    ) -> usize {
        let text = &self.lines()[line];
        let end = place_of_column(text, view.left + usize::from(row.width));
        let pieces = tones(text, end.byte);
        let start = place_of_column(text, view.left);
        let marked: Vec<_> = self
            .marks
            .of_line(line)
            .filter(|mark| mark.state() == State::Stands)
            .map(|mark| mark.bytes_in(text))
            .filter(|bytes| bytes.end > start.byte && bytes.start <= end.byte)
            .collect();
        let selected = self.selected_bytes(line);
        let drawn = strip::draw(text, view.left, row, buffer, |glyph: Glyph<'_>| {
            let mut style = theme.style(tone_at(&pieces, glyph.byte));
            if glyph.is_placeholder() {
                style = theme.style(Tone::Strong);
            }
            if marked.iter().any(|bytes| bytes.contains(&glyph.byte)) {
                style = note::style(false, theme).add_modifier(Modifier::UNDERLINED);
            }
            if selected.contains(&glyph.byte) {
                style = style.patch(theme.selection());
            }
            style
        });
        // A selected line feed is seen as a selected blank.
        if end.byte == text.len() && selected.contains(&text.len()) {
            let blank = strip::cells(row, view.left, end.column, 1);
            buffer.set_style(blank, theme.selection());
        }
        drawn
    }

    /// The bytes of a line that are selected; one beyond its end where its line feed is.
    fn selected_bytes(&self, line: usize) -> Range<usize> {
        let Some((start, end)) = self.text.selection() else {
            return 0..0;
        };
        if line < start.0 || line > end.0 {
            return 0..0;
        }
        let text = &self.lines()[line];
        let from = if line == start.0 {
            byte_of_column(text, start.1)
        } else {
            0
        };
        let to = if line == end.0 {
            byte_of_column(text, end.1)
        } else {
            text.len() + 1
        };
        from..to
    }

    fn cursor_columns(&self) -> (usize, usize) {
        let model = self.text.model();
        strip::cursor_columns(model.line(), model.cursor_byte())
    }

    fn view(&self, area: Rect) -> View {
        let digits = self.lines().len().to_string().len().max(2);
        // A number has at most twenty digits.
        let wanted = digits as u16 + 2;
        let width = if area.width < wanted + 8 { 0 } else { wanted };
        let [gutter, body] =
            Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).areas(area);
        let model = self.text.model();
        let (line, byte) = (model.line(), model.cursor_byte());
        let room = usize::from(body.width);
        let mut view = View {
            gutter,
            body,
            top: 0,
            left: strip::left_for(line, byte, self.left, room, SIDE_MARGIN),
        };
        view.top = self.top_for(view.sheet());
        view
    }

    /// The first line to draw, so that the cursor's line and the messages beneath it are on the screen, and no row is
    /// left empty while there are lines above.
    fn top_for(&self, sheet: Sheet) -> usize {
        let (row, lines) = (self.cursor().0, self.lines().len());
        let most = lines - self.fitting((0..lines).rev(), sheet).max(1);
        let top = self.top.min(most).min(row);
        // Back from the cursor's line, as far as the view reaches; that line stays, whatever is said beneath it.
        let reach = self.fitting((0..row + 1).rev(), sheet).max(1);
        top.max(row + 1 - reach)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::layout::Rect;

    use super::{Editor, Work};
    use crate::tui::theme::Theme;

    fn frame_after(editor: &mut Editor, keys: &[KeyCode]) -> Work {
        let area = Rect::new(0, 0, 80, 24);
        let mut buffer = Buffer::empty(area);
        for key in keys {
            editor.input(KeyEvent::new(*key, KeyModifiers::NONE));
            editor.follow(area);
        }
        editor.paint(area, &mut buffer, Theme { colour: true }, true)
    }

    #[test]
    fn a_frame_costs_what_is_visible() {
        let keys = [
            KeyCode::End,
            KeyCode::Char('x'),
            KeyCode::Left,
            KeyCode::PageDown,
        ];
        let mut line = Editor::new(&"\"é\",".repeat(200_000));
        let work = frame_after(&mut line, &keys);
        assert_eq!((work.lines, work.glyphs <= 80), (1, true), "{work:?}");

        let mut lines = Editor::new(&"  \"key\": 1,\n".repeat(50_000));
        lines.set_cursor(300_000);
        let work = frame_after(&mut lines, &keys);
        assert_eq!((work.lines, work.glyphs <= 24 * 80), (24, true), "{work:?}");

        let mut both = Editor::new(&format!("{}\n", "x".repeat(20_000)).repeat(50));
        let work = frame_after(&mut both, &keys);
        assert_eq!((work.lines, work.glyphs <= 24 * 80), (24, true), "{work:?}");
    }
}
