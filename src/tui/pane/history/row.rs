//! One row of the history.
//!
//! ```text
//!   ▸ ✗ 422 POST   /v1/payments       same   38 ms     4 m acct_demo  amount_not_pos…
//!   │ │ │   │      │                  │      │         │   └ and more, where there is room: `column`
//!   │ │ │   │      │                  │      │         └ when
//!   │ │ │   │      │                  │      └ how long; `◷ 12 s` while it waits
//!   │ │ │   │      │                  └ a replay, with the same key or a new one; of a folded operation how many
//!   │ │ │   │      └ path, its middle lost before its end
//!   │ └─┴───┴ class as glyph and colour, status, method
//!   └ what is folded; ★ pinned, ¶ noted
//! ```

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::exchange::{Class, Summary};
use crate::tui::outcome_look::{choice_word, glyph, spinner, status_text, tone};
use crate::tui::pane::history::age;
use crate::tui::pane::history::column::{Columns, MARK};
use crate::tui::pane::history::fold::{Branch, Count};
use crate::tui::resend::Left;
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{
    cut, human_bytes, human_ms, middle, pad_left, pad_right, url_middle, width,
};

/// From this width of a path on it is told what was noted.
const ROOM_FOR_NOTE: usize = 20;

/// How a row hangs in the list.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whether the list has room for the marks of what is folded.
    pub folds: bool,
    /// Whether it has room for what is pinned and noted.
    pub keeps: bool,
    /// The row's own mark.
    pub branch: Branch,
    /// Whether the filter hides it.
    pub hidden: bool,
}

/// When a row was sent, as the list tells it.
pub fn age(session: &Session, row: &Summary) -> String {
    age::text(
        session.clock,
        session.now.wall,
        row.started_at,
        &session.zone,
    )
}

/// How long until that changes.
pub fn ages_in(session: &Session, row: &Summary) -> Option<Duration> {
    age::changes_in(session.clock, session.now.wall, row.started_at)
}

/// What stands above the columns.
pub fn header<'a>(theme: Theme, columns: &Columns) -> Line<'a> {
    let right = [
        (columns.took, "took", true),
        (columns.age, "sent", true),
        (columns.account, "account", false),
        (columns.code, "first error", false),
        (columns.size, "size", true),
        (columns.id, "server id", false),
    ];
    let mut text = " ".repeat(columns.gutter + 2);
    text += &pad_right("", 4);
    text += &pad_right("", columns.method + 1);
    text += &pad_right(&cut("path", columns.path), columns.path + 1 + MARK);
    for (wide, name, number) in right.into_iter().filter(|(wide, ..)| *wide > 0) {
        let name = cut(name, wide);
        text.push(' ');
        text += &match number {
            true => pad_left(&name, wide),
            false => pad_right(&name, wide),
        };
    }
    Line::styled(text, theme.style(Tone::Faint))
}

/// The row as a line of these columns.
pub fn line<'a>(
    session: &Session,
    theme: Theme,
    row: &Summary,
    place: Place,
    columns: &Columns,
) -> Line<'a> {
    let flight = session
        .flight_of(&row.id)
        .filter(|_| row.class == Class::InFlight);
    let glyph = flight.map_or(glyph(row.class), |f| {
        spinner((session.now.steady - f.since).as_millis())
    });
    let status = status_text(row.class, row.status);
    let method = cut(row.method.as_str(), columns.method);
    let mut spans = gutter(theme, row, place);
    spans.extend([
        Span::styled(format!("{glyph} {status} "), theme.style(tone(row.class))),
        Span::raw(format!("{} ", pad_right(&method, columns.method))),
    ]);
    let right = right(session, theme, row, place, columns);
    // A wait that stands in the place of the mark is wider.
    let wider = right.first().map_or(0, Span::width).saturating_sub(MARK);
    spans.extend(path(theme, row, columns.path.saturating_sub(wider)));
    for span in right {
        spans.extend([Span::raw(" "), span]);
    }
    Line::from(spans)
}

/// How many columns the gutter takes in a list that may be folded, and that has something pinned or noted.
pub fn gutter_width(folds: bool, keeps: bool) -> usize {
    usize::from(folds) + usize::from(keeps) + usize::from(folds || keeps)
}

