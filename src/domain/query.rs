//! The language in which a person asks for a part of the history: `status:4xx method:POST op:op_7f2c "a b"`.
//!
//! ```text
//!   "status:4xx payments" ──parse──▶ Query [Hundred(4xx), Url("payments")] ──▶ store: SQL
//!            ▲                          │                                 └▶ fits: one row in memory
//!            └────────Display───────────┘
//! ```
//!
//! A query is a list of terms, and a row fits when it fits every one of them; none at all lets everything through. What
//! is written and what is printed agree. Negation, `or`, parentheses and dates are not there yet: their signs are
//! refused rather than read as text, so that they are free for the day they come.
//!
//! Not here: how rows are found (`store/page.rs`), and how a mistake is shown.

use std::fmt;

use jiff::Timestamp;

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::OperationId;
use crate::domain::query::parse::Reader;
use crate::domain::request::Method;

mod parse;

/// Which exchanges are asked for: those that fit every term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `status:422`: this status code.
    Status(u16),
    /// `status:4xx`: a status code of this hundred.
    Hundred(Hundred),
    /// `method:POST`, in whatever case it was sent.
    Method(Method),
    /// `url:TEXT` or a bare word: this text in the target; ASCII letters without case.
    Url(String),
    /// `op:ID`: of this operation.
    Operation(OperationId),
    /// `account:ID`: about this account.
    Account(String),
    /// `key:KEY`: with this idempotency key.
    Key(String),
    /// `profile:NAME`: sent under this profile.
    Profile(String),
    /// `code:CODE`: this code among the errors that the answer lists (the first sixteen).
    Code(String),
    /// `is:WORD`: in this state.
    Is(State),
}

/// The first digit of a status code (RFC 9110 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hundred {
    /// 1xx, and what lies below.
    Informational,
    /// 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx, and what lies above.
    ServerError,
}

/// What can be asked with `is:`. A further state is a variant here, a row in [`STATES`], an arm in [`Term::fits`] and an
/// arm in `store/page.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The server said: a saved answer.
    Replayed,
    /// Sent, or partly sent, and no answer came.
    Indeterminate,
    /// Waits for the rate limit.
    Held,
    /// On its way.
    InFlight,
    /// Nothing was sent.
    Failed,
    /// It left a doubt, in an operation that nothing has settled. Of one row alone only the first half can be told.
    Unsettled,
}

/// The states and their words; those of an outcome's kind are the contract's.
pub const STATES: [(State, &str); 6] = [
    (State::Replayed, "replayed"),
    (State::Indeterminate, "indeterminate"),
    (State::Held, "held"),
    (State::InFlight, "in_flight"),
    (State::Failed, "failed"),
    (State::Unsettled, "unsettled"),
];

/// The hundreds and their words.
const HUNDREDS: [(Hundred, &str); 5] = [
    (Hundred::Informational, "1xx"),
    (Hundred::Success, "2xx"),
    (Hundred::Redirect, "3xx"),
    (Hundred::ClientError, "4xx"),
    (Hundred::ServerError, "5xx"),
];

/// The names that may stand before a colon, as a hint names them.
pub const NAMES: &str = "status: method: url: op: account: key: profile: code: is:";

/// Why a text is no query: where, what, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {what}: {hint}")]
pub struct Mistake {
    /// Where it begins, in characters from 1.
    pub column: usize,
    /// How many characters it is about, at least one; behind the text's end there is room for it.
    pub width: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

impl Query {
    /// Reads a line: terms with white space between them, a value with white space in double quotes.
    ///
    /// # Errors
    /// At the first thing that is no term.
    pub fn parse(text: &str) -> Result<Query, Mistake> {
        Reader::line(text).terms().map(|terms| Query { terms })
    }

    /// What fits all of these.
    pub fn of(terms: Vec<Term>) -> Query {
        Query { terms }
    }

    /// Every exchange of an operation.
    pub fn of_operation(operation: OperationId) -> Query {
        Query::of(vec![Term::Operation(operation)])
    }

    /// The terms, as they were written.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row fits, as far as it tells by itself. `now` is what a term such as `since:2h` counts from.
    pub fn fits(&self, row: &Summary, _now: Timestamp) -> bool {
        self.terms.iter().all(|term| term.fits(row))
    }
}

impl Term {
    /// Reads one term that stands alone, as an argument of a command line does: white space belongs to its value.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Term, Mistake> {
        Reader::argument(text).only()
    }

