//! Bytes to tokens, fed chunk by chunk, split anywhere.
//!
//! ```text
//!   chunk ─▶ between tokens ──"──▶ in a string (a backslash may be pending) ──"──▶ Token
//!                  │
//!                  ├─ { } [ ] : , ──▶ Token
//!                  └─ anything else ──▶ in a word ── space, " or one of { } [ ] : , ──▶ Token
//! ```
//!
//! A word is a number, a literal or `Unexpected`; it never swallows a bracket or a quote, so the reader finds its feet
//! again at the next one. A string runs to its closing quote over line breaks too: what stands in it stays in it, which
//! is the side to err on when the string is a secret.

use memchr::memchr2;

use crate::json::token::{Kind, Token};

/// The scanner. It keeps a few bytes of state and no text.
#[derive(Clone, Debug, Default)]
pub struct Lexer {
    at: usize,
    open: Option<Open>,
}

/// The token that the bytes so far have begun and not ended.
#[derive(Clone, Copy, Debug)]
enum Open {
    String {
        start: usize,
        escaped: bool,
        backslash: bool,
    },
    Word {
        start: usize,
        word: Word,
    },
}

impl Lexer {
    /// A scanner at the start of an input.
    pub fn new() -> Lexer {
        Lexer::default()
    }

    /// A scanner whose next byte is the one at `offset`, which must lie between tokens.
    pub fn starting_at(offset: usize) -> Lexer {
        Lexer {
            at: offset,
            open: None,
        }
    }

    /// How many bytes were read so far.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Where the token began that is not yet ended: every byte before it has been told.
    pub fn pending(&self) -> Option<usize> {
        self.open.map(|open| match open {
            Open::String { start, .. } | Open::Word { start, .. } => start,
        })
    }

    /// Whether that token is a string.
    pub fn is_in_string(&self) -> bool {
        matches!(self.open, Some(Open::String { .. }))
    }

    /// The next token that ends in `chunk`, whose front is moved past it. `None`: the chunk is used up.
    #[inline]
    pub fn read(&mut self, chunk: &mut &[u8]) -> Option<Token> {
        match self.open {
            None => self.start(chunk),
            Some(Open::String {
                start,
                escaped,
                backslash,
            }) => self.string(chunk, start, escaped, backslash),
            Some(Open::Word { start, word }) => self.word(chunk, start, word),
        }
    }

    /// Passes over whole tokens and spaces at the front of `chunk`, so many bytes, none being open.
    pub fn pass(&mut self, chunk: &mut &[u8], bytes: usize) {
        debug_assert!(self.open.is_none());
        self.advance(chunk, bytes);
    }

    /// The token that the end of the input ends, if one is open.
    pub fn finish(&mut self) -> Option<Token> {
        Some(match self.open.take()? {
            Open::String { start, escaped, .. } => Token {
                escaped,
                cut: true,
                ..self.token(Kind::String, start)
            },
            Open::Word { start, word } => Token {
                cut: word.is_beginning(),
                ..self.token(word.kind(), start)
            },
        })
    }

    #[inline]
    fn token(&self, kind: Kind, start: usize) -> Token {
        Token {
            kind,
            start,
            end: self.at,
            escaped: false,
            cut: false,
        }
    }

    #[inline]
    fn advance(&mut self, chunk: &mut &[u8], count: usize) {
        *chunk = &chunk[count..];
        self.at += count;
    }

    #[inline]
    fn start(&mut self, chunk: &mut &[u8]) -> Option<Token> {
        let space = chunk.iter().position(|byte| !is_space(*byte));
        self.advance(chunk, space.unwrap_or(chunk.len()));
        let first = *chunk.first()?;
        let start = self.at;
        if let Some(kind) = punctuation(first) {
            self.advance(chunk, 1);
            return Some(self.token(kind, start));
        }
        if first == b'"' {
            self.advance(chunk, 1);
            return self.string(chunk, start, false, false);
        }
        self.word(chunk, start, Word::Start)
    }

    #[inline]
    fn string(
        &mut self,
        chunk: &mut &[u8],
        start: usize,
        mut escaped: bool,
        mut backslash: bool,
    ) -> Option<Token> {
        loop {
            if backslash && !chunk.is_empty() {
                self.advance(chunk, 1);
                backslash = false;
            }
            let Some(stop) = memchr2(b'"', b'\\', chunk) else {
                self.advance(chunk, chunk.len());
                self.open = Some(Open::String {
                    start,
                    escaped,
                    backslash,
                });
                return None;
            };
            backslash = chunk[stop] == b'\\';
            escaped |= backslash;
            self.advance(chunk, stop + 1);
            if !backslash {
                self.open = None;
                return Some(Token {
                    escaped,
                    ..self.token(Kind::String, start)
                });
            }
        }
    }

