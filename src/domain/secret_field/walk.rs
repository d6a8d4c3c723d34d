//! A walk over the tokens of JSON that knows which of them belong to a secret: the rule for a body in memory and for one
//! that streams.
//!
//! ```text
//!   {  "card" : { "number" : "4242…"  , "month" : 4 } , "pin" : [ 1 , 2 ] }
//!   plain …                  Value     plain …                  Open, Inside …, Close
//! ```
//!
//! It reads whatever comes: several documents behind each other, keys without quotes, values without a colon. Where a
//! text is no JSON any more it errs on the side of the secret.

use std::borrow::Cow;

use crate::domain::secret_field::{Name, SecretFields};
use crate::json::grammar::{Due, Grammar, Role};
use crate::json::items::Passed;
use crate::json::token::Kind;

/// What a token is to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// No part of one.
    Plain,
    /// A member's name, and no part of one.
    Name,
    /// A string, number or word that is one.
    Value,
    /// Begins an object or list that is one.
    Open,
    /// Lies inside of it.
    Inside,
    /// Ends it.
    Close,
    /// A word behind a value that was a word itself: `hunter 2` without its quotes.
    Trailing,
}

/// One object or list that is open.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// In an object: the member's name, as far as patterns know it.
    pub name: Name,
    /// In a list: the element.
    pub index: Option<usize>,
    /// In an object: which token was the name, by what the caller calls it.
    pub key: usize,
}

/// The state between two tokens.
#[derive(Debug)]
pub struct Walk {
    grammar: Grammar,
    /// The open containers, the outermost first; not more than `deepest`.
    levels: Vec<Level>,
    deepest: usize,
    /// The next value is a secret.
    armed: bool,
    /// The depth outside of the secret container that is open.
    inside: Option<usize>,
    /// The last value was a secret that ends who knows where.
    trailing: bool,
}

impl Walk {
    /// A walk that knows the paths of this many levels, and names only below.
    pub fn new(deepest: usize) -> Walk {
        Walk {
            grammar: Grammar::new(),
            levels: Vec::new(),
            deepest,
            armed: false,
            inside: None,
            trailing: false,
        }
    }

    /// The open containers.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Whether the next value is a secret, or lies in one: its first byte is as much of it as its last.
    #[inline]
    pub fn is_secret_due(&self) -> bool {
        self.armed || self.inside.is_some()
    }

    /// Whether an object or list that is a secret is open.
    pub fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// Whether the last value was a secret that ends who knows where.
    pub fn is_trailing(&self) -> bool {
        self.trailing
    }

    /// Whether a string or word that comes next is a member's name.
    #[inline]
    pub fn is_name_due(&self) -> bool {
        let due = self.grammar.due();
        !self.is_secret_due() && matches!(due, Due::Key | Due::KeyOrEnd | Due::CommaOrObjectEnd)
    }

    /// Whether an item of a list or object comes next, and no secret is about: those whose names are in no pattern may be
    /// passed over ([`Walk::pass`]). Tells whether they are an object's.
    #[inline]
    pub fn items_due(&self, fields: &SecretFields) -> Option<bool> {
        if self.is_secret_due() || self.trailing || fields.has_elements() {
            return None;
        }
        match self.grammar.due() {
            Due::Key | Due::KeyOrEnd => Some(true),
            Due::Value | Due::ValueOrEnd => {
                (self.grammar.depth() > 0 && !self.grammar.in_object()).then_some(false)
            }
            _ => None,
        }
    }

    /// Such items were passed over.
    pub fn pass(&mut self, passed: Passed) {
        self.grammar.pass(passed.due);
        if self.grammar.depth() == self.levels.len()
            && let Some(level) = self.levels.last_mut()
        {
            (level.name, level.key) = (Name::UNKNOWN, 0);
            level.index = level.index.map(|index| index + passed.commas);
        }
    }

    /// Takes a token. `text` is asked for a name's text only; `key` is what the caller finds that name by again.
    #[inline]
    pub fn take<'t>(
        &mut self,
        fields: &SecretFields,
        kind: Kind,
        key: usize,
        text: impl FnOnce() -> Cow<'t, str>,
    ) -> Part {
        if let Some(outside) = self.inside {
            self.grammar.take(kind);
            if self.grammar.depth() > outside {
                return Part::Inside;
            }
            self.inside = None;
            return Part::Close;
        }
        let named = self.is_name_due() && is_word(kind);
        let armed =
            std::mem::take(&mut self.armed) || (!named && self.is_secret_element(fields, kind));
        let trailing = std::mem::take(&mut self.trailing);
        let role = self.grammar.take(kind).role;
        match role {
            Role::Open if armed => {
                self.inside = Some(self.grammar.depth() - 1);
                Part::Open
            }
            Role::Open => {
                self.open(kind);
                Part::Plain
            }
            Role::Close => {
                self.close();
                Part::Plain
            }
            Role::Separator | Role::Stray if !is_word(kind) => {
                self.armed = armed && kind == Kind::Colon;
                self.separate(kind);
                Part::Plain
            }
            Role::Stray if trailing => {
                self.trailing = true;
                Part::Trailing
            }
            _ if armed => {
                self.trailing = kind == Kind::Unexpected;
                Part::Value
            }
            _ if named => {
                self.name(fields, key, &text());
                Part::Name
            }
            _ => Part::Plain,
        }
    }

    fn open(&mut self, kind: Kind) {
        if self.grammar.depth() <= self.deepest {
            self.levels.push(Level {
                name: Name::UNKNOWN,
                index: (kind == Kind::ArrayStart).then_some(0),
                key: 0,
            });
        }
    }

    fn close(&mut self) {
        if self.grammar.depth() < self.levels.len() {
            self.levels.pop();
        }
    }

    #[inline]
    fn separate(&mut self, kind: Kind) {
        let at = self.grammar.depth();
        if kind == Kind::Comma
            && at == self.levels.len()
            && let Some(Level {
                index: Some(index), ..
            }) = self.levels.last_mut()
        {
            *index += 1;
        }
    }

    /// A name may stand in quotes that are none of JSON's.
    #[inline]
    fn name(&mut self, fields: &SecretFields, key: usize, text: &str) {
        let known = fields.known(text.trim_matches('\''));
        let on_path = self.grammar.depth() == self.levels.len();
        self.armed = match self.levels.last_mut().filter(|_| on_path) {
            Some(level) => {
                (level.name, level.key) = (known.name, key);
                fields.is_secret_below(&self.levels, known.secret)
            }
            None => known.secret,
        };
    }

    /// An element of a list that a pattern names by its index or by `*`.
    #[inline]
    fn is_secret_element(&self, fields: &SecretFields, kind: Kind) -> bool {
        let begins = !matches!(
            kind,
            Kind::Comma | Kind::Colon | Kind::ArrayEnd | Kind::ObjectEnd
        );
        let due = matches!(self.grammar.due(), Due::Value | Due::ValueOrEnd);
        fields.has_elements()
            && begins
            && due
            && !self.grammar.in_object()
            && self.grammar.depth() == self.levels.len()
            && fields.is_secret_below(&self.levels, false)
    }
}

fn is_word(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null | Kind::Unexpected
    )
}
