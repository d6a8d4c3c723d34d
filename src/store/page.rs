//! The questions to the history that are answered with lists: operations, ids, quotas, what was sent lately; and what a
//! page is, whose rows `search` finds.
//!
//! Pages go by key, not by count: rows that come in between shift nothing. No list touches a head or a body, and every
//! value travels as a parameter.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::domain::exchange::Summary;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::{LAST, MOST, Sent};
use crate::domain::redact::Fingerprint;
use crate::store::row::{Gone, json_column, summary, summary_columns, time, time_column};

/// A place in the history: a row's own. It stays where it is, whatever comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(i64);

/// Where a page begins, and which way it goes from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the newest, towards the older.
    Newest,
    /// At the oldest, towards the newer.
    Oldest,
    /// With the first that is older than this.
    Before(Cursor),
    /// With the first that is newer than this, towards the newer.
    After(Cursor),
}

impl Cursor {
    /// The place of this row.
    pub(crate) fn at(seq: i64) -> Cursor {
        Cursor(seq)
    }

    /// Its row's key.
    pub(crate) fn seq(self) -> i64 {
        self.0
    }
}

/// A piece of the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The exchanges, newest first, whichever way they were looked for.
    pub summaries: Vec<Summary>,
    /// What goes on towards the newer: [`From::After`] this. `None` when nothing newer was there.
    pub newer: Option<Cursor>,
    /// What goes on towards the older: [`From::Before`] this. `None` when nothing older is there. On the way that was
    /// asked it is set as well when a search stopped short of the limit, to let others pass: go on there.
    pub older: Option<Cursor>,
    /// When a search stopped short: the time of the last row it looked at.
    pub searched_to: Option<Timestamp>,
}

/// Every operation in doubt; needs `:gone`. A row whose owner is gone is in doubt before anybody has written so.
pub const IN_DOUBT: &str = "SELECT operation, since FROM doubt
  UNION
  SELECT operation, min(started_at) FROM exchange
   WHERE owner IN (SELECT value FROM json_each(:gone)) AND class = 'in_flight'
     AND method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
     AND operation NOT IN (SELECT operation FROM doubt)
   GROUP BY operation";

/// The trigger `exchange_doubt` says the same of one row.
const LEAVES_DOUBT: &str = "method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
   AND (class IN ('indeterminate', 'informational', 'server_error') OR status IN (408, 425)
        OR (class = 'in_flight' AND owner IN (SELECT value FROM json_each(:gone))))";

