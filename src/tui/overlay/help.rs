//! The keys, from the one table.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Row, TABLE};
use crate::tui::keymap::resolve;
use crate::tui::overlay::Answer;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::popup::Popup;
use crate::tui::widget::text::pad_right;
use crate::tui::widget::wrap::wrap_text;

/// The help: how far it is scrolled.
#[derive(Debug, Default)]
pub struct Help {
    top: usize,
}

impl Help {
    /// Scrolls, or closes.
    pub fn update(&mut self, key: &KeyEvent) -> Answer {
        match resolve(key, false) {
            Some(Action::Help | Action::Back | Action::Quit) => return Answer::Close,
            Some(Action::Down) => self.top += 1,
            Some(Action::Up) => self.top = self.top.saturating_sub(1),
            Some(Action::PageDown) => self.top += 10,
            Some(Action::PageUp) => self.top = self.top.saturating_sub(10),
            Some(Action::Top) => self.top = 0,
            _ => {}
        }
        self.top = self.top.min(TABLE.len().saturating_sub(1));
        Answer::Stay
    }

    /// Draws it.
    pub fn draw(&self, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        let popup = Popup {
            title: "Keys",
            hint: "j k scroll, ? or Esc closes",
        };
        let room = popup.room(screen);
        let rows = TABLE.iter().skip(self.top);
        let lines: Vec<Line> = rows.flat_map(|row| lines(row, room, theme)).collect();
        popup.show(lines, Vec::new(), theme, screen, buffer);
    }
}

/// The columns of the keys.
const KEYS: usize = 14;

/// What a row says stands beside its keys, all of it.
fn lines(row: &Row, room: usize, theme: Theme) -> Vec<Line<'static>> {
    let keys: Vec<_> = row.keys.iter().map(ToString::to_string).collect();
    if room < 2 * KEYS {
        let keys = Line::styled(keys.join(" "), theme.style(Tone::Accent));
        return vec![keys, Line::raw(row.help)];
    }
    let keys = Span::styled(pad_right(&keys.join(" "), KEYS), theme.style(Tone::Accent));
    let beside = u16::try_from(room - KEYS).unwrap_or(u16::MAX);
    let texts = wrap_text(row.help, Style::new(), beside, 8).into_iter();
    let line = |(at, text): (usize, Line<'static>)| {
        let left = if at == 0 {
            keys.clone()
        } else {
            Span::raw(" ".repeat(KEYS))
        };
        Line::from_iter([left].into_iter().chain(text.spans))
    };
    texts.enumerate().map(line).collect()
}
