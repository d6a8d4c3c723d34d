//! What somebody asks to be sent, what they agreed to, and why it may be refused.
//!
//! ```text
//!   Order { ask, agreed } ──dispatch──▶ sent, or Refusal: nothing was sent, here is the question
//! ```

use crate::domain::exchange::Summary;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{Advice, Choice, Question};
use crate::domain::redact::Secret;
use crate::domain::request::Request;

/// One send that is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// What is to be sent.
    pub ask: Ask,
    /// What the person agreed to beforehand.
    pub agreed: Agreement,
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
    },
    /// A recorded exchange, unchanged.
    Replay {
        /// Which one.
        exchange: ExchangeId,
        /// With which key.
        choice: Choice,
        /// Values for header fields that were not kept: name and value.
        secrets: Vec<(String, Secret)>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// What the verdict may ask.
    pub verdict: Option<Agreed>,
    /// That a secret may travel over plain http to a host that is not this machine.
    pub plain_http: bool,
}

/// Which verdicts are agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// Whatever it is (`--yes`).
    Any,
    /// This one, which was on the screen: had it become another, it would be asked again.
    To(Question),
}

impl Agreement {
    /// Whether this question is answered already.
    pub fn covers(self, question: Question) -> bool {
        match self.verdict {
            None => false,
            Some(Agreed::Any) => true,
            Some(Agreed::To(agreed)) => agreed == question,
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
        /// The operation so far, oldest first.
        operation: Vec<Summary>,
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
}

impl Refusal {
    /// The refusal in words, with the next step.
    pub fn sentence(&self) -> String {
        match self {
            Refusal::Verdict { question: Question::ActsAgain, advice, .. } => {
                format!("not sent: it would do the action again. {}", advice.text)
            }
            Refusal::Verdict { question: Question::MayActTwice, advice, .. } => {
                format!("not sent: it may act twice. {}", advice.text)
            }
            Refusal::NoSameKey { .. } => {
                "not sent: no idempotency key was sent with that request, so there is no same key to replay it with"
                    .to_owned()
            }
            Refusal::PlainHttp { host } => format!(
                "not sent: the credential would travel unprotected, over plain http to {host}; \
                 use https, or set allow_plain_http = true in the profile"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreed, Agreement};
    use crate::domain::idempotency::Question;

    #[test]
    fn an_agreement_covers_what_it_says_and_no_more() {
        let none = Agreement::default();
        let any = Agreement {
            verdict: Some(Agreed::Any),
            plain_http: false,
        };
        let to = Agreement {
            verdict: Some(Agreed::To(Question::ActsAgain)),
            plain_http: false,
        };
        for (agreement, again, twice) in
            [(none, false, false), (any, true, true), (to, true, false)]
        {
            assert_eq!(agreement.covers(Question::ActsAgain), again);
            assert_eq!(agreement.covers(Question::MayActTwice), twice);
        }
    }
}
