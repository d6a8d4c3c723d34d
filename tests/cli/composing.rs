//! What is sent when not everything is said: method, body, content type, key, query.

use serde_json::{Value, json};
use support::home::Home;

use crate::bench::{Listener, home, text};
use crate::shape::shaped;

/// What a plain server hears of a send below it.
fn hears(home: &Home, words: &[&str], input: &[u8]) -> (String, Vec<u8>, Value) {
    let listener = Listener::with("200 OK", b"{}");
    let base = ["--base-url", listener.url.as_str(), "--json"];
    let sent = home
        .reqscope_with(&[&["send"], words, &base].concat(), input)
        .expect_code(0);
    let request = listener.heard();
    let end = request
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    (head, request[end + 4..].to_vec(), shaped(sent.json()))
}

#[test]
fn the_method_is_get_or_post_with_a_body() {
    let home = home();
    for (words, line) in [
        (&["/v1/x"][..], "GET /v1/x HTTP/1.1"),
        (&["v1/x"], "GET /v1/x HTTP/1.1"),
        (&["/v1/x", "-d", "a=b"], "POST /v1/x HTTP/1.1"),
        (&["PUT", "/v1/x", "-d", "{}"], "PUT /v1/x HTTP/1.1"),
        (&["DELETE", "/v1/x"], "DELETE /v1/x HTTP/1.1"),
        (&["PURGE", "/v1/x"], "PURGE /v1/x HTTP/1.1"),
        (&["GET", "/v1/x", "-d", "{}"], "GET /v1/x HTTP/1.1"),
        (&["POST", "/v1/x"], "POST /v1/x HTTP/1.1"),
    ] {
        let (head, _, exchange) = hears(&home, words, b"");
        assert_eq!(head.lines().next(), Some(line));
        assert!(line.starts_with(text(&exchange["request"]["method"])));
    }
}

#[test]
fn a_body_that_is_json_or_starts_like_it_is_called_so() {
    let home = home();
    for (words, expected) in [
        (&["-d", "{\"a\":1}"][..], Some("application/json")),
        (&["-d", " [1"], Some("application/json")),
        (&["-d", "{broken"], Some("application/json")),
        (&["-d", "12"], Some("application/json")),
        (&["-d", "\"text\""], Some("application/json")),
        (&["-d", "a=b"], None),
        (
            &["-d", "{}", "-H", "Content-Type: text/plain"],
            Some("text/plain"),
        ),
        (&[], None),
    ] {
        let (head, _, _) = hears(&home, &[&["POST", "/v1/x"], words].concat(), b"");
        let head = head.to_lowercase();
        let told: Vec<&str> = head
            .lines()
            .filter_map(|l| l.strip_prefix("content-type: "))
            .collect();
        assert_eq!(told, Vec::from_iter(expected), "{words:?}");
    }
}

#[test]
fn a_body_comes_from_the_words_a_file_or_standard_input() {
    let home = home();
    let bytes = b"\x00\xff any\r\nbytes\n";
    home.write("in put", bytes);
    for (data, input, expected) in [
        ("a=b&c=@d", &b""[..], &b"a=b&c=@d"[..]),
        ("-dash", b"", b"-dash"),
        ("@in put", b"", bytes),
        ("@-", bytes, bytes),
        ("@-", b"{\"a\": 1}", b"{\"a\": 1}"),
    ] {
        let (head, body, _) = hears(&home, &["/v1/x", "-d", data], input);
        assert!(head.starts_with("POST "), "{head}");
        assert_eq!(body, expected, "{data}");
    }
    let (head, body, exchange) = hears(&home, &["/v1/x", "-d", "@-"], b"");
    assert!(
        head.starts_with("GET ") && body.is_empty(),
        "no body was given: {head}"
    );
    assert_eq!(exchange["request"]["body"], Value::Null);
}

#[test]
fn a_large_body_is_sent_whole() {
    let home = home();
    let large: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    home.write("large", &large);
    let (_, body, _) = hears(&home, &["/v1/x", "-d", "@large"], b"");
    assert!(body == large, "{} bytes of {}", body.len(), large.len());
}

