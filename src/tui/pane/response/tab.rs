//! The tabs of the response, and what each shows: one row of each `match` a tab.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::domain::exchange::{Exchange, Response};
use crate::tui::message::Loaded;
use crate::tui::pane::response::body::Corner;
use crate::tui::pane::response::errors::List;
use crate::tui::pane::response::{
    body, catalogue, envelope, errors, headers, operation, report, timing, without_answer,
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
        let (label, short, count) = match self {
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

/// The look of lines that are only counted.
const PLAIN: Theme = Theme { colour: false };

/// Draws lines from the top of an area on, as far as it goes.
fn render(lines: impl IntoIterator<Item = Line<'static>>, area: Rect, buffer: &mut Buffer) {
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        line.render(row, buffer);
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

    /// What stays above the rows of a tab.
    pub(crate) fn above(&self, tab: Tab, area: Rect, theme: Theme) -> Vec<Line<'static>> {
        match report(&self.loaded.exchange).filter(|_| tab == Tab::Errors) {
            Some(report) => envelope::lines(report, area.width, area.height, theme),
            None => Vec::new(),
        }
    }

    /// Draws it into `area`, which is the upper part of `whole`.
    pub(crate) fn draw_above(
        &self,
        tab: Tab,
        area: Rect,
        whole: Rect,
        theme: Theme,
        buffer: &mut Buffer,
    ) {
        render(self.above(tab, whole, theme), area, buffer);
    }

    /// What is known of the codes and of the status.
    fn explained(&self, theme: Theme) -> Vec<Line<'static>> {
        catalogue::lines(self.loaded, self.columns, theme)
    }

    fn error_rows(&self, response: &Response) -> usize {
        match self.errors() {
            Some(list) => list.rows(),
            None => errors::none(response, self.columns, PLAIN).len(),
        }
    }

    /// The list, and behind its last row what is known of the codes and of the status.
    fn draw_errors(
        &self,
        response: &Response,
        top: usize,
        area: Rect,
        theme: Theme,
        buffer: &mut Buffer,
    ) {
        let rows = self.error_rows(response);
        match self.errors() {
            Some(list) => list.draw(top, area, theme, buffer),
            None => {
                let lines = errors::none(response, self.columns, theme);
                render(lines.into_iter().skip(top), area, buffer);
            }
        }
        let taken = u16::try_from(rows.saturating_sub(top))
            .unwrap_or(u16::MAX)
            .min(area.height);
        let below = Rect {
            y: area.y + taken,
            height: area.height - taken,
            ..area
        };
        render(
            self.explained(theme)
                .into_iter()
                .skip(top.saturating_sub(rows)),
            below,
            buffer,
        );
    }

    /// How many rows it has.
    pub(crate) fn rows(&self, tab: Tab) -> usize {
        match (tab, self.loaded.exchange.outcome.response()) {
            (Tab::Operation, _) => operation::rows(self.loaded, self.columns),
            (_, None) => 0,
            (Tab::Errors, Some(response)) => {
                self.error_rows(response) + self.explained(PLAIN).len()
            }
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
        area: Rect,
        theme: Theme,
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
            (Tab::Errors, Some(response)) => {
                self.draw_errors(response, corner.top, area, theme, buffer)
            }
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
