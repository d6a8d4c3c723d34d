//! The two lines around the panes: above, whom we speak to and the quota, always; below, the keys that matter now, or
//! something that must be told.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget};

use crate::document::visible::visible;
use crate::domain::exchange::Failure;
use crate::domain::profile::is_loopback;
use crate::tui::action::{Action, row_of};
use crate::tui::layout::Pane;
use crate::tui::message::{Loaded, Program};
use crate::tui::outcome_look::{new_key_look, same_key_look};
use crate::tui::session::{Lending, Opening, Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::{first_fitting, fitting};
use crate::tui::widget::text::human_bytes;
use crate::tui::widget::wrap::wrap_text;

pub mod quota;

/// Below this width the top line says in fewer words what it says.
const WORDY: u16 = 60;

/// From this width on it has room for words that could be missed.
const ROOMY: u16 = 100;

/// The columns between whom we speak to and the quota.
const APART: u16 = 1;

/// Draws the top line.
pub fn draw_top(session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let right = top_quota(session, theme, area.width);
    let room = area
        .width
        .saturating_sub(u16::try_from(right.width()).unwrap_or(area.width))
        .saturating_sub(APART);
    Paragraph::new(right)
        .alignment(Alignment::Right)
        .render(area, buffer);
    let left = fitting(whom(session, theme, area.width), usize::from(room));
    left.render(
        Rect {
            width: room,
            ..area
        },
        buffer,
    );
}

/// What the top line of this width says of the quota: as much as there is room for beside whom we speak to.
pub fn top_quota(session: &Session, theme: Theme, width: u16) -> Line<'static> {
    let whom = whom(session, theme, width);
    let taken: usize = whom.iter().flatten().map(Span::width).sum();
    let room = usize::from(width).saturating_sub(taken + usize::from(APART));
    first_fitting(quota::lines(session, theme, width < WORDY), room)
}

/// Whom we speak to, what may be missed last.
fn whom<'a>(session: &Session, theme: Theme, width: u16) -> Vec<Vec<Span<'a>>> {
    let piece = |text: String, tone: Tone| vec![Span::styled(text, theme.style(tone))];
    let mut pieces = Vec::new();
    if width >= WORDY {
        pieces.push(piece(" reqscope ".to_owned(), Tone::Accent));
    }
    let profile = match (&session.opening, &session.profile) {
        (Opening::Failed(_), _) => {
            pieces.push(piece(" cannot start ".to_owned(), Tone::Broken));
            return pieces;
        }
        (_, None) => {
            pieces.push(piece(" opening … ".to_owned(), Tone::Faint));
            return pieces;
        }
        (_, Some(profile)) => profile,
    };
    let name = piece(format!(" {}", profile.name), Tone::Strong);
    // A server that is not this machine's is unmistakable.
    match profile.base_url.as_ref().filter(|base| !is_loopback(base)) {
        Some(base) => {
            let host = base.host_str().unwrap_or_default();
            let live = piece(" LIVE".to_owned(), Tone::Broken);
            let host = piece(format!(" {host}"), Tone::Broken);
            match width >= WORDY {
                true => pieces.extend([name, live, host]),
                false => pieces.extend([live, host, name]),
            }
        }
        None => pieces.push(name),
    }
    if session.unsettled > 0 {
        let text = match width >= WORDY {
            true => format!("  ! {} unsettled", session.unsettled),
            false => format!(" !{}", session.unsettled),
        };
        pieces.push(piece(text, Tone::Doubt));
    }
    if let Some(mark) = session.resend.mark() {
        let words = if width >= ROOMY { " sent again" } else { "" };
        pieces.push(piece(format!("  {mark}{words}"), Tone::Notice));
    }
    if let Some(account) = &profile.account {
        pieces.push(piece(format!("  {account}"), Tone::Plain));
    }
    pieces
}

/// The keys that count while text is edited.
const EDITING: [(&str, &str); 4] = [
    ("Esc", "done"),
    ("Tab", "next field"),
    ("Ctrl-S", "send"),
    ("Ctrl-C", "cancel"),
];

/// The keys that count while the filter is typed.
const FILTERING: [(&str, &str); 4] = [
    ("Enter", "keep"),
    ("Tab", "complete"),
    ("Esc", "clear"),
    ("Ctrl-C", "cancel"),
];

/// The keys that count while something is written below a body.
const WRITING: [(&str, &str); 2] = [("Enter", "done"), ("Esc", "back")];

/// What the bottom line depends on beside the facts.
#[derive(Clone, Copy, Debug)]
pub struct Where {
    /// The focused pane.
    pub focus: Pane,
    /// The pane in which text is edited.
    pub editing: Option<Pane>,
    /// Whether a body is what the keys are about.
    pub in_body: bool,
    /// Whether the verdict stands in the response: else the hints tell it.
    pub verdict: bool,
}

/// How many rows a notice may take.
const NOTICE: usize = 3;

