//! What arrives of answers whose outcomes are not written yet.
//!
//! ```text
//!   AnswerArriving ─▶ arrives ─▶ arriving(id): status, head and bytes, for whatever shows an exchange in flight
//!   AnswerArrived  ─▶ arrived ─▶ it stays while the exchange stands on the screen as in flight, and is dropped then
//! ```

use crate::document::Document;
use crate::domain::arrival::Arrival;
use crate::domain::id::ExchangeId;
use crate::tui::message::{Loaded, Ticket};
use crate::tui::session::{Session, goes_further};

/// What arrives, by exchange: as many as are sent at once.
#[derive(Debug, Default)]
pub struct Arriving(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    arrival: Arrival,
    /// Its body, as far as it is indexed.
    body: Option<Document>,
    /// Whether it waits for its outcome to be read, and for nothing else.
    over: bool,
}

impl Session {
    /// Whether this exchange stands on the screen, and has no outcome there.
    pub fn shows_in_flight(&self, id: &ExchangeId) -> bool {
        let shown = self.exchange().filter(|shown| shown.id == *id);
        shown.is_some_and(|shown| !shown.outcome.is_final())
    }

    /// The head of an answer came, or more of its body.
    pub fn arrives(&mut self, arrival: Arrival) {
        let known = &mut self.arriving.0;
        match known.iter_mut().find(|one| one.arrival.id == arrival.id) {
            Some(one) => one.arrival = arrival,
            None => known.push(Entry {
                arrival,
                body: None,
                over: false,
            }),
        }
    }

    /// More of the body of an answer that arrives is indexed.
    pub(super) fn body_arrives(&mut self, id: &ExchangeId, document: &Document) {
        let mut known = self.arriving.0.iter_mut();
        if let Some(one) = known.find(|one| one.arrival.id == *id) {
            one.body = Some(document.clone());
        }
    }

    /// What somebody read of a body is not taken away by one of which less is indexed yet.
    pub(super) fn keep_body(&self, loaded: &mut Loaded) {
        let id = &loaded.exchange.id;
        let shown = self.shown.as_ref().filter(|shown| shown.exchange.id == *id);
        let shown = shown.and_then(|shown| shown.body.as_ref());
        let mut arriving = self.arriving.0.iter().filter(|one| one.arrival.id == *id);
        let arriving = arriving.find_map(|one| one.body.as_ref());
        for known in shown.into_iter().chain(arriving) {
            let less = |body: &Document| !goes_further(body, known);
            let is_less = loaded.body.as_ref().is_none_or(less);
            let can_have_one = !loaded.exchange.outcome.is_final() || loaded.body.is_some();
            if is_less && can_have_one {
                loaded.body = Some(known.clone());
            }
        }
    }

    /// Nothing more arrives of this answer: its outcome was written. It is told of until that was read.
    pub fn arrived(&mut self, id: &ExchangeId) {
        for one in &mut self.arriving.0 {
            one.over |= one.arrival.id == *id;
        }
    }

    /// What arrived so far of the answer to this exchange, while its outcome is not known.
    pub fn arriving(&self, id: &ExchangeId) -> Option<&Arrival> {
        let mut known = self.arriving.0.iter().map(|one| &one.arrival);
        known.find(|arrival| arrival.id == *id)
    }

    /// The outcome of this send will not come: it could not be written.
    pub fn will_not_arrive(&mut self, ticket: Ticket) {
        let flight = self.flights.iter().find(|flight| flight.ticket == ticket);
        if let Some(id) = flight.and_then(|flight| flight.id.as_ref()) {
            self.arriving.0.retain(|one| one.arrival.id != *id);
        }
    }

    /// Drops what is over, unless the screen still shows it as in flight: between the two it would show less.
    pub fn forget_arrived(&mut self) {
        let shown = self.exchange().filter(|shown| !shown.outcome.is_final());
        let shown = shown.map(|shown| shown.id.clone());
        self.arriving
            .0
            .retain(|one| !one.over || shown.as_ref() == Some(&one.arrival.id));
    }
}
