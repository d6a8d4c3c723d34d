//! Writes pins and notes, and reads what may be written into a filter.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use crate::domain::exchange::Failure;
use crate::domain::id::ExchangeId;
use crate::domain::query::complete::Known;
use crate::store::error::StoreError;
use crate::tui::message::{Message, Values};
use crate::tui::runner::Runner;

/// How many values are read at most.
const VALUES: usize = 40;

impl Runner {
    /// Pins an exchange, or takes its pin off; the history's own notice brings the row.
    pub(super) fn pin(&self, id: ExchangeId, pinned: bool) {
        let (services, messages) = (Arc::clone(&self.services), self.messages.clone());
        tokio::spawn(async move {
            let Some(services) = services.get() else {
                return;
            };
            let written = services.store.pin(&id, pinned, Timestamp::now()).await;
            let _ = messages.send(kept(id, "the pin", written));
        });
    }

    /// Writes down what somebody notes of an exchange.
    pub(super) fn note(&self, id: ExchangeId, note: Option<String>) {
        let (services, messages) = (Arc::clone(&self.services), self.messages.clone());
        tokio::spawn(async move {
            let Some(services) = services.get() else {
                return;
            };
            let written = services.store.note(&id, note, Timestamp::now()).await;
            let _ = messages.send(kept(id, "the note", written));
        });
    }

    /// Reads values of a term, unless others are asked for before their turn comes.
    pub(super) fn load_values(&self, of: Known, prefix: String) {
        let (services, messages) = (Arc::clone(&self.services), self.messages.clone());
        let asked = Arc::clone(&self.values);
        let this = asked.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::spawn(async move {
            let Some(services) = services.get() else {
                return;
            };
            if asked.load(Ordering::Relaxed) != this {
                return;
            }
            // What cannot be read is not offered; the list itself says what is wrong.
            if let Ok(values) = services.store.known(of, &prefix, VALUES).await {
                let values = Values { of, prefix, values };
                let _ = messages.send(Message::ValuesLoaded(values));
            }
        });
    }
}

fn kept(id: ExchangeId, what: &str, written: Result<(), StoreError>) -> Message {
    match written {
        Ok(()) => Message::Kept(id),
        Err(error) => {
            let failure = Failure::new(format!("{what} could not be written"));
            Message::Failed(failure.because(error.to_string()))
        }
    }
}
