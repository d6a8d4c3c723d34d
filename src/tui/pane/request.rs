//! The request: as it was sent, read-only, or the one draft.
//!
//! ```text
//!   ┌ 2 Draft ─ continues op_7f2c… ─────────────┐
//!   │ POST /v1/payments                          │  method and target
//!   │ account    acct_demo                       │
//!   │ key        9b1e…04c7  new                  │
//!   │ requestId  op_7f2c…                        │
//!   │ Body  Headers 1  Query                     │
//!   │ 1 {                                        │
//! ```
//!
//! In a low pane the three facts share one line.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use crate::domain::exchange::{Exchange, Failure, Outcome};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::Choice;
use crate::domain::order::{Agreement, Ask, Order};
use crate::domain::profile::Profile;
use crate::domain::request::malformed_json;
use crate::tui::action::Action;
use crate::tui::message::{Loaded, Revealed, Ticket};
use crate::tui::pane::request::draft::{Draft, DraftKey};
use crate::tui::pane::request::draw::Rows;
use crate::tui::pane::request::operation::Turned;
use crate::tui::pane::request::sent::Sent;
use crate::tui::pane::request::written::{Mistake, Place};
use crate::tui::session::{DraftFacts, Selection, Session};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::field::Field;

pub mod draft;
mod draw;
pub mod error;
mod fact;
mod marks;
pub mod operation;
mod sent;
mod written;

/// Why the draft cannot be sent as it stands.
#[derive(Debug)]
pub enum Unsendable {
    /// A field cannot be read.
    Mistake(Failure),
    /// The body begins like JSON and is none: it can be sent on purpose.
    NotJson(Vec<String>),
}

/// A part of the pane that can be edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Spot {
    #[default]
    Line,
    Account,
    Key,
    Content,
}

const SPOTS: [Spot; 4] = [Spot::Line, Spot::Account, Spot::Key, Spot::Content];

/// A tab of the pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Body,
    Headers,
    Query,
}

const TABS: [Tab; 3] = [Tab::Body, Tab::Headers, Tab::Query];

/// The request pane's own state.
#[derive(Debug, Default)]
pub struct RequestPane {
    draft: Option<Draft>,
    /// The draft as it was last sent, to go on with when its exchange is edited.
    last: Option<(ExchangeId, Draft)>,
    sending: Option<Ticket>,
    sent: Option<Sent>,
    /// The same with its secrets, while somebody looks at them.
    revealed: Option<Sent>,
    tab: Tab,
    spot: Spot,
    editing: bool,
}

impl RequestPane {
    /// Whether text is being edited.
    pub fn is_editing(&self) -> bool {
        self.editing && self.draft.is_some()
    }

    /// Whether the draft was ordered to be sent and its intent does not stand yet.
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Starts an empty draft, its first field open.
    pub fn compose(&mut self, profile: Option<&Profile>) {
        self.draft = Some(Draft::empty(profile));
        (self.tab, self.spot, self.editing) = (Tab::Body, Spot::Line, true);
    }

    /// The profile is known.
    pub fn opened(&mut self, profile: &Profile) {
        if let Some(draft) = &mut self.draft {
            draft.opened(profile);
        }
    }

    /// Starts a draft from an exchange, its body open at this error's field.
    pub fn edit_exchange(
        &mut self,
        loaded: &Loaded,
        profile: Option<&Profile>,
        error: Option<usize>,
    ) {
        let draft = match self.last.take() {
            // With a secret in it, what was written is not shown again: the secret goes along unseen.
            Some((id, mut draft))
                if id == loaded.exchange.id && !loaded.exchange.request.holds_secret() =>
            {
                draft.sent_as(loaded);
                draft
            }
            _ => Draft::of_exchange(loaded, profile),
        };
        self.draft = Some(draft);
        (self.tab, self.spot, self.editing) = (Tab::Body, Spot::Content, true);
        self.mark_draft(loaded);
        let first = self.first_marked();
        if let Some(error) = error.or(first) {
            self.go_to_error(loaded, error, true, None);
        }
    }

