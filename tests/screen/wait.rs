//! What is answered 429 waits on the screen and goes by itself, with the same key, once; a cancelled wait sends nothing.

use std::time::Duration;

use serde_json::Value;
use support::home::{Home, Running};
use support::terminal::Terminal;

use crate::{compose, history, home};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

/// A sandbox with this quota, and the screen on it.
fn open(home: &Home, quota: &str, size: (u16, u16)) -> (Running, String, Terminal) {
    let mut sandbox = home.start(&["sandbox", "--quota", quota]);
    let base = sandbox.line_after("listening on ");
    let mut terminal = home.terminal(&["--base-url", &base], size);
    terminal.wait_for("Nothing was sent yet");
    (sandbox, base, terminal)
}

/// Uses the quota up from another process, without waiting for it.
fn burst(home: &Home, base: &str) {
    for _ in 0..20 {
        let listed = home.reqscope(&["--base-url", base, "send", "/v1/accounts"]);
        if listed.code == Some(4) {
            return;
        }
        listed.expect_code(0);
    }
    panic!("the quota is not used up");
}

/// The payments of the history, oldest first.
fn payments(home: &Home) -> Vec<Value> {
    let mut sent = history(home);
    sent.retain(|e| e["request"]["method"] == "POST");
    sent.reverse();
    sent
}

#[test]
fn a_429_is_counted_down_and_goes_by_itself_with_the_same_key() {
    let home = home();
    // A window that is longer than the burst takes on a slow machine, and shorter than what is waited for.
    let (_sandbox, base, mut terminal) = open(&home, "3/8s", (120, 40));
    terminal
        .send("w")
        .wait_for("↻ 429×5 sent again")
        .wait_for("up to 5 times");
    compose(&mut terminal, "/v1/payments", PAYMENT);
    burst(&home, &base);
    terminal
        .send("<c-s>")
        .wait_for("─ ◷ held")
        .wait_for("goes by itself in");
    let row = terminal.row_containing("◷ ···");
    assert!(row.contains(" s│"), "a countdown: {row}");
    assert_eq!(payments(&home)[0]["outcome"]["kind"], "held");
    terminal
        .send("r")
        .wait_for("not sent: it waits, and goes by itself");
    terminal.patience(Duration::from_secs(30));
    terminal.wait_for("✓ 201 Created").wait_gone("◷");
    let sent = payments(&home);
    let key = &sent[0]["request"]["idempotency_key"];
    assert!(key.is_string() && sent.iter().all(|e| e["request"]["idempotency_key"] == *key));
    assert_eq!(
        sent.last().map(|e| &e["outcome"]["status"]),
        Some(&201.into())
    );
    let listed = [
        "--base-url",
        base.as_str(),
        "send",
        "/v1/payments",
        "--retry",
        "5",
    ];
    let listed = home.reqscope(&listed).expect_code(0).json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_the_server_refuses_is_followed_by_its_held_row() {
    let home = home();
    let (_sandbox, base, mut terminal) = open(&home, "1/6s", (80, 24));
    // Nobody was refused before: no hold is known, and the screen is told by its own 429.
    terminal
        .send("c")
        .wait_for("Draft")
        .send("GET /v1/boxes<c-s>");
    terminal.wait_for("✓ 200 OK").send("w").wait_for("↻ 429×5");
    terminal.send("r").wait_for("⧖ 429").wait_for("◷ ···");
    terminal.wait_for("Resend 1 of 5.");
    terminal.send("w").wait_for("lost×2");
    terminal.patience(Duration::from_secs(30));
    // The first answer's row is there all the while: only a second one says that it is over.
    terminal
        .wait_gone("◷")
        .wait_until("both answers", |screen| {
            screen.contents().matches("✓ 200").count() > 1
        });
    let sent = history(&home);
    let statuses: Vec<_> = sent.iter().map(|e| &e["outcome"]["status"]).collect();
    assert_eq!(statuses, [200, 429, 200], "{base}");
}

#[test]
fn a_cancelled_wait_sends_nothing_and_leaving_asks() {
    let home = home();
    let (_sandbox, base, mut terminal) = open(&home, "1/50s", (120, 40));
    terminal.send("w").wait_for("↻ 429×5");
    compose(&mut terminal, "/v1/payments", PAYMENT);
    burst(&home, &base);
    terminal
        .send("<c-s>")
        .wait_for("─ ◷ held")
        .wait_for("goes by itself in");
    terminal
        .send("q")
        .wait_for("Leave?")
        .wait_for("1 waiting to be sent")
        .send("<esc>")
        .wait_gone("Leave?")
        .wait_for("─ ◷ held");
    terminal
        .send("<c-c>")
        .wait_for("cancelled while it waited for the rate limit")
        .wait_gone("◷");
    let sent = payments(&home);
    assert_eq!(sent.len(), 1, "the held row, and nothing of it left");
    assert_eq!(sent[0]["outcome"]["kind"], "failed");
    // Leaving with something that waits sends nothing either.
    terminal
        .send("r")
        .wait_for("─ ◷ held")
        .send("q")
        .wait_for("Leave?");
    terminal.send("y");
    assert_eq!(terminal.wait_exit(), 0);
    let kinds: Vec<_> = payments(&home)
        .iter()
        .map(|e| e["outcome"]["kind"].clone())
        .collect();
    assert_eq!(kinds, ["failed", "failed"]);
}

#[test]
fn a_lost_answer_is_asked_for_with_the_same_key() {
    let home = home();
    let (_sandbox, base, mut terminal) = open(&home, "1000/60s", (120, 40));
    terminal
        .send("w")
        .wait_for("↻ 429×5 sent")
        .send("w")
        .wait_for("lost×2 sent again");
    compose(&mut terminal, "/v1/payments", PAYMENT);
    crate::add_header(&mut terminal, "Sandbox-Fault: drop-after");
    terminal
        .send("<c-s>")
        .wait_for("✓ 201 Created")
        .wait_for("saved answer");
    let sent = payments(&home);
    let kinds: Vec<_> = sent.iter().map(|e| &e["outcome"]["kind"]).collect();
    assert_eq!(kinds, ["indeterminate", "response"], "{base}");
    assert_eq!(
        sent[0]["request"]["idempotency_key"],
        sent[1]["request"]["idempotency_key"]
    );
}

#[test]
fn it_stands_in_line_behind_the_one_that_went_first_and_shows_who_else_waits() {
    let home = home();
    let (_sandbox, base, mut terminal) = open(&home, "1/6s", (120, 40));
    terminal.patience(Duration::from_secs(40));
    burst(&home, &base);
    let pay = |fault: &str| {
        let words = ["--base-url", &base, "send", "/v1/payments", "--retry", "5"];
        home.start(&[&words[..], &["-d", PAYMENT, "-H", fault]].concat())
    };
    // It waits, then goes first, and its answer takes its time.
    let _first = pay("Sandbox-Fault: delay=5000");
    terminal
        .wait_for("◷ ···")
        .send("g")
        .wait_for("─ ◷ held")
        .wait_for("Another process sends it by itself");
    terminal.send("r").wait_for("waits in another process");
    terminal.wait_for("Another process is sending it");
    terminal.send("w").wait_for("↻ 429×5").send("c");
    terminal.wait_for("Draft").send("GET /v1/boxes<c-s>");
    terminal.wait_for("Waits for the one that went first");
    terminal.wait_for("✓ 200 OK");
    let newest = history(&home).remove(0);
    assert_eq!(newest["outcome"]["status"], 200);
}
