//! What an exchange's JSON looks like, whatever it says: every member of the contract is there, of its type, and `null`
//! where its kind has nothing to say.

use serde_json::Value;

use crate::bench::text;

const KINDS: [&str; 5] = ["response", "failed", "indeterminate", "in_flight", "held"];
const CHOICES: [&str; 5] = ["fresh", "same", "new", "given", "none"];
const SAME_KEY: [&str; 6] = [
    "safe",
    "runs",
    "repeats_error",
    "indeterminate",
    "acts_again",
    "may_act_twice",
];
const NEW_KEY: [&str; 4] = ["acts_again", "runs", "after_correction", "may_act_twice"];
const PLACES: [&str; 5] = ["body", "query", "header", "response", "unknown"];

/// Holds an exchange to the contract's form, and gives it back.
#[track_caller]
pub fn shaped(exchange: Value) -> Value {
    members(
        &exchange,
        &[
            "id",
            "operation",
            "attempt",
            "send",
            "account",
            "profile",
            "started_at",
            "request",
            "outcome",
            "quota",
            "advice",
        ],
    );
    assert!(!text(&exchange["id"]).is_empty());
    assert!(!text(&exchange["operation"]).is_empty());
    assert!(
        exchange["attempt"].as_u64() >= Some(1) && exchange["send"].as_u64() >= Some(1),
        "{exchange}"
    );
    assert!(exchange["account"].is_null() || exchange["account"].is_string());
    assert!(exchange["profile"].is_string());
    instant(text(&exchange["started_at"]));
    request(&exchange["request"]);
    outcome(&exchange["outcome"]);
    quota(&exchange["quota"]);
    let advice = &exchange["advice"];
    members(advice, &["same_key", "new_key", "wait_seconds", "text"]);
    assert!(
        advice["same_key"].is_null() || word(&advice["same_key"], &SAME_KEY),
        "{advice}"
    );
    assert!(word(&advice["new_key"], &NEW_KEY), "{advice}");
    assert!(
        advice["wait_seconds"].is_null() || advice["wait_seconds"].is_u64(),
        "{advice}"
    );
    assert!(!text(&advice["text"]).is_empty());
    exchange
}

#[track_caller]
fn members(value: &Value, names: &[&str]) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"));
    for name in names {
        assert!(object.contains_key(*name), "{name} is missing in {value}");
    }
}

fn word(value: &Value, known: &[&str]) -> bool {
    value.as_str().is_some_and(|word| known.contains(&word))
}

fn number(value: &Value) -> bool {
    value.is_null() || value.is_u64()
}

/// `2026-01-02T03:04:05.678Z`.
#[track_caller]
fn instant(text: &str) {
    let form: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(form, "0000-00-00T00:00:00.000Z", "{text}");
}

#[track_caller]
fn request(request: &Value) {
    members(
        request,
        &[
            "method",
            "url",
            "headers",
            "body",
            "body_base64",
            "idempotency_key",
            "key_choice",
        ],
    );
    assert!(request["method"].is_string());
    assert!(text(&request["url"]).starts_with("http"), "{request}");
    headers(&request["headers"]);
    assert!(
        request["body"].is_null() || request["body_base64"].is_null(),
        "{request}"
    );
    assert!(word(&request["key_choice"], &CHOICES), "{request}");
    let keyless = request["key_choice"] == "none";
    assert_eq!(request["idempotency_key"].is_null(), keyless, "{request}");
}

#[track_caller]
fn headers(headers: &Value) {
    for pair in headers.as_array().expect("a list of header fields") {
        let pair = pair.as_array().expect("a pair");
        assert!(
            pair.len() == 2 && pair.iter().all(Value::is_string),
            "{pair:?}"
        );
        let secret = ["authorization", "cookie", "set-cookie"]
            .contains(&text(&pair[0]).to_lowercase().as_str());
        assert!(!secret || pair[1] == "[redacted]", "{pair:?}");
    }
}

#[track_caller]
fn outcome(outcome: &Value) {
    let of_answers = [
        "status",
        "server_request_id",
        "headers",
        "body_bytes",
        "wire_bytes",
        "body_complete",
        "body_redacted",
        "replayed",
    ];
    members(outcome, &of_answers);
    members(
        outcome,
        &["kind", "class", "error_code", "errors", "timing", "failure"],
    );
    assert!(word(&outcome["kind"], &KINDS), "{outcome}");
    let answered = outcome["kind"] == "response";
    for name in of_answers
        .iter()
        .filter(|name| **name != "server_request_id")
    {
        assert_eq!(!outcome[*name].is_null(), answered, "{name} in {outcome}");
    }
    if answered {
        answer(outcome);
    } else {
        let empty = ["class", "server_request_id", "error_code", "errors"];
        assert!(
            empty.iter().all(|name| outcome[*name].is_null()),
            "{outcome}"
        );
    }
    let ended = ["failed", "indeterminate"].contains(&text(&outcome["kind"]));
    let incomplete = outcome["body_complete"] == false;
    assert_eq!(
        !outcome["failure"].is_null(),
        ended || incomplete,
        "{outcome}"
    );
    if !outcome["failure"].is_null() {
        members(&outcome["failure"], &["what", "cause", "hint"]);
        assert!(!text(&outcome["failure"]["what"]).is_empty());
    }
    if !outcome["timing"].is_null() {
        timing(&outcome["timing"]);
    }
}

#[track_caller]
fn answer(outcome: &Value) {
    let status = outcome["status"].as_u64().expect("a status");
    assert_eq!(outcome["class"], format!("{}xx", status / 100));
    headers(&outcome["headers"]);
    assert!(
        outcome["body_bytes"].is_u64() && outcome["wire_bytes"].is_u64(),
        "{outcome}"
    );
    assert!(
        outcome["body_redacted"].is_u64() && outcome["replayed"].is_boolean(),
        "{outcome}"
    );
    assert!(!outcome["timing"]["total_ms"].is_null(), "{outcome}");
    for error in outcome["errors"].as_array().into_iter().flatten() {
        members(
            error,
            &["code", "message", "path", "in", "pointer", "found"],
        );
        assert!(
            error["path"]
                .as_array()
                .is_some_and(|path| path.iter().all(Value::is_string)),
            "{error}"
        );
        assert!(word(&error["in"], &PLACES), "{error}");
        let in_body = error["in"] == "body";
        assert_eq!(error["pointer"].is_string(), in_body, "{error}");
        // Not known where the body that was sent cannot be read.
        assert!(error["found"].is_null() || in_body, "{error}");
    }
}

#[track_caller]
fn timing(timing: &Value) {
    members(
        timing,
        &["dns_ms", "connect_ms", "first_byte_ms", "total_ms"],
    );
    let spans = timing.as_object().expect("an object").values();
    for span in spans {
        assert!(span.is_null() || span.as_f64() >= Some(0.0), "{timing}");
    }
}

#[track_caller]
fn quota(quota: &Value) {
    if quota.is_null() {
        return;
    }
    members(quota, &["limit", "remaining", "reset_seconds", "source"]);
    assert!(
        ["limit", "remaining", "reset_seconds"]
            .iter()
            .all(|name| number(&quota[*name])),
        "{quota}"
    );
    assert!(quota["source"].is_string(), "{quota}");
}