    /// Opens the field under the cursor, the body when there is none.
    pub fn edit(&mut self) {
        self.editing = true;
    }

    /// Closes the field that is being edited.
    pub fn leave_field(&mut self) {
        self.editing = false;
    }

    /// One level back: drops a selection, else closes the field.
    pub fn back(&mut self) {
        let (spot, tab) = (self.spot, self.tab);
        let deselected = self.draft.as_mut().is_some_and(|draft| match spot {
            Spot::Line => draft.line.deselect(),
            Spot::Account => draft.account.deselect(),
            Spot::Key => draft.key.deselect(),
            Spot::Content => draft.editor_mut(tab).deselect(),
        });
        self.editing = deselected;
    }

    /// Fresh names for the draft.
    pub fn named(&mut self, operation: OperationId, key: String) {
        if let Some(draft) = &mut self.draft {
            draft.named(operation, key);
        }
    }

    /// Turns the draft between continuing its operation and a new one.
    ///
    /// # Errors
    /// When only one of them is possible, and why.
    pub fn turn_operation(&mut self) -> Result<Turned, Failure> {
        let draft = self.draft.as_mut();
        draft.map_or_else(
            || Err(Failure::new("there is no draft on screen")),
            Draft::turn_operation,
        )
    }

    /// The draft was ordered to be sent.
    pub fn sending(&mut self, ticket: Ticket) {
        self.sending = self.draft.is_some().then_some(ticket);
    }

    /// Nothing was sent: the draft stays what it was.
    pub fn not_sent(&mut self, ticket: Ticket) {
        if self.sending == Some(ticket) {
            self.sending = None;
        }
    }

    /// The draft is on its way: from now on it is an exchange.
    pub fn started(&mut self, ticket: Ticket, id: &ExchangeId) {
        if self.sending == Some(ticket) {
            self.sending = None;
            self.editing = false;
            self.last = self.draft.take().map(|draft| (id.clone(), draft));
        }
    }

    /// What the draft on screen, or the one that was last sent and is on screen as its exchange, asks to be sent.
    ///
    /// # Errors
    /// When there is none, when a field cannot be read, or when the body begins like JSON and is none.
    pub fn order(&mut self, session: &Session, as_is: bool) -> Result<Order, Unsendable> {
        let nothing = || {
            let hint = "e makes a draft of what is on show, c composes a new one; r and R replay";
            Unsendable::Mistake(Failure::new("there is no draft on screen").hint(hint))
        };
        if let (Selection::Exchange(id), Some((last, _))) = (&session.selection, &self.last)
            && id == last
        {
            return session
                .on_show()
                .map(|loaded| again(&loaded.exchange))
                .ok_or_else(nothing);
        }
        let draft = self.draft.as_mut();
        let draft = draft.filter(|_| session.selection == Selection::Draft);
        let order = draft.ok_or_else(nothing)?.order(session.profile.as_deref());
        let order = order.map_err(|mistake| self.go_to_mistake(mistake))?;
        let draft = self.draft.as_mut().ok_or_else(nothing)?;
        match malformed_json(&draft.body_bytes()) {
            Some(malformed) if !as_is => {
                draft.body.set_cursor(malformed.offset);
                (self.tab, self.spot) = (Tab::Body, Spot::Content);
                Err(Unsendable::NotJson(vec![malformed.to_string()]))
            }
            _ => Ok(order),
        }
    }

    fn go_to_mistake(&mut self, mistake: Mistake) -> Unsendable {
        (self.tab, self.spot) = match mistake.place {
            Place::Line => (self.tab, Spot::Line),
            Place::Query => (Tab::Query, Spot::Content),
            Place::Headers => (Tab::Headers, Spot::Content),
        };
        self.editing = true;
        Unsendable::Mistake(mistake.failure)
    }

