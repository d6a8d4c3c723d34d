//! Secret fields of JSON that streams: one document, several behind each other, or what is none.
//!
//! ```text
//!   … "number" : "4242 …   passed as it comes; the token that is not ended is
//!      name      secret       a name:   passed, and remembered as far as a name may reach
//!                             a secret: dropped, but for its first bytes
//!                             a number: held, while it may be one that the request carried
//! ```

use std::borrow::Cow;
use std::ops::Range;

use crate::domain::echo::{Echoes, LEAST};
use crate::domain::redact::REDACTED;
use crate::domain::secret_field::walk::{Part, Walk};
use crate::domain::secret_field::{LONGEST_NAME, SecretFields};
use crate::json::items::items;
use crate::json::lexer::Lexer;
use crate::json::token::{Kind, Token};

/// Deeper levels know names and no paths.
const DEEPEST: usize = 1024;

/// The longest name with each of its characters an escape, and its quotes.
const NAME: usize = LONGEST_NAME * 6 + 2;

/// Any value that is no secret is shorter: `"[redacted]"`, `false`, `""`.
const NO_SECRET: usize = 13;

/// The longest number that is compared with what the request carried.
const NUMBER: usize = 64;

/// What the cut goes by.
#[derive(Clone, Copy)]
pub struct Rule<'a> {
    /// Which fields are secrets.
    pub fields: &'a SecretFields,
    /// What the request carried: its numbers are cut here, where a mark can be put into quotes.
    pub echoes: &'a Echoes,
}

/// A piece of the body, and where it begins.
#[derive(Clone, Copy)]
struct Piece<'p> {
    bytes: &'p [u8],
    at: usize,
}

impl<'p> Piece<'p> {
    /// What of it lies there.
    fn slice(&self, span: Range<usize>) -> &'p [u8] {
        let local = span.start.saturating_sub(self.at)..span.end.saturating_sub(self.at);
        self.bytes.get(local).unwrap_or_default()
    }

    fn end(&self) -> usize {
        self.at + self.bytes.len()
    }
}

/// Cuts secret fields out of JSON.
pub struct JsonCut {
    lexer: Lexer,
    walk: Walk,
    /// Every byte before this one was passed or dropped.
    told: usize,
    /// What is kept of the token that began in an earlier piece.
    begun: Vec<u8>,
    count: u32,
}

impl Default for JsonCut {
    /// At the start of a body.
    fn default() -> JsonCut {
        JsonCut {
            lexer: Lexer::new(),
            walk: Walk::new(DEEPEST),
            told: 0,
            begun: Vec::new(),
            count: 0,
        }
    }
}

impl JsonCut {
    /// Takes the next piece.
    pub fn push(&mut self, rule: Rule<'_>, bytes: &[u8], out: &mut Vec<u8>) {
        let at = self.lexer.offset();
        let piece = Piece { bytes, at };
        let mut rest = bytes;
        while let Some(token) = self.lexer.read(&mut rest) {
            self.token(rule, &token, piece, out);
            if matches!(
                token.kind,
                Kind::Comma | Kind::ObjectStart | Kind::ArrayStart
            ) {
                self.pass_items(rule, &mut rest);
            }
        }
        self.pending(piece, out);
    }

    /// Passes over items that are no secret, at the speed of memory: they are told with what comes next.
    fn pass_items(&mut self, rule: Rule<'_>, rest: &mut &[u8]) {
        let Some(object) = self.walk.items_due(rule.fields) else {
            return;
        };
        let passed = items(rest, object, |key, value| {
            let named = !object || inside(key).is_some_and(|name| rule.fields.is_strange(name));
            named && !is_carried(value, rule.echoes)
        });
        if let Some(passed) = passed {
            self.lexer.pass(rest, passed.bytes);
            self.walk.pass(passed);
        }
    }

