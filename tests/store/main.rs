//! The history from outside: what is written, who may write it, and what others see of it.

mod change;
mod doubt;
mod fixture;
mod life;
mod list;
mod mark;
mod opening;
mod ownership;
mod prune;
mod recovery;
mod search;
mod tally;
