//! The whole screen as data: what is shown, where the focus is, what stands over it.
//!
//! ```text
//!   Message ──update──▶ Vec<Effect>     synchronous: no clock, no dice, no I/O
//!   &App    ──draw────▶ frame           writes nothing
//! ```
//!
//! A key goes to the overlay first, then to a text field that is being edited (reserved keys excepted), then through
//! the table of keys to an action: those of the whole screen are carried out here, the others by the focused pane.

use std::time::Instant;

use crossterm::event::{Event, KeyEventKind};
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::document::Document;
use crate::domain::exchange::{Failure, Summary};
use crate::domain::id::ExchangeId;
use crate::domain::order::{Order, Refusal};
use crate::domain::tally::Bucket;
use crate::tui::app::act::Typed;
use crate::tui::bar::{self, Where};
use crate::tui::keymap::HeldKey;
use crate::tui::layout::{Areas, Pane, areas};
use crate::tui::message::effect::Effect;
use crate::tui::message::{Loaded, Message, Now, Ticket};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::question::Question;
use crate::tui::pane::history::HistoryPane;
use crate::tui::pane::history::row::{age, ages_in};
use crate::tui::pane::request::RequestPane;
use crate::tui::pane::response::{self, ResponsePane};
use crate::tui::resend::{Left, whole_seconds};
use crate::tui::session::{Opening, Session};
use crate::tui::theme::Theme;
use crate::tui::widget::text::blank_hidden;

mod act;
mod body;
mod compare;
mod errors;
mod keep;
mod operation;
mod resend;
mod secret;
mod settling;
#[cfg(test)]
mod tests;

/// The whole screen.
#[derive(Debug)]
pub struct App {
    session: Session,
    view: View,
    history: HistoryPane,
    request: RequestPane,
    response: ResponsePane,
    overlay: Option<Overlay>,
    held: HeldKey,
    /// The exchange that was asked for and did not come yet.
    loading: Option<Loading>,
}

/// An exchange that is being read.
#[derive(Debug)]
struct Loading {
    id: ExchangeId,
    /// What was typed that needs it, and what was typed after that.
    typed: Vec<Typed>,
}

/// How the screen is looked at.
#[derive(Clone, Copy, Debug)]
struct View {
    theme: Theme,
    size: Rect,
    focus: Pane,
    changed: bool,
}

/// What the time alone changes on the screen.
#[derive(PartialEq, Eq)]
struct Face {
    top: String,
    pulse: Option<Vec<Bucket>>,
    overlay: Option<String>,
    ages: Vec<String>,
    verdict: Option<(String, Option<u64>)>,
    waits: Vec<Left>,
}

impl App {
    /// A screen on which nothing is known yet.
    pub fn new(theme: Theme, size: Rect, now: Now) -> App {
        App {
            session: Session::new(now),
            view: View {
                theme,
                size,
                focus: Pane::History,
                changed: true,
            },
            history: HistoryPane::default(),
            request: RequestPane::default(),
            response: ResponsePane::default(),
            overlay: None,
            held: HeldKey::default(),
            loading: None,
        }
    }

    /// The calendar by which times are told; UTC until it is known.
    pub fn set_zone(&mut self, zone: TimeZone) {
        self.session.zone = zone;
    }

    /// Whether a frame would differ from the last one.
    pub fn has_changed(&self) -> bool {
        self.view.changed
    }

    /// Whether what belongs on the screen is still being read.
    pub fn is_reading(&self) -> bool {
        let exchange = self.loading.is_some()
            && self.session.on_show().is_none()
            && self.session.wanted().is_some();
        exchange || self.session.list.is_between()
    }

    /// The next moment at which the screen changes by itself.
    pub fn next_change(&self) -> Option<Instant> {
        let session = &self.session;
        let overlay = self.overlay.as_ref();
        let counting = [
            bar::quota::changes_in(session),
            overlay.and_then(|overlay| overlay.changes_in(session)),
        ];
        let counting = counting.into_iter().flatten().min();
        let counted = counting.map(|time| session.now.steady + time);
        let aged = self.rows_on_show().filter_map(|row| ages_in(session, row));
        let aged = aged.min().map(|time| session.now.steady + time);
        let pulse = session.pulse_changes_in();
        let pulse = pulse.map(|time| session.now.steady + time);
        let countdown = self.next_countdown();
        let changes = [counted, session.next_change(), countdown, aged, pulse];
        changes.into_iter().flatten().min()
    }

    /// Whether the history could be opened, so that work was possible.
    pub fn worked(&self) -> bool {
        !matches!(self.session.opening, Opening::Failed(_))
    }

