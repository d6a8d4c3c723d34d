//! Which query parameters and body fields are secrets, and where they stand in a request.
//!
//! ```text
//!   names ("password") and paths ("/card/number"), built in, added and lifted ─▶ SecretFields
//!   target ──in_target──▶ Found { query:token, 12..18 } …
//!   body   ──in_body────▶ Found { /card/number, 20..38 } …      spans of the bytes as they are spelled
//! ```
//!
//! A name matches wherever it stands, whole, without regard to case, `-`, `_` and blanks: `cardNumber` is `card_number`.
//! A path is the end of a value's path, at any depth: `/card/number` finds `/payment/card/number` too. In it `*` is any
//! one step, and a list's index may be left out: `/holders/tax_id` finds `/holders/0/tax_id`.
//!
//! `null`, `true`, `false` and empty texts are no secrets, nor is what was cut out already. Not here: secret headers
//! (`redact`), and bodies that stream (`redact_stream`), which walk by the same rule (`walk`).

pub mod body;
pub mod builtin;
pub mod place;
mod sieve;
mod torn;
pub mod walk;

use std::collections::HashMap;
use std::ops::Range;

use crate::domain::field_path::notation::{array_index, from_brackets, from_pointer};
use crate::domain::pointer::{Pointer, PointerError};
use crate::domain::secret_field::builtin::{NAMES, PATHS};
use crate::domain::secret_field::place::Place;
use crate::domain::secret_field::sieve::Sieve;
use crate::domain::secret_field::walk::Level;

/// The longest name that is compared, in bytes: no secret is called more.
pub const LONGEST_NAME: usize = 512;

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where, in a person's words.
    pub place: Place,
    /// Its bytes as they are spelled: a JSON value with its quotes, an object or list as a whole, a parameter's value
    /// as it is encoded.
    pub span: Range<usize>,
}

/// What a person writes to name secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// A name, wherever it stands.
    Name(String),
    /// The end of a path: its steps, `*` for any one.
    Path(Vec<String>),
}

impl Pattern {
    /// Reads a pattern: a name, or a path that begins with a slash (RFC 6901).
    ///
    /// # Errors
    /// When it begins with a slash and is no JSON Pointer.
    pub fn parse(text: &str) -> Result<Pattern, PointerError> {
        if !text.starts_with('/') {
            return Ok(Pattern::Name(text.to_owned()));
        }
        Pointer::parse(text)?;
        let steps = from_pointer(text).ok_or(PointerError::Slash)?;
        Ok(Pattern::Path(steps))
    }
}

/// Which query parameters and body fields are secrets. The default is what is built in.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretFields {
    names: HashMap<String, Known>,
    /// Tells of most names of a body that they are none of these.
    sieve: Sieve,
    /// Whether a path ends in an element of a list.
    elements: bool,
    /// Paths of secrets, each from its last step to its first.
    secret: Vec<Vec<Step>>,
    /// Paths of what is none, though its name says so.
    visible: Vec<Vec<Step>>,
}

/// A name that some pattern has; names that none has are all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name(u16);

impl Name {
    /// No pattern has it.
    pub const UNKNOWN: Name = Name(0);
}

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The name.
    pub name: Name,
    /// Whether it is a secret's wherever it stands.
    pub secret: bool,
}

const UNKNOWN: Known = Known {
    name: Name::UNKNOWN,
    secret: false,
};

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Any,
    Member(Name, Option<usize>),
}

impl Default for SecretFields {
    fn default() -> SecretFields {
        SecretFields::new(&[], &[])
    }
}

impl SecretFields {
    /// The built-in ones, with these added, and without those that are to stay in sight. What is added stands above
    /// what is lifted.
    pub fn new(secret: &[Pattern], visible: &[Pattern]) -> SecretFields {
        let mut fields = SecretFields {
            names: HashMap::new(),
            sieve: Sieve::default(),
            elements: false,
            secret: Vec::new(),
            visible: Vec::new(),
        };
        let built_in = NAMES.iter().map(|name| Pattern::Name((*name).to_owned()));
        let paths = PATHS.iter().filter_map(|path| Pattern::parse(path).ok());
        let built_in = built_in.chain(paths);
        for pattern in built_in.filter(|pattern| !is_lifted(pattern, visible)) {
            fields.add(&pattern);
        }
        for pattern in secret {
            fields.add(pattern);
        }
        for pattern in visible {
            if let Pattern::Path(steps) = pattern {
                let steps = fields.compiled(steps);
                fields.visible.push(steps);
            }
        }
        fields
    }

