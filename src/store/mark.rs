//! What people mark an exchange with: a pin, a note. The table `mark`, beside rows that are never changed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::domain::id::ExchangeId;
use crate::store::error::StoreError;
use crate::store::history::History;
use crate::store::row;

/// How many bytes a note may have.
pub const NOTE: usize = 4096;

impl History {
    /// See `Store::pin`.
    pub fn pin(&mut self, id: &ExchangeId, pinned: bool, at: Timestamp) -> Result<(), StoreError> {
        let set = "INSERT INTO mark (seq, pinned, at) VALUES (:seq, :pinned, :at)
            ON CONFLICT DO UPDATE SET pinned = excluded.pinned, at = excluded.at";
        self.mark(id, |connection, seq| {
            let parameters = named_params! { ":seq": seq, ":pinned": pinned, ":at": row::time(at) };
            connection.prepare_cached(set)?.execute(parameters)
        })
    }

    /// See `Store::note`.
    pub fn note(
        &mut self,
        id: &ExchangeId,
        note: Option<&str>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let note = note.map(plain).filter(|note| !note.is_empty());
        let bytes = note.as_ref().map_or(0, String::len);
        if bytes > NOTE {
            return Err(StoreError::NoteTooLong { bytes, cap: NOTE });
        }
        let set = "INSERT INTO mark (seq, note, at) VALUES (:seq, :note, :at)
            ON CONFLICT DO UPDATE SET note = excluded.note, at = excluded.at";
        self.mark(id, |connection, seq| {
            let parameters = named_params! { ":seq": seq, ":note": note, ":at": row::time(at) };
            connection.prepare_cached(set)?.execute(parameters)
        })
    }

    fn mark(
        &mut self,
        id: &ExchangeId,
        set: impl FnOnce(&Connection, i64) -> rusqlite::Result<usize>,
    ) -> Result<(), StoreError> {
        self.write(|connection, _, _| {
            let seq = connection
                .prepare_cached("SELECT seq FROM exchange WHERE id = ?1")?
                .query_row([id.as_str()], |row| row.get::<_, i64>(0))
                .optional()?;
            let Some(seq) = seq else {
                return Ok(Err(StoreError::Unknown(id.clone())));
            };
            set(connection, seq)?;
            // A mark that says nothing is none.
            let bare = "DELETE FROM mark WHERE seq = ?1 AND NOT pinned AND note IS NULL";
            connection.prepare_cached(bare)?.execute([seq])?;
            Ok(Ok(()))
        })?
    }
}

/// A mark as it stands: pinned, the note, and when it last changed.
pub type Marked = (bool, Option<String>, String);

/// The mark of this exchange.
pub fn of(connection: &Connection, id: &ExchangeId) -> rusqlite::Result<Option<Marked>> {
    let sql = "SELECT pinned, note, at FROM mark JOIN exchange USING (seq) WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mark = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    statement.query_row([id.as_str()], mark).optional()
}

/// The same mark on the row that has the id by now: a held row gives way to its intent.
pub fn put(connection: &Connection, id: &ExchangeId, marked: &Marked) -> rusqlite::Result<()> {
    let sql = "INSERT INTO mark (seq, pinned, note, at)
        SELECT seq, :pinned, :note, :at FROM exchange WHERE id = :id";
    let (pinned, note, at) = marked;
    let parameters =
        named_params! { ":pinned": pinned, ":note": note, ":at": at, ":id": id.as_str() };
    connection.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

/// A note is one line: what would break it, or steer a terminal, is a space.
fn plain(note: &str) -> String {
    let spaced: String = note
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.trim().to_owned()
}
