//! From text to a tree: one reader, by recursive descent, with caps on depth and size.
//!
//! ```text
//!   any  = all { "or" all }            weakest
//!   all  = not { not }                 side by side: both
//!   not  = "-" not | "(" any ")" | "@" name | [ name ":" ] value
//! ```

use crate::domain::id::OperationId;
use crate::domain::query::expression::Expression;
use crate::domain::query::saved::{Filters, is_name};
use crate::domain::query::term::{HUNDREDS, STATES, Term};
use crate::domain::query::value::{Took, When};
use crate::domain::query::{Mistake, NAMES};
use crate::domain::request::Method;

/// How many terms a query may have, those of its saved filters among them.
pub const TERMS: usize = 64;

/// How deep parentheses, `-` and saved filters may stand in each other.
pub const DEPTH: usize = 32;

/// How many bytes a value may have: a pattern of SQLite's LIKE may have 50,000.
const VALUE: usize = 4096;

/// What may be escaped between quotes, and the letter behind the backslash.
const ESCAPES: [(char, char); 5] = [
    ('"', '"'),
    ('\\', '\\'),
    ('\n', 'n'),
    ('\r', 'r'),
    ('\t', 't'),
];

const QUOTE_IT: &str = "as a text it stands in quotes";

/// The letter that stands for this character behind a backslash.
pub(super) fn escape_of(c: char) -> Option<char> {
    let row = ESCAPES.iter().find(|(character, _)| *character == c);
    row.map(|(_, letter)| *letter)
}

/// Whether a value can be written without quotes.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "\"()".contains(c))
}

/// Whether a text can be written as a bare word.
pub(super) fn is_bare(text: &str) -> bool {
    is_plain(text) && !text.contains(':') && !text.starts_with(['-', '@']) && !is_or(text)
}

/// Whether a word joins what stands beside it.
pub(super) fn is_or(word: &str) -> bool {
    word.eq_ignore_ascii_case("or")
}

/// Whether terms of this name are known.
pub(super) fn is_known(word: &str) -> bool {
    let mut known = NAMES.split(' ').filter_map(|name| name.strip_suffix(':'));
    known.any(|name| name.eq_ignore_ascii_case(word))
}

/// What is counted over a whole text and the saved filters in it.
struct Size<'a> {
    terms: usize,
    depth: usize,
    within: Vec<&'a str>,
}

/// Reads a text.
pub(super) struct Reader<'a, 's> {
    text: &'a str,
    at: usize,
    filters: &'a Filters,
    size: &'s mut Size<'a>,
}

/// Reads a whole text.
pub(super) fn read(text: &str, filters: &Filters) -> Result<Expression, Mistake> {
    let mut size = Size {
        terms: 0,
        depth: 0,
        within: Vec::new(),
    };
    Reader::new(text, filters, &mut size).whole()
}

impl<'a, 's> Reader<'a, 's> {
    fn new(text: &'a str, filters: &'a Filters, size: &'s mut Size<'a>) -> Reader<'a, 's> {
        Reader {
            text,
            at: 0,
            filters,
            size,
        }
    }

    fn whole(mut self) -> Result<Expression, Mistake> {
        self.skip_space();
        if self.rest().is_empty() {
            return Ok(Expression::default());
        }
        let read = self.any()?;
        if self.rest().starts_with(')') {
            return Err(self.closes_nothing());
        }
        Ok(read)
    }

