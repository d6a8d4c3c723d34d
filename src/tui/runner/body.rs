//! Bodies for the screen: opened at once and indexed beside it, gone through, saved.
//!
//! ```text
//!   LoadExchange ─▶ the first MiB indexed ─▶ ExchangeLoaded
//!                          └─▶ the rest, step by step ─▶ BodyRead …            the latest is enough
//!   Follow ─▶ Followed
//!   SaveBody ─▶ BodySaved
//! ```
//!
//! Each looks between two steps whether anybody still waits for it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::document::Document;
use crate::document::indexing::Indexing;
use crate::document::outline::Led;
use crate::document::source::Source;
use crate::document::walk::Walk;
use crate::domain::exchange::{Exchange, Failure};
use crate::domain::id::ExchangeId;
use crate::store::Store;
use crate::tui::message::Message;

/// How much is indexed before a body is first shown: a millisecond's work, and many screens.
const FIRST: usize = 1 << 20;

/// How much is indexed between two looks at whether anybody waits.
const STEP: usize = 4 << 20;

/// How often progress is told.
pub(super) const TOLD_EVERY: Duration = Duration::from_millis(33);

/// How much is copied at once.
const BLOCK: usize = 256 << 10;

/// Opens the body of an exchange and indexes its beginning; the whole when it is short.
pub(super) async fn open(store: Store, exchange: &Exchange) -> Result<Option<Indexing>, String> {
    let id = exchange.id.clone();
    // What still arrives is followed by `growing`.
    if !exchange.outcome.is_final() {
        return Ok(None);
    }
    // Of an answer whose reader was killed its bytes rest, and nothing else: what they are, they tell themselves.
    let response = exchange.outcome.response();
    let is_answered = response.is_some();
    let content_type = response.and_then(|response| response.headers.get("content-type"));
    let content_type = content_type.unwrap_or_default().to_owned();
    let read = move || -> Result<Option<Indexing>, String> {
        let file = store.open_body(&id).map_err(|error| error.to_string())?;
        let Some(file) = file else { return Ok(None) };
        let body = BodyFile::new(file).map_err(|error| error.to_string())?;
        if body.is_empty() && !is_answered {
            return Ok(None);
        }
        let mut indexing = Indexing::new(Arc::new(body), &content_type);
        let more = indexing.step(FIRST).map_err(|error| error.to_string())?;
        if !more {
            indexing.finish().map_err(|error| error.to_string())?;
        }
        Ok(Some(indexing))
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(read) => read,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Indexes the rest, as long as somebody waits for it.
pub(super) fn go_on(
    mut indexing: Indexing,
    id: ExchangeId,
    is_wanted: impl Fn() -> bool + Send + 'static,
    messages: mpsc::UnboundedSender<Message>,
) {
    tokio::task::spawn_blocking(move || {
        let tell = |indexing: &Indexing| {
            let document = Box::new(indexing.document());
            let id = id.clone();
            let _ = messages.send(Message::BodyRead { id, document });
        };
        let mut told = Instant::now();
        loop {
            if !is_wanted() {
                return;
            }
            let step = indexing.step(STEP);
            let step = match step {
                Ok(false) => indexing.finish().map(|()| false),
                other => other,
            };
            match step {
                Ok(true) if told.elapsed() >= TOLD_EVERY => {
                    tell(&indexing);
                    told = Instant::now();
                }
                Ok(true) => {}
                Ok(false) => return tell(&indexing),
                Err(error) => {
                    let failure = Failure::new("the body cannot be read to its end");
                    let failure = failure.because(error.to_string());
                    let _ = messages.send(Message::Failed(failure));
                    return;
                }
            }
        }
    });
}

/// Follows a pointer through a body, as long as somebody waits for it.
pub(super) fn follow(
    (ask, pointer): (u64, String),
    document: Document,
    is_wanted: impl Fn() -> bool + Send + 'static,
    messages: mpsc::UnboundedSender<Message>,
) {
    tokio::task::spawn_blocking(move || {
        let mut walk = Walk::new(&document);
        let led = match walk.follow_while(&pointer, &mut || is_wanted()) {
            Ok(Some(Led::Unfinished)) => return,
            Ok(Some(led)) => Ok(led),
            Ok(None) => Err(Failure::new("there is no body")),
            Err(error) => Err(Failure::new("the body cannot be read").because(error.to_string())),
        };
        let _ = messages.send(Message::Followed { ask, led });
    });
}

/// What is being saved.
#[derive(Debug, Default)]
pub(super) struct Saves {
    running: TaskTracker,
    given_up: CancellationToken,
}

impl Saves {
    /// Waits until all is saved; what takes longer than that is taken back, for which it waits as long as `patience`.
    pub(super) async fn end(self, longest: Duration, patience: Duration) {
        self.running.close();
        if tokio::time::timeout(longest, self.running.wait())
            .await
            .is_err()
        {
            self.given_up.cancel();
            let _ = tokio::time::timeout(patience, self.running.wait()).await;
        }
    }
}

/// Writes a body to a file of its own.
pub(super) fn save(
    document: Document,
    (path, is_part): (PathBuf, bool),
    saves: &Saves,
    messages: mpsc::UnboundedSender<Message>,
) {
    let given_up = saves.given_up.clone();
    saves.running.spawn_blocking(move || {
        let path = from_home(&path);
        let mut goes_on = |_| !given_up.is_cancelled();
        let message = match write_new(&path, &**document.source(), &mut goes_on) {
            Ok(Some(bytes)) => Message::BodySaved {
                path,
                bytes,
                is_part,
            },
            Ok(None) => return,
            Err(error) => Message::Failed(unsaved(&path, &error)),
        };
        let _ = messages.send(message);
    });
}

/// Writes a source to a file that is not there yet; one that cannot be written whole is taken back.
fn write_new(
    path: &Path,
    source: &dyn Source,
    goes_on: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<u64>> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let copied = copy(source, &mut file, goes_on);
    if !matches!(copied, Ok(Some(_))) {
        drop(file);
        // What is said is why it could not be written.
        let _ = std::fs::remove_file(path);
    }
    copied
}

fn unsaved(path: &Path, error: &io::Error) -> Failure {
    let what = format!("the body cannot be saved to {}", path.display());
    match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(what)
            .because("there is a file of that name")
            .hint("D again, with another name"),
        _ => Failure::new(what).because(error.to_string()),
    }
}

/// `~/` is where a shell leads it.
fn from_home(path: &Path) -> PathBuf {
    let home = directories::BaseDirs::new();
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.home_dir().join(rest),
        _ => path.to_owned(),
    }
}

