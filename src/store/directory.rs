//! The data directory: private to the user, whatever the umask says.
//!
//! ```text
//!   <data dir>/            0700
//!     create.lock          held while a process opens the history, so that first starts come one after the other
//!     history.db           0600; SQLite gives its -wal and -shm the same permissions
//!     owners/<dice>.lock   one for each living process
//!     bodies/<id>          the body of an answer, as it came
//! ```
//!
//! A directory that was there before keeps its permissions: it is the user's; what we put into it is private all the
//! same. On Windows the user's profile directory is private by its own access list.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::store::error::StoreError;

/// How long another process may hold a lock of ours, or SQLite's, before we give up.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often a taken create lock is tried again. It is held for some milliseconds, and only while a process starts.
const RETRY: Duration = Duration::from_millis(5);

/// The places in a data directory.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Makes the directory, with its parents, when it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or is something else.
    pub fn make(path: &Path) -> Result<Directory, StoreError> {
        let path = std::path::absolute(path).map_err(|source| StoreError::Directory {
            path: path.to_owned(),
            source,
        })?;
        if path.exists() && !path.is_dir() {
            return Err(StoreError::NotADirectory(path));
        }
        make_private(&path)?;
        Ok(Directory(path))
    }

    /// Makes what lies below: for the bodies and the owners.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn furnish(&self) -> Result<(), StoreError> {
        make_private(&self.bodies())?;
        make_private(&self.owners())
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub fn history(&self) -> PathBuf {
        self.0.join(HISTORY)
    }

    /// The directory of the answers' bodies.
    pub fn bodies(&self) -> PathBuf {
        self.0.join("bodies")
    }

    /// The directory of the owners' lock files.
    pub fn owners(&self) -> PathBuf {
        self.0.join("owners")
    }

    /// Takes the create lock; dropping the file gives it back.
    ///
    /// # Errors
    /// When it cannot be taken within [`PATIENCE`], or not at all.
    pub fn lock(&self) -> Result<File, StoreError> {
        let path = self.0.join("create.lock");
        let mut options = private();
        let file = options.write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(StoreError::file(&path, "cannot be opened"))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(RETRY);
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy(path)),
                Err(TryLockError::Error(source)) => {
                    return Err(StoreError::file(&path, "cannot be locked")(source));
                }
            }
        }
    }
}

/// The database's name; SQLite's companions of it begin with the same.
pub const HISTORY: &str = "history.db";

/// Options for a file that only the user may read.
#[cfg(unix)]
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Options for a file that only the user may read: here the directory's own access list sees to that.
#[cfg(not(unix))]
pub fn private() -> OpenOptions {
    OpenOptions::new()
}

fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|source| StoreError::Directory {
            path: path.to_owned(),
            source,
        })
}
