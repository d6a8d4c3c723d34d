//! A damaged history: moved aside as it is, and what can still be read of it copied into a fresh one.
//!
//! ```text
//!   history.db ─ table by table, row by row, past what cannot be read ─▶ .recovering ─ whole ─▶ .recovered
//!        └──▶ history.db.damaged-20260102-030405 (and its log), never changed, never removed        │
//!   history.db ◀────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! It happens at the start, under the create lock, and only when no other process has the history open. What searches
//! need and what is counted is made anew from the rows; what may be in doubt is put on the list of doubts again, where
//! the rules weigh it. A row whose request was lost can no more be replayed, but its key still counts in every verdict.
//! Bodies are files of their own, and stay where they are.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::store::error::StoreError;
use crate::store::row::{Gone, summary, summary_columns};
use crate::store::schema;
use crate::store::search::index;

/// The tables that hold what cannot be made anew, parents first, each with the column that its rows are read along.
const TABLES: [(&str, &str); 8] = [
    ("exchange", "seq"),
    ("request", "seq"),
    ("answer", "seq"),
    ("mark", "seq"),
    ("settlement", "seq"),
    ("remark", "seq"),
    ("hold", ""),
    ("doubt", ""),
];

/// As the third migration fills the list: what may have acted is weighed again.
const DOUBTS: &str = "INSERT OR IGNORE INTO doubt (operation, since)
    SELECT operation, min(started_at) FROM exchange
     WHERE method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
       AND (class IN ('indeterminate', 'informational', 'server_error') OR status IN (408, 425))
     GROUP BY operation";

/// What became of a damaged history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Where it lies now.
    pub damaged: PathBuf,
    /// How many exchanges could be read.
    pub exchanges: u64,
    /// At most how many could not: rows that lie between those that could.
    pub unread: u64,
}

/// The file by whose presence a process says that it met damage.
pub fn marker(file: &Path) -> PathBuf {
    beside(file, ".is-damaged")
}

/// Moves a damaged history aside and puts what can be read of it in its place. The caller holds the create lock, and
/// nobody else has the history open.
///
/// # Errors
/// When files cannot be moved or written. Nothing is lost then: the damaged one lies under one of the two names.
pub fn recover(file: &Path, now: Timestamp) -> Result<Recovered, StoreError> {
    let fresh = beside(file, ".recovering");
    remove_all(&fresh)?;
    // The damaged one stays in its place until the copy is whole: a kill, or a full disk, only means to begin again.
    let copied = copy(file, &fresh);
    let counts = copied.or_else(|error| {
        remove_all(&fresh)?;
        Err(error)
    })?;
    move_all(&fresh, &recovered(file))?;
    let damaged = install(file, now)?;
    Ok(Recovered {
        damaged,
        exchanges: counts.exchanges,
        unread: counts.unread,
    })
}

/// A copy that is whole, and not in its place yet.
fn recovered(file: &Path) -> PathBuf {
    beside(file, ".recovered")
}

/// Puts a whole copy in its place that a process which is gone left behind. The caller holds the create lock.
///
/// # Errors
/// When files cannot be moved.
pub fn finish(file: &Path, now: Timestamp) -> Result<(), StoreError> {
    match recovered(file).exists() {
        true => install(file, now).map(drop),
        false => Ok(()),
    }
}

/// The damaged one aside, the copy in its place; where the damaged one lies now.
fn install(file: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let stamp = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S");
    let damaged = free_name(file, &format!(".damaged-{stamp}"));
    move_all(file, &damaged)?;
    move_all(&recovered(file), file)?;
    // What cannot be removed makes the next start look once more.
    let _ = fs::remove_file(marker(file));
    Ok(damaged)
}

/// What the database says of its own soundness; quick, and no look at the indexes.
pub fn is_sound(connection: &Connection) -> bool {
    let answer = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    answer.is_ok_and(|said| said == "ok")
}

#[derive(Debug, Default)]
struct Counts {
    exchanges: u64,
    unread: u64,
}

