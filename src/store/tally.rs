//! How much there is: counts that are kept while rows are written, and outcomes over time, read from the newest end.
//!
//! ```text
//!   insert, end, prune ─triggers, same transaction─▶ tally ──▶ Tally      no look at the rows
//!   newest rows, backwards, so many at most        ─────────▶ Outcomes
//! ```

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, named_params};

use crate::domain::exchange::Class;
use crate::domain::tally::{Outcomes, Tally};
use crate::store::error::StoreError;
use crate::store::history::History;
use crate::store::row::{CLASS, Gone, time, time_column, word_column};

/// How many of the newest rows are looked at for what came back over time.
const READ: i64 = 10_000;

/// The newest first: times are nearly in the order of the rows, so the first old one ends it.
const NEWEST: &str = "SELECT started_at FROM exchange ORDER BY seq DESC LIMIT :most";

impl History {
    /// See `Store::tally`.
    pub fn tally(&self) -> Result<Tally, StoreError> {
        self.read(tally)
    }

    /// See `Store::outcomes`.
    pub fn outcomes(
        &self,
        now: Timestamp,
        step: SignedDuration,
        buckets: usize,
    ) -> Result<Outcomes, StoreError> {
        self.read(|connection, gone| {
            let empty = Outcomes::until(now, step, buckets);
            outcomes(connection, gone, empty)
        })
    }
}

fn tally(connection: &Connection, gone: &Gone) -> rusqlite::Result<Tally> {
    let mut tally = Tally::default();
    let mut counts = connection.prepare_cached("SELECT class, count FROM tally")?;
    let mut rows = counts.query([])?;
    while let Some(row) = rows.next()? {
        tally.add(
            word_column(row, 0)?,
            u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
        );
    }
    // What became of rows whose owner is gone is not written yet.
    let sql = format!(
        "SELECT class, {CLASS} FROM exchange WHERE owner IN (SELECT value FROM json_each(:gone))"
    );
    let mut left = connection.prepare_cached(&sql)?;
    let mut rows = left.query(named_params! { ":gone": gone.parameter() })?;
    while let Some(row) = rows.next()? {
        tally.take(word_column(row, 0)?, 1);
        tally.add(word_column(row, 1)?, 1);
    }
    Ok(tally)
}

fn outcomes(
    connection: &Connection,
    gone: &Gone,
    mut outcomes: Outcomes,
) -> rusqlite::Result<Outcomes> {
    let sql = NEWEST.replacen("started_at", &format!("started_at, {CLASS}"), 1);
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = named_params! { ":gone": gone.parameter(), ":most": READ + 1 };
    let (mut rows, mut seen) = (statement.query(parameters)?, 0);
    // The order of text is the order of time, and a time is read only where it counts.
    let since = time(outcomes.since);
    while let Some(row) = rows.next()? {
        seen += 1;
        if row.get_ref(0)?.as_str()? < since.as_str() {
            break;
        }
        if seen > READ {
            outcomes.cut = true;
            break;
        }
        let class: Class = word_column(row, 1)?;
        outcomes.add(time_column(row, 0)?, class);
    }
    Ok(outcomes)
}
