//! Through a proxy, and past it.

use reqscope::client::Client;
use reqscope::client::route::Proxy;
use reqscope::client::tls::Trust;

use crate::raw_server::{Server, closed_port};
use crate::sending::{failed, post, says, send_with};

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
