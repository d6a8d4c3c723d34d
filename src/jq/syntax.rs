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
    let here = at..at + rest.chars().next().map_or(0, char::len_utf8);
    let what = match expected {
        lex::Expect::Delim(open) if rest.is_empty() => {
            // What is missing at the end belongs to a place before it.
            let what = format!("this '{open}' has no closing '{}'", closing(open));
            return SyntaxError::new(filter, place(filter, open), what);
        }
        lex::Expect::Delim(open) => &format!("expected '{}'", closing(open)),
        lex::Expect::Digit => "expected a digit",
        lex::Expect::Ident => "expected a name",
        lex::Expect::Escape => "no such escape in a string",
        lex::Expect::Unicode => "expected four hexadecimal digits of a character",
        _ if rest.starts_with(is_other_letter) => {
            "a name with such a letter stands in quotes: .\"é\""
        }
        _ => "this begins nothing in jq",
    };
    SyntaxError::new(filter, here, what)
}

/// A letter that JSON's names often have, and jq's have not.
fn is_other_letter(character: char) -> bool {
    !character.is_ascii() && character.is_alphabetic()
}

fn closing(open: &str) -> &str {
    match open {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        quote => quote,
    }
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
    let Some(most) = known.last() else {
        return format!("there is no function '{name}'");
    };
    let numbers: Vec<String> = known.iter().map(ToString::to_string).collect();
    let (numbers, s) = (numbers.join(" or "), if *most == 1 { "" } else { "s" });
    format!("'{name}' takes {numbers} argument{s}, parted by ';': here it has {arity}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};
    use unicode_width::UnicodeWidthStr;

    use crate::document::visible::visible;
    use crate::jq::filter::Filter;
    use crate::jq::syntax::{AFTER, BEFORE, SyntaxError};

    fn error(filter: &str) -> SyntaxError {
        let compiled = Filter::compile(filter);
        compiled
            .err()
            .unwrap_or_else(|| panic!("it is jq: {filter}"))
    }

    #[test]
    fn a_mistake_is_told_and_its_place_marked() {
        #[rustfmt::skip]
        let table: &[(&str, &str, &str, &str)] = &[
            // filter, what is wrong, the line shown, the carets
            ("", "the filter ends too early: expected a filter", "", "^"),
            (".a |", "the filter ends too early", ".a |", "    ^"),
            (".a | | .b", "expected a filter", ".a | | .b", "     ^"),
            (".a .b)", "this begins nothing in jq", ".a .b)", "     ^"),
            ("map(.id", "this '(' has no closing ')'", "map(.id", "   ^"),
            (".[0", "this '[' has no closing ']'", ".[0", " ^"),
            ("[1)", "expected ']'", "[1)", "  ^"),
            ("\"abc", "this '\"' has no closing '\"'", "\"abc", "^"),
            ("\"\\q\"", "no such escape", "\"\\q\"", "  ^"),
            ("\"\\u12\"", "four hexadecimal digits", "\"\\u12\"", "     ^"),
            ("1.", "expected a digit", "1.", "  ^"),
            ("if . then 1", "expected 'else' or 'end'", "if . then 1", "           ^"),
            ("reduce .", "expected 'as'", "reduce .", "        ^"),
            (". as x | x", "a variable or a pattern", ". as x | x", "     ^"),
            (".a | foo | .b", "there is no function 'foo'", ".a | foo | .b", "     ^^^"),
            ("$x", "there is no variable '$x'", "$x", "^^"),
            ("break $out", "there is no label", "break $out", "      ^^^^"),
            ("m::f", "there is no module", "m::f", "^"),
            ("map", "'map' takes 1 argument, parted by ';': here it has 0", "map", "^^^"),
            ("range(1;2;3;4)", "'range' takes 1 or 2 or 3 arguments", "range(1;2;3;4)", "^^^^^"),
            (".ä | .b", "in quotes: .\"é\"", ".ä | .b", " ^"),
            (".a && .b", "this begins nothing in jq", ".a && .b", "   ^"),
            ("\"日本\" | foo", "no function", "\"日本\" | foo", "         ^^^"),
            (".a |\n  foo |\n.b", "no function", "  foo |", "  ^^^"),
            // The first of several.
            ("foo | bar", "'foo'", "foo | bar", "^^^"),
        ];
        for (filter, what, line, carets) in table {
            let error = error(filter);
            assert!(error.what.contains(what), "{filter}: {error}");
            assert_eq!(error.picture(filter), [*line, *carets], "{filter}: {error}");
        }
    }

    #[test]
    fn what_looks_outside_is_not_offered_and_it_is_said_why() {
        for (filter, why) in [
            ("env", "a filter sees no environment"),
            ("env.HOME", "a filter sees no environment"),
            ("$ENV.HOME", "a filter sees no environment"),
            ("input_filename", "a filter sees no file"),
            ("debug", "no other output"),
            ("debug(\"x\")", "no other output"),
            ("stderr", "no other output"),
            ("now | localtime", "write gmtime"),
            ("now | strflocaltime(\"%c\")", "write strftime"),
            ("include \"a\"; .", "loads no modules"),
            ("import \"/etc/passwd\" as a; a::b", "loads no modules"),
            ("import \"a\" as $a; $a", "loads no modules"),
            ("import \"a\" as $a {search: \"/\"}; $a", "loads no modules"),
            ("stderr_empty", "there is no function"),
            ("debug_empty", "there is no function"),
            ("get_search_list", "there is no function"),
            ("$__prog_args", "there is no variable"),
        ] {
            let error = error(filter);
            assert!(error.what.contains(why), "{filter}: {error}");
        }
    }

    #[test]
    fn a_long_filter_is_cut_around_the_place() {
        let filter = format!("{}foo{}", ".a | ".repeat(100), " | .b".repeat(100));
        let [line, carets] = error(&filter).picture(&filter);
        assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        assert_eq!((line.width(), carets.width()), (BEFORE + AFTER, BEFORE + 3));
        assert_eq!(&line[line.find("foo").expect("the place")..][..6], "foo | ");
        let long = "x".repeat(200);
        let [line, carets] = error(&long).picture(&long);
        assert_eq!((line.width(), carets), (AFTER, "^".repeat(AFTER)));
    }

    #[test]
    fn where_it_stands_is_counted_in_characters_of_its_line() {
        for (filter, column) in [
            ("", 1),
            ("éé | foo", 1),
            (".é | foo", 2),
            (".a |\n.b | foo", 6),
        ] {
            assert_eq!(error(filter).column, column, "{filter}");
        }
    }

    proptest! {
        #[test]
        fn every_mistake_has_a_place_in_the_filter(
            filter in r#"([-.|,;:$@()\[\]{}?/&"\\\n\u{1b}\u{202e} é日]|foo|map|\$x|def f: |if |then |as |reduce |import |1){0,12}"#,
        ) {
            let Err(error) = Filter::compile(&filter) else { return Ok(()) };
            prop_assert!(filter.get(error.start..error.end).is_some(), "{:?}", error);
            let [line, carets] = error.picture(&filter);
            prop_assert!(visible(&line) == line, "{:?}", line);
            prop_assert!(carets.trim_start().chars().all(|caret| caret == '^') && carets.ends_with('^'));
            prop_assert!(carets.width() <= line.width() + 1, "{:?}\n{:?}", line, carets);
        }
    }
}
