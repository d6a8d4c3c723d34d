//! Single answers, requests without a key, methods other than POST, and how long to wait.

use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::idempotency::{
    Candidate, Choice, NewKey as N, Question, SameKey as S, advise, question,
};
use reqscope::domain::rate_limit::Quota;

use crate::history::{at, profile};
use crate::row::{Change, answered, check, lost, words};

#[test]
fn answers_of_every_kind() {
    let row = |name, answer: Summary, expected| (name, vec![answer], lost(0), 30, expected);
    let lost_words = words(S::Safe, N::MayActTwice);
    check(vec![
        row("1xx as a last word", answered(0, 103), lost_words),
        row(
            "above 5xx",
            answered(0, 999),
            words(S::Indeterminate, N::MayActTwice),
        ),
        row("304", answered(0, 304), words(S::Safe, N::ActsAgain)),
        row("425", answered(0, 425), lost_words),
        row(
            "a class without its status",
            Summary {
                status: None,
                ..answered(0, 422)
            },
            lost_words,
        ),
        row(
            "a reused key",
            answered(0, 422).codes(&["idempotency_error"]),
            words(S::RepeatsError, N::AfterCorrection),
        ),
        row(
            "409 in progress",
            answered(0, 409).codes(&["key_in_progress"]),
            words(S::Runs, N::MayActTwice),
        ),
        row(
            "409 state conflict",
            answered(0, 409).codes(&["invalid_state"]),
            words(S::Indeterminate, N::AfterCorrection),
        ),
        row(
            "409 state conflict and something else",
            answered(0, 409).codes(&["invalid_state", "else"]),
            words(S::Indeterminate, N::MayActTwice),
        ),
        row(
            "409 without a code",
            answered(0, 409),
            words(S::Indeterminate, N::MayActTwice),
        ),
    ]);
    check(vec![
        (
            "redirect after doubt",
            vec![lost(0), answered(5, 307)],
            lost(0),
            30,
            words(S::Safe, N::ActsAgain),
        ),
        (
            "a redirect is not taken back",
            vec![answered(0, 307), answered(5, 422)],
            lost(0),
            30,
            words(S::Safe, N::ActsAgain),
        ),
        (
            "409 in progress after doubt",
            vec![lost(0), answered(5, 409).codes(&["key_in_progress"])],
            lost(0),
            30,
            words(S::Runs, N::MayActTwice),
        ),
        (
            "a saved error hides what a lost answer would tell",
            vec![answered(0, 500), lost(5)],
            lost(0),
            30,
            words(S::Indeterminate, N::MayActTwice),
        ),
        (
            "a look-up is no attempt",
            vec![answered(0, 200).method("GET")],
            lost(5).key("b"),
            30,
            words(S::Runs, N::Runs),
        ),
        (
            "nothing was sent yet",
            vec![],
            lost(0),
            0,
            words(S::Runs, N::Runs),
        ),
    ]);
}

#[test]
fn without_a_key() {
    let row = |name, before, expected| (name, before, lost(0).bare(), 30, (None, expected));
    check(vec![
        row("in doubt", vec![lost(0).bare()], N::MayActTwice),
        row(
            "no answer of another send settles it",
            vec![lost(0).bare(), answered(5, 422).bare()],
            N::MayActTwice,
        ),
        row(
            "nor one under a key",
            vec![lost(0).bare(), answered(5, 422)],
            N::MayActTwice,
        ),
        row("done", vec![answered(0, 201).bare()], N::ActsAgain),
        row("refused", vec![answered(0, 422).bare()], N::AfterCorrection),
        row("429", vec![answered(0, 429).bare()], N::Runs),
    ]);
}

