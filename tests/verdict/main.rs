//! The replay verdict against a server that was written from the conventions, and not from the verdict.
//!
//! ```text
//!   requests ─▶ server (plays them, counts the actions) ─▶ history (what a client saw) ─▶ verdict
//!                        └── would one more send act a second time? ◀── must have been asked ──┘
//! ```
//!
//! `server` and `history` are the model; `matrix` holds every pair of outcomes against it, `property` random histories.
//! `settling`, `key` and `answer` are tables (of `row`s) of what is worth a name, `words` those of the sentences.

mod answer;
mod history;
mod key;
mod matrix;
mod property;
mod row;
mod server;
mod settling;
mod words;