    fn add(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Name(name) => self.intern(name).secret = true,
            Pattern::Path(steps) => {
                let steps = self.compiled(steps);
                let last = steps.first();
                self.elements |= matches!(last, Some(Step::Any | Step::Member(_, Some(_))));
                self.secret.push(steps);
            }
        }
    }

    fn intern(&mut self, name: &str) -> &mut Known {
        // More patterns than a configuration can hold; the last of them would be one with another.
        let next = u16::try_from(self.names.len() + 1).unwrap_or(u16::MAX);
        let normal = normal(name);
        self.sieve.add(normal.as_bytes());
        self.names.entry(normal).or_insert(Known {
            name: Name(next),
            secret: false,
        })
    }

    fn compiled(&mut self, steps: &[String]) -> Vec<Step> {
        let step = |step: &String| match step.as_str() {
            "*" => Step::Any,
            name => Step::Member(self.intern(name).name, array_index(name)),
        };
        steps.iter().map(step).rev().collect()
    }

    /// What is known of a member's name.
    #[inline]
    pub fn known(&self, name: &str) -> Known {
        match self.plain(name) {
            // `card.number` and `user[password]` as one name: a path all the same.
            UNKNOWN if name.contains(['.', '[']) && name.len() <= LONGEST_NAME => Known {
                name: Name::UNKNOWN,
                secret: self.is_secret_path(&from_brackets(name)),
            },
            known => known,
        }
    }

    /// Whether these bytes, the name of a member, surely are in no pattern.
    #[inline]
    pub(crate) fn is_strange(&self, name: &[u8]) -> bool {
        // Steps, quotes, and what folds into a letter are for those who read closely.
        let odd = |byte: &u8| matches!(byte, b'.' | b'[' | b'\'') || !byte.is_ascii();
        if name.iter().any(odd) {
            return false;
        }
        !self.sieve.may_hold(name)
            || str::from_utf8(name).is_ok_and(|name| self.known(name) == UNKNOWN)
    }

    /// What is known of a name without steps in it.
    #[inline]
    fn plain(&self, name: &str) -> Known {
        if name.len() > LONGEST_NAME {
            return UNKNOWN;
        }
        if name.is_ascii() && !self.sieve.may_hold(name.as_bytes()) {
            return UNKNOWN;
        }
        let known = self.names.get(&normal(name));
        known.copied().unwrap_or(UNKNOWN)
    }

    /// Whether a query parameter, a form field or a JSON member of this name is a secret wherever it stands. A name with
    /// steps in it (`user[password]`) is read as a path.
    pub fn is_secret_name(&self, name: &str) -> bool {
        self.known(name).secret
    }

    /// Whether a secret may be called this, where its path cannot be told: a secret's name, or the last step of its path.
    pub(crate) fn is_secret_step(&self, name: &str) -> bool {
        let known = self.plain(name);
        let last = |path: &Vec<Step>| matches!(path.first(), Some(Step::Member(name, _)) if *name == known.name);
        known.secret || (known.name != Name::UNKNOWN && self.secret.iter().any(last))
    }

    /// Whether what stands at this path of a body is a secret, or lies in one.
    pub fn is_secret_path<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let mut levels = Vec::with_capacity(path.len());
        path.iter().any(|step| {
            let step = step.as_ref();
            let known = self.plain(step);
            levels.push(Level {
                name: known.name,
                index: array_index(step),
                key: 0,
            });
            self.is_secret_below(&levels, known.secret)
        })
    }

    /// Whether a path names elements of a list.
    pub(crate) fn has_elements(&self) -> bool {
        self.elements
    }

    /// Whether the value that these levels lead to is a secret, by its path or because its name is one's.
    #[inline]
    pub(crate) fn is_secret_below(&self, levels: &[Level], by_name: bool) -> bool {
        // Most names are in no pattern at all.
        let strange = levels
            .last()
            .is_none_or(|level| level.name == Name::UNKNOWN);
        if strange && !by_name && !self.elements {
            return false;
        }
        let ends = |paths: &[Vec<Step>]| paths.iter().any(|path| ends_in(levels, path));
        (by_name || ends(&self.secret)) && !ends(&self.visible)
    }
}

/// Whether a built-in pattern is one of those that stay in sight.
fn is_lifted(pattern: &Pattern, visible: &[Pattern]) -> bool {
    let same = |a: &[String], b: &[String]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| normal(a) == normal(b))
    };
    visible.iter().any(|lifted| match (pattern, lifted) {
        (Pattern::Name(a), Pattern::Name(b)) => normal(a) == normal(b),
        (Pattern::Path(a), Pattern::Path(b)) => same(a, b),
        _ => false,
    })
}

