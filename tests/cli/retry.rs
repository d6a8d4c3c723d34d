//! Sending again by itself: what `--retry` and `--retry-lost` cover, what they say, and how it ends.

use serde_json::{Value, json};

use crate::bench::{Listener, PAYMENT, Sandbox, advice, history, home, payments, run, text};
use crate::shape::shaped;

/// The kinds, or the statuses, of the whole history, oldest first.
fn came(home: &support::home::Home) -> Vec<Value> {
    let outcome = |e: &Value| match &e["outcome"]["status"] {
        Value::Null => e["outcome"]["kind"].clone(),
        status => status.clone(),
    };
    history(home).iter().rev().map(outcome).collect()
}

#[test]
fn a_429_is_waited_out() {
    let home = home();
    let sandbox = Sandbox::start(&home, &["--quota", "1/1s"]);
    // Quicker than the quota, however slow the machine: five at once would pass in four seconds at best.
    let words = [
        "--base-url",
        &sandbox.url,
        "send",
        "/v1/payments",
        "--retry",
        "5",
        "-d",
        PAYMENT,
        "--json",
    ];
    let mut senders: Vec<_> = (0..4).map(|_| home.start(&words)).collect();
    let codes: Vec<_> = senders.iter_mut().map(|s| s.wait_exit()).collect();
    assert_eq!(codes, [Some(0); 4]);
    let paid = history(&home);
    let paid = paid
        .iter()
        .filter(|e| e["outcome"]["status"] == 201)
        .count();
    assert_eq!(paid, 4);
}

#[test]
fn progress_goes_to_standard_error_and_json_is_the_last_exchange() {
    for json in [false, true] {
        let home = home();
        let listener = Listener::with("429 Too Many Requests\r\nRetry-After: 1", b"{}");
        let mut more = vec![listener.url.as_str(), "--retry", "1"];
        more.extend(json.then_some("--json"));
        let output = run(&home, "send POST", &more).expect_code(4);
        let (first, second) = (listener.head(), listener.head());
        assert!(listener.is_silent(), "one resend, and no more");
        let key = |head: &str| {
            head.lines()
                .find(|l| l.starts_with("idempotency-key"))
                .map(ToOwned::to_owned)
        };
        assert_eq!(key(&first), key(&second));
        assert!(key(&first).is_none(), "another origin: it goes without");
        let told = output.stderr();
        let expected = "429: waits 1.";
        if json {
            assert!(told.is_empty() || !told.contains(expected), "{output}");
            let last = shaped(output.json());
            assert_eq!(last["id"], history(&home)[0]["id"], "the last one");
        } else {
            assert!(
                told.contains(expected) && told.contains("then sends again (1 of 1)"),
                "{output}"
            );
        }
        assert_eq!(came(&home), [json!(429), json!(429)]);
    }
}

#[test]
fn a_lost_answer_is_asked_for_with_the_same_key() {
    for (fault, replayed) in [("drop-after", true), ("drop-before", false)] {
        let home = home();
        let fault = format!("Sandbox-Fault: {fault}");
        let more = [PAYMENT, "-H", &fault];
        let found = run(&home, "send /v1/payments --retry-lost 2 --json -d", &more).expect_code(0);
        let found = shaped(found.json());
        assert_eq!(
            (&found["outcome"]["status"], &found["outcome"]["replayed"]),
            (&json!(201), &json!(replayed))
        );
        assert_eq!((&found["attempt"], &found["send"]), (&json!(1), &json!(2)));
        assert_eq!(found["request"]["key_choice"], "same");
        assert_eq!(payments(&home).len(), 1);
    }
}

#[test]
fn retry_does_not_cover_a_lost_answer_nor_a_5xx() {
    let home = home();
    let lost = run(
        &home,
        "send /v1/payments --retry 5 --json -d",
        &[PAYMENT, "-H", "Sandbox-Fault: drop-after"],
    );
    assert_eq!(
        advice(&lost.expect_code(6).json()),
        ("safe", "may_act_twice")
    );
    let listener = Listener::with("503 Service Unavailable\r\nRetry-After: 7", b"{}");
    let more = [listener.url.as_str(), "--retry", "5", "--retry-lost", "5"];
    let told = run(&home, "send POST", &more).expect_code(5);
    listener.heard();
    assert!(listener.is_silent(), "never by itself");
    assert!(
        told.stderr().contains("wait 7 s first"),
        "its Retry-After is shown: {told}"
    );
}

#[test]
fn a_wait_above_a_minute_stops_and_says_when() {
    let home = home();
    let listener = Listener::with("429 Too Many Requests\r\nRetry-After: 120", b"{}");
    let more = [listener.url.as_str(), "--retry", "5", "--json"];
    let stopped = run(&home, "send", &more).expect_code(4);
    listener.heard();
    assert!(listener.is_silent());
    let told = stopped.stderr();
    assert!(
        told.contains("120.0 s") && told.contains("after 20"),
        "{stopped}"
    );
    assert_eq!(shaped(stopped.json())["outcome"]["status"], 429);
    // Whoever would wait knows now, without asking.
    let refused = run(&home, "send", &more).expect_code(3);
    assert!(refused.stderr().contains("holds until 20"), "{refused}");
    assert!(listener.is_silent());
    assert_eq!(came(&home), [json!(429)]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_hold_at_once() {
    let home = home();
    let listener = Listener::with("429 Too Many Requests\r\nRetry-After: 50", b"{}");
    let words = ["send", "POST", &listener.url, "--retry", "5", "--json"];
    let mut sending = home.start(&words);
    let began = std::time::Instant::now();
    while came(&home).last() != Some(&json!("held")) {
        assert!(began.elapsed().as_secs() < 40, "{:?}", came(&home));
    }
    let id = sending.process_id().to_string();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(kill.expect("kill").success());
    assert_eq!(sending.wait_exit(), Some(7), "the last exchange never left");
    listener.heard();
    assert!(listener.is_silent());
    assert_eq!(came(&home), [json!(429), json!("failed")]);
    let failed = shaped(history(&home)[0].clone());
    assert!(
        text(&failed["outcome"]["failure"]["cause"]).contains("cancelled"),
        "{failed}"
    );
}

#[test]
fn a_killed_wait_has_sent_nothing() {
    let home = home();
    let listener = Listener::with("429 Too Many Requests\r\nRetry-After: 50", b"{}");
    let words = ["send", "POST", &listener.url, "--retry", "5", "--json"];
    let mut sending = home.start(&words);
    let began = std::time::Instant::now();
    while came(&home).last() != Some(&json!("held")) {
        assert!(began.elapsed().as_secs() < 40, "{:?}", came(&home));
    }
    let held = shaped(history(&home)[0].clone());
    assert_eq!(
        (&held["send"], &held["attempt"]),
        (&json!(1), &json!(2)),
        "{held}"
    );
    sending.kill();
    sending.wait_exit();
    assert_eq!(came(&home), [json!(429), json!("failed")]);
}

#[test]
fn a_replay_may_be_retried_too() {
    let home = home();
    let lost = run(
        &home,
        "send /v1/payments --json -d",
        &[PAYMENT, "-H", "Sandbox-Fault: drop-before"],
    );
    let lost = lost.expect_code(6).json();
    let found = run(
        &home,
        "replay --same-key --retry 1 --retry-lost 1 --json",
        &[text(&lost["id"])],
    );
    assert_eq!(
        shaped(found.expect_code(0).json())["outcome"]["status"],
        201
    );
    assert_eq!(payments(&home).len(), 1);
}
