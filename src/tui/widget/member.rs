//! Keys of JSON in lines that were edited, each with the bracket it stands directly in.
//!
//! Only the lines that are asked for are read, and before them as many as it takes to find an opening bracket that
//! nothing closes: a key of a small object costs that object. JSON's strings do not span lines, so each line can be
//! read by itself. Nothing is judged: this is for texts that are being written.

use std::ops::RangeInclusive;

use crate::tui::widget::change::At;

/// A key of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// As it is written, in its quotes.
    pub key: &'a str,
    /// Where it begins.
    pub at: At,
    /// Where the bracket opens that it stands in; nothing when it stands in none.
    pub opening: Option<At>,
}

/// What a line is read for.
enum Piece<'a> {
    Open(usize),
    Close,
    Key(usize, &'a str),
}

/// The keys of these lines that are wanted.
pub fn members<'a>(
    lines: &'a [String],
    rows: RangeInclusive<usize>,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<Member<'a>> {
    let first = *rows.start();
    let mut open: Vec<At> = Vec::new();
    // How many of the brackets that were open before were closed here, and which one is open then.
    let (mut closed, mut outer) = (0, None);
    let mut found = Vec::new();
    for (row, line) in lines.iter().enumerate().take(*rows.end() + 1).skip(first) {
        for piece in pieces(line) {
            match piece {
                Piece::Open(byte) => open.push(At::new(row, byte)),
                Piece::Close if open.pop().is_none() => closed += 1,
                Piece::Close => {}
                Piece::Key(byte, key) if is_wanted(key) => {
                    let opening = open.last().copied().or_else(|| match outer {
                        Some((of, opening)) if of == closed => opening,
                        _ => {
                            let opening = opening_before(lines, first, closed);
                            outer = Some((closed, opening));
                            opening
                        }
                    });
                    let at = At::new(row, byte);
                    found.push(Member { key, at, opening });
                }
                Piece::Key(..) => {}
            }
        }
    }
    found
}

/// The bracket that is open before a line, `closed` of them left out.
fn opening_before(lines: &[String], row: usize, mut closed: usize) -> Option<At> {
    let before = lines.iter().enumerate().take(row).rev();
    for (row, line) in before {
        let (mut open, mut closes) = (Vec::new(), 0);
        for piece in pieces(line) {
            match piece {
                Piece::Open(byte) => open.push(byte),
                Piece::Close if open.pop().is_none() => closes += 1,
                Piece::Close | Piece::Key(..) => {}
            }
        }
        if let Some(at) = open.len().checked_sub(closed + 1) {
            return Some(At::new(row, open[at]));
        }
        closed = closed - open.len() + closes;
    }
    None
}

fn pieces(line: &str) -> impl Iterator<Item = Piece<'_>> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            let start = at;
            at += 1;
            match byte {
                b'{' | b'[' => return Some(Piece::Open(start)),
                b'}' | b']' => return Some(Piece::Close),
                b'"' => {
                    at = string_end(bytes, start);
                    let behind = bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace());
                    if behind == Some(&b':') {
                        // Both ends stand at quotes, which are no part of another character.
                        return Some(Piece::Key(start, &line[start..at]));
                    }
                }
                _ => {}
            }
        }
        None
    })
}

/// Where the string ends that begins at a byte; the line's end when it is not ended.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::members;

    /// Each key of some lines, and the letter of the line and the byte that its bracket stands at.
    fn told(text: &str, from: usize, to: usize) -> Vec<String> {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let found = members(&lines, from..=to, |_| true);
        let place = |member: &super::Member<'_>| match member.opening {
            Some(at) => format!("{}:{}", at.row, at.byte),
            None => "none".to_owned(),
        };
        let each = found
            .iter()
            .map(|member| format!("{} in {}", member.key, place(member)));
        each.collect()
    }

    #[test]
    fn a_key_stands_in_the_bracket_that_is_open_before_it() {
        let text = "{\n  \"a\": {\"b\": [1, {\"c\": \"} {\"}]},\n  \"d\": [\n    {\n      \"e\": 1\n    }\n  ],\n  \"f\": \"g\"\n}";
        for (from, to, expected) in [
            (0, 0, vec![]),
            (
                1,
                1,
                vec![r#""a" in 0:0"#, r#""b" in 1:7"#, r#""c" in 1:17"#],
            ),
            (4, 4, vec![r#""e" in 3:4"#]),
            (7, 7, vec![r#""f" in 0:0"#]),
            (5, 7, vec![r#""f" in 0:0"#]),
            (4, 99, vec![r#""e" in 3:4"#, r#""f" in 0:0"#]),
        ] {
            assert_eq!(told(text, from, to), expected, "{from} to {to}");
        }
        assert_eq!(
            told("\"a\" : 1\n}]\n\"b\":", 0, 2),
            [r#""a" in none"#, r#""b" in none"#]
        );
        assert!(told("{\"a\\\":\n\"", 0, 1).is_empty());
    }

    proptest! {
        #[test]
        fn any_lines_are_read_alike_alone_and_together(
            text in "([{}\\[\\]:,\n]|\"a\":|\"[{}]\"){0,60}", rest in any::<String>(), row in 0_usize..8,
        ) {
            let all = told(&text, 0, 99);
            let alone = told(&text, row, row);
            let mut wanted = all.iter();
            assert!(alone.iter().all(|one| wanted.any(|other| other == one)), "{alone:?} {all:?}");
            let _ = told(&rest, row, 99);
        }
    }
}
