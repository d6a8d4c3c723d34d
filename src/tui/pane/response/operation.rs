//! The operation of the exchange on show: its attempts in order, each with its key and its sends.
//!
//! ```text
//!   requestId op_7f2c…  account acct_demo
//!   attempt 1  key 9b1e2c…d04c71  fresh
//!     ✗ 422  send 1                    38 ms   4 m
//!   attempt 2  key 77aa01…c3f0e2  new
//!   ▸ ✓ 201  send 1                    12 ms   now
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::exchange::Summary;
use crate::domain::request::KeyChoice;
use crate::tui::message::Loaded;
use crate::tui::outcome_look::{glyph, status_text, tone};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{human_ms, middle, pad_left, pad_right, relative};

/// A row of the tab.
enum Row<'a> {
    /// Which operation it is.
    Head(&'a Summary),
    /// An attempt: its first exchange.
    Attempt(&'a Summary),
    /// One send of it.
    Send(&'a Summary),
}

/// Attempts in their order, the sends of each in theirs.
fn rows_of(loaded: &Loaded) -> Vec<Row<'_>> {
    let mut ordered: Vec<&Summary> = loaded.operation.exchanges.iter().collect();
    ordered.sort_by_key(|e| (e.attempt, e.send));
    let mut rows: Vec<Row> = ordered
        .first()
        .map(|first| Row::Head(first))
        .into_iter()
        .collect();
    for (at, exchange) in ordered.iter().enumerate() {
        if at == 0 || ordered[at - 1].attempt != exchange.attempt {
            rows.push(Row::Attempt(exchange));
        }
        rows.push(Row::Send(exchange));
    }
    rows
}

/// How many attempts there are.
pub(crate) fn attempts(loaded: &Loaded) -> usize {
    rows_of(loaded)
        .iter()
        .filter(|row| matches!(row, Row::Attempt(_)))
        .count()
}

/// How many rows it has.
pub(crate) fn rows(loaded: &Loaded) -> usize {
    rows_of(loaded).len()
}

/// Draws it from row `top` on.
pub(crate) fn draw(
    loaded: &Loaded,
    session: &Session,
    top: usize,
    area: Rect,
    theme: Theme,
    buffer: &mut Buffer,
) {
    for (row, y) in rows_of(loaded)
        .into_iter()
        .skip(top)
        .zip(area.y..area.bottom())
    {
        let line = match row {
            Row::Head(first) => head_line(first, theme),
            Row::Attempt(first) => attempt_line(first, theme),
            Row::Send(send) => send_line(send, loaded, session, usize::from(area.width), theme),
        };
        line.render(
            Rect {
                y,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}

fn head_line<'a>(first: &Summary, theme: Theme) -> Line<'a> {
    let account = first.account.as_deref().unwrap_or("none");
    Line::from(vec![
        Span::styled("requestId ", theme.style(Tone::Faint)),
        Span::raw(visible(first.operation.as_str()).into_owned()),
        Span::styled("  account ", theme.style(Tone::Faint)),
        Span::raw(visible(account).into_owned()),
    ])
}

fn attempt_line<'a>(first: &Summary, theme: Theme) -> Line<'a> {
    let word = match first.key_choice {
        KeyChoice::Fresh => "fresh",
        KeyChoice::Same => "same",
        KeyChoice::New => "new",
        KeyChoice::Given => "given",
        KeyChoice::None => "",
    };
    let key = match &first.idempotency_key {
        Some(key) => format!("  key {}  {word}", middle(&visible(key), 24)),
        None => "  no key".to_owned(),
    };
    let name = Span::styled(
        format!("attempt {}", first.attempt),
        theme.style(Tone::Strong),
    );
    Line::from(vec![name, Span::raw(key)])
}

fn send_line<'a>(
    send: &Summary,
    loaded: &Loaded,
    session: &Session,
    columns: usize,
    theme: Theme,
) -> Line<'a> {
    let here = if send.id == loaded.exchange.id {
        "▸ "
    } else {
        "  "
    };
    let status = format!(
        "{} {}",
        glyph(send.class),
        status_text(send.class, send.status)
    );
    let saved = if send.replayed { "  saved answer" } else { "" };
    let code = send
        .codes
        .first()
        .map(|code| format!("  {}", visible(code)))
        .unwrap_or_default();
    let text = format!("  send {}{saved}{code}", send.send);
    let took = send.total_ms.map(human_ms).unwrap_or_default();
    let when = relative(session.now.wall.as_second(), send.started_at.as_second());
    let right = format!("{}{}", pad_left(&took, 9), pad_left(&when, 6));
    let room = columns.saturating_sub(2 + status.chars().count() + right.chars().count());
    Line::from(vec![
        Span::styled(here, theme.style(Tone::Accent)),
        Span::styled(status, theme.style(tone(send.class))),
        Span::raw(pad_right(&middle(&text, room), room)),
        Span::styled(right, theme.style(Tone::Faint)),
    ])
}
