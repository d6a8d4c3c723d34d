//! Several sources of rows as one, each in the order of the intents, and every row once.

use rusqlite::{CachedStatement, Rows, params_from_iter};

use crate::store::page::{Cursor, From};
use crate::store::search::condition::Sql;

/// Which rows, and which way: those whose `seq` lies between two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Above this.
    pub above: i64,
    /// Below this.
    pub below: i64,
    /// Whether from the oldest on.
    pub ascends: bool,
}

impl Bounds {
    /// All that lies that way from there.
    pub fn of(from: From) -> Bounds {
        let (above, below, ascends) = match from {
            From::Newest => (0, i64::MAX, false),
            From::Before(cursor) => (0, cursor.seq(), false),
            From::Oldest => (0, i64::MAX, true),
            From::After(cursor) => (cursor.seq(), i64::MAX, true),
        };
        Bounds {
            above,
            below,
            ascends,
        }
    }

    /// The place that it begins beside, from the other side.
    pub fn start(self) -> Cursor {
        match self.ascends {
            true => Cursor::at(self.above.saturating_add(1)),
            false => Cursor::at(self.below.saturating_sub(1)),
        }
    }

    /// Whether a row lies between.
    pub fn hold(self, seq: i64) -> bool {
        self.above < seq && seq < self.below
    }

    /// The word of SQL for the way.
    pub fn order(self) -> &'static str {
        if self.ascends { "ASC" } else { "DESC" }
    }
}

/// A source that was asked.
pub enum Stream<'c> {
    /// A statement with its parameters: the rows' `seq`, and whether they may fit.
    Statement(CachedStatement<'c>, Sql),
    /// Rows that were gathered, in the order in which they are wanted; all may fit.
    List(Vec<i64>),
}

enum Side<'s> {
    Rows(Rows<'s>),
    List(std::slice::Iter<'s, i64>),
}

impl Side<'_> {
    fn next(&mut self) -> rusqlite::Result<Option<(i64, bool)>> {
        match self {
            Side::List(list) => Ok(list.next().map(|seq| (*seq, true))),
            Side::Rows(rows) => match rows.next()? {
                Some(row) => {
                    let maybe: Option<bool> = row.get(1)?;
                    Ok(Some((row.get(0)?, maybe.unwrap_or(false))))
                }
                None => Ok(None),
            },
        }
    }
}

/// The sources, each with the row that it would give next.
pub struct Merge<'s> {
    sides: Vec<(Side<'s>, Option<(i64, bool)>)>,
    ascends: bool,
}

impl<'s> Merge<'s> {
    /// Begins all of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn new(streams: &'s mut [Stream<'_>], ascends: bool) -> rusqlite::Result<Merge<'s>> {
        let mut sides = Vec::with_capacity(streams.len());
        for stream in streams {
            let mut side = match stream {
                Stream::Statement(statement, sql) => {
                    Side::Rows(statement.query(params_from_iter(&sql.values))?)
                }
                Stream::List(list) => Side::List(list.iter()),
            };
            let first = side.next()?;
            sides.push((side, first));
        }
        Ok(Merge { sides, ascends })
    }

    /// The next row, and whether it may fit.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn advance(&mut self) -> rusqlite::Result<Option<(i64, bool)>> {
        let heads = self.sides.iter().filter_map(|(_, head)| *head);
        let seqs = heads.map(|(seq, _)| seq);
        let Some(next) = (match self.ascends {
            true => seqs.min(),
            false => seqs.max(),
        }) else {
            return Ok(None);
        };
        let mut maybe = false;
        for (side, head) in &mut self.sides {
            while let Some((_, fits)) = head.filter(|(seq, _)| *seq == next) {
                maybe |= fits;
                *head = side.next()?;
            }
        }
        Ok(Some((next, maybe)))
    }
}
