//! 429: waited out, bounded, cancelled, judged again.

use std::time::Duration;

use reqscope::dispatch::SendError;
use reqscope::domain::exchange::Class;
use reqscope::domain::order::KeyOrder;
use reqscope::domain::request::KeyChoice;
use reqscope::domain::retry::Retry;

use crate::bench::{Bench, agreed, order, passed, payment, retry, shape};
use crate::server::{Server, answer};

fn limited(fields: &str) -> String {
    answer(429, fields)
}

fn done() -> String {
    answer(201, "")
}

#[tokio::test]
async fn a_429_is_waited_out_and_sent_with_the_same_key_and_bytes() {
    for fields in [
        "retry-after: 1\r\n",
        "ratelimit-limit: 3\r\nratelimit-remaining: 0\r\nratelimit-reset: 1\r\n",
        "retry-after: 1\r\nratelimit-remaining: 0\r\nratelimit-reset: 50\r\n",
    ] {
        let server = Server::answering(&[limited(fields), done()]);
        let bench = Bench::towards(&server.url).await;
        let sent = bench.pursue(payment(), retry(2, 0)).await.expect("sent");
        let heard = server.heard();
        assert_eq!(heard.len(), 2, "{fields}");
        assert_eq!(heard[0].request, heard[1].request, "byte for byte");
        assert!(heard[0].field("Idempotency-Key").is_some());
        let wait = passed(heard[0].at, heard[1].at);
        assert!(wait >= Duration::from_secs(1), "{fields}: {wait:?}");
        assert_eq!(
            (sent.exchange.send, sent.exchange.outcome.status()),
            (2, Some(201))
        );
        assert_eq!(sent.exchange.request.key_choice, KeyChoice::Same);
        assert!(!sent.in_doubt);
        assert_eq!(
            shape(&sent.operation.exchanges),
            [(1, 1, Class::RateLimited), (1, 2, Class::Success)]
        );
        assert_eq!(bench.told(), ["sends 1.1", "waits 429 1/2", "sends 1.2"]);
    }
}

#[tokio::test]
async fn without_a_word_of_the_server_it_backs_off_so_often_and_no_more() {
    let server = Server::answering(&[limited("")]);
    let bench = Bench::towards(&server.url).await;
    let sent = bench.pursue(payment(), retry(2, 9)).await.expect("sent");
    let heard = server.heard();
    assert_eq!(heard.len(), 3);
    for pair in heard.windows(2) {
        let wait = passed(pair[0].at, pair[1].at);
        assert!(wait >= Duration::from_millis(250), "the floor: {wait:?}");
    }
    assert_eq!(
        (sent.exchange.send, sent.exchange.outcome.status()),
        (3, Some(429))
    );
}

#[tokio::test]
async fn a_plain_send_is_sent_once() {
    for (status, fields) in [(429, "retry-after: 0\r\n"), (503, "retry-after: 0\r\n")] {
        let server = Server::answering(&[answer(status, fields)]);
        let bench = Bench::towards(&server.url).await;
        let token = bench.dispatch.token();
        let sent = bench.dispatch.send(&bench.access, payment(), token, |_| {});
        assert_eq!(
            sent.await.expect("sent").exchange.outcome.status(),
            Some(status)
        );
        assert_eq!(server.heard().len(), 1);
    }
}

#[tokio::test]
async fn a_5xx_and_every_other_answer_is_never_sent_again() {
    for status in [500, 502, 503, 504, 401, 402, 408, 409, 422, 425, 201, 302] {
        let server = Server::answering(&[answer(status, "retry-after: 0\r\n"), done()]);
        let bench = Bench::towards(&server.url).await;
        let sent = bench.pursue(payment(), retry(5, 5)).await.expect("sent");
        assert_eq!(sent.exchange.outcome.status(), Some(status));
        assert_eq!(server.heard().len(), 1, "{status}");
        let quota = sent.exchange.quota.expect("the wait is kept, to be shown");
        assert_eq!(quota.retry_after_seconds, Some(0));
    }
}

