//! The rate limiter, the second thing that is done: a fixed window per organization.
//!
//! ```text
//!   first request of a window          window over
//!   │◀──────────── T seconds ────────────▶│ the next request opens a new one
//!   N requests pass, each further one is a 429 and does not prolong the window
//! ```
//! It stands before the idempotency layer, so a replayed answer counts too, and a 429 is never saved under a key.
//! Instants are milliseconds since 1970 by the wall clock, so that another process sharing the state sees the window.

use std::fmt;
use std::str::FromStr;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sandbox::answer::{Answer, Problem};

/// The longest window that can be asked for: 31 days.
const LONGEST: u32 = 31 * 24 * 60 * 60;

/// How many requests an organization may send in how long: `60/60s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaSpec {
    requests: u32,
    seconds: u32,
}

/// A quota that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no quota: {reason}; write requests per window, such as 60/60s, 100/1m or 1000/1h"
)]
pub struct QuotaSpecError {
    text: String,
    reason: &'static str,
}

impl Default for QuotaSpec {
    fn default() -> Self {
        Self {
            requests: 60,
            seconds: 60,
        }
    }
}

impl fmt::Display for QuotaSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}s", self.requests, self.seconds)
    }
}

impl FromStr for QuotaSpec {
    type Err = QuotaSpecError;

    fn from_str(text: &str) -> Result<Self, QuotaSpecError> {
        let wrong = |reason| QuotaSpecError {
            text: text.to_owned(),
            reason,
        };
        let (requests, window) = text
            .split_once('/')
            .ok_or_else(|| wrong("there is no `/`"))?;
        let requests =
            number(requests).ok_or_else(|| wrong("the part before `/` is no number above 0"))?;
        let (count, unit) = match window.strip_suffix(['s', 'm', 'h']) {
            Some(count) if window.ends_with('m') => (count, 60),
            Some(count) if window.ends_with('h') => (count, 3600),
            Some(count) => (count, 1),
            None => return Err(wrong("the window has no unit (s, m or h)")),
        };
        let seconds = number(count)
            .and_then(|count| count.checked_mul(unit))
            .filter(|seconds| *seconds <= LONGEST)
            .ok_or_else(|| wrong("the window is no number above 0, or above 31 days"))?;
        Ok(Self { requests, seconds })
    }
}

/// Digits only: `u32::from_str` alone would take a sign.
fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

/// An organization's current window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    opened_ms: u64,
    used: u32,
}

/// What is told of the quota with every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    spec: QuotaSpec,
    remaining: u32,
    reset_seconds: u64,
    /// Whether this request came above the quota.
    pub exceeded: bool,
}

impl QuotaSpec {
    fn length_ms(self) -> u64 {
        u64::from(self.seconds) * 1000
    }

    /// Counts one request at `now` (milliseconds since 1970) and tells what is left.
    pub fn take(self, window: &mut Option<Window>, now: u64) -> Reading {
        // A window from the future means that the clock was set back: waiting it out could take for ever.
        let current = window
            .take()
            .filter(|open| open.opened_ms <= now && now - open.opened_ms < self.length_ms());
        let mut open = current.unwrap_or(Window {
            opened_ms: now,
            used: 0,
        });
        let exceeded = open.used >= self.requests;
        if !exceeded {
            open.used += 1;
        }
        let reading = Reading {
            spec: self,
            remaining: self.requests.saturating_sub(open.used),
            reset_seconds: (open.opened_ms + self.length_ms() - now).div_ceil(1000),
            exceeded,
        };
        *window = Some(open);
        reading
    }

    /// The quota of somebody who has used none of it: what a credential that nobody knows is told.
    pub fn untouched(self) -> Reading {
        Reading {
            spec: self,
            remaining: self.requests,
            reset_seconds: u64::from(self.seconds),
            exceeded: false,
        }
    }
}

