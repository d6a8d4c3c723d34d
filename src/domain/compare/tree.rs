//! A JSON body as a tree whose equal parts have equal numbers, whatever they are called and wherever they stand.
//!
//! ```text
//!   {"b":1.0,"a":[2]}  ┐
//!                      ├─▶ both class 7: order of members, blanks, escapes and the spelling of numbers do not count
//!   {"a": [2], "b": 1} ┘
//! ```
//!
//! Classes are given by the one [`Classes`] both trees share, by looking each value up among all that were met: two
//! values are equal exactly when their classes are, with no hash to collide. Built from the scanner's tokens without
//! recursion; bounded in values, and positions only: the text stays where it is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::json::escape::unescape;
use crate::json::grammar::{Grammar, Role};
use crate::json::lexer::Tokens;
use crate::json::token::{Kind, Token};

/// How many values a body may have to be compared by structure.
pub const MOST_VALUES: usize = 1 << 19;

/// What a value is, told apart from every other value of another class.
#[derive(PartialEq, Eq, Hash)]
enum Scalar<'a> {
    String(Cow<'a, [u8]>),
    /// A string whose text cannot tell it: a lone surrogate. Its bytes do.
    Odd(&'a [u8]),
    Number(Vec<u8>),
    Word(Word),
}

/// The words of JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Word {
    True,
    False,
    Null,
}

/// The numbers of all values that were met, in both bodies.
#[derive(Default)]
pub struct Classes<'a> {
    scalars: HashMap<Scalar<'a>, u32>,
    composites: HashMap<Box<[u32]>, u32>,
    next: u32,
}

impl<'a> Classes<'a> {
    fn scalar(&mut self, scalar: Scalar<'a>) -> u32 {
        let next = &mut self.next;
        *self.scalars.entry(scalar).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    fn composite(&mut self, parts: Vec<u32>) -> u32 {
        let next = &mut self.next;
        let parts = parts.into_boxed_slice();
        *self.composites.entry(parts).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    /// The class of a string.
    pub fn string(&mut self, content: &'a [u8]) -> u32 {
        if memchr::memchr(b'\\', content).is_none() {
            return self.scalar(Scalar::String(Cow::Borrowed(content)));
        }
        let text = unescape(content);
        match text.contains('\u{fffd}') {
            true => self.scalar(Scalar::Odd(content)),
            false => {
                let bytes = text.into_owned().into_bytes();
                self.scalar(Scalar::String(Cow::Owned(bytes)))
            }
        }
    }

    fn of_token(&mut self, token: &Token, text: &'a [u8]) -> u32 {
        match token.kind {
            Kind::String => self.string(token.content(text)),
            Kind::True => self.scalar(Scalar::Word(Word::True)),
            Kind::False => self.scalar(Scalar::Word(Word::False)),
            Kind::Null => self.scalar(Scalar::Word(Word::Null)),
            _ => self.scalar(Scalar::Number(canonical_number(token.raw(text)))),
        }
    }
}

/// A value of the tree.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    class: u32,
    start: u32,
    end: u32,
    kids: (u32, u32),
}

/// A child of a container.
#[derive(Clone, Copy, Debug)]
pub struct Kid {
    /// The class of its name, in an object.
    pub name: u32,
    key: (u32, u32),
    /// The value.
    pub value: u32,
}

/// A container that is being read.
struct Open {
    kind: Kind,
    start: usize,
    key: (u32, u32),
    name: u32,
    /// Where its children begin among those that wait.
    first: usize,
}

/// A body as values.
pub struct Tree<'a> {
    text: &'a [u8],
    nodes: Vec<Node>,
    kids: Vec<Kid>,
    /// Names that stand more than once in one object.
    pub duplicates: Vec<String>,
}

