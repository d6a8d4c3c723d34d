//! A cursor over the values of a text: where one lies, and its children. It reads on demand and keeps nothing, so a
//! text of any shape costs no memory; a broken or cut text is read as far as it goes.

use std::borrow::Cow;
use std::ops::Range;

use crate::json::grammar::{Grammar, Role};
use crate::json::lexer::Tokens;
use crate::json::run::inside;
use crate::json::token::{Kind, Token};

/// A value in its text.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    text: &'a [u8],
    first: Token,
    end: usize,
}

impl<'a> Value<'a> {
    /// The first value of a text; `None` when there is none.
    pub fn root(text: &'a [u8]) -> Option<Value<'a>> {
        let mut children = Children::of_text(text);
        children.next().map(|child| child.value)
    }

    /// The kind of its first token, which is the kind of the value.
    pub fn kind(&self) -> Kind {
        self.first.kind
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.kind() == Kind::ObjectStart
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        self.kind() == Kind::ArrayStart
    }

    /// Its bytes in the text.
    pub fn span(&self) -> Range<usize> {
        self.first.start..self.end
    }

    /// Its JSON text as it stands.
    pub fn raw(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.text.get(self.span()).unwrap_or_default())
    }

    /// What it says, when it is a string.
    pub fn as_string(&self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| self.first.text(self.text))
    }

    /// What it says, when it is a string, or its digits, when it is a number.
    pub fn as_text(&self) -> Option<Cow<'a, str>> {
        matches!(self.kind(), Kind::String | Kind::Number).then(|| self.first.text(self.text))
    }

    /// What a person calls this kind of value.
    pub fn kind_name(&self) -> &'static str {
        match self.kind() {
            Kind::ObjectStart => "an object",
            Kind::ArrayStart => "a list",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::True | Kind::False => "a boolean",
            Kind::Null => "null",
            _ => "no JSON",
        }
    }

    /// The members of an object or the elements of an array, in order; none for any other value.
    pub fn children(&self) -> Children<'a> {
        let inside = self.is_object() || self.is_array();
        let end = if inside { self.end } else { self.first.start };
        let text = self.text.get(..end).unwrap_or_default();
        let mut children = Children {
            whole: self.text,
            tokens: Tokens::starting_at(text, self.first.start),
            grammar: Grammar::new(),
            level: 1,
            key: None,
        };
        if inside && let Some(open) = children.tokens.next() {
            children.grammar.take(open.kind);
        }
        children
    }

    /// The member of this name; of duplicates the last, as every parser in use has it.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        if !self.is_object() {
            return None;
        }
        self.children()
            .filter(|child| child.key.as_deref() == Some(name))
            .last()
            .map(|child| child.value)
    }
}

/// One child of a container.
#[derive(Clone, Debug)]
pub struct Child<'a> {
    /// Its key, in an object where one was readable.
    pub key: Option<Cow<'a, str>>,
    /// The child itself.
    pub value: Value<'a>,
}

/// The children of a container, in order.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    whole: &'a [u8],
    tokens: Tokens<'a>,
    grammar: Grammar,
    level: usize,
    key: Option<Token>,
}

impl<'a> Children<'a> {
    fn of_text(text: &'a [u8]) -> Children<'a> {
        Children {
            whole: text,
            tokens: Tokens::new(text),
            grammar: Grammar::new(),
            level: 0,
            key: None,
        }
    }

    fn child(&mut self, first: Token, end: usize) -> Child<'a> {
        let (text, key) = (self.whole, self.key.take());
        Child {
            key: key.map(|key| key.text(text)),
            value: Value { text, first, end },
        }
    }