#[test]
fn put_and_delete() {
    let put = |status| answered(0, status).method("PUT").bare();
    let day = 86_400;
    let row = |name, before: Summary, now, expected| {
        let like = before.clone();
        (name, vec![before], like, now, (None, expected))
    };
    check(vec![
        row("PUT at once", put(200), 30, N::Runs),
        row(
            "PUT at once, in doubt",
            lost(0).method("PUT").bare(),
            30,
            N::Runs,
        ),
        row("PUT after a minute", put(200), 61, N::ActsAgain),
        row(
            "PUT from yesterday, in doubt",
            lost(0).method("PUT").bare(),
            day,
            N::MayActTwice,
        ),
        row("PUT from yesterday, never run", put(429), day, N::Runs),
        row("PUT at once, refused", put(422), 30, N::AfterCorrection),
        row(
            "DELETE at once",
            answered(0, 204).method("DELETE").bare(),
            30,
            N::Runs,
        ),
        row(
            "DELETE from yesterday",
            answered(0, 204).method("DELETE").bare(),
            day,
            N::ActsAgain,
        ),
        row(
            "PATCH is not idempotent",
            answered(0, 200).method("PATCH").bare(),
            30,
            N::ActsAgain,
        ),
    ]);
    let like = |change: fn(Summary) -> Summary| change(put(200));
    let changed = |name, like, expected| (name, vec![put(200)], like, 30, (None, expected));
    check(vec![
        changed(
            "PUT of something else",
            like(Change::other_payload),
            N::ActsAgain,
        ),
        changed(
            "PUT for another account",
            like(Change::other_account),
            N::ActsAgain,
        ),
        changed("PUT elsewhere", like(Change::other_origin), N::ActsAgain),
        changed(
            "PUT with another credential",
            like(Change::other_credential),
            N::ActsAgain,
        ),
    ]);
    let keyed = |status| answered(0, status).method("PUT");
    check(vec![
        (
            "a method that takes no key is not protected by one",
            vec![keyed(200)],
            keyed(200),
            day,
            words(S::MayActTwice, N::ActsAgain),
        ),
        (
            "at once it needs none",
            vec![keyed(200)],
            keyed(200),
            30,
            words(S::Runs, N::Runs),
        ),
        (
            "the clock went back",
            vec![answered(day, 200).method("PUT")],
            keyed(200),
            0,
            words(S::MayActTwice, N::ActsAgain),
        ),
        (
            "nobody knows what a method of their own does with a key",
            vec![answered(0, 200).method("CHARGE")],
            keyed(200).method("CHARGE"),
            30,
            words(S::MayActTwice, N::ActsAgain),
        ),
    ]);
}

#[test]
fn how_long_to_wait() {
    let quota = |seconds| {
        Some(Quota {
            retry_after_seconds: Some(seconds),
            ..Quota::default()
        })
    };
    let limited = |started| Summary {
        quota: quota(30),
        ..answered(started, 429)
    };
    let running = || answered(0, 409).codes(&["key_in_progress"]);
    let other_organization = limited(0).other_credential();
    for (name, before, now, expected) in [
        (
            "from the answer on",
            vec![limited(0).took(4000.0)],
            10,
            Some(24),
        ),
        ("it is over", vec![limited(0)], 30, None),
        (
            "the limit is the organization's, not the key's",
            vec![lost(0), limited(5).key("b")],
            10,
            Some(25),
        ),
        (
            "and not another organization's",
            vec![lost(5), other_organization],
            10,
            None,
        ),
        (
            "what was never sent does not end it",
            vec![
                limited(0),
                Summary {
                    class: Class::Failed,
                    ..lost(5)
                },
            ],
            10,
            Some(20),
        ),
        (
            "a later answer of the server's does",
            vec![limited(0), answered(5, 422)],
            10,
            None,
        ),
        (
            "a 401 does not",
            vec![limited(0), answered(5, 401)],
            10,
            Some(20),
        ),
        (
            "503 may say so too",
            vec![Summary {
                quota: quota(5),
                ..answered(0, 503)
            }],
            1,
            Some(4),
        ),
        (
            "a 4xx says nothing of it",
            vec![Summary {
                quota: quota(5),
                ..answered(0, 422)
            }],
            1,
            None,
        ),
        ("the first request still runs", vec![running()], 0, Some(1)),
        ("it had its time", vec![running()], 10, None),
        (
            "the server says how long",
            vec![Summary {
                quota: quota(5),
                ..running()
            }],
            1,
            Some(4),
        ),
    ] {
        let advice = advise(
            &before.to_vec().into(),
            &Candidate::again(&lost(0)),
            &profile(),
            at(now),
        );
        assert_eq!(advice.wait.map(|wait| wait.as_secs()), expected, "{name}");
    }
}

#[test]
fn agreement_is_asked_for_what_it_covers() {
    let before = [lost(0), answered(10, 201).key("b")];
    let advice = advise(
        &before.to_vec().into(),
        &Candidate::again(&before[0]),
        &profile(),
        at(30),
    );
    assert_eq!(
        question(&advice, Choice::SameKey),
        Some(Question::MayActTwice)
    );
    assert_eq!(question(&advice, Choice::NewKey), Some(Question::ActsAgain));
}
