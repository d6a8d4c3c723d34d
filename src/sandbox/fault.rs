//! Misbehaviour on demand, by the request header `Sandbox-Fault`: several, separated by `;` or `,`.
//!
//! ```text
//!   fault                what it does                                   strikes
//!   status=503           answers that instead of acting                 \
//!   status-after=500     acts, then answers that                         | an operation
//!   drop-before          closes without acting or answering              | once
//!   drop-after           acts, then closes without an answer            /
//!   redirect=URL         answers 307 instead of acting                  \
//!   delay=MS             acts, then takes its time to answer             |
//!   drip=BYTES_PER_S     sends the body slowly                           |
//!   truncate             sends less than it announced                    | each time
//!   reset                resets the connection within the answer         |
//!   not-json             calls a page of HTML JSON                       |
//!   escape               terminal escapes in body and header             |
//!   escape-head          a raw ESC in the head                           |
//!   gzip-bomb=MIB        a body that grows a thousandfold               /
//! ```
//! An operation is `X-Request-Id` and account; what strikes it once strikes its first exchange that asks for it, so that a
//! replay of the very same request gets through. A request without `X-Request-Id` is an operation of its own.
//!
//! Faults come after the idempotency layer: a saved answer is returned before any of them. What is below HTTP is only
//! decided here ([`Manner`]), and done by `wire`.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use crate::sandbox::answer::{Answer, Content, Problem, Refusal};
use crate::sandbox::call::Marks;
use crate::sandbox::escape;
use crate::sandbox::gzip_bomb;

const FIELD: HeaderName = HeaderName::from_static("sandbox-fault");

/// All faults, as they are written.
const KNOWN: [&str; 13] = [
    "status=503",
    "status-after=500",
    "drop-before",
    "drop-after",
    "redirect=URL",
    "delay=MS",
    "drip=BYTES_PER_S",
    "truncate",
    "reset",
    "not-json",
    "escape",
    "escape-head",
    "gzip-bomb=MIB",
];

/// The longest delay: ten minutes.
const LONGEST_DELAY_MS: u64 = 600_000;
/// The fastest drip, 1 GiB a second, which is no drip any more.
const FASTEST_DRIP: u64 = 1 << 30;
/// The largest bomb: 10 GiB, of which about 10 MiB travel.
const LARGEST_BOMB: u64 = 10 << 10;

/// The faults that a request asks for.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// As they were named, without their values (a URL may hold a secret).
    pub names: Vec<String>,
    once: Once,
    redirect: Option<HeaderValue>,
    delay: Duration,
    drip: Option<u32>,
    ending: Option<Ending>,
    not_json: bool,
    escape: bool,
    escape_head: bool,
    gzip_bomb: Option<u32>,
}

/// Those that strike an operation once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Once {
    status: Option<StatusCode>,
    status_after: Option<StatusCode>,
    drop_before: bool,
    drop_after: bool,
}

/// How an answer is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Waited for before the answer, after the action.
    pub delay: Duration,
    /// Bytes of the body a second.
    pub drip: Option<u32>,
    /// A raw ESC goes into the head.
    pub escape_head: bool,
    /// How the connection ends, when it does not end well.
    pub ending: Option<Ending>,
}

/// An end of a connection that hyper would not bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Closed without an answer.
    Dropped,
    /// Closed in the middle of the body.
    Truncated,
    /// Reset in the middle of the body.
    Reset,
}

impl Manner {
    /// Whether hyper cannot deliver in this manner.
    pub fn is_below_http(&self) -> bool {
        self.escape_head || self.ending.is_some()
    }
}

