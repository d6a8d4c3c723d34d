//! The secrets of a body that is meant as JSON and is none: one stray quote, and a reader takes names for values and
//! values for names from there on.
//!
//! ```text
//!   "note":"5" disk","card":{"number":"4242"}        name ─ : or = ─ value, whatever the quotes around them say
//!                            └─ name ┘ └value┘
//! ```
//!
//! It errs on the side of the secret: the last step of a secret's path is a name here, and a value runs to the next
//! `,` `}` `]` or line's end behind its closing quote. Not here: sound JSON, where every quote is what it seems (`body`).

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use crate::domain::pointer::Pointer;
use crate::domain::redact::REDACTED;
use crate::domain::secret_field::place::Place;
use crate::domain::secret_field::{Found, LONGEST_NAME, SecretFields};
use crate::json::check::check;
use crate::json::escape::unescape;

/// Whether a body is neither one JSON document nor one a line.
pub(super) fn is_torn(body: &[u8]) -> bool {
    let is_sound = |text: &[u8]| text.trim_ascii().is_empty() || check(text).is_ok();
    !is_sound(body) && !body.split(|byte| *byte == b'\n').all(is_sound)
}

/// What stands behind a secret's name, in order.
pub(super) fn in_torn(fields: &SecretFields, body: &[u8]) -> Vec<Found> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(sign) = memchr2(b':', b'=', &body[at..]).map(|sign| at + sign) {
        at = sign + 1;
        let Some(name) = name_before(&body[..sign]) else {
            continue;
        };
        if !fields.is_secret_step(&name) && !fields.is_secret_field(&name) {
            continue;
        }
        let span = value_behind(body, at);
        // What lies in it is cut with it, so each byte is looked at once.
        at = at.max(span.end);
        if !is_nothing(&body[span.clone()])
            && let Some(pointer) = Pointer::of_path(&[name])
        {
            let place = Place::Body(pointer);
            found.push(Found { place, span });
        }
    }
    found
}

/// Both, in order; where two overlap they are one.
pub(super) fn joined(mut found: Vec<Found>, more: Vec<Found>) -> Vec<Found> {
    found.extend(more);
    found.sort_by_key(|found| (found.span.start, std::cmp::Reverse(found.span.end)));
    let mut joined: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match joined.last_mut() {
            Some(last) if next.span.start < last.span.end => {
                last.span.end = last.span.end.max(next.span.end);
            }
            _ => joined.push(next),
        }
    }
    joined
}

/// The name that ends here: in quotes, or a word.
fn name_before(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii_end();
    let text = &text[text.len().saturating_sub(LONGEST_NAME)..];
    let name = match text.split_last()? {
        (quote @ (b'"' | b'\''), rest) => {
            let start = rest.iter().rposition(|byte| byte == quote)?;
            &rest[start + 1..]
        }
        _ => {
            let ends = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
            &text[text.iter().rposition(ends).map_or(0, |at| at + 1)..]
        }
    };
    (!name.is_empty()).then(|| unescape(name).into_owned())
}

/// The value that begins here, blanks, comments and further signs passed over.
fn value_behind(body: &[u8], mut at: usize) -> Range<usize> {
    loop {
        let rest = &body[at..];
        let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b':' | b'=' | b'>');
        let skip = rest.iter().take_while(|byte| blank(byte)).count();
        let comment = match &rest[skip..] {
            // One that is not closed hides all that follows: it is cut as a whole, and read once.
            [b'/', b'*', after @ ..] => match memmem::find(after, b"*/") {
                Some(end) => Some(end + 4),
                None => return at..body.len(),
            },
            [b'/', b'/', after @ ..] => match memchr(b'\n', after) {
                Some(end) => Some(end + 3),
                None => return at..body.len(),
            },
            _ => None,
        };
        at += skip + comment.unwrap_or(0);
        if skip + comment.unwrap_or(0) == 0 {
            break;
        }
    }
    let rest = &body[at..];
    let quoted = match rest.first() {
        Some(quote @ (b'"' | b'\'')) => closing(rest, *quote),
        _ => 0,
    };
    let length = match rest.first() {
        Some(b'{' | b'[') => container(rest),
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'\n');
            let end = rest[quoted..].iter().position(ends);
            end.map_or(rest.len(), |end| quoted + end)
        }
    };
    at..at + rest[..length].trim_ascii_end().len()
}

