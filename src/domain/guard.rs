//! The guard of a profile: what it asks before a send, and what it never lets pass.
//!
//! ```text
//!   the guard, where it goes ┐
//!   the operation so far     ├──▶ ruling() ──▶ Pass, Ask(Asked), Never
//!   the verdict, the key     ┘
//! ```
//!
//! The verdict (`idempotency`) says what a replay would do, and asks only where that may be harm. Where a slip costs
//! somebody money the guard asks before every replay, however harmless the verdict finds it; and it can be closed
//! altogether. What was asked is a value: an agreement is to that one and to no other.

use crate::domain::exchange::{Class, Summary};
use crate::domain::idempotency::{Advice, Choice, NewKey, Question, SameKey, question};
use crate::domain::operation::Operation;
use crate::domain::request::Method;

/// How carefully an API is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// `Live`, unless all of it stays on this machine.
    #[default]
    Auto,
    /// Every replay of an unsafe method is asked about.
    Live,
    /// No unsafe method is sent.
    ReadOnly,
    /// Only the verdict asks: for a test system that is not on this machine.
    Off,
}

impl Guard {
    /// Each with the word the configuration has for it.
    pub const WORDS: [(&'static str, Guard); 4] = [
        ("auto", Guard::Auto),
        ("live", Guard::Live),
        ("read-only", Guard::ReadOnly),
        ("off", Guard::Off),
    ];
}

/// What must be agreed to before a send may pass. Agreement is to one of these, and covers no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The verdict's question: it will, or may, act again.
    Verdict(Question),
    /// The live guard's question: this replay, with this verdict.
    Replay(Replay),
}

/// A replay as the live guard asks about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The key it would take.
    pub choice: Choice,
    /// What the same key does; `None` when no key was sent.
    pub same_key: Option<SameKey>,
    /// What a new key does.
    pub new_key: NewKey,
}

/// What becomes of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It may pass.
    Pass,
    /// It may pass once this was agreed to.
    Ask(Asked),
    /// It may not pass: the profile is read-only.
    Never,
}

/// What becomes of a send of `method` that follows `before` in its operation. `local` says that all of it stays on
/// this machine. The stronger rule comes first; what the verdict asks is not asked a second time by the guard.
pub fn ruling(
    (guard, local): (Guard, bool),
    method: &Method,
    before: &Operation,
    advice: &Advice,
    choice: Choice,
) -> Ruling {
    if method.is_safe() {
        return Ruling::Pass;
    }
    if guard == Guard::ReadOnly {
        return Ruling::Never;
    }
    if let Some(question) = question(advice, choice) {
        return Ruling::Ask(Asked::Verdict(question));
    }
    let live = guard == Guard::Live || (guard == Guard::Auto && !local);
    // What is held waits to be sent for the first time.
    let replay = before.attempts().any(|e| e.class != Class::Held);
    if live && replay {
        return Ruling::Ask(Asked::Replay(Replay {
            choice,
            same_key: advice.same_key,
            new_key: advice.new_key,
        }));
    }
    Ruling::Pass
}

/// What the same key can return, in words.
pub fn same_key_words(same_key: Option<SameKey>) -> &'static str {
    match same_key {
        None => "there is none",
        Some(SameKey::Safe) => "safe, nothing happens twice",
        Some(SameKey::Runs) => "runs",
        Some(SameKey::RepeatsError) => "may return the saved error",
        Some(SameKey::Indeterminate) => "cannot act twice, may return the saved error",
        Some(SameKey::ActsAgain) => "does the action AGAIN",
        Some(SameKey::MayActTwice) => "MAY ACT TWICE",
    }
}

/// What a new key can do, in words.
pub fn new_key_words(new_key: NewKey) -> &'static str {
    match new_key {
        NewKey::ActsAgain => "does the action AGAIN",
        NewKey::Runs => "runs",
        NewKey::AfterCorrection => "right, once the request is corrected",
        NewKey::MayActTwice => "MAY ACT TWICE",
    }
}

