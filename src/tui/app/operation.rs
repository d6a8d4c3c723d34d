//! The draft's operation on the screen: the key that turns it, and the question before one that may have acted is left
//! behind.
//!
//! The gate in `dispatch` judges an order by the operation it names. A draft that was turned away names another one, so
//! what `R` would be asked is asked here: who turns it and sends it acts a second time like anybody else.

use crate::domain::exchange::Failure;
use crate::domain::id::OperationId;
use crate::domain::idempotency::{Choice, Question as Asked, question};
use crate::domain::order::Order;
use crate::tui::app::App;
use crate::tui::message::effect::Effect;
use crate::tui::overlay::Overlay;
use crate::tui::overlay::question::{Pending, Question};
use crate::tui::pane::request::operation::Turned;
use crate::tui::session::Selection;
use crate::tui::widget::text::middle;

impl App {
    /// Between continuing the draft's operation and a new one.
    pub(super) fn toggle_operation(&mut self) {
        let notice = match (&self.session.selection, self.request.is_sending()) {
            (_, true) => Failure::new("the draft is on its way"),
            (Selection::Draft, false) => match self.request.turn_operation() {
                Ok(Turned::Back(operation)) => {
                    Failure::new(format!("the draft continues {}", short(&operation)))
                }
                Ok(Turned::Away(operation)) => self.turned_away(&short(&operation)),
                Err(why) => why,
            },
            _ => Failure::new("the operation is a draft's choice")
                .hint("e makes a draft of what is on show"),
        };
        self.session.notice = Some(notice);
    }

    fn turned_away(&self, name: &str) -> Failure {
        let what = match self.asked_of_base() {
            Some(_) if self.waits_in_base() => {
                format!("{name} waits and goes by itself: a new operation would do it once more")
            }
            Some(Asked::ActsAgain) => format!("{name} has acted: a new operation does it again"),
            Some(Asked::MayActTwice) => {
                format!("{name} may have acted: a new operation does not know of that")
            }
            None => return Failure::new(format!("a new operation; O continues {name} again")),
        };
        Failure::new(what).hint("it is asked before it is sent; O turns back")
    }

    fn waits_in_base(&self) -> bool {
        let base = self.session.exchange();
        base.is_some_and(|base| self.session.has_waiting(&base.operation))
    }

    /// What a new key would be asked in the operation that the draft was made from. What waits there has done nothing
    /// yet, and will by itself: then a new operation does it a second time.
    fn asked_of_base(&self) -> Option<Asked> {
        if self.waits_in_base() {
            return Some(Asked::MayActTwice);
        }
        let advice = self.session.advice(self.session.on_show()?)?;
        question(&advice, Choice::NewKey)
    }

    /// Sends the draft's order, unless it leaves an operation behind that acted or may have: that is asked first.
    pub(super) fn ask_or_fly(&mut self, order: Order) -> Vec<Effect> {
        let draft = self.session.draft.as_ref();
        let draft = draft.filter(|_| self.session.selection == Selection::Draft);
        let Some(operation) = draft.and_then(|draft| draft.turned_away.clone()) else {
            return self.fly(order);
        };
        let asked = match (self.session.wanted(), self.session.on_show()) {
            (Some(_), Some(_)) => self.asked_of_base(),
            // What cannot be judged is asked.
            (None, _) => Some(Asked::MayActTwice),
            (Some(_), None) => {
                let what = "not sent: the operation that was left is still being read";
                self.session.notice = Some(Failure::new(what).hint("press s again"));
                return Vec::new();
            }
        };
        match asked {
            Some(asked) => {
                let waits = self.session.has_waiting(&operation);
                self.overlay = Some(Overlay::ask(leaves(&operation, asked, waits, order)));
                Vec::new()
            }
            None => self.fly(order),
        }
    }

    /// Somebody agreed to leave an operation behind. Has it come to something else meanwhile, that is asked.
    pub(super) fn leave(&mut self, order: Order, agreed: Asked) -> Vec<Effect> {
        match self.asked_of_base() {
            Some(asked) if asked != agreed => self.ask_or_fly(order),
            _ => self.fly(order),
        }
    }
}

fn leaves(operation: &OperationId, asked: Asked, waits: bool, order: Order) -> Question {
    let (title, did) = match asked {
        _ if waits => ("It WILL ACT TWICE. Send it?", "waits and does it by itself"),
        Asked::ActsAgain => ("Do the action AGAIN?", "did it once"),
        Asked::MayActTwice => ("It MAY ACT TWICE. Send it?", "may have done it already"),
    };
    let text = vec![
        format!("{operation} {did}, and a new operation does not know of that."),
        "O turns the draft back: within its operation the key and the verdict guard it.".to_owned(),
    ];
    Question::new(
        title,
        text,
        "sends it as a NEW operation",
        "nothing is sent",
        Pending::Leave(Box::new(order), asked),
    )
}

fn short(operation: &OperationId) -> String {
    middle(operation.as_str(), 11).into_owned()
}
