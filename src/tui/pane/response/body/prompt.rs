//! The line below a body into which somebody writes what to look for, where to go, or where to save.
//!
//! ```text
//!   /amount█                       12 of 1204  Tab: anywhere  Ctrl-R: as text
//! ```

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::document::find::needle::{Scope, Syntax};
use crate::document::visible::visible;
use crate::tui::message::FilterFailure;
use crate::tui::pane::response::body::filtering::Mistake;
use crate::tui::pane::response::body::finding::Finding;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::field::Field;
use crate::tui::widget::text::{cut, width};
use crate::tui::widget::wrap::wrap_text;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What to look for.
    Find,
    /// A JSON Pointer or a line's number.
    Place,
    /// A file's path.
    Path,
    /// A jq filter.
    Filter,
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

    /// With the cursor at a byte of the text.
    pub(super) fn at(ask: Ask, text: &str, byte: usize) -> Prompt {
        let mut field = Field::new(text);
        field.set_cursor(byte);
        Prompt { ask, field }
    }

    /// Writes another text in the place of all.
    pub(super) fn replace(&mut self, text: &str) {
        self.field.replace_all(text);
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
        (finding, mistake): (&Finding, Option<&Mistake>),
        theme: Theme,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let mistake = self.mistake(mistake);
        let (mark, example) = match self.ask {
            Ask::Find => ("/ ", "what to look for"),
            Ask::Place => ("@ ", "/items/0/name, or a line's number"),
            Ask::Path => ("save to ", "body.json"),
            Ask::Filter => (JQ, ".items[] | .name"),
        };
        let accent = theme.style(Tone::Accent);
        buffer.set_stringn(area.x, area.y, mark, usize::from(area.width), accent);
        let faint = theme.style(Tone::Faint);
        let (told, look) = match self.ask {
            Ask::Find if finding.mistake.is_some() => (finding.told(), theme.style(Tone::Refused)),
            Ask::Find => (find_told(finding), faint),
            Ask::Filter if mistake.is_some() => {
                let told = mistake.filter(|_| area.height == 1);
                let told = told.map(|mistake| mistake.failure.what.clone());
                (told.unwrap_or_default(), theme.style(Tone::Refused))
            }
            Ask::Place | Ask::Path | Ask::Filter => ("Enter, or Esc".to_owned(), faint),
        };
        let most = usize::from(area.width) * 3 / 5;
        let told = cut(&visible(&told), most).into_owned();
        // At most the width, which is a u16.
        let taken = u16::try_from(width(&told)).unwrap_or(area.width);
        buffer.set_string(area.right().saturating_sub(taken), area.y, told, look);
        let text = beside(mark, taken, area);
        let mut field = self.field.clone();
        field.follow(text.width);
        field.draw(text, buffer, theme, true, example);
        if let Some(mistake) = mistake {
            let below = Rect {
                y: area.y + text.height,
                height: area.height - text.height,
                ..area
            };
            Said::of(mistake, &field, text).draw(theme, below, buffer);
        }
        field.cursor_point(text)
    }

    /// What is wrong with what is written, as long as it is written so.
    fn mistake<'a>(&self, mistake: Option<&'a Mistake>) -> Option<&'a Mistake> {
        mistake.filter(|mistake| self.ask == Ask::Filter && mistake.filter == self.text())
    }

    /// How many lines that takes below it.
    pub(super) fn said(&self, mistake: Option<&Mistake>, columns: u16) -> u16 {
        let Some(mistake) = self.mistake(mistake) else {
            return 0;
        };
        let area = Rect::new(0, 0, columns, 1);
        let said = Said::of(mistake, &self.field, beside(JQ, 0, area));
        said.height(columns)
    }
}

/// What stands before a filter.
const JQ: &str = "jq ";

/// What is said of a mistake, below the filter that has it.
struct Said<'a> {
    what: &'a str,
    /// The cells that are wrong.
    wrong: Option<Rect>,
    /// Whether the words have room beside the carets.
    beside: bool,
}

impl<'a> Said<'a> {
    fn of(mistake: &'a Mistake, field: &Field, text: Rect) -> Said<'a> {
        let FilterFailure { what, place } = &mistake.failure;
        let mut field = field.clone();
        field.follow(text.width);
        let wrong = place.clone().map(|place| field.cells_of(place, text));
        let room = wrong.map_or(0, |wrong| {
            usize::from(text.right() - wrong.right().min(text.right()))
        });
        Said {
            what,
            wrong,
            beside: width(&visible(what)) < room,
        }
    }

    fn words(&self, look: Style, columns: u16) -> Vec<Line<'static>> {
        wrap_text(&visible(self.what), look, columns, 3)
    }

    fn height(&self, columns: u16) -> u16 {
        let carets = u16::from(self.wrong.is_some());
        let words = self.words(Style::new(), columns).len();
        let words = if self.beside { 0 } else { words };
        // Three at most.
        carets + u16::try_from(words).unwrap_or(3)
    }

    /// Carets below the place, and what is wrong there beside or below them.
    fn draw(&self, theme: Theme, area: Rect, buffer: &mut Buffer) {
        let look = theme.style(Tone::Refused);
        let mut rows = area.rows();
        if let Some((wrong, row)) = self.wrong.and_then(|wrong| Some((wrong, rows.next()?))) {
            buffer.set_style(wrong, look);
            let carets = "^".repeat(usize::from(wrong.width));
            let said = if self.beside { self.what } else { "" };
            let said = format!("{carets} {}", visible(said));
            let room = usize::from(row.right().saturating_sub(wrong.x));
            buffer.set_stringn(wrong.x, row.y, said, room, look);
        }
        if !self.beside {
            for (line, row) in self.words(look, area.width).into_iter().zip(rows) {
                line.render(row, buffer);
            }
        }
    }
}

/// The cells of the text, behind its mark and before what is told of it.
fn beside(mark: &str, told: u16, area: Rect) -> Rect {
    // A mark is a few letters.
    let begins = u16::try_from(mark.len()).unwrap_or(0).min(area.width);
    Rect {
        x: area.x + begins,
        width: area.width.saturating_sub(begins + told + 1),
        height: area.height.min(1),
        ..area
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
