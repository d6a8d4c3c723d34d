//! The client against servers that behave as servers should not.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use async_compression::tokio::bufread::{
    BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
};
use bytes::Bytes;
use reqscope::client::Client;
use reqscope::client::answer::{Answer, BodySink, Head, Received};
use reqscope::client::call::{Call, Limits};
use reqscope::client::route::Proxy;
use reqscope::client::tls::Trust;
use reqscope::domain::exchange::{Failure, Timing};
use reqscope::domain::header::Headers;
use reqscope::domain::request::Method;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use crate::raw_server::{Peer, Server, closed_port};

#[path = "support/raw_server.rs"]
mod raw_server;

/// Where a body goes in these tests.
#[derive(Default)]
struct Kept {
    head: Option<Head>,
    body: Vec<u8>,
    largest: usize,
    full_after: Option<usize>,
    /// Cancelled once the first chunk came.
    cancel: Option<CancellationToken>,
}

impl BodySink for Kept {
    fn head(&mut self, head: &Head) -> io::Result<()> {
        assert!(
            self.head.replace(head.clone()).is_none(),
            "the head comes once"
        );
        Ok(())
    }

    fn chunk(&mut self, decoded: &[u8]) -> io::Result<()> {
        assert!(self.head.is_some(), "the head comes before the body");
        if self
            .full_after
            .is_some_and(|full| self.body.len() + decoded.len() > full)
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.largest = self.largest.max(decoded.len());
        self.body.extend_from_slice(decoded);
        if let Some(cancel) = &self.cancel {
            cancel.cancel();
        }
        Ok(())
    }
}

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_secs(5),
    total: Duration::from_secs(20),
    body_bytes: 64 << 20,
    ratio: 200,
};

fn call(method: &str, url: &str) -> Call {
    Call {
        method: Method::parse(method).unwrap(),
        url: url.parse().unwrap(),
        headers: Headers::new(),
        body: Bytes::new(),
        limits: LIMITS,
    }
}

fn post(url: &str) -> Call {
    Call {
        body: Bytes::from_static(b"{\"amount\":1}"),
        ..call("POST", url)
    }
}

fn limited(mut call: Call, change: impl FnOnce(&mut Limits)) -> Call {
    change(&mut call.limits);
    call
}

/// Trusts no certificate at all, and so needs none of this machine.
fn client() -> Client {
    Client::with(&Trust::Only(Vec::new()), Proxy::Never).unwrap()
}

async fn send(call: Call) -> (Answer, Kept) {
    send_with(&client(), call).await
}

async fn send_with(client: &Client, call: Call) -> (Answer, Kept) {
    let mut kept = Kept::default();
    let answer = client.send(call, &mut kept, CancellationToken::new()).await;
    (answer, kept)
}

fn failed(answer: Answer) -> (Failure, Timing) {
    match answer {
        Answer::Failed { failure, timing } => (failure, timing),
        other => panic!("expected Failed, got {other:?}"),
    }
}

fn indeterminate(answer: Answer) -> Failure {
    match answer {
        Answer::Indeterminate { failure, .. } => failure,
        other => panic!("expected Indeterminate, got {other:?}"),
    }
}

fn response(answer: Answer) -> Received {
    match answer {
        Answer::Response(received) => *received,
        other => panic!("expected Response, got {other:?}"),
    }
}

fn says(failure: &Failure, words: &str) {
    assert!(
        format!("{failure:?}").contains(words),
        "{words:?} is not in {failure:?}"
    );
}

// ---- nothing was sent --------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_closed_port_is_failed_and_says_so() {
    let port = closed_port();
    let (answer, kept) = send(post(&format!("http://127.0.0.1:{port}/"))).await;
    let (failure, timing) = failed(answer);
    assert_eq!(
        failure.what,
        format!("connection refused by 127.0.0.1:{port}")
    );
    assert_eq!(
        failure.hint,
        Some(format!("is the server running on port {port}?"))
    );
    assert!(timing.total_ms.is_some() && timing.connect_ms.is_none() && kept.head.is_none());
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_failed() {
    // A label longer than DNS allows: refused by the resolver here, without a question to any server.
    let name = format!("{}.invalid", "a".repeat(70));
    let (failure, timing) = failed(send(post(&format!("http://{name}/?key=geheim"))).await.0);
    says(&failure, &name);
    says(&failure, "check the host name");
    assert!(
        timing.dns_ms.is_some() && timing.connect_ms.is_none(),
        "{timing:?}"
    );
    assert!(!format!("{failure:?}").contains("geheim"));
}

