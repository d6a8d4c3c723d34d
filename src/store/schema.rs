//! Opening the database: whose it is, which version it has, and the steps to ours.
//!
//! ```text
//!   create lock ▶ is it SQLite? ▶ is it ours? ▶ newer? stop ▶ WAL ▶ migrations, one transaction ▶ ready
//! ```
//!
//! The file is looked at through SQLite alone: a handle of our own on it, once closed, would take away the locks that
//! another connection of this process holds there (POSIX locks belong to processes).
//!
//! Up to "newer? stop" nothing in the file is changed. The caller holds the create lock: switching on WAL is not safe
//! against another process that does the same.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior};
use url::Url;

use crate::store::directory::{PATIENCE, private};
use crate::store::error::StoreError;

/// The steps, in order; a step is never changed once it was handed out. The n-th leads to `user_version` n.
const MIGRATIONS: [&str; 5] = [
    include_str!("migration/0001.sql"),
    include_str!("migration/0002.sql"),
    include_str!("migration/0003.sql"),
    include_str!("migration/0004.sql"),
    include_str!("migration/0005.sql"),
];

/// `PRAGMA application_id` of our databases: "reqs". The first migration writes it.
const APPLICATION: i64 = 0x7265_7173;

/// Opens the history, makes it when it is not there, and brings it to our version.
///
/// # Errors
/// When it is not ours, newer, damaged, or cannot be read or written.
pub fn open(file: &Path) -> Result<Connection, StoreError> {
    make_private(file)?;
    check_length(file)?;
    let sql = |e| StoreError::sql(file, e);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(sql)?;
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    // So that a refused database is left as it is: the last one to close it would move its log into it.
    let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(no_checkpoint, true).map_err(sql)?;
    let version = check_ours(&connection, file)?;
    connection
        .set_db_config(no_checkpoint, false)
        .map_err(sql)?;
    if connection.is_readonly(MAIN_DB).map_err(sql)? {
        return Err(StoreError::ReadOnly(file.to_owned()));
    }
    settings(&connection, file)?;
    migrate(&mut connection, version).map_err(sql)?;
    Ok(connection)
}

/// Opens a history that may not be written, as it lies there. Without a log it is read as a file that nobody writes:
/// then SQLite needs no companion beside it.
///
/// # Errors
/// When it is not ours, of another version, damaged, or cannot be read.
pub fn open_to_read(file: &Path) -> Result<Connection, StoreError> {
    check_length(file)?;
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let is_logged = std::fs::metadata(log).is_ok_and(|meta| meta.len() > 0);
    let mut name = Url::from_file_path(file).map_err(|()| StoreError::ReadOnly(file.to_owned()))?;
    name.set_query(Some(if is_logged { "mode=ro" } else { "immutable=1" }));
    let sql = |e| StoreError::sql(file, e);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(name.as_str(), flags).map_err(sql)?;
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    // An older one would have to be brought to our version.
    if check_ours(&connection, file)? != MIGRATIONS.len() as i64 {
        return Err(StoreError::ReadOnly(file.to_owned()));
    }
    let settings = "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";
    connection.execute_batch(settings).map_err(sql)?;
    Ok(connection)
}

/// Closes a damaged database as it is: the last one to close it would move its log into it.
pub fn let_go(connection: Connection) {
    let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    // Were it refused, the log were moved: its pages are the same then, at another place.
    let _ = connection.set_db_config(no_checkpoint, true);
}

/// SQLite would make the file with the umask's permissions.
fn make_private(file: &Path) -> Result<(), StoreError> {
    match private().write(true).create_new(true).open(file) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(StoreError::file(file, "cannot be made")(e)),
    }
}

/// SQLite tells a file that is no database, but takes one below the smallest page (512 bytes) for an empty one, and
/// would write over it.
fn check_length(file: &Path) -> Result<(), StoreError> {
    let meta = std::fs::metadata(file).map_err(StoreError::file(file, "cannot be read"))?;
    if meta.is_file() && !(1..512).contains(&meta.len()) {
        return Ok(());
    }
    Err(StoreError::NotAHistory {
        path: file.to_owned(),
        cause: "it is no file that SQLite could have written".into(),
    })
}

/// The version of a database that is ours or empty.
fn check_ours(connection: &Connection, file: &Path) -> Result<i64, StoreError> {
    let number = |query: &str| {
        let answer = connection.query_row(query, [], |row| row.get::<_, i64>(0));
        answer.map_err(|e| StoreError::sql(file, e))
    };
    let version = number("PRAGMA user_version")?;
    let application = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let empty = version == 0 && application == 0 && tables == 0;
    if application != APPLICATION && !empty {
        return Err(StoreError::NotAHistory {
            path: file.to_owned(),
            cause: "it is another program's database".into(),
        });
    }
    let ours = MIGRATIONS.len() as i64;
    if version > ours {
        return Err(StoreError::Newer {
            path: file.to_owned(),
            found: version,
            ours,
        });
    }
    Ok(version)
}

/// WAL, so that readers and a writer do not wait for each other. `synchronous=FULL`, and on macOS a real flush: an
/// intent that is not on the disk when its first byte leaves would be a charge without a trace.
fn settings(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let sql = |e| StoreError::sql(file, e);
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(sql)?;
    if !mode.eq_ignore_ascii_case("wal") {
        let why = format!("write-ahead logging is not to be had there (journal mode {mode})");
        let source = std::io::Error::new(ErrorKind::Unsupported, why);
        return Err(StoreError::file(
            file,
            "lies on a file system that cannot carry it",
        )(source));
    }
    let rest = "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON;
                PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";
    connection.execute_batch(rest).map_err(sql)
}

fn migrate(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(from).unwrap_or(0);
    if done >= MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    transaction.commit()
}
