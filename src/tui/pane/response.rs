//! The response: what came back for the request that is on show, and what may be done about it.
//!
//! ```text
//!   ┌ 3 Response ─ 422 Unprocessable Content ─ 38 ms ─ 412 B ─ req_9xK2 ┐
//!   │ Errors 2  Body  Headers  Timing                                   │  tabs
//!   │ ▾ amount_not_positive  must be greater than zero        /amount   │  the tab's content
//!   ├ r same key: safe ── R new key: acts AGAIN ────────────────────────┤
//!   │ 201: done. The same key returns …                                 │  the verdict
//!   └───────────────────────────────────────────────────────────────────┘
//! ```
//!
//! An answer never stands under another request's URL: what is drawn comes from the one exchange that is selected.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use crate::document::visible::visible;
use crate::domain::api_error::ErrorReport;
use crate::domain::exchange::{Exchange, Outcome};
use crate::domain::id::ExchangeId;
use crate::tui::action::Action;
use crate::tui::message::Loaded;
use crate::tui::outcome_look::{spinner, tone};
use crate::tui::pane::response::body::BodyPane;
use crate::tui::pane::response::body::subject::{FilterResult, Subject};
use crate::tui::pane::response::errors::ErrorList;
use crate::tui::pane::response::errors::entry::Listing;
use crate::tui::pane::response::tab::{Content, Tab, fields};
use crate::tui::pane::response::title::title;
use crate::tui::resend::Left;
use crate::tui::session::{Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::tabs;

pub mod body;
mod catalogue;
mod envelope;
mod error_tab;
pub mod errors;
mod headers;
mod operation;
mod place;
mod reading;
pub mod tab;
mod timing;
mod title;
mod verdict;

/// The response pane's own state: which tab, how far down; the errors have theirs.
#[derive(Debug, Default)]
pub struct ResponsePane {
    tab: Option<Tab>,
    /// The exchange that the rest is about.
    of: Option<ExchangeId>,
    /// The first row on show, where a tab has no cursor of its own.
    top: usize,
    errors: ErrorList,
    body: BodyPane,
    /// What a filter made of the body, while that stands in its place.
    result: Option<FilterResult>,
    /// How wide its content was when last told.
    columns: u16,
}

impl ResponsePane {
    /// Brings it up to date with what is on show, and where: another exchange opens on its errors when there are any,
    /// else on its body.
    pub fn settle(&mut self, session: &Session, area: Option<Rect>) {
        let Some(loaded) = session.on_show() else {
            return;
        };
        if self.of.as_ref() != Some(&loaded.exchange.id) {
            *self = ResponsePane {
                of: Some(loaded.exchange.id.clone()),
                errors: self.errors.anew(),
                body: self.body.anew(),
                ..ResponsePane::default()
            };
        }
        if let Some(area) = area {
            let content = content_area(session, loaded, area);
            self.columns = content.width;
            self.settle_errors(loaded, content);
            if let Some(result) = self.body.take_result() {
                self.result = Some(result);
            }
            let result = self.result.as_ref();
            self.body.settle(Subject { loaded, result }, content);
            self.keep_in_view(loaded, session, usize::from(content.height).max(1));
        }
    }

    /// The tab that is open.
    pub fn tab(&self, exchange: &Exchange) -> Tab {
        self.tab.unwrap_or_else(|| Tab::first_of(exchange))
    }

    fn content<'a>(&'a self, loaded: &'a Loaded, session: &'a Session) -> Content<'a> {
        Content {
            loaded,
            fields: fields(loaded, session),
            errors: &self.errors,
            body: &self.body,
            result: self.result.as_ref(),
            columns: self.columns,
        }
    }

    /// Which error the cursor is on, when errors are on show.
    pub fn error_under_cursor(&self, loaded: &Loaded) -> Option<usize> {
        self.listing(loaded)?;
        self.errors.error_under_cursor()
    }

    /// What the Errors tab lists, when that is open and lists something.
    fn listing<'a>(&self, loaded: &'a Loaded) -> Option<Listing<'a>> {
        let open = self.tab(&loaded.exchange) == Tab::Errors;
        Listing::of(loaded).filter(|_| open)
    }

    /// Puts the cursor on an error and shows it.
    pub fn show_error(&mut self, loaded: &Loaded, error: usize) {
        if let Some(listing) = Listing::of(loaded) {
            self.errors.show(listing, error);
            self.tab = Some(Tab::Errors);
        }
    }

    /// Groups the errors, or opens them all, in their tab; `false` when there are none.
    pub fn arrange_errors(&mut self, action: Action, session: &Session, area: Rect) -> bool {
        let listing = session.on_show().and_then(Listing::of);
        if listing.is_some() && self.tab != Some(Tab::Errors) {
            (self.tab, self.top) = (Some(Tab::Errors), 0);
        }
        self.update(action, session, area);
        listing.is_some()
    }

    /// Moves, opens, closes.
    pub fn update(&mut self, action: Action, session: &Session, area: Rect) {
        let Some(loaded) = session.on_show() else {
            return;
        };
        let exchange = &loaded.exchange;
        let content = content_area(session, loaded, area);
        let height = usize::from(content.height).max(1);
        match action {
            Action::NextTab => self.turn(exchange, 1),
            Action::PreviousTab => self.turn(exchange, Tab::ALL.len() - 1),
            Action::Next | Action::Previous if !self.is_finding(session) => {
                self.step_error(loaded, action == Action::Next)
            }
            action if self.listing(loaded).is_some() => self.update_errors(action, loaded, content),
            action if self.shows_body(loaded) => {
                // Who reads a body that arrives is not taken to the errors that come with its end.
                self.tab = Some(Tab::Body);
                let result = self.result.as_ref();
                self.body
                    .update(action, Subject { loaded, result }, content);
            }
            Action::Down => self.top = self.top.saturating_add(1),
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::PageDown => self.top = self.top.saturating_add(height),
            Action::PageUp => self.top = self.top.saturating_sub(height),
            Action::Top => self.top = 0,
            Action::Bottom => self.top = usize::MAX,
            _ => {}
        }
        self.settle_errors(loaded, content);
        self.keep_in_view(loaded, session, height);
    }

    fn update_errors(&mut self, action: Action, loaded: &Loaded, content: Rect) {
        if let Some(listing) = self.listing(loaded) {
            let Rect { width, height, .. } = error_tab::list_area(loaded, &self.errors, content);
            self.errors.update(action, listing, width, height);
        }
    }

    /// The list knows its entries first, and then how much room they leave it.
    fn settle_errors(&mut self, loaded: &Loaded, content: Rect) {
        if let Some(listing) = Listing::of(loaded) {
            self.errors.settle(listing, content.width, content.height);
            let Rect { width, height, .. } = error_tab::list_area(loaded, &self.errors, content);
            self.errors.settle(listing, width, height);
        }
    }

    fn keep_in_view(&mut self, loaded: &Loaded, session: &Session, height: usize) {
        let rows = self
            .content(loaded, session)
            .rows(self.tab(&loaded.exchange));
        self.top = self.top.min(rows.saturating_sub(height));
    }

    fn turn(&mut self, exchange: &Exchange, by: usize) {
        let at = Tab::ALL
            .iter()
            .position(|tab| *tab == self.tab(exchange))
            .unwrap_or(0);
        self.tab = Some(Tab::ALL[(at + by) % Tab::ALL.len()]);
        self.top = 0;
        self.body.close_prompt();
    }

    /// To the next error or the one before; to the first when the errors were not on show.
    fn step_error(&mut self, loaded: &Loaded, forward: bool) {
        let Some(listing) = Listing::of(loaded).filter(|list| !list.errors.is_empty()) else {
            return;
        };
        match self.tab(&loaded.exchange) {
            Tab::Errors => self.errors.step(listing, forward),
            _ => self.errors.first(listing),
        }
        self.tab = Some(Tab::Errors);
    }

    /// Draws it; says where the text cursor belongs, when something is written.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let block = Block::bordered()
            .border_style(theme.border(focused))
            .title_style(Style::reset())
            .title(title(session, theme, focused, area.width));
        let inner = block.inner(area);
        block.render(area, buffer);
        let Some(loaded) = session.on_show() else {
            draw_nothing(session, theme, inner, buffer);
            return None;
        };
        let exchange = &loaded.exchange;
        let open = self.tab(exchange);
        let labels = Tab::ALL.map(|tab| tab.label(loaded, fields(loaded, session)));
        let active = Tab::ALL.iter().position(|tab| *tab == open).unwrap_or(0);
        tabs::line(&labels, active, inner.width, theme, focused).render(
            Rect {
                height: inner.height.min(1),
                ..inner
            },
            buffer,
        );
        let content = content_area(session, loaded, area);
        let cursor = self.content(loaded, session).draw(
            open,
            self.top,
            (theme, focused),
            content,
            session,
            buffer,
        );
        let below = Rect {
            y: content.bottom(),
            height: inner.bottom().saturating_sub(content.bottom()),
            ..inner
        };
        verdict::draw(session, loaded, theme, focused, area, below, buffer);
        cursor
    }
}

