//! Sending again by itself on the screen: the key, what waits, what is refused meanwhile, when the screen changes.

use std::time::Instant;

use crate::domain::exchange::{Failure, Summary};
use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::message::Ticket;
use crate::tui::resend::{Left, Wait, to_next_second};
use crate::tui::session::Selection;

impl App {
    /// The next mode. It counts for what is ordered from now on.
    pub(super) fn toggle_resend(&mut self) {
        let mode = self.session.resend.next();
        self.session.resend = mode;
        self.session.notice = Some(Failure::new(mode.sentence()));
    }

    /// An order waits. With its held row its request stands in the history: a draft is that row from then on.
    pub(super) fn paused(&mut self, ticket: Ticket, wait: Wait) {
        if let Some(held) = &wait.held {
            self.request.started(ticket, held);
        }
        // Who writes below a body is not taken away from it: the next letters would be keys.
        if self.response.is_writing() {
            self.session.stay(ticket);
        }
        if self.session.paused(ticket, wait) && self.view.focus == Pane::Request {
            self.focus(Pane::Response);
        }
    }

    /// Why the exchange on show, or the draft that would send the same, is not to be sent again by hand now: it is on
    /// its way, or goes by itself.
    pub(super) fn goes_by_itself(&self) -> Option<Failure> {
        let id = match &self.session.selection {
            Selection::Exchange(id) => id,
            Selection::Draft => {
                let same = self.session.draft.as_ref().filter(|draft| !draft.edited);
                same?.base.as_ref()?
            }
            Selection::Nothing => return None,
        };
        if let Some(flight) = self.session.pursuit_of(id) {
            let cancels = "Ctrl-C cancels it";
            return Some(match &flight.wait {
                Some(_) => Failure::new("not sent: it waits, and goes by itself").hint(cancels),
                None => Failure::new("it is still in flight").hint(cancels),
            });
        }
        let (what, hint) = match self.session.batch {
            Some(_) => (
                "not sent: it waits, and goes by itself",
                "Ctrl-C cancels it",
            ),
            None => (
                "not sent: it waits in another process, and goes by itself",
                "cancel it there first",
            ),
        };
        let held = self.session.is_held(id);
        held.then(|| Failure::new(what).hint(hint))
    }

    /// What leaving ends.
    pub(super) fn what_leaving_cancels(&self) -> Vec<String> {
        let flights = &self.session.flights;
        let waiting = flights.iter().filter(|f| f.wait.is_some()).count();
        let mut text = Vec::new();
        if waiting < flights.len() {
            let flying = flights.len() - waiting;
            text.push(format!(
                "{flying} in flight. Leaving cancels what waits for an answer; the history keeps it as \
                 indeterminate, with its key."
            ));
        }
        if waiting > 0 {
            text.push(format!(
                "{waiting} waiting to be sent. Leaving cancels that: it is not sent."
            ));
        }
        if self.session.looking > 0 {
            text.push("A look-up is on its way, which leaving cancels.".to_owned());
        }
        text.extend(self.session.batch.map(|batch| {
            let left = batch.of.saturating_sub(batch.done);
            format!("{}: {left} left, which leaving cancels.", batch.name)
        }));
        text
    }

    /// The rows that the history shows.
    pub(super) fn rows_on_show(&self) -> impl Iterator<Item = &Summary> {
        let area = self.areas().history;
        let rows = area.map(|area| self.history.rows_on_show(&self.session, area));
        rows.into_iter().flatten()
    }

    /// The row of the exchange on show: what it waits for stands in its pane.
    fn row_on_show(&self) -> Option<&Summary> {
        let id = self.session.wanted()?;
        self.session.list.known().find(|row| row.id == *id)
    }

    /// Every countdown on the screen, but for the quota's and the verdict's.
    pub(super) fn countdowns(&self) -> Vec<Left> {
        let session = &self.session;
        let mut left: Vec<Left> = self
            .rows_on_show()
            .filter_map(|row| session.left_of(row))
            .collect();
        let told = session.wanted().and_then(|id| session.wait_of(id));
        left.extend(told.map(|wait| wait.left(session.now.wall)));
        left.extend(self.row_on_show().and_then(|row| session.left_of(row)));
        left
    }

    /// When a countdown on the screen next says one less; `None` when there is none.
    pub(super) fn next_countdown(&self) -> Option<Instant> {
        let session = &self.session;
        let rows = self.rows_on_show().chain(self.row_on_show());
        let waits = rows.filter_map(|row| session.next_second_of(row));
        let advice = session.on_show().and_then(|loaded| session.advice(loaded));
        let verdict = advice.and_then(|advice| advice.wait).map(to_next_second);
        let next = waits.chain(verdict).min()?;
        Some(session.now.steady + next)
    }
}
