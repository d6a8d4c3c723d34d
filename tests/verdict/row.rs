//! Cases worth a name: each a sentence of the rules, or a history that once misled the verdict.

use std::time::Duration;

use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::idempotency::{
    Candidate, Choice, Found, LookUp, NewKey as N, Question, SameKey as S, advise,
    advise_looked_up, question,
};
use reqscope::domain::profile::Profile;
use reqscope::domain::rate_limit::Quota;
use reqscope::domain::request::Method;

use crate::history::{at, class, exchange, profile};
use crate::server::Request;

/// A POST under key 0 that started then and was answered at once.
fn answered(started: u64, status: u16) -> Summary {
    Summary {
        class: class(status),
        status: Some(status),
        total_ms: Some(0.0),
        ..exchange(started as usize, &Request::plain(started, Some(0)))
    }
}

/// One without an answer.
fn lost(started: u64) -> Summary {
    let plain = exchange(started as usize, &Request::plain(started, Some(0)));
    Summary {
        class: Class::Indeterminate,
        ..plain
    }
}

/// One that is still on its way.
fn in_flight(started: u64) -> Summary {
    Summary {
        class: Class::InFlight,
        ..lost(started)
    }
}

/// Changes to an exchange, in the words of the rows below.
trait Change {
    fn key(self, key: &str) -> Summary;
    fn bare(self) -> Summary;
    fn other_payload(self) -> Summary;
    fn other_account(self) -> Summary;
    fn other_origin(self) -> Summary;
    fn other_credential(self) -> Summary;
    fn codes(self, codes: &[&str]) -> Summary;
    fn replayed(self) -> Summary;
    fn method(self, method: &str) -> Summary;
    fn took(self, milliseconds: f64) -> Summary;
    fn nth_send(self, send: u32) -> Summary;
}

impl Change for Summary {
    fn key(self, key: &str) -> Summary {
        Summary {
            idempotency_key: Some(key.into()),
            attempt: 2,
            ..self
        }
    }

    fn bare(self) -> Summary {
        Summary {
            idempotency_key: None,
            ..self
        }
    }

    fn other_payload(mut self) -> Summary {
        self.facts.payload.0[0] ^= 1;
        self
    }

    fn other_account(self) -> Summary {
        Summary {
            account: Some("acct_other".into()),
            ..self
        }
    }

    fn other_origin(mut self) -> Summary {
        self.facts.origin = "https://elsewhere.test".into();
        self
    }

    fn other_credential(mut self) -> Summary {
        self.facts.credential = None;
        self
    }

    fn codes(self, codes: &[&str]) -> Summary {
        let codes = codes.iter().map(|code| (*code).into()).collect();
        Summary { codes, ..self }
    }

    fn replayed(self) -> Summary {
        Summary {
            replayed: true,
            ..self
        }
    }

    fn method(self, method: &str) -> Summary {
        let method = Method::parse(method).expect("a method");
        Summary { method, ..self }
    }

    fn took(self, milliseconds: f64) -> Summary {
        Summary {
            total_ms: Some(milliseconds),
            ..self
        }
    }

    fn nth_send(self, send: u32) -> Summary {
        Summary { send, ..self }
    }
}