    /// Brings what the other panes know of the draft, and the sent request on show, up to date.
    pub fn settle(&mut self, session: &mut Session) {
        if let Some(draft) = &mut self.draft {
            draft.read();
        }
        session.draft = self.draft.as_ref().map(|draft| DraftFacts {
            row: draft.title(),
            base: draft.base_of_same_place(),
            edited: draft.is_edited(),
            turned_away: draft.left_behind().cloned(),
        });
        if session.draft.is_none() && session.selection == Selection::Draft {
            session.select(session.list.rows.first().map_or(Selection::Nothing, |row| {
                Selection::Exchange(row.id.clone())
            }));
        }
        if let Some(revealed) = &self.revealed
            && session.selection != Selection::Exchange(revealed.id.clone())
        {
            self.revealed = None;
        }
        let Some(loaded) = session.on_show() else {
            return;
        };
        let exchange = &loaded.exchange;
        let is_final = exchange.outcome.is_final();
        if self
            .sent
            .as_ref()
            .is_none_or(|sent| sent.id != exchange.id || sent.final_outcome != is_final)
        {
            self.sent = Some(Sent::of(exchange));
        }
    }

    /// Shows this request with its secrets, until something else is selected or they are hidden.
    pub fn reveal(&mut self, exchange: &Exchange, request: Revealed) {
        let shown = Exchange {
            request: request.0,
            // Places of errors are counted in the request as it rests: none is marked here.
            outcome: Outcome::InFlight,
            ..exchange.clone()
        };
        self.revealed = Some(Sent::of(&shown));
    }

    /// Hides the secrets on show; whether there were some.
    pub fn hide(&mut self) -> bool {
        self.revealed.take().is_some()
    }

    /// What is on show of a sent request, its secrets revealed or not.
    fn shown(&self) -> Option<&Sent> {
        self.revealed.as_ref().or(self.sent.as_ref())
    }

    /// Moves between the parts, turns tabs, opens a field; in a sent request it scrolls.
    pub fn update(&mut self, action: Action, session: &Session, area: Rect) {
        match action {
            Action::NextTab => return self.turn(1),
            Action::PreviousTab => return self.turn(TABS.len() - 1),
            _ => {}
        }
        let content = Rows::of(area).content;
        if session.selection != Selection::Draft {
            if let Some(sent) = self.revealed.as_mut().or(self.sent.as_mut()) {
                scroll(sent.editor_mut(self.tab), action, content);
            }
            return;
        }
        let at = SPOTS
            .iter()
            .position(|spot| *spot == self.spot)
            .unwrap_or(0);
        match action {
            Action::Down if at + 1 < SPOTS.len() => self.spot = SPOTS[at + 1],
            Action::Up if self.spot != Spot::Content => self.spot = SPOTS[at.saturating_sub(1)],
            Action::Toggle => self.edit(),
            Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::Left
            | Action::Right
            | Action::Top
            | Action::Bottom => {
                let tab = self.tab;
                let Some(draft) = &mut self.draft else { return };
                let first = draft.editor_mut(tab).cursor().0 == 0;
                if action == Action::Up && first {
                    self.spot = Spot::Key;
                } else {
                    scroll(draft.editor_mut(tab), action, content);
                }
            }
            _ => {}
        }
    }

    fn turn(&mut self, by: usize) {
        let at = TABS.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        self.tab = TABS[(at + by) % TABS.len()];
    }

    /// A key for the field that is being edited.
    pub fn input(&mut self, key: &KeyEvent, area: Rect) {
        let content = Rows::of(area).content;
        let (spot, tab) = (self.spot, self.tab);
        let Some(draft) = &mut self.draft else { return };
        let at = SPOTS.iter().position(|each| *each == spot).unwrap_or(0);
        match (spot, key.code) {
            (_, KeyCode::BackTab) => self.spot = SPOTS[(at + SPOTS.len() - 1) % SPOTS.len()],
            (Spot::Line | Spot::Account | Spot::Key, KeyCode::Tab | KeyCode::Down) => {
                self.spot = SPOTS[at + 1]
            }
            (Spot::Line | Spot::Account | Spot::Key, KeyCode::Enter) => self.spot = Spot::Content,
            (Spot::Account | Spot::Key, KeyCode::Up) => self.spot = SPOTS[at - 1],
            (Spot::Line, _) => drop(draft.line.input(*key)),
            (Spot::Account, _) => drop(draft.account.input(*key)),
            (Spot::Key, _) => draft.input_key(*key),
            (Spot::Content, _) if tab == Tab::Body && draft.binary.is_some() => {}
            (Spot::Content, _) => {
                draft.editor_mut(tab).input(*key);
                draft.editor_mut(tab).follow(content);
            }
        }
    }