impl<'a> Tree<'a> {
    /// Reads a body that is JSON. `None`: it has too many values, or no place in 4 GiB.
    pub fn read(text: &'a [u8], classes: &mut Classes<'a>) -> Option<Tree<'a>> {
        u32::try_from(text.len()).ok()?;
        let mut tree = Tree {
            text,
            nodes: Vec::new(),
            kids: Vec::new(),
            duplicates: Vec::new(),
        };
        let mut reader = Reader {
            open: Vec::new(),
            waiting: Vec::new(),
            key: (0, 0),
            name: 0,
        };
        let mut grammar = Grammar::new();
        for token in Tokens::new(text) {
            reader.take(grammar.take(token.kind).role, token, &mut tree, classes);
            if tree.nodes.len() > MOST_VALUES {
                return None;
            }
        }
        Some(tree)
    }

    /// The whole document: the last value that was ended.
    pub fn root(&self) -> u32 {
        index(self.nodes.len().saturating_sub(1))
    }

    fn node(&self, value: u32) -> Node {
        self.nodes[value as usize]
    }

    /// The number it has in common with all equal values.
    pub fn class(&self, value: u32) -> u32 {
        self.node(value).class
    }

    /// What kind of value it is.
    pub fn kind(&self, value: u32) -> Kind {
        self.node(value).kind
    }

    /// Its children, of duplicate names the last.
    pub fn kids(&self, value: u32) -> &[Kid] {
        let (from, to) = self.node(value).kids;
        &self.kids[from as usize..to as usize]
    }

    /// A child's name.
    pub fn name(&self, kid: &Kid) -> Cow<'a, str> {
        unescape(self.text.get(range(kid.key)).unwrap_or_default())
    }

    /// The child of an object with a name of this class.
    pub fn member(&self, value: u32, name: u32) -> Option<u32> {
        if self.kind(value) != Kind::ObjectStart {
            return None;
        }
        let found = self.kids(value).iter().find(|kid| kid.name == name);
        found.map(|kid| kid.value)
    }

    /// Its text on one line: no blank between tokens, everything else as it was sent.
    pub fn compact(&self, value: u32) -> String {
        let node = self.node(value);
        let raw = &self.text[range((node.start, node.end))];
        if !matches!(node.kind, Kind::ObjectStart | Kind::ArrayStart) {
            return String::from_utf8_lossy(raw).into_owned();
        }
        let mut compact = Vec::with_capacity(raw.len());
        for token in Tokens::new(raw) {
            compact.extend_from_slice(token.raw(raw));
        }
        String::from_utf8_lossy(&compact).into_owned()
    }

    fn add(&mut self, kind: Kind, class: u32, span: Range<usize>, kids: (u32, u32)) -> u32 {
        self.nodes.push(Node {
            kind,
            class,
            start: index(span.start),
            end: index(span.end),
            kids,
        });
        index(self.nodes.len() - 1)
    }
}

struct Reader {
    open: Vec<Open>,
    waiting: Vec<Kid>,
    key: (u32, u32),
    name: u32,
}

impl Reader {
    fn take<'a>(
        &mut self,
        role: Role,
        token: Token,
        tree: &mut Tree<'a>,
        classes: &mut Classes<'a>,
    ) {
        match role {
            Role::Key => {
                let content = token.content(tree.text);
                self.key = (
                    index(token.start + 1),
                    index(token.start + 1 + content.len()),
                );
                self.name = classes.string(content);
            }
            Role::Value => {
                let class = classes.of_token(&token, tree.text);
                let value = tree.add(token.kind, class, token.span(), (0, 0));
                self.put(self.key, self.name, value);
            }
            Role::Open => self.open.push(Open {
                kind: token.kind,
                start: token.start,
                key: self.key,
                name: self.name,
                first: self.waiting.len(),
            }),
            Role::Close => {
                if let Some(open) = self.open.pop() {
                    let value = self.close(&open, token.end, tree, classes);
                    self.put(open.key, open.name, value);
                }
            }
            Role::Separator | Role::Stray => {}
        }
    }

    fn put(&mut self, key: (u32, u32), name: u32, value: u32) {
        self.waiting.push(Kid { name, key, value });
    }

    fn close<'a>(
        &mut self,
        open: &Open,
        end: usize,
        tree: &mut Tree<'a>,
        classes: &mut Classes<'a>,
    ) -> u32 {
        let mut kids = self.waiting.split_off(open.first);
        // The first number tells an object from an array with the same numbers in it.
        let mut parts = vec![u32::from(open.kind == Kind::ObjectStart)];
        if open.kind == Kind::ObjectStart {
            let again = keep_last(&mut kids);
            let again: Vec<String> = again
                .iter()
                .map(|kid| tree.name(kid).into_owned())
                .collect();
            tree.duplicates.extend(again);
            let mut sorted: Vec<_> = kids.iter().map(|kid| (kid.name, kid.value)).collect();
            sorted.sort_unstable();
            for (name, value) in sorted {
                parts.extend([name, tree.class(value)]);
            }
        } else {
            parts.extend(kids.iter().map(|kid| tree.class(kid.value)));
        }
        let first = index(tree.kids.len());
        tree.kids.append(&mut kids);
        let kids = (first, index(tree.kids.len()));
        tree.add(open.kind, classes.composite(parts), open.start..end, kids)
    }
}

/// Of members with one name the last counts, as every parser in use has it. Answers those that do not.
fn keep_last(kids: &mut Vec<Kid>) -> Vec<Kid> {
    let mut places: Vec<(u32, usize)> = kids.iter().map(|kid| kid.name).zip(0..).collect();
    places.sort_unstable();
    let again = places.windows(2).filter(|two| two[0].0 == two[1].0);
    let mut overridden: Vec<usize> = again.map(|two| two[0].1).collect();
    if overridden.is_empty() {
        return Vec::new();
    }
    overridden.sort_unstable();
    let (mut kept, mut dropped) = (Vec::with_capacity(kids.len()), Vec::new());
    for (at, kid) in kids.drain(..).enumerate() {
        match overridden.binary_search(&at) {
            Ok(_) => dropped.push(kid),
            Err(_) => kept.push(kid),
        }
    }
    *kids = kept;
    dropped
}

