//! What somebody asks to be sent, what they agreed to, and why it may be refused.
//!
//! ```text
//!   Order { ask, agreed } ──dispatch──▶ sent, or Refusal: nothing was sent, here is the question
//! ```

use crate::domain::displacement::Displacement;
use crate::domain::exchange::Class;
use crate::domain::guard::{Asked, Replay, so_far};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{Advice, Choice, Question};
use crate::domain::kept::Supplied;
use crate::domain::operation::Operation;
use crate::domain::profile::Profile;
use crate::domain::request::{Method, Request};

/// One send that is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// What is to be sent.
    pub ask: Ask,
    /// What the person agreed to beforehand.
    pub agreed: Agreement,
}

impl Order {
    /// Asks the API what an operation made: a GET within the operation, which no guard asks about. `None` when the
    /// profile does not say how.
    pub fn look_up(
        profile: &Profile,
        operation: &OperationId,
        account: Option<&str>,
    ) -> Option<Order> {
        let target = profile.look_up_target(operation)?;
        let mut request = Request::new(Method::get(), target);
        // A saved answer would tell of an earlier moment (RFC 9111 5.2.1.4).
        request.headers.push("cache-control", "no-cache");
        Some(Order {
            ask: Ask::Compose {
                request,
                operation: Some(operation.clone()),
                account: account.map(ToOwned::to_owned),
                key: KeyOrder::None,
                base: None,
                secrets: Vec::new(),
            },
            agreed: Agreement::default(),
        })
    }
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A request somebody composed.
    Compose {
        /// The request.
        request: Request,
        /// The operation it joins; `None` starts one.
        operation: Option<OperationId>,
        /// The account it is about.
        account: Option<String>,
        /// Its idempotency key.
        key: KeyOrder,
        /// The exchange that it was made from: where the request says `[redacted]`, its secrets go again.
        base: Option<ExchangeId>,
        /// Values for places in which `[redacted]` stands and nothing was kept.
        secrets: Vec<Supplied>,
    },
    /// A recorded exchange, unchanged.
    Replay {
        /// Which one.
        exchange: ExchangeId,
        /// With which key.
        choice: Choice,
        /// Values that were not kept.
        secrets: Vec<Supplied>,
    },
}

/// The idempotency key a composed request is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOrder {
    /// A fresh one when the method takes one (POST, PATCH), else none.
    Default,
    /// This one, which we minted for it.
    Minted(String),
    /// This one, spelled by a person.
    Given(String),
    /// None at all.
    None,
}

/// What a person agreed to. Nothing covers more than it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// What the verdict and the guard may ask.
    pub verdict: Option<Agreed>,
    /// That a secret may travel over plain http to a host that is not this machine.
    pub plain_http: bool,
    /// Where a replay may go, when that is not where its exchange went.
    pub place: Option<AgreedPlace>,
}

/// Where a replay may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgreedPlace {
    /// To what a person named on the command line: they know where that is.
    Named,
    /// To this one, which was on the screen: had it become another, it would be asked again.
    To(Displacement),
}

/// Which questions are agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// Whatever it is (`--yes`).
    Any,
    /// This one, on these facts, which were on the screen: had either become another, it would be asked again.
    To(Asked, Seen),
}

/// What an operation had come to when a question was asked about it: which attempts with which outcome, and how many of
/// them were settled. A yes that was given on other facts is no yes: somebody else may have said theirs meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    attempts: Vec<(ExchangeId, Class)>,
    settled: usize,
}

impl Seen {
    /// The operation as it is, but for the exchanges of the order that is judged itself.
    pub fn of(operation: &Operation, own: &[ExchangeId]) -> Seen {
        let others = operation.attempts().filter(|e| !own.contains(&e.id));
        Seen {
            attempts: others.map(|e| (e.id.clone(), e.class)).collect(),
            settled: operation.settlements.len(),
        }
    }
}

impl Agreement {
    /// Whether this question is answered already.
    pub fn covers(&self, asked: Asked, facts: &Seen) -> bool {
        match &self.verdict {
            None => false,
            Some(Agreed::Any) => true,
            Some(Agreed::To(agreed, seen)) => *agreed == asked && seen == facts,
        }
    }

    /// Whether a replay may go there.
    pub fn covers_place(&self, displacement: &Displacement) -> bool {
        match &self.place {
            None => false,
            Some(AgreedPlace::Named) => true,
            Some(AgreedPlace::To(agreed)) => agreed == displacement,
        }
    }
}

