//! Which part of something long is on the screen: the arithmetic of scrolling, in rows or in columns.
//!
//! Pure numbers: no rows, no drawing. A pane keeps a [`Window`] and tells it the length and the height each time, since
//! both change under it.

use std::ops::Range;

/// How many rows stay visible beyond the cursor, where there are some.
const MARGIN: usize = 2;

/// The first visible place, so that `size` places from `at` on are visible in a room of `room`, with a margin on both
/// sides; as near as can be to `from`, where the view begins now.
pub fn follow(from: usize, at: usize, size: usize, room: usize, margin: usize) -> usize {
    let margin = margin.min(room.saturating_sub(size) / 2);
    let most = at.saturating_sub(margin);
    let least = at
        .saturating_add(size)
        .saturating_add(margin)
        .saturating_sub(room);
    from.clamp(least.min(most), most)
}

/// A list's cursor and its first visible row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first visible row.
    pub top: usize,
    /// The row the cursor is on.
    pub cursor: usize,
}

impl Window {
    /// Puts the cursor on a row, or on the last one there is, and shows it.
    pub fn go(&mut self, row: usize, len: usize, height: usize) {
        self.cursor = row.min(len.saturating_sub(1));
        self.top = follow(self.top, self.cursor, 1, height, MARGIN).min(len.saturating_sub(height));
    }

    /// Rights itself after the length or the height changed.
    pub fn fit(&mut self, len: usize, height: usize) {
        self.go(self.cursor, len, height);
    }

    /// Moves the cursor by rows; negative is up.
    pub fn step(&mut self, rows: isize, len: usize, height: usize) {
        self.go(self.cursor.saturating_add_signed(rows), len, height);
    }

    /// Moves by pages, one row of which is seen on both; negative is up.
    pub fn page(&mut self, pages: isize, len: usize, height: usize) {
        // A height comes from a u16.
        let page = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1);
        self.step(pages.saturating_mul(page), len, height);
    }

    /// To the first row.
    pub fn first(&mut self, len: usize, height: usize) {
        self.go(0, len, height);
    }

    /// To the last row.
    pub fn last(&mut self, len: usize, height: usize) {
        self.go(usize::MAX, len, height);
    }

    /// Stays on what it shows when rows are added before it.
    pub fn shift(&mut self, added: usize, len: usize, height: usize) {
        self.top = self.top.saturating_add(added);
        self.go(self.cursor.saturating_add(added), len, height);
    }

    /// The visible rows.
    pub fn rows(self, len: usize, height: usize) -> Range<usize> {
        let top = self.top.min(len);
        top..top.saturating_add(height).min(len)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Window, follow};

    #[test]
    fn a_view_follows_with_a_margin() {
        for (from, at, size, room, margin, expected) in [
            (0, 0, 1, 10, 2, 0),
            (0, 7, 1, 10, 2, 0),
            (0, 8, 1, 10, 2, 1),
            (5, 6, 1, 10, 2, 4),
            (5, 1, 1, 10, 2, 0),
            (0, 9, 2, 10, 0, 1),
            // A margin never pushes the cursor out of a small view.
            (0, 5, 1, 1, 9, 5),
            // What is larger than the room shows its beginning.
            (0, 5, 8, 3, 1, 5),
            (0, 5, 1, 0, 1, 5),
        ] {
            assert_eq!(follow(from, at, size, room, margin), expected);
        }
    }

    #[test]
    fn a_window_moves_by_rows_pages_and_ends() {
        let mut window = Window::default();
        window.step(-1, 100, 10);
        assert_eq!(window, Window { top: 0, cursor: 0 });
        window.step(9, 100, 10);
        assert_eq!(window, Window { top: 2, cursor: 9 });
        window.page(1, 100, 10);
        assert_eq!((window.top, window.cursor), (11, 18));
        window.last(100, 10);
        assert_eq!((window.top, window.cursor), (90, 99));
        window.page(-1, 100, 10);
        assert_eq!((window.top, window.cursor), (88, 90));
        window.first(100, 10);
        assert_eq!(window, Window::default());
        window.shift(5, 105, 10);
        assert_eq!((window.top, window.cursor), (3, 5));
        window.last(105, 10);
        window.fit(3, 10);
        assert_eq!((window.top, window.cursor), (0, 2));
        window.fit(0, 0);
        assert_eq!(window.rows(0, 0), 0..0);
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_visible(
            len in 1_usize..50, height in 1_usize..12, moves in proptest::collection::vec(any::<i8>(), 0..20),
        ) {
            let mut window = Window::default();
            for rows in moves {
                if rows % 5 == 0 {
                    window.page(isize::from(rows), len, height);
                } else {
                    window.step(isize::from(rows), len, height);
                }
                let shown = window.rows(len, height);
                assert!(shown.contains(&window.cursor));
                assert_eq!(shown.len(), height.min(len));
            }
        }
    }
}
