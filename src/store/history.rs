//! The open history on its thread: every read and every write of rows passes here.
//!
//! ```text
//!   read    who is gone? ▶ SELECT                                            (probe first, rows after: owner.rs)
//!   write   BEGIN IMMEDIATE ▶ who is gone? ▶ settle their rows ▶ the change ▶ COMMIT, on disk ▶ notice
//! ```
//!
//! A write sees the facts that it changes: nobody else commits between its reading and its writing. A row whose owner
//! is gone reads as what became of it, and the next write of anybody makes that permanent.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, named_params};
use tokio::sync::watch;

use crate::domain::exchange::{Class, Ending, Exchange, Intent, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::Operation;
use crate::domain::query::Query;
use crate::domain::query::complete::Known;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::domain::redact::{self, Fingerprint};
use crate::domain::retry::hold::Signal;
use crate::store::body;
use crate::store::directory::{Directory, private};
use crate::store::doubt;
use crate::store::error::{StoreError, Unresolved};
use crate::store::hold;
use crate::store::owner::Owners;
use crate::store::page::{self, From, Page};
use crate::store::recover::{self, Recovered, marker};
use crate::store::row::{self, Gone};
use crate::store::schema;
use crate::store::search::index;
use crate::store::search::known::known;
use crate::store::search::{self, Search};
use crate::store::thread::Message;

/// Bytes of a request's body that a row takes at most. Request bodies are small; this only keeps a mistake out.
pub const REQUEST_CAP: usize = 64 << 20;

/// How many ids are named when a prefix fits several.
const NAMED: usize = 8;

/// The history, open. The order of the fields is the order of closing: the lock that says "we live" goes after the
/// last write, and the notices end when everything is closed.
pub struct History {
    connection: Connection,
    owners: Owners,
    file: PathBuf,
    bodies: PathBuf,
    data_version: i64,
    changes: watch::Sender<u64>,
    recovered: Option<Recovered>,
    /// Whether the indexes of text may have pieces to merge.
    merges: bool,
    read_only: bool,
}

impl History {
    /// Opens the history of this directory; where nothing may be written, one that is there is opened for reading.
    ///
    /// # Errors
    /// When the directory or the database cannot be used; see [`StoreError`].
    pub fn open(directory: &Directory, changes: watch::Sender<u64>) -> Result<History, StoreError> {
        match History::open_to_write(directory, changes.clone()) {
            Err(error) if error.forbids_writing() && directory.history().is_file() => {
                History::open_to_read(directory, changes)
            }
            opened => opened,
        }
    }

    /// It owns nothing and announces itself to nobody: there is nowhere to write that to.
    fn open_to_read(
        directory: &Directory,
        changes: watch::Sender<u64>,
    ) -> Result<History, StoreError> {
        let file = directory.history();
        Ok(History {
            connection: schema::open_to_read(&file)?,
            owners: Owners::of_a_reader(directory.owners()),
            file,
            bodies: directory.bodies(),
            data_version: 0,
            changes,
            recovered: None,
            merges: false,
            read_only: true,
        })
    }

    /// Opens it and enters its owners. One process at a time does so.
    fn open_to_write(
        directory: &Directory,
        changes: watch::Sender<u64>,
    ) -> Result<History, StoreError> {
        let _turn = directory.lock()?;
        let file = directory.history();
        recover::finish(&file, Timestamp::now())?;
        let (connection, recovered) = match schema::open(&file) {
            Ok(connection) if !is_damaged(&file, &connection) => (connection, None),
            Ok(connection) => {
                schema::let_go(connection);
                recovered(directory, &file, None)?
            }
            Err(error @ StoreError::Damaged { .. }) => recovered(directory, &file, Some(error))?,
            Err(error) => return Err(error),
        };
        directory.furnish()?;
        let owners = Owners::enter(directory.owners())?;
        let named = names(&connection).map_err(|e| StoreError::sql(&file, e))?;
        owners.sweep(&named);
        Ok(History {
            connection,
            owners,
            file,
            bodies: directory.bodies(),
            data_version: 0,
            changes,
            recovered,
            merges: false,
            read_only: false,
        })
    }

    /// From now on [`Message::OwnerGone`] comes, and [`History::look`] tells what others change.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn watch(&mut self, notice: Sender<Message>) -> Result<(), StoreError> {
        self.owners.tell(notice);
        self.data_version = self.version()?;
        // The probe of this read begins the wait for those that live now.
        self.read(|_, _| Ok(()))
    }

    /// Gives notice when another process committed since the last look, and says whether one did.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn look(&mut self) -> Result<bool, StoreError> {
        let version = self.version()?;
        let changed = version != self.data_version;
        if changed {
            self.data_version = version;
            self.notify();
        }
        Ok(changed)
    }

    /// Gives notice when rows of this owner have no outcome: they read otherwise from now on.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn owner_gone(&mut self, name: &str) -> Result<(), StoreError> {
        let named = names(&self.connection).map_err(|e| self.fault(e))?;
        if named.iter().any(|n| n == name) {
            self.notify();
        }
        Ok(())
    }

    /// Whether no other process has it open.
    pub(crate) fn is_alone(&self) -> bool {
        self.owners.are_alone()
    }

    /// Something that is no transaction.
    pub(crate) fn alone(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.connection.execute_batch(sql);
        done.map_err(|e| self.fault(e))
    }

    /// Where the bodies of answers lie.
    pub(crate) fn bodies(&self) -> &Path {
        &self.bodies
    }

    /// Whether it could be opened for reading only.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The file, for messages.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn notify(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn version(&self) -> Result<i64, StoreError> {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(|e| self.fault(e))
    }

    /// What became of a damaged history that was found at the start.
    pub fn recovered(&self) -> Option<&Recovered> {
        self.recovered.as_ref()
    }

    fn fault(&self, source: rusqlite::Error) -> StoreError {
        let fault = StoreError::sql(&self.file, source);
        if matches!(fault, StoreError::Damaged { .. }) {
            // The next start looks at all of it, and recovers it. Where this cannot be written, damage is met again.
            let _ = private()
                .write(true)
                .create(true)
                .truncate(true)
                .open(marker(&self.file));
        }
        fault
    }

    /// A reading, after a look at whose owners are gone.
    pub(crate) fn read<T>(
        &self,
        question: impl FnOnce(&Connection, &Gone) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let gone = gone(&self.connection, &self.owners);
        let answer = gone.and_then(|gone| question(&self.connection, &gone));
        answer.map_err(|e| self.fault(e))
    }

    /// A change in a transaction of its own, which knows our name.
    pub(crate) fn write<T>(
        &mut self,
        change: impl FnOnce(&Connection, &Gone, &str) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let before = self.connection.total_changes();
        let done = self.transact(change).map_err(|e| self.fault(e))?;
        if self.connection.total_changes() != before {
            self.notify();
        }
        Ok(done)
    }

    fn transact<T>(
        &mut self,
        change: impl FnOnce(&Connection, &Gone, &str) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate)?;
        let gone = gone(&transaction, &self.owners)?;
        settle(&transaction, &gone)?;
        let done = change(&transaction, &gone, self.owners.name())?;
        transaction.commit()?;
        Ok(done)
    }

    /// See `Store::intend`.
    pub fn intend<E>(
        &mut self,
        operation: &OperationId,
        decide: impl FnOnce(&Operation) -> Result<Intent, E>,
    ) -> Result<Result<Summary, E>, StoreError> {
        self.write(|connection, gone, owner| {
            let so_far = doubt::read(connection, operation, gone)?;
            let intent = match decide(&so_far) {
                Ok(intent) => intent,
                Err(refusal) => return Ok(Ok(Err(refusal))),
            };
            if let Err(error) = check(&intent, operation) {
                return Ok(Err(error));
            }
            row::insert(connection, &intent, owner, Class::InFlight)?;
            let entry = row::read(connection, &intent.id, gone)?;
            let entry = entry.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            Ok(Ok(Ok(entry.exchange.summary())))
        })?
    }

    /// See `Store::finish` and `Store::finish_and_tell`.
    pub fn finish(
        &mut self,
        id: &ExchangeId,
        ending: Ending,
        told: Option<(Signal, Timestamp)>,
    ) -> Result<(), StoreError> {
        let outcome = ending.outcome.get();
        if !outcome.is_final() {
            return Err(StoreError::NoEnding(id.clone(), outcome.kind()));
        }
        self.write(|connection, gone, owner| {
            let Some(entry) = row::read(connection, id, gone)? else {
                return Ok(Err(StoreError::Unknown(id.clone())));
            };
            if entry.owner.as_deref() != Some(owner) {
                return Ok(Err(StoreError::NotOurs(id.clone())));
            }
            let exchange = entry.exchange.summary();
            row::end(connection, entry, ending)?;
            if let Some((signal, at)) = told {
                hold::tell(connection, &exchange, signal, at)?;
            }
            Ok(Ok(()))
        })?
    }

    /// See `Store::page`.
    pub fn page(
        &self,
        query: &Query,
        from: From,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page, StoreError> {
        let search = Search {
            query,
            from,
            limit,
            now,
            bodies: &self.bodies,
        };
        self.read(|connection, gone| search::page(connection, &search, gone))
    }

    /// See `Store::known`.
    pub fn known(&self, of: Known, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let values = known(&self.connection, of, prefix, limit);
        values.map_err(|e| self.fault(e))
    }

    /// Brings a few exchanges into the indexes of text, for a few milliseconds. Says whether any are left. It changes no
    /// row, and gives no notice.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn index(&mut self) -> Result<bool, StoreError> {
        let left = self.index_or_merge();
        left.map_err(|e| self.fault(e))
    }

    fn index_or_merge(&mut self) -> rusqlite::Result<bool> {
        if index::is_left(&self.connection)? {
            self.merges = true;
            index::step(&mut self.connection, &self.bodies)?;
        } else if self.merges {
            self.merges = index::merge(&self.connection)?;
        }
        Ok(self.merges)
    }

    /// Whether there is something to index.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_to_index(&self) -> Result<bool, StoreError> {
        if self.read_only {
            return Ok(false);
        }
        let left = index::is_left(&self.connection).map_err(|e| self.fault(e))?;
        Ok(self.merges || left)
    }

    /// See `Store::around`.
    pub fn around(&self, id: &ExchangeId) -> Result<Option<(From, From)>, StoreError> {
        page::around(&self.connection, id).map_err(|e| self.fault(e))
    }

    /// See `Store::get`.
    pub fn get(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        let entry = self.read(|connection, gone| row::read(connection, id, gone))?;
        Ok(entry.map(|entry| entry.exchange))
    }

    /// See `Store::operation`.
    pub fn operation(&self, operation: &OperationId) -> Result<Operation, StoreError> {
        self.read(|connection, gone| doubt::read(connection, operation, gone))
    }

    /// See `Store::resolve`.
    pub fn resolve(&self, prefix: &str) -> Result<ExchangeId, Unresolved> {
        let none = || Unresolved::None(prefix.to_owned());
        let spelled = prefix.trim().to_ascii_lowercase();
        if spelled.is_empty() {
            return Err(none());
        }
        let found = page::ids(&self.connection, &spelled, NAMED);
        let mut ids = found.map_err(|e| self.fault(e))?;
        if let Some(exact) = ids.iter().position(|id| id.as_str() == spelled) {
            return Ok(ids.swap_remove(exact));
        }
        match ids.len() {
            0 => Err(none()),
            1 => Ok(ids.swap_remove(0)),
            _ => Err(Unresolved::Many {
                prefix: prefix.to_owned(),
                ids,
            }),
        }
    }

    /// See `Store::by_key`.
    pub fn by_key(&self, key: &str, origin: &str) -> Result<Option<OperationId>, StoreError> {
        page::by_key(&self.connection, key, origin).map_err(|e| self.fault(e))
    }

    /// See `Store::latest_quota`.
    pub fn latest_quota(
        &self,
        origin: &str,
        credential: Option<Fingerprint>,
    ) -> Result<Option<(Quota, Timestamp)>, StoreError> {
        page::latest_quota(&self.connection, origin, credential).map_err(|e| self.fault(e))
    }

    /// See `Store::sent`.
    pub fn sent(
        &self,
        origin: &str,
        credential: Option<Fingerprint>,
        since: Timestamp,
    ) -> Result<Vec<Sent>, StoreError> {
        page::sent(&self.connection, origin, credential, since).map_err(|e| self.fault(e))
    }
}