#[tokio::test]
async fn what_cannot_be_built_is_failed() {
    let server = Server::answering("HTTP/1.1 200 OK\r\n\r\n");
    let mut bad = post(&server.url("/"));
    bad.headers.push("x-secret", "geheim\r\n");
    let (failure, _) = failed(send(bad).await.0);
    says(&failure, "x-secret");
    assert!(!format!("{failure:?}").contains("geheim"));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn https_to_a_server_that_speaks_http_is_failed() {
    let server = Server::run(|peer| {
        // It does not wait for a head that never comes.
        let _ = peer.stream.read(&mut [0; 64]);
        peer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        peer.hang();
    });
    let url = format!("https://127.0.0.1:{}/", server.port);
    let (failure, timing) = failed(send(post(&url)).await.0);
    says(&failure, "does not speak TLS");
    says(&failure, "http:// instead of https://");
    assert!(
        timing.connect_ms.is_some() && timing.tls_ms.is_none(),
        "{timing:?}"
    );
}

#[tokio::test]
async fn a_connection_closed_in_the_handshake_is_failed() {
    let server = Server::run(|peer| drop(peer.stream.shutdown(Shutdown::Both)));
    let url = format!("https://127.0.0.1:{}/", server.port);
    says(&failed(send(post(&url)).await.0).0, "handshake");
}

/// A server that accepts and then says nothing, so that a TLS handshake hangs: no byte of the request has left.
fn silent() -> (Server, String) {
    let server = Server::run(Peer::hang);
    let url = format!("https://127.0.0.1:{}/", server.port);
    (server, url)
}

#[tokio::test]
async fn no_connection_in_time_is_failed() {
    let (_server, url) = silent();
    let hasty = limited(post(&url), |limits| {
        limits.connect = Duration::from_millis(150)
    });
    let (failure, _) = failed(send(hasty).await.0);
    says(&failure, "within 150 ms");
    says(&failure, "handshake was still going on");
    let hasty = limited(post(&url), |limits| {
        limits.total = Duration::from_millis(150)
    });
    says(
        &failed(send(hasty).await.0).0,
        "no answer within 150 ms in all",
    );
}

#[tokio::test]
async fn cancelled_before_a_connection_is_failed() {
    let (server, url) = silent();
    let cancel = CancellationToken::new();
    let (client, mut kept) = (client(), Kept::default());
    let waiting = client.send(post(&url), &mut kept, cancel.clone());
    let stop = async {
        while server.connections() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (answer, ()) = tokio::join!(waiting, stop);
    assert_eq!(failed(answer).0.what, "cancelled");

    let answer = client.send(post(&server.url("/")), &mut kept, cancel).await;
    assert_eq!(failed(answer).0.what, "cancelled");
    assert_eq!(
        server.connections(),
        1,
        "cancelled before it began: nothing was connected"
    );
}

// ---- it may have acted -------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_lost_connection_is_indeterminate_and_never_resent() {
    type Script = fn(&mut Peer);
    let scripts: [(&str, Script); 5] = [
        ("before the request is read", |peer| {
            drop(peer.stream.shutdown(Shutdown::Both))
        }),
        ("without an answer", |peer| {
            peer.read_request();
        }),
        ("in the status line", |peer| {
            peer.read_request();
            peer.write(b"HTTP/1.1 20");
        }),
        ("in the head", |peer| {
            peer.read_request();
            peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-half: ");
        }),
        // Closing with unread bytes in the buffer sends a reset.
        ("by a reset in the head", |peer| {
            let _ = peer.stream.read(&mut [0; 8]);
            peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-half: ");
            thread::sleep(Duration::from_millis(100));
        }),
    ];
    for method in ["POST", "GET", "PUT"] {
        for (name, script) in scripts {
            let server = Server::run(script);
            let lost = Call {
                method: Method::parse(method).unwrap(),
                ..post(&server.url("/"))
            };
            let failure = indeterminate(send(lost).await.0);
            says(&failure, &format!("127.0.0.1:{}", server.port));
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(server.connections(), 1, "{method} {name} is sent once");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_indeterminate() {
    for (answer, words) in [
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec(), "is not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nx: \x1b[31m\r\n\r\n".to_vec(),
            "is not HTTP",
        ),
        (
            b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n".to_vec(),
            "is not HTTP",
        ),
        (
            format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)).into_bytes(),
            "too large",
        ),
        (
            format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1000)).into_bytes(),
            "too large",
        ),
    ] {
        let server = Server::run(move |peer| {
            peer.read_request();
            peer.write(&answer);
            peer.hang();
        });
        says(&indeterminate(send(post(&server.url("/"))).await.0), words);
    }
}

