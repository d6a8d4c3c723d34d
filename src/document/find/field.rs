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

/// A key or a value among the bytes at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its bytes without quotes, as far as they are at hand.
    pub content: Range<usize>,
    /// Whether it is a key.
    pub is_key: bool,
}

/// A way through the fields of one stretch.
#[derive(Clone, Debug)]
pub struct Fields {
    lexer: Lexer,
    /// The content of a string or word whose next token is not known yet.
    held: Option<Range<usize>>,
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

    /// The next field that begins before `end`, the end of the stretch.
    #[inline]
    pub fn next(&mut self, window: &Window, end: usize) -> Option<Field> {
        loop {
            let limit = match self.after {
                None => end,
                Some(_) if self.waits(window, end) => window.bytes().len(),
                Some(_) => return None,
            };
            let at = window.at(self.lexer.offset() as u64);
            let mut chunk = window.bytes().get(at..limit).unwrap_or_default();
            let Some(token) = self.lexer.read(&mut chunk) else {
                if self.after.is_none() {
                    self.after = Some(self.lexer.clone());
                    continue;
                }
                return self.rest(window);
            };
            let told = self.held.take().map(|content| Field {
                content,
                is_key: token.kind == Kind::Colon,
            });
            if is_field(token.kind) && window.at(token.start as u64) < end {
                self.held = Some(content(window, &token));
            }
            if told.is_some() {
                return told;
            }
        }
    }

    /// Whether something that began in the stretch is still not told.
    fn waits(&self, window: &Window, end: usize) -> bool {
        let pending = self.lexer.pending();
        let pends = pending.is_some_and(|start| window.at(start as u64) < end);
        self.held.is_some() || (pends && !self.is_over)
    }

    /// What is left when the bytes at hand are used up: it counts as a value.
    fn rest(&mut self, window: &Window) -> Option<Field> {
        let content = self.held.take().or_else(|| {
            self.is_over = true;
            let quote = usize::from(self.lexer.is_in_string());
            let start = self.lexer.pending()? + quote;
            Some(window.at(start as u64)..window.bytes().len())
        })?;
        Some(Field {
            content,
            is_key: false,
        })
    }
}

#[inline]
fn is_field(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null | Kind::Unexpected
    )
}

/// Where a whole token's content lies.
#[inline]
fn content(window: &Window, token: &Token) -> Range<usize> {
    let quote = usize::from(token.kind == Kind::String);
    window.at((token.start + quote) as u64)..window.at((token.end - quote) as u64)
}
