//! What keys do to the screen: overlay first, then the text that is edited, then the table of keys.
//!
//! Here stand the actions of the whole screen, the sends among them; the others are carried out by the focused pane.

use crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use crate::domain::exchange::Failure;
use crate::domain::idempotency::Choice;
use crate::domain::order::{Agreement, Ask, Order};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keymap::resolve;
use crate::tui::layout::Pane;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Now, Program};
use crate::tui::overlay::question::{NewDraft, Pending, Question};
use crate::tui::overlay::{Answer, Overlay};
use crate::tui::pane::request::Unsendable;
use crate::tui::session::{Opening, Selection};

/// How many keys may wait for an exchange that is being read.
const TYPED_AHEAD: usize = 256;

/// What somebody typed.
#[derive(Debug)]
pub(super) enum Typed {
    Key { key: KeyEvent, held: bool, at: Now },
    Paste(String),
}

impl Typed {
    pub(super) fn is_action(&self, action: Action) -> bool {
        matches!(self, Typed::Key { key, .. } if resolve(key, true) == Some(action))
    }
}

impl App {
    /// A key, a paste or a new size.
    pub(super) fn input(&mut self, event: Event, at: Now) -> Vec<Effect> {
        match event {
            Event::Resize(width, height) => self.view.size = Rect::new(0, 0, width, height),
            Event::Key(key) => {
                let held = self.held.is_held(&key, at.steady);
                if key.kind != KeyEventKind::Release {
                    return self.typed(Typed::Key { key, held, at });
                }
            }
            Event::Paste(text) => return self.typed(Typed::Paste(text)),
            _ => {}
        }
        Vec::new()
    }

    /// What is typed after a key that waits for its exchange waits behind it: the order of keys is their meaning.
    pub(super) fn typed(&mut self, typed: Typed) -> Vec<Effect> {
        if self.session.lending.is_some() {
            return self.typed_while_lending(&typed);
        }
        match &mut self.loading {
            Some(loading) if !loading.typed.is_empty() => {
                let gives_up = typed.is_action(Action::Cancel) || typed.is_action(Action::Back);
                match gives_up {
                    true => loading.typed.clear(),
                    false if loading.typed.len() < TYPED_AHEAD => loading.typed.push(typed),
                    false => {}
                }
                Vec::new()
            }
            _ => self.carry_on(typed),
        }
    }

