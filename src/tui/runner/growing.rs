//! Bodies that still arrive, indexed as far as they have come.
//!
//! ```text
//!   dispatch ─arrivals─▶ watch_bodies ─▶ a task for each answer: so many bytes rest ─▶ indexed ─▶ BodyRead …
//! ```
//!
//! The first bytes of a large body are told at once, a small one's outcome is there sooner than its body would be looked
//! at. What was told last stays until the outcome was read, and its document with it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::dispatch::arrival::Arriving;
use crate::document::indexing::Indexing;
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

/// Follows the body of each answer that arrives.
pub(super) async fn watch_bodies(
    arrivals: watch::Receiver<Arriving>,
    store: Store,
    messages: mpsc::UnboundedSender<Message>,
) {
    let follow = |id, arrival| follow(id, arrival, store.clone(), messages.clone());
    each_arrival(arrivals, follow).await;
}

async fn follow(
    id: ExchangeId,
    mut arrival: watch::Receiver<Arrival>,
    store: Store,
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
        body.grow(bytes);
        let Ok(read) = index(indexing).await else {
            return;
        };
        indexing = read;
        let (id, document) = (id.clone(), Box::new(indexing.document()));
        if messages.send(Message::BodyRead { id, document }).is_err() {
            return;
        }
        pause(&arrival, done).await;
        if arrival.changed().await.is_err() {
            return;
        }
    }
}

/// Indexes what is there.
async fn index(mut indexing: Indexing) -> io::Result<Indexing> {
    let read = tokio::task::spawn_blocking(move || {
        while indexing.step(STEP)? {}
        Ok(indexing)
    });
    match read.await {
        Ok(read) => read,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
