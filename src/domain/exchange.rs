//! One send of an attempt and what came back.
//!
//! ```text
//!   (Held) ──▶ InFlight ──┬──▶ Failed         proof that no byte left
//!                         ├──▶ Indeterminate  every doubt: it may have acted
//!                         └──▶ Response       a status line arrived, whatever became of the rest
//! ```
//!
//! An exchange is never overwritten: a replay is another exchange. Its body lies beside it, not in it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::api_error::ErrorReport;
use crate::domain::field_path::notation::pointer;
use crate::domain::header::Headers;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::object::Named;
use crate::domain::rate_limit::Quota;
use crate::domain::redact::{Fingerprint, Redacted};
use crate::domain::request::{KeyChoice, Method, SentRequest, url};

/// One send of an attempt, and its outcome so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its name in the history.
    pub id: ExchangeId,
    /// The operation (the API page's requestId) it belongs to.
    pub operation: OperationId,
    /// Which idempotency key of the operation this is, from 1.
    pub attempt: u32,
    /// Which send of that attempt this is, from 1.
    pub send: u32,
    /// The account the operation is about, when one was named.
    pub account: Option<String>,
    /// The profile it was sent under.
    pub profile: String,
    /// When the intent to send was written, before the first byte.
    pub started_at: Timestamp,
    /// The request as sent, secrets cut out.
    pub request: SentRequest,
    /// What is known of the answer.
    pub outcome: Outcome,
    /// The quota that the answer spoke of.
    pub quota: Option<Quota>,
    /// What a later verdict compares.
    pub facts: Facts,
    /// Whether somebody pinned it: then it is kept.
    #[serde(default)]
    pub pinned: bool,
    /// What somebody noted of it.
    #[serde(default)]
    pub note: Option<String>,
}

/// What is written before the first byte leaves: an exchange without an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// As in [`Exchange`].
    pub id: ExchangeId,
    /// As in [`Exchange`].
    pub operation: OperationId,
    /// As in [`Exchange`].
    pub attempt: u32,
    /// As in [`Exchange`].
    pub send: u32,
    /// As in [`Exchange`].
    pub account: Option<String>,
    /// As in [`Exchange`].
    pub profile: String,
    /// As in [`Exchange`].
    pub started_at: Timestamp,
    /// As in [`Exchange`], its secrets cut out.
    pub request: Redacted<SentRequest>,
    /// As in [`Exchange`].
    pub facts: Facts,
}

/// What is written when the answer is known, or known to be lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// The outcome, its secrets cut out.
    pub outcome: Redacted<Outcome>,
    /// The quota the answer spoke of.
    pub quota: Option<Quota>,
}

/// What a verdict compares of two requests. Fingerprints are keyed: they say "same" or "other", and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Scheme, host and port it went to.
    pub origin: String,
    /// Method, target and body bytes together: what the server's idempotency layer compares.
    pub payload: Fingerprint,
    /// The credential it went with; `None` when it had none.
    pub credential: Option<Fingerprint>,
}

/// An exchange without its headers and bodies: what a list shows and what a verdict weighs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// As in [`Exchange`].
    pub id: ExchangeId,
    /// As in [`Exchange`].
    pub operation: OperationId,
    /// As in [`Exchange`].
    pub attempt: u32,
    /// As in [`Exchange`].
    pub send: u32,
    /// As in [`Exchange`].
    pub account: Option<String>,
    /// As in [`Exchange`].
    pub profile: String,
    /// As in [`Exchange`].
    pub started_at: Timestamp,
    /// The method.
    pub method: Method,
    /// As in [`SentRequest`].
    pub base_url: String,
    /// As in [`SentRequest`].
    pub target: String,
    /// As in [`SentRequest`].
    pub idempotency_key: Option<String>,
    /// As in [`SentRequest`].
    pub key_choice: KeyChoice,
    /// As in [`Exchange`].
    pub facts: Facts,
    /// The class of the outcome.
    pub class: Class,
    /// The status code, when a status line arrived.
    pub status: Option<u16>,
    /// The server's own id for it, as in [`Response`].
    pub server_id: Option<String>,
    /// Whether the server said that this is a saved answer.
    pub replayed: bool,
    /// The codes of the errors listed, at most sixteen; the envelope's own code is not among them.
    pub codes: Vec<String>,
    /// Where the listed errors point to, as JSON Pointers (RFC 6901), at most sixteen and each cut after 200 characters;
    /// an error without a path has none.
    pub paths: Vec<String>,
    /// How many errors were listed; `None` when no list was read.
    pub error_count: Option<u32>,
    /// The objects that the answer names, as in [`Response`].
    pub objects: Option<Named>,
    /// The whole time in milliseconds.
    pub total_ms: Option<f64>,
    /// Decoded body bytes that were kept.
    pub body_bytes: u64,
    /// As in [`Exchange`].
    pub quota: Option<Quota>,
    /// As in [`Exchange`].
    #[serde(default)]
    pub pinned: bool,
    /// As in [`Exchange`].
    #[serde(default)]
    pub note: Option<String>,
}