/// Whether the pane has room for the verdict.
pub fn tells_verdict(session: &Session, area: Rect) -> bool {
    let inner = Block::bordered().inner(area);
    let height = |loaded| verdict::height(session, loaded, inner);
    session.on_show().map_or(0, height) > 0
}

/// The errors of an exchange's answer.
pub fn report(exchange: &Exchange) -> Option<&ErrorReport> {
    exchange.outcome.response()?.report.as_ref()
}

fn content_area(session: &Session, loaded: &Loaded, area: Rect) -> Rect {
    let inner = Block::bordered().inner(area);
    let verdict = verdict::height(session, loaded, inner);
    let y = inner.y + inner.height.min(1);
    Rect {
        y,
        height: inner.height.saturating_sub(1 + verdict),
        ..inner
    }
}

fn draw_nothing(session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let faint = theme.style(Tone::Faint);
    let text = match &session.selection {
        Selection::Nothing => "The answer to the request above will stand here.",
        Selection::Draft => "Not sent yet: s sends the draft (Ctrl-S while editing).",
        Selection::Exchange(_) => "reading …",
    };
    Paragraph::new(Line::styled(text, faint))
        .wrap(Wrap { trim: true })
        .render(area, buffer);
}

/// What is told of an exchange that waits for the rate limit.
fn held<'a>(exchange: &Exchange, session: &Session, theme: Theme) -> Vec<Line<'a>> {
    let look = theme.style(Tone::Notice);
    let keyed = exchange.request.idempotency_key.is_some();
    if let Some(wait) = session.wait_of(&exchange.id) {
        let text = format!("◷ {}", wait.sentence(keyed, session.now.wall));
        return vec![Line::styled(text, look)];
    }
    let text = match session.hold_of(&exchange.id) {
        Some(until) => {
            let left = Left::until(Some(until), session.now.wall).short();
            format!("◷ Waits for the rate limit, {left} at least.")
        }
        None => "◷ Waits for the rate limit.".to_owned(),
    };
    let whose = "Another process sends it by itself: nothing is to be done here.";
    match session.pursuit_of(&exchange.id) {
        Some(_) => vec![Line::styled(text, look)],
        None => vec![Line::styled(text, look), Line::raw(whose)],
    }
}

