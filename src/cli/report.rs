//! How an exchange is told on a terminal without the screen: the contract's JSON on standard output, or the body
//! there and the rest on standard error.
//!
//! Bytes from a server reach a terminal only as printable text; into a pipe or a file they go as they are.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Read, Write};

use crate::document::visible::visible;
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::correction::Correction;
use crate::domain::exchange::{Exchange, Failure, Outcome};
use crate::domain::idempotency::{Advice, Candidate, advise};
use crate::domain::operation::Operation;
use crate::domain::profile::Profile;
use crate::domain::rate_limit::Quota;
use crate::domain::status::reason_phrase;
use crate::formats::exchange_json;
use crate::store::Store;

/// Text that a terminal takes as text and nothing else.
pub fn printable(text: &str) -> String {
    visible(text).into_owned()
}

/// The verdict on sending an exchange again, as it is told beside it.
pub fn advice(exchange: &Exchange, operation: &Operation, profile: &Profile) -> Advice {
    advise(
        operation,
        &Candidate::again(&exchange.summary()),
        profile,
        jiff::Timestamp::now(),
    )
}

/// A line of ours on standard error. That it cannot be written is no reason to fail: there is nowhere left to say so.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "reqscope: {}", printable(text));
}

/// One line of JSON on standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_json(exchange: &Exchange, advice: &Advice) -> io::Result<()> {
    print_value(&exchange_json::exchange(exchange, advice))
}

/// A value as one line of JSON on standard output, printable.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_value(value: &impl serde::Serialize) -> io::Result<()> {
    let json = serde_json::to_string(value).map_err(io::Error::other)?;
    writeln!(io::stdout().lock(), "{}", plain_json(&json))
}

/// The same JSON with what a terminal would obey, or draw as nothing, in the form `\u009b` (RFC 8259 7): serde_json
/// leaves C1, bidi controls and their like as they are. They stand in strings only, so each may be replaced in place.
fn plain_json(json: &str) -> Cow<'_, str> {
    if matches!(visible(json), Cow::Borrowed(_)) {
        return Cow::Borrowed(json);
    }
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        let (mut utf8, mut utf16) = ([0; 4], [0; 2]);
        let text = character.encode_utf8(&mut utf8);
        if visible(text) == *text {
            plain.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut utf16) {
            plain.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(plain)
}

/// Copies an answer's body to standard output; onto a terminal as printable text.
///
/// # Errors
/// When the body cannot be read or standard output cannot be written.
pub fn print_body(store: &Store, exchange: &Exchange) -> io::Result<()> {
    let Some(mut body) = store.open_body(&exchange.id).map_err(io::Error::other)? else {
        return Ok(());
    };
    let mut out = io::stdout().lock();
    if !out.is_terminal() {
        io::copy(&mut body, &mut out)?;
        return out.flush();
    }
    // A terminal is read by a person: more than this is for a pager.
    let mut start = Vec::new();
    Read::by_ref(&mut body)
        .take(8 << 20)
        .read_to_end(&mut start)?;
    for line in String::from_utf8_lossy(&start).lines() {
        writeln!(out, "{}", visible(line))?;
    }
    if body.read(&mut [0])? > 0 {
        writeln!(out, "… more: reqscope show {} --body | less", exchange.id)?;
    }
    Ok(())
}

/// Status, errors, what was corrected and advice on standard error.
///
/// # Errors
/// When standard error cannot be written.
pub fn tell(
    exchange: &Exchange,
    advice: &Advice,
    correction: Option<&Correction>,
) -> io::Result<()> {
    let mut lines = vec![head(exchange), grouping(exchange)];
    if let Some(report) = exchange
        .outcome
        .response()
        .and_then(|response| response.report.as_ref())
    {
        lines.extend(errors(report));
    }
    lines.extend(correction.map(|correction| format!("  {}", correction.sentence())));
    lines.extend(exchange.outcome.failure().map(failure));
    lines.extend(exchange.quota.iter().flat_map(quota));
    lines.push(format!("  {}", advice.text));
    if let Some(wait) = advice.wait {
        lines.push(format!("  wait {} s first", wait.as_secs_f64().ceil()));
    }
    let mut out = io::stderr().lock();
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "{}", printable(line)))
}

/// What came back, in one line.
pub fn head(exchange: &Exchange) -> String {
    let what = match &exchange.outcome {
        Outcome::Response(response) => {
            let reason = reason_phrase(response.status);
            let replayed = if response.replayed {
                " (saved answer)"
            } else {
                ""
            };
            format!("{} {}{replayed}", response.status, reason)
        }
        Outcome::Held => "held".into(),
        Outcome::InFlight => "in flight".into(),
        Outcome::Failed(_) => "nothing was sent".into(),
        Outcome::Indeterminate(_) => "indeterminate: it may have acted".into(),
    };
    let took = exchange
        .outcome
        .timing()
        .total_ms
        .map(|ms| format!("  {ms:.0} ms"))
        .unwrap_or_default();
    format!(
        "{what}  {} {}{took}",
        exchange.request.method,
        exchange.request.url()
    )
}

