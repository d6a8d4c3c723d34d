//! `reqscope history prune`: what is past a bound goes, now and not in the background.

use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::args::{Global, Prune};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::history::stats::bytes;
use crate::cli::open;
use crate::domain::prune::{Bounds, Pruned};
use crate::store::census::Compacted;
use crate::store::prune::Pruner;

/// Prunes, and says what went and what stayed.
///
/// # Errors
/// When there is no bound, or the history cannot be written.
pub async fn run(global: &Global, prune: &Prune) -> anyhow::Result<Exit> {
    let history = open::history(global).await?;
    let configured = history.config.bounds();
    let named = prune.older_than.is_some() || prune.max_size.is_some();
    let bounds = match named {
        true => Bounds {
            max_age: prune.older_than,
            max_bytes: prune.max_size,
        },
        false => configured,
    };
    if bounds.is_empty() {
        let how = "nothing says what is to go: give --older-than 90d or --max-size 1GiB, or set [history] in the configuration";
        return Err(UsageError(how.to_owned()).into());
    }
    let least_age = history.config.longest_retention();
    let pruner = Pruner::new(bounds, least_age, Timestamp::now(), prune.dry_run);
    let pruned = history.store.prune(pruner).await?;
    let mut told = tell(&pruned, prune.dry_run);
    if !prune.dry_run {
        let strays = history.store.remove_strays().await?;
        if strays > 0 {
            told.push(format!("{strays} bodies removed that no exchange knew"));
        }
        told.extend(compacted(history.store.compact().await?));
    }
    let mut out = std::io::stdout().lock();
    for line in told {
        writeln!(out, "{line}").context("standard output could not be written")?;
    }
    Ok(Exit::Success)
}

fn tell(pruned: &Pruned, dry: bool) -> Vec<String> {
    let verb = if dry { "would go" } else { "gone" };
    let mut told = vec![format!(
        "{verb}: {} operations, {} exchanges, {} of bodies",
        pruned.operations,
        pruned.exchanges,
        bytes(pruned.body_bytes)
    )];
    let stay = [
        (pruned.pinned, "pinned"),
        (pruned.noted, "noted"),
        (pruned.unsettled, "unsettled: reqscope history is:unsettled"),
        (pruned.under_way, "on their way"),
        (
            pruned.young,
            "too young: a server may still remember their keys",
        ),
    ];
    let stay = stay.iter().filter(|(count, _)| *count > 0);
    told.extend(stay.map(|(count, why)| format!("kept: {count} operations, {why}")));
    told
}

fn compacted(compacted: Compacted) -> Option<String> {
    match compacted {
        Compacted::Freed(freed) => Some(format!("the file is {} smaller", bytes(freed))),
        Compacted::NotWorthIt => None,
        Compacted::InUse => Some(
            "the file keeps its size, its free pages are used again: another reqscope has it open"
                .to_owned(),
        ),
    }
}
