//! What is known of an exchange beside its headers and bodies, one fact a row.

use jiff::Timestamp;

use crate::domain::compare::row::{Row, Weight};
use crate::domain::exchange::{Exchange, Failure, Timing};
use crate::domain::request::{KeyChoice, SentRequest};
use crate::domain::slot::{Slot, is_same};

/// Who sent it, where to, as what.
pub fn exchange(left: &Exchange, right: &Exchange) -> Vec<Row> {
    use Weight::{Counts, Varies};
    let same_server = left.facts.origin == right.facts.origin;
    let (credential_left, credential_right) = credentials(left, right);
    let rows = [
        fact("exchange", Varies, left, right, |e| Some(e.id.to_string())),
        fact("sent at", Varies, left, right, |e| {
            Some(instant(e.started_at))
        }),
        fact("profile", Counts, left, right, |e| Some(e.profile.clone())),
        // The embedded sandbox is one server, with another port at each start.
        fact(
            "server",
            if same_server { Varies } else { Counts },
            left,
            right,
            |e| Some(e.request.base_url.clone()),
        ),
        fact("account", Counts, left, right, |e| e.account.clone()),
        Row::of("credential", credential_left, credential_right),
        fact("operation", Varies, left, right, |e| {
            Some(e.operation.to_string())
        }),
        fact("attempt", Varies, left, right, |e| {
            Some(e.attempt.to_string())
        }),
        fact("send", Varies, left, right, |e| Some(e.send.to_string())),
        fact(
            "idempotency key",
            key_weight(left, right),
            left,
            right,
            |e| e.request.idempotency_key.clone(),
        ),
        fact("key chosen", Varies, left, right, |e| {
            Some(choice(e.request.key_choice).to_owned())
        }),
    ];
    rows.into_iter()
        .flatten()
        .chain(secrets(&left.request, &right.request))
        .collect()
}

/// Secrets at one place that are not the same: the marks in their places are, and what they stand for is never told.
/// Another spelling of one value is another one here, as it is to an idempotency layer.
fn secrets(left: &SentRequest, right: &SentRequest) -> Vec<Row> {
    let (mut rows, mut taken) = (Vec::new(), Vec::new());
    for slot in &left.slots {
        let meets = |other: &&Slot| {
            is_same(&slot.place, &other.place)
                && !taken.iter().any(|one| std::ptr::eq(*one, *other))
        };
        let Some(other) = right.slots.iter().find(meets) else {
            continue;
        };
        taken.push(other);
        if let (Some(one), Some(another)) = (slot.mac, other.mac)
            && one != another
        {
            let name = format!("secret {}", slot.place);
            rows.extend(Row::of(name, Some("one"), Some("another")));
        }
    }
    rows
}

/// Another key is another attempt; a key and none are two kinds of request.
fn key_weight(left: &Exchange, right: &Exchange) -> Weight {
    let has = |exchange: &Exchange| exchange.request.idempotency_key.is_some();
    match has(left) == has(right) {
        true => Weight::Varies,
        false => Weight::Counts,
    }
}

/// A credential is never told; only whether it is the same.
fn credentials(left: &Exchange, right: &Exchange) -> (Option<&'static str>, Option<&'static str>) {
    match (&left.facts.credential, &right.facts.credential) {
        (None, None) => (None, None),
        (Some(_), None) => (Some("one"), None),
        (None, Some(_)) => (None, Some("one")),
        (Some(one), Some(other)) if one == other => (Some("the same"), Some("the same")),
        (Some(_), Some(_)) => (Some("one"), Some("another")),
    }
}

/// Method and path.
pub fn request_line(left: &Exchange, right: &Exchange) -> Vec<Row> {
    let rows = [
        fact("method", Weight::Counts, left, right, |e| {
            Some(e.request.method.to_string())
        }),
        fact("path", Weight::Counts, left, right, |e| {
            Some(parts(&e.request.target).0.to_owned())
        }),
    ];
    rows.into_iter().flatten().collect()
}

/// A target's path, and its query without the question mark.
pub fn parts(target: &str) -> (&str, &str) {
    let target = target.split('#').next().unwrap_or(target);
    target.split_once('?').unwrap_or((target, ""))
}