/// Copies all there is, as long as it is to go on; how many bytes, or `None` when it was not.
pub(super) fn copy(
    source: &dyn Source,
    to: &mut impl Write,
    goes_on: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<u64>> {
    let (mut block, mut at) = (vec![0; BLOCK], 0);
    loop {
        match source.read_at(at, &mut block) {
            Ok(0) => break,
            Ok(count) => {
                to.write_all(&block[..count])?;
                at += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if !goes_on(at) {
            return Ok(None);
        }
    }
    to.flush()?;
    Ok(Some(at))
}

/// A body in the history as a document reads it: as much of its file as is known to be there.
#[derive(Debug)]
pub(super) struct BodyFile {
    file: File,
    len: AtomicU64,
}

impl BodyFile {
    /// All of a file that is whole.
    pub(super) fn new(file: File) -> io::Result<BodyFile> {
        let len = file.metadata()?.len();
        Ok(BodyFile {
            file,
            len: AtomicU64::new(len),
        })
    }

    /// A file that is still being written: nothing of it is known to be there yet.
    pub(super) fn growing(file: File) -> BodyFile {
        BodyFile {
            file,
            len: AtomicU64::new(0),
        }
    }

    /// So many bytes are there by now.
    pub(super) fn grow(&self, len: u64) {
        self.len.fetch_max(len, Ordering::Release);
    }
}

impl Source for BodyFile {
    fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.len().saturating_sub(offset);
        let most = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        read_at(&self.file, &mut buffer[..most], offset)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::write_new;
    use crate::document::source::{Memory, Source};

    /// A source of which nothing can be read behind this byte.
    #[derive(Debug)]
    struct Torn(Memory, u64);

    impl Source for Torn {
        fn len(&self) -> u64 {
            self.0.len()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            match self.1.checked_sub(offset) {
                None | Some(0) => Err(io::Error::other("torn")),
                Some(left) => {
                    let most = buffer.len().min(left as usize);
                    self.0.read_at(offset, &mut buffer[..most])
                }
            }
        }
    }

    #[test]
    fn a_file_is_whole_or_not_there_and_never_replaced() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("saved");
        let whole = Memory::new("twelve bytes");
        let torn = Torn(Memory::new("twelve bytes"), 5);
        assert!(write_new(&path, &torn, &mut |_| true).is_err());
        assert!(!path.exists());
        let given_up = write_new(&path, &whole, &mut |_| false).expect("no error");
        assert!(given_up.is_none() && !path.exists());
        let saved = write_new(&path, &whole, &mut |_| true).expect("saved");
        assert_eq!(saved, Some(12));
        assert!(write_new(&path, &torn, &mut |_| true).is_err());
        let there = std::fs::read(&path).expect("it is there still");
        assert_eq!(there, b"twelve bytes");
    }
}
