//! What each key would do, and why.
//!
//! ```text
//!   Past + Candidate + now ─▶ new key:  has anything of this operation acted, or may it have?
//!                          └▶ same key: does the server know this key here, and can another attempt have acted?
//! ```
//!
//! The words that tell it to a person are `sentence`'s part.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::exchange::Class;
use crate::domain::idempotency::past::{Memory, Past, Send, Standing, age, ended_at};
use crate::domain::idempotency::trace::Trace;
use crate::domain::idempotency::{Candidate, NewKey, SameKey};

/// PUT and DELETE are harmless at once, not from yesterday's history: this is how long "at once" lasts.
const AT_ONCE: Duration = Duration::from_secs(60);

/// How long a first request that still runs is given before it is asked after again.
const RUNNING: Duration = Duration::from_secs(1);

/// What the verdict on the same key rests on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason<'a> {
    /// The idempotency layer never saw the key.
    NeverUsed,
    /// The key is past its retention.
    Forgotten,
    /// It will be, about when the send arrives.
    Fading,
    /// The clock went back, so the key's age is not known.
    ClockWentBack,
    /// The method takes no key.
    NoKeyMethod,
    /// It was used with another credential.
    OtherCredential,
    /// It was used at another origin or for another account.
    Elsewhere,
    /// Another send acted, or may have.
    Attempt(&'a Send<'a>),
    /// Another payload was its first use's.
    OtherPayload,
    /// Its action is done and its answer saved.
    Saved,
    /// What its own sends showed.
    Own,
}

/// One candidate against its operation's past.
pub(super) struct Case<'a> {
    pub(super) past: &'a Past<'a>,
    pub(super) candidate: &'a Candidate<'a>,
    pub(super) now: Timestamp,
}

impl<'a> Case<'a> {
    /// What a new key does.
    pub(super) fn new_key(&self) -> NewKey {
        match self.past.culprit(|_| true).map(|send| send.standing) {
            Some(_) if self.repeats_harmlessly() => NewKey::Runs,
            Some(Standing::Acted) => NewKey::ActsAgain,
            Some(_) => NewKey::MayActTwice,
            None if self.past.sends.iter().any(|s| s.trace.is_refusal()) => NewKey::AfterCorrection,
            None => NewKey::Runs,
        }
    }

