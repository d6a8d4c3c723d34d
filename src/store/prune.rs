//! What is past the bounds goes, in small steps and as whole operations; its bodies after its rows.
//!
//! ```text
//!   Pruner ──step──▶ BEGIN IMMEDIATE ▶ operations, oldest first: rows away, names into `leftover` ▶ COMMIT
//!                    └▶ leftover: file away ▶ name away                    a kill in between: the next step goes on
//! ```
//!
//! A step takes a few milliseconds; sends pass between two of them. The rules of what may go are `domain/prune.rs`. How
//! many bytes a row takes is not known, so a run that is to free space frees by the average, and the next run measures
//! anew.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::domain::id::ExchangeId;
use crate::domain::prune::{Bounds, Candidate, Pruned, before, stays};
use crate::store::body;
use crate::store::error::StoreError;
use crate::store::history::History;
use crate::store::row;

/// How long one step takes rows away before it commits.
const STEP: Duration = Duration::from_millis(10);

/// How many files go in one step.
const FILES: i64 = 64;

/// One run over the history, from the oldest operation on.
#[derive(Clone, Debug)]
pub struct Pruner {
    bounds: Bounds,
    least_age: Duration,
    now: Timestamp,
    /// Whether it only says what would go.
    dry: bool,
    /// The last row that was looked at.
    at: i64,
    /// How many bytes are to be freed, once that was measured.
    excess: Option<u64>,
    freed: u64,
    /// Bytes that a row takes on the average, its body left out.
    each: u64,
    done: Pruned,
    through: bool,
}

impl Pruner {
    /// A run with these bounds. `least_age`: as [`stays`] takes it.
    pub fn new(bounds: Bounds, least_age: Duration, now: Timestamp, dry: bool) -> Pruner {
        Pruner {
            bounds,
            least_age,
            now,
            dry,
            at: 0,
            excess: None,
            freed: 0,
            each: 0,
            done: Pruned::default(),
            through: false,
        }
    }

    /// What it did so far.
    pub fn done(&self) -> Pruned {
        self.done
    }

    /// Some operations, within the time of a step.
    fn rows(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.excess.is_none() {
            self.measure(connection)?;
        }
        let end = Instant::now() + STEP;
        while !self.through && Instant::now() < end {
            self.operation(connection)?;
        }
        Ok(())
    }

    /// How much has to go.
    fn measure(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let size = Size::of(connection)?;
        let most = self.bounds.max_bytes.unwrap_or(u64::MAX);
        self.excess = Some(size.total().saturating_sub(most));
        self.each = size.database / size.exchanges.max(1);
        Ok(())
    }

    /// The next row, and its operation when that is the row it begins with.
    fn operation(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let next = connection
            .prepare_cached(
                "SELECT seq, operation, started_at FROM exchange WHERE seq > ?1 ORDER BY seq LIMIT 1",
            )?
            .query_row([self.at], |row| {
                let operation: String = row.get(1)?;
                Ok((row.get(0)?, operation, row::time_column(row, 2)?))
            })
            .optional()?;
        let Some((seq, operation, began)) = next else {
            self.through = true;
            return Ok(());
        };
        let too_much = self.excess.is_some_and(|excess| self.freed < excess);
        let oldest = self.bounds.max_age.map(|age| before(self.now, age));
        if !too_much && oldest.is_none_or(|oldest| began >= oldest) {
            return self.pass(connection, seq, oldest);
        }
        self.at = seq;
        if first(connection, &operation)? != seq {
            // It was looked at with its first row, and stayed.
            return Ok(());
        }
        let extent = Extent::of(connection, &operation)?;
        if !too_much && oldest.is_some_and(|oldest| extent.candidate.newest >= oldest) {
            return Ok(());
        }
        match stays(&extent.candidate, self.least_age, self.now) {
            Some(why) => self.done.keep(why),
            None => self.take(connection, &operation, &extent)?,
        }
        Ok(())
    }

    /// Passes a row that is younger than the bound. Clocks are set back and forth: older ones may stand behind it, and
    /// `span` says where.
    fn pass(
        &mut self,
        connection: &Connection,
        seq: i64,
        oldest: Option<Timestamp>,
    ) -> rusqlite::Result<()> {
        let behind = oldest.map(|oldest| {
            let sql = "SELECT min(block) FROM span WHERE block >= ?1 AND first < ?2";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params![seq >> 10, row::time(oldest)], |row| {
                row.get::<_, Option<i64>>(0)
            })
        });
        match behind.transpose()?.flatten() {
            Some(block) => self.at = seq.max((block << 10) - 1),
            None => self.through = true,
        }
        Ok(())
    }

    fn take(
        &mut self,
        connection: &Connection,
        operation: &str,
        extent: &Extent,
    ) -> rusqlite::Result<()> {
        if !self.dry {
            for sql in [
                "INSERT OR IGNORE INTO leftover (id) SELECT id FROM exchange WHERE operation = ?1",
                "DELETE FROM exchange WHERE operation = ?1",
                "DELETE FROM settlement WHERE operation = ?1",
                "DELETE FROM remark WHERE operation = ?1",
                "DELETE FROM recreated WHERE operation = ?1",
            ] {
                connection.prepare_cached(sql)?.execute([operation])?;
            }
        }
        self.freed += extent.body_bytes + extent.exchanges * self.each;
        self.done.operations += 1;
        self.done.exchanges += extent.exchanges;
        self.done.body_bytes += extent.body_bytes;
        Ok(())
    }
}

