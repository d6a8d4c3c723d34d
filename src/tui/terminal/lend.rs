//! The terminal lent to a program of the person's own, which shows a copy of something, and given back when it ends.
//!
//! ```text
//!   our input stops ─▶ the screen is left ─▶ sh -c "$PAGER file" … ─▶ the screen is taken again ─▶ our input goes on
//! ```
//!
//! What is written into the copy changes nothing here.

use std::env;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::tui::terminal::{give_back, take_over};

/// The programs to ask for, the first one that is set.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Variables of the environment that name it.
    pub variables: &'static [&'static str],
    /// What most systems have.
    pub fallback: &'static str,
}

/// A program that shows a text page by page.
pub const PAGER: Wanted = Wanted {
    variables: &["PAGER"],
    fallback: if cfg!(windows) { "more" } else { "less" },
};

/// A program that edits a text.
pub const EDITOR: Wanted = Wanted {
    variables: &["VISUAL", "EDITOR"],
    fallback: if cfg!(windows) { "notepad" } else { "vi" },
};

/// Lends the terminal to a program that is to show this file; waits for its end.
///
/// # Errors
/// When the program does not start or fails, or the terminal cannot be taken again.
pub fn lend(wanted: Wanted, path: &Path) -> Result<(), String> {
    let program = program(wanted);
    give_back();
    let ended = run(&program, path);
    let taken = take_over();
    match (ended, taken) {
        (_, Err(error)) => Err(format!("the terminal cannot be taken again: {error}")),
        (Err(error), _) => Err(format!("{program}: {error}")),
        (Ok(status), _) if status.success() => Ok(()),
        (Ok(status), _) => Err(format!("{program}: {status}")),
    }
}

fn program(wanted: Wanted) -> String {
    let set = |name: &&str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let found = wanted.variables.iter().find_map(set);
    found.unwrap_or_else(|| wanted.fallback.to_owned())
}

/// The program may bring arguments with it, as a shell reads them.
#[cfg(unix)]
fn run(program: &str, path: &Path) -> io::Result<std::process::ExitStatus> {
    let command = format!("{program} \"$1\"");
    Command::new("sh")
        .args(["-c", &command, "sh"])
        .arg(path)
        .status()
}

/// The program may bring arguments with it.
#[cfg(not(unix))]
fn run(program: &str, path: &Path) -> io::Result<std::process::ExitStatus> {
    let mut words = program.split_whitespace();
    let first = words.next().unwrap_or("more");
    Command::new(first).args(words).arg(path).status()
}
