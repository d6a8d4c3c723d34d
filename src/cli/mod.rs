//! The command line: one subcommand a file. Results go to standard output, everything else to standard error.
//!
//! ```text
//!   arguments ─args─▶ Command ─┬─ none ─────▶ tui
//!                              ├─ send ─────┐
//!                              ├─ replay ───┼─▶ services ─▶ dispatch ─▶ report ─▶ exit status
//!                              ├─ history ──┤
//!                              ├─ pin, note ┤
//!                              ├─ show ─────┤                        (--jq ─▶ jq ─▶ jq-child: ourselves, hidden)
//!                              ├─ diff ─────┘
//!                              ├─ explain ──▶ the configuration, the catalogue
//!                              └─ sandbox ──▶ sandbox
//! ```

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::args::{Args, Command};
use crate::cli::exit::Exit;

pub mod args;
mod diff;
pub mod exit;
mod explain;
mod history;
mod mark;
mod open;
mod progress;
mod replay;
mod report;
mod sandbox;
mod secret;
mod send;
mod show;

/// Runs the program and says how it ended.
pub fn main() -> ExitCode {
    let args = match Args::try_parse_from(args::spell(std::env::args_os())) {
        Ok(args) => args,
        Err(error) => {
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // Nothing is left to do when the message itself cannot be written.
            let _ = error.print();
            return if asked {
                Exit::Success.into()
            } else {
                Exit::Usage.into()
            };
        }
    };
    // It bounds its own memory, so it starts no threads that take some of it.
    if let Some(Command::JqChild(child)) = args.command {
        return crate::jq::child::main(child.memory, child.seconds);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return exit::complain(
                &anyhow::Error::new(error).context("no threads could be started"),
            )
            .into();
        }
    };
    let ended = runtime.block_on(run(args));
    // A blocking read of standard input may still hang: nobody waits for it.
    runtime.shutdown_background();
    ended.unwrap_or_else(|error| exit::complain(&error)).into()
}

async fn run(args: Args) -> anyhow::Result<Exit> {
    let global = args.global;
    match args.command {
        None => crate::tui::start(global.setup()?, global.colour())
            .await
            .map(Exit::of_screen),
        Some(Command::Send(send)) => send::run(&global, send).await,
        Some(Command::Replay(replay)) => replay::run(&global, replay).await,
        Some(Command::History(history)) => history::run(&global, history).await,
        Some(Command::Pin(pin)) => mark::pin(&global, pin).await,
        Some(Command::Note(note)) => mark::note(&global, note).await,
        Some(Command::Show(show)) => show::run(&global, show).await,
        Some(Command::Diff(diff)) => diff::run(&global, diff).await,
        Some(Command::Explain(explain)) => explain::run(&global, &explain),
        Some(Command::Sandbox(sandbox)) => sandbox::run(sandbox).await,
        Some(Command::JqChild(_)) => unreachable!("it ran before there was a runtime"),
    }
}
