//! Between rows and the domain's types: the only file that knows which column is what.
//!
//! ```text
//!   Intent ──insert──▶ exchange + request        Ending ──end──▶ exchange + answer
//!   Summary ◀─summary── exchange                 Exchange ◀─read── exchange + request + answer
//! ```
//!
//! Nothing is read but through [`Gone`]: the owners found gone a moment before, whose rows read as what became of them.

use rusqlite::types::{FromSql, Type};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use jiff::Timestamp;

use crate::domain::exchange::{Class, Ending, Exchange, Facts, Intent, Outcome, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::redact::Fingerprint;
use crate::domain::request::SentRequest;
use crate::store::error::unreadable;
use crate::store::owner::outcome_of_the_gone;
use crate::store::search::index;

/// The owners that are gone, as a JSON list of their lock files' names.
#[derive(Clone, Debug)]
pub struct Gone(String);

impl Gone {
    /// These.
    pub fn new(names: &[String]) -> Gone {
        Gone(Value::from(names).to_string())
    }

    /// As the parameter `:gone` of the queries.
    pub fn parameter(&self) -> &str {
        &self.0
    }
}

/// The class as it is to be seen: a row whose owner is gone has the class of what became of it. Needs `:gone`.
pub const CLASS: &str = "CASE WHEN owner IN (SELECT value FROM json_each(:gone))
    THEN CASE class WHEN 'held' THEN 'failed' ELSE 'indeterminate' END ELSE class END";

/// The columns of a [`Summary`], in the order in which [`summary`] reads them, the row's `seq` first.
pub fn summary_columns() -> String {
    format!(
        "exchange.seq, id, operation, attempt, send, account, profile, started_at, method, base_url, target,
         idempotency_key, key_choice, origin, payload, credential, {CLASS} AS seen_class, status, server_id, replayed,
         codes, paths, error_count, objects, total_ms, body_bytes, quota,
         COALESCE((SELECT pinned FROM mark WHERE mark.seq = exchange.seq), 0) AS pinned,
         (SELECT note FROM mark WHERE mark.seq = exchange.seq) AS note"
    )
}

const SUMMARY_WIDTH: usize = 29;

/// Reads a row one column after the other.
struct Reader<'a> {
    row: &'a Row<'a>,
    at: usize,
}

impl Reader<'_> {
    fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.at += 1;
        self.row.get(self.at - 1)
    }

    fn fail(&self, why: impl std::fmt::Display, kind: Type) -> rusqlite::Error {
        let at = self.at - 1;
        let column = self.row.as_ref().column_name(at).unwrap_or("?").to_owned();
        unreadable(&column, why, kind, at)
    }

    /// A number that is not negative.
    fn count<N: TryFrom<i64>>(&mut self) -> rusqlite::Result<N> {
        let number: i64 = self.next()?;
        N::try_from(number).map_err(|_| self.fail("out of range", Type::Integer))
    }

    /// One word of an enum.
    fn word<T: DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        let text: String = self.next()?;
        serde_json::from_value(Value::String(text)).map_err(|e| self.fail(e, Type::Text))
    }

    fn json<T: DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        let text: String = self.next()?;
        serde_json::from_str(&text).map_err(|e| self.fail(e, Type::Text))
    }

    fn json_or_null<T: DeserializeOwned>(&mut self) -> rusqlite::Result<Option<T>> {
        let text: Option<String> = self.next()?;
        let value = text.map(|text| serde_json::from_str(&text)).transpose();
        value.map_err(|e| self.fail(e, Type::Text))
    }

    fn time(&mut self) -> rusqlite::Result<Timestamp> {
        let text: String = self.next()?;
        text.parse().map_err(|e| self.fail(e, Type::Text))
    }
}

/// A summary and its place in the history.
pub fn summary(row: &Row) -> rusqlite::Result<(i64, Summary)> {
    let mut r = Reader { row, at: 0 };
    let seq = r.next()?;
    let summary = Summary {
        id: ExchangeId::known(r.next::<String>()?),
        operation: OperationId::known(r.next::<String>()?),
        attempt: r.count()?,
        send: r.count()?,
        account: r.next()?,
        profile: r.next()?,
        started_at: r.time()?,
        method: r.word()?,
        base_url: r.next()?,
        target: r.next()?,
        idempotency_key: r.next()?,
        key_choice: r.word()?,
        facts: Facts {
            origin: r.next()?,
            payload: Fingerprint(r.next()?),
            credential: r.next::<Option<[u8; 32]>>()?.map(Fingerprint),
        },
        class: r.word()?,
        status: r.next()?,
        server_id: r.next()?,
        replayed: r.next()?,
        codes: r.json()?,
        paths: r.json()?,
        error_count: r.next()?,
        objects: r.json_or_null()?,
        total_ms: r.next()?,
        body_bytes: r.count()?,
        quota: r.json_or_null()?,
        pinned: r.next()?,
        note: r.next()?,
    };
    Ok((seq, summary))
}

