//! `reqscope history`: what was sent, newest first.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context;

use crate::cli::args::{Global, History as Arguments};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::report;
use crate::cli::show::profile_of;
use crate::domain::exchange::{Class, Summary};
use crate::domain::id::OperationId;
use crate::domain::profile::Profile;
use crate::domain::request::Method;
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

fn filter<'a>(terms: impl Iterator<Item = &'a str>) -> Result<Filter, UsageError> {
    let mut filter = Filter::default();
    for term in terms {
        let (name, value) = term.split_once(':').unwrap_or(("url", term));
        match name {
            "op" => filter.operation = Some(OperationId::known(value)),
            "account" => filter.account = Some(value.to_owned()),
            "key" => filter.key = Some(value.to_owned()),
            "profile" => filter.profile = Some(value.to_owned()),
            "method" => {
                let method = Method::parse(&value.to_ascii_uppercase());
                filter.method = Some(method.map_err(|error| UsageError(error.to_string()))?);
            }
            "url" => filter.text = Some(value.to_owned()),
            "status" => status(value, &mut filter)?,
            _ => {
                let known = "status: method: url: op: account: key: profile:";
                return Err(UsageError(format!(
                    "the filter '{term}' is not understood: these are: {known}"
                )));
            }
        }
    }
    Ok(filter)
}

/// `422`, or `4xx` for a class.
fn status(value: &str, filter: &mut Filter) -> Result<(), UsageError> {
    match value {
        "2xx" => filter.classes = vec![Class::Success],
        "3xx" => filter.classes = vec![Class::Redirect],
        "4xx" => filter.classes = vec![Class::ClientError, Class::RateLimited],
        "5xx" => filter.classes = vec![Class::ServerError],
        code => {
            let wrong = |_| {
                UsageError(format!(
                    "'status:{code}' is not understood: write status:422 or status:4xx"
                ))
            };
            filter.status = Some(code.parse().map_err(wrong)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::filter;
    use crate::domain::exchange::Class;

    #[test]
    fn terms_join_and_mistakes_are_named() {
        let all =
            filter(["status:4xx", "method:post", "payments"].into_iter()).expect("understood");
        assert_eq!(all.classes, [Class::ClientError, Class::RateLimited]);
        assert_eq!(all.method.map(|m| m.to_string()).as_deref(), Some("POST"));
        assert_eq!(all.text.as_deref(), Some("payments"));
        for wrong in [
            "status:9x",
            "status:",
            "-method:GET",
            "is:replayed",
            "method:a b",
        ] {
            assert!(filter([wrong].into_iter()).is_err(), "{wrong}");
        }
    }
}
