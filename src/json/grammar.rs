//! What part a token plays in its document, and whether one was due there (RFC 8259 2..5).
//!
//! It never gives up: a token that was not due is told as such, takes the part that it most likely plays, and the
//! reading goes on. Less than a bit per level is all it keeps, so nesting costs almost nothing and nothing recurses.

use std::fmt;

use crate::json::nesting::{Container, Nesting};
use crate::json::token::Kind;

/// The part that a token plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An object's key.
    Key,
    /// A value that is neither object nor array, or what stands in the place of one.
    Value,
    /// Begins an object or an array.
    Open,
    /// Ends the innermost object or array.
    Close,
    /// A colon or comma in its place.
    Separator,
    /// Plays no part.
    Stray,
}

/// What is due next. Its `Display` is the sentence for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Due {
    /// A value.
    #[default]
    Value,
    /// A value, or the end of the array just begun.
    ValueOrEnd,
    /// A key.
    Key,
    /// A key, or the end of the object just begun.
    KeyOrEnd,
    /// The colon after a key.
    Colon,
    /// A comma, or the end of the object.
    CommaOrObjectEnd,
    /// A comma, or the end of the array.
    CommaOrArrayEnd,
    /// Nothing: the document is over.
    Nothing,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Due::Value => "expected a value",
            Due::ValueOrEnd => "expected a value or ']'",
            Due::Key => "expected a key in double quotes",
            Due::KeyOrEnd => "expected a key in double quotes or '}'",
            Due::Colon => "expected ':'",
            Due::CommaOrObjectEnd => "expected ',' or '}'",
            Due::CommaOrArrayEnd => "expected ',' or ']'",
            Due::Nothing => "expected nothing after the end of the document",
        })
    }
}

impl Due {
    #[inline]
    fn allows(self, kind: Kind) -> bool {
        let value = !matches!(
            kind,
            Kind::ObjectEnd | Kind::ArrayEnd | Kind::Colon | Kind::Comma | Kind::Unexpected
        );
        match self {
            Due::Value => value,
            Due::ValueOrEnd => value || kind == Kind::ArrayEnd,
            Due::Key => kind == Kind::String,
            Due::KeyOrEnd => matches!(kind, Kind::String | Kind::ObjectEnd),
            Due::Colon => kind == Kind::Colon,
            Due::CommaOrObjectEnd => matches!(kind, Kind::Comma | Kind::ObjectEnd),
            Due::CommaOrArrayEnd => matches!(kind, Kind::Comma | Kind::ArrayEnd),
            Due::Nothing => false,
        }
    }
}

/// A token's part, and what was due instead when it was not due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part it plays.
    pub role: Role,
    /// What was due in its place; `None` when it was due itself.
    pub broken: Option<Due>,
}

/// The state between two tokens.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    nesting: Nesting,
    due: Due,
}

impl Grammar {
    /// The state before a document.
    pub fn new() -> Grammar {
        Grammar::default()
    }

    /// How many objects and arrays are open.
    pub fn depth(&self) -> usize {
        self.nesting.depth()
    }

    /// Whether the innermost open container is an object.
    pub fn in_object(&self) -> bool {
        self.nesting.top() == Some(Container::Object)
    }

    /// What is due next.
    pub fn due(&self) -> Due {
        self.due
    }

    /// Takes the next token.
    #[inline]
    pub fn take(&mut self, kind: Kind) -> Step {
        let broken = (!self.due.allows(kind)).then_some(self.due);
        let role = match kind {
            Kind::ObjectStart => self.open(Container::Object),
            Kind::ArrayStart => self.open(Container::Array),
            Kind::ObjectEnd | Kind::ArrayEnd => self.close(),
            Kind::Colon => self.colon(),
            Kind::Comma => self.comma(),
            Kind::String => self.string(),
            Kind::Number | Kind::True | Kind::False | Kind::Null | Kind::Unexpected => self.word(),
        };
        Step { role, broken }
    }

    /// Items of the innermost container were passed over, behind which this is due.
    pub fn pass(&mut self, due: Due) {
        self.due = due;
    }

    #[inline]
    fn after_value(&self) -> Due {
        match self.nesting.top() {
            Some(Container::Object) => Due::CommaOrObjectEnd,
            Some(Container::Array) => Due::CommaOrArrayEnd,
            None => Due::Nothing,
        }
    }

