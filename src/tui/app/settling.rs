//! What the screen does about operations that nothing has settled, and what overlays ask for while they stay.

use crate::domain::exchange::Failure;
use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Message, Work};
use crate::tui::overlay::copy::{CopyMenu, LONGEST};
use crate::tui::overlay::unsettled::UnsettledList;
use crate::tui::overlay::{Overlay, Wish};
use crate::tui::session::{Batch, Selection};

impl App {
    /// Opens the list of what is left to find out.
    pub(super) fn show_unsettled(&mut self) -> Vec<Effect> {
        self.overlay = Some(Overlay::Unsettled(Box::<UnsettledList>::default()));
        vec![Effect::LoadUnsettled]
    }

    /// Opens the menu of what can be copied of the exchange on show.
    pub(super) fn show_copy_menu(&mut self) {
        // A `y` typed ahead of a guard's question was meant for it, and counts for nothing.
        if self.session.is_ordering() {
            return;
        }
        let error = self.error_under_cursor();
        match self.session.on_show() {
            Some(loaded) => {
                let read = self.response.under_cursor(&self.session, LONGEST);
                let result = self.response.result();
                let menu = CopyMenu::of(loaded, error, read, result);
                self.overlay = Some(Overlay::Copy(menu));
            }
            None => self.tell(Failure::new("nothing that was sent is on show")),
        }
    }

    /// Something about what is unsettled happened.
    pub(super) fn settling(&mut self, message: Message) -> Vec<Effect> {
        match (message, &mut self.overlay) {
            (Message::UnsettledCounted(count), _) => self.session.unsettled = count,
            (Message::UnsettledLoaded { items, count }, overlay) => {
                self.session.unsettled = count;
                if let Some(Overlay::Unsettled(list)) = overlay {
                    list.loaded(items, count, self.view.size);
                }
            }
            (Message::BatchMoved { ticket, done }, _) => self.session.batch_moved(ticket, done),
            (Message::BatchEnded { ticket, told }, overlay) => {
                let ours = |batch: &Batch| batch.ticket == ticket;
                self.session.batch = self.session.batch.take().filter(|batch| !ours(batch));
                self.session.notice = Some(told);
                if let Some(Overlay::Unsettled(_)) = overlay {
                    return vec![Effect::LoadUnsettled];
                }
            }
            (
                Message::LookedUp {
                    id,
                    operation,
                    failure,
                },
                overlay,
            ) => {
                self.session.looking = self.session.looking.saturating_sub(1);
                let question = match overlay {
                    Some(Overlay::Question(question)) => Some(question.as_mut()),
                    Some(Overlay::Unsettled(list)) => list.question(),
                    _ => None,
                };
                if let Some(question) = question {
                    question.looked_up(&id, operation.as_deref(), failure.as_ref());
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// What an overlay that stays asks for.
    pub(super) fn grant(&mut self, wish: Wish) -> Vec<Effect> {
        match wish {
            Wish::LookUp(operation) => {
                self.session.looking += 1;
                return vec![Effect::LookUp(operation)];
            }
            Wish::Send(order) => {
                if self.may_order() {
                    return self.fly(*order);
                }
            }
            Wish::Batch(work) => return self.begin(work),
            Wish::Remark(operation, text) => return vec![Effect::Remark { operation, text }],
            Wish::Note(id, note) => {
                self.overlay = None;
                return vec![Effect::Note { id, note }];
            }
            Wish::Show(id) => {
                self.overlay = None;
                self.session.select(Selection::Exchange(id));
                self.focus(Pane::Response);
            }
            Wish::Copy(what, text) => {
                self.overlay = None;
                let told = format!("copied: {what}, to the terminal's clipboard");
                self.tell(Failure::new(told));
                return vec![Effect::Copy(text)];
            }
            Wish::GoAhead(pending) => return self.go_ahead(pending),
            Wish::Tell(notice) => self.tell(notice),
        }
        Vec::new()
    }

    /// Begins a batch. One at a time: the next one would be judged on facts that this one changes.
    pub(super) fn begin(&mut self, work: Work) -> Vec<Effect> {
        if self.session.batch.is_some() {
            self.tell(Failure::new("one thing after the other").hint("Ctrl-C cancels what runs"));
            return Vec::new();
        }
        let ticket = self.session.ticket();
        self.session.batch = Some(Batch {
            ticket,
            name: work.name(),
            done: 0,
            of: work.count(),
        });
        vec![Effect::Batch { ticket, work }]
    }
}
