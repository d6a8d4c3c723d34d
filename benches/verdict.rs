//! A verdict over operations of 1 to 1000 exchanges: it is judged inside a transaction, and at every drawn frame.
//!
//! `mixed` is what retries leave behind; `doubts` the worst case, where every send is in doubt under a key of its own
//! and nothing is settled; `settled` one key, asked after again and again until it was refused.
//!
//! `quota_read` and `quota_of_fields` are what every answer costs beside it: its header fields read as a quota, of 1 and of
//! 500 policies, told in the draft's two fields and in fields of their own.

use divan::{Bencher, black_box};
use jiff::{SignedDuration, Timestamp};
use reqscope::domain::exchange::{Class, Facts, Summary};
use reqscope::domain::header::Headers;
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::idempotency::{Candidate, advise};
use reqscope::domain::operation::Operation;
use reqscope::domain::profile::Profile;
use reqscope::domain::rate_limit::Quota;
use reqscope::domain::redact::Fingerprint;
use reqscope::domain::request::{KeyChoice, Method};

const SIZES: [usize; 4] = [1, 10, 100, 1000];

fn main() {
    divan::main();
}

fn exchange(number: usize, key: usize, status: Option<u16>) -> Summary {
    let class = match status {
        None => Class::Indeterminate,
        Some(429) => Class::RateLimited,
        Some(200..300) => Class::Success,
        Some(400..500) => Class::ClientError,
        Some(_) => Class::ServerError,
    };
    let second = i64::try_from(number).expect("a small number");
    Summary {
        id: ExchangeId::known(format!("{number:016}")),
        operation: OperationId::known("op_7f2c"),
        attempt: u32::try_from(key).expect("a small number") + 1,
        send: u32::try_from(number).expect("a small number") + 1,
        account: Some("acct_demo".into()),
        profile: "sandbox".into(),
        started_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second),
        method: Method::post(),
        base_url: "http://127.0.0.1:1".into(),
        target: "/v1/payments".into(),
        idempotency_key: Some(format!("9b1e04c7-0000-4000-8000-{key:012}")),
        key_choice: KeyChoice::Given,
        facts: Facts {
            origin: "http://127.0.0.1:1".into(),
            payload: Fingerprint([1; 32]),
            credential: Some(Fingerprint([2; 32])),
        },
        class,
        status,
        server_id: None,
        replayed: false,
        codes: Vec::new(),
        paths: Vec::new(),
        error_count: None,
        objects: None,
        total_ms: Some(3.4),
        body_bytes: 0,
        quota: None,
        pinned: false,
        note: None,
    }
}

fn judge(bencher: Bencher, operation: &[Summary]) {
    let profile = Profile::new("sandbox");
    let last = operation.last().expect("at least one exchange");
    let now = last.started_at + SignedDuration::from_secs(5);
    let whole = Operation::from(operation.to_vec());
    bencher.bench(|| advise(black_box(&whole), &Candidate::again(last), &profile, now));
}

#[divan::bench(args = SIZES)]
fn mixed(bencher: Bencher, size: usize) {
    let statuses = [Some(429), None, Some(503), Some(422), Some(429)];
    let of = |n| exchange(n, n / 5, statuses[n % statuses.len()]);
    judge(bencher, &(0..size).map(of).collect::<Vec<_>>());
}

#[divan::bench(args = SIZES)]
fn doubts(bencher: Bencher, size: usize) {
    let of = |n| exchange(n, n, None);
    judge(bencher, &(0..size).map(of).collect::<Vec<_>>());
}

#[divan::bench(args = SIZES)]
fn settled(bencher: Bencher, size: usize) {
    let of = |n| exchange(n, 0, if n + 1 == size { Some(422) } else { None });
    judge(bencher, &(0..size).map(of).collect::<Vec<_>>());
}

const POLICIES: [usize; 2] = [1, 500];

fn read(bencher: Bencher, fields: &[(String, String)]) {
    let fields = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut headers: Headers = fields.collect();
    headers.push("date", "Fri, 02 Jan 2026 03:04:05 GMT");
    let now = Timestamp::UNIX_EPOCH;
    bencher.bench(|| Quota::from_headers(black_box(&headers), now));
}

#[divan::bench(args = POLICIES)]
fn quota_read(bencher: Bencher, policies: usize) {
    let list = |of: fn(usize) -> String| (0..policies).map(of).collect::<Vec<_>>().join(", ");
    let fields = [
        (
            "RateLimit-Policy",
            list(|n| format!("\"p{n}\";q={};w=60", 1000 + n)),
        ),
        (
            "RateLimit",
            list(|n| format!("\"p{n}\";r={};t=30", 1000 - n)),
        ),
    ];
    read(
        bencher,
        &fields.map(|(name, value)| (name.to_owned(), value)),
    );
}

#[divan::bench(args = POLICIES)]
fn quota_of_fields(bencher: Bencher, policies: usize) {
    let fields = (0..policies).flat_map(|n| {
        let field = |part: &str, value: String| (format!("x-ratelimit-{part}-p{n}"), value);
        [
            field("limit", (1000 + n).to_string()),
            field("remaining", (1000 - n).to_string()),
            field("reset", "1767323105".to_owned()),
        ]
    });
    read(bencher, &fields.collect::<Vec<_>>());
}