/// What is told of an exchange that has no answer yet, or none at all.
pub(crate) fn without_answer<'a>(
    exchange: &Exchange,
    session: &Session,
    theme: Theme,
) -> Vec<Line<'a>> {
    match &exchange.outcome {
        Outcome::InFlight => {
            let waited = session.flown(&exchange.id);
            let spin = waited.map_or("…", |waited| spinner(waited.as_millis()));
            let since = waited
                .filter(|w| w.as_secs() >= 1)
                .map(|w| format!(" {} s", w.as_secs()))
                .unwrap_or_default();
            // What is looked up has no flight, and is sent from here all the same.
            let ours = waited.is_some() || session.arriving(&exchange.id).is_some();
            let cancel = if ours {
                " Ctrl-C cancels."
            } else {
                " Another process is sending it."
            };
            let look = theme.style(Tone::Notice);
            vec![Line::from(vec![
                Span::styled(format!("{spin} in flight{since}."), look),
                Span::raw(cancel),
            ])]
        }
        Outcome::Held => held(exchange, session, theme),
        outcome => {
            let failure = outcome.failure().cloned();
            let Some(failure) = failure else {
                return Vec::new();
            };
            let look = theme.style(tone(outcome.class()));
            let mut lines = vec![Line::styled(visible(&failure.what).into_owned(), look)];
            lines.extend(
                failure
                    .cause
                    .map(|cause| Line::from(visible(&cause).into_owned())),
            );
            lines.extend(failure.hint.map(|hint| {
                Line::from(vec![
                    Span::raw("→ "),
                    Span::raw(visible(&hint).into_owned()),
                ])
            }));
            lines
        }
    }
}