impl Reading {
    /// The 429 of a request above the quota; its `Retry-After` comes with [`Reading::stamp`].
    pub fn refusal(&self) -> Answer {
        let message = format!(
            "your organization's rate limit has been exceeded; retry in {} s",
            self.wait()
        );
        Answer::problem(
            StatusCode::TOO_MANY_REQUESTS,
            Problem::whole("rate_limited", message),
        )
    }

    /// Seconds to wait, at least 1.
    fn wait(&self) -> u64 {
        self.reset_seconds.max(1)
    }

    /// Writes the three fields of the drafts up to -06 and the two of draft -11 (draft-ietf-httpapi-ratelimit-headers:
    /// Structured-Field Lists, RFC 9651), and in a 429 `Retry-After` (RFC 9110 10.2.3), whoever made that 429.
    pub fn stamp(&self, answer: &mut Answer) {
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            answer
                .headers
                .insert(RETRY_AFTER, HeaderValue::from(self.wait()));
        }
        self.stamp_fields(&mut answer.headers);
    }

    fn stamp_fields(&self, headers: &mut HeaderMap) {
        let Self {
            spec: QuotaSpec { requests, seconds },
            remaining,
            reset_seconds,
            ..
        } = self;
        let fields = [
            ("ratelimit-limit", requests.to_string()),
            ("ratelimit-remaining", remaining.to_string()),
            ("ratelimit-reset", reset_seconds.to_string()),
            (
                "ratelimit-policy",
                format!(r#""default";q={requests};w={seconds}"#),
            ),
            (
                "ratelimit",
                format!(r#""default";r={remaining};t={reset_seconds}"#),
            ),
        ];
        for (name, value) in fields {
            // Digits and visible ASCII only, so the conversion holds; a field that could not be written is left out.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::QuotaSpec;

    #[test]
    fn a_quota_as_it_is_written() {
        for (text, written) in [
            ("60/60s", Some("60/60s")),
            ("3/3s", Some("3/3s")),
            ("100/1m", Some("100/60s")),
            ("5/2h", Some("5/7200s")),
            ("60", None),
            ("60/60", None),
            ("0/60s", None),
            ("60/0s", None),
            ("+6/60s", None),
            ("-1/60s", None),
            ("60/s", None),
            ("60/99999999h", None),
            ("", None),
            ("/", None),
        ] {
            let read = text.parse::<QuotaSpec>().ok().map(|spec| spec.to_string());
            assert_eq!(read.as_deref(), written, "{text}");
        }
        let error = "60/60".parse::<QuotaSpec>().unwrap_err().to_string();
        assert!(error.contains("60/60s"), "the next step is named: {error}");
    }

    #[test]
    fn a_window_opens_fills_and_ends() {
        let spec: QuotaSpec = "2/3s".parse().unwrap();
        let mut window = None;
        // (now, remaining, reset, exceeded)
        for (now, remaining, reset, exceeded) in [
            (10_000, 1, 3, false),
            (10_001, 0, 3, false),
            (11_000, 0, 2, true),
            (12_999, 0, 1, true),
            (13_000, 1, 3, false),
            (9_000, 1, 3, false), // the clock was set back
        ] {
            let reading = spec.take(&mut window, now);
            assert_eq!(
                (reading.remaining, reading.reset_seconds, reading.exceeded),
                (remaining, reset, exceeded),
                "at {now}"
            );
        }
    }

    #[test]
    fn the_fields_as_they_are_written() {
        let mut headers = HeaderMap::new();
        "60/60s"
            .parse::<QuotaSpec>()
            .unwrap()
            .untouched()
            .stamp_fields(&mut headers);
        let field = |name| headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(field("ratelimit-limit"), "60");
        assert_eq!(field("ratelimit-remaining"), "60");
        assert_eq!(field("ratelimit-reset"), "60");
        assert_eq!(field("ratelimit-policy"), r#""default";q=60;w=60"#);
        assert_eq!(field("ratelimit"), r#""default";r=60;t=60"#);
    }
}
