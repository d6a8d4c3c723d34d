//! The one way a request is sent, for the command line and the screen alike.
//!
//! ```text
//!   Order ─plan─▶ Prepared ─gate─▶ intent on disk ─client─▶ answer ─read, redact─▶ outcome on disk ─▶ Sent
//!                            │
//!                            ▼ Refusal: nothing was sent
//! ```
//!
//! The verdict is a gate in here, not a habit of callers, and it is judged inside the transaction that writes the
//! intent: two windows cannot both pass on the same facts. Once the intent stands, the rest runs in a task of its own
//! that observes `cancel` and is never aborted: an outcome is always written.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::Client;
use crate::client::answer::{Answer, BodySink, Head, Received};
use crate::client::call::{Call, complete_headers};
use crate::domain::api_error;
use crate::domain::exchange::{
    Ending, Exchange, Facts, Failure, Intent, Outcome, Response, Summary, Unanswered,
};
use crate::domain::header::{Headers, media_type};
use crate::domain::id::{DICE, ExchangeId, OperationId};
use crate::domain::idempotency::{Candidate, Choice, advise, is_replayed, question};
use crate::domain::operation::next_numbers;
use crate::domain::order::{Agreement, Ask, KeyOrder, Order, Refusal};
use crate::domain::profile::{Profile, is_loopback};
use crate::domain::rate_limit::Quota;
use crate::domain::redact::{self, Fingerprinter, Refill, RefillError, Secret};
use crate::domain::redact_stream::BodyCut;
use crate::domain::request::{Compose, HeaderLine, KeyChoice, Prepared, Request, RequestError};
use crate::store::Store;
use crate::store::body::BodyWriter;
use crate::store::error::StoreError;

/// How much of an answer is read for errors: an error list longer than this is read as far as it goes.
const REPORT_CAP: usize = 4 << 20;

/// A profile as it is spoken to now: with its base URL known and its credential at hand.
#[derive(Clone, Debug)]
pub struct Access {
    /// The profile.
    pub profile: Arc<Profile>,
    /// Its credential.
    pub credential: Option<Secret>,
}

/// Sends orders. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Dispatch {
    store: Store,
    client: Client,
    fingerprinter: Fingerprinter,
    stop: CancellationToken,
    running: TaskTracker,
}

/// What was sent, and what came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The exchange, its outcome known.
    pub exchange: Exchange,
    /// The whole operation, oldest first, this exchange included.
    pub operation: Vec<Summary>,
    /// Names of header fields that were kept back because the origin is not the profile's.
    pub withheld: Vec<String>,
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
    /// A replay of what is not there.
    #[error("there is no exchange {0} in the history")]
    NoExchange(ExchangeId),
    /// A replay under another profile than the open one.
    #[error(
        "that exchange was sent under profile '{sent}', and '{open}' is open: start with --profile {sent} to replay it"
    )]
    OtherProfile {
        /// The exchange's profile.
        sent: String,
        /// The open one.
        open: String,
    },
    /// The history could not be read or written. Before the intent stands nothing is sent; after, what was sent is
    /// in the history as in flight, and is read as indeterminate once this process is gone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no random numbers.
    #[error("no random numbers could be had for a new id: {0}")]
    Dice(String),
}

/// A request ready to be judged.
struct Plan {
    prepared: Prepared,
    operation: OperationId,
    account: Option<String>,
    choice: KeyChoice,
}

