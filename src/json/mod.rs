//! JSON as bytes with places: one scanner for documents on the screen, for error places and for redaction.
//!
//! ```text
//!   bytes, chunk by chunk ──lexer──▶ Token (kind, span) ──grammar──▶ Role (key, value, open, close, …)
//!                                        │                               │
//!                                     escape: its text         value: a cursor over children
//!
//!   bytes, chunk by chunk ──scan──▶ the first fault (check: in plain words), where the lines of a pretty print begin
//!                            └ run: where a token ends, nesting: which brackets are open
//! ```
//!
//! What it is not: a parser into a tree. Nothing here copies the document, nothing recurses, and nothing stops at what
//! is not JSON: it is a token like any other, and the reader goes on after it.

pub mod check;
pub mod escape;
pub mod grammar;
pub mod items;
pub mod lexer;
pub mod nesting;
mod run;
pub mod scan;
pub mod token;
pub mod value;
