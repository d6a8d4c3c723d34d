//! The session on the screen: a card payment composed, sent, edited, sent again and replayed.

use std::time::Duration;

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
        "✗ 422 Unprocessable Content",
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
        "✗ 422 Unprocessable Content",
    );
    // Until its answer is written, leaving would ask.
    terminal.wait_for("✗4").send("q").wait_exit();
    plant::search(&home, &[]);
}

#[test]
fn an_answer_that_arrives_shows_no_secret_before_its_outcome_is_written() {
    let base = echo::serve();
    let home = home(&base);
    // Wide enough for a header that echoes the whole request: nothing is broken over two rows.
    let mut terminal = home.terminal(&["--profile", "echo"], (1400, 100));
    terminal
        .patience(Duration::from_secs(40))
        .wait_for("Nothing was sent yet");
    send(
        &mut terminal,
        "/v1/halt?api_key=qk+planted%2Fquery%264",
        &payment(7),
        "so far",
    );
    terminal
        .send("3]")
        .wait_for("[Headers ")
        .wait_for("set-cookie: [redacted]")
        .wait_for(" 422 Unprocessable Content ─ ");
    let screen = terminal.screen();
    assert!(screen.contains("x-base-0"), "{screen}");
    assert_eq!(plant::found_in(screen.as_bytes()), [""; 0]);
    // What whoever opens the body's file finds there meanwhile.
    let bodies = std::fs::read_dir(home.data_dir().join("bodies")).expect("a directory");
    let bodies: Vec<Vec<u8>> = bodies
        .map(|file| std::fs::read(file.expect("a file").path()).expect("read"))
        .collect();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].len() > 1000, "{}", bodies[0].len());
    assert_eq!(plant::found_in(&bodies[0]), [""; 0]);
    terminal.send("<c-c>").wait_gone("so far");
    assert_eq!(plant::found_in(terminal.screen().as_bytes()), [""; 0]);
}
