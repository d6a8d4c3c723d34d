use jiff::Timestamp;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::OperationId;
use crate::domain::operation::tests::summary;
use crate::domain::query::Query;
use crate::domain::query::expression::Expression;
use crate::domain::query::term::{Hundred, STATES, State, Term};
use crate::domain::query::value::{SIDES, Took, When};
use crate::domain::request::Method;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn text(text: &str) -> Term {
    Term::Text(text.into())
}

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
        ("/v1/payments?a=b", vec![text("/v1/payments?a=b")], "/v1/payments?a=b"),
        ("a b", vec![text("a"), text("b")], "a b"),
        (r#""a b""#, vec![text("a b")], r#""a b""#),
        (r#"url:"a b" c"#, vec![url("a b"), text("c")], r#"url:"a b" c"#),
        (r#"url:pay"#, vec![url("pay")], "url:pay"),
        (r#""http://x""#, vec![text("http://x")], r#""http://x""#),
        ("url:http://x", vec![url("http://x")], "url:http://x"),
        (r#""-x" "or" "(5)" "@a""#, vec![text("-x"), text("or"), text("(5)"), text("@a")], r#""-x" "or" "(5)" "@a""#),
        (r#""a\\b\"c\nd\te\rf""#, vec![text("a\\b\"c\nd\te\rf")], r#""a\\b\"c\nd\te\rf""#),
        (r#"a\d i"j"#, vec![text(r"a\d"), text("i\"j")], r#"a\d "i\"j""#),
        ("op:op_1 account:acct_2", vec![op("op_1"), Term::Account("acct_2".into())], "op:op_1 account:acct_2"),
        ("key:a:b profile:live", vec![Term::Key("a:b".into()), Term::Profile("live".into())], "key:a:b profile:live"),
        ("server:req_9xK2", vec![Term::Server("req_9xK2".into())], "server:req_9xK2"),
        ("code:amount_not_positive", vec![Term::Code("amount_not_positive".into())], "code:amount_not_positive"),
        ("path:/items/ path:amount path:/", vec![Term::Path("/items".into()), Term::Path("/amount".into()), Term::Path(String::new())],
            "path:/items path:/amount path:/"),
        ("is:REPLAYED is:in_flight", vec![Term::Is(State::Replayed), Term::Is(State::InFlight)], "is:replayed is:in_flight"),
        (r#"body:"card declined""#, vec![Term::Body("card declined".into())], r#"body:"card declined""#),
        ("since:2h before:10m", vec![Term::Since(When::Ago(7200)), Term::Before(When::Ago(600))], "since:2h before:10m"),
        ("since:1970-01-01", vec![Term::Since(When::At(NOW))], "since:1970-01-01"),
        ("日本語 op:漢字", vec![text("日本語"), op("漢字")], "日本語 op:漢字"),
    ];
    for (text, terms, printed) in cases {
        let query = Query::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
        assert_eq!(query, Query::of(terms), "{text}");
        assert_eq!(query.to_string(), printed, "{text}");
    }
}

#[test]
fn terms_are_put_together() {
    let word = |word: &str| Expression::Term(text(word));
    let (a, b, c, d) = (word("a"), word("b"), word("c"), word("d"));
    let all = |parts: &[&Expression]| Expression::all(parts.iter().map(|part| (*part).clone()));
    let one = |parts: &[&Expression]| Expression::any(parts.iter().map(|part| (*part).clone()));
    let not = |part: &Expression| part.clone().negated();
    #[rustfmt::skip]
    let cases = [
        ("a or b", one(&[&a, &b]), "a or b"),
        ("a b OR c d", one(&[&all(&[&a, &b]), &all(&[&c, &d])]), "a b or c d"),
        ("a (b or c) d", all(&[&a, &one(&[&b, &c]), &d]), "a (b or c) d"),
        ("((a)) (b (c))", all(&[&a, &b, &c]), "a b c"),
        ("a or (b or c)", one(&[&a, &b, &c]), "a or b or c"),
        ("-a --b", all(&[&not(&a), &b]), "-a b"),
        ("-(a b) -(c or d)", all(&[&not(&all(&[&a, &b])), &not(&one(&[&c, &d]))]), "-(a b) -(c or d)"),
        ("( a or b )c", one(&[&a, &b]), ""),
    ];
    for (text, expression, printed) in cases {
        match Query::parse(text) {
            Ok(query) => {
                assert_eq!(*query.expression(), expression, "{text}");
                assert_eq!(query.to_string(), printed, "{text}");
            }
            // Only where nothing is to be printed.
            Err(mistake) => assert!(printed.is_empty(), "{text}: {mistake}"),
        }
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
        (r#""""#, 1, 2, "missing", "quotes"),
        ("is:happy", 4, 5, "happy", "is:replayed"),
        ("took:500ms", 6, 5, "bound", "took:>500ms"),
        ("since:yesterday", 7, 9, "moment", "UTC"),
        ("before:2026-13-01", 8, 10, "moment", "2026-01-02"),
        ("x - y", 3, 1, "'-'", "-method:GET"),
        ("-", 1, 1, "'-'", "quotes"),
        ("(-)", 2, 1, "'-'", "quotes"),
        ("or b", 1, 2, "before 'or'", "quotes"),
        ("a OR", 3, 2, "behind 'or'", "quotes"),
        ("a or or b", 3, 2, "behind 'or'", "quotes"),
        ("(a or) b", 4, 2, "behind 'or'", "quotes"),
        ("(or a)", 2, 2, "before 'or'", "quotes"),
        ("x (a", 3, 1, "not closed", "')'"),
        ("(", 1, 1, "not closed", "')'"),
        ("a)", 2, 1, "closes nothing", "quotes"),
        (") a", 1, 1, "closes nothing", "quotes"),
        ("a ( ) b", 3, 3, "nothing stands in", "term"),
        ("url:x(5)", 6, 1, "inside a word", "quotes"),
        ("(a)b", 4, 1, "right behind", "space"),
        (r#"url:"a b"#, 5, 4, "not closed", "end"),
        (r#"url:"a"b"#, 8, 1, "right behind", "space"),
        (r#""a\d""#, 3, 2, r"\d", r"\\"),
        (r#""a\"#, 3, 1, r"\", r"\\"),
        ("x @late", 3, 5, "no filter is saved", "[filters]"),
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
    for (text, what) in [
        (long, "long"),
        ("a ".repeat(65), "64 terms"),
        ("(".repeat(100_000), "32 deep"),
        ("-".repeat(100_000) + "a", "32 deep"),
        (format!("{}a{}", "(".repeat(33), ")".repeat(33)), "32 deep"),
    ] {
        let mistake = Query::parse(&text).expect_err(what);
        assert!(mistake.what.contains(what), "{mistake}");
    }
    let deep = format!("{}a{}", "(".repeat(32), ")".repeat(32));
    Query::parse(&deep).expect("as deep as may be");
}

fn fits(text: &str, row: &Summary) -> Option<bool> {
    let query = Query::parse(text).expect(text);
    query.judge(row, NOW, &mut |_| None)
}

#[test]
fn a_row_tells_what_it_can() {
    let row = Summary {
        codes: vec!["unknown_currency".into()],
        paths: vec!["/items/0/price".into()],
        target: "/v1/Payments?a=b".into(),
        server_id: Some("req_9xK2".into()),
        total_ms: Some(501.0),
        ..summary(Some("k"), Class::ClientError, Some(422))
    };
    for (text, told) in [
        ("", Some(true)),
        ("status:422 status:4xx url:payments", Some(true)),
        ("status:422 status:5xx", Some(false)),
        (
            "method:POST op:op_1 account:acct_1 key:k profile:sandbox",
            Some(true),
        ),
        ("account:acct", Some(false)),
        ("key:K", Some(false)),
        ("code:unknown_currency", Some(true)),
        ("code:unknown", Some(false)),
        (
            "path:/items path:/items/0 path:/items/0/price path:/",
            Some(true),
        ),
        ("path:/item", Some(false)),
        ("server:req_9xK2", Some(true)),
        ("server:req_9xk2", Some(false)),
        ("url:127.0.0.1:1/v1", Some(true)),
        ("took:>500ms took:<1s", Some(true)),
        ("took:<=500ms", Some(false)),
        ("since:2h before:1970-01-02", Some(true)),
        ("before:1970-01-01", Some(false)),
        ("since:1970-01-01T00:00:01Z", Some(false)),
        ("is:replayed", Some(false)),
        ("is:failed", Some(false)),
        // What else stands in a row is known at once; what is not there may be in a body.
        ("payments REQ_9 currency", Some(true)),
        ("zebra", None),
        ("-zebra", None),
        ("zebra status:5xx", Some(false)),
        ("zebra or status:4xx", Some(true)),
        ("-(zebra status:4xx)", None),
        ("body:payments", None),
        ("is:pinned", Some(false)),
        ("is:recreated", None),
        ("is:unsettled", Some(false)),
        ("-status:4xx", Some(false)),
        ("-status:5xx (is:failed or method:POST)", Some(true)),
    ] {
        assert_eq!(fits(text, &row), told, "{text}");
        let query = Query::parse(text).expect(text);
        assert_eq!(query.fits(&row, NOW), told != Some(false), "{text}");
    }
}

#[test]
fn states_are_those_of_the_outcome() {
    for (class, word) in [
        (Class::Held, "held"),
        (Class::InFlight, "in_flight"),
        (Class::Failed, "failed"),
        (Class::Indeterminate, "indeterminate"),
    ] {
        let row = summary(None, class, None);
        for other in ["replayed", "held", "in_flight", "failed", "indeterminate"] {
            let told = fits(&format!("is:{other}"), &row);
            assert_eq!(told, Some(word == other), "{word} {other}");
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
        ..summary(None, Class::Success, Some(200))
    };
    assert_eq!(fits("is:replayed", &saved), Some(true));
}

#[test]
fn a_name_is_a_word_until_its_colon_comes() {
    for (text, word, rest) in [
        ("status:4xx code", "code", Some("status:4xx")),
        ("code", "code", Some("")),
        ("a b code", "code", Some("a b")),
        ("a or code", "code", None),
        ("code a", "code", None),
    ] {
        let without = Query::parse(text).expect(text).without_last_word(word);
        assert_eq!(
            without.map(|query| query.to_string()).as_deref(),
            rest,
            "{text}"
        );
    }
}

fn value() -> impl Strategy<Value = String> {
    let dangerous = r#"["\\ ():@\-or\n\t\u{2028}漢a-c]{1,12}"#;
    prop_oneof![dangerous, any::<String>()].prop_filter("empty", |text| !text.is_empty())
}

fn moment() -> impl Strategy<Value = When> {
    let at = |seconds: i64| Timestamp::new(seconds, 0).expect("a time");
    prop_oneof![
        any::<u32>().prop_map(When::Ago),
        (-1_000_000_000..100_000_000_000_i64).prop_map(move |s| When::At(at(s))),
        (0..40_000_i64).prop_map(move |day| When::At(at(day * 86_400))),
        (0..1_000_000_000_i64, 0..1_000_000_000_i32)
            .prop_map(|(s, n)| When::At(Timestamp::new(s, n).expect("a time"))),
    ]
}

fn term() -> impl Strategy<Value = Term> {
    let states: Vec<State> = STATES.iter().map(|(state, _)| *state).collect();
    let sides = proptest::sample::select(SIDES.to_vec());
    prop_oneof![
        (100..1000_u16).prop_map(Term::Status),
        Just(Term::Hundred(Hundred::Informational)),
        Just(Term::Hundred(Hundred::ServerError)),
        "[A-Z!#$]{1,8}".prop_map(|text| Term::Method(Method::parse(&text).expect("a token"))),
        value().prop_map(Term::Url),
        value().prop_map(|text| Term::Operation(OperationId::known(text))),
        value().prop_map(Term::Account),
        value().prop_map(Term::Key),
        value().prop_map(Term::Server),
        value().prop_map(Term::Profile),
        value().prop_map(Term::Code),
        "(/[a-z0-9 ~]{0,3}[a-z])*".prop_map(Term::Path),
        proptest::sample::select(states).prop_map(Term::Is),
        (sides, 0..31_000_000_000_000_u64)
            .prop_map(|((side, _), micros)| Term::Took(Took { side, micros })),
        moment().prop_map(Term::Since),
        moment().prop_map(Term::Before),
        value().prop_map(Term::Body),
        value().prop_map(Term::Text),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    term()
        .prop_map(Expression::Term)
        .prop_recursive(4, 24, 4, |inner| {
            let several = proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several.clone().prop_map(Expression::all),
                several.prop_map(Expression::any),
                inner.prop_map(Expression::negated),
            ]
        })
}

proptest! {
    #[test]
    fn printing_and_reading_agree(expression in expression()) {
        let query = Query::from(expression);
        prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
    }

    #[test]
    fn no_text_breaks_it(text in prop_oneof![
        any::<String>(),
        r#"[a-z:"\\ ()@\-漢]{0,40}"#,
        r#"((-|\(|\)|or|@a|status:|4xx|took:|>5ms|since:|2h|"a b"|"| |\\){1,2}){0,20}"#,
    ]) {
        match Query::parse(&text) {
            Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
            Err(mistake) => {
                let characters = text.chars().count();
                prop_assert!((1..=characters + 1).contains(&mistake.column));
                prop_assert!(mistake.width >= 1 && mistake.column + mistake.width <= characters + 2);
            }
        }
    }
}
