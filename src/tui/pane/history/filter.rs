//! The filter's line: what is typed into it, and what it makes of the list while it is typed.
//!
//! ```text
//!   / status:4xx method:█          the text, its mistake underlined
//!   the value is missing           what is wrong with it
//!   Tab GET  POST                  what may be written next
//! ```
//!
//! Each change that can be read filters at once; with a mistake in it the last text that could be read goes on
//! filtering. The rows below the text are there as long as the line is, so that the list does not jump at every key.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::widgets::Widget;

use crate::domain::query::{Mistake, NAMES, Query};
use crate::tui::pane::history::completion::Completion;
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::field::Field;
use crate::tui::widget::model::byte_of_column;
use crate::tui::widget::wrap::wrap_text;

/// Rows for the words below the text, where there is room.
const WORDS: u16 = 4;

/// What stands before the text.
const MARK: &str = "/ ";

/// The filter's line while it is open.
#[derive(Debug)]
pub struct FilterLine {
    field: Field,
    mistake: Option<Mistake>,
    completion: Completion,
}

impl FilterLine {
    /// Opens it on what filters now.
    pub fn open(session: &mut Session) -> FilterLine {
        let text = session.list.query.to_string();
        // So that the next term can be typed at once.
        let gap = if text.is_empty() { "" } else { " " };
        let mut line = FilterLine {
            field: Field::new(&format!("{text}{gap}")),
            mistake: None,
            completion: Completion::default(),
        };
        line.complete(session);
        line
    }

    /// Types, or completes. Says whether the line is done with: Enter, unless there is a mistake to mend.
    pub fn input(&mut self, key: &KeyEvent, session: &mut Session, area: Rect) -> bool {
        match key.code {
            KeyCode::Enter => {
                if self.completion.has_chosen() {
                    self.take(session);
                }
                self.follow(area);
                return self.mistake.is_none();
            }
            KeyCode::Tab => self.take(session),
            KeyCode::Down if self.completion.choose(true, session) => {}
            KeyCode::Up if self.completion.choose(false, session) => {}
            _ => {
                if self.field.input(*key) {
                    self.apply(session);
                }
                self.complete(session);
            }
        }
        self.follow(area);
        false
    }

    /// Takes the word that was chosen, or the first.
    fn take(&mut self, session: &mut Session) {
        if let Some((text, cursor)) = self.completion.take(self.field.text(), session) {
            self.field.replace_all(&text);
            self.field.set_cursor(cursor);
            self.apply(session);
            self.complete(session);
        }
    }

    fn complete(&mut self, session: &mut Session) {
        let text = self.field.text();
        let cursor = byte_of_column(text, self.field.cursor());
        self.completion.follow(text, cursor, session);
    }

    /// Pastes; a line end becomes a space.
    pub fn paste(&mut self, text: &str, session: &mut Session, area: Rect) {
        if self.field.paste(text) {
            self.apply(session);
        }
        self.complete(session);
        self.follow(area);
    }

    /// Drops a selection; whether there was one.
    pub fn deselect(&mut self) -> bool {
        self.field.deselect()
    }

    /// Keeps the cursor in view.
    pub fn follow(&mut self, area: Rect) {
        let (text, _) = parts(area);
        self.field.follow(text.width);
    }

    fn apply(&mut self, session: &mut Session) {
        self.mistake = match Query::read(self.field.text(), &session.filters) {
            Ok(query) => {
                session.filter(query);
                None
            }
            Err(mistake) => {
                self.forget_name(session);
                Some(mistake)
            }
        };
    }

    /// A name was read as a text until its colon came: that text filters no longer.
    fn forget_name(&self, session: &mut Session) {
        let names = NAMES
            .split(' ')
            .filter(|name| self.field.text().contains(name));
        let mut words = names.filter_map(|name| name.strip_suffix(':'));
        let without = words.find_map(|word| session.list.query.without_last_word(word));
        if let Some(query) = without {
            session.filter(query);
        }
    }

    /// Draws it; says where the cursor is.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let (text, mut words) = parts(area);
        let accent = theme.style(Tone::Accent);
        buffer.set_stringn(area.x, area.y, MARK, usize::from(area.width), accent);
        let example = "status:4xx payments";
        self.field.draw(text, buffer, theme, focused, example);
        if let Some(mistake) = &self.mistake {
            let look = theme.style(Tone::Refused);
            let under = look.add_modifier(Modifier::UNDERLINED);
            buffer.set_style(self.place_of(mistake, text), under);
            let said = format!("{}: {}", mistake.what, mistake.hint);
            let said = wrap_text(&said, look, words.width, words.height.into());
            for line in said {
                line.render(Rect { height: 1, ..words }, buffer);
                words.y += 1;
                words.height -= 1;
            }
        }
        self.completion.draw(session, theme, words, buffer);
        self.field.cursor_point(text).filter(|_| focused)
    }

    /// The cells of a mistake.
    fn place_of(&self, mistake: &Mistake, area: Rect) -> Rect {
        let text = self.field.text();
        let from = mistake.column.saturating_sub(1);
        let byte = |column| byte_of_column(text, column);
        self.field
            .cells_of(byte(from)..byte(from + mistake.width), area)
    }
}

/// How many of a pane's rows it takes while it is open.
pub fn height(inner: Rect) -> u16 {
    let words = WORDS.min(inner.height.saturating_sub(1) / 4);
    (1 + words).min(inner.height)
}

/// Where the text stands, and the words below it.
fn parts(area: Rect) -> (Rect, Rect) {
    let mark = (MARK.len() as u16).min(area.width);
    let text = Rect {
        x: area.x + mark,
        width: area.width - mark,
        height: area.height.min(1),
        ..area
    };
    let words = Rect {
        y: area.y + text.height,
        height: area.height - text.height,
        ..area
    };
    (text, words)
}
