//! What may be written next: names, words, saved filters, and values that the history knows.
//!
//! ```text
//!   status:4xx cod█          ─▶ Words ["code:"]                     in the place of `cod`
//!   -is:re█                  ─▶ Words ["replayed", "recreated"]     in the place of `re`
//!   code:amount█             ─▶ Known { Code, "amount" }            whoever draws asks the history
//! ```
//!
//! Pure: it looks at the text and the cursor. What is chosen is put in the place of the span; a value first becomes
//! [`written`](crate::domain::query::written).

use std::ops::Range;

use crate::domain::query::NAMES;
use crate::domain::query::saved::Filters;
use crate::domain::query::term::{HUNDREDS, STATES};

/// A term whose values the history can list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Known {
    /// `account:`
    Account,
    /// `profile:`
    Profile,
    /// `code:`
    Code,
    /// `path:`
    Path,
    /// `method:`
    Method,
    /// `status:`
    Status,
    /// `server:`
    Server,
    /// `op:`
    Operation,
    /// `key:`
    Key,
}

/// Their names.
const KNOWN: [(Known, &str); 8] = [
    (Known::Account, "account"),
    (Known::Profile, "profile"),
    (Known::Code, "code"),
    (Known::Path, "path"),
    (Known::Method, "method"),
    (Known::Server, "server"),
    (Known::Operation, "op"),
    (Known::Key, "key"),
];

/// Beginnings of moments and bounds.
const MOMENTS: [&str; 5] = ["10m", "1h", "2h", "1d", "7d"];
const BOUNDS: [&str; 4] = [">100ms", ">500ms", ">1s", "<100ms"];

/// What fits at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text that it takes the place of, up to the cursor.
    pub span: Range<usize>,
    /// What it is.
    pub wanted: Wanted,
}

/// What may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One of these; a name ends in its colon.
    Words(Vec<String>),
    /// Values of `of` that begin with `prefix`: `Store::known` has them.
    Known {
        /// Which term's.
        of: Known,
        /// What they begin with.
        prefix: String,
    },
    /// Nothing that is known.
    Nothing,
}

/// What may stand at this cursor, a byte of the text.
pub fn complete(text: &str, cursor: usize, filters: &Filters) -> Completion {
    let cursor = text.floor_char_boundary(cursor);
    let start = token(&text[..cursor]);
    let written = &text[start..cursor];
    let found = |from: usize, wanted| Completion {
        span: from..cursor,
        wanted,
    };
    if let Some(name) = written.strip_prefix('@') {
        let names = filters.names().filter(|known| known.starts_with(name));
        return found(start, words(names.map(|name| format!("@{name}"))));
    }
    match written.split_once(':') {
        _ if written.starts_with('"') => found(start, Wanted::Nothing),
        Some((name, value)) => {
            let from = cursor - value.len();
            found(from, values(&name.to_ascii_lowercase(), value))
        }
        None => {
            let lower = written.to_ascii_lowercase();
            let names = NAMES.split(' ').filter(|name| name.starts_with(&lower));
            found(start, words(names.map(str::to_owned)))
        }
    }
}

fn words(words: impl Iterator<Item = String>) -> Wanted {
    let words: Vec<String> = words.collect();
    match words.is_empty() {
        true => Wanted::Nothing,
        false => Wanted::Words(words),
    }
}

fn values(name: &str, value: &str) -> Wanted {
    let lower = value.to_ascii_lowercase();
    let among = |known: &[&str]| {
        let fitting = known.iter().filter(|word| word.starts_with(&lower));
        words(fitting.map(|word| (*word).to_owned()))
    };
    match name {
        "is" => among(&STATES.map(|(_, word)| word)),
        // Each status that came is known; the hundreds are asked for more often.
        "status"
            if value.is_empty() || among(&HUNDREDS.map(|(_, word)| word)) != Wanted::Nothing =>
        {
            among(&HUNDREDS.map(|(_, word)| word))
        }
        "status" => Wanted::Known {
            of: Known::Status,
            prefix: value.to_owned(),
        },
        "since" | "before" => among(&MOMENTS),
        "took" => among(&BOUNDS),
        _ => match KNOWN.iter().find(|(_, known)| *known == name) {
            Some((of, _)) => Wanted::Known {
                of: *of,
                prefix: value.strip_prefix('"').unwrap_or(value).to_owned(),
            },
            None => Wanted::Nothing,
        },
    }
}

/// Where the term begins that stands at the text's end; its length when none does.
fn token(text: &str) -> usize {
    let (mut start, mut quoted, mut escaped, mut fresh) = (0, false, false, true);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match c {
            _ if quoted && escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if quoted => quoted = false,
            _ if quoted => {}
            // Inside a word a quote is a character of it.
            '"' if fresh || text[start..at].ends_with(':') => (quoted, fresh) = (true, false),
            '-' if fresh => start = end,
            c if c.is_whitespace() || c == '(' || c == ')' => (start, fresh) = (end, true),
            _ => fresh = false,
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use crate::domain::query::complete::{Completion, Known, Wanted, complete};
    use crate::domain::query::saved::Filters;

    fn at(text: &str) -> Completion {
        let saved = [("late".to_owned(), "status:5xx".to_owned())];
        complete(text, text.len(), &Filters::new(saved))
    }

    #[test]
    fn what_fits_stands_in_the_place_of_what_was_begun() {
        let words = |words: &[&str]| Wanted::Words(words.iter().map(|w| (*w).to_owned()).collect());
        let known = |of, prefix: &str| Wanted::Known {
            of,
            prefix: prefix.to_owned(),
        };
        for (text, start, wanted) in [
            ("status:4xx cod", 11, words(&["code:"])),
            ("s", 0, words(&["status:", "server:", "since:"])),
            ("-Is:RE", 4, words(&["replayed", "recreated"])),
            ("(a or -code:amo", 12, known(Known::Code, "amo")),
            ("status:", 7, words(&["1xx", "2xx", "3xx", "4xx", "5xx"])),
            ("status:4", 7, words(&["4xx"])),
            ("status:42", 7, known(Known::Status, "42")),
            ("op:", 3, known(Known::Operation, "")),
            ("account:\"a b", 8, known(Known::Account, "a b")),
            ("body:\"a b", 5, Wanted::Nothing),
            ("\"a code:", 0, Wanted::Nothing),
            ("x @", 2, words(&["@late"])),
            ("x @no", 2, Wanted::Nothing),
            ("since:", 6, words(&["10m", "1h", "2h", "1d", "7d"])),
            ("frob:x", 5, Wanted::Nothing),
            ("zzz", 0, Wanted::Nothing),
        ] {
            let Completion { span, wanted: got } = at(text);
            assert_eq!((span, got), (start..text.len(), wanted), "{text}");
        }
        let all = at("a ");
        assert!(matches!(all.wanted, Wanted::Words(names) if names.len() == 15));
    }

    #[test]
    fn only_what_stands_before_the_cursor_counts() {
        let found = complete("status:4xx", 2, &Filters::default());
        assert_eq!(found.span, 0..2);
        assert_eq!(found.wanted, Wanted::Words(vec!["status:".into()]));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in any::<String>(), cursor in 0..40_usize) {
            let span = complete(&text, cursor, &Filters::default()).span;
            prop_assert!(text.get(span).is_some());
        }
    }
}
