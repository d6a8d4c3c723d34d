//! Exchanges for the tables of cases that are worth a name, and how a table is checked.

use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::idempotency::{Candidate, NewKey as N, SameKey as S, advise};
use reqscope::domain::request::Method;

use crate::history::{at, class, exchange, profile};
use crate::server::Request;

/// A POST under key 0 that started then and was answered at once.
pub fn answered(started: u64, status: u16) -> Summary {
    Summary {
        class: class(status),
        status: Some(status),
        total_ms: Some(0.0),
        ..exchange(started as usize, &Request::plain(started, Some(0)))
    }
}

/// One without an answer.
pub fn lost(started: u64) -> Summary {
    let plain = exchange(started as usize, &Request::plain(started, Some(0)));
    Summary {
        class: Class::Indeterminate,
        ..plain
    }
}

/// One that is still on its way.
pub fn in_flight(started: u64) -> Summary {
    Summary {
        class: Class::InFlight,
        ..lost(started)
    }
}

/// Changes to an exchange, in the words of the rows below.
pub trait Change {
    fn key(self, key: &str) -> Summary;
    fn bare(self) -> Summary;
    fn other_payload(self) -> Summary;
    fn other_account(self) -> Summary;
    fn other_origin(self) -> Summary;
    fn other_credential(self) -> Summary;
    fn codes(self, codes: &[&str]) -> Summary;
    fn replayed(self) -> Summary;
    fn method(self, method: &str) -> Summary;
    fn took(self, milliseconds: f64) -> Summary;
    fn nth_send(self, send: u32) -> Summary;
}

impl Change for Summary {
    fn key(self, key: &str) -> Summary {
        Summary {
            idempotency_key: Some(key.into()),
            attempt: 2,
            ..self
        }
    }

    fn bare(self) -> Summary {
        Summary {
            idempotency_key: None,
            ..self
        }
    }

    fn other_payload(mut self) -> Summary {
        self.facts.payload.0[0] ^= 1;
        self
    }

    fn other_account(self) -> Summary {
        Summary {
            account: Some("acct_other".into()),
            ..self
        }
    }

    fn other_origin(mut self) -> Summary {
        self.facts.origin = "https://elsewhere.test".into();
        self
    }

    fn other_credential(mut self) -> Summary {
        self.facts.credential = None;
        self
    }

    fn codes(self, codes: &[&str]) -> Summary {
        let codes = codes.iter().map(|code| (*code).into()).collect();
        Summary { codes, ..self }
    }

    fn replayed(self) -> Summary {
        Summary {
            replayed: true,
            ..self
        }
    }

    fn method(self, method: &str) -> Summary {
        let method = Method::parse(method).expect("a method");
        Summary { method, ..self }
    }

    fn took(self, milliseconds: f64) -> Summary {
        Summary {
            total_ms: Some(milliseconds),
            ..self
        }
    }

    fn nth_send(self, send: u32) -> Summary {
        Summary { send, ..self }
    }
}

/// What is said of sending `last`'s request once more at `now`.
pub type Row = (&'static str, Vec<Summary>, Summary, u64, (Option<S>, N));

pub fn check(rows: Vec<Row>) {
    for (name, before, like, now, expected) in rows {
        let advice = advise(
            &before.to_vec().into(),
            &Candidate::again(&like),
            &profile(),
            at(now),
        );
        assert_eq!(
            (advice.same_key, advice.new_key),
            expected,
            "{name}: {}",
            advice.text
        );
    }
}

pub fn words(same_key: S, new_key: N) -> (Option<S>, N) {
    (Some(same_key), new_key)
}
