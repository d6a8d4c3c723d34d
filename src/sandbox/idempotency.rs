//! The idempotency layer, the third thing that is done: what was answered under this key before?
//!
//! ```text
//!                         ┌ no record ───────────────────────────────▶ Open: go on, then `save` the answer
//!   key + payload ──▶ claim ┼ record of another payload ─────────────────▶ 422 key_reused
//!                         ├ record of this payload, still running ───▶ 409 key_in_progress
//!                         └ record of this payload, answered ────────▶ the saved answer, Idempotent-Replayed: true
//! ```
//! The payload is method, target and body bytes, and no other header: so a fault header, the operation or the account
//! may differ between two sends. Only methods that may act (POST, PATCH, PUT, DELETE) pass here.
//!
//! "Running" is an interval of time, written down before the answer leaves: a request acts at once and then takes its
//! time to answer (`delay=MS`), so the end is known from the start. It needs no holder to release it, and a process
//! that dies meanwhile leaves a saved answer behind, not a key in progress for ever.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::sandbox::answer::{Answer, Content, Problem};

/// As Stripe has it: keys of up to 255 characters.
const LONGEST_KEY: usize = 255;
const KEY_FIELD: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What is remembered under a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    payload: String,
    /// Milliseconds since 1970: the request runs from here …
    from_ms: u64,
    /// … until here.
    until_ms: u64,
    /// `None` when a fault struck before acting: then the key is free once the request no longer runs.
    answer: Option<SavedAnswer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Record {
    /// A clock that was set back does not lengthen the run: before `from_ms` it counts as over.
    fn runs(&self, now: u64) -> bool {
        self.from_ms <= now && now < self.until_ms
    }
}

/// The digest of what must be the same for two sends to be one.
pub fn payload(method: &Method, target: &str, body: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [method.as_str().as_bytes(), target.as_bytes(), body] {
        // The length in front keeps the parts apart, whatever bytes they hold.
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    STANDARD_NO_PAD.encode(context.finish())
}

/// The key of a request that may act; `None` without one, and for methods that only read.
///
/// # Errors
/// A key that is empty, too long, given twice, or no visible ASCII.
pub fn key(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if !matches!(
        *method,
        Method::POST | Method::PATCH | Method::PUT | Method::DELETE
    ) {
        return Ok(None);
    }
    let wrong = |what: &str| {
        Err(Problem::whole(
            "idempotency_key_invalid",
            format!("the Idempotency-Key {what}"),
        ))
    };
    let mut fields = headers.get_all(KEY_FIELD).iter();
    let Some(field) = fields.next() else {
        return Ok(None);
    };
    if fields.next().is_some() {
        return wrong("was given more than once: send one");
    }
    let Some(key) = field.to_str().ok().and_then(unquoted) else {
        return wrong("is neither a bare token nor a quoted string of visible ASCII");
    };
    match key.len() {
        0 => wrong("is empty"),
        1..=LONGEST_KEY => Ok(Some(key)),
        _ => wrong("is longer than 255 characters"),
    }
}

/// The key of a bare (`8e03`) or quoted (`"8e03"`, a Structured-Field String, RFC 9651 3.3.3) spelling.
fn unquoted(field: &str) -> Option<String> {
    let field = field.trim();
    let Some(quoted) = field.strip_prefix('"') else {
        return (!field.contains('"')).then(|| field.to_owned());
    };
    let mut key = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => key.push(
                characters
                    .next()
                    .filter(|next| matches!(next, '"' | '\\'))?,
            ),
            other => key.push(other),
        }
    }
    characters.next().is_none().then_some(key)
}

/// What the layer says of a request.
pub enum Claim {
    /// Go on; what is answered is saved under the key, when there is one.
    Open(Open),
    /// This is the answer.
    Settled(Answer),
}

/// The right to save an answer under a key.
pub struct Open {
    key: Option<String>,
    payload: String,
}

/// Looks up `key` among what was answered before.
pub fn claim(
    records: &BTreeMap<String, Record>,
    key: Option<String>,
    payload: &str,
    now: u64,
) -> Claim {
    let record = key.as_ref().and_then(|key| records.get(key));
    match record {
        Some(record) if record.answer.is_some() || record.runs(now) => {
            Claim::Settled(settled(record, payload, now))
        }
        _ => Claim::Open(Open {
            key,
            payload: payload.to_owned(),
        }),
    }
}

fn settled(record: &Record, payload: &str, now: u64) -> Answer {
    if record.payload != payload {
        let message = "this key was used with another method, target or body: send a new key for a new request";
        return Answer::problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            Problem::whole("key_reused", message),
        );
    }
    match &record.answer {
        Some(saved) if !record.runs(now) => saved.replay(),
        _ => {
            let message =
                "the first request with this key is still in progress: send it again in a moment";
            Answer::problem(
                StatusCode::CONFLICT,
                Problem::whole("key_in_progress", message),
            )
        }
    }
}

impl Open {
    /// Saves `answer`, which the request takes from `from_ms` until `until_ms` to give.
    pub fn save(
        self,
        records: &mut BTreeMap<String, Record>,
        answer: &Answer,
        from_ms: u64,
        until_ms: u64,
    ) {
        self.record(records, SavedAnswer::of(answer), from_ms, until_ms);
    }

