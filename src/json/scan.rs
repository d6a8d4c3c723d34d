//! Whether bytes are JSON, and where the lines of their pretty print begin, at the speed of memory.
//!
//! ```text
//!   chunk ─▶ one byte decides ─▶ string: eight bytes at a time ─▶ what is due next (RFC 8259 2..7)
//!      ▲                          number, literal, bracket            │
//!      └── split anywhere ◀───────────────────────────────────────────┴─▶ Lines: a line, a long run
//! ```
//!
//! It makes no tokens: whoever needs them reads them from a line's beginning with `lexer`. It stops at the first fault,
//! and tells it; `grammar` is the one that goes on. The faults are serde_json's (`IgnoredAny`).

use std::ops::Range;

use crate::json::grammar::Due;
use crate::json::lexer::{Word, ends_word};
use crate::json::nesting::{Container, Nesting};
use crate::json::run::{escape_length, plain, scalar, spaces, string};

/// A token, or the space between two, of more bytes than this is told: whoever reads there again can pass over it.
pub const LONG: usize = 16 << 10;

/// Takes what is found, in its order.
pub trait Lines {
    /// A line of the pretty print begins at `at`, with `depth` containers open before it. `closes`: with the bracket
    /// that ends the innermost, so that it stands one level less deep.
    fn line(&mut self, at: usize, depth: usize, closes: bool);

    /// Where a line has to begin for its place to matter: of those before, which close nothing, it is enough to know
    /// how many there are ([`Lines::more`]).
    #[inline]
    fn quiet(&self) -> usize {
        0
    }

    /// So many lines with `depth` containers open, all of which began before [`Lines::quiet`] and close nothing.
    #[inline]
    fn more(&mut self, count: usize, depth: usize) {
        let _ = (count, depth);
    }

    /// A run of more than [`LONG`] bytes: one token, or the space between two.
    fn long(&mut self, run: Range<usize>);
}

/// Nobody wants to know.
impl Lines for () {
    #[inline]
    fn line(&mut self, _: usize, _: usize, _: bool) {}
    #[inline]
    fn quiet(&self) -> usize {
        usize::MAX
    }
    #[inline]
    fn long(&mut self, _: Range<usize>) {}
}

/// Tells of lines that are known by their number alone, if there are any.
#[inline(always)]
fn tell(lines: &mut impl Lines, count: usize, depth: usize) {
    if count > 0 {
        lines.more(count, depth);
    }
}

/// The first place where the bytes stop being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte, from 0.
    pub offset: usize,
    /// What is wrong there, and so what to write instead.
    pub what: String,
    /// Whether nothing is wrong but that the bytes end too early.
    pub cut: bool,
}

/// What the bytes so far have begun and not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    /// Nothing, or the space between two tokens.
    #[default]
    Space,
    Text,
    Backslash,
    Hex(u8),
    Word(Word),
}

/// The scanner: some bytes of state and the open containers.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    /// Bytes read so far.
    at: usize,
    due: Due,
    nesting: Nesting,
    open: Open,
    /// Where what is open began.
    begun: usize,
    /// Whether values may follow one another.
    stream: bool,
    values: usize,
}

impl Scanner {
    /// For one document (RFC 8259).
    pub fn new() -> Scanner {
        Scanner::default()
    }

    /// For any number of documents one after the other, on lines of their own (NDJSON) or not.
    pub fn of_stream() -> Scanner {
        Scanner {
            stream: true,
            ..Scanner::default()
        }
    }

    /// The same, its first byte at this offset of the input.
    pub fn starting_at(self, offset: usize) -> Scanner {
        Scanner {
            at: offset,
            begun: offset,
            ..self
        }
    }

    /// How many documents have begun.
    pub fn values(&self) -> usize {
        self.values
    }

    /// The run that is not yet ended, when it is long already.
    pub fn open_run(&self) -> Option<Range<usize>> {
        (self.at - self.begun > LONG).then_some(self.begun..self.at)
    }

    /// How many bytes of memory it holds beside itself.
    pub fn heap(&self) -> usize {
        self.nesting.heap()
    }

