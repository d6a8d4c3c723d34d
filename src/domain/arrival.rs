//! An answer while it arrives: its head, and how much of its body rests already.
//!
//! ```text
//!   status line, head ──▶ Arrival { head, 0 B } ──▶ … { 64 KiB } ──▶ … { done } ──▶ the outcome is written
//! ```
//!
//! It is told and forgotten, and never an outcome: until that is written the exchange is in flight, whatever its status
//! line says, and no verdict counts on it.

use std::sync::Arc;

use crate::domain::header::Headers;
use crate::domain::id::ExchangeId;

/// What came so far of the answer to one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The exchange.
    pub id: ExchangeId,
    /// Its head.
    pub head: Arc<AnswerHead>,
    /// Bytes of the body as it rests, its secrets cut out, that whoever opens its file can read. After a disk that is
    /// full they may be fewer than were told before.
    pub bytes: u64,
    /// Whether no more of them will come, for whatever reason.
    pub done: bool,
}

/// The head of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerHead {
    /// The status code (RFC 9110 15).
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// All header fields.
    pub headers: Headers,
    /// The server's own id for this request, from the profile's header.
    pub server_request_id: Option<String>,
    /// Whether the server said that this is a saved answer.
    pub replayed: bool,
}
