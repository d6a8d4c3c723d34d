//! What a client's history holds of requests that were played, and what it asks of the verdict.

use jiff::{SignedDuration, Timestamp};
use reqscope::domain::exchange::{Class, Facts, Summary};
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::idempotency::{Advice, Candidate, Choice, advise, question};
use reqscope::domain::profile::Profile;
use reqscope::domain::redact::Fingerprint;
use reqscope::domain::request::{KeyChoice, Method};

use crate::server::{Flavour, Request, Seen, play};

/// The moment that is `seconds` after the beginning.
pub fn at(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).expect("a small number");
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// A profile with the defaults: retention 1 h, as the model has it.
pub fn profile() -> Profile {
    Profile::new("p")
}

fn facts(request: &Request) -> Facts {
    Facts {
        origin: format!("http://127.0.0.1:{}", request.origin + 1),
        payload: Fingerprint([request.payload; 32]),
        credential: Some(Fingerprint([0xc0 + request.credential; 32])),
    }
}

fn key_name(key: u8) -> String {
    format!("key-{key}")
}

fn account_name(account: u8) -> String {
    format!("acct_{account}")
}

/// A POST as the history has it while it is in flight; for tests to change.
pub fn exchange(number: usize, request: &Request) -> Summary {
    Summary {
        id: ExchangeId::known(format!("e{number}")),
        operation: OperationId::known("op_1"),
        attempt: 1,
        send: 1,
        account: Some(account_name(request.account)),
        profile: "p".into(),
        started_at: at(request.at),
        method: Method::post(),
        base_url: "http://127.0.0.1:1".into(),
        target: "/v1/payments".into(),
        idempotency_key: request.key.map(key_name),
        key_choice: KeyChoice::Given,
        facts: facts(request),
        class: Class::InFlight,
        status: None,
        server_id: None,
        replayed: false,
        codes: Vec::new(),
        paths: Vec::new(),
        error_count: None,
        objects: None,
        total_ms: None,
        body_bytes: 0,
        quota: None,
        pinned: false,
        note: None,
    }
}

/// The class of a status, as the API page groups them.
pub fn class(status: u16) -> Class {
    match status {
        429 => Class::RateLimited,
        100..200 => Class::Informational,
        200..300 => Class::Success,
        300..400 => Class::Redirect,
        400..500 => Class::ClientError,
        _ => Class::ServerError,
    }
}

/// Everything that was sent by `now`, as a client knows it then.
pub fn history(flavour: Flavour, requests: &[Request], now: u64) -> Vec<Summary> {
    let played = play(flavour, requests);
    let mut history: Vec<Summary> = Vec::new();
    for (number, (request, seen)) in requests.iter().zip(played.seen).enumerate() {
        if request.at > now {
            continue;
        }
        let mut exchange = exchange(number, request);
        (exchange.attempt, exchange.send) = numbers(&history, exchange.idempotency_key.as_deref());
        tell(&mut exchange, seen, request.at, now);
        history.push(exchange);
    }
    history
}

fn tell(exchange: &mut Summary, (seen, over): (Seen, u64), started: u64, now: u64) {
    if over > now {
        return;
    }
    exchange.total_ms = Some((over - started) as f64 * 1000.0);
    match seen {
        Seen::NotSent => exchange.class = Class::Failed,
        Seen::Nothing => exchange.class = Class::Indeterminate,
        Seen::Answer(answer) => {
            exchange.class = class(answer.status);
            exchange.status = Some(answer.status);
            exchange.replayed = answer.replayed;
            exchange.codes = answer.code.iter().map(|code| (*code).into()).collect();
        }
    }
}

/// Attempt and send by their definition: a key is an attempt, a send without a key is one of its own.
fn numbers(before: &[Summary], key: Option<&str>) -> (u32, u32) {
    let of_key: Vec<_> = before
        .iter()
        .filter(|e| key.is_some() && e.idempotency_key.as_deref() == key)
        .collect();
    let attempts = before.iter().map(|e| e.attempt).max().unwrap_or(0);
    match of_key.last() {
        Some(last) => (last.attempt, last.send + 1),
        None => (attempts + 1, 1),
    }
}

/// The verdict on sending `request` at its time, after `before`.
pub fn verdict(before: &[Summary], request: &Request) -> Advice {
    let (key, account) = (request.key.map(key_name), account_name(request.account));
    let facts = facts(request);
    let candidate = Candidate {
        method: &Method::post(),
        account: Some(&account),
        key: key.as_deref(),
        facts: &facts,
    };
    advise(
        &before.to_vec().into(),
        &candidate,
        &profile(),
        at(request.at),
    )
}

/// The choice that a send of `request` is, as the one gate tells it: a key is the same once it was in the history.
pub fn choice(before: &[Summary], request: &Request) -> Choice {
    let key = request.key.map(key_name);
    if key.is_some() && before.iter().any(|e| e.idempotency_key == key) {
        Choice::SameKey
    } else {
        Choice::NewKey
    }
}

/// Whether `request` would be asked about.
pub fn is_asked(before: &[Summary], request: &Request) -> bool {
    question(&verdict(before, request), choice(before, request)).is_some()
}

/// Whether sending `request` after `requests` makes the server act a second time.
pub fn acts_twice(flavour: Flavour, requests: &[Request], request: Request) -> bool {
    let without = play(flavour, requests).actions;
    let mut all = requests.to_vec();
    all.push(request);
    let with = play(flavour, &all).actions;
    with >= 2 && with > without
}
