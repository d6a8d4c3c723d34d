//! Compares two exchanges beside the loop.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::exchange::Failure;
use crate::domain::id::ExchangeId;
use crate::services::comparison::compare;
use crate::tui::message::Message;
use crate::tui::runner::Runner;

impl Runner {
    /// Reads and compares; gives up as soon as another comparison is asked for, or none.
    pub(super) fn compare(&self, left: ExchangeId, right: ExchangeId) {
        let (services, messages) = (Arc::clone(&self.services), self.messages.clone());
        let asked = Arc::clone(&self.compares);
        let this = asked.fetch_add(1, Ordering::Relaxed) + 1;
        let wanted = move || asked.load(Ordering::Relaxed) == this;
        tokio::spawn(async move {
            let Some(services) = services.get() else {
                return;
            };
            let result = match compare(&services.store, &left, &right, wanted).await {
                Ok(Some(comparison)) => Ok(Box::new(comparison)),
                // Somebody else waits by now, or nobody.
                Ok(None) => return,
                Err(error) => {
                    let what = "the two cannot be compared";
                    Err(Failure::new(what).because(error.to_string()))
                }
            };
            let _ = messages.send(Message::Compared {
                left,
                right,
                result,
            });
        });
    }
}
