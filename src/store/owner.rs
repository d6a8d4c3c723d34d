//! Which process will write the outcome of a row that has none.
//!
//! ```text
//!   open ──▶ owners/<dice>.lock made and locked for as long as the process lives
//!               │ its name stands in each of its rows without an outcome
//!   others ─────┴─ probe: locked ▶ it lives, the row is in flight      free or missing ▶ it is gone, indeterminate
//! ```
//!
//! The system gives the lock back however a process ends, so no row is left "in flight" by a crash and no living send
//! is called lost. What makes it sound:
//! - Probe first, read the rows after. An owner never locks again and writes nothing once its lock is free, so a row
//!   read after that which still names it will never get an outcome from it.
//! - A probe locks shared: two probes do not take each other for the owner. Our own name is never probed: where locks
//!   belong to processes (NFS), closing the probe would lose our lock.
//! - Files are made, and those of others removed, under the create lock only; so nobody removes a file between its
//!   making and its locking. A missing file means gone, so removing one that is free is always right.
//!
//! A doubt (the file cannot be opened or probed) counts as "lives": the verdicts on "in flight" and on
//! "indeterminate" are the same, and only the second is for ever.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use crate::domain::exchange::{Failure, Outcome, Timing, Unanswered};
use crate::domain::request::KeyChoice;
use crate::store::directory::private;
use crate::store::error::StoreError;
use crate::store::thread::Message;

/// This process's own lock, and the view on those of others.
pub struct Owners {
    directory: PathBuf,
    name: String,
    /// Held, never read. The system frees it when it is closed.
    lock: Option<File>,
    /// Where to tell that an owner is gone, once somebody wants to know.
    notice: Option<Sender<Message>>,
    /// The owners that a parked thread waits for.
    awaited: Arc<Mutex<HashSet<String>>>,
}

impl Owners {
    /// Makes and takes this process's own lock. The caller holds the create lock.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn enter(directory: PathBuf) -> Result<Owners, StoreError> {
        let mut dice = [0; 16];
        let rolled = getrandom::fill(&mut dice).map_err(std::io::Error::other);
        rolled.map_err(StoreError::file(&directory, "got no random name"))?;
        let name = format!("{:032x}.lock", u128::from_ne_bytes(dice));
        let path = directory.join(&name);
        let file = private().write(true).create_new(true).open(&path);
        let file = file.map_err(StoreError::file(&path, "cannot be made"))?;
        let locked = file.try_lock().map_err(std::io::Error::from);
        locked.map_err(StoreError::file(&path, "cannot be locked"))?;
        Ok(Owners {
            directory,
            name,
            lock: Some(file),
            notice: None,
            awaited: Arc::default(),
        })
    }

    /// The view of a process that may not write, and so will never own a row.
    pub fn of_a_reader(directory: PathBuf) -> Owners {
        Owners {
            directory,
            name: String::new(),
            lock: None,
            notice: None,
            awaited: Arc::default(),
        }
    }

    /// The name of our own lock file; empty for a reader.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// From now on a message comes when an owner that was seen alive is gone.
    pub fn tell(&mut self, notice: Sender<Message>) {
        self.notice = Some(notice);
    }

    /// Those of these owners that are gone.
    pub fn gone(&self, names: Vec<String>) -> Vec<String> {
        let mut gone = names;
        gone.retain(|name| *name != self.name && !self.lives(name));
        gone
    }

    /// Whether no other process has this history open. A doubt counts as one that has.
    pub fn are_alone(&self) -> bool {
        let Ok(entries) = std::fs::read_dir(&self.directory) else {
            return false;
        };
        entries.flatten().all(|entry| {
            let name = entry.file_name();
            let others = name
                .to_str()
                .filter(|name| is_name(name) && *name != self.name);
            others.is_none_or(|name| !self.lives(name))
        })
    }

    fn lives(&self, name: &str) -> bool {
        if !is_name(name) {
            return false;
        }
        let file = match File::open(self.directory.join(name)) {
            Ok(file) => file,
            Err(e) => return e.kind() != ErrorKind::NotFound,
        };
        let free = file.try_lock_shared().is_ok();
        if !free {
            self.wait_for(name, file);
        }
        !free
    }

    /// Parks a thread on the lock of a living owner, so that its end is an event and needs no asking.
    fn wait_for(&self, name: &str, file: File) {
        let Some(notice) = self.notice.clone() else {
            return;
        };
        let Ok(mut awaited) = self.awaited.lock() else {
            return;
        };
        if !awaited.insert(name.to_owned()) {
            return;
        }
        let (name, shared) = (name.to_owned(), Arc::clone(&self.awaited));
        let parked = std::thread::Builder::new().name("history-owner".into());
        let parked = parked.spawn({
            let name = name.clone();
            move || {
                // Without a lock that can be waited for, the end is seen at the next read.
                if wait_until_free(file).is_ok() {
                    if let Ok(mut awaited) = shared.lock() {
                        awaited.remove(&name);
                    }
                    // Nobody listens any more once the store is closed.
                    let _ = notice.send(Message::OwnerGone(name));
                }
            }
        });
        if parked.is_err() {
            awaited.remove(&name);
        }
    }

    /// Removes the lock files of processes that are gone and stand in no row. The caller holds the create lock. What
    /// cannot be removed now is removed at a later start.
    pub fn sweep(&self, named: &[String]) {
        let Ok(entries) = std::fs::read_dir(&self.directory) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let ours = name.to_str().is_some_and(|name| {
                is_name(name) && name != self.name && !named.iter().any(|n| n == name)
            });
            if ours {
                remove_if_free(&entry.path());
            }
        }
    }
}