/// How long an object or list is: to its closing bracket, brackets in quotes passed over; all of it without one.
fn container(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += closing(&text[at..], b'"') - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// How long a quoted text is, both quotes included; all of it when it is not closed.
fn closing(text: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What stands there and is no secret.
fn is_nothing(value: &[u8]) -> bool {
    let bare = value
        .strip_prefix(b"\"")
        .and_then(|v| v.strip_suffix(b"\""));
    matches!(value, b"" | b"null" | b"true" | b"false" | b"\"\"" | b"''")
        || bare.unwrap_or(value) == REDACTED.as_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use crate::domain::secret_field::SecretFields;
    use crate::domain::secret_field::torn::is_torn;

    /// A body that is no JSON, and what must not be left of it.
    #[rustfmt::skip]
    const TORN: &[(&str, &[&str])] = &[
        (r#"{"amount":500,"note":"5" disk","card":{"number":"4242424242424242","cvc":"987654"}}"#, &["4242424242424242", "987654"]),
        (r#"{"password"="hunter2"}"#, &["hunter2"]),
        (r#"{"password": /* c */ "hunter2"}"#, &["hunter2"]),
        ("{\"password\": // c\n \"hunter2\"}", &["hunter2"]),
        (r#"{"password":null "hunter2"}"#, &["hunter2"]),
        (r#"{"password":"a" "hunter2"}"#, &["hunter2"]),
        (r#"{"password":"ab"hunter2"}"#, &["hunter2"]),
        (r#"{"a":1,,"password":"hunter2"}"#, &["hunter2"]),
        (r#"{'password' => 'hunter2'}"#, &["hunter2"]),
        (r#"{"x":"","" "secret":{"a":"hunter2"}}"#, &["hunter2"]),
        (r#"{"n":"5" d","secret":{"a":{"b":1},"c":"hunter2"}}"#, &["hunter2"]),
        (r#"{"n":"5" d","secret":["a]b","hunter2"]}"#, &["hunter2"]),
        (r#"{"n":"5" d","pass\u0077ord":"hunter2"}"#, &["hunter2"]),
        (r#"{"n":"5" d","password": /* never closed "hunter2"}"#, &["hunter2"]),
    ];

    #[test]
    fn a_stray_quote_hides_no_secret() {
        let fields = SecretFields::default();
        for (body, secrets) in TORN {
            let mut left = body.as_bytes().to_vec();
            for found in fields.in_body(body.as_bytes(), "application/json") {
                left[found.span].fill(b'_');
            }
            let left = String::from_utf8(left).expect("text");
            for secret in *secrets {
                assert!(!left.contains(secret), "{body}: {left}");
            }
        }
        for nothing in [
            r#"{"password":null "#,
            r#"{"password":"[redacted]" "#,
            "{\"amount\":5 \"x\":1}",
        ] {
            assert_eq!(fields.in_body(nothing.as_bytes(), "application/json"), []);
        }
    }

    #[test]
    fn what_is_sound_a_line_is_not_torn() {
        for (body, torn) in [
            ("{\"code\":1}", false),
            ("{\"code\":1}\n{\"code\":2}\n", false),
            ("{\"code\":1", true),
            ("", false),
        ] {
            assert_eq!(is_torn(body.as_bytes()), torn, "{body}");
        }
    }

    proptest! {
        #[test]
        fn spans_are_in_order_whatever_the_bytes(body in any::<Vec<u8>>(), text in r#"[{}:="',a-c pin\n/*\\]{0,60}"#) {
            for body in [body, text.into_bytes()] {
                let mut at = 0;
                for found in SecretFields::default().in_body(&body, "application/json") {
                    prop_assert!(at <= found.span.start && found.span.start < found.span.end);
                    at = found.span.end;
                    prop_assert!(at <= body.len());
                }
            }
        }
    }
}
