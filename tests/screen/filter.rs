//! The history's filter, one operation alone, and folding.

use std::time::Duration;

use support::home::Home;
use support::terminal::Terminal;

use crate::{compose, history, home};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

fn send(home: &Home, arguments: &[&str], code: i32) {
    let all: Vec<&str> = [&["send"], arguments].concat();
    home.reqscope(&all).expect_code(code);
}

/// Oldest first: 422 and 201 of op_pay, 200 of op_look, 503 of op_box.
fn four(home: &Home) {
    let pay = ["/v1/payments", "--operation", "op_pay", "-d"];
    send(home, &[&pay[..], &["{\"amount\": -1}"]].concat(), 4);
    send(home, &[&pay[..], &[PAYMENT]].concat(), 0);
    send(home, &["/v1/accounts", "--operation", "op_look"], 0);
    let fault = "Sandbox-Fault: status=503";
    send(
        home,
        &["/v1/boxes", "--operation", "op_box", "-H", fault],
        5,
    );
}

/// The screen on these four.
fn open(home: &Home) -> Terminal {
    four(home);
    let mut terminal = home.terminal(&[], (120, 40));
    terminal.wait_for("‼ 503").wait_for("✗ 422");
    terminal
}

/// The rows of the history that begin with one of these marks, top to bottom.
fn rows(terminal: &Terminal, marks: &[&str]) -> Vec<String> {
    let screen = terminal.screen();
    let lines = screen.lines().map(|line| line.chars().take(42).collect());
    let lines = lines.filter(|line: &String| marks.iter().any(|mark| line.contains(mark)));
    lines.collect()
}

const CLASSES: [&str; 4] = ["✓ 200", "✓ 201", "✗ 422", "‼ 503"];

#[test]
fn it_filters_as_it_is_typed_and_says_what_is_wrong() {
    let home = home();
    let mut terminal = open(&home);
    terminal.send("2/payments").wait_for("─ payments ");
    terminal.wait_gone("✓ 200");
    assert_eq!(rows(&terminal, &["✓ 201", "✗ 422"]).len(), 2);
    terminal.send(" status:4x").wait_for("'4x' is no status");
    assert!(terminal.cell_of("4x ").underline());
    assert!(
        terminal.screen().contains("─ payments "),
        "the last good one stays"
    );
    terminal.send("x").wait_for("─ payments status:4xx ");
    terminal.wait_gone("is no status").wait_gone("✓ 201");
    terminal.send("<enter>").wait_for("✗ 422 Unprocessable");
    terminal.wait_gone("Enter keep").wait_gone("≠");
    terminal
        .send("<esc>")
        .wait_for("✓ 200")
        .wait_gone("status:4xx");
    // Letters that act elsewhere were text here.
    assert_eq!(history(&home).len(), 4);
}

#[test]
fn nothing_that_fits_says_how_to_get_everything_back() {
    let home = home();
    let mut terminal = open(&home);
    terminal.send("/method:DELETE<enter>");
    terminal
        .wait_for("Nothing fits the filter")
        .wait_for("clears it");
    // What was selected is still there, and still on show.
    terminal
        .wait_for("≠ hidden by the filter")
        .wait_for("‼ 503 Service");
    terminal.send("<esc>").wait_gone("Nothing fits");
    terminal.wait_for("✗ 422").wait_gone("≠");
    assert_eq!(rows(&terminal, &CLASSES).len(), 4);
}

#[test]
fn another_process_fills_it_with_what_fits_and_nothing_else() {
    let home = home();
    let mut terminal = open(&home);
    terminal.send("/code:missing<enter>");
    terminal.wait_for("─ code:missing ").wait_gone("‼ 503");
    send(&home, &["/v1/accounts/acct_demo"], 0);
    send(&home, &["/v1/payments", "-d", "{}"], 4);
    terminal.wait_until("two rows", |screen| {
        screen.contents().matches("✗ 422 POST").count() == 2
    });
    terminal.wait_quiet(Duration::from_millis(300));
    assert!(!terminal.screen().contains("✓ 200"));
    terminal.send("<esc>").wait_for("…/acct_demo");
}

#[test]
fn what_is_sent_while_the_filter_hides_it_is_still_seen() {
    let home = home();
    let mut terminal = open(&home);
    terminal.send("/op:op_look<enter>").wait_gone("‼ 503");
    compose(&mut terminal, "/v1/payments", PAYMENT);
    terminal.send("<c-s>").wait_for("✓ 201 Created");
    terminal.wait_for("≠ hidden by the filter");
    terminal.send("1j").wait_gone("≠").wait_for("✓ 200 OK");
    assert_eq!(history(&home).len(), 5);
}

#[test]
fn one_operation_alone_and_back() {
    let home = home();
    let mut terminal = open(&home);
    terminal.send("jj").wait_for("✓ 201 Created").send("o");
    terminal.wait_for("─ op:op_pay ").wait_gone("‼ 503");
    let alone = rows(&terminal, &CLASSES);
    assert!(
        alone.len() == 2 && alone[0].contains("201") && alone[1].contains("422"),
        "{alone:?}"
    );
    terminal.send("o").wait_gone("op:op_pay ").wait_for("‼ 503");
    terminal.wait_for("✓ 201 Created");
}

#[test]
fn folded_an_operation_is_one_row_and_opens_newest_first() {
    let home = home();
    let mut terminal = open(&home);
    terminal.send("jjz").wait_for("▸ ✓ 201").wait_for("×2");
    terminal.wait_until("the 422 to fold", |screen| {
        !screen.contents().contains("✗ 422")
    });
    terminal
        .send("<enter>")
        .wait_for("▾ ✓ 201")
        .wait_for("└ ✗ 422");
    terminal.send("j").wait_for("✗ 422 Unprocessable");
    terminal.send(" ").wait_for("▸ ✓ 201");
    // It is still the older one that is on show.
    terminal
        .wait_for("✗ 422 Unprocessable")
        .send("z")
        .wait_gone("▸ ✓");
    terminal.wait_for("✗ 422");
    // Alone in its operation: it is opened.
    terminal.send("gz<enter>").wait_for("Enter open");
}

#[test]
fn a_pasted_filter_sends_nothing_and_fits_any_size() {
    let home = home();
    four(&home);
    for size in [(30, 8), (80, 24), (200, 60)] {
        let mut terminal = home.terminal(&[], size);
        terminal.wait_for("503").send("/").wait_for("Enter keep");
        terminal.paste("status:2xx\n");
        terminal.wait_for("─ status:2xx").wait_for("✓ 20");
        terminal.send("<enter>").wait_gone("Enter keep");
        terminal.wait_gone("‼ 503");
        for (columns, rows) in [(3, 2), (1, 1), (20, 5)] {
            terminal.resize(columns, rows).send("/z");
            terminal
                .send("<enter>z")
                .wait_quiet(Duration::from_millis(60));
        }
        terminal.send("q").wait_exit();
    }
    assert_eq!(history(&home).len(), 4);
}
