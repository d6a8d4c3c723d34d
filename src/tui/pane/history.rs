//! The history: one row an exchange, newest first, the unsent draft above them all.
//!
//! ```text
//!   ✎ draft  POST /v1/payments
//!   ✗ 422  POST /v1/payments       same   38 ms   4 m
//!   │ │    │    │                  │      │       └ when, where there is room
//!   │ │    │    │                  │      └ how long, where there is room; `◷ 12 s` while it waits
//!   │ │    │    │                  └ a replay, with the same key or a new one
//!   │ │    │    └ path, its middle lost before its end
//!   └─┴────┴ class as glyph and colour, status, method
//! ```

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use crate::domain::exchange::{Class, Summary};
use crate::tui::action::Action;
use crate::tui::outcome_look::{choice_word, glyph, spinner, status_text, tone};
use crate::tui::resend::Left;
use crate::tui::session::{Opening, PAGE, Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, human_ms, pad_left, pad_right, relative, url_middle};

/// From this width on a row says how long it took, or how long it waits.
const ROOM_TO_TELL_TIME: usize = 40;

/// The history's own state: where its window begins.
#[derive(Debug, Default)]
pub struct HistoryPane {
    top: usize,
}

impl HistoryPane {
    /// Moves the selection. Asks for older rows when it comes near the end of those that were read.
    pub fn update(&mut self, action: Action, session: &mut Session, area: Rect) {
        let page = usize::from(area.height.saturating_sub(2)).max(1);
        let last = count(session).saturating_sub(1);
        let at = position(session);
        let to = match action {
            Action::Down => at.map_or(0, |at| at + 1),
            Action::Up => at.map_or(0, |at| at.saturating_sub(1)),
            Action::PageDown => at.map_or(0, |at| at + page),
            Action::PageUp => at.map_or(0, |at| at.saturating_sub(page)),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return,
        };
        select(session, to.min(last));
        if session.more && to + PAGE / 2 > session.rows.len() {
            session.wanted_rows = session.rows.len() + PAGE;
        }
        self.reveal(session, area);
    }

    /// Keeps the selected row inside the window.
    pub fn reveal(&mut self, session: &Session, area: Rect) {
        let height = usize::from(area.height.saturating_sub(2));
        self.top = window(self.top, position(session), count(session), height);
    }

    /// The exchanges' rows inside the window.
    pub fn rows_on_show<'a>(&self, session: &'a Session, area: Rect) -> &'a [Summary] {
        let height = usize::from(area.height.saturating_sub(2));
        let top = window(self.top, position(session), count(session), height);
        let drafts = usize::from(session.draft.is_some());
        let first = top.saturating_sub(drafts).min(session.rows.len());
        let last = (top + height)
            .saturating_sub(drafts)
            .min(session.rows.len());
        &session.rows[first..last.max(first)]
    }

    /// Draws it.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let block = Block::bordered()
            .border_style(theme.border(focused))
            .title_style(Style::reset())
            .title(title(session, theme, focused, area));
        let inner = block.inner(area);
        block.render(area, buffer);
        if count(session) == 0 {
            return draw_empty(session, theme, inner, buffer);
        }
        let at = position(session);
        let height = usize::from(inner.height);
        let top = window(self.top, at, count(session), height);
        for (row, y) in (top..count(session)).zip(inner.y..inner.bottom()) {
            let line = Rect {
                y,
                height: 1,
                ..inner
            };
            draw_row(session, theme, row, line, buffer);
            if Some(row) == at {
                buffer.set_style(line, theme.cursor(focused));
                // In the border, so that it is seen without focus and costs no column.
                buffer.set_string(area.x, y, "▌", theme.style(Tone::Accent));
            }
        }
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

/// Rows on show: the draft's, and the exchanges'.
fn count(session: &Session) -> usize {
    session.rows.len() + usize::from(session.draft.is_some())
}

/// The row of what is selected; `None` when it is older than the rows that were read.
fn position(session: &Session) -> Option<usize> {
    let drafts = usize::from(session.draft.is_some());
    match &session.selection {
        Selection::Nothing => None,
        Selection::Draft => Some(0),
        Selection::Exchange(id) => {
            let at = session.rows.iter().position(|row| row.id == *id)?;
            Some(at + drafts)
        }
    }
}