    /// Reads a chunk.
    ///
    /// # Errors
    /// The first fault. What is fed after it is not looked at with sense.
    pub fn feed(&mut self, chunk: &[u8], lines: &mut impl Lines) -> Result<(), Fault> {
        self.read(chunk, lines).map_err(|fault| *fault)
    }

    fn read(&mut self, chunk: &[u8], lines: &mut impl Lines) -> Result<(), Box<Fault>> {
        let mut here = 0;
        while here < chunk.len() {
            here = match self.open {
                Open::Space => self.between(chunk, here, lines)?,
                Open::Text => self.text(chunk, here, lines)?,
                Open::Backslash => self.escape(chunk, here)?,
                Open::Hex(left) => self.hex(chunk, here, left)?,
                Open::Word(word) => self.word(chunk, here, word, lines)?,
            };
        }
        self.at += chunk.len();
        Ok(())
    }

    /// Ends the input.
    ///
    /// # Errors
    /// When it ends too early, or its last word is none.
    pub fn finish(&mut self, lines: &mut impl Lines) -> Result<(), Fault> {
        let cut = |offset, what| Fault {
            offset,
            what,
            cut: true,
        };
        match self.open {
            Open::Word(word) => {
                self.complete(word, self.at, lines).map_err(|fault| Fault {
                    cut: word.is_beginning(),
                    ..*fault
                })?;
            }
            Open::Text | Open::Backslash | Open::Hex(_) => {
                let what = "this string has no closing '\"'".to_owned();
                return Err(cut(self.begun, what));
            }
            Open::Space => {}
        }
        match self.due {
            Due::Nothing => Ok(()),
            Due::Value if self.values == 0 => {
                let what = "expected a value: the text is empty".to_owned();
                Err(cut(self.at, what))
            }
            due => Err(cut(self.at, format!("the text ends too early: {due}"))),
        }
    }

    #[cold]
    fn fault<T>(&self, here: usize, what: impl Into<String>) -> Result<T, Box<Fault>> {
        Err(Box::new(Fault {
            offset: self.at + here,
            what: what.into(),
            cut: false,
        }))
    }

