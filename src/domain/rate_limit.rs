//! What a server says of the rate limit, in every dialect, read into one form.
//!
//! ```text
//!   RateLimit-Limit, -Remaining, -Reset (drafts to -06) ─┐
//!   RateLimit, RateLimit-Policy (drafts from -07)       ─┼─▶ Candidate each ──tightest──▶ Quota
//!   X-RateLimit-*, X-Rate-Limit-*, Anthropic-RateLimit-* ┘         all named ones ─────▶ Quota.policies
//!   Retry-After, Retry-After-Ms ─────────────────────────────────────────────────────▶ Quota.retry_after_seconds
//! ```
//!
//! Nothing is guessed: what a header does not say is `None`, and what it says in a way we do not know stands in
//! `not_understood` as it came. `reset` knows the rules for moments and spans of time, `field` the names, `draft` the
//! structured fields. What of a reading still holds later is `aged`; what the history itself can say, `observed`.

pub mod aged;
pub mod candidate;
pub mod draft;
pub mod field;
pub mod observed;
pub mod reset;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::header::Headers;
use crate::domain::note::{Notes, shortened};
use crate::domain::rate_limit::candidate::{Candidate, tightest};
use crate::domain::rate_limit::field::spelled;
use crate::domain::rate_limit::reset::Clock;

/// One reading of the quota. Every part that the server did not tell is `None`, never a guess.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// Requests per window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// Seconds until the window ends, from the moment of the reading.
    pub reset_seconds: Option<u64>,
    /// The header that gave `remaining` (or, when there is none, the reset).
    pub source: String,
    /// `Retry-After` (RFC 9110 10.2.3) in seconds, clamped to 31 days.
    pub retry_after_seconds: Option<u64>,
    /// The header that gave `reset_seconds`, and the rule by which it was read.
    #[serde(default)]
    pub reset_source: Option<String>,
    /// The header that gave `retry_after_seconds`, and the rule by which it was read.
    #[serde(default)]
    pub retry_after_source: Option<String>,
    /// Every policy that was told of by name, in the server's order, at most 32; the tightest is one of them.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// How many more policies were told of and are not kept.
    #[serde(default)]
    pub more_policies: usize,
    /// Why the server refused, in its own word (`Stripe-Rate-Limited-Reason`).
    #[serde(default)]
    pub reason: Option<String>,
    /// Headers that speak of the limit in a way that was not understood: name and value, cut short.
    #[serde(default)]
    pub not_understood: Vec<String>,
}

/// One of the limits that a server keeps at the same time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name; empty when it has none.
    pub name: String,
    /// Units per window.
    pub limit: Option<u64>,
    /// Units left.
    pub remaining: Option<u64>,
    /// The length of the window in seconds (`w`).
    pub window_seconds: Option<u64>,
    /// The draft's `t` in seconds: until the reset up to draft -10, the effective window from -11 on. A response does not
    /// say which, so it is not a reset.
    pub effective_seconds: Option<u64>,
    /// Seconds until the window ends, where a header says just that.
    pub reset_seconds: Option<u64>,
    /// What is counted, when it is not requests (`qu`; `tokens`).
    pub unit: Option<String>,
    /// Whom the server counts it for (`pk`), as text where it is some, else in base 64.
    #[serde(default)]
    pub partition: Option<String>,
}

impl Policy {
    /// Whether it counts requests.
    pub fn counts_requests(&self) -> bool {
        self.unit.is_none()
    }
}

/// How many policies are kept of a server that sends hundreds.
const KEPT: usize = 32;

impl Quota {
    /// Reads an answer's header fields. `None`: they do not speak of a limit.
    ///
    /// Moments are compared with the server's own `Date` (so that a wrong clock here does no harm), with `now` only where
    /// it sent none. All seconds count from `now`, the moment the answer came.
    pub fn from_headers(headers: &Headers, now: Timestamp) -> Option<Quota> {
        let clock = Clock::of(headers.get("date"), now);
        let mut notes = Notes::new();
        let mut candidates = candidate::from_fields(headers, &clock, &mut notes);
        candidates.extend(draft::from_headers(headers, &mut notes));
        candidates.sort_by_key(|candidate| candidate.family);
        let mut quota = Quota::of(tightest(&candidates));
        quota.drop_contradiction(&mut notes);
        quota.read_retry_after(headers, &clock, &mut notes);
        let reason = headers.get("stripe-rate-limited-reason");
        quota.reason = reason.map(shortened);
        quota.keep(candidates, notes);
        quota.says_something().then_some(quota)
    }