impl Faults {
    /// Reads the header.
    ///
    /// # Errors
    /// The 400 that names the fault it does not know, and those it does.
    pub fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut faults = Self::default();
        for field in headers.get_all(FIELD) {
            let text = String::from_utf8_lossy(field.as_bytes()).into_owned();
            for fault in text
                .split([';', ','])
                .map(str::trim)
                .filter(|fault| !fault.is_empty())
            {
                faults
                    .add(fault)
                    .map_err(|reason| unknown(fault, &reason))?;
            }
        }
        Ok(faults)
    }

    fn add(&mut self, fault: &str) -> Result<(), String> {
        let (name, value) = match fault.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
            None => (fault, None),
        };
        match (name, value) {
            ("status", Some(value)) => self.once.status = Some(status(value)?),
            ("status-after", Some(value)) => self.once.status_after = Some(status(value)?),
            ("drop-before", None) => self.once.drop_before = true,
            ("drop-after", None) => self.once.drop_after = true,
            ("redirect", Some(url)) => self.redirect = Some(location(url)?),
            ("delay", Some(value)) => {
                self.delay = Duration::from_millis(number(value, 0, LONGEST_DELAY_MS)?)
            }
            ("drip", Some(value)) => {
                self.drip = u32::try_from(number(value, 1, FASTEST_DRIP)?).ok()
            }
            ("truncate", None) => self.ending = Some(Ending::Truncated),
            ("reset", None) => self.ending = Some(Ending::Reset),
            ("not-json", None) => self.not_json = true,
            ("escape", None) => self.escape = true,
            ("escape-head", None) => self.escape_head = true,
            ("gzip-bomb", Some(value)) => {
                self.gzip_bomb = u32::try_from(number(value, 1, LARGEST_BOMB)?).ok()
            }
            _ => return Err(form(name)),
        }
        self.names.push(name.to_owned());
        Ok(())
    }

    /// Leaves out what has struck this operation before, and remembers what strikes it now.
    pub fn strike(&mut self, struck: &mut BTreeSet<(String, Option<String>)>, marks: &Marks) {
        let Some(operation) = &marks.operation else {
            return;
        };
        if self.once == Once::default() {
            return;
        }
        if !struck.insert((operation.clone(), marks.account.clone())) {
            self.once = Once::default();
            self.names.retain(|name| {
                !matches!(
                    name.as_str(),
                    "status" | "status-after" | "drop-before" | "drop-after"
                )
            });
        }
    }

    /// What is answered instead of acting.
    pub fn before_acting(&self) -> Option<Answer> {
        if let Some(location) = &self.redirect {
            let body = json!({"object": "redirect"});
            return Some(
                Answer::json(StatusCode::TEMPORARY_REDIRECT, &body)
                    .with(LOCATION, location.clone()),
            );
        }
        // Nobody gets to see the status of an answer that is dropped.
        let status = self
            .once
            .drop_before
            .then_some(StatusCode::SERVICE_UNAVAILABLE);
        self.once.status.or(status).map(made_up)
    }

    /// What is answered after acting: an action that was refused has not failed, and stays what it is.
    pub fn after_acting(&self, answer: Answer) -> Answer {
        match self.once.status_after {
            Some(status) if answer.status.is_success() => made_up(status),
            _ => answer,
        }
    }

    /// How the answer is delivered.
    pub fn manner(&self) -> Manner {
        let dropped = self.once.drop_before || self.once.drop_after;
        Manner {
            delay: self.delay,
            drip: self.drip,
            escape_head: self.escape_head,
            ending: if dropped {
                Some(Ending::Dropped)
            } else {
                self.ending
            },
        }
    }

    /// Puts on what is no part of the answer that is saved.
    pub fn dress(&self, mut answer: Answer) -> Answer {
        if self.not_json {
            answer.content = Content::Whole(Bytes::from_static(
                b"<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1><p>This is no JSON.</p></body></html>\n",
            ));
        }
        if self.escape {
            answer = escape::put_in(answer);
        }
        if let Some(mib) = self.gzip_bomb {
            answer
                .headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            answer.content = Content::Pieces(Box::new(gzip_bomb::pieces(mib)));
        }
        answer
    }
}

fn unknown(fault: &str, reason: &str) -> Refusal {
    let known = KNOWN.join(", ");
    let message = format!("`{fault}` in Sandbox-Fault: {reason}; known are {known}");
    Refusal {
        status: StatusCode::BAD_REQUEST,
        problem: Problem::whole("unknown_fault", message),
    }
}

fn form(name: &str) -> String {
    let known = KNOWN
        .iter()
        .find(|known| known.split('=').next() == Some(name));
    known.map_or_else(
        || "there is no such fault".to_owned(),
        |known| format!("it is written {known}"),
    )
}

fn number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let found = text
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    found.ok_or_else(|| format!("the value must be a whole number from {least} to {most}"))
}

