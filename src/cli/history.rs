//! `reqscope history`: what was sent, newest first.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::args::{Global, History as Arguments};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::report;
use crate::cli::show::profile_of;
use crate::domain::exchange::{Class, Summary};
use crate::domain::profile::Profile;
use crate::domain::query::{Mistake, Query, Term};
use crate::formats::exchange_json::instant;
use crate::services::{History, Services};
use crate::store::page::From;

/// How many rows are read at once.
const PAGE: usize = 200;

/// Lists it.
///
/// # Errors
/// When a filter is not understood, or the history cannot be read.
pub async fn run(global: &Global, arguments: Arguments) -> anyhow::Result<Exit> {
    let query = query(arguments.terms())?;
    let history = Services::open_history(&global.setup()?).await?;
    let (mut from, mut left) = (From::Newest, arguments.limit);
    let now = Timestamp::now();
    let mut profiles = HashMap::new();
    while left > 0 {
        let page = history.store.page(&query, from, left.min(PAGE), now);
        let page = page.await?;
        for row in &page.summaries {
            if arguments.json {
                print_json(&history, &mut profiles, row).await?;
            } else {
                let line = report::printable(&line(row));
                writeln!(std::io::stdout().lock(), "{line}")
                    .context("standard output could not be written")?;
            }
        }
        left -= page.summaries.len();
        let Some(older) = page.older else {
            break;
        };
        from = From::Before(older);
    }
    Ok(Exit::Success)
}

async fn print_json(
    history: &History,
    profiles: &mut HashMap<String, Profile>,
    row: &Summary,
) -> anyhow::Result<()> {
    let Some(exchange) = history.store.get(&row.id).await? else {
        return Ok(());
    };
    let operation = history.store.operation(&exchange.operation).await?;
    let profile = profiles
        .entry(row.profile.clone())
        .or_insert_with(|| profile_of(history, &row.profile));
    let advice = report::advice(&exchange, &operation, profile);
    report::print_json(&exchange, &advice).context("standard output could not be written")
}

fn line(row: &Summary) -> String {
    let what = row
        .status
        .map_or_else(|| kind(row), |status| status.to_string());
    let errors = row
        .codes
        .first()
        .map(|code| format!("  {code}"))
        .unwrap_or_default();
    let id = &row.id.as_str()[..8.min(row.id.as_str().len())];
    let at = instant(row.started_at);
    format!(
        "{id}  {at}  {what:>4}  {:<6} {}  {}{errors}",
        row.method.as_str(),
        row.target,
        row.operation
    )
}

fn kind(row: &Summary) -> String {
    match row.class {
        Class::Held => "held",
        Class::InFlight => "…",
        Class::Failed => "-",
        _ => "?",
    }
    .to_owned()
}

/// Each argument is one term; an empty one, such as a shell's unset variable, asks for nothing.
fn query<'a>(terms: impl Iterator<Item = &'a str>) -> Result<Query, UsageError> {
    let wrong =
        |term: &str, mistake: Mistake| UsageError(format!("the filter '{term}': {mistake}"));
    let terms = terms
        .filter(|term| !term.is_empty())
        .map(|term| Term::parse(term).map_err(|mistake| wrong(term, mistake)));
    Ok(Query::of(terms.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn terms_join_and_mistakes_are_named() {
        let all = query(["status:4xx", "", "method:post", "a b"].into_iter()).expect("understood");
        assert_eq!(all.to_string(), "status:4xx method:POST url:\"a b\"");
        for (wrong, told) in [
            ("status:9x", "column 8"),
            ("status:", "column 8"),
            ("-method:GET", "column 1"),
            ("is:happy", "is:replayed"),
            ("method:a b", "method:POST"),
        ] {
            let error = query([wrong].into_iter()).expect_err(wrong).to_string();
            assert!(error.contains(&format!("'{wrong}'")), "{error}");
            assert!(error.contains(told), "{error}");
        }
    }
}
