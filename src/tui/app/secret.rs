//! Secrets on the screen: what a send lacks is asked for, and what a request was sent with can be looked at.

use crate::domain::exchange::Failure;
use crate::domain::id::ExchangeId;
use crate::domain::order::Order;
use crate::domain::redact::Secret;
use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Lacking, Revealed, Ticket};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::secret::SecretPrompt;
use crate::tui::session::Selection;

impl App {
    /// A send lacks values. Only whoever still looks at what they wanted to send is asked for them.
    pub(super) fn lacks(
        &mut self,
        ticket: Ticket,
        order: Box<Order>,
        lacking: Lacking,
        failure: Failure,
    ) {
        let looks = self.session.ended(ticket) && !self.writes_a_line();
        self.request.not_sent(ticket);
        match SecretPrompt::new(order, lacking).filter(|_| looks && self.overlay.is_none()) {
            Some(prompt) => self.overlay = Some(Overlay::Secret(Box::new(prompt))),
            None => self.session.notice = Some(failure),
        }
    }

    /// What was lacking was given.
    pub(super) fn supply(
        &mut self,
        order: Order,
        credential: Option<(String, Secret)>,
    ) -> Vec<Effect> {
        if !self.may_send() {
            return Vec::new();
        }
        let given = credential.map(|(profile, credential)| Effect::GiveCredential {
            profile,
            credential,
        });
        given.into_iter().chain(self.fly(order)).collect()
    }

    /// Shows the secrets of the request on show, or hides them again.
    pub(super) fn reveal(&mut self) -> Vec<Effect> {
        if self.request.hide() {
            return Vec::new();
        }
        let Selection::Exchange(id) = &self.session.selection else {
            let hint = "select what was sent in the history (1); a draft shows what is typed";
            self.tell(Failure::new("only what was sent can be revealed").hint(hint));
            return Vec::new();
        };
        vec![Effect::Reveal(id.clone())]
    }

    /// They were opened. Whoever looks at something else by now gets nothing.
    pub(super) fn revealed(&mut self, id: &ExchangeId, request: Result<Box<Revealed>, Failure>) {
        match request {
            Err(failure) => self.tell(failure),
            Ok(request) => {
                let on_show = self
                    .session
                    .on_show()
                    .filter(|loaded| loaded.exchange.id == *id);
                let is_selected = self.session.selection == Selection::Exchange(id.clone());
                if let (Some(loaded), true) = (on_show, is_selected) {
                    self.request.reveal(&loaded.exchange, *request);
                    self.focus(Pane::Request);
                    let hint = "v hides them; nothing of this is copied, kept or edited";
                    self.tell(Failure::new("secrets are on the screen").hint(hint));
                }
            }
        }
    }
}