#[tokio::test]
async fn no_answer_in_time_is_indeterminate() {
    let server = Server::run(|peer| {
        peer.read_request();
        peer.hang();
    });
    let first = limited(post(&server.url("/")), |limits| {
        limits.first_byte = Duration::from_millis(150)
    });
    let begun = Instant::now();
    says(&indeterminate(send(first).await.0), "within 150 ms");
    let total = limited(post(&server.url("/")), |limits| {
        limits.total = Duration::from_millis(150)
    });
    says(&indeterminate(send(total).await.0), "within 150 ms in all");
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn cancelled_after_the_send_is_indeterminate() {
    let server = Server::run(|peer| {
        peer.read_request();
        peer.hang();
    });
    let cancel = CancellationToken::new();
    let (client, mut kept) = (client(), Kept::default());
    let waiting = client.send(post(&server.url("/")), &mut kept, cancel.clone());
    let stop = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (answer, ()) = tokio::join!(waiting, stop);
    assert_eq!(indeterminate(answer).what, "cancelled");
}

// ---- a status line came ------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_whole_answer_is_complete_and_timed() {
    let server = Server::answering("HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello");
    let url = format!("http://localhost:{}/v1/payments?a=b", server.port);
    let (answer, kept) = send(post(&url)).await;
    let answer = response(answer);
    assert_eq!(
        (answer.head.status, answer.head.version.as_str()),
        (201, "HTTP/1.1")
    );
    assert_eq!(
        (answer.body_bytes, answer.wire_bytes, answer.complete),
        (5, 5, true)
    );
    assert_eq!((answer.failure, answer.note), (None, None));
    assert_eq!(answer.head.remote.unwrap().port(), server.port);
    assert_eq!(
        (kept.body.as_slice(), kept.head.unwrap()),
        (&b"hello"[..], answer.head)
    );
    let timing = answer.timing;
    assert!(
        timing.dns_ms.is_some() && timing.connect_ms.is_some() && timing.tls_ms.is_none(),
        "{timing:?}"
    );
    assert!(
        timing.first_byte_ms.unwrap() <= timing.total_ms.unwrap(),
        "{timing:?}"
    );
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /v1/payments?a=b HTTP/1.1\r\n"),
        "{request}"
    );
    for line in [
        "user-agent: reqscope/",
        "accept-encoding: gzip, br, zstd, deflate\r\n",
        "content-length: 12\r\n",
    ] {
        assert!(request.contains(line), "{line} is not in {request}");
    }
    assert!(request.ends_with("\r\n\r\n{\"amount\":1}"), "{request}");
}

