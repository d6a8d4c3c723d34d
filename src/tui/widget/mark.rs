//! Messages about places of a text, shown beneath their lines as a compiler shows them: `^^ code: message`.
//!
//! Marks are plain data; the editor keeps them in order and moves them along when lines are added or removed. Messages
//! may come from a server: they are shortened and made visible here.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::document::visible::visible;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::model::byte_of_column;
use crate::tui::widget::text;

/// How many marks are kept.
const LIMIT: usize = 1000;

/// How many message rows a line may have beneath it.
pub const ROWS: usize = 3;

/// How many bytes of a message are kept.
const MESSAGE_BYTES: usize = 1024;

/// The look of a mark: that of an answer that refuses.
pub const TONE: Tone = Tone::Refused;

/// Something to be said about a place of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line, from 0.
    pub line: usize,
    /// The first column, in characters from 0.
    pub start_col: usize,
    /// The column behind the last; the same as the first for a place between characters.
    pub end_col: usize,
    /// What is said.
    pub message: String,
}

impl Mark {
    /// The bytes of its line that it speaks of.
    pub fn bytes_in(&self, line: &str) -> Range<usize> {
        byte_of_column(line, self.start_col)..byte_of_column(line, self.end_col)
    }
}

/// The marks of a text, in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// Puts marks in order, and drops those beyond a thousand.
    pub fn new(mut marks: Vec<Mark>) -> Self {
        marks.sort_by_key(|mark| (mark.line, mark.start_col));
        marks.truncate(LIMIT);
        for mark in &mut marks {
            let end = mark.message.floor_char_boundary(MESSAGE_BYTES);
            mark.message = visible(&mark.message[..end]).into_owned();
        }
        Self(marks)
    }

    /// All of them.
    pub fn all(&self) -> &[Mark] {
        &self.0
    }

    /// Those of one line.
    pub fn of_line(&self, line: usize) -> &[Mark] {
        let start = self.0.partition_point(|mark| mark.line < line);
        let end = self.0.partition_point(|mark| mark.line <= line);
        &self.0[start..end]
    }

    /// How many message rows stand beneath a line.
    pub fn rows_of(&self, line: usize) -> usize {
        self.of_line(line).len().min(ROWS)
    }

    /// Moves what stands behind an edit at `(row, column)` that made the text longer by `lines` (negative: shorter).
    pub fn shift(&mut self, (row, column): (usize, usize), lines: isize) {
        if lines == 0 {
            return;
        }
        for mark in &mut self.0 {
            if (mark.line, mark.start_col) >= (row, column) {
                mark.line = mark.line.saturating_add_signed(lines).max(row);
            }
        }
        // Marks of removed lines fall together on the edit's line.
        self.0.sort_by_key(|mark| (mark.line, mark.start_col));
    }
}

/// One row beneath a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// The screen columns it speaks of, in the line, not in the view.
    pub columns: (usize, usize),
    /// What it says.
    pub text: Cow<'a, str>,
}

/// Which of a line's marks are shown in its `row`-th message row, and how many stand behind that one unseen.
pub fn shown(marks: &[Mark], row: usize) -> Option<(&Mark, usize)> {
    let mark = marks.get(row)?;
    let more = if row + 1 == ROWS {
        marks.len() - ROWS
    } else {
        0
    };
    Some((mark, more))
}

/// Draws a note in the row `area` of a view that begins at the column `left`.
pub fn draw(note: &Note<'_>, left: usize, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let width = usize::from(area.width);
    let (x, line) = laid_out(note, left, width);
    let style = theme.style(TONE).add_modifier(Modifier::ITALIC);
    // `x` is at most the area's width, a u16.
    let x = area.x.saturating_add(x as u16);
    if buffer.area.contains((x, area.y).into()) {
        buffer.set_stringn(x, area.y, line, width, style);
    }
}

/// Where in a row of `width` columns a note begins, and how it reads there.
fn laid_out(note: &Note<'_>, left: usize, width: usize) -> (usize, String) {
    let (start, end) = note.columns;
    let message = &note.text;
    if end.max(start + 1) <= left {
        return (0, text::cut(&format!("← {message}"), width).into_owned());
    }
    if start >= left + width {
        let line = text::cut(message, width.saturating_sub(2));
        let line = text::cut(&format!("{line} →"), width).into_owned();
        return (width.saturating_sub(text::width(&line)), line);
    }
    let x = start.saturating_sub(left);
    let span = end.min(left + width).saturating_sub(left + x);
    let carets = "^".repeat(span.clamp(1, (width / 4).max(1)));
    let needed = carets.len() + 1 + text::width(message);
    if x + needed <= width {
        (x, format!("{carets} {message}"))
    } else if needed <= x + carets.len() {
        (x + carets.len() - needed, format!("{message} {carets}"))
    } else {
        (0, text::cut(&format!("↑ {message}"), width).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Mark, Marks, Note, laid_out, shown};

    fn mark(line: usize, start_col: usize, message: &str) -> Mark {
        Mark {
            line,
            start_col,
            end_col: start_col + 1,
            message: message.to_owned(),
        }
    }

    #[test]
    fn marks_are_in_order_and_few() {
        let marks = Marks::new(vec![
            mark(4, 0, "d"),
            mark(2, 9, "b"),
            mark(2, 1, "a\u{1b}"),
            mark(2, 11, "c"),
            mark(2, 12, "x"),
        ]);
        let said: Vec<_> = marks.all().iter().map(|mark| &*mark.message).collect();
        assert_eq!(said, ["a␛", "b", "c", "x", "d"]);
        assert_eq!(
            (marks.rows_of(2), marks.rows_of(3), marks.rows_of(4)),
            (3, 0, 1)
        );
        assert_eq!(shown(marks.of_line(2), 2).unwrap().1, 1);
        assert_eq!(shown(marks.of_line(4), 0).unwrap().1, 0);
        assert_eq!(shown(marks.of_line(4), 1), None);
        assert_eq!(Marks::new(vec![mark(0, 0, ""); 5000]).all().len(), LIMIT);
    }

    #[test]
    fn marks_move_with_their_lines() {
        let mut marks = Marks::new(vec![mark(1, 4, "a"), mark(3, 0, "b"), mark(5, 0, "c")]);
        let lines = |marks: &Marks| -> Vec<usize> { marks.all().iter().map(|m| m.line).collect() };
        marks.shift((1, 5), 2);
        assert_eq!(lines(&marks), [1, 5, 7]);
        marks.shift((1, 4), 1);
        assert_eq!(lines(&marks), [2, 6, 8]);
        marks.shift((3, 0), -4);
        assert_eq!(lines(&marks), [2, 3, 4]);
    }

    #[test]
    fn a_note_stands_where_it_can_be_read() {
        for (columns, left, width, expected) in [
            ((2, 4), 0, 20, (2, "^^ too small")),
            ((2, 2), 0, 20, (2, "^ too small")),
            ((2, 90), 0, 20, (2, "^^^^^ too small")),
            ((15, 17), 0, 20, (5, "too small ^^")),
            ((5, 6), 0, 12, (0, "↑ too small")),
            ((5, 6), 0, 8, (0, "↑ too s…")),
            ((2, 4), 10, 20, (0, "← too small")),
            ((50, 54), 10, 20, (9, "too small →")),
            ((2, 4), 2, 0, (0, "")),
        ] {
            let note = Note {
                columns,
                text: "too small".into(),
            };
            let (x, line) = laid_out(&note, left, width);
            assert_eq!((x, &*line), expected, "{columns:?} {left} {width}");
        }
    }
}
