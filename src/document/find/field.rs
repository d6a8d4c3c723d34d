//! The keys and values of JSON that lie in a stretch, whole, with what of them lies before and behind it.
//!
//! ```text
//!                 stretch ├────────────────────────────┤ behind it
//!   … , "na ┊ me" : "Ada" , "age" : 36 , "cou ┊ ntry" : …
//!        └──────┘    └─┘     └─┘    └┘    └────────┘
//!          key      value    key  value      key
//! ```
//!
//! A string or a word is a key when a colon follows it, as in any JSON, and a value otherwise. So no nesting has to be
//! remembered, and a stretch is read anew with no more than the scanner as it was at its start.
//!
//! What it is not: exact about a key of more than 64 KiB, blanks behind it included. Its beginning counts as a value.

use std::ops::Range;

use crate::document::find::window::Window;
use crate::json::lexer::Lexer;
use crate::json::token::{Kind, Token};

/// Which fields are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Keys, or else values.
    pub keys: bool,
    /// Those only that end behind this place in the body.
    pub behind: usize,
}

/// A way through the fields of one stretch.
#[derive(Clone, Debug)]
pub struct Fields {
    lexer: Lexer,
    /// A string or word whose next token is not known yet.
    held: Option<Token>,
    /// The scanner at the end of the stretch, once it was reached.
    after: Option<Lexer>,
    is_over: bool,
}

impl Fields {
    /// The fields from where this scanner stands.
    pub fn new(lexer: Lexer) -> Fields {
        Fields {
            lexer,
            held: None,
            after: None,
            is_over: false,
        }
    }

    /// The scanner at the end of the stretch. It is known when all fields were read.
    pub fn after(self) -> Lexer {
        self.after.unwrap_or(self.lexer)
    }

    /// The content, as far as it is at hand, of the next field that begins before `end`, the end of the stretch.
    pub fn next(&mut self, window: &Window, end: usize, asked: Asked) -> Option<Range<usize>> {
        if self.after.is_none() {
            let mut chunk = rest(window, &self.lexer, end);
            while let Some(token) = self.lexer.read(&mut chunk) {
                if let Some(told) = self.take(token, asked) {
                    return Some(content(window, &told));
                }
            }
            self.after = Some(self.lexer.clone());
        }
        self.next_behind(window, end, asked)
    }

    /// The same behind the stretch, where only what has begun in it is read to its end.
    fn next_behind(&mut self, window: &Window, end: usize, asked: Asked) -> Option<Range<usize>> {
        while self.waits(window, end) {
            let mut chunk = rest(window, &self.lexer, window.bytes().len());
            let Some(token) = self.lexer.read(&mut chunk) else {
                return self.unfinished(window).filter(|_| !asked.keys);
            };
            let told = self.take(token, asked);
            self.held = self.held.filter(|held| window.at(held.start as u64) < end);
            if let Some(told) = told {
                return Some(content(window, &told));
            }
        }
        None
    }

    /// Takes a token, and tells the one before it when that is a field that is asked for.
    #[inline]
    fn take(&mut self, token: Token, asked: Asked) -> Option<Token> {
        let before = self.held.take();
        if is_field(token.kind) {
            self.held = Some(token);
        }
        let is_key = token.kind == Kind::Colon;
        before.filter(|before| is_key == asked.keys && before.end > asked.behind)
    }

    /// Whether something that began in the stretch is still not told.
    fn waits(&self, window: &Window, end: usize) -> bool {
        let pending = self.lexer.pending();
        let pends = pending.is_some_and(|start| window.at(start as u64) < end);
        self.held.is_some() || (pends && !self.is_over)
    }

    /// What has not ended, or has nothing behind it, when the bytes at hand are used up.
    fn unfinished(&mut self, window: &Window) -> Option<Range<usize>> {
        if let Some(held) = self.held.take() {
            return Some(content(window, &held));
        }
        self.is_over = true;
        let quote = usize::from(self.lexer.is_in_string());
        let start = self.lexer.pending()? + quote;
        Some(window.at(start as u64)..window.bytes().len())
    }
}

/// What the scanner has not read before `limit`.
fn rest<'a>(window: &'a Window, lexer: &Lexer, limit: usize) -> &'a [u8] {
    let at = window.at(lexer.offset() as u64);
    window.bytes().get(at..limit).unwrap_or_default()
}

#[inline]
fn is_field(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null | Kind::Unexpected
    )
}

/// Where a whole token's content lies.
fn content(window: &Window, token: &Token) -> Range<usize> {
    let quote = usize::from(token.kind == Kind::String);
    window.at((token.start + quote) as u64)..window.at((token.end - quote) as u64)
}