#[tokio::test]
async fn each_send_has_its_own_connection() {
    // It offers to keep the connection, and closes it: a pool would find that out by losing the next request.
    let hasty = Server::answering(
        "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
    );
    let patient = Server::run(|peer| {
        while peer.read_request() {
            peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    let client = client();
    for server in [&hasty, &patient] {
        for method in ["POST", "POST", "GET", "GET", "DELETE"] {
            let (answer, _) = send_with(&client, call(method, &server.url("/"))).await;
            assert_eq!(response(answer).head.status, 200);
        }
        assert_eq!((server.connections(), server.requests().len()), (5, 5));
    }
}

#[tokio::test]
async fn a_redirect_is_shown_and_not_followed() {
    let other = Server::answering("HTTP/1.1 200 OK\r\n\r\n");
    for status in [301, 303, 307, 308] {
        let server = Server::answering(format!(
            "HTTP/1.1 {status} X\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            other.url("/elsewhere")
        ));
        let answer = response(send(post(&server.url("/"))).await.0);
        assert_eq!(answer.head.status, status);
        assert_eq!(
            answer.head.headers.get("location"),
            Some(other.url("/elsewhere").as_str())
        );
        assert_eq!(server.connections(), 1);
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn fields_keep_their_order_their_repeats_and_every_byte() {
    let server = Server::answering(
        &b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Latin: gr\xfcn \x9b\r\nX-Utf8: gr\xc3\xbcn\r\n\
           Set-Cookie: b=2\r\ncontent-length: 0\r\n\r\n"[..],
    );
    let mut call = call("GET", &server.url("/"));
    for (name, value) in [("X-B", "1"), ("X-A", "gr\u{fc}n"), ("X-B", "2")] {
        call.headers.push(name, value);
    }
    let head = response(send(call).await.0).head;
    let fields: Vec<_> = head.headers.iter().collect();
    assert_eq!(
        fields,
        [
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("x-latin", "gr\u{fc}n \u{9b}"),
            ("x-utf8", "gr\u{fc}n"),
            ("content-length", "0"),
        ]
    );
    let request = &server.requests()[0];
    assert!(
        request.contains("x-b: 1\r\nx-b: 2\r\nx-a: gr\u{fc}n\r\nuser-agent: "),
        "{request}"
    );
}

#[tokio::test]
async fn informational_answers_are_passed_over_and_bodiless_ones_are_complete() {
    for (method, answer, status) in [
        (
            "POST",
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            200,
        ),
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 400\r\n\r\n",
            200,
        ),
        (
            "GET",
            "HTTP/1.1 204 No Content\r\ncontent-encoding: br\r\n\r\n",
            204,
        ),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 400\r\n\r\n",
            304,
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\ncontent-encoding: zstd\r\ncontent-length: 0\r\n\r\n",
            200,
        ),
    ] {
        let server = Server::answering(answer);
        let answer = response(send(call(method, &server.url("/"))).await.0);
        assert_eq!(
            (answer.head.status, answer.complete, answer.body_bytes),
            (status, true, 0),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_what_came() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".to_owned(),
        format!("{chunked}4\r\nhalf\r\n"),
        format!("{chunked}4\r\nhalf\r\nzz\r\n"),
        format!("{chunked}9\r\nhalf"),
    ] {
        let server = Server::answering(answer.clone());
        let (received, kept) = send(post(&server.url("/"))).await;
        let received = response(received);
        assert!(
            !received.complete && received.head.status == 200,
            "{answer}: {received:?}"
        );
        assert_eq!(String::from_utf8_lossy(&kept.body), "half", "{answer}");
        assert_eq!(
            (received.body_bytes, received.wire_bytes),
            (4, 4),
            "{answer}"
        );
        says(&received.failure.unwrap(), "after 4 B of the body");
    }
}

#[tokio::test]
async fn a_reset_in_the_body_is_an_incomplete_response() {
    let server = Server::run(|peer| {
        let _ = peer.stream.read(&mut [0; 8]);
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf");
        thread::sleep(Duration::from_millis(200));
    });
    let received = response(send(post(&server.url("/"))).await.0);
    assert_eq!(
        (received.head.status, received.complete, received.body_bytes),
        (200, false, 4)
    );
    says(&received.failure.unwrap(), "after 4 B of the body");
}

#[tokio::test]
async fn a_dripping_body_ends_at_the_total_deadline() {
    let server = Server::run(|peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n");
        for _ in 0..500 {
            peer.write(b"x");
            thread::sleep(Duration::from_millis(20));
        }
    });
    let drip = limited(call("GET", &server.url("/")), |limits| {
        limits.total = Duration::from_millis(400)
    });
    let begun = Instant::now();
    let (received, kept) = send(drip).await;
    let received = response(received);
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert!(
        !received.complete && received.body_bytes > 2 && received.body_bytes < 50,
        "{received:?}"
    );
    assert_eq!(received.body_bytes as usize, kept.body.len());
    says(&received.failure.unwrap(), "stopped after 400 ms in all");
}

#[tokio::test]
async fn cancelled_in_the_body_is_an_incomplete_response() {
    let server = Server::run(|peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf");
        peer.hang();
    });
    let cancel = CancellationToken::new();
    let mut kept = Kept {
        cancel: Some(cancel.clone()),
        ..Kept::default()
    };
    let received = response(
        client()
            .send(post(&server.url("/")), &mut kept, cancel)
            .await,
    );
    assert_eq!((received.complete, received.body_bytes), (false, 4));
    says(
        &received.failure.unwrap(),
        "cancelled after 4 B of the body",
    );
}

#[tokio::test]
async fn a_sink_that_is_full_ends_the_body() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    let mut kept = Kept {
        full_after: Some(3),
        ..Kept::default()
    };
    let answer = client()
        .send(post(&server.url("/")), &mut kept, CancellationToken::new())
        .await;
    let received = response(answer);
    assert_eq!(
        (received.head.status, received.complete, received.body_bytes),
        (200, false, 0)
    );
    says(&received.failure.unwrap(), "make room on the disk");
}

// ---- content codings ---------------------------------------------------------------------------------------------

async fn packed(coding: &str, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "gzip" => GzipEncoder::new(plain).read_to_end(&mut out).await,
        "br" => BrotliEncoder::new(plain).read_to_end(&mut out).await,
        "zstd" => ZstdEncoder::new(plain).read_to_end(&mut out).await,
        "zlib" => ZlibEncoder::new(plain).read_to_end(&mut out).await,
        _ => DeflateEncoder::new(plain).read_to_end(&mut out).await,
    }
    .unwrap();
    out
}

