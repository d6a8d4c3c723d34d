//! What is written for searches: with the ending what is cheap, beside the sends what is not.
//!
//! ```text
//!   the ending's transaction ──▶ error (codes, places)   recreated   unindexed (by a trigger)
//!   a moment of rest ──▶ step: unindexed ──▶ text_index, body_index           one transaction, a few milliseconds
//!                    ──▶ merge: their pieces, when all are in                  a few pages at a time
//! ```

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::domain::exchange::Summary;
use crate::domain::operation::Operation;
use crate::domain::query::term::leads;
use crate::store::page;
use crate::store::row::{Gone, summary, summary_columns};
use crate::store::search::look::{messages, texts};

/// How long one step indexes before it commits.
const STEP: Duration = Duration::from_millis(10);

/// How many pages one step of merging writes, about.
const PAGES: i64 = 64;

/// How many exchanges it takes at most.
const MOST: i64 = 256;

/// Writes what a filter asks of this ending, in its transaction.
pub fn ended(connection: &Connection, seq: i64, summary: &Summary) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO error (name, value, seq) VALUES (?1, ?2, ?3)";
    let mut statement = connection.prepare_cached(sql)?;
    for code in &summary.codes {
        statement.execute(params!["code", code, seq])?;
    }
    for place in summary.paths.iter().flat_map(|path| leads(path)) {
        statement.execute(params!["path", place, seq])?;
    }
    if summary
        .objects
        .as_ref()
        .is_some_and(|named| !named.ids.is_empty())
    {
        note_recreated(connection, summary)?;
    }
    Ok(())
}

fn note_recreated(connection: &Connection, summary: &Summary) -> rusqlite::Result<()> {
    // Nobody's end matters for what the answers name.
    let nobody = Gone::new(&[]);
    let exchanges = page::operation(connection, &summary.operation, &nobody)?;
    if Operation::from(exchanges).is_recreated() {
        let sql = "INSERT OR IGNORE INTO recreated (operation) VALUES (?1)";
        let mut statement = connection.prepare_cached(sql)?;
        statement.execute([summary.operation.as_str()])?;
    }
    Ok(())
}

/// Brings a few exchanges into the indexes of text, oldest first. Says whether any are left.
///
/// # Errors
/// When the database cannot be written; nothing of the step is then.
pub fn step(connection: &mut Connection, bodies: &Path) -> rusqlite::Result<bool> {
    if !is_left(connection)? {
        return Ok(false);
    }
    let end = Instant::now() + STEP;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (seq, summary) in waiting(&transaction)? {
        write(&transaction, bodies, seq, &summary)?;
        if Instant::now() > end {
            break;
        }
    }
    transaction.commit()?;
    is_left(connection)
}

/// Merges pieces of the indexes, so that a search has few to look through; a few pages at a time. Says whether there
/// may be more to merge.
///
/// # Errors
/// When the database cannot be written; what was merged before stays so.
pub fn merge(connection: &Connection) -> rusqlite::Result<bool> {
    let mut more = false;
    for table in ["text_index", "body_index"] {
        let before = connection.total_changes();
        let sql = format!("INSERT INTO {table} ({table}, rank) VALUES ('merge', ?1)");
        connection.prepare_cached(&sql)?.execute([PAGES])?;
        // One change is the command itself (FTS5, "The 'merge' Command").
        more |= connection.total_changes() - before >= 2;
    }
    Ok(more)
}

/// Whether there is something to index.
///
/// # Errors
/// When the database cannot be read.
pub fn is_left(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM unindexed)";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([], |row| row.get(0))
}

fn waiting(connection: &Connection) -> rusqlite::Result<Vec<(i64, Summary)>> {
    let sql = format!(
        "SELECT {} FROM unindexed CROSS JOIN exchange USING (seq) ORDER BY unindexed.seq LIMIT :most",
        summary_columns()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let nobody = Gone::new(&[]);
    let parameters = rusqlite::named_params! { ":most": MOST, ":gone": nobody.parameter() };
    let rows = statement.query_map(parameters, summary)?;
    rows.collect()
}

fn write(
    transaction: &Transaction,
    bodies: &Path,
    seq: i64,
    summary: &Summary,
) -> rusqlite::Result<()> {
    let insert = |table: &str, words: &str| {
        let sql = format!("INSERT INTO {table} (rowid, words) VALUES (?1, ?2)");
        transaction
            .prepare_cached(&sql)?
            .execute(params![seq, words])
    };
    insert("text_index", &words(summary, &messages(transaction, seq)?))?;
    let texts = texts(transaction, bodies, seq, &summary.id)?;
    let texts = texts.iter().map(|text| String::from_utf8_lossy(text));
    let texts: Vec<_> = texts.filter(|text| !text.is_empty()).collect();
    if !texts.is_empty() {
        insert("body_index", &texts.join("\n"))?;
    }
    let sql = "DELETE FROM unindexed WHERE seq = ?1";
    transaction.prepare_cached(sql)?.execute([seq])?;
    Ok(())
}

/// All that a bare word is looked for in, but for the bodies.
fn words(summary: &Summary, messages: &[String]) -> String {
    let url = summary.url();
    let ids = [
        Some(url.as_str()),
        Some(summary.id.as_str()),
        Some(summary.operation.as_str()),
        summary.account.as_deref(),
        summary.idempotency_key.as_deref(),
        summary.server_id.as_deref(),
    ];
    let said = summary.codes.iter().chain(messages).map(String::as_str);
    let all: Vec<&str> = ids.into_iter().flatten().chain(said).collect();
    all.join("\n")
}