/// 1xx would be no answer, so it cannot be asked for.
fn status(text: &str) -> Result<StatusCode, String> {
    let number = number(text, 200, 599)?;
    let status = u16::try_from(number)
        .ok()
        .and_then(|number| StatusCode::from_u16(number).ok());
    status.ok_or_else(|| "the value must be a status".to_owned())
}

fn location(url: &str) -> Result<HeaderValue, String> {
    let value = HeaderValue::from_str(url)
        .ok()
        .filter(|value| !value.is_empty());
    value.ok_or_else(|| "the value must be a URL, percent-encoded".to_owned())
}

/// An answer with a status that nothing in the request deserves.
fn made_up(status: StatusCode) -> Answer {
    if matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    ) {
        return Answer {
            status,
            headers: HeaderMap::new(),
            content: Content::Whole(Bytes::new()),
        };
    }
    if status.is_success() || status.is_redirection() {
        return Answer::json(status, &json!({"object": "fault"}));
    }
    let reason = status
        .canonical_reason()
        .unwrap_or("a status without a name");
    Answer::problem(
        status,
        Problem::whole(
            code(status),
            format!("{reason}: asked for by Sandbox-Fault"),
        ),
    )
}

fn code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "invalid_api_key",
        402 => "insufficient_balance",
        404 => "not_found",
        408 => "request_timeout",
        425 => "too_early",
        429 => "rate_limited",
        400..=499 => "refused",
        502 => "bad_gateway",
        503 => "service_unavailable",
        504 => "gateway_timeout",
        _ => "internal_error",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::{Ending, Faults, KNOWN, Manner};
    use crate::sandbox::call::Marks;

    fn read(field: &str) -> Result<Faults, String> {
        let mut headers = HeaderMap::new();
        headers.insert("sandbox-fault", HeaderValue::from_str(field).unwrap());
        Faults::read(&headers).map_err(|refusal| {
            assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
            format!("{:?}", refusal.problem)
        })
    }

    #[test]
    fn several_faults_in_one_field() {
        let faults = read("delay=20; drip=5, truncate").unwrap();
        assert_eq!(faults.names, ["delay", "drip", "truncate"]);
        let expected = Manner {
            delay: Duration::from_millis(20),
            drip: Some(5),
            escape_head: false,
            ending: Some(Ending::Truncated),
        };
        assert_eq!(faults.manner(), expected);
        assert!(read("").unwrap().names.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_is() {
        for field in [
            "explode",
            "status",
            "status=",
            "status=700",
            "status=100",
            "drop-after=1",
            "delay=-1",
            "delay=600001",
            "drip=0",
            "gzip-bomb=0",
            "gzip-bomb=99999",
            "redirect=",
            "truncate=1",
            "=",
            "truncate; explode",
        ] {
            let message = read(field).unwrap_err();
            assert!(
                KNOWN.iter().all(|known| message.contains(known)),
                "{field}: {message}"
            );
        }
        assert!(read("delay=x").unwrap_err().contains("whole number"));
        assert!(
            read("delay")
                .unwrap_err()
                .contains("it is written delay=MS")
        );
    }

    #[test]
    fn an_operation_is_struck_once_for_each_account() {
        let marks = |operation: Option<&str>, account: Option<&str>| Marks {
            operation: operation.map(str::to_owned),
            account: account.map(str::to_owned),
            key: None,
        };
        let mut struck = BTreeSet::new();
        for (operation, account, strikes) in [
            (Some("op_1"), Some("a"), true),
            (Some("op_1"), Some("a"), false),
            (Some("op_1"), Some("b"), true),
            (Some("op_1"), None, true),
            (Some("op_2"), Some("a"), true),
            (None, None, true),
            (None, None, true),
        ] {
            let mut faults = read("status=503; delay=1").unwrap();
            faults.strike(&mut struck, &marks(operation, account));
            assert_eq!(
                faults.before_acting().is_some(),
                strikes,
                "{operation:?} {account:?}"
            );
            assert_eq!(
                faults.manner().delay,
                Duration::from_millis(1),
                "a delay strikes each time"
            );
        }
    }

    #[test]
    fn a_fault_of_each_time_marks_no_operation() {
        let mut struck = BTreeSet::new();
        let marks = Marks {
            operation: Some("op_1".to_owned()),
            account: None,
            key: None,
        };
        read("truncate").unwrap().strike(&mut struck, &marks);
        assert!(struck.is_empty());
    }
}
