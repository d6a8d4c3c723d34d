//! `reqscope history`: what was sent, newest first.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context;

use crate::cli::args::{Global, History as Arguments};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::report;
use crate::cli::show::profile_of;
use crate::domain::exchange::Summary;
use crate::domain::id::OperationId;
use crate::domain::profile::Profile;
use crate::formats::exchange_json::instant;
use crate::services::{History, Services};
use crate::store::page::Filter;

/// How many rows are read at once.
const PAGE: usize = 200;

/// Lists it.
///
/// # Errors
/// When a filter is not understood, or the history cannot be read.
pub async fn run(global: &Global, arguments: Arguments) -> anyhow::Result<Exit> {
    let filter = filter(arguments.terms())?;
    let history = Services::open_history(&global.setup()?).await?;
    let (mut before, mut left) = (None, arguments.limit);
    let mut profiles = HashMap::new();
    while left > 0 {
        let page = history.store.page(&filter, before, left.min(PAGE)).await?;
        for row in &page.rows {
            if arguments.json {
                print_json(&history, &mut profiles, row).await?;
            } else {
                let line = report::printable(&line(row));
                writeln!(std::io::stdout().lock(), "{line}").context("standard output could not be written")?;
            }
        }
        left -= page.rows.len();
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(Exit::Success)
}

async fn print_json(
    history: &History,
    profiles: &mut HashMap<String, Profile>,
    row: &Summary,
) -> anyhow::Result<()> {
    let Some(exchange) = history.store.get(&row.id).await? else { return Ok(()) };
    let operation = history.store.operation(&exchange.operation).await?;
    let profile = profiles.entry(row.profile.clone()).or_insert_with(|| profile_of(history, &row.profile));
    let advice = report::advice(&exchange, &operation, profile);
    report::print_json(&exchange, &advice).context("standard output could not be written")
}

fn line(row: &Summary) -> String {
    let what = row.status.map_or_else(|| kind(row), |status| status.to_string());
    let errors = row.codes.first().map(|code| format!("  {code}")).unwrap_or_default();
    let id = &row.id.as_str()[..8.min(row.id.as_str().len())];
    let at = instant(row.started_at);
    format!("{id}  {at}  {what:>4}  {:<6} {}  {}{errors}", row.method.as_str(), row.target, row.operation)
}

fn kind(row: &Summary) -> String {
    use crate::domain::exchange::Class;
    match row.class {
        Class::Held => "held",
        Class::InFlight => "…",
        Class::Failed => "-",
        _ => "?",
    }
    .to_owned()
}

fn filter<'a>(terms: impl Iterator<Item = &'a str>) -> Result<Filter, UsageError> {
    let mut filter = Filter::default();
    for term in terms {
        let (name, value) = term.split_once(':').unwrap_or(("url", term));
        let value = Some(value.to_owned());
        match name {
            "op" => filter.operation = value.map(OperationId::known),
            "account" => filter.account = value,
            "key" => filter.key = value,
            "profile" => filter.profile = value,
            "method" => filter.method = value,
            "url" => filter.text = value,
            "status" => filter.status = Some(term.trim_start_matches("status:").parse().map_err(|_| {
                UsageError(format!("the filter '{term}' is not understood: write status:422 or status:4xx"))
            })?),
            _ => {
                let known = "status: method: url: op: account: key: profile:";
                return Err(UsageError(format!("the filter '{term}' is not understood: these are: {known}")));
            }
        }
    }
    Ok(filter)
}
