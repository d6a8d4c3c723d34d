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
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use crate::domain::exchange::{Exchange, Failure};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::order::Order;
use crate::domain::profile::Profile;
use crate::domain::request::KeyChoice;
use crate::json::check::check;
use crate::tui::action::Action;
use crate::tui::message::{Loaded, Ticket};
use crate::tui::outcome_look::choice_word;
use crate::tui::pane::request::draft::{Draft, DraftKey, Mistake, Place};
use crate::tui::pane::request::marks::{body_of_sent, marks_of_draft, marks_of_sent};
use crate::tui::session::{DraftFacts, Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::tabs;
use crate::tui::widget::text::{middle, pad_right, visible};

pub mod draft;
mod marks;

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
    tab: Tab,
    spot: Spot,
    editing: bool,
    /// The draft's body revision for which its marks stand.
    marked: Option<u64>,
}

/// A sent request as it is looked at.
#[derive(Debug)]
struct Sent {
    id: ExchangeId,
    final_outcome: bool,
    body: Editor,
    headers: Editor,
    query: Editor,
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
        let account = profile.and_then(|profile| profile.account.as_deref());
        self.draft = Some(Draft::empty(account));
        (self.tab, self.spot, self.editing, self.marked) = (Tab::Body, Spot::Line, true, None);
    }

    /// Starts a draft from an exchange, its body open at this error's field.
    pub fn edit_exchange(&mut self, loaded: &Loaded, profile: Option<&Profile>, error: Option<usize>) {
        let draft = match self.last.take() {
            Some((id, mut draft)) if id == loaded.exchange.id => {
                draft.sent_as(loaded);
                draft
            }
            _ => Draft::of_exchange(loaded, profile),
        };
        self.draft = Some(draft);
        (self.tab, self.spot, self.editing, self.marked) = (Tab::Body, Spot::Content, true, None);
        self.mark();
        self.go_to_error(error);
    }

    /// Opens the field under the cursor, the body when there is none.
    pub fn edit(&mut self) {
        self.editing = true;
    }

    /// Closes the field that is being edited.
    pub fn leave_field(&mut self) {
        self.editing = false;
    }

    /// Fresh names for the draft.
    pub fn named(&mut self, operation: OperationId, key: String) {
        if let Some(draft) = &mut self.draft {
            draft.named(operation, key);
        }
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
            return session.on_show().map(|loaded| again(&loaded.exchange)).ok_or_else(nothing);
        }
        let draft = self.draft.as_ref().filter(|_| session.selection == Selection::Draft).ok_or_else(nothing)?;
        let order = draft.order().map_err(|mistake| self.go_to_mistake(mistake))?;
        let draft = self.draft.as_mut().ok_or_else(nothing)?;
        let body = draft.body_bytes();
        let begins_like_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        match check(&body) {
            Err(malformed) if begins_like_json && !as_is => {
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

    /// Puts the cursor on an error's field; `false` when the error is not about a place in the body.
    pub fn to_field(&mut self, session: &Session, error: usize) -> bool {
        if session.selection == Selection::Draft {
            return self.go_to_error(Some(error));
        }
        let Some(loaded) = session.on_show() else { return false };
        let span = marks::span_of(&loaded.exchange, error);
        let (Some(sent), Some(span)) = (&mut self.sent, span) else { return false };
        self.tab = Tab::Body;
        sent.body.set_cursor(span.0);
        true
    }

    fn go_to_error(&mut self, error: Option<usize>) -> bool {
        let Some(draft) = &mut self.draft else { return false };
        let place = marks::place_in_draft(draft, error);
        if let Some(offset) = place {
            draft.body.set_cursor(offset);
            (self.tab, self.spot) = (Tab::Body, Spot::Content);
        }
        place.is_some()
    }

    /// Brings what the other panes know of the draft, and the sent request on show, up to date.
    pub fn settle(&mut self, session: &mut Session) {
        self.mark();
        session.draft = self.draft.as_ref().map(|draft| DraftFacts {
            row: draft.title(),
            base: draft.base_of_same_place(),
            edited: draft.is_edited(),
        });
        if session.draft.is_none() && session.selection == Selection::Draft {
            session.selection = session.rows.first().map_or(Selection::Nothing, |row| Selection::Exchange(row.id.clone()));
        }
        let Some(loaded) = session.on_show() else { return };
        let exchange = &loaded.exchange;
        let is_final = exchange.outcome.is_final();
        if self.sent.as_ref().is_none_or(|sent| sent.id != exchange.id || sent.final_outcome != is_final) {
            self.sent = Some(Sent::of(exchange));
        }
    }

    /// Sets the diagnostics of the draft's body, once for each state of it.
    fn mark(&mut self) {
        let Some(draft) = &mut self.draft else { return };
        let revision = draft.body.revision();
        if self.marked != Some(revision) {
            self.marked = Some(revision);
            let marks = marks_of_draft(draft);
            draft.body.set_marks(marks);
        }
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
            if let Some(sent) = &mut self.sent {
                scroll(sent.editor_mut(self.tab), action, content);
            }
            return;
        }
        let at = SPOTS.iter().position(|spot| *spot == self.spot).unwrap_or(0);
        match action {
            Action::Down if at + 1 < SPOTS.len() => self.spot = SPOTS[at + 1],
            Action::Up if self.spot != Spot::Content => self.spot = SPOTS[at.saturating_sub(1)],
            Action::Toggle => self.edit(),
            Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
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
            (Spot::Line | Spot::Account | Spot::Key, KeyCode::Tab | KeyCode::Down) => self.spot = SPOTS[at + 1],
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
    pub fn paste(&mut self, text: &str) {
        let (spot, tab, editing) = (self.spot, self.tab, self.editing);
        let Some(draft) = self.draft.as_mut().filter(|_| editing) else { return };
        match spot {
            Spot::Line => drop(draft.line.paste(text)),
            Spot::Account => drop(draft.account.paste(text)),
            Spot::Key => {
                draft.open_key();
                draft.key.paste(text);
            }
            Spot::Content if tab == Tab::Body && draft.binary.is_some() => {}
            Spot::Content => drop(draft.editor_mut(tab).paste(text)),
        }
    }

    /// Draws it; says where the text cursor belongs.
    pub fn draw(&self, session: &Session, theme: Theme, focused: bool, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let (title, draft) = match (&session.selection, &self.draft) {
            (Selection::Draft, Some(draft)) => (draft_title(draft, theme, focused), Some(draft)),
            _ => (sent_title(session, theme, focused), None),
        };
        let block = Block::bordered().border_style(theme.border(focused)).title(title);
        block.render(area, buffer);
        let rows = Rows::of(area);
        match (draft, session.on_show()) {
            (Some(draft), _) => self.draw_draft(draft, theme, focused, &rows, buffer),
            (None, Some(loaded)) => {
                self.draw_sent(loaded, theme, focused, &rows, buffer);
                None
            }
            (None, None) => {
                let text = match session.selection {
                    Selection::Nothing => "c composes a request; what was sent will stand here.",
                    _ => "reading …",
                };
                let inner = Block::bordered().inner(area);
                Paragraph::new(text).style(theme.style(Tone::Faint)).wrap(Wrap { trim: true }).render(inner, buffer);
                None
            }
        }
    }

    fn draw_draft(&self, draft: &Draft, theme: Theme, focused: bool, rows: &Rows, buffer: &mut Buffer) -> Option<Position> {
        let edits = |spot: Spot| focused && self.editing && self.spot == spot;
        let here = |spot: Spot| focused && !self.editing && self.spot == spot;
        let mut cursor = draw_field(&draft.line, "POST /v1/payments", rows.line, edits(Spot::Line), theme, buffer);
        if here(Spot::Line) {
            buffer.set_style(rows.line, theme.cursor(true));
        }
        let facts = draft_facts(draft, theme);
        if let [account, key, operation] = rows.facts {
            for (spot, area, fact) in [(Spot::Account, account, 0), (Spot::Key, key, 1)] {
                let label = Rect { width: area.width.min(11), ..area };
                let value = Rect { x: area.x + label.width, width: area.width - label.width, ..area };
                facts[fact].0.clone().render(label, buffer);
                if edits(spot) {
                    let field = if spot == Spot::Key { &draft.key } else { &draft.account };
                    cursor = cursor.or(draw_field(field, "none", value, true, theme, buffer));
                } else {
                    facts[fact].1.clone().render(value, buffer);
                }
                if here(spot) {
                    buffer.set_style(area, theme.cursor(true));
                }
            }
            let mut spans = facts[2].0.spans.clone();
            spans.extend(facts[2].1.spans.clone());
            Line::from(spans).render(operation, buffer);
        } else if let [one] = rows.facts[..1] {
            cursor = cursor.or(self.draw_one_line(draft, &facts, one, focused, theme, buffer));
        }
        let labels = labels(&draft.headers, &draft.query);
        tabs::line(&labels, TABS.iter().position(|tab| *tab == self.tab).unwrap_or(0), rows.tabs.width, theme).render(rows.tabs, buffer);
        if here(Spot::Content) {
            buffer.set_style(rows.tabs, theme.cursor(true));
        }
        if let (Tab::Body, Some(binary)) = (self.tab, &draft.binary) {
            let text = format!("{} bytes that are no text: kept as they are.", binary.len());
            Line::styled(text, theme.style(Tone::Faint)).render(rows.content, buffer);
            return cursor;
        }
        let editor = draft.editor(self.tab);
        editor.draw(rows.content, buffer, theme, edits(Spot::Content));
        if edits(Spot::Content) {
            cursor = editor.cursor_point(rows.content).map(|point| Position::new(point.x, point.y));
        }
        cursor
    }

    fn draw_one_line(
        &self,
        draft: &Draft,
        facts: &[(Line<'static>, Line<'static>); 3],
        area: Rect,
        focused: bool,
        theme: Theme,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let field = match self.spot {
            Spot::Account => Some((&draft.account, "account ")),
            Spot::Key => Some((&draft.key, "key ")),
            Spot::Line | Spot::Content => None,
        };
        if let (true, true, Some((field, label))) = (focused, self.editing, field) {
            buffer.set_stringn(area.x, area.y, label, usize::from(area.width), theme.style(Tone::Faint));
            let taken = u16::try_from(label.len()).unwrap_or(0).min(area.width);
            let value = Rect { x: area.x + taken, width: area.width - taken, ..area };
            return draw_field(field, "none", value, true, theme, buffer);
        }
        let mut spans = Vec::new();
        for (label, value) in facts {
            spans.push(Span::styled(format!("{} ", label.to_string().trim_end()), theme.style(Tone::Faint)));
            spans.extend(value.spans.clone());
            spans.push(Span::raw("  "));
        }
        Line::from(spans).render(area, buffer);
        if focused && !self.editing && matches!(self.spot, Spot::Account | Spot::Key) {
            buffer.set_style(area, theme.cursor(true));
        }
        None
    }

    fn draw_sent(&self, loaded: &Loaded, theme: Theme, focused: bool, rows: &Rows, buffer: &mut Buffer) {
        let Some(sent) = &self.sent else { return };
        let exchange = &loaded.exchange;
        let request = &exchange.request;
        let line = Line::from(vec![
            Span::styled(format!("{} ", request.method), theme.style(Tone::Strong)),
            Span::raw(visible(&request.target).into_owned()),
        ]);
        line.render(rows.line, buffer);
        let facts = sent_facts(exchange, theme);
        match rows.facts {
            [_, second, third] if second.height > 0 => {
                for ((label, value), area) in facts.into_iter().zip([rows.facts[0], second, third]) {
                    let mut spans = label.spans;
                    spans.extend(value.spans);
                    Line::from(spans).render(area, buffer);
                }
            }
            [one, ..] => {
                let mut spans = Vec::new();
                for (label, value) in facts {
                    spans.push(Span::styled(format!("{} ", label.to_string().trim_end()), theme.style(Tone::Faint)));
                    spans.extend(value.spans);
                    spans.push(Span::raw("  "));
                }
                Line::from(spans).render(one, buffer);
            }
        }
        let labels = labels(&sent.headers, &sent.query);
        tabs::line(&labels, TABS.iter().position(|tab| *tab == self.tab).unwrap_or(0), rows.tabs.width, theme).render(rows.tabs, buffer);
        let editor = sent.editor(self.tab);
        if editor.is_empty() {
            let text = match self.tab {
                Tab::Body => "No body was sent.",
                Tab::Headers => "No headers.",
                Tab::Query => "No query.",
            };
            return Line::styled(text, theme.style(Tone::Faint)).render(rows.content, buffer);
        }
        editor.draw(rows.content, buffer, theme, focused);
    }
}

/// Where the rows of the pane stand.
struct Rows {
    line: Rect,
    facts: [Rect; 3],
    tabs: Rect,
    content: Rect,
}

impl Rows {
    fn of(area: Rect) -> Rows {
        let inner = Block::bordered().inner(area);
        let facts = match inner.height {
            0..4 => 0,
            4..12 => 1,
            _ => 3,
        };
        let mut at = inner.y;
        let mut take = |height: u16| {
            let row = Rect { y: at, height: height.min(inner.bottom().saturating_sub(at)), ..inner };
            at += row.height;
            row
        };
        let line = take(1);
        let facts: [u16; 3] = std::array::from_fn(|fact| u16::from(fact < facts));
        let facts = facts.map(&mut take);
        let tabs = take(1);
        Rows { line, facts, tabs, content: take(u16::MAX) }
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
                self.key = crate::tui::widget::field::Field::new(&now);
            }
        }
    }
}

