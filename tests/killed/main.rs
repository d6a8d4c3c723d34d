//! Killed at 200 random moments while others send: nothing that was told to anybody is lost, and no key that left is.
//!
//! ```text
//!   four senders at once ──▶ a server that notes every key ──▶ answers of some 100 KiB, late
//!        └─ one of them: SIGKILL, at any moment ─▶ another takes its place
//!   afterwards: every exchange that was printed, every key that was seen, the database, the bodies
//! ```
//!
//! And while it prunes: whatever goes, goes with all that belongs to it.
//!
//! The moments come from a seed that is printed; `REQSCOPE_SEED` sets it.

#[cfg(unix)]
mod server;

#[cfg(unix)]
mod load;

#[cfg(unix)]
mod moment;

#[cfg(unix)]
mod prune;

#[cfg(unix)]
mod streaming;
