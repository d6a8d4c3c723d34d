//! `reqscope pin` and `reqscope note`: what a person marks an exchange with.

use jiff::Timestamp;

use crate::cli::args::{Global, Note, Pin};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::open;
use crate::cli::show::find;
use crate::store::error::StoreError;

/// Pins it, or takes its pin off.
///
/// # Errors
/// When there is no such exchange, or the history cannot be written.
pub async fn pin(global: &Global, pin: Pin) -> anyhow::Result<Exit> {
    let history = open::history(global).await?;
    let exchange = find(&history, &pin.id).await?;
    let now = Timestamp::now();
    history.store.pin(&exchange.id, !pin.off, now).await?;
    Ok(Exit::Success)
}

/// Notes something of it, or takes its note away.
///
/// # Errors
/// When there is no such exchange, the note is too long, or the history cannot be written.
pub async fn note(global: &Global, note: Note) -> anyhow::Result<Exit> {
    let history = open::history(global).await?;
    let exchange = find(&history, &note.id).await?;
    let now = Timestamp::now();
    match history.store.note(&exchange.id, note.text, now).await {
        Err(error @ StoreError::NoteTooLong { .. }) => Err(UsageError(error.to_string()).into()),
        noted => {
            noted?;
            Ok(Exit::Success)
        }
    }
}
