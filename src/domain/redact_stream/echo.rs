//! What a request carried, cut out of a body by value while it streams.
//!
//! ```text
//!   piece ─▶ [ held | piece ] ─ decided up to where an echo could still begin ─▶ what may rest
//!                                └ the end is held, until the next piece decides it
//! ```

use std::sync::Arc;

use crate::domain::echo::Echoes;
use crate::domain::redact::REDACTED;

/// Cuts echoes out of one body.
pub struct EchoCut {
    echoes: Arc<Echoes>,
    held: Vec<u8>,
    count: u32,
}

impl EchoCut {
    /// Of these values.
    pub fn new(echoes: Arc<Echoes>) -> EchoCut {
        EchoCut {
            echoes,
            held: Vec::new(),
            count: 0,
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if self.echoes.is_empty() {
            out.extend_from_slice(piece);
            return;
        }
        self.held.extend_from_slice(piece);
        let found = self.echoes.find(&self.held);
        let mut from = 0;
        for range in found.ranges {
            // One that overlaps what was cut is cut with it.
            if range.start >= found.decided {
                break;
            }
            out.extend_from_slice(&self.held[from..range.start]);
            self.put_mark(out);
            from = range.end;
        }
        let keep = found.decided.max(from);
        out.extend_from_slice(&self.held[from..keep]);
        self.held.drain(..keep);
    }

    /// The body has ended, or broken off.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let mut from = 0;
        for range in self.echoes.find(&held).ranges {
            out.extend_from_slice(&held[from..range.start]);
            self.put_mark(out);
            from = range.end;
        }
        // It may have broken off within one, behind the last that is whole.
        let begun = self.echoes.broken_off(&held[from..]);
        let end = begun.map_or(held.len(), |at| from + at);
        out.extend_from_slice(&held[from..end]);
        if begun.is_some() {
            self.put_mark(out);
        }
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        self.count
    }

    fn put_mark(&mut self, out: &mut Vec<u8>) {
        self.count = self.count.saturating_add(1);
        out.extend_from_slice(REDACTED.as_bytes());
    }
}