/// What is folded, pinned and noted, where the list has room for it.
fn gutter<'a>(theme: Theme, row: &Summary, place: Place) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    if place.folds {
        let branch = match place.branch {
            Branch::Alone => " ",
            Branch::Closed(_) => "▸",
            Branch::Open(_) => "▾",
            Branch::Older(false) => "├",
            Branch::Older(true) => "└",
        };
        spans.push(Span::styled(branch, theme.style(Tone::Faint)));
    }
    if place.keeps {
        let (glyph, tone) = match (row.pinned, &row.note) {
            (true, _) => ("★", Tone::Accent),
            (false, Some(_)) => ("¶", Tone::Accent),
            (false, None) => (" ", Tone::Plain),
        };
        spans.push(Span::styled(glyph, theme.style(tone)));
    }
    if place.folds || place.keeps {
        spans.push(Span::raw(" "));
    }
    spans
}

/// The path, and behind it what somebody noted, where there is room for both.
fn path<'a>(theme: Theme, row: &Summary, room: usize) -> Vec<Span<'a>> {
    let target = visible(&row.target);
    let note = row.note.as_deref().map(visible);
    let Some(note) = note.filter(|_| room >= ROOM_FOR_NOTE) else {
        return vec![Span::raw(pad_right(&url_middle(&target, room), room))];
    };
    let target = url_middle(&target, room / 2);
    let rest = room.saturating_sub(width(&target) + 3);
    let note = format!("“{}”", cut(&note, rest.saturating_sub(1)));
    vec![
        Span::raw(format!("{target} ")),
        Span::styled(pad_right(&note, rest + 2), theme.style(Tone::Strong)),
    ]
}

/// The columns behind the path, those that there are.
fn right<'a>(
    session: &Session,
    theme: Theme,
    row: &Summary,
    place: Place,
    columns: &Columns,
) -> Vec<Span<'a>> {
    let left = session.left_of(row);
    // Where there is no room for a column of its own, a wait stands in the place of the mark.
    let (mark, look) = match left.filter(|_| columns.took == 0) {
        Some(left) => (wait_text(left, MARK + 2), Tone::Strong),
        None if session.marked.as_ref() == Some(&row.id) => (pad_right("⇄", MARK), Tone::Accent),
        None => mark(row, place),
    };
    let mut right = vec![Span::styled(mark, theme.style(look))];
    if columns.took > 0 {
        right.push(match left {
            Some(left) => Span::styled(wait_text(left, columns.took), theme.style(Tone::Strong)),
            None => Span::raw(pad_left(&took(session, row), columns.took)),
        });
    }
    let id = row.server_id.as_deref();
    let id = id.unwrap_or_else(|| row.operation.as_str());
    let code = visible(row.codes.first().map_or("", String::as_str));
    let account = visible(row.account.as_deref().unwrap_or_default());
    let size = match row.status {
        Some(_) => human_bytes(row.body_bytes),
        None => String::new(),
    };
    let texts = [
        (columns.age, pad_left(&age(session, row), columns.age)),
        (
            columns.account,
            middle(&account, columns.account).into_owned(),
        ),
        (columns.code, cut(&code, columns.code).into_owned()),
        (columns.size, pad_left(&size, columns.size)),
        (columns.id, middle(&visible(id), columns.id).into_owned()),
    ];
    let texts = texts.into_iter().filter(|(wide, _)| *wide > 0);
    right.extend(
        texts.map(|(wide, text)| Span::styled(pad_right(&text, wide), theme.style(Tone::Faint))),
    );
    right
}

/// How long it took, or how long it is on its way by now.
fn took(session: &Session, row: &Summary) -> String {
    let flight = session
        .flight_of(&row.id)
        .filter(|_| row.class == Class::InFlight);
    let waits = flight
        .map(|f| (session.now.steady - f.since).as_secs_f64() * 1000.0)
        .filter(|ms| *ms >= 1000.0);
    row.total_ms.or(waits).map(human_ms).unwrap_or_default()
}

fn wait_text(left: Left, columns: usize) -> String {
    pad_left(&format!("◷ {}", left.short()), columns)
}

/// The mark of four columns behind the path.
fn mark(row: &Summary, place: Place) -> (String, Tone) {
    match place.branch {
        _ if place.hidden => (pad_right("≠", MARK), Tone::Refused),
        Branch::Closed(count) | Branch::Open(count) => (pad_left(&times(count), MARK), Tone::Plain),
        Branch::Alone | Branch::Older(_) => {
            (pad_right(choice_word(row.key_choice), MARK), Tone::Faint)
        }
    }
}

/// `×3`, `×3+` when there may be more, in four columns.
fn times(count: Count) -> String {
    match (count.read, count.more) {
        (100.., _) => "×99+".to_owned(),
        (read, true) => format!("×{read}+"),
        (read, false) => format!("×{read}"),
    }
}
