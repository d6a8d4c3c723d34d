//! The verdict in words: what came, what the same key would do and why, what a new key would do and why.
//!
//! The words are the API page's. Where an earlier exchange makes a key dangerous, it is named by attempt and send, as
//! history and operation show it.

use crate::domain::exchange::{Class, Summary};
use crate::domain::idempotency::past::{Send, Standing};
use crate::domain::idempotency::trace::Trace;
use crate::domain::idempotency::verdict::{Case, Reason};
use crate::domain::idempotency::{NewKey, SameKey};
use crate::domain::operation::Found;

/// The rule that decided, for the person who decides.
pub(super) fn sentence(
    case: &Case<'_>,
    same_key: Option<(SameKey, Reason<'_>)>,
    new_key: NewKey,
) -> String {
    let sends = &case.past.sends;
    let of_key = |send: &&Send<'_>| case.candidate.key.is_none_or(|key| send.has_key(key));
    let known = sends.iter().rev().find(of_key);
    let Some(last) = known.or(sends.last()) else {
        return "Nothing of this operation was sent yet.".to_owned();
    };
    let culprit = case.past.culprit(|_| true);
    let mut text = what_came(last);
    match same_key {
        None => text.push_str(" No key was sent, so there is no \"same key\"."),
        // A key that no send of the operation had is the new key itself.
        Some(_) if known.is_none() => {}
        Some((SameKey::MayActTwice, Reason::Attempt(other)))
            if culprit.is_some_and(|culprit| is_same(culprit, other)) =>
        {
            text.push(' ');
            text.push_str(&both_words(other, new_key));
            return text;
        }
        Some((verdict, reason)) => {
            text.push(' ');
            text.push_str(&same_key_words(case, verdict, reason));
        }
    }
    if let Some(words) = new_key_words(case, last, culprit, new_key) {
        text.push(' ');
        text.push_str(&words);
    }
    text
}

fn is_same(a: &Send<'_>, b: &Send<'_>) -> bool {
    std::ptr::eq(a.exchange, b.exchange)
}

/// An exchange as a person finds it: attempt, send, and what came.
fn name(exchange: &Summary) -> String {
    let came = match (exchange.class, exchange.status) {
        (_, Some(status)) => status.to_string(),
        (Class::InFlight, None) => "in flight".to_owned(),
        (_, None) => "no answer".to_owned(),
    };
    format!(
        "Attempt {}, send {} ({came})",
        exchange.attempt, exchange.send
    )
}

fn what_came(send: &Send<'_>) -> String {
    let exchange = send.exchange;
    let came = exchange
        .status
        .map_or("No answer came".to_owned(), |status| status.to_string());
    match (send.found, send.standing) {
        (Some(Found::Done), _) => return format!("{came}: looking it up found it done."),
        (Some(Found::NotDone), Standing::Harmless) if send.trace.is_doubt() => {
            return format!("{came}: looking it up found nothing done.");
        }
        _ => {}
    }
    match (send.trace, exchange.status) {
        (Trace::NotSent, _) => "Nothing was sent, so nothing happened.".into(),
        (Trace::Asked, _) => format!("{came} to a {}, which asks for nothing to be done.", short(exchange.method.as_str())),
        (Trace::BeforeLayer, Some(401)) => "401: nothing ran, authentication comes before the idempotency layer. Correct the API key.".into(),
        (Trace::BeforeLayer, _) => "429: nothing ran, the rate limiter comes before the idempotency layer. Wait, then send.".into(),
        (Trace::Done, _) if exchange.replayed => format!("{came}: a saved answer, so the first send acted and nothing happened twice."),
        (Trace::Done, _) => format!("{came}: done."),
        (Trace::Redirect, _) => format!("{came}: a redirect, shown and not followed; what it did is not known."),
        (Trace::Refused | Trace::Rejected, Some(402)) => "402: the balance is insufficient; nothing in the request is wrong.".into(),
        (Trace::Refused | Trace::Rejected, _) => format!("{came}: refused, nothing was done."),
        (Trace::KeyReused, _) => format!("{came}: this key was used with another payload, so this send was rejected."),
        (Trace::InProgress, _) => "409: the first request with this key still runs.".into(),
        (Trace::StateConflict, _) => "409: the resource's state does not allow this, nothing was done. Look at it first.".into(),
        (Trace::Conflict, _) => "409: the object may already exist, or the first request with this key still runs. Look first.".into(),
        (Trace::ServerError, _) => format!("{came}: the result is INDETERMINATE, it may have acted."),
        (Trace::NoAnswer, Some(_)) => format!("{came}: no final answer, it may have acted."),
        (Trace::NoAnswer, None) if exchange.class == Class::InFlight => "Still in flight: no answer yet.".into(),
        (Trace::NoAnswer, None) => "No answer came: it may have acted.".into(),
    }
}

fn same_key_words(case: &Case<'_>, verdict: SameKey, reason: Reason<'_>) -> String {
    let outcome = match verdict {
        SameKey::ActsAgain => "acts AGAIN",
        SameKey::MayActTwice => "may act twice",
        _ => "runs",
    };
    match reason {
        Reason::Saved => "The same key returns the saved answer.".into(),
        Reason::OtherPayload => "The same key was used with another payload: this one will be rejected.".into(),
        Reason::NeverUsed if verdict == SameKey::Runs => "The same key runs.".into(),
        Reason::NeverUsed => format!("The same key never got that far, so it {outcome}."),
        Reason::Forgotten => format!("The same key is past its retention: it {outcome} as a new one."),
        Reason::Fading => format!("The same key is about to pass its retention: it {outcome}."),
        Reason::ClockWentBack => format!("The clock went back, this key's age is unknown: it {outcome}."),
        Reason::NoKeyMethod => format!("{} takes no key: with the same one it {outcome}.", short(case.candidate.method.as_str())),
        Reason::OtherCredential => "Another credential may be another organization's, which does not know this key: it may act twice.".into(),
        Reason::Elsewhere => format!("The same key was used at another origin or account: here it {outcome}."),
        Reason::Attempt(other) => format!("{} {}, so the same key may act twice.", name(other.exchange), acted(other)),
        Reason::Own => own_words(verdict).into(),
    }
}

/// One send makes both keys dangerous: it is named once.
fn both_words(culprit: &Send<'_>, new_key: NewKey) -> String {
    let (name, acted) = (name(culprit.exchange), acted(culprit));
    if new_key == NewKey::ActsAgain {
        format!("{name} {acted}: the same key may act twice, a new key acts AGAIN.")
    } else {
        format!("{name} {acted} and is not settled: either key may act twice.")
    }
}

fn own_words(verdict: SameKey) -> &'static str {
    match verdict {
        SameKey::Safe => {
            "The same key is the safe way: it finds out what happened and cannot act twice."
        }
        SameKey::Runs => "The same key runs after a wait.",
        SameKey::Indeterminate => "The same key cannot act twice, but may return the saved error.",
        _ => "The same key may return the saved error unchanged.",
    }
}

