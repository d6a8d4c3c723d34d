//! The body of the answer on show, as far as the whole screen has to do with it.

use crate::document::Document;
use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::app::act::Typed;
use crate::tui::layout::Pane;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Message, Program, Ticket};
use crate::tui::scratch::Scratch;
use crate::tui::session::Lending;
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

    /// Asks for a copy of the body on show, for a program of the person's own to show. A pager gets what is shown, so
    /// what is there to be read is read to its end before.
    pub(super) fn open_body(&mut self, program: Program) -> Vec<Effect> {
        let Some(document) = self.response.document(&self.session).cloned() else {
            self.tell(Failure::new("no body is on show"));
            return Vec::new();
        };
        let is_part = self.response.is_part(&self.session);
        let Ticket(ask) = self.session.ticket();
        let lending = Lending {
            ask,
            program,
            copied: None,
            of: document.source().len(),
            is_part,
        };
        self.session.lending = Some(lending);
        if is_part || program == Program::Editor {
            return self.begin_copy(document);
        }
        self.copy_when_whole()
    }

    /// Makes the copy that waits for the body on show, once that is read to its end.
    fn copy_when_whole(&mut self) -> Vec<Effect> {
        let waits = |lending: &Lending| lending.copied.is_none();
        let document = self.response.document(&self.session);
        match document.filter(|document| document.is_whole()).cloned() {
            Some(document) if self.session.lending.as_ref().is_some_and(waits) => {
                self.begin_copy(document)
            }
            _ => Vec::new(),
        }
    }

    fn begin_copy(&mut self, document: Document) -> Vec<Effect> {
        let Some(lending) = &mut self.session.lending else {
            return Vec::new();
        };
        lending.copied = Some(0);
        vec![Effect::CopyBody {
            ask: lending.ask,
            document: Box::new(document),
            program: lending.program,
        }]
    }

    /// What a copy waits for does not come any more: another exchange is on show, or the body cannot be read.
    pub(super) fn drop_waiting_copy(&mut self) {
        let waits = |lending: &mut Lending| lending.copied.is_none();
        if self.session.lending.take_if(waits).is_some() {
            self.tell(Failure::new("no copy is made any more"));
        }
    }

    /// What is typed while a copy is made was meant for the program that will show it: nothing here does it, but for the
    /// keys that end that.
    pub(super) fn typed_while_lending(&mut self, typed: &Typed) -> Vec<Effect> {
        let ends = typed.is_action(Action::Cancel) || typed.is_action(Action::Back);
        if !ends {
            return Vec::new();
        }
        self.session.lending = None;
        self.tell(Failure::new("no copy is made any more"));
        vec![Effect::StopCopy]
    }

    fn lent(&mut self, ask: u64, copy: Result<Scratch, Failure>) -> Vec<Effect> {
        let Some(lending) = self.session.lending.take_if(|lending| lending.ask == ask) else {
            return Vec::new();
        };
        if lending.is_part {
            self.tell(Failure::new(
                "the body still arrives: that was what came so far",
            ));
        }
        match copy {
            Ok(copy) => vec![Effect::Lend {
                program: lending.program,
                copy,
            }],
            Err(failure) => {
                self.tell(failure);
                Vec::new()
            }
        }
    }

    fn copy_moved(&mut self, ask: u64, bytes: u64) {
        let lending = self.session.lending.as_mut();
        if let Some(lending) = lending.filter(|lending| lending.ask == ask) {
            lending.copied = Some(bytes);
        }
    }

    /// Something about a body happened.
    pub(super) fn body_happened(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::BodyRead { id, document } => {
                self.session.body_read(&id, *document);
                return self.copy_when_whole();
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
            Message::Followed { ask, led } => {
                let area = self.areas().response.unwrap_or_default();
                self.response.followed(ask, led, &self.session, area);
            }
            Message::BodySaved {
                path,
                bytes,
                is_part,
            } => {
                let so_far = if is_part { " so far" } else { "" };
                let bytes = human_bytes(bytes);
                let what = format!("{bytes}{so_far} saved to {}", path.display());
                self.session.notice = Some(Failure::new(what));
            }
            Message::CopyMoved { ask, bytes } => self.copy_moved(ask, bytes),
            Message::CopyMade { ask, copy } => return self.lent(ask, copy),
            _ => {}
        }
        Vec::new()
    }
}
