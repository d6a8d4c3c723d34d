//! How a value that a person says may have been spelled in its place.
//!
//! ```text
//!   4242, at /card/number ──▶ "4242"   4242   …      the fingerprint tells which it was
//!   a b,  at query:token  ──▶ a b   a+b   a%20b
//! ```

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::redact::{REDACTED, Secret};
use crate::domain::seal::Token;
use crate::domain::secret_field::place::Place;

/// Every way in which this value is likely to have been spelled there, the plain one first. It may be given as the
/// request spells it, too.
pub fn spellings(place: &Place, value: &Secret) -> impl Iterator<Item = Token> {
    let said = value.expose();
    let spelled = match place {
        Place::Header { .. } => vec![said.trim().to_owned()],
        Place::Query { .. } | Place::Form { .. } => {
            let percent = utf8_percent_encode(said, NON_ALPHANUMERIC).to_string();
            let kept = [("%2D", "-"), ("%2E", "."), ("%5F", "_"), ("%7E", "~")];
            let unreserved = kept
                .iter()
                .fold(percent, |text, (from, to)| text.replace(from, to));
            let lower = lower_hex(&unreserved);
            vec![in_form(said), said.to_owned(), unreserved, lower]
        }
        Place::Body(_) => {
            let string = in_json(said);
            let slashed = string.replace('/', "\\/");
            vec![string, said.to_owned(), slashed, format!("\"{said}\"")]
        }
    };
    spelled.into_iter().map(Token::new)
}

/// A value as it is written where there was none before.
pub fn plain(place: &Place, value: &Secret) -> Token {
    let said = value.expose();
    Token::new(match place {
        Place::Header { .. } => said.trim().to_owned(),
        Place::Query { .. } | Place::Form { .. } => in_form(said),
        Place::Body(_) => in_json(said),
    })
}

/// Whether it is what stands in the place of a secret, and so no value.
pub fn is_mark(token: &Token) -> bool {
    let bytes = token.expose();
    let bare = bytes
        .strip_prefix(b"\"")
        .and_then(|b| b.strip_suffix(b"\""));
    bare.unwrap_or(bytes).trim_ascii() == REDACTED.as_bytes()
}

fn in_json(said: &str) -> String {
    serde_json::Value::from(said).to_string()
}

/// As the URL standard's form serializer has it.
fn in_form(said: &str) -> String {
    url::form_urlencoded::byte_serialize(said.as_bytes()).collect()
}

/// The hexadecimal digits of percent-encodings in lower case: `%2F` as `%2f`.
fn lower_hex(text: &str) -> String {
    let mut after = 0;
    let lower = |c: char| {
        after = match c {
            '%' => 2,
            _ if after > 0 => {
                after -= 1;
                return c.to_ascii_lowercase();
            }
            _ => 0,
        };
        c
    };
    text.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::{is_mark, plain, spellings};
    use crate::domain::redact::Secret;
    use crate::domain::seal::Token;
    use crate::domain::secret_field::place::Place;

    #[test]
    fn a_value_is_known_in_each_likely_spelling() {
        for (place, said, spelled) in [
            ("/card/number", "4242", "\"4242\""),
            ("/card/number", "4242", "4242"),
            ("/card/number", r"\u0034242", r#""\u0034242""#),
            ("/card/number", r#""\u0034242""#, r#""\u0034242""#),
            ("/key", "a/b\"", r#""a\/b\"""#),
            ("/card", "{\"number\": 1}", "{\"number\": 1}"),
            ("query:token", "a b/c", "a+b%2Fc"),
            ("query:token", "a b/c", "a%20b%2Fc"),
            ("query:token", "a b/c", "a%20b%2fc"),
            ("query:token", "a-b/c", "a-b/c"),
            ("form:pin", "ü", "%C3%BC"),
            ("form:pin", "%c3%bc", "%c3%bc"),
            ("header:cookie", " a=b ", "a=b"),
        ] {
            let place: Place = place.parse().expect(place);
            let said = Secret::new(said);
            let mut all = spellings(&place, &said);
            let expected = Token::new(spelled);
            assert!(all.any(|token| token == expected), "{place} {spelled}");
        }
    }

    #[test]
    fn what_is_new_is_written_plainly() {
        for (place, said, expected) in [
            ("/pin", "1\"2", r#""1\"2""#),
            ("form:pin", "a b&c", "a+b%26c"),
            ("header:cookie", " a=b\n", "a=b"),
        ] {
            let place: Place = place.parse().expect(place);
            assert_eq!(plain(&place, &Secret::new(said)), Token::new(expected));
        }
        for mark in ["[redacted]", "\"[redacted]\"", "\" [redacted] \""] {
            assert!(is_mark(&Token::new(mark)), "{mark}");
        }
        assert!(!is_mark(&Token::new("was [redacted]")));
    }
}
