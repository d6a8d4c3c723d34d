//! Secret parameters of the URLs that stand in a body or a head, whatever else it is: `"next":"https://h/x?token=…"`.
//!
//! ```text
//!   … ?page=2 &token = abc123 " …      at each `=`: back to the `?`, `&` or `#` before it; is that name a secret's?
//!             └ name ┘ └ cut up to what no query holds ┘
//! ```
//! What lies before an `=` has passed already, so nothing has to be held: a few bytes of it are remembered.

use std::sync::Arc;

use memchr::{memchr, memrchr3};

use crate::domain::redact::REDACTED;
use crate::domain::redact_stream::head::Head;
use crate::domain::secret_field::SecretFields;
use crate::domain::secret_field::body::decode;

/// How far back a name may begin.
const NAME: usize = 128;

/// Cuts secret parameters out of one text.
pub struct QueryCut {
    fields: Arc<SecretFields>,
    /// The last bytes that passed.
    behind: Vec<u8>,
    value: Option<Value>,
    count: u32,
}

/// A secret value that is being passed over.
#[derive(Debug, Default)]
struct Value {
    head: Head,
    /// An escape that is not read to its end.
    escape: Vec<u8>,
}

/// What a byte of a value is.
enum Next {
    /// Part of the value.
    Goes,
    /// What follows it; these bytes of an escape, too.
    Ends,
}

impl QueryCut {
    /// For parameters of these names.
    pub fn new(fields: Arc<SecretFields>) -> QueryCut {
        QueryCut {
            fields,
            behind: Vec::new(),
            value: None,
            count: 0,
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while !rest.is_empty() {
            if self.value.is_some() {
                rest = self.pass_over(rest, out);
                continue;
            }
            let Some(equals) = memchr(b'=', rest) else {
                self.pass(rest, out);
                return;
            };
            let (before, after) = rest.split_at(equals + 1);
            self.pass(before, out);
            rest = after;
            if self.is_secret_named() {
                self.value = Some(Value::default());
            }
        }
    }

    /// The text has ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.end(out);
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        self.count
    }

    fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(bytes);
        let last = &bytes[bytes.len().saturating_sub(NAME)..];
        let surplus = (self.behind.len() + last.len()).saturating_sub(NAME);
        self.behind.drain(..surplus.min(self.behind.len()));
        self.behind.extend_from_slice(last);
    }

    /// Whether what passed last is `?NAME=`, and the name a secret's.
    fn is_secret_named(&self) -> bool {
        let Some((_, text)) = self.behind.split_last() else {
            return false;
        };
        let sign = memrchr3(b'?', b'&', b'#', text);
        // JSON as Go writes it has no `&` in a string.
        let escaped = memchr::memmem::rfind(text, b"\\u0026").map(|at| at + 5);
        let Some(at) = sign.max(escaped) else {
            return false;
        };
        let name = &text[at + 1..];
        let name = name.strip_prefix(b"amp;").unwrap_or(name);
        !name.is_empty() && self.fields.is_secret_field(&decode(name))
    }

    /// Passes over what belongs to the value, and answers what is left.
    fn pass_over<'p>(&mut self, piece: &'p [u8], out: &mut Vec<u8>) -> &'p [u8] {
        let Some(value) = &mut self.value else {
            return piece;
        };
        for (at, byte) in piece.iter().enumerate() {
            if let Next::Ends = value.next(*byte) {
                // An escape that ends it is itself no part of it.
                let escape = std::mem::take(&mut value.escape);
                self.end(out);
                let from = if escape.is_empty() { at } else { at + 1 };
                self.pass(&escape, out);
                return &piece[from..];
            }
        }
        &[]
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let Some(value) = self.value.take() else {
            return;
        };
        match value.head.whole() {
            Some(whole) if whole.is_empty() || whole == REDACTED.as_bytes() => {
                let whole = whole.to_vec();
                self.pass(&whole, out);
            }
            _ => {
                self.count = self.count.saturating_add(1);
                self.pass(REDACTED.as_bytes(), out);
            }
        }
    }
}

