//! What is looked for: a text or a pattern, checked once and ready to search with.
//!
//! ```text
//!   Wanted ─┬─ literal ─┬─ plain ───────────────────▶ memmem
//!           │           ├─ ASCII in any case ───────▶ Folded
//!           │           └─ JSON may escape it ──┐
//!           └─ regular expression ──────────────┴───▶ Regex, bounded in size
//! ```

use std::ops::Range;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::ast::parse::ParserBuilder as AstParserBuilder;
use regex_syntax::ast::{Ast, ClassSetItem, Literal, LiteralKind, Span, Visitor, visit};

use crate::document::find::folded::Folded;
use crate::document::find::spelling::json_pattern;

/// The longest text or pattern in bytes. Fully escaped it is still shorter than the longest match.
pub const LONGEST_TEXT: usize = 4096;

/// How much memory a compiled pattern may take, and again the tables it builds while it searches.
const PATTERN_SIZE: usize = 4 << 20;

/// How deep groups may stand in each other.
const NESTING: u32 = 64;

/// How the text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// As it stands.
    #[default]
    Literal,
    /// As a regular expression, in the syntax of the crate `regex`.
    Regex,
}

/// Where a match may lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Anywhere in the body.
    #[default]
    Anywhere,
    /// In a key of a JSON object, its quotes not included.
    Keys,
    /// In a JSON value that is a string (its quotes not included), a number or a literal.
    Values,
}

/// What a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The text. Without a capital letter in it, case does not count.
    pub text: &'a str,
    /// How it is read.
    pub syntax: Syntax,
    /// Where it may lie.
    pub scope: Scope,
    /// Whether the body is JSON: a literal is then found where it is escaped too. Keys and values are JSON in any case.
    pub is_json: bool,
}

/// Why a text cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct Mistake {
    /// Where it begins, in characters from 1.
    pub column: usize,
    /// How many characters it is about, at least one; behind the text's end there is room for it.
    pub width: usize,
    /// What is wrong.
    pub what: String,
}

#[cfg(test)]
thread_local! {
    /// How many searches this thread has made.
    pub(in crate::document::find) static SEARCHES: std::cell::Cell<usize> =
        const { std::cell::Cell::new(0) };
}

/// What is looked for, ready to search with.
#[derive(Clone, Debug)]
pub struct Needle {
    finder: Means,
    scope: Scope,
    any_case: bool,
}

#[derive(Clone, Debug)]
enum Means {
    Exact(Box<Finder<'static>>),
    Folded(Folded),
    Pattern(Regex),
}

impl Needle {
    /// Checks and prepares what is wanted.
    ///
    /// # Errors
    /// When the text is empty or too long; when it is no regular expression, or one too large or for nothing but empty
    /// matches.
    pub fn new(wanted: &Wanted<'_>) -> Result<Needle, Mistake> {
        if wanted.text.is_empty() {
            return Err(whole("", "there is nothing to look for"));
        }
        if wanted.text.len() > LONGEST_TEXT {
            let what = format!("this is longer than {LONGEST_TEXT} bytes");
            return Err(whole(wanted.text, &what));
        }
        match wanted.syntax {
            Syntax::Literal => Needle::literal(wanted),
            Syntax::Regex => Needle::regex(wanted),
        }
    }

    fn literal(wanted: &Wanted<'_>) -> Result<Needle, Mistake> {
        let text = wanted.text;
        let any_case = !text.chars().any(char::is_uppercase) && text.chars().any(has_capital);
        let is_json = wanted.is_json || wanted.scope != Scope::Anywhere;
        let spelled = is_json.then(|| json_pattern(text, any_case)).flatten();
        let folded = Folded::new(text).filter(|_| any_case);
        let finder = if let Some(pattern) = spelled {
            Means::Pattern(compile(text, &pattern, any_case, true)?)
        } else if let Some(folded) = folded {
            Means::Folded(folded)
        } else if any_case {
            let pattern = regex::escape(text);
            Means::Pattern(compile(text, &pattern, true, !text.is_ascii())?)
        } else {
            Means::Exact(Box::new(Finder::new(text).into_owned()))
        };
        Ok(Needle {
            finder,
            scope: wanted.scope,
            any_case,
        })
    }

    fn regex(wanted: &Wanted<'_>) -> Result<Needle, Mistake> {
        let any_case = !check(wanted.text)?.found;
        Ok(Needle {
            finder: Means::Pattern(compile(wanted.text, wanted.text, any_case, true)?),
            scope: wanted.scope,
            any_case,
        })
    }

