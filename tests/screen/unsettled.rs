//! What may have acted is found out on the screen: looked up, sent again with the same key, settled; and what was done
//! twice is flagged with both ids.

use std::time::Duration;

use serde_json::Value;
use support::home::{Home, Running};
use support::terminal::Terminal;

use crate::{add_header, compose, history, home, open, payments};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

/// A sandbox with this quota.
fn sandbox(home: &Home, quota: &str) -> (Running, String) {
    let mut sandbox = home.start(&["sandbox", "--quota", quota]);
    let base = sandbox.line_after("listening on ");
    (sandbox, base)
}

/// A payment that meets this misbehaviour.
fn strike(home: &Home, base: &str, fault: &str, code: i32) {
    let fault = format!("Sandbox-Fault: {fault}");
    let words = ["--base-url", base, "send", "/v1/payments", "-d", PAYMENT];
    let words = [&words[..], &["-H", &fault]].concat();
    home.reqscope(&words).expect_code(code);
}

fn listed(home: &Home, base: &str) -> usize {
    let words = ["--base-url", base, "send", "/v1/payments", "--retry", "5"];
    let listed = home.reqscope(&words).expect_code(0).json();
    listed["data"].as_array().map_or(0, Vec::len)
}

/// The operations that `history is:unsettled` names.
fn unsettled(home: &Home) -> usize {
    let lines = home.reqscope(&["history", "is:unsettled", "--json"]);
    lines.expect_code(0).json_lines().len()
}

fn turn_to_operation(terminal: &mut Terminal) {
    terminal.send("3");
    for _ in 0..5 {
        if terminal.screen().contains("[Operation") {
            return;
        }
        terminal.send("]").wait_quiet(Duration::from_millis(100));
    }
    terminal.wait_for("[Operation");
}

#[test]
fn twenty_503s_are_settled_from_the_list() {
    let home = home();
    let (_sandbox, base) = sandbox(&home, "500/60s");
    for _ in 0..10 {
        strike(&home, &base, "status=503", 5);
        strike(&home, &base, "status-after=503", 5);
    }
    assert_eq!((unsettled(&home), listed(&home, &base)), (20, 10));
    let mut terminal = home.terminal(&["--base-url", &base], (120, 40));
    terminal.patience(Duration::from_secs(30));
    terminal.wait_for("! 20 unsettled").send("!");
    terminal.wait_for("Unsettled 20").wait_for("key 59 m");
    // Nothing was looked up yet, so nothing can be called done.
    terminal
        .send("m")
        .wait_for("settled is what a look-up found");
    terminal.send("L");
    terminal.wait_for("looking up: 10 found something, 10 none found yet");
    terminal.wait_for("none yet").wait_for("Unsettled 20");
    assert_eq!(unsettled(&home), 20, "a look-up settles nothing");
    terminal.send("M").wait_for("Settle 10 as DONE?").send("y");
    terminal.wait_for("Unsettled 10");
    // What is left acted on nothing: the same key does it, once.
    terminal.send("A").wait_for("Send 10 again").send("<enter>");
    terminal.wait_gone("Send 10 again").wait_for("Unsettled 10");
    terminal.send("A").wait_for("Send 10 again").send("y");
    terminal.wait_for("10 answered 2xx");
    terminal.wait_for("Nothing is unsettled").send("<esc>");
    terminal.wait_gone("! 10").wait_gone("unsettled");
    assert_eq!(listed(&home, &base), 20, "each was done once");
    let sent = history(&home);
    let posts = || sent.iter().filter(|e| e["request"]["method"] == "POST");
    let operations: std::collections::HashSet<&Value> = posts().map(|e| &e["operation"]).collect();
    let keys: std::collections::HashSet<&Value> =
        posts().map(|e| &e["request"]["idempotency_key"]).collect();
    assert_eq!(
        (operations.len(), keys.len()),
        (20, 20),
        "no new key was sent"
    );
    assert_eq!(unsettled(&home), 0);
}