impl Replay {
    /// The verdict for both keys, in words.
    pub fn verdict(&self) -> String {
        let (same_key, new_key) = (same_key_words(self.same_key), new_key_words(self.new_key));
        format!("Same key: {same_key}. New key: {new_key}.")
    }
}

/// How many earlier exchanges a sentence names.
const NAMED: usize = 6;

/// An operation so far, in one sentence: its requestId, its account, and what came of each send of each key.
pub fn so_far(operation: &Operation) -> String {
    let attempts: Vec<&Summary> = operation.attempts().collect();
    let Some(first) = attempts.first() else {
        return "Nothing of this operation was sent yet.".to_owned();
    };
    let account = first.account.as_deref();
    let account = account.map_or(String::new(), |account| format!(" on account {account}"));
    let skipped = attempts.len().saturating_sub(NAMED);
    let mut parts: Vec<String> = attempts.iter().skip(skipped).map(|e| line(e)).collect();
    if skipped > 0 {
        parts.insert(0, format!("{skipped} earlier"));
    }
    format!(
        "requestId {}{account}: {}.{}",
        first.operation,
        parts.join("; "),
        looked_up(operation)
    )
}

/// What the last look-up that told something found, as a sentence of its own; empty when there was none.
pub fn looked_up(operation: &Operation) -> String {
    let Some((_, found)) = operation.look_ups().next_back() else {
        return String::new();
    };
    let more = if found.partial {
        ", and maybe more"
    } else {
        ""
    };
    match &found.ids[..] {
        [] => " The last look-up found none yet.".to_owned(),
        [one] => format!(" A look-up found {one}{more}."),
        many => format!(
            " A look-up found {}{more}: it was done more than once.",
            many.join(", ")
        ),
    }
}

fn line(exchange: &Summary) -> String {
    let key = exchange.idempotency_key.as_deref();
    let key = key.map_or("no key".to_owned(), |key| format!("key {}", short(key)));
    let came = match (exchange.class, exchange.status) {
        (Class::Held, _) => "held".to_owned(),
        (Class::InFlight, _) => "in flight".to_owned(),
        (Class::Failed, _) => "nothing was sent".to_owned(),
        (_, Some(status)) if exchange.replayed => format!("{status} (saved answer)"),
        (_, Some(status)) => status.to_string(),
        (_, None) => "no answer".to_owned(),
    };
    format!("attempt {} with {key}: {came}", exchange.attempt)
}

