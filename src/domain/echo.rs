//! The secrets that one request carried, known again wherever its answer echoes them, however they are spelled.
//!
//! ```text
//!   value ─┬─ as it is, as HTML and as a JSON Pointer has it ─┐
//!          └─ base64, each alphabet and each alignment ───────┴─▶ needles ─▶ found in the bytes
//!                                                                    └─────▶ and in the bytes with escapes undone
//! ```
//! Escapes undone are JSON's (`\/`, `\u0034`) and percent-encoding in either case, mixed at will: what they spell is
//! known by what it says, and the place that is cut is the one that spells it. Not here: which values are secrets
//! (`carried`), and bodies that stream (`redact_stream`).

use std::collections::HashSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memchr2;

use crate::domain::redact::REDACTED;
use crate::json::escape::{hex4, unescape};

/// Shorter values are ordinary text wherever they occur: to cut them would hide more than it keeps.
pub const LEAST: usize = 6;

/// Longer values are looked for by pieces of this length, so that little of a body has to be held.
const PIECE: usize = 1024;

/// What is known again.
#[derive(Debug, Default)]
pub struct Echoes {
    needles: Vec<Vec<u8>>,
    search: Option<AhoCorasick>,
    longest: usize,
    values: HashSet<Vec<u8>>,
}

/// What was found in a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Where, in order and apart.
    pub ranges: Vec<Range<usize>>,
    /// Whatever begins before this was found: a longer text would say nothing else of it.
    pub decided: usize,
}

impl Echoes {
    /// Of these values.
    pub fn of<S: AsRef<str>>(values: &[S]) -> Echoes {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        let mut known = HashSet::new();
        for value in values.iter().map(AsRef::as_ref) {
            // What the mark itself says would be found in every mark.
            if value.len() >= LEAST && !REDACTED.contains(value) {
                known.insert(value.as_bytes().to_vec());
                pieces(value).for_each(|piece| spell(piece, &mut needles));
            }
        }
        needles.retain(|needle| needle.len() >= LEAST);
        needles.sort_unstable();
        needles.dedup();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&needles);
        Echoes {
            longest: needles.iter().map(Vec::len).max().unwrap_or(0),
            // It fails only for more text than a request can carry as secrets in its head, query and fields.
            search: search.ok().filter(|_| !needles.is_empty()),
            needles,
            values: known,
        }
    }

    /// Whether there is nothing to be known again.
    pub fn is_empty(&self) -> bool {
        self.search.is_none()
    }

    /// Whether these bytes are one of the values, whole and as it is.
    pub fn is_value(&self, bytes: &[u8]) -> bool {
        self.values.contains(bytes)
    }

    /// Finds them in a text that may go on.
    pub fn find(&self, text: &[u8]) -> Found {
        let Some(search) = &self.search else {
            return Found {
                ranges: Vec::new(),
                decided: text.len(),
            };
        };
        let ranges = |text: &[u8]| search.find_iter(text).map(|found| found.range()).collect();
        let mut found = Found {
            ranges: ranges(text),
            decided: self.decided(text.len()),
        };
        if let Some(first) = memchr2(b'\\', b'%', text) {
            let plain = Plain::of(text, first);
            let more: Vec<Range<usize>> = ranges(&plain.text);
            found
                .ranges
                .extend(more.into_iter().map(|range| plain.spelled(range)));
            let decided = plain.start(self.decided(plain.text.len()));
            found.decided = found.decided.min(decided).min(plain.whole);
        }
        found.ranges = joined(found.ranges);
        found
    }

    /// Cuts them out of a text that is whole, and answers how many.
    pub fn cut(&self, text: &mut String) -> u32 {
        let ranges = self.find(text.as_bytes()).ranges;
        let Some(last) = ranges.last() else {
            return 0;
        };
        let (bytes, mut from) = (text.as_bytes(), 0);
        let mut rests = Vec::with_capacity(bytes.len());
        for range in &ranges {
            rests.extend_from_slice(&bytes[from..range.start]);
            rests.extend_from_slice(REDACTED.as_bytes());
            from = range.end;
        }
        rests.extend_from_slice(&bytes[last.end..]);
        *text = String::from_utf8_lossy(&rests).into_owned();
        u32::try_from(ranges.len()).unwrap_or(u32::MAX)
    }

    /// Before this every needle is whole in a text of this length, if it is there.
    fn decided(&self, length: usize) -> usize {
        (length + 1).saturating_sub(self.longest)
    }

    /// Where a text breaks off within a secret: the start of one, and long enough to be one itself.
    pub fn broken_off(&self, text: &[u8]) -> Option<usize> {
        let plain = memchr2(b'\\', b'%', text).map(|first| Plain::of(text, first));
        let undone = plain.and_then(|plain| {
            // An escape that is itself broken off says nothing yet.
            let told = plain.text.len() - (text.len() - plain.whole);
            Some(plain.start(self.begun(&plain.text[..told])?))
        });
        [self.begun(text), undone].into_iter().flatten().min()
    }

    /// Where a tail begins that is the start of a needle.
    fn begun(&self, text: &[u8]) -> Option<usize> {
        let from = text.len().saturating_sub(self.longest);
        let to = (text.len() + 1).saturating_sub(LEAST);
        (from..to).find(|at| {
            let tail = &text[*at..];
            let after = self
                .needles
                .partition_point(|needle| needle.as_slice() < tail);
            let next = self.needles.get(after);
            next.is_some_and(|needle| needle.starts_with(tail) && needle.len() > tail.len())
        })
    }
}

