//! The history: one row an exchange, newest first, the unsent draft above them all.
//!
//! ```text
//!   ┌ 1 History ─ status:4xx ──┐
//!   │ / status:4xx█            │  filter: the line that is typed, while it is
//!   │ ✎ draft  POST /v1/pay…   │
//!   │ ▸ ✗ 422  POST /v1/… ×3   │  fold: which rows are on show; row: what one looks like
//!   └──────────────────────────┘
//! ```

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use crate::document::visible::visible;
use crate::domain::exchange::{Class, Failure, Summary};
use crate::domain::id::OperationId;
use crate::domain::query::Query;
use crate::tui::action::Action;
use crate::tui::outcome_look::{glyph, tone};
use crate::tui::pane::history::filter::FilterLine;
use crate::tui::pane::history::fold::{Branch, Fold, Lines};
use crate::tui::pane::history::row::Place;
use crate::tui::session::{Opening, PAGE, Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::first_fitting;
use crate::tui::widget::text::{cut, middle, url_middle};

mod filter;
mod fold;
pub mod row;

/// How many rows are read at most only because there is room for them, or to find the selected one among them.
const MOST: usize = 10_000;

/// The history's own state.
#[derive(Debug, Default)]
pub struct HistoryPane {
    /// Where its window begins.
    top: usize,
    fold: Fold,
    lines: Lines,
    /// The filter's line, while it is open.
    filter: Option<FilterLine>,
    /// What was listed and selected before one operation was shown alone.
    before: Option<(Query, Selection)>,
}

impl HistoryPane {
    /// Moves the selection, or folds. Asks for older rows when it comes near the end of those that were read.
    pub fn update(&mut self, action: Action, session: &mut Session, area: Rect) {
        self.lines.settle(&self.fold, session);
        let page = usize::from(self.list(area).height).max(1);
        let last = self.lines.len().saturating_sub(1);
        let at = self.lines.position(session);
        let to = match action {
            Action::Down => at.map_or(0, |at| at + 1),
            Action::Up => at.map_or(0, |at| at.saturating_sub(1)),
            Action::PageDown => at.map_or(0, |at| at + page),
            Action::PageUp => at.map_or(0, |at| at.saturating_sub(page)),
            Action::Top => 0,
            Action::Bottom => last,
            Action::FoldAll => {
                self.fold.turn_all();
                return self.settle(session, area);
            }
            _ => return,
        };
        if let Some(selection) = self.lines.selection(to.min(last), session) {
            session.select(selection);
        }
        if session.more && to + PAGE / 2 > self.lines.len() {
            session.wanted_rows = session.rows.len() + PAGE;
        }
        self.settle(session, area);
    }

    /// Folds or unfolds the operation of the selected exchange. Says whether there is something to fold: an exchange
    /// that is alone in its operation is not.
    pub fn toggle(&mut self, session: &mut Session, area: Rect) -> bool {
        let selected = match &session.selection {
            Selection::Exchange(id) => session.rows.iter().find(|row| row.id == *id),
            Selection::Draft | Selection::Nothing => None,
        };
        let Some(operation) = selected.map(|row| row.operation.clone()) else {
            return false;
        };
        let of_it = session.rows.iter().filter(|row| row.operation == operation);
        if of_it.take(2).count() < 2 {
            return false;
        }
        self.fold.turn(&operation);
        self.settle(session, area);
        true
    }

    /// The exchanges' rows inside the window.
    pub fn rows_on_show<'a>(
        &'a self,
        session: &'a Session,
        area: Rect,
    ) -> impl Iterator<Item = &'a Summary> {
        let height = usize::from(self.list(area).height);
        let at = self.lines.position(session);
        let top = window(self.top, at, self.lines.len(), height);
        let lines = (top..self.lines.len()).take(height);
        lines.filter_map(move |line| match self.lines.get(line)? {
            fold::Line::Draft => None,
            fold::Line::Aside => session.aside.as_ref(),
            fold::Line::Row(row, _) => session.rows.get(row),
        })
    }

    /// Whether the filter is being typed.
    pub fn is_filtering(&self) -> bool {
        self.filter.is_some()
    }

    /// Opens the filter's line.
    pub fn open_filter(&mut self, session: &Session, area: Rect) {
        let mut line = FilterLine::open(&session.query);
        line.follow(self.inner(area));
        self.filter = Some(line);
    }

    /// Closes the filter's line; what it asked for last stays.
    pub fn close_filter(&mut self) {
        self.filter = None;
    }

    /// Types into the filter. With Enter it stays, and the newest that fits is selected, unless what is selected fits.
    pub fn input(&mut self, key: &KeyEvent, session: &mut Session, area: Rect) {
        let (query, inner) = (session.query.clone(), self.inner(area));
        let Some(line) = &mut self.filter else {
            return;
        };
        if line.input(key, session, inner) {
            self.filter = None;
            session.land();
        }
        self.filtered_from(&query, session);
    }

    /// Pastes into the filter.
    pub fn paste(&mut self, text: &str, session: &mut Session, area: Rect) {
        let (query, inner) = (session.query.clone(), self.inner(area));
        if let Some(line) = &mut self.filter {
            line.paste(text, session, inner);
        }
        self.filtered_from(&query, session);
    }

    /// With another filter there is no way back to what was before one operation was shown alone.
    fn filtered_from(&mut self, query: &Query, session: &Session) {
        if session.query != *query {
            self.before = None;
        }
    }

    /// One level back: a selection in the filter's line, one operation alone, the filter. Says whether there was one.
    pub fn back(&mut self, session: &mut Session) -> bool {
        if self.filter.as_mut().is_some_and(FilterLine::deselect) {
            return true;
        }
        let typed = self.filter.take().is_some();
        if !typed && self.leave_operation(session) {
            return true;
        }
        self.before = None;
        let filtered = !session.query.is_empty();
        session.filter(Query::default());
        typed || filtered
    }

    /// Shows the operation of what is selected alone, or again what was there before.
    ///
    /// # Errors
    /// When nothing that was sent is selected.
    pub fn show_operation(&mut self, session: &mut Session) -> Result<(), Failure> {
        let Some(operation) = operation_of(session) else {
            let hint = "select an exchange in the history (1)";
            return Err(Failure::new("nothing that was sent is on show").hint(hint));
        };
        let alone = Query::of_operation(operation);
        if session.query == alone {
            if !self.leave_operation(session) {
                session.filter(Query::default());
            }
            return Ok(());
        }
        let now = (session.query.clone(), session.selection.clone());
        self.before.get_or_insert(now);
        session.filter(alone);
        Ok(())
    }

    /// Back to what was listed before one operation was shown alone; to what was selected then, too, when what is
    /// selected now would be hidden there.
    fn leave_operation(&mut self, session: &mut Session) -> bool {
        let Some((query, selection)) = self.before.take() else {
            return false;
        };
        session.filter(query);
        if session.aside.is_some() {
            session.select(selection);
        }
        true
    }

    /// Brings the lines up to date with the rows, keeps the selected one inside the window, and asks for older rows
    /// where they are missing.
    pub fn settle(&mut self, session: &mut Session, area: Rect) {
        self.lines.settle(&self.fold, session);
        let height = usize::from(self.list(area).height);
        let at = self.lines.position(session);
        self.top = window(self.top, at, self.lines.len(), height);
        let sought = matches!(&session.selection, Selection::Exchange(_) if at.is_none());
        let read = session.rows.len();
        let came = session.is_listed() && session.more && read >= session.wanted_rows;
        if came && read < MOST && (sought || self.lines.len() < height) {
            session.wanted_rows = (read * 2).clamp(PAGE, MOST);
        }
    }

    fn inner(&self, area: Rect) -> Rect {
        Block::bordered().inner(area)
    }

    /// Where the rows stand.
    fn list(&self, area: Rect) -> Rect {
        let inner = self.inner(area);
        let taken = self.filter.as_ref().map_or(0, |_| filter::height(inner));
        Rect {
            y: inner.y + taken,
            height: inner.height - taken,
            ..inner
        }
    }

    /// Draws it; says where the text cursor is, when the filter is typed.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let mut block = Block::bordered()
            .border_style(theme.border(focused))
            .title_style(Style::reset())
            .title(self.title(session, theme, focused, area));
        if let Some(marked) = &session.marked {
            let id = middle(marked.as_str(), 9);
            let said = [
                format!(" ⇄ {id}: = compares, Esc drops "),
                " ⇄ = compares, Esc drops ".to_owned(),
            ];
            let said = said.map(|said| Line::styled(said, theme.style(Tone::Accent)));
            let room = usize::from(area.width).saturating_sub(2);
            block = block.title_bottom(first_fitting(said, room));
        } else if session.aside.is_some() {
            let said = Span::styled(" ≠ hidden by the filter ", theme.style(Tone::Refused));
            block = block.title_bottom(said);
        }
        block.render(area, buffer);
        let (inner, list) = (self.inner(area), self.list(area));
        let line = Rect {
            height: inner.height - list.height,
            ..inner
        };
        let filter = self.filter.as_ref();
        let cursor = filter.and_then(|filter| filter.draw(theme, focused, line, buffer));
        self.draw_list(session, theme, focused, list, buffer);
        cursor
    }

    fn draw_list(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let at = self.lines.position(session);
        let top = window(self.top, at, self.lines.len(), usize::from(area.height));
        let mut y = area.y;
        for line in (top..self.lines.len()).take(usize::from(area.height)) {
            let row = Rect {
                y,
                height: 1,
                ..area
            };
            self.line(session, theme, line, row.width.into())
                .render(row, buffer);
            if Some(line) == at {
                buffer.set_style(row, theme.cursor(focused && self.filter.is_none()));
                // In the border, so that it is seen without focus and costs no column.
                let x = row.x.saturating_sub(1);
                buffer.set_string(x, y, "▌", theme.style(Tone::Accent));
            }
            y += 1;
        }
        if session.rows.is_empty() && (self.lines.len() == 0 || !session.query.is_empty()) {
            let height = area.bottom().saturating_sub(y);
            draw_empty(session, theme, Rect { y, height, ..area }, buffer);
        }
    }

    fn line<'a>(&self, session: &Session, theme: Theme, at: usize, width: usize) -> Line<'a> {
        let place = |branch, hidden| Place {
            folds: self.fold.is_on(),
            branch,
            hidden,
        };
        let (row, place) = match self.lines.get(at) {
            Some(fold::Line::Draft) => return draft_line(session, theme, width),
            Some(fold::Line::Aside) => (session.aside.as_ref(), place(Branch::Alone, true)),
            Some(fold::Line::Row(at, branch)) => (session.rows.get(at), place(branch, false)),
            None => return Line::default(),
        };
        row.map(|row| row::line(session, theme, row, place, width))
            .unwrap_or_default()
    }

    fn title<'a>(&self, session: &Session, theme: Theme, focused: bool, area: Rect) -> Line<'a> {
        let mut line = Line::from(Span::styled(" 1 History ", theme.title(focused)));
        let room = usize::from(area.width).saturating_sub(line.width() + 5);
        if !session.query.is_empty() {
            let query = session.query.to_string();
            let query = cut(&visible(&query), room).into_owned();
            line.push_span(Span::styled("─ ", theme.border(focused)));
            line.push_span(Span::styled(format!("{query} "), theme.style(Tone::Strong)));
        }
        let mut counts = Vec::new();
        for (classes, shown) in COUNTED {
            let count: usize = classes.iter().map(|class| self.lines.count(*class)).sum();
            if count > 0 {
                let text = format!(" {}{count}", glyph(shown));
                counts.push(Span::styled(text, theme.style(tone(shown))));
            }
        }
        let width: usize = counts.iter().map(Span::width).sum();
        if area.width >= 34 && width > 0 && line.width() + width + 3 <= usize::from(area.width) {
            line.extend(counts);
            line.push_span(" ");
        }
        line
    }
}

