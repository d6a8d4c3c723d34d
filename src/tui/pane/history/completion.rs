//! What may be written next into the filter: a few words below its line, one of them chosen.
//!
//! ```text
//!   / status:4xx code:am█
//!   Tab amount_not_positive  amount_too_large        Tab takes the first, ↑ ↓ choose another one
//! ```
//!
//! Values of the history come when they come: typing never waits for them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::document::visible::visible;
use crate::domain::query::complete::{Completion as Span, Wanted, complete};
use crate::domain::query::{NAMES, written};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, width};

/// How many words are shown at most.
const MOST: usize = 40;

/// The widest word.
const WIDEST: usize = 40;

/// What stands before the words.
const KEY: &str = "Tab ";

/// The words for one place of the cursor.
#[derive(Debug, Default)]
pub struct Completion {
    span: Option<Span>,
    /// Which was chosen by hand.
    chosen: Option<usize>,
}

impl Completion {
    /// Follows the cursor; asks for values where those are wanted.
    pub fn follow(&mut self, text: &str, cursor: usize, session: &mut Session) {
        let span = complete(text, cursor, &session.filters);
        session.known.want(match &span.wanted {
            Wanted::Known { of, prefix } => Some((*of, prefix.clone())),
            Wanted::Words(_) | Wanted::Nothing => None,
        });
        if self.span.as_ref() != Some(&span) {
            self.chosen = None;
        }
        self.span = Some(span);
    }

    /// The words as they are shown and taken, but for quotes.
    fn words<'a>(&'a self, session: &'a Session) -> Vec<&'a str> {
        let words: Vec<&str> = match self.span.as_ref().map(|span| &span.wanted) {
            Some(Wanted::Words(words)) => words.iter().map(String::as_str).collect(),
            Some(Wanted::Known { .. }) => session.known.values().take(MOST).collect(),
            Some(Wanted::Nothing) | None => Vec::new(),
        };
        // What is written whole needs no completing.
        match (&words[..], self.span.as_ref()) {
            ([one], Some(span)) if is_written(one, span) => Vec::new(),
            _ => words,
        }
    }

    /// Chooses the next word, or the one before. Says whether there was one.
    pub fn choose(&mut self, forward: bool, session: &Session) -> bool {
        let count = self.words(session).len();
        if count == 0 {
            return false;
        }
        self.chosen = Some(match (self.chosen, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        });
        true
    }

    /// Whether one was chosen by hand.
    pub fn has_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// The text with the chosen word in its place, the first when none was chosen, and the byte behind it.
    pub fn take(&self, text: &str, session: &Session) -> Option<(String, usize)> {
        let words = self.words(session);
        let word = words.get(self.chosen.unwrap_or(0))?;
        let span = self.span.as_ref()?;
        let (before, behind) = (text.get(..span.span.start)?, text.get(span.span.end..)?);
        let word = match span.wanted {
            Wanted::Known { .. } => written(word),
            Wanted::Words(_) | Wanted::Nothing => (*word).to_owned(),
        };
        // A name wants its value; behind all else the next term can be typed at once.
        let gap = if word.ends_with(':') || !behind.is_empty() {
            ""
        } else {
            " "
        };
        let until = format!("{before}{word}{gap}");
        let cursor = until.len();
        Some((until + behind, cursor))
    }

    /// Draws the words into these rows; says whether there were any.
    pub fn draw(&self, session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) -> bool {
        let words = self.words(session);
        if words.is_empty() || area.is_empty() {
            return false;
        }
        let (right, bottom) = (usize::from(area.width), area.bottom());
        let (mut x, mut y) = (KEY.len(), area.y);
        let put = |x: usize, y: u16, text: &str, style: Style, buffer: &mut Buffer| {
            let x = u16::try_from(x).unwrap_or(area.width).min(area.width);
            let room = usize::from(area.width - x);
            buffer.set_stringn(area.x + x, y, text, room, style);
        };
        put(0, y, KEY, theme.style(Tone::Accent), buffer);
        for (at, word) in words.iter().enumerate().skip(self.first(&words, area)) {
            let word = visible(word);
            let word = cut(&word, WIDEST.min(right));
            let wide = width(&word);
            if x > 0 && x + wide > right {
                (x, y) = (0, y + 1);
            }
            if y >= bottom {
                break;
            }
            let style = match self.chosen {
                Some(chosen) if chosen == at => theme.selection(),
                _ => Style::new(),
            };
            put(x, y, &word, style, buffer);
            x += wide + 2;
        }
        true
    }

    /// The first word on show, so that the chosen one is.
    fn first(&self, words: &[&str], area: Rect) -> usize {
        let Some(chosen) = self.chosen else {
            return 0;
        };
        let room = usize::from(area.width) * usize::from(area.height);
        // Each word may leave a row's end empty: half of the room is filled for certain.
        let mut taken = KEY.len();
        let mut first = chosen;
        while first > 0 {
            taken += width(&visible(words[first])).min(WIDEST) + 2;
            if taken > room / 2 {
                break;
            }
            first -= 1;
        }
        first
    }
}

/// Whether this is what stands there already.
fn is_written(word: &str, span: &Span) -> bool {
    match &span.wanted {
        Wanted::Known { prefix, .. } => prefix == word,
        Wanted::Words(_) => {
            !NAMES.split(' ').any(|name| name == word) && span.span.len() == word.len()
        }
        Wanted::Nothing => false,
    }
}
