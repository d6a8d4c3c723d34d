//! Answers while they arrive, told to whoever watches.
//!
//! ```text
//!   Sink ──head──▶ Incoming ──▶ an entry: exchange ─▶ watch of its Arrival ◀── runner, and whoever asks for one
//!        ──bytes─▶    │             the latest wins: nothing queues, and nobody who watches slows the body down
//!                     ▼
//!        outcome written: the entry goes, and its watch ends
//! ```
//!
//! Not here: what an answer means. An entry is no outcome, and is gone when there is one.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::dispatch::Dispatch;
use crate::domain::arrival::{AnswerHead, Arrival};
use crate::domain::id::ExchangeId;
use crate::domain::redact::Redacted;

/// The answers that arrive now. The watch of one ends when its outcome was written, or could not be.
pub type Arriving = BTreeMap<ExchangeId, watch::Receiver<Arrival>>;

/// What arrives now, for all that is sent through one dispatch. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals(watch::Sender<Arriving>);

impl Arrivals {
    /// An exchange is about to be sent. Nothing is told of it before its head comes.
    pub(crate) fn expect(&self, id: &ExchangeId) -> Incoming {
        Incoming {
            arrivals: self.clone(),
            id: id.clone(),
            told: None,
        }
    }

    /// What arrives for this exchange.
    pub(crate) fn of(&self, id: &ExchangeId) -> Option<watch::Receiver<Arrival>> {
        self.0.borrow().get(id).cloned()
    }

    /// Everything that arrives.
    pub(crate) fn watch(&self) -> watch::Receiver<Arriving> {
        self.0.subscribe()
    }
}

impl Dispatch {
    /// What arrives of the answer to this exchange; `None` before its head came, and once its outcome was written.
    pub fn arrival(&self, id: &ExchangeId) -> Option<watch::Receiver<Arrival>> {
        self.arrivals.of(id)
    }

    /// Everything that arrives now: it changes when an answer begins, and when its outcome was written. An answer that
    /// came and went between two looks is not seen, and need not be.
    pub fn arrivals(&self) -> watch::Receiver<Arriving> {
        self.arrivals.watch()
    }
}

/// One exchange that is being sent: tells what arrives of its answer, until it is dropped.
#[derive(Debug)]
pub(crate) struct Incoming {
    arrivals: Arrivals,
    id: ExchangeId,
    told: Option<watch::Sender<Arrival>>,
}

impl Incoming {
    /// The head came, and no byte of the body yet.
    pub(crate) fn head(&mut self, head: Redacted<AnswerHead>) {
        let (told, arrival) = watch::channel(Arrival {
            id: self.id.clone(),
            head: head.into_inner().into(),
            bytes: 0,
            done: false,
        });
        self.told = Some(told);
        let of = |all: &mut Arriving| drop(all.insert(self.id.clone(), arrival));
        self.arrivals.0.send_modify(of);
    }

    /// So much of the body can be read where it rests by now. `done`: that is all of it.
    pub(crate) fn rests(&self, bytes: u64, done: bool) {
        let Some(told) = &self.told else { return };
        told.send_if_modified(|arrival| {
            let news = (arrival.bytes, arrival.done) != (bytes, done);
            (arrival.bytes, arrival.done) = (bytes, done);
            news
        });
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.told.is_some() {
            let gone = |all: &mut Arriving| all.remove(&self.id).is_some();
            self.arrivals.0.send_if_modified(gone);
        }
    }
}
