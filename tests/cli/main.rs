//! The command line held to its contract: the real program, in a home of its own, against a sandbox.
//!
//! ```text
//!   bench.rs     a home, a sandbox in a process of its own, a bare listener, and how each is asked
//!   shape.rs     what an exchange's JSON has to look like, whatever it says
//!   the others   one concern each
//! ```

mod bench;
mod carrier;
mod composing;
mod diff;
mod explain;
mod full;
mod guard;
mod history;
mod jq;
mod keeping;
mod killed;
mod lost;
mod origin;
mod profile;
#[cfg(unix)]
mod read_only;
mod replaying;
mod retry;
mod sandbox;
mod secret;
mod shape;
mod shown;
mod status;
mod terminal;
mod usage;
mod verdict;
