//! Pages of what fits a query, without ever holding the thread for long.
//!
//! ```text
//!   Query ─plan─▶ sources: an index each, newest first ─┐
//!                                                       ├─ merged by seq ─▶ maybe? ─▶ the row is read and judged ─▶ page
//!   Query ─condition─▶ SQL: may this row fit? ──────────┘                            └ what it does not tell: look
//!                                                        25 ms gone ─▶ what was found, and where to go on
//! ```
//!
//! The sources together hold every row that fits, and perhaps others. What counts is the judgement of each row, which is
//! the one that memory makes too (`domain/query`): an index can make a search slow, never wrong.
//!
//! The history's thread is one, and an intent must get through: so a page ends at its limit or at its time, whichever
//! comes first, and says where to go on.

pub mod condition;
pub mod index;
pub mod known;
pub mod look;
pub mod merge;
pub mod plan;
pub mod trigram;

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, named_params};

use crate::domain::exchange::Summary;
use crate::domain::query::Query;
use crate::store::page::{Cursor, From, Page};
use crate::store::row::{self, Gone};
use crate::store::search::look::Look;
use crate::store::search::merge::{Bounds, Merge};
use crate::store::search::plan::Plan;

/// How long one page may search.
const BUDGET: Duration = Duration::from_millis(20);

/// What is asked for.
pub struct Search<'a> {
    /// Which rows.
    pub query: &'a Query,
    /// Where to begin.
    pub from: From,
    /// How many at most.
    pub limit: usize,
    /// What times are counted from.
    pub now: Timestamp,
    /// Where the bodies of answers lie.
    pub bodies: &'a Path,
}

/// A page of what fits.
pub fn page(connection: &Connection, search: &Search, gone: &Gone) -> rusqlite::Result<Page> {
    let end = Instant::now() + BUDGET;
    let plan = Plan::of(connection, search.query, search.now)?;
    let bounds = plan.bounds(connection, search.from)?;
    let condition = condition::of(search.query.expression(), search.now);
    let mut streams = plan.streams(connection, &condition, bounds)?;
    let mut merge = Merge::new(&mut streams, bounds.ascends)?;
    let mut found = Found::default();
    while found.rows.len() < search.limit {
        let Some((seq, maybe)) = merge.advance()? else {
            found.is_whole = true;
            break;
        };
        found.last = Some(seq);
        if maybe && let Some(summary) = fitting(connection, search, gone, seq)? {
            found.rows.push((seq, summary));
        }
        if Instant::now() > end {
            found.is_short = found.rows.len() < search.limit;
            break;
        }
    }
    // A page that is full may have ended just there.
    found.is_whole = found.is_whole || merge.advance()?.is_none();
    found.page(connection, search.from, bounds)
}

/// The row at this place, when it fits.
fn fitting(
    connection: &Connection,
    search: &Search,
    gone: &Gone,
    seq: i64,
) -> rusqlite::Result<Option<Summary>> {
    let Some(summary) = read(connection, gone, seq)? else {
        return Ok(None);
    };
    let (query, now) = (search.query, search.now);
    // First what the row tells: a file is opened only for what it does not.
    let mut fits = query.judge(&summary, now, &mut |_| None);
    if fits.is_none() {
        let mut look = Look::new(connection, search.bodies, gone, seq, &summary);
        fits = query.judge(&summary, now, &mut |term| look.ask(term));
        look.done()?;
    }
    Ok((fits == Some(true)).then_some(summary))
}

fn read(connection: &Connection, gone: &Gone, seq: i64) -> rusqlite::Result<Option<Summary>> {
    let sql = format!(
        "SELECT {} FROM exchange WHERE exchange.seq = :seq",
        row::summary_columns()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = named_params! { ":seq": seq, ":gone": gone.parameter() };
    let mut rows = statement.query(parameters)?;
    let row = rows.next()?.map(row::summary).transpose()?;
    Ok(row.map(|(_, summary)| summary))
}

/// How far a page has come.
#[derive(Default)]
struct Found {
    /// In the order in which they were found.
    rows: Vec<(i64, Summary)>,
    /// The last row that was looked at.
    last: Option<i64>,
    /// Whether nothing is left to look at.
    is_whole: bool,
    /// Whether the time was over before the page was full.
    is_short: bool,
}

impl Found {
    fn page(
        mut self,
        connection: &Connection,
        from: From,
        bounds: Bounds,
    ) -> rusqlite::Result<Page> {
        let ahead = self.last.filter(|_| !self.is_whole).map(Cursor::at);
        let searched_to = match self.last.filter(|_| self.is_short && !self.is_whole) {
            Some(seq) => Some(started_at(connection, seq)?),
            None => None,
        };
        // What a page began beside is there, unless it began at an end of the history.
        let first = self.rows.first().map(|(seq, _)| Cursor::at(*seq));
        let behind = match from {
            From::Newest | From::Oldest => None,
            From::Before(_) | From::After(_) => first.or(Some(Bounds::of(from).start())),
        };
        if bounds.ascends {
            self.rows.reverse();
        }
        let (newer, older) = match bounds.ascends {
            true => (ahead, behind),
            false => (behind, ahead),
        };
        Ok(Page {
            summaries: self.rows.into_iter().map(|(_, summary)| summary).collect(),
            newer,
            older,
            searched_to,
        })
    }
}

fn started_at(connection: &Connection, seq: i64) -> rusqlite::Result<Timestamp> {
    let sql = "SELECT started_at FROM exchange WHERE seq = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([seq], |row| row::time_column(row, 0))
}