impl Dispatch {
    /// Sends through this client into this history.
    pub fn new(store: Store, client: Client, fingerprinter: Fingerprinter) -> Dispatch {
        let (stop, running) = (CancellationToken::new(), TaskTracker::new());
        Dispatch {
            store,
            client,
            fingerprinter,
            stop,
            running,
        }
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

    /// A fresh operation id and a fresh idempotency key, for a draft.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn mint() -> Result<(OperationId, String), SendError> {
        Ok((OperationId::mint(dice()?), mint_key()?))
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

    /// Sends one order. `started` is called once, when the intent stands and before the first byte leaves. All of it
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
        let (this, access) = (self.clone(), access.clone());
        let task = async move { this.carry_out(access, order, cancel, started).await };
        match self.running.spawn(task).await {
            Ok(sent) => sent,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// From the order to the outcome.
    async fn carry_out(
        &self,
        access: Access,
        order: Order,
        cancel: CancellationToken,
        started: impl FnOnce(&Summary),
    ) -> Result<Sent, SendError> {
        let mut plan = self.plan(&access, order.ask).await?;
        complete(&mut plan.prepared);
        check_plain_http(&plan.prepared, &access.profile, order.agreed)?;
        let facts = self.facts(&plan.prepared, &access);
        let (plan, id) = (Arc::new(plan), ExchangeId::mint(dice()?));
        let profile = Arc::clone(&access.profile);
        let gate = Gate {
            plan: Arc::clone(&plan),
            facts,
            profile,
            agreed: order.agreed,
            id,
        };
        let decide = move |before: &[Summary]| gate.decide(before, Timestamp::now());
        let summary = self.store.intend(plan.operation.clone(), decide).await?;
        let summary = summary.map_err(|refusal| SendError::Refused(Box::new(refusal)))?;
        started(&summary);
        self.exchange(&summary.id, &plan.prepared, &access.profile, cancel)
            .await?;
        let id = summary.id;
        let exchange = self
            .store
            .get(&id)
            .await?
            .ok_or(SendError::NoExchange(id))?;
        let operation = self.store.operation(&exchange.operation).await?;
        Ok(Sent {
            exchange,
            operation,
            withheld: plan.prepared.withheld.clone(),
        })
    }

    /// From the intent to the outcome.
    async fn exchange(
        &self,
        id: &ExchangeId,
        prepared: &Prepared,
        profile: &Profile,
        cancel: CancellationToken,
    ) -> Result<(), StoreError> {
        let call = Call {
            method: prepared.method.clone(),
            url: prepared.url.clone(),
            headers: prepared
                .lines
                .iter()
                .map(|line| (line.name.as_str(), line.value.as_str()))
                .collect(),
            body: Bytes::from(prepared.body.clone()),
            limits: profile.limits,
        };
        let mut sink = Sink {
            writer: Some(self.store.body_writer(id)?),
            start: Vec::new(),
            cut: BodyCut::new(prepared),
        };
        let answer = self.client.send(call, &mut sink, cancel).await;
        let kept = sink.close();
        let ending = ending(answer, kept, &sink, prepared, profile);
        self.store.finish(id, ending).await
    }

    async fn plan(&self, access: &Access, ask: Ask) -> Result<Plan, SendError> {
        match ask {
            Ask::Compose {
                request,
                operation,
                account,
                key,
            } => self.compose(access, request, operation, account, key).await,
            Ask::Replay {
                exchange,
                choice,
                secrets,
            } => self.replay(access, exchange, choice, &secrets).await,
        }
    }

    async fn compose(
        &self,
        access: &Access,
        mut request: Request,
        operation: Option<OperationId>,
        account: Option<String>,
        key: KeyOrder,
    ) -> Result<Plan, SendError> {
        let profile = &access.profile;
        let lifted = request.lift(profile);
        let (key, choice) = match (key, lifted.key) {
            (KeyOrder::Given(key), _) | (KeyOrder::Default, Some(key)) => {
                (Some(key), KeyChoice::Given)
            }
            (KeyOrder::Minted(key), _) => (Some(key), KeyChoice::Fresh),
            (KeyOrder::Default, None) if request.method.takes_key() => {
                (Some(mint_key()?), KeyChoice::Fresh)
            }
            (KeyOrder::Default | KeyOrder::None, _) => (None, KeyChoice::None),
        };
        let account = account
            .or(lifted.account)
            .or_else(|| profile.account.clone());
        let mut operation = operation.or(lifted.operation.map(OperationId::known));
        let mut compose = Compose {
            operation: "",
            account: account.as_deref(),
            key: key.as_deref(),
            key_choice: choice,
            credential: access.credential.as_ref(),
        };
        if let (None, Some(key)) = (&operation, &key) {
            // A key that was used before belongs to the operation it was used for.
            let url = compose.prepare(&request, profile)?.url;
            operation = self.store.by_key(key, &profile.origin_of(&url)).await?;
        }
        let operation = match operation {
            Some(operation) => operation,
            None => OperationId::mint(dice()?),
        };
        compose.operation = operation.as_str();
        let prepared = compose.prepare(&request, profile)?;
        let choice = prepared.key_choice;
        Ok(Plan {
            prepared,
            operation,
            account,
            choice,
        })
    }

    async fn replay(
        &self,
        access: &Access,
        id: ExchangeId,
        choice: Choice,
        secrets: &[(String, Secret)],
    ) -> Result<Plan, SendError> {
        let exchange = self
            .store
            .get(&id)
            .await?
            .ok_or(SendError::NoExchange(id))?;
        let profile = &access.profile;
        if exchange.profile != profile.name {
            return Err(SendError::OtherProfile {
                sent: exchange.profile,
                open: profile.name.clone(),
            });
        }
        let sent = &exchange.request;
        if choice == Choice::SameKey && sent.idempotency_key.is_none() && !sent.method.is_safe() {
            return Err(SendError::Refused(Box::new(
                self.no_same_key(&exchange, profile).await?,
            )));
        }
        let wants_key = sent.idempotency_key.is_some() || sent.method.takes_key();
        let new_key = if choice == Choice::NewKey && wants_key {
            Some(mint_key()?)
        } else {
            None
        };
        let refill = Refill {
            profile,
            credential: access.credential.as_ref(),
            supplied: secrets,
            new_key: new_key.as_deref(),
        };
        let prepared = refill.refill(sent)?;
        let choice = match (&prepared.idempotency_key, new_key) {
            (None, _) => KeyChoice::None,
            (Some(_), Some(_)) => KeyChoice::New,
            (Some(_), None) => KeyChoice::Same,
        };
        Ok(Plan {
            prepared,
            operation: exchange.operation,
            account: exchange.account,
            choice,
        })
    }

    async fn no_same_key(
        &self,
        exchange: &Exchange,
        profile: &Profile,
    ) -> Result<Refusal, StoreError> {
        let operation = self.store.operation(&exchange.operation).await?;
        let advice = advise(
            &operation,
            &Candidate::again(&exchange.summary()),
            profile,
            Timestamp::now(),
        );
        Ok(Refusal::NoSameKey { advice })
    }
}

/// The verdict, with all it needs, as the store calls it inside the intent's transaction.
struct Gate {
    plan: Arc<Plan>,
    facts: Facts,
    profile: Arc<Profile>,
    agreed: Agreement,
    id: ExchangeId,
}

impl Gate {
    fn decide(self, before: &[Summary], now: Timestamp) -> Result<Intent, Refusal> {
        let mut prepared = self.plan.prepared.clone();
        let key = prepared.idempotency_key.clone();
        let used = before
            .iter()
            .any(|e| key.is_some() && e.idempotency_key == key);
        // A new key is judged beside the one it would take the place of: "same key" in the verdict's words is that one.
        let last = before.last().and_then(|e| e.idempotency_key.as_deref());
        let candidate = Candidate {
            method: &prepared.method,
            account: self.plan.account.as_deref(),
            key: if used { key.as_deref() } else { last },
            facts: &self.facts,
        };
        let advice = advise(before, &candidate, &self.profile, now);
        let choice = if used {
            Choice::SameKey
        } else {
            Choice::NewKey
        };
        if let Some(question) =
            question(&advice, choice).filter(|asked| !self.agreed.covers(*asked))
        {
            return Err(Refusal::Verdict {
                question,
                advice,
                operation: before.to_vec(),
            });
        }
        prepared.key_choice = match self.plan.choice {
            KeyChoice::Fresh if used => KeyChoice::Same,
            KeyChoice::Fresh if !before.is_empty() => KeyChoice::New,
            choice => choice,
        };
        let (attempt, send) = next_numbers(before, key.as_deref());
        Ok(Intent {
            id: self.id,
            operation: self.plan.operation.clone(),
            attempt,
            send,
            account: self.plan.account.clone(),
            profile: self.profile.name.clone(),
            started_at: now,
            request: redact::request(&prepared),
            facts: self.facts,
        })
    }
}

/// Adds the fields that the client would add, so that the history holds all that is sent.
fn complete(prepared: &mut Prepared) {
    let mut headers: Headers = prepared
        .lines
        .iter()
        .map(|line| (line.name.as_str(), line.value.as_str()))
        .collect();
    complete_headers(&mut headers);
    let added = headers.iter().skip(prepared.lines.len());
    let added: Vec<_> = added
        .map(|(name, value)| HeaderLine {
            name: name.into(),
            value: value.into(),
            secret: None,
        })
        .collect();
    prepared.lines.extend(added);
}

fn check_plain_http(
    prepared: &Prepared,
    profile: &Profile,
    agreed: Agreement,
) -> Result<(), SendError> {
    let open =
        prepared.url.scheme() == "http" && !is_loopback(&prepared.url) && prepared.carries_secret();
    if !open || agreed.plain_http || profile.allow_plain_http {
        return Ok(());
    }
    let host = prepared.url.authority().to_owned();
    Err(SendError::Refused(Box::new(Refusal::PlainHttp { host })))
}

fn dice() -> Result<[u8; DICE], SendError> {
    let mut dice = [0; DICE];
    getrandom::fill(&mut dice).map_err(|error| SendError::Dice(error.to_string()))?;
    Ok(dice)
}

fn mint_key() -> Result<String, SendError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| SendError::Dice(error.to_string()))?;
    Ok(uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string())
}

