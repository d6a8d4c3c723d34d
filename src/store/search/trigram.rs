//! What to ask a trigram index of FTS5 (`detail=none`) for a text: every three characters of it, each as a phrase.
//!
//! ```text
//!   payment  ─▶  "pay" AND "aym" AND "yme" AND "men" AND "ent"
//! ```
//!
//! A row that holds the text has them all; one that has them all may not hold the text, and is looked at.

/// How many are asked for at most: more would narrow nothing down.
const MOST: usize = 16;

/// The expression for a text; `None` when it has no three characters in a row that the index keeps apart.
pub fn expression(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut asked: Vec<String> = Vec::new();
    for three in characters.windows(3) {
        // The index leaves such characters out, or ends at them.
        if three.iter().any(|c| c.is_control()) {
            continue;
        }
        let phrase = format!("\"{}\"", String::from_iter(three).replace('"', "\"\""));
        if !asked.contains(&phrase) {
            asked.push(phrase);
        }
    }
    let step = asked.len().div_ceil(MOST).max(1);
    let asked: Vec<String> = asked.into_iter().step_by(step).collect();
    (!asked.is_empty()).then(|| asked.join(" AND "))
}

#[cfg(test)]
mod tests {
    use crate::store::search::trigram::expression;

    #[test]
    fn every_three_characters_are_asked_for() {
        for (text, expected) in [
            ("ab", None),
            ("abc", Some(r#""abc""#)),
            ("abcd", Some(r#""abc" AND "bcd""#)),
            ("aaaa", Some(r#""aaa""#)),
            (r#"a"b"#, Some(r#""a""b""#)),
            ("漢字ab", Some(r#""漢字a" AND "字ab""#)),
            ("a\0bcd", Some(r#""bcd""#)),
            ("a\0b", None),
        ] {
            assert_eq!(expression(text).as_deref(), expected, "{text:?}");
        }
        let long = expression(&String::from_iter('a'..='z').repeat(100)).expect("some");
        assert!(long.matches(" AND ").count() < 16);
        let long: String = (0..500)
            .map(|n| char::from_u32(0x4e00 + n).expect("a letter"))
            .collect();
        assert_eq!(
            expression(&long).expect("some").matches(" AND ").count(),
            15
        );
    }
}
