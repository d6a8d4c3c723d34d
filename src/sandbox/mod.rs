//! The sandbox: the API in miniature, on loopback, well-behaved unless it is asked to misbehave.
//!
//! It is what people try the tool on and what the tests judge the tool by, so it shares no code with what it judges:
//! nothing here imports another room.
//!
//! ```text
//!   request ──▶ call.rs          received whole, digest and JSON made
//!                 │              ── from here under the ledger's lock, in one transaction ──
//!               auth.rs          who asks?                         401
//!               limiter.rs       how often?                        429
//!               idempotency.rs   was it answered before?           saved answer, 409 in progress, 422 key reused
//!               fault.rs         status, drop-before, redirect     instead of acting, and not saved
//!               validate.rs      what is wrong with it?            400, 404, 405, 422     ┐
//!               resource/        the action                        2xx, 402, 409          │ saved
//!               fault.rs         status-after, drop-after          acted, but …           ┘ under the key
//!                 │              ── written down (ledger.rs) before anything leaves ──
//!               fault.rs         delay, and what an answer is dressed in
//!   answer  ◀── server.rs        by hyper, or, when it is below HTTP, by wire.rs
//! ```
//! `work.rs` is that order as code, a function of the state (`state.rs`), the request and the time. `dice.rs` makes ids
//! repeatable: the same seed and sequence of requests give the same ones.
//!
//! Where a new thing goes: a resource is a file in `resource/` and a row in its routes; a fault is a row in `fault.rs`,
//! and when hyper would not write it, some lines in `wire.rs`.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::sandbox::ledger::{Ledger, LedgerError};
use crate::sandbox::limiter::QuotaSpec;
use crate::sandbox::server::Sandbox;
use crate::sandbox::work::Rules;

mod answer;
pub mod auth;
mod call;
mod currency;
mod dice;
mod escape;
mod fault;
mod gzip_bomb;
mod idempotency;
pub mod ledger;
pub mod limiter;
mod resource;
mod server;
mod state;
mod validate;
mod wire;
mod work;

/// The seed when none is named: any number will do, as long as it stays the same.
const DEFAULT_SEED: u64 = 0x5eed;

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; another address than loopback is served only because it was named here.
    pub listen: SocketAddr,
    /// Requests per window, for each organization.
    pub quota: QuotaSpec,
    /// Where the sequence of ids begins; an existing state file goes on where it stands.
    pub seed: u64,
    /// The file that keeps the state; in memory only without one. Several processes may share it.
    pub state: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            quota: QuotaSpec::default(),
            seed: DEFAULT_SEED,
            state: None,
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The address cannot be listened on.
    #[error(
        "the sandbox cannot listen on {address}: {source}; choose another address, or port 0 for any free one"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] LedgerError),
    /// Reading the state was cut short, as the runtime is being shut down.
    #[error("the sandbox was stopped while it started: {0}; start it again")]
    Interrupted(#[from] JoinError),
}

/// Starts a sandbox; when this returns, the state is loaded and connections are accepted.
///
/// # Errors
/// The address cannot be listened on, or the state file cannot be used.
pub async fn start(settings: Settings) -> Result<Running, SandboxError> {
    let Settings {
        listen,
        quota,
        seed,
        state,
    } = settings;
    let ledger = tokio::task::spawn_blocking(move || Ledger::open(seed, state)).await??;
    let failed = |source| SandboxError::Listen {
        address: listen,
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    if !addr.ip().is_loopback() {
        tracing::warn!(%addr, "the sandbox listens beyond this machine: its API key is public");
    }
    let sandbox = Arc::new(Sandbox {
        ledger,
        rules: Rules { quota, seed },
    });
    let stop = CancellationToken::new();
    let task = tokio::spawn(server::serve(listener, sandbox, stop.clone()));
    Ok(Running {
        addr,
        stop,
        task: Some(task),
    })
}

/// A sandbox that runs; it stops when this is dropped.
pub struct Running {
    /// Where it listens, with the port that was chosen.
    pub addr: SocketAddr,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops: no new connection, a moment for answers that are under way.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            // An error would be a panic of the accept loop, which has been reported where it happened.
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}
