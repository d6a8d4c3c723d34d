//! The screen, driven as a person drives it: the real program in a pseudo-terminal, against the real sandbox. Each
//! step is asserted on the screen and in what `reqscope history --json` says in another process.

mod arriving;
mod body;
mod cancel;
mod catalogue;
mod compare;
mod diagnostic;
mod editing;
mod errors;
mod filled;
mod filter;
mod filtered;
mod history;
mod main_job;
mod operation;
mod owner;
mod profile;
mod quota;
mod shape;
mod steady;
mod trouble;
mod unsettled;
mod wait;

use serde_json::Value;
use support::home::Home;
use support::terminal::Terminal;

/// A home with nothing in it.
fn home() -> Home {
    Home::new(env!("CARGO_BIN_EXE_reqscope"))
}

/// The screen on an empty history, open and ready.
fn open(home: &Home, size: (u16, u16)) -> Terminal {
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("Nothing was sent yet");
    terminal
}

/// What the history says, newest first.
fn history(home: &Home) -> Vec<Value> {
    home.reqscope(&["history", "--json"])
        .expect_code(0)
        .json_lines()
}

/// Composes a POST with this body and leaves it open for editing.
fn compose(terminal: &mut Terminal, target: &str, body: &str) {
    terminal
        .send("c")
        .wait_for("Draft")
        .send(&format!("POST {target}<enter>"));
    terminal.wait_for("Esc done").paste(body);
}

/// Adds a header to the draft that is being edited, and leaves it open for editing.
fn add_header(terminal: &mut Terminal, header: &str) {
    // An escape that is followed at once by another key would be read as one key with Alt.
    terminal
        .send("<esc>")
        .wait_for("  e edit  ")
        .send("]")
        .wait_for("[Headers]")
        .send("<enter>")
        .wait_for("Esc done");
    terminal.paste(header);
    terminal.wait_for(header);
}

/// How many payments the sandbox of this home has.
fn payments(home: &Home) -> usize {
    let listed = home
        .reqscope(&["send", "GET", "/v1/payments"])
        .expect_code(0)
        .json();
    listed["data"].as_array().map_or(0, Vec::len)
}
