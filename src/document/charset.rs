//! Which characters a body's bytes stand for: by its content type, by a byte order mark, else UTF-8.
//!
//! Bytes are never rewritten: each piece of a row is decoded when it is shown. Every charset of the web either writes a
//! line feed as the byte 0x0a and nothing else so, or is UTF-16 (WHATWG Encoding Standard).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Default for Charset {
    fn default() -> Charset {
        Charset(UTF_8)
    }
}

impl Charset {
    /// What the content type says, unless the bytes begin with a byte order mark, which is surer.
    pub fn of(content_type: &str, beginning: &[u8]) -> Charset {
        if let Some((found, _)) = Encoding::for_bom(beginning) {
            return Charset(found);
        }
        let said = content_type.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let named = name.trim().eq_ignore_ascii_case("charset");
            let label = value.trim().trim_matches('"');
            named
                .then(|| Encoding::for_label(label.as_bytes()))
                .flatten()
        });
        Charset(said.unwrap_or(UTF_8))
    }

    /// How many bytes the mark takes that these begin with.
    pub fn mark_length(beginning: &[u8]) -> usize {
        Encoding::for_bom(beginning).map_or(0, |(_, length)| length)
    }

    /// Its name, as the standard writes it.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether it is UTF-8.
    pub fn is_utf_8(self) -> bool {
        self.0 == UTF_8
    }

    /// Whether a byte below 0x80 is always a character of ASCII, and every other character one that is told by its bytes.
    pub fn keeps_ascii_apart(self) -> bool {
        self.is_utf_8() || self.0 == WINDOWS_1252
    }

    /// Whether a character takes two bytes or four, with zeros among them.
    pub fn is_wide(self) -> bool {
        self.0 == UTF_16LE || self.0 == UTF_16BE
    }

    /// How a line feed is written.
    pub fn line_feed(self) -> &'static [u8] {
        self.unit(b"\n", b"\n\0", b"\0\n")
    }

    /// How a carriage return is written.
    pub fn carriage_return(self) -> &'static [u8] {
        self.unit(b"\r", b"\r\0", b"\0\r")
    }

    fn unit(self, byte: &'static [u8], little: &'static [u8], big: &'static [u8]) -> &'static [u8] {
        match self.0 {
            encoding if encoding == UTF_16LE => little,
            encoding if encoding == UTF_16BE => big,
            _ => byte,
        }
    }

    /// What the bytes say; what is no character is U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        if self.is_utf_8() {
            return String::from_utf8_lossy(bytes);
        }
        self.0.decode_without_bom_handling(bytes).0
    }

    /// The start of the character that holds `at`, so that no cut falls inside one; `before` are the three bytes before
    /// it, or fewer, and `byte` the one there. Charsets of two bytes a character that are not UTF-16 are cut anywhere.
    pub fn character_start(self, before: &[u8], byte: u8, at: usize, from: usize) -> usize {
        if self.is_wide() {
            return at - (at - from) % 2;
        }
        if !self.is_utf_8() || byte & 0xc0 != 0x80 {
            return at;
        }
        let lead = before.iter().rposition(|byte| byte & 0xc0 != 0x80);
        lead.map_or(at, |lead| at - (before.len() - lead))
    }
}

#[cfg(test)]
mod tests {
    use crate::document::charset::Charset;

    #[test]
    fn by_header_and_by_mark() {
        for (content_type, bytes, name, said) in [
            ("text/plain", &b"caf\xc3\xa9"[..], "UTF-8", "café"),
            (
                "text/plain; charset=ISO-8859-1",
                b"caf\xe9",
                "windows-1252",
                "café",
            ),
            (
                "text/plain;CHARSET=\"shift_jis\"",
                b"\x93\xfa\x96\x7b",
                "Shift_JIS",
                "日本",
            ),
            ("text/plain; charset=utf-16le", b"h\0i\0", "UTF-16LE", "hi"),
            (
                "text/plain; charset=latin1",
                b"\xff\xfeh\0i\0",
                "UTF-16LE",
                "\u{feff}hi",
            ),
            ("text/plain; charset=klingon", b"a", "UTF-8", "a"),
            ("text/plain; charset", b"\xff", "UTF-8", "\u{fffd}"),
        ] {
            let charset = Charset::of(content_type, bytes);
            assert_eq!(charset.name(), name, "{content_type}");
            assert_eq!(charset.decode(bytes), said, "{content_type}");
        }
    }

    #[test]
    fn no_cut_inside_a_character() {
        let (text, utf_8) = ("aé€🎉".as_bytes(), Charset::default());
        let starts: Vec<usize> = (1..text.len())
            .map(|at| utf_8.character_start(&text[at.saturating_sub(3)..at], text[at], at, 0))
            .collect();
        assert_eq!(starts, [1, 1, 3, 3, 3, 6, 6, 6, 6]);
        let wide = Charset::of("text/plain; charset=utf-16be", b"");
        assert_eq!(wide.character_start(b"", 0, 7, 2), 6);
        assert_eq!(wide.character_start(b"", 0, 6, 2), 6);
    }
}