    /// Does what was typed mean now.
    fn carry_on(&mut self, typed: Typed) -> Vec<Effect> {
        match typed {
            Typed::Key { key, held, at } => return self.key(key, held, at),
            Typed::Paste(text) => match &mut self.overlay {
                Some(overlay) => overlay.paste(&text),
                None => self.paste(&text),
            },
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str) {
        let areas = self.areas();
        match self.edited() {
            Some(Pane::History) => {
                let area = areas.history.unwrap_or_default();
                self.history.paste(text, &mut self.session, area);
            }
            Some(Pane::Response) => {
                let area = areas.response.unwrap_or_default();
                self.response.paste(text, &self.session, area);
            }
            Some(_) if !self.is_frozen() => {
                self.request.paste(text, areas.request.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// A key that is text, or moves in it.
    fn type_key(&mut self, key: &KeyEvent) {
        let areas = self.areas();
        match self.edited() {
            Some(Pane::History) => {
                let area = areas.history.unwrap_or_default();
                self.history.input(key, &mut self.session, area);
            }
            Some(Pane::Response) => {
                let area = areas.response.unwrap_or_default();
                self.response.input(key, &self.session, area);
            }
            Some(_) if !self.is_frozen() => {
                self.request.input(key, areas.request.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn key(&mut self, key: KeyEvent, held: bool, at: Now) -> Vec<Effect> {
        if let Some(overlay) = &mut self.overlay {
            let screen = self.view.size;
            let answer = match resolve(&key, overlay.is_editing()) {
                Some(Action::Cancel) if self.session.has_something_to_cancel() => {
                    return vec![Effect::CancelAll];
                }
                Some(Action::Cancel) => Answer::Close,
                _ => overlay.update(&key, held, at.steady, &self.session, screen),
            };
            self.session.notice = None;
            return self.answered(answer);
        }
        self.session.notice = None;
        let editing = self.editing();
        match resolve(&key, editing) {
            Some(action) if self.must_wait(action) => {
                if let Some(loading) = &mut self.loading {
                    loading.typed.push(Typed::Key { key, held, at });
                }
            }
            Some(action) => return self.act(action, held),
            None => self.type_key(&key),
        }
        Vec::new()
    }

    fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Stay => return Vec::new(),
            Answer::Close => {
                let closed = self.overlay.take();
                if matches!(closed, Some(Overlay::Compare(_))) {
                    return vec![Effect::DropComparison];
                }
            }
            Answer::Yes(pending) => {
                self.overlay = None;
                return self.go_ahead(pending);
            }
            Answer::Wish(wish) => return self.grant(wish),
        }
        Vec::new()
    }

    /// Whether an action is about an exchange that is still being read.
    fn must_wait(&self, action: Action) -> bool {
        let Selection::Exchange(id) = &self.session.selection else {
            return false;
        };
        let reading = self
            .loading
            .as_ref()
            .is_some_and(|loading| loading.id == *id);
        let needs = match action {
            Action::Edit | Action::Send | Action::ToField | Action::Next | Action::Previous => true,
            Action::GroupErrors | Action::ExpandAll => true,
            // What is typed behind these is text, or meant for a program: it must not act instead.
            Action::GoToPlace | Action::FilterBody | Action::SaveBody => true,
            Action::OpenPager | Action::OpenEditor => true,
            Action::Filter => self.view.focus == Pane::Response,
            Action::HalfDown
            | Action::HalfUp
            | Action::NextSibling
            | Action::PreviousSibling
            | Action::Parent
            | Action::FoldAll
            | Action::FoldLess
            | Action::FoldMore
            | Action::ToggleWrap
            | Action::ToggleNumbers => self.view.focus == Pane::Response,
            Action::Down
            | Action::Up
            | Action::PageDown
            | Action::PageUp
            | Action::Left
            | Action::Right
            | Action::Top
            | Action::Bottom
            | Action::Toggle
            | Action::NextTab
            | Action::PreviousTab => self.view.focus != Pane::History,
            _ => false,
        };
        needs && reading && self.session.on_show().is_none()
    }

    /// Whether the draft is on its way: it stays what was sent until it is known to have left.
    fn is_frozen(&mut self) -> bool {
        let frozen = self.request.is_sending();
        if frozen {
            self.session.notice = Some(Failure::new("not written: the draft is on its way"));
        }
        frozen
    }

    /// Whether text is being edited, so that a letter is text.
    pub(super) fn editing(&self) -> bool {
        self.edited().is_some()
    }

    /// The pane in which text is being edited.
    pub(super) fn edited(&self) -> Option<Pane> {
        let focus = self.view.focus;
        let edits = match focus {
            Pane::History => self.history.is_filtering(),
            Pane::Request => {
                self.session.selection == Selection::Draft && self.request.is_editing()
            }
            Pane::Response => self.response.is_writing(),
        };
        edits.then_some(focus)
    }

    fn act(&mut self, action: Action, held: bool) -> Vec<Effect> {
        match action {
            Action::NextPane => self.focus(self.view.focus.next()),
            Action::PreviousPane => self.focus(self.view.focus.previous()),
            Action::FocusHistory => self.focus(Pane::History),
            Action::FocusRequest => self.focus(Pane::Request),
            Action::FocusResponse => self.focus(Pane::Response),
            Action::Compose => return self.new_draft(NewDraft::Empty),
            Action::Edit => return self.edit(),
            Action::Send | Action::ReplaySame | Action::ReplayNew if held => {
                let hint = "press the key again to send again";
                self.tell(Failure::new("held down: it is sent once").hint(hint));
            }
            Action::ToggleOperation => self.toggle_operation(),
            Action::Send => return self.send(false),
            Action::ReplaySame => return self.replay(Choice::SameKey),
            Action::ReplayNew => return self.replay(Choice::NewKey),
            Action::ToggleResend => self.toggle_resend(),
            Action::Pin => return self.pin(),
            Action::Annotate => self.annotate(),
            Action::ToggleTime => self.session.clock = self.session.clock.other(),
            Action::Filter if self.reads_body() => self.ask_of_body(action),
            Action::Filter => self.filter(),
            Action::GoToPlace | Action::FilterBody | Action::SaveBody => self.ask_of_body(action),
            Action::OpenPager => return self.open_body(Program::Pager),
            Action::OpenEditor => return self.open_body(Program::Editor),
            Action::ShowOperation => self.show_operation(),
            Action::ToField => self.go_to_field(),
            Action::Next | Action::Previous if self.steps_in_body() => {
                return self.pane_action(action);
            }
            Action::Next | Action::Previous => self.step_error(action),
            Action::GroupErrors | Action::ExpandAll => self.arrange_errors(action),
            Action::Cancel => return self.cancel(),
            Action::Back => return self.back(),
            Action::ShowUnsettled => return self.show_unsettled(),
            Action::Copy => self.show_copy_menu(),
            Action::Compare => return self.compare(),
            Action::Reveal => return self.reveal(),
            Action::Help => self.overlay = Some(Overlay::help()),
            Action::ShowQuota => self.overlay = Some(Overlay::quota()),
            Action::Quit => return self.quit(),
            action => return self.pane_action(action),
        }
        Vec::new()
    }

    pub(super) fn tell(&mut self, notice: Failure) {
        self.session.notice = Some(notice);
    }

    pub(super) fn focus(&mut self, pane: Pane) {
        self.view.focus = pane;
        // A line that nobody types into would take the letters of whoever comes back for something else.
        if pane != Pane::History {
            self.history.close_filter();
        }
        if pane != Pane::Response {
            self.response.close_prompt();
        }
    }

    fn filter(&mut self) {
        self.focus(Pane::History);
        let area = self.areas().history.unwrap_or_default();
        self.history.open_filter(&mut self.session, area);
    }

    fn show_operation(&mut self) {
        match self.history.show_operation(&mut self.session) {
            Ok(()) => self.focus(Pane::History),
            Err(failure) => self.tell(failure),
        }
    }

    fn pane_action(&mut self, action: Action) -> Vec<Effect> {
        let Some(area) = self.areas().of(self.view.focus) else {
            return Vec::new();
        };
        match self.view.focus {
            Pane::History if action == Action::Toggle => {
                if !self.history.toggle(&mut self.session, area) {
                    self.focus(Pane::Response);
                }
            }
            Pane::History => self.history.update(action, &mut self.session, area),
            Pane::Request => self.request.update(action, &self.session, area),
            Pane::Response => self.response.update(action, &self.session, area),
        }
        Vec::new()
    }

    fn stop_search(&mut self) -> Option<Effect> {
        let stops = self.session.stop_search()?;
        let hint = "j at the end of the list searches on";
        self.tell(Failure::new("the search was stopped: what it found stays").hint(hint));
        Some(stops)
    }

    /// One level back: a selection, editing, then the focus, then a search, then the filter. A draft is never lost on the
    /// way.
    fn back(&mut self) -> Vec<Effect> {
        match (self.edited(), self.view.focus) {
            (Some(Pane::Request), _) => self.request.back(),
            (_, Pane::Response) if self.response.back(&self.session) => {}
            (None, _) if self.session.marked.is_some() => self.session.marked = None,
            (None, Pane::History) if self.session.list.searching.is_some() => {
                return self.stop_search().into_iter().collect();
            }
            (_, Pane::History) => {
                self.history.back(&mut self.session);
            }
            _ => self.focus(Pane::History),
        }
        Vec::new()
    }

    fn edit(&mut self) -> Vec<Effect> {
        if self.session.selection == Selection::Draft {
            self.focus(Pane::Request);
            self.request.edit();
            return Vec::new();
        }
        match self.session.exchange() {
            Some(exchange) => self.new_draft(NewDraft::Of(exchange.id.clone())),
            None => Vec::new(),
        }
    }

    /// Starts a draft; asks first when an unsent one would be lost.
    fn new_draft(&mut self, from: NewDraft) -> Vec<Effect> {
        if self.request.is_sending() {
            self.tell(Failure::new("the draft is on its way"));
            return Vec::new();
        }
        match self.session.draft.as_ref().filter(|draft| draft.edited) {
            Some(draft) => {
                let text = vec![format!("{} was edited and not sent.", draft.row)];
                self.overlay = Some(Overlay::ask(Question::new(
                    "Discard the draft?",
                    text,
                    "discards it",
                    "keeps it",
                    Pending::ReplaceDraft(from),
                )));
                Vec::new()
            }
            None => self.start_draft(from),
        }
    }

    fn start_draft(&mut self, from: NewDraft) -> Vec<Effect> {
        let profile = self.session.profile.clone();
        match from {
            NewDraft::Empty => self.request.compose(profile.as_deref()),
            NewDraft::Of(id) => {
                let shown = self
                    .session
                    .on_show()
                    .filter(|loaded| loaded.exchange.id == id);
                let Some(loaded) = shown else {
                    self.tell(Failure::new("something else came on show: e edits that"));
                    return Vec::new();
                };
                let error = self.response.error_under_cursor(loaded);
                self.request
                    .edit_exchange(loaded, profile.as_deref(), error);
            }
        }
        self.session.select(Selection::Draft);
        self.focus(Pane::Request);
        vec![Effect::NameDraft]
    }

    fn send(&mut self, as_is: bool) -> Vec<Effect> {
        if !self.may_send() {
            return Vec::new();
        }
        match self.request.order(&self.session, as_is) {
            Ok(order) => return self.ask_or_fly(order),
            Err(Unsendable::Mistake(failure)) => {
                self.focus(Pane::Request);
                self.tell(failure);
            }
            Err(Unsendable::NotJson(text)) => {
                self.overlay = Some(Overlay::ask(Question::new(
                    "The body is not JSON. Send it?",
                    text,
                    "sends it as it is",
                    "goes back to it",
                    Pending::SendDraftAsIs,
                )));
            }
        }
        Vec::new()
    }

    /// Whether something may be sent now. One order at a time: until its intent stands, another would be judged on
    /// the same facts, and a key pressed twice would send twice.
    pub(super) fn may_send(&mut self) -> bool {
        if let Some(why) = self.goes_by_itself() {
            self.tell(why);
            return false;
        }
        self.may_order()
    }

    /// Whether anything may be ordered now.
    pub(super) fn may_order(&mut self) -> bool {
        let why = match &self.session.opening {
            Opening::Pending => "the history is still being opened",
            Opening::Failed(_) => "nothing can be sent without the history",
            Opening::Done if self.session.list.is_landing() => {
                "what the filter shows is still being read"
            }
            Opening::Done if self.session.is_ordering() => "the last one is just being sent",
            Opening::Done => return true,
        };
        self.tell(Failure::new(why));
        false
    }

    /// Sends an order: the draft's, when the draft is on show.
    pub(super) fn fly(&mut self, order: Order) -> Vec<Effect> {
        let ticket = self.session.ticket();
        self.session.fly(ticket);
        let composed = matches!(order.ask, Ask::Compose { .. });
        if composed && self.session.selection == Selection::Draft {
            self.request.sending(ticket);
        }
        vec![Effect::Send {
            ticket,
            order: Box::new(order),
            retry: self.session.resend.retry(),
        }]
    }

    fn replay(&mut self, choice: Choice) -> Vec<Effect> {
        if !self.may_send() {
            return Vec::new();
        }
        let Selection::Exchange(exchange) = self.session.selection.clone() else {
            let hint = "s sends the draft; to replay what was sent, select it in the history (1)";
            self.tell(Failure::new("nothing that was sent is on show").hint(hint));
            return Vec::new();
        };
        let secrets = Vec::new();
        self.fly(Order {
            ask: Ask::Replay {
                exchange,
                choice,
                secrets,
            },
            agreed: Agreement::default(),
        })
    }

    /// Ends what runs: a search or a filter first, which are nobody's money.
    fn cancel(&mut self) -> Vec<Effect> {
        if self.response.stop_filter() {
            return Vec::new();
        }
        if let Some(stops) = self.stop_search() {
            return vec![stops];
        }
        if !self.session.has_something_to_cancel() {
            self.tell(Failure::new("nothing is in flight").hint("q leaves"));
            return Vec::new();
        }
        vec![Effect::CancelAll]
    }

    fn quit(&mut self) -> Vec<Effect> {
        let mut text = self.what_leaving_cancels();
        let draft = self.session.draft.as_ref().filter(|draft| draft.edited);
        let lost = |row: &str| format!("The draft {row} was not sent and would be lost.");
        text.extend(draft.map(|draft| lost(&draft.row)));
        if text.is_empty() {
            return vec![Effect::Quit];
        }
        let question = Question::new("Leave?", text, "leaves", "stays", Pending::Quit);
        self.overlay = Some(Overlay::ask(question));
        Vec::new()
    }

    pub(super) fn go_ahead(&mut self, pending: Pending) -> Vec<Effect> {
        match pending {
            Pending::Batch(work) => self.begin(work),
            Pending::Settle(settlings) => vec![Effect::Settle(settlings)],
            Pending::Send(order) => self.fly(*order),
            Pending::Supply { order, credential } => self.supply(*order, credential),
            Pending::Leave(order, asked) => self.leave(*order, asked),
            Pending::SendDraftAsIs => self.send(true),
            Pending::ReplaceDraft(from) => self.start_draft(from),
            Pending::Quit => vec![Effect::Quit],
        }
    }
}
