//! A text of one line that is being edited: a header's value, a filter, a name.
//!
//! The same model as the editor's; Enter and Tab are not its business, and a pasted line end becomes a space. Where the
//! view begins is kept by [`Field::follow`]; drawing works it out again from that and the width.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position as Point, Rect};
use ratatui::style::Style;

use crate::document::visible::visible;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::edit_key::EditKey;
use crate::tui::widget::edit_text::{EditText, Motion, Step};
use crate::tui::widget::model::byte_of_column;
use crate::tui::widget::strip;
use crate::tui::widget::text::cut;

/// How many columns stay visible left and right of the cursor, where there are some.
const MARGIN: usize = 2;

/// A text of one line that is being edited.
#[derive(Clone, Debug)]
pub struct Field {
    text: EditText,
    /// The first visible column.
    left: usize,
}

impl Field {
    /// A field with the cursor at the text's end. Line ends become spaces.
    pub fn new(text: &str) -> Self {
        let mut field = Self {
            text: EditText::new(&one_line(text)),
            left: 0,
        };
        field.text.step(Motion::End, false);
        field
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.text.model().line()
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.text.model().is_empty()
    }

    /// Grows with every change of the text.
    pub fn revision(&self) -> u64 {
        self.text.model().revision()
    }

    /// The cursor's column, in characters.
    pub fn cursor(&self) -> usize {
        self.text.model().cursor().1
    }

    /// Puts the cursor on a byte of the text.
    pub fn set_cursor(&mut self, byte: usize) {
        let position = self.text.model().position_of_byte(byte);
        self.text.set_cursor(position);
    }

    /// Selects everything, so that typing replaces it.
    pub fn select_all(&mut self) {
        self.text.select_all();
    }

    /// Drops the selection; whether there was one.
    pub fn deselect(&mut self) -> bool {
        self.text.deselect()
    }

    /// Puts another text in the place of all, the cursor at its end; undo brings the old one back.
    pub fn replace_all(&mut self, text: &str) -> bool {
        let changed = self.text.replace_all(&one_line(text));
        self.text.step(Motion::End, false);
        changed
    }

    /// Inserts a text as it was pasted; a line end becomes a space.
    pub fn paste(&mut self, pasted: &str) -> bool {
        self.text.insert(&one_line(pasted), Step::New)
    }

    /// Does what a key means while a line is edited. Whether the text changed.
    pub fn input(&mut self, key: KeyEvent) -> bool {
        match EditKey::read(key) {
            Some(EditKey::Move(motion, select)) => {
                self.text.step(motion, select);
                false
            }
            Some(EditKey::Delete(motion)) => self.text.delete(motion),
            Some(EditKey::Type(c)) => self
                .text
                .insert(&one_line(c.encode_utf8(&mut [0; 4])), Step::Typing),
            Some(EditKey::Undo) => self.text.undo(),
            Some(EditKey::Redo) => self.text.redo(),
            // A field has no second line to go to, and whoever shows it gives Enter and Tab their meaning.
            Some(
                EditKey::PageUp(_) | EditKey::PageDown(_) | EditKey::NewLine | EditKey::Indent,
            )
            | None => false,
        }
    }

    /// Keeps the cursor in view in a field of this width.
    pub fn follow(&mut self, width: u16) {
        self.left = self.left_for(width);
    }

    /// Where in the area the cursor is, for the terminal's own one.
    pub fn cursor_point(&self, area: Rect) -> Option<Point> {
        let covered = self.cursor_cells(area);
        (!covered.is_empty()).then(|| covered.as_position())
    }

    /// The cells of an area that show these bytes; a place behind the last one is one column wide.
    pub fn cells_of(&self, bytes: Range<usize>, area: Rect) -> Rect {
        let column = |byte| strip::cursor_columns(self.text(), byte).0;
        let (from, to) = (column(bytes.start), column(bytes.end));
        let width = to.saturating_sub(from).max(1);
        strip::cells(area, self.left_for(area.width), from, width)
    }

    fn left_for(&self, width: u16) -> usize {
        let byte = self.text.model().cursor_byte();
        strip::left_for(self.text(), byte, self.left, usize::from(width), MARGIN)
    }

    fn cursor_cells(&self, area: Rect) -> Rect {
        let (column, width) = strip::cursor_columns(self.text(), self.text.model().cursor_byte());
        strip::cells(area, self.left_for(area.width), column, width)
    }

