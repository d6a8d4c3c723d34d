//! The real program, twenty at once against a small quota; and one that is killed while the others wait for it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use support::home::{Home, Running};

use crate::bench::PAYMENT;

const SENDERS: usize = 20;

fn home() -> Home {
    Home::new(env!("CARGO_BIN_EXE_reqscope"))
}

fn sandbox(home: &Home, quota: &str) -> (Running, String) {
    let mut running = home.start(&["sandbox", "--quota", quota]);
    let url = running.line_after("listening on ");
    (running, url)
}

fn pay<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "--base-url",
        url,
        "send",
        "/v1/payments",
        "--json",
        "--retry",
        "5",
        "-d",
        PAYMENT,
    ];
    [&words, more].concat()
}

/// The whole history, oldest first.
fn history(home: &Home) -> Vec<Value> {
    let words = ["history", "--json", "--limit", "1000"];
    let mut lines = home.reqscope(&words).expect_code(0).json_lines();
    lines.reverse();
    lines
}

fn started(exchange: &Value) -> Timestamp {
    let text = exchange["started_at"].as_str().expect("a time");
    text.parse().expect("a time")
}

#[test]
fn twenty_senders_share_a_quota_of_three() {
    let home = home();
    let (_running, url) = sandbox(&home, "3/3s");
    let senders: Vec<Running> = (0..SENDERS).map(|_| home.start(&pay(&url, &[]))).collect();
    for mut sender in senders {
        assert_eq!(sender.wait_exit(), Some(0), "all succeed");
    }
    let history = history(&home);
    let with = |status: u16| {
        history
            .iter()
            .filter(move |e| e["outcome"]["status"] == status)
    };
    assert_eq!(with(201).count(), SENDERS);
    let keys = with(201).map(|e| e["request"]["idempotency_key"].to_string());
    assert_eq!(
        keys.collect::<std::collections::HashSet<_>>().len(),
        SENDERS
    );
    // The first wave ends when the first 429 is waited out, which is its Retry-After later. From then on the windows
    // of the server follow one another, each opened by a request that passed.
    let refused: Vec<Timestamp> = with(429).map(started).collect();
    let Some(first) = refused.first() else {
        return; // A machine so slow that nobody ever met the limit.
    };
    let late = refused.iter().map(|at| at.duration_since(*first));
    let windows: Vec<i64> = late
        .map(|late| late.as_secs() / 3)
        .filter(|n| *n > 0)
        .collect();
    for window in &windows {
        let same = windows.iter().filter(|n| *n == window).count();
        assert!(same <= 1, "several 429s in window {window}: {refused:?}");
    }
    assert!(
        history.iter().all(|e| e["outcome"]["kind"] == "response"),
        "nothing is left held"
    );
}

#[test]
fn a_killed_probe_keeps_the_others_back_for_no_longer_than_it_takes_to_see() {
    let home = home();
    let (_running, url) = sandbox(&home, "1/2s");
    // Two that do not wait: the second one's 429 begins the hold.
    for _ in 0..2 {
        let plain = ["--base-url", &url, "send", "/v1/payments", "-d", PAYMENT];
        home.reqscope(&plain);
    }
    let mut probe = home.start(&pay(&url, &["-H", "Sandbox-Fault: delay=600000"]));
    let deadline = Instant::now() + Duration::from_secs(40);
    while !history(&home)
        .iter()
        .any(|e| e["outcome"]["kind"] == "in_flight")
    {
        assert!(Instant::now() < deadline, "{:?}", history(&home));
    }
    let mut waiting: Vec<Running> = (0..3).map(|_| home.start(&pay(&url, &[]))).collect();
    probe.kill();
    probe.wait_exit();
    for sender in &mut waiting {
        assert_eq!(sender.wait_exit(), Some(0));
    }
    let lost = history(&home);
    let lost = lost
        .iter()
        .filter(|e| e["outcome"]["kind"] == "indeterminate");
    assert_eq!(lost.count(), 1, "the one that was killed");
}
