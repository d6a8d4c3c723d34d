//! The line in which somebody notes something of an exchange.
//!
//! ```text
//!   ╭ Note on POST /v1/payments ────────────────────────────╮
//!   │ asked Ana: the customer paid twice█                   │
//!   ╰─────────────── Enter keeps it, empty takes it away ───╯
//! ```

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::domain::exchange::Summary;
use crate::domain::id::ExchangeId;
use crate::tui::overlay::{Answer, Wish};
use crate::tui::theme::Theme;
use crate::tui::widget::field::Field;
use crate::tui::widget::popup::Popup;
use crate::tui::widget::text::{cut, head};

/// The widest line, in columns.
const WIDEST: u16 = 76;

/// The note that is being written, and on what.
#[derive(Debug)]
pub struct NoteLine {
    id: ExchangeId,
    title: String,
    field: Field,
}

impl NoteLine {
    /// A note on this exchange; it begins with what was noted of it.
    pub fn on(row: &Summary) -> NoteLine {
        let what = format!("{} {}", row.method, row.target);
        NoteLine {
            id: row.id.clone(),
            title: format!("Note on {}", cut(&what, 60)),
            field: Field::new(row.note.as_deref().unwrap_or_default()),
        }
    }

    /// Enter keeps the note, Esc leaves what was noted before.
    pub fn update(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => {
                let shown = self.field.text().chars().filter(|c| !c.is_control());
                // What is too long is refused by the history, and said: nothing is cut.
                let note: String = shown.collect();
                let note = note.trim().to_owned();
                let note = Some(note).filter(|note| !note.is_empty());
                return Answer::Wish(Wish::Note(self.id.clone(), note));
            }
            _ => drop(self.field.input(*key)),
        }
        self.field.follow(width(screen));
        Answer::Stay
    }

    /// Pasted text: it is text and nothing else.
    pub fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    /// Draws it; says where the text cursor belongs.
    pub fn draw(&self, theme: Theme, screen: Rect, buffer: &mut Buffer) -> Option<Position> {
        let title = head(&self.title, usize::from(width(screen)));
        let popup = Popup {
            title,
            hint: "Enter keeps it, empty takes it away, Esc",
        };
        let inner = popup.draw(screen, (width(screen), 1), buffer, theme);
        let line = Rect {
            height: inner.height.min(1),
            ..inner
        };
        self.field
            .draw(line, buffer, theme, true, "what is to be remembered of it");
        self.field.cursor_point(line)
    }
}

fn width(screen: Rect) -> u16 {
    screen.width.saturating_sub(8).min(WIDEST)
}