/// What is said of sending `last`'s request once more at `now`.
type Row = (&'static str, Vec<Summary>, Summary, u64, (Option<S>, N));

fn check(rows: Vec<Row>) {
    for (name, before, like, now, expected) in rows {
        let advice = advise(&before, &Candidate::again(&like), &profile(), at(now));
        assert_eq!(
            (advice.same_key, advice.new_key),
            expected,
            "{name}: {}",
            advice.text
        );
    }
}

fn words(same_key: S, new_key: N) -> (Option<S>, N) {
    (Some(same_key), new_key)
}

#[test]
fn what_settles_a_doubt() {
    let twice = words(S::Safe, N::MayActTwice);
    let settled = words(S::RepeatsError, N::AfterCorrection);
    let row =
        |name, answer: Summary, expected| (name, vec![lost(0), answer], lost(0), 30, expected);
    check(vec![
        row("a refusal of the same use", answered(20, 422), settled),
        row("a 402 of it", answered(20, 402), settled),
        row("a gateway's 403 does not", answered(20, 403), twice),
        row("a 413 does not", answered(20, 413), twice),
        row(
            "a saved 403 is the layer's",
            answered(20, 403).replayed(),
            settled,
        ),
        row(
            "a 2xx: it was done",
            answered(20, 201),
            words(S::Safe, N::ActsAgain),
        ),
        row(
            "a saved 2xx: the first acted",
            answered(20, 201).replayed(),
            words(S::Safe, N::ActsAgain),
        ),
        row(
            "key reused says nothing of it",
            answered(20, 422).codes(&["key_reused"]),
            twice,
        ),
        row(
            "a state conflict does not",
            answered(20, 409).codes(&["already_active"]),
            twice,
        ),
        row("429 does not", answered(20, 429), twice),
        row("401 does not", answered(20, 401), twice),
        row(
            "500 does not",
            answered(20, 500),
            words(S::Indeterminate, N::MayActTwice),
        ),
        row(
            "another payload does not",
            answered(20, 422).other_payload(),
            twice,
        ),
        row(
            "another account does not",
            answered(20, 422).other_account(),
            words(S::MayActTwice, N::MayActTwice),
        ),
        row(
            "another origin does not",
            answered(20, 422).other_origin(),
            words(S::MayActTwice, N::MayActTwice),
        ),
        row(
            "another credential does not",
            answered(20, 422).other_credential(),
            words(S::MayActTwice, N::MayActTwice),
        ),
        row("another key does not", answered(20, 422).key("b"), twice),
        row(
            "a look-up's 200 does not",
            answered(20, 200).method("GET").bare(),
            twice,
        ),
    ]);
}

#[test]
fn when_an_answer_is_later() {
    let twice = words(S::Safe, N::MayActTwice);
    let refused = |started| answered(started, 422).nth_send(2);
    check(vec![
        (
            "given newest first",
            vec![refused(20), lost(0)],
            lost(0),
            30,
            words(S::RepeatsError, N::AfterCorrection),
        ),
        (
            "it overtook what was on its way",
            vec![lost(0).took(60_000.0), refused(20)],
            lost(0),
            90,
            twice,
        ),
        (
            "it came before, by the clock",
            vec![lost(20), refused(0)],
            lost(0),
            30,
            twice,
        ),
        (
            "it came before, by the count",
            vec![lost(0).nth_send(3), refused(20)],
            lost(0),
            30,
            twice,
        ),
        (
            "what is in flight is settled by its own end",
            vec![in_flight(0), refused(20)],
            lost(0),
            30,
            twice,
        ),
        (
            "a key past its retention settles nothing",
            vec![lost(0), refused(3600)],
            lost(0),
            3610,
            words(S::MayActTwice, N::MayActTwice),
        ),
        (
            "an answer that came past it neither",
            vec![lost(0), refused(3590).took(10_000.0)],
            lost(0),
            3610,
            words(S::MayActTwice, N::MayActTwice),
        ),
        (
            "no duration is told",
            vec![lost(0).took(f64::NAN), refused(20)],
            lost(0),
            30,
            words(S::RepeatsError, N::AfterCorrection),
        ),
        (
            "a duration beyond time",
            vec![lost(0).took(f64::INFINITY), refused(20)],
            lost(0),
            30,
            twice,
        ),
        (
            "a duration below nothing",
            vec![lost(0).took(-1e300), refused(20)],
            lost(0),
            30,
            words(S::RepeatsError, N::AfterCorrection),
        ),
    ]);
}

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
        let advice = advise(&before, &Candidate::again(&before[0]), &profile, at(now));
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
fn what_was_settled_by_hand() {
    let done = |e: &Summary| LookUp {
        exchange: e.id.clone(),
        found: Found::Done,
    };
    let not_done = |e: &Summary| LookUp {
        exchange: e.id.clone(),
        found: Found::NotDone,
    };
    let say = |before: &[Summary], look_ups: &[LookUp]| {
        let advice = advise_looked_up(
            before,
            look_ups,
            &Candidate::again(&before[0]),
            &profile(),
            at(30),
        );
        (advice.same_key, advice.new_key)
    };
    let (one, failed, bare) = ([lost(0)], [answered(0, 503)], [lost(0).bare()]);
    assert_eq!(say(&one, &[]), words(S::Safe, N::MayActTwice));
    assert_eq!(say(&one, &[done(&one[0])]), words(S::Safe, N::ActsAgain));
    assert_eq!(say(&one, &[not_done(&one[0])]), words(S::Safe, N::Runs));
    assert_eq!(
        say(&one, &[not_done(&lost(7))]),
        words(S::Safe, N::MayActTwice),
        "another exchange's"
    );
    assert_eq!(
        say(&one, &[done(&one[0]), not_done(&one[0])]),
        words(S::Safe, N::ActsAgain),
        "a contradiction"
    );
    assert_eq!(
        say(&failed, &[not_done(&failed[0])]),
        words(S::Indeterminate, N::Runs)
    );
    assert_eq!(
        say(&bare, &[not_done(&bare[0])]),
        (None, N::Runs),
        "the only way without a key"
    );
    let flying = [in_flight(0)];
    assert_eq!(
        say(&flying, &[not_done(&flying[0])]),
        words(S::Safe, N::MayActTwice),
        "it has to end first"
    );
    let two = [lost(0), lost(10).key("b")];
    assert_eq!(
        say(&two, &[not_done(&two[1])]),
        words(S::Safe, N::MayActTwice)
    );
    assert_eq!(
        say(&two, &[done(&two[1])]),
        words(S::MayActTwice, N::ActsAgain)
    );
    assert_eq!(
        say(&two, &[done(&two[0])]),
        words(S::MayActTwice, N::ActsAgain),
        "either may have done it"
    );
    let done_already = [answered(0, 201)];
    assert_eq!(
        say(&done_already, &[not_done(&done_already[0])]),
        words(S::Safe, N::ActsAgain),
        "a 2xx stands"
    );
}

#[test]
fn a_profile_names_its_own_codes() {
    let mut profile = profile();
    profile.key_reused_codes = vec!["other_request".into()];
    profile.state_conflict_codes = vec!["sold_out".into()];
    let advice = |answer: Summary| {
        let before = [lost(0), answer];
        let advice = advise(&before, &Candidate::again(&before[0]), &profile, at(30));
        (advice.same_key, advice.new_key)
    };
    let twice = words(S::Safe, N::MayActTwice);
    assert_eq!(advice(answered(5, 400).codes(&["other_request"])), twice);
    assert_eq!(
        advice(answered(5, 422).codes(&["key_reused"])),
        words(S::RepeatsError, N::AfterCorrection)
    );
    assert_eq!(advice(answered(5, 409).codes(&["sold_out"])), twice);
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
        let advice = advise(&before, &Candidate::again(&lost(0)), &profile(), at(now));
        assert_eq!(advice.wait.map(|wait| wait.as_secs()), expected, "{name}");
    }
}

#[test]
fn agreement_is_asked_for_what_it_covers() {
    let before = [lost(0), answered(10, 201).key("b")];
    let advice = advise(&before, &Candidate::again(&before[0]), &profile(), at(30));
    assert_eq!(
        question(&advice, Choice::SameKey),
        Some(Question::MayActTwice)
    );
    assert_eq!(question(&advice, Choice::NewKey), Some(Question::ActsAgain));
}
