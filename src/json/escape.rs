//! From a string's bytes to what it says (RFC 8259 7), for strings of any quality.

use std::borrow::Cow;

use memchr::memchr;

/// Undoes the escapes of a string's content (without its quotes). Borrows when there is nothing to undo.
///
/// Tolerant: an escape that JSON does not know stays as it is written, a lone surrogate and bytes that are not UTF-8
/// become U+FFFD.
pub fn unescape(raw: &[u8]) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', raw) else {
        return String::from_utf8_lossy(raw);
    };
    let mut text = String::with_capacity(raw.len());
    text.push_str(&String::from_utf8_lossy(&raw[..first]));
    let mut rest = &raw[first..];
    while !rest.is_empty() {
        let (read, used) = escape(rest);
        match read {
            Some(character) => text.push(character),
            None => text.push_str(&String::from_utf8_lossy(&rest[..used])),
        }
        rest = &rest[used..];
        let plain = memchr(b'\\', rest).unwrap_or(rest.len());
        text.push_str(&String::from_utf8_lossy(&rest[..plain]));
        rest = &rest[plain..];
    }
    Cow::Owned(text)
}

/// Reads the escape that `rest` begins with: its character (`None`: no escape, keep the bytes) and its length.
fn escape(rest: &[u8]) -> (Option<char>, usize) {
    let character = match rest.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(rest),
        _ => return (None, 1),
    };
    (Some(character), 2)
}

/// `\uXXXX`, and the second half of a surrogate pair where there is one.
fn unicode(rest: &[u8]) -> (Option<char>, usize) {
    let Some(first) = rest.get(2..6).and_then(hex4) else {
        return (None, 1);
    };
    if let 0xd800..0xdc00 = first
        && rest.get(6..8) == Some(b"\\u")
        && let Some(second @ 0xdc00..0xe000) = rest.get(8..12).and_then(hex4)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code), 12);
    }
    (
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)),
        6,
    )
}

/// Four hexadecimal digits.
pub fn hex4(digits: &[u8]) -> Option<u32> {
    if digits.len() != 4 {
        return None;
    }
    digits.iter().try_fold(0, |value, digit| {
        Some(value * 16 + char::from(*digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::{any, proptest};

    use crate::json::escape::unescape;

    #[test]
    fn escapes_good_and_bad() {
        for (raw, text) in [
            (r"plain", "plain"),
            (r#"\" \\ \/ \b\f\n\r\t"#, "\" \\ / \u{8}\u{c}\n\r\t"),
            (r"\u0061mount", "amount"),
            (r"\uD83D\ude00!", "😀!"),
            (r"\ud83d alone", "\u{fffd} alone"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\x41 \u12 \u00zz", r"\x41 \u12 \u00zz"),
            (r"tail\", r"tail\"),
            (r"\u+123", r"\u+123"),
            (r"\u001b[2J", "\u{1b}[2J"),
        ] {
            assert_eq!(unescape(raw.as_bytes()), text, "{raw}");
        }
        assert_eq!(unescape(b"\xff\\n\xe2\x82"), "\u{fffd}\n\u{fffd}");
        assert!(matches!(unescape(b"plain"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_back(text in any::<String>()) {
            let written = serde_json::to_string(&text).expect("a string is always JSON");
            assert_eq!(unescape(&written.as_bytes()[1..written.len() - 1]), text);
        }

        #[test]
        fn any_bytes_give_some_text(raw in any::<Vec<u8>>()) {
            unescape(&raw);
        }
    }
}