/// Why an order was not carried out. Nothing was sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The verdict asks first.
    Verdict {
        /// What is asked.
        question: Question,
        /// The verdict it comes from.
        advice: Advice,
        /// The operation so far.
        operation: Box<Operation>,
    },
    /// The guard of a live API asks before every replay.
    Live {
        /// What is asked.
        replay: Replay,
        /// The method that would be sent again.
        method: Method,
        /// The verdict in whole.
        advice: Advice,
        /// The operation so far.
        operation: Box<Operation>,
    },
    /// The profile is read-only, and this method is not safe. No agreement mends it.
    ReadOnly {
        /// The method.
        method: Method,
        /// The profile's name.
        profile: String,
    },
    /// "Same key" was asked of an exchange that had none.
    NoSameKey {
        /// The verdict, for what else could be done.
        advice: Advice,
    },
    /// A secret would travel over plain http to this host.
    PlainHttp {
        /// Host and port.
        host: String,
    },
    /// A replay would not go where its exchange went.
    Displaced(Displacement),
}

impl Refusal {
    /// What an agreement would have to be to; `None` when none mends it, or it is no question of verdict or guard.
    pub fn asked(&self) -> Option<Asked> {
        match self {
            Refusal::Verdict { question, .. } => Some(Asked::Verdict(*question)),
            Refusal::Live { replay, .. } => Some(Asked::Replay(*replay)),
            Refusal::ReadOnly { .. }
            | Refusal::NoSameKey { .. }
            | Refusal::PlainHttp { .. }
            | Refusal::Displaced(_) => None,
        }
    }

