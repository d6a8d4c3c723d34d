//! What ended before a connection was handed to the request: proof that nothing left.

use std::io::Read;
use std::net::Shutdown;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::raw_server::{Peer, Server, closed_port};
use crate::sending::{Kept, client, failed, limited, post, says, send};

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
