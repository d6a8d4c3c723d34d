//! What the response pane does with keys that are about its body alone.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::document::Document;
use crate::document::find::hits::Hits;
use crate::document::outline::Led;
use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Filtered, Loaded};
use crate::tui::pane::response::body::prompt::Ask;
use crate::tui::pane::response::body::subject::Subject;
use crate::tui::pane::response::tab::Tab;
use crate::tui::pane::response::{ResponsePane, content_area};
use crate::tui::session::Session;

impl ResponsePane {
    /// Whether the body is on show.
    pub(super) fn shows_body(&self, loaded: &Loaded) -> bool {
        self.tab(&loaded.exchange) == Tab::Body && loaded.body.is_some()
    }

    /// Whether the body is on show, or what a filter made of it.
    pub fn reads_body(&self, session: &Session) -> bool {
        let shown = session.on_show();
        shown.is_some_and(|loaded| self.shows_body(loaded))
    }

    /// What the pane's tab of the body shows: that, or what a filter made of it.
    pub fn document<'a>(&'a self, session: &'a Session) -> Option<&'a Document> {
        self.subject(session)?.document()
    }

    /// Whether more of it may come.
    pub fn is_part(&self, session: &Session) -> bool {
        self.subject(session).is_some_and(Subject::is_part)
    }

    fn subject<'a>(&'a self, session: &'a Session) -> Option<Subject<'a>> {
        let result = self.result.as_ref();
        let loaded = session.on_show()?;
        Some(Subject { loaded, result })
    }

    /// What a filter made of the body.
    pub fn result(&self) -> Option<&Document> {
        self.result.as_ref()?.document.as_ref()
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
            Action::FilterBody => Ask::Filter,
            _ => Ask::Path,
        };
        (self.tab, self.top) = (Some(Tab::Body), 0);
        let result = self.result.as_ref();
        self.body.ask(ask, Subject { loaded, result });
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
            let content = content_area(session, loaded, area);
            let result = self.result.as_ref();
            self.body.input(key, Subject { loaded, result }, content);
        }
    }

    /// Pasted text for it.
    pub fn paste(&mut self, text: &str, session: &Session, area: Rect) {
        if let Some(loaded) = session.on_show() {
            let content = content_area(session, loaded, area);
            let result = self.result.as_ref();
            self.body.paste(text, Subject { loaded, result }, content);
        }
    }

    /// Whether `n` goes from match to match.
    pub fn is_finding(&self, session: &Session) -> bool {
        self.reads_body(session) && self.body.is_finding()
    }

    /// One level back within the body, and from what a filter made of it to the body; `false`: there is none.
    pub fn back(&mut self, session: &Session) -> bool {
        if !self.reads_body(session) {
            return false;
        }
        if self.body.back() {
            return true;
        }
        self.body.leave_result();
        self.result.take().is_some()
    }

    /// Stops the filter that runs. Says whether one did.
    pub fn stop_filter(&mut self) -> bool {
        self.body.stop_filter()
    }

    /// A filter came to its end. Where it cannot be read it is asked for again, if `may_ask`.
    pub fn filtered(&mut self, (run, filtered): (u64, Filtered), may_ask: bool, session: &Session) {
        let may_ask = may_ask && self.reads_body(session);
        self.body.filtered(run, filtered, may_ask);
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
        let subject = Subject {
            loaded,
            result: self.result.as_ref(),
        };
        self.body.found(search, hits, is_done, subject, content)
    }

    /// Where a pointer leads that was followed beside the loop.
    pub fn followed(&mut self, ask: u64, led: Result<Led, Failure>, session: &Session, area: Rect) {
        if let Some(loaded) = session.on_show() {
            let content = content_area(session, loaded, area);
            let result = self.result.as_ref();
            self.body
                .followed((ask, led), Subject { loaded, result }, content);
        }
    }

    /// The value under the cursor of the body on show, not longer than `most` bytes, and the pointer to it.
    pub fn under_cursor(&self, session: &Session, most: usize) -> (Option<String>, Option<String>) {
        match session.on_show().filter(|loaded| self.shows_body(loaded)) {
            Some(loaded) => {
                let result = self.result.as_ref();
                self.body.under_cursor(Subject { loaded, result }, most)
            }
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
