//! One condition of a query, and what a row tells of it by itself.
//!
//! ```text
//!   status:4xx   Hundred ─┐
//!   took:>500ms  Took    ─┼─▶ judge(row, now) ─▶ yes, no, or (messages, notes, bodies, the operation) the row cannot tell
//!   "a b"        Text    ─┘
//! ```
//!
//! Text is looked for byte by byte, ASCII letters without case: so memory and the history say the same.

use jiff::Timestamp;

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::OperationId;
use crate::domain::query::value::{Took, When};
use crate::domain::request::Method;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `status:422`: this status code.
    Status(u16),
    /// `status:4xx`: a status code of this hundred.
    Hundred(Hundred),
    /// `method:POST`, in whatever case it was sent.
    Method(Method),
    /// `url:TEXT`: this text in the URL.
    Url(String),
    /// `op:ID`: of this operation.
    Operation(OperationId),
    /// `account:ID`: about this account.
    Account(String),
    /// `key:KEY`: with this idempotency key.
    Key(String),
    /// `server:ID`: the server's own id of it.
    Server(String),
    /// `profile:NAME`: sent under this profile.
    Profile(String),
    /// `code:CODE`: this code among the errors that the answer lists (the first sixteen).
    Code(String),
    /// `path:/items`: one of those errors points there or below; empty: anywhere.
    Path(String),
    /// `is:WORD`: in this state.
    Is(State),
    /// `took:>500ms`: its whole time.
    Took(Took),
    /// `since:2h`: begun then or later.
    Since(When),
    /// `before:2026-01-02`: begun before that.
    Before(When),
    /// `body:TEXT`: this text in the first 16 KiB of what was sent or came back.
    Body(String),
    /// A bare word: this text in the URL, the codes and messages, the ids, the note or the bodies.
    Text(String),
}

/// The first digit of a status code (RFC 9110 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hundred {
    /// 1xx, and what lies below.
    Informational,
    /// 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx, and what lies above.
    ServerError,
}

/// What can be asked with `is:`. A further state is a variant here, a row in [`STATES`], an arm in [`Term::judge`] and
/// one in `store/search/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The server said: a saved answer.
    Replayed,
    /// Sent, or partly sent, and no answer came.
    Indeterminate,
    /// Waits for the rate limit.
    Held,
    /// On its way.
    InFlight,
    /// Nothing was sent.
    Failed,
    /// It left a doubt, in an operation that nothing has settled. Of one row alone only the first half can be told.
    Unsettled,
    /// Of an operation that made more than one object.
    Recreated,
    /// Kept by hand.
    Pinned,
    /// With a note.
    Noted,
}

/// The states and their words; those of an outcome's kind are the contract's.
pub const STATES: [(State, &str); 9] = [
    (State::Replayed, "replayed"),
    (State::Indeterminate, "indeterminate"),
    (State::Unsettled, "unsettled"),
    (State::Recreated, "recreated"),
    (State::Pinned, "pinned"),
    (State::Noted, "noted"),
    (State::Held, "held"),
    (State::InFlight, "in_flight"),
    (State::Failed, "failed"),
];

/// The hundreds and their words.
pub const HUNDREDS: [(Hundred, &str); 5] = [
    (Hundred::Informational, "1xx"),
    (Hundred::Success, "2xx"),
    (Hundred::Redirect, "3xx"),
    (Hundred::ClientError, "4xx"),
    (Hundred::ServerError, "5xx"),
];

impl Term {
    /// Whether a row fits; `None` when the row alone does not tell.
    pub fn judge(&self, row: &Summary, now: Timestamp) -> Option<bool> {
        let is = |class| Some(row.class == class);
        match self {
            Term::Status(status) => Some(row.status == Some(*status)),
            Term::Hundred(hundred) => Some(row.status.is_some_and(|s| hundred.has(s))),
            Term::Method(method) => Some(row.method.as_str().eq_ignore_ascii_case(method.as_str())),
            Term::Url(text) => Some(holds(&row.url(), text)),
            Term::Operation(operation) => Some(row.operation == *operation),
            Term::Account(account) => Some(row.account.as_ref() == Some(account)),
            Term::Key(key) => Some(row.idempotency_key.as_ref() == Some(key)),
            Term::Server(id) => Some(row.server_id.as_ref() == Some(id)),
            Term::Profile(profile) => Some(row.profile == *profile),
            Term::Code(code) => Some(row.codes.contains(code)),
            Term::Path(path) => Some(row.paths.iter().any(|there| leads_through(there, path))),
            Term::Is(State::Replayed) => Some(row.replayed),
            Term::Is(State::Indeterminate) => is(Class::Indeterminate),
            Term::Is(State::Held) => is(Class::Held),
            Term::Is(State::InFlight) => is(Class::InFlight),
            Term::Is(State::Failed) => is(Class::Failed),
            Term::Is(State::Unsettled) if !row.leaves_doubt() => Some(false),
            Term::Is(State::Unsettled | State::Recreated) => None,
            Term::Is(State::Pinned) => Some(row.pinned),
            Term::Is(State::Noted) => Some(row.note.is_some()),
            Term::Took(took) => Some(row.total_ms.is_some_and(|ms| took.has(ms))),
            Term::Since(when) => Some(row.started_at >= when.at(now)),
            Term::Before(when) => Some(row.started_at < when.at(now)),
            Term::Body(_) => None,
            Term::Text(text) => row_holds(row, text).then_some(true),
        }
    }
}

