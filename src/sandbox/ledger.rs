//! Where the state is kept between requests: in memory, or in a file that several processes may share.
//!
//! ```text
//!   transact ─ lock ─▶ someone else wrote? ─ yes ─▶ read FILE ─┐
//!                              └──────────── no ──────────────┴▶ change ─▶ FILE.tmp ─▶ stamp ─▶ rename ─▶ unlock
//! ```
//! Beside FILE lies FILE.lock: an OS lock on it is held around each read-decide-write, and it holds the stamp of the last
//! write (FILE itself is replaced by each write, so it cannot be what is locked). The stamp goes in front of the rename:
//! whoever dies between the two makes the others read once too often, never once too seldom.
//!
//! The file survives a process that dies at any point. It is not synced to the disk on each request, so a power cut may
//! cost the last ones. All of this blocks: call it on a blocking thread.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;
use uuid::Uuid;

use crate::sandbox::state::{State, VERSION};

/// How long a request waits for another process to let go of the lock: each holds it for milliseconds only.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(2);

/// Why the state cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The file, its lock or its folder is not accessible.
    #[error(
        "the sandbox's state {path} cannot be {what}: {source}; check the folder and its permissions"
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// `read`, `written` or `locked`.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what a sandbox wrote.
    #[error(
        "the sandbox's state {path} is damaged: {source}; restore it, or move it away to start afresh"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where reading it failed.
        source: serde_json::Error,
    },
    /// The file was written by another version of this program.
    #[error(
        "the sandbox's state {path} has version {found}, and this program reads version {VERSION}; use the program \
         that wrote it, or move it away to start afresh"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// What stands in it.
        found: u32,
    },
    /// Another process does not let go.
    #[error(
        "the sandbox's state {path} has been locked by another process for {} s; end that process, or use another file",
        PATIENCE.as_secs()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

/// The state, and where it is kept.
#[derive(Debug)]
pub struct Ledger {
    seed: u64,
    file: Option<StateFile>,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    state: State,
    /// The stamp of the write that `state` is equal to; `None` when it must be read first.
    stamp: Option<String>,
}

impl Ledger {
    /// Opens the ledger, and reads the file when there is one.
    ///
    /// # Errors
    /// The file or its lock cannot be used, or the file is not what a sandbox wrote.
    pub fn open(seed: u64, path: Option<PathBuf>) -> Result<Self, LedgerError> {
        let file = path.map(StateFile::open).transpose()?;
        let state = match &file {
            Some(file) => {
                let _held = file.hold()?;
                file.read(seed)?
            }
            None => State::new(seed),
        };
        // What was read just now is read again by the first request: simpler than keeping the two in step here.
        Ok(Self {
            seed,
            file,
            memory: Mutex::new(Memory { state, stamp: None }),
        })
    }

    /// Lets `change` look at the newest state and change it, alone; what it changed is kept when this returns.
    ///
    /// # Errors
    /// The file could not be read or written. Then nothing was changed, in memory neither.
    pub fn transact<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T, LedgerError> {
        // A panic in an earlier change may have left it half done; in a file it is read anew, as there is no stamp then.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &self.file else {
            return Ok(change(&mut memory.state));
        };
        let held = file.hold()?;
        if memory.stamp.is_none() || memory.stamp != held.stamp()? {
            memory.state = file.read(self.seed)?;
        }
        // Until the write is done, memory is ahead of the file, and what is ahead must not be built upon.
        memory.stamp = None;
        let outcome = change(&mut memory.state);
        memory.stamp = Some(held.write(&memory.state)?);
        Ok(outcome)
    }
}

#[derive(Debug)]
struct StateFile {
    path: PathBuf,
    lock: File,
}