impl Value {
    fn next(&mut self, byte: u8) -> Next {
        if self.escape.is_empty() {
            return match byte {
                b'\\' => {
                    self.escape.push(byte);
                    Next::Goes
                }
                b'&' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b')' | b',' | 0..=b' ' => {
                    Next::Ends
                }
                _ => {
                    self.head.take(&[byte]);
                    Next::Goes
                }
            };
        }
        self.escape.push(byte);
        let whole = self.escape.get(1) != Some(&b'u') || self.escape.len() == 6;
        if !whole {
            return Next::Goes;
        }
        if is_end(&self.escape) {
            return Next::Ends;
        }
        self.head.take(&self.escape);
        self.escape.clear();
        Next::Goes
    }
}

/// Whether an escape spells something that no query's value holds.
fn is_end(escape: &[u8]) -> bool {
    match escape {
        [_, b'u', digits @ ..] => [
            &b"0020"[..],
            b"0022",
            b"0026",
            b"0027",
            b"003c",
            b"003e",
            b"0023",
        ]
        .iter()
        .any(|end| digits.eq_ignore_ascii_case(end)),
        [_, byte] => matches!(byte, b'"' | b'n' | b'r' | b't' | b'\''),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::{prop_assert_eq, proptest};

    use super::QueryCut;

    fn cut(pieces: &[&[u8]]) -> (String, u32) {
        let (mut cut, mut out) = (QueryCut::new(Arc::default()), Vec::new());
        pieces.iter().for_each(|piece| cut.push(piece, &mut out));
        cut.finish(&mut out);
        (String::from_utf8_lossy(&out).into_owned(), cut.count())
    }

    /// A text, what rests of it, and how many were cut.
    #[rustfmt::skip]
    const TEXTS: &[(&str, &str, u32)] = &[
        (r#"{"url":"https://h/x?token=abc&id=1"}"#, r#"{"url":"https://h/x?token=[redacted]&id=1"}"#, 1),
        (r#"{"url":"https://h/x?id=1&token=abc"}"#, r#"{"url":"https://h/x?id=1&token=[redacted]"}"#, 1),
        (r#"{"url":"https:\/\/h?a=1\u0026token=a\/b\u0026c=2"}"#, r#"{"url":"https:\/\/h?a=1\u0026token=[redacted]\u0026c=2"}"#, 1),
        (r#"{"a":"{\"u\":\"?pin=1\"}"}"#, r#"{"a":"{\"u\":\"?pin=[redacted]\"}"}"#, 1),
        ("<a href='/x?a=1&amp;password=p'>", "<a href='/x?a=1&amp;password=[redacted]'>", 1),
        ("/cb#access_token=t&token_type=bearer", "/cb#access_token=[redacted]&token_type=bearer", 1),
        ("?user%5Bpassword%5D=p q", "?user%5Bpassword%5D=[redacted] q", 1),
        ("?token=&pin=1", "?token=&pin=[redacted]", 1),
        ("?token=[redacted]&a", "?token=[redacted]&a", 0),
        ("token=abc", "token=abc", 0),
        ("a=b==c==", "a=b==c==", 0),
        ("?next_page_token=abc", "?next_page_token=abc", 0),
        ("?token=a=b&x", "?token=[redacted]&x", 1),
        ("(see ?token=abc)", "(see ?token=[redacted])", 1),
        ("?token=abc\\", "?token=[redacted]", 1),
        ("?=x&token", "?=x&token", 0),
        ("", "", 0),
    ];

    #[test]
    fn a_secret_parameter_is_cut_wherever_the_pieces_part() {
        for (text, rests, count) in TEXTS {
            let expected = ((*rests).to_owned(), *count);
            assert_eq!(cut(&[text.as_bytes()]), expected, "{text}");
            for at in 0..text.len() {
                let (one, two) = text.as_bytes().split_at(at);
                assert_eq!(cut(&[one, two]), expected, "{text} at {at}");
            }
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(cut(&bytes), expected, "{text} byte by byte");
        }
    }

    proptest! {
        #[test]
        fn what_names_no_secret_passes(text in r"[?&=#a-m\\]{0,40}") {
            prop_assert_eq!(cut(&[text.as_bytes()]), (text, 0));
        }
    }
}
