//! The replay verdict: what sending again would do, with the same key and with a new one.
//!
//! ```text
//!   the operation's exchanges ─ trace ─ past ┐
//!   what looking them up found ──────────────┤
//!   the request to be sent                   ├─ verdict ─ sentence ─▶ Advice ─▶ question(): may it pass unasked?
//!   the profile, now                         ┘
//! ```
//!
//! The verdict is over the WHOLE operation, never over its last exchange alone: while any exchange is 5xx, without an
//! answer or in flight, and not settled, a new key may act twice, whatever came later. "Safe" is said only of a key
//! that is known to have done its work, or whose work is in doubt and that nothing else can have done.
//!
//! Rules are the API page's and those of its family: authentication -> rate limiter -> idempotency layer ->
//! validation -> action. What may pass without asking is decided in one place, [`question`]. Where the rules are
//! silent, the careful side is taken, and the reason stands beside it.
//!
//! It knows what the history knows, and no more: a key that was used outside this history, or a clock that was set
//! back but not behind an exchange, it cannot see.

mod past;
mod sentence;
mod trace;
mod verdict;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::exchange::{Facts, Summary};
use crate::domain::header::Headers;
use crate::domain::idempotency::past::{Past, Send};
use crate::domain::idempotency::sentence::sentence;
use crate::domain::idempotency::trace::Trace;
use crate::domain::idempotency::verdict::Case;
use crate::domain::operation::Operation;
use crate::domain::profile::Profile;
use crate::domain::request::Method;

/// What a replay with the same key does. The words are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameKey {
    /// Nothing happens twice: the saved answer comes back, or the work is done for the first time.
    Safe,
    /// Runs as if for the first time: the idempotency layer never saw it. After "in progress": runs after a wait.
    Runs,
    /// May return the saved error unchanged.
    RepeatsError,
    /// Cannot act twice, but may return a saved error that says nothing of what happened.
    Indeterminate,
    /// Does the action again: the server no longer knows the key.
    ActsAgain,
    /// May do the action a second time.
    MayActTwice,
}

/// What a send with a new key does. The words are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NewKey {
    /// Does the action again.
    ActsAgain,
    /// Runs; nothing ran before.
    Runs,
    /// Right, once what was refused is corrected.
    AfterCorrection,
    /// The first may have acted, so this may act a second time.
    MayActTwice,
}

/// The verdict on sending again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// With the same key; `None` when no key was sent.
    pub same_key: Option<SameKey>,
    /// With a new key.
    pub new_key: NewKey,
    /// How long to wait first, when the server or the rule says so.
    pub wait: Option<Duration>,
    /// The rule in words, for the person who decides.
    pub text: String,
}

/// The request whose sending is judged.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its method.
    pub method: &'a Method,
    /// The account it is about.
    pub account: Option<&'a str>,
    /// The key that "same key" means.
    pub key: Option<&'a str>,
    /// Where it goes, what it carries, and with which credential it would go now.
    pub facts: &'a Facts,
}

impl<'a> Candidate<'a> {
    /// A recorded exchange, to be sent again unchanged.
    pub fn again(exchange: &'a Summary) -> Candidate<'a> {
        Candidate {
            method: &exchange.method,
            account: exchange.account.as_deref(),
            key: exchange.idempotency_key.as_deref(),
            facts: &exchange.facts,
        }
    }
}

/// Which key a send takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The candidate's own.
    SameKey,
    /// One that was never sent, or none.
    NewKey,
}

/// What must be agreed to before a send may pass. Agreement is to one of these, and covers no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The action will be done again.
    ActsAgain,
    /// The action may be done a second time.
    MayActTwice,
}

/// Response fields by which servers say that an answer is a saved one (conventions). Their absence proves nothing.
const REPLAY_MARKERS: [&str; 8] = [
    "Idempotent-Replayed",
    "Idempotency-Replayed",
    "X-Idempotent-Replayed",
    "X-Idempotency-Replayed",
    "X-Idempotency-Cache-Hit",
    "Idempotency-Status",
    "X-Idempotency-Status",
    "Request-Idempotency",
];

/// Whether the server marked this answer as a saved one.
pub fn is_replayed(headers: &Headers) -> bool {
    let says_yes = |value: &str| {
        ["true", "?1", "1", "replayed", "hit", "yes"]
            .iter()
            .any(|yes| value.trim().eq_ignore_ascii_case(yes))
    };
    REPLAY_MARKERS
        .iter()
        .any(|name| headers.get_all(name).any(says_yes))
}

