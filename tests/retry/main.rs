//! Sending again by itself: after a 429 and after a lost answer, alone and among others.
//!
//! ```text
//!   server.rs     a server that answers as it was told, in order, and remembers what it heard and when
//!   bench.rs      a dispatch over a history of its own, and what it told on the way
//!   limited.rs    429: waited out, bounded, cancelled, judged again
//!   lost.rs       no answer: asked for again with the same key, where that is safe
//!   turn.rs       the hold between processes, moment by moment: the time is an argument
//!   agreement.rs  a yes holds for the facts it was given on
//!   crowd.rs      the real program, twenty at once; and one that is killed
//! ```

mod agreement;
mod bench;
mod crowd;
mod limited;
mod lost;
mod server;
mod turn;