    /// Passes over the container just opened and tells where it ends.
    fn skip(&mut self) -> usize {
        // In a container that is cut off fewer levels are counted than are open: none of them closes any more.
        self.tokens.pass(inside(self.tokens.rest()));
        let mut end = self.tokens.offset();
        while self.grammar.depth() > self.level {
            let Some(token) = self.tokens.next() else {
                break;
            };
            self.grammar.take(token.kind);
            end = token.end;
        }
        end
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Child<'a>;

    fn next(&mut self) -> Option<Child<'a>> {
        loop {
            let token = self.tokens.next()?;
            match self.grammar.take(token.kind).role {
                Role::Key => self.key = Some(token),
                Role::Value => return Some(self.child(token, token.end)),
                Role::Open => {
                    let end = self.skip();
                    return Some(self.child(token, end));
                }
                Role::Close => return None,
                Role::Separator if token.kind == Kind::Comma => self.key = None,
                Role::Separator | Role::Stray => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::{prop_assert_eq, proptest};

    use crate::json::grammar::{Grammar, Role};
    use crate::json::lexer::Tokens;
    use crate::json::value::Value;

    fn children(text: &str) -> Vec<(String, String)> {
        let root = Value::root(text.as_bytes()).expect("a value");
        root.children()
            .map(|child| {
                (
                    child.key.unwrap_or_default().into_owned(),
                    child.value.raw().into_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn children_in_order() {
        let cases: [(&str, &[(&str, &str)]); 8] = [
            (
                r#" {"a":1,"\u0062":[2,{"c":3}],"a":{}} "#,
                &[("a", "1"), ("b", r#"[2,{"c":3}]"#), ("a", "{}")],
            ),
            ("[[],1,\"x\"]", &[("", "[]"), ("", "1"), ("", "\"x\"")]),
            ("17", &[]),
            ("[]", &[]),
            (r#"{"a":{"b":[1,2"#, &[("a", r#"{"b":[1,2"#)]),
            (r#"{"a":1 "b":NaN}"#, &[("a", "1"), ("b", "NaN")]),
            (r#"{"a":1} {"b":2}"#, &[("a", "1")]),
            (r#"{x:1,"b":2}"#, &[("", "1"), ("b", "2")]),
        ];
        for (text, expected) in cases {
            let told = children(text);
            let told: Vec<_> = told.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(told, expected, "{text}");
        }
    }

    #[test]
    fn of_duplicates_the_last_is_got() {
        let root = Value::root(br#"{"a":1,"b":{"a":9},"a":"\u0032"}"#).expect("a value");
        assert_eq!(
            root.get("a").and_then(|a| a.as_string()).as_deref(),
            Some("2")
        );
        assert_eq!(root.get("b").map(|b| b.span()), Some(11..18));
        assert!(root.get("c").is_none());
        assert!(Value::root(b"  ").is_none());
        assert!(
            Value::root(b"[{\"a\":1}]")
                .and_then(|list| list.get("a"))
                .is_none()
        );
    }

    /// Where the root's children lie, told by every token.
    fn by_tokens(text: &[u8]) -> Vec<Range<usize>> {
        let (mut grammar, mut spans) = (Grammar::new(), Vec::<Range<usize>>::new());
        let mut open = false;
        for token in Tokens::new(text) {
            let was = grammar.depth();
            let role = grammar.take(token.kind).role;
            match (open, role) {
                (true, _) => {
                    let child = spans.last_mut().expect("what is open was told");
                    child.end = token.end;
                    open = grammar.depth() > 1;
                }
                (false, Role::Open | Role::Value) if was == 1 => {
                    spans.push(token.span());
                    open = role == Role::Open;
                }
                (false, Role::Close) if was == 1 => break,
                (false, _) => {}
            }
        }
        spans
    }

    proptest! {
        #[test]
        fn what_is_passed_over_ends_where_its_tokens_say(rest in r#"[\[\]{}:,"\\ \nax1]{0,40}"#) {
            for open in ['[', '{'] {
                let text = format!("{open}{rest}");
                let root = Value::root(text.as_bytes()).expect("a value");
                let spans: Vec<_> = root.children().map(|child| child.value.span()).collect();
                prop_assert_eq!(&spans, &by_tokens(text.as_bytes()), "{}", text);
                let around = format!("[{text}");
                let around = by_tokens(around.as_bytes());
                prop_assert_eq!(root.span(), 0..around[0].end - 1, "{}", text);
            }
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(500_000);
        let root = Value::root(deep.as_bytes()).expect("a value");
        assert_eq!(root.span(), 0..500_000);
        assert_eq!(root.children().count(), 1);
    }
}