    fn open(&mut self, container: Container) -> Role {
        self.nesting.push(container);
        self.due = match container {
            Container::Object => Due::KeyOrEnd,
            Container::Array => Due::ValueOrEnd,
        };
        Role::Open
    }

    /// A bracket of the wrong kind ends the innermost container all the same: it was most likely meant to.
    fn close(&mut self) -> Role {
        if !self.nesting.pop() {
            return Role::Stray;
        }
        self.due = self.after_value();
        Role::Close
    }

    fn colon(&mut self) -> Role {
        if self.due != Due::Colon {
            return Role::Stray;
        }
        self.due = Due::Value;
        Role::Separator
    }

    fn comma(&mut self) -> Role {
        self.due = match self.nesting.top() {
            Some(Container::Object) => Due::Key,
            Some(Container::Array) => Due::Value,
            None => return Role::Stray,
        };
        Role::Separator
    }

    /// After a value of an object a string is the next key: a comma was forgotten.
    #[inline]
    fn string(&mut self) -> Role {
        if let Due::Key | Due::KeyOrEnd | Due::CommaOrObjectEnd = self.due {
            self.due = Due::Colon;
            return Role::Key;
        }
        self.due = self.after_value();
        Role::Value
    }

    #[inline]
    fn word(&mut self) -> Role {
        match self.due {
            Due::Key | Due::KeyOrEnd => {
                self.due = Due::Colon;
                Role::Stray
            }
            Due::Value | Due::ValueOrEnd => {
                self.due = self.after_value();
                Role::Value
            }
            Due::Colon | Due::CommaOrObjectEnd | Due::CommaOrArrayEnd | Due::Nothing => Role::Stray,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::json::grammar::{Due, Grammar, Role};
    use crate::json::lexer::Tokens;
    use crate::json::token::Kind;

    fn roles(text: &str) -> (String, Option<Due>) {
        let mut grammar = Grammar::new();
        let mut broken = None;
        let roles = Tokens::new(text.as_bytes())
            .map(|token| {
                let step = grammar.take(token.kind);
                broken = broken.or(step.broken);
                match step.role {
                    Role::Key => 'k',
                    Role::Value => 'v',
                    Role::Open => '(',
                    Role::Close => ')',
                    Role::Separator => '-',
                    Role::Stray => '?',
                }
            })
            .collect();
        (roles, broken)
    }

    #[test]
    fn parts_good_and_bad() {
        for (text, expected, broken) in [
            (r#"{"a":1,"b":["c",{}]}"#, "(k-v-k-(v-()))", None),
            (r#"{"a":1 "b":2}"#, "(k-vk-v)", Some(Due::CommaOrObjectEnd)),
            (r#"{"a":1,}"#, "(k-v-)", Some(Due::Key)),
            ("{a:1}", "(?-v)", Some(Due::KeyOrEnd)),
            (r#"{"a":NaN,"b":1}"#, "(k-v-k-v)", Some(Due::Value)),
            (r#"{"a" 1}"#, "(k?)", Some(Due::Colon)),
            ("[1 2,3]", "(v?-v)", Some(Due::CommaOrArrayEnd)),
            ("[1}", "(v)", Some(Due::CommaOrArrayEnd)),
            ("1 2", "v?", Some(Due::Nothing)),
            ("{}{}", "()()", Some(Due::Nothing)),
            ("]1", "?v", Some(Due::Value)),
        ] {
            assert_eq!(roles(text), (expected.to_owned(), broken), "{text}");
        }
    }

    #[test]
    fn nesting_is_remembered_over_many_levels() {
        let mut grammar = Grammar::new();
        let kind = |level: usize| {
            if level.is_multiple_of(3) {
                (Kind::ObjectStart, true)
            } else {
                (Kind::ArrayStart, false)
            }
        };
        for level in 0..1000 {
            grammar.take(kind(level).0);
        }
        for level in (0..1000).rev() {
            assert_eq!(grammar.in_object(), kind(level).1, "{level}");
            assert_eq!(grammar.depth(), level + 1);
            grammar.take(Kind::ArrayEnd);
        }
        assert_eq!(grammar.depth(), 0);
    }
}
