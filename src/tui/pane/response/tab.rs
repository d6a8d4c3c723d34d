//! The tabs of the response, and what each shows: one row of each `match` a tab.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::domain::exchange::Exchange;
use crate::tui::message::Loaded;
use crate::tui::pane::response::errors::List;
use crate::tui::pane::response::{body, errors, headers, report, timing, without_answer};
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
}

impl Tab {
    /// All, in their order.
    pub const ALL: [Tab; 4] = [Tab::Errors, Tab::Body, Tab::Headers, Tab::Timing];

    /// The one that an exchange opens on.
    pub fn first_of(exchange: &Exchange) -> Tab {
        let has_errors = report(exchange).is_some_and(|report| !report.errors.is_empty());
        if has_errors { Tab::Errors } else { Tab::Body }
    }

    /// Its name, with a count where that says something.
    pub fn label(self, exchange: &Exchange) -> tabs::Tab<'static> {
        let errors = report(exchange).map(|report| report.errors.len());
        let fields = exchange
            .outcome
            .response()
            .map(|response| response.headers.len());
        let (label, short, count) = match self {
            Tab::Errors => ("Errors", "Err", errors),
            Tab::Body => ("Body", "Body", None),
            Tab::Headers => ("Headers", "Head", fields),
            Tab::Timing => ("Timing", "Time", None),
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
    pub(crate) open: &'a HashSet<usize>,
    pub(crate) columns: u16,
}

impl<'a> Content<'a> {
    /// The errors and what was not understood, when there are any.
    pub(crate) fn errors(&self) -> Option<List<'a>> {
        let report = report(&self.loaded.exchange)?;
        let empty = report.errors.is_empty() && report.not_understood.is_empty();
        (!empty).then_some(List {
            report,
            open: self.open,
            columns: self.columns,
        })
    }

    /// How many rows it has.
    pub(crate) fn rows(&self, tab: Tab) -> usize {
        let Some(response) = self.loaded.exchange.outcome.response() else {
            return 0;
        };
        match tab {
            Tab::Errors => self.errors().map_or(0, List::rows),
            Tab::Body => body::rows(self.loaded),
            Tab::Headers => response.headers.len(),
            Tab::Timing => timing::ROWS,
        }
    }

    /// Draws it from row `top` on.
    pub(crate) fn draw(
        &self,
        tab: Tab,
        top: usize,
        area: Rect,
        theme: Theme,
        session: &Session,
        buffer: &mut Buffer,
    ) {
        let exchange = &self.loaded.exchange;
        let Some(response) = exchange.outcome.response() else {
            let lines = without_answer(exchange, session, theme);
            return Paragraph::new(lines)
                .wrap(Wrap { trim: false })
                .render(area, buffer);
        };
        match tab {
            Tab::Errors => match self.errors() {
                Some(list) => list.draw(top, area, theme, buffer),
                None => errors::draw_none(response, theme, area, buffer),
            },
            Tab::Body => body::draw(self.loaded, response, top, area, theme, buffer),
            Tab::Headers => headers::draw(&response.headers, top, area, theme, buffer),
            Tab::Timing => timing::draw(response, area, theme, buffer),
        }
    }
}
