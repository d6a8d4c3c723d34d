//! The replay verdict: what sending again would do, with the same key and with a new one.
//!
//! ```text
//!   the operation's exchanges ┐
//!   the request to be sent    ├──▶ advise() ──▶ Advice { same_key, new_key, wait, text } ──▶ question(): may it pass?
//!   the profile, now          ┘
//! ```
//!
//! The verdict is over the WHOLE operation, never over its last exchange alone: while any exchange is 5xx, without an
//! answer or in flight, and not settled, a new key may act twice, whatever came later. "Safe" is said only of a key
//! that is known to have done its work, or whose work is in doubt and that nothing else can have done.
//!
//! Rules are the API page's and those of its family: authentication -> rate limiter -> idempotency layer ->
//! validation -> action. What may pass without asking is decided in one place, [`question`].

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::exchange::{Class, Facts, Summary};
use crate::domain::header::Headers;
use crate::domain::profile::Profile;
use crate::domain::request::Method;

/// What a replay with the same key does. The words are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameKey {
    /// Nothing happens twice: the saved answer comes back, or the work is done for the first time.
    Safe,
    /// Runs as if for the first time: the idempotency layer never saw it.
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

/// PUT and DELETE are harmless at once, not from yesterday's history: this is how long "at once" lasts.
const AT_ONCE: Duration = Duration::from_secs(60);

/// What one exchange showed of its execution, judged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trace {
    /// Nothing reached the idempotency layer: not sent, 401, 429.
    NeverRan,
    /// 2xx or 3xx.
    Done,
    /// 4xx: refused, nothing was done.
    Refused,
    /// 409 "in progress": the first request with this key still runs.
    InProgress,
    /// 409 whose code names a state conflict of the resource: this send did nothing, but it settles no earlier one.
    StateConflict,
    /// 409 without a code that explains it.
    Conflict,
    /// 5xx.
    ServerError,
    /// No answer is known, or none yet.
    NoAnswer,
}

fn trace(exchange: &Summary, profile: &Profile) -> Trace {
    let has = |codes: &[String]| exchange.codes.iter().any(|code| codes.contains(code));
    match (exchange.class, exchange.status) {
        (Class::Held | Class::Failed, _) => Trace::NeverRan,
        (Class::InFlight | Class::Indeterminate | Class::Informational, _) => Trace::NoAnswer,
        (Class::Success | Class::Redirect, _) => Trace::Done,
        (_, Some(401 | 429)) => Trace::NeverRan,
        (_, Some(408 | 425)) => Trace::NoAnswer,
        (_, Some(409)) if has(&profile.in_progress_codes) => Trace::InProgress,
        (_, Some(409)) if has(&profile.state_conflict_codes) => Trace::StateConflict,
        (_, Some(409)) => Trace::Conflict,
        (Class::ServerError, _) => Trace::ServerError,
        (Class::ClientError | Class::RateLimited, _) => Trace::Refused,
    }
}

impl Trace {
    /// Whether the action may have been done without our knowing.
    fn is_doubt(self) -> bool {
        matches!(
            self,
            Trace::ServerError | Trace::NoAnswer | Trace::InProgress | Trace::Conflict
        )
    }

    /// Whether this answer, under the same key, says what became of an earlier send that was in doubt.
    fn settles(self) -> bool {
        matches!(self, Trace::Done | Trace::Refused)
    }
}

/// The operation's past, each exchange with its trace, oldest first.
struct Past<'a> {
    exchanges: Vec<(&'a Summary, Trace)>,
    retention: Duration,
}

