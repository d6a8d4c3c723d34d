//! The verdict beside the keys it judges: what `r` and `R` would do, and the rule in words.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::idempotency::Advice;
use crate::tui::message::Loaded;
use crate::tui::outcome_look::{new_key_look, same_key_look};
use crate::tui::resend::whole_seconds;
use crate::tui::session::{Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::first_fitting;
use crate::tui::widget::wrap::wrap_text;

/// Below this height the answer itself needs all the room; the hint line names the verdict then.
const ROOM: u16 = 7;

/// How many rows the verdict takes, its rule line included.
pub(crate) fn height(session: &Session, loaded: &Loaded, inner: Rect) -> u16 {
    if inner.height < ROOM || !loaded.exchange.outcome.is_final() {
        return 0;
    }
    let most = most_rows(inner.height);
    let lines = match (waits(session, loaded), session.advice(loaded)) {
        (Some(text), _) => wrap_text(&text, Style::new(), inner.width, usize::from(most)),
        (None, Some(advice)) => sentence(&advice, session, loaded, inner.width, most),
        (None, None) => return 0,
    };
    1 + u16::try_from(lines.len()).unwrap_or(most)
}

/// Why there is no verdict yet: what came back here is sent again by itself.
fn waits(session: &Session, loaded: &Loaded) -> Option<String> {
    let exchange = &loaded.exchange;
    let keyed = exchange.request.idempotency_key.is_some();
    let wait = session.wait_of(&exchange.id)?;
    Some(wait.sentence(keyed, session.now.wall))
}

/// How many rows its sentence may take: half of the pane, since it is what the next key is about.
fn most_rows(height: u16) -> u16 {
    (height / 2).saturating_sub(1)
}

fn sentence(
    advice: &Advice,
    session: &Session,
    loaded: &Loaded,
    columns: u16,
    rows: u16,
) -> Vec<Line<'static>> {
    let mut text = advice.text.clone();
    if let Some(wait) = advice.wait {
        text.push_str(&format!(" Wait {} s first.", whole_seconds(wait)));
    }
    if session.lacks_credential(loaded) {
        text.push_str(" This profile has no API key: set REQSCOPE_API_KEY.");
    }
    wrap_text(&text, Style::new(), columns, usize::from(rows))
}

/// The verdicts as they stand beside their keys: those of a replay, or of what sending the draft would do. Where there
/// is little room the words give way, never the verdict.
fn keys<'a>(advice: &Advice, session: &Session, theme: Theme, columns: u16) -> Line<'a> {
    let same = match advice.same_key {
        Some(same) => same_key_look(same),
        None => ("no key was sent", Tone::Faint),
    };
    let new = new_key_look(advice.new_key);
    let one = |key: &'static str, what: &str, (look, tone): (&'static str, Tone)| {
        [
            Span::styled(format!(" {key} "), theme.style(Tone::Accent)),
            Span::raw(what.to_owned()),
            Span::styled(format!("{look} "), theme.style(tone)),
        ]
    };
    let draft = session.draft.as_ref();
    let draft = draft.filter(|_| session.selection == Selection::Draft);
    let edited = draft.map(|draft| draft.edited);
    let word = |long: &'static str, short: &'static str| [long, short, ""];
    let turned_away = draft.is_some_and(|draft| draft.turned_away.is_some());
    let lines = (0..3).map(|at| match edited {
        Some(true) if turned_away => {
            Line::from_iter(one("s", word("a new operation: ", "new: ")[at], new))
        }
        Some(true) => Line::from_iter(one("s", word("as edited, new key: ", "new key: ")[at], new)),
        Some(false) => Line::from_iter(one(
            "s",
            word("unchanged, same key: ", "same key: ")[at],
            same,
        )),
        None => {
            let both = one("r", word("same key: ", "same: ")[at], same);
            Line::from_iter(
                both.into_iter()
                    .chain(one("R", word("new key: ", "new: ")[at], new)),
            )
        }
    });
    first_fitting(lines, usize::from(columns))
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
    let rows = below.height - 1;
    let (head, lines) = match waits(session, loaded) {
        Some(text) => (
            Line::styled(" ◷ goes by itself ", theme.style(Tone::Notice)),
            wrap_text(&text, Style::new(), below.width, usize::from(rows)),
        ),
        None => (
            keys(&advice, session, theme, below.width),
            sentence(&advice, session, loaded, below.width, rows),
        ),
    };
    head.style(Style::reset())
        .render(Rect { height: 1, ..below }, buffer);
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
