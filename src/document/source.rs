//! Where the bytes of a body lie: in memory, or wherever another room keeps them.

use std::io;
use std::sync::Arc;

/// Bytes of known length, read from any place.
pub trait Source: Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Reads bytes from `offset` on into `buffer` and tells how many: fewer than it holds when the source is slow or
    /// ends, 0 at its end.
    ///
    /// # Errors
    /// When the bytes cannot be read where they lie.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Up to `most` bytes from `offset` on where they lie, of a source whose bytes lie in memory: nobody needs a copy of
    /// them. `None` of any other.
    fn lend(&self, offset: u64, most: usize) -> Option<&[u8]> {
        let _ = (offset, most);
        None
    }

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bytes in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory(Vec<u8>);

impl Memory {
    /// A source of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Memory {
        Memory(bytes.into())
    }

    fn slice(&self, offset: u64, most: usize) -> &[u8] {
        let rest = usize::try_from(offset).ok();
        let rest = rest.and_then(|offset| self.0.get(offset..));
        let rest = rest.unwrap_or_default();
        &rest[..rest.len().min(most)]
    }
}

impl Source for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.slice(offset, buffer.len());
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }

    fn lend(&self, offset: u64, most: usize) -> Option<&[u8]> {
        Some(self.slice(offset, most))
    }
}

/// The first bytes of a source that may hold more, or is growing.
pub struct Beginning {
    source: Arc<dyn Source>,
    length: u64,
}

impl Beginning {
    /// So many bytes of it, or all when it has fewer.
    pub fn new(source: Arc<dyn Source>, length: u64) -> Beginning {
        let length = length.min(source.len());
        Beginning { source, length }
    }
}

impl Source for Beginning {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        self.source.read_at(offset, &mut buffer[..most])
    }
}

/// Reads the first `cap` bytes of a source, or all when it has fewer.
///
/// # Errors
/// When the source cannot be read.
pub fn read_beginning(source: &dyn Source, cap: usize) -> io::Result<Vec<u8>> {
    const STEP: usize = 64 * 1024;
    let wanted = usize::try_from(source.len()).unwrap_or(usize::MAX).min(cap);
    let mut bytes = Vec::new();
    while bytes.len() < wanted {
        let read = bytes.len();
        bytes.resize(wanted.min(read + STEP), 0);
        let count = match source.read_at(read as u64, &mut bytes[read..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Ok(0) => {
                bytes.truncate(read);
                break;
            }
            other => other?,
        };
        bytes.truncate(read + count);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use crate::document::source::{Memory, Source, read_beginning};

    /// Gives three bytes at most, and ends earlier than it says.
    struct Slow;

    impl Source for Slow {
        fn len(&self) -> u64 {
            100
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let left = usize::try_from(10 - offset).expect("small");
            let count = left.min(3).min(buffer.len());
            buffer[..count].fill(b'x');
            Ok(count)
        }
    }

    #[test]
    fn beginnings_are_read_whatever_the_source_gives_at_once() {
        let memory = Memory::new("abcdef");
        assert_eq!(read_beginning(&memory, 4).expect("memory"), b"abcd");
        assert_eq!(read_beginning(&memory, 400).expect("memory"), b"abcdef");
        assert_eq!(read_beginning(&Memory::default(), 4).expect("memory"), b"");
        assert_eq!(read_beginning(&Slow, 8).expect("slow"), b"xxxxxxxx");
        assert_eq!(read_beginning(&Slow, 80).expect("slow"), b"xxxxxxxxxx");
        let large = vec![7; 200_000];
        assert_eq!(
            read_beginning(&Memory::new(large.clone()), 1 << 20).expect("memory"),
            large
        );
        assert_eq!(memory.read_at(u64::MAX, &mut [0; 4]).expect("memory"), 0);
        assert_eq!(memory.lend(2, 3), Some(&b"cde"[..]));
        assert_eq!(memory.lend(4, 9), Some(&b"ef"[..]));
        assert_eq!(memory.lend(u64::MAX, 9), Some(&b""[..]));
        assert_eq!(Slow.lend(0, 9), None);
    }
}
