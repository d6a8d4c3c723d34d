//! An exchange as the contract's JSON: what `send`, `replay`, `history` and `show` print with `--json`.
//!
//! Every part that is not known is `null`, never a guess. Member names and order are the contract's; members may be
//! added, none may change.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::exchange::{Class, Exchange, Failure, Outcome, Timing};
use crate::domain::header::Headers;
use crate::domain::idempotency::Advice;
use crate::domain::rate_limit::Quota;
use crate::domain::request::SentRequest;

/// One exchange with the advice on sending it again.
pub fn exchange(exchange: &Exchange, advice: &Advice) -> Value {
    json!({
        "id": exchange.id,
        "operation": exchange.operation,
        "attempt": exchange.attempt,
        "send": exchange.send,
        "account": exchange.account,
        "profile": exchange.profile,
        "started_at": instant(exchange.started_at),
        "request": request(&exchange.request),
        "outcome": outcome(&exchange.outcome),
        "quota": exchange.quota.as_ref().map(quota),
        "advice": advice_value(advice),
        "pinned": exchange.pinned,
        "note": exchange.note,
    })
}

/// RFC 3339 in UTC with milliseconds, as the contract writes it.
pub fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn request(request: &SentRequest) -> Value {
    let text = std::str::from_utf8(&request.body).ok();
    let empty = request.body.is_empty();
    json!({
        "method": request.method,
        "url": request.url(),
        "headers": headers(&request.headers),
        "body": text.filter(|_| !empty),
        "body_base64": text.is_none().then(|| STANDARD.encode(&request.body)),
        "idempotency_key": request.idempotency_key,
        "key_choice": request.key_choice,
    })
}

fn headers(headers: &Headers) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!([name, value]))
        .collect()
}

fn outcome(outcome: &Outcome) -> Value {
    let response = outcome.response();
    let report = response.and_then(|r| r.report.as_ref());
    json!({
        "kind": outcome.kind(),
        "status": outcome.status(),
        "class": class(outcome.class()),
        "server_request_id": response.and_then(|r| r.server_request_id.as_ref()),
        "headers": response.map(|r| headers(&r.headers)),
        "body_bytes": response.map(|r| r.body_bytes),
        "wire_bytes": response.map(|r| r.wire_bytes),
        "body_complete": response.map(|r| r.body_complete),
        "body_redacted": response.map(|r| r.body_redacted),
        "replayed": response.map(|r| r.replayed),
        "error_code": report.and_then(|r| r.code.as_ref()),
        "error_dialect": report.and_then(|r| r.dialect),
        "error_title": report.and_then(|r| r.title.as_ref()),
        "error_details": report.and_then(|r| r.details.as_ref()),
        "error_members": report.map(|r| members(&r.extra)),
        "not_understood": report.map(|r| &r.not_understood),
        "errors": report.and_then(ErrorReport::list).map(errors),
        "objects": response.and_then(|r| Some(&r.objects.as_ref()?.ids)),
        "timing": outcome.is_final().then(|| timing(outcome.timing())),
        "failure": outcome.failure().map(failure),
    })
}

fn class(class: Class) -> Option<&'static str> {
    match class {
        Class::Success => Some("2xx"),
        Class::Redirect => Some("3xx"),
        Class::ClientError | Class::RateLimited => Some("4xx"),
        Class::ServerError => Some("5xx"),
        Class::Held
        | Class::InFlight
        | Class::Failed
        | Class::Indeterminate
        | Class::Informational => None,
    }
}

/// Members whose JSON text was kept, as that JSON; one that was cut off, or is none, as its text.
fn members(extra: &[(String, String)]) -> Value {
    let read = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    let members = extra.iter().map(|(name, text)| (name.clone(), read(text)));
    Value::Object(members.collect())
}

/// The errors of a report, as the contract lists them.
pub fn errors(errors: &[ApiError]) -> Value {
    errors.iter().map(error).collect()
}

/// One of them: the contract's members; and behind them, where there is something to say: of a parameter or a header its
/// `name` and whether it was `sent` (`found` is about the body), and the error's own further members as `extra`.
pub fn error(error: &ApiError) -> Value {
    let field = error.place.field.as_ref();
    let mut told = json!({
        "code": error.code,
        "message": error.message,
        "path": error.path,
        "in": error.place.part,
        "pointer": error.place.pointer,
        "found": error.place.found.filter(|_| field.is_none()),
    });
    if let Some(field) = field {
        told["name"] = json!(field.name);
        told["sent"] = json!(field.at.is_some());
    }
    if !error.extra.is_empty() {
        told["extra"] = members(&error.extra);
    }
    told
}