    fn closes_nothing(&self) -> Mistake {
        let hint = format!("take it away, or open it before; {QUOTE_IT}");
        self.mistake_here(1, "')' closes nothing", &hint)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// About the bytes from `start` to `end`.
    fn mistake(&self, start: usize, end: usize, what: impl Into<String>, hint: &str) -> Mistake {
        let characters = |text: &str| text.chars().count();
        Mistake {
            column: characters(&self.text[..start]) + 1,
            width: characters(&self.text[start..end.max(start)]).max(1),
            what: what.into(),
            hint: hint.to_owned(),
        }
    }

    fn mistake_here(&self, width: usize, what: impl Into<String>, hint: &str) -> Mistake {
        self.mistake(self.at, self.at + width, what, hint)
    }

    /// The word `or` that stands here, by its length.
    fn or(&self) -> Option<usize> {
        let word = &self.rest()[..self.word_length()];
        is_or(word).then_some(word.len())
    }

    /// What stands here up to white space, a parenthesis or a quote.
    fn word_length(&self) -> usize {
        let rest = self.rest();
        rest.find(|c: char| c.is_whitespace() || "()\"".contains(c))
            .unwrap_or(rest.len())
    }

    fn any(&mut self) -> Result<Expression, Mistake> {
        let mut parts = vec![self.all()?];
        while let Some(length) = self.or() {
            let start = self.at;
            self.at += length;
            self.skip_space();
            if self.rest().is_empty() || self.rest().starts_with(')') || self.or().is_some() {
                let hint = format!("write a term behind it; {QUOTE_IT}");
                return Err(self.mistake(
                    start,
                    start + length,
                    "nothing stands behind 'or'",
                    &hint,
                ));
            }
            parts.push(self.all()?);
        }
        Ok(Expression::any(parts))
    }

    fn all(&mut self) -> Result<Expression, Mistake> {
        if let Some(length) = self.or() {
            let hint = format!("write a term before it; {QUOTE_IT}");
            return Err(self.mistake_here(length, "nothing stands before 'or'", &hint));
        }
        let mut parts = Vec::new();
        loop {
            parts.push(self.not()?);
            let before = self.at;
            self.skip_space();
            let rest = self.rest();
            if rest.is_empty() || rest.starts_with(')') || self.or().is_some() {
                return Ok(Expression::all(parts));
            }
            // Behind a quote or a parenthesis nothing stands without a space; `term` saw to the rest.
            if before == self.at {
                let width = rest.chars().next().map_or(0, char::len_utf8);
                let what = "something stands right behind what is closed";
                return Err(self.mistake_here(width, what, "put a space between"));
            }
        }
    }

    /// Goes one deeper for what `read` reads.
    fn deeper<T>(
        &mut self,
        start: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<T, Mistake> {
        if self.size.depth == DEPTH {
            let what = format!("it is more than {DEPTH} deep");
            return Err(self.mistake(start, start + 1, what, "take some parentheses away"));
        }
        self.size.depth += 1;
        let read = read(self);
        self.size.depth -= 1;
        read
    }

    fn not(&mut self) -> Result<Expression, Mistake> {
        let start = self.at;
        let rest = self.rest();
        match rest.chars().next() {
            Some('-') => {
                self.at += 1;
                let next = self.rest().chars().next();
                if next.is_none_or(|c| c.is_whitespace() || c == ')') {
                    let hint = format!("write -method:GET, without a space; {QUOTE_IT}");
                    return Err(self.mistake(start, start + 1, "'-' stands before nothing", &hint));
                }
                self.deeper(start, Self::not).map(Expression::negated)
            }
            Some('(') => self.group(),
            Some(')') => Err(self.closes_nothing()),
            Some('@') => self.saved(),
            _ => {
                let term = self.term()?;
                self.count(start)?;
                Ok(Expression::Term(term))
            }
        }
    }

    fn count(&mut self, start: usize) -> Result<(), Mistake> {
        self.size.terms += 1;
        if self.size.terms > TERMS {
            let what = format!("there are more than {TERMS} terms");
            return Err(self.mistake(start, self.at, what, "take some away"));
        }
        Ok(())
    }

    fn group(&mut self) -> Result<Expression, Mistake> {
        let start = self.at;
        self.at += 1;
        self.skip_space();
        if self.rest().starts_with(')') {
            let hint = format!("write a term between them; {QUOTE_IT}");
            let end = self.at + 1;
            return Err(self.mistake(start, end, "nothing stands in the parentheses", &hint));
        }
        let unclosed = |reader: &Self| {
            let hint = format!("close it with ')'; {QUOTE_IT}");
            reader.mistake(start, start + 1, "'(' is not closed", &hint)
        };
        if self.rest().is_empty() {
            return Err(unclosed(self));
        }
        let inner = self.deeper(start, Self::any)?;
        if !self.rest().starts_with(')') {
            return Err(unclosed(self));
        }
        self.at += 1;
        Ok(inner)
    }

    fn saved(&mut self) -> Result<Expression, Mistake> {
        let start = self.at;
        self.at += 1;
        let name = &self.rest()[..self.word_length()];
        self.at += name.len();
        if !is_name(name) {
            let hint = format!("write @late, with letters, digits, _ and -; {QUOTE_IT}");
            let what = format!("'@{name}' is no name of a saved filter");
            return Err(self.mistake(start, self.at, what, &hint));
        }
        let Some((name, text)) = self.filters.find(name) else {
            let what = format!("no filter is saved as '@{name}'");
            return Err(self.mistake(start, self.at, what, &self.filters.hint()));
        };
        if self.size.within.contains(&name) {
            let what = format!("the saved filter '@{name}' asks for itself");
            let hint = "mend it in the configuration, in [filters]";
            return Err(self.mistake(start, self.at, what, hint));
        }
        let filters = self.filters;
        let read = self.deeper(start, |reader| {
            reader.size.within.push(name);
            let read = Reader::new(text, filters, reader.size).whole();
            reader.size.within.pop();
            read.map_err(|inner| {
                let what = format!("in '@{name}', column {}: {}", inner.column, inner.what);
                reader.mistake(start, reader.at, what, &inner.hint)
            })
        })?;
        self.count(start)?;
        Ok(Expression::Saved(name.to_owned(), Box::new(read)))
    }

    fn term(&mut self) -> Result<Term, Mistake> {
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with('"') {
            let text = self.quoted()?;
            return self.named("", start, start, text);
        }
        let word = &rest[..self.word_length()];
        let Some((name, _)) = word.split_once(':') else {
            let text = self.plain()?;
            return self.named("", start, start, text);
        };
        if !is_known(name) {
            let end = start + rest.find(char::is_whitespace).unwrap_or(rest.len());
            let what = format!("'{name}:' is no name of a term");
            let hint = format!("these are: {NAMES}; a text with a colon stands in quotes");
            return Err(self.mistake(start, end, what, &hint));
        }
        self.at += name.len() + 1;
        let value = self.at;
        let text = match self.rest().starts_with('"') {
            true => self.quoted()?,
            false => self.plain()?,
        };
        self.named(&name.to_ascii_lowercase(), start, value, text)
    }

    /// What stands without quotes.
    fn plain(&mut self) -> Result<String, Mistake> {
        let rest = self.rest();
        // Of an own kind: a quote inside a word is a character of it.
        let ends = |c: char| c.is_whitespace() || c == '(' || c == ')';
        let text = &rest[..rest.find(ends).unwrap_or(rest.len())];
        if rest[text.len()..].starts_with('(') {
            let at = self.at + text.len();
            let hint = format!("put a space before it; {QUOTE_IT}");
            return Err(self.mistake(at, at + 1, "'(' stands inside a word", &hint));
        }
        self.at += text.len();
        Ok(text.to_owned())
    }

    /// What stands between quotes; the reader is on the first one.
    fn quoted(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Ok(text);
                }
                '\\' => {
                    let letter = characters.next().map(|(_, letter)| letter);
                    let known = ESCAPES.iter().find(|(_, known)| Some(*known) == letter);
                    let Some((meant, _)) = known else {
                        let (from, letter) =
                            (start + at, letter.map_or(String::new(), String::from));
                        let what = format!("'\\{letter}' means nothing between quotes");
                        let hint = r#"write \\ for a backslash, \" for a quote"#;
                        return Err(self.mistake(from, from + 1 + letter.len(), what, hint));
                    };
                    text.push(*meant);
                }
                c => text.push(c),
            }
        }
        let what = "the quote is not closed";
        Err(self.mistake(start, self.text.len(), what, "end the text with \""))
    }

    /// The term of this name and value. The value was written from the byte `value` to where the reader is.
    fn named(&self, name: &str, start: usize, value: usize, text: String) -> Result<Term, Mistake> {
        let wrong = |what: String| self.mistake(value, self.at, what, example(name));
        if text.is_empty() {
            return Err(wrong("the value is missing".to_owned()));
        }
        if text.len() > VALUE {
            let what = format!("the value is too long: {} bytes", text.len());
            return Err(self.mistake(start, self.at, what, "4096 bytes at most"));
        }
        let understood = understand(name, &text);
        understood.ok_or_else(|| wrong(format!("'{text}' is no {}", kind(name))))
    }
}

