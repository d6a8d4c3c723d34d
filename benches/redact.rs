//! An answer's body on its way to the disk: 10 MiB of JSON through the whole cutter, in pieces as the network brings them,
//! for a request with six secrets. It runs between two reads from the network, so it must not be what a download waits for.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use reqscope::domain::compose::{Compose, Prepared};
use reqscope::domain::profile::Profile;
use reqscope::domain::redact::Secret;
use reqscope::domain::redact_stream::BodyCut;
use reqscope::domain::request::{KeyChoice, Method, Request};

const SIZE: usize = 10 << 20;

fn main() {
    divan::main();
}

fn profile() -> Profile {
    Profile::sandbox("http://127.0.0.1:1")
}

/// A request with a credential, a cookie, a header, a query parameter and two fields that are secrets.
fn prepared(secrets: bool) -> Prepared {
    let target = if secrets {
        "/v1/payments?api_key=query-key-0123"
    } else {
        "/v1/payments"
    };
    let mut request = Request::new(Method::post(), target);
    if secrets {
        request
            .headers
            .push("Cookie", "session=0123456789abcdef0123456789abcdef");
        request.headers.push("X-Api-Key", "ak_0123456789");
        request.body =
            br#"{"password":"correct horse battery","card":{"number":"4242424242424242"}}"#
                .to_vec();
    }
    let credential = Secret::new("sk_live_0123456789abcdefghij");
    let compose = Compose {
        operation: "op_1",
        account: None,
        key: None,
        key_choice: KeyChoice::None,
        credential: secrets.then_some(&credential),
    };
    compose.prepare(&request, &profile()).expect("a request")
}

/// A list of payments; every `every`th has a secret field, with 0 none.
fn body(every: usize) -> Vec<u8> {
    let mut body = String::from("{\"data\":[");
    let mut at = 0;
    while body.len() < SIZE {
        let secret = if every > 0 && at % every == 1 {
            ",\"client_secret\":\"pi_secret_1\""
        } else {
            ""
        };
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "{{\"id\":\"pay_{at:012}\",\"amount\":{},\"currency\":\"EUR\",\"description\":\"A line of text, such as \
             people \\\"write\\\" it, {at}\",\"createdAt\":\"2026-01-02T03:04:05Z\",\"items\":[{{\"price\":{at}}}]{secret}}},",
            at * 7 % 100_000
        );
        at += 1;
    }
    body.push_str("null]}");
    body.into_bytes()
}

/// The whole cutter over a body, as pieces of 16 KiB.
fn cut(bencher: Bencher<'_, '_>, prepared: &Prepared, content_type: &str, body: &[u8]) {
    let profile = profile();
    bencher
        .counter(BytesCount::new(body.len()))
        .bench_local(|| {
            let mut cut = BodyCut::new(prepared, &profile);
            cut.content_type(content_type);
            let mut out = Vec::with_capacity(32 << 10);
            for piece in body.chunks(16 << 10) {
                out.clear();
                cut.push(black_box(piece), &mut out);
                black_box(&out);
            }
            cut.finish(&mut out);
            black_box(cut.count())
        });
}

#[divan::bench]
fn json_without_a_hit(bencher: Bencher<'_, '_>) {
    cut(bencher, &prepared(true), "application/json", &body(0));
}

#[divan::bench]
fn json_of_a_request_without_secrets(bencher: Bencher<'_, '_>) {
    cut(bencher, &prepared(false), "application/json", &body(0));
}

#[divan::bench]
fn json_with_a_secret_field_in_each_tenth_object(bencher: Bencher<'_, '_>) {
    cut(bencher, &prepared(true), "application/json", &body(10));
}

#[divan::bench]
fn text_without_a_hit(bencher: Bencher<'_, '_>) {
    let text = "Lines of plain text, as a log or a page has them: nothing in it is a secret.\n";
    cut(
        bencher,
        &prepared(true),
        "text/plain",
        text.repeat(SIZE / text.len()).as_bytes(),
    );
}

#[divan::bench]
fn setting_up(bencher: Bencher<'_, '_>) {
    let (prepared, profile) = (prepared(true), profile());
    bencher.bench_local(|| BodyCut::new(black_box(&prepared), &profile).count());
}