fn copy(damaged: &Path, fresh: &Path) -> Result<Counts, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = |e| StoreError::sql(damaged, e);
    let from = Connection::open_with_flags(damaged, flags).map_err(sql)?;
    // What lies in its log is read, and never written into it.
    from.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(sql)?;
    let mut into = schema::open(fresh)?;
    let counts = copy_all(&from, &mut into).map_err(|e| StoreError::sql(fresh, e))?;
    into.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .map_err(|e| StoreError::sql(fresh, e))?;
    Ok(counts)
}

fn copy_all(from: &Connection, into: &mut Connection) -> rusqlite::Result<Counts> {
    let transaction = into.transaction()?;
    // A row whose parent was lost is left out below.
    transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
    let mut counts = Counts::default();
    for (table, along) in TABLES {
        let copied = Table::of(from, &transaction, table)?.copy(from, &transaction, along)?;
        if table == "exchange" {
            counts = copied;
        }
    }
    for child in ["request", "answer", "mark"] {
        let orphans = format!("DELETE FROM {child} WHERE seq NOT IN (SELECT seq FROM exchange)");
        transaction.execute_batch(&orphans)?;
    }
    transaction.execute_batch(DOUBTS)?;
    index_all(&transaction)?;
    transaction.commit()?;
    Ok(counts)
}

/// What filters ask of the errors is made anew; text is indexed when somebody works with the history.
fn index_all(connection: &Connection) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT {} FROM exchange WHERE owner IS NULL",
        summary_columns()
    );
    let mut statement = connection.prepare(&sql)?;
    let nobody = Gone::new(&[]);
    let parameters = rusqlite::named_params! { ":gone": nobody.parameter() };
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        // A row that this version cannot read is kept for one that can.
        if let Ok((seq, summary)) = summary(row) {
            index::ended(connection, seq, &summary)?;
        }
    }
    Ok(())
}

/// One table on its way: the columns that both databases have.
struct Table {
    name: &'static str,
    columns: Vec<String>,
}

impl Table {
    fn of(from: &Connection, into: &Connection, name: &'static str) -> rusqlite::Result<Table> {
        let known = columns(into, name)?;
        // Where even the list of columns is lost, ours is tried.
        let theirs = columns(from, name).unwrap_or_else(|_| known.clone());
        let columns = known.into_iter().filter(|column| theirs.contains(column));
        Ok(Table {
            name,
            columns: columns.collect(),
        })
    }

    fn copy(&self, from: &Connection, into: &Connection, along: &str) -> rusqlite::Result<Counts> {
        if self.columns.is_empty() {
            return Ok(Counts::default());
        }
        let names = self.columns.join(", ");
        let marks = vec!["?"; self.columns.len()].join(", ");
        let insert = format!(
            "INSERT OR IGNORE INTO {} ({names}) VALUES ({marks})",
            self.name
        );
        let mut insert = into.prepare(&insert)?;
        let mut put = |values: &[Value]| insert.execute(params_from_iter(values)).map(|_| ());
        if along.is_empty() {
            let select = format!("SELECT {names} FROM {}", self.name);
            // Its end, or the first thing that cannot be read.
            drop(self.read(from, &select, &[], &mut put));
            return Ok(Counts::default());
        }
        self.walk(from, along, &names, &mut put)
    }

