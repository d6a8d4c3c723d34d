//! Where a filter is not jq, and what is wrong there: in plain words, and as a picture.
//!
//! ```text
//!   the filter cannot be read: there is no function 'foo' (column 6)
//!     .a | foo | .b
//!          ^^^
//! ```

use std::fmt;
use std::ops::Range;

use jaq_core::compile::Undefined;
use jaq_core::load::{lex, parse};
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use crate::document::visible::visible;
use crate::jq::offered::{arities, why_withheld};
use crate::jq::print::bounded;

/// So many columns of the filter are shown before its fault, at most.
const BEFORE: usize = 50;
/// And so many after its beginning.
const AFTER: usize = 30;

/// The first place where a filter is not jq.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the filter cannot be read: {what} (column {column})")]
pub struct SyntaxError {
    /// What is wrong, and so what to write instead. It may hold text of the filter as it is.
    pub what: String,
    /// The first byte, from 0.
    pub start: usize,
    /// The byte after the last one; `start` where something is missing.
    pub end: usize,
    /// The character in its line, from 1.
    pub column: usize,
}

impl SyntaxError {
    /// An error at these bytes of a filter.
    pub fn new(filter: &str, span: Range<usize>, what: impl fmt::Display) -> SyntaxError {
        let start = filter.floor_char_boundary(span.start);
        let line = line_start(filter, start);
        SyntaxError {
            what: bounded(&what),
            start,
            end: filter.floor_char_boundary(span.end).max(start),
            column: filter[line..start].chars().count() + 1,
        }
    }

    /// The line of the filter in which it is, fit for a terminal, and a line of carets that stand below the place. A
    /// long line is cut around it.
    pub fn picture(&self, filter: &str) -> [String; 2] {
        let start = filter.floor_char_boundary(self.start);
        let line = line_start(filter, start);
        let line_end = filter[start..]
            .find('\n')
            .map_or(filter.len(), |at| start + at);
        let end = filter.floor_char_boundary(self.end).clamp(start, line_end);
        let before = last_columns(&visible(&filter[line..start]), BEFORE);
        let marked = first_columns(&visible(&filter[start..end]), AFTER);
        let rest = AFTER.saturating_sub(marked.width());
        let after = match rest {
            0 => String::new(),
            rest => first_columns(&visible(&filter[end..line_end]), rest),
        };
        let carets = "^".repeat(marked.width().max(1));
        [
            format!("{before}{marked}{after}"),
            format!("{}{carets}", " ".repeat(before.width())),
        ]
    }
}

fn line_start(filter: &str, at: usize) -> usize {
    filter[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The text's beginning, an ellipsis where it goes on.
fn first_columns(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let fits = |end: &usize| text[..*end].width() < most;
    let ends = text.char_indices().map(|(at, _)| at).take_while(fits);
    format!("{}…", &text[..ends.last().unwrap_or(0)])
}

/// The text's end, an ellipsis where it began earlier.
fn last_columns(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let fits = |start: &usize| text[*start..].width() < most;
    let starts = text.char_indices().rev().map(|(at, _)| at);
    let start = starts.take_while(fits).last().unwrap_or(text.len());
    format!("…{}", &text[start..])
}

/// Where a part stands in the filter it was cut from.
fn place(filter: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).checked_sub(filter.as_ptr() as usize);
    let start = start.filter(|start| start + part.len() <= filter.len());
    // Only a part of another text is not found: there is no place for it.
    start.map_or(filter.len()..filter.len(), |start| {
        start..start + part.len()
    })
}

/// Of the lexer: what it expected, and all that follows.
pub fn of_lexer(filter: &str, (expected, rest): &lex::Error<&str>) -> SyntaxError {
    let at = place(filter, rest).start;
    let next = rest.chars().next();
    let here = at..at + next.map_or(0, char::len_utf8);
    let (span, what) = match expected {
        lex::Expect::Delim(open) => {
            let close = match *open {
                "(" => ")",
                "[" => "]",
                "{" => "}",
                other => other,
            };
            // A delimiter is told by where it opened; what stands in the place of its end may be anything.
            let what = match next {
                None => format!("this '{open}' has no closing '{close}'"),
                Some(found) => {
                    format!("this '{open}' is not closed: expected '{close}', found '{found}'")
                }
            };
            match next {
                None => (place(filter, open), what),
                Some(_) => (here, format!("expected '{close}'")),
            }
        }
        lex::Expect::Digit => (here, "expected a digit".to_owned()),
        lex::Expect::Ident => (here, "expected a name".to_owned()),
        lex::Expect::Escape => (here, "no such escape in a string".to_owned()),
        lex::Expect::Unicode => (
            here,
            "expected four hexadecimal digits of a character".to_owned(),
        ),
        _ => (here, "this begins nothing in jq".to_owned()),
    };
    SyntaxError::new(filter, span, what)
}

/// Of the parser: what it expected, and what it found, which is nothing at the end.
pub fn of_parser(filter: &str, (expected, found): &parse::Error<&str>) -> SyntaxError {
    let expected = match expected {
        parse::Expect::Just(word) => format!("'{word}'"),
        parse::Expect::Var => "a variable ($name)".to_owned(),
        parse::Expect::Pattern => "a variable or a pattern ($name, [$a], {$a})".to_owned(),
        parse::Expect::ElseOrEnd => "'else' or 'end'".to_owned(),
        parse::Expect::CommaOrRBrack => "',' or ']'".to_owned(),
        parse::Expect::CommaOrRBrace => "',' or '}'".to_owned(),
        parse::Expect::SemicolonOrRParen => "';' or ')'".to_owned(),
        parse::Expect::Term => "a filter, such as .name".to_owned(),
        parse::Expect::Key => "a name, a string or '['".to_owned(),
        parse::Expect::Ident => "a name".to_owned(),
        parse::Expect::Arg => "an argument's name".to_owned(),
        parse::Expect::Str => "a string".to_owned(),
        parse::Expect::Nothing => "the end, or '|' and what comes next".to_owned(),
        other => other.as_str().to_owned(),
    };
    let what = match *found {
        "" => format!("the filter ends too early: expected {expected}"),
        _ => format!("expected {expected}"),
    };
    SyntaxError::new(filter, place(filter, found), what)
}

/// Of the loader: a module that was asked for.
pub fn of_module(filter: &str, path: &str) -> SyntaxError {
    let what = "a filter loads no modules: write the definitions into it";
    SyntaxError::new(filter, place(filter, path), what)
}

/// Of the compiler: a name that is none.
pub fn of_name(filter: &str, name: &str, undefined: &Undefined) -> SyntaxError {
    let what = match (why_withheld(name), undefined) {
        (Some(why), _) => format!("'{name}' is not offered here: {why}"),
        (None, Undefined::Filter(arity)) => of_function(name, *arity),
        (None, Undefined::Var) => format!("there is no variable '{name}'"),
        (None, Undefined::Label) => format!("there is no label '{name}' around it"),
        (None, Undefined::Mod) => format!("there is no module '{name}'"),
        (None, other) => format!("there is no {} '{name}'", other.as_str()),
    };
    SyntaxError::new(filter, place(filter, name), what)
}

fn of_function(name: &str, arity: usize) -> String {
    let known = arities(name);
    if known.is_empty() {
        return format!("there is no function '{name}'");
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    let known = known.join(" or ");
    format!("'{name}' takes {known} arguments, parted by ';', and here it has {arity}")
}