fn new_key_words(
    case: &Case<'_>,
    last: &Send<'_>,
    culprit: Option<&Send<'_>>,
    new_key: NewKey,
) -> Option<String> {
    // What the last exchange was is said already; an earlier one has to be named.
    let earlier = culprit.filter(|culprit| !is_same(culprit, last));
    let words = match (new_key, earlier) {
        (NewKey::ActsAgain, None) => "A new key does the action AGAIN.".into(),
        (NewKey::ActsAgain, Some(earlier)) => format!(
            "{} {}: a new key acts AGAIN.",
            name(earlier.exchange),
            acted(earlier)
        ),
        (NewKey::MayActTwice, Some(earlier)) => format!(
            "{} may have acted: a new key may act twice.",
            name(earlier.exchange)
        ),
        (NewKey::MayActTwice, None) if last.trace == Trace::ServerError => {
            "A new key may act twice: only if that is safe for your use case.".into()
        }
        (NewKey::MayActTwice, None) => "A new key may act twice.".into(),
        (NewKey::AfterCorrection, _) => correction(last).into(),
        (NewKey::Runs, _) if culprit.is_some() => {
            "At once, once more does nothing more (RFC 9110 9.2.2).".into()
        }
        (NewKey::Runs, _) if case.candidate.key.is_some() && last.trace != Trace::NotSent => {
            "A new key is not needed.".into()
        }
        (NewKey::Runs, _) => return None,
    };
    Some(words)
}

fn correction(last: &Send<'_>) -> &'static str {
    match (last.trace, last.exchange.status) {
        (_, Some(402)) => "A new key is right once there is balance.",
        (Trace::StateConflict, _) => "A new key is right once the state allows it.",
        (Trace::KeyReused, _) => "A new key is right.",
        (Trace::Refused | Trace::Rejected, _) => "Correct it, then send it with a new key.",
        _ => "An earlier send was refused: correct it, then a new key is right.",
    }
}

fn acted(send: &Send<'_>) -> &'static str {
    match (send.standing, send.trace) {
        (Standing::Acted, trace) if trace != Trace::Redirect => "acted",
        _ => "may have acted",
    }
}

/// Methods are tokens of any length; a sentence is not.
fn short(method: &str) -> &str {
    match method.char_indices().nth(10) {
        Some((end, _)) => &method[..end],
        None => method,
    }
}
