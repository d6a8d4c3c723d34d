//! `reqscope sandbox`: the API in miniature, for other programs and for tests.

use std::io::Write;

use anyhow::Context;

use crate::cli::args::Sandbox;
use crate::cli::exit::{Exit, UsageError};
use crate::sandbox::{Settings, start};

/// Serves until it is interrupted.
///
/// # Errors
/// When it cannot listen, or its state cannot be read.
pub async fn run(sandbox: Sandbox) -> anyhow::Result<Exit> {
    let defaults = Settings::default();
    let settings = Settings {
        listen: sandbox.listen,
        quota: sandbox
            .quota
            .parse()
            .map_err(|error| UsageError(format!("--quota: {error}")))?,
        seed: sandbox.seed.unwrap_or(defaults.seed),
        state: sandbox.state,
    };
    let running = start(settings).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", running.base_url())
        .context("standard output could not be written")?;
    out.flush()
        .context("standard output could not be written")?;
    drop(out);
    tokio::signal::ctrl_c()
        .await
        .context("the interrupt signal cannot be waited for")?;
    running.stop().await;
    Ok(Exit::Success)
}
