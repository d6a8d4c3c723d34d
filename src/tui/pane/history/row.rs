//! One row of the history.
//!
//! ```text
//!   ▸ ✗ 422  POST /v1/payments       same   38 ms   4 m
//!   │ │ │    │    │                  │      │       └ when, where there is room
//!   │ │ │    │    │                  │      └ how long, where there is room; `◷ 12 s` while it waits
//!   │ │ │    │    │                  └ a replay, with the same key or a new one; of a folded operation how many
//!   │ │ │    │    └ path, its middle lost before its end
//!   │ └─┴────┴ class as glyph and colour, status, method
//!   └ where something is folded
//! ```

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use crate::domain::exchange::{Class, Summary};
use crate::tui::outcome_look::{choice_word, glyph, spinner, status_text, tone};
use crate::tui::pane::history::fold::{Branch, Count};
use crate::tui::resend::Left;
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, human_ms, pad_left, pad_right, relative, url_middle};

/// From this width on a row says how long it took, or how long it waits.
const ROOM_TO_TELL_TIME: usize = 40;

/// How a row hangs in the list.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whether the list has room for the marks of what is folded.
    pub folds: bool,
    /// The row's own mark.
    pub branch: Branch,
    /// Whether the filter hides it.
    pub hidden: bool,
}

/// How long ago a row was sent, by the minute: nothing ticks between.
pub fn age(session: &Session, row: &Summary) -> String {
    let minute = |at: Timestamp| at.as_second().div_euclid(60) * 60;
    relative(minute(session.now.wall), minute(row.started_at))
}

/// The row as a line of this width.
pub fn line<'a>(
    session: &Session,
    theme: Theme,
    row: &Summary,
    place: Place,
    width: usize,
) -> Line<'a> {
    let gutter = match place.branch {
        _ if !place.folds => "",
        Branch::Alone => "  ",
        Branch::Closed(_) => "▸ ",
        Branch::Open(_) => "▾ ",
        Branch::Older(false) => "├ ",
        Branch::Older(true) => "└ ",
    };
    let flight = session
        .flight_of(&row.id)
        .filter(|_| row.class == Class::InFlight);
    let glyph = flight.map_or(glyph(row.class), |f| {
        spinner((session.now.steady - f.since).as_millis())
    });
    let look = theme.style(tone(row.class));
    let status = status_text(row.class, row.status);
    let right = right(session, theme, row, place, width);
    let right_width: usize = right.iter().map(|span| span.width() + 1).sum();
    let method = pad_right(row.method.as_str(), if width >= 48 { 6 } else { 4 });
    let left_width = gutter.chars().count() + 2 + 4 + method.chars().count() + 1;
    let room = width.saturating_sub(left_width + right_width);
    let mut spans = vec![
        Span::styled(gutter, theme.style(Tone::Faint)),
        Span::styled(format!("{glyph} {status} "), look),
        Span::raw(format!("{method} ")),
        Span::raw(pad_right(&url_middle(&row.target, room), room)),
    ];
    for span in right {
        spans.extend([Span::raw(" "), span]);
    }
    Line::from(spans)
}

/// The columns at the right edge, as many as there is room for.
fn right<'a>(
    session: &Session,
    theme: Theme,
    row: &Summary,
    place: Place,
    width: usize,
) -> Vec<Span<'a>> {
    let left = session.left_of(row);
    // Where there is no room for a column of its own, a wait stands in the place of the mark.
    let (mark, look) = match left.filter(|_| width < ROOM_TO_TELL_TIME) {
        Some(left) => (wait_text(left, 6), Tone::Strong),
        None if session.marked.as_ref() == Some(&row.id) => (pad_right("⇄", 4), Tone::Accent),
        None => mark(row, place),
    };
    let mut right = vec![Span::styled(mark, theme.style(look))];
    if width >= ROOM_TO_TELL_TIME {
        let flight = session
            .flight_of(&row.id)
            .filter(|_| row.class == Class::InFlight);
        let waits = flight
            .map(|f| (session.now.steady - f.since).as_secs_f64() * 1000.0)
            .filter(|ms| *ms >= 1000.0);
        let took = row.total_ms.or(waits).map(human_ms).unwrap_or_default();
        right.push(match left {
            Some(left) => Span::styled(wait_text(left, 8), theme.style(Tone::Strong)),
            None => Span::raw(pad_left(&took, 8)),
        });
    }
    let faint = |text: String| Span::styled(text, theme.style(Tone::Faint));
    if width >= 48 {
        right.push(faint(pad_left(&age(session, row), 5)));
    }
    if width >= 66 {
        let first = row.codes.first().map_or("", String::as_str);
        right.insert(0, faint(pad_right(&cut(first, 22), 23)));
    }
    right
}

fn wait_text(left: Left, columns: usize) -> String {
    pad_left(&format!("◷ {}", left.short()), columns)
}

/// The mark of four columns behind the path.
fn mark(row: &Summary, place: Place) -> (String, Tone) {
    match place.branch {
        _ if place.hidden => ("≠   ".to_owned(), Tone::Refused),
        Branch::Closed(count) | Branch::Open(count) => (pad_left(&times(count), 4), Tone::Plain),
        Branch::Alone | Branch::Older(_) => {
            (pad_right(choice_word(row.key_choice), 4), Tone::Faint)
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
