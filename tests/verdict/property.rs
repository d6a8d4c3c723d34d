//! Random histories: whatever was sent, agreed to or not, nothing that acts a second time passes unasked.

use proptest::prelude::*;
use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::idempotency::{Candidate, Choice, NewKey, SameKey, advise, question};
use reqscope::domain::request::Method;

use crate::history::{
    acts_twice, at, choice, class, exchange, history, is_asked, profile, verdict,
};
use crate::server::{Fate, Finding, Flavour, Request};

fn flavours() -> impl Strategy<Value = Flavour> {
    any::<[bool; 7]>().prop_map(|[a, b, c, d, e, f, g]| Flavour {
        saves_refusals: a,
        saves_faults: b,
        marks_replays: c,
        keys_by_account: d,
        compares_payload: e,
        one_organization: f,
        names_codes: g,
    })
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Plain),
        1 => Just(Fate::NotSent),
        3 => Just(Fate::LostBefore),
        3 => Just(Fate::LostAfter),
        1 => Just(Fate::Limited),
        1 => Just(Fate::Forbidden),
        1 => Just(Fate::Unavailable),
        1 => Just(Fate::Unfinished),
        1 => Just(Fate::Redirected),
        1 => Just(Fate::Crash),
        1 => Just(Fate::FaultBefore),
        1 => Just(Fate::FaultAfter),
        1 => Just(Fate::SeeOther),
        1 => Just(Fate::GaveUp),
        1 => Just(Fate::Doubled),
    ]
}

fn findings() -> impl Strategy<Value = Finding> {
    prop_oneof![
        3 => Just(Finding::Fine),
        2 => Just(Finding::Invalid),
        2 => Just(Finding::NoBalance),
        1 => Just(Finding::Missing),
        1 => Just(Finding::StateConflict),
        1 => Just(Finding::Duplicate),
    ]
}

/// Seconds between two sends: at once, in a while, about when a key is forgotten, long after.
fn gaps() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 1..30_u64,
        2 => prop_oneof![Just(59_u64), Just(61), Just(300), Just(1800)],
        2 => 3570..3620_u64,
        1 => Just(90_000_u64),
    ]
}

fn keys() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![5 => Just(Some(0)), 3 => Just(Some(1)), 1 => Just(Some(2)), 1 => Just(None)]
}

/// Mostly the same; now and then another.
fn mostly_first(others: u8) -> impl Strategy<Value = u8> {
    prop_oneof![6 => Just(0_u8), 1 => 0..=others]
}

prop_compose! {
    fn requests()(
        key in keys(),
        (payload, credential) in (mostly_first(2), mostly_first(2)),
        (account, origin) in (mostly_first(1), mostly_first(1)),
        (lag, work) in (prop_oneof![5 => Just(0_u64), 1 => 1..40_u64], prop_oneof![5 => Just(0_u64), 1 => 1..40_u64]),
        patience in 5..60_u64,
        fate in fates(),
        finding in findings(),
    ) -> Request {
        Request { at: 0, key, payload, credential, account, origin, lag, work, patience, fate, finding }
    }
}

prop_compose! {
    /// What could be sent next: nothing befalls it, nothing speaks against it, so it acts if anything lets it. It may
    /// take as long to arrive as a connection may.
    fn candidates()(request in requests(), key in prop_oneof![4 => keys(), 1 => Just(Some(9))], lag in 0..10_u64) -> Request {
        Request { key, lag, work: 0, fate: Fate::Plain, finding: Finding::Fine, ..request }
    }
}

prop_compose! {
    /// A send of the one key that is asked after until it is refused: what settles a doubt, or only seems to.
    fn chases()(
        request in requests(),
        fate in prop_oneof![Just(Fate::Plain), Just(Fate::LostAfter), Just(Fate::LostBefore)],
        finding in prop_oneof![2 => Just(Finding::Fine), 1 => Just(Finding::Invalid), 1 => Just(Finding::NoBalance)],
        lag in prop_oneof![Just(0_u64), 1..40_u64],
    ) -> Request {
        Request { key: Some(0), fate, finding, lag, ..request }
    }
}

fn steps() -> impl Strategy<Value = Vec<(u64, Request)>> {
    let mixed = prop::collection::vec((gaps(), requests()), 1..7);
    // Half of the time so close to each other that one overtakes another.
    let close = prop_oneof![gaps(), 1..10_u64];
    let chase = prop::collection::vec((close, chases()), 1..5);
    prop_oneof![mixed, chase]
}

/// When the first history begins: late enough for a clock to be set back before it.
const BEGINNING: u64 = 100_000;

/// A flavour, what was sent before, and what would be sent next.
fn cases() -> impl Strategy<Value = (Flavour, Vec<Request>, Request)> {
    let case = (flavours(), steps(), (gaps(), candidates()));
    case.prop_map(|(flavour, steps, (gap, candidate))| {
        let mut now = BEGINNING;
        let place = |(gap, mut request): (u64, Request)| {
            now += gap;
            request.at = now;
            if !flavour.saves_refusals {
                // A request that its client gave up and that arrives after a refusal was answered and not saved is
                // beyond what any rule over answers can see: the conventions let that refusal settle it.
                request.patience = request.patience.max(request.lag + 1);
            }
            request
        };
        let before: Vec<Request> = steps.into_iter().map(place).collect();
        (
            flavour,
            before,
            Request {
                at: now + gap,
                ..candidate
            },
        )
    })
}