/// Draws the bottom line: a notice when there is one, which grows upwards until it is all there, else the keys.
pub fn draw_hints(session: &Session, theme: Theme, at: Where, area: Rect, buffer: &mut Buffer) {
    let progress = session.lending.as_ref().map(progress);
    match session.notice.as_ref().or(progress.as_ref()) {
        Some(notice) => draw_notice(notice, theme, area, buffer),
        None => {
            let hints = hints(session, theme, at);
            // A hint that would be cut says nothing.
            fitting(hints, usize::from(area.width)).render(area, buffer);
        }
    }
}

/// How far a copy for a program has come.
fn progress(lending: &Lending) -> Failure {
    let what = match lending.program {
        Program::Pager => "a copy for the pager",
        Program::Editor => "a copy for the editor",
    };
    let of = human_bytes(lending.of);
    let how_far = match lending.copied {
        Some(bytes) => format!("{what}: {} of {of}", human_bytes(bytes)),
        None => format!("{what}: {of} are read first"),
    };
    Failure::new(how_far).hint("Esc ends that")
}

fn draw_notice(notice: &Failure, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let part = |joint: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| format!("{joint}{text}"))
            .unwrap_or_default()
    };
    let text = format!(
        "{}{}{}",
        notice.what,
        part(": ", &notice.cause),
        part(" → ", &notice.hint)
    );
    let width = area.width.saturating_sub(2);
    let rows = wrap_text(&visible(&text), theme.style(Tone::Strong), width, NOTICE);
    let height = u16::try_from(rows.len()).unwrap_or(1).min(area.y + 1);
    let top = (area.y + 1).saturating_sub(height);
    for (row, y) in rows.into_iter().zip(top..=area.y) {
        let line = Rect { y, ..area };
        Clear.render(line, buffer);
        row.render(
            Rect {
                x: line.x + 1,
                width,
                ..line
            },
            buffer,
        );
    }
}

fn hints<'a>(session: &Session, theme: Theme, at: Where) -> Vec<Vec<Span<'a>>> {
    let hint = |key: String, word: &'static str, tone: Tone| {
        vec![
            Span::raw(" "),
            Span::styled(key, theme.style(Tone::Accent)),
            Span::raw(" "),
            Span::styled(word, theme.style(tone)),
            Span::raw(" "),
        ]
    };
    if let Some(pane) = at.editing {
        let keys: &[(&str, &str)] = match pane {
            Pane::History => &FILTERING,
            Pane::Request => &EDITING,
            Pane::Response => &WRITING,
        };
        let editing = keys
            .iter()
            .map(|(key, word)| hint((*key).to_owned(), word, Tone::Plain));
        return editing.collect();
    }
    let settled = |loaded: &&Loaded| !at.verdict && loaded.exchange.outcome.is_final();
    let advice = session.on_show().filter(settled);
    let advice = advice.and_then(|loaded| session.advice(loaded));
    let rows = actions(session, at).into_iter().filter_map(row_of);
    let hints = rows.filter_map(|row| {
        let (word, tone) = match (row.action, &advice) {
            (Action::ReplaySame, Some(advice)) => advice.same_key.map(same_key_look)?,
            (Action::ReplayNew, Some(advice)) => new_key_look(advice.new_key),
            (Action::Filter, _) if at.in_body => ("find", Tone::Plain),
            _ => (row.hint, Tone::Plain),
        };
        Some(hint(row.keys.first()?.to_string(), word, tone))
    });
    hints.collect()
}

fn actions(session: &Session, at: Where) -> Vec<Action> {
    let (focus, mut list) = (at.focus, Vec::new());
    if !session.flights.is_empty() {
        list.push(Action::Cancel);
    }
    match &session.selection {
        Selection::Nothing => list.push(Action::Compose),
        Selection::Draft => {
            list.extend([Action::Send, Action::Edit]);
            let has_base = session.draft.as_ref().is_some_and(|d| d.base.is_some());
            list.extend(has_base.then_some(Action::ToggleOperation));
            list.push(Action::Compose);
        }
        Selection::Exchange(id) => {
            if !session.is_under_way(id) {
                list.extend([Action::ReplaySame, Action::ReplayNew]);
            }
            list.extend([Action::Edit, Action::Compose]);
        }
    }
    list.push(Action::ToggleResend);
    if at.in_body {
        list.extend([Action::Filter, Action::FoldAll]);
        // Where the line is short, what is left out is found there.
        list.extend([Action::Help, Action::GoToPlace]);
    }
    match focus {
        Pane::History => list.push(Action::Filter),
        Pane::Request => list.push(Action::NextTab),
        Pane::Response if at.in_body => list.push(Action::NextTab),
        Pane::Response => list.extend([Action::Toggle, Action::NextTab, Action::ToField]),
    }
    if !at.in_body {
        list.push(Action::Help);
    } else {
        list.extend([Action::FilterBody, Action::ToggleWrap, Action::SaveBody]);
        list.push(Action::OpenPager);
    }
    let errors = session.exchange().and_then(|e| e.outcome.response());
    let errors = errors.and_then(|response| response.report.as_ref());
    if focus == Pane::Response && errors.is_some_and(|report| report.errors.len() > 1) {
        list.extend([Action::GroupErrors, Action::ExpandAll]);
    }
    if focus == Pane::History && session.selection != Selection::Nothing {
        list.extend([Action::ShowOperation, Action::FoldAll]);
    }
    list.push(Action::Quit);
    list
}