    #[inline]
    fn word(&mut self, chunk: &mut &[u8], start: usize, mut word: Word) -> Option<Token> {
        for (read, byte) in chunk.iter().enumerate() {
            if ends_word(*byte) {
                self.advance(chunk, read);
                self.open = None;
                return Some(self.token(word.kind(), start));
            }
            word = word.and(*byte);
        }
        self.advance(chunk, chunk.len());
        self.open = Some(Open::Word { start, word });
        None
    }
}

#[inline]
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[inline]
fn punctuation(byte: u8) -> Option<Kind> {
    Some(match byte {
        b'{' => Kind::ObjectStart,
        b'}' => Kind::ObjectEnd,
        b'[' => Kind::ArrayStart,
        b']' => Kind::ArrayEnd,
        b':' => Kind::Colon,
        b',' => Kind::Comma,
        _ => return None,
    })
}

#[inline]
pub(crate) fn ends_word(byte: u8) -> bool {
    is_space(byte) || byte == b'"' || punctuation(byte).is_some()
}

/// How far a word has come: the number grammar of RFC 8259 6, or what is left of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Start,
    Literal(Kind, &'static [u8]),
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Unexpected,
}

impl Word {
    #[inline]
    pub(crate) fn and(self, byte: u8) -> Word {
        match (self, byte) {
            (Word::Start, b't') => Word::Literal(Kind::True, b"rue"),
            (Word::Start, b'f') => Word::Literal(Kind::False, b"alse"),
            (Word::Start, b'n') => Word::Literal(Kind::Null, b"ull"),
            (Word::Literal(kind, [next, left @ ..]), _) if *next == byte => {
                Word::Literal(kind, left)
            }
            (Word::Start, b'-') => Word::Minus,
            (Word::Start | Word::Minus, b'0') => Word::Zero,
            (Word::Start | Word::Minus, b'1'..=b'9') | (Word::Integer, b'0'..=b'9') => {
                Word::Integer
            }
            (Word::Zero | Word::Integer, b'.') => Word::Point,
            (Word::Point | Word::Fraction, b'0'..=b'9') => Word::Fraction,
            (Word::Zero | Word::Integer | Word::Fraction, b'e' | b'E') => Word::Exponent,
            (Word::Exponent, b'+' | b'-') => Word::ExponentSign,
            (Word::Exponent | Word::ExponentSign | Word::ExponentDigits, b'0'..=b'9') => {
                Word::ExponentDigits
            }
            _ => Word::Unexpected,
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Word::Literal(kind, []) => kind,
            Word::Zero | Word::Integer | Word::Fraction | Word::ExponentDigits => Kind::Number,
            _ => Kind::Unexpected,
        }
    }

    /// Whether it is a number or a literal.
    #[inline]
    pub(crate) fn is_value(self) -> bool {
        matches!(
            self,
            Word::Literal(_, [])
                | Word::Zero
                | Word::Integer
                | Word::Fraction
                | Word::ExponentDigits
        )
    }

    /// Whether more bytes could have made it a literal or a number.
    pub(crate) fn is_beginning(self) -> bool {
        self.kind() == Kind::Unexpected && self != Word::Unexpected
    }
}

