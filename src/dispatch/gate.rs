//! The gate: the verdict and the profile's guard, judged inside the transaction that writes the intent.

use std::sync::Arc;

use jiff::Timestamp;

use crate::dispatch::plan::Plan;
use crate::domain::exchange::{Facts, Intent};
use crate::domain::guard::{Asked, Ruling, ruling};
use crate::domain::id::ExchangeId;
use crate::domain::idempotency::{Advice, Candidate, Choice, advise};
use crate::domain::operation::{Operation, next_numbers};
use crate::domain::order::{Agreement, Refusal, Seen};
use crate::domain::profile::Profile;
use crate::domain::redact;
use crate::domain::request::{KeyChoice, Method};
use crate::domain::seal::Sealing;

/// The verdict, with all it needs, as the store calls it inside the intent's transaction.
pub(crate) struct Gate {
    /// What is to be sent.
    pub(crate) plan: Arc<Plan>,
    /// What the verdict compares of it.
    pub(crate) facts: Facts,
    /// The rules of its API.
    pub(crate) profile: Arc<Profile>,
    /// What was agreed to.
    pub(crate) agreed: Agreement,
    /// What the order has sent already: no news to whoever agreed to it.
    pub(crate) own: Vec<ExchangeId>,
    /// How its secrets rest.
    pub(crate) sealing: Sealing,
    /// The name it will have.
    pub(crate) id: ExchangeId,
}

impl Gate {
    /// The intent, or why there is none.
    pub(crate) fn decide(self, before: &Operation, now: Timestamp) -> Result<Intent, Refusal> {
        let mut prepared = self.plan.prepared.clone();
        let key = prepared.idempotency_key.clone();
        let used = before
            .exchanges
            .iter()
            .any(|e| key.is_some() && e.idempotency_key == key);
        // A new key is judged beside the one it would take the place of: "same key" in the verdict's words is that one.
        let last = before.attempts().next_back();
        let last = last.and_then(|e| e.idempotency_key.as_deref());
        let candidate = Candidate {
            method: &prepared.method,
            account: self.plan.account.as_deref(),
            key: if used { key.as_deref() } else { last },
            facts: &self.facts,
        };
        let advice = advise(before, &candidate, &self.profile, now);
        let choice = if used {
            Choice::SameKey
        } else {
            Choice::NewKey
        };
        let place = (self.profile.guard, self.profile.is_local(&prepared.url));
        match ruling(place, &prepared.method, before, &advice, choice) {
            Ruling::Ask(asked) if !self.agreed.covers(asked, &Seen::of(before, &self.own)) => {
                return Err(refused(asked, prepared.method, advice, before));
            }
            Ruling::Never => {
                return Err(Refusal::ReadOnly {
                    method: prepared.method,
                    profile: self.profile.name.clone(),
                });
            }
            Ruling::Ask(_) | Ruling::Pass => {}
        }
        prepared.key_choice = match self.plan.choice {
            KeyChoice::Fresh if used => KeyChoice::Same,
            KeyChoice::Fresh if before.attempts().next().is_some() => KeyChoice::New,
            choice => choice,
        };
        let (attempt, send) = next_numbers(&before.exchanges, key.as_deref());
        Ok(Intent {
            id: self.id,
            operation: self.plan.operation.clone(),
            attempt,
            send,
            account: self.plan.account.clone(),
            profile: self.profile.name.clone(),
            started_at: now,
            request: redact::request(&prepared, &self.sealing),
            facts: self.facts,
        })
    }
}

fn refused(asked: Asked, method: Method, advice: Advice, before: &Operation) -> Refusal {
    let operation = Box::new(before.clone());
    match asked {
        Asked::Verdict(question) => Refusal::Verdict {
            question,
            advice,
            operation,
        },
        Asked::Replay(replay) => Refusal::Live {
            replay,
            method,
            advice,
            operation,
        },
    }
}
