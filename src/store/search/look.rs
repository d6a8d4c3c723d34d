//! What the list's columns do not tell of a row: messages, bodies, and what became of its operation.

use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::domain::exchange::Summary;
use crate::domain::id::ExchangeId;
use crate::domain::query::term::{State, Term, holds, holds_bytes};
use crate::store::body;
use crate::store::page::is_unsettled;
use crate::store::row::{Gone, json_column};

/// How much of a body is searched, in bytes.
pub const SEARCHED: u64 = 16 << 10;

/// A look at one row. What it needs is read when it is asked for, once.
pub struct Look<'a> {
    connection: &'a Connection,
    bodies: &'a Path,
    gone: &'a Gone,
    seq: i64,
    summary: &'a Summary,
    texts: Option<[Vec<u8>; 2]>,
    messages: Option<Vec<String>>,
    failed: Option<rusqlite::Error>,
}

impl<'a> Look<'a> {
    /// At this row.
    pub fn new(
        connection: &'a Connection,
        bodies: &'a Path,
        gone: &'a Gone,
        seq: i64,
        summary: &'a Summary,
    ) -> Look<'a> {
        Look {
            connection,
            bodies,
            gone,
            seq,
            summary,
            texts: None,
            messages: None,
            failed: None,
        }
    }

    /// Whether the row fits a term that its summary does not tell of.
    pub fn ask(&mut self, term: &Term) -> Option<bool> {
        if self.failed.is_some() {
            return None;
        }
        let told = match term {
            Term::Body(text) => self.body_holds(text),
            Term::Text(text) => self.holds(text),
            Term::Is(State::Unsettled) => self.is_unsettled(),
            Term::Is(State::Recreated) => self.is_recreated(),
            _ => return None,
        };
        told.map_err(|error| self.failed = Some(error)).ok()
    }

    /// Ends the look.
    ///
    /// # Errors
    /// When something could not be read.
    pub fn done(self) -> rusqlite::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }

    fn holds(&mut self, text: &str) -> rusqlite::Result<bool> {
        let messages = match self.messages.take() {
            Some(messages) => messages,
            None => messages(self.connection, self.seq)?,
        };
        let said = messages.iter().any(|message| holds(message, text));
        self.messages = Some(messages);
        Ok(said || self.body_holds(text)?)
    }

    fn body_holds(&mut self, text: &str) -> rusqlite::Result<bool> {
        let texts = match self.texts.take() {
            Some(texts) => texts,
            None => texts(self.connection, self.bodies, self.seq, &self.summary.id)?,
        };
        let held = texts.iter().any(|body| holds_bytes(body, text.as_bytes()));
        self.texts = Some(texts);
        Ok(held)
    }

    fn is_unsettled(&self) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare_cached(&is_unsettled())?;
        let parameters = named_params! { ":seq": self.seq, ":gone": self.gone.parameter() };
        let found = statement.query_row(parameters, |_| Ok(())).optional()?;
        Ok(found.is_some())
    }

    fn is_recreated(&self) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM recreated WHERE operation = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let operation = self.summary.operation.as_str();
        let found = statement.query_row([operation], |_| Ok(())).optional()?;
        Ok(found.is_some())
    }
}

/// What the listed errors of a row say.
pub fn messages(connection: &Connection, seq: i64) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare_cached("SELECT messages FROM exchange WHERE seq = ?1")?;
    statement.query_row([seq], |row| json_column(row, 0))
}

/// What is searched of the request's body and of the answer's: nothing of one that is no text.
pub fn texts(
    connection: &Connection,
    bodies: &Path,
    seq: i64,
    id: &ExchangeId,
) -> rusqlite::Result<[Vec<u8>; 2]> {
    // Of an empty blob SQLite's substr makes NULL.
    let sql = "SELECT coalesce(substr(body, 1, ?2), x'') FROM request WHERE seq = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let length = i64::try_from(SEARCHED).unwrap_or(i64::MAX);
    let sent: Option<Vec<u8>> = statement
        .query_row([seq, length], |row| row.get(0))
        .optional()?;
    Ok([sent.unwrap_or_default(), answer(bodies, id)].map(text_only))
}

/// The start of an answer's body. One that cannot be read holds nothing: a search is no place to say so.
fn answer(bodies: &Path, id: &ExchangeId) -> Vec<u8> {
    let mut start = Vec::new();
    match body::open(bodies, id) {
        Ok(Some(file)) => {
            if let Err(error) = file.take(SEARCHED).read_to_end(&mut start) {
                tracing::warn!(%id, %error, "a body cannot be searched");
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%id, %error, "a body cannot be searched"),
    }
    start
}

/// No text has a NUL.
fn text_only(bytes: Vec<u8>) -> Vec<u8> {
    match memchr::memchr(0, &bytes) {
        Some(_) => Vec::new(),
        None => bytes,
    }
}
