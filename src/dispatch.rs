//! The one way a request is sent, for the command line and the screen alike.
//!
//! ```text
//!   Order ─plan─▶ Prepared ─gate─▶ intent on disk ─client─▶ answer ─read, redact─▶ outcome on disk ─▶ Sent
//!                            ▲  │                                                        │
//!                            │  ▼ Refusal: nothing was sent                              │ a 429, a lost answer, and
//!                            └────────── held, until its turn comes (retry, turn) ◀──────┘ only when that is asked for
//! ```
//!
//! The verdict is a gate in here, not a habit of callers, and it is judged inside the transaction that writes the
//! intent: two windows cannot both pass on the same facts. Once the intent stands, the rest runs in a task of its own
//! that observes `cancel` and is never aborted: an outcome is always written. What has come of an answer by then is told
//! to whoever watches (`arrival`).

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::Client;
use crate::client::call::Call;
use crate::dispatch::arrival::{Arrivals, Incoming};
use crate::dispatch::keep::Keeping;
use crate::dispatch::outcome::{Sink, ending};
use crate::dispatch::plan::{check_plain_http, complete, dice, mint_key};
use crate::dispatch::retry::{Progress, Pursuit};
use crate::domain::compose::{HeaderLine, Prepared, RequestError};
use crate::domain::exchange::{Ending, Exchange, Facts, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::Operation;
use crate::domain::order::{Order, Refusal};
use crate::domain::profile::Profile;
use crate::domain::redact::{Fingerprinter, Secret};
use crate::domain::refill::RefillError;
use crate::domain::retry::Retry;
use crate::domain::seal::Sealer;
use crate::store::Store;
use crate::store::error::StoreError;

pub mod arrival;
mod gate;
mod keep;
mod outcome;
mod plan;
pub mod retry;
mod turn;

/// A profile as it is spoken to now: with its base URL known and its credential at hand.
#[derive(Clone, Debug)]
pub struct Access {
    /// The profile.
    pub profile: Arc<Profile>,
    /// Its credential.
    pub credential: Option<Secret>,
    /// Whether a person is to be asked for the credential before anything is sent.
    pub asks: bool,
}

/// Sends orders. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Dispatch {
    store: Store,
    client: Client,
    fingerprinter: Fingerprinter,
    keeping: Keeping,
    arrivals: Arrivals,
    stop: CancellationToken,
    running: TaskTracker,
}

/// What was sent, and what came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The exchange, its outcome known; the last one when there were several.
    pub exchange: Exchange,
    /// The whole operation, this exchange included.
    pub operation: Operation,
    /// Names of header fields that were kept back because the origin is not the profile's.
    pub withheld: Vec<String>,
    /// Whether an earlier send of this order lost its answer and no later one tells what became of it: then this
    /// exchange's own "nothing was sent" or 429 is not the whole truth.
    pub in_doubt: bool,
}

/// Why nothing was sent, or why what was sent could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A guard asks first.
    #[error("{}", .0.sentence())]
    Refused(Box<Refusal>),
    /// The request itself cannot be sent.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A recorded request cannot be sent again as it was.
    #[error(transparent)]
    Refill(#[from] RefillError),
    /// The profile's credential is a person's to give, and nobody was asked yet.
    #[error(
        "not sent: profile '{0}' asks for its credential (api_key = {{ prompt = true }}), and it was not given yet: send \
         something under that profile first"
    )]
    Asks(String),
    /// A replay of what is not there.
    #[error("there is no exchange {0} in the history")]
    NoExchange(ExchangeId),
    /// The history could not be read or written. Nothing was sent.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was sent, and what came back could not be written. The history has it as in flight, with its key, and reads
    /// it as indeterminate once this process is gone.
    #[error("it was SENT, and what came back could not be recorded: {0}")]
    Unrecorded(#[source] StoreError),
    /// The quota is used up for longer than is waited for. Nothing was sent.
    #[error(
        "not sent: the rate limit of this origin and credential holds until {until:.0}, longer than is waited for; \
         send it then, or without retries to ask the server now"
    )]
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// The operating system gave no random numbers.
    #[error("no random numbers could be had for a new id: {0}")]
    Dice(String),
}

impl Dispatch {
    /// Sends through this client into this history.
    pub fn new(store: Store, client: Client, fingerprinter: Fingerprinter) -> Dispatch {
        let (stop, running) = (CancellationToken::new(), TaskTracker::new());
        Dispatch {
            store,
            client,
            fingerprinter,
            keeping: Keeping::default(),
            arrivals: Arrivals::default(),
            stop,
            running,
        }
    }