fn coded(coding: &str, body: &[u8], length: usize) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

const CODINGS: [(&str, &str); 5] = [
    ("gzip", "gzip"),
    ("br", "br"),
    ("zstd", "zstd"),
    ("zlib", "deflate"),
    ("raw", "deflate"),
];

/// Lines of JSON that do not shrink to nothing.
fn document() -> Vec<u8> {
    (0..4000u32)
        .map(|n| format!("{{\"n\":{}}}\n", n.wrapping_mul(2_654_435_761)))
        .collect::<String>()
        .into_bytes()
}

#[tokio::test]
async fn every_coding_is_taken_off_and_stays_in_the_head() {
    let plain = document();
    for (packer, coding) in CODINGS {
        let body = packed(packer, &plain).await;
        let server = Server::answering(coded(coding, &body, body.len()));
        let (received, kept) = send(call("GET", &server.url("/"))).await;
        let received = response(received);
        assert!(
            received.complete && kept.body == plain,
            "{packer}: {received:?}"
        );
        assert_eq!(
            (received.body_bytes, received.wire_bytes),
            (plain.len() as u64, body.len() as u64)
        );
        assert_eq!(received.head.headers.get("content-encoding"), Some(coding));
        let length = body.len().to_string();
        assert_eq!(
            received.head.headers.get("content-length"),
            Some(length.as_str())
        );
    }
}

#[tokio::test]
async fn a_packed_body_that_is_cut_keeps_what_could_be_unpacked() {
    let plain = document();
    for (packer, coding) in CODINGS {
        let body = packed(packer, &plain).await;
        let half = &body[..body.len() / 2];
        // Cut on the wire; and cut inside, in a message that is whole as HTTP.
        for (length, words) in [(body.len(), "of the body"), (half.len(), "too early")] {
            let server = Server::answering(coded(coding, half, length));
            let (received, kept) = send(call("GET", &server.url("/"))).await;
            let received = response(received);
            assert!(
                !received.complete && received.wire_bytes == half.len() as u64,
                "{packer}: {received:?}"
            );
            assert_eq!(received.body_bytes as usize, kept.body.len());
            // zstd unpacks by whole blocks of 128 KiB, of which half is none.
            let some = packer == "zstd" || kept.body.len() > plain.len() / 4;
            assert!(
                some && plain.starts_with(&kept.body),
                "{packer}: {}",
                kept.body.len()
            );
            says(&received.failure.unwrap(), words);
        }
    }
}