    /// Whether a row fits.
    pub fn fits(&self, row: &Summary) -> bool {
        match self {
            Term::Status(status) => row.status == Some(*status),
            Term::Hundred(hundred) => row.status.is_some_and(|s| hundred.has(s)),
            Term::Method(method) => row.method.as_str().eq_ignore_ascii_case(method.as_str()),
            Term::Url(text) => {
                let (target, text) = (row.target.to_ascii_lowercase(), text.to_ascii_lowercase());
                target.contains(&text)
            }
            Term::Operation(operation) => row.operation == *operation,
            Term::Account(account) => row.account.as_ref() == Some(account),
            Term::Key(key) => row.idempotency_key.as_ref() == Some(key),
            Term::Profile(profile) => row.profile == *profile,
            Term::Code(code) => row.codes.contains(code),
            Term::Is(State::Replayed) => row.replayed,
            Term::Is(State::Indeterminate) => row.class == Class::Indeterminate,
            Term::Is(State::Held) => row.class == Class::Held,
            Term::Is(State::InFlight) => row.class == Class::InFlight,
            Term::Is(State::Failed) => row.class == Class::Failed,
            Term::Is(State::Unsettled) => row.leaves_doubt(),
        }
    }
}

impl Hundred {
    /// The lowest and the highest status code, both of it.
    pub fn bounds(self) -> (u16, u16) {
        match self {
            Hundred::Informational => (0, 199),
            Hundred::Success => (200, 299),
            Hundred::Redirect => (300, 399),
            Hundred::ClientError => (400, 499),
            Hundred::ServerError => (500, u16::MAX),
        }
    }

    fn has(self, status: u16) -> bool {
        let (from, to) = self.bounds();
        (from..=to).contains(&status)
    }

    fn word(self) -> &'static str {
        let row = HUNDREDS.iter().find(|(hundred, _)| *hundred == self);
        row.map_or("", |(_, word)| word)
    }
}

impl State {
    fn word(self) -> &'static str {
        let row = STATES.iter().find(|(state, _)| *state == self);
        row.map_or("", |(_, word)| word)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            let joint = if at == 0 { "" } else { " " };
            write!(f, "{joint}{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Status(status) => write!(f, "status:{status}"),
            Term::Hundred(hundred) => write!(f, "status:{}", hundred.word()),
            Term::Method(method) => write!(f, "method:{method}"),
            Term::Url(text) if parse::is_bare(text) => f.write_str(text),
            Term::Url(text) => write!(f, "url:{}", Value(text)),
            Term::Operation(id) => write!(f, "op:{}", Value(id.as_str())),
            Term::Account(id) => write!(f, "account:{}", Value(id)),
            Term::Key(key) => write!(f, "key:{}", Value(key)),
            Term::Profile(name) => write!(f, "profile:{}", Value(name)),
            Term::Code(code) => write!(f, "code:{}", Value(code)),
            Term::Is(state) => write!(f, "is:{}", state.word()),
        }
    }
}