/// The term of this name and value; an empty name stands for a bare word.
fn understand(name: &str, text: &str) -> Option<Term> {
    let owned = || text.to_owned();
    Some(match name {
        "status" => return status(text),
        "method" => Term::Method(Method::parse(&text.to_ascii_uppercase()).ok()?),
        "url" => Term::Url(owned()),
        "op" => Term::Operation(OperationId::known(text)),
        "account" => Term::Account(owned()),
        "key" => Term::Key(owned()),
        "server" => Term::Server(owned()),
        "profile" => Term::Profile(owned()),
        "code" => Term::Code(owned()),
        "path" => Term::Path(place(text)),
        "is" => {
            let mut states = STATES.iter();
            Term::Is(states.find(|(_, w)| w.eq_ignore_ascii_case(text))?.0)
        }
        "took" => Term::Took(Took::parse(text)?),
        "since" => Term::Since(When::parse(text)?),
        "before" => Term::Before(When::parse(text)?),
        "body" => Term::Body(owned()),
        _ => Term::Text(owned()),
    })
}

/// What a value of this name is, after "is no".
fn kind(name: &str) -> &'static str {
    match name {
        "status" => "status",
        "method" => "HTTP method",
        "is" => "state of an exchange",
        "took" => "bound of a time",
        "since" | "before" => "moment",
        _ => "value",
    }
}