fn grouping(exchange: &Exchange) -> String {
    let key = exchange
        .request
        .idempotency_key
        .as_deref()
        .map_or("no key".into(), |key| format!("key {key}"));
    let numbers = format!("attempt {} send {}", exchange.attempt, exchange.send);
    let server = exchange
        .outcome
        .response()
        .and_then(|r| r.server_request_id.as_deref());
    let server = server
        .map(|id| format!("  server id {id}"))
        .unwrap_or_default();
    format!(
        "  exchange {}  operation {}  {numbers}  {key}{server}",
        exchange.id, exchange.operation
    )
}

fn errors(report: &ErrorReport) -> Vec<String> {
    let line = |error: &ApiError| {
        let place = error
            .place
            .pointer
            .clone()
            .unwrap_or_else(|| error.path.join("."));
        let (code, message) = (
            error.code.as_deref().unwrap_or("-"),
            error.message.as_deref().unwrap_or(""),
        );
        format!("  ✗ {code}  {message}  {place}")
    };
    let unread = report
        .not_understood
        .iter()
        .map(|what| format!("  not understood: {what}"));
    report.errors.iter().map(line).chain(unread).collect()
}

fn failure(failure: &Failure) -> String {
    let cause = failure
        .cause
        .as_deref()
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    let hint = failure
        .hint
        .as_deref()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    format!("  {}{cause}{hint}", failure.what)
}

/// What the answer said of the rate limit, which header said so, and what of it was not understood.
fn quota(quota: &Quota) -> Vec<String> {
    let number = |n: Option<u64>| n.map_or("?".into(), |n: u64| n.to_string());
    let mut line = match (quota.remaining, quota.limit) {
        (None, None) => "  quota unknown".to_owned(),
        (remaining, limit) => format!("  quota {}/{}", number(remaining), number(limit)),
    };
    let binding = quota.tightest();
    if let Some(policy) = binding.filter(|policy| !policy.name.is_empty()) {
        line.push_str(&format!(" ({})", policy.name));
    }
    if let Some(seconds) = quota.reset_seconds {
        line.push_str(&format!(", resets in {seconds} s"));
    }
    if let Some(seconds) = quota.retry_after_seconds {
        line.push_str(&format!(", retry after {seconds} s"));
    }
    if !quota.source.is_empty() {
        line.push_str(&format!(", by {}", quota.source));
    }
    let policies = quota.policies.len() + quota.more_policies;
    match policies - usize::from(binding.is_some()) {
        0 => {}
        1 => line.push_str(", 1 more policy"),
        more => line.push_str(&format!(", {more} more policies")),
    }
    let reason = quota.reason.iter().map(|r| format!("  rate limited: {r}"));
    let unread = quota.not_understood.iter();
    let unread = unread.map(|what| format!("  quota, not understood: {what}"));
    [line].into_iter().chain(reason).chain(unread).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{plain_json, quota};
    use crate::domain::header::Headers;
    use crate::domain::rate_limit::Quota;

    #[test]
    fn the_quota_says_whose_word_it_is_and_what_was_not_understood() {
        for (fields, expected) in [
            (
                &[
                    ("RateLimit-Limit", "60"),
                    ("RateLimit-Remaining", "42"),
                    ("RateLimit-Reset", "12"),
                ][..],
                &["  quota 42/60, resets in 12 s, by RateLimit-Remaining"][..],
            ),
            (
                &[
                    ("RateLimit-Policy", "\"burst\";q=100;w=60,\"daily\";q=1000"),
                    ("RateLimit", "\"burst\";r=50;t=30, \"daily\";r=70"),
                ],
                &["  quota 50/100 (burst), by RateLimit, 1 more policy"],
            ),
            (
                &[
                    ("RateLimit-Limit", "60"),
                    ("RateLimit-Remaining", "90"),
                    ("Retry-After", "1000000"),
                ],
                &[
                    "  quota 90/?, retry after 1000000 s, by RateLimit-Remaining",
                    "  quota, not understood: a limit of 60 with 90 remaining",
                ],
            ),
            (
                &[
                    ("Retry-After", "soon"),
                    ("Stripe-Rate-Limited-Reason", "global-rate"),
                ],
                &[
                    "  quota unknown",
                    "  rate limited: global-rate",
                    "  quota, not understood: Retry-After: soon",
                ],
            ),
        ] {
            let headers: Headers = fields.iter().copied().collect();
            let read = Quota::from_headers(&headers, jiff::Timestamp::UNIX_EPOCH);
            assert_eq!(quota(&read.expect("a quota")), expected, "{fields:?}");
        }
    }

    #[test]
    fn json_stays_what_it_is_and_holds_nothing_that_a_terminal_obeys() {
        let value = json!({"a\u{202e}": "grün \u{9b}31m \u{7f} \u{e0041} \u{feff} 日本 \u{1b}[2J\t\n \\ \""});
        let written = value.to_string();
        let plain = plain_json(&written);
        assert_eq!(serde_json::from_str::<Value>(&plain).expect("JSON"), value);
        for hidden in [
            '\u{202e}',
            '\u{9b}',
            '\u{7f}',
            '\u{e0041}',
            '\u{feff}',
            '\u{1b}',
        ] {
            assert!(!plain.contains(hidden), "{hidden:?} in {plain:?}");
        }
        assert!(plain.contains("grün") && plain.contains("日本"), "{plain}");
        assert!(plain.contains(r"\udb40\udc41"), "{plain}");
    }
}