/// A value as it is written: in quotes where it must be.
struct Value<'a>(&'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if parse::is_plain(self.0) {
            return f.write_str(self.0);
        }
        f.write_str("\"")?;
        for c in self.0.chars() {
            match parse::escape_of(c) {
                Some(letter) => write!(f, "\\{letter}")?,
                None => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{
        Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
    };

    use jiff::Timestamp;

    use super::{Hundred, Query, STATES, State, Term};
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::id::OperationId;
    use crate::domain::operation::tests::summary;
    use crate::domain::request::Method;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn url(text: &str) -> Term {
        Term::Url(text.into())
    }

    #[test]
    fn a_line_is_read_and_printed() {
        let op = |id: &str| Term::Operation(OperationId::known(id));
        #[rustfmt::skip]
        let cases: Vec<(&str, Vec<Term>, &str)> = vec![
            ("", vec![], ""),
            ("  \t ", vec![], ""),
            ("status:422", vec![Term::Status(422)], "status:422"),
            ("Status:4XX", vec![Term::Hundred(Hundred::ClientError)], "status:4xx"),
            ("status:4xx  status:422", vec![Term::Hundred(Hundred::ClientError), Term::Status(422)], "status:4xx status:422"),
            ("method:post", vec![Term::Method(Method::post())], "method:POST"),
            ("method:purge", vec![Term::Method(Method::parse("PURGE").expect("a method"))], "method:PURGE"),
            ("/v1/payments?a=b", vec![url("/v1/payments?a=b")], "/v1/payments?a=b"),
            ("a b", vec![url("a"), url("b")], "a b"),
            (r#""a b""#, vec![url("a b")], r#"url:"a b""#),
            (r#"url:"a b" c"#, vec![url("a b"), url("c")], r#"url:"a b" c"#),
            (r#"url:pay"#, vec![url("pay")], "pay"),
            (r#""http://x""#, vec![url("http://x")], "url:http://x"),
            ("url:http://x", vec![url("http://x")], "url:http://x"),
            (r#""-x" "or" "(5)""#, vec![url("-x"), url("or"), url("(5)")], r#"url:-x url:or url:"(5)""#),
            (r#""a\\b\"c\nd\te\rf""#, vec![url("a\\b\"c\nd\te\rf")], r#"url:"a\\b\"c\nd\te\rf""#),
            (r#"a\d i"j"#, vec![url(r"a\d"), url("i\"j")], r#"a\d url:"i\"j""#),
            ("op:op_1 account:acct_2", vec![op("op_1"), Term::Account("acct_2".into())], "op:op_1 account:acct_2"),
            ("key:a:b profile:live", vec![Term::Key("a:b".into()), Term::Profile("live".into())], "key:a:b profile:live"),
            ("code:amount_not_positive", vec![Term::Code("amount_not_positive".into())], "code:amount_not_positive"),
            ("is:REPLAYED is:in_flight", vec![Term::Is(State::Replayed), Term::Is(State::InFlight)], "is:replayed is:in_flight"),
            ("日本語 op:漢字", vec![url("日本語"), op("漢字")], "日本語 op:漢字"),
        ];
        for (text, terms, printed) in cases {
            let query = Query::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
            assert_eq!(query.terms(), terms, "{text}");
            assert_eq!(query.to_string(), printed, "{text}");
        }
    }

    #[test]
    fn a_mistake_has_its_place_and_a_way_out() {
        #[rustfmt::skip]
        let cases = [
            ("frob:x", 1, 6, "frob", "status:"),
            ("漢字 frob:x y", 4, 6, "frob", "method:"),
            ("http://x", 1, 8, "http", "quotes"),
            ("pay status:9x", 12, 2, "9x", "status:422"),
            ("status:", 8, 1, "missing", "status:422"),
            ("status: x", 8, 1, "missing", "status:422"),
            ("status:9000000", 8, 7, "9000000", "status:4xx"),
            ("status:099", 8, 3, "099", "status:4xx"),
            ("method:a@b", 8, 3, "a@b", "method:POST"),
            ("op:", 4, 1, "missing", "op:"),
            (r#"op:"" x"#, 4, 2, "missing", "op:"),
            (r#""""#, 1, 2, "missing", "url:"),
            ("is:happy", 4, 5, "happy", "is:replayed"),
            ("x -method:GET", 3, 1, "'-'", "later"),
            ("-", 1, 1, "'-'", "later"),
            ("a or b", 3, 2, "'or'", "later"),
            ("a OR", 3, 2, "'or'", "later"),
            ("(a", 1, 1, "parentheses", "quotes"),
            ("a)", 2, 1, "parentheses", "quotes"),
            ("url:x(5)", 6, 1, "parentheses", "quotes"),
            ("since:2026-01-01", 1, 16, "dates", "later"),
            (r#"url:"a b"#, 5, 4, "not closed", "end"),
            (r#"url:"a"b"#, 8, 1, "closing quote", "space"),
            (r#""a\d""#, 3, 2, r"\d", r"\\"),
            (r#""a\"#, 3, 1, r"\", r"\\"),
        ];
        for (text, column, width, what, hint) in cases {
            let mistake = Query::parse(text).expect_err(text);
            assert_eq!(
                (mistake.column, mistake.width),
                (column, width),
                "{text}: {mistake}"
            );
            assert!(mistake.what.contains(what), "{text}: {mistake}");
            assert!(mistake.hint.contains(hint), "{text}: {mistake}");
        }
        let long = format!("key:{}", "k".repeat(5000));
        assert!(Query::parse(&long).is_err_and(|mistake| mistake.what.contains("long")));
        assert!(Query::parse(&"a ".repeat(33)).is_err_and(|mistake| mistake.what.contains("32")));
    }

    #[test]
    fn an_argument_is_one_term_with_all_its_white_space() {
        for (text, term) in [
            ("url:a b", url("a b")),
            ("a b", url("a b")),
            ("\"a b\"", url("a b")),
            ("key: k", Term::Key(" k".into())),
        ] {
            assert_eq!(Term::parse(text).expect(text), term);
        }
        for wrong in ["", "-method:GET", "status:4xx method:GET", "\"a\" b", "(x)"] {
            assert!(Term::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_row_fits_every_term_or_not_at_all() {
        let row = Summary {
            codes: vec!["unknown_currency".into()],
            target: "/v1/Payments?a=b".into(),
            ..summary(Some("k"), Class::ClientError, Some(422))
        };
        for (text, fits) in [
            ("", true),
            ("status:422 status:4xx payments", true),
            ("status:422 status:5xx", false),
            (
                "method:POST op:op_1 account:acct_1 key:k profile:sandbox",
                true,
            ),
            ("account:acct", false),
            ("key:K", false),
            ("code:unknown_currency", true),
            ("code:unknown", false),
            ("is:replayed", false),
            ("is:failed", false),
        ] {
            assert_eq!(
                Query::parse(text).expect(text).fits(&row, NOW),
                fits,
                "{text}"
            );
        }
        for (class, word) in [
            (Class::Held, "held"),
            (Class::InFlight, "in_flight"),
            (Class::Failed, "failed"),
            (Class::Indeterminate, "indeterminate"),
        ] {
            let row = summary(None, class, None);
            for (_, other) in STATES {
                if other == "unsettled" {
                    continue;
                }
                let query = Query::parse(&format!("is:{other}")).expect("a state");
                assert_eq!(query.fits(&row, NOW), word == other, "{word} {other}");
            }
        }
        for (class, status, left) in [
            (Class::Indeterminate, None, true),
            (Class::ServerError, Some(503), true),
            (Class::ClientError, Some(408), true),
            (Class::ClientError, Some(409), false),
            (Class::Success, Some(201), false),
            (Class::InFlight, None, false),
        ] {
            let unsettled = Query::of(vec![Term::Is(State::Unsettled)]);
            let row = summary(None, class, status);
            assert_eq!(unsettled.fits(&row, NOW), left, "{class:?} {status:?}");
            let asked = Summary {
                method: Method::get(),
                ..row
            };
            assert!(
                !unsettled.fits(&asked, NOW),
                "a safe method asks for nothing"
            );
        }
        let saved = Summary {
            replayed: true,
            ..row
        };
        assert!(Query::of(vec![Term::Is(State::Replayed)]).fits(&saved, NOW));
    }

    fn value() -> impl Strategy<Value = String> {
        let dangerous = r#"["\\ ():\-or\n\t\u{2028}漢a-c]{1,12}"#;
        prop_oneof![dangerous, any::<String>()].prop_filter("empty", |text| !text.is_empty())
    }

    fn term() -> impl Strategy<Value = Term> {
        let states: Vec<State> = STATES.iter().map(|(state, _)| *state).collect();
        prop_oneof![
            (100..1000_u16).prop_map(Term::Status),
            Just(Term::Hundred(Hundred::Informational)),
            Just(Term::Hundred(Hundred::ServerError)),
            "[A-Z!#$]{1,8}".prop_map(|text| Term::Method(Method::parse(&text).expect("a token"))),
            value().prop_map(Term::Url),
            value().prop_map(|text| Term::Operation(OperationId::known(text))),
            value().prop_map(Term::Account),
            value().prop_map(Term::Key),
            value().prop_map(Term::Profile),
            value().prop_map(Term::Code),
            proptest::sample::select(states).prop_map(Term::Is),
        ]
    }

    proptest! {
        #[test]
        fn printing_and_reading_agree(terms in proptest::collection::vec(term(), 0..8)) {
            let query = Query::of(terms);
            prop_assert_eq!(Query::parse(&query.to_string()), Ok(query.clone()));
            for term in query.terms() {
                prop_assert_eq!(Term::parse(&term.to_string()), Ok(term.clone()));
            }
        }

        #[test]
        fn no_text_breaks_it(text in prop_oneof![any::<String>(), r#"[a-z:"\\ ()\-漢]{0,30}"#]) {
            for read in [Query::parse(&text), Term::parse(&text).map(|term| Query::of(vec![term]))] {
                match read {
                    Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
                    Err(mistake) => {
                        let characters = text.chars().count();
                        prop_assert!((1..=characters + 1).contains(&mistake.column));
                        prop_assert!(mistake.width >= 1 && mistake.column + mistake.width <= characters + 2);
                    }
                }
            }
        }
    }
}