/// An exchange with its place in the history and, while it has no outcome, its owner.
pub struct Entry {
    /// The row's key.
    pub seq: i64,
    /// The lock file of the process that sends it.
    pub owner: Option<String>,
    /// The whole exchange.
    pub exchange: Exchange,
}

/// The whole exchange of this id.
pub fn read(
    connection: &Connection,
    id: &ExchangeId,
    gone: &Gone,
) -> rusqlite::Result<Option<Entry>> {
    let query = format!(
        "SELECT {}, owner, headers, slots, body, outcome FROM exchange
         JOIN request USING (seq) LEFT JOIN answer USING (seq) WHERE id = :id",
        summary_columns()
    );
    let mut statement = connection.prepare_cached(&query)?;
    let parameters = named_params! { ":id": id.as_str(), ":gone": gone.parameter() };
    statement.query_row(parameters, entry).optional()
}

fn entry(row: &Row) -> rusqlite::Result<Entry> {
    let (seq, s) = summary(row)?;
    let mut r = Reader {
        row,
        at: SUMMARY_WIDTH,
    };
    let owner = r.next()?;
    let request = SentRequest {
        method: s.method,
        base_url: s.base_url,
        target: s.target,
        headers: r.json()?,
        slots: r.json()?,
        body: r.next()?,
        idempotency_key: s.idempotency_key,
        key_choice: s.key_choice,
    };
    let outcome = match (r.json_or_null()?, s.class) {
        (Some(outcome), _) => outcome,
        (None, Class::Held) => Outcome::Held,
        (None, Class::InFlight) => Outcome::InFlight,
        (None, class) => outcome_of_the_gone(class == Class::Failed, s.key_choice),
    };
    let exchange = Exchange {
        id: s.id,
        operation: s.operation,
        attempt: s.attempt,
        send: s.send,
        account: s.account,
        profile: s.profile,
        started_at: s.started_at,
        request,
        outcome,
        quota: s.quota,
        pinned: s.pinned,
        note: s.note,
        facts: s.facts,
    };
    Ok(Entry {
        seq,
        owner,
        exchange,
    })
}

/// Writes an intent under this owner: in flight, or held, which is the announcement of one.
pub fn insert(
    connection: &Connection,
    intent: &Intent,
    owner: &str,
    class: Class,
) -> rusqlite::Result<()> {
    let request = intent.request.get();
    let credential = intent.facts.credential.map(|f| f.0);
    connection.prepare_cached(INSERT)?.execute(named_params! {
        ":id": intent.id.as_str(),
        ":operation": intent.operation.as_str(),
        ":attempt": intent.attempt,
        ":send": intent.send,
        ":account": intent.account,
        ":profile": intent.profile,
        ":started_at": time(intent.started_at),
        ":method": request.method.as_str(),
        ":base_url": request.base_url,
        ":target": request.target,
        ":idempotency_key": request.idempotency_key,
        ":key_choice": word(&request.key_choice),
        ":origin": intent.facts.origin,
        ":payload": intent.facts.payload.0,
        ":credential": credential,
        ":owner": owner,
        ":class": word(&class),
    })?;
    let seq = connection.last_insert_rowid();
    let (headers, slots) = (json(&request.headers)?, json(&request.slots)?);
    connection
        .prepare_cached("INSERT INTO request (seq, headers, slots, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![seq, headers, slots, request.body])?;
    Ok(())
}

const INSERT: &str = "INSERT INTO exchange (id, operation, attempt, send, account, profile, started_at, method,
     base_url, target, idempotency_key, key_choice, origin, payload, credential, owner, class)
   VALUES (:id, :operation, :attempt, :send, :account, :profile, :started_at, :method,
     :base_url, :target, :idempotency_key, :key_choice, :origin, :payload, :credential, :owner, :class)";