    /// The same, sealing the secrets that a profile lets rest. Without it they stay in memory.
    pub fn sealing_with(mut self, sealer: Option<Sealer>) -> Dispatch {
        self.keeping.sealer = sealer;
        self
    }

    /// A token that cancels one send; [`Dispatch::settle`] cancels them all.
    pub fn token(&self) -> CancellationToken {
        self.stop.child_token()
    }

    /// Cancels whatever is in flight and waits until every outcome is written.
    pub async fn settle(&self) {
        self.stop.cancel();
        self.running.close();
        self.running.wait().await;
    }

    /// A fresh operation id and a fresh idempotency key as the profile has them, for a draft.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn mint(profile: &Profile) -> Result<(OperationId, String), SendError> {
        Ok((OperationId::mint(dice()?), mint_key(profile)?))
    }

    /// What a later verdict compares of a request that would go to `url` under this access.
    pub fn facts(&self, prepared: &Prepared, access: &Access) -> Facts {
        let parts = [
            prepared.method.as_str().as_bytes(),
            prepared.target.as_bytes(),
            &prepared.body[..],
        ];
        let named = |line: &&HeaderLine| {
            line.name
                .eq_ignore_ascii_case(&access.profile.credential_header)
        };
        let credential = prepared
            .lines
            .iter()
            .find(named)
            .map(|line| self.fingerprinter.of(&[line.value.as_bytes()]));
        Facts {
            origin: access.profile.origin_of(&prepared.url),
            payload: self.fingerprinter.of(&parts),
            credential,
        }
    }

    /// Sends one order. `access` is the open profile's; for a replay that of the exchange's own profile, and only when
    /// that is not configured any more another one: then it is asked about. `started` is called once, when the intent stands and before the first byte leaves. All of it
    /// runs in a task of its own: whoever stops waiting stops nothing.
    ///
    /// # Errors
    /// When nothing was sent, and why; or when the history failed.
    pub async fn send(
        &self,
        access: &Access,
        order: Order,
        cancel: CancellationToken,
        started: impl FnOnce(&Summary) + Send + 'static,
    ) -> Result<Sent, SendError> {
        let mut started = Some(started);
        let tell = move |progress: Progress<'_>| {
            if let (Progress::Started(summary), Some(started)) = (progress, started.take()) {
                started(summary);
            }
        };
        self.pursue(access, order, Retry::default(), cancel, tell)
            .await
    }

    /// The same, sent again by itself as far as `retry` allows; what happens meanwhile is told. With retries after a 429
    /// it also waits its turn before the first send, where others have used up the quota of its origin and credential.
    ///
    /// # Errors
    /// When nothing was sent, and why; or when the history failed.
    pub async fn pursue(
        &self,
        access: &Access,
        order: Order,
        retry: Retry,
        cancel: CancellationToken,
        progress: impl FnMut(Progress<'_>) + Send + 'static,
    ) -> Result<Sent, SendError> {
        let (this, access) = (self.clone(), access.clone());
        let task = async move { this.carry_out(access, order, retry, cancel, progress).await };
        match self.running.spawn(task).await {
            Ok(sent) => sent,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// From the order to the last outcome.
    async fn carry_out(
        &self,
        access: Access,
        order: Order,
        retry: Retry,
        cancel: CancellationToken,
        progress: impl FnMut(Progress<'_>),
    ) -> Result<Sent, SendError> {
        let mut plan = self.plan(&access, order.ask, &order.agreed).await?;
        complete(&mut plan.prepared);
        check_plain_http(&plan.prepared, &access.profile, &order.agreed)?;
        let pursuit = Pursuit::new(self, access, plan, order.agreed, retry, cancel, progress);
        pursuit.run().await
    }

    /// From the intent to what came back, as it may rest.
    async fn exchange(
        &self,
        (id, operation): (&ExchangeId, &OperationId),
        (prepared, profile): (&Prepared, &Profile),
        incoming: &mut Incoming,
        cancel: CancellationToken,
    ) -> Result<Ending, SendError> {
        self.hold(prepared, profile);
        let headers = prepared
            .lines
            .iter()
            .map(|line| (line.name.as_str(), line.value.as_str()));
        let call = Call {
            method: prepared.method.clone(),
            url: prepared.url.clone(),
            headers: headers.collect(),
            body: Bytes::from(prepared.body.clone()),
            limits: profile.limits,
        };
        let mut sink = Sink::new(self.store.body_writer(id)?, (prepared, profile), incoming);
        let answer = self.client.send(call, &mut sink, cancel).await;
        Ok(ending(answer, sink, (operation, prepared), profile).await)
    }
}