impl Sent {
    fn of(exchange: &Exchange) -> Sent {
        let request = &exchange.request;
        let list = |pairs: &mut dyn Iterator<Item = (String, String)>, joint: &str| {
            let lines: Vec<_> = pairs.map(|(name, value)| format!("{name}{joint}{value}")).collect();
            Editor::new(&lines.join("\n"))
        };
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let mut body = Editor::new(&body_of_sent(exchange));
        body.set_marks(marks_of_sent(exchange, &body));
        Sent {
            id: exchange.id.clone(),
            final_outcome: exchange.outcome.is_final(),
            body,
            headers: list(&mut request.headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())), ": "),
            query: list(&mut url::form_urlencoded::parse(query.as_bytes()).into_owned(), " = "),
        }
    }

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
}

/// The last send once more: the same request with the same key, or, when it had none, without one.
fn again(exchange: &Exchange) -> Order {
    use crate::domain::idempotency::Choice;
    use crate::domain::order::{Agreement, Ask};
    let keyless = exchange.request.idempotency_key.is_none();
    let choice = if keyless { Choice::NewKey } else { Choice::SameKey };
    let ask = Ask::Replay { exchange: exchange.id.clone(), choice, secrets: Vec::new() };
    Order { ask, agreed: Agreement::default() }
}