impl StateFile {
    fn open(path: PathBuf) -> Result<Self, LedgerError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        match options.open(beside(&path, ".lock")) {
            Ok(lock) => Ok(Self { path, lock }),
            Err(source) => Err(LedgerError::Io {
                path,
                what: "locked",
                source,
            }),
        }
    }

    fn error(&self, what: &'static str) -> impl FnOnce(io::Error) -> LedgerError {
        let path = self.path.clone();
        move |source| LedgerError::Io { path, what, source }
    }

    /// Waits for the lock, but not for ever: a process that was stopped (Ctrl-Z) inside holds it.
    fn hold(&self) -> Result<Held<'_>, LedgerError> {
        let begun = Instant::now();
        loop {
            match self.lock.try_lock() {
                Ok(()) => return Ok(Held { file: self }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    thread::sleep(BETWEEN_TRIES)
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(LedgerError::Busy {
                        path: self.path.clone(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(self.error("locked")(source)),
            }
        }
    }

    fn read(&self, seed: u64) -> Result<State, LedgerError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::new(seed)),
            Err(source) => return Err(self.error("read")(source)),
        };
        let damaged = |source| LedgerError::Damaged {
            path: self.path.clone(),
            source,
        };
        let Versioned { version } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version != VERSION {
            return Err(LedgerError::Version {
                path: self.path.clone(),
                found: version,
            });
        }
        serde_json::from_slice(&bytes).map_err(damaged)
    }
}

#[derive(serde::Deserialize)]
struct Versioned {
    version: u32,
}

/// The lock, while it is held.
struct Held<'a> {
    file: &'a StateFile,
}

impl Held<'_> {
    /// The stamp of the last write.
    fn stamp(&self) -> Result<Option<String>, LedgerError> {
        let mut stamp = String::new();
        let mut lock = &self.file.lock;
        lock.seek(SeekFrom::Start(0))
            .and_then(|_| lock.take(64).read_to_string(&mut stamp))
            .map_err(self.file.error("read"))?;
        Ok(Some(stamp))
    }

    /// Replaces the file, and answers the stamp of that.
    fn write(&self, state: &State) -> Result<String, LedgerError> {
        self.replace(state).map_err(self.file.error("written"))
    }

    fn replace(&self, state: &State) -> io::Result<String> {
        let temporary = beside(&self.file.path, ".tmp");
        fs::write(&temporary, serde_json::to_vec(state)?)?;
        // Every stamp is as long as every other, so writing over the last one leaves nothing of it.
        let stamp = Uuid::new_v4().to_string();
        let mut lock = &self.file.lock;
        lock.seek(SeekFrom::Start(0))?;
        lock.write_all(stamp.as_bytes())?;
        fs::rename(&temporary, &self.file.path)?;
        Ok(stamp)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Failing here leaves the lock to be freed when the file is closed, and the others say whom they wait for.
        let _ = self.file.lock.unlock();
    }
}

/// FILE.lock, FILE.tmp: in the same folder, so that the rename stays within one file system.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Ledger, LedgerError, beside};
    use crate::sandbox::state::State;

    fn draw(ledger: &Ledger) -> u64 {
        ledger.transact(|state| state.dice.draw()).unwrap()
    }

    #[test]
    fn two_ledgers_on_one_file_lose_nothing_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let [one, two] = [(); 2].map(|()| Ledger::open(7, Some(path.clone())).unwrap());
        let shared = [draw(&one), draw(&two), draw(&two), draw(&one), draw(&one)];
        let alone = Ledger::open(7, None).unwrap();
        assert_eq!(
            shared,
            [(); 5].map(|()| draw(&alone)),
            "the file holds one sequence"
        );
    }

    #[test]
    fn what_could_not_be_written_did_not_happen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let ledger = Ledger::open(7, Some(path.clone())).unwrap();
        let first = draw(&ledger);
        fs::create_dir(beside(&path, ".tmp")).unwrap();
        assert!(matches!(
            ledger.transact(|state| state.dice.draw()),
            Err(LedgerError::Io { .. })
        ));
        fs::remove_dir(beside(&path, ".tmp")).unwrap();
        let mut dice = State::new(7).dice;
        assert_eq!([first, draw(&ledger)], [dice.draw(), dice.draw()]);
    }

    #[test]
    fn a_file_that_is_no_state_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        for (content, word) in [
            ("", "damaged"),
            ("{", "damaged"),
            ("{\"version\":1}", "damaged"),
            ("{\"version\":9}", "version 9"),
        ] {
            fs::write(&path, content).unwrap();
            let error = Ledger::open(7, Some(path.clone())).unwrap_err().to_string();
            assert!(
                error.contains("state.json")
                    && error.contains(word)
                    && error.contains("move it away"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Ledger::open(7, Some(folder.path().join("none/state.json")))
            .unwrap_err()
            .to_string();
        assert!(error.contains("check the folder"), "{error}");
    }
}
