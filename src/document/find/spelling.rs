//! How JSON may write what a person types: `é` as `\u00e9`, `"` as `\"`, `/` as `\/`.

use regex::escape;

/// A pattern for `text` as it is and as JSON writers commonly escape it, each character by itself; `None` when no
/// character of it is ever escaped. With `any_case`, escapes of a character's other case are meant too.
///
/// Characters: those that RFC 8259 7 gives a short escape, controls, all beyond ASCII, and those that writers escape so
/// that the text may stand in a page (`<`, `>`, `&`, `'`, `+`).
pub fn json_pattern(text: &str, any_case: bool) -> Option<String> {
    if !text.chars().any(is_escaped) {
        return None;
    }
    let mut pattern = String::new();
    for character in text.chars() {
        if !is_escaped(character) {
            pattern.push_str(&escape(character.encode_utf8(&mut [0; 4])));
            continue;
        }
        let mut ways: Vec<String> = short(character).into_iter().collect();
        ways.push(unicode(character));
        if any_case {
            ways.extend(other_cases(character).map(unicode));
        }
        // The character itself comes last: of a doubled backslash, both are meant.
        ways.push(escape(character.encode_utf8(&mut [0; 4])));
        pattern.push_str(&format!("(?:{})", ways.join("|")));
    }
    Some(pattern)
}

fn is_escaped(character: char) -> bool {
    !character.is_ascii() || character.is_ascii_control() || "\"\\/<>&'+".contains(character)
}

fn short(character: char) -> Option<String> {
    let letter = match character {
        '"' | '/' => character,
        '\\' => return Some(r"\\\\".to_owned()),
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        _ => return None,
    };
    Some(format!(r"\\{letter}"))
}

/// `\uXXXX`, or two of them for a character beyond the first 65536, in hexadecimal digits of either case.
fn unicode(character: char) -> String {
    let units = character.encode_utf16(&mut [0; 2]).to_vec();
    units
        .into_iter()
        .map(|unit| format!(r"\\u(?i:{unit:04x})"))
        .collect()
}

fn other_cases(character: char) -> impl Iterator<Item = char> {
    let (upper, lower) = (character.to_uppercase(), character.to_lowercase());
    // A case of several characters ("ß", "SS") is no other spelling of this one.
    let upper = (upper.len() == 1).then_some(upper).into_iter().flatten();
    let lower = (lower.len() == 1).then_some(lower).into_iter().flatten();
    upper.chain(lower).filter(move |other| *other != character)
}

#[cfg(test)]
mod tests {
    use regex::bytes::Regex;

    use crate::document::find::spelling::json_pattern;

    #[test]
    fn every_usual_spelling_is_matched_and_no_other() {
        for (text, spellings, others) in [
            (
                "caf\u{e9}",
                &["café", r"caf\u00e9", r"caf\u00E9"][..],
                &["cafe", r"caf\u00e8"][..],
            ),
            ("\"", &["\"", r#"\""#, r"\u0022"], &["'"]),
            ("a/b", &["a/b", r"a\/b", r"a\u002fb"], &[r"a\\/b"]),
            (r"\d", &[r"\d", r"\\d", r"\u005cd", r"\u005Cd"], &["d"]),
            ("\u{1f600}", &["😀", r"\ud83d\ude00", r"\uD83D\uDE00"], &[]),
            ("a\nb", &["a\nb", r"a\nb", r"a\u000ab"], &["anb"]),
            ("a<.>b", &["a<.>b", r"a\u003c.\u003Eb"], &["a<x>b"]),
        ] {
            let pattern = json_pattern(text, false).expect("it may be escaped");
            let whole = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
            for spelling in spellings {
                assert!(whole.is_match(spelling.as_bytes()), "{text}: {spelling}");
            }
            for other in others {
                assert!(!whole.is_match(other.as_bytes()), "{text}: {other}");
            }
        }
        assert_eq!(json_pattern("plain text, 1.50", true), None);
    }

    #[test]
    fn the_other_case_is_escaped_otherwise() {
        let pattern = json_pattern("é", true).expect("it may be escaped");
        let regex = Regex::new(&pattern).expect("a pattern");
        assert!(regex.is_match(br"\u00c9"));
        let exact = json_pattern("é", false).expect("it may be escaped");
        let regex = Regex::new(&exact).expect("a pattern");
        assert!(!regex.is_match(br"\u00c9"));
    }
}
