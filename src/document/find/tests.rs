//! The search as a whole, against one that has the body in memory and remembers every match.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;

use crate::document::find::hits::{Found, Hits};
use crate::document::find::needle::{LONGEST_TEXT, Needle, Scope, Syntax, Wanted};
use crate::document::find::search::Search;
use crate::document::find::window::{Cut, USUAL};
use crate::document::source::{Beginning, Memory, Source};
use crate::json::lexer::Tokens;
use crate::json::token::Kind;

mod cost;

/// So small that everything lies across some edge.
const SMALL: Cut = Cut {
    stretch: 40,
    longest: 24,
    kept: 2,
    many: 4,
};

/// So few searches in a step that it ends within a stretch.
const FEW: usize = 3;

/// Gives its bytes in reads of these sizes, over and over; fails now and then, as a signal makes it.
struct Stuttering {
    bytes: Vec<u8>,
    sizes: Vec<usize>,
    reads: Mutex<usize>,
}

impl Stuttering {
    fn new(bytes: &[u8], sizes: &[usize]) -> Stuttering {
        Stuttering {
            bytes: bytes.to_vec(),
            sizes: sizes.to_vec(),
            reads: Mutex::new(0),
        }
    }
}

impl Source for Stuttering {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut reads = self.reads.lock().expect("no panic before");
        *reads += 1;
        let size = self.sizes[*reads % self.sizes.len()] % 50;
        if size == 0 && reads.is_multiple_of(2) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(size + 1);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn needle(text: &str, syntax: Syntax, scope: Scope) -> Needle {
    Needle::new(&Wanted {
        text,
        syntax,
        scope,
        is_json: false,
    })
    .expect("a needle")
}

/// Some of the matches, and not always the same, are slow to find.
fn all(search: &mut Search, source: &dyn Source) -> Hits {
    let mut asked = source.len() as usize % 5;
    let mut is_slow = || {
        asked += 1;
        asked % 7 < 2 || asked % 11 == 3
    };
    while !search
        .step_with(source, &mut is_slow)
        .expect("it can be read")
        .is_done
    {}
    search.hits().clone()
}

fn hits(needle: Needle, cut: Cut, source: &dyn Source) -> Hits {
    all(&mut Search::with_cut(needle, cut, FEW), source)
}

/// Every match, by its number.
fn spans(hits: &Hits, source: &dyn Source) -> Vec<Range<usize>> {
    (1..=hits.count())
        .map(|number| {
            let span = hits.by_number(source, number).expect("it can be read");
            let span = span.expect("it was counted");
            span.start as usize..span.end as usize
        })
        .collect()
}

/// The matches of a needle in bytes that are searched at once.
fn simple(needle: &Needle, bytes: &[u8]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(span) = needle.find_at(bytes, at) {
        at = span.end.max(span.start + 1);
        if !span.is_empty() {
            spans.push(span);
        }
    }
    spans
}

/// The same within keys or values.
fn simple_in_scope(needle: &Needle, bytes: &[u8]) -> Vec<Range<usize>> {
    if needle.scope() == Scope::Anywhere {
        return simple(needle, bytes);
    }
    let tokens: Vec<_> = Tokens::new(bytes).collect();
    let mut spans = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        let colon = tokens
            .get(number + 1)
            .is_some_and(|next| next.kind == Kind::Colon);
        let punctuation = matches!(
            token.kind,
            Kind::ObjectStart
                | Kind::ObjectEnd
                | Kind::ArrayStart
                | Kind::ArrayEnd
                | Kind::Colon
                | Kind::Comma
        );
        if !punctuation && colon == (needle.scope() == Scope::Keys) {
            let start = token.start + usize::from(token.kind == Kind::String);
            let content = token.content(bytes);
            let found = simple(needle, content);
            spans.extend(
                found
                    .iter()
                    .map(|span| span.start + start..span.end + start),
            );
        }
    }
    spans
}

