//! What is left to find out: an operation with a 5xx or a lost answer that nothing has settled.
//!
//! ```text
//!   Operation + Profile + now ─▶ Unsettled ─┬─ look it up        what did it make? "none found yet" settles nothing
//!                                           ├─ send it again     with the SAME key, which finds out; never a new one
//!                                           ├─ settle by hand    done, by the objects found; or not done, on one's word
//!                                           └─ remark            leave it, and say why
//! ```
//!
//! It is what somebody on call works through in an incident, oldest first. The rule of what is in doubt is the verdict's
//! ([`in_doubt`]); here stands what a person needs to settle one.

use jiff::{SignedDuration, Timestamp};

use crate::domain::exchange::{Class, Summary};
use crate::domain::guard::{Asked, Replay};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{
    Advice, Candidate, Choice, advise, forgotten_at, in_doubt, question,
};
use crate::domain::operation::{Found, Operation, Remark, Settlement};
use crate::domain::order::{Agreed, Agreement, Ask, Order};
use crate::domain::profile::Profile;
use crate::domain::request::Method;

/// An operation that nothing has settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsettled {
    /// Its id (requestId).
    pub operation: OperationId,
    /// The account it is about.
    pub account: Option<String>,
    /// The profile it was sent under.
    pub profile: String,
    /// The method that may have acted.
    pub method: Method,
    /// Where it went.
    pub target: String,
    /// What came last of it: 5xx, or no answer.
    pub class: Class,
    /// The status, when there was one.
    pub status: Option<u16>,
    /// Since when it is in doubt.
    pub since: Timestamp,
    /// The exchanges in doubt, oldest first; never empty.
    pub doubts: Vec<ExchangeId>,
    /// The key of the latest of them.
    pub key: Option<String>,
    /// When the server may forget that key.
    pub key_until: Option<Timestamp>,
    /// The verdict on sending the latest again.
    pub advice: Advice,
    /// What the last look-up that told something found, and when it was asked.
    pub looked: Option<Looked>,
    /// All objects that are known to be its own.
    pub made: Vec<String>,
    /// What was written down last.
    pub remark: Option<Remark>,
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The ids; empty: none found yet.
    pub objects: Vec<String>,
    /// When it was asked.
    pub at: Timestamp,
    /// Whether that was after the last exchange in doubt had ended: an earlier one cannot tell what that one did.
    pub tells: bool,
}

impl Unsettled {
    /// What is left to find out of an operation; `None` when nothing is.
    pub fn of(operation: &Operation, profile: &Profile, now: Timestamp) -> Option<Unsettled> {
        let doubts = in_doubt(operation, profile);
        let (first, last) = (doubts.first()?, doubts.last()?);
        let key = last.idempotency_key.clone();
        let key_until = key.as_deref();
        let key_until = key_until.and_then(|key| forgotten_at(operation, key, profile));
        let looked = operation.look_ups().next_back();
        Some(Unsettled {
            operation: last.operation.clone(),
            account: last.account.clone(),
            profile: last.profile.clone(),
            method: last.method.clone(),
            target: last.target.clone(),
            class: last.class,
            status: last.status,
            since: first.started_at,
            doubts: doubts.iter().map(|e| e.id.clone()).collect(),
            advice: advise(operation, &Candidate::again(last), profile, now),
            key,
            key_until,
            looked: looked.map(|(exchange, objects)| Looked {
                objects: objects.to_vec(),
                at: exchange.started_at,
                tells: doubts
                    .iter()
                    .all(|doubt| has_ended(doubt, exchange.started_at)),
            }),
            made: operation.made().iter().map(|m| m.id.to_owned()).collect(),
            remark: operation.remarks.last().cloned(),
        })
    }

    /// The order that sends it again with the same key, and finds out; `None` where the verdict would ask first: then it
    /// is decided alone, on its own facts. `agreed`: a person agreed to replays of a live API with the same keys; it
    /// covers this replay with this verdict, and no other.
    pub fn same_key_order(&self, agreed: bool) -> Option<Order> {
        let same_key = self.advice.same_key?;
        if question(&self.advice, Choice::SameKey).is_some() {
            return None;
        }
        let replay = Asked::Replay(Replay {
            choice: Choice::SameKey,
            same_key: Some(same_key),
            new_key: self.advice.new_key,
        });
        Some(Order {
            ask: Ask::Replay {
                exchange: self.doubts.last()?.clone(),
                choice: Choice::SameKey,
                secrets: Vec::new(),
            },
            agreed: Agreement {
                verdict: agreed.then_some(Agreed::To(replay)),
                ..Agreement::default()
            },
        })
    }

    /// The objects by which it may be settled as done: what a look-up found that was asked after all of it.
    pub fn evidence(&self) -> Option<&[String]> {
        let looked = self.looked.as_ref()?;
        (looked.tells && !looked.objects.is_empty()).then_some(&looked.objects)
    }

