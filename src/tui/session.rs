//! The facts on show, shared by all panes: the profile, the rows of the history, what is selected, what is in flight,
//! the quota, the notice. Panes read them; only `app` and this file change them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::document::Document;
use crate::domain::displacement::{displacement, origin_now};
use crate::domain::exchange::{Exchange, Failure, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{Advice, Candidate, advise};
use crate::domain::profile::Profile;
use crate::domain::query::saved::Filters;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::domain::redact::Fingerprint;
use crate::domain::retry::until;
use crate::tui::message::{Loaded, Now, Opened, Program, Tallied, Ticket};
use crate::tui::resend::Resend;
use crate::tui::session::arriving::Arriving;
use crate::tui::session::flight::Flight;
use crate::tui::session::known::KnownValues;
use crate::tui::session::listing::Listing;

pub mod arriving;
pub mod flight;
pub mod known;
pub mod listing;
mod pulse;

mod quota;

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

/// How the history tells when something was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// How long ago, while that is near.
    #[default]
    Relative,
    /// The time itself.
    Absolute,
}

impl Clock {
    /// The other one.
    pub fn other(self) -> Clock {
        match self {
            Clock::Relative => Clock::Absolute,
            Clock::Absolute => Clock::Relative,
        }
    }
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

/// One thing done to each of several, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which.
    pub ticket: Ticket,
    /// What is done.
    pub name: &'static str,
    /// How many are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

/// A copy of a body that is made for a program, which then gets the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lending {
    /// Names it.
    pub ask: u64,
    /// The program.
    pub program: Program,
    /// How many bytes of the body it has gone through; `None` before it begins: the body is still read to its end.
    pub copied: Option<u64>,
    /// How many it has to go through.
    pub of: u64,
    /// Whether more of the body may come.
    pub is_part: bool,
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
    /// The operation that it could continue, and was turned away from.
    pub turned_away: Option<OperationId>,
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
    /// What the history lists.
    pub list: Listing,
    /// The filters that are saved under names.
    pub filters: Filters,
    /// What may be written into the filter.
    pub known: KnownValues,
    /// The whole history in numbers, once it was counted.
    pub tallied: Option<Tallied>,
    /// How it tells when something was sent.
    pub clock: Clock,
    /// The calendar by which it does.
    pub zone: TimeZone,
    /// What is selected.
    pub selection: Selection,
    /// The exchange that another one is to be compared with.
    pub marked: Option<ExchangeId>,
    /// The unsent draft, when there is one.
    pub draft: Option<DraftFacts>,
    /// The last exchange that was read whole.
    pub shown: Option<Loaded>,
    /// Sends that have not ended.
    pub flights: Vec<Flight>,
    arriving: Arriving,
    /// Whether what is sent is sent again by itself.
    pub resend: Resend,
    /// Until when other processes hold what they hold, as far as that is known.
    pub holds: Vec<(ExchangeId, Timestamp)>,
    /// The quota last told, and when.
    pub quota: Option<(Quota, Timestamp)>,
    /// How many operations are left to find out.
    pub unsettled: u64,
    /// What is done to several at once, when something is.
    pub batch: Option<Batch>,
    /// The copy that a program of the person's own waits for.
    pub lending: Option<Lending>,
    /// How many look-ups a question waits for.
    pub looking: usize,
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
            list: Listing::default(),
            filters: Filters::default(),
            known: KnownValues::default(),
            tallied: None,
            clock: Clock::default(),
            zone: TimeZone::UTC,
            selection: Selection::Nothing,
            marked: None,
            draft: None,
            shown: None,
            flights: Vec::new(),
            arriving: Arriving::default(),
            resend: Resend::default(),
            holds: Vec::new(),
            quota: None,
            unsettled: 0,
            batch: None,
            lending: None,
            looking: 0,
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
            earlier: Vec::new(),
            from: self.selection.clone(),
            retry: self.resend.retry(),
            wait: None,
        });
    }

    /// The history is open.
    pub fn opened(&mut self, opened: Opened) {
        self.opening = Opening::Done;
        self.profile = Some(opened.profile);
        self.has_credential = opened.has_credential;
        self.credential = opened.credential;
        self.quota = opened.quota;
        self.filters = opened.filters;
        self.sent = Vec::new();
        if opened.notice.is_some() {
            self.notice = opened.notice;
        }
    }

    /// A send is on its way: its row appears at once, and is selected unless somebody moved on meanwhile. Says whether
    /// it is selected.
    pub fn started(&mut self, ticket: Ticket, summary: Summary) -> bool {
        let now = self.now;
        if let Some(flight) = self.flight_mut(ticket) {
            // The last message may be a while old where nothing turned meanwhile.
            flight.since = now.steady + until(summary.started_at, now.wall);
            flight.wait = None;
        }
        let selected = self.follow(ticket, &summary.id);
        // A window elsewhere is moved to where it stands, when it is selected.
        let list = &mut self.list;
        let fits = !list.newer && list.query.fits(&summary, now.wall);
        match list.rows.iter_mut().find(|row| row.id == summary.id) {
            // The row of what is on show turns when the panes do.
            Some(_)
                if self
                    .shown
                    .as_ref()
                    .is_some_and(|shown| shown.exchange.id == summary.id) => {}
            Some(row) => *row = summary.clone(),
            None if fits => list.rows.insert(0, summary.clone()),
            None => {}
        }
        self.set_aside(Some(summary));
        selected
    }

    /// A send is over, one way or the other. Says whether what it was ordered from is still selected.
    pub fn ended(&mut self, ticket: Ticket) -> bool {
        let looks = |flight: &Flight| flight.ticket == ticket && flight.from == self.selection;
        let looks = self.flights.iter().any(looks);
        self.flights.retain(|flight| flight.ticket != ticket);
        looks
    }

    /// Whether something is on its way, waits, is looked up or searched.
    pub fn has_something_to_cancel(&self) -> bool {
        let searches = self.list.searching.is_some();
        !self.flights.is_empty() || self.batch.is_some() || self.looking > 0 || searches
    }

    /// A batch has come further.
    pub fn batch_moved(&mut self, ticket: Ticket, done: usize) {
        if let Some(batch) = self.batch.as_mut().filter(|batch| batch.ticket == ticket) {
            batch.done = done;
        }
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

    /// An exchange was read whole: its row is brought up to date with it.
    pub fn loaded(&mut self, mut loaded: Loaded) {
        self.keep_marks(&mut loaded.exchange);
        // What has its outcome on the screen is no longer in flight, whoever tells of it first.
        if loaded.exchange.outcome.is_final() {
            let id = Some(&loaded.exchange.id);
            let (class, keyed) = (
                loaded.exchange.outcome.class(),
                loaded.exchange.request.idempotency_key.is_some(),
            );
            self.flights
                .retain(|flight| flight.id.as_ref() != id || flight.may_go_on(class, keyed));
        }
        let summary = loaded.exchange.summary();
        self.list.renew(&summary);
        self.take_quota(&loaded.exchange);
        if self.wanted() == Some(&loaded.exchange.id) {
            self.keep_body(&mut loaded);
            self.shown = Some(loaded);
        }
        self.set_aside(Some(summary));
    }

    /// More of a body was indexed. Says whether it is on show.
    pub fn body_read(&mut self, id: &ExchangeId, document: Document) -> bool {
        self.body_arrives(id, &document);
        let shown = self.shown.as_mut().filter(|shown| shown.exchange.id == *id);
        let Some(shown) = shown else { return false };
        if shown
            .body
            .as_ref()
            .is_none_or(|known| goes_further(&document, known))
        {
            shown.body = Some(document);
        }
        self.on_show()
            .is_some_and(|loaded| loaded.exchange.id == *id)
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

    /// The verdict on sending this exchange again now, by the profile that it would go under: a replay's own, a draft's
    /// the open one. Where that leads elsewhere, this is judged as going there.
    pub fn advice(&self, loaded: &Loaded) -> Option<Advice> {
        let open = self.profile.as_ref()?;
        let is_draft = self.selection == Selection::Draft;
        let profile = if is_draft { open } else { &loaded.profile };
        let (exchange, summary) = (&loaded.exchange, loaded.exchange.summary());
        let mut facts = summary.facts.clone();
        if let Ok(origin) = origin_now(&exchange.request, profile) {
            facts.origin = origin;
        }
        if profile.name != exchange.profile {
            facts.credential = facts.credential.and(self.credential);
        }
        let candidate = Candidate {
            facts: &facts,
            ..Candidate::again(&summary)
        };
        let mut advice = advise(&loaded.operation, &candidate, profile, self.now.wall);
        let displaced = displacement(exchange, profile).ok().flatten();
        if let Some(displacement) = displaced.filter(|_| !is_draft) {
            advice.text = format!("{} {}", displacement.fact(), advice.text);
        }
        Some(advice)
    }

    /// Whether what this exchange would be sent again under is the open profile, and has no credential.
    pub fn lacks_credential(&self, loaded: &Loaded) -> bool {
        let open = self.profile.as_ref().map(|profile| &profile.name);
        let is_open = self.selection == Selection::Draft || open == Some(&loaded.profile.name);
        is_open && !self.has_credential
    }

    /// Whether this exchange is being sent by this session, and since when.
    pub fn flight_of(&self, id: &ExchangeId) -> Option<&Flight> {
        self.flights
            .iter()
            .find(|flight| flight.id.as_ref() == Some(id))
    }

    /// How long this exchange has been under way, when this session sends it.
    pub fn flown(&self, id: &ExchangeId) -> Option<Duration> {
        let since = self.flight_of(id)?.since;
        Some(self.now.steady.saturating_duration_since(since))
    }

    /// The next moment at which something in the panes may change by itself, the history's rows excepted.
    pub fn next_change(&self) -> Option<Instant> {
        let now = self.now.steady;
        let spin = self.spins().then_some(now + SPIN);
        // The verdict grows old by the minute.
        let judged = self.on_show().is_some();
        let minute = judged.then(|| now + to_next(self.now.wall, 60_000));
        [spin, minute].into_iter().flatten().min()
    }
}

/// Whether this document tells more of a body than that one. One that begins anew, because it is no JSON after all, is
/// taken once it has caught up.
pub(crate) fn goes_further(this: &Document, that: &Document) -> bool {
    match (this.is_whole(), that.is_whole()) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => this.indexed() >= that.indexed(),
    }
}

/// The time until the wall clock next shows a multiple of `milliseconds`.
fn to_next(wall: Timestamp, milliseconds: i64) -> Duration {
    let past = wall.as_millisecond().rem_euclid(milliseconds);
    Duration::from_millis((milliseconds - past).unsigned_abs())
}
