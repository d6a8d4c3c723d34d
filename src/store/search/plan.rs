//! Where the rows of a query are looked for.
//!
//! ```text
//!   status:5xx account:a url:pay       the one with the fewest rows: account, counted to 2000 and no further
//!   code:x or op:op_1                  both, merged
//!   -status:2xx                        no index has what does not fit: every row, each a look
//!   since:2h …                         only the spans that reach there
//! ```
//!
//! A source is a superset: all that fits a part of the query that must hold, from one index, in the order of the intents.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::domain::exchange::Class;
use crate::domain::query::Query;
use crate::domain::query::expression::Expression;
use crate::domain::query::term::{State, Term};
use crate::domain::query::value::Took;
use crate::store::page::From;
use crate::store::row::{time, word};
use crate::store::search::condition::Sql;
use crate::store::search::merge::{Bounds, Stream};
use crate::store::search::trigram;

/// How far a source is counted: one with more rows is "many".
const COUNTED: u64 = 2000;

/// How many sources are merged at most; with more, every row is looked at.
const SOURCES: usize = 32;

/// Classes whose rows leave a doubt, and statuses of others that do (`Summary::leaves_doubt`).
const DOUBTFUL: [Class; 3] = [
    Class::Indeterminate,
    Class::Informational,
    Class::ServerError,
];
const LOST: [u16; 2] = [408, 425];

/// Something that gives rows in their order.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// A column of `exchange` by its index: the condition that the index serves.
    Column(&'static str, Sql),
    /// A table of its own beside it: its name, its column that is `seq`, the condition.
    Beside(&'static str, &'static str, Sql),
    /// The rows without an outcome.
    Owned,
    /// These.
    List(Vec<i64>),
    /// All.
    Every,
}

/// Sources that together hold all that fits, and about how many rows they give.
#[derive(Clone, Debug)]
struct Choice {
    sources: Vec<Source>,
    cost: u64,
}

/// How the rows of a query are found.
pub struct Plan {
    sources: Vec<Source>,
    since: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl Plan {
    /// Chooses.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(connection: &Connection, query: &Query, now: Timestamp) -> rusqlite::Result<Plan> {
        let choice = Chooser { connection }.choose(query.expression())?;
        let choice = choice.filter(|choice| choice.sources.len() <= SOURCES);
        let mut plan = Plan {
            sources: choice.map_or_else(|| vec![Source::Every], |choice| choice.sources),
            since: None,
            before: None,
        };
        plan.bound(query.expression(), now);
        Ok(plan)
    }

    /// The times that every row must lie between.
    fn bound(&mut self, expression: &Expression, now: Timestamp) {
        match expression {
            Expression::And(parts) => parts.iter().for_each(|part| self.bound(part, now)),
            Expression::Saved(_, meant) => self.bound(meant, now),
            Expression::Term(Term::Since(when)) => self.since = self.since.max(Some(when.at(now))),
            Expression::Term(Term::Before(when)) => {
                let at = when.at(now);
                self.before = Some(self.before.map_or(at, |before| before.min(at)));
            }
            _ => {}
        }
    }

    /// The rows from there on that lie in spans which reach into the times.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bounds(&self, connection: &Connection, from: From) -> rusqlite::Result<Bounds> {
        let mut bounds = Bounds::of(from);
        let block = |sql: &str, at: Timestamp| -> rusqlite::Result<Option<i64>> {
            connection
                .prepare_cached(sql)?
                .query_row([time(at)], |row| row.get(0))
        };
        if let Some(since) = self.since {
            let first = block("SELECT min(block) FROM span WHERE last >= ?1", since)?;
            bounds.above = bounds
                .above
                .max(first.map_or(i64::MAX, |block| (block << 10) - 1));
        }
        if let Some(before) = self.before {
            let last = block("SELECT max(block) FROM span WHERE first < ?1", before)?;
            bounds.below = bounds.below.min(last.map_or(0, |block| (block + 1) << 10));
        }
        Ok(bounds)
    }

    /// The sources, asked for what lies in these bounds. `condition` is what a row must fulfil to be worth reading.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn streams<'c>(
        self,
        connection: &'c Connection,
        condition: &Sql,
        bounds: Bounds,
    ) -> rusqlite::Result<Vec<Stream<'c>>> {
        let sources = self.sources.into_iter();
        sources
            .map(|source| match source {
                Source::List(list) => Ok(Stream::List(ordered(list, bounds))),
                Source::Owned => owned(connection).map(|list| Stream::List(ordered(list, bounds))),
                source => {
                    let sql = source.sql(condition, bounds);
                    Ok(Stream::Statement(
                        connection.prepare_cached(&sql.text)?,
                        sql,
                    ))
                }
            })
            .collect()
    }
}