    /// How long to wait before sending makes sense: `Retry-After` where the server said so, else until the reset of
    /// what is used up. `None`: nothing speaks against sending now, or nothing is known.
    pub fn wait(&self) -> Option<Duration> {
        let used_up = self.policies.iter().filter(|p| p.remaining == Some(0));
        let of_policies = used_up.filter_map(|policy| policy.reset_seconds).max();
        let own = self.reset_seconds.filter(|_| self.remaining == Some(0));
        let seconds = self.retry_after_seconds.or(own.max(of_policies))?;
        Some(Duration::from_secs(seconds))
    }

    /// The policy that binds, where the reading is one of several: what stands above is told of it.
    pub fn tightest(&self) -> Option<&Policy> {
        let requests = || self.policies.iter().filter(|p| p.counts_requests());
        let told = |p: &&Policy| {
            let same_limit = self.limit.is_none() || p.limit.is_none() || p.limit == self.limit;
            p.remaining.is_some() && p.remaining == self.remaining && same_limit
        };
        let alike =
            |p: &&Policy| p.remaining.is_none() && p.limit.is_some() && p.limit == self.limit;
        requests().find(told).or_else(|| requests().find(alike))
    }

    fn of(candidate: Option<Candidate>) -> Quota {
        let Some(candidate) = candidate else {
            return Quota::default();
        };
        Quota {
            limit: candidate.policy.limit,
            remaining: candidate.policy.remaining,
            reset_seconds: candidate.policy.reset_seconds,
            reset_source: candidate.reset_source,
            source: candidate.source,
            ..Quota::default()
        }
    }

    /// More left than there is: one of the two is wrong, and a gauge of them would be too. What is left stays.
    fn drop_contradiction(&mut self, notes: &mut Notes) {
        if let (Some(limit), Some(remaining)) = (self.limit, self.remaining)
            && remaining > limit
        {
            notes.add(format!("a limit of {limit} with {remaining} remaining"));
            self.limit = None;
        }
    }

    /// `Retry-After` before `Retry-After-Ms`, which is no standard.
    fn read_retry_after(&mut self, headers: &Headers, clock: &Clock, notes: &mut Notes) {
        for name in ["retry-after", "retry-after-ms"] {
            for value in headers.get_all(name) {
                let reading = match name {
                    "retry-after" => reset::retry_after(value, clock),
                    _ => reset::milliseconds(value),
                };
                match reading {
                    Some(_) if self.retry_after_seconds.is_some() => {}
                    Some(reading) => {
                        let source = format!("{}, {}", spelled(name), reading.rule.told(clock));
                        self.retry_after_seconds = Some(reading.seconds);
                        self.retry_after_source = Some(source);
                    }
                    None => notes.add(note(name, value)),
                }
            }
        }
        if self.source.is_empty()
            && let Some(source) = &self.retry_after_source
        {
            let header = source.split(',').next().unwrap_or_default();
            header.clone_into(&mut self.source);
        }
    }

    /// Keeps few of many, the one that binds among them.
    fn keep(&mut self, candidates: Vec<Candidate>, notes: Notes) {
        self.policies = candidates
            .into_iter()
            .filter(|candidate| candidate.is_policy)
            .map(|candidate| candidate.policy)
            .collect();
        if self.policies.len() > KEPT {
            self.more_policies = self.policies.len() - KEPT;
            let binding = self.tightest().cloned();
            let cut = self.policies.split_off(KEPT);
            if let Some(binding) = binding.filter(|binding| cut.contains(binding)) {
                self.policies[KEPT - 1] = binding;
            }
        }
        for policy in &mut self.policies {
            policy.name = shortened(&policy.name);
            policy.unit = policy.unit.as_deref().map(shortened);
        }
        self.not_understood = notes.into_lines();
    }

