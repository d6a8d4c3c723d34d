//! What stands over the panes: few, small, titled, closed by the key that opened it or by Esc.

use std::time::{Duration, Instant};

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::overlay::help::Help;
use crate::tui::overlay::question::{Pending, Question};
use crate::tui::overlay::quota::QuotaSheet;
use crate::tui::session::Session;
use crate::tui::theme::Theme;

mod help;
pub mod question;
mod quota;

/// The overlay that is open.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help(Help),
    /// Something must be agreed to.
    Question(Box<Question>),
    /// The rate limit.
    Quota(QuotaSheet),
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
        if let Overlay::Question(question) = self {
            question.drawn(at);
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
            Overlay::Help(help) => help.update(key),
            Overlay::Question(question) => question.update(key, held, at),
        }
    }

    /// What of it the time alone changes, as text.
    pub fn face(&self, session: &Session, screen: Rect) -> String {
        match self {
            Overlay::Quota(sheet) => sheet.face(session, screen),
            Overlay::Help(_) | Overlay::Question(_) => String::new(),
        }
    }

    /// When it next changes by itself.
    pub fn changes_in(&self, session: &Session) -> Option<Duration> {
        match self {
            Overlay::Quota(_) => quota::changes_in(session),
            Overlay::Help(_) | Overlay::Question(_) => None,
        }
    }

    /// Draws it over the screen.
    pub fn draw(&self, session: &Session, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        match self {
            Overlay::Quota(sheet) => sheet.draw(session, theme, screen, buffer),
            Overlay::Help(help) => help.draw(theme, screen, buffer),
            Overlay::Question(question) => question.draw(session, theme, screen, buffer),
        }
    }
}
