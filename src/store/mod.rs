//! The history: every exchange that was ever meant to be sent, in SQLite on a thread of its own.
//!
//! ```text
//!   intend ──▶ the gate sees the whole operation, inside the transaction ──▶ in_flight, on disk ──▶ (first byte leaves)
//!   body_writer ──▶ bodies/<id> as it streams ──▶ finish
//!   admit ──▶ the same, at a used-up quota: held until its turn comes, then in_flight (hold.rs)
//!   finish ──▶ outcome and quota, once and for all                            no finish ──▶ owner.rs: indeterminate
//!   page, get, operation, … ◀── rows of every process                         changes() ◀── watch.rs, owner.rs
//! ```
//!
//! Where a thing lies: `directory` the files and who may read them, `schema` opening and migrations, `owner` whose a
//! row without an outcome is, `hold` whose turn it is at a used-up quota, `doubt` what is left to find out, `mark` what
//! people pin and note, `tally` and `census` how much there is, `prune` what goes, `recover` what is done about damage, `row` columns to types and back, `page` and `search` the lists,
//! `history` reads and writes, `thread` and `watch` when they happen, `body` the
//! answers' bodies.
//!
//! What is not here: whether a request may be sent (the caller's gate), how it travels (`client`), what is a secret
//! (`domain/redact.rs`; only its `Redacted` values can be written), what time it is (it comes with the intent).

pub mod body;
pub mod census;
pub mod directory;
pub mod doubt;
pub mod error;
pub mod history;
pub mod hold;
pub mod mark;
pub mod owner;
pub mod page;
pub mod prune;
pub mod recover;
pub mod row;
pub mod schema;
pub mod search;
pub mod tally;
pub mod thread;
pub mod watch;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{oneshot, watch as latest};

use crate::domain::exchange::{Ending, Exchange, Facts, Intent, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::{Operation, Remark, Settlement};
use crate::domain::prune::{Bounds, Pruned};
use crate::domain::query::Query;
use crate::domain::query::complete::Known;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::domain::redact::Fingerprint;
use crate::domain::retry::hold::{Signal, Turn};
use crate::domain::tally::{Outcomes, Tally};
use crate::store::body::BodyWriter;
use crate::store::census::{Census, Compacted};
use crate::store::directory::Directory;
use crate::store::doubt::Left;
use crate::store::error::{StoreError, Unresolved};
use crate::store::history::History;
use crate::store::hold::{Admitted, Claim};
use crate::store::page::{From, Page};
use crate::store::prune::Pruner;
use crate::store::recover::Recovered;
use crate::store::thread::Message;

/// A handle on the history of one data directory. Clones share it; the last one to go closes it, after everything that
/// was asked before. A question that is dropped unanswered is carried out all the same.
#[derive(Clone, Debug)]
pub struct Store(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    outbox: Sender<Message>,
    changes: latest::Receiver<u64>,
    directory: Directory,
    recovered: Option<Recovered>,
    read_only: bool,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // When the thread is gone there is nothing left to stop.
        let _ = self.outbox.send(Message::Stop);
    }
}

impl Store {
    /// Opens the history of this data directory, and makes both when they are not there. The work is done on the
    /// store's own thread.
    ///
    /// # Errors
    /// When the directory or the database cannot be used, is newer than we are, or is not ours. Nothing of what is
    /// found there is changed or removed then. A damaged one is moved aside and recovered ([`Store::recovered`]), unless
    /// another process has it open.
    pub async fn open(dir: &Path) -> Result<Store, StoreError> {
        let (outbox, inbox) = channel();
        let (notices, changes) = latest::channel(0);
        let (opened, opening) = oneshot::channel();
        thread::start(dir.to_owned(), inbox, notices, opened)?;
        let (directory, recovered, read_only) =
            opening.await.map_err(|_| StoreError::Stopped)??;
        Ok(Store(Arc::new(Handle {
            outbox,
            changes,
            directory,
            recovered,
            read_only,
        })))
    }

    /// What became of a damaged history that was found at the start.
    pub fn recovered(&self) -> Option<&Recovered> {
        self.0.recovered.as_ref()
    }

    /// Whether nothing may be written where it lies: then it can be read, and whatever would write says so.
    pub fn is_read_only(&self) -> bool {
        self.0.read_only
    }

