//! The verdict beside the keys it judges: what `r` and `R` would do, and the rule in words.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::exchange::Outcome;
use crate::domain::idempotency::Advice;
use crate::tui::message::Loaded;
use crate::tui::outcome_look::{new_key_look, same_key_look};
use crate::tui::session::{Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::wrap_text;

/// Below this height the answer itself needs all the room; the hint line still names the verdict.
const ROOM: u16 = 7;

/// How many rows the verdict takes, its rule line included.
pub(crate) fn height(session: &Session, loaded: &Loaded, inner: Rect) -> u16 {
    if inner.height < ROOM || matches!(loaded.exchange.outcome, Outcome::InFlight) {
        return 0;
    }
    let Some(advice) = session.advice(loaded) else {
        return 0;
    };
    let most = (inner.height / 3).saturating_sub(1);
    let lines = sentence(&advice, session, inner.width, most).len();
    1 + u16::try_from(lines).unwrap_or(most)
}

fn sentence(advice: &Advice, session: &Session, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let mut text = advice.text.clone();
    if let Some(wait) = advice.wait {
        text.push_str(&format!(" Wait {} s first.", wait.as_secs_f64().ceil()));
    }
    if !session.has_credential {
        text.push_str(" This profile has no API key: set REQSCOPE_API_KEY.");
    }
    wrap_text(&text, Style::new(), columns, usize::from(rows))
}

/// The verdicts as they stand beside their keys: those of a replay, or of what sending the draft would do.
fn keys<'a>(advice: &Advice, session: &Session, theme: Theme, columns: u16) -> Line<'a> {
    let (same_key, a_new_key) = if columns < 60 {
        ("same", "new")
    } else {
        ("same key", "new key")
    };
    let (same, same_tone) = match advice.same_key {
        Some(same) => same_key_look(same),
        None => ("no key was sent", Tone::Faint),
    };
    let (new, new_tone) = new_key_look(advice.new_key);
    let one = |key: &'static str, what: &'static str, look: &'static str, tone: Tone| {
        [
            Span::styled(format!(" {key}"), theme.style(Tone::Accent)),
            Span::raw(format!(" {what}: ")),
            Span::styled(format!("{look} "), theme.style(tone)),
        ]
    };
    let draft = session
        .draft
        .as_ref()
        .filter(|_| session.selection == Selection::Draft);
    let mut line = Line::default();
    match draft.map(|draft| draft.edited) {
        Some(true) => line.extend(one("s", "as edited, new key", new, new_tone)),
        Some(false) => line.extend(one("s", "unchanged, same key", same, same_tone)),
        None => {
            line.extend(one("r", same_key, same, same_tone));
            line.extend(one("R", a_new_key, new, new_tone));
        }
    }
    line
}

/// Draws it into `below`, its rule across the whole pane.
pub(crate) fn draw(
    session: &Session,
    loaded: &Loaded,
    theme: Theme,
    focused: bool,
    pane: Rect,
    below: Rect,
    buffer: &mut Buffer,
) {
    let Some(advice) = session.advice(loaded) else {
        return;
    };
    if below.height.cmp(&1) == Ordering::Less {
        return;
    }
    let rule = format!(
        "├{}┤",
        "─".repeat(usize::from(pane.width.saturating_sub(2)))
    );
    buffer.set_string(pane.x, below.y, rule, theme.border(focused));
    keys(&advice, session, theme, below.width)
        .style(Style::reset())
        .render(Rect { height: 1, ..below }, buffer);
    let lines = sentence(&advice, session, below.width, below.height - 1);
    for (line, y) in lines.into_iter().zip(below.y + 1..below.bottom()) {
        line.render(
            Rect {
                y,
                height: 1,
                ..below
            },
            buffer,
        );
    }
}
