//! A small client over reqwest, and one over bare TCP for what no HTTP library would accept.

use std::time::Duration;

use reqscope::sandbox::{self, Running, Settings};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A payment with nothing wrong in it.
pub const PAYMENT: &str = r#"{"amount":100,"currency":"EUR","account":"acct_demo"}"#;

/// A sandbox and the one who talks to it.
pub struct Bench {
    pub running: Running,
    client: Client,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

/// A quota that no test comes near, unless the quota is what it is about.
pub fn generous() -> Settings {
    Settings {
        quota: "100000/60s".parse().unwrap(),
        ..Settings::default()
    }
}

impl Bench {
    pub async fn start() -> Self {
        Self::with(generous()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let running = sandbox::start(settings).await.unwrap();
        // Fresh connections and no retries: nothing below the test may send twice.
        let client = Client::builder()
            .no_proxy()
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { running, client }
    }

    pub fn ask(&self, method: &str, target: &str) -> Ask {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let builder = self
            .client
            .request(method, format!("{}{target}", self.running.base_url()));
        Ask {
            builder: builder.bearer_auth("sk_sandbox_demo"),
        }
    }

    /// The same without a credential.
    pub fn stranger(&self, method: &str, target: &str) -> Ask {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Ask {
            builder: self
                .client
                .request(method, format!("{}{target}", self.running.base_url())),
        }
    }

    pub async fn get(&self, target: &str) -> Reply {
        self.ask("GET", target).send().await
    }

    /// A POST of a payment.
    pub fn pay(&self) -> Ask {
        self.ask("POST", "/v1/payments").body(PAYMENT)
    }

    /// How many payments there are.
    pub async fn payments(&self) -> usize {
        self.get("/v1/payments").await.json()["data"]
            .as_array()
            .unwrap()
            .len()
    }
}

pub struct Ask {
    builder: RequestBuilder,
}

impl Ask {
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        Self {
            builder: self.builder.header(name, value.as_ref()),
        }
    }

    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn fault(self, fault: &str) -> Self {
        self.header("sandbox-fault", fault)
    }

    pub fn operation(self, operation: &str) -> Self {
        self.header("x-request-id", operation)
    }

    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self {
            builder: self.builder.body(body),
        }
    }

    pub fn timeout(self, milliseconds: u64) -> Self {
        Self {
            builder: self.builder.timeout(Duration::from_millis(milliseconds)),
        }
    }

    pub async fn send(self) -> Reply {
        self.attempt().await.unwrap()
    }

    pub async fn attempt(self) -> reqwest::Result<Reply> {
        let response = self.builder.send().await?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        })
    }

    /// The status, once the head is there.
    pub async fn head(self) -> StatusCode {
        self.builder.send().await.unwrap().status()
    }
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn number(&self, name: &str) -> u64 {
        self.header(name)
            .unwrap_or_else(|| panic!("{name} is missing"))
            .parse()
            .unwrap()
    }

    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }

    pub fn replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    /// The errors of the envelope as (code, path joined by dots).
    pub fn errors(&self) -> Vec<(String, String)> {
        let body = self.json();
        assert_eq!(body["code"], "request_errors", "{body}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let errors = body["data"]["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| (text(&error["code"]), place(error)))
            .collect()
    }

    /// The code of the only error.
    pub fn code(&self) -> String {
        let errors = self.errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors[0].0.clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn place(error: &Value) -> String {
    assert!(!text(&error["message"]).is_empty());
    error["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect::<Vec<_>>()
        .join(".")
}

/// What comes back for these bytes, and how the connection ended.
pub async fn raw(bench: &Bench, request: &str) -> (Vec<u8>, std::io::Result<()>) {
    let mut socket = TcpStream::connect(bench.running.addr).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), read(&mut socket, &mut answer)).await;
    (answer, ended.expect("the connection ends"))
}

async fn read(socket: &mut TcpStream, answer: &mut Vec<u8>) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match socket.read(&mut buffer).await? {
            0 => return Ok(()),
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A request as bytes, whose connection is to end with the answer.
pub fn written(method: &str, target: &str, headers: &str, body: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer sk_sandbox_demo\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}