/// Whether a field of this name is one by which servers say that an answer is a saved one.
pub fn is_replay_marker(name: &str) -> bool {
    REPLAY_MARKERS
        .iter()
        .any(|marker| marker.eq_ignore_ascii_case(name))
}

/// The verdict on sending `candidate` now, given everything its operation has seen and what people settled of it. An
/// empty look-up settles nothing, and changes no verdict.
pub fn advise(
    operation: &Operation,
    candidate: &Candidate<'_>,
    profile: &Profile,
    now: Timestamp,
) -> Advice {
    let past = Past::new(operation, profile);
    let case = Case {
        past: &past,
        candidate,
        now,
    };
    let wait = case.wait();
    if candidate.method.is_safe() {
        let text = "A safe method asks for nothing to be done (RFC 9110 9.2.1): sending it again is harmless, \
                    with any key or none.";
        return Advice {
            same_key: Some(SameKey::Runs),
            new_key: NewKey::Runs,
            wait,
            text: text.to_owned(),
        };
    }
    let new_key = case.new_key();
    let same_key = candidate.key.map(|key| case.same_key(key, new_key));
    Advice {
        same_key: same_key.map(|(verdict, _)| verdict),
        new_key,
        wait,
        text: sentence(&case, same_key, new_key),
    }
}

/// The exchanges that may have acted without anybody's knowing, oldest first, where one of them is a 5xx or a lost answer
/// that nothing has settled; a conflict that no code explains is among them then. What is still on its way is not: it
/// has an end to wait for.
pub fn in_doubt<'a>(operation: &'a Operation, profile: &Profile) -> Vec<&'a Summary> {
    let past = Past::new(operation, profile);
    if !past.sends.iter().any(Send::is_unsettled) {
        return Vec::new();
    }
    let open = past.sends.iter().filter(|send| send.is_open());
    open.map(|send| send.exchange).collect()
}

/// Whether an answer is of validation or beyond, so that it judged the request itself: not a 401, a 429, a 409, a 5xx or
/// a key that was used with another payload.
pub fn reached_validation(exchange: &Summary, profile: &Profile) -> bool {
    Trace::of(exchange, profile).settles()
}

/// When the server may forget this key, as far as this history knows; `None` when no send of it can have reached the
/// idempotency layer.
pub fn forgotten_at(operation: &Operation, key: &str, profile: &Profile) -> Option<Timestamp> {
    Past::new(operation, profile).forgotten_at(key)
}

