//! Sending in a line, and asking an answer for its kind.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use reqscope::client::Client;
use reqscope::client::answer::{Answer, BodySink, Head, Received};
use reqscope::client::call::Call;
use reqscope::client::route::Proxy;
use reqscope::client::tls::Trust;
use reqscope::domain::exchange::{Failure, Timing};
use reqscope::domain::header::Headers;
use reqscope::domain::profile::Limits;
use reqscope::domain::request::Method;
use tokio_util::sync::CancellationToken;

/// Where a body goes in these tests.
#[derive(Default)]
pub struct Kept {
    pub head: Option<Head>,
    pub body: Vec<u8>,
    pub largest: usize,
    pub full_after: Option<usize>,
    /// Cancelled once the first chunk came.
    pub cancel: Option<CancellationToken>,
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

pub const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_secs(5),
    total: Duration::from_secs(20),
    body_bytes: 64 << 20,
    ratio: 200,
};

pub fn call(method: &str, url: &str) -> Call {
    Call {
        method: Method::parse(method).unwrap(),
        url: url.parse().unwrap(),
        headers: Headers::new(),
        body: Bytes::new(),
        limits: LIMITS,
    }
}

pub fn post(url: &str) -> Call {
    Call {
        body: Bytes::from_static(b"{\"amount\":1}"),
        ..call("POST", url)
    }
}

pub fn limited(mut call: Call, change: impl FnOnce(&mut Limits)) -> Call {
    change(&mut call.limits);
    call
}

/// Trusts no certificate at all, and so needs none of this machine.
pub fn client() -> Client {
    Client::with(&Trust::Only(Vec::new()), Proxy::Never).unwrap()
}

pub async fn send(call: Call) -> (Answer, Kept) {
    send_with(&client(), call).await
}

pub async fn send_with(client: &Client, call: Call) -> (Answer, Kept) {
    let mut kept = Kept::default();
    let answer = client.send(call, &mut kept, CancellationToken::new()).await;
    (answer, kept)
}

pub fn failed(answer: Answer) -> (Failure, Timing) {
    match answer {
        Answer::Failed { failure, timing } => (failure, timing),
        other => panic!("expected Failed, got {other:?}"),
    }
}

pub fn indeterminate(answer: Answer) -> Failure {
    match answer {
        Answer::Indeterminate { failure, .. } => failure,
        other => panic!("expected Indeterminate, got {other:?}"),
    }
}

pub fn response(answer: Answer) -> Received {
    match answer {
        Answer::Response(received) => *received,
        other => panic!("expected Response, got {other:?}"),
    }
}

pub fn says(failure: &Failure, words: &str) {
    assert!(
        format!("{failure:?}").contains(words),
        "{words:?} is not in {failure:?}"
    );
}
