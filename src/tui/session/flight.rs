//! A send of this session from its order to its end: one exchange after the other while it is sent again by itself.
//!
//! ```text
//!   order ─▶ (waits) ─▶ exchange ─▶ waits ─▶ exchange ─▶ … ─▶ ended
//!                        earlier     held row: has the id of the exchange that will go
//! ```
//!
//! The newest exchange of a flight is the flight's: who looks at it goes along to the next one, who looks elsewhere is
//! left alone.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::retry::{Again, Retry, until};
use crate::tui::message::Ticket;
use crate::tui::resend::{Left, Wait, to_next_second};
use crate::tui::session::{Selection, Session};

/// A send of this session that has not ended yet.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Its ticket.
    pub ticket: Ticket,
    /// When it was asked for, or its newest exchange began.
    pub since: Instant,
    /// Its newest exchange: that whose intent stands, or whose held row is announced.
    pub id: Option<ExchangeId>,
    /// The exchanges before that one, which have their outcomes.
    pub earlier: Vec<ExchangeId>,
    /// What was selected when it was asked for; then its newest exchange.
    pub from: Selection,
    /// How often it may be sent again by itself.
    pub retry: Retry,
    /// What it waits for, when it waits.
    pub wait: Option<Wait>,
}

impl Flight {
    /// Whether this exchange is one of its.
    pub fn has(&self, id: &ExchangeId) -> bool {
        self.id.as_ref() == Some(id) || self.earlier.contains(id)
    }

    /// Whether it may go on after this outcome of its newest exchange.
    pub fn may_go_on(&self, class: Class, keyed: bool) -> bool {
        match Again::after(class, keyed) {
            Some(Again::RateLimited) => self.retry.rate_limited > 0,
            Some(Again::Lost) => self.retry.lost > 0,
            None => false,
        }
    }

    /// It has another newest exchange.
    fn goes_on_as(&mut self, id: &ExchangeId) {
        if self.id.as_ref() != Some(id) {
            self.earlier.extend(self.id.replace(id.clone()));
        }
    }
}

impl Session {
    /// An order waits. Its held row is its newest exchange from then on. Says whether that is selected.
    pub fn paused(&mut self, ticket: Ticket, wait: Wait) -> bool {
        let held = wait.held.clone();
        let Some(flight) = self.flight_mut(ticket) else {
            return false;
        };
        flight.wait = Some(wait);
        held.is_some_and(|held| self.follow(ticket, &held))
    }

    /// Who looks at an order's newest exchange, or at what it was ordered from, goes along to this one. Says whether
    /// it is selected.
    pub(super) fn follow(&mut self, ticket: Ticket, id: &ExchangeId) -> bool {
        let (selected, now) = (Selection::Exchange(id.clone()), self.selection.clone());
        if let Some(flight) = self.flight_mut(ticket) {
            let looks = flight.from == now;
            flight.goes_on_as(id);
            flight.from = selected.clone();
            if looks {
                self.select(selected.clone());
            }
        }
        self.selection == selected
    }

    /// Whoever looks at this send stays where they are when it goes on.
    pub fn stay(&mut self, ticket: Ticket) {
        if self.selection != Selection::Draft
            && let Some(flight) = self.flight_mut(ticket)
        {
            flight.from = Selection::Nothing;
        }
    }

    pub(super) fn flight_mut(&mut self, ticket: Ticket) -> Option<&mut Flight> {
        self.flights
            .iter_mut()
            .find(|flight| flight.ticket == ticket)
    }

    /// The order that this exchange is one of, while it goes on.
    pub fn pursuit_of(&self, id: &ExchangeId) -> Option<&Flight> {
        self.flights.iter().find(|flight| flight.has(id))
    }

    /// Whether this exchange is on its way or goes by itself, from here or from another process: nothing is to be sent
    /// again by hand.
    pub fn is_under_way(&self, id: &ExchangeId) -> bool {
        self.pursuit_of(id).is_some() || self.is_held(id)
    }

    /// Whether this exchange is held, by whomever.
    pub fn is_held(&self, id: &ExchangeId) -> bool {
        let row = self.list.known().find(|row| row.id == *id);
        row.is_some_and(|row| row.class == Class::Held)
    }

    /// Whether something of this operation waits, here or in another process, and goes by itself.
    pub fn has_waiting(&self, operation: &OperationId) -> bool {
        let waits = |row: &Summary| row.class == Class::Held || self.wait_of(&row.id).is_some();
        let mut rows = self.list.known().filter(|row| row.operation == *operation);
        rows.any(waits)
    }

    /// Whether something turns: an exchange of this session is on its way, or a search goes on.
    pub fn spins(&self) -> bool {
        let searches = self.list.searching.is_some();
        searches || self.flights.iter().any(|flight| flight.wait.is_none())
    }

    /// What the order of this exchange waits for.
    pub fn wait_of(&self, id: &ExchangeId) -> Option<&Wait> {
        self.pursuit_of(id)?.wait.as_ref()
    }

    /// How long a row waits, where it waits and that is known: the newest row of an order of this session, or a row
    /// that another process holds.
    pub fn left_of(&self, row: &Summary) -> Option<Left> {
        let now = self.now.wall;
        if let Some(flight) = self.pursuit_of(&row.id) {
            let newest = flight.id.as_ref() == Some(&row.id);
            // Its held row may not have been read yet: until then the row before it tells.
            let stands_in = || {
                let before = flight.earlier.last() == Some(&row.id);
                before
                    && !self
                        .list
                        .rows
                        .iter()
                        .any(|r| Some(&r.id) == flight.id.as_ref())
            };
            let wait = flight.wait.as_ref().filter(|_| newest || stands_in())?;
            return Some(wait.left(now));
        }
        let held = (row.class == Class::Held).then(|| self.hold_of(&row.id))?;
        Some(Left::until(Some(held?), now))
    }

    /// Until when another process holds this one, where that is known.
    pub fn hold_of(&self, id: &ExchangeId) -> Option<Timestamp> {
        let hold = self.holds.iter().find(|(held, _)| held == id)?;
        Some(hold.1).filter(|until| *until > self.now.wall)
    }

    /// How long until a countdown says one less; `None` when this row has none.
    pub fn next_second_of(&self, row: &Summary) -> Option<Duration> {
        let until_then = |then: Timestamp| until(then, self.now.wall);
        let wait = self.wait_of(&row.id).and_then(|wait| wait.until);
        let then = wait.or_else(|| self.hold_of(&row.id))?;
        let left = Some(until_then(then)).filter(|left| !left.is_zero())?;
        self.left_of(row).map(|_| to_next_second(left))
    }
}
