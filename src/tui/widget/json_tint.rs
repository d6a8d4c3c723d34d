//! What a piece of a JSON line is, read from that line alone: keys, strings, numbers, punctuation.
//!
//! JSON's strings do not span lines, so a line tells enough to colour it; nothing is parsed and nothing is judged. Only
//! a line's first 64 KiB are read: beyond them it is plain. The look is weight, not hue: the theme's hues have other
//! meanings.

use std::ops::Range;

use crate::tui::theme::Tone;

/// How much of a line is read.
const LIMIT: usize = 64 * 1024;

/// The pieces of a line that begin before the byte `end`, in order, and how each looks; what is left out is plain.
pub fn tones(line: &str, end: usize) -> Vec<(Range<usize>, Tone)> {
    let bytes = &line.as_bytes()[..line.len().min(LIMIT)];
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len().min(end) {
        let start = at;
        at = piece_end(bytes, start);
        let tone = match bytes[start] {
            b'"' if is_key(&bytes[at..]) => Tone::Strong,
            b'{' | b'}' | b'[' | b']' | b',' | b':' => Tone::Faint,
            _ => continue,
        };
        found.push((start..at, tone));
    }
    found
}

/// How a byte looks among the pieces of its line.
pub fn tone_at(pieces: &[(Range<usize>, Tone)], byte: usize) -> Tone {
    let behind = pieces.partition_point(|(range, _)| range.end <= byte);
    match pieces.get(behind) {
        Some((range, tone)) if range.contains(&byte) => *tone,
        _ => Tone::Plain,
    }
}

/// Where the piece ends that begins at a byte: a whole string, or one byte.
fn piece_end(bytes: &[u8], start: usize) -> usize {
    if bytes[start] != b'"' {
        return start + 1;
    }
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

/// Whether a string is a key, by what follows it.
fn is_key(behind: &[u8]) -> bool {
    let next = behind.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    next == Some(&b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{LIMIT, tone_at, tones};
    use crate::tui::theme::Tone;

    fn painted(line: &str) -> String {
        let pieces = tones(line, usize::MAX);
        (0..line.len())
            .map(|byte| match tone_at(&pieces, byte) {
                Tone::Strong => 'k',
                Tone::Faint => 'p',
                _ => '.',
            })
            .collect()
    }

    #[test]
    fn keys_are_strong_and_punctuation_is_faint() {
        for (line, expected) in [
            (r#"{"a": "b:", "c" :[-1]}"#, "pkkkp.....p.kkk.pp..pp"),
            (r#""a\"b": 1"#, "kkkkkkp.."),
            (r#""open: "#, "......."),
            (r#""\"#, ".."),
            ("", ""),
        ] {
            assert_eq!(painted(line), expected, "{line}");
        }
    }

    #[test]
    fn a_long_line_is_read_up_to_a_limit_and_to_the_end_of_what_is_shown() {
        let line = format!("\"{}\"{}", "x".repeat(LIMIT), ",".repeat(LIMIT));
        assert_eq!(tones(&line, usize::MAX), []);
        assert_eq!(tones(&",".repeat(LIMIT * 2), usize::MAX).len(), LIMIT);
        assert_eq!(tones(&",".repeat(LIMIT), 80).len(), 80);
    }

    proptest! {
        #[test]
        fn any_line_is_read(line in any::<String>(), end in 0_usize..20) {
            for (range, _) in tones(&line, end) {
                assert!(range.start < end && range.end <= line.len());
            }
        }
    }
}
