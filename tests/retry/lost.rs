//! No answer: asked for again with the same key, where that is safe.

use reqscope::domain::exchange::Class;
use reqscope::domain::order::KeyOrder;
use reqscope::sandbox::{self, Settings};

use crate::bench::{Bench, agreed, order, payment, payment_with, retry, shape};
use crate::server::{Server, answer, nothing};

#[tokio::test]
async fn a_lost_answer_is_found_out_and_nothing_happens_twice() {
    for (fault, replayed) in [("drop-after", true), ("drop-before", false)] {
        let sandbox = sandbox::start(Settings::default())
            .await
            .expect("a sandbox");
        let bench = Bench::towards(&sandbox.base_url()).await;
        let dropped = payment_with("Sandbox-Fault", fault);
        let sent = bench.pursue(dropped, retry(0, 3)).await.expect("sent");
        let response = sent.exchange.outcome.response().expect("an answer");
        assert_eq!(
            (response.status, response.replayed),
            (201, replayed),
            "{fault}"
        );
        assert_eq!(
            shape(&sent.operation.exchanges),
            [(1, 1, Class::Indeterminate), (1, 2, Class::Success)]
        );
        assert_eq!(bench.told(), ["sends 1.1", "waits lost 1/3", "sends 1.2"]);
        assert!(!sent.in_doubt);

        let list = order("GET", "op_2", KeyOrder::Default);
        let list = bench.pursue(list, retry(0, 0)).await.expect("sent");
        let mut body = bench
            .store
            .open_body(&list.exchange.id)
            .expect("read")
            .expect("a body");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut body, &mut text).expect("text");
        assert_eq!(text.matches("\"pay_").count(), 1, "{fault}: {text}");
    }
}

#[tokio::test]
async fn so_often_and_no_more_and_then_it_is_in_doubt() {
    let server = Server::answering(&[nothing()]);
    let bench = Bench::towards(&server.url).await;
    let sent = bench.pursue(payment(), retry(9, 2)).await.expect("sent");
    let heard = server.heard();
    assert_eq!(heard.len(), 3);
    assert!(
        heard.iter().all(|h| h.request == heard[0].request),
        "byte for byte"
    );
    assert_eq!(sent.exchange.outcome.class(), Class::Indeterminate);
    assert!(sent.in_doubt);
}

#[tokio::test]
async fn a_429_after_a_lost_answer_does_not_settle_it() {
    let server = Server::answering(&[nothing(), answer(429, "retry-after: 0\r\n")]);
    let bench = Bench::towards(&server.url).await;
    let sent = bench.pursue(payment(), retry(0, 1)).await.expect("sent");
    assert_eq!(sent.exchange.outcome.status(), Some(429));
    assert!(sent.in_doubt, "the first may have acted");
}

#[tokio::test]
async fn a_429_after_a_lost_answer_is_waited_out() {
    let limited = answer(429, "retry-after: 0\r\n");
    let server = Server::answering(&[nothing(), limited, answer(201, "")]);
    let bench = Bench::towards(&server.url).await;
    let sent = bench.pursue(payment(), retry(1, 1)).await.expect("sent");
    assert_eq!((sent.exchange.send, sent.in_doubt), (3, false));
    assert_eq!(
        bench.told(),
        [
            "sends 1.1",
            "waits lost 1/1",
            "sends 1.2",
            "waits 429 1/1",
            "sends 1.3"
        ]
    );
}

#[tokio::test]
async fn a_5xx_after_a_lost_answer_ends_it() {
    let server = Server::answering(&[nothing(), answer(503, "retry-after: 0\r\n")]);
    let bench = Bench::towards(&server.url).await;
    let sent = bench.pursue(payment(), retry(5, 5)).await.expect("sent");
    assert_eq!(server.heard().len(), 2);
    assert_eq!(sent.exchange.outcome.status(), Some(503));
}

#[tokio::test]
async fn never_without_a_key_and_never_unasked() {
    for (lost, order) in [
        (5, order("POST", "op_1", KeyOrder::None)),
        (5, order("GET", "op_1", KeyOrder::None)),
        (0, payment()),
    ] {
        let server = Server::answering(&[nothing(), answer(201, "")]);
        let bench = Bench::towards(&server.url).await;
        let sent = bench.pursue(order, retry(5, lost)).await.expect("sent");
        assert_eq!(server.heard().len(), 1);
        assert_eq!(sent.exchange.outcome.class(), Class::Indeterminate);
    }
}

#[tokio::test]
async fn never_where_the_verdict_on_the_same_key_is_not_clear() {
    let server = Server::answering(&[answer(201, ""), nothing(), answer(201, "")]);
    let bench = Bench::towards(&server.url).await;
    bench.pursue(payment(), retry(0, 0)).await.expect("sent");
    // A second key, agreed to: had it not arrived, asking again with it would act a second time.
    let sent = bench
        .pursue(agreed(payment()), retry(5, 5))
        .await
        .expect("sent");
    assert_eq!(server.heard().len(), 2);
    assert_eq!(sent.exchange.outcome.class(), Class::Indeterminate);
    assert_eq!(
        bench.told().last().map(String::as_str),
        Some("stops by verdict")
    );
}

#[tokio::test]
async fn a_cancelled_send_is_not_sent_again() {
    let server = Server::answering(&[nothing(), answer(201, "")]);
    let bench = Bench::towards(&server.url).await;
    let token = bench.dispatch.token();
    let sent = bench.pursue_until(payment(), retry(5, 5), token, |cancel| cancel.cancel());
    let sent = sent.await.expect("sent");
    assert_eq!(server.heard().len(), 1, "cancelled while it waited");
    assert_eq!(sent.exchange.outcome.class(), Class::Indeterminate);
    assert!(sent.in_doubt);
    let operation = bench.operation(&sent.exchange.operation).await;
    assert_eq!(shape(&operation), [(1, 1, Class::Indeterminate)]);
}