    /// The operation that is asked about, as it was judged; `None` when no agreement mends it.
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Refusal::Verdict { operation, .. } | Refusal::Live { operation, .. } => Some(operation),
            _ => None,
        }
    }

    /// The refusal in words, with the next step.
    pub fn sentence(&self) -> String {
        match self {
            Refusal::Verdict { question, advice, operation } => {
                let what = match question {
                    Question::ActsAgain => "it would do the action again",
                    Question::MayActTwice => "it may act twice",
                };
                format!("not sent: {what}. {} {}", advice.text, so_far(operation))
            }
            Refusal::Live { replay, method, advice, operation } => format!(
                "not sent: this API is live, and its guard asks before every replay of a {method}. {} {} {}",
                so_far(operation),
                replay.verdict(),
                advice.text
            ),
            Refusal::ReadOnly { method, profile } => format!(
                "not sent: profile '{profile}' is read-only, and {method} is no safe method; to send it, use another \
                 profile, or set guard = \"live\" in [profile.{profile}]"
            ),
            Refusal::NoSameKey { .. } => {
                "not sent: no idempotency key was sent with that request, so there is no same key to replay it with"
                    .to_owned()
            }
            Refusal::PlainHttp { host } => format!(
                "not sent: a secret (the credential, or one in the request) would travel unprotected, over plain http to {host}; \
                 use https, or set allow_plain_http = true in the profile"
            ),
            Refusal::Displaced(displacement) => displacement.sentence(),
        }
    }

    /// What could be done instead, where no agreement mends it and the sentence does not say.
    pub fn hint(&self) -> Option<&'static str> {
        matches!(self, Refusal::NoSameKey { .. }).then_some("R sends it with a new key")
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreed, AgreedPlace, Agreement, Refusal, Seen};
    use crate::domain::displacement::Displacement;
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::guard::{Asked, Replay};
    use crate::domain::id::ExchangeId;
    use crate::domain::idempotency::{Advice, Choice, NewKey, Question, SameKey};
    use crate::domain::operation::tests::summary;
    use crate::domain::operation::{Found, Operation, Settlement};
    use crate::domain::request::Method;

    const REPLAY: Replay = Replay {
        choice: Choice::SameKey,
        same_key: Some(SameKey::Safe),
        new_key: NewKey::ActsAgain,
    };

    fn agreement(verdict: Option<Agreed>) -> Agreement {
        Agreement {
            verdict,
            ..Agreement::default()
        }
    }

    #[test]
    fn an_agreement_covers_what_it_says_and_no_more() {
        let asked = [
            Asked::Verdict(Question::ActsAgain),
            Asked::Verdict(Question::MayActTwice),
            Asked::Replay(REPLAY),
            Asked::Replay(Replay {
                choice: Choice::NewKey,
                ..REPLAY
            }),
            Asked::Replay(Replay {
                same_key: Some(SameKey::Runs),
                ..REPLAY
            }),
        ];
        for (at, question) in asked.into_iter().enumerate() {
            let facts = Seen::default();
            let covers = |agreed| agreement(agreed).covers(question, &facts);
            assert!(!covers(None) && covers(Some(Agreed::Any)));
            for (other, agreed) in asked.into_iter().enumerate() {
                let agreed = Agreed::To(agreed, Seen::default());
                assert_eq!(covers(Some(agreed)), at == other);
            }
        }
    }

    #[test]
    fn an_agreement_is_to_the_facts_that_were_seen() {
        let asked = Asked::Verdict(Question::MayActTwice);
        let sent = |id: &str, class| Summary {
            id: ExchangeId::known(id),
            ..summary(Some("k"), class, None)
        };
        let lost = sent("a", Class::Indeterminate);
        let operation = |exchanges: &[&Summary]| {
            Operation::from(exchanges.iter().map(|e| (*e).clone()).collect::<Vec<_>>())
        };
        let before = operation(&[&lost]);
        let agreed = agreement(Some(Agreed::To(asked, Seen::of(&before, &[]))));
        let holds = |now: &Operation, own: &[ExchangeId]| agreed.covers(asked, &Seen::of(now, own));
        assert!(holds(&before, &[]));
        // Somebody else sent meanwhile, or the one that was seen has come to something else.
        let second = sent("b", Class::RateLimited);
        let twice = operation(&[&lost, &second]);
        assert!(!holds(&twice, &[]));
        assert!(!holds(&operation(&[&sent("a", Class::Success)]), &[]));
        // The order's own sends, and look-ups, are no news.
        assert!(holds(&twice, std::slice::from_ref(&second.id)));
        let look = Summary {
            method: Method::get(),
            ..sent("c", Class::Success)
        };
        assert!(holds(&operation(&[&lost, &look]), &[]));
        let mut settled = before.clone();
        settled.settlements.push(Settlement {
            exchange: lost.id.clone(),
            found: Found::Done,
            objects: Vec::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
        });
        assert!(!holds(&settled, &[]));
    }

    #[test]
    fn a_place_is_agreed_to_by_itself_and_to_the_letter() {
        let elsewhere = |goes_to: &str| Displacement::Elsewhere {
            profile: "a".into(),
            sent_to: "https://old.test".into(),
            goes_to: goes_to.into(),
        };
        let (new, newer) = (
            elsewhere("https://new.test"),
            elsewhere("https://newer.test"),
        );
        let agreed = |place| Agreement {
            place,
            ..agreement(Some(Agreed::Any))
        };
        assert!(!agreed(None).covers_place(&new), "--yes is no agreement");
        assert!(agreed(Some(AgreedPlace::Named)).covers_place(&new));
        let to_new = agreed(Some(AgreedPlace::To(new.clone())));
        assert!(to_new.covers_place(&new) && !to_new.covers_place(&newer));
        let only_place = Agreement {
            verdict: None,
            ..to_new
        };
        assert!(!only_place.covers(Asked::Verdict(Question::MayActTwice), &Seen::default()));
        assert_eq!(Refusal::Displaced(new).asked(), None);
    }

    #[test]
    fn the_live_guard_says_all_that_is_needed_to_decide() {
        let advice = Advice {
            same_key: REPLAY.same_key,
            new_key: REPLAY.new_key,
            wait: None,
            text: "201: done.".into(),
        };
        let refusal = Refusal::Live {
            replay: REPLAY,
            method: Method::post(),
            advice,
            operation: Box::new(vec![summary(Some("key-1"), Class::Success, Some(201))].into()),
        };
        let sentence = refusal.sentence();
        for part in [
            "not sent",
            "live",
            "POST",
            "requestId op_1",
            "key key-1: 201",
            "Same key: safe",
            "New key: does",
        ] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
        assert_eq!(refusal.asked(), Some(Asked::Replay(REPLAY)));
    }

    #[test]
    fn a_read_only_profile_asks_nothing_and_says_how_to_open_it() {
        let refusal = Refusal::ReadOnly {
            method: Method::post(),
            profile: "prod".into(),
        };
        let sentence = refusal.sentence();
        for part in ["not sent", "'prod' is read-only", "POST", "[profile.prod]"] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
        assert_eq!((refusal.asked(), refusal.hint()), (None, None));
    }
}
