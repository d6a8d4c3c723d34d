//! The sentences: short enough for the place beside the keys, and each says why.

use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::idempotency::{Candidate, NewKey, SameKey, advise};
use reqscope::domain::request::Method;

use crate::history::{at, class, exchange, profile};
use crate::server::Request;

/// As long as a sentence may be, in characters.
const LONGEST: usize = 240;

fn sent(attempt: u32, send: u32, started: u64, status: Option<u16>) -> Summary {
    let key = u8::try_from(attempt).ok();
    Summary {
        attempt,
        send,
        class: status.map_or(Class::Indeterminate, class),
        status,
        total_ms: Some(0.0),
        ..exchange(0, &Request::plain(started, key))
    }
}

fn text(before: &[Summary], like: &Summary, now: u64) -> String {
    advise(
        &before.to_vec().into(),
        &Candidate::again(like),
        &profile(),
        at(now),
    )
    .text
}

#[test]
fn what_the_page_says_of_each_answer() {
    for (status, expected) in [
        (
            Some(201),
            "201: done. The same key returns the saved answer. A new key does the action AGAIN.",
        ),
        (
            Some(422),
            "422: refused, nothing was done. The same key may return the saved error unchanged. Correct it, then send it with a new key.",
        ),
        (
            Some(402),
            "402: the balance is insufficient; nothing in the request is wrong. The same key may return the saved error unchanged. A new key is right once there is balance.",
        ),
        (
            Some(401),
            "401: nothing ran, authentication comes before the idempotency layer. Correct the API key. The same key runs. A new key is not needed.",
        ),
        (
            Some(429),
            "429: nothing ran, the rate limiter comes before the idempotency layer. Wait, then send. The same key runs. A new key is not needed.",
        ),
        (
            Some(409),
            "409: the object may already exist, or the first request with this key still runs. Look first. The same key cannot act twice, but may return the saved error. A new key may act twice.",
        ),
        (
            Some(503),
            "503: the result is INDETERMINATE, it may have acted. The same key cannot act twice, but may return the saved error. A new key may act twice: only if that is safe for your use case.",
        ),
        (
            None,
            "No answer came: it may have acted. The same key is the safe way: it finds out what happened and cannot act twice. A new key may act twice.",
        ),
    ] {
        let before = [sent(1, 1, 0, status)];
        assert_eq!(text(&before, &before[0], 10), expected);
    }
}