    /// Every exchange in doubt, settled. As done only by objects that a look-up found.
    pub fn settled(&self, found: Found, at: Timestamp) -> Option<Vec<Settlement>> {
        let objects = match found {
            Found::Done => self.evidence()?.to_vec(),
            Found::NotDone => Vec::new(),
        };
        let settle = |exchange: &ExchangeId| Settlement {
            exchange: exchange.clone(),
            found,
            objects: objects.clone(),
            at,
        };
        Some(self.doubts.iter().map(settle).collect())
    }
}

/// Whether an exchange was over, for us, when something else began.
fn has_ended(exchange: &Summary, then: Timestamp) -> bool {
    let took = exchange.total_ms.unwrap_or(0.0).max(0.0) / 1000.0;
    let took = SignedDuration::try_from_secs_f64(took).unwrap_or(SignedDuration::MAX);
    let ended = exchange.started_at.checked_add(took);
    ended.is_ok_and(|ended| ended <= then)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Unsettled;
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::guard::{Guard, Ruling, ruling};
    use crate::domain::id::ExchangeId;
    use crate::domain::idempotency::{
        Candidate, Choice, NewKey, Question, SameKey, advise, question,
    };
    use crate::domain::operation::tests::summary;
    use crate::domain::operation::{Found, Operation, Remark};
    use crate::domain::order::Ask;
    use crate::domain::profile::Profile;
    use crate::domain::request::Method;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn sent(id: &str, key: Option<&str>, seconds: i64, status: Option<u16>) -> Summary {
        let class = match status {
            None => Class::Indeterminate,
            Some(429) => Class::RateLimited,
            Some(200..300) => Class::Success,
            Some(400..500) => Class::ClientError,
            Some(_) => Class::ServerError,
        };
        Summary {
            id: ExchangeId::known(id),
            started_at: at(seconds),
            ..summary(key, class, status)
        }
    }

    fn looked_up(seconds: i64, ids: &[&str]) -> Summary {
        Summary {
            method: Method::get(),
            objects: Some(ids.iter().map(|id| (*id).to_owned()).collect()),
            ..sent("look", None, seconds, Some(200))
        }
    }

    fn left(exchanges: Vec<Summary>) -> Option<Unsettled> {
        Unsettled::of(&exchanges.into(), &Profile::new("p"), at(100))
    }

    #[test]
    fn a_5xx_or_a_lost_answer_is_left_until_something_settles_it() {
        let k = Some("k");
        for (exchanges, expected) in [
            (vec![sent("a", k, 0, Some(503))], true),
            (vec![sent("a", k, 0, None)], true),
            (vec![sent("a", k, 0, Some(408))], true),
            (vec![sent("a", None, 0, None)], true),
            (vec![sent("a", k, 0, Some(201))], false),
            (vec![sent("a", k, 0, Some(422))], false),
            (vec![sent("a", k, 0, Some(409))], false),
            // The same key with a 2xx settles; another key's, or a 429, does not.
            (
                vec![sent("a", k, 0, Some(503)), sent("b", k, 5, Some(201))],
                false,
            ),
            (
                vec![sent("a", k, 0, None), sent("b", k, 5, Some(429))],
                true,
            ),
            (
                vec![
                    sent("a", k, 0, Some(500)),
                    sent("b", Some("n"), 5, Some(201)),
                ],
                true,
            ),
            // A look-up alone settles nothing, whatever it finds: a person does.
            (vec![sent("a", k, 0, Some(503)), looked_up(5, &[])], true),
            (
                vec![sent("a", k, 0, Some(503)), looked_up(5, &["pay_1"])],
                true,
            ),
        ] {
            let text = format!("{exchanges:?}");
            assert_eq!(left(exchanges).is_some(), expected, "{text}");
        }
        let get = Summary {
            method: Method::get(),
            ..sent("a", None, 0, Some(503))
        };
        assert_eq!(left(vec![get]), None, "a safe method asked for nothing");
        let flying = Summary {
            class: Class::InFlight,
            ..sent("a", k, 0, None)
        };
        assert_eq!(left(vec![flying]), None, "it has an end to wait for");
    }

    #[test]
    fn it_tells_what_a_person_needs_to_settle_it() {
        let mut operation = Operation::from(vec![
            sent("a", Some("k"), 10, Some(503)),
            sent("b", Some("k"), 20, None),
            looked_up(30, &[]),
            looked_up(40, &["pay_1"]),
        ]);
        operation.remarks.push(Remark {
            text: "asked them".into(),
            at: at(50),
        });
        let left = Unsettled::of(&operation, &Profile::new("p"), at(100)).expect("in doubt");
        assert_eq!(left.since, at(10));
        assert_eq!(
            left.key_until,
            Some(at(3610)),
            "from the first use of the key"
        );
        assert_eq!(left.doubts, ["a", "b"].map(ExchangeId::known));
        assert_eq!(left.evidence(), Some(&["pay_1".to_owned()][..]));
        assert_eq!(left.remark.map(|r| r.text).as_deref(), Some("asked them"));
        let unkeyed = sent("a", None, 10, None);
        let left = Unsettled::of(&vec![unkeyed].into(), &Profile::new("p"), at(100));
        assert_eq!(left.expect("in doubt").key_until, None);
    }

    #[test]
    fn settling_by_hand_is_by_what_was_found_and_changes_the_verdict() {
        let (profile, now) = (Profile::new("p"), at(100));
        let lost = sent("a", Some("k"), 10, None);
        let mut operation = Operation::from(vec![lost.clone(), looked_up(20, &[])]);
        let new_key = |operation: &Operation| {
            advise(operation, &Candidate::again(&lost), &profile, now).new_key
        };
        let left = Unsettled::of(&operation, &profile, now).expect("in doubt");
        assert_eq!(left.settled(Found::Done, now), None, "none found yet");
        assert_eq!(new_key(&operation), NewKey::MayActTwice);

        operation.exchanges.push(looked_up(30, &["pay_1"]));
        assert_eq!(
            new_key(&operation),
            NewKey::MayActTwice,
            "nobody has said so yet"
        );
        let left = Unsettled::of(&operation, &profile, now).expect("in doubt");
        let mut done = operation.clone();
        done.settlements = left.settled(Found::Done, now).expect("there is evidence");
        assert_eq!(done.settlements[0].objects, ["pay_1"]);
        assert_eq!(Unsettled::of(&done, &profile, now), None);
        assert_eq!(new_key(&done), NewKey::ActsAgain);

        operation.settlements = left.settled(Found::NotDone, now).expect("on their word");
        assert_eq!(Unsettled::of(&operation, &profile, now), None);
        assert_eq!(new_key(&operation), NewKey::Runs);
    }

    #[test]
    fn a_look_up_before_the_last_doubt_is_no_evidence_of_it() {
        let first = sent("a", Some("k"), 10, None);
        let second = Summary {
            total_ms: Some(5000.0),
            ..sent("b", Some("n"), 30, None)
        };
        let found = |seconds| looked_up(seconds, &["pay_1"]);
        for (at, evidence) in [(20, false), (32, false), (36, true)] {
            let mut exchanges = vec![first.clone(), second.clone(), found(at)];
            exchanges.sort_by_key(|e| e.started_at);
            let left = left(exchanges).expect("in doubt");
            assert_eq!(left.evidence().is_some(), evidence, "{at}");
            assert_eq!(left.settled(Found::Done, self::at(50)).is_some(), evidence);
        }
    }

    #[test]
    fn a_batch_takes_the_same_key_and_only_what_is_not_asked() {
        let left_of = |seconds| {
            let exchange = sent("a", Some("k"), 0, Some(503));
            Unsettled::of(&vec![exchange].into(), &Profile::new("p"), at(seconds))
                .expect("in doubt")
        };
        let young = left_of(60);
        assert_eq!(young.advice.same_key, Some(SameKey::Indeterminate));
        assert_eq!(question(&young.advice, Choice::SameKey), None);
        let order = young.same_key_order(false).expect("it cannot act twice");
        assert_eq!(order.agreed.verdict, None);
        let agreed = young.same_key_order(true).expect("agreed");
        assert!(matches!(
            agreed.ask,
            Ask::Replay {
                choice: Choice::SameKey,
                ..
            }
        ));
        // What a live API's guard asks about this replay is what was agreed to, and about no other.
        let operation = Operation::from(vec![sent("a", Some("k"), 0, Some(503))]);
        let asked = |choice| {
            let live = (Guard::Live, false);
            match ruling(live, &Method::post(), &operation, &young.advice, choice) {
                Ruling::Ask(asked) => asked,
                other => panic!("{other:?}"),
            }
        };
        assert!(agreed.agreed.covers(asked(Choice::SameKey)));
        assert!(!agreed.agreed.covers(asked(Choice::NewKey)));
        // A key past its retention may act twice: never in a batch.
        let old = left_of(4000);
        assert_eq!(
            question(&old.advice, Choice::SameKey),
            Some(Question::MayActTwice)
        );
        assert!(old.same_key_order(true).is_none());
        let unkeyed = sent("a", None, 0, None);
        let unkeyed = Unsettled::of(&vec![unkeyed].into(), &Profile::new("p"), at(60));
        assert!(unkeyed.expect("in doubt").same_key_order(true).is_none());
    }
}
