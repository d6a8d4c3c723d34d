//! `reqscope history`: what was sent, newest first. Its `prune` and `stats` stand below.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use crate::cli::args::{Care, Global, History as Arguments};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::open;
use crate::cli::report;
use crate::cli::show::profile_of;
use crate::domain::exchange::{Class, Summary};
use crate::domain::profile::Profile;
use crate::domain::query::argument::line as line_of;
use crate::domain::query::saved::Filters;
use crate::domain::query::{Mistake, Query};
use crate::formats::exchange_json::instant;
use crate::services::History;
use crate::store::page::From;

mod prune;
mod stats;

/// How many rows are read at once.
const PAGE: usize = 200;

/// Lists it.
///
/// # Errors
/// When a filter is not understood, or the history cannot be read.
pub async fn run(global: &Global, arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.care {
        Some(Care::Prune(prune)) => return prune::run(global, &prune).await,
        Some(Care::Stats(stats)) => return stats::run(global, &stats).await,
        None => {}
    }
    let history = open::history(global).await?;
    let query = query(arguments.terms(), history.config.filters()).map_err(Misread::told)?;
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

/// The filter that the arguments make together.
fn query<'a>(words: impl Iterator<Item = &'a str>, filters: &Filters) -> Result<Query, Misread> {
    let line = line_of(words, filters);
    Query::read(&line, filters).map_err(|mistake| Misread { line, mistake })
}

/// A filter that was not understood, as one line.
#[derive(Debug)]
struct Misread {
    line: String,
    mistake: Mistake,
}

impl Misread {
    /// Shows the place under the line; what is wrong with it is told behind that, as every mistake is.
    fn told(self) -> UsageError {
        let [line, under] = self.underlined();
        // There is nowhere left to say that it cannot be written.
        let _ = writeln!(std::io::stderr().lock(), "  {line}\n  {under}");
        UsageError(format!("the filter is not understood: {}", self.mistake))
    }

    /// The line as a terminal takes it, and what stands under it.
    fn underlined(&self) -> [String; 2] {
        let part = |from: usize, count: usize| {
            let part: String = self.line.chars().skip(from).take(count).collect();
            report::printable(&part).width()
        };
        let before = " ".repeat(part(0, self.mistake.column - 1));
        let under = "^".repeat(part(self.mistake.column - 1, self.mistake.width).max(1));
        [report::printable(&self.line), format!("{before}{under}")]
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::history::query;
    use crate::domain::query::saved::Filters;

    #[test]
    fn terms_join_and_mistakes_are_underlined() {
        let saved = Filters::new([("late".to_owned(), "status:5xx".to_owned())]);
        let read = |words: &[&str]| query(words.iter().copied(), &saved);
        let all = read(&["status:4xx", "", "method:post", "a b"]).expect("understood");
        assert_eq!(all.to_string(), "status:4xx method:POST \"a b\"");
        let either = read(&["@late", "or", "-method:GET"]).expect("understood");
        assert_eq!(either.to_string(), "@late or -method:GET");
        for (wrong, told, line, under) in [
            (&["status:9x"][..], "column 8", "status:9x", "       ^^"),
            (&["a", "status:"], "column 10", "a status:", "         ^"),
            (
                &["漢字", "is:happy"],
                "is:replayed",
                "漢字 is:happy",
                "        ^^^^^",
            ),
            (
                &["method:a b"],
                "method:POST",
                "method:\"a b\"",
                "       ^^^^^",
            ),
            (&["a", "or"], "behind 'or'", "a or", "  ^^"),
        ] {
            let misread = read(wrong).expect_err("a mistake");
            assert!(misread.mistake.to_string().contains(told), "{misread:?}");
            assert_eq!(misread.underlined(), [line, under]);
        }
    }
}
