//! The body of the answer on show, as far as the whole screen has to do with it.

use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::message::{Effect, Message, Program};
use crate::tui::widget::text::human_bytes;

impl App {
    /// Whether a body is what the keys are about.
    pub(super) fn reads_body(&self) -> bool {
        self.view.focus == Pane::Response && self.response.reads_body(&self.session)
    }

    /// Whether `n` goes from match to match.
    pub(super) fn steps_in_body(&self) -> bool {
        self.view.focus == Pane::Response && self.response.is_finding(&self.session)
    }

    /// Whether a filter is typed, or the line below the body: the letters that follow are text, not an answer.
    pub(super) fn writes_a_line(&self) -> bool {
        self.history.is_filtering() || self.response.is_writing()
    }

    /// Opens the line below the body.
    pub(super) fn ask_of_body(&mut self, action: Action) {
        if self.response.ask(action, &self.session) {
            self.focus(Pane::Response);
        } else {
            self.tell(Failure::new("no body is on show"));
        }
    }

    /// Gives the terminal to a program of the person's own.
    pub(super) fn open_body(&mut self, program: Program) -> Vec<Effect> {
        match self.response.document(&self.session).cloned() {
            Some(document) => vec![Effect::OpenBody {
                document: Box::new(document),
                program,
            }],
            None => {
                self.tell(Failure::new("no body is on show"));
                Vec::new()
            }
        }
    }

    /// Something about a body happened.
    pub(super) fn body_happened(&mut self, message: Message) {
        match message {
            Message::BodyRead { id, document } => {
                self.session.body_read(&id, *document);
            }
            Message::BodySearched {
                search,
                hits,
                is_done,
            } => {
                let area = self.areas().response.unwrap_or_default();
                self.response
                    .found((search, *hits, is_done), &self.session, area);
            }
            Message::BodyFiltered { run, filtered } => {
                // Who is at something else is not made to write.
                let may_ask = self.view.focus == Pane::Response && self.overlay.is_none();
                self.response
                    .filtered((run, *filtered), may_ask, &self.session);
            }
            Message::BodySaved { path, bytes } => {
                let what = format!("{} saved to {}", human_bytes(bytes), path.display());
                self.session.notice = Some(Failure::new(what));
            }
            _ => {}
        }
    }
}
