//! The questions to the history that are answered with lists: pages, operations, ids, quotas, what was sent lately.
//!
//! Pages go by key, not by count: rows that come in between shift nothing. No list touches a head or a body, and every
//! value travels as a parameter.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql, named_params};

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::query::{Query, State, Term};
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::{LAST, MOST, Sent};
use crate::domain::redact::Fingerprint;
use crate::store::row::{
    CLASS, Gone, json_column, summary, summary_columns, time, time_column, word,
};

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

impl From {
    /// Whether it goes towards the newer.
    fn ascends(self) -> bool {
        matches!(self, From::Oldest | From::After(_))
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

/// SQL that grows, and its parameters: every value is one, none stands in the text.
struct Sql {
    text: String,
    parameters: Vec<(String, Box<dyn ToSql>)>,
}

impl Sql {
    /// The rows that fit a query from there on, in the order in which they come.
    fn page(query: &Query, from: From, limit: i64, gone: &Gone) -> Sql {
        let mut sql = Sql {
            text: format!("SELECT {} FROM exchange WHERE true", summary_columns()),
            parameters: Vec::new(),
        };
        sql.bind(":gone", gone.parameter().to_owned());
        match from {
            From::Newest | From::Oldest => {}
            From::Before(Cursor(seq)) => sql.and("exchange.seq < ?", [seq]),
            From::After(Cursor(seq)) => sql.and("exchange.seq > ?", [seq]),
        }
        for term in query.terms() {
            sql.and_term(term);
        }
        let order = if from.ascends() { "ASC" } else { "DESC" };
        let end = format!(" ORDER BY exchange.seq {order} LIMIT :limit");
        sql.text.push_str(&end);
        sql.bind(":limit", limit);
        sql
    }

    fn bind(&mut self, name: &str, value: impl ToSql + 'static) {
        self.parameters.push((name.to_owned(), Box::new(value)));
    }

    /// A further condition; each `?` in it is one of the values, in their order.
    fn and<const N: usize>(&mut self, condition: &str, values: [impl ToSql + 'static; N]) {
        let mut parts = condition.split('?');
        self.text.push_str(" AND ");
        self.text.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            let name = format!(":p{}", self.parameters.len());
            self.text.push_str(&name);
            self.text.push_str(part);
            self.bind(&name, value);
        }
    }

    /// What a term asks; the same as `Term::fits` says of one row.
    fn and_term(&mut self, term: &Term) {
        let is = |state: &str| (format!("({CLASS}) = ?"), [state.to_owned()]);
        let (condition, value) = match term {
            Term::Status(status) => return self.and("status = ?", [*status]),
            Term::Hundred(hundred) => {
                let (from, to) = hundred.bounds();
                return self.and("status BETWEEN ? AND ?", [from, to]);
            }
            Term::Is(State::Unsettled) => {
                self.text.push_str(&format!(" AND {}", unsettled()));
                return;
            }
            Term::Is(State::Replayed) => return self.and("replayed = ?", [true]),
            Term::Is(State::Indeterminate) => is(&word(&Class::Indeterminate)),
            Term::Is(State::Held) => is(&word(&Class::Held)),
            Term::Is(State::InFlight) => is(&word(&Class::InFlight)),
            Term::Is(State::Failed) => is(&word(&Class::Failed)),
            Term::Method(method) => ("method = ? COLLATE NOCASE".into(), [method.to_string()]),
            Term::Url(text) => (r"target LIKE ? ESCAPE '\'".into(), [contains(text)]),
            Term::Operation(operation) => ("operation = ?".into(), [operation.to_string()]),
            Term::Account(account) => ("account = ?".into(), [account.clone()]),
            Term::Key(key) => ("idempotency_key = ?".into(), [key.clone()]),
            Term::Profile(profile) => ("profile = ?".into(), [profile.clone()]),
            Term::Code(code) => {
                let listed = "EXISTS (SELECT 1 FROM json_each(codes) WHERE value = ?)";
                (listed.into(), [code.clone()])
            }
        };
        self.and(&condition, value);
    }

    fn borrowed(&self) -> Vec<(&str, &dyn ToSql)> {
        let parameters = self.parameters.iter();
        parameters
            .map(|(name, value)| (name.as_str(), &**value))
            .collect()
    }
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

/// What left a doubt, in an operation that is left to find out. Needs `:gone`.
fn unsettled() -> String {
    format!("operation IN (SELECT operation FROM ({IN_DOUBT})) AND {LEAVES_DOUBT}")
}

/// The pattern of LIKE that fits wherever this text stands.
fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A page of at most `limit`, from there on.
pub fn page(
    connection: &Connection,
    query: &Query,
    from: From,
    limit: usize,
    gone: &Gone,
) -> rusqlite::Result<Page> {
    // One more than asked tells whether there is more.
    let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let sql = Sql::page(query, from, more, gone);
    let mut statement = connection.prepare_cached(&sql.text)?;
    let rows = statement.query_map(sql.borrowed().as_slice(), summary)?;
    let mut rows: Vec<(i64, Summary)> = rows.collect::<Result<_, _>>()?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let end = |row: Option<&(i64, Summary)>| row.map(|(seq, _)| Cursor(*seq));
    let (first, last) = (end(rows.first()), end(rows.last()));
    // What a page began beside is there, unless it began at an end of the history.
    let behind = match from {
        From::Newest | From::Oldest => None,
        From::Before(Cursor(seq)) => first.or(Some(Cursor(seq - 1))),
        From::After(Cursor(seq)) => first.or(Some(Cursor(seq + 1))),
    };
    let ahead = last.filter(|_| more);
    if from.ascends() {
        rows.reverse();
    }
    let (newer, older) = match from.ascends() {
        true => (ahead, behind),
        false => (behind, ahead),
    };
    Ok(Page {
        summaries: rows.into_iter().map(|(_, summary)| summary).collect(),
        newer,
        older,
        searched_to: None,
    })
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
mod tests {
    use super::{BY_KEY, Cursor, From, IDS, LATEST_QUOTA, SENT, Sql, contains};
    use rusqlite::ToSql;

    use crate::domain::query::Query;
    use crate::store::row::Gone;
    use crate::store::schema;

    /// What SQLite means to do.
    fn plan(sql: &str, parameters: &[(&str, &dyn ToSql)]) -> String {
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
    fn no_page_sorts_or_reads_the_whole_history() {
        for (text, index) in [
            ("", "INTEGER PRIMARY KEY (rowid<?)"),
            ("status:4xx payments", "INTEGER PRIMARY KEY (rowid<?)"),
            ("op:op_1", "exchange_operation"),
            ("is:held status:201 op:op_1 code:x", "exchange_operation"),
            ("is:unsettled", "exchange_operation"),
            ("is:unsettled account:a", "exchange_operation"),
            ("key:k", "exchange_key"),
            ("is:replayed method:GET key:k account:a", "exchange_key"),
        ] {
            let query = Query::parse(text).expect(text);
            let sql = Sql::page(&query, From::Before(Cursor(10_000)), 51, &Gone::new(&[]));
            let plan = plan(&sql.text, &sql.borrowed());
            assert!(plan.contains(index), "{text}: {plan}");
            assert!(!plan.contains("SCAN exchange"), "{text}: {plan}");
            let sorts = plan.contains("TEMP B-TREE");
            let may_sort = text.contains("key:") || text.contains("unsettled");
            assert!(!sorts || may_sort, "{text}: {plan}");
        }
    }

    #[test]
    fn every_other_question_has_its_index() {
        for (sql, index) in [
            (IDS, "(id>? AND id<?)"),
            (BY_KEY, "exchange_key (idempotency_key=? AND origin=?)"),
            (LATEST_QUOTA, "exchange_quota (origin=? AND credential=?)"),
        ] {
            let plan = plan(sql, &[]);
            assert!(plan.contains(index), "{plan}");
        }
    }

    #[test]
    fn what_was_sent_is_read_from_the_end_and_not_sorted() {
        let plan = plan(SENT, &[]);
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn text_is_taken_as_it_is() {
        assert_eq!(contains(r"a%b_c\"), r"%a\%b\_c\\%");
    }
}