/// How a term of this name is written.
fn example(name: &str) -> &'static str {
    match name {
        "status" => "write status:422 or status:4xx",
        "method" => "write method:POST",
        "url" => "write url:TEXT",
        "op" => "write op:ID",
        "account" => "write account:ID",
        "key" => "write key:KEY",
        "server" => "write server:ID, the server's own",
        "profile" => "write profile:NAME",
        "code" => "write code:CODE, one that an answer lists",
        "path" => "write path:/items/0",
        "is" => {
            "write is:replayed, is:indeterminate, is:unsettled, is:recreated, is:pinned, is:noted, is:held, is:in_flight or is:failed"
        }
        "took" => "write took:>500ms or took:<=2s, in ms, s or m",
        "since" | "before" => {
            "write 2h, 30m or 7d ago, 2026-01-02 or 2026-01-02T15:00+02:00; UTC without an offset"
        }
        "body" => "write body:TEXT",
        _ => "write a word, or a text in quotes",
    }
}

/// A path with its slash, and none at its end.
fn place(text: &str) -> String {
    let text = text.trim_end_matches('/');
    match text.is_empty() || text.starts_with('/') {
        true => text.to_owned(),
        false => format!("/{text}"),
    }
}

/// `422`, or `4xx` for its hundred.
fn status(text: &str) -> Option<Term> {
    let hundred = HUNDREDS.iter().find(|(_, w)| w.eq_ignore_ascii_case(text));
    if let Some((hundred, _)) = hundred {
        return Some(Term::Hundred(*hundred));
    }
    let digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    let status: u16 = text.parse().ok().filter(|_| digits)?;
    (status >= 100).then_some(Term::Status(status))
}