#[tokio::test]
async fn without_a_key_a_429_is_sent_again_too() {
    for (method, attempts) in [("GET", 2), ("POST", 2)] {
        let server = Server::answering(&[limited("retry-after: 0\r\n"), done()]);
        let bench = Bench::towards(&server.url).await;
        let keyless = order(method, "op_1", KeyOrder::None);
        let sent = bench.pursue(keyless, retry(1, 1)).await.expect("sent");
        assert_eq!(server.heard().len(), 2, "{method}");
        assert_eq!(sent.exchange.outcome.status(), Some(201));
        assert_eq!(sent.exchange.request.idempotency_key, None);
        assert_eq!(sent.exchange.attempt, attempts, "an attempt of its own");
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_stops_and_says_when() {
    let server = Server::answering(&[limited("retry-after: 61\r\n"), limited(""), done()]);
    let bench = Bench::towards(&server.url).await;
    let sent = bench.pursue(payment(), retry(5, 0)).await.expect("sent");
    assert_eq!(sent.exchange.outcome.status(), Some(429));
    assert_eq!(
        shape(&sent.operation.exchanges),
        [(1, 1, Class::RateLimited)],
        "nothing is held"
    );
    assert_eq!(bench.told(), ["sends 1.1", "stops at 61 s, off by 0"]);

    // The next one that would wait knows it without asking; one that does not wait asks.
    let other = order("POST", "op_2", KeyOrder::Default);
    let refused = bench.pursue(other.clone(), retry(5, 0)).await;
    assert!(
        matches!(refused, Err(SendError::Held { .. })),
        "{refused:?}"
    );
    assert_eq!(server.heard().len(), 1);
    bench.pursue(other, Retry::default()).await.expect("sent");
    assert_eq!(server.heard().len(), 2);
}

#[tokio::test]
async fn the_longest_wait_is_a_setting() {
    let server = Server::answering(&[limited("retry-after: 2\r\n"), done()]);
    let bench = Bench::towards(&server.url).await;
    let short = Retry {
        max_wait: Duration::from_secs(1),
        ..retry(5, 0)
    };
    bench.pursue(payment(), short).await.expect("sent");
    assert_eq!(bench.told(), ["sends 1.1", "stops at 2 s, off by 0"]);
}

#[tokio::test]
async fn while_it_waits_it_is_held_and_a_cancel_ends_it_at_once() {
    let server = Server::answering(&[limited("retry-after: 50\r\n"), done()]);
    let bench = Bench::towards(&server.url).await;
    let (store, handle) = (bench.store.clone(), tokio::runtime::Handle::current());
    let (seen, look) = std::sync::mpsc::channel();
    let began = std::time::Instant::now();
    let cancel = bench.dispatch.token();
    let sent = bench.pursue_until(payment(), retry(5, 5), cancel, move |cancel| {
        let (store, seen, cancel) = (store.clone(), seen.clone(), cancel.clone());
        handle.spawn(async move {
            let operation = "op_1";
            let id = reqscope::domain::id::OperationId::known(operation);
            let held = store.operation(&id).await.expect("read").exchanges;
            let until = store
                .held_until(&held[1].facts, jiff::Timestamp::now())
                .await;
            seen.send((held, until.expect("read")))
                .expect("the test looks");
            cancel.cancel();
        });
    });
    let sent = sent.await.expect("sent");
    assert!(began.elapsed() < Duration::from_secs(40), "at once");
    let (held, until) = look.try_recv().expect("it was seen while it waited");
    assert_eq!(
        shape(&held),
        [(1, 1, Class::RateLimited), (1, 2, Class::Held)]
    );
    assert_eq!(held[0].idempotency_key, held[1].idempotency_key);
    let waits = until
        .expect("a countdown")
        .duration_since(held[0].started_at);
    assert!((50..60).contains(&waits.as_secs()), "{waits:?}");

    assert_eq!(server.heard().len(), 1, "nothing more was sent");
    assert_eq!(sent.exchange.id, held[1].id);
    assert_eq!(
        shape(&sent.operation.exchanges),
        [(1, 1, Class::RateLimited), (1, 2, Class::Failed)]
    );
    let failure = sent.exchange.outcome.failure().expect("why");
    assert!(
        failure
            .cause
            .as_deref()
            .is_some_and(|c| c.contains("cancelled")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn what_was_agreed_to_does_not_cover_what_happened_during_the_wait() {
    for yes in [false, true] {
        let server = Server::answering(&[limited("retry-after: 2\r\n"), done(), done()]);
        let bench = Bench::towards(&server.url).await;
        let (dispatch, access) = (bench.dispatch.clone(), bench.access.clone());
        let handle = tokio::runtime::Handle::current();
        let first = if yes { agreed(payment()) } else { payment() };
        let sent = bench.pursue_until(first, retry(5, 0), bench.dispatch.token(), move |_| {
            let (dispatch, access) = (dispatch.clone(), access.clone());
            handle.spawn(async move {
                // Another window, another key, and it does not wait.
                let token = dispatch.token();
                dispatch
                    .send(&access, payment(), token, |_| {})
                    .await
                    .expect("sent");
            });
        });
        let sent = sent.await.expect("the first was sent");
        assert_eq!(server.heard().len(), 2, "yes: {yes}");
        let mut shape = shape(&sent.operation.exchanges);
        shape.sort_unstable_by_key(|(attempt, send, _)| (*attempt, *send));
        assert_eq!(
            shape,
            [
                (1, 1, Class::RateLimited),
                (1, 2, Class::Failed),
                (2, 1, Class::Success)
            ]
        );
        assert_eq!(
            bench.told().last().map(String::as_str),
            Some("stops by verdict")
        );
    }
}

#[tokio::test]
async fn what_was_agreed_to_goes_on_through_a_429() {
    let server = Server::answering(&[done(), limited("retry-after: 0\r\n"), done()]);
    let bench = Bench::towards(&server.url).await;
    bench.pursue(payment(), retry(0, 0)).await.expect("sent");
    let refused = bench.pursue(payment(), retry(5, 0)).await;
    assert!(matches!(refused, Err(SendError::Refused(_))), "{refused:?}");
    let sent = bench
        .pursue(agreed(payment()), retry(5, 0))
        .await
        .expect("sent");
    assert_eq!(server.heard().len(), 3);
    assert_eq!(
        shape(&sent.operation.exchanges),
        [
            (1, 1, Class::Success),
            (2, 1, Class::RateLimited),
            (2, 2, Class::Success)
        ]
    );
}
