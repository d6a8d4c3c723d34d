//! What is left to find out, and what people said of it: the tables `doubt`, `settlement` and `remark`.
//!
//! ```text
//!   an outcome that leaves a doubt ─trigger, same transaction─▶ doubt
//!   doubt, and rows whose owner is gone ──▶ left(), oldest first ──▶ (the caller's rules) ──▶ weigh: still in doubt?
//!   settle, remark ──▶ in one transaction with another weighing                                 no ─▶ out of doubt
//! ```
//!
//! The rules of what settles are not here (`domain/idempotency`): this keeps a list that may be too long until somebody
//! weighs it, and is never too short. Weighing happens inside the transaction that takes a row away, so that a doubt
//! that comes in between stays.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::{Operation, Remark, Settlement};
use crate::store::error::StoreError;
use crate::store::history::History;
use crate::store::page::{self, IN_DOUBT};
use crate::store::row::{self, Gone};

/// Operations that are left to find out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// The oldest of them, oldest doubt first.
    pub operations: Vec<Operation>,
    /// How many there are in all.
    pub count: u64,
}

impl History {
    /// See `Store::left`.
    pub fn left(&self, limit: usize) -> Result<Left, StoreError> {
        self.read(|connection, gone| {
            let sql = format!("SELECT operation FROM ({IN_DOUBT}) ORDER BY since LIMIT :limit");
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut statement = connection.prepare_cached(&sql)?;
            let parameters = named_params! { ":gone": gone.parameter(), ":limit": limit };
            let ids = statement.query_map(parameters, |row| row.get::<_, String>(0))?;
            let mut operations = Vec::new();
            for id in ids {
                let id = OperationId::known(id?);
                // One record that cannot be read must not hide the others.
                match read(connection, &id, gone) {
                    Ok(operation) => operations.push(operation),
                    Err(error) => tracing::warn!(%id, %error, "an operation cannot be read"),
                }
            }
            let count = count(connection, gone)?;
            Ok(Left { operations, count })
        })
    }

    /// See `Store::count_left`.
    pub fn count_left(&self) -> Result<u64, StoreError> {
        self.read(count)
    }

    /// See `Store::weigh`.
    pub fn weigh(
        &mut self,
        id: &OperationId,
        in_doubt: impl FnOnce(&Operation) -> bool,
    ) -> Result<(), StoreError> {
        // Nothing is written, and nothing waits for the disk, where there is nothing to take away.
        if !self.read(|connection, _| is_listed(connection, id))? {
            return Ok(());
        }
        self.write(|connection, gone, _| weigh(connection, id, gone, in_doubt))
    }

    /// See `Store::weigh_all`.
    pub fn weigh_all(
        &mut self,
        ids: &[OperationId],
        in_doubt: impl Fn(&Operation) -> bool,
    ) -> Result<(), StoreError> {
        self.write(|connection, gone, _| {
            ids.iter()
                .try_for_each(|id| weigh(connection, id, gone, &in_doubt))
        })
    }

    /// See `Store::settle`.
    pub fn settle(
        &mut self,
        id: &OperationId,
        settle: impl FnOnce(&Operation) -> Option<Vec<Settlement>>,
        in_doubt: impl FnOnce(&Operation) -> bool,
    ) -> Result<bool, StoreError> {
        self.write(|connection, gone, _| {
            let Some(settlements) = settle(&read(connection, id, gone)?) else {
                return Ok(false);
            };
            for settlement in &settlements {
                insert_settlement(connection, id, settlement)?;
            }
            weigh(connection, id, gone, in_doubt)?;
            Ok(true)
        })
    }

    /// See `Store::remark`.
    pub fn remark(&mut self, id: &OperationId, remark: &Remark) -> Result<(), StoreError> {
        self.write(|connection, _, _| {
            let sql = "INSERT INTO remark (operation, text, at) VALUES (?1, ?2, ?3)";
            let at = row::time(remark.at);
            connection
                .prepare_cached(sql)?
                .execute(params![id.as_str(), remark.text, at])?;
            Ok(())
        })
    }
}

fn count(connection: &Connection, gone: &Gone) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM ({IN_DOUBT})");
    let mut statement = connection.prepare_cached(&sql)?;
    let count = statement.query_row(named_params! { ":gone": gone.parameter() }, |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

fn is_listed(connection: &Connection, id: &OperationId) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM doubt WHERE operation = ?1")?;
    let found = statement.query_row([id.as_str()], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

fn weigh(
    connection: &Connection,
    id: &OperationId,
    gone: &Gone,
    in_doubt: impl FnOnce(&Operation) -> bool,
) -> rusqlite::Result<()> {
    if !in_doubt(&read(connection, id, gone)?) {
        let mut statement = connection.prepare_cached("DELETE FROM doubt WHERE operation = ?1")?;
        statement.execute([id.as_str()])?;
    }
    Ok(())
}

fn insert_settlement(
    connection: &Connection,
    id: &OperationId,
    settlement: &Settlement,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO settlement (operation, exchange, found, objects, at)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(params![
        id.as_str(),
        settlement.exchange.as_str(),
        row::word(&settlement.found),
        row::json(&settlement.objects)?,
        row::time(settlement.at),
    ])?;
    Ok(())
}

/// All that is known of an operation.
pub fn read(connection: &Connection, id: &OperationId, gone: &Gone) -> rusqlite::Result<Operation> {
    Ok(Operation {
        exchanges: page::operation(connection, id, gone)?,
        settlements: settlements(connection, id)?,
        remarks: remarks(connection, id)?,
    })
}

fn settlements(connection: &Connection, id: &OperationId) -> rusqlite::Result<Vec<Settlement>> {
    let sql =
        "SELECT exchange, found, objects, at FROM settlement WHERE operation = ?1 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([id.as_str()], |row| {
        Ok(Settlement {
            exchange: ExchangeId::known(row.get::<_, String>(0)?),
            found: row::word_column(row, 1)?,
            objects: row::json_column(row, 2)?,
            at: row::time_column(row, 3)?,
        })
    })?;
    rows.collect()
}

fn remarks(connection: &Connection, id: &OperationId) -> rusqlite::Result<Vec<Remark>> {
    let sql = "SELECT text, at FROM remark WHERE operation = ?1 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([id.as_str()], |row| {
        Ok(Remark {
            text: row.get(0)?,
            at: row::time_column(row, 1)?,
        })
    })?;
    rows.collect()
}