fn wait_until_free(file: File) -> std::io::Result<()> {
    loop {
        match file.lock_shared() {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn remove_if_free(path: &Path) {
    let Ok(file) = private().write(true).open(path) else {
        return;
    };
    if let Err(TryLockError::WouldBlock | TryLockError::Error(_)) = file.try_lock() {
        return;
    }
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "a free lock file stays");
    }
}

/// A name out of the database becomes part of a path: so it must be one that we make.
fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix(".lock");
    stem.is_some_and(|stem| stem.len() == 32 && stem.bytes().all(|b| b.is_ascii_hexdigit()))
}

impl Drop for Owners {
    fn drop(&mut self) {
        if self.name.is_empty() {
            return;
        }
        // Removed while still locked: whoever opens it later finds it missing, which means gone as well.
        let _ = std::fs::remove_file(self.directory.join(&self.name));
        drop(self.lock.take());
    }
}

/// What became of an exchange whose owner is gone.
pub fn outcome_of_the_gone(held: bool, key: KeyChoice) -> Outcome {
    let timing = Timing::default();
    if held {
        let failure = Failure::new("Nothing was sent: the process that was to send this is gone")
            .because("it ended while it waited for the rate limit")
            .hint("Send it again.");
        return Outcome::Failed(Unanswered { failure, timing });
    }
    let hint = match key {
        KeyChoice::None => "Look at the API whether it acted before you send it again.",
        _ => "Replay it with the same key to find out what happened.",
    };
    let failure = Failure::new("The process that sent this is gone: it may have acted")
        .because("it ended before it wrote down an outcome")
        .hint(hint);
    Outcome::Indeterminate(Unanswered { failure, timing })
}

#[cfg(test)]
mod tests {
    use super::{Owners, is_name};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use crate::store::thread::Message;

    fn owners(dir: &tempfile::TempDir) -> Owners {
        Owners::enter(dir.path().to_owned()).expect("a lock")
    }

    #[test]
    fn an_owner_lives_until_it_lets_go() {
        let dir = tempfile::tempdir().expect("a directory");
        let (ours, other) = (owners(&dir), owners(&dir));
        let name = other.name().to_owned();
        let both = vec![name.clone(), ours.name().to_owned()];
        assert!(ours.gone(both.clone()).is_empty());
        drop(other);
        assert_eq!(ours.gone(both), [name]);
    }

    #[test]
    fn a_probe_does_not_look_like_an_owner() {
        let dir = tempfile::tempdir().expect("a directory");
        let ours = owners(&dir);
        let name = format!("{:032x}.lock", 7);
        let left = std::fs::File::create(dir.path().join(&name)).expect("made");
        left.lock_shared().expect("another one's probe");
        assert_eq!(ours.gone(vec![name.clone()]), [name]);
    }

    #[test]
    fn an_end_is_told_once_somebody_asked() {
        let dir = tempfile::tempdir().expect("a directory");
        let (mut ours, other) = (owners(&dir), owners(&dir));
        let (notice, inbox) = channel();
        ours.tell(notice);
        let name = other.name().to_owned();
        for _ in 0..3 {
            assert!(ours.gone(vec![name.clone()]).is_empty());
        }
        assert!(inbox.try_recv().is_err(), "it lives");
        drop(other);
        let told = inbox.recv_timeout(Duration::from_secs(10)).expect("told");
        assert!(matches!(told, Message::OwnerGone(n) if n == name));
        assert!(inbox.try_recv().is_err(), "told once, waited for once");
    }

    #[test]
    fn the_sweep_removes_what_is_free_and_named_by_no_row() {
        let dir = tempfile::tempdir().expect("a directory");
        let (ours, other) = (owners(&dir), owners(&dir));
        let [free, named] = [1, 2].map(|n| format!("{n:032x}.lock"));
        for name in [free.as_str(), named.as_str(), "notes.txt"] {
            std::fs::write(dir.path().join(name), "").expect("written");
        }
        ours.sweep(std::slice::from_ref(&named));
        let stays = |name: &str| dir.path().join(name).exists();
        assert!(!stays(&free));
        assert!(stays(&named) && stays(ours.name()) && stays(other.name()) && stays("notes.txt"));
    }

    #[test]
    fn only_names_that_we_make_become_paths() {
        for (name, ok) in [
            ("00000000000000000000000000000007.lock", true),
            ("0000000000000000000000000000007.lock", false),
            ("../../../../../../../etc/hosts00.lock", false),
            ("", false),
        ] {
            assert_eq!(is_name(name), ok, "{name}");
        }
    }
}
