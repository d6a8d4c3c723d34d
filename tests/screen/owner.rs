//! Who owns what is in flight: another process sees it, and a killed one leaves it indeterminate, with its key.

use std::time::Duration;

use crate::{add_header, compose, history, home};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

#[test]
fn a_killed_send_is_found_as_indeterminate_with_its_key() {
    let home = home();
    let mut sandbox = home.start(&["sandbox"]);
    let base = sandbox.line_after("listening on ");
    let mut first = home.terminal(&["--base-url", &base], (100, 30));
    first.wait_for("Nothing was sent yet");
    compose(&mut first, "/v1/payments", PAYMENT);
    add_header(&mut first, "Sandbox-Fault: delay=4000");
    let sent = std::time::Instant::now();
    first.send("<c-s>").wait_for("in flight");
    let key = history(&home)[0]["request"]["idempotency_key"].clone();
    assert!(key.as_str().is_some_and(|key| !key.is_empty()));

    // A second window sees the live send, and does not call it lost.
    let mut second = home.terminal(&["--base-url", &base], (100, 30));
    second
        .wait_for("/v1/payments")
        .wait_for("Another process is sending it");
    assert_eq!(history(&home)[0]["outcome"]["kind"], "in_flight");

    first.kill();
    second
        .patience(Duration::from_secs(20))
        .wait_for("no answer: it may have acted");
    let lost = history(&home).remove(0);
    assert_eq!(lost["outcome"]["kind"], "indeterminate");
    assert_eq!(lost["request"]["idempotency_key"], key);
    assert_eq!(
        (&lost["advice"]["same_key"], &lost["advice"]["new_key"]),
        (&"safe".into(), &"may_act_twice".into())
    );

    // The safe way finds out what happened, once the first one no longer runs.
    // The delay begins when the server has the request, which a busy machine lets it have late.
    std::thread::sleep(Duration::from_secs(7).saturating_sub(sent.elapsed()));
    second.send("r").wait_for("✓ 201 Created");
    let found = history(&home).remove(0);
    assert_eq!(
        (
            &found["outcome"]["replayed"],
            &found["request"]["idempotency_key"]
        ),
        (&true.into(), &key)
    );
}
