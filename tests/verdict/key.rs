//! What a key is worth: its age, where it is known, and what other attempts did meanwhile.

use std::time::Duration;

use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::idempotency::{Candidate, NewKey as N, SameKey as S, advise};
use reqscope::domain::profile::Profile;

use crate::history::{at, profile};
use crate::row::{Change, answered, check, lost, words};

#[test]
fn another_attempt_makes_a_key_dangerous() {
    let both = words(S::MayActTwice, N::MayActTwice);
    check(vec![
        (
            "two keys in doubt, the first",
            vec![lost(0), lost(10).key("b")],
            lost(0),
            30,
            both,
        ),
        (
            "two keys in doubt, the second",
            vec![lost(0), lost(10).key("b")],
            lost(0).key("b"),
            30,
            both,
        ),
        (
            "the other acted",
            vec![lost(0), answered(10, 201).key("b")],
            lost(0),
            30,
            words(S::MayActTwice, N::ActsAgain),
        ),
        (
            "it acted, the other is in doubt",
            vec![lost(0), answered(10, 201).key("b")],
            lost(0).key("b"),
            30,
            words(S::Safe, N::ActsAgain),
        ),
        (
            "a refused key, when another acted",
            vec![answered(0, 402), answered(10, 201).key("b")],
            lost(0),
            30,
            words(S::MayActTwice, N::ActsAgain),
        ),
        (
            "a key that never reached the layer, when another acted",
            vec![answered(0, 429), answered(10, 201).key("b")],
            lost(0),
            30,
            words(S::ActsAgain, N::ActsAgain),
        ),
        (
            "a key that never reached it, when another is in doubt",
            vec![answered(0, 429), lost(10).key("b")],
            lost(0),
            30,
            both,
        ),
        (
            "an edit under a key that may never have arrived, when another acted",
            vec![lost(0), answered(10, 201).key("b")],
            lost(0).other_payload(),
            30,
            words(S::MayActTwice, N::ActsAgain),
        ),
        (
            "a send without a key is another attempt",
            vec![lost(0).bare(), lost(10)],
            lost(0),
            30,
            both,
        ),
        (
            "the same key, in doubt for another account",
            vec![lost(0), lost(10).other_account()],
            lost(0),
            30,
            both,
        ),
        (
            "the same key, in doubt at another origin",
            vec![lost(0), lost(10).other_origin()],
            lost(0),
            30,
            both,
        ),
        (
            "another key's doubt is settled",
            vec![lost(0), lost(5).key("b"), answered(10, 422).key("b")],
            lost(0),
            30,
            words(S::Safe, N::MayActTwice),
        ),
        (
            "a redirect proves nothing of its key, when another acted",
            vec![answered(0, 307), answered(10, 201).key("b")],
            lost(0),
            30,
            words(S::MayActTwice, N::ActsAgain),
        ),
    ]);
}

#[test]
fn an_edited_request() {
    let edited = || lost(0).other_payload();
    check(vec![
        (
            "the same key after a refusal",
            vec![answered(0, 422)],
            edited(),
            30,
            words(S::RepeatsError, N::AfterCorrection),
        ),
        (
            "the same key after it was done",
            vec![answered(0, 201)],
            edited(),
            30,
            words(S::RepeatsError, N::ActsAgain),
        ),
        (
            "the same key after no answer",
            vec![lost(0)],
            edited(),
            30,
            words(S::RepeatsError, N::MayActTwice),
        ),
        (
            "a new key after no answer",
            vec![lost(0)],
            edited().key("b"),
            30,
            words(S::MayActTwice, N::MayActTwice),
        ),
        (
            "a new key after a 503 and a 429",
            vec![answered(0, 503), answered(5, 429)],
            edited().key("b"),
            30,
            words(S::MayActTwice, N::MayActTwice),
        ),
        (
            "a new key after a refusal",
            vec![answered(0, 422)],
            edited().key("b"),
            30,
            words(S::Runs, N::AfterCorrection),
        ),
    ]);
}