/// A number that is the same for every spelling of one value: `1`, `1.0` and `10e-1` are one, and no digit is lost.
fn canonical_number(raw: &[u8]) -> Vec<u8> {
    let (negative, rest) = match raw.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, raw),
    };
    let e = rest.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = match e {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &b"0"[..]),
    };
    let dot = mantissa.iter().position(|byte| *byte == b'.');
    let fraction = dot.map_or(0, |at| mantissa.len() - at - 1);
    let mut digits: Vec<u8> = mantissa
        .iter()
        .copied()
        .filter(|byte| *byte != b'.')
        .collect();
    let written = digits.len();
    digits.truncate(
        written
            - digits
                .iter()
                .rev()
                .take_while(|digit| **digit == b'0')
                .count(),
    );
    let trailing = written - digits.len();
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..leading);
    if digits.is_empty() {
        return b"0".to_vec();
    }
    let exponent = std::str::from_utf8(exponent)
        .ok()
        .and_then(|text| text.parse::<i64>().ok());
    // Both lengths are those of a body: far below what an i64 holds. An exponent beyond it is its own spelling.
    let power = exponent.and_then(|e| e.checked_add(trailing as i64)?.checked_sub(fraction as i64));
    let Some(power) = power else {
        return raw.to_vec();
    };
    if negative {
        digits.insert(0, b'-');
    }
    digits.extend(format!("e{power}").into_bytes());
    digits
}

/// Fits: the text is shorter than 4 GiB, checked when the reading began.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn range((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

#[cfg(test)]
mod tests {
    use super::{Classes, Tree, canonical_number};

    fn same(left: &str, right: &str) -> bool {
        let mut classes = Classes::default();
        let left = Tree::read(left.as_bytes(), &mut classes).expect("few values");
        let right = Tree::read(right.as_bytes(), &mut classes).expect("few values");
        left.class(left.root()) == right.class(right.root())
    }

    #[test]
    fn equal_values_are_of_one_class() {
        for (left, right, expected) in [
            (
                r#"{"a":1,"b":[2,3]}"#,
                r#" {"b" : [2, 3.0], "a": 1e0} "#,
                true,
            ),
            ("[1,2]", "[2,1]", false),
            ("[1,2]", r#"{"1":2}"#, false),
            ("{}", "[]", false),
            (r#""1""#, "1", false),
            ("true", r#""true""#, false),
            (r#""\u0061\/""#, r#""a/""#, true),
            (r#"{"\u0061":1}"#, r#"{"a":1}"#, true),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, true),
            (r#""\ud800""#, r#""\ud801""#, false),
            (r#""\ud800""#, "\"\u{fffd}\"", false),
            ("12345678901234567890123", "12345678901234567890124", false),
            ("[[],[[]]]", "[[],[[]]]", true),
            ("[null,false]", "[false,null]", false),
        ] {
            assert_eq!(same(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn a_number_is_its_value_and_loses_no_digit() {
        for (left, right, expected) in [
            ("1", "1.000", true),
            ("0", "-0.0e9", true),
            ("100", "1e2", true),
            ("0.001", "1e-3", true),
            ("1E+2", "100", true),
            ("-1", "1", false),
            ("0.1", "0.10000000000000001", false),
            ("9007199254740993", "9007199254740992", false),
            ("1e99999999999999999999", "1e99999999999999999998", false),
            ("0e99999999999999999999", "0", true),
            ("10e9223372036854775807", "1e0", false),
        ] {
            let canonical = |text: &str| canonical_number(text.as_bytes());
            assert_eq!(
                canonical(left) == canonical(right),
                expected,
                "{left} {right}"
            );
        }
    }

    #[test]
    fn nesting_costs_no_stack_and_values_have_a_bound() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(same(&deep, &deep));
        let many = format!("[{}1]", "1,".repeat(super::MOST_VALUES));
        assert!(Tree::read(many.as_bytes(), &mut Classes::default()).is_none());
    }

    #[test]
    fn text_stays_as_it_was_sent() {
        let text = br#"[ {"a" : "b\u0020 c", "n" : 1.0e2 } ]"#;
        let tree = Tree::read(text, &mut Classes::default()).expect("few values");
        assert_eq!(
            tree.compact(tree.root()),
            r#"[{"a":"b\u0020 c","n":1.0e2}]"#
        );
    }
}
