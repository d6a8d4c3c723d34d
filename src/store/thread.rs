//! The thread that the history lives on: SQLite blocks, and nothing that draws may wait for a disk.
//!
//! ```text
//!   Store ──Job──────┐
//!   watch ──Touched──┼──▶ inbox ──▶ one after the other ──▶ answers over oneshots, notices over a watch
//!   owner ──Gone─────┘       └─ nothing to do: asleep, without a tick
//! ```
//!
//! Files that were touched are looked at 50 ms later, once for a whole burst; and, when nothing was to be seen yet, twice
//! again: a file is written before it counts, and a slow disk may take its time in between. Then it sleeps. Only where the system gives no notices of
//! files does the thread wake by itself, once a second, and only when somebody asked for changes.
//!
//! What searches need and sends should not wait for is indexed when nobody asked for anything for a moment, in steps of
//! a few milliseconds, as long as there is something to index; and for a last moment at the end. Likewise what is past the
//! bounds goes, from the start on and again when something was asked for ten minutes later: without work nothing wakes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};

use crate::domain::prune::Bounds;
use crate::store::directory::Directory;
use crate::store::error::StoreError;
use crate::store::history::History;
use crate::store::prune::Pruner;
use crate::store::recover::Recovered;
use crate::store::watch::Watch;

/// A piece of work on the history. It brings its own way to answer.
pub type Job = Box<dyn FnOnce(&mut History) + Send>;

/// What is known once it is open: where things lie, what became of a damaged history, and whether it can be read only.
pub type Opened = (Directory, Option<Recovered>, bool);

/// What the thread is told.
pub enum Message {
    /// Do this.
    Job(Job),
    /// Tell of changes from now on; here is where to write to.
    Watch(Sender<Message>),
    /// Keep so much from now on; the second is how long nothing goes in any case.
    Keep(Bounds, Duration),
    /// A file of the database was written by somebody, perhaps by us.
    Touched,
    /// The lock of this owner became free.
    OwnerGone(String),
    /// The last handle is gone: finish.
    Stop,
}

/// How long a burst of writes is gathered before one look.
const GATHER: Duration = Duration::from_millis(50);

/// When to look again after a look that saw nothing.
const AGAIN: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// How often we look where the system tells of no files.
const POLL: Duration = Duration::from_secs(1);

/// After how much rest indexing begins, and the pause between two steps of it.
const REST: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(5);

/// How long after a run of pruning the next one may begin.
const PRUNE: Duration = Duration::from_secs(10 * 60);

/// How long indexing may keep the end waiting.
const LAST: Duration = Duration::from_millis(50);