/// What must be asked before a send with this choice of key may pass; `None` when nothing need be.
pub fn question(advice: &Advice, choice: Choice) -> Option<Question> {
    match (choice, advice.same_key) {
        (Choice::SameKey, Some(SameKey::ActsAgain)) => Some(Question::ActsAgain),
        (Choice::SameKey, Some(SameKey::MayActTwice)) => Some(Question::MayActTwice),
        (Choice::SameKey, Some(_)) => None,
        (Choice::SameKey, None) | (Choice::NewKey, _) => match advice.new_key {
            NewKey::ActsAgain => Some(Question::ActsAgain),
            NewKey::MayActTwice => Some(Question::MayActTwice),
            NewKey::Runs | NewKey::AfterCorrection => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{
        Advice, Candidate, Choice, NewKey, Question, SameKey, advise, is_replayed, question,
    };
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::header::Headers;
    use crate::domain::operation::tests::summary;
    use crate::domain::profile::Profile;
    use crate::domain::rate_limit::Quota;
    use crate::domain::redact::Fingerprint;
    use crate::domain::request::Method;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn status(key: &str, seconds: i64, status: u16) -> Summary {
        let class = match status {
            429 => Class::RateLimited,
            200..300 => Class::Success,
            300..400 => Class::Redirect,
            400..500 => Class::ClientError,
            _ => Class::ServerError,
        };
        Summary {
            started_at: at(seconds),
            ..summary(Some(key), class, Some(status))
        }
    }

    fn unanswered(key: &str, seconds: i64, class: Class) -> Summary {
        Summary {
            started_at: at(seconds),
            ..summary(Some(key), class, None)
        }
    }

    /// The verdict on sending the exchange at `which` again, ten seconds after the last.
    fn again(history: &[Summary], which: usize) -> Advice {
        let now = history.last().expect("a history").started_at + SignedDuration::from_secs(10);
        advise(
            &history.to_vec().into(),
            &Candidate::again(&history[which]),
            &Profile::new("p"),
            now,
        )
    }

    fn words(advice: &Advice) -> (SameKey, NewKey) {
        (advice.same_key.expect("a key was sent"), advice.new_key)
    }

    #[test]
    fn an_operations_first_and_only_exchange() {
        use NewKey as N;
        use SameKey as S;
        for (code, expected) in [
            (200, (S::Safe, N::ActsAgain)),
            (201, (S::Safe, N::ActsAgain)),
            (307, (S::Safe, N::ActsAgain)),
            (400, (S::RepeatsError, N::AfterCorrection)),
            (402, (S::RepeatsError, N::AfterCorrection)),
            (404, (S::RepeatsError, N::AfterCorrection)),
            (422, (S::RepeatsError, N::AfterCorrection)),
            (409, (S::Indeterminate, N::MayActTwice)),
            (401, (S::Runs, N::Runs)),
            (429, (S::Runs, N::Runs)),
            (500, (S::Indeterminate, N::MayActTwice)),
            (503, (S::Indeterminate, N::MayActTwice)),
            (408, (S::Safe, N::MayActTwice)),
            (425, (S::Safe, N::MayActTwice)),
        ] {
            assert_eq!(
                words(&again(&[status("a", 0, code)], 0)),
                expected,
                "{code}"
            );
        }
        for (class, expected) in [
            (Class::Failed, (S::Runs, N::Runs)),
            (Class::Held, (S::Runs, N::Runs)),
            (Class::Indeterminate, (S::Safe, N::MayActTwice)),
            (Class::InFlight, (S::Safe, N::MayActTwice)),
        ] {
            assert_eq!(
                words(&again(&[unanswered("a", 0, class)], 0)),
                expected,
                "{class:?}"
            );
        }
    }

    #[test]
    fn safe_methods_always_run() {
        for code in [200, 404, 429, 500] {
            for key in [None, Some("a".to_owned())] {
                let get = Summary {
                    method: Method::get(),
                    idempotency_key: key,
                    ..status("a", 0, code)
                };
                assert_eq!(
                    words(&again(&[get], 0)),
                    (SameKey::Runs, NewKey::Runs),
                    "{code}"
                );
            }
        }
    }

    #[test]
    fn a_conflict_is_told_apart_by_its_code() {
        let coded = |code: &str| Summary {
            codes: vec![code.into()],
            ..status("a", 0, 409)
        };
        assert_eq!(
            words(&again(&[coded("already_active")], 0)),
            (SameKey::Indeterminate, NewKey::AfterCorrection)
        );
        let running = again(&[coded("key_in_progress")], 0);
        assert_eq!(words(&running), (SameKey::Runs, NewKey::MayActTwice));
        assert_eq!(
            words(&again(&[coded("duplicate")], 0)),
            (SameKey::Indeterminate, NewKey::MayActTwice)
        );
    }

    #[test]
    fn a_later_unrelated_answer_makes_nothing_safer() {
        for later in [
            status("a", 5, 429),
            status("a", 5, 401),
            status("a", 5, 409),
            status("b", 5, 422),
            status("b", 5, 429),
        ] {
            let history = [unanswered("a", 0, Class::Indeterminate), later];
            assert_eq!(
                again(&history, 0).new_key,
                NewKey::MayActTwice,
                "{:?}",
                history[1].status
            );
            assert_eq!(
                again(&history, 1).new_key,
                NewKey::MayActTwice,
                "{:?}",
                history[1].status
            );
        }
    }

    #[test]
    fn a_later_answer_under_the_same_key_settles() {
        let history = [
            unanswered("a", 0, Class::Indeterminate),
            status("a", 5, 422),
        ];
        assert_eq!(
            words(&again(&history, 1)),
            (SameKey::RepeatsError, NewKey::AfterCorrection)
        );
        let history = [status("a", 0, 503), status("a", 5, 201)];
        assert_eq!(
            words(&again(&history, 1)),
            (SameKey::Safe, NewKey::ActsAgain)
        );
    }

    #[test]
    fn what_went_elsewhere_or_with_something_else_settles_nothing() {
        let mut edited = status("a", 5, 422);
        edited.facts.payload = Fingerprint([9; 32]);
        let late = status("a", 4000, 422);
        let mut other_account = status("a", 5, 422);
        other_account.account = Some("acct_2".into());
        for later in [edited, late, other_account] {
            let history = [unanswered("a", 0, Class::Indeterminate), later];
            assert_eq!(again(&history, 0).new_key, NewKey::MayActTwice);
        }
    }

    #[test]
    fn an_old_key_acts_as_a_new_one() {
        let profile = Profile::new("p");
        for (code, expected) in [
            (201, SameKey::ActsAgain),
            (503, SameKey::MayActTwice),
            (422, SameKey::Runs),
        ] {
            let history = [status("a", 0, code)];
            let advice = advise(
                &history.to_vec().into(),
                &Candidate::again(&history[0]),
                &profile,
                at(3600),
            );
            assert_eq!(advice.same_key, Some(expected), "{code}");
            let advice = advise(
                &history.to_vec().into(),
                &Candidate::again(&history[0]),
                &profile,
                at(3599),
            );
            assert_ne!(
                advice.same_key,
                Some(SameKey::ActsAgain),
                "{code} within retention"
            );
        }
    }

    #[test]
    fn a_key_that_never_ran_is_no_shield_for_another_that_did() {
        let history = [status("a", 0, 429), status("b", 5, 201)];
        assert_eq!(again(&history, 0).same_key, Some(SameKey::ActsAgain));
        let history = [
            unanswered("a", 0, Class::Indeterminate),
            status("b", 5, 201),
        ];
        assert_eq!(again(&history, 0).same_key, Some(SameKey::MayActTwice));
        assert_eq!(again(&history, 1).same_key, Some(SameKey::Safe));
    }

    #[test]
    fn a_changed_credential_is_judged_by_what_the_key_saw() {
        let profile = Profile::new("p");
        for (code, expected) in [
            (401, SameKey::Runs),
            (429, SameKey::Runs),
            (503, SameKey::MayActTwice),
            (201, SameKey::MayActTwice),
        ] {
            let history = [status("a", 0, code)];
            let mut facts = history[0].facts.clone();
            facts.credential = Some(Fingerprint([8; 32]));
            let candidate = Candidate {
                facts: &facts,
                ..Candidate::again(&history[0])
            };
            assert_eq!(
                advise(&history.to_vec().into(), &candidate, &profile, at(10)).same_key,
                Some(expected),
                "{code}"
            );
        }
    }

    #[test]
    fn an_edited_payload_under_the_same_key_is_rejected() {
        let history = [status("a", 0, 422)];
        let mut facts = history[0].facts.clone();
        facts.payload = Fingerprint([9; 32]);
        let candidate = Candidate {
            facts: &facts,
            ..Candidate::again(&history[0])
        };
        assert_eq!(
            advise(
                &history.to_vec().into(),
                &candidate,
                &Profile::new("p"),
                at(10)
            )
            .same_key,
            Some(SameKey::RepeatsError)
        );
    }

    #[test]
    fn put_and_delete_are_harmless_at_once_only() {
        let put = Summary {
            method: Method::parse("PUT").expect("a method"),
            idempotency_key: None,
            ..status("a", 0, 200)
        };
        let history = [put];
        let (profile, candidate) = (Profile::new("p"), Candidate::again(&history[0]));
        let advice = advise(&history.to_vec().into(), &candidate, &profile, at(10));
        assert_eq!((advice.same_key, advice.new_key), (None, NewKey::Runs));
        assert_eq!(
            advise(&history.to_vec().into(), &candidate, &profile, at(86_400)).new_key,
            NewKey::ActsAgain
        );
    }

    #[test]
    fn what_needs_agreement_is_asked_for() {
        let done = again(&[status("a", 0, 201)], 0);
        assert_eq!(question(&done, Choice::SameKey), None);
        assert_eq!(question(&done, Choice::NewKey), Some(Question::ActsAgain));
        let lost = again(&[unanswered("a", 0, Class::Indeterminate)], 0);
        assert_eq!(question(&lost, Choice::SameKey), None);
        assert_eq!(question(&lost, Choice::NewKey), Some(Question::MayActTwice));
        let bare = Summary {
            idempotency_key: None,
            ..unanswered("a", 0, Class::Indeterminate)
        };
        let bare = again(&[bare], 0);
        assert_eq!(bare.same_key, None);
        assert_eq!(
            question(&bare, Choice::SameKey),
            Some(Question::MayActTwice)
        );
    }

    #[test]
    fn a_saved_answer_is_known_by_its_marker() {
        for (name, value, expected) in [
            ("Idempotent-Replayed", "true", true),
            ("x-idempotency-status", "Replayed", true),
            ("Request-Idempotency", "true", true),
            ("Idempotent-Replayed", "false", false),
            ("Idempotency-Key", "true", false),
        ] {
            assert_eq!(
                is_replayed(&Headers::from_iter([(name, value)])),
                expected,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn the_wait_counts_down_from_the_answer() {
        let quota = Quota {
            retry_after_seconds: Some(30),
            ..Quota::default()
        };
        let history = [Summary {
            quota: Some(quota),
            ..status("a", 0, 429)
        }];
        assert_eq!(again(&history, 0).wait.map(|w| w.as_secs()), Some(20));
    }
}
