//! The two lines around the panes: above, whom we speak to and the quota, always; below, the keys that matter now, or
//! something that must be told.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::document::visible::visible;
use crate::domain::profile::is_loopback;
use crate::tui::action::{Action, row_of};
use crate::tui::layout::Pane;
use crate::tui::session::{Opening, Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::gauge;
use crate::tui::widget::text::cut;

/// Draws the top line.
pub fn draw_top(session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let mut left = vec![Span::styled(" reqscope ", theme.style(Tone::Accent))];
    match (&session.opening, &session.profile) {
        (Opening::Failed(_), _) => {
            left.push(Span::styled(" cannot start ", theme.style(Tone::Broken)))
        }
        (_, None) => left.push(Span::styled(" opening … ", theme.style(Tone::Faint))),
        (_, Some(profile)) => {
            left.push(Span::styled(
                format!(" {}", profile.name),
                theme.style(Tone::Strong),
            ));
            // A server that is not this machine's is unmistakable.
            if let Some(base) = profile.base_url.as_ref().filter(|base| !is_loopback(base)) {
                let host = base.host_str().unwrap_or_default();
                left.push(Span::styled(
                    format!(" LIVE {host}"),
                    theme.style(Tone::Broken),
                ));
            }
            if let Some(account) = profile.account.as_ref().filter(|_| area.width >= 60) {
                left.push(Span::raw(format!("  {account}")));
            }
        }
    }
    let right = quota(session, theme, area.width);
    let room = usize::from(area.width).saturating_sub(right.width());
    let left = Line::from(left);
    Paragraph::new(right)
        .alignment(Alignment::Right)
        .render(area, buffer);
    left.render(
        Rect {
            width: u16::try_from(room).unwrap_or(area.width),
            ..area
        },
        buffer,
    );
}

fn quota<'a>(session: &Session, theme: Theme, width: u16) -> Line<'a> {
    let known = session.quota.as_ref().map(|(quota, _)| quota);
    let (limit, remaining) = known.map_or((None, None), |quota| (quota.limit, quota.remaining));
    let bar = if width >= 80 { 18 } else { 12 };
    let mut spans = Vec::new();
    if remaining.is_some() {
        spans.push(Span::styled("quota ", theme.style(Tone::Faint)));
    }
    let wait = session.reset_in();
    // A window that has ended says nothing of the one that began.
    let over = known.is_some_and(|quota| quota.reset_seconds.is_some()) && wait.is_none();
    spans.extend(gauge::line(limit, remaining.filter(|_| !over), bar, theme).spans);
    if let Some(seconds) = wait {
        let word = if remaining == Some(0) {
            "wait"
        } else {
            "resets in"
        };
        spans.push(Span::raw(format!("  {word} {seconds:>2} s")));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// The keys that count while text is edited.
const EDITING: [(&str, &str); 4] = [
    ("Esc", "done"),
    ("Tab", "next field"),
    ("Ctrl-S", "send"),
    ("Ctrl-C", "cancel"),
];

/// Draws the bottom line.
pub fn draw_hints(
    session: &Session,
    theme: Theme,
    focus: Pane,
    editing: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    if let Some(notice) = &session.notice {
        let cause = notice
            .cause
            .as_deref()
            .map(|cause| format!(": {cause}"))
            .unwrap_or_default();
        let hint = notice
            .hint
            .as_deref()
            .map(|hint| format!(" → {hint}"))
            .unwrap_or_default();
        let text = format!(" {}{cause}{hint}", notice.what);
        let text = cut(&visible(&text), usize::from(area.width)).into_owned();
        return Line::styled(text, theme.style(Tone::Strong)).render(area, buffer);
    }
    let list: Vec<(String, &str)> = if editing {
        EDITING.map(|(key, word)| (key.to_owned(), word)).into()
    } else {
        let rows = actions(session, focus).into_iter().filter_map(row_of);
        rows.filter_map(|row| Some((row.keys.first()?.to_string(), row.hint)))
            .collect()
    };
    let mut line = Line::default();
    for (key, word) in list {
        let spans = hint(key, word, theme);
        // A hint that would be cut says nothing.
        if line.width() + spans.iter().map(Span::width).sum::<usize>() > usize::from(area.width) {
            break;
        }
        line.extend(spans);
    }
    line.render(area, buffer);
}

fn hint<'a>(key: String, word: &'static str, theme: Theme) -> [Span<'a>; 3] {
    [
        Span::raw(" "),
        Span::styled(key, theme.style(Tone::Accent)),
        Span::raw(format!(" {word} ")),
    ]
}

fn actions(session: &Session, focus: Pane) -> Vec<Action> {
    let mut list = Vec::new();
    if !session.flights.is_empty() {
        list.push(Action::Cancel);
    }
    match &session.selection {
        Selection::Nothing => list.push(Action::Compose),
        Selection::Draft => list.extend([Action::Send, Action::Edit, Action::Compose]),
        Selection::Exchange(_) => {
            list.extend([
                Action::Compose,
                Action::Edit,
                Action::ReplaySame,
                Action::ReplayNew,
            ]);
        }
    }
    match focus {
        Pane::History => {}
        Pane::Request => list.push(Action::NextTab),
        Pane::Response => list.extend([Action::Toggle, Action::NextTab, Action::ToField]),
    }
    list.extend([Action::Help, Action::Quit]);
    list
}
