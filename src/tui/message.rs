//! What happened (`Message`) and what is asked of the world (`effect`): plain data, no closures, no handles.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::Event;
use jiff::Timestamp;

use crate::document::Document;
use crate::document::find::hits::Hits;
use crate::document::outline::Led;
use crate::domain::arrival::Arrival;
use crate::domain::compare::Comparison;
use crate::domain::correction::Correction;
use crate::domain::exchange::{Exchange, Failure, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::Operation;
use crate::domain::order::{Order, Refusal};
use crate::domain::profile::Profile;
use crate::domain::query::Query;
use crate::domain::query::complete::Known;
use crate::domain::query::saved::Filters;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::domain::redact::Fingerprint;
use crate::domain::request::SentRequest;
use crate::domain::secret_field::place;
use crate::domain::tally::{Outcomes, Tally};
use crate::domain::unsettled::Unsettled;
use crate::tui::resend::Wait;
use crate::tui::scratch::Scratch;

pub mod effect;

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
    /// A stretch of the history was read, or has been read so far.
    HistoryLoaded(Box<Listed>),
    /// The whole of an exchange was read.
    ExchangeLoaded(Box<Loaded>),
    /// More of a body is indexed, or all of it.
    BodyRead {
        /// Whose answer's.
        id: ExchangeId,
        /// The document so far.
        document: Box<Document>,
    },
    /// A search through a body has come further, or to its end.
    BodySearched {
        /// Which search.
        search: u64,
        /// What it knows so far.
        hits: Box<Hits>,
        /// Whether that is all in what there is of the body.
        is_done: bool,
    },
    /// A JSON Pointer was followed through a body, or could not be.
    Followed {
        /// Which one.
        ask: u64,
        /// Where it leads.
        led: Result<Led, Failure>,
    },
    /// A body was saved to a file.
    BodySaved {
        /// Where.
        path: PathBuf,
        /// How many bytes.
        bytes: u64,
        /// Whether more of it may come.
        is_part: bool,
    },
    /// A copy of a body for a program has come further.
    CopyMoved {
        /// Which.
        ask: u64,
        /// To which byte.
        bytes: u64,
    },
    /// A copy of a body for a program is whole, or could not be made.
    CopyMade {
        /// Which.
        ask: u64,
        /// The copy.
        copy: Result<Scratch, Failure>,
    },
    /// A filter over a body has come to its end.
    BodyFiltered {
        /// Which run of it.
        run: u64,
        /// What came of it.
        filtered: Box<Filtered>,
    },
    /// The head of an answer came, or more of its body: the latest state of it.
    AnswerArriving(Box<Arrival>),
    /// Nothing more arrives of this exchange's answer: its outcome was written, or could not be.
    AnswerArrived(ExchangeId),
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
    /// An order waits before it is sent, or sent again; or what it waits for became another.
    SendPaused {
        /// Which send.
        ticket: Ticket,
        /// What it waits for.
        wait: Wait,
    },
    /// A send is not sent again by itself, though it could have been; or there is more to tell of its end.
    SendTold {
        /// Which send.
        ticket: Ticket,
        /// Why, and when it makes sense again.
        notice: Failure,
    },
    /// Until when other processes hold what they hold.
    HoldsRead(Vec<(ExchangeId, Timestamp)>),
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
    /// A send lacks values that a person has to give. Nothing was sent.
    SendLacks {
        /// Which send.
        ticket: Ticket,
        /// The order, to be sent again with them.
        order: Box<Order>,
        /// What it lacks.
        lacking: Lacking,
        /// The same in words, for where nobody can be asked.
        failure: Failure,
    },
    /// A credential was given; the fingerprint of the one that the open profile has now.
    CredentialGiven(Option<Fingerprint>),
    /// The secrets of a request, for the screen alone.
    Revealed {
        /// Whose.
        id: ExchangeId,
        /// The request with them, or why they cannot be shown.
        request: Result<Box<Revealed>, Failure>,
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
    /// The whole history was counted.
    Tallied(Box<Tallied>),
    /// A pin or a note of this exchange was written.
    Kept(ExchangeId),
    /// Values that may be written into the filter were read.
    ValuesLoaded(Values),
    /// How many operations are left to find out.
    UnsettledCounted(u64),
    /// What is left to find out was read.
    UnsettledLoaded {
        /// The oldest, oldest first.
        items: Vec<Unsettled>,
        /// How many there are in all.
        count: u64,
    },
    /// A batch has come further.
    BatchMoved {
        /// Which batch.
        ticket: Ticket,
        /// How many are done.
        done: usize,
    },
    /// A batch is over.
    BatchEnded {
        /// Which batch.
        ticket: Ticket,
        /// How it went, in words.
        told: Failure,
    },
    /// An operation was looked up, for whoever is asked about it.
    LookedUp {
        /// Which.
        id: OperationId,
        /// All that is known of it now; `None` when that could not be read.
        operation: Option<Box<Operation>>,
        /// Why the look-up told nothing, when it did not.
        failure: Option<Failure>,
    },
    /// What is known of the rate limit was read.
    QuotaRead(Box<QuotaRead>),
    /// Two exchanges were compared.
    Compared {
        /// The left one.
        left: ExchangeId,
        /// The right one.
        right: ExchangeId,
        /// What came of it.
        result: Result<Box<Comparison>, Failure>,
    },
    /// Something of ours failed beside a send.
    Failed(Failure),
}

/// What a send lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// One after the other.
    pub lacks: Vec<Lack>,
    /// Why it is asked for again, when it was given before.
    pub wrong: Option<String>,
}