#[test]
fn one_is_sent_again_noted_and_called_not_done() {
    let home = home();
    let (_sandbox, base) = sandbox(&home, "500/60s");
    for _ in 0..3 {
        strike(&home, &base, "status=503", 5);
    }
    let mut terminal = home.terminal(&["--base-url", &base], (80, 24));
    terminal.wait_for("unsettled").send("!");
    terminal
        .wait_for("Unsettled 3")
        .send("n")
        .wait_for("Enter keeps");
    terminal.paste("asked support,\nwaits");
    terminal.send("<enter>").wait_for("asked support, waits");
    terminal.send("r").wait_for("Unsettled 2");
    terminal.send("x").wait_for("on your word").send("<esc>");
    terminal.wait_gone("on your word").wait_for("Unsettled 2");
    terminal.send("x").wait_for("on your word").send("y");
    terminal.wait_for("Unsettled 1");
    // It shows the exchange itself, where a new key is decided.
    terminal.send("<enter>").wait_gone("Unsettled 1");
    turn_to_operation(&mut terminal);
    assert_eq!((unsettled(&home), listed(&home, &base)), (1, 1));
}

#[test]
fn what_is_made_twice_is_flagged_with_both_ids() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    add_header(&mut terminal, "Sandbox-Fault: status-after=500");
    terminal.send("<c-s>").wait_for("‼ 500 Internal");
    terminal.wait_for("! 1 unsettled").send("R");
    terminal
        .wait_for("It MAY ACT TWICE")
        .wait_for("r  same key instead");
    terminal.send("l").wait_for("A look-up found pay_");
    assert_eq!(history(&home).len(), 2, "the payment and the look-up");
    // A letter right behind another is a word's, and no answer.
    terminal.wait_quiet(Duration::from_millis(200));
    terminal.send("y").wait_for("✓ 201 Created");
    turn_to_operation(&mut terminal);
    // What the look-up found before, and what this attempt is called, might be one thing.
    terminal.wait_for("Two names: pay_").send("!");
    terminal.wait_for("Unsettled 1").send("l");
    terminal.wait_for("2 objects").wait_for("RE-CREATED");
    terminal.send("<esc>").wait_gone("Unsettled 1");
    terminal
        .wait_for("RE-CREATED: pay_")
        .wait_for("looked up: found pay_");
    let flag = terminal.row_containing("RE-CREATED");
    assert_eq!(flag.matches("pay_").count(), 2, "both ids: {flag}");
    assert_eq!(payments(&home), 2);
    let sent = history(&home);
    let made: Vec<&Value> = sent.iter().map(|e| &e["outcome"]["objects"]).collect();
    let named = made.iter().filter_map(|ids| ids.as_array());
    assert_eq!(named.map(Vec::len).sum::<usize>(), 4, "{made:?}");
    // One of them is copied from where it stands.
    terminal.send("y").wait_for("objects made").send("m");
    terminal.wait_for("copied: objects made");
    let copied = terminal.copied().expect("copied");
    assert_eq!(copied.matches("pay_").count(), 2, "{copied}");
}

#[test]
fn a_question_takes_the_same_key_instead() {
    let home = home();
    let mut terminal = open(&home, (80, 24));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    add_header(&mut terminal, "Sandbox-Fault: drop-after");
    terminal.send("<c-s>").wait_for("may have acted");
    terminal.send("R").wait_for("It MAY ACT TWICE");
    // The lost answer comes back, and nothing happens twice.
    terminal
        .send("r")
        .wait_for("✓ 201 Created")
        .wait_gone("unsettled");
    assert_eq!(payments(&home), 1);
    let sent = history(&home);
    let again = sent.iter().find(|e| e["send"] == 2).expect("a second send");
    assert_eq!(again["outcome"]["replayed"], true);
}

#[test]
fn a_lost_answer_and_then_a_429_still_warn_of_a_new_key() {
    let home = home();
    let (_sandbox, base) = sandbox(&home, "1/50s");
    let mut terminal = home.terminal(&["--base-url", &base], (120, 40));
    terminal.wait_for("Nothing was sent yet");
    compose(&mut terminal, "/v1/payments", PAYMENT);
    add_header(&mut terminal, "Sandbox-Fault: drop-after");
    terminal.send("<c-s>").wait_for("may have acted");
    terminal.send("r").wait_for("⧖ 429");
    terminal.wait_for("R new key: may act twice");
    terminal
        .send("R")
        .wait_for("It MAY ACT TWICE")
        .send("<esc>");
    terminal.wait_gone("It MAY ACT TWICE");
    assert_eq!(history(&home).len(), 2);
}
