//! Find in a body of any size: how often, which of how many, the next and the one before.
//!
//! ```text
//!   Wanted ──check──▶ Needle ─┐
//!                             ▼             stretch 0      stretch 1      stretch 2
//!   Source ──read_at──▶ Window ──scan──▶  ├─────x───x──┼──x───────────┼─────────── …   x: a match begins
//!                                            count 2      count 1
//!                                                 └──────┬──────┘
//!                                                      Hits: a count and a place to begin for each stretch
//!                                                        └─▶ next, previous, which of how many, matches within a range
//! ```
//!
//! The body is searched in stretches of 256 KiB. Of each only its count is kept and what is needed to search it again:
//! 80 bytes, so 31 KiB for 100 MiB. No list of matches is made; a match is found anew by searching its stretch, or a part of
//! it where that is slow.
//!
//! What a match is:
//! - They do not overlap, and are found from the front. A match belongs to the stretch that it begins in.
//! - A stretch is searched with the 64 KiB behind it. What a pattern matches beyond 64 KiB is cut there; no literal is
//!   that long. So what is found hangs on the body alone, never on the size of a read.
//! - A pattern's empty matches are none: `a*` finds runs of `a`. `^` and `$` stand at a line's ends, or at those of a key
//!   or value where only these are searched.
//! - A body may grow at its end meanwhile. The last one or two stretches, whose 64 KiB are not there yet, are searched
//!   anew when it has.
//!
//! Where a thing lies: `needle` what is looked for, `spelling` how JSON may write it, `folded` a literal in any case,
//! `window` the bytes at hand, `field` keys and values, `scan` one stretch, `part` what is kept of a
//! slow one, `search` all of them, `hits` what is known.
//!
//! What it is not: a thread or a clock. A caller steps, and stops when it likes. Nor a search by structure: what stands in
//! an unfinished or broken JSON body is judged by its tokens.

pub mod hits;
pub mod needle;
pub mod search;

mod field;
mod folded;
mod part;
mod scan;
mod spelling;
#[cfg(test)]
mod tests;
mod window;
