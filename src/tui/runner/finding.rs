//! Searches through bodies for the screen, one at a time; through what still comes as well.
//!
//! ```text
//!   Find ─▶ step by step ─▶ BodySearched … ─▶ all that is there ─▶ FindOn ─▶ step by step ─▶ …
//!                                                  └─ the body is whole: done
//! ```
//!
//! One search goes on for as long as its body grows: what was searched is not searched again. Whoever drops a `Find` ends
//! it, between two steps.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::document::Document;
use crate::document::find::needle::Needle;
use crate::document::find::search::{Progress, Search};
use crate::domain::exchange::Failure;
use crate::tui::message::Message;
use crate::tui::runner::body::TOLD_EVERY;

/// How long a key may take at most to find a match again that is known.
const SLOW: Duration = Duration::from_micros(500);

/// A search that runs, or waits for more of its body.
pub(super) struct Find {
    search: u64,
    documents: watch::Sender<Document>,
}

impl Find {
    /// Begins to search.
    pub(super) fn start(
        search: u64,
        document: Document,
        needle: Needle,
        messages: mpsc::UnboundedSender<Message>,
    ) -> Find {
        let (documents, latest) = watch::channel(document);
        let finding = Finding {
            search,
            searching: Search::new(needle),
            latest,
            messages,
            told: None,
        };
        tokio::spawn(finding.run());
        Find { search, documents }
    }

    /// More of the body is there. Of several it is the latest that is searched.
    pub(super) fn go_on(&self, search: u64, document: Document) {
        if search == self.search {
            self.documents.send_replace(document);
        }
    }
}

/// What its task holds.
struct Finding {
    search: u64,
    searching: Search,
    latest: watch::Receiver<Document>,
    messages: mpsc::UnboundedSender<Message>,
    /// When something was told last.
    told: Option<Instant>,
}

impl Finding {
    async fn run(mut self) {
        loop {
            let document = self.latest.borrow_and_update().clone();
            let is_whole = document.is_whole();
            let through = tokio::task::spawn_blocking(move || self.through(&document));
            let Some(this) = through.await.unwrap_or_else(|panic| {
                std::panic::resume_unwind(panic.into_panic());
            }) else {
                return;
            };
            self = this;
            // Whether it is whole was known before it was searched: later a longer one may be the latest.
            if is_whole || self.latest.changed().await.is_err() {
                return;
            }
        }
    }

    /// Searches all of this that was not searched yet. `None`: nobody waits for it, or it cannot be read.
    fn through(mut self, document: &Document) -> Option<Finding> {
        let source = document.shown_bytes();
        let mut since = Instant::now();
        let mut is_slow = || {
            let is_slow = since.elapsed() >= SLOW;
            if is_slow {
                since = Instant::now();
            }
            is_slow
        };
        while self.latest.has_changed().is_ok() {
            let progress = match self.searching.step_with(&source, &mut is_slow) {
                Ok(progress) => progress,
                Err(error) => {
                    let failure = Failure::new("the body cannot be searched");
                    let failure = failure.because(error.to_string());
                    let _ = self.messages.send(Message::Failed(failure));
                    return None;
                }
            };
            self.tell(progress);
            if progress.is_done {
                return Some(self);
            }
        }
        None
    }

    fn tell(&mut self, progress: Progress) {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY);
        if !is_due && !progress.is_done {
            return;
        }
        self.told = Some(Instant::now());
        let message = Message::BodySearched {
            search: self.search,
            hits: Box::new(self.searching.hits().clone()),
            is_done: progress.is_done,
        };
        // The loop outlives every task; when it is gone nobody is left to be told.
        let _ = self.messages.send(message);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use crate::document::Document;
    use crate::document::find::needle::{Needle, Wanted};
    use crate::document::indexing::Indexing;
    use crate::document::source::Memory;
    use crate::tui::message::Message;
    use crate::tui::runner::finding::Find;

    fn document(words: usize, is_whole: bool) -> Document {
        let source = Arc::new(Memory::new("word ".repeat(words)));
        let mut indexing = Indexing::new(source, "text/plain");
        indexing.read_all().expect("memory is readable");
        if is_whole {
            indexing.finish().expect("memory is readable");
        }
        indexing.document()
    }

    /// What it tells once it has searched so much.
    async fn told(messages: &mut mpsc::UnboundedReceiver<Message>, bytes: u64) -> (u64, u64) {
        loop {
            match messages.recv().await {
                Some(Message::BodySearched {
                    search,
                    hits,
                    is_done: true,
                }) if hits.body() == bytes => return (search, hits.count()),
                Some(Message::BodySearched { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn it_goes_on_as_long_as_the_body_grows_and_ends_with_it() {
        let (sender, mut messages) = mpsc::unbounded_channel();
        let wanted = Wanted {
            text: "d w",
            ..Wanted::default()
        };
        let needle = Needle::new(&wanted).expect("a needle");
        let find = Find::start(7, document(2, false), needle, sender);
        assert_eq!(told(&mut messages, 10).await, (7, 1));
        // Meant for another one.
        find.go_on(6, document(9, true));
        find.go_on(7, document(400_000, false));
        assert_eq!(told(&mut messages, 2_000_000).await, (7, 399_999));
        find.go_on(7, document(400_001, true));
        assert_eq!(told(&mut messages, 2_000_005).await, (7, 400_000));
        assert!(messages.recv().await.is_none(), "it is over");
        drop(find);
    }

    #[tokio::test]
    async fn who_drops_it_ends_it() {
        let (sender, mut messages) = mpsc::unbounded_channel();
        let needle = Needle::new(&Wanted {
            text: "word",
            ..Wanted::default()
        });
        let find = Find::start(1, document(5, false), needle.expect("a needle"), sender);
        assert_eq!(told(&mut messages, 25).await, (1, 5));
        drop(find);
        assert!(messages.recv().await.is_none());
    }
}
