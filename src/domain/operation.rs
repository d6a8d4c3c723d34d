//! One requestId on one account: the attempts at it, what looking it up found, what people settled and wrote down.
//!
//! ```text
//!   Operation ─┬─ exchanges    attempts by key, and the look-ups (a GET that asks what the operation made)
//!              ├─ settlements  what a person said became of an exchange in doubt
//!              └─ remarks      what a person wrote down
//! ```
//!
//! An attempt is one idempotency key within the operation, numbered from 1; a send without a key is an attempt of its
//! own. Which number a further send gets, and whether it belongs here at all, is said here; whether it is wise is the
//! verdict's part (`idempotency`), and what is left to find out `unsettled`'s.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::ExchangeId;
use crate::domain::object::Named;
use crate::domain::request::Method;

/// No operation names more objects than are worth reading.
pub const MOST: usize = 200;

/// All that is known of one operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operation {
    /// Every exchange of it, oldest first.
    pub exchanges: Vec<Summary>,
    /// What people settled, oldest first.
    pub settlements: Vec<Settlement>,
    /// What people wrote down, oldest first.
    pub remarks: Vec<Remark>,
}

/// What a person found to have become of an exchange in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The action is done.
    Done,
    /// It was not done, and will not be: not merely "none found yet".
    NotDone,
}

/// An exchange that was settled by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Which one.
    pub exchange: ExchangeId,
    /// What it turned out to have done.
    pub found: Found,
    /// The objects by which that was seen.
    pub objects: Vec<String>,
    /// When it was settled.
    pub at: Timestamp,
}

/// What a person wrote down about an operation. It changes no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Their words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// An object that an operation made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made<'a> {
    /// Its id.
    pub id: &'a str,
    /// The attempt whose 2xx named it; `None` when only a look-up or a person did.
    pub attempt: Option<u32>,
}

impl From<Vec<Summary>> for Operation {
    /// An operation of which nothing is known but its exchanges.
    fn from(exchanges: Vec<Summary>) -> Operation {
        Operation {
            exchanges,
            ..Operation::default()
        }
    }
}

impl Operation {
    /// The look-ups that told something, oldest first: safe requests whose answers list objects.
    pub fn look_ups(&self) -> impl DoubleEndedIterator<Item = (&Summary, &Named)> {
        let safe = self.exchanges.iter().filter(|e| e.method.is_safe());
        safe.filter_map(|e| Some((e, e.objects.as_ref()?)))
    }

    /// What is attempted: every exchange that is not a look-up.
    pub fn attempts(&self) -> impl DoubleEndedIterator<Item = &Summary> {
        let acts = self.exchanges.iter().any(|e| !e.method.is_safe());
        let counts = move |e: &&Summary| !(acts && e.method.is_safe());
        self.exchanges.iter().filter(counts)
    }

    /// The objects that are named as its own, each once, in the order in which they became known; no more than
    /// [`MOST`]. Two of them may be two names of one thing: see [`Operation::is_recreated`].
    pub fn made(&self) -> Vec<Made<'_>> {
        let named = self.exchanges.iter().flat_map(|e| {
            let attempt = (!e.method.is_safe()).then_some(e.attempt);
            let ids = e.objects.iter().flat_map(|named| &named.ids);
            ids.map(move |id| Made { id, attempt })
        });
        let settled = self.settlements.iter().flat_map(|s| &s.objects);
        let settled = settled.map(|id| Made { id, attempt: None });
        let (mut made, mut at): (Vec<Made>, HashMap<&str, usize>) = Default::default();
        for object in named.chain(settled) {
            match at.get(object.id) {
                Some(known) => made[*known].attempt = made[*known].attempt.or(object.attempt),
                None if made.len() == MOST => {}
                None => {
                    at.insert(object.id, made.len());
                    made.push(object);
                }
            }
        }
        made
    }

    /// Whether it was done more than once: one look-up lists several objects, or several attempts were answered 2xx
    /// with an object each. A look-up's name beside an attempt's may be another name of the same thing.
    pub fn is_recreated(&self) -> bool {
        let listed = self.look_ups().any(|(_, named)| named.ids.len() > 1);
        let by_attempt = self.exchanges.iter().filter(|e| !e.method.is_safe());
        let ids = by_attempt.flat_map(|e| e.objects.iter().flat_map(|named| &named.ids));
        listed || ids.collect::<HashSet<_>>().len() > 1
    }
}

/// Attempt and send numbers of the next exchange of an operation, given those before it.
pub fn next_numbers(before: &[Summary], key: Option<&str>) -> (u32, u32) {
    let of_key = before
        .iter()
        .filter(|e| key.is_some() && e.idempotency_key.as_deref() == key);
    match of_key.max_by_key(|e| e.send) {
        Some(last) => (last.attempt, last.send + 1),
        None => (before.iter().map(|e| e.attempt).max().unwrap_or(0) + 1, 1),
    }
}