/// Whether somebody met damage, and it is still there.
fn is_damaged(file: &Path, connection: &Connection) -> bool {
    let marker = marker(file);
    if !marker.exists() {
        return false;
    }
    let sound = recover::is_sound(connection);
    if sound {
        // It stays until it can be removed; the look is repeated then.
        let _ = std::fs::remove_file(marker);
    }
    !sound
}

/// A damaged history, put in order; or the error by which it was seen, when another process has it open.
fn recovered(
    directory: &Directory,
    file: &Path,
    seen: Option<StoreError>,
) -> Result<(Connection, Option<Recovered>), StoreError> {
    directory.furnish()?;
    if !Owners::enter(directory.owners())?.are_alone() {
        return Err(seen.unwrap_or_else(|| StoreError::Damaged {
            path: file.to_owned(),
            cause: "another reqscope met damage, and has it open".into(),
        }));
    }
    let recovered = recover::recover(file, Timestamp::now())?;
    Ok((schema::open(file)?, Some(recovered)))
}

/// What a caller may get wrong; nothing is written then, and so nothing sent.
pub(crate) fn check(intent: &Intent, asked: &OperationId) -> Result<(), StoreError> {
    if intent.operation != *asked {
        return Err(StoreError::OtherOperation {
            asked: asked.clone(),
            given: intent.operation.clone(),
        });
    }
    let bytes = intent.request.get().body.len();
    if bytes > REQUEST_CAP {
        let cap = REQUEST_CAP;
        return Err(StoreError::RequestTooLarge { bytes, cap });
    }
    body::path(Path::new(""), &intent.id).map(drop)
}

