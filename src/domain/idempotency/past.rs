//! An operation's past, weighed: which of its sends acted, which may have, and which are known to have done nothing.
//!
//! ```text
//!   each exchange ─▶ Trace ┐
//!   what people settled    ├──▶ Standing: Acted, Doubt or Harmless
//!   later answers, by use  ┘
//! ```
//!
//! A *use* of a key is the key with one origin, account, credential and payload. An answer settles doubts of its own
//! use only. Everything here is one pass over the exchanges and one over their uses.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::ExchangeId;
use crate::domain::idempotency::trace::Trace;
use crate::domain::operation::{Found, Operation, Settlement};
use crate::domain::profile::Profile;
use crate::domain::redact::Fingerprint;

/// What is known of whether a send did the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It did, or must be taken to have done it.
    Acted,
    /// It may have.
    Doubt,
    /// It did not, or what it did is told by another send of the same use.
    Harmless,
}

/// One send of the operation, weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Send<'a> {
    pub(super) exchange: &'a Summary,
    pub(super) trace: Trace,
    pub(super) found: Option<Found>,
    pub(super) standing: Standing,
}

impl Send<'_> {
    /// Whether it carried this key.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.exchange.idempotency_key.as_deref() == Some(key)
    }

    /// Whether it is a 5xx or a lost answer that nothing has settled.
    pub(super) fn is_unsettled(&self) -> bool {
        self.is_open() && matches!(self.trace, Trace::ServerError | Trace::NoAnswer)
    }

    /// Whether it is over, and may have acted without anybody's knowing.
    pub(super) fn is_open(&self) -> bool {
        self.standing == Standing::Doubt && self.exchange.class != Class::InFlight
    }

    /// Whether it acted, or may have.
    pub(super) fn may_have_acted(&self) -> bool {
        self.standing != Standing::Harmless
    }
}

/// Whether the server still knows a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// It does.
    Kept,
    /// It may have forgotten it by the time the send arrives.
    Fading,
    /// The clock stands before a send that was made already, so the key's age is not known.
    ClockWentBack,
    /// It may have forgotten it.
    Gone,
}

/// Everything an operation has seen, oldest first.
pub(super) struct Past<'a> {
    pub(super) sends: Vec<Send<'a>>,
    first_uses: HashMap<&'a str, Timestamp>,
    retention: Duration,
    slack: Duration,
}

/// Key, origin, account, credential, payload.
type Use<'a> = (
    &'a str,
    &'a str,
    Option<&'a str>,
    Option<Fingerprint>,
    Fingerprint,
);

impl<'a> Past<'a> {
    pub(super) fn new(operation: &'a Operation, profile: &Profile) -> Past<'a> {
        let found = found(&operation.settlements);
        let weigh = |exchange: &'a Summary| Send {
            exchange,
            trace: Trace::of(exchange, profile),
            found: found.get(&exchange.id).copied(),
            standing: Standing::Harmless,
        };
        let mut sends: Vec<_> = operation.exchanges.iter().map(weigh).collect();
        // Stable: where neither the clock nor the count tells, the order they were given in does.
        sends.sort_by_key(|send| (send.exchange.started_at, send.exchange.send));
        let mut past = Past {
            sends,
            first_uses: HashMap::new(),
            retention: profile.retention,
            // A send arrives later than it starts: by a connection's time, or a twentieth of a short retention.
            slack: profile.limits.connect.min(profile.retention / 20),
        };
        past.note_first_uses();
        past.settle();
        past
    }

    /// A key's age counts from the first send that could have reached the idempotency layer with it.
    fn note_first_uses(&mut self) {
        for send in self.sends.iter().filter(|s| s.trace.may_have_reached()) {
            if let Some(key) = &send.exchange.idempotency_key {
                self.first_uses
                    .entry(key)
                    .or_insert(send.exchange.started_at);
            }
        }
    }

    fn settle(&mut self) {
        let settling = self.settling_answers();
        for send in &mut self.sends {
            let answer = use_of(send.exchange).and_then(|of| settling.get(&of));
            let settled = answer.is_some_and(|answer| comes_after(answer, send.exchange));
            send.standing = standing(send, settled);
        }
    }

    /// For each use, the last answer that can settle it. An answer that came after the key's retention may be that of
    /// a first run, and says nothing of what happened before.
    fn settling_answers(&self) -> HashMap<Use<'a>, &'a Summary> {
        let mut settling = HashMap::new();
        for send in self.sends.iter().filter(|s| s.trace.settles()) {
            let answer = send.exchange;
            let Some(of) = use_of(answer) else { continue };
            let first = self
                .first_uses
                .get(of.0)
                .copied()
                .unwrap_or(answer.started_at);
            let in_time = ended_at(answer).is_some_and(|end| age(first, end) < self.retention);
            if in_time {
                settling.insert(of, answer);
            }
        }
        settling
    }

