//! The bodies of answers: `bodies/<exchange id>`, written as they stream.
//!
//! ```text
//!   first byte ▶ file made ▶ append … append ▶ finish: flush to disk ▶ (then the outcome commits)
//!                                        └─ dropped: what came is kept
//! ```
//!
//! What is written here was redacted in the stream before. A body without a byte has no file. One directory for all:
//! the file systems we meet find a name among a hundred thousand by index, and nobody lists it. Never deduplicated,
//! never counted: a body belongs to its exchange.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::domain::id::ExchangeId;
use crate::store::directory::private;
use crate::store::error::StoreError;

/// How much of a body is given up on a full disk, in bytes, so that its outcome can be written.
const GIVEN_BACK: u64 = 1 << 20;

/// Where the body of this exchange lies, if it has any.
///
/// # Errors
/// When the id holds more than letters and digits: it could lead elsewhere.
pub fn path(bodies: &Path, id: &ExchangeId) -> Result<PathBuf, StoreError> {
    let name = id.as_str();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain && (1..=64).contains(&name.len()) {
        Ok(bodies.join(name))
    } else {
        Err(StoreError::BadId(id.clone()))
    }
}

/// The body, for paged reads; `None` when no byte of it came.
///
/// # Errors
/// When the id cannot be one, or the file is there and cannot be opened.
pub fn open(bodies: &Path, id: &ExchangeId) -> Result<Option<File>, StoreError> {
    let path = path(bodies, id)?;
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(StoreError::file(&path, "cannot be read")(e)),
    }
}

/// Takes one body as it comes. Blocks on the disk.
#[derive(Debug)]
pub struct BodyWriter {
    path: PathBuf,
    file: Option<File>,
    written: u64,
    /// Whether the disk has refused a piece: what comes behind a gap is not taken.
    refused: bool,
}

impl BodyWriter {
    /// For the file at this path, which must not be there yet.
    pub fn new(path: PathBuf) -> BodyWriter {
        BodyWriter {
            path,
            file: None,
            written: 0,
            refused: false,
        }
    }

    /// Writes a piece at the end. The first one makes the file.
    ///
    /// # Errors
    /// When the disk refuses; what came before is kept, on a full disk but for its end. When there is a body of this
    /// exchange already, or a piece before was refused.
    pub fn append(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        if self.refused {
            let error = std::io::Error::other("a part of it was refused before");
            return Err(StoreError::file(&self.path, "cannot be written")(error));
        }
        if piece.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let made = private().write(true).create_new(true).open(&self.path);
                none.insert(made.map_err(StoreError::file(&self.path, "cannot be made"))?)
            }
        };
        if let Err(error) = file.write_all(piece) {
            self.refused = true;
            // The outcome has to be written yet: what became of a payment is worth more than the end of its answer.
            let kept = match error.kind() {
                ErrorKind::StorageFull => self.written.saturating_sub(GIVEN_BACK),
                _ => self.written,
            };
            if file.set_len(kept).is_ok() {
                self.written = kept;
            }
            return Err(StoreError::file(&self.path, "cannot be written")(error));
        }
        self.written += piece.len() as u64;
        Ok(())
    }

    /// Bytes taken so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What was written first, at most so many bytes of it.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub fn start(&self, most: usize) -> Result<Vec<u8>, StoreError> {
        let unread = StoreError::file(&self.path, "cannot be read");
        let read = || {
            let mut start = Vec::with_capacity(most.min(self.written as usize));
            let file = File::open(&self.path)?;
            file.take(most as u64).read_to_end(&mut start)?;
            Ok(start)
        };
        match &self.file {
            Some(_) => read().map_err(unread),
            None => Ok(Vec::new()),
        }
    }

    /// Waits until everything is on the disk, the file's name included. Call it before the outcome that counts on it.
    /// Returns the number of bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> Result<u64, StoreError> {
        if let Some(file) = &self.file {
            let flushed = file.sync_all().and_then(|()| sync_parent(&self.path));
            flushed.map_err(StoreError::file(
                &self.path,
                "cannot be flushed to the disk",
            ))?;
        }
        Ok(self.written)
    }
}

/// On unix a new file's name is on the disk once its directory is.
#[cfg(unix)]
fn sync_parent(path: &Path) -> std::io::Result<()> {
    path.parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Elsewhere the file system's own journal sees to that.
#[cfg(not(unix))]
fn sync_parent(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BodyWriter, open, path};
    use crate::domain::id::ExchangeId;
    use std::fs::File;
    use std::io::Read;

    #[test]
    fn an_id_never_leads_elsewhere() {
        let dir = std::path::Path::new("bodies");
        for bad in [
            "",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "C:x",
            "a.b",
            "ü",
            &"a".repeat(65),
        ] {
            assert!(path(dir, &ExchangeId::known(bad)).is_err(), "{bad:?}");
        }
        let id = ExchangeId::mint([3; 10]);
        assert_eq!(path(dir, &id).expect("fine"), dir.join(id.as_str()));
    }

    #[test]
    fn what_came_is_kept_and_nothing_makes_no_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let id = ExchangeId::mint([3; 10]);
        let file = path(dir.path(), &id).expect("fine");

        let mut writer = BodyWriter::new(file.clone());
        writer.append(b"").expect("nothing");
        assert_eq!(writer.finish().expect("finished"), 0);
        assert!(open(dir.path(), &id).expect("looked").is_none());

        let mut writer = BodyWriter::new(file.clone());
        writer.append(b"half a ").expect("written");
        let mut text = String::new();
        let mut reader = open(dir.path(), &id).expect("looked").expect("there");
        reader
            .read_to_string(&mut text)
            .expect("read while it grows");
        writer.append(b"body").expect("written");
        drop(writer);
        reader.read_to_string(&mut text).expect("read on");
        assert_eq!(text, "half a body");

        let again = BodyWriter::new(file).append(b"other");
        assert!(again.is_err(), "a body is never overwritten");
    }

    #[test]
    fn nothing_is_written_behind_what_the_disk_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("b");
        let mut writer = BodyWriter::new(path.clone());
        writer.append(b"half a ").expect("written");
        // A file that takes nothing stands for a disk that does not.
        let taken = writer.file.replace(File::open(&path).expect("it is there"));
        assert!(writer.append(b"lost ").is_err());
        writer.file = taken;
        assert!(writer.append(b"body").is_err());
        assert!(writer.append(b"").is_err());
        assert_eq!(writer.written(), 7);
        assert_eq!(std::fs::read(&path).expect("kept"), b"half a ");
    }
}
