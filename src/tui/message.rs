//! What happened (`Message`) and what is asked of the world (`Effect`): plain data, no closures, no handles.

use std::sync::Arc;
use std::time::Instant;

use crossterm::event::Event;
use jiff::Timestamp;

use crate::document::Document;
use crate::domain::exchange::{Exchange, Failure, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::order::{Order, Refusal};
use crate::domain::profile::Profile;
use crate::domain::query::Query;
use crate::domain::rate_limit::Quota;
use crate::domain::redact::Fingerprint;

/// A moment, on both clocks: one to reckon with, one to show.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Never jumps.
    pub steady: Instant,
    /// What the calendar says.
    pub wall: Timestamp,
}

/// Names one send of this session from the order to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key, a paste, a new size.
    Input {
        /// What the terminal said.
        event: Event,
        /// When it was read.
        at: Now,
    },
    /// A frame was brought to the screen.
    FrameDrawn(Now),
    /// A moment came at which something on the screen changes by itself.
    TimePassed(Now),
    /// The history is open and sends are possible.
    Opened(Box<Opened>),
    /// The history could not be opened; nothing can be sent.
    OpenFailed(Failure),
    /// A page of the history was read.
    HistoryLoaded(Box<Listed>),
    /// The whole of an exchange was read.
    ExchangeLoaded(Box<Loaded>),
    /// The history changed, by us or by another process.
    HistoryChanged,
    /// Fresh names for a draft.
    DraftNamed {
        /// Its operation.
        operation: OperationId,
        /// Its idempotency key.
        key: String,
    },
    /// An intent stands in the history; the send is on its way.
    SendStarted {
        /// Which send.
        ticket: Ticket,
        /// The exchange, in flight.
        summary: Box<Summary>,
    },
    /// A guard asks before anything is sent.
    SendRefused {
        /// Which send.
        ticket: Ticket,
        /// The order, to be asked again with an agreement.
        order: Box<Order>,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// Nothing was sent, for a reason that no agreement mends; or what was sent could not be recorded.
    SendFailed {
        /// Which send.
        ticket: Ticket,
        /// What went wrong.
        failure: Failure,
    },
    /// A send has its outcome.
    ExchangeFinished {
        /// Which send.
        ticket: Ticket,
        /// The exchange.
        id: ExchangeId,
        /// Header fields kept back because the origin is not the profile's.
        withheld: Vec<String>,
    },
    /// Something of ours failed beside a send.
    Failed(Failure),
}

/// A page of the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// What was asked for.
    pub query: Query,
    /// What fits, newest first, from the newest on.
    pub rows: Vec<Summary>,
    /// Whether there are older ones.
    pub more: bool,
    /// The newest rows whether they fit or not; empty when everything fits. A filter hides rows, not what they mean: the
    /// quota and the verdict on what is on show follow them all the same.
    pub newest: Vec<Summary>,
}

/// What is known once the history is open.
#[derive(Debug)]
pub struct Opened {
    /// The profile, its base URL known.
    pub profile: Arc<Profile>,
    /// Whether the profile has a credential.
    pub has_credential: bool,
    /// The fingerprint of the value the credential header has.
    pub credential: Option<Fingerprint>,
    /// The last quota that this origin and credential were told, and when.
    pub quota: Option<(Quota, Timestamp)>,
    /// What went wrong on the way, and did not stop it.
    pub notice: Option<Failure>,
}

/// An exchange as the screen shows it.
#[derive(Debug)]
pub struct Loaded {
    /// The exchange.
    pub exchange: Exchange,
    /// Its operation, oldest first.
    pub operation: Vec<Summary>,
    /// Its answer's body, when there is one.
    pub body: Option<Document>,
}

/// What is asked of the world. Carried out by `runner`, answered by a `Message`.
#[derive(Debug)]
pub enum Effect {
    /// Read the newest rows of the history. Of several asked for in a row only the last is sure to be read.
    LoadHistory {
        /// Which.
        query: Query,
        /// How many.
        limit: usize,
    },
    /// Read an exchange, its operation and its body.
    LoadExchange(ExchangeId),
    /// Mint an operation id and an idempotency key for a draft.
    NameDraft,
    /// Send.
    Send {
        /// Which send.
        ticket: Ticket,
        /// What.
        order: Box<Order>,
    },
    /// Cancel whatever is in flight.
    CancelAll,
    /// Leave.
    Quit,
}
