//! What the screen asks of the world: plain data, no closures, no handles.

use std::path::PathBuf;

use crate::document::Document;
use crate::document::find::needle::Needle;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::order::Order;
use crate::domain::query::complete::Known;
use crate::domain::redact::Secret;
use crate::domain::retry::Retry;
use crate::domain::unsettled::Settling;
use crate::tui::message::{Program, Stretch, Ticket, Work};
use crate::tui::scratch::Scratch;

/// What is asked of the world. Carried out by `runner`, answered by a `Message`.
#[derive(Debug)]
pub enum Effect {
    /// Read a stretch of the history. Of several asked for in a row only the last is sure to be read.
    LoadHistory(Stretch),
    /// Search no further: what was found stays.
    StopSearch,
    /// Read values that the history knows of a term. Of several asked for in a row only the last is sure to be read.
    LoadValues {
        /// Of which.
        of: Known,
        /// What they begin with.
        prefix: String,
    },
    /// Pin an exchange, or take its pin off.
    Pin {
        /// Which.
        id: ExchangeId,
        /// Whether it is pinned from then on.
        pinned: bool,
    },
    /// Write down what somebody notes of an exchange, in the place of an earlier note.
    Note {
        /// Which.
        id: ExchangeId,
        /// Their words; `None` takes the note away.
        note: Option<String>,
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
        /// How often it may be sent again by itself.
        retry: Retry,
    },
    /// Take the credential that a person gave for a profile, before anything else is sent.
    GiveCredential {
        /// The profile.
        profile: String,
        /// The credential.
        credential: Secret,
    },
    /// Open the secrets of a request, for the screen alone.
    Reveal(ExchangeId),
    /// Read what is left to find out.
    LoadUnsettled,
    /// Ask the API what one operation made, for whoever is asked about it.
    LookUp(OperationId),
    /// Do one thing to each of several, one after the other.
    Batch {
        /// Which batch.
        ticket: Ticket,
        /// What.
        work: Work,
    },
    /// Settle operations by hand, each on the facts that were asked about.
    Settle(Vec<Settling>),
    /// Write down what somebody says of an operation.
    Remark {
        /// Which.
        operation: OperationId,
        /// Their words.
        text: String,
    },
    /// Put a text into the terminal's clipboard.
    Copy(String),
    /// Search through a body, in the place of an earlier search.
    Find {
        /// Names the search.
        search: u64,
        /// The body.
        document: Box<Document>,
        /// What is looked for.
        needle: Box<Needle>,
    },
    /// Search on: more of the body is there, or all of it.
    FindOn {
        /// Which search. Another one than the last has been forgotten.
        search: u64,
        /// The body.
        document: Box<Document>,
    },
    /// Nobody waits for a search any more.
    StopFind,
    /// Follow a JSON Pointer through a body, in the place of an earlier one.
    Follow {
        /// Names it.
        ask: u64,
        /// The body.
        document: Box<Document>,
        /// The pointer.
        pointer: String,
    },
    /// Nobody waits for where a pointer leads any more.
    StopFollow,
    /// Run a filter over the body of an answer, in the place of an earlier one.
    FilterBody {
        /// Names the run.
        run: u64,
        /// Whose answer's.
        id: ExchangeId,
        /// The filter.
        filter: String,
    },
    /// Nobody waits for a filter any more.
    StopFilter,
    /// Write a body to a file that is not there yet.
    SaveBody {
        /// The body.
        document: Box<Document>,
        /// Where to.
        path: PathBuf,
        /// Whether more of it may come.
        is_part: bool,
    },
    /// Make a copy of a body for a program of the person's own, in the place of an earlier one.
    CopyBody {
        /// Names it.
        ask: u64,
        /// The body.
        document: Box<Document>,
        /// For which.
        program: Program,
    },
    /// Nobody waits for a copy any more.
    StopCopy,
    /// Show a copy in a program of the person's own, which gets the terminal until it ends.
    Lend {
        /// Which.
        program: Program,
        /// The copy, which goes when that ends.
        copy: Scratch,
    },
    /// Compare two exchanges.
    Compare {
        /// The left one.
        left: ExchangeId,
        /// The right one.
        right: ExchangeId,
    },
    /// Nobody waits for a comparison any more.
    DropComparison,
    /// Cancel whatever is in flight.
    CancelAll,
    /// Leave.
    Quit,
}
