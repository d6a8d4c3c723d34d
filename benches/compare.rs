//! Two bodies compared: 1 MiB of JSON against itself, against itself with 100 values changed, and with its list turned
//! round; and the same as text. It runs on a blocking task beside the screen, so it may take a moment and no more.

use std::fmt::Write;

use divan::{Bencher, black_box};
use jiff::Timestamp;
use reqscope::domain::compare::body::Body;
use reqscope::domain::compare::{Side, compare};
use reqscope::domain::exchange::{Exchange, Facts, Outcome};
use reqscope::domain::header::Headers;
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::redact::Fingerprint;
use reqscope::domain::request::{KeyChoice, Method, SentRequest};

fn main() {
    divan::main();
}

fn exchange() -> Exchange {
    Exchange {
        id: ExchangeId::known("0123456789abcdef"),
        operation: OperationId::known("op_7f2c"),
        attempt: 1,
        send: 1,
        account: None,
        profile: "sandbox".into(),
        started_at: Timestamp::UNIX_EPOCH,
        request: SentRequest {
            method: Method::post(),
            base_url: "http://127.0.0.1:1".into(),
            target: "/v1/payments".into(),
            headers: Headers::new(),
            body: Vec::new(),
            idempotency_key: None,
            key_choice: KeyChoice::None,
            slots: Vec::new(),
        },
        outcome: Outcome::InFlight,
        quota: None,
        pinned: false,
        note: None,
        facts: Facts {
            origin: "http://127.0.0.1:1".into(),
            payload: Fingerprint([1; 32]),
            credential: None,
        },
    }
}

/// A list of about 1 MiB in all; every `changed`th item is another one, with 0 none.
fn items(changed: usize) -> Vec<String> {
    let item = |at: usize| {
        let price = if changed > 0 && at % changed == 1 {
            at + 1
        } else {
            at
        };
        let mut item = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            item,
            "  {{\"name\": \"item number {at}\", \"price\": {price}, \"currency\": \"EUR\", \"tags\": [\"a\", \"b\", {at}]}}"
        );
        item
    };
    (0..11_000).map(item).collect()
}

fn document(items: &[String]) -> Vec<u8> {
    format!("{{\"data\": [\n{}\n]}}", items.join(",\n")).into_bytes()
}

fn run(bencher: Bencher<'_, '_>, left: Vec<u8>, right: Vec<u8>, differences: usize) {
    let exchange = exchange();
    let side = |body: &Vec<u8>| Side {
        exchange: &exchange,
        body: Body::whole(body.clone()),
    };
    let (left, right) = (side(&left), side(&right));
    let compared = compare(&left, &right, &|| true).expect("it is wanted");
    let found: usize = compared
        .sections
        .iter()
        .map(|section| section.differences(false))
        .sum();
    assert_eq!(found, differences);
    bencher.bench_local(|| compare(black_box(&left), black_box(&right), &|| true));
}

#[divan::bench]
fn json_with_itself(bencher: Bencher<'_, '_>) {
    let document = document(&items(0));
    run(bencher, document.clone(), document, 0);
}

#[divan::bench]
fn json_with_a_hundred_changes(bencher: Bencher<'_, '_>) {
    run(bencher, document(&items(0)), document(&items(110)), 100);
}

#[divan::bench]
fn json_turned_round(bencher: Bencher<'_, '_>) {
    let mut turned = items(0);
    turned.reverse();
    // One of them stays; all others moved.
    run(bencher, document(&items(0)), document(&turned), 10_999);
}

#[divan::bench]
fn text_with_a_hundred_changes(bencher: Bencher<'_, '_>) {
    let text = |changed: usize| items(changed).join("\n").into_bytes();
    run(bencher, text(0), text(110), 100);
}