    fn says_something(&self) -> bool {
        *self != Quota::default()
    }
}

/// A header field that was not understood, as it came.
fn note(name: &str, value: &str) -> String {
    format!("{}: {}", spelled(name), shortened(value))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, proptest};

    use crate::domain::header::Headers;
    use crate::domain::rate_limit::Quota;

    const DATE: &str = "Fri, 02 Jan 2026 03:04:05 GMT";

    /// Header lines to a reading; the clock here is a year off, which must not show.
    fn read(lines: &str) -> Option<Quota> {
        let fields = lines.split('\n').filter_map(|line| line.split_once(':'));
        let mut headers: Headers = fields
            .map(|(name, value)| (name.trim(), value.trim()))
            .collect();
        headers.push("date", DATE);
        Quota::from_headers(
            &headers,
            "2025-01-01T00:00:00Z".parse().expect("a timestamp"),
        )
    }

    fn number(value: Option<u64>) -> String {
        value.map_or("-".to_owned(), |value| value.to_string())
    }

    /// `remaining/limit reset retry source; policies; not understood`.
    fn told(quota: &Quota) -> String {
        let policies: Vec<String> = quota
            .policies
            .iter()
            .map(|p| {
                let (left, limit) = (number(p.remaining), number(p.limit));
                format!("{}={left}/{limit}", p.name)
            })
            .collect();
        format!(
            "{}/{} {} {} {}; {}; {}",
            number(quota.remaining),
            number(quota.limit),
            number(quota.reset_seconds),
            number(quota.retry_after_seconds),
            quota.source,
            policies.join(" "),
            quota.not_understood.join(" / "),
        )
    }

    /// A new dialect is a new row.
    #[test]
    fn dialects() {
        for (name, lines, expected) in [
            (
                "the three fields",
                "ratelimit-limit: 60\nratelimit-remaining: 42\nratelimit-reset: 12",
                "42/60 12 - RateLimit-Remaining; ; ",
            ),
            (
                "both of the IETF's",
                "RateLimit-Limit: 60\nRateLimit-Remaining: 42\nRateLimit-Reset: 12\nRateLimit-Policy: \"default\";q=60;w=60\nRateLimit: \"default\";r=42;t=12",
                "42/60 12 - RateLimit-Remaining; default=42/60; ",
            ),
            (
                "draft -11",
                "RateLimit-Policy: \"burst\";q=100;w=60,\"daily\";q=1000;w=86400\nRateLimit: \"burst\";r=50;t=30;pk=:dHJpYWw=:, \"daily\";r=7",
                "7/1000 - - RateLimit; burst=50/100 daily=7/1000; ",
            ),
            (
                "draft -11, `t` is no reset",
                "RateLimit: \"default\";r=50;t=30",
                "50/- - - RateLimit; default=50/-; ",
            ),
            (
                "draft -11, other units do not count",
                "RateLimit-Policy: \"bytes\";q=10;qu=\"content-bytes\", \"req\";q=5;qu=\"requests\"\nRateLimit: \"bytes\";r=0, \"req\";r=5",
                "5/5 - - RateLimit; bytes=0/10 req=5/5; ",
            ),
            (
                "draft -07",
                "RateLimit-Policy: 100;w=60\nRateLimit: limit=100, remaining=50, reset=5",
                "50/100 5 - RateLimit; =50/100; ",
            ),
            (
                "draft -06, policies behind the limit",
                "RateLimit-Limit: 100, 10;w=1, 100;w=60\nRateLimit-Remaining: 3",
                "3/100 - - RateLimit-Remaining; =-/10 =-/100; ",
            ),
            (
                "which of several limits it is, nobody says",
                "RateLimit-Remaining: 3\nRateLimit-Policy: \"a\";q=100, \"b\";q=9",
                "3/- - - RateLimit-Remaining; a=-/100 b=-/9; ",
            ),
            (
                "a policy alone",
                "RateLimit-Policy: \"d\";q=9;w=1",
                "-/9 - - RateLimit-Policy; d=-/9; ",
            ),
            (
                "GitHub",
                "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4999\nx-ratelimit-used: 1\nx-ratelimit-resource: core\nx-ratelimit-reset: 1767323105",
                "4999/5000 60 - X-RateLimit-Remaining; ; ",
            ),
            (
                "X",
                "x-rate-limit-limit: 900\nx-rate-limit-remaining: 0\nx-rate-limit-reset: 1767323945",
                "0/900 900 - X-Rate-Limit-Remaining; ; ",
            ),
            (
                "GitLab",
                "RateLimit-Limit: 60\nRateLimit-Name: throttle\nRateLimit-Observed: 67\nRateLimit-Remaining: 0\nRateLimit-Reset: 1767323075\nRetry-After: 30",
                "0/60 30 30 RateLimit-Remaining; ; ",
            ),
            (
                "OpenAI",
                "x-ratelimit-limit-requests: 60\nx-ratelimit-limit-tokens: 150000\nx-ratelimit-remaining-requests: 59\nx-ratelimit-remaining-tokens: 4\nx-ratelimit-reset-requests: 1s\nx-ratelimit-reset-tokens: 6m0s",
                "59/60 1 - X-RateLimit-Remaining-Requests; requests=59/60 tokens=4/150000; ",
            ),
            (
                "Anthropic",
                "anthropic-ratelimit-requests-limit: 50\nanthropic-ratelimit-requests-remaining: 49\nanthropic-ratelimit-requests-reset: 2026-01-02T03:04:35Z\nanthropic-ratelimit-input-tokens-remaining: 1",
                "49/50 30 - Anthropic-RateLimit-Requests-Remaining; requests=49/50 input-tokens=1/-; ",
            ),
            (
                "Discord",
                "X-RateLimit-Limit: 5\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1767323999.123\nX-RateLimit-Reset-After: 1.5\nX-RateLimit-Bucket: abcd1234",
                "0/5 2 - X-RateLimit-Remaining; ; ",
            ),
            (
                "Kong",
                "X-RateLimit-Limit-Minute: 10\nX-RateLimit-Remaining-Minute: 9\nX-RateLimit-Remaining-Hour: 3\nX-RateLimit-Limit-Hour: 20",
                "3/20 - - X-RateLimit-Remaining-Hour; minute=9/10 hour=3/20; ",
            ),
            (
                "Retry-After alone",
                "Retry-After: 17",
                "-/- - 17 Retry-After; ; ",
            ),
            (
                "Retry-After, a date",
                "Retry-After: Fri, 02 Jan 2026 03:05:05 GMT",
                "-/- - 60 Retry-After; ; ",
            ),
            (
                "both Retry-Afters",
                "Retry-After-Ms: 1500\nRetry-After: 2",
                "-/- - 2 Retry-After; ; ",
            ),
            (
                "milliseconds alone",
                "retry-after-ms: 1500",
                "-/- - 2 Retry-After-Ms; ; ",
            ),
        ] {
            let quota = read(lines).unwrap_or_else(|| panic!("{name}: nothing read"));
            assert_eq!(told(&quota), expected, "{name}");
        }
    }

    #[test]
    fn what_contradicts_itself_or_makes_no_sense() {
        for (lines, expected) in [
            (
                "RateLimit-Limit: 60\nRateLimit-Remaining: 90",
                "90/- - - RateLimit-Remaining; ; a limit of 60 with 90 remaining",
            ),
            (
                "RateLimit-Remaining: -1\nRateLimit-Limit: 60",
                "-/60 - - RateLimit-Limit; ; RateLimit-Remaining: -1",
            ),
            (
                "RateLimit-Remaining: 1\nRateLimit-Reset: 1970-01-01T00:00:00Z",
                "1/- - - RateLimit-Remaining; ; RateLimit-Reset: 1970-01-01T00:00:00Z",
            ),
            (
                "RateLimit-Reset: Fri, 31 Dec 9999 23:59:59 GMT",
                "-/- - - ; ; RateLimit-Reset: Fri, 31 Dec 9999 23:59:59 GMT",
            ),
            ("Retry-After: 1000000", "-/- - 1000000 Retry-After; ; "),
            ("Retry-After: 99999999", "-/- - - ; ; Retry-After: 99999999"),
            (
                "Retry-After: soon\nRetry-After: 5",
                "-/- - 5 Retry-After; ; Retry-After: soon",
            ),
            (
                "RateLimit: \"a\";r=\nRateLimit-Remaining: 3",
                "3/- - - RateLimit-Remaining; ; RateLimit: \"a\";r=",
            ),
            ("RateLimit: \"a\";t=5", "-/- - - ; ; RateLimit: \"a\";t=5"),
            (
                "RateLimit-Policy: \"a\";w=5",
                "-/- - - ; ; RateLimit-Policy: \"a\";w=5",
            ),
            (
                "RateLimit: (\"a\" \"b\");r=1",
                "-/- - - ; ; RateLimit: (\"a\" \"b\");r=1",
            ),
            (
                "X-RateLimit-Limit: unlimited",
                "-/- - - ; ; X-RateLimit-Limit: unlimited",
            ),
            (
                "RateLimit-Remaining: 5\nX-RateLimit-Remaining: 4\nX-RateLimit-Reset: 9\nRateLimit-Reset: 3",
                "4/- 9 - X-RateLimit-Remaining; ; ",
            ),
        ] {
            let quota = read(lines).unwrap_or_else(|| panic!("nothing read: {lines}"));
            assert_eq!(told(&quota), expected, "{lines}");
        }
    }

    #[test]
    fn five_hundred_policies_are_read_and_few_are_kept() {
        let limits: Vec<String> = (0..500)
            .map(|n| format!("\"p{n}\";r={}", 900 - n))
            .collect();
        let quota = read(&format!("RateLimit: {}", limits.join(", "))).expect("a quota");
        assert_eq!((quota.remaining, quota.policies.len()), (Some(401), 32));
        let binding = quota.tightest().map(|policy| policy.name.as_str());
        assert_eq!(binding, Some("p499"), "the one that binds is kept");
        assert_eq!((quota.more_policies, quota.not_understood.len()), (468, 0));
        let lines = vec!["Retry-After: x"; 500].join("\n");
        let notes = read(&lines).expect("a quota").not_understood;
        assert_eq!(
            (notes.len(), notes.last().map(String::as_str)),
            (33, Some("and 468 more"))
        );
        let long = read(&format!("Retry-After: {}", "ä".repeat(5000))).expect("a quota");
        assert_eq!(
            long.not_understood[0].chars().count(),
            "Retry-After: ".len() + 81
        );
    }

    #[test]
    fn nothing_said_is_no_quota() {
        for lines in [
            "",
            "content-type: text/plain",
            "x-ratelimit-used: 5",
            "ratelimit-policy:",
            "age: 5",
        ] {
            assert_eq!(read(lines), None, "{lines}");
        }
        let stripe = read("Stripe-Rate-Limited-Reason: global-rate").expect("a quota");
        assert_eq!(
            (stripe.reason.as_deref(), stripe.remaining),
            (Some("global-rate"), None)
        );
    }

    #[test]
    fn the_policy_that_binds_is_named() {
        for (lines, expected) in [
            ("RateLimit: \"a\";r=5, \"b\";r=4", Some("b")),
            ("RateLimit-Remaining: 3", None),
            (
                "RateLimit-Limit: 60\nRateLimit-Remaining: 4\nRateLimit: \"a\";r=9, \"b\";r=4",
                Some("b"),
            ),
            (
                "RateLimit-Policy: \"a\";q=9\nRateLimit-Remaining: 3",
                Some("a"),
            ),
            (
                "RateLimit: \"a\";r=9\nRateLimit-Policy: \"a\";q=3",
                Some("a"),
            ),
            (
                "x-ratelimit-remaining-tokens: 1\nx-ratelimit-remaining-requests: 5",
                Some("requests"),
            ),
            ("Retry-After: 5", None),
        ] {
            let quota = read(lines).expect("a quota");
            let name = quota.tightest().map(|policy| policy.name.as_str());
            assert_eq!(name, expected, "{lines}");
        }
    }

    #[test]
    fn whom_it_is_counted_for_is_kept_as_text_or_base_64() {
        for (key, expected) in [
            (":dHJpYWw=:", Some("trial")),
            (":/wA=:", Some(":/wA=:")),
            (":Gw==:", Some(":Gw==:")),
            ("\"user\"", Some("user")),
            ("5", None),
        ] {
            for field in ["RateLimit: \"a\";r=5", "RateLimit-Policy: \"a\";q=5"] {
                let quota = read(&format!("{field};pk={key}")).expect("a quota");
                assert_eq!(quota.policies[0].partition.as_deref(), expected, "{key}");
            }
        }
    }

    #[test]
    fn the_rule_that_fired_is_told() {
        for (lines, reset, retry) in [
            (
                "RateLimit-Reset: 5",
                Some("RateLimit-Reset, in seconds"),
                None,
            ),
            (
                "x-ratelimit-reset: 1767323105",
                Some("X-RateLimit-Reset, epoch seconds against the server's Date"),
                None,
            ),
            (
                "x-ratelimit-reset-requests: 6m0s",
                Some("X-RateLimit-Reset-Requests, a duration"),
                None,
            ),
            (
                "Retry-After: Fri, 02 Jan 2026 03:05:05 GMT",
                None,
                Some("Retry-After, a date against the server's Date"),
            ),
        ] {
            let quota = read(lines).expect("a quota");
            assert_eq!(
                (
                    quota.reset_source.as_deref(),
                    quota.retry_after_source.as_deref()
                ),
                (reset, retry),
                "{lines}"
            );
        }
    }

    #[test]
    fn when_sending_makes_sense_again() {
        for (lines, seconds) in [
            (
                "Retry-After: 7\nRateLimit-Remaining: 0\nRateLimit-Reset: 60",
                Some(7),
            ),
            ("RateLimit-Remaining: 0\nRateLimit-Reset: 60", Some(60)),
            ("RateLimit-Remaining: 1\nRateLimit-Reset: 60", None),
            ("RateLimit-Remaining: 0", None),
            ("RateLimit: \"a\";r=0;t=30", None),
            (
                "x-ratelimit-remaining-requests: 5\nx-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6m0s",
                Some(360),
            ),
        ] {
            let quota = read(lines).expect("a quota");
            assert_eq!(quota.wait(), seconds.map(Duration::from_secs), "{lines}");
        }
    }

    #[test]
    fn a_reading_from_before_the_newer_fields_is_still_read() {
        let stored = r#"{"limit":60,"remaining":42,"reset_seconds":12,"source":"RateLimit-Remaining","retry_after_seconds":null}"#;
        let quota: Quota = serde_json::from_str(stored).expect("an older reading");
        assert_eq!(quota.remaining, Some(42));
    }

    proptest! {
        #[test]
        fn no_headers_do_harm(values in vec((0..9_usize, any::<String>()), 0..8), structured in r#"("a"|b|;[qrtw]=|[0-9]{1,3}|, |\(|\)|=|:){0,20}"#) {
            let names = ["ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "x-ratelimit-reset", "retry-after", "date", "retry-after-ms", "x-ratelimit-limit-tokens"];
            let mut headers: Headers = values.iter().map(|(name, value)| (names[*name], value.as_str())).collect();
            headers.push("RateLimit", structured.as_str());
            headers.push("RateLimit-Policy", structured.as_str());
            if let Some(quota) = Quota::from_headers(&headers, jiff::Timestamp::UNIX_EPOCH) {
                prop_assert!(quota.reset_seconds.is_none_or(|seconds| seconds <= 2_678_400));
                prop_assert!(quota.limit.zip(quota.remaining).is_none_or(|(limit, remaining)| remaining <= limit));
            }
        }
    }
}