/// The tokens of an input that lies in memory whole.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    lexer: Lexer,
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// All tokens of `text`.
    pub fn new(text: &'a [u8]) -> Tokens<'a> {
        Tokens::starting_at(text, 0)
    }

    /// The tokens of `text` from `offset` on, which must lie between tokens; spans count from the start of `text`.
    pub fn starting_at(text: &'a [u8], offset: usize) -> Tokens<'a> {
        Tokens {
            lexer: Lexer::starting_at(offset),
            rest: text.get(offset..).unwrap_or_default(),
        }
    }

    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Passes over whole tokens and spaces, so many bytes.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.lexer.pass(&mut self.rest, bytes);
    }

    /// Where the next token is looked for.
    pub fn offset(&self) -> usize {
        self.lexer.offset()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.lexer
            .read(&mut self.rest)
            .or_else(|| self.lexer.finish())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use crate::json::lexer::{Lexer, Tokens};
    use crate::json::token::{Kind, Token};

    fn told(text: &str) -> Vec<(Kind, &str)> {
        Tokens::new(text.as_bytes())
            .map(|token| (token.kind, &text[token.span()]))
            .collect()
    }

    fn chunked(text: &[u8], sizes: &[usize]) -> Vec<Token> {
        let mut lexer = Lexer::new();
        let mut tokens = Vec::new();
        let mut rest = text;
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().map_or(1, |size| size % 7).min(rest.len());
            let (mut chunk, after) = rest.split_at(size.max(1));
            while let Some(token) = lexer.read(&mut chunk) {
                tokens.push(token);
            }
            rest = after;
        }
        tokens.extend(lexer.finish());
        tokens
    }

    #[test]
    fn tokens_with_their_bytes() {
        use Kind::{
            ArrayEnd, ArrayStart, Colon, Comma, False, Null, Number, ObjectEnd, ObjectStart,
            String, True, Unexpected,
        };
        let cases: [(&str, &[(Kind, &str)]); 9] = [
            (
                r#" {"a":[1,-0.5e+3]} "#,
                &[
                    (ObjectStart, "{"),
                    (String, "\"a\""),
                    (Colon, ":"),
                    (ArrayStart, "["),
                    (Number, "1"),
                    (Comma, ","),
                    (Number, "-0.5e+3"),
                    (ArrayEnd, "]"),
                    (ObjectEnd, "}"),
                ],
            ),
            (
                "true false null",
                &[(True, "true"), (False, "false"), (Null, "null")],
            ),
            (r#""a\"b\\" 0"#, &[(String, r#""a\"b\\""#), (Number, "0")]),
            (
                "NaN 01 1. - .5 1e 0x1f 'a'",
                &[
                    (Unexpected, "NaN"),
                    (Unexpected, "01"),
                    (Unexpected, "1."),
                    (Unexpected, "-"),
                    (Unexpected, ".5"),
                    (Unexpected, "1e"),
                    (Unexpected, "0x1f"),
                    (Unexpected, "'a'"),
                ],
            ),
            (
                "truefalse tru]",
                &[
                    (Unexpected, "truefalse"),
                    (Unexpected, "tru"),
                    (ArrayEnd, "]"),
                ],
            ),
            ("\"over\nlines\"", &[(String, "\"over\nlines\"")]),
            ("1\"a\"", &[(Number, "1"), (String, "\"a\"")]),
            ("\u{feff}{", &[(Unexpected, "\u{feff}"), (ObjectStart, "{")]),
            (" \t\r\n", &[]),
        ];
        for (text, tokens) in cases {
            assert_eq!(told(text), tokens, "{text}");
        }
    }

    #[test]
    fn the_end_of_the_input_marks_what_it_cuts() {
        for (text, kind, cut) in [
            ("\"abc", Kind::String, true),
            ("\"abc\\", Kind::String, true),
            ("\"abc\\\"", Kind::String, true),
            ("\"", Kind::String, true),
            ("\"abc\"", Kind::String, false),
            ("tru", Kind::Unexpected, true),
            ("true", Kind::True, false),
            ("12.", Kind::Unexpected, true),
            ("-", Kind::Unexpected, true),
            ("12", Kind::Number, false),
            ("trx", Kind::Unexpected, false),
        ] {
            let last = Tokens::new(text.as_bytes()).last().expect("one token");
            assert_eq!((last.kind, last.cut), (kind, cut), "{text}");
            assert_eq!(last.span(), 0..text.len(), "{text}");
        }
    }

    #[test]
    fn a_string_gives_its_content_and_its_text() {
        for (text, content, said) in [
            (r#""a\u0062""#, r"a\u0062", "ab"),
            (r#""""#, "", ""),
            (r#"""#, "", ""),
            (r#""a\""#, r#"a\""#, "a\""),
            ("17", "17", "17"),
        ] {
            let token = Tokens::new(text.as_bytes()).next().expect("one token");
            assert_eq!(token.content(text.as_bytes()), content.as_bytes(), "{text}");
            assert_eq!(token.text(text.as_bytes()), said, "{text}");
        }
    }

    #[test]
    fn what_is_pending_is_known() {
        let mut lexer = Lexer::new();
        let mut chunk: &[u8] = b"[ \"se";
        while lexer.read(&mut chunk).is_some() {}
        assert_eq!((lexer.pending(), lexer.offset()), (Some(2), 5));
        let mut chunk: &[u8] = b"cret\" ";
        while lexer.read(&mut chunk).is_some() {}
        assert_eq!((lexer.pending(), lexer.offset()), (None, 11));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_tokens(
            text in r#"[\[\]{}:,"\\ \ntrue0-9.eEnulfas\-+x]{0,60}"#,
            sizes in vec(any::<usize>(), 1..8),
        ) {
            let whole: Vec<Token> = Tokens::new(text.as_bytes()).collect();
            prop_assert_eq!(chunked(text.as_bytes(), &sizes), whole);
        }

        #[test]
        fn tokens_are_in_order_and_leave_only_space_out(text in any::<Vec<u8>>()) {
            let mut at = 0;
            for token in Tokens::new(&text) {
                prop_assert!(text[at..token.start].iter().all(u8::is_ascii_whitespace));
                prop_assert!(token.start < token.end);
                at = token.end;
            }
            prop_assert!(text[at..].iter().all(u8::is_ascii_whitespace));
        }
    }
}