    /// Takes note of what happened, and says what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        self.view.changed |= self.would_show(&message);
        let effects = match message {
            Message::FrameDrawn(at) => {
                self.view.changed = false;
                if let Some(overlay) = &mut self.overlay {
                    overlay.drawn(at.steady);
                }
                return Vec::new();
            }
            Message::Input { event, at } => {
                self.session.now = at;
                self.input(event, at)
            }
            Message::TimePassed(now) => {
                self.session.now = now;
                Vec::new()
            }
            Message::ExchangeLoaded(loaded) => self.exchange_loaded(*loaded),
            Message::QuotaRead(read) => {
                let before = self.face();
                self.session.quota_read(*read);
                self.view.changed |= self.face() != before;
                Vec::new()
            }
            message => self.happened(message),
        };
        self.settled(effects)
    }

    /// Whether a message can change the screen. What cannot, draws no frame.
    fn would_show(&mut self, message: &Message) -> bool {
        match message {
            Message::FrameDrawn(_)
            | Message::HistoryChanged
            | Message::QuotaRead(_)
            | Message::Kept(_) => false,
            Message::Input {
                event: Event::Key(key),
                ..
            } => key.kind != KeyEventKind::Release,
            Message::HistoryLoaded(listed) => !self.session.has(listed),
            Message::UnsettledCounted(count) => self.session.unsettled != *count,
            Message::HoldsRead(holds) => self.session.holds != *holds,
            Message::Tallied(tallied) => self.session.tallied.as_ref() != Some(tallied),
            Message::ValuesLoaded(_) => self.history.is_filtering(),
            Message::BodyRead { id, .. } => self.session.wanted() == Some(id),
            Message::AnswerArriving(arrival) => self.session.shows_in_flight(&arrival.id),
            Message::AnswerArrived(_) => false,
            Message::TimePassed(now) => self.would_look_different_at(*now),
            _ => true,
        }
    }

    /// Whether the screen will show something else though nothing happened.
    fn would_look_different_at(&mut self, then: Now) -> bool {
        if self.session.spins() {
            return true;
        }
        let before = self.face();
        let now = std::mem::replace(&mut self.session.now, then);
        let after = self.face();
        self.session.now = now;
        before != after
    }

    /// What depends on the time alone: the quota above, what an overlay tells, how long ago each row was, the verdict,
    /// since keys grow old, and the countdowns.
    fn face(&self) -> Face {
        let session = &self.session;
        let View { theme, size, .. } = self.view;
        let verdict = session.on_show().and_then(|loaded| session.advice(loaded));
        let overlay = self.overlay.as_ref();
        Face {
            top: bar::top_quota(session, theme, size.width).to_string(),
            overlay: overlay.map(|overlay| overlay.face(session, size)),
            pulse: session.pulse().map(|(_, buckets)| buckets),
            ages: self.rows_on_show().map(|row| age(session, row)).collect(),
            verdict: verdict.map(|advice| (advice.text, advice.wait.map(whole_seconds))),
            waits: self.countdowns(),
        }
    }

    /// Brings what depends on the selection up to date with it; adds what that asks for.
    fn settled(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        let area = self.areas();
        self.request.settle(&mut self.session);
        self.session.forget_unfinished();
        self.session.forget_arrived();
        self.history
            .settle(&mut self.session, area.history.unwrap_or_default());
        effects.extend(self.session.ask());
        effects.extend(self.session.known.ask());
        self.response.settle(&self.session, area.response);
        effects.extend(self.response.take_wishes());
        if let Some(notice) = self.response.take_notice() {
            self.session.notice = Some(notice);
        }
        if let Some(id) = self.session.wanted().cloned()
            && (self.session.on_show().is_none() || self.was_left_half_read())
            && self.loading.as_ref().is_none_or(|loading| loading.id != id)
        {
            effects.push(self.load(id));
        }
        effects
    }

    /// Whether another exchange was asked for meanwhile, and reading on this body ended with that.
    fn was_left_half_read(&self) -> bool {
        let loaded = self.session.on_show();
        let is_read = |loaded: &Loaded| {
            let body = loaded.body.as_ref();
            !loaded.exchange.outcome.is_final() || body.is_none_or(Document::is_whole)
        };
        self.loading.is_some() && !loaded.is_none_or(is_read)
    }

    fn load(&mut self, id: ExchangeId) -> Effect {
        let typed = match self.loading.take() {
            Some(loading) if loading.id == id => loading.typed,
            _ => Vec::new(),
        };
        self.loading = Some(Loading {
            id: id.clone(),
            typed,
        });
        Effect::LoadExchange(id)
    }

    /// An exchange was read: what was typed meanwhile is done now, in its order.
    fn exchange_loaded(&mut self, loaded: Loaded) -> Vec<Effect> {
        let typed = match self.loading.take() {
            Some(loading) if loading.id == loaded.exchange.id => loading.typed,
            other => {
                self.loading = other;
                Vec::new()
            }
        };
        self.drop_waiting_copy();
        self.session.loaded(loaded);
        let mut effects = Vec::new();
        let mut typed = typed.into_iter();
        while let Some(next) = typed.next() {
            effects = self.settled(effects);
            // It may wait behind one that came before it.
            effects.extend(self.typed(next));
            // It may have asked for another exchange, and then the rest waits for that one.
            if let Some(loading) = self
                .loading
                .as_mut()
                .filter(|loading| !loading.typed.is_empty())
            {
                loading.typed.extend(typed);
                break;
            }
        }
        effects
    }

    fn happened(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Opened(opened) => {
                self.request.opened(&opened.profile);
                self.session.opened(*opened);
            }
            Message::OpenFailed(failure) => {
                self.session.opening = Opening::Failed(failure.clone());
                self.session.notice = Some(failure);
            }
            Message::HistoryChanged => {
                self.session.ask_again();
                if let Some(Overlay::Unsettled(_)) = self.overlay {
                    return vec![Effect::LoadUnsettled];
                }
            }
            Message::HistoryLoaded(listed) => {
                self.session.history_loaded(*listed);
                return self.read_outdated();
            }
            message @ (Message::BodyRead { .. }
            | Message::BodySearched { .. }
            | Message::BodyFiltered { .. }
            | Message::Followed { .. }
            | Message::BodySaved { .. }
            | Message::CopyMoved { .. }
            | Message::CopyMade { .. }) => return self.body_happened(message),
            Message::DraftNamed { operation, key } => self.request.named(operation, key),
            Message::SendStarted { ticket, summary } => return self.started(ticket, *summary),
            Message::SendPaused { ticket, wait } => self.paused(ticket, wait),
            Message::SendTold { notice, .. } => self.session.notice = Some(notice),
            Message::HoldsRead(holds) => self.session.holds = holds,
            Message::Tallied(tallied) => self.session.tallied = Some(*tallied),
            // A row that the filter hides is told of by its exchange alone.
            Message::Kept(id) if self.session.wanted() == Some(&id) => return vec![self.load(id)],
            Message::Kept(_) => {}
            Message::ValuesLoaded(values) => drop(self.session.known.loaded(values)),
            Message::SendRefused {
                ticket,
                order,
                refusal,
            } => self.refused(ticket, *order, *refusal),
            Message::AnswerArriving(arrival) => self.session.arrives(*arrival),
            Message::AnswerArrived(id) => self.session.arrived(&id),
            Message::SendFailed { ticket, failure } => {
                self.session.will_not_arrive(ticket);
                self.session.ended(ticket);
                self.request.not_sent(ticket);
                self.session.notice = Some(failure);
            }
            Message::SendLacks {
                ticket,
                order,
                lacking,
                failure,
            } => self.lacks(ticket, order, lacking, failure),
            Message::CredentialGiven(credential) => self.session.credential_given(credential),
            Message::Revealed { id, request } => self.revealed(&id, request),
            Message::ExchangeFinished {
                ticket,
                id,
                withheld,
            } => return self.finished(ticket, id, &withheld),
            message @ (Message::UnsettledCounted(_)
            | Message::UnsettledLoaded { .. }
            | Message::BatchMoved { .. }
            | Message::BatchEnded { .. }
            | Message::LookedUp { .. }) => return self.settling(message),
            Message::Compared {
                left,
                right,
                result,
            } => self.compared(&left, &right, result),
            Message::Failed(failure) => {
                if let Some(loading) = &mut self.loading {
                    loading.typed.clear();
                }
                self.drop_waiting_copy();
                self.session.notice = Some(failure);
            }
            Message::Input { .. }
            | Message::FrameDrawn(_)
            | Message::TimePassed(_)
            | Message::QuotaRead(_)
            | Message::ExchangeLoaded(_) => {}
        }
        Vec::new()
    }

    /// Who looks at what is sent goes along with it, who moved on stays where they are.
    fn started(&mut self, ticket: Ticket, summary: Summary) -> Vec<Effect> {
        let id = summary.id.clone();
        self.request.started(ticket, &id);
        // Who writes below a body is not taken away from it: the next letters would be keys.
        if self.response.is_writing() {
            self.session.stay(ticket);
        }
        if !self.session.started(ticket, summary) {
            return Vec::new();
        }
        if self.view.focus == Pane::Request {
            self.focus(Pane::Response);
        }
        // What was held and goes now stands on the screen as held.
        match self.session.on_show().is_some() {
            true => vec![self.load(id)],
            false => Vec::new(),
        }
    }

    fn finished(&mut self, ticket: Ticket, id: ExchangeId, withheld: &[String]) -> Vec<Effect> {
        self.session.ended(ticket);
        if !withheld.is_empty() {
            let what = format!(
                "another origin than the profile's: sent without {}",
                withheld.join(", ")
            );
            self.session.notice = Some(Failure::new(what));
        }
        // The others are read when they come on show.
        match self.session.wanted() == Some(&id) {
            true => vec![self.load(id)],
            false => Vec::new(),
        }
    }

    /// Another process may have ended the exchange on show, or sent its operation again: what it would do to send it
    /// once more is another thing then.
    fn read_outdated(&mut self) -> Vec<Effect> {
        let id = self.session.outdated().cloned();
        id.map(|id| self.load(id)).into_iter().collect()
    }

    /// A guard asks. Only whoever still looks at what they wanted to send is asked: to anybody else the question would
    /// come between two keys that mean something else.
    fn refused(&mut self, ticket: Ticket, order: Order, refusal: Refusal) {
        let mut flights = self.session.flights.iter();
        let ordered = flights.find(|f| f.ticket == ticket).map(|f| f.since);
        let looks = self.session.ended(ticket) && !self.writes_a_line();
        self.request.not_sent(ticket);
        let (sentence, hint) = (refusal.sentence(), refusal.hint());
        let mut question = Question::of_refusal(order, refusal);
        // Keys that came after the one that ordered it were meant for something else, and so are those right behind.
        let ahead = self
            .held
            .last_at()
            .filter(|at| ordered.is_some_and(|ordered| *at > ordered));
        if let (Some(question), Some(at)) = (&mut question, ahead) {
            question.typed_ahead(at);
        }
        match (question, &mut self.overlay) {
            (Some(question), None) if looks => self.overlay = Some(Overlay::ask(question)),
            // Ordered from the list, it is asked over the list, unless something is written or asked there.
            (Some(question), Some(Overlay::Unsettled(list))) if looks && list.is_free() => {
                list.ask(question);
            }
            (Some(_), _) => self.session.notice = Some(Failure::new(sentence)),
            (None, _) => {
                let hint = hint.map(ToOwned::to_owned);
                let notice = Failure {
                    hint,
                    ..Failure::new(sentence)
                };
                self.session.notice = Some(notice);
            }
        }
    }

    fn areas(&self) -> Areas {
        areas(self.view.size, self.view.focus)
    }

    /// Draws everything; says where the text cursor belongs, when text is edited.
    pub fn draw(&self, screen: Rect, buffer: &mut Buffer) -> Option<Position> {
        let View { theme, focus, .. } = self.view;
        let areas = areas(screen, focus);
        let session = &self.session;
        if let Some(area) = areas.top {
            bar::draw_top(session, theme, area, buffer);
        }
        let mut cursor = None;
        if let Some(area) = areas.history {
            cursor = self
                .history
                .draw(session, theme, focus == Pane::History, area, buffer);
        }
        if let Some(area) = areas.request {
            let drawn = self
                .request
                .draw(session, theme, focus == Pane::Request, area, buffer);
            cursor = cursor.or(drawn);
        }
        if let Some(area) = areas.response {
            let drawn = self
                .response
                .draw(session, theme, focus == Pane::Response, area, buffer);
            cursor = cursor.or(drawn);
        }
        if let Some(area) = areas.hints {
            let verdict = areas
                .response
                .is_some_and(|area| response::tells_verdict(session, area));
            let at = Where {
                focus,
                editing: self.edited(),
                in_body: self.reads_body(),
                verdict,
            };
            bar::draw_hints(session, theme, at, area, buffer);
        }
        if let Some(overlay) = &self.overlay {
            cursor = overlay.draw(session, theme, screen, buffer);
        }
        // The last gate before the terminal: whatever slipped past a pane is blanked here.
        blank_hidden(buffer);
        let writing = match &self.overlay {
            Some(overlay) => overlay.is_editing(),
            None => self.editing(),
        };
        cursor.filter(|_| writing)
    }
}