    /// The sends that may have reached the idempotency layer with this key, oldest first.
    pub(super) fn uses(&self, key: &str) -> impl DoubleEndedIterator<Item = &Send<'a>> {
        self.sends
            .iter()
            .filter(move |send| send.has_key(key) && send.trace.may_have_reached())
    }

    /// When the server may forget this key.
    pub(super) fn forgotten_at(&self, key: &str) -> Option<Timestamp> {
        let first = self.first_uses.get(key)?;
        let retention = SignedDuration::try_from(self.retention).ok()?;
        first.checked_add(retention).ok()
    }

    /// Whether the server still knows this key, when a send of it starts now.
    pub(super) fn memory(&self, key: &str, now: Timestamp) -> Memory {
        let age = self.first_uses.get(key).map(|first| age(*first, now));
        match age {
            Some(age) if age >= self.retention => Memory::Gone,
            _ if self.clock_went_back(now) => Memory::ClockWentBack,
            Some(age) if age.saturating_add(self.slack) >= self.retention => Memory::Fading,
            _ => Memory::Kept,
        }
    }

    /// Whether a send was made later than now: the clock was set since, and no age can be told from it. What was
    /// never sent bears no witness.
    pub(super) fn clock_went_back(&self, now: Timestamp) -> bool {
        let sent = self.sends.iter().filter(|s| s.trace != Trace::NotSent);
        sent.map(|s| age(now, s.exchange.started_at))
            .any(|ahead| ahead > self.slack)
    }

    /// The latest send that is known to have acted, else the latest that may have, among those chosen.
    pub(super) fn culprit(&self, of: impl Fn(&Send<'_>) -> bool) -> Option<&Send<'a>> {
        let latest = |standing| {
            self.sends
                .iter()
                .rev()
                .find(|s| s.standing == standing && of(s))
        };
        latest(Standing::Acted).or_else(|| latest(Standing::Doubt))
    }
}

/// What people found, by exchange. Where two findings contradict each other, "done" is the careful one.
fn found(settlements: &[Settlement]) -> HashMap<&ExchangeId, Found> {
    let mut found = HashMap::new();
    for settlement in settlements {
        let entry = found
            .entry(&settlement.exchange)
            .or_insert(settlement.found);
        if settlement.found == Found::Done {
            *entry = Found::Done;
        }
    }
    found
}

fn standing(send: &Send<'_>, settled: bool) -> Standing {
    let in_flight = send.exchange.class == Class::InFlight;
    match (send.trace, send.found) {
        (_, Some(Found::Done)) | (Trace::Done | Trace::Redirect, _) => Standing::Acted,
        // What is still on its way can act after the look-up: it has to end first.
        (_, Some(Found::NotDone)) if !in_flight => Standing::Harmless,
        (trace, _) if trace.is_doubt() && !settled => Standing::Doubt,
        _ => Standing::Harmless,
    }
}

fn use_of(exchange: &Summary) -> Option<Use<'_>> {
    let key = exchange.idempotency_key.as_deref()?;
    let facts = &exchange.facts;
    Some((
        key,
        &facts.origin,
        exchange.account.as_deref(),
        facts.credential,
        facts.payload,
    ))
}

/// Whether `answer` was asked for after `doubt` had ended. Of two sends on the way at once the earlier may arrive
/// last, so what is in flight is settled by its own end alone. The count of sends says so too, whatever the clock did.
fn comes_after(answer: &Summary, doubt: &Summary) -> bool {
    let ended = ended_at(doubt).is_some_and(|end| end <= answer.started_at);
    ended && answer.send >= doubt.send
}

/// When an exchange was over, for us; `None` while it is in flight. Where no duration is known, its start.
pub(super) fn ended_at(exchange: &Summary) -> Option<Timestamp> {
    if exchange.class == Class::InFlight {
        return None;
    }
    let took = Duration::try_from_secs_f64(exchange.total_ms.unwrap_or(0.0).max(0.0) / 1000.0);
    let took = took
        .ok()
        .and_then(|took| SignedDuration::try_from(took).ok());
    let end = took.and_then(|took| exchange.started_at.checked_add(took).ok());
    Some(end.unwrap_or(Timestamp::MAX))
}

/// From `since` to `now`; nothing when `now` lies before.
pub(super) fn age(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}
