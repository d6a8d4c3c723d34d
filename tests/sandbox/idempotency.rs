//! What is saved under a key, what is not, and what two sends make.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::client::{Ask, Bench, PAYMENT};

#[tokio::test]
async fn every_answer_from_validation_on_is_saved() {
    let bench = Bench::start().await;
    let too_much = r#"{"amount":9999999,"currency":"EUR","account":"acct_demo"}"#;
    for (method, target, body, status) in [
        ("POST", "/v1/payments", PAYMENT, 201),
        ("POST", "/v1/payments", "{", 400),
        ("POST", "/v1/payments", too_much, 402),
        ("POST", "/v1/nothing", "", 404),
        ("DELETE", "/v1/payments", "", 405),
        ("POST", "/v1/payments", "{}", 422),
        ("POST", "/v1/boxes/box_demo/activate", "", 200),
    ] {
        let key = format!("k-{method}-{status}");
        let [first, second] = [
            ask(&bench, method, target, body, &key),
            ask(&bench, method, target, body, &key),
        ];
        let (first, second) = (first.send().await, second.send().await);
        assert_eq!((first.status, first.replayed()), (status, false));
        assert_eq!((second.status, second.replayed()), (status, true));
        assert_eq!(first.body, second.body);
        assert_eq!(first.header("content-type"), second.header("content-type"));
        assert_eq!(first.header("allow"), second.header("allow"));
        assert_ne!(
            first.header("request-id"),
            second.header("request-id"),
            "each answer has its own"
        );
    }
    assert_eq!(bench.payments().await, 1);
    let conflict = || {
        ask(
            &bench,
            "POST",
            "/v1/boxes/box_demo/activate",
            "",
            "k-conflict",
        )
        .send()
    };
    assert_eq!(conflict().await.code(), "already_active");
    assert!(
        conflict().await.replayed(),
        "a conflict of the state is saved"
    );
}

fn ask(bench: &Bench, method: &str, target: &str, body: &'static str, key: &str) -> Ask {
    bench.ask(method, target).key(key).body(body)
}

#[tokio::test]
async fn the_saved_answer_stays_when_the_world_has_changed() {
    let bench = Bench::start().await;
    let unknown = r#"{"amount":1,"currency":"EUR","account":"acct_demo","card":{"number":"1"}}"#;
    let first = bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body(unknown)
        .send()
        .await;
    let again = bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body(unknown)
        .send()
        .await;
    assert_eq!(
        (first.status, again.status, first.body == again.body),
        (422, 422, true)
    );
    assert_eq!(
        bench
            .ask("POST", "/v1/payments")
            .key("k2")
            .body(PAYMENT)
            .send()
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn the_payload_is_method_target_and_body_and_no_header() {
    let bench = Bench::start().await;
    assert_eq!(
        bench.pay().key("k").operation("op_1").send().await.status,
        201
    );
    for (other, name) in [
        (bench.ask("PUT", "/v1/payments").body(PAYMENT), "method"),
        (bench.ask("POST", "/v1/payments?x=1").body(PAYMENT), "query"),
        (bench.ask("POST", "/v1/boxes").body(PAYMENT), "path"),
        (
            bench
                .ask("POST", "/v1/payments")
                .body(format!("{PAYMENT} ")),
            "a blank in the body",
        ),
    ] {
        let reply = other.key("k").send().await;
        assert_eq!(
            (reply.status, reply.code().as_str(), reply.replayed()),
            (422, "key_reused", false),
            "{name}"
        );
    }
    let same = bench
        .pay()
        .key("k")
        .operation("op_2")
        .header("x-account-id", "a")
        .header("content-type", "text/plain");
    assert!(same.send().await.replayed());
    assert!(
        bench.pay().key("\"k\"").send().await.replayed(),
        "quoted is the same key"
    );
    assert_eq!(bench.payments().await, 1);
}

#[tokio::test]
async fn without_a_key_and_for_reads_nothing_is_saved() {
    let bench = Bench::start().await;
    bench.pay().send().await;
    bench.pay().send().await;
    for _ in 0..2 {
        let reply = bench.ask("GET", "/v1/payments").key("k").send().await;
        assert_eq!((reply.status, reply.replayed()), (200, false));
    }
    assert_eq!(bench.payments().await, 2);
    assert!(
        !bench.pay().key("k").send().await.replayed(),
        "the GET left nothing under the key"
    );
}

#[tokio::test]
async fn keys_that_are_none() {
    let bench = Bench::start().await;
    for key in [
        "k".repeat(256),
        String::new(),
        "\"".to_owned(),
        "ä".to_owned(),
    ] {
        let reply = bench.pay().key(&key).send().await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "idempotency_key_invalid"),
            "{key}"
        );
    }
    assert_eq!(bench.pay().key(&"k".repeat(255)).send().await.status, 201);
}

#[tokio::test]
async fn while_the_first_runs_the_second_is_told_so() {
    let bench = Bench::start().await;
    let slow = tokio::spawn(bench.pay().key("k").fault("delay=600").send());
    while bench.payments().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let meanwhile = bench.pay().key("k").send().await;
    assert_eq!(
        (meanwhile.status, meanwhile.code().as_str()),
        (409, "key_in_progress")
    );
    let other = bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body("{}")
        .send()
        .await;
    assert_eq!((other.status, other.code().as_str()), (422, "key_reused"));
    let first = slow.await.unwrap();
    let after = bench.pay().key("k").send().await;
    assert_eq!(
        (first.status, after.status, after.replayed()),
        (201, 201, true),
        "the 409 was not saved"
    );
    assert_eq!(first.body, after.body);
    assert_eq!(bench.payments().await, 1);
}

#[tokio::test]
async fn many_sends_of_one_key_make_one_payment() {
    let bench = Bench::start().await;
    let sends: Vec<_> = (0..20)
        .map(|_| tokio::spawn(bench.pay().key("k").send()))
        .collect();
    let mut ids = BTreeSet::new();
    let mut fresh = 0;
    for send in sends {
        let reply = send.await.unwrap();
        assert_eq!(reply.status, 201);
        fresh += usize::from(!reply.replayed());
        ids.insert(reply.id());
    }
    assert_eq!((ids.len(), fresh, bench.payments().await), (1, 1, 1));
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_the_action() {
    let bench = Bench::start().await;
    let lost = bench
        .pay()
        .key("k")
        .operation("op_1")
        .fault("delay=400")
        .timeout(100)
        .attempt()
        .await;
    assert!(lost.unwrap_err().is_timeout());
    assert_eq!(
        bench.get("/v1/payments?requestId=op_1").await.json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    tokio::time::sleep(Duration::from_millis(400)).await;
    let after = bench.pay().key("k").send().await;
    assert_eq!((after.status, after.replayed()), (201, true));
    assert_eq!(bench.payments().await, 1);
}