#[test]
fn a_post_or_patch_gets_a_fresh_key_and_no_other() {
    let home = home();
    let mut minted = Vec::new();
    for (method, expected) in [
        ("POST", "fresh"),
        ("POST", "fresh"),
        ("PATCH", "fresh"),
        ("PUT", "none"),
        ("DELETE", "none"),
        ("GET", "none"),
        ("HEAD", "none"),
        ("OPTIONS", "none"),
    ] {
        let (head, _, exchange) = hears(&home, &[method, "/v1/x"], b"");
        let (key, choice) = (
            &exchange["request"]["idempotency_key"],
            &exchange["request"]["key_choice"],
        );
        assert_eq!(choice, expected, "{method}");
        assert_eq!(sent_key(&head).as_deref(), key.as_str(), "{method}");
        minted.extend(key.as_str().map(str::to_owned));
    }
    assert_eq!(minted.len(), 3);
    minted.sort();
    minted.dedup();
    assert_eq!(minted.len(), 3, "each is another");
}

#[test]
fn a_key_that_is_told_is_sent_with_any_method() {
    let home = home();
    for method in ["POST", "PUT", "DELETE", "GET"] {
        let (head, _, exchange) = hears(
            &home,
            &[method, "/v1/x", "--idempotency-key", "my-key"],
            b"",
        );
        assert_eq!(sent_key(&head).as_deref(), Some("my-key"), "{method}");
        assert_eq!(exchange["request"]["key_choice"], "given");
    }
    let (head, _, exchange) = hears(&home, &["POST", "/v1/x", "--no-idempotency-key"], b"");
    assert_eq!(
        (sent_key(&head), &exchange["request"]["key_choice"]),
        (None, &json!("none"))
    );
}

fn sent_key(head: &str) -> Option<String> {
    let line = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("idempotency-key")
            .then(|| value.to_owned())
    };
    head.lines().find_map(line)
}

#[test]
fn parameters_are_put_behind_the_path_and_encoded() {
    let home = home();
    for (words, target) in [
        (&["/v1/x", "-q", "a=1"][..], "/v1/x?a=1"),
        (
            &["/v1/x?z=0", "-q", "a=b c&d", "-q", "e=ü=%"],
            "/v1/x?z=0&a=b+c%26d&e=%C3%BC%3D%25",
        ),
        (&["/v1/x#part", "-q", "a="], "/v1/x?a="),
        (&["?a=1"], "/?a=1"),
    ] {
        let (head, _, exchange) = hears(&home, words, b"");
        assert_eq!(
            head.lines().next(),
            Some(format!("GET {target} HTTP/1.1").as_str())
        );
        assert!(
            text(&exchange["request"]["url"]).ends_with(target),
            "{exchange}"
        );
    }
}

#[test]
fn header_fields_are_sent_as_they_are_written() {
    let home = home();
    let words = [
        "/v1/x",
        "-H",
        "X-One:  a: b ",
        "-H",
        "X-One: c",
        "--header",
        "Accept: text/html",
        "--account",
        "acct_2",
        "--operation",
        "op_2",
    ];
    let (head, _, exchange) = hears(&home, &words, b"");
    let head = head.to_lowercase();
    for line in [
        "x-one: a: b",
        "x-one: c",
        "accept: text/html",
        "x-account-id: acct_2",
        "x-request-id: op_2",
        "authorization: bearer sk_sandbox_demo",
    ] {
        assert_eq!(
            head.lines().filter(|l| *l == line).count(),
            1,
            "{line} in {head}"
        );
    }
    assert_eq!(
        head.lines().filter(|l| l.starts_with("accept:")).count(),
        1,
        "{head}"
    );
    assert_eq!(
        (&exchange["account"], &exchange["operation"]),
        (&json!("acct_2"), &json!("op_2"))
    );
}

#[test]
fn every_header_field_of_the_json_was_heard() {
    let home = home();
    let (head, _, exchange) = hears(&home, &["/v1/x", "-d", "{}"], b"");
    let head = head.to_lowercase();
    for pair in exchange["request"]["headers"].as_array().expect("fields") {
        let (name, value) = (text(&pair[0]).to_lowercase(), text(&pair[1]).to_lowercase());
        let line = if value == "[redacted]" {
            format!("{name}: ")
        } else {
            format!("{name}: {value}")
        };
        assert!(
            head.lines().any(|heard| heard.starts_with(&line)),
            "{line} in {head}"
        );
    }
}