/// Whether a bare word stands in what a row shows of itself.
fn row_holds(row: &Summary, text: &str) -> bool {
    let ids = [
        Some(row.id.as_str()),
        Some(row.operation.as_str()),
        row.account.as_deref(),
        row.idempotency_key.as_deref(),
        row.server_id.as_deref(),
        row.note.as_deref(),
    ];
    let mut said = ids
        .into_iter()
        .flatten()
        .chain(row.codes.iter().map(String::as_str));
    holds(&row.url(), text) || said.any(|said| holds(said, text))
}

/// Whether this text stands in that one; ASCII letters without case.
pub fn holds(there: &str, text: &str) -> bool {
    holds_bytes(there.as_bytes(), text.as_bytes())
}

/// The same of bytes.
pub fn holds_bytes(there: &[u8], text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else {
        return true;
    };
    let cases = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut starts = memchr::memchr2_iter(cases.0, cases.1, there);
    starts.any(|at| {
        let behind = there.get(at + 1..at + 1 + rest.len());
        behind.is_some_and(|behind| behind.eq_ignore_ascii_case(rest))
    })
}

/// Whether a JSON Pointer leads to this one or below it.
fn leads_through(pointer: &str, path: &str) -> bool {
    let below = pointer.strip_prefix(path);
    below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// The places that a pointer leads through, itself last: `/a`, `/a/b`. What [`Term::Path`] finds it by.
pub fn leads(pointer: &str) -> impl Iterator<Item = &str> {
    let ends = pointer.char_indices().skip(1);
    let ends = ends.filter(|(_, c)| *c == '/').map(|(at, _)| at);
    ends.chain([pointer.len()]).map(|end| &pointer[..end])
}

impl Hundred {
    /// The lowest and the highest status code, both of it.
    pub fn bounds(self) -> (u16, u16) {
        match self {
            Hundred::Informational => (0, 199),
            Hundred::Success => (200, 299),
            Hundred::Redirect => (300, 399),
            Hundred::ClientError => (400, 499),
            Hundred::ServerError => (500, u16::MAX),
        }
    }

    /// The classes that a status code of it may have.
    pub fn classes(self) -> &'static [Class] {
        match self {
            Hundred::Informational => &[Class::Informational],
            Hundred::Success => &[Class::Success],
            Hundred::Redirect => &[Class::Redirect],
            Hundred::ClientError => &[Class::ClientError, Class::RateLimited],
            Hundred::ServerError => &[Class::ServerError],
        }
    }

    fn has(self, status: u16) -> bool {
        let (from, to) = self.bounds();
        (from..=to).contains(&status)
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        let row = HUNDREDS.iter().find(|(hundred, _)| *hundred == self);
        row.map_or("", |(_, word)| word)
    }
}

impl State {
    /// As it is written.
    pub fn word(self) -> &'static str {
        let row = STATES.iter().find(|(state, _)| *state == self);
        row.map_or("", |(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::query::term::{holds, leads, leads_through};

    #[test]
    fn text_is_found_without_the_case_of_ascii_letters() {
        for (there, text, held) in [
            ("/v1/Payments", "PAY", true),
            ("aab", "AB", true),
            ("ab", "abc", false),
            ("Ärger", "ärger", false),
            ("Ärger", "RGER", true),
            ("x", "", true),
            ("", "x", false),
        ] {
            assert_eq!(holds(there, text), held, "{there} {text}");
        }
    }

    #[test]
    fn a_path_is_found_by_every_place_it_leads_through() {
        let all: Vec<&str> = leads("/items/0/price").collect();
        assert_eq!(all, ["/items", "/items/0", "/items/0/price"]);
        assert_eq!(leads("/").collect::<Vec<_>>(), ["/"]);
        for (pointer, path, through) in [
            ("/items/0", "/items", true),
            ("/items", "/items", true),
            ("/items_of", "/items", false),
            ("/items", "/items/0", false),
            ("/items", "", true),
        ] {
            assert_eq!(leads_through(pointer, path), through, "{pointer} {path}");
        }
    }
}
