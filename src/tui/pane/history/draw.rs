//! The history drawn: its frame with what it tells of the whole list, the names of the columns, the rows.
//!
//! ```text
//!   ┌ 1 History ─ status:4xx  ✓12 ✗3 ‼1 ?1 ──────────┐   the filter, how many of each class
//!   │            path                 took      sent  │   the names of the columns, where it is high enough
//!   │ ✗ 422 POST /v1/payments  same  38 ms       4 m  │
//!   └ ▲ 12 newer: g ── searching … back to 11-02 ─────┘   what is above, a search, what a key would do
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use crate::document::visible::visible;
use crate::domain::exchange::Class;
use crate::tui::outcome_look::{glyph, spinner, tone};
use crate::tui::pane::history::HistoryPane;
use crate::tui::pane::history::column::Columns;
use crate::tui::pane::history::fold::{Branch, Line as Listed};
use crate::tui::pane::history::row::{self, Place};
use crate::tui::session::{Opening, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::first_fitting;
use crate::tui::widget::text::{cut, middle, url_middle};

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
        let room = usize::from(area.width).saturating_sub(2);
        let block = Block::bordered()
            .border_style(theme.border(focused))
            .title_style(Style::reset())
            .title(self.title(session, theme, focused, area))
            .title_bottom(self.foot(session, theme, room));
        block.render(area, buffer);
        let (inner, list) = (self.inner(area), self.list(area));
        let names = header_height(inner);
        let line = Rect {
            height: inner.height - list.height - names,
            ..inner
        };
        let filter = self.filter.as_ref();
        let cursor = filter.and_then(|filter| filter.draw(theme, focused, line, buffer));
        let columns = self.columns(session, list.width);
        if names > 0 {
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
        let gutter = if self.fold.is_on() { 2 } else { 0 };
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
        let place = Place { branch, hidden };
        self.lines
            .row(at, session)
            .map(|row| row::line(session, theme, row, place, columns))
            .unwrap_or_default()
    }

    fn title<'a>(&self, session: &Session, theme: Theme, focused: bool, area: Rect) -> Line<'a> {
        let mut line = Line::from(Span::styled(" 1 History ", theme.title(focused)));
        let room = usize::from(area.width).saturating_sub(line.width() + 5);
        let list = &session.list;
        if !list.query.is_empty() {
            let query = list.query.to_string();
            let query = cut(&visible(&query), room).into_owned();
            line.push_span(Span::styled("─ ", theme.border(focused)));
            line.push_span(Span::styled(format!("{query} "), theme.style(Tone::Strong)));
        }
        let counts = self.counts(session, theme);
        let width: usize = counts.iter().map(Span::width).sum();
        if area.width >= 34 && width > 0 && line.width() + width + 3 <= usize::from(area.width) {
            line.extend(counts);
            line.push_span(" ");
        }
        line
    }

    /// How many of each class there are: of the rows that were read, with a sign where there may be more.
    fn counts<'a>(&self, session: &Session, theme: Theme) -> Vec<Span<'a>> {
        let list = &session.list;
        let more = list.newer || list.older || list.searching.is_some();
        let more = if more { "+" } else { "" };
        let mut counts = Vec::new();
        for (classes, shown) in COUNTED {
            let count: usize = classes.iter().map(|class| self.lines.count(*class)).sum();
            if count > 0 {
                let text = format!(" {}{count}{more}", glyph(shown));
                counts.push(Span::styled(text, theme.style(tone(shown))));
            }
        }
        counts
    }

    /// What stands in the lower border: one thing, what matters most now.
    fn foot<'a>(&self, session: &Session, theme: Theme, room: usize) -> Line<'a> {
        let said = |texts: Vec<String>, tone: Tone| {
            let lines = texts
                .into_iter()
                .map(|text| Line::styled(text, theme.style(tone)));
            first_fitting(lines, room)
        };
        let list = &session.list;
        if let Some(marked) = &session.marked {
            let id = middle(marked.as_str(), 9);
            let long = format!(" ⇄ {id}: = compares, Esc drops ");
            let short = " ⇄ = compares, Esc drops ".to_owned();
            return said(vec![long, short], Tone::Accent);
        }
        if let Some(search) = &list.searching {
            let turns = session.now.wall.as_millisecond().unsigned_abs();
            let turns = spinner(turns.into());
            let far = search.to.map(|to| back_to(session, to)).unwrap_or_default();
            let long = format!(" {turns} searching …{far}, Esc stops ");
            let short = format!(" {turns} searching …{far} ");
            let shortest = format!(" {turns} searching … ");
            return said(vec![long, short, shortest], Tone::Notice);
        }
        if list.aside.is_some() {
            return said(vec![" ≠ hidden by the filter ".to_owned()], Tone::Refused);
        }
        if let Some(above) = self.view.above(session) {
            let count = match (above.new, above.at_least) {
                (0, _) => String::new(),
                (new, at_least) => format!("{new}{} ", if at_least { "+" } else { "" }),
            };
            return said(vec![format!(" ▲ {count}newer: g ")], Tone::Notice);
        }
        if let Some(search) = &list.stopped {
            let far = search.to.map(|to| back_to(session, to)).unwrap_or_default();
            let long = format!(" the search was stopped{far} ");
            return said(vec![long, " stopped ".to_owned()], Tone::Notice);
        }
        Line::default()
    }
}

/// How far a search has come: always the date, since it goes far.
fn back_to(session: &Session, to: jiff::Timestamp) -> String {
    let to = to.to_zoned(session.zone.clone());
    format!(" back to {}", to.date())
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
