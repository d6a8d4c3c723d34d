//! From error to error, and from an error to its field: between the panes.

use ratatui::layout::Rect;

use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::pane::request::error::Stepped;

impl App {
    /// From an error to its field, and back.
    pub(super) fn go_to_field(&mut self) {
        if self.view.focus == Pane::Request {
            self.request.leave_field();
            return self.focus(Pane::Response);
        }
        let (error, area) = (self.error_under_cursor(), self.request_area());
        match error {
            Some(error) if self.request.go_to_field(&self.session, error, area) => {
                self.focus(Pane::Request)
            }
            Some(_) => {
                let hint = "its path leads to nothing in the body, the query or the headers";
                let notice = Failure::new("this error is about no place in the request");
                self.tell(notice.hint(hint));
            }
            None => {
                let hint = "[ and ] turn the tabs of the response";
                self.tell(Failure::new("no error is under the cursor").hint(hint));
            }
        }
    }

    /// To the next error or the one before, from any pane; in the request from field to field, and the list follows.
    pub(super) fn step_error(&mut self, action: Action) {
        let area = self.request_area();
        if self.view.focus == Pane::Request {
            let forward = action == Action::Next;
            if let Some(stepped) = self.request.step_error(&self.session, forward, area) {
                return self.follow_error(stepped, forward);
            }
        }
        let response = self.areas().response.unwrap_or_default();
        self.response.update(action, &self.session, response);
        if self.view.focus == Pane::Request
            && let Some(error) = self.error_under_cursor()
        {
            self.request.go_to_field(&self.session, error, area);
        }
    }

    fn follow_error(&mut self, stepped: Stepped, forward: bool) {
        if let Some(loaded) = self.session.on_show() {
            self.response.show_error(loaded, stepped.error);
        }
        let told = match (stepped.alone, forward) {
            (true, _) => "this is the only field with an error",
            (_, true) => "that was the last error: this is the first",
            (_, false) => "that was the first error: this is the last",
        };
        if stepped.round {
            self.tell(Failure::new(told));
        }
    }

    fn request_area(&self) -> Rect {
        self.areas().request.unwrap_or_default()
    }

    /// Groups the errors or opens them all, from any pane.
    pub(super) fn arrange_errors(&mut self, action: Action) {
        let area = self.areas().response.unwrap_or_default();
        if !self.response.arrange_errors(action, &self.session, area) {
            self.tell(Failure::new("no errors are on show"));
        }
    }

    pub(super) fn error_under_cursor(&self) -> Option<usize> {
        self.response.error_under_cursor(self.session.on_show()?)
    }
}
