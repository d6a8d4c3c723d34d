//! The main job from end to end: compose, 422, errors, correct, 201, replay, new key, 429.

use serde_json::Value;
use support::home::Home;

use crate::{compose, history, home, open, payments};

const WRONG: &str =
    "{\n  \"amount\": -5,\n  \"currency\": \"XYZ\",\n  \"account\": \"acct_demo\"\n}";

/// The newest exchange, once its status is this one.
fn newest(home: &Home, status: u16) -> Value {
    let newest = history(home).remove(0);
    assert_eq!(newest["outcome"]["status"], status, "{newest}");
    newest
}

#[test]
fn from_two_wrong_fields_to_a_second_payment() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    terminal.wait_for("quota unknown");

    compose(&mut terminal, "/v1/payments", WRONG);
    terminal
        .wait_for("fresh")
        .send("<c-s>")
        .wait_for("✗ 422 Unprocessable Content");
    let first = newest(&home, 422);
    assert_eq!(first["request"]["key_choice"], "fresh");
    assert_eq!(first["outcome"]["errors"].as_array().map(Vec::len), Some(2));
    terminal.wait_for("59/60").wait_for("once corrected");

    // Both errors open to code, message and path.
    terminal
        .send("<enter>")
        .wait_for("path     [\"amount\"]")
        .wait_for("must be greater than zero");
    terminal
        .send("jjjjj<enter>")
        .wait_for("path     [\"currency\"]")
        .wait_for("code     unknown_currency");

    // Correct both fields; the draft goes on with the operation, under a new key.
    terminal
        .send("e")
        .wait_for("Ctrl-S send")
        .wait_for("continues");
    terminal.wait_for("same");
    terminal.send("<c-end>");
    correct(&mut terminal);
    terminal
        .wait_for("NEW")
        .send("<c-s>")
        .wait_for("✓ 201 Created");
    let second = newest(&home, 201);
    assert_eq!(second["operation"], first["operation"]);
    assert_eq!(
        (&second["attempt"], &second["request"]["key_choice"]),
        (&2.into(), &"new".into())
    );
    assert_ne!(
        second["request"]["idempotency_key"],
        first["request"]["idempotency_key"]
    );
    terminal.wait_for("acts AGAIN");

    // The same key gives the saved answer, and says so.
    terminal.send("r").wait_for("─ saved answer");
    let third = newest(&home, 201);
    assert_eq!(
        (
            &third["outcome"]["replayed"],
            &third["request"]["key_choice"]
        ),
        (&true.into(), &"same".into())
    );
    assert_eq!((&third["attempt"], &third["send"]), (&2.into(), &2.into()));
    assert_eq!(payments(&home), 1);

    // A new key asks; Enter does not agree, y does.
    terminal
        .send("R")
        .wait_for("Do the action AGAIN?")
        .wait_for("sends it with a NEW key");
    terminal.send("<enter>").wait_gone("Do the action AGAIN?");
    assert_eq!(payments(&home), 1, "Enter sends nothing");
    terminal
        .send("R")
        .wait_for("Do the action AGAIN?")
        .send("y")
        .wait_for("attempt 3");
    terminal
        .wait_gone("Do the action AGAIN?")
        .wait_for("new key");
    terminal.wait_until("the second payment", |_| payments(&home) == 2);
    let sent: Vec<Value> = history(&home)
        .into_iter()
        .filter(|e| e["request"]["method"] == "POST")
        .collect();
    let fourth = &sent[0];
    assert_eq!(
        (&fourth["attempt"], &fourth["request"]["key_choice"]),
        (&3.into(), &"new".into())
    );
    assert_eq!(fourth["outcome"]["status"], 201);

    // The operation shows its attempts, each with its key and its sends.
    terminal.send("3]]]").wait_for("[Operation 3]");
    for attempt in [
        "attempt 1",
        "attempt 2",
        "attempt 3",
        "send 2  saved answer",
    ] {
        terminal.wait_for(attempt);
    }
    terminal.send("q").wait_exit();
}

/// Replaces the two wrong values, from wherever the cursor is.
fn correct(terminal: &mut support::terminal::Terminal) {
    terminal
        .send("<c-home><down><end><left><bs><bs>")
        .send("1250");
    terminal
        .send("<down><end><left><left><bs><bs><bs>")
        .send("EUR");
    terminal
        .wait_for("\"amount\": 1250")
        .wait_for("\"currency\": \"EUR\"");
}

#[test]
fn a_burst_ends_at_the_limit_with_the_gauge_at_zero_and_the_wait_shown() {
    let home = home();
    let mut sandbox = home.start(&["sandbox", "--quota", "5/600s"]);
    let base = sandbox.line_after("listening on ");
    let mut terminal = home.terminal(&["--base-url", &base], (120, 40));
    terminal.wait_for("Nothing was sent yet");
    compose(
        &mut terminal,
        "/v1/payments",
        "{\"amount\": 5, \"currency\": \"EUR\", \"account\": \"acct_demo\"}",
    );
    terminal
        .send("<c-s>")
        .wait_for("✓ 201 Created")
        .wait_for("4/5");
    for left in ["3/5", "2/5", "1/5", "0/5"] {
        let args = ["--base-url", base.as_str(), "send", "/v1/payments"];
        home.reqscope(&args).expect_code(0);
        terminal.wait_for(left);
    }
    terminal
        .send("r")
        .wait_for("⧖ 429 Too Many Requests")
        .wait_for("0/5")
        .wait_for("wait ");
    assert!(terminal.row_containing("wait ").contains(" s"));
    terminal.wait_for("rate limiter comes before");
    let newest = newest(&home, 429);
    assert_eq!(
        newest["advice"]["same_key"], "safe",
        "that key did its work before"
    );
    assert!(
        newest["advice"]["wait_seconds"]
            .as_u64()
            .is_some_and(|wait| wait > 500),
        "{newest}"
    );
    assert_eq!(newest["quota"]["remaining"], 0);
}

#[test]
fn an_unedited_draft_sent_again_is_a_replay_with_the_same_key() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(
        &mut terminal,
        "/v1/payments",
        "{\"amount\": 5, \"currency\": \"EUR\", \"account\": \"acct_demo\"}",
    );
    terminal
        .send("<c-s>")
        .wait_for("✓ 201 Created")
        .send("s")
        .wait_for("─ saved answer");
    terminal
        .send("e")
        .wait_for("continues")
        .wait_for("unchanged, same key")
        .send("<c-s>")
        .wait_for("send 3");
    let sends: Vec<_> = history(&home);
    let keys: Vec<_> = sends
        .iter()
        .map(|e| &e["request"]["idempotency_key"])
        .collect();
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:?}");
    assert_eq!(sends.len(), 3);
    assert_eq!(payments(&home), 1);
}
