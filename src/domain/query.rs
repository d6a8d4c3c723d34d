//! The language in which a person asks for a part of the history: `status:4xx -method:GET "card declined" or @late`.
//!
//! ```text
//!   "status:4xx -pay" ──parse──▶ And [Hundred(4xx), Not(Text("pay"))] ──▶ store/search: rows, from the indexes
//!          ▲                      │                                  └──▶ judge: one row in memory
//!          └───────Display────────┘
//! ```
//!
//! Terms side by side must all fit, `or` joins what stands on its two sides and binds weaker, `-` leaves out what fits,
//! parentheses group. `@name` is a filter saved in the configuration. What is written and what is printed agree.
//!
//! Where a thing lies: `term` one condition, `value` times, `expression` the tree, `parse` text to tree, `saved` filters
//! by name, `argument` the words of a command line, `complete` what may be written next.
//!
//! Not here: how rows are found (`store/search/`), and how a mistake is shown.

use std::fmt;

use jiff::Timestamp;

use crate::domain::exchange::Summary;
use crate::domain::id::OperationId;
use crate::domain::query::expression::Expression;
use crate::domain::query::saved::Filters;
use crate::domain::query::term::Term;

pub mod argument;
pub mod complete;
pub mod expression;
mod parse;
pub mod saved;
pub mod term;
#[cfg(test)]
mod tests;
pub mod value;

/// Which exchanges are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    expression: Expression,
}

/// The names that may stand before a colon, as a hint names them.
pub const NAMES: &str = "status: code: path: method: url: account: op: key: server: profile: is: took: since: before: body:";

/// Why a text is no query: where, what, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {what}: {hint}")]
pub struct Mistake {
    /// Where it begins, in characters from 1.
    pub column: usize,
    /// How many characters it is about, at least one; behind the text's end there is room for it.
    pub width: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

impl Query {
    /// Reads a line that names no saved filter.
    ///
    /// # Errors
    /// At the first thing that is not understood.
    pub fn parse(text: &str) -> Result<Query, Mistake> {
        Query::read(text, &Filters::default())
    }

    /// Reads a line.
    ///
    /// # Errors
    /// At the first thing that is not understood, in the line or in a saved filter that it names.
    pub fn read(text: &str, filters: &Filters) -> Result<Query, Mistake> {
        parse::read(text, filters).map(|expression| Query { expression })
    }

    /// What fits all of these.
    pub fn of(terms: Vec<Term>) -> Query {
        Query::from(Expression::all(terms.into_iter().map(Expression::Term)))
    }

    /// Every exchange of an operation.
    pub fn of_operation(operation: OperationId) -> Query {
        Query::of(vec![Term::Operation(operation)])
    }

    /// The tree.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.expression.is_everything()
    }

    /// Whether a row fits, as far as it tells by itself: what it does not tell may be so. `now` is what a term such as
    /// `since:2h` counts from.
    pub fn fits(&self, row: &Summary, now: Timestamp) -> bool {
        self.judge(row, now, &mut |_| None) != Some(false)
    }

    /// Whether a row fits; `ask` is for what the row does not tell. `None`: that is not known either.
    pub fn judge(
        &self,
        row: &Summary,
        now: Timestamp,
        ask: &mut dyn FnMut(&Term) -> Option<bool>,
    ) -> Option<bool> {
        self.expression.judge(row, now, ask)
    }

    /// The same without the bare word at its end, when this is that word: a name is read as a word until its colon
    /// comes.
    pub fn without_last_word(&self, word: &str) -> Option<Query> {
        let is_word =
            |part: &Expression| matches!(part, Expression::Term(Term::Text(text)) if text == word);
        match &self.expression {
            Expression::And(parts) if parts.last().is_some_and(is_word) => {
                let before = parts[..parts.len() - 1].iter().cloned();
                Some(Query::from(Expression::all(before)))
            }
            alone if is_word(alone) => Some(Query::default()),
            _ => None,
        }
    }
}

impl From<Expression> for Query {
    fn from(expression: Expression) -> Query {
        Query { expression }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.expression)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut named = |name: &str, value: &str| write!(f, "{name}:{}", written(value));
        match self {
            Term::Status(status) => write!(f, "status:{status}"),
            Term::Hundred(hundred) => write!(f, "status:{}", hundred.word()),
            Term::Method(method) => write!(f, "method:{method}"),
            Term::Url(text) => named("url", text),
            Term::Operation(id) => named("op", id.as_str()),
            Term::Account(id) => named("account", id),
            Term::Key(key) => named("key", key),
            Term::Server(id) => named("server", id),
            Term::Profile(name) => named("profile", name),
            Term::Code(code) => named("code", code),
            Term::Path(path) if path.is_empty() => f.write_str("path:/"),
            Term::Path(path) => named("path", path),
            Term::Is(state) => write!(f, "is:{}", state.word()),
            Term::Took(took) => write!(f, "took:{took}"),
            Term::Since(when) => write!(f, "since:{when}"),
            Term::Before(when) => write!(f, "before:{when}"),
            Term::Body(text) => named("body", text),
            Term::Text(text) if parse::is_bare(text) => f.write_str(text),
            Term::Text(text) => f.write_str(&quoted(text)),
        }
    }
}

/// A value as it is written: in quotes where it must be.
pub fn written(value: &str) -> String {
    match parse::is_plain(value) {
        true => value.to_owned(),
        false => quoted(value),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match parse::escape_of(c) {
            Some(letter) => quoted.extend(['\\', letter]),
            None => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
