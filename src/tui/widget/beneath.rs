//! The rows beneath a line of an edited text: the messages about its places, one under the other.
//!
//! There are never so many that they fill the view: where a line has more to say than that, the cursor chooses what
//! comes first, and the last row counts the rest.

use crate::tui::widget::anchor::State;
use crate::tui::widget::change::At;
use crate::tui::widget::glyph::{place_of_byte, place_of_column};
use crate::tui::widget::mark::{Marks, Placed};
use crate::tui::widget::note::{Note, laid_out};

/// How many rows may stand beneath one line.
const MOST: usize = 9;

/// A row beneath a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The column in the view.
    pub x: usize,
    /// What stands there.
    pub text: String,
    /// Whether it speaks of something that was changed since.
    pub faded: bool,
}

/// The part of a text's columns that is on the screen, and how many rows there are.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    /// The first column.
    pub left: usize,
    /// How many columns.
    pub width: usize,
    /// How many rows.
    pub height: usize,
}

/// The rows beneath a line, its text given. Where not all fit, the marks at the cursor come first.
pub fn beneath(marks: &Marks, row: usize, line: &str, cursor: At, sheet: Sheet) -> Vec<Row> {
    let room = sheet.height.saturating_sub(1).min(MOST);
    let mut here = marks.of_line(row).peekable();
    if room == 0 || sheet.width == 0 || here.peek().is_none() {
        return Vec::new();
    }
    let seen = Seen::of(line, sheet);
    if let Some(rows) = all(here.clone(), line, &seen, room) {
        return rows;
    }
    let count = here.clone().count();
    let behind = here.clone().take_while(|mark| mark.start() <= cursor);
    let at_cursor = behind
        .last()
        .map(Placed::start)
        .filter(|_| cursor.row == row);
    let skipped = here.take_while(|mark| at_cursor.is_some_and(|at| mark.start() < at));
    let skipped = skipped.count();
    let (mut rows, mut shown) = (Vec::new(), 0);
    for mark in marks.of_line(row).skip(skipped) {
        let more = rows_of(mark, line, &seen);
        // A row is kept for the count of the others.
        if rows.len() + more.len() >= room && shown > 0 {
            break;
        }
        rows.extend(more);
        shown += 1;
    }
    rows.truncate(room - 1);
    rows.push(Row {
        x: 0,
        text: format!("… {} more in this line", count - shown),
        faded: true,
    });
    rows
}

/// The rows of all these marks, when they fit.
fn all<'a>(
    marks: impl Iterator<Item = &'a Placed>,
    line: &str,
    seen: &Seen,
    room: usize,
) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let mut shown = 0;
    for mark in marks {
        rows.extend(rows_of(mark, line, seen));
        shown += 1;
        // One that is alone is cut where the room ends: there are no others to be counted.
        if rows.len() > room && shown > 1 {
            return None;
        }
    }
    if shown == 1 {
        rows.truncate(room);
    }
    (rows.len() <= room).then_some(rows)
}

fn rows_of(mark: &Placed, line: &str, seen: &Seen) -> Vec<Row> {
    let faded = mark.state() != State::Stands;
    let note = Note {
        columns: seen.columns(mark, line),
        text: &mark.sentence(),
        faded,
    };
    let laid = laid_out(&note, seen.sheet.left, seen.sheet.width);
    let row = |text| Row {
        x: laid.x,
        text,
        faded,
    };
    laid.rows.into_iter().map(row).collect()
}

/// Which bytes of a line are on the screen: where the others stand need not be counted out.
struct Seen {
    sheet: Sheet,
    from: usize,
    to: usize,
}

impl Seen {
    fn of(line: &str, sheet: Sheet) -> Seen {
        Seen {
            sheet,
            from: place_of_column(line, sheet.left).byte,
            to: place_of_column(line, sheet.left + sheet.width).byte,
        }
    }

    fn columns(&self, mark: &Placed, line: &str) -> (usize, usize) {
        let bytes = mark.bytes_in(line);
        if self.from > 0 && bytes.end.max(bytes.start + 1) <= self.from {
            return (0, 0);
        }
        if bytes.start > self.to {
            let beyond = self.sheet.left + self.sheet.width;
            return (beyond, beyond);
        }
        let start = place_of_byte(line, bytes.start).column;
        let end = place_of_byte(line, bytes.end.min(self.to)).column;
        (start, end.max(start))
    }
}