#[test]
fn what_is_found() {
    use Scope::{Anywhere, Keys, Values};
    use Syntax::{Literal, Regex};
    let json = r#"{"name":"Name","n":[1,true,{"é":"caf\u00e9 \/ \"x\" é"}],"a\nb":null}"#;
    for (text, syntax, scope, body, expected) in [
        ("name", Literal, Anywhere, json, &["name", "Name"][..]),
        ("Name", Literal, Anywhere, json, &["Name"]),
        ("name", Literal, Keys, json, &["name"]),
        ("name", Literal, Values, json, &["Name"]),
        ("é", Literal, Anywhere, json, &["é", "é"]),
        ("é", Literal, Values, json, &[r"\u00e9", "é"]),
        ("É", Literal, Values, json, &[]),
        ("/", Literal, Values, json, &[r"\/"]),
        ("\"x", Literal, Values, json, &[r#"\"x"#]),
        ("a\nb", Literal, Keys, json, &[r"a\nb"]),
        (r"a\nb", Literal, Keys, json, &[r"a\nb"]),
        ("true", Literal, Values, json, &["true"]),
        ("n", Literal, Keys, json, &["n", "n", "n"]),
        ("\":", Literal, Keys, json, &[]),
        ("^n$", Regex, Keys, json, &["n"]),
        ("^.", Regex, Values, json, &["N", "1", "t", "c", "n"]),
        ("aa", Literal, Anywhere, "aaaaa", &["aa", "aa"]),
        ("a*", Regex, Anywhere, "baab a", &["aa", "a"]),
        (
            r"^\w+$",
            Regex,
            Anywhere,
            "one\r\ntwo 2\nsix",
            &["one", "six"],
        ),
        (r"\S+", Regex, Anywhere, "a B", &["a", "B"]),
        ("[x]b", Regex, Anywhere, "XB xb", &["XB", "xb"]),
        ("(?P<Name>x)b", Regex, Anywhere, "XB xb", &["XB", "xb"]),
        ("[X]b", Regex, Anywhere, "XB Xb", &["Xb"]),
        (r"\x58", Regex, Anywhere, "xX", &["x", "X"]),
        ("(?-i)x", Regex, Anywhere, "xX", &["x"]),
        ("ǆ.", Literal, Anywhere, "Ǆ.", &["Ǆ."]),
        ("a", Literal, Keys, r#"{"a"#, &[]),
        ("a", Literal, Values, r#"{"a"#, &["a"]),
        ("a", Literal, Keys, "not a: JSON", &["a"]),
        ("x", Literal, Anywhere, "", &[]),
    ] {
        for cut in [USUAL, SMALL] {
            let source = Memory::new(body);
            let hits = hits(needle(text, syntax, scope), cut, &source);
            let spans = spans(&hits, &source);
            let found: Vec<&str> = spans.into_iter().map(|span| &body[span]).collect();
            assert_eq!(found, expected, "{text} {syntax:?} {scope:?} in {body}");
        }
    }
}

#[test]
fn json_escapes_count_anywhere_in_a_body_that_is_said_to_be_json() {
    let wanted = Wanted {
        text: "é",
        is_json: true,
        ..Wanted::default()
    };
    let source = Memory::new(r#"["\u00c9","é"]"#);
    let needle = Needle::new(&wanted).expect("a needle");
    assert_eq!(hits(needle, USUAL, &source).count(), 2);
}

#[test]
fn what_cannot_be_looked_for_is_told_with_its_place() {
    let long = "a".repeat(LONGEST_TEXT + 1);
    let deep = "(".repeat(200) + &")".repeat(200);
    for (text, column, width, what) in [
        ("", 1, 1, "nothing to look for"),
        (&long, 1, LONGEST_TEXT + 1, "longer than 4096 bytes"),
        ("é(a", 2, 1, "unclosed group"),
        ("a{2,1}", 2, 5, "repetition"),
        ("[z-a]", 2, 3, "range"),
        (r"é\p{Foo}", 2, 7, "property"),
        ("a**", 1, 1, ""),
        ("*", 1, 1, "repetition"),
        ("^$", 1, 2, "no character"),
        (r"(?:(?:\w{99}){99}){99}", 1, 22, "too large"),
        (r"(a)\1", 4, 2, "backreference"),
        ("(?=a)", 1, 3, "look-around"),
        (&deep, 65, 1, "nest"),
    ] {
        let wanted = Wanted {
            text,
            syntax: Syntax::Regex,
            ..Wanted::default()
        };
        match Needle::new(&wanted) {
            Err(mistake) => {
                let short: String = text.chars().take(30).collect();
                assert!(mistake.what.contains(what), "{short}: {mistake}");
                assert_eq!(mistake.column, column, "{short}: {mistake}");
                assert!(
                    mistake.width == width || text == deep,
                    "{short}: {mistake:?}"
                );
            }
            Ok(_) => assert_eq!(what, "", "{text}"),
        }
    }
    // The worst literal, escaped throughout, is no pattern too large.
    for text in [
        "é".repeat(2048),
        "\u{10400}".repeat(1024),
        "\\".repeat(4096),
    ] {
        needle(&text, Syntax::Literal, Scope::Values);
    }
}

#[test]
fn a_match_of_a_body_in_one_line_is_cut() {
    let source = Memory::new("x".repeat(200 << 10));
    let hits = hits(needle("x+", Syntax::Regex, Scope::Anywhere), USUAL, &source);
    let lengths: Vec<usize> = spans(&hits, &source).iter().map(Range::len).collect();
    assert_eq!(lengths, [64 << 10, 64 << 10, 64 << 10, 8 << 10]);
}

#[test]
fn a_value_of_many_stretches_is_one_and_the_key_behind_it_is_found() {
    let body = format!(r#"{{"k":"{}","ab":1}}"#, r#"ab\""#.repeat(200_000));
    let source = Memory::new(body);
    for (scope, count) in [(Scope::Values, 200_000), (Scope::Keys, 1)] {
        for (text, syntax) in [("ab", Syntax::Literal), ("^?ab$?", Syntax::Regex)] {
            let hits = hits(needle(text, syntax, scope), USUAL, &source);
            assert_eq!(hits.count(), count, "{text} {scope:?}");
            let last = hits.previous(&source, u64::MAX).expect("memory");
            assert_eq!(last.map(|found| found.number), Some(count));
        }
    }
}

#[test]
fn what_stands_behind_the_longest_match_is_seen() {
    let stretch = ".".repeat(SMALL.stretch - 1);
    let longest = "x".repeat(SMALL.longest);
    for (behind, count) in [(".", 1), ("x", 0), ("é", 0)] {
        let source = Memory::new(format!("{stretch}{longest}{behind}{stretch}"));
        let needle = needle(r"\bx{24}\b", Syntax::Regex, Scope::Anywhere);
        assert_eq!(hits(needle, SMALL, &source).count(), count);
    }
}

#[test]
fn next_and_previous_go_round() {
    let source = Memory::new(".ab...ab.....................................ab.");
    let hits = hits(
        needle("ab", Syntax::Literal, Scope::Anywhere),
        SMALL,
        &source,
    );
    let found = |number, start: u64, wrapped| {
        Some(Found {
            span: start..start + 2,
            number,
            wrapped,
        })
    };
    for (offset, next, previous) in [
        (0, found(1, 1, false), found(3, 45, true)),
        (1, found(1, 1, false), found(3, 45, true)),
        (2, found(2, 6, false), found(1, 1, false)),
        (40, found(3, 45, false), found(2, 6, false)),
        (46, found(1, 1, true), found(3, 45, false)),
        (u64::MAX, found(1, 1, true), found(3, 45, false)),
    ] {
        assert_eq!(hits.next(&source, offset).expect("memory"), next);
        assert_eq!(hits.previous(&source, offset).expect("memory"), previous);
    }
    let none = self::hits(
        needle("z", Syntax::Literal, Scope::Anywhere),
        SMALL,
        &source,
    );
    assert_eq!(none.next(&source, 5).expect("memory"), None);
    assert_eq!(none.previous(&source, 5).expect("memory"), None);
}

#[test]
fn many_stretches_are_shared_and_found_again() {
    let body = "0123456789abcdefghij".repeat(2000);
    let source = Memory::new(body.clone());
    let mut search = Search::with_cut(
        needle("j0", Syntax::Literal, Scope::Anywhere),
        SMALL,
        10_000,
    );
    let mut early = None;
    while !search.step(&source).expect("memory").is_done {
        early.get_or_insert_with(|| search.hits().clone());
    }
    let hits = search.hits();
    assert_eq!((hits.count(), hits.searched()), (1999, 40_000));
    for number in [1, 2, 511, 512, 513, 1024, 1025, 1998, 1999] {
        let span = number * 20 - 1..number * 20 + 1;
        assert_eq!(hits.by_number(&source, number).expect("memory"), Some(span));
    }
    assert_eq!(hits.by_number(&source, 0).expect("memory"), None);
    assert_eq!(hits.by_number(&source, 2000).expect("memory"), None);
    let early = early.expect("there are many steps");
    assert_eq!(early.searched(), 160);
    assert_eq!(
        spans(&early, &source),
        spans(hits, &source)[..early.count() as usize]
    );
}

#[test]
fn a_body_that_became_another_does_no_harm() {
    let body = r#"{"ab":"ab","x":["ab",1]}"#.repeat(40);
    for scope in [Scope::Anywhere, Scope::Keys, Scope::Values] {
        let hits = hits(
            needle("ab", Syntax::Literal, scope),
            SMALL,
            &Memory::new(body.clone()),
        );
        for other in ["", "{\"", &body[..100], &"\\\"".repeat(600)] {
            let other = Memory::new(other);
            for offset in (0..body.len() as u64).step_by(37) {
                hits.next(&other, offset).expect("memory");
                hits.previous(&other, offset).expect("memory");
                hits.within(&other, offset..offset + 90, 9).expect("memory");
            }
        }
    }
}

/// Says that it has more than it gives.
struct Short(Memory);

impl Source for Short {
    fn len(&self) -> u64 {
        self.0.len() + 1000
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
}

#[test]
fn a_source_that_ends_early_or_fails_ends_the_search_or_leaves_it_as_it_was() {
    struct Failing;
    impl Source for Failing {
        fn len(&self) -> u64 {
            100
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::NotFound.into())
        }
    }
    let source = Short(Memory::new("ab".repeat(70)));
    let mut search = Search::with_cut(needle("ba", Syntax::Literal, Scope::Anywhere), SMALL, FEW);
    assert!(search.step(&Failing).is_err());
    let hits = all(&mut search, &source);
    assert_eq!((hits.count(), hits.searched()), (69, 140));
}

#[test]
fn a_step_ends_whatever_the_pattern_costs() {
    let source = Memory::new("a".repeat(10_000));
    let mut search = Search::new(needle("a.*z|a", Syntax::Regex, Scope::Anywhere));
    let mut steps = 0;
    while !search.step(&source).expect("memory").is_done {
        steps += 1;
    }
    assert_eq!((search.hits().count(), steps), (10_000, 4));
}

/// Regular expressions whose matches are no longer than the longest one of `SMALL`.
const PATTERNS: &[&str] = &[
    "a+?b",
    "a{1,9}",
    r"\bab\b",
    "^[ab]",
    "[ab]$",
    r"(?:ab|a|\n){1,5}",
    "a*",
    r"(?i)A\b.",
    "é|b.a",
    "[^a]{0,20}",
    "(?-u:\\xff)",
    r"\Aa",
];

const TEXTS: &[&str] = &[
    "a", "ab", "aba", "B", "é", "\"", "\\", "aé", "bb", "ba\"", "1",
];

fn check_against_simple(
    needle: &Needle,
    body: &[u8],
    sizes: &[usize],
    growth: &[usize],
) -> Result<(), proptest::test_runner::TestCaseError> {
    let expected = simple_in_scope(needle, body);
    let mut search = Search::with_cut(needle.clone(), SMALL, FEW);
    let mut length = 0;
    let mut before_growth = Vec::new();
    for more in growth {
        length = (length + more).min(body.len());
        let part = Stuttering::new(&body[..length], sizes);
        if more % 3 == 0 {
            search.step(&part).expect("it can be read");
        } else {
            let hits = all(&mut search, &part);
            let now = simple_in_scope(needle, &body[..length]);
            prop_assert_eq!(spans(&hits, &part), now.clone());
            before_growth.push((hits, now));
        }
    }
    let source = Stuttering::new(body, sizes);
    for (hits, then) in before_growth {
        prop_assert_eq!(spans(&hits, &source), then);
    }
    let hits = all(&mut search, &source);
    prop_assert_eq!(hits.searched(), body.len() as u64);
    prop_assert_eq!(spans(&hits, &source), expected.clone());
    for at in (0..body.len() + 2).step_by(7) {
        let before = expected.iter().filter(|span| span.start < at).count();
        let count = hits.count_before(&source, at as u64);
        prop_assert_eq!(count.expect("it can be read"), before as u64);
        let next = hits.next(&source, at as u64).expect("it can be read");
        let wanted = expected.get(before).or(expected.first());
        prop_assert_eq!(
            next.as_ref().map(|found| found.span.start as usize),
            wanted.map(|span| span.start)
        );
        let range = at..at + 30;
        let inside: Vec<_> = expected
            .iter()
            .filter(|span| span.start < range.end && span.end > range.start)
            .take(4)
            .map(|span| span.start as u64..span.end as u64)
            .collect();
        let told = hits.within(&source, range.start as u64..range.end as u64, 4);
        prop_assert_eq!(told.expect("it can be read"), inside);
    }
    Ok(())
}

proptest! {
    #[test]
    fn text_is_found_as_if_it_were_searched_at_once(
        body in r#"[abB"\\\n é]{0,300}"#,
        text in select(TEXTS),
        sizes in vec(any::<usize>(), 1..5),
        growth in vec(0..90_usize, 0..5),
    ) {
        let needle = needle(text, Syntax::Literal, Scope::Anywhere);
        check_against_simple(&needle, body.as_bytes(), &sizes, &growth)?;
    }

    #[test]
    fn patterns_are_found_as_if_they_were_searched_at_once(
        body in vec(select(&b"aaabbB \n\r\xc3\xa9\xff"[..]), 0..300),
        pattern in select(PATTERNS),
        sizes in vec(any::<usize>(), 1..5),
        growth in vec(0..90_usize, 0..5),
    ) {
        let needle = needle(pattern, Syntax::Regex, Scope::Anywhere);
        check_against_simple(&needle, &body, &sizes, &growth)?;
    }

    #[test]
    fn keys_and_values_are_found_as_if_they_were_searched_at_once(
        body in r#"(\{"ab?":|"aé":|\[|1[ab]?|,|\]|\}|"(a|b|\\"|\\\\|\\u00e9){0,4}"( ?:)?|true|[":\\]? ){0,60}"#,
        text in select(TEXTS),
        pattern in select(PATTERNS),
        is_key in any::<bool>(),
        sizes in vec(any::<usize>(), 1..5),
        growth in vec(0..90_usize, 0..5),
    ) {
        let scope = if is_key { Scope::Keys } else { Scope::Values };
        let tokens: Vec<_> = Tokens::new(body.as_bytes()).collect();
        // A key longer than the longest match is no key by its beginning, nor is the end of a long match the same.
        if tokens.windows(2).any(|pair| pair[1].end - pair[0].start > SMALL.longest) {
            return Ok(());
        }
        for needle in [needle(text, Syntax::Literal, scope), needle(pattern, Syntax::Regex, scope)] {
            check_against_simple(&needle, body.as_bytes(), &sizes, &growth)?;
        }
    }

    #[test]
    fn what_is_searched_while_it_comes_is_found_as_in_the_whole(
        body in vec(select(&b"aaabbB \"\n\r\xc3\xa9\xff:{,}"[..]), 0..400),
        cuts in vec(0..400_usize, 0..30),
        pattern in select(PATTERNS),
        text in select(TEXTS),
        scope in select(&[Scope::Anywhere, Scope::Keys, Scope::Values][..]),
    ) {
        let mut cuts: Vec<u64> = cuts.iter().map(|cut| (*cut).min(body.len()) as u64).collect();
        cuts.sort_unstable();
        cuts.push(body.len() as u64);
        let source = Arc::new(Memory::new(body));
        for needle in [needle(text, Syntax::Literal, scope), needle(pattern, Syntax::Regex, scope)] {
            let whole = hits(needle.clone(), SMALL, &*source);
            let mut search = Search::with_cut(needle.clone(), SMALL, FEW);
            for cut in &cuts {
                let part = Beginning::new(source.clone(), *cut);
                let so_far = all(&mut search, &part);
                // Nothing that has not come is known, and nothing is counted twice.
                let now = hits(needle.clone(), SMALL, &part);
                prop_assert_eq!(spans(&so_far, &*source), spans(&now, &*source));
            }
            prop_assert_eq!(spans(search.hits(), &*source), spans(&whole, &*source));
        }
    }

    #[test]
    fn any_bytes_are_searched_without_harm(
        body in vec(select(&b"ab\"\\:{ \xff\n"[..]), 0..400),
        pattern in r"[ab.*+?|^$()\[\]\\bxA-C-]{1,8}",
        scope in select(&[Scope::Anywhere, Scope::Keys, Scope::Values][..]),
        sizes in vec(any::<usize>(), 1..5),
    ) {
        for syntax in [Syntax::Literal, Syntax::Regex] {
            let wanted = Wanted { text: &pattern, syntax, scope, is_json: true };
            let Ok(needle) = Needle::new(&wanted) else { continue };
            let hits = hits(needle, SMALL, &Stuttering::new(&body, &sizes));
            let spans = spans(&hits, &Memory::new(body.clone()));
            let mut at = 0;
            for span in spans {
                prop_assert!(span.start >= at && !span.is_empty() && span.end <= body.len());
                prop_assert!(span.len() <= SMALL.longest);
                at = span.end;
            }
        }
    }
}
