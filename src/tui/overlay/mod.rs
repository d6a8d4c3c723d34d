//! What stands over the panes: few, small, titled, closed by the key that opened it or by Esc.

use std::time::Instant;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::overlay::help::Help;
use crate::tui::overlay::question::{Pending, Question};
use crate::tui::session::Session;
use crate::tui::theme::Theme;

mod help;
pub mod question;

/// The overlay that is open.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help(Help),
    /// Something must be agreed to.
    Question(Box<Question>),
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
    pub fn update(&mut self, key: &KeyEvent, held: bool, at: Instant) -> Answer {
        match self {
            Overlay::Help(help) => help.update(key),
            Overlay::Question(question) => question.update(key, held, at),
        }
    }

    /// Draws it over the screen.
    pub fn draw(&self, session: &Session, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        match self {
            Overlay::Help(help) => help.draw(theme, screen, buffer),
            Overlay::Question(question) => question.draw(session, theme, screen, buffer),
        }
    }
}