/// Words and wait: everything of a verdict but its sentence.
fn words(before: &[Summary], request: &Request) -> (Option<SameKey>, NewKey, Option<u64>) {
    let advice = verdict(before, request);
    (
        advice.same_key,
        advice.new_key,
        advice.wait.map(|w| w.as_secs()),
    )
}

/// An answer that can have nothing to say of what was in doubt before: under a key never used, or 401, 429, 409, 5xx.
fn unrelated() -> impl Strategy<Value = (Request, u16, Option<&'static str>)> {
    let mute = prop_oneof![
        Just(401_u16),
        Just(429),
        Just(409),
        Just(500),
        Just(503),
        Just(408),
        Just(403)
    ];
    let any_status = prop_oneof![
        Just(200_u16),
        Just(201),
        Just(307),
        Just(400),
        Just(402),
        Just(404),
        Just(422),
        Just(500)
    ];
    let codes = prop_oneof![
        Just(None),
        Just(Some("key_in_progress")),
        Just(Some("already_active")),
        Just(Some("key_reused")),
        Just(Some("else"))
    ];
    let related = (requests(), mute, codes.clone());
    let foreign = (requests(), any_status, codes).prop_map(|(request, s, c)| {
        (
            Request {
                key: Some(7),
                ..request
            },
            s,
            c,
        )
    });
    prop_oneof![related, foreign]
}

proptest! {
    #[test]
    fn nothing_acts_twice_unasked((flavour, before, next) in cases()) {
        let seen = history(flavour, &before, next.at);
        if acts_twice(flavour, &before, next) {
            prop_assert!(is_asked(&seen, &next), "{:#?}\n{:?}", verdict(&seen, &next), choice(&seen, &next));
        }
    }

    #[test]
    fn a_safe_key_never_acts_twice((flavour, before, next) in cases()) {
        let seen = history(flavour, &before, next.at);
        let safe = verdict(&seen, &next).same_key == Some(SameKey::Safe);
        prop_assert!(!(safe && acts_twice(flavour, &before, next)));
    }

    #[test]
    fn nothing_gets_safer_by_an_unrelated_answer(
        (flavour, before, next) in cases(),
        (request, status, code) in unrelated(),
        put in any::<bool>(),
    ) {
        let mut seen = history(flavour, &before, next.at);
        let method = if put { Method::parse("PUT").expect("a method") } else { Method::post() };
        for exchange in &mut seen {
            exchange.method = method.clone();
        }
        let facts = exchange(0, &next).facts;
        let (key, account) = (next.key.map(|key| format!("key-{key}")), format!("acct_{}", next.account));
        let candidate = Candidate { method: &method, account: Some(&account), key: key.as_deref(), facts: &facts };
        let asked = |seen: &[Summary], choice| {
            question(&advise(&seen.to_vec().into(), &candidate, &profile(), at(next.at)), choice).is_some()
        };
        let earlier = [Choice::SameKey, Choice::NewKey].map(|choice| asked(&seen, choice));
        let last = seen.iter().filter(|e| e.idempotency_key == request.key.map(|key| format!("key-{key}"))).count();
        seen.push(Summary {
            method: method.clone(),
            class: class(status),
            status: Some(status),
            codes: code.into_iter().map(Into::into).collect(),
            send: last as u32 + 1,
            total_ms: Some(0.0),
            ..exchange(99, &Request { at: next.at, ..request })
        });
        for (choice, before) in [Choice::SameKey, Choice::NewKey].into_iter().zip(earlier) {
            prop_assert!(!before || asked(&seen, choice), "{choice:?} was asked about, and is no more");
        }
    }

    #[test]
    fn what_was_never_sent_changes_nothing(
        (flavour, before, next) in cases(),
        request in requests(),
        (at, held) in (0..8000_u64, any::<bool>()),
    ) {
        let mut seen = history(flavour, &before, next.at);
        let earlier = words(&seen, &next);
        let class = if held { Class::Held } else { Class::Failed };
        seen.push(Summary { class, ..exchange(99, &Request { at, ..request }) });
        prop_assert_eq!(words(&seen, &next), earlier);
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(
        (flavour, before, next) in cases(),
        turn in 0..7_usize,
    ) {
        let mut seen = history(flavour, &before, next.at);
        let earlier = verdict(&seen, &next);
        let turn = turn % seen.len();
        seen.rotate_left(turn);
        prop_assert_eq!(verdict(&seen, &next), earlier.clone());
        seen.reverse();
        prop_assert_eq!(verdict(&seen, &next), earlier);
    }

    #[test]
    fn what_was_asked_is_still_asked_when_a_clock_went_back(
        (flavour, before, next) in cases(),
        back in 11..90_000_u64,
    ) {
        let seen = history(flavour, &before, next.at);
        let sent = before.iter().filter(|request| request.fate != Fate::NotSent).map(|request| request.at).max();
        // The clock says less than it is, and less than it said of a send that was made.
        let told = Request { at: sent.unwrap_or(next.at) - back, ..next };
        if acts_twice(flavour, &before, next) {
            prop_assert!(is_asked(&seen, &told), "{:#?}", verdict(&seen, &told));
        }
    }
}
