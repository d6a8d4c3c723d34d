//! What came after a status line, whole or not.

use std::io::Read;
use std::thread;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::raw_server::Server;
use crate::sending::{Kept, call, client, limited, post, response, says, send, send_with};

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
    let (received, kept) = send(drip).await;
    let received = response(received);
    assert!(
        !received.complete && received.body_bytes > 2 && received.body_bytes < 400,
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