/// A value as it is looked for: whole, or in pieces that end where characters end.
fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        let mut end = rest.len().min(PIECE);
        // What is left over would be too short to be known: it goes with the last piece.
        if rest.len() - end < LEAST {
            end = rest.len();
        }
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Every way a value is written, but for those that undoing escapes makes one.
fn spell(value: &str, needles: &mut Vec<Vec<u8>>) {
    let quoted = serde_json::Value::from(value).to_string();
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let spellings = [
        value.to_owned(),
        // A blank in a form.
        value.replace(' ', "+"),
        // As JSON within JSON: one of its escapes is undone, one is left.
        quoted[1..quoted.len() - 1].to_owned(),
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        value.replace('~', "~0").replace('/', "~1"),
        // A value that is percent-encoded itself, its digits in the other case.
        with_digits(value, |digits| digits.to_ascii_lowercase()),
        with_digits(value, |digits| digits.to_ascii_uppercase()),
        // A value that holds what looks like an escape, where escapes were undone.
        String::from_utf8_lossy(&Plain::of(value.as_bytes(), 0).text).into_owned(),
        // The same value after a JSON reader had it.
        unescape(value.as_bytes()).into_owned(),
    ];
    needles.extend(spellings.into_iter().map(String::into_bytes));
    for shift in 0..3 {
        let (within, at_the_end) = base64_cores(value.as_bytes(), shift);
        for core in [within, at_the_end] {
            needles.push(core.replace('+', "-").replace('/', "_").into_bytes());
            needles.push(core.into_bytes());
        }
    }
}

/// A value with the two digits of each `%41` in another case.
fn with_digits(value: &str, case: impl Fn(&str) -> String) -> String {
    let mut parts = value.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&case(digits));
        text.push_str(rest);
    }
    text
}

