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

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::domain::exchange::{Class, Summary};
use crate::domain::guard::{Asked, Replay};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{
    Advice, Candidate, Choice, advise, forgotten_at, in_doubt, question,
};
use crate::domain::object::Named;
use crate::domain::operation::{Found, Operation, Remark, Settlement};
use crate::domain::order::{Agreed, Agreement, Ask, Order, Seen};
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
    /// What it had come to when it was read.
    pub seen: Seen,
    /// Whether something of it is on its way or held.
    pub goes_on: bool,
    /// All objects that are named as its own.
    pub made: Vec<String>,
    /// Whether it is known to have been done more than once.
    pub is_recreated: bool,
    /// What was written down last.
    pub remark: Option<Remark>,
}

/// What the last look-up that told something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The ids; empty: none found yet.
    pub objects: Vec<String>,
    /// When it was asked.
    pub at: Timestamp,
    /// What that is worth.
    pub worth: Worth,
}

/// What a look-up is worth as evidence that the exchanges in doubt have acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// They have, and made these.
    Tells(Vec<String>),
    /// None was found yet, which says nothing.
    NoneYet,
    /// It was asked before the last of them had ended.
    Before,
    /// It went to another server, with another credential, or about another account.
    Elsewhere,
    /// Some may have been left out.
    Partial,
    /// What it found is what other attempts are known to have made.
    Known,
    /// It found more than there were attempts in doubt: it may not be a list of this operation's at all.
    TooMany,
}

/// A settlement as it is asked about: when it is written, the facts must still be these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settling {
    /// Which operation.
    pub operation: OperationId,
    /// As what.
    pub found: Found,
    /// The exchanges in doubt.
    pub doubts: Vec<ExchangeId>,
    /// The objects by which it was seen.
    pub objects: Vec<String>,
}

impl Settling {
    /// What is to be written.
    pub fn settlements(&self, at: Timestamp) -> Vec<Settlement> {
        let settle = |exchange: &ExchangeId| Settlement {
            exchange: exchange.clone(),
            found: self.found,
            objects: self.objects.clone(),
            at,
        };
        self.doubts.iter().map(settle).collect()
    }
}

impl Unsettled {
    /// What is left to find out of an operation; `None` when nothing is.
    pub fn of(operation: &Operation, profile: &Profile, now: Timestamp) -> Option<Unsettled> {
        let doubts = in_doubt(operation, profile);
        let (first, last) = (doubts.first()?, doubts.last()?);
        let key = last.idempotency_key.clone();
        let key_until = key.as_deref();
        let key_until = key_until.and_then(|key| forgotten_at(operation, key, profile));
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
            looked: looked(operation, &doubts),
            seen: Seen::of(operation, &[]),
            goes_on: operation
                .exchanges
                .iter()
                .any(|e| matches!(e.class, Class::InFlight | Class::Held)),
            made: operation.made().iter().map(|m| m.id.to_owned()).collect(),
            is_recreated: operation.is_recreated(),
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
                verdict: agreed.then(|| Agreed::To(replay, self.seen.clone())),
                ..Agreement::default()
            },
        })
    }

    /// The objects by which it may be settled as done.
    pub fn evidence(&self) -> Option<&[String]> {
        match &self.looked.as_ref()?.worth {
            Worth::Tells(objects) => Some(objects),
            _ => None,
        }
    }

    /// Every exchange in doubt, to be settled as this. As done only by objects that a look-up of all of them found; as
    /// not done only when nothing of it goes on.
    pub fn settling(&self, found: Found) -> Option<Settling> {
        let objects = match found {
            Found::Done => self.evidence()?.to_vec(),
            Found::NotDone if self.goes_on => return None,
            Found::NotDone => Vec::new(),
        };
        Some(Settling {
            operation: self.operation.clone(),
            found,
            doubts: self.doubts.clone(),
            objects,
        })
    }
}

fn looked(operation: &Operation, doubts: &[&Summary]) -> Option<Looked> {
    let (exchange, named) = operation.look_ups().next_back()?;
    Some(Looked {
        objects: named.ids.clone(),
        at: exchange.started_at,
        worth: worth(operation, doubts, exchange, named),
    })
}