fn select(session: &mut Session, at: usize) {
    let drafts = usize::from(session.draft.is_some());
    if at < drafts {
        session.selection = Selection::Draft;
    } else if let Some(row) = session.rows.get(at - drafts) {
        session.selection = Selection::Exchange(row.id.clone());
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

fn title<'a>(session: &Session, theme: Theme, focused: bool, area: Rect) -> Line<'a> {
    let mut line = Line::from(Span::styled(" 1 History ", theme.title(focused)));
    if area.width < 34 {
        return line;
    }
    for (classes, shown) in COUNTED {
        let count = session
            .rows
            .iter()
            .filter(|row| classes.contains(&row.class))
            .count();
        if count > 0 {
            line.push_span(Span::styled(
                format!(" {}{count}", glyph(shown)),
                theme.style(tone(shown)),
            ));
        }
    }
    line.push_span(" ");
    line
}

fn draw_empty(session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let key = |key: &'static str| Span::styled(key, theme.style(Tone::Accent));
    let lines = match &session.opening {
        Opening::Failed(failure) => vec![Line::styled(
            failure.what.clone(),
            theme.style(Tone::Broken),
        )],
        Opening::Pending | Opening::Done if !session.known => vec![Line::styled(
            "opening the history …",
            theme.style(Tone::Faint),
        )],
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

fn draw_row(session: &Session, theme: Theme, at: usize, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let line = match (
        at.checked_sub(usize::from(session.draft.is_some())),
        &session.draft,
    ) {
        (None, Some(draft)) => {
            let text = url_middle(&draft.row, width.saturating_sub(8)).into_owned();
            Line::from(vec![
                Span::styled("✎ draft ", theme.style(Tone::Accent)),
                Span::raw(text),
            ])
        }
        (Some(at), _) => session
            .rows
            .get(at)
            .map(|row| row_line(session, theme, row, width))
            .unwrap_or_default(),
        (None, None) => Line::default(),
    };
    line.render(area, buffer);
}

/// How long ago a row was sent, by the minute: nothing ticks between.
pub fn age(session: &Session, row: &Summary) -> String {
    let minute = |at: Timestamp| at.as_second().div_euclid(60) * 60;
    relative(minute(session.now.wall), minute(row.started_at))
}

fn wait_text(left: Left, columns: usize) -> String {
    pad_left(&format!("◷ {}", left.short()), columns)
}

fn row_line<'a>(session: &Session, theme: Theme, row: &Summary, width: usize) -> Line<'a> {
    let flight = session
        .flight_of(&row.id)
        .filter(|_| row.class == Class::InFlight);
    let glyph = flight.map_or(glyph(row.class), |f| {
        spinner((session.now.steady - f.since).as_millis())
    });
    let look = theme.style(tone(row.class));
    let left = session.left_of(row);
    let status = status_text(row.class, row.status);
    // Where there is no room for a column of its own, a wait stands in the place of the key's choice.
    let choice = match left.filter(|_| width < ROOM_TO_TELL_TIME) {
        Some(left) => (wait_text(left, 6), theme.style(Tone::Strong)),
        None => (
            pad_right(choice_word(row.key_choice), 4),
            theme.style(Tone::Faint),
        ),
    };
    let mut right = vec![choice];
    if width >= ROOM_TO_TELL_TIME {
        let waits = flight
            .map(|f| (session.now.steady - f.since).as_secs_f64() * 1000.0)
            .filter(|ms| *ms >= 1000.0);
        let took = row.total_ms.or(waits).map(human_ms).unwrap_or_default();
        right.push(match left {
            Some(left) => (wait_text(left, 8), theme.style(Tone::Strong)),
            None => (pad_left(&took, 8), theme.style(Tone::Plain)),
        });
    }
    if width >= 48 {
        right.push((pad_left(&age(session, row), 5), theme.style(Tone::Faint)));
    }
    if width >= 66 {
        let first = row.codes.first().map_or("", String::as_str);
        right.insert(
            0,
            (pad_right(&cut(first, 22), 23), theme.style(Tone::Faint)),
        );
    }
    let right_width: usize = right.iter().map(|(text, _)| text.chars().count() + 1).sum();
    let method = pad_right(row.method.as_str(), if width >= 48 { 6 } else { 4 });
    let left_width = 2 + 4 + method.chars().count() + 1;
    let room = width.saturating_sub(left_width + right_width);
    let mut spans = vec![
        Span::styled(format!("{glyph} {status} "), look),
        Span::raw(format!("{method} ")),
        Span::raw(pad_right(&url_middle(&row.target, room), room)),
    ];
    spans.extend(
        right
            .into_iter()
            .map(|(text, style)| Span::styled(format!(" {text}"), style)),
    );
    Line::from(spans)
}