/// What came back, and how whole.
pub fn outcome(left: &Exchange, right: &Exchange) -> Vec<Row> {
    use Weight::{Counts, Varies};
    let yes = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
    let failure =
        |e: &Exchange, part: fn(&Failure) -> Option<String>| e.outcome.failure().and_then(part);
    let rows = [
        fact("kind", Counts, left, right, |e| {
            Some(e.outcome.kind().to_owned())
        }),
        fact("status", Counts, left, right, |e| {
            e.outcome.status().map(|status| status.to_string())
        }),
        fact("HTTP version", Varies, left, right, |e| {
            Some(e.outcome.response()?.version.clone())
        }),
        fact("server id", Varies, left, right, |e| {
            e.outcome.response()?.server_request_id.clone()
        }),
        fact("saved answer", Varies, left, right, |e| {
            yes(e.outcome.response()?.replayed)
        }),
        fact("body complete", Counts, left, right, |e| {
            yes(e.outcome.response()?.body_complete)
        }),
        fact("failure", Counts, left, right, |e| {
            failure(e, |f| Some(f.what.clone()))
        }),
        fact("cause", Varies, left, right, |e| {
            failure(e, |f| f.cause.clone())
        }),
    ];
    rows.into_iter().flatten().collect()
}

/// One phase of a send, in milliseconds.
type Phase = fn(Timing) -> Option<f64>;

/// How long it took and how large it was.
pub fn timing(left: &Exchange, right: &Exchange) -> Vec<Row> {
    let phases: [(&str, Phase); 5] = [
        ("name lookup", |t| t.dns_ms),
        ("connect", |t| t.connect_ms),
        ("TLS", |t| t.tls_ms),
        ("first byte", |t| t.first_byte_ms),
        ("total", |t| t.total_ms),
    ];
    let mut rows = Vec::new();
    for (name, phase) in phases {
        let (ours, theirs) = (phase(left.outcome.timing()), phase(right.outcome.timing()));
        let milliseconds = |ms: Option<f64>| ms.map(|ms| format!("{ms:.1} ms"));
        let note = ours
            .zip(theirs)
            .map(|(left, right)| format!("{:+.1} ms", right - left));
        rows.extend(measured(
            name,
            milliseconds(ours),
            milliseconds(theirs),
            note,
        ));
    }
    let size = |e: &Exchange| e.outcome.response().map(|r| (r.body_bytes, r.wire_bytes));
    let (ours, theirs) = (size(left), size(right));
    for (name, wire) in [("body", false), ("on the wire", true)] {
        let of = |size: Option<(u64, u64)>| size.map(|(body, sent)| if wire { sent } else { body });
        let (ours, theirs) = (of(ours), of(theirs));
        let bytes = |bytes: Option<u64>| bytes.map(|bytes| format!("{bytes} B"));
        let note = ours
            .zip(theirs)
            .map(|(left, right)| format!("{:+} B", i128::from(right) - i128::from(left)));
        rows.extend(measured(name, bytes(ours), bytes(theirs), note));
    }
    rows
}

fn measured(
    name: &str,
    left: Option<String>,
    right: Option<String>,
    note: Option<String>,
) -> Option<Row> {
    let row = Row::of(name, left.as_deref(), right.as_deref())?;
    let note = note.filter(|_| row.left != row.right);
    Some(Row {
        note,
        ..row.weighing(Weight::Measured)
    })
}

fn fact(
    name: &str,
    weight: Weight,
    left: &Exchange,
    right: &Exchange,
    of: impl Fn(&Exchange) -> Option<String>,
) -> Option<Row> {
    let row = Row::of(name, of(left).as_deref(), of(right).as_deref())?;
    Some(row.weighing(weight))
}

fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn choice(choice: KeyChoice) -> &'static str {
    match choice {
        KeyChoice::Fresh => "fresh",
        KeyChoice::Same => "same",
        KeyChoice::New => "new",
        KeyChoice::Given => "given",
        KeyChoice::None => "none",
    }
}
