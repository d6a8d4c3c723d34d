//! From text to terms: one reader, for a line of terms and for a single argument alike.

use crate::domain::id::OperationId;
use crate::domain::query::{HUNDREDS, Mistake, NAMES, STATES, Term};
use crate::domain::request::Method;

/// How many terms a query may have; the history's database takes far more parameters.
const TERMS: usize = 32;

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

/// Names that a later version will read as dates.
const DATES: [&str; 4] = ["since", "until", "before", "after"];

const LATER: &str = "that will come in a later version";

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
    is_plain(text) && !text.contains(':') && !text.starts_with('-') && !is_or(text)
}

fn is_or(word: &str) -> bool {
    word.eq_ignore_ascii_case("or")
}

/// Reads terms from a text.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether the whole text is one term.
    argument: bool,
}

impl<'a> Reader<'a> {
    /// Of a line of terms.
    pub(super) fn line(text: &'a str) -> Reader<'a> {
        Reader {
            text,
            at: 0,
            argument: false,
        }
    }

    /// Of one term.
    pub(super) fn argument(text: &'a str) -> Reader<'a> {
        Reader {
            text,
            at: 0,
            argument: true,
        }
    }

    /// Reads every term of a line.
    pub(super) fn terms(mut self) -> Result<Vec<Term>, Mistake> {
        let mut terms = Vec::new();
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if self.rest().is_empty() {
                return Ok(terms);
            }
            let start = self.at;
            terms.push(self.term()?);
            if terms.len() > TERMS {
                let what = format!("there are more than {TERMS} terms");
                return Err(self.mistake(start, self.at, what, "take some away"));
            }
        }
    }

    /// Reads the one term of an argument.
    pub(super) fn only(mut self) -> Result<Term, Mistake> {
        if self.text.is_empty() {
            return Err(self.mistake(0, 0, "the term is missing", NAMES));
        }
        self.term()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
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

    fn term(&mut self) -> Result<Term, Mistake> {
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with('-') {
            let what = "'-' before a term, to leave out what fits, is not understood yet";
            return Err(self.mistake(start, start + 1, what, &or_quote(LATER)));
        }
        if rest.starts_with('"') {
            let text = self.quoted()?;
            return self.named("url", start, start, text);
        }
        let length = rest.find(|c: char| c == ':' || self.ends(c));
        let word = &rest[..length.unwrap_or(rest.len())];
        if !rest[word.len()..].starts_with(':') {
            let text = self.plain()?;
            if is_or(&text) {
                let what = "'or' between terms is not understood yet";
                return Err(self.mistake(start, self.at, what, &or_quote(LATER)));
            }
            return self.named("url", start, start, text);
        }
        self.check_name(word)?;
        self.at += word.len() + 1;
        let value = self.at;
        let text = match self.rest().starts_with('"') {
            true => self.quoted()?,
            false => self.plain()?,
        };
        self.named(word, start, value, text)
    }

    /// Whether a character ends what stands without quotes.
    fn ends(&self, c: char) -> bool {
        !self.argument && c.is_whitespace()
    }

    fn check_name(&self, word: &str) -> Result<(), Mistake> {
        let start = self.at;
        let rest = self.rest();
        let end = start + rest.find(|c| self.ends(c)).unwrap_or(rest.len());
        let known = NAMES.split(' ').filter_map(|name| name.strip_suffix(':'));
        if known.clone().any(|name| name.eq_ignore_ascii_case(word)) {
            return Ok(());
        }
        if let Some(at) = word.find(['(', ')']) {
            return Err(self.parentheses(start + at));
        }
        if DATES.iter().any(|name| name.eq_ignore_ascii_case(word)) {
            let what = format!("dates such as '{word}:' are not understood yet");
            return Err(self.mistake(start, end, what, LATER));
        }
        let what = format!("'{word}:' is no name of a term");
        let hint = format!("these are: {NAMES}; a text with a colon stands in quotes");
        Err(self.mistake(start, end, what, &hint))
    }

    /// What stands without quotes.
    fn plain(&mut self) -> Result<String, Mistake> {
        let rest = self.rest();
        let text = &rest[..rest.find(|c| self.ends(c)).unwrap_or(rest.len())];
        if let Some(at) = text.find(['(', ')']) {
            return Err(self.parentheses(self.at + at));
        }
        self.at += text.len();
        Ok(text.to_owned())
    }

    fn parentheses(&self, at: usize) -> Mistake {
        let what = "parentheses are not understood yet";
        self.mistake(at, at + 1, what, &or_quote(LATER))
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
                    return self.closed().map(|()| text);
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

    /// Behind a closing quote a term is over.
    fn closed(&self) -> Result<(), Mistake> {
        let rest = self.rest();
        if rest.is_empty() || rest.starts_with(|c| self.ends(c)) {
            return Ok(());
        }
        let what = "something stands right behind the closing quote";
        let width = rest.chars().next().map_or(0, char::len_utf8);
        Err(self.mistake(self.at, self.at + width, what, "put a space between"))
    }

    /// The term of this name and value. The value was written from the byte `value` to where the reader is.
    fn named(&self, name: &str, start: usize, value: usize, text: String) -> Result<Term, Mistake> {
        let name = name.to_ascii_lowercase();
        let wrong = |what: String| self.mistake(value, self.at, what, example(&name));
        if text.is_empty() {
            return Err(wrong("the value is missing".to_owned()));
        }
        if text.len() > VALUE {
            let what = format!("the value is too long: {} bytes", text.len());
            return Err(self.mistake(start, self.at, what, "4096 bytes at most"));
        }
        Ok(match name.as_str() {
            "status" => status(&text).ok_or_else(|| wrong(format!("'{text}' is no status")))?,
            "method" => {
                let method = Method::parse(&text.to_ascii_uppercase());
                Term::Method(method.map_err(|_| wrong(format!("'{text}' is no HTTP method")))?)
            }
            "op" => Term::Operation(OperationId::known(text)),
            "account" => Term::Account(text),
            "key" => Term::Key(text),
            "profile" => Term::Profile(text),
            "code" => Term::Code(text),
            "is" => {
                let state = STATES.iter().find(|(_, w)| w.eq_ignore_ascii_case(&text));
                let unknown = || wrong(format!("'{text}' is nothing that an exchange can be"));
                Term::Is(state.ok_or_else(unknown)?.0)
            }
            // `check_name` let no other name through than that of the text.
            _ => Term::Url(text),
        })
    }
}

/// The way out that always is there: what is quoted is text.
fn or_quote(hint: &str) -> String {
    format!("{hint}; as a text it stands in quotes")
}

/// How a term of this name is written.
fn example(name: &str) -> &'static str {
    match name {
        "status" => "write status:422 or status:4xx",
        "method" => "write method:POST",
        "op" => "write op:ID",
        "account" => "write account:ID",
        "key" => "write key:KEY",
        "profile" => "write profile:NAME",
        "code" => "write code:CODE, one that an answer lists",
        "is" => {
            "write is:replayed, is:indeterminate, is:unsettled, is:held, is:in_flight or is:failed"
        }
        _ => "write url:TEXT, or a word of the URL",
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
