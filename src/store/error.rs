//! What can go wrong with the history, told with the place and the next step.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::types::Type;

use crate::domain::id::{ExchangeId, OperationId};

/// A failure of the history itself. A failed send is none of these: it is an outcome, and kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made or entered.
    #[error("the data directory {path} cannot be used: {source}; name another one with --data-dir")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else lies where the data directory should be.
    #[error(
        "the data directory {0} cannot be used: it is not a directory; name another one with --data-dir"
    )]
    NotADirectory(PathBuf),
    /// A file of the data directory cannot be read, written or locked.
    #[error(
        "{path} {what}: {source}; check its permissions and the space on its disk, or name another directory with --data-dir"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// What could not be done with it: "cannot be written".
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The history may be read but not written.
    #[error(
        "the history {0} is read-only: make it writable, or name another directory with --data-dir"
    )]
    ReadOnly(PathBuf),
    /// The file is no SQLite database, or another program's.
    #[error(
        "{path} is not a history of reqscope ({cause}), and was left as it is: move it away, or name another directory with --data-dir"
    )]
    NotAHistory {
        /// Which.
        path: PathBuf,
        /// How that was seen.
        cause: String,
    },
    /// The database is damaged.
    #[error(
        "the history {path} is damaged ({cause}): close every reqscope and start again, then it is moved aside and what can be read of it is recovered; or name another directory with --data-dir"
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        cause: String,
    },
    /// A newer reqscope made it.
    #[error(
        "the history {path} has version {found}, this reqscope knows up to {ours}: use the newer reqscope that wrote it, or name another directory with --data-dir (nothing was changed)"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that we know.
        ours: i64,
    },
    /// Another process holds it too long.
    #[error(
        "{0} stayed locked for 10 s: another reqscope works on it or hangs; try again, or end that process"
    )]
    Busy(PathBuf),
    /// The disk is full.
    #[error("the history {0} cannot grow, the disk is full: free some space, then try again")]
    Full(PathBuf),
    /// Any other word of SQLite's.
    #[error(
        "the history {path} cannot be used: {source}; if it stays so, name another directory with --data-dir"
    )]
    Sql {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A row that this version cannot read.
    #[error(
        "a record in the history {path} cannot be read: {cause}; look at it with `sqlite3 {path}`"
    )]
    Record {
        /// Which.
        path: PathBuf,
        /// Which column, and why.
        cause: String,
    },
    /// The store's thread has ended.
    #[error(
        "the history was closed or its thread broke down, so this was not done: start reqscope again"
    )]
    Stopped,
    /// No such exchange.
    #[error("there is no exchange {0} in the history: `reqscope history` lists them")]
    Unknown(ExchangeId),
    /// An outcome stands already, or another process is to write it.
    #[error(
        "the outcome of exchange {0} is not ours to write: it has one already, or another process sends it"
    )]
    NotOurs(ExchangeId),
    /// An outcome that is none: held or in flight.
    #[error(
        "exchange {0} cannot end as \"{1}\": an ending is an answer, a failure or \"indeterminate\""
    )]
    NoEnding(ExchangeId, &'static str),
    /// The gate was shown one operation's exchanges and let through another's.
    #[error(
        "the gate looked at operation {asked}, but the request belongs to {given}: nothing was written or sent"
    )]
    OtherOperation {
        /// The operation that was looked at.
        asked: OperationId,
        /// The operation of the intent.
        given: OperationId,
    },
    /// An id that could lead out of the directory of bodies.
    #[error("'{0}' is no exchange's id: ids are made of letters and digits")]
    BadId(ExchangeId),
    /// A note above the cap.
    #[error("the note has {bytes} bytes, more than the {cap} that are kept: shorten it")]
    NoteTooLong {
        /// Its size.
        bytes: usize,
        /// The cap.
        cap: usize,
    },
    /// A request body above the cap.
    #[error(
        "the request's body has {bytes} bytes, more than the {cap} that the history keeps: nothing was sent"
    )]
    RequestTooLarge {
        /// Its size.
        bytes: usize,
        /// The cap.
        cap: usize,
    },
}

impl StoreError {
    /// Whether it says that here nothing may be written.
    pub fn forbids_writing(&self) -> bool {
        match self {
            StoreError::ReadOnly(_) => true,
            StoreError::File { source, .. } | StoreError::Directory { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            ),
            _ => false,
        }
    }

    /// A failure with a file, from what the system says.
    pub fn file(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> StoreError {
        move |source| StoreError::File {
            path: path.to_owned(),
            what,
            source,
        }
    }

    /// A failure with the database, from what SQLite says.
    pub fn sql(path: &Path, source: rusqlite::Error) -> StoreError {
        let path = path.to_owned();
        if let rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::InvalidColumnType(..) = source
        {
            let cause = source.to_string();
            return StoreError::Record { path, cause };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(path),
            Some(ErrorCode::DiskFull) => StoreError::Full(path),
            // The index of the log could not grow: "the underlying filesystem volume is out of space" (SQLite).
            Some(ErrorCode::SystemIoFailure) if is_shm_size(&source) => StoreError::Full(path),
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(path),
            Some(ErrorCode::NotADatabase) => StoreError::NotAHistory {
                path,
                cause: source.to_string(),
            },
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged {
                path,
                cause: source.to_string(),
            },
            _ => StoreError::Sql { path, source },
        }
    }
}

fn is_shm_size(source: &rusqlite::Error) -> bool {
    let code = source.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// A value in a column that cannot be what it should be, so that it travels as an error of SQLite's.
pub fn unreadable(
    column: &str,
    why: impl std::fmt::Display,
    kind: Type,
    at: usize,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, kind, format!("column {column}: {why}").into())
}

/// Why a prefix names no single exchange.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// It fits none.
    #[error("no exchange has an id that begins with '{0}': `reqscope history` lists them")]
    None(String),
    /// It fits several.
    #[error("'{prefix}' is the beginning of several ids ({}): give more characters", list(.ids))]
    Many {
        /// What was given.
        prefix: String,
        /// The newest that fit, at most eight.
        ids: Vec<ExchangeId>,
    },
    /// The history could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(ids: &[ExchangeId]) -> String {
    let ids: Vec<&str> = ids.iter().map(ExchangeId::as_str).collect();
    ids.join(", ")
}
