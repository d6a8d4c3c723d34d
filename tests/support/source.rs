//! Reads a Rust source far enough to say which paths it names: comments, strings and characters are stepped over, use
//! trees are spread out, the modules written inside the file are followed. Not a parser: it knows no types, and a path
//! inside a string (`#[serde(with = "crate::x")]`) it does not see.
//!
//! ```text
//!   text ──tokens()──▶ idents, `::`, punctuation ──Source::read()──▶ Mention { path, line, … }
//! ```

use std::collections::HashMap;

/// What one source file says of other places.
#[derive(Debug, Default)]
pub struct Source {
    /// The paths it names, in order.
    pub mentions: Vec<Mention>,
    /// The modules it declares to stand in files of their own (`mod x;`).
    pub children: Vec<String>,
    /// What its imports call a path: the name in the file, and the import.
    pub aliases: HashMap<String, Mention>,
    /// How many lines stand outside `mod tests { … }`.
    pub lines: usize,
}

/// One path, as it is written in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its segments; a use tree is spread out to one mention a leaf.
    pub path: Vec<String>,
    /// Whether it began with `::`, so that its first segment is a crate.
    pub absolute: bool,
    /// Whether it ends in `::*`.
    pub glob: bool,
    /// Whether an import with `pub` named it.
    pub handed_on: bool,
    /// The modules around it that are written in this file.
    pub inside: Vec<String>,
    /// Counted from one.
    pub line: usize,
}

impl Mention {
    /// Whether it stands in a module named `tests`.
    pub fn in_tests(&self) -> bool {
        self.inside.iter().any(|name| name == "tests")
    }
}

