//! What is in flight shows that it is, can be cancelled, and is sent once however long a key is held.

use crate::{add_header, compose, history, home, open, payments};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

#[test]
fn a_cancelled_send_is_indeterminate_at_once() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    add_header(&mut terminal, "Sandbox-Fault: delay=3000");
    terminal
        .send("<c-s>")
        .wait_for("in flight")
        .wait_for("Ctrl-C cancels");
    terminal
        .send("<c-c>")
        .wait_for("no answer: it may have acted")
        .wait_for("may act twice");
    assert_eq!(history(&home)[0]["outcome"]["kind"], "indeterminate");
    // A new key would be a guess: it is asked for.
    terminal
        .send("R")
        .wait_for("MAY ACT TWICE")
        .send("<esc>")
        .wait_gone("MAY ACT TWICE");
    std::thread::sleep(std::time::Duration::from_secs(3));
    terminal.send("r").wait_for("─ saved answer");
    assert_eq!(payments(&home), 1);
}

#[test]
fn leaving_asks_while_something_is_in_flight_and_writes_its_outcome() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    add_header(&mut terminal, "Sandbox-Fault: delay=60000");
    terminal
        .send("<c-s>")
        .wait_for("in flight")
        .send("q")
        .wait_for("Leave?");
    terminal
        .send("<esc>")
        .wait_gone("Leave?")
        .send("q")
        .wait_for("Leave?")
        .send("y");
    assert_eq!(terminal.wait_exit(), 0);
    assert_eq!(history(&home)[0]["outcome"]["kind"], "indeterminate");
}

#[test]
fn a_held_key_sends_once() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    terminal
        .send("<esc>")
        .wait_for("  e edit  ")
        .send(&"s".repeat(40))
        .wait_for("✓ 201 Created")
        .wait_for("held down");
    assert_eq!(history(&home).len(), 1);
}

#[test]
fn a_question_is_not_answered_by_what_was_typed_before_it() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    terminal
        .send("<c-s>")
        .wait_for("✓ 201 Created")
        .send("Ry")
        .wait_for("Do the action AGAIN?");
    terminal
        .wait_quiet(std::time::Duration::from_millis(200))
        .wait_for("Do the action AGAIN?");
    assert_eq!(history(&home).len(), 1);
}
