//! What somebody does next never changes what they did before: who moved on is left alone, a draft stays theirs, and a
//! question reaches only who still looks at what it is about.

use std::time::Duration;

use crate::{compose, history, home, open};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

#[test]
fn replaying_what_was_sent_leaves_an_unsent_draft_alone() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    terminal.send("<c-s>").wait_for("✓ 201 Created");
    compose(&mut terminal, "/v1/other", "{\"mine\": 1}");
    terminal
        .send("<esc>")
        .wait_for("  e edit  ")
        .send("1j")
        .wait_for("✓ 201 Created")
        .send("s")
        .wait_for("─ saved answer")
        .wait_for("draft POST /v1/other");
    terminal.send("g").wait_for("\"mine\": 1");
    assert_eq!(history(&home).len(), 2);
}

#[test]
fn who_composes_while_something_leaves_goes_on_composing() {
    let home = home();
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    let mut terminal = home.terminal(&[], (100, 30));
    terminal
        .wait_for("✓ 200 OK")
        .send("rcPOST /v1/qsrR")
        .wait_for("POST /v1/qsrR")
        .wait_quiet(Duration::from_millis(300));
    terminal.send("s1").wait_for("POST /v1/qsrRs1");
    assert_eq!(history(&home).len(), 2);
}

#[test]
fn a_question_does_not_come_between_the_letters_of_a_word() {
    let home = home();
    home.reqscope(&["send", "/v1/payments", "-d", PAYMENT])
        .expect_code(0);
    let mut terminal = home.terminal(&[], (100, 30));
    terminal
        .wait_for("✓ 201 Created")
        .send("RcPOST /v1/payments")
        .wait_for("POST /v1/payments")
        .wait_gone("AGAIN?")
        .wait_quiet(Duration::from_millis(300));
    assert_eq!(history(&home).len(), 1);
}

#[test]
fn what_is_typed_while_an_exchange_is_read_is_done_once_it_was() {
    let home = home();
    home.reqscope(&["send", "/v1/payments", "-d", "{\"amount\": -1}"])
        .expect_code(4);
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    let mut terminal = home.terminal(&[], (100, 30));
    terminal.wait_for("✓ 200 OK").send("jejx");
    terminal.wait_for("continues").wait_for("jx");
    assert!(history(&home).len() == 2);
}

#[test]
fn an_answer_that_came_while_something_else_was_on_show_is_read() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    crate::add_header(&mut terminal, "Sandbox-Fault: delay=1200");
    terminal.send("<c-s>").wait_for("in flight").send("c");
    terminal
        .wait_for("new operation")
        .wait_until("the answer", |_| {
            history(&home)[0]["outcome"]["status"] == 201
        });
    terminal.send("<esc>").wait_for("  e edit  ").send("1j");
    terminal.wait_for("✓ 201 Created").wait_gone("in flight");
}

#[test]
fn what_another_process_does_to_the_operation_changes_the_verdict() {
    let home = home();
    home.reqscope(&["send", "/v1/payments", "-d", "{\"amount\": -1}"])
        .expect_code(4);
    let first = history(&home)[0].clone();
    let operation = first["operation"].as_str().expect("an operation");
    let mut terminal = home.terminal(&[], (120, 40));
    terminal.wait_for("new key: once corrected");
    home.reqscope(&[
        "send",
        "/v1/payments",
        "-d",
        PAYMENT,
        "--operation",
        operation,
    ])
    .expect_code(0);
    terminal.wait_for("new key: acts AGAIN");
    terminal.wait_for("✗ 422 Unprocessable");
}

#[test]
fn an_error_is_found_from_any_pane_and_back() {
    let home = home();
    let body = "{\n  \"amount\": -5,\n  \"currency\": \"XYZ\",\n  \"account\": \"acct_demo\"\n}";
    home.reqscope(&["send", "/v1/payments", "-d", body])
        .expect_code(4);
    let mut terminal = home.terminal(&[], (120, 40));
    terminal.wait_for("unknown_currency").send("n");
    terminal.send("f").wait_for(" 2 Request").send("<enter>");
    // In a sent request Enter does nothing; f goes back to the error it came from.
    terminal
        .send("f<enter>")
        .wait_for("code     unknown_currency");
}

#[test]
fn a_pasted_key_is_the_one_that_is_sent() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    terminal.send("<s-tab>").wait_for("key").send("<c-a>");
    terminal.send("<c-end>");
    terminal.send(&"<bs>".repeat(40)).paste("my-own-key");
    terminal
        .send("<c-s>")
        .wait_for("✓ 201 Created")
        .wait_for("my-own-key");
    let sent = &history(&home)[0]["request"];
    assert_eq!(sent["idempotency_key"], "my-own-key");
    assert_eq!(sent["key_choice"], "given");
}

#[test]
fn a_header_with_a_place_of_its_own_is_not_sent_in_silence() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    crate::add_header(&mut terminal, "Idempotency-Key: mine");
    terminal.send("<c-s>").wait_for("has a place of its own");
    assert!(history(&home).is_empty());
}

#[test]
fn a_question_always_shows_how_it_is_answered() {
    let home = home();
    home.reqscope(&["send", "/v1/payments", "-d", PAYMENT])
        .expect_code(0);
    for size in [(40, 10), (30, 8), (80, 24)] {
        let mut terminal = home.terminal(&[], size);
        terminal.wait_for("201").send("R").wait_for("y sends it");
        terminal.wait_for("Esc nothing is sent").send("<c-c>");
        terminal.wait_gone("y sends it").send("q").wait_exit();
    }
    assert_eq!(history(&home).len(), 1);
}

#[test]
fn the_verdict_is_told_at_every_size() {
    let home = home();
    home.reqscope(&["send", "/v1/payments", "-d", PAYMENT])
        .expect_code(0);
    for (size, told) in [
        ((40, 10), "R acts AGAIN"),
        ((80, 24), "acts AGAIN"),
        ((200, 60), "R new key: acts AGAIN"),
    ] {
        home.terminal(&[], size).wait_for("201").wait_for(told);
    }
}