#[tokio::test]
async fn an_unknown_coding_stays_on_and_garbage_is_told() {
    let server = Server::answering(coded("aws-chunked", b"as sent", 7));
    let (received, kept) = send(call("GET", &server.url("/"))).await;
    let received = response(received);
    assert!(received.complete && kept.body == b"as sent");
    assert!(received.note.unwrap().contains("aws-chunked"));

    let server = Server::answering(coded("gzip", b"<html>no gzip</html>", 20));
    let received = response(send(call("GET", &server.url("/"))).await.0);
    assert_eq!(
        (received.complete, received.body_bytes, received.note),
        (false, 0, None)
    );
    says(&received.failure.unwrap(), "cannot be unpacked");
}

/// A server that sends gzip members of zeros, 1 MiB each, without end.
async fn bomb() -> Server {
    let member = packed("gzip", &vec![0; 1 << 20]).await;
    Server::run(move |peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
        while peer.stream.write_all(&member).is_ok() {}
    })
}

#[tokio::test]
async fn a_bomb_is_stopped_by_its_ratio() {
    let server = bomb().await;
    let (received, kept) = send(call("GET", &server.url("/"))).await;
    let received = response(received);
    assert!(
        !received.complete && received.body_bytes < 64 << 20,
        "{received:?}"
    );
    assert!(
        received.body_bytes > 10 << 20,
        "small bodies of repeats are ordinary: {received:?}"
    );
    assert!(
        kept.largest <= 64 << 10,
        "a sink gets small pieces: {}",
        kept.largest
    );
    says(&received.failure.unwrap(), "is over the cap of 200:1");
}

#[tokio::test]
async fn a_bomb_and_a_plain_flood_are_stopped_by_size() {
    let bomb = bomb().await;
    let flood = Server::run(|peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
        while peer.stream.write_all(&[b'x'; 65536]).is_ok() {}
    });
    for server in [&bomb, &flood] {
        let small = limited(call("GET", &server.url("/")), |limits| {
            limits.body_bytes = 3 << 20
        });
        let (received, kept) = send(small).await;
        let received = response(received);
        assert_eq!(
            (received.complete, received.body_bytes),
            (false, 3 << 20),
            "{received:?}"
        );
        assert_eq!(kept.body.len(), 3 << 20);
        says(
            &received.failure.unwrap(),
            "stopped at 3 MiB: the body is larger than the cap",
        );
    }
}

// ---- proxies -----------------------------------------------------------------------------------------------------

fn through(proxy: u16) -> Client {
    let proxy = Proxy::At(format!("http://me:geheim@127.0.0.1:{proxy}"));
    Client::with(&Trust::Only(Vec::new()), proxy).unwrap()
}

#[tokio::test]
async fn a_proxy_is_used_for_others_and_never_for_loopback() {
    let proxy = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nproxy");
    let direct = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ndirect");
    let client = through(proxy.port);
    let (_, kept) = send_with(&client, post("http://api.test/v1")).await;
    assert_eq!(kept.body, b"proxy");
    let request = &proxy.requests()[0];
    assert!(
        request.starts_with("POST http://api.test/v1 HTTP/1.1\r\n"),
        "{request}"
    );
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/", direct.port);
        assert_eq!(send_with(&client, post(&url)).await.1.body, b"direct");
    }
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_failed() {
    let proxy = Server::answering(
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
    );
    let (failure, _) = failed(
        send_with(&through(proxy.port), post("https://api.test/"))
            .await
            .0,
    );
    says(&failure, &format!("the proxy 127.0.0.1:{}", proxy.port));
    let requests = proxy.requests();
    assert!(
        requests.len() == 1 && requests[0].starts_with("CONNECT api.test:443 "),
        "{requests:?}"
    );
    assert!(!format!("{failure:?}").contains("geheim"));

    let closed = closed_port();
    for url in ["http://api.test/", "https://api.test/"] {
        let (failure, _) = failed(send_with(&through(closed), post(url)).await.0);
        says(&failure, &format!("the proxy 127.0.0.1:{closed}"));
    }
}
