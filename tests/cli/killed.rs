//! A process that is killed while its request is under way: nothing it did is forgotten.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::home::{Home, Running};

use crate::bench::{PAYMENT, Sandbox, advice, history, home, text};
use crate::shape::shaped;

/// Starts a payment whose answer does not come soon, and waits until another process sees it in flight.
fn in_flight(home: &Home, sandbox: &Sandbox, fault: &str) -> (Running, Value) {
    let sending = home.start(&[
        "send",
        "/v1/payments",
        "--json",
        "--base-url",
        &sandbox.url,
        "--operation",
        "op_1",
        "-H",
        fault,
        "-d",
        PAYMENT,
    ]);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let [seen] = &history(home)[..] {
            let seen = shaped(seen.clone());
            assert_eq!(seen["outcome"]["kind"], "in_flight", "{seen}");
            if !sandbox_idle(home, sandbox) {
                return (sending, seen);
            }
        }
        assert!(Instant::now() < deadline, "it was never seen in flight");
    }
}

/// Whether the sandbox has not acted yet. Asked in a history of its own.
fn sandbox_idle(home: &Home, sandbox: &Sandbox) -> bool {
    let apart = home.path().join("apart");
    let apart = apart.to_str().expect("a path");
    let list = sandbox
        .run(home, "send /v1/payments --data-dir", &[apart])
        .expect_code(0)
        .json();
    list["data"].as_array().expect("a list").is_empty()
}

#[test]
fn what_was_in_flight_is_found_out_with_the_same_key() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let (mut sending, seen) = in_flight(&home, &sandbox, "Sandbox-Fault: drip=1");
    assert_eq!(advice(&seen), ("safe", "may_act_twice"));
    assert_eq!(seen["outcome"]["timing"], Value::Null);
    sending.kill();
    assert_eq!(sending.wait_exit(), None, "a signal ended it");

    let [left] = &history(&home)[..] else {
        panic!("one exchange")
    };
    let left = shaped(left.clone());
    assert_eq!(left["outcome"]["kind"], "indeterminate");
    assert_eq!(
        left["request"]["idempotency_key"],
        seen["request"]["idempotency_key"]
    );
    assert!(left["request"]["idempotency_key"].is_string());
    assert_eq!(advice(&left), ("safe", "may_act_twice"));

    sandbox
        .run(&home, "replay --new-key", &[text(&left["id"])])
        .expect_code(3);
    sandbox.pay(&home, &["--operation", "op_1"]).expect_code(3);
    let found = shaped(
        sandbox
            .run(&home, "replay --same-key --json", &[text(&left["id"])])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (&found["outcome"]["status"], &found["outcome"]["replayed"]),
        (&json!(201), &json!(true))
    );
    assert_eq!((&found["attempt"], &found["send"]), (&json!(1), &json!(2)));
    assert_eq!(sandbox.payments(&home).len(), 1);
}

#[test]
fn while_the_first_still_runs_the_same_key_waits() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let (mut sending, seen) = in_flight(&home, &sandbox, "Sandbox-Fault: delay=120000");
    sending.kill();
    sending.wait_exit();
    let waits = shaped(
        sandbox
            .run(&home, "replay --same-key --json", &[text(&seen["id"])])
            .expect_code(4)
            .json(),
    );
    assert_eq!(
        (&waits["outcome"]["status"], advice(&waits)),
        (&json!(409), ("runs", "may_act_twice")),
        "{waits}"
    );
    assert_eq!(waits["advice"]["wait_seconds"], 1);
    sandbox
        .run(&home, "replay --new-key", &[text(&waits["id"])])
        .expect_code(3);
    assert_eq!(sandbox.payments(&home).len(), 1);
}

#[test]
fn another_process_does_not_mislabel_a_live_send() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let (mut sending, seen) = in_flight(&home, &sandbox, "Sandbox-Fault: drip=1");
    // A process that writes, too: only a free lock makes an exchange indeterminate.
    sandbox.run(&home, "send /v1/accounts", &[]).expect_code(0);
    let still = history(&home)
        .into_iter()
        .find(|e| e["id"] == seen["id"])
        .expect("the first");
    assert_eq!(still["outcome"]["kind"], "in_flight");
    sandbox.pay(&home, &["--operation", "op_1"]).expect_code(3);
    sending.kill();
}

#[cfg(unix)]
#[test]
fn an_interrupt_writes_down_what_is_known() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let (mut sending, seen) = in_flight(&home, &sandbox, "Sandbox-Fault: delay=120000");
    let id = sending.process_id().to_string();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(kill.expect("kill").success());
    assert_eq!(sending.wait_exit(), Some(6));
    let [left] = &history(&home)[..] else {
        panic!("one exchange")
    };
    assert_eq!(left["id"], seen["id"]);
    assert_eq!(
        (
            &left["outcome"]["kind"],
            &left["outcome"]["failure"]["what"]
        ),
        (&json!("indeterminate"), &json!("cancelled"))
    );
}
