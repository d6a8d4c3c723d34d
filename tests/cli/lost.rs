//! Answers that were lost, cut or are no answers: what is known of each, and how far.

use serde_json::{Value, json};

use crate::bench::{Listener, NOBODY, Sandbox, advice, home, pay, payments, run, text};
use crate::shape::shaped;

const LOST: (&str, &str) = ("safe", "may_act_twice");

#[test]
fn a_dropped_answer_is_indeterminate_whether_it_acted_or_not() {
    let home = home();
    for (fault, made) in [("drop-before", 0), ("drop-after", 1)] {
        let output = pay(&home, &["-H", &format!("Sandbox-Fault: {fault}")]).expect_code(6);
        let exchange = shaped(output.json());
        assert_eq!(exchange["outcome"]["kind"], "indeterminate", "{output}");
        assert_eq!(advice(&exchange), LOST, "{output}");
        assert_eq!(exchange["quota"], Value::Null);
        assert!(exchange["request"]["idempotency_key"].is_string());
        assert_eq!(payments(&home).len(), made, "{fault}");
    }
}

#[test]
fn an_answer_that_breaks_off_keeps_its_status() {
    let home = home();
    for fault in ["truncate", "reset"] {
        let output = pay(&home, &["-H", &format!("Sandbox-Fault: {fault}")]).expect_code(0);
        let exchange = shaped(output.json());
        let outcome = &exchange["outcome"];
        assert_eq!(
            (&outcome["kind"], &outcome["status"]),
            (&json!("response"), &json!(201)),
            "{output}"
        );
        assert_eq!(outcome["body_complete"], false, "{output}");
        assert!(
            text(&outcome["failure"]["what"]).contains("the body"),
            "{output}"
        );
        assert_eq!(advice(&exchange), ("safe", "acts_again"), "{output}");
        let kept = run(&home, "show --body", &[text(&exchange["id"])]).expect_code(0);
        assert_eq!(outcome["body_bytes"], kept.stdout.len(), "{fault}");
        assert!(!kept.stdout.is_empty(), "{fault}");
    }
}

#[test]
fn an_answer_that_takes_too_long_is_indeterminate() {
    let home = home();
    let output = pay(&home, &["-HSandbox-Fault: delay=60000", "--timeout", "1"]).expect_code(6);
    let exchange = shaped(output.json());
    assert_eq!(exchange["outcome"]["kind"], "indeterminate");
    assert!(
        text(&exchange["outcome"]["failure"]["what"]).contains("within 1 s"),
        "{output}"
    );
    assert_eq!(advice(&exchange), LOST);
    assert_eq!(payments(&home).len(), 1, "it had acted");
}

#[test]
fn a_body_that_takes_too_long_keeps_its_status() {
    let home = home();
    // Long enough for a busy machine to bring the head, and a body that takes minutes.
    let output = pay(&home, &["-HSandbox-Fault: drip=1", "--timeout", "2"]).expect_code(0);
    let exchange = shaped(output.json());
    let outcome = &exchange["outcome"];
    assert_eq!(
        (&outcome["status"], &outcome["body_complete"]),
        (&json!(201), &json!(false)),
        "{output}"
    );
    assert!(
        text(&outcome["failure"]["what"]).contains("2 s"),
        "{output}"
    );
}

#[test]
fn what_was_never_sent_has_failed() {
    let home = home();
    for base in [NOBODY, "https://reqscope-test.invalid"] {
        let output = pay(&home, &["--base-url", base, "--timeout", "20"]).expect_code(7);
        let exchange = shaped(output.json());
        assert_eq!(exchange["outcome"]["kind"], "failed", "{output}");
        assert_eq!(advice(&exchange), ("runs", "runs"), "{output}");
        assert!(
            exchange["outcome"]["failure"]["hint"].is_string(),
            "{output}"
        );
        assert_eq!(exchange["request"]["url"], format!("{base}/v1/payments"));
    }
    let told = run(&home, "send /v1/accounts --base-url", &[NOBODY]).expect_code(7);
    assert!(
        told.stderr().contains("refused") && told.stdout.is_empty(),
        "{told}"
    );
}