/// Whether a path ends in these steps (the last one first). A list's index that the steps do not name is passed over.
fn ends_in(levels: &[Level], steps: &[Step]) -> bool {
    let mut levels = levels.iter().rev();
    for (at, step) in steps.iter().enumerate() {
        loop {
            let Some(level) = levels.next() else {
                return false;
            };
            let met = match step {
                Step::Any => true,
                Step::Member(name, index) => {
                    let named = *name == level.name && level.name != Name::UNKNOWN;
                    named || (index.is_some() && *index == level.index)
                }
            };
            if met {
                break;
            }
            // The value itself must be met; only what lies above it may be an element.
            if at == 0 || level.index.is_none() {
                return false;
            }
        }
    }
    true
}

/// A name as it is compared.
fn normal(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
    kept.flat_map(char::to_lowercase).collect()
}

/// What spells a name another way, and does not make it another.
fn is_passed_over(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b' ')
}

#[cfg(test)]
mod tests {
    use super::{Pattern, SecretFields};

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        let read = texts.iter().map(|text| Pattern::parse(text).expect(text));
        read.collect()
    }

    fn fields(secret: &[&str], visible: &[&str]) -> SecretFields {
        SecretFields::new(&patterns(secret), &patterns(visible))
    }

    #[test]
    fn names_are_compared_whole_and_without_their_spelling() {
        let built_in = SecretFields::default();
        for name in [
            "password",
            "Password",
            "PASSWORD",
            "pass_word",
            "client-secret",
            "clientSecret",
            "Client Secret",
            "card_number",
            "cardNumber",
            "cvv2",
            "X-Api-Key",
            "user[password]",
            "login.password",
            "card[number]",
            "password[]",
            "id_token",
        ] {
            assert!(built_in.is_secret_name(name), "{name}");
        }
        for name in [
            "",
            "requestId",
            "request_id",
            "id",
            "next_page_token",
            "pagetoken",
            "key",
            "number",
            "tokens_used",
            "password_hint",
            "card",
            "account",
            "spin",
            "amount",
            "number[card]",
            "code",
        ] {
            assert!(!built_in.is_secret_name(name), "{name}");
        }
        assert!(!built_in.is_secret_name(&format!("password{}", "_".repeat(600))));
    }

    type Texts = &'static [&'static str];

    /// What is added, what is lifted, a path, and whether it is a secret.
    #[rustfmt::skip]
    const PATHS: &[(Texts, Texts, Texts, bool)] = &[
        (&[], &[], &["card", "number"], true),
        (&[], &[], &["payment", "Card", "NUMBER"], true),
        (&[], &[], &["cards", "number"], false),
        (&[], &[], &["card", "0", "number"], true),
        (&[], &[], &["card", "number", "x"], true),
        (&[], &[], &["number"], false),
        (&[], &[], &["a", "b", "password", "0", "c"], true),
        (&["/holder/tax_id"], &[], &["holder", "taxId"], true),
        (&["/holder/tax_id"], &[], &["holder", "x", "tax_id"], false),
        (&["/holder/*"], &[], &["holder", "x"], true),
        (&["/holder/*"], &[], &["holder", "0"], true),
        (&["/holder/*/id"], &[], &["holder", "x", "id"], true),
        (&["/holder/*/id"], &[], &["holder", "id"], false),
        (&["/codes/1"], &[], &["codes", "1"], true),
        (&["/codes/1"], &[], &["codes", "11"], false),
        (&["/codes/1"], &[], &["codes", "0"], false),
        (&["iban"], &[], &["x", "IBAN"], true),
        (&[], &["pin"], &["pin"], false),
        (&[], &["PIN"], &["pin"], false),
        (&["pin"], &["pin"], &["pin"], true),
        (&[], &["/card/number"], &["card", "number"], false),
        (&[], &["/card/number"], &["credit_card", "number"], true),
        (&[], &["/meta/token"], &["meta", "token"], false),
        (&[], &["/meta/token"], &["x", "token"], true),
        (&["/a~1b"], &[], &["a/b"], true),
    ];

    #[test]
    fn paths_match_at_their_end() {
        for (secret, visible, path, expected) in PATHS {
            let fields = fields(secret, visible);
            let got = fields.is_secret_path(path);
            assert_eq!(got, *expected, "{secret:?} {visible:?} {path:?}");
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_a_pointer() {
        assert_eq!(Pattern::parse("iban"), Ok(Pattern::Name("iban".into())));
        let steps = vec!["a/b".to_owned(), "*".to_owned()];
        assert_eq!(Pattern::parse("/a~1b/*"), Ok(Pattern::Path(steps)));
        assert!(Pattern::parse("/a~").is_err());
    }
}