/// Where an answer's body goes: without the request's secrets to its file in the history, and its start into memory,
/// to be read for errors.
struct Sink {
    writer: Option<BodyWriter>,
    start: Vec<u8>,
    cut: BodyCut,
}

impl BodySink for Sink {
    fn head(&mut self, _head: &Head) -> io::Result<()> {
        Ok(())
    }

    fn chunk(&mut self, decoded: &[u8]) -> io::Result<()> {
        let room = REPORT_CAP
            .saturating_sub(self.start.len())
            .min(decoded.len());
        self.start.extend_from_slice(&decoded[..room]);
        let mut rests = Vec::with_capacity(decoded.len());
        self.cut.push(decoded, &mut rests);
        self.append(&rests).map_err(io::Error::other)
    }
}

impl Sink {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.writer
            .as_mut()
            .map_or(Ok(()), |writer| writer.append(bytes))
    }

    /// Brings what came to rest on the disk, before the outcome that speaks of it is written.
    fn close(&mut self) -> Result<(), StoreError> {
        let mut rests = Vec::new();
        self.cut.finish(&mut rests);
        self.append(&rests)?;
        self.writer
            .take()
            .map_or(Ok(()), |writer| writer.finish().map(drop))
    }
}

fn ending(
    answer: Answer,
    kept: Result<(), StoreError>,
    sink: &Sink,
    prepared: &Prepared,
    profile: &Profile,
) -> Ending {
    let mut quota = None;
    let outcome = match answer {
        Answer::Failed { failure, timing } => Outcome::Failed(Unanswered { failure, timing }),
        Answer::Indeterminate { failure, timing } => {
            Outcome::Indeterminate(Unanswered { failure, timing })
        }
        Answer::Response(received) => {
            quota = Quota::from_headers(&received.head.headers, Timestamp::now());
            Outcome::Response(Box::new(response(*received, kept, sink, prepared, profile)))
        }
    };
    Ending {
        outcome: redact::outcome(outcome, prepared, profile),
        quota,
    }
}

