//! Packed bodies, cut ones, and bombs.

use std::io::Write;

use async_compression::tokio::bufread::{
    BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
};
use tokio::io::AsyncReadExt;

use crate::raw_server::Server;
use crate::sending::{call, limited, response, says, send};

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
