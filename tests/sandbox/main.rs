//! The sandbox as a client meets it: every clause of what is promised of it, over real sockets on loopback.
//!
//! `client` sends and reads; the other files hold the tests, one concern each.

mod client;
mod fault;
mod idempotency;
mod log;
mod order;
mod resource;
mod shared_state;
mod wire;
