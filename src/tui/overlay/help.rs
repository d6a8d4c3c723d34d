//! The keys, from the one table.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Row, TABLE};
use crate::tui::keymap::resolve;
use crate::tui::overlay::Answer;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::popup::Popup;
use crate::tui::widget::text::pad_right;

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
        let lines: Vec<Line> = TABLE
            .iter()
            .skip(self.top)
            .map(|row| line(row, theme))
            .collect();
        Popup {
            title: "Keys",
            hint: "? or Esc closes",
        }
        .show(lines, Vec::new(), theme, screen, buffer);
    }
}

fn line(row: &Row, theme: Theme) -> Line<'static> {
    let keys: Vec<_> = row.keys.iter().map(ToString::to_string).collect();
    Line::from(vec![
        Span::styled(pad_right(&keys.join(" "), 14), theme.style(Tone::Accent)),
        Span::raw(row.help),
    ])
}
