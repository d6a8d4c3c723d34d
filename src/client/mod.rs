//! The client: the only place that names reqwest. It sends exactly one request and tells what became of it.
//!
//! ```text
//!  Call ──build──▶ connect ────────────▶ hand over ──▶ status line ──▶ body ──▶ decoders ──▶ BodySink
//!           │        DNS, TCP, (proxy,)     │                           │          caps
//!           │        TLS                    │                           │
//!           ▼                               ▼                           ▼
//!        Failed: no byte of it left     Indeterminate: it may       Response, complete or not
//!                                       have been read and acted
//! ```
//!
//! The proof of "nothing was sent" is one mark. reqwest hands a request to a connection only after its connector
//! returned one, and a layer around that connector (`connection.rs`) marks the moment before it lets the connection
//! through. No mark, no byte. For the mark to be a proof there must be no other way to a connection: there is no pool
//! here. A pool saves a round trip, and below reqwest it also resends silently when a reused connection turns out to
//! be closed; a tool that is asked what was sent, and how long each phase took, gains more from a fresh connection
//! for every send. TLS sessions are resumed, without early data.
//!
//! What is not here: retries, redirects, cookies, and what an outcome means for a replay. Nothing is read from the
//! environment but the system's proxy, which loopback hosts never use (`route.rs`).

use std::pin::{Pin, pin};
use std::sync::Arc;

use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::client::answer::{Answer, BodySink};
use crate::client::call::Call;
use crate::client::connection::build_client;
use crate::client::failure::{Place, Wait};
use crate::client::probe::Probe;
use crate::client::route::{Proxy, Route};
use crate::client::tls::Trust;
use crate::domain::exchange::Failure;
use crate::domain::profile::Limits;

pub mod answer;
mod body;
pub mod call;
mod coding;
mod connection;
mod failure;
mod meter;
mod probe;
pub mod route;
pub mod tls;

/// Sends requests. Cheap to clone; clones share TLS sessions and nothing else.
#[derive(Clone)]
pub struct Client {
    direct: reqwest::Client,
    proxied: reqwest::Client,
    route: Arc<Route>,
}

/// Why there is no client: our own failure, no outcome of a send.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS settings were refused.
    #[error("TLS cannot be set up: {0} (check the certificates that were named)")]
    Tls(#[from] rustls::Error),
    /// The proxy's address is none.
    #[error("the proxy cannot be used: {0} (write http://HOST:PORT or socks5://HOST:PORT)")]
    Proxy(String),
    /// The HTTP library refused its settings.
    #[error(
        "the HTTP client cannot be set up: {0} (this is a defect of reqscope: please report it)"
    )]
    Setup(String),
}

impl Client {
    /// A client that trusts what this machine trusts and honours its proxy.
    ///
    /// # Errors
    /// When TLS cannot be set up. A machine without certificates is no reason: then no `https` server is trusted.
    pub fn new() -> Result<Client, ClientError> {
        Client::with(&Trust::Platform, Proxy::System)
    }

    /// A client with its own trust and proxy.
    ///
    /// # Errors
    /// When a certificate or the proxy's address cannot be read.
    pub fn with(trust: &Trust, proxy: Proxy) -> Result<Client, ClientError> {
        let tls = tls::config(trust)?;
        Ok(Client {
            direct: build_client(tls.clone(), &Proxy::Never)?,
            proxied: build_client(tls, &proxy)?,
            route: Arc::new(Route::new(proxy)),
        })
    }

    /// Sends one request and streams the decoded body of its answer into `sink`.
    ///
    /// Every end is an [`Answer`], and `cancel` brings one promptly: this future must not be dropped to cancel, for
    /// then nobody learns how far it got.
    pub async fn send(
        &self,
        call: Call,
        sink: &mut dyn BodySink,
        cancel: CancellationToken,
    ) -> Answer {
        let probe = Arc::new(Probe::start(call.url.scheme() == "https"));
        let proxy = self.route.proxy_for(&call.url);
        let client = if proxy.is_some() {
            &self.proxied
        } else {
            &self.direct
        };
        let (place, limits) = (Place::new(&call.url, proxy), call.limits);
        let mut total = pin!(sleep_until(after(probe.started(), limits.total)));
        let request = match call.build() {
            Ok(request) => request,
            Err(failure) => return probe.unanswered(failure),
        };
        let send = Probe::scope(&probe, client.execute(request));
        let waited = Waiting {
            probe: &probe,
            place: &place,
            limits,
            cancel: &cancel,
        };
        match waited.head(pin!(send), total.as_mut()).await {
            Ok(response) => {
                probe.answered();
                body::receive(response, sink, limits, total, &cancel, &probe).await
            }
            Err(failure) => probe.unanswered(failure),
        }
    }
}

/// The time from the start to the status line, and what may end it early.
struct Waiting<'a> {
    probe: &'a Probe,
    place: &'a Place,
    limits: Limits,
    cancel: &'a CancellationToken,
}

impl Waiting<'_> {
    /// Polls the send until a status line came, it failed, or a deadline or the person ended it. An answer that is
    /// already there wins over all of them: it is the truth.
    async fn head(
        &self,
        mut send: Pin<&mut impl Future<Output = reqwest::Result<reqwest::Response>>>,
        mut total: Pin<&mut Sleep>,
    ) -> Result<reqwest::Response, Failure> {
        let (mut handed, mut wait) = (false, Wait::Connect(self.limits.connect));
        let mut phase = pin!(sleep_until(after(
            self.probe.started(),
            self.limits.connect
        )));
        if self.cancel.is_cancelled() {
            return Err(self.ended(Wait::Cancelled));
        }
        loop {
            tokio::select! {
                biased;
                sent = &mut send => {
                    return sent.map_err(|error| failure::unanswered(error, self.place, self.probe.reached()));
                }
                () = self.cancel.cancelled() => return Err(self.ended(Wait::Cancelled)),
                () = &mut total => return Err(self.ended(Wait::Total(self.limits.total))),
                () = self.probe.handed(), if !handed => {
                    handed = true;
                    wait = Wait::FirstByte(self.limits.first_byte);
                    phase.as_mut().reset(after(Instant::now(), self.limits.first_byte));
                }
                () = &mut phase => return Err(self.ended(wait)),
            }
        }
    }

    fn ended(&self, wait: Wait) -> Failure {
        failure::ended(wait, self.place, self.probe.reached())
    }
}

/// A deadline that never overflows: a limit too long to count is one of thirty years.
fn after(start: Instant, limit: std::time::Duration) -> Instant {
    const YEARS: std::time::Duration = std::time::Duration::from_secs(30 * 365 * 24 * 3600);
    start.checked_add(limit.min(YEARS)).unwrap_or(start)
}
