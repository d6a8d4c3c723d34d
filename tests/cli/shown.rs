//! An exchange's JSON field by field, where its values are known.

use serde_json::{Value, json};

use crate::bench::{Listener, PAYMENT, home, pay, run, text};
use crate::shape::shaped;

#[test]
fn a_payment_field_by_field() {
    let home = home();
    let exchange = shaped(
        pay(
            &home,
            &[
                "--operation",
                "op_mine",
                "-HX-Note: seen",
                "-HCookie: a=secret",
            ],
        )
        .expect_code(0)
        .json(),
    );
    assert_eq!(exchange["operation"], "op_mine");
    assert_eq!(
        (&exchange["attempt"], &exchange["send"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (&exchange["account"], &exchange["profile"]),
        (&json!("acct_demo"), &json!("sandbox"))
    );

    let request = &exchange["request"];
    let url = text(&request["url"]);
    assert!(
        url.starts_with("http://127.0.0.1:") && url.ends_with("/v1/payments"),
        "{url}"
    );
    assert_eq!(
        (&request["method"], &request["body"]),
        (&json!("POST"), &json!(PAYMENT))
    );
    assert_eq!(
        (&request["body_base64"], &request["key_choice"]),
        (&Value::Null, &json!("fresh"))
    );
    let headers = fields(&request["headers"]);
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-note", "seen"),
        ("cookie", "[redacted]"),
        ("authorization", "[redacted]"),
        ("x-request-id", "op_mine"),
        ("x-account-id", "acct_demo"),
        ("idempotency-key", text(&request["idempotency_key"])),
    ] {
        assert!(
            headers.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {value} in {headers:?}"
        );
    }

    let outcome = &exchange["outcome"];
    assert_eq!(
        (&outcome["kind"], &outcome["status"], &outcome["class"]),
        (&json!("response"), &json!(201), &json!("2xx"))
    );
    let answered = fields(&outcome["headers"]);
    let answered = |name: &str| {
        answered
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    assert_eq!(
        answered("request-id"),
        outcome["server_request_id"].as_str()
    );
    assert_eq!(
        answered("content-length"),
        Some(outcome["body_bytes"].to_string().as_str())
    );
    assert_eq!(outcome["body_bytes"], outcome["wire_bytes"]);
    assert_eq!(
        (
            &outcome["body_complete"],
            &outcome["body_redacted"],
            &outcome["replayed"]
        ),
        (&json!(true), &json!(0), &json!(false))
    );
    assert_eq!(
        (
            &outcome["error_code"],
            &outcome["errors"],
            &outcome["failure"]
        ),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        (
            &outcome["timing"]["dns_ms"],
            outcome["timing"]["connect_ms"].is_number()
        ),
        (&Value::Null, true)
    );
    assert_eq!(
        (&exchange["quota"]["limit"], &exchange["quota"]["remaining"]),
        (&json!(60), &json!(59))
    );
}

fn fields(headers: &Value) -> Vec<(String, String)> {
    let pairs = headers.as_array().expect("header fields").iter();
    pairs
        .map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1]).to_owned()))
        .collect()
}

#[test]
fn a_body_that_is_no_text_is_base64() {
    let home = home();
    home.write("body", b"\xff\x00\x01");
    let exchange = shaped(
        run(&home, "send POST /v1/payments -d @body --json", &[])
            .expect_code(4)
            .json(),
    );
    let request = &exchange["request"];
    assert_eq!(
        (&request["body"], &request["body_base64"]),
        (&Value::Null, &json!("/wAB"))
    );
    let bare = shaped(
        run(&home, "send /v1/accounts --json", &[])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (&bare["request"]["body"], &bare["request"]["body_base64"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn without_json_the_body_is_on_standard_output_and_the_rest_beside_it() {
    let home = home();
    let body = b"bytes \xff\x00\x1b[2J as they are";
    let listener = Listener::with("200 OK\r\nRequest-Id: req_1", body);
    let output = run(&home, "send", &[&listener.url]).expect_code(0);
    assert_eq!(output.stdout, body);
    let told = output.stderr();
    assert!(told.contains("200 OK") && told.contains("req_1"), "{told}");

    let refused = run(&home, "send /v1/payments -d {}", &[]).expect_code(4);
    assert_eq!(refused.json()["code"], "request_errors");
    let told = refused.stderr();
    for words in ["422", "missing", "/amount", "/currency", "quota", "new key"] {
        assert!(told.contains(words), "{words}: {refused}");
    }
}

#[test]
fn what_is_shown_again_is_what_was_sent() {
    let home = home();
    let sent = pay(&home, &[]).expect_code(0).json();
    let shown = run(&home, "show --json", &[text(&sent["id"])])
        .expect_code(0)
        .json();
    assert_eq!(shown, sent);
    let short = run(&home, "show", &[&text(&sent["id"])[..6]]).expect_code(0);
    assert!(
        short
            .stdout()
            .starts_with("201 Created  POST http://127.0.0.1:"),
        "{short}"
    );
}

#[test]
fn a_shown_body_is_the_answer_byte_for_byte() {
    let home = home();
    let mut body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    body.extend_from_slice(b"\r\n\n");
    let listener = Listener::with("404 Not Found", &body);
    let sent = run(&home, "send --json", &[&listener.url])
        .expect_code(4)
        .json();
    assert_eq!(sent["outcome"]["body_bytes"], body.len());
    let shown = run(&home, "show --body", &[text(&sent["id"])]).expect_code(0);
    assert!(
        shown.stdout == body,
        "{} bytes of {}",
        shown.stdout.len(),
        body.len()
    );
    assert_eq!(shown.stderr(), "");
}

#[test]
fn a_body_that_arrived_compressed_is_shown_unpacked() {
    let home = home();
    let output = run(
        &home,
        "send /v1/accounts --json -HSandbox-Fault:gzip-bomb=1",
        &[],
    )
    .expect_code(0);
    let exchange = shaped(output.json());
    let outcome = &exchange["outcome"];
    assert_eq!(outcome["body_complete"], true);
    assert!(outcome["wire_bytes"].as_u64() < Some(10_000), "{outcome}");
    let shown = run(&home, "show --body", &[text(&exchange["id"])]).expect_code(0);
    assert_eq!(outcome["body_bytes"], shown.stdout.len());
    assert!(shown.stdout.len() >= 1 << 20, "{outcome}");
}
