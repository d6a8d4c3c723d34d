//! One requestId on one account, and the attempts at it.
//!
//! An attempt is one idempotency key within the operation, numbered from 1; a send without a key is an attempt of its
//! own. Which number a further send gets, and whether it belongs here at all, is said here; whether it is wise is the
//! verdict's part (`idempotency`).

use crate::domain::exchange::{Class, Summary};
use crate::domain::request::Method;

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
pub fn continues(before: &[Summary], method: &Method, target: &str, account: Option<&str>) -> bool {
    let path = |target: &str| target.split(['?', '#']).next().unwrap_or("").to_owned();
    let acts = before.iter().any(|e| !e.method.is_safe());
    before
        .iter()
        .filter(|e| !(acts && e.method.is_safe()))
        .all(|e| {
            e.class != Class::Success
                && e.method == *method
                && path(&e.target) == path(target)
                && e.account.as_deref() == account
        })
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::Timestamp;

    use super::{continues, next_numbers};
    use crate::domain::exchange::{Class, Facts, Summary};
    use crate::domain::id::{ExchangeId, OperationId};
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
            replayed: false,
            codes: Vec::new(),
            error_count: None,
            total_ms: None,
            body_bytes: 0,
            quota: None,
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
        let open = vec![summary(Some("a"), Class::ClientError, Some(422))];
        let done = vec![summary(Some("a"), Class::Success, Some(201))];
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
        let looked_at = vec![open[0].clone(), looked.clone()];
        assert!(continues(&looked_at, &post, "/v1/payments", Some("acct_1")));
        assert!(!continues(&[looked], &post, "/v1/payments", Some("acct_1")));
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
}
