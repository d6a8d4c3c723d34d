//! Drafts of a recorded request: each mark is filled from the hole at its place, or nothing is sent.

use jiff::Timestamp;

use super::Fill;
use crate::domain::compose::{Compose, RequestError};
use crate::domain::exchange::{Exchange, Facts, Outcome};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::kept::{Kept, Supplied};
use crate::domain::profile::Profile;
use crate::domain::redact::{Fingerprint, Fingerprinter, Secret, request};
use crate::domain::refill::RefillError;
use crate::domain::request::{KeyChoice, Method, Request};
use crate::domain::seal::{Sealer, Sealing};
use crate::domain::secret_field::{Pattern, SecretFields};
use crate::domain::vault::Vault;

const ORIGIN: &str = "http://127.0.0.1:1";
const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=b";

fn sealing() -> Sealing {
    Sealing {
        printer: Fingerprinter::new(&[1; 32]),
        sealer: Sealer::new(&[1; 32]),
        payload: Fingerprint([0; 32]),
        dice: [2; 32],
    }
}

fn composed(target: &str, kind: &str, cookie: &str, body: &str) -> Request {
    let mut request = Request::new(Method::post(), target);
    for (name, value) in [("Content-Type", kind), ("Cookie", cookie)] {
        if !value.is_empty() {
            request.headers.push(name, value);
        }
    }
    request.body = body.into();
    request
}

/// What was sent.
fn base(sent: &Request, sealing: &Sealing) -> Exchange {
    let compose = Compose {
        operation: "op_1",
        account: None,
        key: None,
        key_choice: KeyChoice::None,
        credential: None,
    };
    let prepared = compose
        .prepare(sent, &Profile::sandbox(ORIGIN))
        .expect("sendable");
    Exchange {
        id: ExchangeId::known("e"),
        operation: OperationId::known("op_1"),
        attempt: 1,
        send: 1,
        account: None,
        profile: "sandbox".into(),
        started_at: Timestamp::UNIX_EPOCH,
        request: request(&prepared, sealing).into_inner(),
        outcome: Outcome::InFlight,
        quota: None,
        pinned: false,
        note: None,
        facts: Facts {
            origin: ORIGIN.into(),
            payload: Fingerprint([0; 32]),
            credential: None,
        },
    }
}

/// Fills a draft of `base`.
fn fill(
    base: Option<&Exchange>,
    draft: &Request,
    supplied: &[(&str, &str)],
) -> Result<Request, RefillError> {
    fill_under(&Profile::sandbox(ORIGIN), base, draft, supplied)
}

fn fill_under(
    profile: &Profile,
    base: Option<&Exchange>,
    draft: &Request,
    supplied: &[(&str, &str)],
) -> Result<Request, RefillError> {
    let one = |(place, value): &(&str, &str)| Supplied {
        place: place.parse().expect(place),
        value: Secret::new(*value),
    };
    let supplied: Vec<Supplied> = supplied.iter().map(one).collect();
    let (sealing, vault) = (sealing(), Vault::default());
    let fill = Fill {
        profile,
        base,
        kept: Kept {
            printer: &sealing.printer,
            sealer: sealing.sealer.as_ref(),
            vault: &vault,
            supplied: &supplied,
        },
    };
    let mut filled = draft.clone();
    fill.fill(&mut filled).map(|()| filled)
}

