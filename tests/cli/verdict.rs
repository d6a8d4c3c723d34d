//! The replay verdict as a gate: whatever joins an operation passes it, however it is spelled.

use serde_json::json;

use crate::bench::{PAYMENT, Sandbox, advice, history, home, pay, payments, run, text};
use crate::shape::shaped;

#[test]
fn a_key_that_is_spelled_twice_is_one_attempt() {
    let home = home();
    let first = shaped(
        pay(&home, &["--idempotency-key", "key-1"])
            .expect_code(0)
            .json(),
    );
    let second = shaped(
        pay(&home, &["--idempotency-key", "key-1"])
            .expect_code(0)
            .json(),
    );
    assert_eq!((&first["attempt"], &first["send"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&second["attempt"], &second["send"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(second["operation"], first["operation"]);
    assert_eq!(
        (
            &second["request"]["idempotency_key"],
            &second["request"]["key_choice"]
        ),
        (&json!("key-1"), &json!("given"))
    );
    assert_eq!(
        (
            &first["outcome"]["replayed"],
            &second["outcome"]["replayed"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn a_key_written_as_a_header_is_the_key() {
    let home = home();
    let first = shaped(
        pay(&home, &["-HIdempotency-Key: key-1"])
            .expect_code(0)
            .json(),
    );
    let second = shaped(
        pay(&home, &["-H", "idempotency-key: key-1"])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (
            &first["request"]["idempotency_key"],
            &first["request"]["key_choice"]
        ),
        (&json!("key-1"), &json!("given"))
    );
    assert_eq!(
        (&second["send"], &second["outcome"]["replayed"]),
        (&json!(2), &json!(true))
    );
}

#[test]
fn an_operation_that_is_done_is_not_done_again() {
    let home = home();
    let operation = ["--operation", "op_1"];
    pay(&home, &operation).expect_code(0);
    let refused = pay(&home, &operation).expect_code(3);
    assert!(
        refused.stderr().contains("would do the action again"),
        "{refused}"
    );
    let named = pay(&home, &["-HX-Request-Id: op_1"]).expect_code(3);
    assert!(
        named.stderr().contains("would do the action again"),
        "{named}"
    );
    pay(
        &home,
        &["--operation", "op_1", "--idempotency-key", "another"],
    )
    .expect_code(3);
    pay(&home, &["--operation", "op_1", "--no-idempotency-key"]).expect_code(3);
    assert_eq!((payments(&home).len(), history(&home).len()), (1, 2));
    let agreed = shaped(
        pay(&home, &["--operation", "op_1", "--yes"])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (&agreed["attempt"], &agreed["request"]["key_choice"]),
        (&json!(2), &json!("new"))
    );
    assert_eq!(payments(&home).len(), 2);
}

#[test]
fn an_operation_in_doubt_takes_no_new_key() {
    let home = home();
    let failed = pay(
        &home,
        &["--operation", "op_1", "-HSandbox-Fault: status=503"],
    )
    .expect_code(5)
    .json();
    let refused = pay(&home, &["--operation", "op_1"]).expect_code(3);
    assert!(
        refused.stderr().contains("it may act twice") && refused.stderr().contains("503"),
        "{refused}"
    );
    assert_eq!(payments(&home).len(), 0);
    let again = shaped(
        run(&home, "replay --same-key --json", &[text(&failed["id"])])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (&again["send"], &again["outcome"]["replayed"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn an_operation_that_was_refused_takes_a_corrected_request() {
    let home = home();
    let wrong = run(
        &home,
        "send /v1/payments --json --operation op_1 -d {}",
        &[],
    )
    .expect_code(4)
    .json();
    let right = shaped(pay(&home, &["--operation", "op_1"]).expect_code(0).json());
    assert_eq!((&right["attempt"], &right["send"]), (&json!(2), &json!(1)));
    assert_eq!(right["request"]["key_choice"], "new");
    assert_ne!(
        right["request"]["idempotency_key"],
        wrong["request"]["idempotency_key"]
    );
}

#[test]
fn a_later_unrelated_answer_makes_nothing_safer() {
    let home = home();
    let sandbox = Sandbox::start(&home, &["--quota", "1/1h"]);
    let lost = sandbox.pay(
        &home,
        &[
            "--operation",
            "op_1",
            "--timeout",
            "1",
            "-HSandbox-Fault: delay=60000",
        ],
    );
    let lost = lost.expect_code(6).json();
    let limited = shaped(
        sandbox
            .run(&home, "replay --same-key --json", &[text(&lost["id"])])
            .expect_code(4)
            .json(),
    );
    assert_eq!(limited["outcome"]["status"], 429);
    assert_eq!(advice(&limited), ("safe", "may_act_twice"));
    let refused = sandbox.pay(&home, &["--operation", "op_1"]).expect_code(3);
    assert!(refused.stderr().contains("it may act twice"), "{refused}");
    let refused = sandbox
        .run(&home, "replay --new-key", &[text(&limited["id"])])
        .expect_code(3);
    assert!(refused.stderr().contains("may have acted"), "{refused}");
}

#[test]
fn another_credential_may_be_another_organizations() {
    let mut home = home();
    let failed = pay(&home, &["-HSandbox-Fault: status=503"])
        .expect_code(5)
        .json();
    home.set("REQSCOPE_API_KEY", "sk_of_somebody_else");
    let refused = run(&home, "replay --same-key", &[text(&failed["id"])]).expect_code(3);
    assert!(refused.stderr().contains("it may act twice"), "{refused}");
    assert_eq!(history(&home).len(), 1, "nothing was sent");
    run(&home, "replay --same-key --yes", &[text(&failed["id"])]).expect_code(4);
    home.unset("REQSCOPE_API_KEY");
    run(&home, "replay --same-key", &[text(&failed["id"])]).expect_code(0);
}

#[test]
fn a_safe_method_always_passes() {
    let home = home();
    for (fault, code) in [("status=503", 5), ("delay=0", 0), ("delay=0", 0)] {
        let read = run(
            &home,
            "send /v1/payments --operation op_1 --json -H",
            &[&format!("Sandbox-Fault: {fault}")],
        );
        let read = shaped(read.expect_code(code).json());
        assert_eq!(
            (advice(&read), &read["operation"]),
            (("runs", "runs"), &json!("op_1"))
        );
    }
    pay(&home, &["--operation", "op_2"]).expect_code(0);
    run(&home, "send /v1/payments --operation op_2", &[]).expect_code(0);
}

#[test]
fn an_edited_payload_under_an_old_key_is_the_servers_to_refuse() {
    let home = home();
    pay(&home, &["--idempotency-key", "key-1"]).expect_code(0);
    let other = PAYMENT.replace("100", "200");
    let edited = run(
        &home,
        "send /v1/payments --json --idempotency-key key-1 -d",
        &[&other],
    )
    .expect_code(4);
    let edited = shaped(edited.json());
    assert_eq!(
        (&edited["attempt"], &edited["send"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(edited["outcome"]["status"], 422);
    assert_eq!(payments(&home).len(), 1);
}