impl<'a> Past<'a> {
    fn new(operation: &'a [Summary], profile: &Profile) -> Past<'a> {
        let mut exchanges: Vec<_> = operation.iter().map(|e| (e, trace(e, profile))).collect();
        exchanges.sort_by_key(|(e, _)| e.started_at);
        Past {
            exchanges,
            retention: profile.retention,
        }
    }

    /// Whether the exchange at `at` is in doubt, and no later answer under its key settled it. A key that the server
    /// may have forgotten, or that went elsewhere or with something else, settles nothing.
    fn is_unsettled(&self, at: usize) -> bool {
        let (doubt, trace) = self.exchanges[at];
        let settled = |(later, trace): &(&Summary, Trace)| {
            trace.settles()
                && doubt.idempotency_key.is_some()
                && same_use(doubt, later)
                && age(self.first_use(&doubt.idempotency_key), later.started_at) < self.retention
        };
        trace.is_doubt() && !self.exchanges[at + 1..].iter().any(settled)
    }

    fn first_use(&self, key: &Option<String>) -> Timestamp {
        let of_key = self
            .exchanges
            .iter()
            .filter(|(e, t)| e.idempotency_key == *key && *t != Trace::NeverRan);
        of_key
            .map(|(e, _)| e.started_at)
            .next()
            .unwrap_or(Timestamp::MAX)
    }

    fn any_done(&self, of: impl Fn(&Summary) -> bool) -> bool {
        self.exchanges
            .iter()
            .any(|(e, t)| *t == Trace::Done && of(e))
    }

    /// The latest unsettled doubt among the exchanges chosen.
    fn doubt(&self, of: impl Fn(&Summary) -> bool) -> Option<Trace> {
        let at = (0..self.exchanges.len())
            .rev()
            .find(|at| of(self.exchanges[*at].0) && self.is_unsettled(*at))?;
        Some(self.exchanges[at].1)
    }
}

/// Same key, place, account, payload and credential: one use of a key.
fn same_use(a: &Summary, b: &Summary) -> bool {
    a.idempotency_key == b.idempotency_key && a.account == b.account && a.facts == b.facts
}

fn age(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// The verdict on sending `candidate` now, given everything its operation has seen.
pub fn advise(
    operation: &[Summary],
    candidate: &Candidate<'_>,
    profile: &Profile,
    now: Timestamp,
) -> Advice {
    let past = Past::new(operation, profile);
    let last =
        past.exchanges.iter().rev().find(|(e, _)| {
            candidate.key.is_none() || e.idempotency_key.as_deref() == candidate.key
        });
    let wait = last.and_then(|(e, trace)| wait_after(e, *trace, now));
    if candidate.method.is_safe() {
        let text = format!(
            "{} asks for nothing to be done (RFC 9110 9.2.1): sending again is harmless.",
            candidate.method
        );
        return Advice {
            same_key: Some(SameKey::Runs),
            new_key: NewKey::Runs,
            wait,
            text,
        };
    }
    let new_key = with_new_key(&past, candidate, now);
    let same_key = candidate
        .key
        .map(|key| with_same_key(&past, candidate, key, new_key, now));
    let text = sentence(
        &past,
        candidate,
        last.map(|(e, t)| (*e, *t)),
        same_key,
        new_key,
    );
    Advice {
        same_key,
        new_key,
        wait,
        text,
    }
}

fn wait_after(exchange: &Summary, trace: Trace, now: Timestamp) -> Option<Duration> {
    if trace == Trace::InProgress {
        return Some(Duration::from_secs(1));
    }
    let matters = matches!(exchange.class, Class::RateLimited | Class::ServerError);
    let waits = exchange
        .quota
        .as_ref()
        .filter(|_| matters)
        .and_then(|quota| quota.wait())?;
    Some(waits.saturating_sub(age(exchange.started_at, now))).filter(|left| !left.is_zero())
}

fn with_new_key(past: &Past<'_>, candidate: &Candidate<'_>, now: Timestamp) -> NewKey {
    let at_once = past
        .exchanges
        .iter()
        .all(|(e, _)| age(e.started_at, now) <= AT_ONCE);
    if candidate.method.is_idempotent()
        && at_once
        && past
            .exchanges
            .iter()
            .all(|(e, _)| e.facts.payload == candidate.facts.payload)
    {
        return NewKey::Runs;
    }
    if past.any_done(|_| true) {
        return NewKey::ActsAgain;
    }
    if past.doubt(|_| true).is_some() {
        return NewKey::MayActTwice;
    }
    if past
        .exchanges
        .iter()
        .any(|(_, trace)| matches!(trace, Trace::Refused | Trace::StateConflict))
    {
        NewKey::AfterCorrection
    } else {
        NewKey::Runs
    }
}

fn with_same_key(
    past: &Past<'_>,
    candidate: &Candidate<'_>,
    key: &str,
    new_key: NewKey,
    now: Timestamp,
) -> SameKey {
    let of_key = |e: &Summary| e.idempotency_key.as_deref() == Some(key);
    let others = |e: &Summary| !of_key(e);
    let reached: Vec<_> = past
        .exchanges
        .iter()
        .filter(|(e, t)| of_key(e) && *t != Trace::NeverRan)
        .collect();
    let Some((first, _)) = reached.first() else {
        // The server's idempotency layer never saw this key: it is as good as new.
        return as_first_run(new_key);
    };
    let forgotten = age(first.started_at, now) >= past.retention;
    let elsewhere = first.facts.origin != candidate.facts.origin
        || first.account.as_deref() != candidate.account;
    let other_credential = reached
        .iter()
        .any(|(e, _)| e.facts.credential != candidate.facts.credential);
    if forgotten || elsewhere || other_credential {
        return match as_first_run(new_key) {
            SameKey::ActsAgain if other_credential && !forgotten => SameKey::MayActTwice,
            verdict => verdict,
        };
    }
    if first.facts.payload != candidate.facts.payload {
        return SameKey::RepeatsError;
    }
    if past.any_done(of_key) {
        return SameKey::Safe;
    }
    // From here on this key may do its work now; if another attempt did or may have done it, that is twice.
    if past.any_done(others) || past.doubt(others).is_some() {
        return SameKey::MayActTwice;
    }
    match past.doubt(of_key) {
        Some(Trace::NoAnswer) => SameKey::Safe,
        Some(Trace::InProgress) => SameKey::Runs,
        Some(_) => SameKey::Indeterminate,
        None if reached
            .iter()
            .all(|(_, trace)| *trace == Trace::StateConflict) =>
        {
            SameKey::Indeterminate
        }
        None => SameKey::RepeatsError,
    }
}

/// A key that the server does not know acts as a new one would.
fn as_first_run(new_key: NewKey) -> SameKey {
    match new_key {
        NewKey::ActsAgain => SameKey::ActsAgain,
        NewKey::MayActTwice => SameKey::MayActTwice,
        NewKey::Runs | NewKey::AfterCorrection => SameKey::Runs,
    }
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

fn sentence(
    past: &Past<'_>,
    candidate: &Candidate<'_>,
    last: Option<(&Summary, Trace)>,
    same_key: Option<SameKey>,
    new_key: NewKey,
) -> String {
    let Some((exchange, trace)) = last else {
        return "Nothing of this operation was sent yet.".to_owned();
    };
    let mut text = what_came(exchange, trace);
    match same_key {
        None => text.push_str(" No key was sent, so there is no \"same key\"."),
        Some(same_key) => text.push_str(same_key_words(same_key, trace)),
    }
    let earlier_doubt = !trace.is_doubt() && past.doubt(|_| true).is_some();
    text.push_str(match new_key {
        NewKey::ActsAgain => " A new key does the action AGAIN.",
        NewKey::MayActTwice if earlier_doubt => {
            " An earlier send of this operation is still in doubt: it may have acted, so a new key may act twice."
        }
        NewKey::MayActTwice => " The first may have acted, so a new key may act twice.",
        NewKey::AfterCorrection if exchange.status == Some(402) => " A new key is right once there is balance.",
        NewKey::AfterCorrection => " Correct it, then send it with a new key.",
        NewKey::Runs if candidate.method.is_idempotent() => " At once, once more does nothing more (RFC 9110 9.2.2).",
        NewKey::Runs => "",
    });
    text
}

fn what_came(exchange: &Summary, trace: Trace) -> String {
    match (trace, exchange.status) {
        (Trace::NeverRan, Some(401)) => "401: the API key is wrong. Authentication comes before the idempotency layer, so nothing ran; correct the API key first.".into(),
        (Trace::NeverRan, Some(429)) => "429: the rate limit is used up. The limiter comes before the idempotency layer, so nothing ran; wait, then send.".into(),
        (Trace::NeverRan, _) => "Nothing was sent, so nothing happened.".into(),
        (Trace::Done, Some(status)) if exchange.replayed => format!("{status}: a saved answer came back; nothing happened twice."),
        (Trace::Done, Some(status @ 300..400)) => format!("{status}: a redirect, shown and not followed."),
        (Trace::Done, status) => format!("{}: done.", status.unwrap_or_default()),
        (Trace::Refused, Some(402)) => "402: the balance is insufficient; nothing in the request is wrong.".into(),
        (Trace::Refused, status) => format!("{}: refused, nothing was done.", status.unwrap_or_default()),
        (Trace::InProgress, _) => "409: the first request with this key still runs.".into(),
        (Trace::StateConflict, _) => "409: the resource's state does not allow this; this send did nothing. Look at it first.".into(),
        (Trace::Conflict, _) => "409: the object may already exist, or the first request with this key still runs. Look first.".into(),
        (Trace::ServerError, status) => format!("{}: the result is INDETERMINATE, it may have acted.", status.unwrap_or_default()),
        (Trace::NoAnswer, Some(status)) => format!("{status}: the server gave up waiting; it may have acted."),
        (Trace::NoAnswer, None) if exchange.class == Class::InFlight => "Still in flight: no answer yet.".into(),
        (Trace::NoAnswer, None) => "No answer came: it may have acted.".into(),
    }
}

fn same_key_words(same_key: SameKey, trace: Trace) -> &'static str {
    match (same_key, trace) {
        (SameKey::Safe, Trace::Done) => " The same key returns the saved answer.",
        (SameKey::Safe, _) => {
            " The same key is the safe way: it finds out what happened, and nothing happens twice."
        }
        (SameKey::Runs, Trace::InProgress) => " The same key runs after a wait.",
        (SameKey::Runs, _) => " The same key runs.",
        (SameKey::RepeatsError, _) => " The same key may return the saved error unchanged.",
        (SameKey::Indeterminate, _) => {
            " The same key cannot act twice, but may return the saved error."
        }
        (SameKey::ActsAgain, _) => " The server no longer knows this key: sending it acts AGAIN.",
        (SameKey::MayActTwice, _) => " The same key may act a second time now.",
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
            history,
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
            let advice = advise(&history, &Candidate::again(&history[0]), &profile, at(3600));
            assert_eq!(advice.same_key, Some(expected), "{code}");
            let advice = advise(&history, &Candidate::again(&history[0]), &profile, at(3599));
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
                advise(&history, &candidate, &profile, at(10)).same_key,
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
            advise(&history, &candidate, &Profile::new("p"), at(10)).same_key,
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
        let advice = advise(&history, &candidate, &profile, at(10));
        assert_eq!((advice.same_key, advice.new_key), (None, NewKey::Runs));
        assert_eq!(
            advise(&history, &candidate, &profile, at(86_400)).new_key,
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
