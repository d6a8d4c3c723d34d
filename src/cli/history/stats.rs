//! `reqscope history stats`: what there is, and how much space it takes.

use std::io::Write;

use anyhow::Context;
use serde_json::{Value, json};

use crate::cli::args::{Global, Stats};
use crate::cli::exit::Exit;
use crate::cli::open;
use crate::cli::report::printable;
use crate::domain::exchange::Class;
use crate::domain::prune::Bounds;
use crate::formats::exchange_json::instant;
use crate::store::census::Census;

/// The classes as they are told, in their order.
const CLASSES: [(Class, &str); 10] = [
    (Class::Success, "2xx"),
    (Class::Redirect, "3xx"),
    (Class::ClientError, "4xx"),
    (Class::RateLimited, "429"),
    (Class::ServerError, "5xx"),
    (Class::Informational, "1xx"),
    (Class::Indeterminate, "indeterminate"),
    (Class::Failed, "failed"),
    (Class::InFlight, "in_flight"),
    (Class::Held, "held"),
];

/// Counts, and prints it.
///
/// # Errors
/// When the history cannot be read, or standard output cannot be written.
pub async fn run(global: &Global, stats: &Stats) -> anyhow::Result<Exit> {
    let history = open::history(global).await?;
    let census = history.store.census().await?;
    let bounds = history.config.bounds();
    let text = match stats.json {
        true => as_json(&census, &bounds).to_string(),
        false => lines(&census, &bounds).join("\n"),
    };
    writeln!(std::io::stdout().lock(), "{text}").context("standard output could not be written")?;
    Ok(Exit::Success)
}

fn as_json(census: &Census, bounds: &Bounds) -> Value {
    let classes = CLASSES
        .iter()
        .map(|(class, word)| ((*word).to_owned(), json!(census.tally.of(*class))));
    let profiles = census.profiles.iter();
    let profiles = profiles.map(|(name, count)| (name.clone(), json!(count)));
    json!({
        "exchanges": census.tally.total(),
        "classes": Value::Object(classes.collect()),
        "profiles": Value::Object(profiles.collect()),
        "oldest": census.extent.map(|(oldest, _)| instant(oldest)),
        "newest": census.extent.map(|(_, newest)| instant(newest)),
        "pinned": census.pinned,
        "noted": census.noted,
        "unsettled_operations": census.unsettled,
        "unindexed": census.unindexed,
        "database_bytes": census.size.database,
        "free_bytes": census.size.free,
        "body_bytes": census.size.bodies,
        "max_age_seconds": bounds.max_age.map(|age| age.as_secs()),
        "max_bytes": bounds.max_bytes,
    })
}

fn lines(census: &Census, bounds: &Bounds) -> Vec<String> {
    let line = |name: &str, text: String| format!("{name:<12}{text}");
    let counted = CLASSES
        .iter()
        .map(|(class, word)| (census.tally.of(*class), word));
    let classes: Vec<String> = counted
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{word} {count}"))
        .collect();
    let profiles = census.profiles.iter();
    let profiles: Vec<String> = profiles
        .map(|(name, count)| format!("{} {count}", printable(name)))
        .collect();
    let size = census.size;
    let mut lines = vec![
        line("exchanges", census.tally.total().to_string()),
        line("outcomes", classes.join("   ")),
        line("profiles", profiles.join("   ")),
    ];
    if let Some((oldest, newest)) = census.extent {
        lines.push(line("from", instant(oldest)));
        lines.push(line("to", instant(newest)));
    }
    lines.extend([
        line(
            "marked",
            format!("pinned {}   noted {}", census.pinned, census.noted),
        ),
        line("unsettled", format!("{} operations", census.unsettled)),
        line(
            "space",
            format!(
                "database {} (and {} free)   bodies {}",
                bytes(size.database),
                bytes(size.free),
                bytes(size.bodies)
            ),
        ),
        line("bounds", told(bounds)),
    ]);
    if census.unindexed > 0 {
        lines.push(line("to index", census.unindexed.to_string()));
    }
    lines
}

fn told(bounds: &Bounds) -> String {
    let age = bounds
        .max_age
        .map(|age| format!("max_age {} d", age.as_secs() / 86_400));
    let size = bounds
        .max_bytes
        .map(|size| format!("max_size {}", bytes(size)));
    let told: Vec<String> = age.into_iter().chain(size).collect();
    match told.is_empty() {
        true => "none: everything is kept".to_owned(),
        false => told.join("   "),
    }
}

/// A size as people say it.
pub fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / *unit as f64),
        None => format!("{count} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_a_unit_that_fits() {
        for (count, said) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (5 << 20, "5.0 MiB"),
            (3 << 29, "1.5 GiB"),
        ] {
            assert_eq!(bytes(count), said);
        }
    }
}