fn worth(operation: &Operation, doubts: &[&Summary], asked: &Summary, named: &Named) -> Worth {
    if named.ids.is_empty() {
        return Worth::NoneYet;
    }
    if !doubts
        .iter()
        .all(|doubt| has_ended(doubt, asked.started_at))
    {
        return Worth::Before;
    }
    let is_here = |doubt: &&Summary| {
        doubt.facts.origin == asked.facts.origin
            && doubt.facts.credential == asked.facts.credential
            && (doubt.account.is_none() || doubt.account == asked.account)
    };
    if !doubts.iter().all(is_here) {
        return Worth::Elsewhere;
    }
    if named.partial {
        return Worth::Partial;
    }
    let by_attempt = operation.exchanges.iter().filter(|e| !e.method.is_safe());
    let known: HashSet<&String> = by_attempt
        .flat_map(|e| e.objects.iter().flat_map(|named| &named.ids))
        .collect();
    let new = named.ids.iter().filter(|id| !known.contains(id));
    let new: Vec<String> = new.cloned().collect();
    let attempts: HashSet<u32> = doubts.iter().map(|doubt| doubt.attempt).collect();
    match new.len() {
        0 => Worth::Known,
        many if many > attempts.len() => Worth::TooMany,
        _ => Worth::Tells(new),
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

    use super::{Unsettled, Worth};
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::guard::{Guard, Ruling, ruling};
    use crate::domain::id::ExchangeId;
    use crate::domain::idempotency::{
        Candidate, Choice, NewKey, Question, SameKey, advise, question,
    };
    use crate::domain::object::Named;
    use crate::domain::operation::tests::summary;
    use crate::domain::operation::{Found, Operation, Remark};
    use crate::domain::order::{Ask, Seen};
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
            objects: Some(Named {
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
                partial: false,
            }),
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
        assert_eq!(left.settling(Found::Done), None, "none found yet");
        assert_eq!(new_key(&operation), NewKey::MayActTwice);

        operation.exchanges.push(looked_up(30, &["pay_1"]));
        assert_eq!(
            new_key(&operation),
            NewKey::MayActTwice,
            "nobody has said so yet"
        );
        let left = Unsettled::of(&operation, &profile, now).expect("in doubt");
        let mut done = operation.clone();
        let settling = left.settling(Found::Done).expect("there is evidence");
        done.settlements = settling.settlements(now);
        assert_eq!(done.settlements[0].objects, ["pay_1"]);
        assert_eq!(Unsettled::of(&done, &profile, now), None);
        assert_eq!(new_key(&done), NewKey::ActsAgain);

        let settling = left.settling(Found::NotDone).expect("on their word");
        operation.settlements = settling.settlements(now);
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
            assert_eq!(left.settling(Found::Done).is_some(), evidence);
        }
    }

    #[test]
    fn what_a_look_up_is_worth() {
        let lost = sent("a", Some("k"), 10, None);
        let second = |id: &str| Summary {
            attempt: 2,
            objects: looked_up(0, &[id]).objects,
            ..sent("b", Some("n"), 20, Some(201))
        };
        let elsewhere = |change: fn(&mut Summary)| {
            let mut look = looked_up(30, &["pay_1"]);
            change(&mut look);
            look
        };
        let tells = |ids: &[&str]| Worth::Tells(ids.iter().map(|id| (*id).to_owned()).collect());
        #[rustfmt::skip]
        let cases = [
            (vec![lost.clone(), looked_up(30, &["pay_1"])], tells(&["pay_1"])),
            (vec![lost.clone(), looked_up(30, &[])], Worth::NoneYet),
            // What the second attempt made tells nothing of the first; what it did not, does.
            (vec![lost.clone(), second("pay_2"), looked_up(30, &["pay_2"])], Worth::Known),
            (vec![lost.clone(), second("pay_2"), looked_up(30, &["pay_1", "pay_2"])], tells(&["pay_1"])),
            // A server that ignores the question lists what it likes.
            (vec![lost.clone(), looked_up(30, &["pay_7", "pay_8"])], Worth::TooMany),
            (vec![lost.clone(), elsewhere(|look| look.facts.origin = "https://else.test".into())], Worth::Elsewhere),
            (vec![lost.clone(), elsewhere(|look| look.facts.credential = None)], Worth::Elsewhere),
            (vec![lost.clone(), elsewhere(|look| look.account = Some("acct_2".into()))], Worth::Elsewhere),
            (vec![lost.clone(), elsewhere(|look| look.objects.as_mut().expect("some").partial = true)], Worth::Partial),
        ];
        for (exchanges, expected) in cases {
            let text = format!("{exchanges:?}");
            let left = left(exchanges).expect("in doubt");
            assert_eq!(
                left.looked.map(|looked| looked.worth),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_conflict_beside_a_doubt_is_settled_with_it_and_what_goes_on_is_not_called_undone() {
        let conflict = sent("b", Some("k"), 20, Some(409));
        let mut exchanges = vec![sent("a", Some("k"), 10, Some(503)), conflict];
        let left = self::left(exchanges.clone()).expect("in doubt");
        assert_eq!(left.doubts, ["a", "b"].map(ExchangeId::known));
        let settling = left.settling(Found::NotDone).expect("on their word");
        let settled = Operation {
            settlements: settling.settlements(at(50)),
            ..exchanges.clone().into()
        };
        let candidate = Candidate::again(&settled.exchanges[0]);
        let advice = advise(&settled, &candidate, &Profile::new("p"), at(100));
        assert_eq!(advice.new_key, NewKey::Runs);
        exchanges.push(Summary {
            class: Class::InFlight,
            ..sent("c", Some("k"), 30, None)
        });
        let left = self::left(exchanges).expect("in doubt");
        assert_eq!(left.settling(Found::NotDone), None);
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
        let facts = Seen::of(&operation, &[]);
        assert!(agreed.agreed.covers(asked(Choice::SameKey), &facts));
        assert!(!agreed.agreed.covers(asked(Choice::NewKey), &facts));
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