/// Whether an edited request still belongs to the operation: only while none of its attempts was answered 2xx, and
/// method, path and account stay as they were. A look-up (a GET within the operation) is no attempt at the action: were
/// it counted, one look would let the edit leave the operation, and with it every doubt behind.
pub fn continues(before: &Operation, method: &Method, target: &str, account: Option<&str>) -> bool {
    let path = |target: &str| target.split(['?', '#']).next().unwrap_or("").to_owned();
    before.attempts().all(|e| {
        e.class != Class::Success
            && e.method == *method
            && path(&e.target) == path(target)
            && e.account.as_deref() == account
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::Timestamp;

    use super::{Found, Made, Operation, Settlement, continues, next_numbers};
    use crate::domain::exchange::{Class, Facts, Summary};
    use crate::domain::id::{ExchangeId, OperationId};
    use crate::domain::object::Named;
    use crate::domain::redact::Fingerprint;
    use crate::domain::request::{KeyChoice, Method};

    /// A POST of operation `op_1` at the start of the epoch, answered 422, for tests to change.
    pub(crate) fn summary(key: Option<&str>, class: Class, status: Option<u16>) -> Summary {
        Summary {
            id: ExchangeId::known("e"),
            operation: OperationId::known("op_1"),
            attempt: 1,
            send: 1,
            account: Some("acct_1".into()),
            profile: "sandbox".into(),
            started_at: Timestamp::UNIX_EPOCH,
            method: Method::post(),
            base_url: "http://127.0.0.1:1".into(),
            target: "/v1/payments".into(),
            idempotency_key: key.map(Into::into),
            key_choice: KeyChoice::Fresh,
            facts: Facts {
                origin: "http://127.0.0.1:1".into(),
                payload: Fingerprint([1; 32]),
                credential: Some(Fingerprint([2; 32])),
            },
            class,
            status,
            server_id: None,
            replayed: false,
            codes: Vec::new(),
            paths: Vec::new(),
            error_count: None,
            objects: None,
            total_ms: None,
            body_bytes: 0,
            quota: None,
            pinned: false,
            note: None,
        }
    }

    #[test]
    fn a_key_is_an_attempt_and_each_send_of_it_is_counted() {
        let mut history = vec![summary(Some("a"), Class::RateLimited, Some(429))];
        assert_eq!(next_numbers(&[], Some("a")), (1, 1));
        assert_eq!(next_numbers(&history, Some("a")), (1, 2));
        assert_eq!(next_numbers(&history, Some("b")), (2, 1));
        assert_eq!(next_numbers(&history, None), (2, 1));
        history.push(Summary {
            attempt: 2,
            ..summary(None, Class::Indeterminate, None)
        });
        assert_eq!(
            next_numbers(&history, None),
            (3, 1),
            "a send without a key is an attempt of its own"
        );
    }

    #[test]
    fn an_edit_continues_only_what_is_not_done_and_is_the_same_thing() {
        let of = |exchanges: &[&Summary]| {
            let exchanges = exchanges.iter().map(|e| (*e).clone());
            Operation::from(exchanges.collect::<Vec<_>>())
        };
        let refused = summary(Some("a"), Class::ClientError, Some(422));
        let (open, done) = (
            of(&[&refused]),
            of(&[&summary(Some("a"), Class::Success, Some(201))]),
        );
        let post = Method::post();
        assert!(continues(
            &open,
            &post,
            "/v1/payments?dry=1",
            Some("acct_1")
        ));
        let looked = Summary {
            method: Method::get(),
            target: "/v1/payments?requestId=op_1".into(),
            ..summary(None, Class::Success, Some(200))
        };
        let looked_at = of(&[&refused, &looked]);
        assert!(continues(&looked_at, &post, "/v1/payments", Some("acct_1")));
        let only_looked = of(&[&looked]);
        assert!(!continues(
            &only_looked,
            &post,
            "/v1/payments",
            Some("acct_1")
        ));
        assert!(!continues(&done, &post, "/v1/payments", Some("acct_1")));
        assert!(!continues(&open, &post, "/v1/boxes", Some("acct_1")));
        assert!(!continues(&open, &post, "/v1/payments", Some("acct_2")));
        assert!(!continues(
            &open,
            &Method::get(),
            "/v1/payments",
            Some("acct_1")
        ));
    }

    #[test]
    fn objects_are_named_once_and_two_of_them_were_re_created() {
        let named = |exchange: Summary, ids: &[&str]| Summary {
            objects: Some(Named {
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
                partial: false,
            }),
            ..exchange
        };
        let look = Summary {
            method: Method::get(),
            ..summary(None, Class::Success, Some(200))
        };
        let failed = summary(Some("a"), Class::ServerError, Some(500));
        let second = Summary {
            attempt: 2,
            ..named(summary(Some("b"), Class::Success, Some(201)), &["pay_2"])
        };
        let mut operation = Operation::from(vec![failed, second]);
        assert_eq!(
            operation.made(),
            [Made {
                id: "pay_2",
                attempt: Some(2)
            }]
        );
        assert!(!operation.is_recreated());
        // An empty look-up makes nothing of it; one that finds both tells.
        operation.exchanges.push(named(look.clone(), &[]));
        assert!(!operation.is_recreated());
        // What the attempt is called, and what a look-up calls it, may be one thing.
        operation.exchanges.push(named(look.clone(), &["pay_1"]));
        assert_eq!(operation.made().len(), 2);
        assert!(!operation.is_recreated());
        operation.exchanges.pop();
        operation.exchanges.push(named(look, &["pay_1", "pay_2"]));
        assert!(operation.is_recreated());
        let mut twice = Operation::from(vec![operation.exchanges[1].clone()]);
        let third = named(operation.exchanges[1].clone(), &["pay_9"]);
        twice.exchanges.push(third);
        assert!(twice.is_recreated(), "two attempts, each with its object");
        let made: Vec<_> = operation.made().iter().map(|m| (m.id, m.attempt)).collect();
        assert_eq!(made, [("pay_2", Some(2)), ("pay_1", None)]);
        assert_eq!(operation.look_ups().count(), 2);
        assert_eq!(operation.attempts().count(), 2);
        operation.settlements.push(Settlement {
            exchange: operation.exchanges[0].id.clone(),
            found: Found::Done,
            objects: vec!["pay_1".into(), "pay_3".into()],
            at: Timestamp::UNIX_EPOCH,
        });
        assert_eq!(operation.made().len(), 3);
    }
}
