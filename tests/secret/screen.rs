//! The session on the screen: a card payment composed, sent, edited, sent again and replayed.

use support::terminal::Terminal;

use crate::command::{home, payment};
use crate::echo;
use crate::plant::{self, COOKIE};

/// Composes a POST with this body and a cookie, and sends it.
fn send(terminal: &mut Terminal, target: &str, body: &str, expected: &str) {
    terminal
        .send("c")
        .wait_for("Draft")
        .send(&format!("POST {target}<enter>"));
    terminal.wait_for("Esc done").paste(body);
    terminal
        .send("<esc>")
        .wait_for("  e edit  ")
        .send("]")
        .wait_for("[Headers]");
    terminal
        .send("<enter>")
        .wait_for("Esc done")
        .paste(&format!("Cookie: sid={COOKIE}"));
    terminal.wait_for("sid=").send("<c-s>").wait_for(expected);
}

#[test]
fn a_session_on_the_screen_leaves_no_secret() {
    let base = echo::serve();
    let home = home(&base);
    let mut terminal = home.terminal(&[], (140, 40));
    terminal.wait_for("Nothing was sent yet");
    send(
        &mut terminal,
        "/v1/payments?api_key=qk+planted%2Fquery%264",
        &payment(-5),
        "422 Unprocessable Content",
    );
    terminal.send("r").wait_for("─ saved answer");
    terminal
        .send("e")
        .wait_for("Ctrl-S send")
        .wait_for("continues");
    // The draft shows the mark in each place; sent, it carries what stood there.
    terminal.send("<c-s>").wait_for("send 3").wait_for("✗3");
    terminal.send("q").wait_exit();
    let mut terminal = home.terminal(&["--profile", "echo"], (140, 40));
    terminal.wait_for("/v1/payments");
    send(
        &mut terminal,
        "/v1/json",
        &payment(7),
        "422 Unprocessable Content",
    );
    // Until its answer is written, leaving would ask.
    terminal.wait_for("✗4").send("q").wait_exit();
    plant::search(&home, &[]);
}