#[test]
fn what_failed_unsent_is_sent_by_a_replay() {
    let home = home();
    let failed = pay(&home, &["--base-url", NOBODY]).expect_code(7).json();
    for key in ["--same-key", "--new-key"] {
        let sent = run(&home, "replay --json", &[text(&failed["id"]), key]);
        // With the same key the first replay pays; a new key then would pay again.
        let code = if key == "--same-key" { 0 } else { 3 };
        sent.expect_code(code);
    }
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn an_answer_that_is_not_what_it_says_is_kept() {
    let home = home();
    let output = run(
        &home,
        "send /v1/accounts --json -HSandbox-Fault:not-json",
        &[],
    )
    .expect_code(0);
    let exchange = shaped(output.json());
    assert_eq!(exchange["outcome"]["body_complete"], true);
    assert_eq!(exchange["outcome"]["errors"], Value::Null);
    let kept = run(&home, "show --body", &[text(&exchange["id"])]).expect_code(0);
    assert!(kept.stdout().contains("502 Bad Gateway"), "{kept}");
    let refused = run(
        &home,
        "send /v1/payments --json -d {} -HSandbox-Fault:not-json",
        &[],
    )
    .expect_code(4);
    assert_eq!(shaped(refused.json())["outcome"]["errors"], Value::Null);
}

#[test]
fn a_head_with_control_bytes_is_no_answer() {
    let home = home();
    let output = pay(&home, &["-HSandbox-Fault: escape-head"]).expect_code(6);
    let exchange = shaped(output.json());
    assert_eq!(exchange["outcome"]["kind"], "indeterminate");
    assert!(
        text(&exchange["outcome"]["failure"]["what"]).contains("is not HTTP"),
        "{output}"
    );
    assert!(!output.stdout.contains(&0x1b), "{output}");
}

#[test]
fn a_bomb_is_stopped_at_the_cap() {
    let home = home();
    let output = run(
        &home,
        "send /v1/accounts --json -HSandbox-Fault:gzip-bomb=4096",
        &[],
    )
    .expect_code(0);
    let exchange = shaped(output.json());
    let outcome = &exchange["outcome"];
    assert_eq!(outcome["body_complete"], false, "{output}");
    assert!(outcome["body_bytes"].as_u64() < Some(12 << 20), "{output}");
    assert!(
        text(&outcome["failure"]["what"]).contains("cap"),
        "{output}"
    );
    let size = std::fs::metadata(home.data_dir().join("bodies").join(text(&exchange["id"])));
    assert_eq!(outcome["body_bytes"], size.expect("the body's file").len());
}

#[test]
fn a_body_above_the_profiles_cap_is_stopped_there() {
    let home = home();
    let config = home.write("config.toml", "[profile.sandbox.limits]\nbody = \"1MiB\"\n");
    let config = config.to_str().expect("a path");
    let output = run(&home, "send /v1/blob?mib=8 --json --config", &[config]).expect_code(0);
    let exchange = shaped(output.json());
    let outcome = &exchange["outcome"];
    assert_eq!(
        (&outcome["body_complete"], &outcome["body_bytes"]),
        (&json!(false), &json!(1 << 20)),
        "{output}"
    );
    assert!(
        text(&outcome["failure"]["what"]).contains("1 MiB"),
        "{output}"
    );
}

#[test]
fn nothing_is_sent_twice_by_itself() {
    let home = home();
    let listener = Listener::answering("");
    run(&home, "send POST --json", &[&listener.url]).expect_code(6);
    listener.heard();
    assert!(listener.is_silent());
    let sandbox = Sandbox::start(&home, &[]);
    sandbox
        .pay(&home, &["-HSandbox-Fault: drop-after"])
        .expect_code(6);
    assert_eq!(sandbox.payments(&home).len(), 1);
}
