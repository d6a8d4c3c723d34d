//! Which operation a draft joins, and the choice that a person has in it.
//!
//! ```text
//!   base  ── unchanged, or an edit that may continue ──▶ continues op_7f2c ◀─O─▶ new operation
//!         ── 2xx, or another method, path, account   ──▶ new operation, and O says why
//! ```
//!
//! A new operation is judged by itself: its verdict does not know what the one that was left behind may have done. So
//! whoever sends a draft that was turned away from an operation that may have acted is asked as `R` would be.

use crate::domain::exchange::{Class, Failure, Summary};
use crate::domain::id::OperationId;
use crate::domain::operation::continues;
use crate::domain::request::Request;
use crate::tui::pane::request::draft::{Base, Draft};
use crate::tui::widget::text::middle;

/// What turning the choice came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turned {
    /// It begins an operation, though it could continue this one.
    Away(OperationId),
    /// It continues this one.
    Back(OperationId),
}

impl Draft {
    /// The operation it would join, and whether that is one that was begun before.
    pub fn operation(&self) -> (Option<&OperationId>, bool) {
        let continued = self.may_continue().filter(|_| !self.turned_away);
        match continued {
            Some(operation) => (Some(operation), true),
            None => (self.names.as_ref().map(|(operation, _)| operation), false),
        }
    }

    /// The operation that it was turned away from, though it could continue it.
    pub fn left_behind(&self) -> Option<&OperationId> {
        self.may_continue().filter(|_| self.turned_away)
    }

    /// The operation that it could join.
    fn may_continue(&self) -> Option<&OperationId> {
        let base = self.base.as_ref()?;
        let unchanged = !self.is_changed();
        let may = unchanged || self.request().is_some_and(|r| self.goes_on(base, r));
        let first = base.operation.attempts().next().filter(|_| may)?;
        Some(&first.operation)
    }

    fn goes_on(&self, base: &Base, request: &Request) -> bool {
        let account = self.account();
        continues(&base.operation, &request.method, &request.target, account)
    }

    /// Turns between continuing and a new operation. Nothing that was written changes.
    ///
    /// # Errors
    /// When there is only the new operation, and why.
    pub fn turn_operation(&mut self) -> Result<Turned, Failure> {
        let Some(operation) = self.may_continue().cloned() else {
            return Err(self.why_new());
        };
        self.turned_away = !self.turned_away;
        Ok(match self.turned_away {
            true => Turned::Away(operation),
            false => Turned::Back(operation),
        })
    }

    /// Why it cannot continue anything.
    fn why_new(&self) -> Failure {
        let Some(base) = &self.base else {
            return Failure::new("a new operation: this draft was not made from one that was sent")
                .hint("e on what was sent makes a draft that can continue it");
        };
        let Some(first) = base.operation.attempts().next() else {
            return Failure::new("a new operation: nothing is known of the one before");
        };
        let why = match self.request() {
            None => "its first line cannot be read".to_owned(),
            Some(request) => self.difference(base, first, request),
        };
        let name = middle(first.operation.as_str(), 11).into_owned();
        Failure::new(format!("a new operation: it cannot continue {name}")).because(why)
    }

    /// What keeps it from continuing, in words; the rule itself is the domain's.
    fn difference(&self, base: &Base, first: &Summary, request: &Request) -> String {
        let path = |target: &str| target.split(['?', '#']).next().unwrap_or("").to_owned();
        let (account, was) = (self.account(), first.account.as_deref());
        let done = |e: &&Summary| e.class == Class::Success && e.method == first.method;
        if let Some(done) = base.operation.attempts().find(done) {
            let status = done.status.unwrap_or(200);
            return format!(
                "attempt {} was answered {status}, so it is done",
                done.attempt
            );
        }
        if request.method != first.method {
            return format!("it was a {}, this is a {}", first.method, request.method);
        }
        if path(&request.target) != path(&first.target) {
            let (was, is) = (path(&first.target), path(&request.target));
            return format!("it went to {was}, this goes to {is}");
        }
        if account != was {
            let name = |account: Option<&str>| account.unwrap_or("no account").to_owned();
            return format!("it was for {}, this is for {}", name(was), name(account));
        }
        "it is another thing than what was tried".to_owned()
    }
}
