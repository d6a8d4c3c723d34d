//! Which columns a row of the history has at a width, and how wide each is.
//!
//! ```text
//!   80x24    ✗ 422  POST /v1/…/boxes  same
//!   150x40   ✗ 422  POST   /v1/payments      same   38 ms     4 m
//!   200x60   ✗ 422  POST   /v1/payments      same   38 ms     4 m  acct_demo   amount_not_positive
//! ```
//!
//! The width alone says so: what the rows hold never moves a column, and what is missing in one leaves a gap. A column
//! comes when the path keeps enough room beside it, the more telling ones first.

use crate::tui::pane::history::age;
use crate::tui::session::Clock;

/// The columns of a glyph and a status, with the gap behind them.
pub const CLASS: usize = 6;

/// The columns of the mark behind the path.
pub const MARK: usize = 4;

/// How wide each column is; none has its gap in it, and 0 is a column that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Where it is told what is folded, pinned and noted.
    pub gutter: usize,
    /// The method.
    pub method: usize,
    /// The path, and a note behind it.
    pub path: usize,
    /// How long it took.
    pub took: usize,
    /// When it was sent.
    pub age: usize,
    /// The account.
    pub account: usize,
    /// The first error's code.
    pub code: usize,
    /// The body's size.
    pub size: usize,
    /// The server's own id, else the operation's.
    pub id: usize,
}

/// How much of a code is worth a column, and how much of it is shown at most.
const CODE: (usize, usize) = (12, 22);

impl Columns {
    /// The columns of a row of this width.
    pub fn of(width: usize, gutter: usize, clock: Clock) -> Columns {
        let method = if width >= 48 { 6 } else { 4 };
        let fixed = gutter + CLASS + method + 1 + MARK + 1;
        let mut columns = Columns {
            gutter,
            method,
            path: width.saturating_sub(fixed),
            ..Columns::default()
        };
        // The column, its width, and what the path has to keep beside it.
        let wishes = [
            (Wish::Took, 8, 14),
            (Wish::Age, age::columns(clock), 14),
            (Wish::Account, 10, 20),
            (Wish::Code, CODE.0, 20),
            (Wish::Size, 8, 24),
            (Wish::Id, 9, 24),
        ];
        for (wish, wide, keeps) in wishes {
            let Some(path) = columns
                .path
                .checked_sub(wide + 1)
                .filter(|path| *path >= keeps)
            else {
                break;
            };
            columns.path = path;
            *columns.of_wish(wish) = wide;
        }
        // A code says more with its end than a path with its middle.
        if columns.code > 0 {
            let more = columns.path.saturating_sub(26).min(CODE.1 - CODE.0);
            columns.code += more;
            columns.path -= more;
        }
        columns
    }

    fn of_wish(&mut self, wish: Wish) -> &mut usize {
        match wish {
            Wish::Took => &mut self.took,
            Wish::Age => &mut self.age,
            Wish::Account => &mut self.account,
            Wish::Code => &mut self.code,
            Wish::Size => &mut self.size,
            Wish::Id => &mut self.id,
        }
    }
}

#[derive(Clone, Copy)]
enum Wish {
    Took,
    Age,
    Account,
    Code,
    Size,
    Id,
}

#[cfg(test)]
mod tests {
    use crate::tui::pane::history::column::{CLASS, Columns, MARK};
    use crate::tui::session::Clock;

    fn total(columns: Columns) -> usize {
        let optional = [
            columns.took,
            columns.age,
            columns.account,
            columns.code,
            columns.size,
            columns.id,
        ];
        let optional: usize = optional.iter().filter(|w| **w > 0).map(|w| w + 1).sum();
        columns.gutter + CLASS + columns.method + 1 + columns.path + MARK + 1 + optional
    }

    #[test]
    fn the_columns_fill_the_width_and_only_ever_grow_in_number() {
        for clock in [Clock::Relative, Clock::Absolute] {
            for gutter in [0, 2, 3] {
                let mut before = 0;
                for width in 24..300 {
                    let columns = Columns::of(width, gutter, clock);
                    assert_eq!(total(columns), width, "{columns:?}");
                    let count = [
                        columns.took,
                        columns.age,
                        columns.account,
                        columns.code,
                        columns.size,
                        columns.id,
                    ]
                    .iter()
                    .filter(|column| **column > 0)
                    .count();
                    assert!(
                        count >= before || count + 1 == before,
                        "{width}: {columns:?}"
                    );
                    before = count;
                }
                assert_eq!(before, 6);
            }
        }
        // No width is too small for a row.
        for width in 0..24 {
            let columns = Columns::of(width, 2, Clock::Relative);
            assert_eq!((columns.took, columns.age), (0, 0));
        }
    }

    #[test]
    fn the_usual_terminals_have_these() {
        for (inner, expected) in [
            (28, [0, 0, 0, 0, 0, 0]),
            (41, [8, 0, 0, 0, 0, 0]),
            (55, [8, 7, 0, 0, 0, 0]),
            (86, [8, 7, 10, 13, 0, 0]),
            (108, [8, 7, 10, 16, 8, 9]),
        ] {
            let c = Columns::of(inner, 0, Clock::Relative);
            let got = [c.took, c.age, c.account, c.code, c.size, c.id];
            assert_eq!(got, expected, "{inner}: {c:?}");
        }
    }
}
