//! A query as a condition in SQL that every row fulfils which fits: it tells which rows are worth reading.
//!
//! ```text
//!   status:5xx -pay         owner IS NOT NULL OR (status BETWEEN ? AND ?)         of `pay` SQL knows nothing: left out
//!   -(status:5xx pay)       true                                                  and so here
//! ```
//!
//! Every value is a parameter. Rows without an outcome always pass: they are few, and what they read as depends on who
//! still lives.

use jiff::Timestamp;
use rusqlite::types::Value;

use crate::domain::query::expression::Expression;
use crate::domain::query::term::{State, Term};
use crate::store::row::time;

/// SQL, and the values of the `?` in it, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sql {
    /// The text.
    pub text: String,
    /// The values.
    pub values: Vec<Value>,
}

impl Sql {
    /// A text with its values.
    pub fn new(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Sql {
        Sql {
            text: text.into(),
            values: values.into_iter().collect(),
        }
    }

    fn joined(parts: Vec<Sql>, joint: &str) -> Sql {
        let mut all = Sql::default();
        for part in parts {
            if !all.text.is_empty() {
                all.text.push_str(joint);
            }
            all.text.push_str(&format!("({})", part.text));
            all.values.extend(part.values);
        }
        all
    }
}

/// The condition, about a row of `exchange`.
pub fn of(expression: &Expression, now: Timestamp) -> Sql {
    match part(expression, now, true) {
        Some(sql) => Sql::new(format!("owner IS NOT NULL OR ({})", sql.text), sql.values),
        None => Sql::new("true", []),
    }
}

/// What must hold of a finished row so that it may fit (or, when not `wanted`, may fail to); `None`: any may.
fn part(expression: &Expression, now: Timestamp, wanted: bool) -> Option<Sql> {
    let all = |parts: &[Expression]| {
        let known: Vec<Sql> = parts.iter().filter_map(|p| part(p, now, wanted)).collect();
        (!known.is_empty()).then(|| Sql::joined(known, " AND "))
    };
    let any = |parts: &[Expression]| {
        let known: Option<Vec<Sql>> = parts.iter().map(|p| part(p, now, wanted)).collect();
        let known = known.filter(|parts| !parts.is_empty())?;
        Some(Sql::joined(known, " OR "))
    };
    match (expression, wanted) {
        (Expression::Not(inner), _) => part(inner, now, !wanted),
        (Expression::Saved(_, meant), _) => part(meant, now, wanted),
        (Expression::And(parts), true) | (Expression::Or(parts), false) => all(parts),
        (Expression::Or(parts), true) | (Expression::And(parts), false) => any(parts),
        (Expression::Term(term), _) => {
            let (sql, is_exact) = condition(term, now)?;
            match wanted {
                true => Some(sql),
                false => is_exact
                    .then(|| Sql::new(format!("NOT coalesce({}, false)", sql.text), sql.values)),
            }
        }
    }
}

/// The condition of a term, and whether it says the same as the term.
fn condition(term: &Term, now: Timestamp) -> Option<(Sql, bool)> {
    let exact = |text: &str, value: Value| Some((Sql::new(text, [value]), true));
    let text = |text: &str| Value::Text(text.to_owned());
    let error = |name: &str, value: &str| {
        let sql = "EXISTS (SELECT 1 FROM error WHERE name = ? AND value = ? AND error.seq = exchange.seq)";
        Some((Sql::new(sql, [text(name), text(value)]), true))
    };
    match term {
        Term::Status(status) => exact("status = ?", i64::from(*status).into()),
        Term::Hundred(hundred) => {
            let (from, to) = hundred.bounds();
            let values = [i64::from(from).into(), i64::from(to).into()];
            Some((Sql::new("status BETWEEN ? AND ?", values), true))
        }
        Term::Method(method) => exact("method = ? COLLATE NOCASE", text(method.as_str())),
        Term::Url(part) => exact(
            // As `request::url`: the query of a path may hold a URL.
            r"CASE WHEN substr(target, 1, 1) <> '/' AND instr(target, '://') THEN target ELSE base_url || target END
              LIKE ? ESCAPE '\'",
            contains(part).into(),
        ),
        Term::Operation(operation) => exact("operation = ?", text(operation.as_str())),
        Term::Account(account) => exact("account = ?", text(account)),
        Term::Key(key) => exact("idempotency_key = ?", text(key)),
        Term::Server(id) => exact("server_id = ?", text(id)),
        Term::Profile(profile) => exact("profile = ?", text(profile)),
        Term::Code(code) => error("code", code),
        Term::Path(path) if path.is_empty() => Some((Sql::new("paths <> '[]'", []), true)),
        Term::Path(path) => error("path", path),
        Term::Is(State::Replayed) => Some((Sql::new("replayed", []), true)),
        Term::Is(State::Unsettled) => Some((Sql::new(LEFT_A_DOUBT, []), false)),
        Term::Is(State::Recreated) => {
            let sql = "operation IN (SELECT operation FROM recreated)";
            Some((Sql::new(sql, []), true))
        }
        Term::Is(State::Pinned) => Some((Sql::new(marked("pinned"), []), true)),
        Term::Is(State::Noted) => Some((Sql::new(marked("note IS NOT NULL"), []), true)),
        Term::Is(State::Indeterminate | State::Held | State::InFlight | State::Failed) => {
            let Term::Is(state) = term else { return None };
            exact("class = ?", text(state.word()))
        }
        Term::Took(took) => exact(&format!("total_ms {} ?", took.sign()), took.ms().into()),
        Term::Since(when) => exact("started_at >= ?", time(when.at(now)).into()),
        Term::Before(when) => exact("started_at < ?", time(when.at(now)).into()),
        Term::Body(_) | Term::Text(_) => None,
    }
}

fn marked(how: &str) -> String {
    format!("EXISTS (SELECT 1 FROM mark WHERE mark.seq = exchange.seq AND {how})")
}

/// Of a finished row: the first half of `is:unsettled`, as `Summary::leaves_doubt` has it.
const LEFT_A_DOUBT: &str = "method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
   AND (class IN ('indeterminate', 'informational', 'server_error') OR status IN (408, 425))";

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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::domain::query::Query;
    use crate::store::search::condition::{contains, of};

    #[test]
    fn what_sql_does_not_know_is_left_out_on_both_sides_of_a_not() {
        for (text, sql) in [
            ("", "true"),
            ("pay", "true"),
            ("status:422 pay", "owner IS NOT NULL OR ((status = ?))"),
            ("-(status:422 pay)", "true"),
            (
                "-(status:422 or pay)",
                "owner IS NOT NULL OR ((NOT coalesce(status = ?, false)))",
            ),
            ("status:422 or pay", "true"),
            ("-is:unsettled", "true"),
            (
                "key:a or key:b",
                "owner IS NOT NULL OR ((idempotency_key = ?) OR (idempotency_key = ?))",
            ),
        ] {
            let query = Query::parse(text).expect(text);
            let condition = of(query.expression(), Timestamp::UNIX_EPOCH);
            assert_eq!(condition.text, sql, "{text}");
            assert_eq!(condition.text.matches('?').count(), condition.values.len());
        }
    }

    #[test]
    fn text_is_taken_as_it_is() {
        assert_eq!(contains(r"a%b_c\"), r"%a\%b\_c\\%");
    }
}
