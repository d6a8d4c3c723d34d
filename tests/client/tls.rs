//! Servers that speak TLS: trusted, not trusted, under another name, and over HTTP/2.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqscope::client::Client;
use reqscope::client::route::Proxy;
use reqscope::client::tls::Trust;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::sending::{failed, indeterminate, post, response, says, send_with};

/// A TLS server that answers with the request's body, twenty thousand times.
struct TlsServer {
    port: u16,
    certificate: Vec<u8>,
}

impl TlsServer {
    /// One whose certificate is made out to this name, and that offers these protocols by ALPN.
    async fn run(name: &str, protocols: &[&[u8]]) -> TlsServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = made.cert.der().to_vec();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(certificate.clone())], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), tcp));
            }
        });
        TlsServer { port, certificate }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/", self.port)
    }

    /// A client that trusts this server's certificate alone.
    fn client(&self) -> Client {
        Client::with(&Trust::Only(vec![self.certificate.clone()]), Proxy::Never).unwrap()
    }
}

async fn serve(acceptor: TlsAcceptor, tcp: tokio::net::TcpStream) {
    let Ok(stream) = acceptor.accept(tcp).await else {
        return;
    };
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let io = TokioIo::new(stream);
    // A client that hangs up is no matter here.
    let _ = if is_h2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(io, service_fn(echo))
            .await
    } else {
        hyper::server::conn::http1::Builder::new()
            .serve_connection(io, service_fn(echo))
            .await
    };
}

async fn echo(request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/hang" {
        std::future::pending::<()>().await;
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Ok(http::Response::new(Full::from(body.repeat(20_000))))
}

#[tokio::test]
async fn a_trusted_server_answers_over_what_alpn_chose() {
    for (protocols, version) in [
        (&[&b"h2"[..], b"http/1.1"][..], "HTTP/2"),
        (&[b"http/1.1"], "HTTP/1.1"),
        (&[], "HTTP/1.1"),
    ] {
        let server = TlsServer::run("localhost", protocols).await;
        let client = server.client();
        // The second resumes the TLS session on a connection of its own.
        for _ in 0..2 {
            let (answer, kept) = send_with(&client, post(&server.url())).await;
            let received = response(answer);
            assert_eq!(received.head.version, version);
            assert!(
                received.complete && kept.body.len() == 240_000,
                "{received:?}"
            );
            let timing = received.timing;
            for phase in [
                timing.dns_ms,
                timing.connect_ms,
                timing.tls_ms,
                timing.first_byte_ms,
            ] {
                assert!(phase.is_some(), "{version}: {timing:?}");
            }
            assert!(timing.tls_ms < timing.first_byte_ms, "{timing:?}");
        }
    }
}

#[tokio::test]
async fn no_answer_over_http2_in_time_is_indeterminate() {
    let server = TlsServer::run("localhost", &[b"h2"]).await;
    let mut call = post(&format!("{}hang", server.url()));
    call.limits.first_byte = Duration::from_millis(150);
    says(
        &indeterminate(send_with(&server.client(), call).await.0),
        "within 150 ms",
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_failed() {
    let server = TlsServer::run("localhost", &[]).await;
    let others = TlsServer::run("localhost", &[]).await;
    let (failure, timing) = failed(send_with(&others.client(), post(&server.url())).await.0);
    says(&failure, "the certificate of localhost is not trusted");
    assert!(
        timing.connect_ms.is_some() && timing.tls_ms.is_none(),
        "{timing:?}"
    );

    let platform = Client::with(&Trust::Platform, Proxy::Never).unwrap();
    let (failure, _) = failed(send_with(&platform, post(&server.url())).await.0);
    says(&failure, "certificate");
}

#[tokio::test]
async fn a_certificate_of_another_host_is_failed() {
    let server = TlsServer::run("other.test", &[]).await;
    let (failure, _) = failed(send_with(&server.client(), post(&server.url())).await.0);
    says(&failure, "the certificate is not made out to localhost");
}
