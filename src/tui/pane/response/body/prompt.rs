//! The line below a body into which somebody writes what to look for, where to go, or where to save.
//!
//! ```text
//!   /amount█                       12 of 1204  Tab: anywhere  Ctrl-R: as text
//! ```

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::document::find::needle::{Scope, Syntax};
use crate::document::visible::visible;
use crate::tui::pane::response::body::finding::Finding;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::field::Field;
use crate::tui::widget::text::{cut, width};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What to look for.
    Find,
    /// A JSON Pointer or a line's number.
    Place,
    /// A file's path.
    Path,
}

/// What a key made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Nothing that matters yet.
    Nothing,
    /// Another text, or it is read otherwise.
    Changed,
    /// It is done.
    Done,
}

/// The line.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    pub(super) ask: Ask,
    field: Field,
}

impl Prompt {
    pub(super) fn new(ask: Ask, text: &str) -> Prompt {
        let mut field = Field::new(text);
        field.select_all();
        Prompt { ask, field }
    }

    pub(super) fn text(&self) -> &str {
        self.field.text()
    }

    pub(super) fn input(&mut self, key: &KeyEvent, finding: &mut Finding) -> Typed {
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Enter => Typed::Done,
            KeyCode::Tab if self.ask == Ask::Find => {
                finding.scope = match finding.scope {
                    Scope::Anywhere => Scope::Keys,
                    Scope::Keys => Scope::Values,
                    Scope::Values => Scope::Anywhere,
                };
                Typed::Changed
            }
            KeyCode::Char('r') if control && self.ask == Ask::Find => {
                finding.syntax = match finding.syntax {
                    Syntax::Literal => Syntax::Regex,
                    Syntax::Regex => Syntax::Literal,
                };
                Typed::Changed
            }
            _ if self.field.input(*key) => Typed::Changed,
            _ => Typed::Nothing,
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Typed {
        match self.field.paste(text) {
            true => Typed::Changed,
            false => Typed::Nothing,
        }
    }

    /// Draws it; says where the text cursor is.
    pub(super) fn draw(
        &self,
        finding: &Finding,
        theme: Theme,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let (mark, example) = match self.ask {
            Ask::Find => ("/ ", "what to look for"),
            Ask::Place => ("@ ", "/items/0/name, or a line's number"),
            Ask::Path => ("save to ", "body.json"),
        };
        let accent = theme.style(Tone::Accent);
        buffer.set_stringn(area.x, area.y, mark, usize::from(area.width), accent);
        let faint = theme.style(Tone::Faint);
        let (told, look) = match self.ask {
            Ask::Find if finding.mistake.is_some() => (finding.told(), theme.style(Tone::Refused)),
            Ask::Find => (find_told(finding), faint),
            Ask::Place | Ask::Path => ("Enter, or Esc".to_owned(), faint),
        };
        let most = usize::from(area.width) * 3 / 5;
        let told = cut(&visible(&told), most).into_owned();
        // At most the width, which is a u16.
        let taken = u16::try_from(width(&told)).unwrap_or(area.width);
        buffer.set_string(area.right().saturating_sub(taken), area.y, told, look);
        let begins = u16::try_from(mark.len()).unwrap_or(0).min(area.width);
        let text = Rect {
            x: area.x + begins,
            width: area.width.saturating_sub(begins + taken + 1),
            ..area
        };
        let mut field = self.field.clone();
        field.follow(text.width);
        field.draw(text, buffer, theme, true, example);
        field.cursor_point(text)
    }
}

fn find_told(finding: &Finding) -> String {
    let scope = match finding.scope {
        Scope::Anywhere => "anywhere",
        Scope::Keys => "in keys",
        Scope::Values => "in values",
    };
    let regex = match finding.syntax {
        Syntax::Literal => "as text",
        Syntax::Regex => "regex",
    };
    let told = finding.told();
    let gap = if told.is_empty() { "" } else { "  " };
    format!("{told}{gap}Tab: {scope}  Ctrl-R: {regex}")
}
