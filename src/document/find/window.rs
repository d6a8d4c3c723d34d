//! The bytes of a body that are at hand: one stretch, a little before it, and what a match may reach behind it.

use std::io;
use std::ops::Range;

use crate::document::source::Source;

/// How many bytes before a stretch are read: what stands before a match decides `^` and `\b`, and the longest character
/// has 4 bytes.
const BEFORE: usize = 8;

/// How many bytes behind the longest match: `$` and `\b` look ahead.
const BEHIND: usize = 8;

/// How a body is cut. A match and what is behind it must not be longer than a stretch.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// How many bytes a stretch has.
    pub stretch: usize,
    /// How many bytes a match has at most.
    pub longest: usize,
    /// How many matches that were slow to find are kept at most in one part. With 16 of them, of 16 bytes each, and
    /// parts of half a millisecond's search, a second of searching keeps some 600 KiB at most.
    pub kept: usize,
    /// How many matches a part has at most.
    pub many: u64,
}

/// How bodies are cut, but for tests.
pub const USUAL: Cut = Cut {
    stretch: 256 << 10,
    longest: 64 << 10,
    kept: 16,
    many: 8192,
};

impl Cut {
    /// The bytes of a stretch.
    pub fn stretch(self, index: usize) -> Range<u64> {
        let start = (index as u64).saturating_mul(self.stretch as u64);
        start..start.saturating_add(self.stretch as u64)
    }

    /// The bytes that must be at hand to search it.
    pub fn window(self, index: usize) -> Range<u64> {
        let stretch = self.stretch(index);
        let behind = (self.longest + BEHIND) as u64;
        stretch.start.saturating_sub(BEFORE as u64)..stretch.end.saturating_add(behind)
    }

    /// The stretch that a byte lies in.
    pub fn index(self, offset: u64) -> usize {
        usize::try_from(offset / self.stretch as u64).unwrap_or(usize::MAX)
    }
}

/// A part of a body in memory.
#[derive(Debug)]
pub struct Window {
    base: u64,
    length: usize,
    // As long as it ever gets: a buffer that grew would be filled with zeros each time.
    buffer: Box<[u8]>,
}

impl Window {
    /// An empty window, large enough for any stretch.
    pub fn new(cut: Cut) -> Window {
        Window {
            base: 0,
            length: 0,
            buffer: vec![0; BEFORE + cut.stretch + cut.longest + BEHIND].into_boxed_slice(),
        }
    }

    /// Moves to `span`, or to what the source has of it. Bytes that are at hand already are not read again.
    ///
    /// # Errors
    /// When the source cannot be read; the window then holds what came before.
    pub fn load(&mut self, source: &dyn Source, span: Range<u64>) -> io::Result<()> {
        let held = span
            .start
            .checked_sub(self.base)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| *skip <= self.length);
        let skip = held.unwrap_or(self.length);
        self.buffer.copy_within(skip..self.length, 0);
        self.base = span.start;
        let wanted = usize::try_from(span.end.saturating_sub(span.start))
            .unwrap_or(usize::MAX)
            .min(self.buffer.len());
        self.length = (self.length - skip).min(wanted);
        while self.length < wanted {
            let free = &mut self.buffer[self.length..wanted];
            match source.read_at(self.base + self.length as u64, free) {
                Ok(0) => break,
                Ok(count) => self.length += count.min(free.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is at hand.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// The byte of the body behind the last one at hand.
    pub fn end(&self) -> u64 {
        self.base + self.length as u64
    }

    /// The place in the body of a byte at hand.
    pub fn offset(&self, at: usize) -> u64 {
        self.base + at as u64
    }

    /// The place among the bytes at hand of an offset in the body, or the nearest one that is at hand.
    pub fn at(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base))
            .unwrap_or(usize::MAX)
            .min(self.length)
    }
}