/// The operation of what is on show.
fn operation_of(session: &Session) -> Option<OperationId> {
    let id = session.wanted()?;
    let known = session.rows.iter().chain(&session.aside);
    let mut rows = known.filter(|row: &&Summary| row.id == *id);
    match rows.next() {
        Some(row) => Some(row.operation.clone()),
        None => Some(session.exchange()?.operation.clone()),
    }
}

/// The first row on show: where it was, moved no further than the selected row asks, and no row of room wasted.
fn window(top: usize, at: Option<usize>, count: usize, height: usize) -> usize {
    let top = top.min(count.saturating_sub(height));
    match at {
        Some(at) if at < top => at,
        Some(at) if height > 0 && at >= top + height => at + 1 - height,
        _ => top,
    }
}

/// The classes that the title counts: a status group with its glyph.
const COUNTED: [(&[Class], Class); 4] = [
    (&[Class::Success], Class::Success),
    (
        &[Class::ClientError, Class::RateLimited],
        Class::ClientError,
    ),
    (&[Class::ServerError], Class::ServerError),
    (&[Class::Indeterminate], Class::Indeterminate),
];

fn draw_empty(session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let key = |key: &'static str| Span::styled(key, theme.style(Tone::Accent));
    let lines = match &session.opening {
        Opening::Failed(failure) => vec![Line::styled(
            failure.what.clone(),
            theme.style(Tone::Broken),
        )],
        Opening::Pending | Opening::Done if !session.is_listed() => {
            let what = match session.is_known() {
                true => "reading the history …",
                false => "opening the history …",
            };
            vec![Line::styled(what, theme.style(Tone::Faint))]
        }
        Opening::Pending | Opening::Done if !session.query.is_empty() => vec![
            Line::from("Nothing fits the filter."),
            Line::from(""),
            Line::from(vec![key("Esc"), Span::raw(" clears it,")]),
            Line::from(vec![key("/"), Span::raw("   changes it.")]),
        ],
        Opening::Pending | Opening::Done => vec![
            Line::from("Nothing was sent yet."),
            Line::from(""),
            Line::from(vec![key("c"), Span::raw(" composes a request:")]),
            Line::from("  POST /v1/payments"),
            Line::from(vec![
                Span::raw("then "),
                key("Ctrl-S"),
                Span::raw(" sends it."),
            ]),
            Line::from(""),
            Line::from(vec![key("?"), Span::raw(" shows all keys.")]),
        ],
    };
    Paragraph::new(lines)
        .wrap(Wrap { trim: false })
        .render(area, buffer);
}

fn draft_line<'a>(session: &Session, theme: Theme, width: usize) -> Line<'a> {
    let Some(draft) = &session.draft else {
        return Line::default();
    };
    let text = url_middle(&draft.row, width.saturating_sub(8)).into_owned();
    Line::from(vec![
        Span::styled("✎ draft ", theme.style(Tone::Accent)),
        Span::raw(text),
    ])
}
