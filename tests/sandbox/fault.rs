//! Misbehaviour that is still HTTP, and which of it strikes an operation once.

use std::io::Read;
use std::time::{Duration, Instant};

use crate::client::{Bench, PAYMENT};

#[tokio::test]
async fn a_status_before_acting_is_not_saved_and_strikes_once() {
    let bench = Bench::start().await;
    for status in [500, 502, 503, 504, 418] {
        let key = format!("k{status}");
        let pay = || {
            bench
                .pay()
                .key(&key)
                .operation(&key)
                .fault(&format!("status={status}"))
                .send()
        };
        let before = bench.payments().await;
        assert_eq!(pay().await.status, status);
        assert_eq!(bench.payments().await, before);
        let second = pay().await;
        assert_eq!((second.status, second.replayed()), (201, false));
        assert!(pay().await.replayed());
    }
}

#[tokio::test]
async fn a_status_after_acting_is_saved() {
    let bench = Bench::start().await;
    let pay = || {
        bench
            .pay()
            .key("k")
            .operation("op_1")
            .fault("status-after=500")
            .send()
    };
    let first = pay().await;
    assert_eq!(
        (first.status, first.code().as_str()),
        (500, "internal_error")
    );
    let second = pay().await;
    assert_eq!(
        (second.status, second.replayed(), second.body == first.body),
        (500, true, true)
    );
    assert_eq!(bench.payments().await, 1);
    // The page's way after a 5xx, a new request: it gets through, and acts again.
    let anew = bench
        .pay()
        .key("k2")
        .operation("op_1")
        .fault("status-after=500")
        .send()
        .await;
    assert_eq!(anew.status, 201);
    assert_eq!(
        bench.get("/v1/payments?requestId=op_1").await.json()["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_request_that_was_refused_did_not_fail_after_acting() {
    let bench = Bench::start().await;
    let reply = bench
        .ask("POST", "/v1/payments")
        .fault("status-after=500")
        .body("{}")
        .send()
        .await;
    assert_eq!(reply.status, 422);
}

#[tokio::test]
async fn dropped_before_acting_nothing_has_happened() {
    let bench = Bench::start().await;
    let pay = || {
        bench
            .pay()
            .key("k")
            .operation("op_1")
            .fault("drop-before")
            .attempt()
    };
    assert!(pay().await.is_err());
    assert_eq!(bench.payments().await, 0);
    let second = pay().await.unwrap();
    assert_eq!((second.status, second.replayed()), (201, false));
}

#[tokio::test]
async fn dropped_after_acting_the_answer_is_saved_as_what_it_would_have_been() {
    let bench = Bench::start().await;
    let pay = || {
        bench
            .pay()
            .key("k")
            .operation("op_1")
            .fault("drop-after")
            .attempt()
    };
    assert!(pay().await.is_err());
    assert_eq!(bench.payments().await, 1);
    let second = pay().await.unwrap();
    assert_eq!((second.status, second.replayed()), (201, true));
    assert_eq!(
        bench.get("/v1/payments").await.json()["data"][0]["id"],
        second.id()
    );
    assert_eq!(bench.payments().await, 1);

    let invalid = || {
        bench
            .ask("POST", "/v1/payments")
            .key("k2")
            .fault("drop-after")
            .body("{}")
            .attempt()
    };
    assert!(invalid().await.is_err());
    let saved = invalid().await.unwrap();
    assert_eq!((saved.status, saved.replayed()), (422, true));
}

#[tokio::test]
async fn what_strikes_once_strikes_one_operation_on_one_account() {
    let bench = Bench::start().await;
    for (operation, account, status) in [
        (Some("op_1"), "a", 503),
        (Some("op_1"), "a", 201),
        (Some("op_1"), "b", 503),
        (Some("op_2"), "a", 503),
        (Some("op_2"), "a", 201),
        (None, "a", 503),
        (None, "a", 503),
    ] {
        let mut ask = bench
            .pay()
            .header("x-account-id", account)
            .fault("status=503");
        if let Some(operation) = operation {
            ask = ask.operation(operation);
        }
        assert_eq!(ask.send().await.status, status, "{operation:?} {account}");
    }
}

#[tokio::test]
async fn a_saved_answer_comes_back_before_any_fault() {
    let bench = Bench::start().await;
    let first = bench.pay().key("k").send().await;
    for fault in [
        "status=503",
        "status-after=500",
        "drop-before",
        "drop-after",
        "delay=5000",
        "drip=1",
        "truncate",
        "reset",
        "not-json",
        "escape",
        "escape-head",
        "gzip-bomb=1",
        "redirect=/x",
        "explode",
    ] {
        let reply = bench.pay().key("k").fault(fault).timeout(3000).send().await;
        assert_eq!((reply.status, reply.replayed()), (201, true), "{fault}");
        assert_eq!(reply.body, first.body, "{fault}");
    }
}

#[tokio::test]
async fn an_unknown_fault_is_told_with_the_known_ones() {
    let bench = Bench::start().await;
    let reply = bench.pay().key("k").fault("truncate; explode").send().await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (400, "unknown_fault")
    );
    let message = reply.json()["data"]["errors"][0]["message"].to_string();
    assert!(
        message.contains("explode") && message.contains("gzip-bomb=MIB"),
        "{message}"
    );
    assert_eq!(
        bench.pay().key("k").send().await.status,
        201,
        "it was not saved"
    );
}

#[tokio::test]
async fn a_delay_is_kept_each_time() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        let begun = Instant::now();
        bench
            .ask("GET", "/v1/accounts")
            .operation("op_1")
            .fault("delay=150")
            .send()
            .await;
        assert!(begun.elapsed() >= Duration::from_millis(150));
    }
}

