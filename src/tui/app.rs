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

use crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::domain::exchange::{Class, Failure};
use crate::domain::id::ExchangeId;
use crate::domain::idempotency::Choice;
use crate::domain::order::{Agreement, Ask, Order, Refusal};
use crate::tui::action::Action;
use crate::tui::bar;
use crate::tui::keymap::{HeldKey, resolve};
use crate::tui::layout::{Areas, Pane, areas};
use crate::tui::message::{Effect, Message, Now, Ticket};
use crate::tui::overlay::question::{NewDraft, Pending, Question};
use crate::tui::overlay::{Answer, Overlay};
use crate::tui::pane::history::HistoryPane;
use crate::tui::pane::request::{RequestPane, Unsendable};
use crate::tui::pane::response::ResponsePane;
use crate::tui::session::{Opening, Selection, Session};
use crate::tui::theme::Theme;
use crate::tui::widget::text::blank_hidden;

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
    loading: Option<ExchangeId>,
}

/// How the screen is looked at.
#[derive(Clone, Copy, Debug)]
struct View {
    theme: Theme,
    size: Rect,
    focus: Pane,
    changed: bool,
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

    /// Whether a frame would differ from the last one; asking forgets it.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.view.changed)
    }

    /// The next moment at which the screen changes by itself.
    pub fn next_change(&self) -> Option<Instant> {
        self.session.next_change()
    }

    /// Whether the history could be opened, so that work was possible.
    pub fn worked(&self) -> bool {
        !matches!(self.session.opening, Opening::Failed(_))
    }

    /// Takes note of what happened, and says what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        if let Message::FrameDrawn(at) = message {
            if let Some(overlay) = &mut self.overlay {
                overlay.drawn(at.steady);
            }
            return Vec::new();
        }
        self.view.changed = true;
        let mut effects = match message {
            Message::Input { event, at } => {
                self.session.now = at;
                self.input(event, at)
            }
            Message::TimePassed(now) => {
                self.session.now = now;
                Vec::new()
            }
            message => self.happened(message),
        };
        effects.extend(self.settle());
        effects
    }

    /// Brings what depends on the selection up to date with it.
    fn settle(&mut self) -> Vec<Effect> {
        let area = self.areas();
        self.request.settle(&mut self.session);
        self.history
            .reveal(&self.session, area.history.unwrap_or_default());
        if let Some(loaded) = self.session.on_show() {
            self.response.shown(&loaded.exchange);
            return Vec::new();
        }
        match self.session.wanted() {
            Some(id) if self.loading.as_ref() != Some(id) => {
                self.loading = Some(id.clone());
                vec![Effect::LoadExchange(id.clone())]
            }
            _ => Vec::new(),
        }
    }

    fn happened(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Opened(opened) => {
                self.session.opened(*opened);
                vec![Effect::LoadHistory {
                    limit: self.session.wanted_rows,
                }]
            }
            Message::OpenFailed(failure) => {
                self.session.opening = Opening::Failed(failure.clone());
                self.session.notice = Some(failure);
                Vec::new()
            }
            Message::HistoryChanged => self.history_changed(),
            Message::HistoryLoaded { rows, more } => {
                self.session.history_loaded(rows, more);
                Vec::new()
            }
            Message::ExchangeLoaded(loaded) => {
                if self.loading.as_ref() == Some(&loaded.exchange.id) {
                    self.loading = None;
                }
                self.session.loaded(*loaded);
                Vec::new()
            }
            Message::DraftNamed { operation, key } => {
                self.request.named(operation, key);
                Vec::new()
            }
            Message::SendStarted { ticket, summary } => {
                let id = summary.id.clone();
                if self.view.focus == Pane::Request {
                    self.focus(Pane::Response);
                }
                self.session.started(ticket, *summary);
                self.request.started(ticket, &id);
                Vec::new()
            }
            Message::SendRefused {
                ticket,
                order,
                refusal,
            } => self.refused(ticket, *order, *refusal),
            Message::SendFailed { ticket, failure } => {
                self.session.ended(ticket);
                self.request.not_sent(ticket);
                self.session.notice = Some(failure);
                Vec::new()
            }
            Message::ExchangeFinished {
                ticket,
                id,
                withheld,
            } => {
                self.session.ended(ticket);
                if !withheld.is_empty() {
                    let what = format!(
                        "another origin than the profile's: sent without {}",
                        withheld.join(", ")
                    );
                    self.session.notice = Some(Failure::new(what));
                }
                self.load_again(&id)
            }
            Message::Failed(failure) => {
                self.session.notice = Some(failure);
                Vec::new()
            }
            Message::Input { .. } | Message::FrameDrawn(_) | Message::TimePassed(_) => Vec::new(),
        }
    }

    fn history_changed(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::LoadHistory {
            limit: self.session.wanted_rows,
        }];
        // What another process sends ends without a word to us.
        let open = self
            .session
            .exchange()
            .filter(|exchange| exchange.outcome.class() == Class::InFlight);
        if let Some(id) = open.map(|exchange| exchange.id.clone()) {
            effects.extend(self.load_again(&id));
        }
        effects
    }

    /// Reads an exchange again, when it is the one on show; the others are read when they come on show.
    fn load_again(&mut self, id: &ExchangeId) -> Vec<Effect> {
        if self.session.wanted() != Some(id) {
            return Vec::new();
        }
        self.loading = Some(id.clone());
        vec![Effect::LoadExchange(id.clone())]
    }

    fn refused(&mut self, ticket: Ticket, order: Order, refusal: Refusal) -> Vec<Effect> {
        self.session.ended(ticket);
        self.request.not_sent(ticket);
        let (sentence, hint) = (refusal.sentence(), refusal.hint());
        match Question::of_refusal(order, refusal) {
            Some(question) => self.overlay = Some(Overlay::ask(question)),
            None => {
                let hint = hint.map(ToOwned::to_owned);
                let notice = Failure {
                    hint,
                    ..Failure::new(sentence)
                };
                self.session.notice = Some(notice);
            }
        }
        Vec::new()
    }

    fn input(&mut self, event: Event, at: Now) -> Vec<Effect> {
        match event {
            Event::Resize(width, height) => self.view.size = Rect::new(0, 0, width, height),
            Event::Key(key) => {
                let held = self.held.is_held(&key, at.steady);
                if key.kind != KeyEventKind::Release {
                    return self.key(&key, held, at);
                }
            }
            Event::Paste(text) if self.overlay.is_none() => self.request.paste(&text),
            _ => {}
        }
        Vec::new()
    }

    fn key(&mut self, key: &KeyEvent, held: bool, at: Now) -> Vec<Effect> {
        if let Some(overlay) = &mut self.overlay {
            return match overlay.update(key, at.steady) {
                Answer::Stay => Vec::new(),
                Answer::Close => {
                    self.overlay = None;
                    Vec::new()
                }
                Answer::Yes(pending) => {
                    self.overlay = None;
                    self.go_ahead(pending)
                }
            };
        }
        self.session.notice = None;
        let editing = self.editing();
        match resolve(key, editing) {
            Some(action) => self.act(action, held),
            None if editing => {
                self.request
                    .input(key, self.areas().request.unwrap_or_default());
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn editing(&self) -> bool {
        self.view.focus == Pane::Request
            && self.session.selection == Selection::Draft
            && self.request.is_editing()
    }

    fn act(&mut self, action: Action, held: bool) -> Vec<Effect> {
        match action {
            Action::NextPane => self.focus(match self.view.focus {
                Pane::History => Pane::Request,
                Pane::Request => Pane::Response,
                Pane::Response => Pane::History,
            }),
            Action::PreviousPane => self.focus(match self.view.focus {
                Pane::History => Pane::Response,
                Pane::Request => Pane::History,
                Pane::Response => Pane::Request,
            }),
            Action::FocusHistory => self.focus(Pane::History),
            Action::FocusRequest => self.focus(Pane::Request),
            Action::FocusResponse => self.focus(Pane::Response),
            Action::Compose => return self.new_draft(NewDraft::Empty),
            Action::Edit => return self.edit(),
            Action::Send | Action::ReplaySame | Action::ReplayNew if held => {
                self.session.notice = Some(
                    Failure::new("held down: it is sent once")
                        .hint("press the key again to send again"),
                );
            }
            Action::Send => return self.send(false),
            Action::ReplaySame => return self.replay(Choice::SameKey),
            Action::ReplayNew => return self.replay(Choice::NewKey),
            Action::ToField => self.go_to_field(),
            Action::Cancel => return self.cancel(),
            Action::Back => self.back(),
            Action::Help => self.overlay = Some(Overlay::help()),
            Action::Quit => return self.quit(),
            action => return self.pane_action(action),
        }
        Vec::new()
    }

    fn focus(&mut self, pane: Pane) {
        self.view.focus = pane;
    }

    fn pane_action(&mut self, action: Action) -> Vec<Effect> {
        let Some(area) = self.areas().of(self.view.focus) else {
            return Vec::new();
        };
        match self.view.focus {
            Pane::History if action == Action::Toggle => self.focus(Pane::Response),
            Pane::History => {
                let rows = self.session.wanted_rows;
                self.history.update(action, &mut self.session, area);
                if self.session.wanted_rows != rows {
                    return vec![Effect::LoadHistory {
                        limit: self.session.wanted_rows,
                    }];
                }
            }
            Pane::Request => self.request.update(action, &self.session, area),
            Pane::Response => self.response.update(action, &self.session, area),
        }
        Vec::new()
    }

    /// One level back: editing, then the focus. A draft is never lost on the way.
    fn back(&mut self) {
        if self.editing() {
            self.request.leave_field();
        } else {
            self.focus(Pane::History);
        }
    }

    fn edit(&mut self) -> Vec<Effect> {
        if self.session.selection == Selection::Draft {
            self.focus(Pane::Request);
            self.request.edit();
            return Vec::new();
        }
        if self.session.on_show().is_none() {
            return Vec::new();
        }
        self.new_draft(NewDraft::OfShown)
    }

    /// Starts a draft; asks first when an unsent one would be lost.
    fn new_draft(&mut self, from: NewDraft) -> Vec<Effect> {
        match &self.session.draft {
            Some(draft) if draft.edited => {
                let text = vec![format!("{} was edited and not sent.", draft.row)];
                let pending = Pending::ReplaceDraft(from);
                let question = Question::new(
                    "Discard the draft?",
                    text,
                    "discards it",
                    "keeps it",
                    pending,
                );
                self.overlay = Some(Overlay::ask(question));
                Vec::new()
            }
            _ => self.start_draft(from),
        }
    }

    fn start_draft(&mut self, from: NewDraft) -> Vec<Effect> {
        let error = self
            .session
            .exchange()
            .and_then(|exchange| self.response.error_under_cursor(exchange));
        let profile = self.session.profile.clone();
        match (from, self.session.on_show()) {
            (NewDraft::OfShown, Some(loaded)) => {
                self.request
                    .edit_exchange(loaded, profile.as_deref(), error)
            }
            (NewDraft::OfShown | NewDraft::Empty, _) => self.request.compose(profile.as_deref()),
        }
        self.session.selection = Selection::Draft;
        self.focus(Pane::Request);
        vec![Effect::NameDraft]
    }

    fn send(&mut self, as_is: bool) -> Vec<Effect> {
        if !self.may_send() {
            return Vec::new();
        }
        let order = match self.request.order(&self.session, as_is) {
            Ok(order) => order,
            Err(Unsendable::Mistake(failure)) => {
                self.focus(Pane::Request);
                self.session.notice = Some(failure);
                return Vec::new();
            }
            Err(Unsendable::NotJson(text)) => {
                let pending = Pending::SendDraftAsIs;
                let question = Question::new(
                    "The body is not JSON. Send it?",
                    text,
                    "sends it as it is",
                    "goes back to it",
                    pending,
                );
                self.overlay = Some(Overlay::ask(question));
                return Vec::new();
            }
        };
        let ticket = self.fly();
        self.request.sending(ticket);
        vec![Effect::Send {
            ticket,
            order: Box::new(order),
        }]
    }

    fn may_send(&mut self) -> bool {
        let why = match &self.session.opening {
            Opening::Pending => "the history is still being opened",
            Opening::Failed(_) => "nothing can be sent without the history",
            Opening::Done if self.request.is_sending() => "it is on its way already",
            Opening::Done => return true,
        };
        self.session.notice = Some(Failure::new(why));
        false
    }

    fn fly(&mut self) -> Ticket {
        let ticket = self.session.ticket();
        self.session.fly(ticket);
        ticket
    }

    fn replay(&mut self, choice: Choice) -> Vec<Effect> {
        if !self.may_send() {
            return Vec::new();
        }
        let Selection::Exchange(id) = self.session.selection.clone() else {
            let hint = "s sends the draft; to replay what was sent, select it in the history (1)";
            self.session.notice = Some(Failure::new("nothing that was sent is on show").hint(hint));
            return Vec::new();
        };
        if self.session.flight_of(&id).is_some() {
            self.session.notice =
                Some(Failure::new("it is still in flight").hint("Ctrl-C cancels it"));
            return Vec::new();
        }
        let ticket = self.fly();
        let ask = Ask::Replay {
            exchange: id,
            choice,
            secrets: Vec::new(),
        };
        vec![Effect::Send {
            ticket,
            order: Box::new(Order {
                ask,
                agreed: Agreement::default(),
            }),
        }]
    }

    fn go_to_field(&mut self) {
        let error = self
            .session
            .exchange()
            .and_then(|exchange| self.response.error_under_cursor(exchange));
        match (self.view.focus, error) {
            (Pane::Response, Some(error)) => {
                if self.request.go_to_field(&self.session, error) {
                    self.focus(Pane::Request);
                } else {
                    self.session.notice =
                        Some(Failure::new("this error is not about a place in the body"));
                }
            }
            (Pane::Request, _) => {
                self.request.leave_field();
                self.focus(Pane::Response);
            }
            _ => {}
        }
    }

    fn cancel(&mut self) -> Vec<Effect> {
        if self.session.flights.is_empty() {
            self.session.notice = Some(Failure::new("nothing is in flight").hint("q leaves"));
            return Vec::new();
        }
        vec![Effect::CancelAll]
    }

    fn quit(&mut self) -> Vec<Effect> {
        let flights = self.session.flights.len();
        let text = match &self.session.draft {
            _ if flights > 0 => vec![
                format!("{flights} in flight. Leaving cancels what waits for an answer;"),
                "the history keeps it as indeterminate, with its key.".to_owned(),
            ],
            Some(draft) if draft.edited => vec![format!(
                "The draft {} was not sent and would be lost.",
                draft.row
            )],
            _ => return vec![Effect::Quit],
        };
        let question = Question::new("Leave?", text, "leaves", "stays", Pending::Quit);
        self.overlay = Some(Overlay::ask(question));
        Vec::new()
    }

    fn go_ahead(&mut self, pending: Pending) -> Vec<Effect> {
        match pending {
            Pending::Send(order) => {
                let ticket = self.fly();
                if matches!(order.ask, Ask::Compose { .. }) {
                    self.request.sending(ticket);
                }
                vec![Effect::Send { ticket, order }]
            }
            Pending::SendDraftAsIs => self.send(true),
            Pending::ReplaceDraft(from) => self.start_draft(from),
            Pending::Quit => vec![Effect::Quit],
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
        if let Some(area) = areas.history {
            self.history
                .draw(session, theme, focus == Pane::History, area, buffer);
        }
        let mut cursor = None;
        if let Some(area) = areas.request {
            cursor = self
                .request
                .draw(session, theme, focus == Pane::Request, area, buffer);
        }
        if let Some(area) = areas.response {
            self.response
                .draw(session, theme, focus == Pane::Response, area, buffer);
        }
        if let Some(area) = areas.hints {
            bar::draw_hints(session, theme, focus, self.editing(), area, buffer);
        }
        if let Some(overlay) = &self.overlay {
            overlay.draw(session, theme, screen, buffer);
            cursor = None;
        }
        // The last gate before the terminal: whatever slipped past a pane is blanked here.
        blank_hidden(buffer);
        cursor.filter(|_| self.editing())
    }
}