impl Source {
    fn sql(&self, condition: &Sql, bounds: Bounds) -> Sql {
        let everything = Sql::new("true", []);
        let (from, seq, own) = match self {
            Source::Column(index, own) => {
                (format!("exchange INDEXED BY {index}"), "exchange.seq", own)
            }
            Source::Beside(table, seq, own) => {
                let join = format!("{table} AS hit CROSS JOIN exchange ON exchange.seq = {seq}");
                (join, *seq, own)
            }
            _ => ("exchange".to_owned(), "exchange.seq", &everything),
        };
        let text = format!(
            "SELECT {seq}, ({}) FROM {from} WHERE {} AND {seq} > ? AND {seq} < ? ORDER BY {seq} {}",
            condition.text,
            own.text,
            bounds.order()
        );
        let values = condition.values.iter().chain(&own.values).cloned();
        Sql::new(
            text,
            values.chain([bounds.above.into(), bounds.below.into()]),
        )
    }
}

fn ordered(mut list: Vec<i64>, bounds: Bounds) -> Vec<i64> {
    list.retain(|seq| bounds.hold(*seq));
    list.sort_unstable();
    list.dedup();
    if !bounds.ascends {
        list.reverse();
    }
    list
}

fn list(connection: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
    rows.collect()
}

fn owned(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    list(
        connection,
        "SELECT seq FROM exchange WHERE owner IS NOT NULL",
        &[],
    )
}

struct Chooser<'c> {
    connection: &'c Connection,
}