fn timing(timing: Timing) -> Value {
    let rounded = |ms: Option<f64>| ms.map(|ms| (ms * 1000.0).round() / 1000.0);
    json!({
        "dns_ms": rounded(timing.dns_ms),
        "connect_ms": rounded(timing.connect_ms),
        "tls_ms": rounded(timing.tls_ms),
        "first_byte_ms": rounded(timing.first_byte_ms),
        "total_ms": rounded(timing.total_ms),
    })
}

fn failure(failure: &Failure) -> Value {
    json!({ "what": failure.what, "cause": failure.cause, "hint": failure.hint })
}

fn quota(quota: &Quota) -> Value {
    json!({
        "limit": quota.limit,
        "remaining": quota.remaining,
        "reset_seconds": quota.reset_seconds,
        "source": quota.source,
    })
}

fn advice_value(advice: &Advice) -> Value {
    json!({
        "same_key": advice.same_key,
        "new_key": advice.new_key,
        "wait_seconds": advice.wait.map(|wait| wait.as_secs_f64().ceil() as u64),
        "text": advice.text,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::{exchange, instant};
    use crate::domain::api_error::{ApiError, ErrorReport};
    use crate::domain::exchange::{Exchange, Facts, Outcome, Response};
    use crate::domain::field_path::{Part, Place};
    use crate::domain::header::Headers;
    use crate::domain::id::{ExchangeId, OperationId};
    use crate::domain::idempotency::{Advice, NewKey, SameKey};
    use crate::domain::redact::Fingerprint;
    use crate::domain::request::{KeyChoice, Method, SentRequest};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn sample(body: &[u8], outcome: Outcome) -> Exchange {
        Exchange {
            id: ExchangeId::known("abc"),
            operation: OperationId::known("op_1"),
            attempt: 1,
            send: 2,
            account: None,
            profile: "sandbox".into(),
            started_at: at("2026-01-02T03:04:05.678901Z"),
            request: SentRequest {
                method: Method::post(),
                base_url: "http://127.0.0.1:1".into(),
                target: "/v1/payments".into(),
                headers: Headers::from_iter([("content-type", "application/json")]),
                body: body.to_vec(),
                idempotency_key: Some("k".into()),
                key_choice: KeyChoice::Same,
                slots: Vec::new(),
            },
            outcome,
            quota: None,
            pinned: false,
            note: None,
            facts: Facts {
                origin: "o".into(),
                payload: Fingerprint([0; 32]),
                credential: None,
            },
        }
    }

    fn advice() -> Advice {
        Advice {
            same_key: Some(SameKey::RepeatsError),
            new_key: NewKey::AfterCorrection,
            wait: None,
            text: "t".into(),
        }
    }

    #[test]
    fn an_answer_has_every_member_of_the_contract() {
        let place = Place {
            part: Part::Body,
            pointer: Some("/amount".into()),
            found: Some(true),
            span: Some((1, 2)),
            field: None,
        };
        let error = ApiError {
            code: Some("c".into()),
            path: vec!["amount".into()],
            place,
            extra: vec![
                ("limit".into(), "[1]".into()),
                ("cut".into(), "{\"a\":".into()),
            ],
            ..ApiError::default()
        };
        let report = ErrorReport {
            code: Some("request_errors".into()),
            errors: vec![error],
            ..ErrorReport::default()
        };
        let response = Response {
            status: 422,
            body_complete: true,
            report: Some(report),
            ..Response::default()
        };
        let value = exchange(
            &sample(b"{}", Outcome::Response(Box::new(response))),
            &advice(),
        );
        assert_eq!(value["request"]["url"], "http://127.0.0.1:1/v1/payments");
        assert_eq!(value["request"]["key_choice"], "same");
        assert_eq!(value["outcome"]["class"], "4xx");
        assert_eq!(
            value["outcome"]["errors"],
            json!([{"code":"c","message":null,"path":["amount"],"in":"body","pointer":"/amount","found":true,
                "extra":{"limit":[1],"cut":"{\"a\":"}}])
        );
        assert_eq!(value["advice"]["same_key"], "repeats_error");
        assert_eq!(value["started_at"], "2026-01-02T03:04:05.678Z");
    }

    #[test]
    fn what_is_not_known_is_null() {
        let value = exchange(&sample(b"\xff", Outcome::InFlight), &advice());
        assert_eq!(value["outcome"]["kind"], "in_flight");
        for member in [
            "status",
            "class",
            "headers",
            "body_bytes",
            "replayed",
            "errors",
            "timing",
            "failure",
        ] {
            assert!(value["outcome"][member].is_null(), "{member}");
        }
        assert_eq!(
            (&value["request"]["body"], &value["request"]["body_base64"]),
            (&json!(null), &json!("/w=="))
        );
        assert_eq!(
            instant(at("2026-01-02T03:04:05Z")),
            "2026-01-02T03:04:05.000Z"
        );
    }
}
