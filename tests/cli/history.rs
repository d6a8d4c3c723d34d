//! `history`: newest first, filtered, and the same JSON as `show`.

use serde_json::Value;
use support::home::Home;

use crate::bench::{NOBODY, history, home, pay, run, text};
use crate::shape::shaped;

/// Ids in the order they were sent: 201, 422 (account acct_2, key key-2), 404 of GET, nothing sent, 503 (op_5).
fn five(home: &Home) -> Vec<String> {
    let sent = [
        pay(home, &["--operation", "op_1"]).expect_code(0),
        run(
            home,
            "send /v1/payments -d {} --json --account acct_2 --idempotency-key key-2",
            &[],
        )
        .expect_code(4),
        run(home, "send /v1/boxes/box_9 --json", &[]).expect_code(4),
        run(
            home,
            "send PUT /v1/Accounts/acct_demo --json --base-url",
            &[NOBODY],
        )
        .expect_code(7),
        pay(
            home,
            &["--operation", "op_5", "-HSandbox-Fault: status=503"],
        )
        .expect_code(5),
    ];
    sent.iter()
        .map(|output| text(&output.json()["id"]).to_owned())
        .collect()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| text(&line["id"])).collect()
}

#[test]
fn newest_first_and_no_more_than_asked() {
    let home = home();
    assert_eq!(history(&home), Vec::<Value>::new());
    let sent = five(&home);
    let newest: Vec<&str> = sent.iter().rev().map(String::as_str).collect();
    assert_eq!(ids(&history(&home)), newest);
    for (limit, count) in [("0", 0), ("1", 1), ("3", 3), ("99999", 5)] {
        let lines = run(&home, "history --json --limit", &[limit])
            .expect_code(0)
            .json_lines();
        assert_eq!(ids(&lines), newest[..count]);
    }
}

#[test]
fn each_line_is_what_show_shows() {
    let home = home();
    five(&home);
    for line in history(&home) {
        let line = shaped(line);
        let shown = run(&home, "show --json", &[text(&line["id"])])
            .expect_code(0)
            .json();
        assert_eq!(without_wait(shown), without_wait(line));
    }
}

/// The wait counts down between two looks.
fn without_wait(mut exchange: Value) -> Value {
    exchange["advice"]["wait_seconds"].take();
    exchange
}

#[test]
fn filters_tell_apart_and_join() {
    let home = home();
    let sent = five(&home);
    for (filter, expected) in [
        ("status:201", &[0][..]),
        ("status:4xx", &[2, 1]),
        ("status:422", &[1]),
        ("status:5xx", &[4]),
        ("status:2xx", &[0]),
        ("status:3xx", &[]),
        ("method:POST", &[4, 1, 0]),
        ("method:post", &[4, 1, 0]),
        ("method:PUT", &[3]),
        ("url:boxes", &[2]),
        ("url:/v1/accounts", &[3]),
        ("box_9", &[2]),
        ("op:op_5", &[4]),
        ("account:acct_2", &[1]),
        ("key:key-2", &[1]),
        ("profile:sandbox", &[4, 3, 2, 1, 0]),
        ("profile:other", &[]),
        ("is:failed", &[3]),
        ("is:indeterminate", &[]),
        ("is:replayed", &[]),
        ("code:missing", &[1]),
        ("\"boxes/box_9\"", &[2]),
        ("method:POST status:4xx", &[1]),
        ("method:GET status:2xx", &[]),
        ("status:201 or is:failed", &[3, 0]),
        ("( status:4xx or status:5xx ) -method:GET", &[4, 1]),
        ("-status:4xx", &[4, 3, 0]),
        ("took:>=0ms since:1h before:0s", &[4, 3, 2, 1, 0]),
    ] {
        let expected: Vec<&str> = expected
            .iter()
            .map(|at: &usize| sent[*at].as_str())
            .collect();
        for line in [
            format!("history --json {filter}"),
            format!("history {filter} --json --limit 50"),
        ] {
            let found = run(&home, &line, &[]).expect_code(0).json_lines();
            assert_eq!(ids(&found), expected, "{line}");
        }
    }
    let between = run(
        &home,
        "history status:4xx --limit 1 --json method:POST",
        &[],
    )
    .expect_code(0);
    assert_eq!(ids(&between.json_lines()), [sent[1].as_str()]);
}

#[test]
fn without_json_each_exchange_is_a_line() {
    let home = home();
    let sent = five(&home);
    let output = run(&home, "history", &[]).expect_code(0);
    let text = output.stdout();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{output}");
    for (line, (id, words)) in lines.iter().zip(sent.iter().rev().zip([
        "503",
        "/v1/Accounts/acct_demo",
        "404",
        "422",
        "op_1",
    ])) {
        assert!(line.starts_with(&id[..8]) && line.contains(words), "{line}");
    }
    assert!(output.stderr.is_empty(), "{output}");
}

#[test]
fn a_look_changes_nothing_and_needs_nothing() {
    let home = home();
    five(&home);
    let before = history(&home);
    std::fs::remove_dir_all(home.path().join("config")).expect("the configuration goes");
    assert_eq!(ids(&history(&home)), ids(&before));
}
