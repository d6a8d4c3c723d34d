//! Where the requestId and the account travel: header, query, body or nowhere, and what minted keys look like.

use serde_json::{Value, json};
use support::home::{Home, Output};

use crate::bench::{Listener, Sandbox, history, home, run, text};
use crate::shape::shaped;

/// A home whose sandbox profile has these settings.
fn with(settings: &str) -> Home {
    let mut home = home();
    let config = home.write("carrier.toml", format!("[profile.sandbox]\n{settings}\n"));
    home.set("REQSCOPE_CONFIG", config);
    home
}

const QUERY: &str =
    "request_id_carrier = { query = \"rid\" }\naccount_carrier = { query = \"acct\" }";
const BODY: &str = "request_id_carrier = { body = \"/meta/requestId\" }\naccount_carrier = { body = \"/account\" }";

fn send(home: &Home, base: &str, words: &[&str]) -> Output {
    run(home, "send --json --base-url", &[&[base], words].concat())
}

/// Head in lower case and body, as a plain server heard them.
fn heard(listener: &Listener) -> (String, String) {
    let request = String::from_utf8(listener.heard()).expect("text");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    (head.to_lowercase(), body.to_owned())
}

fn operation(exchange: &Value) -> &str {
    text(&exchange["operation"])
}

#[test]
fn a_query_carries_both_and_the_record_says_what_was_sent() {
    let home = with(QUERY);
    let listener = Listener::with("500 Oops", b"{}");
    let sent = send(
        &home,
        &listener.url,
        &["/v1/x?a=1", "-d", "{}", "--account", "acct_2"],
    );
    let sent = shaped(sent.expect_code(5).json());
    let target = format!("/v1/x?a=1&rid={}&acct=acct_2", operation(&sent));
    let (head, body) = heard(&listener);
    assert!(head.starts_with(&format!("post {target} ")), "{head}");
    assert!(
        !head.contains("x-request-id") && !head.contains("x-account-id"),
        "{head}"
    );
    assert_eq!((body.as_str(), &sent["account"]), ("{}", &json!("acct_2")));
    assert!(text(&sent["request"]["url"]).ends_with(&target), "{sent}");

    let id = text(&sent["id"]);
    let again = run(
        &home,
        "replay --same-key --json --base-url",
        &[&listener.url, id],
    );
    let again = shaped(again.expect_code(5).json());
    assert_eq!(heard(&listener).0.lines().next(), head.lines().next());
    assert_eq!(
        (operation(&again), &again["send"]),
        (operation(&sent), &json!(2))
    );
}

#[test]
fn a_body_carries_both_and_nothing_else_of_it_changes() {
    let home = with(BODY);
    let listener = Listener::with("500 Oops", b"{}");
    let data = "{ \"amount\": 1.50,\n  \"meta\": {} }";
    let sent = send(&home, &listener.url, &["/v1/x", "-d", data]);
    let sent = shaped(sent.expect_code(5).json());
    let expected = format!(
        "{{ \"account\": \"acct_demo\", \"amount\": 1.50,\n  \"meta\": {{\"requestId\":\"{}\"}} }}",
        operation(&sent)
    );
    let (head, body) = heard(&listener);
    assert_eq!(body, expected);
    assert!(
        !head.contains("x-request-id") && !head.contains("x-account-id"),
        "{head}"
    );
    assert_eq!(sent["request"]["body"], expected);

    // A key that is spelled again belongs to its operation, so the payload is the same again and no misuse of the key.
    let key = text(&sent["request"]["idempotency_key"]);
    let joined = ["/v1/x", "-d", data, "--idempotency-key", key];
    let joined = send(&home, &listener.url, &joined).expect_code(5).json();
    assert_eq!(
        (&joined["attempt"], heard(&listener).1),
        (&json!(1), expected.clone())
    );
    // A replay keeps the bytes, with a new key too.
    for key in ["--same-key", "--new-key"] {
        let words = [listener.url.as_str(), text(&sent["id"]), key, "--yes"];
        run(&home, "replay --json --base-url", &words).expect_code(5);
        assert_eq!(heard(&listener).1, expected);
    }
    // A request without a body goes without.
    send(&home, &listener.url, &["/v1/x"]).expect_code(5);
    assert_eq!(heard(&listener).1, "");
}

