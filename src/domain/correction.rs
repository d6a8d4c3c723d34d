//! What an edited resend corrected: which errors of the attempt before are gone, which remain, which are new.
//!
//! ```text
//!   errors before ──paths as they read in the body of now (moved)──┐
//!                                                                  ├─ by path and code, then by path ─▶ Correction
//!   errors now ────────────────────────────────────────────────────┘
//! ```
//!
//! Errors are counted, not named: two of one path and code that become one are one gone and one that remains. What this
//! is not: a judge of whether the request is right now. An error that is gone is one that the server no longer lists.

mod moved;

use std::collections::HashMap;

use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::correction::moved::Moved;
use crate::domain::exchange::{Class, Exchange, Summary};
use crate::domain::field_path::Part;
use crate::domain::idempotency::reached_validation;
use crate::domain::operation::Operation;
use crate::domain::profile::Profile;

/// How the errors of an answer stand to those of an attempt before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// The attempt that is compared with.
    pub attempt: u32,
    /// Its errors that are no longer listed, in the server's order.
    pub gone: Vec<ApiError>,
    /// For each error of now, in the server's order, whether it was listed before.
    pub remains: Vec<bool>,
    /// Whether both lists were understood whole.
    pub certain: bool,
}

impl Correction {
    /// The exchange that an edited resend is to be compared with: the latest one before it in the operation that asked
    /// for the same thing with another payload, and whose answer judged the request and listed errors. A 401, a 429, a
    /// 409 or a 5xx did not get as far as the fields, and says nothing of them.
    pub fn base<'a>(
        operation: &'a Operation,
        exchange: &Exchange,
        profile: &Profile,
    ) -> Option<&'a Summary> {
        let now = exchange.summary();
        if now.method.is_safe() || !reached_validation(&now, profile) {
            return None;
        }
        let at = operation.exchanges.iter().position(|e| e.id == now.id)?;
        let fits = |before: &&Summary| {
            before.method == now.method
                && path_of(&before.target) == path_of(&now.target)
                && before.facts.payload != now.facts.payload
                && before.error_count.is_some_and(|count| count > 0)
                && reached_validation(before, profile)
        };
        operation.exchanges[..at].iter().rev().find(fits)
    }

    /// Compares two answers. `None` when the list of one cannot be read, or when the one of now may not have got as far
    /// as the fields.
    pub fn of(before: &Exchange, now: &Exchange) -> Option<Correction> {
        let nothing = ErrorReport::default();
        let (old, new) = (report(before)?, report(now));
        let new = match now.outcome.class() {
            Class::Success => new.unwrap_or(&nothing),
            _ => new.filter(|new| names_fields(new) || now.outcome.status() == Some(402))?,
        };
        let (listed, lists) = (old.list()?, new.list()?);
        let moved = Moved::of(&before.request.body, &now.request.body, listed);
        let path_now = |error: &ApiError| match error.place.part {
            Part::Body => moved.path_now(&error.path),
            _ => Some(error.path.clone()),
        };
        let paths: Vec<_> = listed.iter().map(path_now).collect();
        let mut matched = Matched {
            before: vec![false; listed.len()],
            remains: vec![false; lists.len()],
        };
        matched.by(&paths, listed, lists, said);
        matched.by(&paths, listed, lists, |error| {
            // Two errors that name no field have nothing in common but that.
            (!error.path.is_empty()).then_some(None)
        });
        let gone = listed.iter().zip(&matched.before);
        let gone = gone.filter(|(_, remains)| !**remains);
        Some(Correction {
            attempt: before.attempt,
            gone: gone.map(|(error, _)| error.clone()).collect(),
            remains: matched.remains,
            certain: old.not_understood.is_empty() && new.not_understood.is_empty(),
        })
    }

    /// How many of the errors before are still listed.
    pub fn remaining(&self) -> usize {
        self.remains.iter().filter(|remains| **remains).count()
    }

    /// The bare numbers: `1 gone, 2 remain, 0 new`.
    pub fn counts(&self) -> String {
        let remaining = self.remaining();
        let (gone, new) = (self.gone.len(), self.remains.len() - remaining);
        let s = if remaining == 1 { "s" } else { "" };
        format!("{gone} gone, {remaining} remain{s}, {new} new")
    }

    /// It in one line: `since attempt 1: 1 gone, 2 remain, 0 new`.
    pub fn sentence(&self) -> String {
        let (gone, attempt) = (self.gone.len(), self.attempt);
        let mut text = match (self.remains.is_empty(), gone) {
            (true, 1) => format!("the error of attempt {attempt} is gone"),
            (true, 2) => format!("both errors of attempt {attempt} are gone"),
            (true, _) => format!("all {gone} errors of attempt {attempt} are gone"),
            (false, _) => format!("since attempt {attempt}: {}", self.counts()),
        };
        if !self.certain {
            text.push_str(", as far as the lists were understood");
        }
        text
    }
}

fn report(exchange: &Exchange) -> Option<&ErrorReport> {
    exchange.outcome.response()?.report.as_ref()
}

/// An answer that names no field at all may have stopped before it looked at them: a body that is no JSON, a resource
/// that is not there.
fn names_fields(report: &ErrorReport) -> bool {
    report.errors.iter().any(|error| !error.path.is_empty())
}

fn path_of(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

/// What tells an error from others of its path: its code, else its words. `Some` always: every error is compared.
fn said(error: &ApiError) -> Option<Option<&str>> {
    Some(error.code.as_deref().or(error.message.as_deref()))
}

/// Which errors have found each other so far.
struct Matched {
    before: Vec<bool>,
    remains: Vec<bool>,
}

impl Matched {
    /// Pairs what is still alone and agrees in part, path and what `told` says; an error of which it says nothing stays
    /// alone. `paths` are those of before as they read now, `None` where the place is gone.
    fn by<'a>(
        &mut self,
        paths: &'a [Option<Vec<String>>],
        before: &'a [ApiError],
        now: &'a [ApiError],
        told: impl Fn(&'a ApiError) -> Option<Option<&'a str>>,
    ) {
        type Key<'a> = (Part, &'a [String], Option<&'a str>);
        let mut alone: HashMap<Key<'a>, Vec<usize>> = HashMap::new();
        // From the last to the first, so that the first is taken first.
        for (at, error) in before.iter().enumerate().rev() {
            if let (false, Some(path), Some(told)) = (self.before[at], &paths[at], told(error)) {
                let key = (error.place.part, path.as_slice(), told);
                alone.entry(key).or_default().push(at);
            }
        }
        for (at, error) in now.iter().enumerate() {
            let Some(told) = told(error).filter(|_| !self.remains[at]) else {
                continue;
            };
            let key = (error.place.part, error.path.as_slice(), told);
            if let Some(old) = alone.get_mut(&key).and_then(Vec::pop) {
                (self.before[old], self.remains[at]) = (true, true);
            }
        }
    }
}

#[cfg(test)]
mod tests;