fn body(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

/// Content type, what was sent, a draft of it, and what that sends.
#[rustfmt::skip]
const FILLED: &[(&str, &str, &str, &str)] = &[
    (
        "", r#"{"amount":5,"card":{"number":"\u003442","cvc":123}}"#,
        r#"{"amount":7,"x":1,"card":{"cvc":"[redacted]","number" : "[redacted]"}}"#,
        r#"{"amount":7,"x":1,"card":{"cvc":123,"number" : "\u003442"}}"#,
    ),
    ("", r#"{"pin":"1","pin":"2"}"#, r#"{"pin":"[redacted]","pin":"[redacted]"}"#, r#"{"pin":"1","pin":"2"}"#),
    ("", r#"[{"pin":"1"},{"pin":"2"}]"#, r#"[{"pin":"9"},{"pin":"[redacted]"}]"#, r#"[{"pin":"9"},{"pin":"2"}]"#),
    ("", r#"{"note":"[redacted]","pin":"1"}"#, r#"{"note":"[redacted]","pin":"[redacted]"}"#, r#"{"note":"[redacted]","pin":"1"}"#),
    ("", r#"{"pin":"1"}"#, r#"{"a":"was [redacted]"}"#, r#"{"a":"was [redacted]"}"#),
    (FORM, "a=1&pin=%31+x&pin=2", "a=3&pin=[redacted]&pin=%5Bredacted%5D", "a=3&pin=%31+x&pin=2"),
    (
        PARTS, "--b\r\nContent-Disposition: form-data; name=\"d\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1,\"pin\":\"12\"}\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"d\"\r\nContent-Type: application/json\r\n\r\n{\"a\":2,\"pin\":\"[redacted]\"}\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"d\"\r\nContent-Type: application/json\r\n\r\n{\"a\":2,\"pin\":\"12\"}\r\n--b--",
    ),
    (
        PARTS, "--b\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n12\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n[redacted]\r\n\
         --b\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n[redacted]\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n[redacted]\r\n\
         --b\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n12\r\n--b--",
    ),
];

#[test]
fn each_mark_is_filled_from_the_hole_at_its_place() {
    for (kind, sent, draft, expected) in FILLED {
        let base = base(&composed("/v1/x", kind, "", sent), &sealing());
        let filled = fill(Some(&base), &composed("/v1/x", kind, "", draft), &[]).expect(draft);
        assert_eq!(body(&filled), *expected, "{draft}");
    }
}

#[test]
fn headers_and_query_are_filled_too() {
    let base = base(
        &composed("/v1/x?token=a%20b&a=1", "", "session=abc", "{}"),
        &sealing(),
    );
    let draft = composed("/v1/y?a=2&token=%5Bredacted%5D", "", "[redacted]", "{}");
    let filled = fill(Some(&base), &draft, &[]).expect("both are kept");
    assert_eq!(filled.target, "/v1/y?a=2&token=a%20b");
    assert_eq!(filled.headers.get("cookie"), Some("session=abc"));
}

#[test]
fn what_has_no_hole_is_refused_by_its_place() {
    let sent = composed(
        "/v1/x",
        "",
        "session=abc",
        r#"{"card":{"number":"4242"},"a":1}"#,
    );
    let base = base(&sent, &sealing());
    for (target, cookie, text, place) in [
        ("/v1/x", "", r#"{"card":{"cvc":"[redacted]"}}"#, "/card/cvc"),
        (
            "/v1/x",
            "",
            r#"{"cards":[{"number":"[redacted]"}]}"#,
            "/cards/0/number",
        ),
        ("/v1/x", "", r#"{"a":"[redacted]"}"#, "/a"),
        ("/v1/x?token=[redacted]", "", "{}", "query:token"),
    ] {
        let draft = composed(target, "", cookie, text);
        let error = fill(Some(&base), &draft, &[]).expect_err(text);
        assert!(matches!(error, RefillError::NotKept(_)), "{error:?}");
        assert!(error.to_string().contains(place), "{place}: {error}");
    }
    // Whoever wrote it themselves is told what is wrong with what they wrote; elsewhere it is a text.
    for (draft, place) in [
        (
            composed("/v1/x", "", "", r#"{"pin":"[redacted]"}"#),
            Some("/pin"),
        ),
        (
            composed("/v1/x", "", "", r#"{"pin":[redacted]}"#),
            Some("/pin"),
        ),
        (
            composed("/v1/x", "", "", r#"{"secret":{"a":"[redacted]"}}"#),
            Some("/secret/a"),
        ),
        (
            composed("/v1/x", FORM, "", "pin=[redacted]"),
            Some("form:pin"),
        ),
        (
            composed("/v1/x", "", "[redacted]", ""),
            Some("header:Cookie"),
        ),
        (composed("/v1/x", "", "", r#"{"a":"[redacted]"}"#), None),
        (
            composed("/v1/x?a=[redacted]", FORM, "", "a=[redacted]"),
            None,
        ),
    ] {
        let filled = fill(None, &draft, &[]);
        match place {
            None => assert_eq!(filled.as_ref(), Ok(&draft)),
            Some(place) => {
                let error = filled.expect_err(place);
                let mine = matches!(error, RefillError::Request(RequestError::NotKept(_)));
                assert!(
                    mine && error.to_string().contains(place),
                    "{place}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_value_that_is_supplied_is_written_or_checked() {
    let draft = composed("/v1/x", "", "[redacted]", r#"{"pin":"[redacted]"}"#);
    let both = [("/pin", "1\"2"), ("header:cookie", "a=b")];
    let filled = fill(None, &draft, &both).expect("both are new");
    assert_eq!(body(&filled), r#"{"pin":"1\"2"}"#);
    assert_eq!(filled.headers.get("cookie"), Some("a=b"));

    // Of a session nothing rests: what is supplied has to be what was sent.
    let session = Sealing::none(sealing().printer);
    let base = base(
        &composed("/v1/x", "", "a=b", r#"{"pin":"\u0031"}"#),
        &session,
    );
    let error = fill(Some(&base), &draft, &[])
        .expect_err("nothing was kept")
        .to_string();
    assert!(
        error.contains("/pin") && error.contains("header:cookie"),
        "{error}"
    );
    let right = [("/pin", r"\u0031"), ("header:cookie", "a=b")];
    let filled = fill(Some(&base), &draft, &right).expect("as it was");
    assert_eq!(body(&filled), r#"{"pin":"\u0031"}"#);
    let wrong = fill(Some(&base), &draft, &[("/pin", "1"), right[1]]);
    assert!(matches!(wrong, Err(RefillError::Differs(_))), "{wrong:?}");
    let beside = fill(
        Some(&base),
        &draft,
        &[right[0], right[1], ("/card/number", "1")],
    );
    assert!(
        beside
            .expect_err("no such mark")
            .to_string()
            .contains("/card/number")
    );
}

#[test]
fn what_was_kept_goes_nowhere_else() {
    let base = base(&composed("/v1/x", "", "", r#"{"pin":"1"}"#), &sealing());
    let elsewhere = "http://127.0.0.1:2/v1/x";
    let draft = composed(elsewhere, "", "", r#"{"pin":"[redacted]"}"#);
    let error = fill(Some(&base), &draft, &[])
        .expect_err("another origin")
        .to_string();
    assert!(error.contains("/pin") && error.contains(ORIGIN), "{error}");
    let written = composed(elsewhere, "", "", r#"{"pin":"2"}"#);
    assert_eq!(fill(Some(&base), &written, &[]), Ok(written));
}

#[test]
fn nothing_is_put_where_it_would_rest_in_the_clear() {
    let base = base(
        &composed("/v1/x?token=t", "", "", r#"{"pin":"1"}"#),
        &sealing(),
    );
    let visible = ["pin", "token"].map(|name| Pattern::parse(name).expect(name));
    let profile = Profile {
        secret_fields: SecretFields::new(&[], &visible).into(),
        ..Profile::sandbox(ORIGIN)
    };
    for draft in [
        composed("/v1/x", "", "", r#"{"pin":"[redacted]"}"#),
        composed("/v1/x?token=[redacted]", "", "", "{}"),
    ] {
        let error = fill_under(&profile, Some(&base), &draft, &[]).expect_err("in the clear");
        assert!(matches!(error, RefillError::NoSecret(..)), "{error:?}");
        for part in ["'sandbox'", "secret_fields", "rest in the clear"] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }
    let draft = composed("/v1/x", "", "", r#"{"note":"[redacted]"}"#);
    let error = fill(None, &draft, &[("/note", "1")]).expect_err("in the clear");
    assert!(matches!(error, RefillError::NoSecret(..)), "{error:?}");
}

/// Sent, and a draft of it whose mark may be another's by now.
#[rustfmt::skip]
const SHIFTED: &[(&str, &str, &str)] = &[
    ("", r#"{"items":[{"price":1,"pin":"1"},{"price":2,"pin":"2"}]}"#, r#"{"items":[{"price":2,"pin":"[redacted]"}]}"#),
    ("", r#"{"items":[{"price":1,"pin":"1"},{"price":1,"pin":"2"}]}"#, r#"{"items":[{"price":1,"pin":"[redacted]"}]}"#),
    ("", r#"[{"price":1,"pin":"1"},{"price":2,"pin":"2"}]"#, r#"[{"price":2,"pin":"[redacted]"},{"price":1,"pin":"[redacted]"}]"#),
    ("", r#"[{"pin":"1"},{"pin":"2"}]"#, r#"[{"pin":"[redacted]"},{"pin":"[redacted]"},{"pin":"[redacted]"}]"#),
    ("", "{\"a\":1,\"pin\":\"1\"}\n{\"a\":2,\"pin\":\"2\"}", r#"{"a":2,"pin":"[redacted]"}"#),
    ("", r#"{"pin":"1"}"#, r#"{"pin":"[redacted]","pin":"[redacted]"}"#),
    (FORM, "pin=1&pin=2", "pin=[redacted]"),
];

#[test]
fn of_several_alike_none_is_taken_for_another() {
    for (kind, sent, draft) in SHIFTED {
        let base = base(&composed("/v1/x", kind, "", sent), &sealing());
        let filled = fill(Some(&base), &composed("/v1/x", kind, "", draft), &[]);
        assert!(
            matches!(filled, Err(RefillError::NotKept(_))),
            "{draft}: {filled:?}"
        );
    }
    // What was not touched is filled beside what was.
    let sent = r#"{"n":1,"items":[{"price":1,"pin":"1"},{"price":2,"pin":"2"}]}"#;
    let base = base(&composed("/v1/x", "", "", sent), &sealing());
    let draft =
        r#"{"n":7,"items":[{"price":1,"pin":"[redacted]"},{"price":2,"pin":"[redacted]"}]}"#;
    let filled = fill(Some(&base), &composed("/v1/x", "", "", draft), &[]).expect("the same");
    assert_eq!(body(&filled), sent.replace("\"n\":1", "\"n\":7"));
}