    /// Lets go of this handle and waits until the history is closed, which is when the last clone is gone too.
    pub async fn close(self) {
        let mut changes = self.0.changes.clone();
        drop(self);
        // The sender lives as long as the thread works.
        while changes.changed().await.is_ok() {}
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut History) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, question) = oneshot::channel();
        let job = move |history: &mut History| {
            // Whoever asked may have gone; the work counts, not the answer.
            let _ = answer.send(job(history));
        };
        let sent = self.0.outbox.send(Message::Job(Box::new(job)));
        sent.map_err(|_| StoreError::Stopped)?;
        question.await.map_err(|_| StoreError::Stopped)
    }

    /// Writes the intent to send, if `decide` agrees. It is shown every exchange of the operation, oldest first, and
    /// nobody can add one between its look and its word: two windows never both pass on the same facts. It runs inside
    /// the transaction, so it must be pure and quick. When this answers `Ok(Ok(…))` the exchange is on the disk as in
    /// flight, and the first byte may leave; whoever got it owes a [`Store::finish`].
    ///
    /// # Errors
    /// The inner one is `decide`'s refusal. The outer one: the history could not be written, the request's body is
    /// above [`REQUEST_CAP`](history::REQUEST_CAP), or the intent is another operation's. Nothing is written then.
    pub async fn intend<E: Send + 'static>(
        &self,
        operation: OperationId,
        decide: impl FnOnce(&Operation) -> Result<Intent, E> + Send + 'static,
    ) -> Result<Result<Summary, E>, StoreError> {
        self.ask(move |history| history.intend(&operation, decide))
            .await?
    }

    /// Writes what became of an exchange that this store intended: outcome and quota, in one transaction, once.
    ///
    /// # Errors
    /// When the exchange is unknown, has an outcome already or is another process's; when `ending` is none; when the
    /// history could not be written, in which case it can be tried again.
    pub async fn finish(&self, id: &ExchangeId, ending: Ending) -> Result<(), StoreError> {
        let id = id.clone();
        self.ask(move |history| history.finish(&id, ending, None))
            .await?
    }

    /// The same, and in the same transaction what the answer at `at` says of the limiter to all that wait for it.
    ///
    /// # Errors
    /// As [`Store::finish`].
    pub async fn finish_and_tell(
        &self,
        id: &ExchangeId,
        ending: Ending,
        signal: Signal,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        self.ask(move |history| history.finish(&id, ending, Some((signal, at))))
            .await?
    }

    /// As [`Store::intend`], for a request that waits its turn where the quota of its origin and credential is used up.
    /// As long as it waits it is announced: a row of the class held, written once, without an intent. When its turn
    /// comes that row gives way, in one transaction, to the intent, which the gate judges again.
    ///
    /// # Errors
    /// As [`Store::intend`]; and when the held row is not ours, or no more.
    pub async fn admit<E: Send + 'static>(
        &self,
        claim: Claim,
        decide: impl FnOnce(&Operation) -> Result<Intent, E> + Send + 'static,
    ) -> Result<Admitted<E>, StoreError> {
        self.ask(move |history| history.admit(&claim, decide))
            .await?
    }

    /// What [`Store::admit`] would say now. A look only: somebody may be quicker.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn turn(&self, claim: Claim) -> Result<Turn, StoreError> {
        self.ask(move |history| history.turn(&claim)).await?
    }

    /// Until when nobody sends by itself to this origin with this credential: what a countdown counts to. `None`: there
    /// is no hold, or it waits for the answer of the one that went first.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn held_until(
        &self,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let facts = facts.clone();
        self.ask(move |history| history.held_until(&facts, now))
            .await?
    }

    /// A page of the history: at most `limit` of those that fit the query, from there on. `now` is what a term such as
    /// `since:2h` counts from; one search keeps it for all its pages.
    ///
    /// A page takes a few milliseconds: where few rows fit it comes back with fewer than `limit` before all was looked
    /// at, and says where to go on ([`Page::older`], [`Page::newer`]).
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn page(
        &self,
        query: &Query,
        from: From,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page, StoreError> {
        let query = query.clone();
        self.ask(move |history| history.page(&query, from, limit, now))
            .await?
    }

    /// Values of this term that the history knows and that begin with `prefix`, in their order, at most `limit`.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn known(
        &self,
        of: Known,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let prefix = prefix.to_owned();
        self.ask(move |history| history.known(of, &prefix, limit))
            .await?
    }

    /// Where pages begin on both sides of an exchange: what is newer, and what is not, itself among that. `None` when it
    /// is not there.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn around(&self, id: &ExchangeId) -> Result<Option<(From, From)>, StoreError> {
        let id = id.clone();
        self.ask(move |history| history.around(&id)).await?
    }

    /// The whole exchange, without the body of its answer.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn get(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        let id = id.clone();
        self.ask(move |history| history.get(&id)).await?
    }

    /// The one exchange whose id begins with this. Upper case is taken as lower case: ids have only that.
    ///
    /// # Errors
    /// When none or several do, or the history cannot be read.
    pub async fn resolve(&self, prefix: &str) -> Result<ExchangeId, Unresolved> {
        let prefix = prefix.to_owned();
        self.ask(move |history| history.resolve(&prefix)).await?
    }

    /// All that is known of an operation.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn operation(&self, operation: &OperationId) -> Result<Operation, StoreError> {
        let operation = operation.clone();
        self.ask(move |history| history.operation(&operation))
            .await?
    }

    /// The operations that nothing has settled as far as was weighed, oldest doubt first, at most `limit`; and how many
    /// there are in all. What the rules find settled is to be weighed ([`Store::weigh`]).
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn left(&self, limit: usize) -> Result<Left, StoreError> {
        self.ask(move |history| history.left(limit)).await?
    }

    /// How many there are, without reading them.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn count_left(&self) -> Result<u64, StoreError> {
        self.ask(|history| history.count_left()).await?
    }

    /// Takes an operation from the list of what is left when `in_doubt` denies it, in one transaction with what it was
    /// shown. Writes nothing when it is not on the list.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub async fn weigh(
        &self,
        operation: &OperationId,
        in_doubt: impl FnOnce(&Operation) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        let operation = operation.clone();
        self.ask(move |history| history.weigh(&operation, in_doubt))
            .await?
    }

    /// The same for several, in one transaction.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub async fn weigh_all(
        &self,
        operations: Vec<OperationId>,
        in_doubt: impl Fn(&Operation) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        self.ask(move |history| history.weigh_all(&operations, in_doubt))
            .await?
    }

    /// Writes what a person settled, as `settle` has it after a look at the whole operation, and weighs it in the same
    /// transaction. `false`: it had nothing to settle, and nothing was written.
    ///
    /// # Errors
    /// When the history cannot be read or written.
    pub async fn settle(
        &self,
        operation: &OperationId,
        settle: impl FnOnce(&Operation) -> Option<Vec<Settlement>> + Send + 'static,
        in_doubt: impl FnOnce(&Operation) -> bool + Send + 'static,
    ) -> Result<bool, StoreError> {
        let operation = operation.clone();
        self.ask(move |history| history.settle(&operation, settle, in_doubt))
            .await?
    }

    /// Writes down what a person says of an operation.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn remark(&self, operation: &OperationId, remark: Remark) -> Result<(), StoreError> {
        let operation = operation.clone();
        self.ask(move |history| history.remark(&operation, &remark))
            .await?
    }

    /// Pins an exchange, so that it is kept and found again, or takes its pin off.
    ///
    /// # Errors
    /// When there is no such exchange, or the history cannot be written.
    pub async fn pin(
        &self,
        id: &ExchangeId,
        pinned: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        self.ask(move |history| history.pin(&id, pinned, at))
            .await?
    }

    /// Writes down what a person notes of an exchange, in the place of an earlier note; `None` takes it away. A note is
    /// one line of at most [`NOTE`](mark::NOTE) bytes.
    ///
    /// # Errors
    /// When it is too long, there is no such exchange, or the history cannot be written.
    pub async fn note(
        &self,
        id: &ExchangeId,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        self.ask(move |history| history.note(&id, note.as_deref(), at))
            .await?
    }

    /// From now on what is past these bounds goes in small steps, while nobody asks for anything. `least_age`: how long
    /// the most patient server remembers a key; nothing younger goes.
    pub fn keep(&self, bounds: Bounds, least_age: Duration) {
        // A thread that is gone prunes nothing.
        let _ = self.0.outbox.send(Message::Keep(bounds, least_age));
    }

    /// One run of pruning to its end, in steps between which others are served.
    ///
    /// # Errors
    /// When the history cannot be read or written; what went before is gone.
    pub async fn prune(&self, mut pruner: Pruner) -> Result<Pruned, StoreError> {
        loop {
            let (next, left) = self
                .ask(move |history| {
                    let left = history.prune(&mut pruner);
                    (pruner, left)
                })
                .await?;
            pruner = next;
            if !left? {
                return Ok(pruner.done());
            }
        }
    }

    /// Removes bodies that no exchange knows, as a history that was recovered or moved away leaves them: those older than
    /// a day. Answers how many.
    ///
    /// # Errors
    /// When the history or the directory cannot be read.
    pub async fn remove_strays(&self) -> Result<u64, StoreError> {
        self.ask(|history| history.remove_strays()).await?
    }

    /// Gives free pages back to the disk, when that is worth it and nobody else has the history open: others would wait.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn compact(&self) -> Result<Compacted, StoreError> {
        self.ask(|history| history.compact()).await?
    }

    /// What the history holds, and how much space it takes.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn census(&self) -> Result<Census, StoreError> {
        self.ask(|history| history.census()).await?
    }

    /// How many exchanges of each class there are, without a look at them.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn tally(&self) -> Result<Tally, StoreError> {
        self.ask(|history| history.tally()).await?
    }

    /// What came back over time, in so many stretches of this length, the last of them the one that `now` lies in. At
    /// most the 10,000 newest exchanges are looked at; it says when that cut it.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn outcomes(
        &self,
        now: Timestamp,
        step: SignedDuration,
        buckets: usize,
    ) -> Result<Outcomes, StoreError> {
        self.ask(move |history| history.outcomes(now, step, buckets))
            .await?
    }

    /// The operation that used this idempotency key at this origin last.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn by_key(&self, key: &str, origin: &str) -> Result<Option<OperationId>, StoreError> {
        let (key, origin) = (key.to_owned(), origin.to_owned());
        self.ask(move |history| history.by_key(&key, &origin))
            .await?
    }

    /// The quota that was read last for this credential at this origin, with the moment its answer's head arrived.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn latest_quota(
        &self,
        origin: &str,
        credential: Option<Fingerprint>,
    ) -> Result<Option<(Quota, Timestamp)>, StoreError> {
        let origin = origin.to_owned();
        self.ask(move |history| history.latest_quota(&origin, credential))
            .await?
    }

    /// What any process of this history sent to this origin with this credential, newest first: all since that moment,
    /// but no more than [`MOST`](crate::domain::rate_limit::observed::MOST), and before it a few more, so that the last
    /// can be judged.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn sent(
        &self,
        origin: &str,
        credential: Option<Fingerprint>,
        since: Timestamp,
    ) -> Result<Vec<Sent>, StoreError> {
        let origin = origin.to_owned();
        self.ask(move |history| history.sent(&origin, credential, since))
            .await?
    }

    /// Counts up whenever rows changed, by this process or another, or when a process that still owed an outcome is
    /// gone. A new receiver starts from now. The first call begins the watch; while nothing happens, nothing wakes.
    ///
    /// A process that appeared after the last read of this store is waited for from the next read on. The number is
    /// no count of rows: a burst counts once.
    pub fn changes(&self) -> latest::Receiver<u64> {
        // A thread that is gone has dropped its sender, and the receiver says so.
        let _ = self.0.outbox.send(Message::Watch(self.0.outbox.clone()));
        let mut changes = self.0.changes.clone();
        changes.mark_unchanged();
        changes
    }

    /// Where the body of this exchange's answer goes as it comes. Only redacted bytes may go there.
    ///
    /// # Errors
    /// When the id cannot be one.
    pub fn body_writer(&self, id: &ExchangeId) -> Result<BodyWriter, StoreError> {
        self.body_path(id).map(BodyWriter::new)
    }

    /// The body of this exchange's answer, for paged reads; `None` when no byte of it came.
    ///
    /// # Errors
    /// When the id cannot be one, or the file is there and cannot be opened.
    pub fn open_body(&self, id: &ExchangeId) -> Result<Option<File>, StoreError> {
        body::open(&self.0.directory.bodies(), id)
    }

    /// Where the body of this exchange's answer lies when it has any.
    ///
    /// # Errors
    /// When the id cannot be one.
    pub fn body_path(&self, id: &ExchangeId) -> Result<PathBuf, StoreError> {
        body::path(&self.0.directory.bodies(), id)
    }
}