    fn selected_bytes(&self) -> Range<usize> {
        self.text.selection().map_or(0..0, |(start, end)| {
            byte_of_column(self.text(), start.1)..byte_of_column(self.text(), end.1)
        })
    }

    /// Draws the text, or what to write where there is none; with the cursor if the field has the focus.
    pub fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        theme: Theme,
        focused: bool,
        placeholder: &str,
    ) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        if self.is_empty() {
            let faint = theme.style(Tone::Faint);
            let width = usize::from(area.width);
            buffer.set_stringn(
                area.x,
                area.y,
                cut(&visible(placeholder), width),
                width,
                faint,
            );
        }
        let selected = self.selected_bytes();
        strip::draw(
            self.text(),
            self.left_for(area.width),
            area,
            buffer,
            |glyph| match (selected.contains(&glyph.byte), glyph.is_placeholder()) {
                (true, _) => theme.selection(),
                (false, true) => theme.style(Tone::Strong),
                (false, false) => Style::new(),
            },
        );
        if focused {
            let selecting = self.text.selection().is_some();
            strip::draw_cursor(self.cursor_cells(area), selecting, buffer, theme);
        }
    }
}

/// A text whose line ends are spaces; CR LF is one line end.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    use super::Field;
    use crate::tui::theme::Theme;

    const THEME: Theme = Theme { colour: true };

    fn press(field: &mut Field, code: KeyCode, modifiers: KeyModifiers) -> bool {
        field.input(KeyEvent::new(code, modifiers))
    }

    /// What is drawn, with the cursor's cell in brackets.
    fn drawn(field: &Field, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        field.draw(area, &mut buffer, THEME, true, "Name: value");
        let cells = buffer.content.iter();
        cells
            .map(|cell| {
                if cell.modifier.contains(Modifier::REVERSED) {
                    format!("[{}]", cell.symbol())
                } else {
                    cell.symbol().to_owned()
                }
            })
            .collect()
    }

    #[test]
    fn a_line_is_typed_pasted_and_taken_back() {
        let mut field = Field::new("");
        assert_eq!(drawn(&field, 8), "[N]ame: v…");
        for c in "ab c".chars() {
            assert!(press(&mut field, KeyCode::Char(c), KeyModifiers::NONE));
        }
        assert!(field.paste("1\r\n2\r3\n"));
        assert_eq!(field.text(), "ab c1 2 3 ");
        assert_eq!(drawn(&field, 12), "ab c1 2 3 [ ] ");
        for key in [KeyCode::Enter, KeyCode::Tab, KeyCode::Up, KeyCode::PageDown] {
            assert!(!press(&mut field, key, KeyModifiers::NONE));
        }
        assert!(press(&mut field, KeyCode::Char('z'), KeyModifiers::CONTROL));
        assert_eq!(field.text(), "ab c");
        field.replace_all("x\ny");
        assert_eq!((field.text(), field.cursor()), ("x y", 3));
        field.set_cursor(1);
        field.select_all();
        assert!(press(&mut field, KeyCode::Char('z'), KeyModifiers::NONE));
        assert_eq!(field.text(), "z");
        assert!(press(&mut field, KeyCode::Backspace, KeyModifiers::NONE));
        assert!(field.is_empty());
    }

    #[test]
    fn a_long_line_scrolls_under_the_cursor() {
        let mut field = Field::new("0123456789漢e\u{301}");
        assert_eq!(drawn(&field, 6), "89漢 e\u{301}[ ]");
        field.follow(6);
        for _ in 0..4 {
            press(&mut field, KeyCode::Left, KeyModifiers::NONE);
            field.follow(6);
        }
        assert_eq!(drawn(&field, 6), "67[8]9漢 ");
        press(&mut field, KeyCode::Home, KeyModifiers::SHIFT);
        assert_eq!(drawn(&field, 6), "0[1][2][3][4][5]");
        assert!(field.deselect() && !field.deselect());
    }

    #[test]
    fn no_size_is_too_small() {
        let field = Field::new("漢字 text");
        for width in 0..=10 {
            drawn(&field, width);
            assert_eq!(
                field.cursor_point(Rect::new(0, 0, width, 1)).is_some(),
                width > 0
            );
        }
        let mut small = Buffer::empty(Rect::new(0, 0, 3, 1));
        field.draw(Rect::new(2, 5, 40, 9), &mut small, THEME, true, "");
    }
}