    /// From a place between two tokens to the end of the chunk or of what was open, if that is sooner.
    #[inline]
    fn between(
        &mut self,
        chunk: &[u8],
        mut here: usize,
        lines: &mut impl Lines,
    ) -> Result<usize, Box<Fault>> {
        loop {
            here = spaces(chunk, here);
            let Some(&byte) = chunk.get(here) else {
                return Ok(here);
            };
            let at = self.at + here;
            if at - self.begun > LONG {
                lines.long(self.begun..at);
            }
            match byte {
                b'"' => {
                    let key = matches!(self.due, Due::Key | Due::KeyOrEnd);
                    if key {
                        lines.line(at, self.nesting.depth(), false);
                    } else {
                        self.value(here, lines)?;
                    }
                    self.begun = at;
                    here = self.text(chunk, here + 1, lines)?;
                    if self.open != Open::Space {
                        return Ok(here);
                    }
                    continue;
                }
                b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                    self.value(here, lines)?;
                    self.begun = at;
                    here = self.word(chunk, here, Word::Start, lines)?;
                    if self.open != Open::Space {
                        return Ok(here);
                    }
                    continue;
                }
                b'{' => self.enter(Container::Object, here, lines)?,
                b'[' => self.enter(Container::Array, here, lines)?,
                b'}' => self.leave(Due::KeyOrEnd, Due::CommaOrObjectEnd, here, lines)?,
                b']' => self.leave(Due::ValueOrEnd, Due::CommaOrArrayEnd, here, lines)?,
                b',' => match self.due {
                    Due::CommaOrObjectEnd => self.due = Due::Key,
                    Due::CommaOrArrayEnd => self.due = Due::Value,
                    due => return self.fault(here, due.to_string()),
                },
                b':' if self.due == Due::Colon => self.due = Due::Value,
                _ => return self.fault(here, self.due.to_string()),
            }
            here += 1;
            self.begun = self.at + here;
            if matches!(byte, b',' | b'{' | b'[') {
                here = self.items(chunk, here, lines);
            }
        }
    }

    /// Takes as many plain items as follow one another, an item being due: scalars, with their keys in an object, that
    /// end in the chunk and are not long; and the key of one that is none. What is not plain is left where it begins.
    #[inline]
    fn items<L: Lines>(&mut self, chunk: &[u8], mut here: usize, lines: &mut L) -> usize {
        let (object, depth) = (self.nesting.is_object(), self.nesting.depth());
        let (next, last) = match (object, depth) {
            (true, _) => (Due::Key, Due::CommaOrObjectEnd),
            (false, 1..) => (Due::Value, Due::CommaOrArrayEnd),
            _ => return here,
        };
        let mut count = 0;
        let at = self.at;
        let mut line = |start: usize, lines: &mut L| {
            if at + start < lines.quiet() {
                count += 1;
                return;
            }
            tell(lines, std::mem::take(&mut count), depth);
            lines.line(at + start, depth, false);
        };
        let mut due = self.due;
        loop {
            let start = spaces(chunk, here);
            let mut value = start;
            if object {
                let colon = string(chunk, start).filter(|end| chunk.get(*end) == Some(&b':'));
                let Some(colon) = colon else { break };
                value = spaces(chunk, colon + 1);
            }
            let Some(end) = scalar(chunk, value) else {
                if object && value < chunk.len() && value - here <= LONG {
                    line(start, lines);
                    (due, here) = (Due::Value, value);
                }
                break;
            };
            if end - here > LONG {
                break;
            }
            line(start, lines);
            if chunk.get(end) != Some(&b',') {
                (due, here) = (last, end);
                break;
            }
            (due, here) = (next, end + 1);
        }
        tell(lines, count, depth);
        (self.due, self.begun) = (due, self.at + here);
        here
    }

    /// A value begins here: a line, unless its key began it.
    #[inline(always)]
    fn value(&mut self, here: usize, lines: &mut impl Lines) -> Result<(), Box<Fault>> {
        match self.due {
            Due::Value | Due::ValueOrEnd => {}
            Due::Nothing if self.stream => {}
            due => return self.fault(here, due.to_string()),
        }
        if !self.nesting.is_object() {
            self.values += usize::from(self.nesting.depth() == 0);
            lines.line(self.at + here, self.nesting.depth(), false);
        }
        Ok(())
    }

    #[inline(always)]
    fn enter(
        &mut self,
        container: Container,
        here: usize,
        lines: &mut impl Lines,
    ) -> Result<(), Box<Fault>> {
        self.value(here, lines)?;
        self.nesting.push(container);
        self.due = match container {
            Container::Object => Due::KeyOrEnd,
            Container::Array => Due::ValueOrEnd,
        };
        Ok(())
    }

    /// An empty container is closed on the line that opened it.
    #[inline(always)]
    fn leave(
        &mut self,
        empty: Due,
        filled: Due,
        here: usize,
        lines: &mut impl Lines,
    ) -> Result<(), Box<Fault>> {
        if self.due == filled {
            lines.line(self.at + here, self.nesting.depth(), true);
        } else if self.due != empty {
            return self.fault(here, self.due.to_string());
        }
        self.nesting.pop();
        self.due = self.after_value();
        Ok(())
    }

    #[inline(always)]
    fn after_value(&self) -> Due {
        if self.nesting.is_object() {
            Due::CommaOrObjectEnd
        } else if self.nesting.depth() > 0 {
            Due::CommaOrArrayEnd
        } else {
            Due::Nothing
        }
    }

    /// What is open ends before `end` of the input.
    #[inline(always)]
    fn end(&mut self, end: usize, lines: &mut impl Lines) {
        if end - self.begun > LONG {
            lines.long(self.begun..end);
        }
        (self.open, self.begun) = (Open::Space, end);
    }

    #[inline]
    fn text(
        &mut self,
        chunk: &[u8],
        mut here: usize,
        lines: &mut impl Lines,
    ) -> Result<usize, Box<Fault>> {
        loop {
            here += plain(&chunk[here..]);
            match chunk.get(here) {
                None => {
                    self.open = Open::Text;
                    return Ok(here);
                }
                Some(b'"') => {
                    here += 1;
                    self.end(self.at + here, lines);
                    self.due = match self.due {
                        Due::Key | Due::KeyOrEnd => Due::Colon,
                        _ => self.after_value(),
                    };
                    return Ok(here);
                }
                Some(b'\\') => match (escape_length(&chunk[here..]), chunk.get(here + 1)) {
                    (Some(length), _) => here += length,
                    (None, Some(b'u') | None) if chunk.len() < here + 6 => {
                        self.open = Open::Backslash;
                        return Ok(here + 1);
                    }
                    _ => return self.bad_escape(&chunk[here..], here),
                },
                Some(&byte) => return self.fault(here, control(byte)),
            }
        }
    }

    /// The byte after a backslash that ended a chunk.
    fn escape(&mut self, chunk: &[u8], here: usize) -> Result<usize, Box<Fault>> {
        self.open = match chunk[here] {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Open::Text,
            b'u' => Open::Hex(4),
            byte => return self.bad_escape(&[b'\\', byte], here.wrapping_sub(1)),
        };
        Ok(here + 1)
    }

    fn hex(&mut self, chunk: &[u8], here: usize, left: u8) -> Result<usize, Box<Fault>> {
        if !chunk[here].is_ascii_hexdigit() {
            let back = usize::from(6 - left);
            let from = here.saturating_sub(back);
            return self.bad_escape(&chunk[from..], here.wrapping_sub(back));
        }
        self.open = match left {
            1 => Open::Text,
            left => Open::Hex(left - 1),
        };
        Ok(here + 1)
    }

    /// `here` may lie before the chunk.
    #[cold]
    fn bad_escape<T>(&self, from: &[u8], here: usize) -> Result<T, Box<Fault>> {
        let stops = |byte: &u8| *byte < 0x20 || *byte == b'"';
        let clean = from.iter().position(stops);
        let clean = &from[..clean.unwrap_or(from.len())];
        let shown: String = String::from_utf8_lossy(&clean[..clean.len().min(24)])
            .chars()
            .take(6)
            .collect();
        Err(Box::new(Fault {
            offset: self.at.wrapping_add(here),
            what: format!(
                "'{shown}' begins no escape: write '\\\\' for a backslash, or \\uXXXX with four hexadecimal digits"
            ),
            cut: false,
        }))
    }

    fn word(
        &mut self,
        chunk: &[u8],
        mut here: usize,
        mut word: Word,
        lines: &mut impl Lines,
    ) -> Result<usize, Box<Fault>> {
        while let Some(&byte) = chunk.get(here) {
            if ends_word(byte) {
                self.complete(word, self.at + here, lines)?;
                return Ok(here);
            }
            word = word.and(byte);
            here += 1;
            if let Word::Integer | Word::Fraction = word {
                let rest = &chunk[here..];
                let digits = rest.iter().position(|byte| !byte.is_ascii_digit());
                here += digits.unwrap_or(rest.len());
            }
        }
        self.open = Open::Word(word);
        Ok(here)
    }

    #[inline]
    fn complete(
        &mut self,
        word: Word,
        end: usize,
        lines: &mut impl Lines,
    ) -> Result<(), Box<Fault>> {
        if !word.is_value() {
            return Err(Box::new(Fault {
                offset: self.begun,
                what: self.wanted().to_string(),
                cut: false,
            }));
        }
        self.end(end, lines);
        self.due = self.after_value();
        Ok(())
    }

    /// What was due where a word stands: another value of a stream is a value.
    fn wanted(&self) -> Due {
        match self.due {
            Due::Nothing => Due::Value,
            due => due,
        }
    }
}

