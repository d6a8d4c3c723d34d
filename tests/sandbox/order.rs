//! Authentication, limiter, idempotency layer, validation, action: in this order, and what every answer carries.

use std::collections::BTreeSet;

use reqscope::sandbox::Settings;

use crate::client::{Bench, PAYMENT, generous};

const RATE_FIELDS: [&str; 5] = [
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit",
    "ratelimit-policy",
];

fn quota(text: &str) -> Settings {
    Settings {
        quota: text.parse().unwrap(),
        ..Settings::default()
    }
}

#[tokio::test]
async fn the_default_is_loopback_and_sixty_a_minute() {
    let bench = Bench::with(Settings::default()).await;
    assert!(bench.running.addr.ip().is_loopback());
    assert_ne!(bench.running.addr.port(), 0);
    let reply = bench.get("/v1/accounts").await;
    assert_eq!(reply.number("ratelimit-limit"), 60);
    assert_eq!(
        reply.header("ratelimit-policy"),
        Some(r#""default";q=60;w=60"#)
    );
    assert_eq!(reply.header("ratelimit"), Some(r#""default";r=59;t=60"#));
}

#[tokio::test]
async fn every_answer_has_its_own_request_id_and_the_rate_limit_fields() {
    let bench = Bench::with(quota("12/60s")).await;
    let replies = [
        (bench.get("/v1/accounts").await, 200),
        (bench.pay().key("k").send().await, 201),
        (bench.pay().key("k").send().await, 201),
        (
            bench.ask("POST", "/v1/payments").body("{").send().await,
            400,
        ),
        (bench.stranger("GET", "/v1/accounts").send().await, 401),
        (bench.get("/v1/nothing").await, 404),
        (bench.ask("DELETE", "/v1/accounts").send().await, 405),
        (
            bench
                .ask("POST", "/v1/payments")
                .key("k")
                .body("{}")
                .send()
                .await,
            422,
        ),
        (
            bench.ask("POST", "/v1/payments").body("{}").send().await,
            422,
        ),
        (bench.pay().fault("status=503").send().await, 503),
        (bench.pay().fault("status=429").send().await, 429),
    ];
    let mut ids = BTreeSet::new();
    for (reply, status) in replies {
        assert_eq!(reply.status, status);
        for field in RATE_FIELDS {
            assert!(
                reply.headers.contains_key(field),
                "{field} is missing from a {status}"
            );
        }
        assert!(reply.header("request-id").unwrap().starts_with("req_"));
        assert!(
            ids.insert(reply.header("request-id").unwrap().to_owned()),
            "an id came twice"
        );
        assert_eq!(reply.headers.contains_key("retry-after"), status == 429);
    }
}

#[tokio::test]
async fn any_other_api_key_is_refused_first() {
    let bench = Bench::with(quota("3/60s")).await;
    for credential in [
        None,
        Some("Bearer sk_other"),
        Some("Basic sk_sandbox_demo"),
        Some("sk_sandbox_demo"),
        Some("Bearer "),
    ] {
        let mut ask = bench
            .stranger("POST", "/v1/payments")
            .key("k")
            .fault("explode")
            .body("{");
        if let Some(credential) = credential {
            ask = ask.header("authorization", credential);
        }
        let reply = ask.send().await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (401, "invalid_api_key"),
            "{credential:?}"
        );
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    // None of these counted, and none was saved under the key.
    let reply = bench.pay().key("k").send().await;
    assert_eq!((reply.status, reply.replayed()), (201, false));
    assert_eq!(reply.number("ratelimit-remaining"), 2);
}

#[tokio::test]
async fn above_the_quota_comes_429_which_is_not_saved() {
    let bench = Bench::with(quota("2/1s")).await;
    assert_eq!(
        bench
            .get("/v1/accounts")
            .await
            .number("ratelimit-remaining"),
        1
    );
    assert_eq!(
        bench.get("/v1/nothing").await.number("ratelimit-remaining"),
        0
    );
    let refused = bench.pay().key("k").fault("drop-before").send().await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "rate_limited")
    );
    assert_eq!(
        (
            refused.number("retry-after"),
            refused.number("ratelimit-reset")
        ),
        (1, 1)
    );
    tokio::time::sleep(std::time::Duration::from_millis(1010)).await;
    let reply = bench.pay().key("k").send().await;
    assert_eq!((reply.status, reply.replayed()), (201, false));
}

#[tokio::test]
async fn a_replayed_answer_counts_against_the_quota() {
    let bench = Bench::with(quota("2/60s")).await;
    bench.pay().key("k").send().await;
    assert!(bench.pay().key("k").send().await.replayed());
    assert_eq!(
        bench.pay().key("k").send().await.status,
        429,
        "the limiter stands before the idempotency layer"
    );
}

#[tokio::test]
async fn validation_comes_after_the_idempotency_layer_and_before_the_action() {
    let bench = Bench::start().await;
    let invalid = bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body("{}")
        .send()
        .await;
    assert_eq!(invalid.status, 422);
    let reused = bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body("{")
        .send()
        .await;
    assert_eq!((reused.status, reused.code().as_str()), (422, "key_reused"));
    assert_eq!(bench.payments().await, 0);
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_ids() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let bench = Bench::with(Settings { seed, ..generous() }).await;
        let mut ids = Vec::new();
        for (target, body) in [
            ("/v1/payments", PAYMENT),
            ("/v1/boxes", r#"{"name":"a"}"#),
            ("/v1/accounts", r#"{"name":"b"}"#),
        ] {
            let reply = bench.ask("POST", target).body(body).send().await;
            ids.push((reply.id(), reply.header("request-id").unwrap().to_owned()));
        }
        assert!(
            ids[0].0.starts_with("pay_")
                && ids[1].0.starts_with("box_")
                && ids[2].0.starts_with("acct_")
        );
        runs.push(ids);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_and_not_saved() {
    let bench = Bench::start().await;
    let reply = bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body(vec![b' '; (32 << 20) + 1])
        .send()
        .await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (413, "body_too_large")
    );
    assert_eq!(bench.pay().key("k").send().await.status, 201);
}

#[tokio::test]
async fn a_slow_client_holds_up_nobody() {
    use tokio::io::AsyncWriteExt;
    let bench = Bench::start().await;
    let mut slow = tokio::net::TcpStream::connect(bench.running.addr)
        .await
        .unwrap();
    slow.write_all(b"POST /v1/payments HTTP/1.1\r\nhost: sandbox\r\ncontent-length: 100\r\n\r\n{")
        .await
        .unwrap();
    assert_eq!(bench.pay().timeout(5000).send().await.status, 201);
}

#[tokio::test]
async fn stopping_ends_it_and_so_does_dropping() {
    for drop_only in [false, true] {
        let bench = Bench::start().await;
        let addr = bench.running.addr;
        // A connection that idles does not hold it up.
        let _idle = tokio::net::TcpStream::connect(addr).await.unwrap();
        let stopped = async {
            if drop_only {
                drop(bench)
            } else {
                bench.running.stop().await
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(5), stopped)
            .await
            .unwrap();
        let gone = async {
            while tokio::net::TcpStream::connect(addr).await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(5), gone)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let bench = Bench::start().await;
    let settings = Settings {
        listen: bench.running.addr,
        ..generous()
    };
    let error = reqscope::sandbox::start(settings)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&bench.running.addr.to_string()) && error.contains("port 0"),
        "{error}"
    );
}