    /// Saves nothing, but says that the request runs for a while: a fault before acting that takes its time.
    pub fn hold(self, records: &mut BTreeMap<String, Record>, from_ms: u64, until_ms: u64) {
        if from_ms < until_ms {
            self.record(records, None, from_ms, until_ms);
        }
    }

    fn record(
        self,
        records: &mut BTreeMap<String, Record>,
        answer: Option<SavedAnswer>,
        from_ms: u64,
        until_ms: u64,
    ) {
        let Self { key, payload } = self;
        if let Some(key) = key {
            records.insert(
                key,
                Record {
                    payload,
                    from_ms,
                    until_ms,
                    answer,
                },
            );
        }
    }
}

impl SavedAnswer {
    /// `None` for content made while it is sent: that is only ever an answer to a GET, which has no key.
    fn of(answer: &Answer) -> Option<Self> {
        let Content::Whole(body) = &answer.content else {
            return None;
        };
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Some(Self {
            status: answer.status.as_u16(),
            headers: answer.headers.iter().filter_map(header).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        })
    }

    fn replay(&self) -> Answer {
        // Both conversions undo those of `of`; a state file edited by hand may break them, and then says less, not more.
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = self.headers.iter().filter_map(|(name, value)| {
            Some((
                HeaderName::try_from(name.as_str()).ok()?,
                HeaderValue::try_from(value.as_str()).ok()?,
            ))
        });
        let content = Content::Whole(Bytes::from(self.body.clone()));
        let answer = Answer {
            status,
            headers: headers.collect(),
            content,
        };
        answer.with(REPLAYED, HeaderValue::from_static("true"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::{HeaderMap, HeaderValue, Method, StatusCode};

    use super::{Claim, claim, key, payload};
    use crate::sandbox::answer::Answer;

    #[test]
    fn bare_and_quoted_keys_are_one_key() {
        let long = "k".repeat(255);
        let longer = "k".repeat(256);
        for (field, expected) in [
            ("8e03", Ok(Some("8e03"))),
            (r#""8e03""#, Ok(Some("8e03"))),
            (r#""a\"b\\c""#, Ok(Some(r#"a"b\c"#))),
            (long.as_str(), Ok(Some(long.as_str()))),
            (longer.as_str(), Err(())),
            ("", Err(())),
            (r#""""#, Err(())),
            (r#""open"#, Err(())),
            (r#""a"b"#, Err(())),
            (r#"a"b"#, Err(())),
            (r#""a\n""#, Err(())),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("idempotency-key", HeaderValue::from_str(field).unwrap());
            let read = key(&Method::POST, &headers).map_err(|_| ());
            assert_eq!(read, expected.map(|key| key.map(str::to_owned)), "{field}");
            assert_eq!(key(&Method::GET, &headers), Ok(None), "a GET needs no key");
        }
    }

    #[test]
    fn two_keys_are_refused() {
        let mut headers = HeaderMap::new();
        headers.append("idempotency-key", HeaderValue::from_static("a"));
        headers.append("idempotency-key", HeaderValue::from_static("a"));
        assert!(key(&Method::POST, &headers).is_err());
    }

    #[test]
    fn the_payload_is_method_target_and_body() {
        let first = payload(&Method::POST, "/v1/payments", b"{}");
        assert_eq!(first, payload(&Method::POST, "/v1/payments", b"{}"));
        for other in [
            payload(&Method::PUT, "/v1/payments", b"{}"),
            payload(&Method::POST, "/v1/payments?a", b"{}"),
            payload(&Method::POST, "/v1/payments", b"{} "),
            payload(&Method::POST, "/v1/payment", b"s{}"),
        ] {
            assert_ne!(first, other);
        }
    }

    /// The status that a second claim at `now` gets, `None` when it may go on.
    fn second(payload: &str, saved: bool, until: u64, now: u64) -> Option<u16> {
        let mut records = BTreeMap::new();
        let Claim::Open(open) = claim(&records, Some("k".to_owned()), "first", 1000) else {
            panic!("the key is new")
        };
        if saved {
            open.save(
                &mut records,
                &Answer::json(StatusCode::CREATED, &"made"),
                1000,
                until,
            );
        } else {
            open.hold(&mut records, 1000, until);
        }
        match claim(&records, Some("k".to_owned()), payload, now) {
            Claim::Open(_) => None,
            Claim::Settled(answer) => Some(answer.status.as_u16()),
        }
    }

    #[test]
    fn what_a_second_send_gets() {
        for (payload, saved, until, now, expected) in [
            ("first", true, 1000, 1000, Some(201)),
            ("other", true, 1000, 1000, Some(422)),
            ("first", true, 2000, 1500, Some(409)),
            ("other", true, 2000, 1500, Some(422)),
            ("first", true, 2000, 2000, Some(201)),
            ("first", true, 2000, 500, Some(201)), // the clock was set back
            ("first", false, 1000, 1000, None),
            ("first", false, 2000, 1500, Some(409)),
            ("first", false, 2000, 2000, None),
            ("other", false, 2000, 2000, None),
        ] {
            assert_eq!(
                second(payload, saved, until, now),
                expected,
                "{payload} {saved} {until} {now}"
            );
        }
    }
}