    /// PUT and DELETE at once, and to the letter what was sent: twice is as once (RFC 9110 9.2.2). Later, or after
    /// something else, they overwrite newer work.
    fn repeats_harmlessly(&self) -> bool {
        let same = |send: &Send<'_>| {
            send.exchange.facts == *self.candidate.facts
                && send.exchange.account.as_deref() == self.candidate.account
                && age(send.exchange.started_at, self.now) <= AT_ONCE
        };
        let reached = |send: &&Send<'_>| send.trace.may_have_reached();
        self.candidate.method.is_idempotent()
            && !self.past.clock_went_back(self.now)
            && self.past.sends.iter().filter(reached).all(same)
    }

    /// What the same key does.
    pub(super) fn same_key(&self, key: &str, new_key: NewKey) -> (SameKey, Reason<'a>) {
        let as_new = as_first_run(new_key);
        let Some(first) = self.past.uses(key).next() else {
            return (as_new, Reason::NeverUsed);
        };
        if !self.candidate.method.takes_key() {
            return (unsure(as_new), Reason::NoKeyMethod);
        }
        match self.past.memory(key, self.now) {
            Memory::Gone => return (as_new, Reason::Forgotten),
            Memory::Fading => return (unsure(as_new), Reason::Fading),
            Memory::ClockWentBack => return (unsure(as_new), Reason::ClockWentBack),
            Memory::Kept => {}
        }
        if let Some(spent) = self.spent(key) {
            return spent;
        }
        let facts = self.candidate.facts;
        let mut uses = self.past.uses(key).map(|send| send.exchange);
        // The rule makes no exception for what came back, so neither do we, even where nothing was done.
        if uses.any(|e| e.facts.credential != facts.credential) {
            return (SameKey::MayActTwice, Reason::OtherCredential);
        }
        if let Some(elsewhere) = self.elsewhere(key, as_new) {
            return elsewhere;
        }
        // From here on this key may do its work now; if another attempt did or may have done it, that is twice.
        if let Some(other) = self.past.culprit(|send| !send.has_key(key)) {
            return (SameKey::MayActTwice, Reason::Attempt(other));
        }
        if first.exchange.facts.payload != facts.payload {
            return (SameKey::RepeatsError, Reason::OtherPayload);
        }
        self.by_itself(key, first)
    }

    /// A 2xx under this key, here and with this credential, proves that the key can act no more.
    fn spent(&self, key: &str) -> Option<(SameKey, Reason<'a>)> {
        let facts = self.candidate.facts;
        let here = |send: &&Send<'_>| {
            send.trace == Trace::Done
                && self.is_here(send)
                && send.exchange.facts.credential == facts.credential
        };
        let mut spent = self.past.uses(key).filter(here).peekable();
        spent.peek()?;
        if spent.any(|send| send.exchange.facts.payload == facts.payload) {
            Some((SameKey::Safe, Reason::Saved))
        } else {
            Some((SameKey::RepeatsError, Reason::OtherPayload))
        }
    }

    /// A key that was used at another origin is new to this one; used for another account, it may be.
    fn elsewhere(&self, key: &str, as_new: SameKey) -> Option<(SameKey, Reason<'a>)> {
        if self.past.uses(key).all(|send| self.is_here(send)) {
            return None;
        }
        let origin = &self.candidate.facts.origin;
        let unknown_here = self
            .past
            .uses(key)
            .all(|send| send.exchange.facts.origin != *origin);
        let verdict = if unknown_here { as_new } else { unsure(as_new) };
        Some((verdict, Reason::Elsewhere))
    }

    fn is_here(&self, send: &Send<'_>) -> bool {
        send.exchange.facts.origin == self.candidate.facts.origin
            && send.exchange.account.as_deref() == self.candidate.account
    }

    /// Nothing but this key can have acted: what its own sends showed decides.
    fn by_itself(&self, key: &str, first: &'a Send<'a>) -> (SameKey, Reason<'a>) {
        let last = self.past.uses(key).next_back().unwrap_or(first);
        let mut open = self.past.uses(key).rev().filter(|s| s.may_have_acted());
        // A saved error hides what a lost answer would tell, so of several doubts it has the word.
        let hidden = |send: &&Send<'_>| matches!(send.trace, Trace::ServerError | Trace::Conflict);
        let latest = open.next();
        let decisive = match latest {
            Some(latest) if latest.trace == Trace::InProgress || hidden(&latest) => latest,
            Some(latest) => open.find(hidden).unwrap_or(latest),
            None => last,
        };
        let verdict = match decisive.trace {
            Trace::InProgress => SameKey::Runs,
            Trace::ServerError | Trace::Conflict | Trace::StateConflict => SameKey::Indeterminate,
            Trace::NoAnswer | Trace::Redirect | Trace::Done => SameKey::Safe,
            _ => SameKey::RepeatsError,
        };
        (verdict, Reason::Own)
    }

    /// How long to wait first. The limit is the organization's, so the last answer of any send with this credential
    /// tells; a 401 was given before the limiter was asked, and tells nothing of it.
    pub(super) fn wait(&self) -> Option<Duration> {
        let facts = self.candidate.facts;
        let told = |send: &&Send<'_>| {
            send.exchange.status.is_some_and(|status| status != 401)
                && send.exchange.facts.origin == facts.origin
                && send.exchange.facts.credential == facts.credential
        };
        let last = self.past.sends.iter().rev().find(told)?.exchange;
        let matters = matches!(last.class, Class::RateLimited | Class::ServerError);
        let quota = last.quota.as_ref().filter(|_| matters);
        let of_limit = quota.and_then(|quota| left(quota.wait()?, ended_at(last)?, self.now));
        of_limit.max(self.wait_for_running())
    }

    fn wait_for_running(&self) -> Option<Duration> {
        let last = self.past.uses(self.candidate.key?).next_back()?;
        let runs = last.trace == Trace::InProgress;
        let asked = last.exchange.quota.as_ref().and_then(|q| q.wait());
        let wait = asked.unwrap_or_default().max(RUNNING);
        left(wait, ended_at(last.exchange)?, self.now).filter(|_| runs)
    }
}

/// What is left of a wait that began at `since`.
fn left(wait: Duration, since: Timestamp, now: Timestamp) -> Option<Duration> {
    Some(wait.saturating_sub(age(since, now))).filter(|left| !left.is_zero())
}

/// A key that the server does not know acts as a new one would.
fn as_first_run(new_key: NewKey) -> SameKey {
    match new_key {
        NewKey::ActsAgain => SameKey::ActsAgain,
        NewKey::MayActTwice => SameKey::MayActTwice,
        NewKey::Runs | NewKey::AfterCorrection => SameKey::Runs,
    }
}

/// A key that the server may or may not know.
fn unsure(as_new: SameKey) -> SameKey {
    match as_new {
        SameKey::ActsAgain => SameKey::MayActTwice,
        known => known,
    }
}
