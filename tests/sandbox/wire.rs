//! Misbehaviour below HTTP, read from bare sockets.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Bench, PAYMENT, raw, written};

/// Head and body of an answer.
fn split(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .expect("the head is complete")
        + 4;
    (
        String::from_utf8_lossy(&answer[..end]).to_lowercase(),
        answer[end..].to_vec(),
    )
}

fn announced(head: &str) -> usize {
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("a length is announced");
    line.parse().unwrap()
}

#[tokio::test]
async fn a_dropped_request_gets_not_one_byte() {
    let bench = Bench::start().await;
    for fault in ["drop-before", "drop-after"] {
        let request = written(
            "POST",
            "/v1/payments",
            &format!("sandbox-fault: {fault}\r\n"),
            PAYMENT,
        );
        let (answer, ended) = raw(&bench, &request).await;
        assert!(answer.is_empty(), "{:?}", String::from_utf8_lossy(&answer));
        assert!(ended.is_ok(), "closed, not reset: {ended:?}");
    }
    assert_eq!(bench.payments().await, 1);
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let bench = Bench::start().await;
    for target in ["/v1/accounts", "/v1/nothing", "/v1/blob?mib=5"] {
        for _ in 0..2 {
            let request = written(
                "GET",
                target,
                "sandbox-fault: truncate\r\nx-request-id: op_1\r\n",
                "",
            );
            let (answer, ended) = raw(&bench, &request).await;
            let (head, body) = split(&answer);
            assert!(
                head.contains("request-id: req_") && head.contains("ratelimit-limit: "),
                "{head}"
            );
            assert!(
                !body.is_empty() && body.len() < announced(&head),
                "{} of {}",
                body.len(),
                announced(&head)
            );
            assert!(ended.is_ok());
        }
    }
}

#[tokio::test]
async fn a_reset_comes_within_the_answer() {
    let bench = Bench::start().await;
    let request = written(
        "POST",
        "/v1/payments",
        "sandbox-fault: reset\r\nidempotency-key: k\r\n",
        PAYMENT,
    );
    let (answer, ended) = raw(&bench, &request).await;
    let (head, body) = split(&answer);
    assert!(head.starts_with("http/1.1 201 created\r\n"), "{head}");
    assert!(!body.is_empty() && body.len() < announced(&head));
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(bench.pay().key("k").send().await.replayed());
}

#[tokio::test]
async fn a_raw_escape_stands_in_the_head() {
    let bench = Bench::start().await;
    let request = written("GET", "/v1/accounts", "sandbox-fault: escape-head\r\n", "");
    let (answer, _) = raw(&bench, &request).await;
    let (head, body) = split(&answer);
    assert!(
        head.contains("x-sandbox-escape: \u{1b}]0;owned\u{7}\u{1b}[2j"),
        "{head:?}"
    );
    assert_eq!(body.len(), announced(&head));
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
    let (answer, _) = raw(
        &bench,
        &written("HEAD", "/v1/accounts", "sandbox-fault: escape-head\r\n", ""),
    )
    .await;
    assert!(split(&answer).1.is_empty(), "a HEAD has no body");
    assert!(
        bench
            .ask("GET", "/v1/accounts")
            .fault("escape-head")
            .attempt()
            .await
            .is_err(),
        "a client refuses it"
    );
}

#[tokio::test]
async fn faults_go_together() {
    let bench = Bench::start().await;
    let begun = Instant::now();
    let faults = "sandbox-fault: delay=100; drip=1000\r\nsandbox-fault: escape, truncate\r\n";
    let (answer, _) = raw(&bench, &written("GET", "/v1/accounts", faults, "")).await;
    let (head, body) = split(&answer);
    assert!(body.len() < announced(&head) && body.contains(&0x1b));
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_connection_is_kept_alive_until_a_fault_ends_it() {
    let bench = Bench::start().await;
    let plain =
        "GET /v1/accounts HTTP/1.1\r\nhost: s\r\nauthorization: Bearer sk_sandbox_demo\r\n\r\n";
    let last = written("GET", "/v1/boxes", "sandbox-fault: truncate\r\n", "");
    let (answer, _) = raw(&bench, &format!("{plain}{plain}{last}")).await;
    assert_eq!(
        String::from_utf8_lossy(&answer)
            .matches("HTTP/1.1 200 OK")
            .count(),
        3
    );
}

#[tokio::test]
async fn a_client_that_closes_its_side_still_gets_the_answer() {
    let bench = Bench::start().await;
    let mut socket = TcpStream::connect(bench.running.addr).await.unwrap();
    let request = written("GET", "/v1/accounts", "sandbox-fault: delay=100\r\n", "");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut answer)
        .await
        .unwrap();
    assert!(split(&answer).0.starts_with("http/1.1 200 ok"));
}

#[tokio::test]
async fn the_connection_can_vanish_while_the_request_runs() {
    let bench = Bench::start().await;
    let mut socket = TcpStream::connect(bench.running.addr).await.unwrap();
    let request = written(
        "POST",
        "/v1/payments",
        "sandbox-fault: delay=200\r\nidempotency-key: k\r\n",
        PAYMENT,
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.set_zero_linger().unwrap();
    while bench.payments().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(socket);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(bench.pay().key("k").send().await.replayed());
    assert_eq!(bench.payments().await, 1);
}