fn scroll(editor: &mut Editor, action: Action, area: Rect) {
    let page = area.height.max(1);
    let (code, times) = match action {
        Action::Down => (KeyCode::Down, 1),
        Action::Up => (KeyCode::Up, 1),
        Action::PageDown => (KeyCode::Down, page),
        Action::PageUp => (KeyCode::Up, page),
        Action::Top => {
            editor.set_cursor(0);
            return editor.follow(area);
        }
        Action::Bottom => {
            editor.set_cursor(usize::MAX);
            return editor.follow(area);
        }
        _ => return,
    };
    for _ in 0..times {
        editor.input(KeyEvent::from(code));
    }
    editor.follow(area);
}

fn labels(headers: &Editor, query: &Editor) -> Vec<String> {
    let counted = |name: &str, editor: &Editor| match editor.lines().iter().filter(|line| !line.trim().is_empty()).count() {
        0 => name.to_owned(),
        n => format!("{name} {n}"),
    };
    vec!["Body".to_owned(), counted("Headers", headers), counted("Query", query)]
}

fn draw_field(
    field: &crate::tui::widget::field::Field,
    placeholder: &str,
    area: Rect,
    editing: bool,
    theme: Theme,
    buffer: &mut Buffer,
) -> Option<Position> {
    field.draw(area, buffer, theme, editing, placeholder);
    field.cursor_point(area).filter(|_| editing).map(|point| Position::new(point.x, point.y))
}

