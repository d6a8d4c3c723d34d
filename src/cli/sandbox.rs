//! `reqscope sandbox`: the API in miniature, for other programs and for tests.
//!
//! One line on standard output says where, for whoever started it; what it does is logged on standard error.

use std::io::{self, Write};

use anyhow::Context;
use tracing::Level;

use crate::cli::args::Sandbox;
use crate::cli::exit::{Exit, UsageError};
use crate::sandbox::{Settings, start};

/// Serves until it is told to end.
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
    log_to_standard_error()?;
    // Before the line below: whoever reads it may tell us to end at once.
    let end = end().context("the signals that end the sandbox cannot be waited for")?;
    let running = start(settings).await?;
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {}", running.base_url())
        .and_then(|()| out.flush())
        .context("standard output could not be written")?;
    drop(out);
    end.await;
    running.stop().await;
    Ok(Exit::Success)
}

/// Without colours, also on a terminal: a log is as often read from a file.
fn log_to_standard_error() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_writer(io::stderr)
        .with_ansi(false)
        .try_init()
        .map_err(|error| anyhow::anyhow!("the log cannot be written: {error}"))
}

/// Waits for Ctrl-C, or for the signal by which a service manager ends a program. It is listened for from the call on,
/// not from the first wait.
#[cfg(unix)]
fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C or Ctrl-Break, or for the console's end. It is listened for from the call on.
#[cfg(windows)]
fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};

    let (mut interrupt, mut broken, mut closed) = (ctrl_c()?, ctrl_break()?, ctrl_close()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = broken.recv() => {}
            _ = closed.recv() => {}
        }
    })
}