fn response(
    received: Received,
    kept: Result<(), StoreError>,
    sink: &Sink,
    prepared: &Prepared,
    profile: &Profile,
) -> Response {
    let Received {
        head,
        body_bytes,
        wire_bytes,
        complete,
        failure,
        note: _,
        timing,
    } = received;
    let media = |headers: Option<&str>| headers.map(media_type).unwrap_or_default();
    let sent_as = prepared
        .lines
        .iter()
        .find(|line| line.name.eq_ignore_ascii_case("content-type"));
    let report = api_error::read(
        head.status,
        &media(head.headers.get("content-type")),
        &sink.start,
        &prepared.body,
        &media(sent_as.map(|line| line.value.as_str())),
    );
    let unkept = kept.err().map(|error| {
        Failure::new("the body could not be written to the history")
            .because(error.to_string())
            .hint("is the disk full?")
    });
    Response {
        status: head.status,
        version: head.version,
        server_request_id: head
            .headers
            .get(&profile.server_id_header)
            .map(ToOwned::to_owned),
        replayed: is_replayed(&head.headers),
        headers: head.headers,
        body_bytes,
        wire_bytes,
        body_complete: complete && unkept.is_none(),
        body_redacted: sink.cut.count(),
        report,
        timing,
        failure: failure.or(unkept),
    }
}