/// A value that a person has to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// What stood at this place of the request.
    Value(place::Place),
    /// The credential of this profile.
    Credential(String),
}

/// A request that is not redacted: for the eyes of whoever sits there. It prints as nothing.
pub struct Revealed(pub SentRequest);

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed")
    }
}

/// How many rows of the history are read on each side of a place, unless more are needed to fill the room.
pub const REACH: usize = 200;

/// A stretch of the history: what the list holds of it, however long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What has to fit.
    pub query: Query,
    /// Where it lies.
    pub place: Place,
    /// How many rows at most on each side of its place; at an end of the history twice as many on the only side.
    pub reach: usize,
}

/// Where a stretch of the history lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At the newest end.
    #[default]
    Newest,
    /// At the oldest end.
    Oldest,
    /// On both sides of this one, whether it fits or not.
    Around(ExchangeId),
}

impl Default for Stretch {
    fn default() -> Stretch {
        Stretch {
            query: Query::default(),
            place: Place::default(),
            reach: REACH,
        }
    }
}

/// A stretch of the history that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// What was asked for.
    pub stretch: Stretch,
    /// What of it fits, newest first.
    pub rows: Vec<Summary>,
    /// Whether there are newer ones that fit.
    pub newer: bool,
    /// Whether there are older ones that fit, or may be while it is searched.
    pub older: bool,
    /// How far a search has come that goes on; `None` when the stretch is whole.
    pub searching: Option<Searching>,
    /// The newest rows whether they fit or not; empty when the rows are that. A filter hides rows, not what they mean:
    /// the quota and the verdict on what is on show follow them all the same.
    pub newest: Vec<Summary>,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searching {
    /// The time of the last row that was looked at, where that is known.
    pub to: Option<Timestamp>,
}

/// The whole history in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallied {
    /// How many exchanges of each class there are.
    pub tally: Tally,
    /// What became of the latest ones.
    pub pulse: Option<Pulse>,
}

/// What became of the exchanges of the last hour, or day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// How long a time that is, in words.
    pub name: &'static str,
    /// What was in it, stretch by stretch.
    pub outcomes: Outcomes,
}

/// Values that the history knows of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// Of which.
    pub of: Known,
    /// What they begin with.
    pub prefix: String,
    /// They, in their order; not all, when there are many.
    pub values: Vec<String>,
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
    /// The filters that are saved under names.
    pub filters: Filters,
    /// What went wrong on the way, and did not stop it.
    pub notice: Option<Failure>,
}

/// What the history knows of the rate limit of one origin and credential.
#[derive(Debug)]
pub struct QuotaRead {
    /// Whose limit it is.
    pub origin: String,
    /// And for which credential.
    pub credential: Option<Fingerprint>,
    /// What the server told last, and when.
    pub quota: Option<(Quota, Timestamp)>,
    /// What was sent there lately, newest first.
    pub sent: Vec<Sent>,
}

/// An exchange as the screen shows it.
#[derive(Debug)]
pub struct Loaded {
    /// The exchange.
    pub exchange: Exchange,
    /// The profile a replay of it goes under: its own, as it is now; the open one when that is gone.
    pub profile: Arc<Profile>,
    /// Its operation.
    pub operation: Operation,
    /// Its answer's body, when there is one.
    pub body: Option<Document>,
    /// What it corrected, when it is an edited resend.
    pub correction: Option<Correction>,
    /// Each error of its answer as the JSON that a script gets, in the server's order.
    pub errors_json: Vec<String>,
}

/// What came of a filter over a body.
#[derive(Clone, Debug, Default)]
pub struct Filtered {
    /// Its results, all of them indexed; `None` when it gave none.
    pub document: Option<Document>,
    /// Why it gave none, or no more of them.
    pub failure: Option<FilterFailure>,
}

/// Why a filter gave no results, or no more of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterFailure {
    /// What is wrong.
    pub what: String,
    /// The bytes of the filter at which it cannot be read; empty where something is missing.
    pub place: Option<Range<usize>>,
}

/// What a batch does. It never sends a new key.
#[derive(Debug)]
pub enum Work {
    /// Look these up.
    LookUp(Vec<OperationId>),
    /// Send these again, each with the key it had.
    SameKey(Vec<Order>),
}

impl Work {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Work::LookUp(operations) => operations.len(),
            Work::SameKey(orders) => orders.len(),
        }
    }

    /// What is done to them.
    pub fn name(&self) -> &'static str {
        match self {
            Work::LookUp(_) => "looking up",
            Work::SameKey(_) => "sending again, same keys",
        }
    }
}

/// A program of the person's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `$PAGER`.
    Pager,
    /// `$VISUAL` or `$EDITOR`.
    Editor,
}
