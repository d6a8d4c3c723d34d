//! `reqscope show`: one exchange of the history.

use std::io::{self, Write};
use std::process::Stdio;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::cli::args::{Global, Show};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::open;
use crate::cli::report;
use crate::domain::exchange::Exchange;
use crate::domain::profile::Profile;
use crate::jq::error::JqError;
use crate::jq::parent::{Jq, Limits};
use crate::services::{History, correction};
use crate::store::error::Unresolved;

/// Prints it: as JSON, its body, what a jq filter makes of that, or in short.
///
/// # Errors
/// When there is no such exchange, or it cannot be read or printed.
pub async fn run(global: &Global, show: Show) -> anyhow::Result<Exit> {
    let history = open::history(global).await?;
    let exchange = find(&history, &show.id).await?;
    if show.body {
        report::print_body(&history.store, &exchange).context("the body could not be printed")?;
        return Ok(Exit::Success);
    }
    if let Some(filter) = &show.jq {
        return filtered(&history, &exchange, filter).await;
    }
    let operation = history.store.operation(&exchange.operation).await?;
    let profile = profile_of(&history, &exchange.profile);
    let advice = report::advice(&exchange, &operation, &profile);
    if show.json {
        report::print_json(&exchange, &advice).context("standard output could not be written")?;
    } else {
        let head = report::printable(&report::head(&exchange));
        writeln!(io::stdout().lock(), "{head}").context("standard output could not be written")?;
        report::print_body(&history.store, &exchange).context("the body could not be printed")?;
        let correction = correction(&history.store, &operation, &exchange, &profile).await?;
        report::tell(&exchange, &advice, correction.as_ref())
            .context("standard error could not be written")?;
    }
    Ok(Exit::Success)
}

/// Prints what a jq filter makes of the answer's body. A filter that is not jq is shown, the place marked.
async fn filtered(history: &History, exchange: &Exchange, filter: &str) -> anyhow::Result<Exit> {
    let body = history.store.open_body(&exchange.id)?;
    if body.is_none() {
        report::note("the answer has no body: nothing to filter");
    }
    let body = body.map_or_else(Stdio::null, Stdio::from);
    let jq = Jq::new(Limits::default())?;
    let never = CancellationToken::new();
    let ended = jq.run(body, filter, &never, &mut io::stdout()).await;
    match ended {
        Ok(()) => Ok(Exit::Success),
        Err(JqError::Syntax(error)) => {
            report::note(&error.to_string());
            for line in error.picture(filter) {
                // As with the note: there is nowhere left to say so.
                let _ = writeln!(io::stderr().lock(), "  {line}");
            }
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

/// The profile that an exchange was sent under, for its rules; when it is gone, the defaults.
pub fn profile_of(history: &History, name: &str) -> Profile {
    history
        .config
        .profile(Some(name))
        .map_or_else(|_| Profile::new(name), Clone::clone)
}

/// The exchange with this id, or whose id alone begins like this.
///
/// # Errors
/// When there is none, or more than one.
pub async fn find(history: &History, id: &str) -> anyhow::Result<Exchange> {
    let full = match history.store.resolve(id).await {
        Ok(full) => full,
        Err(Unresolved::Store(error)) => return Err(error.into()),
        Err(unresolved) => return Err(UsageError(unresolved.to_string()).into()),
    };
    let gone = || UsageError(format!("exchange {full} is no longer in the history"));
    Ok(history.store.get(&full).await?.ok_or_else(gone)?)
}
