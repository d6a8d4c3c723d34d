//! Whether a text is JSON, and if not, where it first goes wrong, told to the person who writes it.
//!
//! The verdict is serde_json's (`IgnoredAny`), which RFC 8259 asks of every reader; nesting has no limit here.

use std::error::Error;
use std::fmt;

use crate::json::scan::{Lines, Scanner};

/// The first place where a text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
    /// The byte in the text, from 0.
    pub offset: usize,
    /// What is wrong there, and so what to write instead.
    pub what: String,
    /// Whether nothing is wrong but that the text ends too early.
    pub cut: bool,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {}, column {}",
            self.what, self.line, self.column
        )
    }
}

impl Error for Malformed {}

/// Checks that `text` is one JSON document (RFC 8259).
///
/// # Errors
/// The first fault, when it is not.
pub fn check(text: &[u8]) -> Result<(), Malformed> {
    scan(Scanner::new(), text, &mut ())
}

/// Reads `text` with this scanner to its end, and tells `lines` what is found.
///
/// # Errors
/// The first fault, when it is not what the scanner is for.
pub fn scan(mut scanner: Scanner, text: &[u8], lines: &mut impl Lines) -> Result<(), Malformed> {
    let read = scanner.feed(text, lines);
    read.and_then(|()| scanner.finish(lines))
        .map_err(|found| Malformed {
            cut: found.cut,
            ..fault(text, found.offset, found.what)
        })
}

/// A fault at this byte of the text, its line and column counted.
pub fn fault(text: &[u8], offset: usize, what: impl Into<String>) -> Malformed {
    let before = &text[..offset.min(text.len())];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    // A character begins at each byte that does not continue one (RFC 3629 3).
    let characters = |bytes: &[u8]| bytes.iter().filter(|byte| *byte & 0xc0 != 0x80).count();
    Malformed {
        line: memchr::memchr_iter(b'\n', before).count() + 1,
        column: characters(&before[line_start..]) + 1,
        offset,
        what: what.into(),
        cut: false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{
        Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
    };
    use serde::de::IgnoredAny;
    use serde_json::Value;

    use crate::json::check::check;

    #[test]
    fn faults_are_told_in_plain_words() {
        for (text, told) in [
            (
                "{\n  \"a\": 1,\n  \"b\": {},\n  \"c\": 2 x\n}",
                "expected ',' or '}' at line 4, column 10",
            ),
            ("{\"ä\": 1 2}", "expected ',' or '}' at line 1, column 9"),
            (
                "",
                "expected a value: the text is empty at line 1, column 1",
            ),
            (
                " \n",
                "expected a value: the text is empty at line 2, column 1",
            ),
            ("[1,]", "expected a value at line 1, column 4"),
            (
                "{'a': 1}",
                "expected a key in double quotes or '}' at line 1, column 2",
            ),
            (
                "{\"a\": 1,}",
                "expected a key in double quotes at line 1, column 9",
            ),
            ("{\"a\" 1}", "expected ':' at line 1, column 6"),
            ("{\"a\": NaN}", "expected a value at line 1, column 7"),
            (
                "[1",
                "the text ends too early: expected ',' or ']' at line 1, column 3",
            ),
            (
                "{} {}",
                "expected nothing after the end of the document at line 1, column 4",
            ),
            (
                "[\"abc",
                "this string has no closing '\"' at line 1, column 2",
            ),
            (
                "[\"abc\n",
                "a line break inside a string: close the string with '\"', or write \\n at line 1, column 6",
            ),
            (
                "[\"\\x41\"]",
                "'\\x41' begins no escape: write '\\\\' for a backslash, or \\uXXXX with four hexadecimal digits at line 1, column 3",
            ),
            (
                "[\"\u{1b}\"]",
                "a control character inside a string: write \\u001b at line 1, column 3",
            ),
        ] {
            let fault = check(text.as_bytes()).expect_err(text);
            assert_eq!(fault.to_string(), told);
            assert!(fault.offset <= text.len());
        }
    }

    #[test]
    fn a_good_beginning_is_told_from_a_fault() {
        for (text, cut) in [
            ("[1, {\"a\": \"b", true),
            ("[1, {\"a\"", true),
            ("[tr", true),
            ("[\"\\u00", true),
            ("[\"\\", true),
            ("", true),
            ("[trx", false),
            ("[1 tr", false),
            ("{tr", false),
            ("[1,]", false),
            ("[\"a\n", false),
            ("[\"\\x", false),
        ] {
            assert_eq!(check(text.as_bytes()).expect_err(text).cut, cut, "{text}");
        }
    }

    #[test]
    fn nesting_has_no_limit() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(check(deep.as_bytes()), Ok(()));
    }

    fn serde_agrees(text: &[u8]) -> bool {
        serde_json::from_slice::<IgnoredAny>(text).is_ok() == check(text).is_ok()
    }

    #[test]
    fn serde_agrees_on_the_edges() {
        for text in [
            "0",
            "-0",
            "01",
            "1.0e5",
            "1e999",
            "1.",
            "-",
            "+1",
            "\"\\ud800\"",
            "\"\\u12g4\"",
            "\u{feff}1",
            "\u{a0}1",
            "nul",
            "nulll",
            "[1\"a\"]",
            "[true\"a\"]",
            "\"\u{7f}\"",
            "1\u{c}",
            "{\"a\":1,\"a\":2}",
            "[}",
            "{]",
        ] {
            assert!(serde_agrees(text.as_bytes()), "{text}");
        }
        assert!(serde_agrees(b"\"\xff\""));
        assert!(serde_agrees(b"\xff"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn all_json_is_json(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) };
            prop_assert_eq!(check(&text.expect("a Value is JSON")), Ok(()));
        }

        #[test]
        fn serde_agrees_on_mutations(value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3) {
            let mut text = serde_json::to_vec(&value).expect("a Value is JSON");
            let at = at.index(text.len());
            match how {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => { text.remove(at); }
            }
            prop_assert!(serde_agrees(&text), "{}", String::from_utf8_lossy(&text));
        }

        #[test]
        fn serde_agrees_on_near_json(text in r#"([\[\]{}:,] ?|"a"|"\\u00e9"|"\\x"|true|null|1|-0\.5e3|0|x|\n){0,14}"#) {
            prop_assert!(serde_agrees(text.as_bytes()), "{}", text);
        }

        #[test]
        fn a_fault_lies_within_the_text(text in any::<Vec<u8>>()) {
            if let Err(fault) = check(&text) {
                prop_assert!(fault.offset <= text.len());
                prop_assert!(fault.line >= 1 && fault.column >= 1);
            }
        }
    }
}