fn draft_title<'a>(draft: &Draft, theme: Theme, focused: bool) -> Line<'a> {
    let (operation, continued) = draft.operation();
    let name = operation.map(|operation| middle(operation.as_str(), 11).into_owned()).unwrap_or_default();
    let text = if continued { format!("─ continues {name} ") } else { "─ new operation ".to_owned() };
    Line::from(vec![Span::styled(" 2 Draft ", theme.title(focused)), Span::raw(text)])
}

fn sent_title<'a>(session: &Session, theme: Theme, focused: bool) -> Line<'a> {
    let mut spans = vec![Span::styled(" 2 Request ", theme.title(focused))];
    if let Some(exchange) = session.exchange() {
        let sent = if exchange.send > 1 { format!(" send {}", exchange.send) } else { String::new() };
        spans.push(Span::raw(format!("─ attempt {}{sent} ", exchange.attempt)));
        let word = choice_word(exchange.request.key_choice);
        if !word.is_empty() {
            spans.push(Span::styled(format!("─ {word} key "), theme.style(Tone::Strong)));
        }
    }
    Line::from(spans)
}

type Fact = (Line<'static>, Line<'static>);

fn fact(label: &str, value: String, note: &str, theme: Theme) -> Fact {
    let label = Line::styled(pad_right(label, 11), theme.style(Tone::Faint));
    let mut spans = vec![Span::raw(visible(&value).into_owned())];
    if !note.is_empty() {
        spans.push(Span::styled(format!(" {note}"), theme.style(Tone::Strong)));
    }
    (label, Line::from(spans))
}

