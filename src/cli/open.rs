//! The history, opened for a command that only reads or marks it.

use crate::cli::args::Global;
use crate::cli::report::note;
use crate::services::{History, Services};

/// Opens it, and says on standard error what is to be said of it.
///
/// # Errors
/// When the configuration or the history cannot be read, or the base URL is none.
pub async fn history(global: &Global) -> anyhow::Result<History> {
    let history = Services::open_history(&global.setup()?).await?;
    if let Some(notice) = &history.notice {
        note(&notice.sentence());
    }
    Ok(history)
}
