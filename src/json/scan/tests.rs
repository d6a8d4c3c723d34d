//! What the scanner tells, of any input and however it is split; serde_json is the judge.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json::scan::{Fault, LONG, Lines, Scanner};

/// Keeps all that it is told.
#[derive(Debug, Default, PartialEq)]
struct Told {
    lines: Vec<(usize, usize, bool)>,
    long: Vec<Range<usize>>,
}

impl Lines for Told {
    fn line(&mut self, at: usize, depth: usize, closes: bool) {
        self.lines.push((at, depth, closes));
    }

    fn long(&mut self, run: Range<usize>) {
        self.long.push(run);
    }
}

fn scanned(mut scanner: Scanner, text: &[u8], sizes: &[usize]) -> (Told, Result<(), Fault>) {
    let (mut told, mut rest, mut sizes) = (Told::default(), text, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = sizes.next().map_or(rest.len(), |size| size % 9 + 1);
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        if let Err(fault) = scanner.feed(chunk, &mut told) {
            return (told, Err(fault));
        }
        rest = after;
    }
    let end = scanner.finish(&mut told);
    (told, end)
}

#[test]
fn the_lines_of_a_pretty_print() {
    let text = br#" {"a" :[1,"x",{ }],"b":{"c":null } } "#;
    let (told, end) = scanned(Scanner::new(), text, &[]);
    assert_eq!(end, Ok(()));
    let lines: Vec<(&str, usize, bool)> = told
        .lines
        .iter()
        .map(|(at, depth, closes)| {
            let first = std::str::from_utf8(&text[*at..*at + 2]).expect("ASCII");
            (first, *depth, *closes)
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("{\"", 0, false),
            ("\"a", 1, false),
            ("1,", 2, false),
            ("\"x", 2, false),
            ("{ ", 2, false),
            ("],", 2, true),
            ("\"b", 1, false),
            ("\"c", 2, false),
            ("} ", 2, true),
            ("} ", 1, true),
        ]
    );
}

#[test]
fn long_runs_are_told() {
    let (tail, space) = ("x".repeat(LONG), " ".repeat(LONG + 1));
    let text = format!(
        "{{\"{tail}\":{space}{},\"a\":1}}{space}",
        "7".repeat(LONG + 1)
    );
    for sizes in [&[][..], &[0, 5, 8]] {
        let (told, end) = scanned(Scanner::new(), text.as_bytes(), sizes);
        assert_eq!(end, Ok(()));
        let key = 1..LONG + 3;
        let gap = key.end + 1..key.end + 1 + space.len();
        let number = gap.end..gap.end + LONG + 1;
        assert_eq!(told.long, [key, gap, number]);
    }
}

#[test]
fn a_stream_of_documents() {
    for (text, values, ends) in [
        ("{\"a\":1}\n{\"a\":2}\n", 2, true),
        ("{}[]1 2\"x\"", 5, true),
        ("1\n\n", 1, true),
        ("{} ,", 1, false),
        ("{} x", 1, false),
        ("{}\n{", 2, false),
    ] {
        let mut scanner = Scanner::of_stream();
        let read = scanner.feed(text.as_bytes(), &mut ());
        let end = read.and_then(|()| scanner.finish(&mut ()));
        assert_eq!((scanner.values(), end.is_ok()), (values, ends), "{text}");
    }
}

proptest! {
    #[test]
    fn any_split_tells_the_same(
        text in r#"([\[\]{}:,] ?|"a"|"\\u00e9"|"\\x"|"\\\\"|true|null|1|-0\.5e3|0|x|\n){0,14}"#,
        sizes in vec(any::<usize>(), 1..6),
        stream in any::<bool>(),
    ) {
        let scanner = || if stream { Scanner::of_stream() } else { Scanner::new() };
        let (whole, end) = scanned(scanner(), text.as_bytes(), &[]);
        let (split, split_end) = scanned(scanner(), text.as_bytes(), &sizes);
        prop_assert_eq!(whole, split);
        // How much of a bad escape is quoted depends on what is there yet.
        let place = |end: Result<(), Fault>| end.map_err(|fault| (fault.offset, fault.cut));
        prop_assert_eq!(place(end), place(split_end));
    }

    #[test]
    fn serde_agrees_on_streams(text in r#"([\[\]{}:,] ?|"a"|true |null |1 |-0\.5e3 |x|\n){0,14}"#) {
        let mut documents = serde_json::Deserializer::from_str(&text);
        let mut count = 0;
        let ours = scanned(Scanner::of_stream(), text.as_bytes(), &[]).1.is_ok();
        let theirs = loop {
            match documents.end() {
                Ok(()) => break count > 0,
                Err(_) if IgnoredAny::deserialize(&mut documents).is_err() => break false,
                Err(_) => count += 1,
            }
        };
        prop_assert_eq!(ours, theirs, "{}", text);
    }
}
