//! The tabs of the response, and what each shows: one row of each `match` a tab.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::domain::exchange::Exchange;
use crate::tui::message::Loaded;
use crate::tui::pane::response::body::Corner;
use crate::tui::pane::response::errors::ErrorList;
use crate::tui::pane::response::errors::entry::Listing;
use crate::tui::pane::response::{
    body, errors, headers, operation, report, timing, without_answer,
};
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
    pub fn label(self, loaded: &Loaded) -> tabs::Tab<'static> {
        let exchange = &loaded.exchange;
        let errors = report(exchange).map(|report| report.errors.len());
        let fields = exchange
            .outcome
            .response()
            .map(|response| response.headers.len());
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

/// What a tab shows.
pub(crate) struct Content<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) errors: &'a ErrorList,
    pub(crate) columns: u16,
}

impl Content<'_> {
    /// How many rows it has that scroll with the pane; the errors scroll by themselves.
    pub(crate) fn rows(&self, tab: Tab) -> usize {
        match (tab, self.loaded.exchange.outcome.response()) {
            (Tab::Operation, _) => operation::rows(self.loaded, self.columns),
            (_, None) | (Tab::Errors, Some(_)) => 0,
            (Tab::Body, Some(_)) => body::rows(self.loaded, self.columns),
            (Tab::Headers, Some(response)) => headers::rows(&response.headers, self.columns),
            (Tab::Timing, Some(_)) => timing::ROWS,
        }
    }

    /// Draws it from this corner on.
    pub(crate) fn draw(
        &self,
        tab: Tab,
        corner: Corner,
        (theme, focused): (Theme, bool),
        area: Rect,
        session: &Session,
        buffer: &mut Buffer,
    ) {
        let exchange = &self.loaded.exchange;
        match (tab, exchange.outcome.response()) {
            (Tab::Operation, _) => {
                operation::draw(self.loaded, session, corner.top, area, theme, buffer)
            }
            (_, None) => {
                let lines = without_answer(exchange, session, theme);
                Paragraph::new(lines)
                    .wrap(Wrap { trim: false })
                    .render(area, buffer);
            }
            (Tab::Errors, Some(response)) => match Listing::of(self.loaded) {
                Some(listing) => self.errors.draw(listing, theme, focused, area, buffer),
                None => errors::draw_none(response, theme, area, buffer),
            },
            (Tab::Body, Some(response)) => {
                body::draw(self.loaded, response, corner, area, theme, buffer)
            }
            (Tab::Headers, Some(response)) => {
                headers::draw(&response.headers, corner.top, area, theme, buffer)
            }
            (Tab::Timing, Some(response)) => timing::draw(response, area, theme, buffer),
        }
    }
}
