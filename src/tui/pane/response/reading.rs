//! What the response pane does with keys that are about its body alone.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::document::Document;
use crate::document::find::hits::Hits;
use crate::document::outline::Led;
use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::message::{Effect, Loaded};
use crate::tui::pane::response::body::prompt::Ask;
use crate::tui::pane::response::tab::Tab;
use crate::tui::pane::response::{ResponsePane, content_area};
use crate::tui::session::Session;

impl ResponsePane {
    /// Whether the body is on show.
    pub(super) fn shows_body(&self, loaded: &Loaded) -> bool {
        self.tab(&loaded.exchange) == Tab::Body && loaded.body.is_some()
    }

    /// The body on show.
    pub fn document<'a>(&self, session: &'a Session) -> Option<&'a Document> {
        let loaded = session.on_show().filter(|loaded| self.shows_body(loaded))?;
        loaded.body.as_ref()
    }

    /// Opens the line below the body that an action is about; from another tab it turns to the body first. `false`:
    /// there is no body.
    pub fn ask(&mut self, action: Action, session: &Session) -> bool {
        let Some(loaded) = session.on_show().filter(|loaded| loaded.body.is_some()) else {
            return false;
        };
        let ask = match action {
            Action::Filter => Ask::Find,
            Action::GoToPlace => Ask::Place,
            _ => Ask::Path,
        };
        (self.tab, self.top) = (Some(Tab::Body), 0);
        self.body.ask(ask, loaded);
        true
    }

    /// Whether something is being written below the body.
    pub fn is_writing(&self) -> bool {
        self.body.is_writing()
    }

    /// Closes the line below the body.
    pub fn close_prompt(&mut self) {
        self.body.close_prompt();
    }

    /// A key for the line below the body.
    pub fn input(&mut self, key: &KeyEvent, session: &Session, area: Rect) {
        if let Some(loaded) = session.on_show() {
            self.body
                .input(key, loaded, content_area(session, loaded, area));
        }
    }

    /// Pasted text for it.
    pub fn paste(&mut self, text: &str, session: &Session, area: Rect) {
        if let Some(loaded) = session.on_show() {
            self.body
                .paste(text, loaded, content_area(session, loaded, area));
        }
    }

    /// Whether `n` goes from match to match.
    pub fn is_finding(&self, session: &Session) -> bool {
        self.document(session).is_some() && self.body.is_finding()
    }

    /// One level back within the body; `false`: there is none.
    pub fn back(&mut self, session: &Session) -> bool {
        self.document(session).is_some() && self.body.back()
    }

    /// What a search through the body knows by now. Says whether anybody waits for it.
    pub fn found(
        &mut self,
        (search, hits, is_done): (u64, Hits, bool),
        session: &Session,
        area: Rect,
    ) -> bool {
        let Some(loaded) = session.on_show() else {
            return false;
        };
        let content = content_area(session, loaded, area);
        self.body.found(search, hits, is_done, loaded, content)
    }

    /// Where a pointer leads that was followed beside the loop.
    pub fn followed(&mut self, ask: u64, led: Result<Led, Failure>, session: &Session, area: Rect) {
        if let Some(loaded) = session.on_show() {
            let content = content_area(session, loaded, area);
            self.body.followed((ask, led), loaded, content);
        }
    }

    /// The value under the cursor of the body on show, not longer than `most` bytes, and the pointer to it.
    pub fn under_cursor(&self, session: &Session, most: usize) -> (Option<String>, Option<String>) {
        match session.on_show().filter(|loaded| self.shows_body(loaded)) {
            Some(loaded) => self.body.under_cursor(loaded, most),
            None => (None, None),
        }
    }

    /// What is to be done beside the loop.
    pub fn take_wishes(&mut self) -> Vec<Effect> {
        self.body.take_wishes()
    }

    /// What is to be told.
    pub fn take_notice(&mut self) -> Option<Failure> {
        self.body.take_notice()
    }
}
