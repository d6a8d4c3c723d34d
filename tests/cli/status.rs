//! One send of every documented status: its exit status, its JSON, its advice.

use serde_json::{Value, json};
use support::home::Home;

use crate::bench::{Listener, PAYMENT, Sandbox, advice, home, run, text};
use crate::shape::shaped;

/// A send and what is to come of it: a name, the command's words, exit status, status, (same_key, new_key), codes.
type Case<'a> = (
    &'a str,
    &'a [&'a str],
    i32,
    u16,
    (&'a str, &'a str),
    Option<&'a [&'a str]>,
);

const POST: &str = "/v1/payments";
const SAFE: (&str, &str) = ("safe", "acts_again");
const RUNS: (&str, &str) = ("runs", "runs");
const CORRECT: (&str, &str) = ("repeats_error", "after_correction");
const DOUBT: (&str, &str) = ("indeterminate", "may_act_twice");
const LOST: (&str, &str) = ("safe", "may_act_twice");

#[track_caller]
fn hold(home: &Home, sandbox: &Sandbox, case: &Case<'_>) -> Value {
    let (name, words, code, status, verdict, codes) = *case;
    let output = sandbox.run(home, "send --json", words).expect_code(code);
    let exchange = shaped(output.json());
    let outcome = &exchange["outcome"];
    assert_eq!(outcome["status"], status, "{name}: {output}");
    assert_eq!(advice(&exchange), verdict, "{name}: {output}");
    let found = outcome["errors"].as_array();
    let found: Option<Vec<&str>> =
        found.map(|list| list.iter().map(|e| text(&e["code"])).collect());
    assert_eq!(found.as_deref(), codes, "{name}: {output}");
    assert_eq!(outcome["body_complete"], true, "{name}: {output}");
    exchange
}

#[test]
fn every_documented_status() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let activate = ["POST", "/v1/boxes/box_demo/activate"];
    let dear = r#"{"amount":99999999,"currency":"EUR","account":"acct_demo"}"#;
    let cases: &[Case<'_>] = &[
        ("read", &["/v1/accounts"], 0, 200, RUNS, None),
        ("made", &[POST, "-d", PAYMENT], 0, 201, SAFE, None),
        ("done", &activate, 0, 200, SAFE, None),
        (
            "empty",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=204"],
            0,
            204,
            SAFE,
            None,
        ),
        (
            "moved",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: redirect=/v1/x"],
            0,
            307,
            SAFE,
            None,
        ),
        (
            "no JSON",
            &[POST, "-d", "{\"amount\":"],
            4,
            400,
            CORRECT,
            Some(&["malformed_json"]),
        ),
        (
            "too dear",
            &[POST, "-d", dear],
            4,
            402,
            CORRECT,
            Some(&["insufficient_balance"]),
        ),
        (
            "no such path",
            &["POST", "/v1/nowhere"],
            4,
            404,
            CORRECT,
            Some(&["not_found"]),
        ),
        (
            "active already",
            &activate,
            4,
            409,
            ("indeterminate", "after_correction"),
            Some(&["already_active"]),
        ),
        (
            "409 without a reason",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=409"],
            4,
            409,
            DOUBT,
            Some(&["refused"]),
        ),
        (
            "wrong in one place",
            &[
                POST,
                "-d",
                r#"{"amount":-5,"currency":"EUR","account":"acct_demo"}"#,
            ],
            4,
            422,
            CORRECT,
            Some(&["amount_not_positive"]),
        ),
        (
            "another 4xx",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=418"],
            4,
            418,
            CORRECT,
            Some(&["refused"]),
        ),
        (
            "gave up waiting",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=408"],
            4,
            408,
            LOST,
            Some(&["request_timeout"]),
        ),
        (
            "too early",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=425"],
            4,
            425,
            LOST,
            Some(&["too_early"]),
        ),
        (
            "500",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=500"],
            5,
            500,
            DOUBT,
            Some(&["internal_error"]),
        ),
        (
            "502",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=502"],
            5,
            502,
            DOUBT,
            Some(&["bad_gateway"]),
        ),
        (
            "503",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=503"],
            5,
            503,
            DOUBT,
            Some(&["service_unavailable"]),
        ),
        (
            "504",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status=504"],
            5,
            504,
            DOUBT,
            Some(&["gateway_timeout"]),
        ),
        (
            "acted, then 500",
            &[POST, "-d", PAYMENT, "-HSandbox-Fault: status-after=500"],
            5,
            500,
            DOUBT,
            Some(&["internal_error"]),
        ),
        (
            "a safe method, refused",
            &["/v1/nowhere"],
            4,
            404,
            RUNS,
            Some(&["not_found"]),
        ),
        (
            "a safe method, failed",
            &["/v1/accounts", "-HSandbox-Fault: status=503"],
            5,
            503,
            RUNS,
            Some(&["service_unavailable"]),
        ),
        ("HEAD", &["HEAD", "/v1/accounts"], 0, 200, RUNS, None),
    ];
    for case in cases {
        let exchange = hold(&home, &sandbox, case);
        assert_eq!(exchange["quota"]["limit"], 100_000, "{}", case.0);
        assert_eq!(
            exchange["quota"]["source"], "RateLimit-Remaining",
            "{}",
            case.0
        );
        assert!(text(&exchange["outcome"]["server_request_id"]).starts_with("req_"));
    }
    assert_eq!(
        sandbox.payments(&home).len(),
        2,
        "one was made, one acted before its 500"
    );
}

