//! Bodies that still arrive, indexed as far as they have come.
//!
//! ```text
//!   dispatch ─arrivals─▶ watch_bodies ─▶ a task for each answer: so many bytes rest ─▶ indexed ─▶ BodyRead …
//!                                                              whole ─▶ Arrived, for who reads the outcome
//! ```
//!
//! The first bytes of a large body are told at once, a small one's outcome is there sooner than its body would be looked
//! at. What was told last stays until the outcome was read, and its document with it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::dispatch::arrival::Arriving;
use crate::document::Document;
use crate::document::indexing::Indexing;
use crate::document::source::Source;
use crate::domain::arrival::Arrival;
use crate::domain::id::ExchangeId;
use crate::store::Store;
use crate::tui::message::Message;
use crate::tui::runner::arriving::{each_arrival, pause};
use crate::tui::runner::body::BodyFile;

/// How long it waits for more of a body that comes slowly, before its beginning is told: thirty frames a second.
const PACE: Duration = Duration::from_millis(33);

/// A body of this many bytes has more to come, and is told at once.
const LARGE: u64 = 48 << 10;

/// How much is indexed at a time.
const STEP: usize = 4 << 20;

/// The body that came to its end last: whoever reads the outcome of its exchange need not index it again.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrived(Arc<Mutex<Option<(ExchangeId, Document)>>>);

impl Arrived {
    fn keep(&self, id: &ExchangeId, document: Document) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((id.clone(), document));
    }

    /// Gives it away, if it is of this exchange.
    pub(super) fn take(&self, id: &ExchangeId) -> Option<Document> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, document) = last.take_if(|(of, _)| of == id)?;
        Some(document)
    }
}

/// Follows the body of each answer that arrives.
pub(super) async fn watch_bodies(
    arrivals: watch::Receiver<Arriving>,
    store: Store,
    arrived: Arrived,
    messages: mpsc::UnboundedSender<Message>,
) {
    let follow = |id, arrival| {
        let (store, arrived, messages) = (store.clone(), arrived.clone(), messages.clone());
        follow(id, arrival, store, arrived, messages)
    };
    each_arrival(arrivals, follow).await;
}

async fn follow(
    id: ExchangeId,
    mut arrival: watch::Receiver<Arrival>,
    store: Store,
    arrived: Arrived,
    messages: mpsc::UnboundedSender<Message>,
) {
    let large = arrival.wait_for(|arrival| arrival.bytes >= LARGE);
    // What comes slowly is told after a while, whatever came by then.
    if let Ok(Err(_)) = tokio::time::timeout(PACE, large).await {
        return;
    }
    let content_type = match arrival.wait_for(|arrival| arrival.bytes > 0).await {
        Ok(first) => first.head.headers.get("content-type").map(str::to_owned),
        Err(_) => return,
    };
    // Nothing is said of a body that cannot be read while it comes: it is read again when it is whole.
    let Ok(Some(file)) = store.open_body(&id) else {
        return;
    };
    let body = Arc::new(BodyFile::growing(file));
    let mut indexing = Indexing::new(body.clone(), &content_type.unwrap_or_default());
    loop {
        let (bytes, done) = {
            let now = arrival.borrow_and_update();
            (now.bytes, now.done)
        };
        // A full disk takes back what was there: the body is read anew when its outcome is written.
        if bytes < body.len() {
            return;
        }
        body.grow(bytes);
        let Ok(read) = index(indexing, done).await else {
            return;
        };
        indexing = read;
        let document = indexing.document();
        if done {
            arrived.keep(&id, document.clone());
        }
        let told = Message::BodyRead {
            id: id.clone(),
            document: Box::new(document),
        };
        if messages.send(told).is_err() || done {
            return;
        }
        pause(&arrival, done).await;
        if arrival.changed().await.is_err() {
            return;
        }
    }
}

/// Indexes what is there, to its end when nothing more will come.
async fn index(mut indexing: Indexing, done: bool) -> io::Result<Indexing> {
    let read = tokio::task::spawn_blocking(move || {
        match done {
            true => indexing.finish()?,
            false => while indexing.step(STEP)? {},
        }
        Ok(indexing)
    });
    match read.await {
        Ok(read) => read,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tokio::sync::{mpsc, watch};

    use super::{Arrived, LARGE, watch_bodies};
    use crate::dispatch::arrival::Arriving;
    use crate::document::Document;
    use crate::domain::arrival::Arrival;
    use crate::domain::id::ExchangeId;
    use crate::store::Store;
    use crate::store::body::BodyWriter;
    use crate::tui::message::Message;

    fn arrival(id: &ExchangeId, bytes: u64, done: bool) -> Arrival {
        Arrival {
            id: id.clone(),
            head: Default::default(),
            bytes,
            done,
        }
    }

    /// A body that arrives, and who follows it.
    struct Followed {
        _dir: TempDir,
        id: ExchangeId,
        writer: BodyWriter,
        arrival: watch::Sender<Arrival>,
        arrived: Arrived,
        messages: mpsc::UnboundedReceiver<Message>,
    }

    impl Followed {
        /// Of which this much is there.
        async fn at(first: &[u8]) -> Followed {
            let dir = TempDir::new().expect("a directory");
            let store = Store::open(dir.path()).await.expect("a store");
            let id = ExchangeId::mint([3; 10]);
            let mut writer = store.body_writer(&id).expect("a writer");
            writer.append(first).expect("written");
            let (arrival, one) = watch::channel(arrival(&id, first.len() as u64, false));
            let (_, all) = watch::channel(Arriving::from([(id.clone(), one)]));
            let (sender, messages) = mpsc::unbounded_channel();
            let arrived = Arrived::default();
            tokio::spawn(watch_bodies(all, store, arrived.clone(), sender));
            Followed {
                _dir: dir,
                id,
                writer,
                arrival,
                arrived,
                messages,
            }
        }

        /// So many bytes are all there is.
        fn ends(&self, bytes: u64) {
            self.arrival.send_replace(arrival(&self.id, bytes, true));
        }

        /// What is told next, if anything more is.
        async fn told(&mut self) -> Option<Document> {
            match self.messages.recv().await {
                Some(Message::BodyRead { document, .. }) => Some(*document),
                None => None,
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_body_is_whole_before_its_outcome_is_written_and_is_given_away_once() {
        let text = format!("[{}0]", "1,".repeat(LARGE as usize));
        let (first, rest) = text.as_bytes().split_at(LARGE as usize);
        let mut followed = Followed::at(first).await;
        let document = followed.told().await.expect("its beginning");
        assert!(!document.is_whole());
        assert_eq!(document.indexed() as u64, LARGE);
        assert!(followed.arrived.take(&followed.id).is_none());

        followed.writer.append(rest).expect("written");
        followed.ends(text.len() as u64);
        let document = followed.told().await.expect("the whole");
        assert!(document.is_whole());
        assert_eq!(document.indexed(), text.len());
        let Followed { id, arrived, .. } = followed;
        assert!(arrived.take(&ExchangeId::mint([4; 10])).is_none());
        assert!(arrived.take(&id).is_some_and(|whole| whole.is_whole()));
        assert!(arrived.take(&id).is_none());
    }

    #[tokio::test]
    async fn what_a_full_disk_takes_back_is_not_told_to_be_whole() {
        let text = "1,".repeat(LARGE as usize);
        let mut followed = Followed::at(text.as_bytes()).await;
        let document = followed.told().await.expect("its beginning");
        assert!(!document.is_whole());
        followed.ends(LARGE);
        assert!(followed.told().await.is_none(), "nothing more is told");
        assert!(followed.arrived.take(&followed.id).is_none());
    }
}