/// Starts the thread; it opens the history, says so, and works until it is told to stop.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    path: PathBuf,
    inbox: Receiver<Message>,
    changes: watch::Sender<u64>,
    opened: oneshot::Sender<Result<Opened, StoreError>>,
) -> Result<(), StoreError> {
    let failed = StoreError::file(&path, "got no thread");
    let thread = std::thread::Builder::new().name("history".into());
    let work = {
        let path = path.clone();
        move || match open(&path, changes) {
            Ok((directory, history)) => {
                let (recovered, read_only) = (history.recovered().cloned(), history.is_read_only());
                let desk = Desk::new(directory.clone(), history, inbox);
                // Nobody waits any more: then no message will come either, and the desk closes at once.
                let _ = opened.send(Ok((directory, recovered, read_only)));
                desk.run();
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        }
    };
    thread.spawn(work).map(drop).map_err(failed)
}

fn open(
    path: &std::path::Path,
    changes: watch::Sender<u64>,
) -> Result<(Directory, History), StoreError> {
    let directory = Directory::make(path)?;
    let history = History::open(&directory, changes)?;
    Ok((directory, history))
}

struct Desk {
    directory: Directory,
    history: History,
    inbox: Receiver<Message>,
    watch: Option<Watch>,
    /// When to look what others changed.
    due: Option<Instant>,
    /// How many looks saw nothing since a file was touched.
    in_vain: usize,
    /// When the next step of a chore is due, when there is one.
    chore: Option<Instant>,
    /// How much is kept, once that was told.
    upkeep: Option<Upkeep>,
    /// Whether bodies may lie there whose exchanges went: a run that was killed leaves their names.
    leftovers: bool,
}

/// How much is kept, and how far the history was looked through for what may go.
struct Upkeep {
    bounds: Bounds,
    least_age: Duration,
    /// The run that is on.
    run: Option<Pruner>,
    /// When the last one began.
    began: Option<Instant>,
}

impl Upkeep {
    /// The run that is on, or one that begins because the last one is long ago.
    fn run(&mut self) -> Option<&mut Pruner> {
        let fresh = self.began.is_some_and(|began| began.elapsed() < PRUNE);
        if self.run.is_none() && fresh {
            return None;
        }
        let begin = || Pruner::new(self.bounds, self.least_age, Timestamp::now(), false);
        if self.run.is_none() {
            self.began = Some(Instant::now());
        }
        Some(self.run.get_or_insert_with(begin))
    }

    /// Whether there is something to do.
    fn is_due(&self) -> bool {
        let fresh = self.began.is_some_and(|began| began.elapsed() < PRUNE);
        self.run.is_some() || !fresh
    }
}

impl Desk {
    fn new(directory: Directory, history: History, inbox: Receiver<Message>) -> Desk {
        Desk {
            directory,
            history,
            inbox,
            watch: None,
            due: None,
            in_vain: 0,
            chore: None,
            upkeep: None,
            leftovers: true,
        }
    }

    fn run(mut self) {
        self.chore_after(REST);
        loop {
            match self.next() {
                Ok(Message::Job(job)) => {
                    self.work(job);
                    self.chore_after(REST);
                }
                Ok(Message::Watch(notice)) => self.watch(notice),
                Ok(Message::Keep(bounds, least_age)) => {
                    self.upkeep = (!bounds.is_empty()).then_some(Upkeep {
                        bounds,
                        least_age,
                        run: None,
                        began: None,
                    });
                    self.chore_after(REST);
                }
                Ok(Message::Touched) => {
                    self.in_vain = 0;
                    self.look_within(GATHER);
                }
                Ok(Message::OwnerGone(name)) => {
                    let told = self.history.owner_gone(&name);
                    self.log(told);
                    self.look();
                }
                Err(RecvTimeoutError::Timeout) => self.wake(),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let end = Instant::now() + LAST;
        while self.history.has_to_index().unwrap_or(false) && Instant::now() < end {
            if !self.index() {
                break;
            }
        }
    }

    fn next(&self) -> Result<Message, RecvTimeoutError> {
        let due = self.due.into_iter().chain(self.chore).min();
        match due {
            Some(due) => {
                let left = due.saturating_duration_since(Instant::now());
                self.inbox.recv_timeout(left)
            }
            None => {
                let message = self.inbox.recv();
                message.map_err(|_| RecvTimeoutError::Disconnected)
            }
        }
    }

    /// A job that panics rolls its transaction back and loses its answer; the outcomes of others must still be written.
    fn work(&mut self, job: Job) {
        if catch_unwind(AssertUnwindSafe(|| job(&mut self.history))).is_err() {
            tracing::error!("a piece of work on the history panicked and was rolled back");
        }
    }

    /// Does what is due.
    fn wake(&mut self) {
        let now = Instant::now();
        if self.chore.is_some_and(|due| due <= now) {
            self.chore();
        }
        if self.due.is_some_and(|due| due <= now) {
            self.look();
        }
    }

    fn chore_after(&mut self, rest: Duration) {
        // What cannot be asked now is asked after the next job.
        let has = self.history.has_to_index().unwrap_or(false);
        let has = has || self.leftovers || self.upkeep.as_ref().is_some_and(Upkeep::is_due);
        // Whoever asks again and again does not put it off for ever: it has its turn as soon as nobody waits.
        self.chore = has.then(|| self.chore.unwrap_or_else(|| Instant::now() + rest));
    }

    /// A step of what is done while nobody waits: what came is indexed, then what is past its time goes.
    fn chore(&mut self) {
        let left = self.index() || self.prune() || self.remove_leftovers();
        self.chore = left.then(|| Instant::now() + PAUSE);
    }

    /// Says whether there is more to index.
    fn index(&mut self) -> bool {
        let indexed = self.history.index();
        indexed.unwrap_or_else(|error| {
            let file = self.history.file().display();
            tracing::warn!(%file, %error, "text is not indexed; searches read it instead");
            false
        })
    }

    /// Goes on where a run was killed, once after the start. Says whether there is more to remove.
    fn remove_leftovers(&mut self) -> bool {
        self.leftovers = self.leftovers
            && self.history.remove_leftovers().unwrap_or_else(|error| {
                let file = self.history.file().display();
                tracing::warn!(%file, %error, "bodies of what is gone stay for now");
                false
            });
        self.leftovers
    }

    /// Says whether more may have to go.
    fn prune(&mut self) -> bool {
        let Some(upkeep) = &mut self.upkeep else {
            return false;
        };
        let Some(run) = upkeep.run() else {
            return false;
        };
        let left = self.history.prune(run).unwrap_or_else(|error| {
            let file = self.history.file().display();
            tracing::warn!(%file, %error, "what is past its time stays for now");
            false
        });
        if !left {
            upkeep.run = None;
        }
        left
    }

    fn watch(&mut self, notice: Sender<Message>) {
        if self.watch.is_none() {
            let watch = Watch::new(self.directory.path(), notice.clone());
            self.begin(watch, notice);
        }
    }

    fn begin(&mut self, watch: Watch, notice: Sender<Message>) {
        if watch.polls() {
            self.due = Some(Instant::now() + POLL);
        }
        self.watch = Some(watch);
        let told = self.history.watch(notice);
        self.log(told);
    }

    fn look_within(&mut self, time: Duration) {
        let due = Instant::now() + time;
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    fn look(&mut self) {
        self.due = None;
        let looked = self.history.look();
        if self.watch.as_ref().is_some_and(Watch::polls) {
            self.look_within(POLL);
        } else if matches!(looked, Ok(false))
            && let Some(later) = AGAIN.get(self.in_vain)
        {
            self.in_vain += 1;
            self.look_within(*later);
        }
        self.log(looked.map(drop));
    }

    fn log(&self, done: Result<(), StoreError>) {
        if let Err(error) = done {
            let file = self.history.file().display();
            tracing::warn!(%file, %error, "changes of other processes are not seen");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Desk, Message, open};
    use crate::store::watch::Watch;
    use std::sync::mpsc::channel;
    use std::time::Duration;
    use tokio::sync::watch;

    #[tokio::test]
    async fn without_notices_of_files_a_look_now_and_then_sees_the_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let (outbox, inbox) = channel();
        let (notices, mut changes) = watch::channel(0);
        let (directory, history) = open(dir.path(), notices).expect("a history");
        let mut desk = Desk::new(directory.clone(), history, inbox);
        let blind = Watch::new(&dir.path().join("not there"), outbox.clone());
        assert!(blind.polls());
        desk.begin(blind, outbox.clone());
        let thread = std::thread::spawn(move || desk.run());

        let other = rusqlite::Connection::open(directory.history()).expect("opened");
        other
            .execute_batch("CREATE TABLE by_another (x)")
            .expect("written");
        let told = tokio::time::timeout(Duration::from_secs(10), changes.changed()).await;
        told.expect("seen").expect("the thread works");
        outbox.send(Message::Stop).expect("it listens");
        thread.join().expect("it ends");
    }
}