/// What of a value's base64 is the same whatever stands around it, when so many bytes stand before it in its group of
/// three (RFC 4648 4): when something follows it, and when nothing does.
fn base64_cores(value: &[u8], shift: usize) -> (String, String) {
    let padded = [&[0; 2][..shift], value].concat();
    let encoded = STANDARD_NO_PAD.encode(&padded);
    // Six bits a character: those that hold bits of something else are left out.
    let (start, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
    (encoded[start..end].to_owned(), encoded[start..].to_owned())
}

/// Ranges in order, those that overlap made one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// A text with its escapes undone, and where each of them stood.
struct Plain {
    text: Vec<u8>,
    units: Vec<Unit>,
    /// How far the text was read: an escape that is cut off at the end is not.
    whole: usize,
}

/// One escape: where it stood, and where what it says stands.
struct Unit {
    spelled: Range<usize>,
    plain: Range<usize>,
}

impl Plain {
    /// Of a text in which nothing before `first` is an escape.
    fn of(text: &[u8], first: usize) -> Plain {
        let mut plain = Plain {
            text: Vec::with_capacity(text.len()),
            units: Vec::new(),
            whole: text.len(),
        };
        let mut from = 0;
        let mut at = first;
        while let Some(found) = text.get(at..).and_then(|rest| memchr2(b'\\', b'%', rest)) {
            at += found;
            match escape(&text[at..]) {
                Escape::None => at += 1,
                Escape::Short => {
                    plain.whole = at;
                    break;
                }
                Escape::Says(said, length, used) => {
                    plain.text.extend_from_slice(&text[from..at]);
                    let start = plain.text.len();
                    plain.text.extend_from_slice(&said[..length]);
                    plain.units.push(Unit {
                        spelled: at..at + used,
                        plain: start..plain.text.len(),
                    });
                    at += used;
                    from = at;
                }
            }
        }
        plain.text.extend_from_slice(&text[from..]);
        plain
    }

    /// The bytes that spell this.
    fn spelled(&self, plain: Range<usize>) -> Range<usize> {
        self.start(plain.start)..self.end(plain.end)
    }

    fn start(&self, plain: usize) -> usize {
        match self.before(|unit| unit.plain.start <= plain) {
            None => plain,
            Some(unit) if plain < unit.plain.end => unit.spelled.start,
            Some(unit) => unit.spelled.end + plain - unit.plain.end,
        }
    }

    fn end(&self, plain: usize) -> usize {
        match self.before(|unit| unit.plain.start < plain) {
            None => plain,
            Some(unit) if plain <= unit.plain.end => unit.spelled.end,
            Some(unit) => unit.spelled.end + plain - unit.plain.end,
        }
    }

    fn before(&self, lies: impl Fn(&Unit) -> bool) -> Option<&Unit> {
        let after = self.units.partition_point(lies);
        after.checked_sub(1).and_then(|at| self.units.get(at))
    }
}

/// What an escape says: these first bytes, and how many bytes spell it.
enum Escape {
    Says([u8; 4], usize, usize),
    /// It is none.
    None,
    /// It may be one, and the text ends.
    Short,
}

/// The escape that a text begins with: `%41`, or one of JSON's (RFC 8259 7).
fn escape(rest: &[u8]) -> Escape {
    let says = |byte: u8, used| Escape::Says([byte, 0, 0, 0], 1, used);
    let hex = |byte: u8| char::from(byte).to_digit(16);
    match rest {
        [b'%', high, low, ..] => match (hex(*high), hex(*low)) {
            // Two digits make a byte.
            (Some(high), Some(low)) => says((high << 4 | low) as u8, 3),
            _ => Escape::None,
        },
        [b'%'] => Escape::Short,
        [b'%', high] if hex(*high).is_some() => Escape::Short,
        [b'\\'] => Escape::Short,
        [b'\\', b'u', digits @ ..] => unicode(digits),
        [b'\\', escaped, ..] => match escaped {
            b'"' | b'\\' | b'/' | b'\'' => says(*escaped, 2),
            b'n' => says(b'\n', 2),
            b'r' => says(b'\r', 2),
            b't' => says(b'\t', 2),
            b'b' => says(8, 2),
            b'f' => says(12, 2),
            _ => Escape::None,
        },
        _ => Escape::None,
    }
}

/// What stands behind `\u`.
fn unicode(digits: &[u8]) -> Escape {
    let Some(first) = digits.get(..4) else {
        let hex = digits.iter().all(u8::is_ascii_hexdigit);
        return if hex { Escape::Short } else { Escape::None };
    };
    let Some(first) = hex4(first) else {
        return Escape::None;
    };
    let second = digits.get(6..10).and_then(hex4);
    let (code, used) = match (first, second) {
        (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) if digits[4..6] == *b"\\u" => {
            (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
        }
        (0xd800..0xdc00, None)
            if digits.len() < 10 && b"\\u".starts_with(&digits[4..digits.len().min(6)]) =>
        {
            return Escape::Short;
        }
        _ => (first, 6),
    };
    let Some(said) = char::from_u32(code) else {
        return Escape::None;
    };
    let mut bytes = [0; 4];
    let length = said.encode_utf8(&mut bytes).len();
    Escape::Says(bytes, length, used)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::Echoes;

    fn cut(value: &str, text: &str) -> (String, u32) {
        let mut text = text.to_owned();
        let count = Echoes::of(&[value]).cut(&mut text);
        (text, count)
    }

    /// A value, a text, and what rests of it.
    #[rustfmt::skip]
    const ECHOES: &[(&str, &str, &str)] = &[
        ("hunter22", "x hunter22 y", "x [redacted] y"),
        ("hunter22", "hunter22hunter22", "[redacted][redacted]"),
        ("hunter22", r"a\u0068unter22b", "a[redacted]b"),
        ("hunter22", r"\u0068\u0075\u006E\u0074\u0065\u0072\u0032\u0032", "[redacted]"),
        ("hunter22", "%68%75nter2%32", "[redacted]"),
        ("a/b/c/d/e", r#"{"x":"a\/b\/c\/d\/e"}"#, r#"{"x":"[redacted]"}"#),
        ("a/b/c/d/e", "a%2fb%2Fc/d%2fe", "[redacted]"),
        ("a/b/c/d/e", "/x/a~1b~1c~1d~1e", "/x/[redacted]"),
        ("pass word 1", "q=pass+word+1&r", "q=[redacted]&r"),
        ("pass word 1", "pass%20word%201", "[redacted]"),
        ("grüße-123", r"gr\u00fc\u00dfe-123", "[redacted]"),
        ("grüße-123", "gr%C3%BC%c3%9fe-123", "[redacted]"),
        ("key😀key", r"key\ud83d\ude00key", "[redacted]"),
        (r#"a"quoted""#, r#"a\"quoted\""#, "[redacted]"),
        (r#"a"quoted""#, r#"{"b":"{\"c\":\"a\\\"quoted\\\"\"}"}"#, r#"{"b":"{\"c\":\"[redacted]\"}"}"#),
        (r#"a"quoted""#, "a&quot;quoted&quot;", "[redacted]"),
        ("line\nbreak", r"line\nbreak", "[redacted]"),
        ("line%41break", "line%41break", "[redacted]"),
        ("line%41break", r"line%2541break", "[redacted]"),
        ("line%4abreak", r"line%254Abreak", "[redacted]"),
        (r"back\slash", r"back\\slash", "[redacted]"),
        (r"back\slash", r"back\slash", "[redacted]"),
        (r"back\nslash", r"back\\nslash", "[redacted]"),
        ("hunter22", "hunter2", "hunter2"),
        ("short", "short", "short"),
        ("redacted", "[redacted]", "[redacted]"),
    ];

    #[test]
    fn a_value_is_known_in_every_spelling() {
        for (value, text, rests) in ECHOES {
            let (got, count) = cut(value, text);
            assert_eq!(got, *rests, "{value} in {text}");
            let marks = if got == *text {
                0
            } else {
                rests.matches("[redacted]").count()
            };
            assert_eq!(count as usize, marks, "{value} in {text}");
        }
    }

    #[test]
    fn base64_is_known_in_each_alphabet_and_alignment() {
        let value = "s?cr>t~~value??";
        for before in ["", "u", "us", "use"] {
            for after in ["", "x", "xy", "xyz"] {
                let whole = format!("{before}{value}{after}");
                for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
                    let encoded = engine.encode(&whole);
                    let (got, count) = cut(value, &format!("<{encoded}>"));
                    assert_eq!(count, 1, "{whole} as {encoded}: {got}");
                    // At each end one character may be left, which holds bits of what stands beside.
                    assert!(
                        got.len() <= "<[redacted]>".len() + before.len() * 2 + after.len() * 2 + 4,
                        "{got}"
                    );
                }
                let slashed = STANDARD.encode(&whole).replace('/', r"\/");
                assert_eq!(cut(value, &slashed).1, 1, "{slashed}");
            }
        }
    }

    #[test]
    fn a_long_value_is_known_whole() {
        let value: String = (0..500)
            .map(|n| format!("{n:04x}-{:03}.", n * 7 % 1000))
            .collect();
        let (got, count) = cut(&value, &format!("<{value}>"));
        assert!(!got.contains('-'), "{got}");
        assert_eq!(count as usize, value.len().div_ceil(1024));
    }

    #[test]
    fn the_start_of_a_secret_at_the_end_is_known() {
        let echoes = Echoes::of(&["hunter22-and-more"]);
        for (text, begun) in [
            ("x hunter22-and", Some(2)),
            ("x hunter", Some(2)),
            ("x hunte", None),
            (r"x \u0068unter22-", Some(2)),
            ("x hunter22-and-more", None),
            ("x hunter22 ", None),
        ] {
            assert_eq!(echoes.broken_off(text.as_bytes()), begun, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_json_writes_is_cut(value in ".{6,40}", before in any::<String>(), after in any::<String>()) {
            let written = serde_json::to_string(&format!("{before}{value}{after}")).expect("JSON");
            let (got, count) = cut(&value, &written);
            let least = value.len() >= 6 && !"[redacted]".contains(&value);
            prop_assert!(!least || count > 0, "{} {}", written, got);
            prop_assert!(serde_json::from_str::<String>(&got).is_ok(), "{}", got);
        }

        #[test]
        fn any_bytes_are_searched(text in vec(any::<u8>(), 0..100), value in any::<String>()) {
            let found = Echoes::of(&[value]).find(&text);
            let mut before = 0;
            for range in found.ranges {
                prop_assert!(before <= range.start && range.start < range.end && range.end <= text.len());
                before = range.end;
            }
            prop_assert!(found.decided <= text.len());
        }

        #[test]
        fn what_is_not_there_is_not_found(text in "[a-m %\\\\u0-9]{0,60}") {
            prop_assert_eq!(cut("nopqrstuv", &text), (text, 0));
        }
    }
}
