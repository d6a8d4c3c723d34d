//! Values that the history knows, for whoever writes a filter: each once, found by leaping from one to the next in an
//! index, so that a million rows of one account cost one step.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::query::complete::Known;

/// The table and column in which the values of a term stand, the condition that its index has, and how its texts
/// compare.
fn place(of: Known) -> (&'static str, &'static str, &'static str) {
    match of {
        Known::Account => ("exchange", "account", "account IS NOT NULL"),
        Known::Profile => ("exchange", "profile", "true"),
        Known::Method => ("exchange", "method COLLATE NOCASE", "true"),
        Known::Server => ("exchange", "server_id", "server_id IS NOT NULL"),
        Known::Operation => ("exchange", "operation", "true"),
        Known::Key => ("exchange", "idempotency_key", "idempotency_key IS NOT NULL"),
        Known::Code => ("error", "value", "name = 'code'"),
        Known::Path => ("error", "value", "name = 'path'"),
        Known::Status => ("exchange", "status", "status IS NOT NULL"),
    }
}

/// How many statuses there are to leap over at most, whatever they begin with.
const STATUSES: usize = 1000;

/// The SQL of one leap.
fn leap(of: Known, sign: &str) -> String {
    let (table, column, holds) = place(of);
    format!(
        "SELECT {column} FROM {table} WHERE {holds} AND {column} {sign} ?1 ORDER BY {column} LIMIT 1"
    )
}

/// The values that begin with this, in their order, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn known(
    connection: &Connection,
    of: Known,
    prefix: &str,
    limit: usize,
) -> rusqlite::Result<Vec<String>> {
    if of == Known::Status {
        return statuses(connection, prefix, limit);
    }
    let ignores_case = of == Known::Method;
    let fits = |value: &str| match ignores_case {
        true => value
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        false => value.starts_with(prefix),
    };
    let (mut values, mut sign, mut at) = (Vec::new(), ">=", prefix.to_owned());
    while values.len() < limit {
        let mut statement = connection.prepare_cached(&leap(of, sign))?;
        let next = statement.query_row(params![at], |row| row.get::<_, String>(0));
        let Some(value) = next.optional()?.filter(|value| fits(value)) else {
            break;
        };
        (sign, at) = (">", value.clone());
        values.push(value);
    }
    Ok(values)
}

fn statuses(connection: &Connection, prefix: &str, limit: usize) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(&leap(Known::Status, ">"))?;
    let (mut values, mut at) = (Vec::new(), -1_i64);
    for _ in 0..STATUSES {
        let next = statement.query_row([at], |row| row.get(0)).optional()?;
        let Some(status) = next.filter(|_| values.len() < limit) else {
            break;
        };
        at = status;
        let text = status.to_string();
        if text.starts_with(prefix) {
            values.push(text);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use crate::domain::query::complete::Known;
    use crate::store::page::tests::plan;
    use crate::store::search::known::leap;

    #[test]
    fn every_leap_has_its_index() {
        for (of, index) in [
            (Known::Account, "exchange_account (account>?)"),
            (Known::Profile, "exchange_profile (profile>?)"),
            (Known::Method, "exchange_method (method>?)"),
            (Known::Server, "exchange_server (server_id>?)"),
            (Known::Operation, "exchange_operation (operation>?)"),
            (Known::Key, "exchange_key (idempotency_key>?)"),
            (Known::Code, "PRIMARY KEY (name=? AND value>?)"),
            (Known::Path, "PRIMARY KEY (name=? AND value>?)"),
            (Known::Status, "exchange_status (status>?)"),
        ] {
            for sign in [">", ">="] {
                let plan = plan(&leap(of, sign), &[&"a"]);
                assert!(plan.contains(index), "{of:?}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{of:?}: {plan}");
            }
        }
    }
}