#[test]
fn what_makes_a_key_dangerous_is_named() {
    let doubt = sent(1, 1, 0, None);
    let limited = sent(1, 2, 5, Some(429));
    let done = sent(2, 1, 6, Some(201));
    let fresh = sent(3, 1, 9, None);
    for (before, like, expected) in [
        (
            vec![doubt.clone(), limited.clone()],
            &limited,
            "Attempt 1, send 1 (no answer) may have acted: a new key may act twice.",
        ),
        (
            vec![doubt.clone(), limited.clone(), done.clone()],
            &doubt,
            "Attempt 2, send 1 (201) acted: the same key may act twice, a new key acts AGAIN.",
        ),
        (
            vec![doubt.clone(), sent(2, 1, 6, Some(503))],
            &doubt,
            "Attempt 2, send 1 (503) may have acted and is not settled: either key may act twice.",
        ),
        (
            vec![doubt.clone(), sent(2, 1, 6, Some(503))],
            &sent(2, 1, 6, Some(503)),
            "Attempt 1, send 1 (no answer) may have acted, so the same key may act twice.",
        ),
        (
            vec![doubt.clone(), sent(2, 1, 6, Some(422))],
            &fresh,
            "Attempt 1, send 1 (no answer) may have acted: a new key may act twice.",
        ),
        (
            vec![sent(1, 1, 0, Some(503))],
            &fresh,
            "503: the result is INDETERMINATE, it may have acted. A new key may act twice",
        ),
    ] {
        let text = text(&before, like, 10);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_key_that_was_never_sent_is_not_called_the_same() {
    let before = [sent(1, 1, 0, Some(503))];
    let text = text(&before, &sent(2, 1, 9, None), 10);
    assert!(!text.contains("same key"), "{text}");
}

#[test]
fn why_a_key_protects_no_more() {
    let done = sent(1, 1, 0, Some(201));
    let mut moved = done.clone();
    moved.facts.origin = "https://elsewhere.test".into();
    let mut rotated = done.clone();
    rotated.facts.credential = None;
    let mut edited = done.clone();
    edited.facts.payload.0[0] ^= 1;
    let charge = Summary {
        method: Method::parse("CHARGE").expect("a method"),
        ..done.clone()
    };
    let late = sent(1, 1, 5000, Some(201));
    for (before, like, now, why) in [
        (&done, &done, 3600, "past its retention"),
        (&done, &done, 3595, "about to pass its retention"),
        (&late, &done, 100, "The clock went back"),
        (&done, &moved, 10, "at another origin or account"),
        (
            &done,
            &rotated,
            10,
            "Another credential may be another organization's",
        ),
        (
            &done,
            &edited,
            10,
            "another payload: this one will be rejected",
        ),
        (&charge, &charge, 10, "CHARGE takes no key"),
    ] {
        let text = text(std::slice::from_ref(before), like, now);
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn without_a_key_there_is_no_same_key() {
    let bare = Summary {
        idempotency_key: None,
        ..sent(1, 1, 0, None)
    };
    let text = text(std::slice::from_ref(&bare), &bare, 10);
    assert!(text.contains("there is no \"same key\""), "{text}");
}

const STATUSES: [Option<u16>; 18] = [
    None,
    Some(103),
    Some(201),
    Some(307),
    Some(400),
    Some(401),
    Some(402),
    Some(403),
    Some(404),
    Some(408),
    Some(409),
    Some(422),
    Some(425),
    Some(429),
    Some(500),
    Some(503),
    Some(599),
    Some(999),
];

const CODES: [&str; 4] = ["", "key_in_progress", "already_active", "key_reused"];

/// Every pair of outcomes, with every code, large numbers, and every candidate.
fn each_text(mut check: impl FnMut(&[Summary], &Summary, u64)) {
    // More attempts than anybody makes.
    let big = 99_999;
    for first in STATUSES {
        for (second, code) in STATUSES.iter().flat_map(|s| CODES.map(|code| (*s, code))) {
            for (key, replayed) in [(1, false), (2, false), (1, true)] {
                let codes = Vec::from_iter(Some(code.to_owned()).filter(|code| !code.is_empty()));
                let one = sent(1, 1, 100, first);
                let mut two = Summary {
                    codes,
                    replayed,
                    ..sent(key, 2, 5000, second)
                };
                (two.attempt, two.send) = (big, big);
                let mut other = one.clone();
                other.facts.credential = None;
                let mut moved = two.clone();
                moved.account = None;
                let bare = Summary {
                    idempotency_key: None,
                    ..one.clone()
                };
                let method = Method::parse(&"LONG".repeat(50)).expect("a method");
                let odd = Summary {
                    method,
                    ..two.clone()
                };
                let before = [
                    Summary {
                        attempt: big,
                        send: big,
                        ..one.clone()
                    },
                    two.clone(),
                ];
                for like in [
                    &one,
                    &two,
                    &other,
                    &moved,
                    &bare,
                    &odd,
                    &sent(9, 1, 0, None),
                ] {
                    for now in [50, 5010, 8595, 90_000] {
                        check(&before, like, now);
                    }
                }
            }
        }
    }
}

#[test]
fn every_sentence_is_short_and_ends() {
    each_text(|before, like, now| {
        let text = text(before, like, now);
        assert!(
            text.chars().count() <= LONGEST,
            "{}: {text}",
            text.chars().count()
        );
        assert!(text.ends_with(['.', '"']) && !text.contains("  "), "{text}");
    });
}

#[test]
fn no_sentence_says_less_than_its_verdict() {
    each_text(|before, like, now| {
        let advice = advise(
            &before.to_vec().into(),
            &Candidate::again(like),
            &profile(),
            at(now),
        );
        let dangerous = matches!(advice.new_key, NewKey::MayActTwice | NewKey::ActsAgain)
            || matches!(
                advice.same_key,
                Some(SameKey::MayActTwice | SameKey::ActsAgain)
            );
        let warns = advice.text.contains("twice") || advice.text.contains("AGAIN");
        assert!(
            !dangerous || warns,
            "{:?} {:?}: {}",
            advice.same_key,
            advice.new_key,
            advice.text
        );
    });
}