#[tokio::test]
async fn a_drip_keeps_its_rate() {
    let bench = Bench::start().await;
    let plain = bench.get("/v1/boxes/box_demo").await;
    let begun = Instant::now();
    let slow = bench
        .ask("GET", "/v1/boxes/box_demo")
        .fault("drip=400")
        .send()
        .await;
    let least = Duration::from_secs_f64(plain.body.len() as f64 / 400.0);
    assert_eq!(slow.body, plain.body);
    assert_eq!(
        slow.header("content-length"),
        plain.header("content-length")
    );
    assert!(
        begun.elapsed() >= least,
        "{:?} for {} bytes",
        begun.elapsed(),
        plain.body.len()
    );
}

#[tokio::test]
async fn not_json_acts_and_says_json() {
    let bench = Bench::start().await;
    let reply = bench.pay().key("k").fault("not-json").send().await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (201, Some("application/json"))
    );
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
    let saved = bench.pay().key("k").fault("not-json").send().await;
    assert_eq!(
        (saved.replayed(), saved.json()["amount"].clone()),
        (true, 100.into())
    );
}

#[tokio::test]
async fn escapes_stand_in_the_body_and_in_a_header() {
    let bench = Bench::start().await;
    let reply = bench
        .ask("GET", "/v1/accounts")
        .fault("escape")
        .send()
        .await;
    let body = String::from_utf8(reply.body.clone()).unwrap();
    for escape in ["\u{1b}]0;", "\u{1b}[2J", "\u{9b}31m", "\u{202e}"] {
        assert!(body.contains(escape), "{escape:?} is missing");
    }
    let header = reply.headers.get("x-sandbox-escape").unwrap().as_bytes();
    assert!(
        header.contains(&0x9b)
            && header
                .windows(3)
                .any(|bytes| bytes == "\u{202e}".as_bytes())
    );

    let refused = bench
        .ask("POST", "/v1/payments")
        .fault("escape")
        .body("{}")
        .send()
        .await;
    assert_eq!(refused.errors().len(), 3, "an envelope stays one");
    let message = refused.json()["data"]["errors"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("\u{1b}]0;owned\u{7}") && message.contains('\u{202e}'),
        "{message:?}"
    );
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire_and_large_behind_it() {
    let bench = Bench::start().await;
    let reply = bench
        .ask("GET", "/v1/accounts")
        .fault("gzip-bomb=20")
        .send()
        .await;
    assert_eq!(
        (reply.status, reply.header("content-encoding")),
        (200, Some("gzip"))
    );
    assert!(reply.body.len() < 100 << 10, "{} bytes", reply.body.len());
    let mut size = 0;
    let mut decoder = flate2::read::GzDecoder::new(&reply.body[..]);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match decoder.read(&mut buffer).unwrap() {
            0 => break,
            count => size += count,
        }
    }
    assert_eq!(size, (20 << 20) + 2);
}

#[tokio::test]
async fn a_redirect_is_answered_instead_of_acting() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        let reply = bench
            .pay()
            .key("k")
            .operation("op_1")
            .fault("redirect=http://127.0.0.1:9/v1?a=%3B")
            .send()
            .await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (307, Some("http://127.0.0.1:9/v1?a=%3B"))
        );
    }
    assert_eq!(bench.payments().await, 0);
    assert_eq!(bench.pay().key("k").send().await.status, 201);
}

#[tokio::test]
async fn a_status_without_a_body_has_none() {
    let bench = Bench::start().await;
    for status in [204, 304] {
        let reply = bench
            .ask("POST", "/v1/payments")
            .fault(&format!("status={status}"))
            .body(PAYMENT)
            .send()
            .await;
        assert_eq!((reply.status, reply.body.len()), (status, 0));
    }
}
