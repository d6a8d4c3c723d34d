//! What a line consists of: JSON as pretty-printed, text at its line feeds.
//!
//! A line is laid out from its first byte, token by token, with one byte's look ahead: a string before a colon is a key,
//! so no container needs to be remembered. Nothing is rewritten: numbers, escapes, the order of keys and duplicate keys
//! stand as they were sent. Runs of many bytes are passed over by the index, which met them before.

use std::io;

use memchr::{memchr, memmem};

use crate::document::charset::Charset;
use crate::document::index::Index;
use crate::document::line::Line;
use crate::document::row::Tint;
use crate::document::window::Window;
use crate::json::lexer::{Lexer, is_space};
use crate::json::token::{Kind, Token};

/// How a document's lines are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// JSON, a value or a bracket a line.
    Json,
    /// Text as it is.
    Text(Charset),
}

impl Layout {
    /// The line that begins at `at`, with `depth` containers open before it. `None`: there is no more.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn line(
        self,
        window: &mut Window<'_>,
        index: &Index,
        at: usize,
        depth: usize,
    ) -> io::Result<Option<Line>> {
        match self {
            Layout::Json => Tokens { window, index }.line(at, depth),
            Layout::Text(charset) => text(window, index, charset, at),
        }
    }
}

fn text(
    window: &mut Window<'_>,
    index: &Index,
    charset: Charset,
    at: usize,
) -> io::Result<Option<Line>> {
    if window.ahead(at)?.is_empty() {
        return Ok(None);
    }
    let feed = charset.line_feed();
    let mut end = index.long_from(at).unwrap_or(at);
    loop {
        let ahead = window.slice(end..end + TEXT_STEP)?;
        // A long run ends before its line feed, if it has one.
        if let Some(found) = find_feed(ahead, feed) {
            end += found;
            break;
        }
        if ahead.len() < TEXT_STEP {
            end += ahead.len();
            break;
        }
        // A unit of two bytes may lie across the step; lines begin at units.
        end += TEXT_STEP;
    }
    let mut shown = end;
    let before = window.slice(end.saturating_sub(feed.len()).max(at)..end)?;
    if before == charset.carriage_return() {
        shown -= feed.len();
    }
    let next = (end + window.slice(end..end + feed.len())?.len()).max(end);
    let mut line = Line::default();
    line.push(Tint::Plain, at..shown);
    line.next = next;
    Ok(Some(line))
}

/// How far text is looked through at once; a multiple of every charset's unit.
const TEXT_STEP: usize = 4096;

/// Where a line feed stands, at a multiple of its length.
pub(super) fn find_feed(bytes: &[u8], feed: &[u8]) -> Option<usize> {
    match feed {
        [byte] => memchr(*byte, bytes),
        // The two bytes differ, so no match hides another.
        unit => memmem::find_iter(bytes, unit).find(|at| at % unit.len() == 0),
    }
}

/// The tokens of a document, from any place between two of them.
struct Tokens<'w, 'a> {
    window: &'w mut Window<'a>,
    index: &'w Index,
}

impl Tokens<'_, '_> {
    fn line(&mut self, at: usize, depth: usize) -> io::Result<Option<Line>> {
        let Some(first) = self.token(at)? else {
            return Ok(None);
        };
        let closes = matches!(first.kind, Kind::ObjectEnd | Kind::ArrayEnd);
        let mut line = Line::at_depth(depth.saturating_sub(usize::from(closes)));
        line.closes = closes;
        let mut value = Some(first);
        if first.kind == Kind::String && self.peek(first.end)?.is_some_and(|(_, b)| b == b':') {
            line.push(Tint::Key, first.span());
            self.push_if(&mut line, b":")?;
            value = self.token(line.next)?;
        }
        let Some(value) = value else {
            return Ok(Some(line));
        };
        line.push(tint(value.kind), value.span());
        let opens = matches!(value.kind, Kind::ObjectStart | Kind::ArrayStart);
        if opens && !self.push_if(&mut line, b"]}")? {
            line.opens = true;
            line.next_depth = depth + 1;
            return Ok(Some(line));
        }
        self.push_if(&mut line, b",")?;
        Ok(Some(line))
    }

    fn token(&mut self, at: usize) -> io::Result<Option<Token>> {
        let mut lexer = Lexer::starting_at(skip_space(self.window, self.index, at)?);
        loop {
            let mut chunk = self.window.ahead(lexer.offset())?;
            if chunk.is_empty() {
                return Ok(lexer.finish());
            }
            if let Some(token) = lexer.read(&mut chunk) {
                return Ok(Some(token));
            }
            let begun = lexer.pending();
            let long = begun.and_then(|start| self.index.long_from(start).map(|end| (start, end)));
            if let Some((start, end)) = long {
                return Ok(Some(Token {
                    kind: if lexer.is_in_string() {
                        Kind::String
                    } else {
                        Kind::Number
                    },
                    start,
                    end,
                    escaped: true,
                    cut: false,
                }));
            }
        }
    }

    /// The next byte that is no space, and where.
    fn peek(&mut self, at: usize) -> io::Result<Option<(usize, u8)>> {
        let at = skip_space(self.window, self.index, at)?;
        Ok(self.window.ahead(at)?.first().map(|byte| (at, *byte)))
    }

    /// Adds the punctuation that comes next, if it is one of these.
    fn push_if(&mut self, line: &mut Line, wanted: &[u8]) -> io::Result<bool> {
        let next = self.peek(line.next)?;
        let found = next.filter(|(_, byte)| wanted.contains(byte));
        if let Some((at, _)) = found {
            line.push(Tint::Punctuation, at..at + 1);
        }
        Ok(found.is_some())
    }
}

/// The first byte from `at` on that is no space.
pub(super) fn skip_space(window: &mut Window<'_>, index: &Index, at: usize) -> io::Result<usize> {
    let mut at = at;
    loop {
        let ahead = window.ahead(at)?;
        match ahead.iter().position(|byte| !is_space(*byte)) {
            Some(found) => return Ok(at + found),
            None if ahead.is_empty() => return Ok(at),
            None => at = index.long_from(at).unwrap_or(at + ahead.len()),
        }
    }
}

fn tint(kind: Kind) -> Tint {
    match kind {
        Kind::String => Tint::String,
        Kind::Number => Tint::Number,
        Kind::True | Kind::False | Kind::Null => Tint::Literal,
        Kind::Unexpected => Tint::Plain,
        _ => Tint::Punctuation,
    }
}
