//! Where a token or a container ends in bytes at hand: the tight loops under `scan`, `items` and `value`, and nothing of
//! the grammar.
//!
//! Each answers `None` for what is not plain, or goes on behind the bytes: then its caller looks byte by byte.

use memchr::memchr2;

use crate::json::lexer::{ends_word, is_space};

/// Where the string ends, if one begins here that ends in the chunk.
#[inline(always)]
pub(super) fn string(chunk: &[u8], here: usize) -> Option<usize> {
    if chunk.get(here) != Some(&b'"') {
        return None;
    }
    let mut end = here + 1 + plain(&chunk[here + 1..]);
    while *chunk.get(end)? != b'"' {
        end += escape_length(chunk.get(end..)?)?;
        end += plain(chunk.get(end..)?);
    }
    Some(end + 1)
}

/// How long the escape is, if these bytes begin with one.
#[inline(always)]
pub(super) fn escape_length(bytes: &[u8]) -> Option<usize> {
    let second = match bytes {
        [b'\\', second, ..] => *second,
        _ => return None,
    };
    if second == b'u' {
        let hex = bytes.get(2..6)?;
        return hex.iter().all(u8::is_ascii_hexdigit).then_some(6);
    }
    matches!(
        second,
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'
    )
    .then_some(2)
}

/// Where the scalar ends, if one begins here that ends in the chunk and is plain.
#[inline(always)]
pub(super) fn scalar(chunk: &[u8], here: usize) -> Option<usize> {
    match chunk.get(here)? {
        b'"' => string(chunk, here),
        b'-' | b'0'..=b'9' => number(chunk, here),
        b't' => literal(chunk, here, b"true"),
        b'f' => literal(chunk, here, b"false"),
        b'n' => literal(chunk, here, b"null"),
        _ => None,
    }
}

/// Where the literal ends, if it is that, and ends in the chunk. `None`: `word` has to look.
#[inline(always)]
fn literal(chunk: &[u8], here: usize, literal: &[u8]) -> Option<usize> {
    let end = here + literal.len();
    let same = chunk.get(here..end)? == literal;
    (same && ends_word(*chunk.get(end)?)).then_some(end)
}

/// Where the number ends, if it is one (RFC 8259 6), and ends in the chunk. `None`: `word` has to look.
#[inline(always)]
fn number(chunk: &[u8], here: usize) -> Option<usize> {
    let digits = |mut at: usize| {
        while chunk.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = here + usize::from(chunk[here] == b'-');
    let whole = digits(at);
    if whole == at || (chunk[at] == b'0' && whole > at + 1) {
        return None;
    }
    at = whole;
    if chunk.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == at + 1 {
            return None;
        }
        at = fraction;
    }
    // An exponent is rare.
    ends_word(*chunk.get(at)?).then_some(at)
}

/// The first byte from `here` on that is no space.
#[inline(always)]
pub(super) fn spaces(chunk: &[u8], mut here: usize) -> usize {
    while let Some(&byte) = chunk.get(here) {
        if !is_space(byte) {
            break;
        }
        here += 1;
        // An indent.
        while chunk.get(here..here + 8) == Some(b"        ") {
            here += 8;
        }
    }
    here
}

/// From inside a container, how far it is to the bracket that closes it; behind the last bracket or string where none
/// does. What a token is, and which kind of bracket closes which, is `lexer`'s and `grammar`'s: a string runs to its quote,
/// and any bracket closes the innermost container.
pub(super) fn inside(bytes: &[u8]) -> usize {
    let (mut here, mut known, mut depth) = (0, 0, 0_usize);
    while let Some(stop) = bytes[here..]
        .iter()
        .position(|byte| STOPS[usize::from(*byte)])
    {
        here += stop;
        match bytes[here] {
            b'"' => match closing_quote(&bytes[here + 1..]) {
                Some(quote) => here += 1 + quote,
                None => break,
            },
            b'{' | b'[' => depth += 1,
            _ if depth == 0 => return here,
            _ => depth -= 1,
        }
        here += 1;
        known = here;
    }
    known
}

/// What opens or closes something.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut at = 0;
    while at < STOP_BYTES.len() {
        stops[STOP_BYTES[at] as usize] = true;
        at += 1;
    }
    stops
};

const STOP_BYTES: &[u8] = b"\"{}[]";

/// From inside a string, how far it is to its end; whatever follows a backslash is in it.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut here = 0;
    loop {
        here += memchr2(b'"', b'\\', bytes.get(here..)?)?;
        if bytes[here] == b'"' {
            return Some(here);
        }
        here += 2;
    }
}

/// How many bytes a string goes on before a quote, a backslash or a control character.
#[inline(always)]
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // With the bit 0x02 turned, the quote is the one byte from 0x20 on that falls below 0x21, as all control
        // characters do. A byte's high bit is set where it fell below; above the first such byte perhaps in vain.
        let quote = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
        let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
        let hits = (quote | backslash) & !word & HIGHS;
        if hits != 0 {
            return number * 8 + hits.trailing_zeros() as usize / 8;
        }
    }
    let stop = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
    words.len() * 8 + stop.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use crate::json::run::{plain, scalar, spaces, string};

    #[test]
    fn what_is_plain_ends_where_it_ends() {
        for (text, end) in [
            ("\"ab\" ", Some(4)),
            (r#""a\"b\\" "#, Some(8)),
            (r#""\u00e9","#, Some(8)),
            (r#""\u00g9","#, None),
            ("\"a\nb\"", None),
            ("\"ab", None),
            ("-12.50,", Some(6)),
            ("0]", Some(1)),
            ("01]", None),
            ("1.]", None),
            ("-]", None),
            ("1e5]", None),
            ("12", None),
            ("true}", Some(4)),
            ("truer", None),
            ("null", None),
            ("{", None),
        ] {
            assert_eq!(scalar(text.as_bytes(), 0), end, "{text}");
        }
        assert_eq!(string(b"x\"\"", 1), Some(3));
        assert_eq!(spaces(b"            \n x", 0), 14);
    }

    proptest! {
        #[test]
        fn plain_stops_at_the_first_byte_that_is_not(bytes in any::<Vec<u8>>(), text in "[ -~é]{0,40}[\"\\\\\u{1}]?[ -~]{0,9}") {
            for bytes in [bytes, text.into_bytes()] {
                let first = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
                prop_assert_eq!(plain(&bytes), first.unwrap_or(bytes.len()));
            }
        }
    }
}