#[test]
fn a_wrong_api_key_is_401_and_runs_once_it_is_right() {
    let mut home = home();
    let sandbox = Sandbox::start(&home, &[]);
    home.set("REQSCOPE_API_KEY", "sk_live_wrong");
    let case: Case<'_> = (
        "wrong key",
        &[POST, "-d", PAYMENT],
        4,
        401,
        RUNS,
        Some(&["invalid_api_key"]),
    );
    let refused = hold(&home, &sandbox, &case);
    assert!(text(&refused["advice"]["text"]).contains("API key"));
    home.unset("REQSCOPE_API_KEY");
    let right = sandbox
        .run(&home, "replay --same-key --json", &[text(&refused["id"])])
        .expect_code(0);
    let right = shaped(right.json());
    assert_eq!(
        (&right["outcome"]["status"], &right["outcome"]["replayed"]),
        (&json!(201), &json!(false))
    );
}

#[test]
fn the_rate_limit_says_how_long_to_wait() {
    let home = home();
    let sandbox = Sandbox::start(&home, &["--quota", "2/60s"]);
    for left in [1, 0] {
        let exchange = shaped(sandbox.pay(&home, &[]).expect_code(0).json());
        let quota = &exchange["quota"];
        assert_eq!(
            (&quota["limit"], &quota["remaining"]),
            (&json!(2), &json!(left))
        );
        assert!(quota["reset_seconds"].as_u64() <= Some(60), "{quota}");
        assert_eq!(exchange["advice"]["wait_seconds"], Value::Null);
    }
    let case: Case<'_> = (
        "one too many",
        &[POST, "-d", PAYMENT],
        4,
        429,
        RUNS,
        Some(&["rate_limited"]),
    );
    let limited = hold(&home, &sandbox, &case);
    assert_eq!(limited["quota"]["remaining"], 0);
    let wait = limited["advice"]["wait_seconds"]
        .as_u64()
        .expect("a time to wait");
    assert!((1..=60).contains(&wait), "{limited}");
}

#[test]
fn errors_name_the_place_they_are_about() {
    let home = home();
    let body = r#"{"amount":-5,"currency":"XXQ","items":[{"price":3},{"price":0}],"card":{"number":"4242424242424241"}}"#;
    let output = run(&home, "send /v1/payments --json -d", &[body]).expect_code(4);
    let exchange = shaped(output.json());
    assert_eq!(exchange["outcome"]["error_code"], "request_errors");
    let mut errors: Vec<Value> = exchange["outcome"]["errors"]
        .as_array()
        .expect("errors")
        .clone();
    for error in &mut errors {
        let message = error.as_object_mut().expect("an object").remove("message");
        assert!(message.is_some_and(|m| !text(&m).is_empty()));
    }
    let error = |code: &str, path: &[&str], found: bool| {
        let pointer = format!("/{}", path.join("/"));
        json!({"code": code, "path": path, "in": "body", "pointer": pointer, "found": found})
    };
    assert_eq!(
        errors,
        [
            error("amount_not_positive", &["amount"], true),
            error("unknown_currency", &["currency"], true),
            error("missing", &["account"], false),
            error("card_number_invalid", &["card", "number"], true),
            error("price_not_positive", &["items", "1", "price"], true),
        ]
    );
}

#[test]
fn an_error_about_nothing_that_was_sent_points_nowhere() {
    let home = home();
    let output = run(&home, "send /v1/nowhere --json", &[]).expect_code(4);
    let exchange = shaped(output.json());
    let error = &exchange["outcome"]["errors"][0];
    assert_eq!(
        (&error["path"], &error["in"]),
        (&json!([]), &json!("unknown"))
    );
    assert_eq!(
        (&error["pointer"], &error["found"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn an_empty_list_of_errors_is_no_unknown_one() {
    let home = home();
    let empty = br#"{"code":"request_errors","data":{"errors":[]}}"#;
    for (body, code, errors) in [
        (&empty[..], json!("request_errors"), json!([])),
        (b"<html>teapot</html>", Value::Null, Value::Null),
        (b"", Value::Null, Value::Null),
        (
            br#"{"message":"an envelope of no dialect"}"#,
            Value::Null,
            Value::Null,
        ),
    ] {
        let listener = Listener::with(
            "422 Unprocessable Content\r\ncontent-type: application/json",
            body,
        );
        let exchange = shaped(
            run(&home, "send --json", &[&listener.url])
                .expect_code(4)
                .json(),
        );
        let outcome = &exchange["outcome"];
        assert_eq!(
            (&outcome["error_code"], &outcome["errors"]),
            (&code, &errors),
            "{outcome}"
        );
    }
}

#[test]
fn what_the_server_did_not_say_is_null() {
    let home = home();
    let listener = Listener::with("200 OK", b"{}");
    let exchange = shaped(
        run(&home, "send --json", &[&listener.url])
            .expect_code(0)
            .json(),
    );
    assert_eq!(exchange["quota"], Value::Null);
    assert_eq!(exchange["outcome"]["server_request_id"], Value::Null);
    let listener = Listener::with("200 OK\r\nRateLimit-Remaining: 5", b"{}");
    let exchange = shaped(
        run(&home, "send --json", &[&listener.url])
            .expect_code(0)
            .json(),
    );
    let expected = json!({"limit": null, "remaining": 5, "reset_seconds": null, "source": "RateLimit-Remaining"});
    assert_eq!(exchange["quota"], expected);
}