    /// Pasted text: it is text and nothing else, wherever it lands.
    pub fn paste(&mut self, text: &str, area: Rect) {
        let (spot, tab) = (self.spot, self.tab);
        let content = Rows::of(area).content;
        let Some(draft) = &mut self.draft else { return };
        match spot {
            Spot::Line => drop(draft.line.paste(text)),
            Spot::Account => drop(draft.account.paste(text)),
            Spot::Key => {
                draft.open_key();
                draft.key_written |= draft.key.paste(text);
            }
            Spot::Content if tab == Tab::Body && draft.binary.is_some() => {}
            Spot::Content => {
                draft.editor_mut(tab).paste(text);
                draft.editor_mut(tab).follow(content);
            }
        }
    }
}

impl Draft {
    fn editor(&self, tab: Tab) -> &Editor {
        match tab {
            Tab::Body => &self.body,
            Tab::Headers => &self.headers,
            Tab::Query => &self.query,
        }
    }

    fn editor_mut(&mut self, tab: Tab) -> &mut Editor {
        match tab {
            Tab::Body => &mut self.body,
            Tab::Headers => &mut self.headers,
            Tab::Query => &mut self.query,
        }
    }

    fn fact_field(&self, spot: Spot) -> Option<&Field> {
        match spot {
            Spot::Account => Some(&self.account),
            Spot::Key => Some(&self.key),
            Spot::Line | Spot::Content => None,
        }
    }

    fn input_key(&mut self, key: KeyEvent) {
        let before = self.key_written;
        self.open_key();
        let changed = self.key.input(key);
        self.key_written = before || changed;
    }

    /// Before somebody writes a key, the field holds the one that would be sent.
    fn open_key(&mut self) {
        if !self.key_written {
            let now = match self.key() {
                DraftKey::Same(key) | DraftKey::Given(key) => key,
                DraftKey::Fresh(key) | DraftKey::New(key) => key.unwrap_or_default(),
                DraftKey::None => String::new(),
            };
            if self.key.text() != now {
                self.key = Field::new(&now);
            }
        }
    }
}

/// The last send once more: the same request with the same key, or, when it had none, without one.
fn again(exchange: &Exchange) -> Order {
    let keyless = exchange.request.idempotency_key.is_none();
    let choice = if keyless {
        Choice::NewKey
    } else {
        Choice::SameKey
    };
    let ask = Ask::Replay {
        exchange: exchange.id.clone(),
        choice,
        secrets: Vec::new(),
    };
    Order {
        ask,
        agreed: Agreement::default(),
    }
}

/// How many characters a step sideways goes.
const SIDEWAYS: usize = 16;

/// Moves the cursor of what is looked at, and the view with it.
fn scroll(editor: &mut Editor, action: Action, area: Rect) {
    let (row, column) = editor.cursor();
    // What a page is follows the area it is shown in.
    editor.follow(area);
    let to = match action {
        Action::Down => (row + 1, column),
        Action::Up => (row.saturating_sub(1), column),
        Action::PageDown => (row + editor.page(true), column),
        Action::PageUp => (row.saturating_sub(editor.page(false)), column),
        Action::Left => (row, column.saturating_sub(SIDEWAYS)),
        Action::Right => (row, column + SIDEWAYS),
        Action::Top => (0, 0),
        Action::Bottom => (usize::MAX, usize::MAX),
        _ => return,
    };
    let last = editor.lines().len() - 1;
    editor.set_cursor(editor.byte_offset_of(to.0.min(last), to.1));
    editor.follow(area);
}