/// The row that an operation begins with: one step in an index, however many rows it has.
fn first(connection: &Connection, operation: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM exchange WHERE operation = ?1 ORDER BY seq LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([operation], |row| row.get(0))
}

/// An operation as pruning sees it.
struct Extent {
    exchanges: u64,
    body_bytes: u64,
    candidate: Candidate,
}

impl Extent {
    fn of(connection: &Connection, operation: &str) -> rusqlite::Result<Extent> {
        let sql = "SELECT count(*), sum(body_bytes), max(started_at),
                COALESCE(max(pinned), 0), max(note IS NOT NULL), max(owner IS NOT NULL),
                EXISTS (SELECT 1 FROM doubt WHERE doubt.operation = :operation)
             FROM exchange LEFT JOIN mark USING (seq) WHERE exchange.operation = :operation";
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        connection.prepare_cached(sql)?.query_row(
            named_params! { ":operation": operation },
            |row| {
                Ok(Extent {
                    exchanges: count(row.get(0)?),
                    body_bytes: count(row.get(1)?),
                    candidate: Candidate {
                        newest: row::time_column(row, 2)?,
                        pinned: row.get(3)?,
                        noted: row.get(4)?,
                        under_way: row.get(5)?,
                        unsettled: row.get(6)?,
                    },
                })
            },
        )
    }
}

/// How much space the history takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pages of the database that hold something.
    pub database: u64,
    /// Pages that are free, and will be used again.
    pub free: u64,
    /// Bodies, together.
    pub bodies: u64,
    /// How many exchanges there are.
    pub exchanges: u64,
}

impl Size {
    /// Asks the database, and the counts that it keeps.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(connection: &Connection) -> rusqlite::Result<Size> {
        let number = |sql: &str| {
            let number: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            Ok::<u64, rusqlite::Error>(u64::try_from(number).unwrap_or(0))
        };
        let page = number("PRAGMA page_size")?;
        let free = number("PRAGMA freelist_count")?;
        let all = number("PRAGMA page_count")?;
        Ok(Size {
            database: all.saturating_sub(free) * page,
            free: free * page,
            bodies: number("SELECT COALESCE(sum(bytes), 0) FROM tally")?,
            exchanges: number("SELECT COALESCE(sum(count), 0) FROM tally")?,
        })
    }

    /// What counts against a bound.
    pub fn total(&self) -> u64 {
        self.database.saturating_add(self.bodies)
    }
}

impl History {
    /// A step of a run. Says whether there is more to do.
    ///
    /// # Errors
    /// When the history cannot be written; nothing of the step is then.
    pub fn prune(&mut self, pruner: &mut Pruner) -> Result<bool, StoreError> {
        if !pruner.through {
            let mut next = pruner.clone();
            if pruner.dry {
                self.read(|connection, _| next.rows(connection))?;
            } else {
                self.write(|connection, _, _| next.rows(connection))?;
            }
            *pruner = next;
        }
        let left = !pruner.dry && self.remove_leftovers()?;
        Ok(left || !pruner.through)
    }

    /// Removes the bodies of what is gone, a few at a time. Says whether there are more.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub fn remove_leftovers(&mut self) -> Result<bool, StoreError> {
        let ids = self.read(|connection, _| {
            let mut statement =
                connection.prepare_cached("SELECT id FROM leftover ORDER BY id LIMIT ?1")?;
            let ids = statement.query_map([FILES], |row| row.get::<_, String>(0))?;
            ids.collect::<Result<Vec<String>, _>>()
        })?;
        if ids.is_empty() {
            return Ok(false);
        }
        let gone: Vec<&String> = ids.iter().filter(|id| remove(self.bodies(), id)).collect();
        self.write(|connection, _, _| {
            let mut statement = connection.prepare_cached("DELETE FROM leftover WHERE id = ?1")?;
            gone.iter()
                .try_for_each(|id| statement.execute(params![id]).map(drop))
        })?;
        // What cannot be removed now is tried again by the next run, not by this one.
        Ok(gone.len() == ids.len() && ids.len() as i64 == FILES)
    }
}

/// Whether the body of this exchange is no more.
fn remove(bodies: &Path, id: &str) -> bool {
    let Ok(path) = body::path(bodies, &ExchangeId::known(id)) else {
        // It never was a file's name.
        return true;
    };
    match fs::remove_file(&path) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a body stays, though its exchange is gone");
            false
        }
    }
}
