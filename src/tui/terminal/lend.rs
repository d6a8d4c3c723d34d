//! The terminal lent to a program of the person's own, which shows a copy of something, and given back when it ends.
//!
//! ```text
//!   our input stops ─▶ the screen is left ─▶ sh -c "$PAGER file" … ─▶ the screen is taken again ─▶ our input goes on
//! ```
//!
//! The copy is a file that only its owner can read, and it is gone when the program has ended: what is written into it
//! changes nothing here.

use std::env;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
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

/// Lends the terminal to a program, with a copy that `write` makes, under a name with this ending; waits for its end.
///
/// # Errors
/// When the copy cannot be made, the program does not start or fails, or the terminal cannot be taken again.
pub fn lend(
    wanted: Wanted,
    ending: &str,
    write: impl FnOnce(&mut File) -> io::Result<u64>,
) -> Result<(), String> {
    let program = program(wanted);
    let path = copy_path(ending);
    let told = |error: io::Error| format!("{}: {error}", path.display());
    let written = private(&path).and_then(|mut file| write(&mut file));
    let shown = match written {
        Ok(_) => {
            give_back();
            let ended = run(&program, &path);
            let taken = take_over();
            match (ended, taken) {
                (_, Err(error)) => Err(format!("the terminal cannot be taken again: {error}")),
                (Err(error), _) => Err(format!("{program}: {error}")),
                (Ok(status), _) if status.success() => Ok(()),
                (Ok(status), _) => Err(format!("{program}: {status}")),
            }
        }
        Err(error) => Err(told(error)),
    };
    // What is left behind is a copy that only its owner can read.
    let _ = std::fs::remove_file(&path);
    shown
}

fn program(wanted: Wanted) -> String {
    let set = |name: &&str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let found = wanted.variables.iter().find_map(set);
    found.unwrap_or_else(|| wanted.fallback.to_owned())
}

fn copy_path(ending: &str) -> PathBuf {
    let name = uuid::Uuid::new_v4().simple().to_string();
    env::temp_dir().join(format!("reqscope-{name}.{ending}"))
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