/// Whether the row `:seq` left a doubt, in an operation that is left to find out. Needs `:gone`. It asks of that operation
/// alone, where [`IN_DOUBT`] lists all of them.
pub fn is_unsettled() -> String {
    format!(
        "SELECT 1 FROM exchange WHERE seq = :seq AND {LEAVES_DOUBT}
           AND (operation IN (SELECT operation FROM doubt)
                OR EXISTS (SELECT 1 FROM exchange AS other INDEXED BY exchange_operation WHERE other.operation = exchange.operation
                     AND other.owner IN (SELECT value FROM json_each(:gone)) AND other.class = 'in_flight'
                     AND other.method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')))"
    )
}

/// What is newer than an exchange, and what is not: that with it. `None` when it is not there.
pub fn around(connection: &Connection, id: &ExchangeId) -> rusqlite::Result<Option<(From, From)>> {
    let sql = "SELECT seq FROM exchange WHERE id = :id";
    let seq = connection
        .prepare_cached(sql)?
        .query_row(named_params! { ":id": id.as_str() }, |row| row.get(0))
        .optional()?;
    let sides = |seq: i64| (From::After(Cursor(seq)), From::Before(Cursor(seq + 1)));
    Ok(seq.map(sides))
}

/// Every exchange of an operation, oldest first.
pub fn operation(
    connection: &Connection,
    operation: &OperationId,
    gone: &Gone,
) -> rusqlite::Result<Vec<Summary>> {
    let sql = format!(
        "SELECT {} FROM exchange WHERE operation = :operation ORDER BY exchange.seq",
        summary_columns()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = named_params! { ":operation": operation.as_str(), ":gone": gone.parameter() };
    let rows = statement.query_map(parameters, |row| Ok(summary(row)?.1))?;
    rows.collect()
}

/// A range, so that the index on ids serves; no id holds a character above the last.
const IDS: &str =
    "SELECT id FROM exchange WHERE id >= :from AND id < :to ORDER BY seq DESC LIMIT :limit";

/// The ids that begin with this prefix, newest first, at most `limit`.
pub fn ids(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> rusqlite::Result<Vec<ExchangeId>> {
    let mut statement = connection.prepare_cached(IDS)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let to = format!("{prefix}\u{10ffff}");
    let parameters = named_params! { ":from": prefix, ":to": to, ":limit": limit };
    let rows = statement.query_map(parameters, |row| {
        Ok(ExchangeId::known(row.get::<_, String>(0)?))
    })?;
    rows.collect()
}

const BY_KEY: &str =
    "SELECT operation FROM exchange WHERE idempotency_key = :key AND origin = :origin
     ORDER BY seq DESC LIMIT 1";

/// The operation that used this key at this origin last.
pub fn by_key(
    connection: &Connection,
    key: &str,
    origin: &str,
) -> rusqlite::Result<Option<OperationId>> {
    let parameters = named_params! { ":key": key, ":origin": origin };
    connection
        .prepare_cached(BY_KEY)?
        .query_row(parameters, |row| {
            Ok(OperationId::known(row.get::<_, String>(0)?))
        })
        .optional()
}

const LATEST_QUOTA: &str = "SELECT quota, quota_at FROM exchange
     WHERE origin = :origin AND credential IS :credential AND quota IS NOT NULL
     ORDER BY quota_at DESC LIMIT 1";

/// The quota that was read last for this credential at this origin, and when.
pub fn latest_quota(
    connection: &Connection,
    origin: &str,
    credential: Option<Fingerprint>,
) -> rusqlite::Result<Option<(Quota, Timestamp)>> {
    let parameters = named_params! { ":origin": origin, ":credential": credential.map(|f| f.0) };
    connection
        .prepare_cached(LATEST_QUOTA)?
        .query_row(parameters, |row| {
            Ok((json_column(row, 0)?, time_column(row, 1)?))
        })
        .optional()
}

/// No index has what was sent without an answer that spoke of a quota. The newest rows are read backwards, few of them.
const SENT: &str = "SELECT started_at >= :since, origin = :origin AND credential IS :credential
       AND class NOT IN ('held', 'failed'), started_at, class = 'rate_limited'
     FROM exchange ORDER BY seq DESC LIMIT :most";

/// How many rows of everybody are read at most, however much was sent lately.
const READ: i64 = 10_000;

/// How far back, in rows of everybody, the last sends are looked for that lie before `since`.
const LOOKED_AT: usize = 200;

/// What left this machine for this origin with this credential, newest first: all since then, and before it what makes
/// the last [`LAST`]; no more than [`MOST`].
pub fn sent(
    connection: &Connection,
    origin: &str,
    credential: Option<Fingerprint>,
    since: Timestamp,
) -> rusqlite::Result<Vec<Sent>> {
    let parameters = named_params! {
        ":origin": origin, ":credential": credential.map(|f| f.0), ":since": time(since), ":most": READ,
    };
    let mut statement = connection.prepare_cached(SENT)?;
    let (mut rows, mut sends, mut seen) = (statement.query(parameters)?, Vec::new(), 0);
    while let Some(row) = rows.next()? {
        seen += 1;
        if row.get(1)? {
            sends.push(Sent {
                at: time_column(row, 2)?,
                limited: row.get(3)?,
            });
        }
        let is_recent: bool = row.get(0)?;
        let enough = !is_recent && (sends.len() >= LAST || seen >= LOOKED_AT);
        if enough || sends.len() >= MOST {
            break;
        }
    }
    Ok(sends)
}

#[cfg(test)]
pub(crate) mod tests {
    use rusqlite::ToSql;

    use crate::store::page::{BY_KEY, IDS, LATEST_QUOTA, SENT, is_unsettled};
    use crate::store::schema;

    /// What SQLite means to do.
    pub(crate) fn plan(sql: &str, parameters: &[&dyn ToSql]) -> String {
        let dir = tempfile::tempdir().expect("a directory");
        let connection = schema::open(&dir.path().join("history.db")).expect("a history");
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("prepared");
        let steps = statement.query_map(parameters, |row| row.get::<_, String>(3));
        let steps: Result<Vec<String>, _> = steps.expect("explained").collect();
        steps.expect("read").join("\n")
    }

    #[test]
    fn every_other_question_has_its_index() {
        for (sql, index, parameters) in [
            (IDS, "(id>? AND id<?)", 3),
            (BY_KEY, "exchange_key (idempotency_key=? AND origin=?)", 2),
            (
                LATEST_QUOTA,
                "exchange_quota (origin=? AND credential=?)",
                2,
            ),
        ] {
            let any: [&dyn ToSql; 3] = [&1, &1, &1];
            let plan = plan(sql, &any[..parameters]);
            assert!(plan.contains(index), "{plan}");
        }
    }

    #[test]
    fn whether_one_row_is_unsettled_takes_a_look_at_its_operation_alone() {
        let plan = plan(&is_unsettled(), &[&1, &"[]"]);
        for step in [
            "SEARCH exchange USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH other USING INDEX exchange_operation (operation=?)",
        ] {
            assert!(plan.contains(step), "{plan}");
        }
        assert!(
            !plan.contains("SCAN doubt") && !plan.contains("SCAN exchange"),
            "{plan}"
        );
    }

    #[test]
    fn what_was_sent_is_read_from_the_end_and_not_sorted() {
        let plan = plan(SENT, &[&1, &1, &1, &1]);
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