impl Source {
    /// Reads one file.
    pub fn read(text: &str) -> Source {
        let mut reader = Reader {
            tokens: tokens(text),
            at: 0,
            modules: Vec::new(),
            depth: 0,
            tests_since: None,
            test_lines: 0,
            source: Source::default(),
        };
        reader.run();
        reader.source.lines = text.lines().count() - reader.test_lines;
        reader.source
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Ident(String),
    /// `::`
    Join,
    /// Any other character that is code.
    Mark(char),
    /// A string, a character or a number.
    Literal,
}

fn tokens(text: &str) -> Vec<(Token, usize)> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < chars.len() {
        let (token, end) = token(&chars, at);
        if let Some(token) = token {
            found.push((token, line));
        }
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

/// The token that begins here (none for white space and comments), and where it ends.
fn token(chars: &[char], at: usize) -> (Option<Token>, usize) {
    let next = |n: usize| chars.get(at + n).copied();
    match chars[at] {
        '/' if next(1) == Some('/') => (None, line_end(chars, at)),
        '/' if next(1) == Some('*') => (None, block_end(chars, at)),
        c if c.is_whitespace() => (None, at + 1),
        ':' if next(1) == Some(':') => (Some(Token::Join), at + 2),
        '"' => (Some(Token::Literal), quoted_end(chars, at, '"')),
        '\'' if next(1) == Some('\\') || next(2) == Some('\'') => {
            (Some(Token::Literal), quoted_end(chars, at, '\''))
        }
        c if c.is_alphanumeric() || c == '_' => word(chars, at),
        c => (Some(Token::Mark(c)), at + 1),
    }
}

fn word(chars: &[char], at: usize) -> (Option<Token>, usize) {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let end = at + chars[at..].iter().take_while(|c| is_word(c)).count();
    let text: String = chars[at..end].iter().collect();
    match (text.as_str(), chars.get(end)) {
        ("r" | "br" | "cr", Some('"' | '#')) => raw(chars, at, end),
        ("b" | "c", Some('"')) => (Some(Token::Literal), quoted_end(chars, end, '"')),
        ("b", Some('\'')) => (Some(Token::Literal), quoted_end(chars, end, '\'')),
        _ if chars[at].is_ascii_digit() => (Some(Token::Literal), end),
        _ => (Some(Token::Ident(text)), end),
    }
}

/// A raw string, or a raw identifier (`r#type`).
fn raw(chars: &[char], at: usize, end: usize) -> (Option<Token>, usize) {
    let hashes = chars[end..].iter().take_while(|c| **c == '#').count();
    let mut here = end + hashes;
    if chars.get(here) != Some(&'"') {
        let (ident, end) = if here < chars.len() && chars[here].is_alphabetic() {
            word(chars, here)
        } else {
            (Some(Token::Mark('#')), here)
        };
        return (ident, end.max(at + 1));
    }
    loop {
        here += 1;
        let closes = |n: usize| chars.get(here + 1 + n) == Some(&'#');
        match chars.get(here) {
            None => return (Some(Token::Literal), here),
            Some('"') if (0..hashes).all(closes) => {
                return (Some(Token::Literal), here + 1 + hashes);
            }
            Some(_) => {}
        }
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    at + chars[at..].iter().take_while(|c| **c != '\n').count()
}

/// Block comments nest.
fn block_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut here) = (0, at);
    while here < chars.len() {
        match (chars[here], chars.get(here + 1)) {
            ('/', Some('*')) => (depth, here) = (depth + 1, here + 2),
            ('*', Some('/')) => (depth, here) = (depth - 1, here + 2),
            _ => here += 1,
        }
        if depth == 0 {
            break;
        }
    }
    here.min(chars.len())
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut here = at + 1;
    while here < chars.len() && chars[here] != quote {
        here += if chars[here] == '\\' { 2 } else { 1 };
    }
    (here + 1).min(chars.len())
}

/// A module written inside the file, and the depth of its braces.
struct Module {
    name: String,
    depth: usize,
}

struct Reader {
    tokens: Vec<(Token, usize)>,
    at: usize,
    modules: Vec<Module>,
    depth: usize,
    tests_since: Option<usize>,
    test_lines: usize,
    source: Source,
}

impl Reader {
    fn run(&mut self) {
        while let Some((token, line)) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Mark('{') => self.depth += 1,
                Token::Mark('}') => self.close(line),
                Token::Ident(word) if word == "mod" => self.module(line),
                Token::Ident(word) if word == "use" && !self.is_mark(1, '<') => {
                    self.import();
                    continue;
                }
                Token::Ident(_) if self.begins_path() => self.inline_path(line),
                _ => {}
            }
            self.at += 1;
        }
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(token, _)| token)
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        self.peek(ahead) == Some(&Token::Mark(mark))
    }

    fn before(&self, back: usize) -> Option<&Token> {
        let at = self.at.checked_sub(back)?;
        self.tokens.get(at).map(|(token, _)| token)
    }

    fn close(&mut self, line: usize) {
        self.depth = self.depth.saturating_sub(1);
        if self.modules.last().is_some_and(|m| m.depth == self.depth) {
            self.modules.pop();
            if !self.modules.iter().any(|m| m.name == "tests")
                && let Some(since) = self.tests_since.take()
            {
                self.test_lines += line - since + 1;
            }
        }
    }

    fn module(&mut self, line: usize) {
        let Some(Token::Ident(name)) = self.peek(1).cloned() else {
            return;
        };
        if self.is_mark(2, ';') {
            self.source.children.push(name);
        } else if self.is_mark(2, '{') {
            if name == "tests" && self.tests_since.is_none() {
                self.tests_since = Some(line);
            }
            let depth = self.depth;
            self.modules.push(Module { name, depth });
        }
    }

    /// Whether the identifier here is the first of several segments.
    fn begins_path(&self) -> bool {
        let joined = self.peek(1) == Some(&Token::Join);
        let continues = match self.before(1) {
            Some(Token::Mark('.')) => true,
            Some(Token::Join) => !self.join_begins(2),
            _ => false,
        };
        joined && !continues
    }

    /// Whether the `::` that stands `back` tokens less one behind is the beginning of a path.
    fn join_begins(&self, back: usize) -> bool {
        !matches!(
            self.before(back),
            Some(Token::Ident(_) | Token::Mark('>' | ')'))
        )
    }

    fn inline_path(&mut self, line: usize) {
        let absolute = self.before(1) == Some(&Token::Join);
        let mut path = Vec::new();
        while let Some(Token::Ident(word)) = self.peek(0).cloned() {
            path.push(word);
            if self.peek(1) == Some(&Token::Join) && matches!(self.peek(2), Some(Token::Ident(_))) {
                self.at += 2;
            } else {
                break;
            }
        }
        self.mention(path, false, line);
        if let Some(mention) = self.source.mentions.last_mut() {
            mention.absolute = absolute;
        }
    }

    fn inside(&self) -> Vec<String> {
        self.modules.iter().map(|m| m.name.clone()).collect()
    }

    fn import(&mut self) {
        let handed_on = self.follows_pub();
        self.at += 1;
        let absolute = self.peek(0) == Some(&Token::Join);
        if absolute {
            self.at += 1;
        }
        let first = self.source.mentions.len();
        self.tree(&[]);
        for mention in &mut self.source.mentions[first..] {
            mention.handed_on = handed_on;
            mention.absolute = absolute;
        }
    }

    /// Whether `pub` or `pub(…)` stands before the word here.
    fn follows_pub(&self) -> bool {
        let is_pub = |token: Option<&Token>| matches!(token, Some(Token::Ident(w)) if w == "pub");
        if self.before(1) != Some(&Token::Mark(')')) {
            return is_pub(self.before(1));
        }
        let opens = (2..=self.at).find(|back| self.before(*back) == Some(&Token::Mark('(')));
        opens.is_some_and(|back| is_pub(self.before(back + 1)))
    }

    /// One branch of a use tree; ends before the `,`, `}` or `;` that ends it.
    fn tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        let line = self.tokens.get(self.at).map_or(0, |(_, line)| *line);
        loop {
            match self.peek(0).cloned() {
                Some(Token::Ident(word)) if word == "as" => {
                    if let Some(Token::Ident(name)) = self.peek(1).cloned() {
                        self.leaf(path, Some(name), line);
                    }
                    self.at += 2;
                    return;
                }
                Some(Token::Ident(word)) => {
                    // `{self}` in a tree is the tree's own stem.
                    if word != "self" || prefix.is_empty() {
                        path.push(word);
                    }
                    self.at += 1;
                }
                Some(Token::Join) => self.at += 1,
                Some(Token::Mark('{')) => return self.branches(&path),
                Some(Token::Mark('*')) => {
                    self.at += 1;
                    self.mention(path, true, line);
                    return;
                }
                _ => return self.leaf(path, None, line),
            }
        }
    }

    fn branches(&mut self, path: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() && !self.is_mark(0, '}') {
            if self.is_mark(0, ',') || self.is_mark(0, ';') {
                self.at += 1;
            } else {
                let here = self.at;
                self.tree(path);
                // A mark that no use tree has would stop us here for ever.
                self.at += usize::from(self.at == here);
            }
        }
        self.at += 1;
    }

    fn leaf(&mut self, path: Vec<String>, name: Option<String>, line: usize) {
        let Some(name) = name.or_else(|| path.last().cloned()) else {
            return;
        };
        let mention = self.mention(path, false, line);
        self.source.aliases.insert(name, mention);
    }

    fn mention(&mut self, path: Vec<String>, glob: bool, line: usize) -> Mention {
        let mention = Mention {
            path,
            absolute: false,
            glob,
            handed_on: false,
            inside: self.inside(),
            line,
        };
        self.source.mentions.push(mention.clone());
        mention
    }
}
