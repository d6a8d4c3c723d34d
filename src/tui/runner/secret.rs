//! Secrets between the screen and what keeps them: what a send lacks, a credential that was given, a look at what was
//! sent.

use std::sync::Arc;

use crate::dispatch::SendError;
use crate::domain::exchange::Failure;
use crate::domain::id::ExchangeId;
use crate::domain::order::{Ask, Order};
use crate::domain::redact::Secret;
use crate::domain::refill::RefillError;
use crate::domain::slot::Slot;
use crate::services::Services;
use crate::tui::message::{Lack, Lacking, Message, Revealed, Ticket};
use crate::tui::runner::Runner;
use crate::tui::runner::progress::failed;

/// Why an order was not sent: what a person can give is asked for.
pub(super) fn not_sent(ticket: Ticket, mut order: Order, error: &SendError) -> Message {
    let failure = failed(error);
    let (lacks, wrong) = match error {
        SendError::Asks(profile) => (vec![Lack::Credential(profile.clone())], None),
        SendError::Refill(RefillError::NotKept(places)) => {
            (places.iter().cloned().map(Lack::Value).collect(), None)
        }
        SendError::Refill(RefillError::Differs(place)) => {
            let (Ask::Compose { secrets, .. } | Ask::Replay { secrets, .. }) = &mut order.ask;
            secrets.retain(|supplied| supplied.place != *place);
            let wrong = format!("that is not what was sent at {place}: nothing was sent");
            (vec![Lack::Value(place.clone())], Some(wrong))
        }
        _ => return Message::SendFailed { ticket, failure },
    };
    Message::SendLacks {
        ticket,
        order: Box::new(order),
        lacking: Lacking { lacks, wrong },
        failure,
    }
}

impl Runner {
    /// Takes a credential. It is there before the next order is looked at.
    pub(super) fn give_credential(&self, profile: &str, credential: Secret) {
        let Some(services) = self.services.get() else {
            return;
        };
        self.tell(match services.give_credential(profile, credential) {
            Ok(()) => Message::CredentialGiven(services.credential()),
            Err(error) => {
                let what = "the credential cannot be used";
                Message::Failed(Failure::new(what).because(error.to_string()))
            }
        });
    }

    /// Opens the secrets of a request.
    pub(super) fn reveal(&self, id: ExchangeId) {
        let (services, messages) = (Arc::clone(&self.services), self.messages.clone());
        tokio::spawn(async move {
            if let Some(services) = services.get() {
                let request = revealed(services, &id).await.map(Box::new);
                let _ = messages.send(Message::Revealed { id, request });
            }
        });
    }
}

async fn revealed(services: &Services, id: &ExchangeId) -> Result<Revealed, Failure> {
    let hidden = |cause: String| Failure::new("its secrets cannot be shown").because(cause);
    let found = services.store.get(id).await;
    let found = found.map_err(|error| hidden(error.to_string()))?;
    let exchange = found.ok_or_else(|| hidden("it is no longer in the history".to_owned()))?;
    let given = |slot: &&Slot| slot.mac.is_some();
    if exchange.request.slots.iter().filter(given).count() == 0 {
        return Err(Failure::new("there is no secret to reveal")
            .because("nobody wrote one into this request; a credential is never shown"));
    }
    let shown = services.dispatch.reveal(&exchange);
    shown
        .map(Revealed)
        .map_err(|error| hidden(error.to_string()))
}
