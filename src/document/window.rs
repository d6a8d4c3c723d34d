//! A small window on a source: whoever walks through a document reads a page at a time, forwards mostly.

use std::io::{self, ErrorKind};
use std::ops::Range;

use crate::document::source::Source;

/// How much is read at once, in bytes: a block of lines, and the slice of one.
const PAGE: usize = 8 << 10;

/// The window.
pub struct Window<'a> {
    source: &'a dyn Source,
    page: Vec<u8>,
    start: usize,
    /// What lies behind this is not looked at.
    end: usize,
}

impl<'a> Window<'a> {
    /// A window on the first `end` bytes.
    pub fn new(source: &'a dyn Source, end: usize) -> Window<'a> {
        Window {
            source,
            page: Vec::new(),
            start: 0,
            end,
        }
    }

    /// The bytes from `at` on, at least one; none at the end.
    ///
    /// # Errors
    /// When the source cannot be read.
    #[inline]
    pub fn ahead(&mut self, at: usize) -> io::Result<&[u8]> {
        let inside = at.wrapping_sub(self.start);
        if inside >= self.page.len() {
            return self.turn(at, PAGE);
        }
        Ok(&self.page[inside..])
    }

    /// These bytes; fewer where the source ends.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn slice(&mut self, range: Range<usize>) -> io::Result<&[u8]> {
        let wanted = range.len();
        let inside = range.start.wrapping_sub(self.start);
        if inside > self.page.len() || self.page.len() - inside < wanted {
            self.turn(range.start, wanted.max(PAGE))?;
        }
        let inside = range.start - self.start;
        let most = self.page.len() - inside;
        Ok(&self.page[inside..inside + wanted.min(most)])
    }

    fn turn(&mut self, at: usize, size: usize) -> io::Result<&[u8]> {
        self.page.resize(size.min(self.end.saturating_sub(at)), 0);
        self.start = at;
        let mut read = 0;
        while read < self.page.len() {
            match self
                .source
                .read_at((at + read) as u64, &mut self.page[read..])
            {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.page.clear();
                    return Err(error);
                }
            }
        }
        self.page.truncate(read);
        Ok(&self.page)
    }
}

#[cfg(test)]
mod tests {
    use crate::document::source::Memory;
    use crate::document::window::{PAGE, Window};

    #[test]
    fn it_shows_what_is_there() {
        let bytes: Vec<u8> = (0..3 * PAGE).map(|at| (at % 251) as u8).collect();
        let memory = Memory::new(bytes.clone());
        let mut window = Window::new(&memory, bytes.len() - 5);
        for at in [0, 1, PAGE - 1, PAGE, 2 * PAGE + 7, 3, bytes.len() - 6] {
            let seen = window.ahead(at).expect("memory");
            assert!(!seen.is_empty());
            assert_eq!(seen, &bytes[at..at + seen.len()], "{at}");
            let end = (at + 5000).min(bytes.len() - 5);
            assert_eq!(
                window.slice(at..at + 5000).expect("memory"),
                &bytes[at..end]
            );
        }
        assert_eq!(window.ahead(bytes.len() - 5).expect("memory"), b"");
        assert_eq!(window.slice(9..9).expect("memory"), b"");
        assert_eq!(
            window.slice(0..2 * PAGE).expect("memory"),
            &bytes[..2 * PAGE]
        );
    }
}