#[test]
fn what_the_text_says_is_the_operation_and_the_account() {
    for (settings, target, data) in [
        (QUERY, "/v1/x?rid=op_mine&acct=acct_9", "{}"),
        (
            BODY,
            "/v1/x",
            r#"{"meta":{"requestId":"op_mine"},"account":"acct_9"}"#,
        ),
    ] {
        let home = with(settings);
        let listener = Listener::with("201 Created", b"{}");
        let sent = send(&home, &listener.url, &[target, "-d", data]);
        let sent = shaped(sent.expect_code(0).json());
        assert_eq!(
            (operation(&sent), &sent["account"]),
            ("op_mine", &json!("acct_9"))
        );
        let (head, body) = heard(&listener);
        assert!(head.starts_with(&format!("post {target} ")), "{head}");
        assert_eq!(body, data);
        // So the gate sees that it was done.
        let refused = send(&home, &listener.url, &[target, "-d", data]).expect_code(3);
        assert!(refused.stderr().contains("op_mine"), "{refused}");
        for (option, value) in [("--account", "acct_1"), ("--operation", "op_2")] {
            let words = [target, "-d", data, option, value];
            let refused = send(&home, &listener.url, &words).expect_code(2);
            assert!(
                refused.stderr().contains(&format!("given is {value}")),
                "{refused}"
            );
        }
        assert!(listener.is_silent());
        assert_eq!(history(&home).len(), 1);
    }
}

#[test]
fn a_body_without_room_is_told_and_not_sent() {
    let home = with(BODY);
    let listener = Listener::with("200 OK", b"{}");
    for (data, part) in [
        ("a=b", "the body is no JSON"),
        ("[1]", "nothing at /meta"),
        ("{}", "nothing at /meta"),
        (r#"{"meta":7}"#, "what stands at /meta is a number"),
        (
            r#"{"meta":{"requestId":null}}"#,
            "the body's /meta/requestId is null",
        ),
    ] {
        let refused = send(&home, &listener.url, &["/v1/x", "-d", data]).expect_code(2);
        assert!(refused.stderr().contains(part), "{part}: {refused}");
    }
    assert!(listener.is_silent() && history(&home).is_empty());
}

#[test]
fn off_sends_none_and_another_origin_gets_none() {
    let home = with("request_id_carrier = \"off\"\naccount_carrier = \"off\"");
    let listener = Listener::with("200 OK", b"{}");
    let sent = send(&home, &listener.url, &["/v1/x", "-d", "{}"])
        .expect_code(0)
        .json();
    let (head, body) = heard(&listener);
    assert!(
        !head.contains(operation(&sent)) && !head.contains("acct_demo"),
        "{head}"
    );
    assert_eq!(body, "{}");

    for (settings, named) in [
        (QUERY, "the query's rid"),
        (BODY, "the body's /meta/requestId"),
    ] {
        let home = with(settings);
        let own = Sandbox::start(&home, &[]);
        let url = format!("{}/v1/x", listener.url);
        let output = send(&home, &own.url, &[&url, "-d", "{\"meta\":{}}"]).expect_code(0);
        assert!(output.stderr().contains(named), "{output}");
        let (head, body) = heard(&listener);
        assert!(
            head.starts_with("post /v1/x http") && body == "{\"meta\":{}}",
            "{head} {body}"
        );
    }
}

#[test]
fn the_sandbox_takes_a_body_that_carries_the_account() {
    let home = with("account_carrier = { body = \"/account\" }");
    let data = r#"{"amount":100,"currency":"EUR"}"#;
    let paid = run(&home, "send /v1/payments --json -d", &[data])
        .expect_code(0)
        .json();
    let made = run(
        &home,
        "send /v1/payments",
        &["-q", &format!("requestId={}", operation(&paid))],
    );
    let made = made.expect_code(0).json();
    assert_eq!(made["data"].as_array().map(Vec::len), Some(1), "{made}");
    let again = run(&home, "replay --same-key --json", &[text(&paid["id"])])
        .expect_code(0)
        .json();
    assert_eq!(again["outcome"]["replayed"], true);
}

#[test]
fn minted_keys_look_as_the_profile_says() {
    let home = with("key_format = \"uuid-v7\"\nkey_prefix = \"shop-\"\nkey_quoted = true");
    let listener = Listener::with("422 No", b"{}");
    let sent = send(&home, &listener.url, &["/v1/x", "-d", "{}"])
        .expect_code(4)
        .json();
    let (head, _) = heard(&listener);
    let key = text(&sent["request"]["idempotency_key"]).to_owned();
    assert!(
        head.contains(&format!("idempotency-key: \"{key}\"")),
        "{head}"
    );
    let words = [listener.url.as_str(), text(&sent["id"])];
    let again = run(&home, "replay --new-key --json --base-url", &words)
        .expect_code(4)
        .json();
    let new_key = text(&again["request"]["idempotency_key"]).to_owned();
    for key in [&key, &new_key] {
        let uuid = key.strip_prefix("shop-").expect("the prefix");
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "7"), "{key}");
    }
    assert!(key < new_key, "the time stands first: {key} {new_key}");
}
