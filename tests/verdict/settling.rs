//! What settles a doubt, and what only seems to.

use reqscope::domain::exchange::Summary;
use reqscope::domain::idempotency::{Candidate, NewKey as N, SameKey as S, advise};
use reqscope::domain::operation::{Found, Operation, Settlement};

use crate::history::{at, profile};
use crate::row::{Change, answered, check, in_flight, lost, words};

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
fn what_was_settled_by_hand() {
    let settled = |e: &Summary, found| Settlement {
        exchange: e.id.clone(),
        found,
        objects: Vec::new(),
        at: at(20),
    };
    let done = |e: &Summary| settled(e, Found::Done);
    let not_done = |e: &Summary| settled(e, Found::NotDone);
    let say = |before: &[Summary], settlements: &[Settlement]| {
        let operation = Operation {
            settlements: settlements.to_vec(),
            ..before.to_vec().into()
        };
        let candidate = Candidate::again(&before[0]);
        let advice = advise(&operation, &candidate, &profile(), at(30));
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
        let advice = advise(
            &before.to_vec().into(),
            &Candidate::again(&before[0]),
            &profile,
            at(30),
        );
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
