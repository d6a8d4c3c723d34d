//! Answers compared: counts, what moved in arrays, and which exchange is compared with.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};

use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::correction::Correction;
use crate::domain::exchange::{Exchange, Facts, Outcome, Response, Summary};
use crate::domain::field_path::{Part, Place};
use crate::domain::header::Headers;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::Operation;
use crate::domain::profile::Profile;
use crate::domain::redact::Fingerprint;
use crate::domain::request::{KeyChoice, Method, SentRequest};

/// `code/step/step`, in the body when there is a step.
fn error(text: &str) -> ApiError {
    let mut steps = text.split('/').map(str::to_owned);
    let code = steps.next().filter(|code| !code.is_empty());
    let path: Vec<String> = steps.collect();
    let part = if path.is_empty() {
        Part::Unknown
    } else {
        Part::Body
    };
    ApiError {
        code,
        place: Place::outside(part),
        path,
        ..ApiError::default()
    }
}

fn exchange(attempt: u32, status: u16, body: &str, errors: &[&str]) -> Exchange {
    let errors: Vec<_> = errors.iter().map(|text| error(text)).collect();
    let report = ErrorReport {
        errors,
        ..ErrorReport::default()
    };
    let response = Response {
        status,
        report: (status >= 400).then_some(report),
        ..Response::default()
    };
    let payload = body.bytes().fold([0; 32], |mut sum: [u8; 32], byte| {
        sum.rotate_left(1);
        sum[0] = sum[0].wrapping_mul(31).wrapping_add(byte);
        sum
    });
    Exchange {
        id: ExchangeId::known(format!("e{attempt}")),
        operation: OperationId::known("op"),
        attempt,
        send: 1,
        account: None,
        profile: "sandbox".into(),
        started_at: Timestamp::UNIX_EPOCH,
        request: SentRequest {
            method: Method::post(),
            base_url: "http://127.0.0.1:1".into(),
            target: "/v1/payments".into(),
            headers: Headers::new(),
            body: body.as_bytes().to_vec(),
            idempotency_key: None,
            key_choice: KeyChoice::None,
            slots: Vec::new(),
        },
        outcome: Outcome::Response(Box::new(response)),
        quota: None,
        pinned: false,
        note: None,
        facts: Facts {
            origin: "o".into(),
            payload: Fingerprint(payload),
            credential: None,
        },
    }
}

type Errors = &'static [&'static str];

/// A name; a body with its errors, and the one that it was edited into; what is gone, and what of now remains.
type Case = (
    &'static str,
    &'static str,
    Errors,
    &'static str,
    Errors,
    Errors,
    &'static [bool],
);