    /// Reads along the key, and past what cannot be read.
    fn walk(
        &self,
        from: &Connection,
        along: &str,
        names: &str,
        put: &mut impl FnMut(&[Value]) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Counts> {
        let select = format!(
            "SELECT {along}, {names} FROM {} WHERE {along} >= ?1 ORDER BY {along}",
            self.name
        );
        let one = format!("{select} LIMIT 1");
        // The first key that was not read. A look for what is behind a key would pass the page of that key.
        let (mut at, mut counts) = (0_i64, Counts::default());
        loop {
            let mut first = at;
            let mut keep = |values: &[Value]| {
                if let Some(Value::Integer(key)) = values.first() {
                    first = key.saturating_add(1);
                }
                counts.exchanges += 1;
                put(&values[1..])
            };
            let whole = self.read(from, &select, &[at], &mut keep);
            at = first;
            match whole {
                Ok(()) => return Ok(counts),
                Err(Fault::Ours(error)) => return Err(error),
                Err(Fault::Theirs) => {}
            }
            let Some(next) = self.next(from, &one, at) else {
                counts.unread += last_given(from, self.name)
                    .saturating_sub(at.max(1) - 1)
                    .unsigned_abs();
                return Ok(counts);
            };
            counts.unread += (next - at).unsigned_abs().max(1);
            at = next.max(at + 1);
        }
    }

    /// The first key from `at` on that can be read: jumps that double find one, or the end; halving them finds the first.
    fn next(&self, from: &Connection, one: &str, at: i64) -> Option<i64> {
        let key = |from_key: i64| {
            let mut found = None;
            let mut keep = |values: &[Value]| {
                if let Some(Value::Integer(key)) = values.first() {
                    found = Some(*key);
                }
                Ok(())
            };
            let read = self.read(from, one, &[from_key], &mut keep);
            read.is_ok().then_some(found)
        };
        let (mut low, mut jump) = (at, 1_i64);
        let (mut high, mut found) = loop {
            let after = at.checked_add(jump)?;
            match key(after) {
                // The end, or beyond it: what lies between may still be read.
                Some(next) => break (after, next),
                None => {
                    low = after;
                    jump = jump.checked_mul(2).filter(|jump| *jump < 1 << 40)?;
                }
            }
        };
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match key(middle) {
                Some(next) => (high, found) = (middle, next.or(found)),
                None => low = middle,
            }
        }
        found
    }

    fn read(
        &self,
        from: &Connection,
        select: &str,
        parameters: &[i64],
        keep: &mut impl FnMut(&[Value]) -> rusqlite::Result<()>,
    ) -> Result<(), Fault> {
        let mut statement = from.prepare(select).map_err(|_| Fault::Theirs)?;
        let width = statement.column_count();
        let rows = statement.query(params_from_iter(parameters));
        let mut rows = rows.map_err(|_| Fault::Theirs)?;
        let mut values = Vec::with_capacity(width);
        while let Some(row) = rows.next().map_err(|_| Fault::Theirs)? {
            values.clear();
            for at in 0..width {
                values.push(row.get(at).map_err(|_| Fault::Theirs)?);
            }
            match keep(&values) {
                Ok(()) => {}
                // A value that no sound history has: this row is left out.
                Err(error) if is_refused(&error) => {}
                Err(error) => return Err(Fault::Ours(error)),
            }
        }
        Ok(())
    }
}

/// Whose fault it is that a row did not come over.
enum Fault {
    Theirs,
    Ours(rusqlite::Error),
}

fn is_refused(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// The last key that this table ever gave.
fn last_given(connection: &Connection, table: &str) -> i64 {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
    let last = connection.query_row(sql, [table], |row| row.get(0));
    last.unwrap_or(0)
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

/// A database's own file and its companions.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn free_name(file: &Path, end: &str) -> PathBuf {
    let numbered = (1..).map(|n| match n {
        1 => beside(file, end),
        n => beside(file, &format!("{end}-{n}")),
    });
    let mut free = numbered.filter(|path| !path.exists());
    free.next().unwrap_or_else(|| beside(file, end))
}

fn move_all(file: &Path, to: &Path) -> Result<(), StoreError> {
    // The log first: a database without its log is whole as of an earlier moment, a log without its database is nothing.
    for part in PARTS.iter().rev() {
        let (old, new) = (beside(file, part), beside(to, part));
        if old.exists() {
            fs::rename(&old, &new).map_err(StoreError::file(&old, "cannot be moved aside"))?;
        }
    }
    Ok(())
}

fn remove_all(file: &Path) -> Result<(), StoreError> {
    for part in PARTS {
        let path = beside(file, part);
        if path.exists() {
            fs::remove_file(&path).map_err(StoreError::file(&path, "cannot be removed"))?;
        }
    }
    Ok(())
}