impl Chooser<'_> {
    /// The best sources for what fits this; `None`: no index has it.
    fn choose(&self, expression: &Expression) -> rusqlite::Result<Option<Choice>> {
        match expression {
            Expression::Term(term) => self.term(term),
            Expression::Saved(_, meant) => self.choose(meant),
            Expression::Not(_) => Ok(None),
            Expression::And(parts) => {
                let mut best: Option<Choice> = None;
                for part in parts {
                    let choice = self.choose(part)?;
                    best = match (best, choice) {
                        (Some(best), Some(choice)) if choice.cost >= best.cost => Some(best),
                        (best, choice) => choice.or(best),
                    };
                }
                Ok(best)
            }
            Expression::Or(parts) => {
                let choices = parts.iter().map(|part| self.choose(part));
                let choices: Option<Vec<Choice>> = choices.collect::<rusqlite::Result<_>>()?;
                Ok(choices.map(together))
            }
        }
    }

    /// `rank` decides between sources of which each has many rows: the lower is the more selective by its nature.
    fn source(&self, rank: u64, source: Source) -> rusqlite::Result<Choice> {
        let (from, own) = match &source {
            Source::Column(index, own) => (format!("exchange INDEXED BY {index}"), own),
            Source::Beside(table, _, own) => (format!("{table} AS hit"), own),
            _ => {
                return Ok(Choice {
                    sources: vec![source],
                    cost: 0,
                });
            }
        };
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {} LIMIT {})",
            own.text,
            COUNTED + 1
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let count: i64 = statement.query_row(params_from_iter(&own.values), |row| row.get(0))?;
        let count = u64::try_from(count).unwrap_or(0);
        let cost = if count > COUNTED {
            COUNTED * (1 + rank)
        } else {
            count
        };
        Ok(Choice {
            sources: vec![source],
            cost,
        })
    }

    fn column(
        &self,
        rank: u64,
        index: &'static str,
        sql: &str,
        value: &str,
    ) -> rusqlite::Result<Option<Choice>> {
        let own = Sql::new(sql, [Value::Text(value.to_owned())]);
        self.source(rank, Source::Column(index, own)).map(Some)
    }

    fn error(&self, rank: u64, name: &str, value: &str) -> rusqlite::Result<Option<Choice>> {
        let values = [name, value].map(|text| Value::Text(text.to_owned()));
        let own = Sql::new("hit.name = ? AND hit.value = ?", values);
        self.source(rank, Source::Beside("error", "hit.seq", own))
            .map(Some)
    }

    fn status(&self, status: u16) -> rusqlite::Result<Choice> {
        let own = Sql::new("status = ?", [i64::from(status).into()]);
        self.source(7, Source::Column("exchange_status", own))
    }

    fn classes(&self, classes: &[Class], pending: bool) -> rusqlite::Result<Choice> {
        let class = |class: &Class| {
            let own = Sql::new("class = ?", [Value::Text(word(class))]);
            self.source(8, Source::Column("exchange_class", own))
        };
        let mut choices: Vec<Choice> = classes.iter().map(class).collect::<Result<_, _>>()?;
        if pending {
            choices.push(self.source(0, Source::Owned)?);
        }
        Ok(together(choices))
    }

    fn term(&self, term: &Term) -> rusqlite::Result<Option<Choice>> {
        match term {
            Term::Operation(id) => {
                self.column(1, "exchange_operation", "operation = ?", id.as_str())
            }
            Term::Key(key) => self.column(2, "exchange_key", "idempotency_key = ?", key),
            Term::Server(id) => self.column(3, "exchange_server", "server_id = ?", id),
            Term::Code(code) => self.error(4, "code", code),
            Term::Path(path) if !path.is_empty() => self.error(5, "path", path),
            Term::Account(account) => self.column(6, "exchange_account", "account = ?", account),
            Term::Status(status) => self.status(*status).map(Some),
            Term::Hundred(hundred) => self.classes(hundred.classes(), false).map(Some),
            Term::Method(method) => self.column(
                9,
                "exchange_method",
                "method = ? COLLATE NOCASE",
                method.as_str(),
            ),
            Term::Profile(name) => self.column(10, "exchange_profile", "profile = ?", name),
            Term::Is(state) => self.state(*state),
            Term::Took(took) => self.took(*took),
            Term::Url(text) => Ok(text_choice(text, &["text_index"], &[])),
            Term::Body(text) => Ok(text_choice(text, &["body_index"], &[])),
            Term::Text(text) => Ok(text_choice(text, &["text_index", "body_index"], &[noted()])),
            Term::Path(_) | Term::Since(_) | Term::Before(_) => Ok(None),
        }
    }

    fn state(&self, state: State) -> rusqlite::Result<Option<Choice>> {
        match state {
            State::Replayed => {
                let own = Sql::new("replayed AND replayed = 1", []);
                self.source(8, Source::Column("exchange_replayed", own))
                    .map(Some)
            }
            State::Indeterminate => self.classes(&[Class::Indeterminate], true).map(Some),
            State::Failed => self.classes(&[Class::Failed], true).map(Some),
            State::Held | State::InFlight => self.classes(&[], true).map(Some),
            State::Unsettled => {
                let mut choices = vec![self.classes(&DOUBTFUL, true)?];
                for status in LOST {
                    choices.push(self.status(status)?);
                }
                Ok(Some(together(choices)))
            }
            State::Recreated => self.gathered(
                "SELECT seq FROM recreated CROSS JOIN exchange USING (operation)",
                &[],
            ),
            State::Pinned => self.source(0, marked("hit.pinned")).map(Some),
            State::Noted => self.source(0, noted()).map(Some),
        }
    }

    /// Times are not in the order of the intents: a few are put in order, many are met soon enough.
    fn took(&self, took: Took) -> rusqlite::Result<Option<Choice>> {
        let sql = format!("SELECT seq FROM exchange WHERE total_ms {} ?1", took.sign());
        self.gathered(&sql, &[took.ms().into()])
    }

    fn gathered(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Option<Choice>> {
        let found = list(
            self.connection,
            &format!("{sql} LIMIT {}", COUNTED + 1),
            values,
        )?;
        let cost = found.len() as u64;
        let is_few = cost <= COUNTED;
        Ok(is_few.then(|| Choice {
            sources: vec![Source::List(found)],
            cost,
        }))
    }
}

/// What people marked: few, and in the order of the exchanges.
fn marked(how: &str) -> Source {
    Source::Beside("mark", "hit.seq", Sql::new(how, []))
}

fn noted() -> Source {
    marked("hit.note IS NOT NULL")
}

fn together(choices: Vec<Choice>) -> Choice {
    let cost = choices.iter().map(|choice| choice.cost).sum();
    let mut sources: Vec<Source> = Vec::new();
    for source in choices.into_iter().flat_map(|choice| choice.sources) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    Choice { sources, cost }
}

/// The indexes of text, and what they do not have yet. How many rows they give is not counted: it would take as long as
/// the search; they come after an index with few, and before those with many.
fn text_choice(text: &str, indexes: &[&'static str], beside: &[Source]) -> Option<Choice> {
    let expression = trigram::expression(text)?;
    let index = |index: &&'static str| {
        let own = Sql::new(format!("hit.{index} MATCH ?"), [expression.clone().into()]);
        Source::Beside(index, "hit.rowid", own)
    };
    let mut sources: Vec<Source> = indexes.iter().map(index).collect();
    sources.push(Source::Beside("unindexed", "hit.seq", Sql::new("true", [])));
    sources.push(Source::Owned);
    sources.extend_from_slice(beside);
    Some(Choice {
        sources,
        cost: COUNTED,
    })
}

#[cfg(test)]
mod tests;
