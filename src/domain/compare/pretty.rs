//! A JSON value on lines of its own, for a row that has more than a line to say.

use crate::json::lexer::Tokens;
use crate::json::token::Kind;

/// The lines of a JSON text that has no blanks between its tokens, two blanks a level; at most `most`, and whether
/// there are more. Reads no further than it has to.
pub fn pretty(text: &str, most: usize) -> (Vec<String>, bool) {
    let (mut lines, mut line) = (Vec::new(), String::new());
    let (mut depth, mut opened) = (0_usize, false);
    let mut fresh = |depth: usize, line: &mut String| {
        // Deeper than this nobody sees more than blanks.
        let next = "  ".repeat(depth.min(40));
        lines.push(std::mem::replace(line, next));
        lines.len() > most
    };
    for token in Tokens::new(text.as_bytes()) {
        let raw = String::from_utf8_lossy(token.raw(text.as_bytes())).into_owned();
        let closes = matches!(token.kind, Kind::ObjectEnd | Kind::ArrayEnd);
        let mut full = false;
        if closes {
            depth = depth.saturating_sub(1);
        }
        if opened != closes && (opened || closes) {
            full = fresh(depth, &mut line);
        }
        opened = matches!(token.kind, Kind::ObjectStart | Kind::ArrayStart);
        depth += usize::from(opened);
        line.push_str(&raw);
        match token.kind {
            Kind::Colon => line.push(' '),
            Kind::Comma => full |= fresh(depth, &mut line),
            _ => {}
        }
        if full {
            break;
        }
    }
    lines.push(line);
    let more = lines.len() > most;
    lines.truncate(most);
    (lines, more)
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn a_value_is_laid_out() {
        for (text, most, expected, more) in [
            ("1", 9, vec!["1"], false),
            ("{}", 9, vec!["{}"], false),
            (
                r#"{"a":[],"b":[1,2]}"#,
                9,
                vec![
                    "{",
                    "  \"a\": [],",
                    "  \"b\": [",
                    "    1,",
                    "    2",
                    "  ]",
                    "}",
                ],
                false,
            ),
            (r#"{"a":1,"b":2}"#, 2, vec!["{", "  \"a\": 1,"], true),
            (r#""{[,:""#, 9, vec![r#""{[,:""#], false),
        ] {
            assert_eq!(
                pretty(text, most),
                (expected.iter().map(ToString::to_string).collect(), more)
            );
        }
        let deep = "[".repeat(1_000_000);
        assert_eq!(pretty(&deep, 3).0.len(), 3);
    }
}