#[test]
fn errors_are_gone_remain_or_are_new() {
    let ab = r#"{"items":[{"n":"a","price":0},{"n":"b","price":0}]}"#;
    #[rustfmt::skip]
    let cases: &[Case] = &[
        ("one corrected", "{}", &["bad/amount", "bad/items/1/price", "missing/currency"],
            "{ }", &["bad/items/1/price", "missing/currency"], &["bad/amount"], &[true, true]),
        ("another code at the same field", "{}", &["missing/currency"], "{ }", &["unknown/currency"], &[], &[true]),
        ("path and code go before the path alone", "{}", &["a/x", "b/x"], "{ }", &["b/x"], &["a/x"], &[true]),
        ("duplicates are counted", "{}", &["a/x", "a/x", "a/x"], "{ }", &["a/x", "a/x"], &["a/x"], &[true, true]),
        ("more of them than before", "{}", &["a/x"], "{ }", &["a/x", "a/x"], &[], &[true, false]),
        ("without a field only the code tells", "{}", &["a", "b"], "{ }", &["b", "c", "d/x"], &["a"], &[true, false, false]),
        ("an item before it was removed", ab, &["a/items/0/price", "b/items/1/price"],
            r#"{"items":[{"n":"b","price":0}]}"#, &["b/items/0/price"], &["a/items/0/price"], &[true]),
        ("removed, and the one behind it corrected and still wrong", ab, &["a/items/0/price", "b/items/1/price"],
            r#"{"items":[{"n":"b","price":-1}]}"#, &["b/items/0/price"], &["a/items/0/price"], &[true]),
        ("one was put before it", ab, &["a/items/0/price"],
            r#"{"items":[{"n":"new"},{"n":"a","price":0},{"n":"b","price":0}]}"#,
            &["c/items/0/price", "a/items/1/price"], &[], &[false, true]),
        ("they changed places", ab, &["a/items/0/price"],
            r#"{"items":[{"n":"b","price":0},{"n":"a","price":0}]}"#, &["a/items/1/price"], &[], &[true]),
        ("edited in place", ab, &["a/items/1/price"],
            r#"{"items":[{"n":"a","price":0},{"n":"c","price":1}]}"#, &["a/items/1/price"], &[], &[true]),
        ("a number that is a name", r#"{"0":{"x":1}}"#, &["a/0/x"], r#"{"0":{"x":2}}"#, &["a/0/x"], &[], &[true]),
        ("an array that is none any more", r#"{"a":[1]}"#, &["a/a/0"], r#"{"a":1}"#, &["a/a/0"], &[], &[true]),
        ("behind the end of the array", r#"{"a":[1]}"#, &["a/a/7"], r#"{"a":[2]}"#, &["a/a/7"], &[], &[true]),
        ("within what moved", r#"[[{"x":0}],[{"x":1},{"x":2}]]"#, &["a/1/1/x"],
            r#"[[{"x":1},{"x":2}]]"#, &["a/0/1/x"], &[], &[true]),
        ("no JSON", "a[0]=1", &["a/a/0"], "a[0]=2", &["a/a/0"], &[], &[true]),
    ];
    for (name, before, listed, now, lists, gone, remains) in cases {
        let correction = Correction::of(
            &exchange(1, 422, before, listed),
            &exchange(2, 422, now, lists),
        );
        let correction = correction.expect(name);
        let expected: Vec<_> = gone.iter().map(|text| error(text)).collect();
        assert_eq!(correction.gone, expected, "{name}");
        assert_eq!(correction.remains, *remains, "{name}");
    }
}

#[test]
fn it_is_said_in_one_line() {
    #[rustfmt::skip]
    let cases: &[(&[&str], u16, &[&str], &str)] = &[
        (&["a/x", "a/y", "a/z"], 422, &["a/x", "a/y"], "since attempt 1: 1 gone, 2 remain, 0 new"),
        (&["a/x", "a/y"], 422, &["a/x", "b/z"], "since attempt 1: 1 gone, 1 remains, 1 new"),
        (&["a/x", "a/y", "a/z"], 201, &[], "all 3 errors of attempt 1 are gone"),
        (&["a/x", "a/y"], 201, &[], "both errors of attempt 1 are gone"),
        (&["a/x"], 201, &[], "the error of attempt 1 is gone"),
        (&["a/x"], 402, &["balance"], "since attempt 1: 1 gone, 0 remain, 1 new"),
    ];
    for (listed, status, lists, expected) in cases {
        let (before, now) = (
            exchange(1, 422, "1", listed),
            exchange(2, *status, "2", lists),
        );
        let mut correction = Correction::of(&before, &now).expect(expected);
        assert_eq!(correction.sentence(), *expected);
        correction.certain = false;
        assert!(correction.sentence().ends_with("were understood"));
    }
}

#[test]
fn what_did_not_look_at_the_fields_says_nothing_of_them() {
    let before = exchange(1, 422, "1", &["a/x"]);
    assert_eq!(
        Correction::of(&before, &exchange(2, 400, "2", &["not_json"])),
        None
    );
    assert_eq!(Correction::of(&before, &exchange(2, 422, "2", &[])), None);
    assert_eq!(Correction::of(&exchange(1, 201, "1", &[]), &before), None);
}

#[test]
fn it_is_compared_with_the_last_answer_that_judged_another_payload() {
    let first = exchange(1, 422, "a", &["a/x"]);
    let limited = exchange(2, 429, "b", &["rate_limited"]);
    let look = Exchange {
        request: SentRequest {
            method: Method::get(),
            ..first.request.clone()
        },
        ..exchange(3, 200, "", &[])
    };
    let second = exchange(4, 422, "b", &["a/x"]);
    let again = exchange(5, 422, "b", &["a/x"]);
    let reused = exchange(6, 422, "c", &["key_reused"]);
    let done = exchange(7, 201, "d", &[]);
    let all = [first, limited, look, second, again, reused, done];
    let operation = Operation::from(all.iter().map(Exchange::summary).collect::<Vec<_>>());
    let profile = Profile::new("sandbox");
    let bases: Vec<_> = all
        .iter()
        .map(|exchange| Correction::base(&operation, exchange, &profile))
        .map(|base| base.map(|base: &Summary| base.attempt))
        .collect();
    // A 429 and a rejected key say nothing of the fields; a look-up is no attempt; the same payload is no edit.
    assert_eq!(bases, [None, None, None, Some(1), Some(1), None, Some(5)]);
    let other = Exchange {
        request: SentRequest {
            target: "/v1/boxes".into(),
            ..all[6].request.clone()
        },
        ..all[6].clone()
    };
    assert_eq!(Correction::base(&operation, &other, &profile), None);
}

proptest! {
    /// Whatever is edited, every error is counted once.
    #[test]
    fn every_error_is_counted_once(
        old in vec("[ab](/[xy01]){0,3}", 1..12),
        new in vec("[ab](/[xy01]){1,3}", 1..12),
        bodies in vec(r#"\{"x":\[(\{"y":[01]\},){0,4}1\],"y":[0-9]\}"#, 2),
        same in any::<bool>(),
    ) {
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let now = if same { &bodies[0] } else { &bodies[1] };
        let (before, after) = (exchange(1, 422, &bodies[0], &old), exchange(2, 422, now, &new));
        let correction = Correction::of(&before, &after).expect("both list errors");
        prop_assert_eq!(correction.remains.len(), new.len());
        prop_assert_eq!(correction.gone.len() + correction.remaining(), old.len());
    }
}
