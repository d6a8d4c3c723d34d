//! A yes holds for the facts it was given on: when somebody else acted meanwhile, it is asked again.

use reqscope::dispatch::SendError;
use reqscope::domain::exchange::Class;
use reqscope::domain::guard::Asked;
use reqscope::domain::idempotency::Question;
use reqscope::domain::order::{Agreed, Agreement, KeyOrder, Order, Refusal, Seen};
use reqscope::sandbox::{self, Settings};

use crate::bench::{Bench, order, payment, payment_with, retry, shape};
use crate::server::{Server, answer, nothing};

/// The question that a further attempt is asked, and the order with the yes to it.
async fn asked(bench: &Bench) -> (Question, Order) {
    let further = payment();
    let refused = bench.pursue(further.clone(), retry(0, 0)).await;
    let Err(SendError::Refused(refusal)) = refused else {
        panic!("it is asked first: {refused:?}");
    };
    let Refusal::Verdict {
        question,
        operation,
        ..
    } = *refusal
    else {
        panic!("by the verdict: {refusal:?}");
    };
    let seen = Seen::of(&operation, &[]);
    let agreed = Agreement {
        verdict: Some(Agreed::To(Asked::Verdict(question), seen)),
        ..Agreement::default()
    };
    (question, Order { agreed, ..further })
}

#[tokio::test]
async fn of_two_windows_that_ask_the_same_one_goes_and_the_other_is_asked_anew() {
    let sandbox = sandbox::start(Settings::default())
        .await
        .expect("a sandbox");
    let bench = Bench::towards(&sandbox.base_url()).await;
    let lost = payment_with("Sandbox-Fault", "drop-after");
    bench.pursue(lost, retry(0, 0)).await.expect("sent");
    let ((first, one), (second, other)) = (asked(&bench).await, asked(&bench).await);
    assert_eq!(
        (first, second),
        (Question::MayActTwice, Question::MayActTwice)
    );

    let sent = bench.pursue(one, retry(0, 0)).await.expect("agreed");
    assert_eq!(sent.exchange.outcome.class(), Class::Success);
    let refused = bench.pursue(other, retry(0, 0)).await;
    let Err(SendError::Refused(refusal)) = refused else {
        panic!("the other one's yes was to something else: {refused:?}");
    };
    let Some(operation) = refusal.operation() else {
        panic!("with its facts: {refusal:?}");
    };
    assert_eq!(
        operation.attempts().count(),
        2,
        "it tells what happened meanwhile"
    );

    let list = bench.pursue(order("GET", "op_2", KeyOrder::Default), retry(0, 0));
    let list = list.await.expect("listed");
    let body = bench.store.open_body(&list.exchange.id).expect("read");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut body.expect("a body"), &mut text).expect("text");
    assert_eq!(text.matches("\"pay_").count(), 2, "{text}");
}

#[tokio::test]
async fn what_the_order_itself_sent_is_no_news_to_whoever_agreed() {
    let server = Server::answering(&[
        nothing(),
        answer(
            429,
            "retry-after: 0
",
        ),
        answer(201, ""),
    ]);
    let bench = Bench::towards(&server.url).await;
    bench.pursue(payment(), retry(0, 0)).await.expect("sent");
    let (question, agreed) = asked(&bench).await;
    assert_eq!(question, Question::MayActTwice);
    let sent = bench
        .pursue(agreed, retry(3, 0))
        .await
        .expect("agreed once");
    assert_eq!(
        shape(&sent.operation.exchanges),
        [
            (1, 1, Class::Indeterminate),
            (2, 1, Class::RateLimited),
            (2, 2, Class::Success)
        ]
    );
}
