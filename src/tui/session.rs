//! The facts on show, shared by all panes: the profile, the rows of the history, what is selected, what is in flight,
//! the quota, the notice. Panes read them; only `app` and this file change them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::domain::exchange::{Exchange, Failure, Summary};
use crate::domain::id::ExchangeId;
use crate::domain::idempotency::{Advice, Candidate, advise};
use crate::domain::profile::Profile;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::domain::redact::Fingerprint;
use crate::tui::message::{Loaded, Now, Opened, Ticket};

mod quota;

/// How many rows of the history are read at first, and further with each page.
pub const PAGE: usize = 200;

/// How long a spinner shows one of its frames.
pub const SPIN: Duration = Duration::from_millis(120);

/// How far opening the history has come.
#[derive(Debug)]
pub enum Opening {
    /// On its way.
    Pending,
    /// Open.
    Done,
    /// It failed; nothing can be sent.
    Failed(Failure),
}

/// What the request and response panes show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Nothing: the history is empty.
    Nothing,
    /// The one draft.
    Draft,
    /// An exchange.
    Exchange(ExchangeId),
}

/// A send of this session that has no outcome yet.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Its ticket.
    pub ticket: Ticket,
    /// When it was asked for.
    pub since: Instant,
    /// The exchange, once its intent stands.
    pub id: Option<ExchangeId>,
    /// What was selected when it was asked for.
    pub from: Selection,
}

/// What the other panes need to know of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFacts {
    /// Method and target, as its row in the history says it.
    pub row: String,
    /// The exchange it was made from, while it still goes to the same place: its answer may stand under the draft.
    pub base: Option<ExchangeId>,
    /// Whether sending it would send something else than `base`.
    pub edited: bool,
}

/// The facts on show.
#[derive(Debug)]
pub struct Session {
    /// How far opening has come.
    pub opening: Opening,
    /// The open profile.
    pub profile: Option<Arc<Profile>>,
    /// Whether it has a credential.
    pub has_credential: bool,
    credential: Option<Fingerprint>,
    /// The newest rows of the history, newest first.
    pub rows: Vec<Summary>,
    /// Whether they were read: until then an empty list says nothing.
    pub known: bool,
    /// Whether there are older ones.
    pub more: bool,
    /// How many rows are asked for.
    pub wanted_rows: usize,
    /// What is selected.
    pub selection: Selection,
    /// The unsent draft, when there is one.
    pub draft: Option<DraftFacts>,
    /// The last exchange that was read whole.
    pub shown: Option<Loaded>,
    /// Sends without an outcome.
    pub flights: Vec<Flight>,
    /// The quota last told, and when.
    pub quota: Option<(Quota, Timestamp)>,
    /// What was sent lately under the same limit, newest first.
    pub sent: Vec<Sent>,
    /// Something to tell once.
    pub notice: Option<Failure>,
    /// The moment of the last message.
    pub now: Now,
    tickets: u64,
}

impl Session {
    /// A session in which nothing is known yet.
    pub fn new(now: Now) -> Session {
        Session {
            opening: Opening::Pending,
            profile: None,
            has_credential: false,
            credential: None,
            rows: Vec::new(),
            known: false,
            more: false,
            wanted_rows: PAGE,
            selection: Selection::Nothing,
            draft: None,
            shown: None,
            flights: Vec::new(),
            quota: None,
            sent: Vec::new(),
            notice: None,
            now,
            tickets: 0,
        }
    }

    /// A ticket that no send of this session has had.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// A send was asked for.
    pub fn fly(&mut self, ticket: Ticket) {
        self.flights.push(Flight {
            ticket,
            since: self.now.steady,
            id: None,
            from: self.selection.clone(),
        });
    }

    /// The history is open.
    pub fn opened(&mut self, opened: Opened) {
        self.opening = Opening::Done;
        self.profile = Some(opened.profile);
        self.has_credential = opened.has_credential;
        self.credential = opened.credential;
        self.quota = opened.quota;
        self.sent = Vec::new();
        if opened.notice.is_some() {
            self.notice = opened.notice;
        }
    }

    /// A page of the history was read.
    pub fn history_loaded(&mut self, rows: Vec<Summary>, more: bool) {
        self.rows = rows;
        self.more = more;
        self.known = true;
        // The row of what is on show turns when the panes do: one exchange is never seen in two states.
        if let Some(shown) = self
            .shown
            .as_ref()
            .filter(|shown| !shown.exchange.outcome.is_final())
            && let Some(row) = self.rows.iter_mut().find(|row| row.id == shown.exchange.id)
        {
            *row = shown.exchange.summary();
        }
        if self.selection == Selection::Nothing
            && let Some(newest) = self.rows.first()
        {
            self.selection = Selection::Exchange(newest.id.clone());
        }
    }