    /// Where a match may lie.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether case does not count: nothing in the text is a capital.
    pub fn any_case(&self) -> bool {
        self.any_case
    }

    /// The first match in `bytes` that begins at `from` or behind it; what stands before is seen, so that `^` and `\b`
    /// know. A pattern's match may be empty.
    pub(in crate::document::find) fn find_at(
        &self,
        bytes: &[u8],
        from: usize,
    ) -> Option<Range<usize>> {
        #[cfg(test)]
        SEARCHES.with(|searches| searches.set(searches.get() + 1));
        let rest = bytes.get(from..)?;
        let found = match &self.finder {
            Means::Exact(finder) => {
                let start = finder.find(rest)?;
                start..start + finder.needle().len()
            }
            Means::Folded(folded) => folded.find(rest)?,
            Means::Pattern(regex) => return regex.find_at(bytes, from).map(|found| found.range()),
        };
        Some(from + found.start..from + found.end)
    }

    /// The length of every match, where they all have the same and nothing around them counts.
    pub(in crate::document::find) fn fixed_length(&self) -> Option<usize> {
        match &self.finder {
            Means::Exact(finder) => Some(finder.needle().len()),
            Means::Folded(folded) => Some(folded.len()),
            Means::Pattern(_) => None,
        }
    }
}

/// Whether the character is another in upper case.
fn has_capital(character: char) -> bool {
    character.to_uppercase().ne([character])
}

fn whole(text: &str, what: &str) -> Mistake {
    Mistake {
        column: 1,
        width: text.chars().count().max(1),
        what: what.to_owned(),
    }
}

/// What is wrong with a part of a pattern.
fn mistake(pattern: &str, span: &Span, what: &str) -> Mistake {
    let characters = |bytes: Range<usize>| {
        let text = pattern.get(bytes).unwrap_or_default();
        text.chars().count()
    };
    Mistake {
        column: characters(0..span.start.offset) + 1,
        width: characters(span.start.offset..span.end.offset).max(1),
        what: what.to_owned(),
    }
}

/// Finds the place of what is wrong with a pattern, or whether a capital stands in it.
fn check(pattern: &str) -> Result<Capital, Mistake> {
    let mut parser = AstParserBuilder::new().nest_limit(NESTING).build();
    let tree = parser
        .parse(pattern)
        .map_err(|error| mistake(pattern, error.span(), &error.kind().to_string()))?;
    let mut parser = ParserBuilder::new()
        .utf8(false)
        .multi_line(true)
        .nest_limit(NESTING)
        .build();
    let meaning = parser.parse(pattern).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => {
            mistake(pattern, error.span(), &error.kind().to_string())
        }
        regex_syntax::Error::Translate(error) => {
            mistake(pattern, error.span(), &error.kind().to_string())
        }
        other => whole(pattern, &other.to_string()),
    })?;
    if meaning.properties().maximum_len() == Some(0) {
        return Err(whole(pattern, "this matches no character, only a place"));
    }
    Ok(visit(&tree, Capital::default()).unwrap_or_default())
}

/// Compiles a pattern; `text` is what the person wrote.
fn compile(text: &str, pattern: &str, any_case: bool, unicode: bool) -> Result<Regex, Mistake> {
    RegexBuilder::new(pattern)
        .case_insensitive(any_case)
        .unicode(unicode)
        .multi_line(true)
        .crlf(true)
        .nest_limit(NESTING)
        .size_limit(PATTERN_SIZE)
        .dfa_size_limit(PATTERN_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => whole(text, "this pattern is too large"),
            other => whole(text, &other.to_string()),
        })
}

/// Whether a capital stands in a pattern as itself: not in `\S`, not in a group's name.
#[derive(Debug, Default)]
struct Capital {
    found: bool,
}

impl Capital {
    fn see(&mut self, literal: &Literal) {
        let as_itself = !matches!(
            literal.kind,
            LiteralKind::HexFixed(_) | LiteralKind::HexBrace(_)
        );
        self.found |= as_itself && literal.c.is_uppercase();
    }
}

impl Visitor for Capital {
    type Output = Capital;
    type Err = ();

    fn finish(self) -> Result<Capital, ()> {
        Ok(self)
    }

    fn visit_pre(&mut self, tree: &Ast) -> Result<(), ()> {
        if let Ast::Literal(literal) = tree {
            self.see(literal);
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), ()> {
        match item {
            ClassSetItem::Literal(literal) => self.see(literal),
            ClassSetItem::Range(range) => {
                self.see(&range.start);
                self.see(&range.end);
            }
            _ => {}
        }
        Ok(())
    }
}