/// How many of an answer's errors a list and a filter know.
const LISTED: usize = 16;

/// How many characters of a message or a pointer they know.
const SHOWN: usize = 200;

fn cut(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

impl Exchange {
    /// What the listed errors say, cut as in [`Summary::paths`]: what a search looks through.
    pub fn messages(&self) -> Vec<String> {
        let report = self.outcome.response().and_then(|r| r.report.as_ref());
        let errors = report.iter().flat_map(|report| &report.errors);
        let messages = errors.filter_map(|e| e.message.as_deref());
        messages.take(LISTED).map(cut).collect()
    }

    /// When the answer's head arrived: the moment from which a quota's seconds count.
    pub fn head_at(&self) -> Timestamp {
        let timing = self.outcome.timing();
        let ms = timing.first_byte_ms.or(timing.total_ms).unwrap_or(0.0);
        let after = SignedDuration::try_from_secs_f64(ms / 1000.0).unwrap_or_default();
        let head = self.started_at.checked_add(after);
        head.unwrap_or(self.started_at)
    }

    /// The exchange without its headers and bodies.
    pub fn summary(&self) -> Summary {
        let response = self.outcome.response();
        let report = response.and_then(|r| r.report.as_ref());
        let errors = || report.iter().flat_map(|report| &report.errors);
        let paths = errors().filter(|e| !e.path.is_empty());
        Summary {
            id: self.id.clone(),
            operation: self.operation.clone(),
            attempt: self.attempt,
            send: self.send,
            account: self.account.clone(),
            profile: self.profile.clone(),
            started_at: self.started_at,
            method: self.request.method.clone(),
            base_url: self.request.base_url.clone(),
            target: self.request.target.clone(),
            idempotency_key: self.request.idempotency_key.clone(),
            key_choice: self.request.key_choice,
            facts: self.facts.clone(),
            class: self.outcome.class(),
            status: self.outcome.status(),
            server_id: response.and_then(|r| r.server_request_id.clone()),
            replayed: response.is_some_and(|r| r.replayed),
            codes: errors()
                .filter_map(|e| e.code.clone())
                .take(LISTED)
                .collect(),
            paths: paths.take(LISTED).map(|e| cut(&pointer(&e.path))).collect(),
            error_count: report.and_then(|r| r.list()).map(|list| list.len() as u32),
            objects: response.and_then(|r| r.objects.clone()),
            total_ms: self.outcome.timing().total_ms,
            body_bytes: response.map_or(0, |r| r.body_bytes),
            quota: self.quota.clone(),
            pinned: self.pinned,
            note: self.note.clone(),
        }
    }
}

impl Summary {
    /// Where it went, as a person reads it.
    pub fn url(&self) -> String {
        url(&self.base_url, &self.target)
    }

    /// Whether its outcome by itself leaves open what it did: a 5xx or a lost answer (408 and 425 are such) to an unsafe
    /// method. What other exchanges tell of it is the verdict's part.
    pub fn leaves_doubt(&self) -> bool {
        let lost = matches!(
            self.class,
            Class::Indeterminate | Class::Informational | Class::ServerError
        );
        !self.method.is_safe() && (lost || matches!(self.status, Some(408 | 425)))
    }
}

/// What became of an exchange. The kinds are the contract's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Waits for the rate limit; nothing was sent yet.
    Held,
    /// Sent or being sent by a living process; no answer yet.
    InFlight,
    /// Proof that no byte left: building the request, DNS, connect or TLS failed.
    Failed(Unanswered),
    /// It may have acted: sent, or partly sent, and no status line came.
    Indeterminate(Unanswered),
    /// A status line arrived.
    Response(Box<Response>),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unanswered {
    /// What went wrong, why, and the next step.
    pub failure: Failure,
    /// How far it got.
    pub timing: Timing,
}

/// An answer, whole or in part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The status code (RFC 9110 15).
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// All header fields, secrets cut out.
    pub headers: Headers,
    /// The server's own id for this request, from the profile's header; never the operation's id.
    pub server_request_id: Option<String>,
    /// Decoded body bytes that were kept.
    pub body_bytes: u64,
    /// Body bytes as they came off the wire, before decoding.
    pub wire_bytes: u64,
    /// Whether the whole body arrived and was kept.
    pub body_complete: bool,
    /// How many secrets were cut out of the body.
    pub body_redacted: u32,
    /// Whether the server said that this is a saved answer.
    pub replayed: bool,
    /// The errors it lists, when it speaks a dialect we know.
    pub report: Option<ErrorReport>,
    /// The objects it names (`object`); `None` when it tells nothing of any.
    #[serde(default)]
    pub objects: Option<Named>,
    /// The phases.
    pub timing: Timing,
    /// Why the body is not whole, when it is not.
    pub failure: Option<Failure>,
}

