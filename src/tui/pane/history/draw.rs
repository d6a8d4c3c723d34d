//! The history's rows drawn, below the names of their columns; or what to do where there is none.
//!
//! ```text
//!              path                 took      sent     where it is high enough
//!   ✗ 422 POST /v1/payments  same  38 ms       4 m
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::tui::pane::history::HistoryPane;
use crate::tui::pane::history::column::Columns;
use crate::tui::pane::history::fold::{Branch, Line as Listed};
use crate::tui::pane::history::row::{self, Place};
use crate::tui::session::{Opening, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::url_middle;

/// From these rows and columns on the columns have names.
const NAMED: (u16, u16) = (34, 48);

/// How many rows the names of the columns take.
pub fn header_height(inner: Rect) -> u16 {
    let (rows, columns) = NAMED;
    u16::from(inner.height >= rows && inner.width >= columns)
}

impl HistoryPane {
    /// Draws it; says where the text cursor is, when the filter is typed.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        self.draw_frame(session, theme, focused, area, buffer);
        let (inner, list) = (self.inner(area), self.list(area));
        let names = header_height(inner);
        let line = Rect {
            height: inner.height - list.height - names,
            ..inner
        };
        let filter = self.filter.as_ref();
        let cursor = filter.and_then(|filter| filter.draw(session, theme, focused, line, buffer));
        let columns = self.columns(session, list.width);
        if names > 0 && self.lines.len() > 0 {
            let y = list.y - 1;
            row::header(theme, &columns).render(
                Rect {
                    y,
                    height: 1,
                    ..list
                },
                buffer,
            );
        }
        self.draw_list(session, theme, focused, list, buffer);
        cursor
    }

    fn columns(&self, session: &Session, width: u16) -> Columns {
        let gutter = row::gutter_width(self.fold.is_on(), self.lines.has_kept());
        Columns::of(width.into(), gutter, session.clock)
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
        let columns = self.columns(session, area.width);
        let mut y = area.y;
        let height = usize::from(area.height);
        for line in self.view.lines(&self.lines, session, height) {
            let row = Rect {
                y,
                height: 1,
                ..area
            };
            self.line(session, theme, line, &columns, row.width.into())
                .render(row, buffer);
            if Some(line) == at {
                buffer.set_style(row, theme.cursor(focused && self.filter.is_none()));
                // In the border, so that it is seen without focus and costs no column.
                let x = row.x.saturating_sub(1);
                buffer.set_string(x, y, "▌", theme.style(Tone::Accent));
            }
            y += 1;
        }
        let list = &session.list;
        if list.rows.is_empty() && (self.lines.len() == 0 || !list.query.is_empty()) {
            let height = area.bottom().saturating_sub(y);
            draw_empty(session, theme, Rect { y, height, ..area }, buffer);
        }
    }

    fn line<'a>(
        &self,
        session: &Session,
        theme: Theme,
        at: usize,
        columns: &Columns,
        width: usize,
    ) -> Line<'a> {
        let (branch, hidden) = match self.lines.get(at) {
            Some(Listed::Draft) => return draft_line(session, theme, width),
            Some(Listed::Aside) => (Branch::Alone, true),
            Some(Listed::Row(_, branch)) => (branch, false),
            None => return Line::default(),
        };
        let place = Place {
            folds: self.fold.is_on(),
            keeps: self.lines.has_kept(),
            branch,
            hidden,
        };
        self.lines
            .row(at, session)
            .map(|row| row::line(session, theme, row, place, columns))
            .unwrap_or_default()
    }
}

fn draw_empty(session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let key = |key: &'static str| Span::styled(key, theme.style(Tone::Accent));
    let lines = match &session.opening {
        Opening::Failed(failure) => vec![Line::styled(
            failure.what.clone(),
            theme.style(Tone::Broken),
        )],
        Opening::Pending | Opening::Done if !session.list.is_listed() => {
            let what = match session.list.is_known() {
                true => "reading the history …",
                false => "opening the history …",
            };
            vec![Line::styled(what, theme.style(Tone::Faint))]
        }
        Opening::Pending | Opening::Done if session.list.searching.is_some() => {
            vec![Line::styled(
                "Nothing was found yet.",
                theme.style(Tone::Faint),
            )]
        }
        Opening::Pending | Opening::Done if !session.list.query.is_empty() => vec![
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