/// Takes a held row of this owner away. Nothing is lost: it was announced, and never meant to have been sent.
pub fn withdraw(connection: &Connection, id: &ExchangeId, owner: &str) -> rusqlite::Result<bool> {
    let seq = connection
        .prepare_cached("SELECT seq FROM exchange WHERE id = ?1 AND owner = ?2 AND class = 'held'")?
        .query_row(params![id.as_str(), owner], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(seq) = seq else {
        return Ok(false);
    };
    connection
        .prepare_cached("DELETE FROM request WHERE seq = ?1")?
        .execute([seq])?;
    connection
        .prepare_cached("DELETE FROM exchange WHERE seq = ?1")?
        .execute([seq])?;
    Ok(true)
}

/// Whether this exchange is on its way, and its process lives.
pub fn is_in_flight(
    connection: &Connection,
    id: &ExchangeId,
    gone: &Gone,
) -> rusqlite::Result<bool> {
    let sql = format!("SELECT {CLASS} = 'in_flight' FROM exchange WHERE id = :id");
    let parameters = named_params! { ":id": id.as_str(), ":gone": gone.parameter() };
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement
        .query_row(parameters, |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(false))
}

/// Writes the ending of an exchange that has none. What the list shows of it is the domain's own summary.
pub fn end(connection: &Connection, entry: Entry, ending: Ending) -> rusqlite::Result<()> {
    let (seq, mut exchange) = (entry.seq, entry.exchange);
    exchange.outcome = ending.outcome.into_inner();
    exchange.quota = ending.quota;
    let outcome = json(&exchange.outcome)?;
    let quota_at = exchange.quota.as_ref().map(|_| time(exchange.head_at()));
    let (summary, messages) = (exchange.summary(), exchange.messages());
    connection.prepare_cached(END)?.execute(named_params! {
        ":seq": seq,
        ":class": word(&summary.class),
        ":status": summary.status,
        ":replayed": summary.replayed,
        ":server_id": summary.server_id,
        ":codes": json(&summary.codes)?,
        ":paths": json(&summary.paths)?,
        ":messages": json(&messages)?,
        ":error_count": summary.error_count,
        ":objects": summary.objects.as_ref().map(json).transpose()?,
        ":total_ms": summary.total_ms,
        ":body_bytes": i64::try_from(summary.body_bytes).unwrap_or(i64::MAX),
        ":quota": summary.quota.as_ref().map(json).transpose()?,
        ":quota_at": quota_at,
    })?;
    connection
        .prepare_cached("INSERT INTO answer (seq, outcome) VALUES (?1, ?2)")?
        .execute(params![seq, outcome])?;
    index::ended(connection, seq, &summary)
}

const END: &str = "UPDATE exchange SET owner = NULL, class = :class, status = :status, replayed = :replayed,
     server_id = :server_id, codes = :codes, paths = :paths, messages = :messages, error_count = :error_count,
     objects = :objects, total_ms = :total_ms, body_bytes = :body_bytes, quota = :quota, quota_at = :quota_at
   WHERE seq = :seq";

/// In UTC with nine decimals, so that text order is time order and nothing is lost.
pub fn time(timestamp: Timestamp) -> String {
    format!("{timestamp:.9}")
}

/// A column of time, as this file writes it.
pub fn time_column(row: &Row, at: usize) -> rusqlite::Result<Timestamp> {
    Reader { row, at }.time()
}

/// A column of JSON.
pub fn json_column<T: DeserializeOwned>(row: &Row, at: usize) -> rusqlite::Result<T> {
    Reader { row, at }.json()
}

/// A column with one word of an enum.
pub fn word_column<T: DeserializeOwned>(row: &Row, at: usize) -> rusqlite::Result<T> {
    Reader { row, at }.word()
}

/// The one word that serde has for a plain enum's value.
pub fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        // Never for a plain enum; the column's own reader would refuse this.
        other => format!("{other:?}"),
    }
}

/// As a column of JSON is written.
pub fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

#[cfg(test)]
mod tests {
    use super::{time, word};
    use crate::domain::exchange::Class;
    use crate::domain::request::KeyChoice;

    #[test]
    fn times_sort_as_text() {
        let texts = ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000001Z"];
        let times = texts.map(|t| time(t.parse().expect("a time")));
        assert_eq!(times[0], "2026-01-02T03:04:05.000000000Z");
        assert!(times[0] < times[1]);
        assert_eq!(times[1], texts[1]);
    }

    #[test]
    fn words_are_the_contracts() {
        assert_eq!(word(&Class::InFlight), "in_flight");
        assert_eq!(word(&KeyChoice::Fresh), "fresh");
    }
}
