//! What ended between a connection and a status line: it may have acted.

use std::io::Read;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use reqscope::client::call::Call;
use reqscope::domain::request::Method;
use tokio_util::sync::CancellationToken;

use crate::raw_server::{Peer, Server};
use crate::sending::{Kept, client, indeterminate, limited, post, says, send};

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
    says(&indeterminate(send(first).await.0), "within 150 ms");
    let total = limited(post(&server.url("/")), |limits| {
        limits.total = Duration::from_millis(150)
    });
    says(&indeterminate(send(total).await.0), "within 150 ms in all");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn cancelled_after_the_send_is_indeterminate() {
    let server = Server::run(|peer| {
        peer.read_request();
        peer.hang();
    });
    let cancel = CancellationToken::new();
    let (client, call, stop) = (client(), post(&server.url("/")), cancel.clone());
    // On a task of its own, as a program sends.
    let waiting = tokio::spawn(async move {
        let mut kept = Kept::default();
        client.send(call, &mut kept, cancel).await
    });
    while server.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    assert_eq!(indeterminate(waiting.await.unwrap()).what, "cancelled");
}