#[test]
fn how_long_a_key_lasts() {
    let row = |name, before: Vec<Summary>, now, expected| (name, before, lost(0), now, expected);
    check(vec![
        row(
            "it is young",
            vec![answered(0, 201)],
            3580,
            words(S::Safe, N::ActsAgain),
        ),
        row(
            "it may be forgotten before the send arrives",
            vec![answered(0, 201)],
            3595,
            words(S::MayActTwice, N::ActsAgain),
        ),
        row(
            "it is past its retention",
            vec![answered(0, 201)],
            3600,
            words(S::ActsAgain, N::ActsAgain),
        ),
        row(
            "in doubt and past it",
            vec![lost(0)],
            3600,
            words(S::MayActTwice, N::MayActTwice),
        ),
        row(
            "refused and past it",
            vec![answered(0, 422)],
            3600,
            words(S::Runs, N::AfterCorrection),
        ),
        row(
            "a 429 does not begin it",
            vec![answered(0, 429), lost(3000)],
            4000,
            words(S::Safe, N::MayActTwice),
        ),
        row(
            "nor what was never sent",
            vec![
                Summary {
                    class: Class::Failed,
                    ..lost(0)
                },
                lost(3000),
            ],
            4000,
            words(S::Safe, N::MayActTwice),
        ),
        row(
            "a later send does not renew it",
            vec![lost(0), answered(3000, 201)],
            4000,
            words(S::ActsAgain, N::ActsAgain),
        ),
        row(
            "the clock went back",
            vec![answered(5000, 201)],
            4000,
            words(S::MayActTwice, N::ActsAgain),
        ),
        row(
            "it went back by what a clock drifts",
            vec![answered(5000, 201)],
            4995,
            words(S::Safe, N::ActsAgain),
        ),
        row(
            "it went back, and nothing was done",
            vec![answered(5000, 422)],
            4000,
            words(S::Runs, N::AfterCorrection),
        ),
    ]);
}

#[test]
fn a_retention_of_any_length() {
    for (retention, now, expected) in [
        (Duration::ZERO, 0, S::ActsAgain),
        (Duration::from_secs(2), 1, S::Safe),
        (Duration::from_secs(2), 2, S::ActsAgain),
        (Duration::MAX, 1_000_000, S::Safe),
    ] {
        let mut profile = Profile {
            retention,
            ..profile()
        };
        // However long a connection may take, a key has most of its time.
        profile.limits.connect = Duration::MAX;
        let before = [answered(0, 201)];
        let advice = advise(
            &before.to_vec().into(),
            &Candidate::again(&before[0]),
            &profile,
            at(now),
        );
        assert_eq!(advice.same_key, Some(expected), "{retention:?}");
    }
}

#[test]
fn a_key_elsewhere() {
    let row = |name, status, like: Summary, expected| {
        (name, vec![answered(0, status)], like, 30, expected)
    };
    check(vec![
        row(
            "another credential after 401",
            401,
            lost(0).other_credential(),
            words(S::Runs, N::Runs),
        ),
        row(
            "another credential after 429",
            429,
            lost(0).other_credential(),
            words(S::Runs, N::Runs),
        ),
        row(
            "another credential after it was done",
            201,
            lost(0).other_credential(),
            words(S::MayActTwice, N::ActsAgain),
        ),
        row(
            "another credential after a 503",
            503,
            lost(0).other_credential(),
            words(S::MayActTwice, N::MayActTwice),
        ),
        row(
            "another credential after a refusal: the rule makes no exception",
            422,
            lost(0).other_credential(),
            words(S::MayActTwice, N::AfterCorrection),
        ),
        row(
            "another origin, which cannot know it",
            201,
            lost(0).other_origin(),
            words(S::ActsAgain, N::ActsAgain),
        ),
        row(
            "another account, which may",
            201,
            lost(0).other_account(),
            words(S::MayActTwice, N::ActsAgain),
        ),
        row(
            "another account after a refusal",
            422,
            lost(0).other_account(),
            words(S::Runs, N::AfterCorrection),
        ),
    ]);
    check(vec![(
        "401, then the credential was corrected and it was done",
        vec![answered(0, 401).other_credential(), answered(10, 201)],
        lost(0),
        30,
        words(S::Safe, N::ActsAgain),
    )]);
}