fn draft_facts(draft: &Draft, theme: Theme) -> [Fact; 3] {
    let (key, note) = match draft.key() {
        DraftKey::None => (None, "no key"),
        DraftKey::Same(key) => (Some(key), "same"),
        DraftKey::Fresh(key) => (Some(key.unwrap_or("…".into())), "fresh"),
        DraftKey::New(key) => (Some(key.unwrap_or("…".into())), "NEW"),
        DraftKey::Given(key) => (Some(key), "given"),
    };
    let (operation, continued) = draft.operation();
    let operation = operation.map_or("…".to_owned(), |operation| middle(operation.as_str(), 19).into_owned());
    let account = draft.account.text().trim().to_owned();
    [
        fact("account", if account.is_empty() { "none".into() } else { account }, "", theme),
        fact("key", key.map(|key| middle(&key, 13).into_owned()).unwrap_or_default(), note, theme),
        fact("requestId", operation, if continued { "continued" } else { "new" }, theme),
    ]
}

fn sent_facts(exchange: &Exchange, theme: Theme) -> [Fact; 3] {
    let key = exchange.request.idempotency_key.as_deref();
    let note = match exchange.request.key_choice {
        KeyChoice::Fresh => "fresh",
        KeyChoice::Same => "same",
        KeyChoice::New => "NEW",
        KeyChoice::Given => "given",
        KeyChoice::None => "no key",
    };
    [
        fact("account", exchange.account.clone().unwrap_or("none".into()), "", theme),
        fact("key", key.map(|key| middle(key, 13).into_owned()).unwrap_or_default(), note, theme),
        fact("requestId", middle(exchange.operation.as_str(), 19).into_owned(), "", theme),
    ]
}