/// A key that can be told from another at a glance.
fn short(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() <= 13 {
        return key.to_owned();
    }
    let (head, tail) = (&letters[..4], &letters[letters.len() - 4..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::{Asked, Guard, Replay, Ruling, ruling, short, so_far};
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::idempotency::{Advice, Choice, NewKey, Question, SameKey};
    use crate::domain::operation::tests::summary;
    use crate::domain::request::Method;

    fn advice(same_key: SameKey, new_key: NewKey) -> Advice {
        Advice {
            same_key: Some(same_key),
            new_key,
            wait: None,
            text: String::new(),
        }
    }

    #[test]
    fn the_stronger_rule_comes_first() {
        // Guard, local, method, what came before, choice; what is asked.
        #[rustfmt::skip]
        let rulings = [
            (Guard::Auto,     false, "POST",   None,                 Choice::NewKey,  "pass"),
            (Guard::Auto,     false, "POST",   Some(Class::Success), Choice::SameKey, "replay"),
            (Guard::Auto,     true,  "POST",   Some(Class::Success), Choice::SameKey, "pass"),
            (Guard::Auto,     true,  "POST",   Some(Class::Success), Choice::NewKey,  "verdict"),
            (Guard::Auto,     false, "POST",   Some(Class::Success), Choice::NewKey,  "verdict"),
            (Guard::Live,     true,  "POST",   None,                 Choice::NewKey,  "pass"),
            (Guard::Live,     true,  "POST",   Some(Class::Success), Choice::SameKey, "replay"),
            (Guard::Live,     true,  "DELETE", Some(Class::Failed),  Choice::SameKey, "replay"),
            (Guard::Live,     true,  "POST",   Some(Class::Held),    Choice::SameKey, "pass"),
            (Guard::Live,     true,  "GET",    Some(Class::Success), Choice::NewKey,  "pass"),
            (Guard::Off,      false, "POST",   Some(Class::Success), Choice::SameKey, "pass"),
            (Guard::Off,      false, "POST",   Some(Class::Success), Choice::NewKey,  "verdict"),
            (Guard::ReadOnly, true,  "POST",   None,                 Choice::NewKey,  "never"),
            (Guard::ReadOnly, false, "PURGE",  Some(Class::Success), Choice::SameKey, "never"),
            (Guard::ReadOnly, false, "GET",    Some(Class::Success), Choice::NewKey,  "pass"),
            (Guard::ReadOnly, false, "HEAD",   None,                 Choice::NewKey,  "pass"),
        ];
        for (guard, local, method, class, choice, expected) in rulings {
            let before: Vec<Summary> = class
                .into_iter()
                .map(|c| summary(Some("a"), c, None))
                .collect();
            let method = Method::parse(method).expect(method);
            // The verdict after a 2xx; for a safe method it finds both harmless.
            let advice = match (before.is_empty(), method.is_safe()) {
                (false, false) => advice(SameKey::Safe, NewKey::ActsAgain),
                _ => advice(SameKey::Runs, NewKey::Runs),
            };
            let got = match ruling(
                (guard, local),
                &method,
                &before.clone().into(),
                &advice,
                choice,
            ) {
                Ruling::Pass => "pass",
                Ruling::Never => "never",
                Ruling::Ask(Asked::Verdict(Question::ActsAgain)) => "verdict",
                Ruling::Ask(Asked::Verdict(other)) => panic!("{other:?}"),
                Ruling::Ask(Asked::Replay(replay)) => {
                    let Replay {
                        choice: asked,
                        same_key,
                        new_key,
                    } = replay;
                    assert_eq!(asked, choice);
                    assert_eq!((same_key, new_key), (advice.same_key, advice.new_key));
                    "replay"
                }
            };
            assert_eq!(
                got, expected,
                "{guard:?} {local} {method} {class:?} {choice:?}"
            );
        }
    }

    #[test]
    fn an_operation_is_told_with_its_keys_and_outcomes() {
        let mut operation = vec![
            summary(
                Some("9b1e0000-0000-4000-8000-0000000004c7"),
                Class::ServerError,
                Some(503),
            ),
            Summary {
                attempt: 2,
                replayed: true,
                ..summary(Some("short"), Class::Success, Some(201))
            },
            Summary {
                attempt: 3,
                ..summary(None, Class::Indeterminate, None)
            },
        ];
        let told = so_far(&operation.clone().into());
        assert_eq!(
            told,
            "requestId op_1 on account acct_1: attempt 1 with key 9b1e…04c7: 503; \
             attempt 2 with key short: 201 (saved answer); attempt 3 with no key: no answer."
        );
        operation.extend((0..6).map(|_| summary(None, Class::Failed, None)));
        let told = so_far(&operation.into());
        assert!(told.contains("acct_1: 3 earlier; attempt 1"), "{told}");
        assert_eq!(told.matches("nothing was sent").count(), 6);
        assert_eq!(short("ümläüte-sind-auch-buchstäben"), "ümlä…äben");
    }

    #[test]
    fn both_keys_are_judged_in_words() {
        let replay = |same_key| Replay {
            choice: Choice::SameKey,
            same_key,
            new_key: NewKey::ActsAgain,
        };
        assert_eq!(
            replay(Some(SameKey::Safe)).verdict(),
            "Same key: safe, nothing happens twice. New key: does the action AGAIN."
        );
        assert!(replay(None).verdict().contains("there is none"));
    }
}