fn control(byte: u8) -> String {
    match byte {
        b'\n' | b'\r' => {
            "a line break inside a string: close the string with '\"', or write \\n".to_owned()
        }
        b'\t' => "a tab inside a string: write \\t".to_owned(),
        byte => format!("a control character inside a string: write \\u{byte:04x}"),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use crate::json::scan::{Fault, LONG, Lines, Scanner};

    /// Keeps all that it is told.
    #[derive(Debug, Default, PartialEq)]
    struct Told {
        lines: Vec<(usize, usize, bool)>,
        long: Vec<Range<usize>>,
    }

    impl Lines for Told {
        fn line(&mut self, at: usize, depth: usize, closes: bool) {
            self.lines.push((at, depth, closes));
        }

        fn long(&mut self, run: Range<usize>) {
            self.long.push(run);
        }
    }

    fn scanned(mut scanner: Scanner, text: &[u8], sizes: &[usize]) -> (Told, Result<(), Fault>) {
        let (mut told, mut rest, mut sizes) = (Told::default(), text, sizes.iter().cycle());
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| size % 9 + 1);
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            if let Err(fault) = scanner.feed(chunk, &mut told) {
                return (told, Err(fault));
            }
            rest = after;
        }
        let end = scanner.finish(&mut told);
        (told, end)
    }

    #[test]
    fn the_lines_of_a_pretty_print() {
        let text = br#" {"a" :[1,"x",{ }],"b":{"c":null } } "#;
        let (told, end) = scanned(Scanner::new(), text, &[]);
        assert_eq!(end, Ok(()));
        let lines: Vec<(&str, usize, bool)> = told
            .lines
            .iter()
            .map(|(at, depth, closes)| {
                let first = std::str::from_utf8(&text[*at..*at + 2]).expect("ASCII");
                (first, *depth, *closes)
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("{\"", 0, false),
                ("\"a", 1, false),
                ("1,", 2, false),
                ("\"x", 2, false),
                ("{ ", 2, false),
                ("],", 2, true),
                ("\"b", 1, false),
                ("\"c", 2, false),
                ("} ", 2, true),
                ("} ", 1, true),
            ]
        );
    }

    #[test]
    fn long_runs_are_told() {
        let (tail, space) = ("x".repeat(LONG), " ".repeat(LONG + 1));
        let text = format!(
            "{{\"{tail}\":{space}{},\"a\":1}}{space}",
            "7".repeat(LONG + 1)
        );
        for sizes in [&[][..], &[0, 5, 8]] {
            let (told, end) = scanned(Scanner::new(), text.as_bytes(), sizes);
            assert_eq!(end, Ok(()));
            let key = 1..LONG + 3;
            let gap = key.end + 1..key.end + 1 + space.len();
            let number = gap.end..gap.end + LONG + 1;
            assert_eq!(told.long, [key, gap, number]);
        }
    }

    #[test]
    fn a_stream_of_documents() {
        for (text, values, ends) in [
            ("{\"a\":1}\n{\"a\":2}\n", 2, true),
            ("{}[]1 2\"x\"", 5, true),
            ("1\n\n", 1, true),
            ("{} ,", 1, false),
            ("{} x", 1, false),
            ("{}\n{", 2, false),
        ] {
            let mut scanner = Scanner::of_stream();
            let read = scanner.feed(text.as_bytes(), &mut ());
            let end = read.and_then(|()| scanner.finish(&mut ()));
            assert_eq!((scanner.values(), end.is_ok()), (values, ends), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_split_tells_the_same(
            text in r#"([\[\]{}:,] ?|"a"|"\\u00e9"|"\\x"|"\\\\"|true|null|1|-0\.5e3|0|x|\n){0,14}"#,
            sizes in vec(any::<usize>(), 1..6),
            stream in any::<bool>(),
        ) {
            let scanner = || if stream { Scanner::of_stream() } else { Scanner::new() };
            let (whole, end) = scanned(scanner(), text.as_bytes(), &[]);
            let (split, split_end) = scanned(scanner(), text.as_bytes(), &sizes);
            prop_assert_eq!(whole, split);
            // How much of a bad escape is quoted depends on what is there yet.
            let place = |end: Result<(), Fault>| end.map_err(|fault| (fault.offset, fault.cut));
            prop_assert_eq!(place(end), place(split_end));
        }

        #[test]
        fn serde_agrees_on_streams(text in r#"([\[\]{}:,] ?|"a"|true |null |1 |-0\.5e3 |x|\n){0,14}"#) {
            let mut documents = serde_json::Deserializer::from_str(&text);
            let mut count = 0;
            let ours = scanned(Scanner::of_stream(), text.as_bytes(), &[]).1.is_ok();
            let theirs = loop {
                match documents.end() {
                    Ok(()) => break count > 0,
                    Err(_) if IgnoredAny::deserialize(&mut documents).is_err() => break false,
                    Err(_) => count += 1,
                }
            };
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }
}