/// The phases of a send, each in milliseconds from the start of the send; `None` where it was not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The name lookup took this long.
    pub dns_ms: Option<f64>,
    /// The TCP connection took this long, without the name lookup.
    pub connect_ms: Option<f64>,
    /// The TLS handshake took this long.
    pub tls_ms: Option<f64>,
    /// From the start of the send to the status line.
    pub first_byte_ms: Option<f64>,
    /// From the start of the send to the last byte, or to the failure.
    pub total_ms: Option<f64>,
}

/// Something that went wrong, told so that a person can act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened, in one short sentence.
    pub what: String,
    /// The underlying reason, when known.
    pub cause: Option<String>,
    /// The next step.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with nothing known but what happened.
    pub fn new(what: impl Into<String>) -> Failure {
        Failure {
            what: what.into(),
            cause: None,
            hint: None,
        }
    }

    /// All of it in one line.
    pub fn sentence(&self) -> String {
        let cause = self.cause.iter().map(|cause| format!(": {cause}"));
        let hint = self.hint.iter().map(|hint| format!(" ({hint})"));
        let more: String = cause.chain(hint).collect();
        format!("{}{more}", self.what)
    }

    /// The same, with its reason.
    pub fn because(self, cause: impl Into<String>) -> Failure {
        Failure {
            cause: Some(cause.into()),
            ..self
        }
    }

    /// The same, with the next step.
    pub fn hint(self, hint: impl Into<String>) -> Failure {
        Failure {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// What a status, or the lack of one, means to the person who looks. The API page groups by the first digit; 429 and
/// "indeterminate" stand apart because they call for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Waits for the rate limit.
    Held,
    /// On its way.
    InFlight,
    /// Nothing was sent.
    Failed,
    /// May have acted.
    Indeterminate,
    /// 1xx, which only a broken server ends with.
    Informational,
    /// 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx but 429.
    ClientError,
    /// 429.
    RateLimited,
    /// 5xx, and what lies above it.
    ServerError,
}

impl Outcome {
    /// The class that decides glyph, colour and exit status.
    pub fn class(&self) -> Class {
        match self {
            Outcome::Held => Class::Held,
            Outcome::InFlight => Class::InFlight,
            Outcome::Failed(_) => Class::Failed,
            Outcome::Indeterminate(_) => Class::Indeterminate,
            Outcome::Response(response) => match response.status {
                429 => Class::RateLimited,
                ..200 => Class::Informational,
                200..300 => Class::Success,
                300..400 => Class::Redirect,
                400..500 => Class::ClientError,
                _ => Class::ServerError,
            },
        }
    }

    /// The contract's word for the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Outcome::Held => "held",
            Outcome::InFlight => "in_flight",
            Outcome::Failed(_) => "failed",
            Outcome::Indeterminate(_) => "indeterminate",
            Outcome::Response(_) => "response",
        }
    }

    /// The answer, when a status line arrived.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Outcome::Response(response) => Some(response),
            _ => None,
        }
    }

    /// The status code, when a status line arrived.
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
    }

    /// Why there is no whole answer, when there is none.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Outcome::Failed(u) | Outcome::Indeterminate(u) => Some(&u.failure),
            Outcome::Response(response) => response.failure.as_ref(),
            Outcome::Held | Outcome::InFlight => None,
        }
    }

    /// The phases, as far as they were seen.
    pub fn timing(&self) -> Timing {
        match self {
            Outcome::Failed(u) | Outcome::Indeterminate(u) => u.timing,
            Outcome::Response(response) => response.timing,
            Outcome::Held | Outcome::InFlight => Timing::default(),
        }
    }

    /// Whether nothing more will come.
    pub fn is_final(&self) -> bool {
        !matches!(self, Outcome::Held | Outcome::InFlight)
    }
}
