//! What the history holds, asked for by people who wonder where the space went; and giving space back.
//!
//! Not here: the counts that titles and bounds need all the while (`tally`), and what goes (`prune`).

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::domain::id::ExchangeId;
use crate::domain::tally::Tally;
use crate::store::body;
use crate::store::error::StoreError;
use crate::store::history::History;
use crate::store::prune::Size;
use crate::store::row::time_column;

/// A body younger than this may belong to an exchange whose row is being written.
const STRAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the history holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Census {
    /// Exchanges by class.
    pub tally: Tally,
    /// Exchanges by profile, the most first.
    pub profiles: Vec<(String, u64)>,
    /// Space.
    pub size: Size,
    /// When the oldest and the newest exchange began; `None` when there is none.
    pub extent: Option<(Timestamp, Timestamp)>,
    /// Exchanges that are pinned.
    pub pinned: u64,
    /// Exchanges that have a note.
    pub noted: u64,
    /// Operations that are left to find out.
    pub unsettled: u64,
    /// Exchanges whose text is not indexed yet.
    pub unindexed: u64,
}

/// Whether free pages were given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compacted {
    /// So many bytes.
    Freed(u64),
    /// There is little to give back: the pages are used again.
    NotWorthIt,
    /// Another process has the history open, and would have to wait.
    InUse,
}

impl History {
    /// See `Store::census`.
    pub fn census(&self) -> Result<Census, StoreError> {
        let (tally, unsettled) = (self.tally()?, self.count_left()?);
        self.read(|connection, _| {
            let count = |sql: &str| {
                let number: i64 = connection.query_row(sql, [], |row| row.get(0))?;
                Ok::<u64, rusqlite::Error>(u64::try_from(number).unwrap_or(0))
            };
            Ok(Census {
                tally,
                profiles: profiles(connection)?,
                size: Size::of(connection)?,
                extent: extent(connection)?,
                pinned: count("SELECT count(*) FROM mark WHERE pinned")?,
                noted: count("SELECT count(*) FROM mark WHERE note IS NOT NULL")?,
                unsettled,
                unindexed: count("SELECT count(*) FROM unindexed")?,
            })
        })
    }

    /// See `Store::compact`.
    pub fn compact(&mut self) -> Result<Compacted, StoreError> {
        let before = self.read(|connection, _| Size::of(connection))?;
        if before.free < before.database / 4 {
            return Ok(Compacted::NotWorthIt);
        }
        if !self.is_alone() {
            return Ok(Compacted::InUse);
        }
        self.alone("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        let after = self.read(|connection, _| Size::of(connection))?;
        let whole = |size: Size| size.database + size.free;
        Ok(Compacted::Freed(whole(before).saturating_sub(whole(after))))
    }

    /// See `Store::remove_strays`.
    pub fn remove_strays(&mut self) -> Result<u64, StoreError> {
        let path = self.bodies();
        let unreadable = StoreError::file(path, "cannot be listed");
        let entries = fs::read_dir(path).map_err(unreadable)?;
        let mut strays = HashSet::new();
        for entry in entries.flatten() {
            let old = entry.metadata().and_then(|meta| meta.modified());
            let old = old.is_ok_and(|at| {
                SystemTime::now()
                    .duration_since(at)
                    .is_ok_and(|age| age > STRAY)
            });
            // What does not bear an id is none of ours.
            let name = entry.file_name().into_string().ok();
            let name = name.filter(|name| body::path(path, &ExchangeId::known(&**name)).is_ok());
            if old && let Some(name) = name {
                strays.insert(name);
            }
        }
        self.read(|connection, _| {
            let mut known = connection.prepare_cached("SELECT 1 FROM exchange WHERE id = ?1")?;
            let mut unknown = HashSet::new();
            for name in strays {
                if known.query_row([&name], |_| Ok(())).optional()?.is_none() {
                    unknown.insert(name);
                }
            }
            Ok(unknown)
        })
        .map(|unknown| {
            let removed = unknown
                .iter()
                .filter(|name| fs::remove_file(path.join(name)).is_ok());
            removed.count() as u64
        })
    }
}

fn profiles(connection: &Connection) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql = "SELECT profile, count(*) AS count FROM exchange GROUP BY profile ORDER BY count DESC, profile";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let count: i64 = row.get(1)?;
        Ok((row.get(0)?, u64::try_from(count).unwrap_or(0)))
    })?;
    rows.collect()
}

fn extent(connection: &Connection) -> rusqlite::Result<Option<(Timestamp, Timestamp)>> {
    let end = |order: &str| {
        let sql = format!("SELECT started_at FROM exchange ORDER BY seq {order} LIMIT 1");
        let mut statement = connection.prepare_cached(&sql)?;
        statement
            .query_row([], |row| time_column(row, 0))
            .optional()
    };
    Ok(end("ASC")?.zip(end("DESC")?))
}
