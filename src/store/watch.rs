//! Seeing that another process wrote: the system's notices of files, or else a slow poll.
//!
//! ```text
//!   inotify, FSEvents, … ▶ is it history.db or history.db-wal? ▶ Touched ▶ (50 ms) ▶ PRAGMA data_version ▶ notice
//! ```
//!
//! A notice of the system's is a hint only: our own writes raise it as well, and so does a checkpoint. What counts is
//! SQLite's `data_version`, which moves when another connection has committed.

use std::path::Path;
use std::sync::mpsc::Sender;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::store::directory::HISTORY;
use crate::store::thread::Message;

/// A watch on the data directory; dropping it ends it.
pub struct Watch(Option<RecommendedWatcher>);

impl Watch {
    /// Watches this directory and sends [`Message::Touched`].
    pub fn new(directory: &Path, notice: Sender<Message>) -> Watch {
        let tell = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| concerns(&event)) {
                // The store is closing; so is this watch.
                let _ = notice.send(Message::Touched);
            }
        };
        let watcher = notify::recommended_watcher(tell).and_then(|mut watcher| {
            watcher.watch(directory, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        match watcher {
            Ok(watcher) => Watch(Some(watcher)),
            Err(error) => {
                tracing::warn!(%error, "no notices of files: the history is looked at every second");
                Watch(None)
            }
        }
    }

    /// Whether there are no notices, so that one has to look.
    pub fn polls(&self) -> bool {
        self.0.is_none()
    }
}

/// Opening and reading tell nothing new. The shared-memory file is changed by readers as well.
fn concerns(event: &Event) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    let ours = |path: &std::path::PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(HISTORY) && !name.ends_with("-shm"))
    };
    event.need_rescan() || event.paths.iter().any(ours)
}

#[cfg(test)]
mod tests {
    use super::concerns;
    use notify::event::{AccessKind, DataChange, Flag, ModifyKind};
    use notify::{Event, EventKind};

    #[test]
    fn only_writes_to_the_database_and_its_log_count() {
        let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        for (kind, file, expected) in [
            (data, "/d/history.db-wal", true),
            (data, "/d/history.db", true),
            (data, "/d/history.db-shm", false),
            (data, "/d/create.lock", false),
            (EventKind::Access(AccessKind::Any), "/d/history.db", false),
        ] {
            let event = Event::new(kind).add_path(file.into());
            assert_eq!(concerns(&event), expected, "{kind:?} {file}");
        }
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(concerns(&lost), "notices were lost: look");
    }
}