    /// The body has ended, or broken off.
    pub fn finish(&mut self, rule: Rule<'_>, out: &mut Vec<u8>) {
        let at = self.lexer.offset();
        let piece = Piece { bytes: &[], at };
        if let Some(token) = self.lexer.finish() {
            self.token(rule, &token, piece, out);
        }
        self.pass_to(at, piece, out);
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// A token has ended in this piece.
    fn token(&mut self, rule: Rule<'_>, token: &Token, piece: Piece<'_>, out: &mut Vec<u8>) {
        let raw = self.raw(token, piece);
        if self.walk.is_trailing() {
            // Blanks behind such a word may be within the secret.
            self.told = self.told.max(token.start);
        }
        let text = || alone(token, &raw).text(&raw);
        match self.walk.take(rule.fields, token.kind, 0, text) {
            Part::Plain if token.kind == Kind::Number && is_carried(&raw, rule.echoes) => {
                self.cut(token, piece, out);
            }
            Part::Plain | Part::Name => {}
            Part::Value if is_no_secret(token, &raw) => {
                self.pass_to(token.start, piece, out);
                out.extend_from_slice(&raw);
                self.told = token.end;
            }
            Part::Value | Part::Open => self.cut(token, piece, out),
            Part::Inside | Part::Close | Part::Trailing => self.told = token.end,
        }
        if token.start < piece.at {
            self.pass_to(piece.at, piece, out);
            self.begun.clear();
        }
    }

    /// The piece is used up, and perhaps a token is not ended.
    fn pending(&mut self, piece: Piece<'_>, out: &mut Vec<u8>) {
        let end = piece.end();
        let start = self.lexer.pending().unwrap_or(end);
        let came = piece.slice(start.max(piece.at)..end);
        let first = self.begun.first().or(came.first()).copied();
        if self.walk.is_trailing() {
            self.told = self.told.max(start);
        }
        let goes_on = self.walk.is_trailing() && !self.lexer.is_in_string();
        if self.walk.is_inside() || goes_on {
            self.told = end;
        } else if start == end {
            self.pass_to(end, piece, out);
        } else if self.walk.is_secret_due() {
            self.pass_to(start, piece, out);
            self.keep(came, NO_SECRET);
            self.told = end;
        } else if self.walk.is_name_due() {
            self.keep(came, NAME + 1);
            self.pass_to(end, piece, out);
        } else if first.is_some_and(|first| first == b'-' || first.is_ascii_digit())
            && end - start <= NUMBER
            && self.told <= start
        {
            self.pass_to(start, piece, out);
            self.keep(came, NUMBER);
        } else {
            self.pass_to(end, piece, out);
            self.begun.clear();
        }
    }

    fn keep(&mut self, came: &[u8], most: usize) {
        let room = most.saturating_sub(self.begun.len()).min(came.len());
        self.begun.extend_from_slice(&came[..room]);
    }

    /// A token's bytes; none when they were not all kept.
    fn raw<'p>(&self, token: &Token, piece: Piece<'p>) -> Cow<'p, [u8]> {
        if token.start >= piece.at {
            return Cow::Borrowed(piece.slice(token.span()));
        }
        let before = piece.at - token.start;
        if self.begun.len() < before {
            return Cow::Borrowed(&[]);
        }
        let after = piece.slice(piece.at..token.end);
        Cow::Owned([&self.begun, after].concat())
    }

    fn cut(&mut self, token: &Token, piece: Piece<'_>, out: &mut Vec<u8>) {
        self.pass_to(token.start, piece, out);
        self.count = self.count.saturating_add(1);
        out.extend_from_slice(format!("\"{REDACTED}\"").as_bytes());
        self.told = token.end;
    }

    /// Passes what was not told before this byte. What lies before the piece was held.
    fn pass_to(&mut self, to: usize, piece: Piece<'_>, out: &mut Vec<u8>) {
        if self.told < piece.at.min(to) {
            out.extend_from_slice(&self.begun);
            self.told = piece.at;
        }
        if self.told < to {
            out.extend_from_slice(piece.slice(self.told..to));
            self.told = to;
        }
    }
}

/// The same token, seen from its own bytes.
fn alone(token: &Token, raw: &[u8]) -> Token {
    Token {
        start: 0,
        end: raw.len(),
        ..*token
    }
}

/// A number that the request carried; what is no number begins with no digit.
#[inline]
fn is_carried(raw: &[u8], echoes: &Echoes) -> bool {
    let number = raw
        .first()
        .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
    number && raw.len() >= LEAST && echoes.is_value(raw)
}

/// What stands between the quotes of a name that is spelled plainly.
#[inline]
fn inside(key: &[u8]) -> Option<&[u8]> {
    key.get(1..key.len().checked_sub(1)?)
        .filter(|name| !name.contains(&b'\\'))
}

/// What stands under a secret's name and is none.
fn is_no_secret(token: &Token, raw: &[u8]) -> bool {
    match token.kind {
        Kind::Null | Kind::True | Kind::False => true,
        Kind::String => raw == b"\"\"" || raw == b"\"" || is_cut(raw),
        _ => false,
    }
}

fn is_cut(raw: &[u8]) -> bool {
    let content = raw
        .strip_prefix(b"\"")
        .and_then(|raw| raw.strip_suffix(b"\""));
    content == Some(REDACTED.as_bytes())
}
