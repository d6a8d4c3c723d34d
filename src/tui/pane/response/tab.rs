//! The tabs of the response, and what each shows: one row of each `match` a tab.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::domain::exchange::Exchange;
use crate::domain::header::Headers;
use crate::tui::message::Loaded;
use crate::tui::pane::response::body::BodyPane;
use crate::tui::pane::response::body::subject::{FilterResult, Subject};
use crate::tui::pane::response::errors::ErrorList;
use crate::tui::pane::response::title::arriving;
use crate::tui::pane::response::{error_tab, headers, operation, report, timing, without_answer};
use crate::tui::session::Session;
use crate::tui::theme::Theme;
use crate::tui::widget::tabs;

/// The tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What the error envelope lists.
    Errors,
    /// The body.
    Body,
    /// The header fields.
    Headers,
    /// The phases.
    Timing,
    /// All attempts at the operation.
    Operation,
}

impl Tab {
    /// All, in their order.
    pub const ALL: [Tab; 5] = [
        Tab::Errors,
        Tab::Body,
        Tab::Headers,
        Tab::Timing,
        Tab::Operation,
    ];

    /// The one that an exchange opens on.
    pub fn first_of(exchange: &Exchange) -> Tab {
        let has_errors = report(exchange).is_some_and(|report| !report.errors.is_empty());
        if has_errors { Tab::Errors } else { Tab::Body }
    }

    /// Its name, with a count where that says something.
    pub fn label(self, loaded: &Loaded, fields: Option<&Headers>) -> tabs::Tab<'static> {
        let exchange = &loaded.exchange;
        let errors = report(exchange).map(|report| report.errors.len());
        let fields = fields.map(Headers::len);
        let correction = loaded.correction.as_ref();
        let all_gone = correction.is_some_and(|correction| correction.remains.is_empty());
        let (label, short, count) = match self {
            Tab::Errors if all_gone => ("Errors ✓", "Err ✓", None),
            Tab::Errors => ("Errors", "Err", errors),
            Tab::Body => ("Body", "Body", None),
            Tab::Headers => ("Headers", "Head", fields),
            Tab::Timing => ("Timing", "Time", None),
            Tab::Operation => (
                "Operation",
                "Op",
                Some(operation::attempts(loaded)).filter(|n| *n > 1),
            ),
        };
        tabs::Tab {
            label,
            short,
            count: count.filter(|count| *count > 0),
        }
    }
}

/// The header fields that came: those of the answer, or of one that still arrives.
pub(crate) fn fields<'a>(loaded: &'a Loaded, session: &'a Session) -> Option<&'a Headers> {
    let exchange = &loaded.exchange;
    let arrived = || arriving(exchange, session).map(|arrival| &arrival.head.headers);
    let answered = exchange.outcome.response();
    answered.map(|answer| &answer.headers).or_else(arrived)
}

/// What a tab shows.
pub(crate) struct Content<'a> {
    pub(crate) loaded: &'a Loaded,
    /// The header fields that came.
    pub(crate) fields: Option<&'a Headers>,
    pub(crate) errors: &'a ErrorList,
    pub(crate) body: &'a BodyPane,
    /// What a filter made of the body.
    pub(crate) result: Option<&'a FilterResult>,
    pub(crate) columns: u16,
}

impl Content<'_> {
    /// How many rows it has that scroll with the pane; a list of errors and a body scroll by themselves.
    pub(crate) fn rows(&self, tab: Tab) -> usize {
        match (tab, self.loaded.exchange.outcome.response()) {
            (Tab::Operation, _) => operation::rows(self.loaded, self.columns),
            (Tab::Headers, _) => self
                .fields
                .map_or(0, |fields| headers::rows(fields, self.columns)),
            (_, None) => 0,
            (Tab::Errors, Some(_)) => error_tab::rows(self.loaded, self.columns),
            (Tab::Body, Some(_)) => 0,
            (Tab::Timing, Some(_)) => timing::ROWS,
        }
    }

    /// Draws it from this row on; says where the text cursor belongs, when something is written in it.
    pub(crate) fn draw(
        &self,
        tab: Tab,
        top: usize,
        (theme, focused): (Theme, bool),
        area: Rect,
        session: &Session,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let exchange = &self.loaded.exchange;
        if let (Tab::Headers, Some(fields)) = (tab, self.fields) {
            headers::draw(fields, top, area, theme, buffer);
            return None;
        }
        match (tab, exchange.outcome.response()) {
            (Tab::Operation, _) => operation::draw(self.loaded, session, top, area, theme, buffer),
            (Tab::Body, response) if self.loaded.body.is_some() || response.is_some() => {
                let look = (theme, focused);
                let subject = Subject {
                    loaded: self.loaded,
                    result: self.result,
                };
                return self.body.draw(subject, area, look, buffer);
            }
            // Whoever answered sent fields: the tab is drawn above.
            (Tab::Headers | Tab::Body, _) | (_, None) => {
                let lines = without_answer(exchange, session, theme);
                Paragraph::new(lines)
                    .wrap(Wrap { trim: false })
                    .render(area, buffer);
            }
            (Tab::Errors, Some(_)) => {
                let look = (theme, focused);
                error_tab::draw(self.loaded, self.errors, top, look, area, buffer)
            }
            (Tab::Timing, Some(response)) => timing::draw(response, area, theme, buffer),
        }
        None
    }
}
