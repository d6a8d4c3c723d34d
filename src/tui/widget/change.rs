//! One change of a text, as a place in it feels it: where it began, where its old end was, and where its new end is.
//!
//! ```text
//!   Model: insert, remove, undo ──▶ Change ──▶ anchors move with it
//! ```
//! A change only puts in or only takes out. It keeps its name when it is taken back or done again, so that whoever
//! noted what stood before it can put that back. Places are (row, byte in the row): a byte is found in a line of a
//! mebibyte without counting characters.

/// A place between two characters of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// The line, from 0.
    pub row: usize,
    /// The byte in the line.
    pub byte: usize,
}

impl At {
    /// A place.
    pub fn new(row: usize, byte: usize) -> At {
        At { row, byte }
    }

    /// The place behind this text, when the text stands here.
    fn behind(self, text: &str) -> At {
        match text.rfind('\n') {
            None => At::new(self.row, self.byte + text.len()),
            Some(last) => {
                let feeds = text.bytes().filter(|byte| *byte == b'\n').count();
                At::new(self.row + feeds, text.len() - last - 1)
            }
        }
    }
}

/// One change of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name: the same when it is taken back and done again, never another change's.
    pub id: u64,
    /// Whether it takes back what the change of this name did.
    pub undoes: bool,
    /// Where it begins.
    pub start: At,
    /// Where what it took out ended; its start when it took nothing out.
    pub old_end: At,
    /// Where what it put in ends; its start when it put nothing in.
    pub new_end: At,
}

impl Change {
    /// A text was put in.
    pub fn insertion(id: u64, start: At, text: &str) -> Change {
        Change {
            id,
            undoes: false,
            start,
            old_end: start,
            new_end: start.behind(text),
        }
    }

    /// What stood between two places was taken out.
    pub fn removal(id: u64, start: At, end: At) -> Change {
        Change {
            id,
            undoes: false,
            start,
            old_end: end,
            new_end: start,
        }
    }

    /// What takes it back.
    pub fn inverse(self) -> Change {
        Change {
            undoes: !self.undoes,
            old_end: self.new_end,
            new_end: self.old_end,
            ..self
        }
    }

    /// Whether it takes out a line's end.
    pub fn joins_lines(self) -> bool {
        self.old_end.row > self.start.row
    }

    /// Where a place stands after it. What is put in at the very place stands before it.
    pub fn moved(self, at: At) -> At {
        if at < self.start {
            return at;
        }
        if at < self.old_end {
            return self.start;
        }
        let same_row = at.row == self.old_end.row;
        At {
            row: at.row - self.old_end.row + self.new_end.row,
            byte: match same_row {
                true => at.byte - self.old_end.byte + self.new_end.byte,
                false => at.byte,
            },
        }
    }

    /// The same, but what is put in at the very place stands behind it.
    pub fn held(self, at: At) -> At {
        if at <= self.start {
            return at;
        }
        self.moved(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{At, Change};

    #[test]
    fn places_move_with_a_change() {
        let at = At::new;
        let typed = Change::insertion(1, at(2, 4), "é");
        let lines = Change::insertion(2, at(2, 4), "a\n\nbc");
        let taken = Change::removal(3, at(2, 4), at(4, 1));
        for (change, place, moved, held) in [
            (typed, at(2, 3), at(2, 3), at(2, 3)),
            (typed, at(2, 4), at(2, 6), at(2, 4)),
            (typed, at(2, 9), at(2, 11), at(2, 11)),
            (typed, at(3, 9), at(3, 9), at(3, 9)),
            (lines, at(2, 4), at(4, 2), at(2, 4)),
            (lines, at(2, 6), at(4, 4), at(4, 4)),
            (lines, at(7, 6), at(9, 6), at(9, 6)),
            (taken, at(3, 0), at(2, 4), at(2, 4)),
            (taken, at(4, 1), at(2, 4), at(2, 4)),
            (taken, at(4, 5), at(2, 8), at(2, 8)),
            (taken, at(5, 5), at(3, 5), at(3, 5)),
        ] {
            assert_eq!(change.moved(place), moved, "{change:?} {place:?}");
            assert_eq!(change.held(place), held, "{change:?} {place:?}");
            if !change.joins_lines() {
                assert_eq!(change.inverse().moved(moved), place);
            }
        }
        assert!(taken.joins_lines() && !taken.inverse().joins_lines());
        assert_eq!(taken.inverse().inverse(), taken);
    }
}