    /// A send is on its way: its row appears at once, and is selected unless somebody moved on meanwhile. Says whether
    /// it is selected.
    pub fn started(&mut self, ticket: Ticket, summary: Summary) -> bool {
        let selected = Selection::Exchange(summary.id.clone());
        let flight = self
            .flights
            .iter_mut()
            .find(|flight| flight.ticket == ticket);
        if let Some(flight) = flight {
            flight.id = Some(summary.id.clone());
            if flight.from == self.selection {
                self.selection = selected.clone();
            }
        }
        if !self.rows.iter().any(|row| row.id == summary.id) {
            self.rows.insert(0, summary);
        }
        self.selection == selected
    }

    /// A send is over, one way or the other. Says whether what it was ordered from is still selected.
    pub fn ended(&mut self, ticket: Ticket) -> bool {
        let looks = |flight: &Flight| flight.ticket == ticket && flight.from == self.selection;
        let looks = self.flights.iter().any(looks);
        self.flights.retain(|flight| flight.ticket != ticket);
        looks
    }

    /// Whether something was ordered whose intent does not stand yet.
    pub fn is_ordering(&self) -> bool {
        self.flights.iter().any(|flight| flight.id.is_none())
    }

    /// Drops what was read of an exchange before its end, once it is off the screen: it is read again when it returns.
    pub fn forget_unfinished(&mut self) {
        let unfinished = |loaded: &Loaded| !loaded.exchange.outcome.is_final();
        if self.shown.as_ref().is_some_and(unfinished) && self.on_show().is_none() {
            self.shown = None;
        }
    }

    /// The exchange on show, when the rows know more of it or of its operation than was read.
    pub fn outdated(&self) -> Option<&ExchangeId> {
        let loaded = self.on_show()?;
        let exchange = &loaded.exchange;
        let known = |row: &Summary| {
            let same = |one: &&Summary| one.id == row.id;
            loaded
                .operation
                .iter()
                .find(same)
                .is_some_and(|one| one.class == row.class)
        };
        let mut family = self
            .rows
            .iter()
            .filter(|row| row.operation == exchange.operation);
        let news = !exchange.outcome.is_final() || !family.all(known);
        news.then_some(&exchange.id)
    }

    /// Whether these are the rows that are known already.
    pub fn has(&self, rows: &[Summary], more: bool) -> bool {
        self.known && self.more == more && self.rows == rows
    }

    /// An exchange was read whole: its row is brought up to date with it.
    pub fn loaded(&mut self, loaded: Loaded) {
        // What has its outcome on the screen is no longer in flight, whoever tells of it first.
        if loaded.exchange.outcome.is_final() {
            let id = Some(&loaded.exchange.id);
            self.flights.retain(|flight| flight.id.as_ref() != id);
        }
        let summary = loaded.exchange.summary();
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == summary.id) {
            *row = summary;
        }
        self.take_quota(&loaded.exchange);
        if self.wanted() == Some(&loaded.exchange.id) {
            self.shown = Some(loaded);
        }
    }

    /// The exchange on show, once it was read, when one is selected.
    pub fn exchange(&self) -> Option<&Exchange> {
        self.on_show().map(|loaded| &loaded.exchange)
    }

    /// All that was read of the exchange that is selected, or of the one that the selected draft was made from.
    pub fn on_show(&self) -> Option<&Loaded> {
        self.shown
            .as_ref()
            .filter(|loaded| Some(&loaded.exchange.id) == self.wanted())
    }

    /// The exchange whose answer belongs on the screen now.
    pub fn wanted(&self) -> Option<&ExchangeId> {
        match &self.selection {
            Selection::Nothing => None,
            Selection::Draft => self.draft.as_ref().and_then(|draft| draft.base.as_ref()),
            Selection::Exchange(id) => Some(id),
        }
    }

    /// The verdict on sending this exchange again now.
    pub fn advice(&self, loaded: &Loaded) -> Option<Advice> {
        let profile = self.profile.as_ref()?;
        let summary = loaded.exchange.summary();
        Some(advise(
            &loaded.operation,
            &Candidate::again(&summary),
            profile,
            self.now.wall,
        ))
    }

    /// Whether this exchange is being sent by this session, and since when.
    pub fn flight_of(&self, id: &ExchangeId) -> Option<&Flight> {
        self.flights
            .iter()
            .find(|flight| flight.id.as_ref() == Some(id))
    }

    /// The next moment at which something in the panes may change by itself; `None` when nothing will.
    pub fn next_change(&self) -> Option<Instant> {
        let now = self.now.steady;
        let spin = (!self.flights.is_empty()).then_some(now + SPIN);
        let minute = (!self.rows.is_empty()).then(|| now + to_next(self.now.wall, 60_000));
        [spin, minute].into_iter().flatten().min()
    }
}

/// The time until the wall clock next shows a multiple of `milliseconds`.
fn to_next(wall: Timestamp, milliseconds: i64) -> Duration {
    let past = wall.as_millisecond().rem_euclid(milliseconds);
    Duration::from_millis((milliseconds - past).unsigned_abs())
}
