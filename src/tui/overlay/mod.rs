//! What stands over the panes: few, small, titled, closed by the key that opened it or by Esc.

use std::time::{Duration, Instant};

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::domain::exchange::Failure;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::order::Order;
use crate::tui::message::Work;
use crate::tui::overlay::compare::CompareSheet;
use crate::tui::overlay::copy::CopyMenu;
use crate::tui::overlay::help::Help;
use crate::tui::overlay::note::NoteLine;
use crate::tui::overlay::question::{Pending, Question};
use crate::tui::overlay::quota::QuotaSheet;
use crate::tui::overlay::secret::SecretPrompt;
use crate::tui::overlay::unsettled::UnsettledList;
use crate::tui::session::Session;
use crate::tui::theme::Theme;

pub mod compare;
pub mod copy;
mod help;
pub mod note;
pub mod question;
mod quota;
pub mod secret;
pub mod unsettled;

/// The overlay that is open.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help(Help),
    /// Something must be agreed to.
    Question(Box<Question>),
    /// What is left to find out.
    Unsettled(Box<UnsettledList>),
    /// What can be copied.
    Copy(CopyMenu),
    /// The rate limit.
    Quota(QuotaSheet),
    /// What a send lacks.
    Secret(Box<SecretPrompt>),
    /// Two exchanges beside each other.
    Compare(Box<CompareSheet>),
    /// A note that is being written.
    Note(Box<NoteLine>),
}

/// What a key did to an overlay.
#[derive(Debug)]
pub enum Answer {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It closes, and this goes ahead.
    Yes(Pending),
    /// It stays, and asks for something.
    Wish(Wish),
}

/// What an overlay asks for.
#[derive(Debug)]
pub enum Wish {
    /// To look an operation up.
    LookUp(OperationId),
    /// To send something, judged anew.
    Send(Box<Order>),
    /// To do one thing to each of several.
    Batch(Work),
    /// To write down what somebody says of an operation.
    Remark(OperationId, String),
    /// To write down what somebody notes of an exchange; nothing takes the note away.
    Note(ExchangeId, Option<String>),
    /// To show an exchange.
    Show(ExchangeId),
    /// To put a text into the clipboard; what it is, and the text.
    Copy(&'static str, String),
    /// To go ahead with what was agreed to.
    GoAhead(Pending),
    /// To say why a key does nothing.
    Tell(Failure),
}

impl Answer {
    /// The same; where it would do nothing, it says why.
    fn or_tell(self, why: &str) -> Answer {
        match self {
            Answer::Stay => Answer::Wish(Wish::Tell(Failure::new(why))),
            answer => answer,
        }
    }
}

impl Overlay {
    /// The keys.
    pub fn help() -> Overlay {
        Overlay::Help(Help::default())
    }

    /// The rate limit.
    pub fn quota() -> Overlay {
        Overlay::Quota(QuotaSheet::default())
    }

    /// A question.
    pub fn ask(question: Question) -> Overlay {
        Overlay::Question(Box::new(question))
    }

    /// A frame with this overlay is on the screen since then.
    pub fn drawn(&mut self, at: Instant) {
        match self {
            Overlay::Question(question) => question.drawn(at),
            Overlay::Unsettled(list) => list.drawn(at),
            Overlay::Secret(prompt) => prompt.drawn(at),
            Overlay::Help(_)
            | Overlay::Copy(_)
            | Overlay::Quota(_)
            | Overlay::Compare(_)
            | Overlay::Note(_) => {}
        }
    }

    /// A key for it, pressed or held down.
    pub fn update(
        &mut self,
        key: &KeyEvent,
        held: bool,
        at: Instant,
        session: &Session,
        screen: Rect,
    ) -> Answer {
        match self {
            Overlay::Quota(sheet) => sheet.update(key, session, screen),
            Overlay::Compare(sheet) => sheet.update(key, screen),
            Overlay::Help(help) => help.update(key),
            Overlay::Question(question) => question.update(key, held, at),
            Overlay::Unsettled(list) => list.update(key, held, at, screen),
            Overlay::Copy(menu) => menu.update(key),
            Overlay::Secret(prompt) => prompt.update(key, held),
            Overlay::Note(line) => line.update(key, screen),
        }
    }

    /// Pasted text, where text is written.
    pub fn paste(&mut self, text: &str) {
        match self {
            Overlay::Unsettled(list) => list.paste(text),
            Overlay::Secret(prompt) => prompt.paste(text),
            Overlay::Note(line) => line.paste(text),
            _ => {}
        }
    }

    /// Whether text is written in it, so that a letter is text.
    pub fn is_editing(&self) -> bool {
        match self {
            Overlay::Unsettled(list) => list.is_editing(),
            Overlay::Secret(_) => true,
            Overlay::Note(_) => true,
            _ => false,
        }
    }

    /// What of it the time alone changes, as text.
    pub fn face(&self, session: &Session, screen: Rect) -> String {
        match self {
            Overlay::Quota(sheet) => sheet.face(session, screen),
            Overlay::Unsettled(list) => list.face(session),
            Overlay::Help(_)
            | Overlay::Question(_)
            | Overlay::Copy(_)
            | Overlay::Secret(_)
            | Overlay::Compare(_)
            | Overlay::Note(_) => String::new(),
        }
    }

    /// When it next changes by itself, sooner than each minute.
    pub fn changes_in(&self, session: &Session) -> Option<Duration> {
        match self {
            Overlay::Quota(_) => quota::changes_in(session),
            Overlay::Help(_)
            | Overlay::Question(_)
            | Overlay::Unsettled(_)
            | Overlay::Copy(_)
            | Overlay::Secret(_)
            | Overlay::Compare(_)
            | Overlay::Note(_) => None,
        }
    }

    /// Draws it over the screen; says where the text cursor belongs, when text is written in it.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        screen: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        match self {
            Overlay::Quota(sheet) => sheet.draw(session, theme, screen, buffer),
            Overlay::Compare(sheet) => sheet.draw(theme, screen, buffer),
            Overlay::Help(help) => help.draw(theme, screen, buffer),
            Overlay::Question(question) => question.draw(session, theme, screen, buffer),
            Overlay::Copy(menu) => menu.draw(theme, screen, buffer),
            Overlay::Secret(prompt) => prompt.draw(theme, screen, buffer),
            Overlay::Unsettled(list) => return list.draw(session, theme, screen, buffer),
            Overlay::Note(line) => return line.draw(theme, screen, buffer),
        }
        None
    }
}
