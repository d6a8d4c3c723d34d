//! The rules, and nothing else: no I/O, no clock, no randomness, no async. "Now" and dice are arguments.
//!
//! ```text
//!   Draft ──profile──▶ SentRequest ──▶ Exchange { request, Outcome } ──▶ Operation (attempts, by key)
//!                                          │                                  │
//!                            api_error, field_path, rate_limit          idempotency: the verdict
//! ```
//!
//! What is not here: how a request travels (`client`), where an exchange rests (`store`), how any of it looks (`tui`).

pub mod api_error;
pub mod arrival;
pub mod carried;
pub mod carrier;
pub mod catalogue;
pub mod compare;
pub mod compose;
pub mod correction;
pub mod displacement;
pub mod echo;
pub mod exchange;
pub mod field_path;
pub mod fill;
pub mod guard;
pub mod header;
pub mod id;
pub mod idempotency;
pub mod kept;
pub mod key_format;
pub mod mark;
pub mod note;
pub mod object;
pub mod operation;
pub mod order;
pub mod pointer;
pub mod profile;
pub mod prune;
pub mod query;
pub mod rate_limit;
pub mod redact;
pub mod redact_stream;
pub mod redact_text;
pub mod refill;
pub mod request;
pub mod retry;
pub mod seal;
pub mod secret_field;
pub mod slot;
pub mod spelling;
pub mod status;
pub mod tally;
pub mod target;
pub mod unsettled;
pub mod vault;
