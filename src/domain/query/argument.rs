//! The words of a command line as one filter: `reqscope history status:5xx or 'body:card declined'`.
//!
//! ```text
//!   status:5xx  or  (  is:failed  url:a b  )      words as the shell gives them
//!   status:5xx or ( is:failed url:"a b" )         the line they make
//! ```
//!
//! White space inside a word was quoted for the shell, so it belongs to the term's value; unless a later part of the
//! word can only be a term of its own (`or`, `-…`, `(`, `@…`, `"`, a known name with a colon): then the word is a filter
//! by itself, and stands together.

use std::borrow::Cow;

use crate::domain::query::expression::Expression;
use crate::domain::query::parse::{is_known, is_or, read};
use crate::domain::query::saved::Filters;
use crate::domain::query::written;

/// The line that these words make.
pub fn line<'a>(words: impl Iterator<Item = &'a str>, filters: &Filters) -> String {
    let words = words.filter(|word| !word.is_empty());
    let words: Vec<Cow<str>> = words.map(|word| as_written(word, filters)).collect();
    words.join(" ")
}

fn as_written<'a>(word: &'a str, filters: &Filters) -> Cow<'a, str> {
    if !word.contains(char::is_whitespace) {
        return word.into();
    }
    if !is_one(word) {
        return match read(word, filters) {
            Ok(Expression::Or(_)) => format!("({word})").into(),
            _ => word.into(),
        };
    }
    let signs = word.len() - word.trim_start_matches('-').len();
    let (signs, term) = word.split_at(signs);
    match term.split_once(':') {
        Some((name, value)) if is_known(name) => format!("{signs}{name}:{}", written(value)).into(),
        // That a name is not known is told where it stands.
        Some((name, _)) if !name.contains(char::is_whitespace) => word.into(),
        _ => format!("{signs}\"{}\"", escaped(term)).into(),
    }
}

/// Between quotes, whether it needs them or not.
fn escaped(text: &str) -> String {
    let quoted = written(text);
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(&quoted).to_owned()
}

/// Whether a word with white space in it is one term.
fn is_one(word: &str) -> bool {
    if word.trim_start_matches('-').starts_with(['(', '"', '@']) || word.trim().is_empty() {
        return false;
    }
    let own = |part: &str| {
        let named = part.split_once(':').is_some_and(|(name, _)| is_known(name));
        named || is_or(part) || part.starts_with(['-', '(', '@', '"'])
    };
    !word.split_whitespace().skip(1).any(own) && !is_or(word.trim())
}

#[cfg(test)]
mod tests {
    use crate::domain::query::Query;
    use crate::domain::query::argument::line;
    use crate::domain::query::saved::Filters;

    #[test]
    fn words_make_a_line() {
        for (words, expected) in [
            (
                &["status:4xx", "", "method:post"][..],
                "status:4xx method:POST",
            ),
            (&["url:a b"], "url:\"a b\""),
            (&["a b"], "\"a b\""),
            (&["-body:card declined"], "-body:\"card declined\""),
            (&["key: k"], "key:\" k\""),
            (&["say \"no\""], "say no"),
            (&["status:4xx method:GET"], "status:4xx method:GET"),
            (&["a or b", "c"], "(a or b) c"),
            (&["a", "or", "b c"], "a or \"b c\""),
            (&["(", "a", "or", "b", ")", "c"], "(a or b) c"),
            (&["(a or b)", "c"], "(a or b) c"),
            (&["-method:GET"], "-method:GET"),
            (&["took:>500ms since:2h"], "took:>500ms since:2h"),
            (&["  "], ""),
        ] {
            let filters = Filters::default();
            let line = line(words.iter().copied(), &filters);
            let query = Query::parse(&line).unwrap_or_else(|mistake| panic!("{line}: {mistake}"));
            assert_eq!(query.to_string(), expected, "{words:?}: {line}");
        }
    }
}