/// The owners of the rows that have no outcome.
fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT DISTINCT owner FROM exchange WHERE owner IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

fn gone(connection: &Connection, owners: &Owners) -> rusqlite::Result<Gone> {
    Ok(Gone::new(&owners.gone(names(connection)?)))
}

/// Makes permanent what became of the rows whose owners are gone. A record that cannot be read is left to whoever
/// looks at it: it must not keep others from being written.
fn settle(connection: &Connection, gone: &Gone) -> rusqlite::Result<()> {
    let sql = "SELECT id FROM exchange WHERE owner IN (SELECT value FROM json_each(:gone))";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map(named_params! { ":gone": gone.parameter() }, |row| {
        Ok(ExchangeId::known(row.get::<_, String>(0)?))
    })?;
    for id in ids.collect::<Result<Vec<_>, _>>()? {
        match row::read(connection, &id, gone) {
            Ok(Some(entry)) => settle_one(connection, entry)?,
            Ok(None) => {}
            Err(error) => tracing::warn!(%id, %error, "a record without an outcome stays so"),
        }
    }
    Ok(())
}

fn settle_one(connection: &Connection, entry: row::Entry) -> rusqlite::Result<()> {
    // What `read` derived is an outcome of our own words, so it may rest.
    match redact::own_outcome(entry.exchange.outcome.clone()) {
        Some(outcome) => {
            let quota = None;
            row::end(connection, entry, Ending { outcome, quota })
        }
        None => Ok(()),
    }
}
